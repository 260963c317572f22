//! The signed calls of STS over the wire: presigned GetCallerIdentity, key ids, and codes that
//! nobody tries again.

use sigv4::SecretKey;
use sigv4::sign::{Request, payload_hash, presigned};

use crate::assume_role::next_role;
use crate::stage::{Answer, Credentials, Draft, Stage, exchange_bytes};

pub(crate) const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
pub(crate) const ASSUME: &str = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fnext&RoleSessionName=hop";

/// What botocore tries again, beside every 5xx and 429 (`_retry.json`, standard mode's list).
const RETRIED: [&str; 9] = [
    "IDPCommunicationError",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "TransactionInProgressException",
    "PriorRequestNotComplete",
];

pub(crate) fn credentials(answer: &Answer) -> Credentials {
    Credentials {
        id: answer.element("AccessKeyId").to_owned(),
        secret: answer.element("SecretAccessKey").to_owned(),
        token: Some(answer.element("SessionToken").to_owned()),
    }
}

/// A presigned GET by `by`, with `more` after the action, as bytes; `host` is what was signed.
fn url(by: &Credentials, ask: &str, more: &[(&str, &str)], age: i64) -> String {
    let date = sigv4::amz_date(server::clock::now() - age);
    let hash = payload_hash(b"");
    let mut headers = vec![("host", "localhost")];
    headers.extend(more);
    let target = format!("/?{ask}");
    let request = Request {
        method: "GET",
        target: &target,
        headers: &headers,
        payload_hash: &hash,
    };
    let secret = SecretKey::new(by.secret.clone());
    let target = presigned(
        &request,
        &by.id,
        &secret,
        by.token.as_deref(),
        ("us-east-1", "sts"),
        (&date, 60),
    )
    .unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("GET {target} HTTP/1.1\r\n{headers}connection: close\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_34_a_presigned_request_says_who_and_nothing_else() {
    let stage = Stage::new().await;
    let cluster = [("x-k8s-aws-id", "cluster-1")];
    for by in [&stage.reader, &stage.root] {
        let answer = stage.raw(url(by, WHO, &cluster, 0).into_bytes()).await;
        assert_eq!(
            (answer.status, answer.element("Account")),
            (200, "000000000000"),
            "{}",
            answer.text
        );
    }
    let good = url(&stage.reader, WHO, &cluster, 0);
    let json = stage
        .raw(
            good.replace("connection:", "accept: application/json\r\nconnection:")
                .into_bytes(),
        )
        .await;
    assert!(
        json.text
            .contains(r#""Arn":"arn:aws:sts::000000000000:assumed-role/reporting/test""#),
        "{}",
        json.text
    );
    let late = stage
        .raw(url(&stage.reader, WHO, &cluster, 890).into_bytes())
        .await;
    assert_eq!(
        late.status, 200,
        "X-Amz-Expires is 60 and is not looked at: {}",
        late.text
    );
    for (sentence, request, status, code) in [
        (
            "after 15 minutes",
            url(&stage.reader, WHO, &cluster, 960),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "another cluster",
            good.replace("cluster-1", "cluster-2"),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "no cluster",
            good.replace("x-k8s-aws-id: cluster-1\r\n", ""),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "an action twice",
            good.replace("/?", "/?Action=AssumeRole&"),
            400,
            "InvalidRequest",
        ),
        (
            "with an Authorization header",
            good.replace(
                "connection:",
                "authorization: AWS4-HMAC-SHA256 x\r\nconnection:",
            ),
            400,
            "IncompleteSignature",
        ),
        (
            "another operation",
            url(
                &stage.root,
                "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE",
                &[],
                0,
            ),
            400,
            "InvalidRequest",
        ),
        (
            "AssumeRole",
            url(&stage.reader, ASSUME, &[], 0),
            400,
            "InvalidRequest",
        ),
        (
            "a parameter more",
            url(&stage.reader, &format!("{WHO}&Role=x"), &[], 0),
            400,
            "ValidationError",
        ),
        (
            "a foreign host",
            good.replace("host: localhost", "host: sts.attacker.example"),
            400,
            "InvalidRequest",
        ),
        (
            "for S3",
            good.replace(
                "/?Action=GetCallerIdentity",
                "/reports/q1.csv?Action=GetCallerIdentity",
            ),
            400,
            "InvalidRequest",
        ),
        (
            "by POST",
            good.replace("GET /", "POST /"),
            400,
            "InvalidRequest",
        ),
    ] {
        let answer = stage.raw(request.into_bytes()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn key_ids_say_their_account() {
    let stage = Stage::new().await;
    let ask = async |id: &str, by: &Credentials| {
        stage
            .send(&Draft::form(
                "sts",
                &format!("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId={id}"),
                by,
            ))
            .await
    };
    for (id, account) in [
        (stage.root.id.as_str(), "000000000000"),
        (&stage.reader.id, "000000000000"),
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
    ] {
        let answer = ask(id, &stage.root).await;
        assert_eq!(
            (answer.status, answer.element("Account")),
            (200, account),
            "{}",
            answer.text
        );
    }
    for id in [
        "AKIA",
        "AKIAAAAAAAAAAAAAAAAA",
        "AROAQNZGKIQY56JQ7WML",
        "ASIAQNZGKIQY56JQ7WM1",
        "ASIAQNZGKIQY56JQ7WMLX",
        "ASIAQNZGKIQY5%2A6JQ7WM",
    ] {
        let answer = ask(id, &stage.root).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "ValidationError"),
            "{id} {}",
            answer.text
        );
    }
    assert_eq!(
        ask(&stage.root.id, &stage.reader).await.code(),
        "AccessDenied",
        "it needs its permission"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn permanent_faults_have_codes_that_nobody_tries_again() {
    let stage = Stage::new().await;
    next_role(&stage).await;
    let token = stage.token("reports", "reporting").await;
    let sts = |form: String| Draft::form("sts", &form, &stage.reader);
    let exchange = |role: &str, token: &str| {
        exchange_bytes(
            &format!(
                "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2F{role}&RoleSessionName=abc&WebIdentityToken={token}"
            ),
            "",
        )
    };
    let json = Draft::signed(
        "POST",
        "/",
        "sts",
        &[("content-type", "application/x-amz-json-1.1")],
        b"{}",
        None,
        &stage.reader,
    );
    let requests = [
        ("a long chain", sts(format!("{ASSUME}&DurationSeconds=7200")).bytes(), 400, "ValidationError"),
        ("a role that is not there", sts(ASSUME.replace("next", "none")).bytes(), 403, "AccessDenied"),
        ("a parameter twice", sts(format!("{ASSUME}&RoleSessionName=other")).bytes(), 400, "InvalidRequest"),
        (
            "tags in conflict",
            sts(format!("{ASSUME}&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=A&Tags.member.2.Value=1")).bytes(),
            400,
            "InvalidParameterValue",
        ),
        ("an operation of users", sts("Action=GetFederationToken&Version=2011-06-15".into()).bytes(), 400, "InvalidAction"),
        ("another one", sts("Action=GetSessionToken&Version=2011-06-15".into()).bytes(), 400, "InvalidAction"),
        ("another version", sts("Action=GetCallerIdentity&Version=2010-05-08".into()).bytes(), 400, "InvalidAction"),
        ("a parameter that is not known", sts(format!("{WHO}&x=1")).bytes(), 400, "ValidationError"),
        ("another kind of content", json.bytes(), 400, "InvalidRequest"),
        (
            "a presigned call of IAM",
            url(&stage.reader, "Action=ListRoles&Version=2010-05-08", &[], 0).replace("%2Fsts%2F", "%2Fiam%2F").into_bytes(),
            400,
            "IncompleteSignature",
        ),
        ("a token that is none", exchange("reporting", "garbage"), 400, "InvalidIdentityToken"),
        ("a token of another account", exchange("reporting", &stage.token("payments", "payroll").await), 403, "AccessDenied"),
        ("a role that trusts no tokens", exchange("next", &token), 403, "AccessDenied"),
    ];
    for (sentence, request, status, code) in requests {
        let answer = stage.raw(request).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
        assert!(
            answer.status < 429 && !RETRIED.contains(&code),
            "{sentence}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_32_refusals_and_records_of_a_chain_show_no_secret() {
    let stage = Stage::new().await;
    next_role(&stage).await;
    let answer = stage
        .send(&Draft::form(
            "sts",
            &format!("{ASSUME}&ExternalId=deal-7"),
            &stage.reader,
        ))
        .await;
    let next = credentials(&answer);
    let mut told = String::new();
    for form in [
        ASSUME.to_owned(),
        format!("{ASSUME}&DurationSeconds=7200"),
        format!("{ASSUME}&SourceIdentity=a"),
        WHO.to_owned(),
    ] {
        told.push_str(&stage.send(&Draft::form("sts", &form, &next)).await.text);
    }
    told.push_str(&stage.raw(url(&next, WHO, &[], 960).into_bytes()).await.text);
    told.push_str(
        &stage
            .control("GET", "/decisions/latest-denial", "")
            .await
            .text,
    );
    assert_eq!(
        told.matches("HTTP/1.1 ").count(),
        6,
        "everything answers: {told}"
    );
    // Decisions are written beside the answers, and a little later.
    let records = stage.recorded("assumed-role/next/hop").await;
    told.push_str(&records);
    for by in [&next, &stage.reader, &stage.root] {
        assert!(!told.contains(&by.secret), "a secret key shows");
        assert!(
            by.token.as_ref().is_none_or(|token| !told.contains(token)),
            "a session token shows"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_33_key_ids_cannot_be_told_apart() {
    let stage = Stage::new().await;
    let good = stage.reader.clone();
    let told = async |id: &str, token: Option<&str>| {
        let by = Credentials {
            id: id.to_owned(),
            secret: "0".repeat(40),
            token: token.map(str::to_owned),
        };
        let answer = stage.send(&Draft::form("sts", WHO, &by)).await;
        (
            answer.status,
            answer.code().to_owned(),
            answer.element("Message").to_owned(),
        )
    };
    let token = good.token.as_deref();
    let wanted = (
        403,
        "InvalidClientTokenId".to_owned(),
        "The security token included in the request is invalid.".to_owned(),
    );
    for (sentence, id, token) in [
        ("a key id that nobody has", "ASIAQAAAAAAAAAAAAAAA", None),
        (
            "one that somebody has, without its token",
            good.id.as_str(),
            None,
        ),
        (
            "one that nobody has, with somebody's token",
            "ASIAQAAAAAAAAAAAAAAA",
            token,
        ),
        (
            "one that somebody has, with a token that is none",
            good.id.as_str(),
            Some("AgAAAAE="),
        ),
        (
            "a long-term key that nobody has",
            "AKIAQAAAAAAAAAAAAAAA",
            None,
        ),
        ("root's own, with a token", stage.root.id.as_str(), token),
    ] {
        assert_eq!(told(id, token).await, wanted, "{sentence}");
    }
}

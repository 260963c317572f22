//! The exchange over the wire: forms that mean two things, stray signatures, and what a caller is
//! told.

use crate::stage::{Draft, Stage, exchange_bytes};

const ROLE: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Freporting";

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_answers_in_xml_and_json() {
    let stage = Stage::new().await;
    let token = stage.token("reports", "reporting").await;
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{ROLE}&RoleSessionName=demo&WebIdentityToken={token}"
    );
    let xml = stage.raw(exchange_bytes(&form, "")).await;
    assert_eq!(
        xml.element("Arn"),
        "arn:aws:sts::000000000000:assumed-role/reporting/demo"
    );
    assert_eq!(
        (
            xml.element("Audience"),
            xml.element("SubjectFromWebIdentityToken")
        ),
        (
            "sts.amazonaws.com",
            "system:serviceaccount:reports:reporting"
        )
    );
    let host = stage
        .server
        .environment
        .issuer
        .trim_start_matches("https://");
    let provider = format!("arn:aws:iam::000000000000:oidc-provider/{host}");
    assert_eq!(
        xml.element("Provider"),
        provider,
        "its ARN, as transcripts of the service have it"
    );
    assert!(xml.text.contains("x-amzn-requestid: ") && !xml.element("RequestId").is_empty());
    let json = stage
        .raw(exchange_bytes(&form, "accept: application/json\r\n"))
        .await;
    let body: serde_json::Value =
        serde_json::from_str(json.text.split_once("\r\n\r\n").unwrap().1).unwrap();
    let result = &body["AssumeRoleWithWebIdentityResponse"]["AssumeRoleWithWebIdentityResult"];
    assert!(
        result["Credentials"]["AccessKeyId"]
            .as_str()
            .unwrap()
            .starts_with("ASIA")
            && result["Credentials"]["Expiration"].is_i64()
    );
    assert_eq!(result["Provider"].as_str(), Some(provider.as_str()));
    let stray = stage
        .raw(exchange_bytes(
            &form,
            "authorization: AWS4-HMAC-SHA256 nonsense\r\nx-amz-security-token: nonsense\r\n",
        ))
        .await;
    assert_eq!(stray.status, 200, "a stray signature changes nothing");
    let newline = stage.raw(exchange_bytes(&format!("{form}%0A"), "")).await;
    assert_eq!(
        newline.status, 200,
        "a token file that ends in a line break works"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_45_forms_that_mean_two_things() {
    let stage = Stage::new().await;
    let token = stage.token("reports", "reporting").await;
    let good = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{ROLE}&RoleSessionName=abc&WebIdentityToken={token}"
    );
    for (sentence, form, code) in [
        (
            "an action twice",
            format!("{good}&Action=GetCallerIdentity"),
            "InvalidRequest",
        ),
        (
            "a role twice, once encoded",
            format!("{good}&%52oleArn=x"),
            "InvalidRequest",
        ),
        (
            "a parameter that nobody knows",
            format!("{good}&Polcy=x"),
            "ValidationError",
        ),
        (
            "policies with a gap",
            format!("{good}&PolicyArns.member.2.arn=arn"),
            "ValidationError",
        ),
        ("a broken escape", format!("{good}&x=%zz"), "InvalidRequest"),
        (
            "a policy that is none",
            format!("{good}&Policy=%7B"),
            "MalformedPolicyDocument",
        ),
        (
            "a duration that is no number",
            format!("{good}&DurationSeconds=1h"),
            "MalformedInput",
        ),
        (
            "a duration too short",
            format!("{good}&DurationSeconds=899"),
            "ValidationError",
        ),
        (
            "a provider id beside an OpenID token",
            format!("{good}&ProviderId=www.amazon.com"),
            "ValidationError",
        ),
        (
            "another version of the API",
            good.replace("2011-06-15", "2010-01-01"),
            "MissingAuthenticationToken",
        ),
        (
            "another operation, unsigned",
            "Action=GetCallerIdentity&Version=2011-06-15".to_owned(),
            "MissingAuthenticationToken",
        ),
    ] {
        let answer = stage.raw(exchange_bytes(&form, "")).await;
        let status = if code == "MissingAuthenticationToken" {
            403
        } else {
            400
        };
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
        assert!(!answer.text.contains(&token), "{sentence}: the token shows");
    }
    let both = stage
        .raw(
            String::from_utf8(exchange_bytes(&good, ""))
                .unwrap()
                .replace("POST / ", "POST /?Action=X ")
                .into_bytes(),
        )
        .await;
    assert_eq!(both.code(), "InvalidRequest");
    let large = stage
        .raw(exchange_bytes(
            &format!("{good}&x={}", "a".repeat(70_000)),
            "",
        ))
        .await;
    assert_eq!(
        (large.status, large.code()),
        (413, "RequestEntityTooLarge"),
        "{}",
        large.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_19_a_role_that_is_not_there_sounds_like_one_that_does_not_trust() {
    let stage = Stage::new().await;
    let token = stage.token("payments", "payroll").await;
    let ask = |role: &str| {
        format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2F{role}&RoleSessionName=abc&WebIdentityToken={token}"
        )
    };
    let (distrusts, absent) = (
        stage.raw(exchange_bytes(&ask("reporting"), "")).await,
        stage.raw(exchange_bytes(&ask("nothing"), "")).await,
    );
    assert_eq!(
        (
            distrusts.status,
            distrusts.code(),
            distrusts.element("Message")
        ),
        (absent.status, absent.code(), absent.element("Message"))
    );
    assert_eq!(absent.code(), "AccessDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_40_scopes_that_do_not_agree_with_the_call() {
    let stage = Stage::new().await;
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    assert_eq!(
        stage
            .send(&Draft::form("sts", who, &stage.reader))
            .await
            .status,
        200
    );
    for service in ["s3", "iam", "ec2", "execute-api"] {
        let answer = stage.send(&Draft::form(service, who, &stage.reader)).await;
        let code = if service == "iam" {
            "InvalidAction"
        } else {
            "InvalidRequest"
        };
        assert_eq!(
            (answer.status, answer.code()),
            (400, code),
            "{service}: {}",
            answer.text
        );
    }
    let targeted = Draft::signed(
        "POST",
        "/",
        "sts",
        &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-amz-target", "AWSSecurityTokenService.X"),
        ],
        who.as_bytes(),
        None,
        &stage.reader,
    );
    assert_eq!(stage.send(&targeted).await.status, 400);
    let get = Draft::signed("GET", "/", "iam", &[], b"", None, &stage.root);
    assert_eq!(stage.send(&get).await.status, 400);
}

/// A session policy without `Version` reads as the old version, in which `${...}` is no variable.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_policy_may_lack_its_version() {
    let stage = Stage::new().await;
    let token = stage.token("reports", "reporting").await;
    let allow = |version: &str, resource: &str| {
        let policy = format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}"}}}}"#
        );
        format!("&Policy={}", wire::percent::encode(&policy))
    };
    let named = "arn:aws:s3:::${aws:PrincipalTag/bucket, 'reports'}/q1.csv";
    for (sentence, version, resource, code) in [
        (
            "what it names is allowed",
            "",
            "arn:aws:s3:::reports/q1.csv",
            "200",
        ),
        ("a variable is its letters", "", named, "AccessDenied"),
        (
            "and a variable where the version says so",
            r#""Version":"2012-10-17","#,
            named,
            "200",
        ),
    ] {
        let answer = stage
            .exchange_for(
                "arn:aws:iam::000000000000:role/reporting",
                &token,
                &allow(version, resource),
            )
            .await;
        assert_eq!(answer.status, 200, "{sentence}: {}", answer.text);
        let read = stage
            .send(&Draft::s3(
                "GET",
                "/reports/q1.csv",
                b"",
                &answer.credentials(),
            ))
            .await;
        let found = if read.status == 200 {
            "200"
        } else {
            read.code()
        };
        assert_eq!(found, code, "{sentence}: {}", read.text);
    }
    let old = allow(r#""Version":"2008-10-17","#, "arn:aws:s3:::reports/q1.csv");
    let answer = stage
        .exchange_for("arn:aws:iam::000000000000:role/reporting", &token, &old)
        .await;
    assert_eq!(
        answer.code(),
        "MalformedPolicyDocument",
        "the old version by name is still too old: {}",
        answer.text
    );
}

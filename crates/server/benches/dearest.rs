//! How long the dearest request of each operation holds a worker: `cargo bench -p server`.
//!
//! The server runs on one worker, beside a task that never rests: between two of its beats at most
//! one piece of a request's work was done, and the worker's own CPU clock tells how much. Everybody
//! else waits for as long as the longest of these pieces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]
#![allow(
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    reason = "a benchmark"
)]

#[path = "../tests/it/drafts.rs"]
mod drafts;
#[path = "../tests/it/stage.rs"]
mod stage;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};
use stage::{Credentials, Draft, Stage};
use token::{Algorithm, SigningKey};
use wire::percent;

/// How often each request is sent; the worst counts.
const ROUNDS: usize = 3;
/// What no request may hold a worker for.
const BOUND_MS: f64 = 10.0;

fn main() {
    // `cargo test --all-targets` runs benchmarks too, and then nothing is to be measured.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let only = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let beat = Arc::new(Beat::default());
        let beating = tokio::spawn(Arc::clone(&beat).on());
        let stage = tokio::spawn(Stage::new()).await.unwrap();
        let dear = Dear::of(stage).await;
        println!(
            "{:<44} {:>6} {:>10} {:>10}",
            "request", "status", "held, ms", "CPU, ms"
        );
        let mut over = 0;
        for (name, draft) in dear.requests().await {
            if only
                .as_ref()
                .is_some_and(|only| !name.contains(only.as_str()))
            {
                continue;
            }
            let (mut held, mut all, mut status) = (0.0f64, 0.0f64, 0);
            for _ in 0..ROUNDS {
                beat.longest.store(0, Ordering::Relaxed);
                let before = cpu(ClockId::ProcessCPUTime) - cpu_of(&beat);
                let answer = dear.stage.send(&draft).await;
                all = all.max((cpu(ClockId::ProcessCPUTime) - cpu_of(&beat) - before) as f64 / 1e6);
                held = held.max(beat.longest.load(Ordering::Relaxed) as f64 / 1e6);
                status = answer.status;
                assert!(status != 0 && status != 503, "{name}: {}", answer.text);
            }
            let mark = if held > BOUND_MS { "  <- too long" } else { "" };
            over += usize::from(held > BOUND_MS);
            println!("{name:<44} {status:>6} {held:>10.2} {all:>10.2}{mark}");
        }
        beat.over.store(true, Ordering::Relaxed);
        beating.await.unwrap();
        assert_eq!(
            over, 0,
            "requests that hold a worker for more than {BOUND_MS} ms"
        );
    });
}

/// The task that never rests, and what it saw.
#[derive(Default)]
struct Beat {
    /// Nanoseconds.
    longest: AtomicU64,
    /// CPU of the beat itself, nanoseconds.
    own: AtomicU64,
    over: AtomicBool,
}

impl Beat {
    async fn on(self: Arc<Self>) {
        let mut before = cpu(ClockId::ThreadCPUTime);
        while !self.over.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
            let now = cpu(ClockId::ThreadCPUTime);
            let held = now.saturating_sub(before);
            self.longest.fetch_max(held, Ordering::Relaxed);
            // A beat with nothing in between is its own cost.
            if held < 20_000 {
                self.own.fetch_add(held, Ordering::Relaxed);
            }
            before = now;
        }
    }
}

fn cpu(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn cpu_of(beat: &Beat) -> u64 {
    beat.own.load(Ordering::Relaxed)
}

/// A server whose role and session have the dearest policies that IAM takes.
struct Dear {
    stage: Stage,
    /// Of the role with ten managed policies and a boundary.
    role: Credentials,
    /// The same, with ten session policies.
    session: Credentials,
    /// Ten of AWS's longest as session policies.
    by_aws: Credentials,
    /// A session that may do everything.
    plain: Credentials,
    told: Credentials,
    /// Root of another account.
    other: Credentials,
    /// The key of a provider whose tokens bring tags.
    outside: SigningKey,
}

/// A provider with pushed keys.
const OUTSIDE: &str = "outside.example";

/// AWS's longest managed policies that are attached.
const LONGEST: [&str; 10] = [
    "ReadOnlyAccess",
    "job-function/ViewOnlyAccess",
    "SecurityAudit",
    "AmazonEC2FullAccess",
    "PowerUserAccess",
    "AdministratorAccess",
    "AmazonSageMakerFullAccess",
    "AWSSupportAccess",
    "job-function/DataScientist",
    "job-function/SystemAdministrator",
];

/// A document of 6,144 characters whose every pattern is looked for all through a key, and found
/// nowhere.
fn patterns(effect: &str, action: &str, seed: usize) -> String {
    let mut document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"{effect}","Action":"{action}","Resource":["#
    );
    let end = "\"arn:aws:s3:::dear/end\"]}]}";
    for number in 0.. {
        let pattern = format!("\"arn:aws:s3:::dear/*{:x}?z*\",", seed * 1_000 + number);
        if document.len() + pattern.len() + end.len() > 6_140 {
            break;
        }
        document.push_str(&pattern);
    }
    document + end
}

impl Dear {
    async fn of(stage: Stage) -> Self {
        let iam = async |form: String| {
            let answer = stage.root_iam(&form).await;
            assert_eq!(answer.status, 200, "{form} {}", answer.text);
            answer
        };
        let host = stage
            .server
            .environment
            .issuer
            .trim_start_matches("https://")
            .to_owned();
        let trust = percent::encode(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000000:oidc-provider/{host}","AWS":"*"}},"Action":["sts:AssumeRoleWithWebIdentity","sts:AssumeRole"]}}]}}"#
        ));
        iam(format!(
            "Action=CreateRole&RoleName=dear&AssumeRolePolicyDocument={trust}"
        ))
        .await;
        iam(format!(
            "Action=CreateRole&RoleName=plain&AssumeRolePolicyDocument={trust}"
        ))
        .await;
        for number in 0..11 {
            let document = percent::encode(&patterns("Deny", "s3:*", number));
            iam(format!(
                "Action=CreatePolicy&PolicyName=dear{number}&PolicyDocument={document}"
            ))
            .await;
            let arn = percent::encode(&format!("arn:aws:iam::000000000000:policy/dear{number}"));
            if number < 10 {
                iam(format!(
                    "Action=AttachRolePolicy&RoleName=dear&PolicyArn={arn}"
                ))
                .await;
            } else {
                iam(format!(
                    "Action=PutRolePermissionsBoundary&RoleName=dear&PermissionsBoundary={arn}"
                ))
                .await;
            }
        }
        iam(format!(
            "Action=CreateRole&RoleName=tagged&AssumeRolePolicyDocument={}",
            percent::encode(&compares_tags())
        ))
        .await;
        let outside = SigningKey::generate(Algorithm::Rs256).unwrap();
        let thumbprint = "a".repeat(40);
        iam(format!("Action=CreateOpenIDConnectProvider&Url=https://{OUTSIDE}&ClientIDList.member.1=sts.amazonaws.com&ThumbprintList.member.1={thumbprint}")).await;
        let keys = percent::encode(&token::public_jwks(&[&outside]));
        iam(format!("Action=PutOpenIDConnectProviderKeys&OpenIDConnectProviderArn=arn:aws:iam::000000000000:oidc-provider/{OUTSIDE}&JWKS={keys}")).await;
        let all = percent::encode(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        );
        iam(format!(
            "Action=PutRolePolicy&RoleName=plain&PolicyName=p&PolicyDocument={all}"
        ))
        .await;
        let answer = stage
            .send(&Draft::s3("PUT", "/dear", b"", &stage.root))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);

        let put = Draft::s3("PUT", "/policed", b"", &stage.root);
        assert_eq!(stage.send(&put).await.status, 200);
        let policy = Draft::s3(
            "PUT",
            "/policed?policy",
            bucket_policy(1).as_bytes(),
            &stage.root,
        );
        let policy = stage.send(&policy).await;
        assert_eq!(policy.status, 204, "{}", policy.text);
        let (_, other) = stage.account("aws").await;

        iam(format!(
            "Action=CreateRole&RoleName=told&AssumeRolePolicyDocument={trust}"
        ))
        .await;
        let document = percent::encode(&denies_that_apply());
        for number in 0..10 {
            iam(format!(
                "Action=CreatePolicy&PolicyName=told{number}&PolicyDocument={document}"
            ))
            .await;
            iam(format!(
                "Action=AttachRolePolicy&RoleName=told&PolicyArn={}",
                percent::encode(&format!("arn:aws:iam::000000000000:policy/told{number}"))
            ))
            .await;
        }

        let token = stage.token("reports", "reporting").await;
        let become_ = async |role: &str, arns: Vec<String>| {
            let mut more = String::new();
            for (place, arn) in arns.iter().enumerate() {
                write!(
                    more,
                    "&PolicyArns.member.{}.arn={}",
                    place + 1,
                    percent::encode(arn)
                )
                .unwrap();
            }
            stage
                .exchange_for(
                    &format!("arn:aws:iam::000000000000:role/{role}"),
                    &token,
                    &more,
                )
                .await
                .credentials()
        };
        let role = become_("dear", vec![]).await;
        let session = become_(
            "dear",
            (0..10)
                .map(|it| format!("arn:aws:iam::000000000000:policy/dear{it}"))
                .collect(),
        )
        .await;
        let by_aws = become_(
            "plain",
            LONGEST
                .iter()
                .map(|it| format!("arn:aws:iam::aws:policy/{it}"))
                .collect(),
        )
        .await;
        let plain = become_("plain", vec![]).await;
        let told = become_("told", vec![]).await;
        Self {
            stage,
            role,
            session,
            by_aws,
            plain,
            told,
            other,
            outside,
        }
    }

    /// A role is assumed with tags that its trust policy compares.
    fn tagged(&self) -> Draft {
        let role = percent::encode("arn:aws:iam::000000000000:role/tagged");
        let mut form =
            format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=dear");
        for (place, key) in tag_keys().enumerate() {
            write!(
                form,
                "&Tags.member.{0}.Key={key}&Tags.member.{0}.Value=v",
                place + 1
            )
            .unwrap();
        }
        Draft::form("sts", &form, &self.plain)
    }

    fn tagged_by_token(&self) -> Draft {
        let now = server::clock::now();
        let tags: serde_json::Map<_, _> = tag_keys()
            .map(|key| (key, serde_json::json!(["v"])))
            .collect();
        let claims = serde_json::json!({
            "iss": format!("https://{OUTSIDE}"), "sub": "dear", "aud": "sts.amazonaws.com", "iat": now, "exp": now + 600,
            "https://aws.amazon.com/tags": { "principal_tags": tags },
        });
        let token = token::sign_claims(&self.outside, claims.as_object().unwrap()).unwrap();
        let role = percent::encode("arn:aws:iam::000000000000:role/tagged");
        unsigned(&format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}&RoleSessionName=dear&WebIdentityToken={token}"
        ))
    }

    async fn requests(&self) -> Vec<(String, Draft)> {
        let mut requests = Vec::new();
        for (who, by) in [
            ("root", &self.stage.root),
            ("role", &self.role),
            ("session", &self.session),
            ("by AWS", &self.by_aws),
        ] {
            let mut push =
                |name: &str, draft: Draft| requests.push((format!("{name}, {who}"), draft));
            let key = "a".repeat(80);
            push(
                "GetObject",
                Draft::s3("GET", &format!("/dear/{key}"), b"", by),
            );
            let folders = format!("{}/", "b".repeat(200)).repeat(4) + &"c".repeat(190);
            push(
                "GetObject of 1,000 characters",
                Draft::s3("GET", &format!("/dear/{folders}"), b"", by),
            );
            push("GetObject, denied", Draft::s3("GET", "/dear/end", b"", by));
            push(
                "ListObjectsV2",
                Draft::s3(
                    "GET",
                    &format!("/dear?list-type=2&prefix={}", "a".repeat(900)),
                    b"",
                    by,
                ),
            );
            push("DeleteObjects of 1,000", delete(1_000, 20, by));
            push("DeleteObjects of 1,000, long keys", delete(1_000, 700, by));
            push("DeleteObjects of 2 MB", delete(1_000, 2_000, by));
            push("CompleteMultipartUpload of 10,000", complete(by));
            push("CreateBucket", Draft::s3("PUT", "/dear", b"", by));
            push(
                "GetCallerIdentity",
                Draft::form("sts", "Action=GetCallerIdentity&Version=2011-06-15", by),
            );
            let role = percent::encode("arn:aws:iam::000000000000:role/plain");
            let mut assume =
                format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=dear");
            for tag in 1..=50 {
                write!(
                    assume,
                    "&Tags.member.{tag}.Key=k{tag}&Tags.member.{tag}.Value={tag}"
                )
                .unwrap();
            }
            push("AssumeRole, 50 tags", Draft::form("sts", &assume, by));
            let document = percent::encode(&patterns("Deny", "s3:*", 77));
            let create = format!(
                "Action=CreatePolicy&Version=2010-05-08&PolicyName=more&PolicyDocument={document}"
            );
            push("CreatePolicy", Draft::form("iam", &create, by));
            let spaces = "%20".repeat(18_000);
            let create = format!(
                "Action=CreatePolicy&Version=2010-05-08&PolicyName=wide&PolicyDocument={spaces}{document}"
            );
            push(
                "CreatePolicy with white space",
                Draft::form("iam", &create, by),
            );
            let nested = percent::encode(&("[".repeat(9_000) + &"]".repeat(9_000)));
            let create = format!(
                "Action=CreatePolicy&Version=2010-05-08&PolicyName=deep&PolicyDocument={nested}"
            );
            push("CreatePolicy of brackets", Draft::form("iam", &create, by));
            push("CreateRole", Draft::form("iam", &trust_of_many(), by));
            push(
                "ListRoles",
                Draft::form("iam", "Action=ListRoles&Version=2010-05-08", by),
            );
            push(
                "GetAccountAuthorizationDetails",
                Draft::form(
                    "iam",
                    "Action=GetAccountAuthorizationDetails&Version=2010-05-08",
                    by,
                ),
            );
            push("SimulateCustomPolicy", Draft::form("iam", &simulate(), by));
            push(
                "a form of 512 parameters",
                Draft::form("iam", &parameters(), by),
            );
            let long = Draft::signed("GET", "/dear/x", "s3", &many_headers(), b"", None, by);
            push("a head of 100 headers", long);
            let query = (0..500).fold(String::from("/dear?list-type=2"), |all, number| {
                format!("{all}&x{number}=%41%42")
            });
            push("a query of 500 words", Draft::s3("GET", &query, b"", by));
        }
        requests.extend(self.of_buckets());
        let token = self.stage.token("reports", "reporting").await;
        let form = |more: &str| {
            format!(
                "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName=dear&WebIdentityToken={token}{more}",
                percent::encode("arn:aws:iam::000000000000:role/plain")
            )
        };
        let policy = percent::encode(&patterns("Deny", "s3:*", 5)[..2_000]);
        for (name, form) in [
            ("AssumeRoleWithWebIdentity", form("")),
            (
                "AssumeRoleWithWebIdentity, a broken policy",
                form(&format!("&Policy={policy}")),
            ),
            (
                "AssumeRoleWithWebIdentity, a long token",
                form(&"x".repeat(18_000)),
            ),
        ] {
            requests.push((name.to_owned(), unsigned(&form)));
        }
        requests.push((
            "AssumeRole, tags that are compared".to_owned(),
            self.tagged(),
        ));
        requests.push((
            "AssumeRoleWithWebIdentity, such tags".to_owned(),
            self.tagged_by_token(),
        ));
        let keys = keys();
        let provider = percent::encode(&format!(
            "arn:aws:iam::000000000000:oidc-provider/{}",
            self.stage
                .server
                .environment
                .issuer
                .trim_start_matches("https://")
        ));
        let push = format!(
            "Action=PutOpenIDConnectProviderKeys&Version=2010-05-08&OpenIDConnectProviderArn={provider}&JWKS={keys}"
        );
        requests.push((
            "PutOpenIDConnectProviderKeys of 60 KB".to_owned(),
            Draft::form("iam", &push, &self.stage.root),
        ));
        let prefix = "a".repeat(8_000);
        requests.push((
            "ListObjectsV2, much to tell of its denial".to_owned(),
            Draft::s3(
                "GET",
                &format!("/dear?list-type=2&prefix={prefix}"),
                b"",
                &self.told,
            ),
        ));
        requests
    }

    /// What S3 takes beside plain headers over plain bodies, and what a bucket's policy may cost.
    fn of_buckets(&self) -> Vec<(String, Draft)> {
        let (by, root) = (&self.plain, &self.stage.root);
        let policed = |target: &str| format!("/policed/{target}");
        let long = "b".repeat(1_000);
        let chunk = vec![b'x'; 8_192];
        let content = vec![b'x'; 128 * 8_192];
        let sum = ("x-amz-checksum-crc32", "AAAAAA==");
        let trailer = [("x-amz-trailer", sum.0)];
        let kind = |kind| (kind, content.len());
        let signed = drafts::in_chunks(
            &policed("chunks"),
            kind("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            &[],
            by,
            |signer| {
                let mut body: Vec<u8> = (0..128).flat_map(|_| signer.chunk(&chunk)).collect();
                body.extend(signer.end(&[]));
                body
            },
        );
        let unsigned = drafts::in_chunks(
            &policed("chunks"),
            kind("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            &trailer,
            by,
            |_| sigv4::sign::unsigned_chunks(&vec![chunk.as_slice(); 128], &[sum]),
        );
        let link = drafts::link(("GET", &policed(&long)), &[], (drafts::now(), 600), by);
        let host = [("host", "localhost")];
        let ignored = "x".repeat(100);
        let names: Vec<String> = (0..60).map(|number| format!("x-ignore-{number}")).collect();
        let mut fields = vec![("key", "form")];
        fields.extend(names.iter().map(|name| (name.as_str(), ignored.as_str())));
        let conditions: Vec<_> = (0..200)
            .map(|_| serde_json::json!(["starts-with", "$key", ""]))
            .chain([serde_json::json!({ "bucket": "policed" })])
            .collect();
        let form = drafts::form(
            "/policed",
            (600, serde_json::Value::Array(conditions)),
            &fields,
            &content,
            Some(by),
        );
        let tags: String = (0..10)
            .map(|number| {
                let (key, value) = ("k".repeat(120), "v".repeat(250));
                format!("<Tag><Key>{key}{number}</Key><Value>{value}</Value></Tag>")
            })
            .collect();
        let tags = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
        let policy = bucket_policy(1);
        let mut requests = vec![
            (
                "GetObject, a policy of 20 KB",
                Draft::s3("GET", &policed(&long), b"", by),
            ),
            (
                "GetObject, such a policy, another account",
                Draft::s3("GET", &policed(&long), b"", &self.other),
            ),
            (
                "DeleteObjects of 1,000, such a policy",
                delete_in("policed", 1_000, 700, by),
            ),
            (
                "GetObject, presigned",
                drafts::plain(("GET", &link), &host, b""),
            ),
            (
                "PutObject of 1 MiB",
                Draft::s3("PUT", &policed("whole"), &content, by),
            ),
            ("PutObject of 1 MiB, signed chunks", signed.clone()),
            (
                "PutObject of 1 MiB, both chunks",
                drafts::in_http_chunks(signed),
            ),
            ("PutObject of 1 MiB, unsigned chunks", unsigned),
            ("PostObject of 1 MiB", form),
            (
                "PutObjectTagging",
                Draft::s3("PUT", &policed("whole?tagging"), tags.as_bytes(), by),
            ),
            (
                "PutBucketPolicy of 20 KB",
                Draft::s3("PUT", "/policed?policy", policy.as_bytes(), root),
            ),
            (
                "PutBucketPolicy of principals",
                Draft::s3("PUT", "/dear?policy", principals().as_bytes(), root),
            ),
            (
                "GetBucketPolicyStatus of 20 KB",
                Draft::s3("GET", "/policed?policyStatus", b"", root),
            ),
            (
                "GetBucketPolicy of 20 KB",
                Draft::s3("GET", "/policed?policy", b"", root),
            ),
        ];
        for operation in [
            "acl",
            "versioning",
            "publicAccessBlock",
            "ownershipControls",
            "uploads",
            "versions",
        ] {
            requests.push((
                "a bucket is read",
                Draft::s3("GET", &format!("/policed?{operation}"), b"", by),
            ));
        }
        requests
            .into_iter()
            .map(|(name, draft)| (name.to_owned(), draft))
            .collect()
    }
}

/// A bucket policy of 20 KB whose every pattern is looked for all through a key, and found nowhere,
/// and which asks for tags of objects.
fn bucket_policy(seed: usize) -> String {
    let tags = r#"{"Sid":"tags","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::policed/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/kind":"secret"}}}"#;
    let mut document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{tags},{{"Effect":"Allow","Principal":{{"AWS":"000000000000"}},"Action":"s3:*","Resource":["arn:aws:s3:::policed","arn:aws:s3:::policed/*"]}},{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["#
    );
    let end = "\"arn:aws:s3:::policed/end\"]}]}";
    for number in 0.. {
        let pattern = format!("\"arn:aws:s3:::policed/*{:x}?z*\",", seed * 1_000 + number);
        if document.len() + pattern.len() + end.len() > 20_400 {
            break;
        }
        document.push_str(&pattern);
    }
    document + end
}

/// As many principals as a bucket policy has room for; each is looked up.
fn principals() -> String {
    let named = vec!["\"arn:aws:iam::000000000000:role/plain\""; 470].join(",");
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":[{named}]}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::dear/*"}}}}"#
    )
}

/// A form that nobody signed.
fn unsigned(form: &str) -> Draft {
    let headers = [
        ("host", "localhost"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    headers.push(("content-length".to_owned(), form.len().to_string()));
    Draft {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers,
        body: form.as_bytes().to_vec(),
    }
}

/// A document of denials that apply, each with many conditions that the prefix of a listing meets:
/// all of it is told with the denial.
fn denies_that_apply() -> String {
    let mut conditions = Vec::new();
    for set in ["", "ForAnyValue:", "ForAllValues:"] {
        for (operator, value) in [
            ("StringLike", "*"),
            ("StringNotLike", "b"),
            ("StringNotEquals", "b"),
        ] {
            for suffix in ["", "IfExists"] {
                conditions.push(format!(
                    r#""{set}{operator}{suffix}":{{"s3:prefix":"{value}"}}"#
                ));
            }
        }
    }
    let statement = format!(
        r#"{{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{{{}}}}}"#,
        conditions.join(",")
    );
    let statements = vec![statement.as_str(); 6_000 / (statement.len() + 1)].join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// A trust policy of 2,048 characters that holds every tag key against every pattern, and denies by
/// none of them.
fn compares_tags() -> String {
    let mut patterns = "\"end\"".to_owned();
    while patterns.len() < 1_400 {
        write!(patterns, ",\"*{:x}?z*\"", patterns.len()).unwrap();
    }
    let condition = format!(r#"{{"ForAnyValue:StringLike":{{"aws:TagKeys":[{patterns}]}}}}"#);
    let who = format!(
        r#"{{"Federated":"arn:aws:iam::000000000000:oidc-provider/{OUTSIDE}","AWS":"000000000000"}}"#
    );
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{who},"Action":["sts:AssumeRoleWithWebIdentity","sts:AssumeRole","sts:TagSession"]}},{{"Effect":"Deny","Principal":"*","Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{condition}}}]}}"#
    )
}

/// Fifty keys of 100 characters: as many as an exchange's token has room for.
fn tag_keys() -> impl Iterator<Item = String> {
    (0..50).map(|number| format!("{}{number:02}", "k".repeat(98)))
}

/// A role that trusts as many as a trust policy can name.
fn trust_of_many() -> String {
    let named: Vec<String> = (0..35)
        .map(|it| format!("\"arn:aws:iam::000000000000:role/no-such-role-{it}\""))
        .collect();
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":[{}]}},"Action":"sts:AssumeRole"}}}}"#,
        named.join(",")
    );
    format!(
        "Action=CreateRole&Version=2010-05-08&RoleName=many&AssumeRolePolicyDocument={}",
        percent::encode(&trust)
    )
}

fn simulate() -> String {
    let document = percent::encode(&patterns("Deny", "s3:*", 1));
    let mut form = format!(
        "Action=SimulateCustomPolicy&Version=2010-05-08&PolicyInputList.member.1={document}"
    );
    for number in 1..=30 {
        write!(
            form,
            "&ActionNames.member.{number}=s3:Get{number}&ResourceArns.member.{number}=arn:aws:s3:::dear/{number}{}",
            "a".repeat(900)
        )
        .unwrap();
    }
    form
}

fn parameters() -> String {
    let mut form = "Action=TagRole&Version=2010-05-08&RoleName=plain".to_owned();
    for number in 1..=254 {
        write!(
            form,
            "&Tags.member.{number}.Key=k{number}&Tags.member.{number}.Value=%41%42{}",
            "v".repeat(90)
        )
        .unwrap();
    }
    form
}

fn many_headers() -> Vec<(&'static str, &'static str)> {
    let mut headers = Vec::new();
    for number in 0..90 {
        let name: &'static str = Box::leak(format!("x-amz-meta-{number}").into_boxed_str());
        headers.push((
            name,
            "a  b   c    d     e      f       g        h         i          j",
        ));
    }
    headers
}

/// As many keys of 2,048 bits as fit.
fn keys() -> String {
    let modulus = format!("{}w", "t".repeat(341));
    let key = |number: usize| {
        format!(
            r#"{{"kty":"RSA","alg":"RS256","use":"sig","kid":"{number}","e":"AQAB","n":"{modulus}"}}"#
        )
    };
    let keys: Vec<String> = (0..95).map(key).collect();
    percent::encode(&format!("{{\"keys\":[{}]}}", keys.join(",")))
}

fn delete(keys: usize, length: usize, by: &Credentials) -> Draft {
    delete_in("dear", keys, length, by)
}

fn delete_in(bucket: &str, keys: usize, length: usize, by: &Credentials) -> Draft {
    let mut body = "<Delete><Quiet>true</Quiet>".to_owned();
    for number in 0..keys {
        let tail = "d".repeat((length - 10).min(190));
        let folders = format!("{}/", "e".repeat(190)).repeat(length.saturating_sub(200) / 191);
        write!(
            body,
            "<Object><Key>{number:08}/{folders}{tail}</Key></Object>"
        )
        .unwrap();
    }
    body.push_str("</Delete>");
    Draft::signed(
        "POST",
        &format!("/{bucket}?delete"),
        "s3",
        &[("content-md5", &md5(body.as_bytes()))],
        body.as_bytes(),
        None,
        by,
    )
}

fn complete(by: &Credentials) -> Draft {
    let mut body = "<CompleteMultipartUpload>".to_owned();
    for number in 1..=10_000 {
        write!(body, "<Part><PartNumber>{number}</PartNumber><ETag>\"0123456789abcdef0123456789abcdef\"</ETag></Part>").unwrap();
    }
    body.push_str("</CompleteMultipartUpload>");
    Draft::s3(
        "POST",
        "/dear/x?uploadId=00000000-0000-0000-0000-000000000000",
        body.as_bytes(),
        by,
    )
}

fn md5(bytes: &[u8]) -> String {
    use base64::Engine as _;
    use md5::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(bytes))
}

//! Walks every scenario folder through issuer, mutation, STS, gate and reasons on the same facts, so that a decision
//! and its explanation cannot disagree.
//!
//! A folder holds `scenario.yaml` (what differs from `base.yaml`, and what is expected at every stop) and `why.txt`,
//! the doctor's words. `ROAD_BLESS=1 cargo test -p road` writes the words anew, to be read before they are committed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

#[path = "controller.rs"]
mod controller;
#[path = "readers.rs"]
mod readers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use authority::denial::Denial;
use authority::keyring::{Keyring, SealingKey};
use authority::record::{Cause, Evidence, Link, Record};
use authority::web_identity::Ask;
use authority::{
    Account, Bucket, Caller, Change, Entity, Entropy, NoCaller, Peer, Regions, World, assume_role, exchange, grant, iam, session,
    trust,
};
use catalog::{Call, Service, Unmapped, query, s3};
use pod::{Mutation, manifest, mutate};
use policy::AccountId;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sigv4::{Claim, Payload, SecretKey};
use token::{Algorithm, KeySet, Owner, SigningKey, Unverified, public_jwks, sign_claims};
use wire::{Family, Head, RequestId, Words, percent};

const NOW: i64 = 1_795_521_600;
const ROOT_KEY: &str = "AKIAROOT000000000000";
const ROOT_SECRET: &str = "root-secret-that-must-not-show-anywhere0";
static LOCAL: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap());
static FOREIGN: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());

/// One scenario. What is absent is the base's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// What it shows.
    sentence: String,
    /// Seconds that pass between exchange and request.
    #[serde(default)]
    later: i64,
    /// IAM calls by root, in order, before anything else: operation and parameters.
    account: Vec<Map<String, Value>>,
    /// Buckets by name, with the account that owns them.
    buckets: BTreeMap<String, String>,
    /// Kubernetes YAML.
    cluster: String,
    pod: Who,
    token: TokenFacts,
    exchange: BTreeMap<String, String>,
    /// IAM calls by root between exchange and request.
    #[serde(default)]
    meanwhile: Vec<Map<String, Value>>,
    /// AssumeRole calls after the exchange, in order, each by the session before; the last session makes the request.
    #[serde(default)]
    assume: Vec<BTreeMap<String, String>>,
    request: Option<Request>,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    namespace: String,
    service_account: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFacts {
    /// `local` or `foreign`.
    key: String,
    /// Claims beside `sub`, which is the pod's; null removes one.
    claims: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    service: String,
    method: String,
    target: String,
    /// Form of a query call.
    #[serde(default)]
    form: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Headers that are added after signing.
    #[serde(default)]
    unsigned: BTreeMap<String, String>,
    /// The region that is signed for; `us-east-1`, which the server is, when absent.
    region: Option<String>,
    /// Body of an S3 call that is read before the decision.
    #[serde(default)]
    body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// `dressed` or the reason why not.
    porter: String,
    /// `admitted`, or AWS's code.
    exchange: Option<String>,
    /// `admitted`, or AWS's code, of the last AssumeRole that was tried.
    assume: Option<String>,
    /// `permitted`, or AWS's code.
    gate: Option<String>,
    /// The link that the record names.
    link: Option<String>,
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                if value.is_null() && name == "request" {
                    base.insert(name, value);
                } else {
                    merge(base.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (base, over) => *base = over,
    }
}

fn account() -> AccountId {
    AccountId::parse("000000000000").unwrap()
}

/// IAM calls by root, each decided over as any other call.
fn apply(world: World, calls: &[Map<String, Value>], entropy: &mut Entropy) -> World {
    let root = root(&world);
    calls.iter().fold(world, |world, call| {
        let mut form = String::from("Version=2010-05-08");
        for (name, value) in call {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form.push_str(&format!("&{name}={}", percent::encode(&text)));
        }
        let call = query::call(Service::Iam, Words::read(&form).unwrap()).unwrap_or_else(|bad| panic!("{form}: {bad}"));
        let operation = call.operation.clone();
        let permit =
            grant::decide(&world, &root, call, &peer(), NOW).unwrap_or_else(|denial| panic!("{operation}: {}", denial.fault.text));
        let applied = iam::apply(&world, &permit, NOW, entropy).unwrap_or_else(|fault| panic!("{operation}: {}", fault.text));
        world.fold(world.revision() + 1, &applied.changes).unwrap()
    })
}

/// The account's root, proven by its signature as the server has it proven.
fn root(world: &World) -> Caller {
    let (date, hash) = (sigv4::amz_date(NOW), sigv4::sign::payload_hash(b""));
    let mut headers = vec![("host", "localhost"), ("x-amz-date", date.as_str()), ("x-amz-content-sha256", hash.as_str())];
    let to_sign = sigv4::sign::Request { method: "POST", target: "/", headers: &headers, payload_hash: &hash };
    let secret = SecretKey::new(ROOT_SECRET.to_owned());
    let seal = sigv4::sign::authorization(&to_sign, ROOT_KEY, &secret, "us-east-1", "iam").unwrap();
    headers.push(("authorization", &seal));
    let head = Head::read("POST", "/", headers.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap();
    let claim = Claim::read(&head).unwrap().expect("it is signed");
    let opened = session::open(ROOT_KEY, None, &keyring(), NOW).unwrap();
    let payload = Payload::Buffered(sigv4::sha256(b""));
    let (authenticated, _) = claim.verify(&head, payload, opened.secret(), NOW).unwrap();
    Caller::new(&authenticated, opened, world, &Regions::only(["us-east-1"]).unwrap()).unwrap()
}

fn keyring() -> Keyring {
    let keys = [(1, SealingKey::new(&[7; 32]).unwrap())].into();
    Keyring::new("road".to_owned(), 1, keys).with_root(ROOT_KEY.to_owned(), account(), SecretKey::new(ROOT_SECRET.to_owned()))
}

fn peer() -> Peer {
    let source_ip = "127.0.0.1".parse().unwrap();
    Peer { source_ip, secure: false, user_agent: Some("road".into()), referer: None, region: Some("us-east-1".to_owned()) }
}

/// Every text that the walk gave out, to be searched for secrets, and the last decision.
#[derive(Default)]
struct Walk {
    records: Vec<Record>,
    secrets: Vec<String>,
}

impl Walk {
    fn keep(&mut self, evidence: Evidence) {
        let request_id = RequestId::from_entropy([u8::try_from(self.records.len()).unwrap(); 16]);
        self.records.push(Record::new(request_id, NOW, "127.0.0.1".to_owned(), evidence));
    }

    fn refuse(&mut self, denial: Denial) -> String {
        self.keep(*denial.evidence);
        denial.fault.code.into_owned()
    }
}

fn exchange_token(
    scenario: &Scenario,
    world: &World,
    keyring: &Keyring,
    walk: &mut Walk,
    entropy: &mut Entropy,
) -> Result<session::Session, String> {
    let mut claims = Map::new();
    claims.insert(
        "sub".to_owned(),
        json!(format!("system:serviceaccount:{}:{}", scenario.pod.namespace, scenario.pod.service_account)),
    );
    for (name, value) in &scenario.token.claims {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    let key = if scenario.token.key == "local" { &*LOCAL } else { &*FOREIGN };
    let token = sign_claims(key, &claims).unwrap();
    walk.secrets.push(token.clone());
    let mut form = format!("WebIdentityToken={token}");
    for (name, value) in &scenario.exchange {
        form.push_str(&format!("&{name}={}", percent::encode(value)));
    }
    let form = Words::read(&form).unwrap();
    let mut refuse = |denial: Denial| walk.refuse(denial);
    let ask = Ask::read(&form).map_err(|fault| refuse(exchange::bad_parameters(fault)))?;
    let unverified = Unverified::read(&ask.token).map_err(|bad| refuse(exchange::malformed(&ask, &bad)))?;
    let provider = exchange::provider(world, &ask, unverified.issuer()).map_err(&mut refuse)?;
    // As the server: keys are known for the local issuer only, and belong to the provider that was looked up.
    if provider.url != "localhost:4567" {
        return Err(refuse(exchange::no_keys(
            &ask,
            provider,
            &exchange::KeysMissing::Refused("nothing is fetched on the road".to_owned()),
        )));
    }
    let (keys, _) = KeySet::admit(Owner::new(provider.arn.as_str()), public_jwks(&[&LOCAL]).as_bytes()).unwrap();
    let issuer = provider.issuer();
    let expectation = exchange::expectation(&issuer, provider);
    let verified =
        unverified.verify(&keys, &expectation, NOW).map_err(|refusal| refuse(exchange::refused(&ask, provider, &refusal)))?;
    let assumption = trust::admit(world, &ask, provider, &verified, &peer(), NOW).map_err(&mut refuse)?;
    walk.keep(assumption.evidence().clone());
    session::mint(assumption, keyring, NOW, entropy).map_err(|because| walk.refuse(exchange::not_minted(&ask, because)))
}

/// What a session sends, signed, as the server reads it: who it proved to be, and the head.
fn arrive(
    request: &Request,
    session: &session::Session,
    world: &World,
    keyring: &Keyring,
    now: i64,
    walk: &mut Walk,
) -> Result<(Caller, Head), String> {
    let date = sigv4::amz_date(now);
    let hash = sigv4::sign::payload_hash(format!("{}{}", request.form, request.body).as_bytes());
    let mut headers: Vec<(&str, &str)> = vec![
        ("host", "localhost"),
        ("x-amz-date", &date),
        ("x-amz-content-sha256", &hash),
        ("x-amz-security-token", &session.token),
    ];
    headers.extend(request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let to_sign = sigv4::sign::Request { method: &request.method, target: &request.target, headers: &headers, payload_hash: &hash };
    let seal = sigv4::sign::authorization(
        &to_sign,
        &session.access_key_id,
        &session.secret,
        request.region.as_deref().unwrap_or("us-east-1"),
        &request.service,
    )
    .unwrap();
    headers.push(("authorization", &seal));
    headers.extend(request.unsigned.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let head = Head::read(&request.method, &request.target, headers.iter().map(|(name, value)| (*name, value.as_bytes())))
        .map_err(|bad| bad.to_string())?;

    let s3 = request.service == "s3";
    let family = if s3 { Family::S3 } else { Family::Query };
    let claim = Claim::read(&head).map_err(|refusal| refusal.fault(family).code.into_owned())?.expect("it is signed");
    let opened = session::open(claim.access_key_id().as_str(), claim.session_token(), keyring, now)
        .map_err(|refusal| format!("{refusal:?}"))?;
    let payload = if s3 { Payload::Declared } else { Payload::Buffered(sigv4::sha256(request.form.as_bytes())) };
    let (authenticated, _) =
        claim.verify(&head, payload, opened.secret(), now).map_err(|refusal| refusal.fault(family).code.into_owned())?;
    let caller = match Caller::new(&authenticated, opened, world, &Regions::only(["us-east-1"]).unwrap()) {
        Ok(caller) => caller,
        Err(NoCaller::Region(wrong, _)) => {
            let cause = Cause::Region { because: wrong.because(), expected: wrong.expected.clone() };
            return Err(walk.refuse(Denial::new(Link::Credentials, cause, wrong.fault())));
        }
        Err(no) => return Err(format!("{no:?}")),
    };
    Ok((caller, head))
}

/// One more hop: the session becomes another role's.
fn assume(
    form: &BTreeMap<String, String>,
    session: &session::Session,
    world: &World,
    keyring: &Keyring,
    walk: &mut Walk,
    entropy: &mut Entropy,
) -> Result<session::Session, String> {
    let words: String = form.iter().map(|(name, value)| format!("&{name}={}", percent::encode(value))).collect();
    let request = Request {
        service: "sts".to_owned(),
        method: "POST".to_owned(),
        target: "/".to_owned(),
        form: format!("Action=AssumeRole&Version=2011-06-15{words}"),
        headers: BTreeMap::new(),
        unsigned: BTreeMap::new(),
        region: None,
        body: String::new(),
    };
    let (caller, _) = arrive(&request, session, world, keyring, NOW, walk)?;
    let call = query::call(Service::Sts, Words::read(&request.form).unwrap()).map_err(|bad| bad.fault().code.into_owned())?;
    let ask =
        assume_role::Ask::read(&call.detail).map_err(|fault| walk.refuse(assume_role::bad_parameters(&caller, world, fault)))?;
    let assumption = assume_role::admit(world, &caller, &ask, &peer(), NOW).map_err(|denial| walk.refuse(denial))?;
    walk.keep(assumption.evidence().clone());
    session::mint(assumption, keyring, NOW, entropy)
        .map_err(|because| walk.refuse(assume_role::not_minted(&caller, world, &ask, because)))
}

fn ask_gate(
    request: &Request,
    session: &session::Session,
    world: &World,
    keyring: &Keyring,
    now: i64,
    walk: &mut Walk,
) -> Result<(), String> {
    let (caller, head) = arrive(request, session, world, keyring, now, walk)?;
    let asker = (&caller, now);
    match request.service.as_str() {
        "s3" => decided(world, asker, s3::route(&head).and_then(|route| route.call(request.body.as_bytes())), walk),
        "iam" => decided(world, asker, query::call(Service::Iam, Words::read(&request.form).unwrap()), walk),
        _ => decided(world, asker, query::call(Service::Sts, Words::read(&request.form).unwrap()), walk),
    }
}

fn decided<D>(
    world: &World,
    (caller, now): (&Caller, i64),
    call: Result<Call<D>, Unmapped>,
    walk: &mut Walk,
) -> Result<(), String> {
    let call = call.map_err(|unmapped| unmapped.fault().code.into_owned())?;
    match grant::decide(world, caller, call, &peer(), now) {
        Ok(permit) => {
            walk.keep(permit.into_evidence());
            Ok(())
        }
        Err(denial) => Err(walk.refuse(denial)),
    }
}

fn walk(name: &str, scenario: &Scenario) -> String {
    let mut entropy = Entropy::new([9; 32]);
    let keyring = keyring();
    let mut walk = Walk::default();
    let mut first = vec![Change::put(Entity::Account(Account {
        id: account(),
        partition: "aws".to_owned(),
        root_key: Some(ROOT_KEY.to_owned()),
    }))];
    for (bucket, owner) in &scenario.buckets {
        first.push(Change::put(Entity::Bucket(Bucket {
            name: bucket.clone(),
            owner: AccountId::parse(owner).unwrap(),
            created: NOW,
        })));
    }
    let world = World::default().fold(1, &first).unwrap();
    let world = apply(world, &scenario.account, &mut entropy);

    let manifests = manifest::read("cluster", &scenario.cluster).unwrap();
    let account = manifests.service_account(&scenario.pod.namespace, &scenario.pod.service_account);
    let pod = pod::Pod::minimal(&scenario.pod.namespace, &scenario.pod.service_account);
    let porter = match mutate(&pod, account, &pod::Settings::default()) {
        Mutation::Patch(patch) => {
            patch.apply(&pod).unwrap();
            "dressed".to_owned()
        }
        Mutation::Nothing(reason) => format!("{reason:?}"),
    };
    assert_eq!(porter, scenario.expect.porter, "{name}: porter");

    let mut session = exchange_token(scenario, &world, &keyring, &mut walk, &mut entropy);
    let outcome = session.as_ref().map_or_else(String::clone, |_| "admitted".to_owned());
    assert_eq!(Some(outcome), scenario.expect.exchange, "{name}: exchange");
    for hop in &scenario.assume {
        if let Ok(from) = session {
            walk.secrets.extend([from.token.clone(), from.secret.expose().to_owned()]);
            session = assume(hop, &from, &world, &keyring, &mut walk, &mut entropy);
        }
    }
    if !scenario.assume.is_empty() {
        let outcome = session.as_ref().map_or_else(String::clone, |_| "admitted".to_owned());
        assert_eq!(Some(outcome), scenario.expect.assume, "{name}: assume");
    }
    if let (Ok(session), Some(request)) = (&session, &scenario.request) {
        walk.secrets.extend([session.token.clone(), session.secret.expose().to_owned()]);
        let world = apply(world, &scenario.meanwhile, &mut entropy);
        let gate = ask_gate(request, session, &world, &keyring, NOW + scenario.later, &mut walk)
            .map_or_else(|code| code, |()| "permitted".to_owned());
        assert_eq!(Some(gate), scenario.expect.gate, "{name}: gate");
    }

    let mut words = format!("{}\n", scenario.sentence);
    for record in &walk.records {
        let kept = serde_json::to_string(record).unwrap();
        assert_eq!(&serde_json::from_str::<Record>(&kept).unwrap(), record, "{name}: a record reads back as it was written");
        let said = doctor::explain(record).text();
        for secret in walk.secrets.iter().map(String::as_str).chain([ROOT_SECRET]) {
            assert!(!kept.contains(secret) && !said.contains(secret), "{name}: a secret shows");
        }
        words.push_str(&format!("\n{said}"));
    }
    if let Some(link) = &scenario.expect.link {
        let last = walk.records.last().expect("something was decided");
        assert_eq!(json!(last.evidence.link), json!(link), "{name}: link");
    }
    // A key made for this run has another id every time.
    words.replace(FOREIGN.kid(), "KEY-ID")
}

#[test]
fn every_scenario_ends_as_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = std::fs::read_to_string(root.join("base.yaml")).unwrap();
    let base: Value = serde_saphyr::from_str(&base).unwrap();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("scenario.yaml").exists())
        .collect();
    folders.sort();
    assert!(folders.len() >= 25, "only {} scenarios were found", folders.len());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(folder.join("scenario.yaml")).unwrap();
        let mut facts = base.clone();
        merge(&mut facts, serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")));
        let scenario: Scenario = serde_json::from_value(facts).unwrap_or_else(|error| panic!("{name}: {error}"));
        let words = walk(&name, &scenario);
        let golden = folder.join("why.txt");
        if std::env::var_os("ROAD_BLESS").is_some() {
            std::fs::write(&golden, &words).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(words, expected, "{name}: the doctor says something else");
    }
}

#[test]
fn attack_04_a_token_that_another_providers_keys_proved() {
    let mut entropy = Entropy::new([9; 32]);
    let base = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("base.yaml")).unwrap();
    let scenario: Scenario = serde_json::from_value(serde_saphyr::from_str(&base).unwrap()).unwrap();
    let first = Change::put(Entity::Account(Account { id: account(), partition: "aws".to_owned(), root_key: None }));
    let world = apply(World::default().fold(1, &[first]).unwrap(), &scenario.account, &mut entropy);
    let provider = world.provider(&account(), "localhost:4567").unwrap();
    let mut claims = scenario.token.claims.clone();
    claims.insert("sub".to_owned(), json!("system:serviceaccount:reports:reporting"));
    let token = sign_claims(&LOCAL, &claims).unwrap();
    let form =
        format!("RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Freporting&RoleSessionName=road&WebIdentityToken={token}");
    let ask = Ask::read(&Words::read(&form).unwrap()).unwrap();
    let admit = |owner: &str| {
        let (keys, _) = KeySet::admit(Owner::new(owner), public_jwks(&[&LOCAL]).as_bytes()).unwrap();
        let expectation = exchange::expectation("https://localhost:4567", provider);
        let verified = Unverified::read(&token).unwrap().verify(&keys, &expectation, NOW).unwrap();
        trust::admit(&world, &ask, provider, &verified, &peer(), NOW)
    };
    assert!(admit(provider.arn.as_str()).is_ok());
    let denial = admit("arn:aws:iam::111111111111:oidc-provider/localhost:4567").unwrap_err();
    assert_eq!(denial.fault.code, "InvalidIdentityToken");
}

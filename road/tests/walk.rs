//! Walks one scenario through issuer, mutation, STS, gate and reasons on the same facts.

use std::sync::Arc;

use authority::record::{Outcome, Record};
use authority::session::Session;
use authority::{Account, Bucket, Change, Entity, Entropy, Regions, World};
use pod::{Mutation, manifest, mutate};
use policy::AccountId;
use serde_json::{Map, json};
use sigv4::DerivedKeys;
use token::sign_claims;

use crate::scenario::Scenario;
use crate::shell::{Done, Shell};
use crate::{
    FOREIGN, LOCAL, NOW, OTHER_ROOT_KEY, OTHER_ROOT_SECRET, ROOT_KEY, ROOT_SECRET, account, apply,
    client, keyring, other_account,
};

/// Everything that a walk decided, and the doctor's words about it.
pub(crate) struct Walked {
    pub(crate) records: Vec<Record>,
    pub(crate) words: String,
}

/// A shell without records.
pub(crate) fn shell() -> Shell {
    Shell {
        keyring: keyring(),
        derived: DerivedKeys::default(),
        anonymous: false,
        objects: None,
        regions: Regions::only(["us-east-1"]).unwrap(),
        entropy: Entropy::new([9; 32]),
        records: Vec::new(),
        answers: Vec::new(),
    }
}

/// Walks a scenario, and compares each stop with what it expects there.
pub(crate) fn walk(name: &str, scenario: &Scenario) -> Walked {
    let mut shell = shell();
    let mut setup = Entropy::new([8; 32]);
    let world = apply(first(scenario), &scenario.account, &mut setup);
    let world = Arc::new(configured(world, scenario));
    shell.anonymous = scenario.anonymous;
    shell.objects.clone_from(&scenario.objects);
    assert_eq!(
        webhook(scenario),
        scenario.expect.webhook,
        "{name}: webhook"
    );

    let token = token(scenario);
    let mut secrets = vec![
        ROOT_SECRET.to_owned(),
        OTHER_ROOT_SECRET.to_owned(),
        token.clone(),
    ];
    let sent = client::exchange(&token, &scenario.exchange);
    let mut session = became(shell.answer(&sent, &world, NOW));
    assert_eq!(told(&session), scenario.expect.exchange, "{name}: exchange");
    let mut assumed = None;
    for hop in &scenario.assume {
        if let Ok(from) = session {
            secrets.extend([from.token.clone(), from.secret.expose().to_owned()]);
            session = became(shell.answer(&client::assume(hop, &from, NOW), &world, NOW));
            assumed = Some(told(&session));
        }
    }
    assert_eq!(assumed, scenario.expect.assume, "{name}: assume");
    let mut gate = None;
    if let (Ok(session), Some(request)) = (&session, &scenario.request) {
        secrets.extend([session.token.clone(), session.secret.expose().to_owned()]);
        let world = Arc::new(apply(World::clone(&world), &scenario.meanwhile, &mut setup));
        let now = NOW + scenario.later;
        let done = shell.answer(&client::signed(request, session, now), &world, now);
        gate = Some(done.map_or_else(|code| code, |done| outcome(&done).to_owned()));
    }
    assert_eq!(gate, scenario.expect.gate, "{name}: gate");

    let last = shell.records.last().expect("something was decided");
    if let Some(link) = &scenario.expect.link {
        assert_eq!(json!(last.evidence.link), json!(link), "{name}: link");
    }
    let ended = gate.or(assumed).unwrap_or_else(|| told(&session));
    let denied = last.evidence.outcome == Outcome::Denied;
    assert_eq!(
        denied,
        !ended.starts_with("permitted") && ended != "admitted",
        "{name}: the last record is of {ended}"
    );
    let words = words(name, scenario, &shell, &secrets);
    Walked {
        records: shell.records,
        words,
    }
}

/// Accounts and buckets, before anybody did anything.
fn first(scenario: &Scenario) -> World {
    let own = |id: AccountId, root_key: &str| {
        Change::put(Entity::Account(Account {
            id,
            partition: "aws".to_owned(),
            root_key: Some(root_key.to_owned()),
        }))
    };
    let mut first = vec![
        own(account(), ROOT_KEY),
        own(other_account(), OTHER_ROOT_KEY),
    ];
    for (bucket, owner) in &scenario.buckets {
        let owner = AccountId::parse(owner).unwrap();
        first.push(Change::put(Entity::Bucket(Bucket::new(bucket, owner, NOW))));
    }
    World::default().fold(1, &first).unwrap()
}

/// What is told of the buckets: each call signed by root of the owner, decided over and carried out
/// as any other.
fn configured(world: World, scenario: &Scenario) -> World {
    let mut shell = shell();
    let mut world = Arc::new(world);
    for told in &scenario.configure {
        let bucket = &told.bucket;
        let by_other = world.bucket(bucket).unwrap().owner == other_account();
        let block = told.public_access_block.as_ref().map(|elements| {
            let body = format!(
                "<PublicAccessBlockConfiguration>{elements}</PublicAccessBlockConfiguration>"
            );
            (format!("/{bucket}?publicAccessBlock"), body)
        });
        let policy = told
            .policy
            .clone()
            .map(|policy| (format!("/{bucket}?policy"), policy));
        for (target, body) in block.into_iter().chain(policy) {
            let sent = client::configures("PUT", &target, &body, by_other);
            let Ok(Done::Permitted { changes, .. }) = shell.answer(&sent, &world, NOW) else {
                panic!("{target}: {:?}", shell.answers)
            };
            world = Arc::new(world.fold(world.revision() + 1, &changes).unwrap());
        }
    }
    Arc::unwrap_or_clone(world)
}

fn webhook(scenario: &Scenario) -> String {
    let manifests = manifest::read("cluster", &scenario.cluster).unwrap();
    let account = manifests.service_account(&scenario.pod.namespace, &scenario.pod.service_account);
    let pod = pod::Pod::minimal(&scenario.pod.namespace, &scenario.pod.service_account);
    match mutate(&pod, account, &pod::Settings::default()) {
        Mutation::Patch(patch) => {
            patch.apply(&pod).unwrap();
            "mutated".to_owned()
        }
        Mutation::Nothing(reason) => format!("{reason:?}"),
    }
}

fn token(scenario: &Scenario) -> String {
    let subject = format!(
        "system:serviceaccount:{}:{}",
        scenario.pod.namespace, scenario.pod.service_account
    );
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(subject));
    for (name, value) in &scenario.token.claims {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    let key = if scenario.token.key == "local" {
        &*LOCAL
    } else {
        &*FOREIGN
    };
    sign_claims(key, &claims).unwrap()
}

fn became(done: Result<Done, String>) -> Result<Session, String> {
    match done? {
        Done::Issued(session) => Ok(*session),
        Done::Permitted { .. } => panic!("nobody became anybody"),
    }
}

fn outcome(done: &Done) -> &'static str {
    match done {
        Done::Issued(_) => "admitted",
        Done::Permitted { partly: true, .. } => "permitted in part",
        Done::Permitted { .. } => "permitted",
    }
}

fn told(session: &Result<Session, String>) -> String {
    session
        .as_ref()
        .map_or_else(String::clone, |_| "admitted".to_owned())
}

fn words(name: &str, scenario: &Scenario, shell: &Shell, secrets: &[String]) -> String {
    let hides = |text: &str| {
        assert!(
            !secrets.iter().any(|secret| text.contains(secret)),
            "{name}: a secret shows"
        )
    };
    shell.answers.iter().for_each(|answer| hides(answer));
    let mut words = format!("{}\n", scenario.sentence);
    for record in &shell.records {
        let kept = serde_json::to_string(record).unwrap();
        let read: Record = serde_json::from_str(&kept).unwrap();
        assert_eq!(
            &read, record,
            "{name}: a record reads back as it was written"
        );
        let story = doctor::explain(record).text();
        hides(&kept);
        hides(&story);
        words.push_str(&format!("\n{story}"));
    }
    // A key made for this run has another id every time.
    words.replace(FOREIGN.kid(), "KEY-ID")
}

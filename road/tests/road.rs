//! Walks every scenario folder through issuer, mutation, STS, gate and reasons on the same facts,
//! so that a decision and its explanation cannot disagree.
//!
//! A folder has `scenario.yaml` (what differs from `base.yaml`, and what is expected at every stop)
//! and `why.txt`, the doctor's words. `ROAD_BLESS=1 cargo test -p road` writes the words anew, to
//! be read before they are committed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

mod causes;
mod client;
#[path = "controller.rs"]
mod controller;
#[path = "readers.rs"]
mod readers;
mod scenario;
mod shell;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use authority::keyring::{Keyring, SealingKey};
use authority::{Account, Change, Entity, Entropy, World, exchange, iam};
use policy::AccountId;
use scenario::Scenario;
use serde_json::{Map, Value, json};
use sigv4::SecretKey;
use token::{Algorithm, KeySet, Owner, SigningKey, public_jwks, sign_claims};
use walk::{Walked, walk};
use wire::{Words, percent};

const NOW: i64 = 1_795_521_600;
const ROOT_KEY: &str = "AKIAROOT000000000000";
const ROOT_SECRET: &str = "root-secret-that-must-not-show-anywhere0";
/// Root of the account that has the bucket `theirs`.
const OTHER_ROOT_KEY: &str = "AKIAROOT000000000001";
const OTHER_ROOT_SECRET: &str = "root-secret-that-must-not-show-anywhere1";
static LOCAL: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap());
static FOREIGN: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());
/// Every scenario with its folder, walked once.
static WALKED: LazyLock<Vec<(PathBuf, Walked)>> = LazyLock::new(|| {
    let walked = |(folder, scenario): (PathBuf, Scenario)| {
        let walked = walk(&folder.file_name().unwrap().to_string_lossy(), &scenario);
        (folder, walked)
    };
    scenario::all().into_iter().map(walked).collect()
});

fn account() -> AccountId {
    AccountId::parse("000000000000").unwrap()
}

fn other_account() -> AccountId {
    AccountId::parse("111111111111").unwrap()
}

/// IAM calls by root, each signed, decided over and carried out as any other call.
fn apply(world: World, calls: &[Map<String, Value>], entropy: &mut Entropy) -> World {
    let shell = walk::shell();
    calls.iter().fold(world, |world, call| {
        let mut form = String::from("Version=2010-05-08");
        for (name, value) in call {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            form.push_str(&format!("&{name}={}", percent::encode(&text)));
        }
        let world = Arc::new(world);
        let permit = shell
            .iam(&client::by_root(&form), &world)
            .unwrap_or_else(|denial| panic!("{form}: {}", denial.fault.text));
        let applied = iam::apply(&world, &permit, NOW, entropy)
            .unwrap_or_else(|fault| panic!("{form}: {}", fault.text));
        world.fold(world.revision() + 1, &applied.changes).unwrap()
    })
}

fn keyring() -> Keyring {
    let keys = [(1, SealingKey::new(&[7; 32]).unwrap())].into();
    let secret = |text: &str| SecretKey::new(text.to_owned());
    Keyring::new("road".to_owned(), 1, keys)
        .with_root(ROOT_KEY.to_owned(), account(), secret(ROOT_SECRET))
        .with_root(
            OTHER_ROOT_KEY.to_owned(),
            other_account(),
            secret(OTHER_ROOT_SECRET),
        )
}

/// Compares words with a golden file, or writes it.
fn golden(file: &Path, words: &str) {
    if std::env::var_os("ROAD_BLESS").is_some() {
        std::fs::write(file, words).unwrap();
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(
        words,
        expected,
        "{}: the doctor says something else",
        file.display()
    );
}

#[test]
fn every_scenario_ends_as_it_says() {
    assert!(
        WALKED.len() >= 125,
        "only {} scenarios were found",
        WALKED.len()
    );
    for (folder, walked) in &*WALKED {
        golden(&folder.join("why.txt"), &walked.words);
    }
}

#[test]
fn attack_04_a_token_that_another_providers_keys_proved() {
    let scenario = scenario::read(&scenario::base(), "sentence: base").unwrap();
    let first = Change::put(Entity::Account(Account {
        id: account(),
        partition: "aws".to_owned(),
        root_key: None,
    }));
    let world = World::default().fold(1, &[first]).unwrap();
    let world = Arc::new(apply(world, &scenario.account, &mut Entropy::new([9; 32])));
    let mut claims = scenario.token.claims.clone();
    claims.insert(
        "sub".to_owned(),
        json!("system:serviceaccount:reports:reporting"),
    );
    let token = sign_claims(&LOCAL, &claims).unwrap();
    let form = format!(
        "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Freporting&RoleSessionName=road&WebIdentityToken={token}"
    );
    let ask = exchange::read(&Words::read(&form).unwrap()).unwrap();
    let shell = walk::shell();
    let admit = |owner: &str| {
        let (keys, _) =
            KeySet::admit(Owner::new(owner), public_jwks(&[&LOCAL]).as_bytes()).unwrap();
        let needs = exchange::needs(&world, &ask).unwrap();
        let proven =
            exchange::prove(Arc::clone(&world), &ask, needs, Ok(Arc::new(keys)), NOW).unwrap();
        exchange::admit(&proven, &ask, &shell.peer([127, 0, 0, 1].into()))
    };
    let provider = world.provider(&account(), "localhost:4567").unwrap();
    assert!(admit(provider.arn.as_str()).is_ok());
    let denial = admit("arn:aws:iam::111111111111:oidc-provider/localhost:4567").unwrap_err();
    assert_eq!(denial.fault.code, "InvalidIdentityToken");
}

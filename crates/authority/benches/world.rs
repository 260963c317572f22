//! What a lookup, a decision and a write cost with few and many roles and accounts:
//! `cargo bench -p authority`.
//!
//! Prints the median of each in nanoseconds and its ratio to the smallest world. No bound is
//! asserted: machines differ.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use authority::grant::{self, CallerPolicies};
use authority::{Account, Change, Entity, Role, World};
use policy::{AccountId, Arn, Context, Principal, Verdict};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}}"#;
/// Samples of each measure; the median is told.
const SAMPLES: usize = 41;

fn role(account: &AccountId, number: usize) -> Change {
    let name = format!("role-{number:05}");
    Change::put(Entity::Role(Role {
        account: account.clone(),
        arn: Arn::parse(&format!("arn:aws:iam::{account}:role/{name}")).unwrap(),
        id: format!("AROA{account}{number:05}"),
        name,
        path: "/".to_owned(),
        trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        description: None,
        max_session: 3600,
        boundary: None,
        attached: Vec::new(),
        inline: BTreeMap::from([("p".to_owned(), POLICY.to_owned())]),
        tags: BTreeMap::new(),
        created: 0,
    }))
}

fn world(accounts: usize, roles: usize) -> World {
    let mut changes = Vec::new();
    for number in 0..accounts {
        let id = account(number);
        changes.push(Change::put(Entity::Account(Account {
            id: id.clone(),
            partition: "aws".to_owned(),
            root_key: None,
        })));
        changes.extend((0..roles).map(|role_number| role(&id, role_number)));
    }
    World::default().fold(1, &changes).unwrap()
}

/// Ids spread as drawn ones are (multiples of the golden ratio's digits).
fn account(number: usize) -> AccountId {
    let spread = (number as u64 + 1) * 618_033_988_749 % 1_000_000_000_000;
    AccountId::parse(&format!("{spread:012}")).unwrap()
}

/// Nanoseconds of one call, the median of samples of `times` calls each.
fn median(times: u32, mut call: impl FnMut()) -> f64 {
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let began = Instant::now();
            (0..times).for_each(|_| call());
            began.elapsed().as_secs_f64() * 1e9 / f64::from(times)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}

fn main() {
    println!(
        "{:>8} {:>8} {:>10} {:>7} {:>12} {:>7} {:>10} {:>7}",
        "accounts", "roles", "lookup ns", "", "decision ns", "", "write ns", ""
    );
    let mut first = None;
    for (accounts, roles) in [(1, 10), (1, 10_000), (100, 10), (100, 100)] {
        let world = world(accounts, roles);
        let (id, name) = (account(accounts / 2), format!("role-{:05}", roles / 2));
        let principal = Principal::Root {
            account: id.clone(),
            partition: "aws".to_owned(),
        };
        let context = Context::new();
        let decide = || {
            let role = world.role(&id, &name).unwrap();
            let grants = world.grants(role).unwrap();
            let policies = CallerPolicies {
                principal: principal.clone(),
                identity: Some(&grants.identity),
                boundary: None,
                session: None,
            };
            let decision = grant::judge(
                &policies,
                None,
                "s3:GetObject",
                "arn:aws:s3:::reports/q1.csv",
                Some(&id),
                &context,
            );
            assert_eq!(black_box(decision).verdict, Verdict::Allowed);
        };
        let change = [role(&id, roles / 2)];
        let costs = [
            median(20_000, || {
                assert!(black_box(world.role(black_box(&id), black_box(&name))).is_some())
            }),
            median(2_000, decide),
            median(200, || drop(black_box(world.fold(2, &change).unwrap()))),
        ];
        let [lookup, decision, write] = costs;
        let base = *first.get_or_insert(costs);
        println!(
            "{accounts:>8} {:>8} {lookup:>10.0} {:>6.2}x {decision:>12.0} {:>6.2}x {write:>10.0} {:>6.2}x",
            accounts * roles,
            lookup / base[0],
            decision / base[1],
            write / base[2],
        );
    }
}

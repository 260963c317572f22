//! What every request asks of a snapshot costs no allocation, however much there is.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use authority::{Account, Change, Entity, Role, World};
use policy::{AccountId, Arn};

#[test]
fn lookups_allocate_nothing() {
    let id = AccountId::parse("123456789012").unwrap();
    let mut changes = vec![Change::put(Entity::Account(Account {
        id: id.clone(),
        partition: "aws".to_owned(),
        root_key: None,
    }))];
    changes.extend((0..1_000).map(|number| {
        Change::put(Entity::Role(Role {
            account: id.clone(),
            arn: Arn::parse(&format!("arn:aws:iam::{id}:role/r{number}")).unwrap(),
            name: format!("r{number}"),
            path: "/".to_owned(),
            id: format!("AROA{number}"),
            trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            description: None,
            max_session: 3600,
            boundary: None,
            attached: Vec::new(),
            inline: BTreeMap::new(),
            tags: BTreeMap::new(),
            created: 0,
        }))
    }));
    let world = World::default().fold(1, &changes).unwrap();
    let arn = Arn::parse("arn:aws:iam::123456789012:role/r500").unwrap();
    let mut found = [false; 3];
    let cost = allocation_counter::measure(|| {
        found = [
            world.account(&id).is_some(),
            world.role(&id, "r500").is_some(),
            world.role_by_arn(&arn).is_some(),
        ];
    });
    assert_eq!((found, cost.count_total), ([true; 3], 0));
    assert!(
        world.role(&id, "R500").is_some(),
        "a name is the same whatever its case"
    );
}

#[test]
fn a_partition_is_the_accounts_and_of_none_the_common_one() {
    let [here, nowhere] = ["123456789012", "210987654321"].map(|id| AccountId::parse(id).unwrap());
    let account = Account {
        id: here.clone(),
        partition: "aws-cn".to_owned(),
        root_key: None,
    };
    let world = World::default()
        .fold(1, &[Change::put(Entity::Account(account))])
        .unwrap();
    assert_eq!(
        [&here, &nowhere].map(|id| world.partition(id)),
        ["aws-cn", "aws"]
    );
}

//! Instance profiles as recordings of the service have them.

use super::super::tests::{TRUST, account, call, world};
use super::*;

const PROFILE: (&str, &str) = ("InstanceProfileName", "Nodes");

fn done(world: &World, action: &str, more: &[(&str, &str)]) -> (World, String) {
    call(world, &[&[("Action", action)], more].concat())
        .unwrap_or_else(|fault| panic!("{action}: {fault}"))
}

fn refused(world: &World, action: &str, more: &[(&str, &str)]) -> String {
    call(world, &[&[("Action", action)], more].concat())
        .map_or_else(|fault| fault, |_| "done".to_owned())
}

/// Codes, texts and members are those of recordings of the service of 2026.
#[test]
fn a_profile_holds_one_role_which_neither_outlives() {
    let role = ("RoleName", "r");
    let (world, made) = done(
        &world(),
        "CreateInstanceProfile",
        &[PROFILE, ("Path", "/k/")],
    );
    assert!(
        made.contains("<Arn>arn:aws:iam::000000000000:instance-profile/k/Nodes</Arn>"),
        "{made}"
    );
    assert!(
        made.contains("<InstanceProfileId>AIPA")
            && made.contains("<Roles></Roles>")
            && !made.contains("<Tags>"),
        "{made}"
    );
    let (_, tagged) = done(
        &world,
        "CreateInstanceProfile",
        &[
            ("InstanceProfileName", "t"),
            ("Tags.member.1.Key", "k"),
            ("Tags.member.1.Value", "v"),
        ],
    );
    assert!(
        tagged.contains("<Tags><member><Key>k</Key><Value>v</Value></member></Tags>"),
        "{tagged}"
    );
    for (sentence, action, more, expected) in [
        (
            "a name that is taken, in another case",
            "CreateInstanceProfile",
            &[("InstanceProfileName", "nodes")][..],
            "EntityAlreadyExists 409 Instance Profile nodes already exists.",
        ),
        (
            "a profile that is not there",
            "GetInstanceProfile",
            &[("InstanceProfileName", "none")],
            "NoSuchEntity 404 Instance Profile none cannot be found.",
        ),
        (
            "a role that is not there",
            "AddRoleToInstanceProfile",
            &[PROFILE, ("RoleName", "none")],
            "NoSuchEntity 404 The role with name none cannot be found.",
        ),
        (
            "a role that is not in it",
            "RemoveRoleFromInstanceProfile",
            &[PROFILE, role],
            "NoSuchEntity 404 Role r in Instance Profile Nodes cannot be found.",
        ),
    ] {
        assert_eq!(refused(&world, action, more), expected, "{sentence}");
    }

    let (world, _) = done(
        &world,
        "AddRoleToInstanceProfile",
        &[PROFILE, ("RoleName", "R")],
    );
    let (_, read) = done(
        &world,
        "GetInstanceProfile",
        &[("InstanceProfileName", "NODES")],
    );
    let (_, roles) = read.split_once("<Roles>").unwrap();
    assert!(
        roles.contains("<RoleName>r</RoleName>") && roles.contains("<AssumeRolePolicyDocument>"),
        "{roles}"
    );
    assert!(roles.ends_with("</Roles><Tags></Tags></InstanceProfile></GetInstanceProfileResult><ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></GetInstanceProfileResponse>"), "{roles}");
    let full = "LimitExceeded 409 Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
    let (other, _) = done(
        &world,
        "CreateRole",
        &[("RoleName", "s"), ("AssumeRolePolicyDocument", TRUST)],
    );
    assert_eq!(
        refused(
            &other,
            "AddRoleToInstanceProfile",
            &[PROFILE, ("RoleName", "s")]
        ),
        full
    );
    assert_eq!(
        refused(&world, "AddRoleToInstanceProfile", &[PROFILE, role]),
        full,
        "also for the role that is in it"
    );
    let held = format!("DeleteConflict 409 {HOLDS_ROLE}");
    assert_eq!(refused(&world, "DeleteInstanceProfile", &[PROFILE]), held);
    let (detached, _) = done(
        &world,
        "DetachRolePolicy",
        &[role, ("PolicyArn", "arn:aws:iam::000000000000:policy/p")],
    );
    assert_eq!(refused(&detached, "DeleteRole", &[role]), held);

    for (action, more, parts) in [
        ("ListInstanceProfiles", &[("PathPrefix", "/k/")][..], 1),
        ("ListInstanceProfiles", &[("PathPrefix", "/z/")], 0),
        ("ListInstanceProfilesForRole", &[role], 1),
    ] {
        let (_, listed) = done(&world, action, more);
        assert_eq!(
            listed.matches("<InstanceProfileName>").count(),
            parts,
            "{action}: {listed}"
        );
        assert!(
            !listed.contains("<Tags>") && listed.contains("<IsTruncated>false"),
            "{action}: {listed}"
        );
    }
    let (_, none) = done(&other, "ListInstanceProfilesForRole", &[("RoleName", "s")]);
    assert!(
        none.contains("<InstanceProfiles></InstanceProfiles>"),
        "{none}"
    );
    let (_, details) = done(
        &world,
        "GetAccountAuthorizationDetails",
        &[("Filter.member.1", "Role")],
    );
    assert!(
        details.contains("<InstanceProfileList><member><Path>/k/</Path>"),
        "{details}"
    );
    let (_, summary) = done(&world, "GetAccountSummary", &[]);
    assert!(
        summary.contains("<key>InstanceProfiles</key><value>1</value>"),
        "{summary}"
    );
    assert!(
        summary.contains("<key>InstanceProfilesQuota</key><value>1000</value>"),
        "{summary}"
    );

    let (world, _) = done(&detached, "RemoveRoleFromInstanceProfile", &[PROFILE, role]);
    let (world, _) = done(&world, "DeleteRole", &[role]);
    let (world, _) = done(&world, "DeleteInstanceProfile", &[PROFILE]);
    assert_eq!(world.instance_profile_count(&account()), 0);
}

#[test]
fn tags_of_a_profile_are_kept_like_any() {
    let (world, _) = done(&world(), "CreateInstanceProfile", &[PROFILE]);
    let tag = [
        PROFILE,
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "red"),
    ];
    let (world, _) = done(&world, "TagInstanceProfile", &tag);
    let again = [
        PROFILE,
        ("Tags.member.1.Key", "TEAM"),
        ("Tags.member.1.Value", "blue"),
    ];
    let (world, _) = done(&world, "TagInstanceProfile", &again);
    let (_, listed) = done(&world, "ListInstanceProfileTags", &[PROFILE]);
    assert!(
        listed.contains("<Tags><member><Key>TEAM</Key><Value>blue</Value></member></Tags>"),
        "{listed}"
    );
    let (world, _) = done(
        &world,
        "UntagInstanceProfile",
        &[PROFILE, ("TagKeys.member.1", "team")],
    );
    let (_, listed) = done(&world, "ListInstanceProfileTags", &[PROFILE]);
    assert!(listed.contains("<Tags></Tags>"), "{listed}");
}

#[test]
fn a_thousand_are_the_most_and_a_stored_one_is_read_back() {
    let (world, _) = done(&world(), "CreateInstanceProfile", &[PROFILE]);
    let one = world.instance_profile(&account(), "nodes").unwrap().clone();
    let stored = serde_json::to_string(&Entity::InstanceProfile(one.clone())).unwrap();
    assert!(
        stored.starts_with(r#"{"kind":"instance-profile","account":"000000000000","#),
        "{stored}"
    );
    assert_eq!(
        serde_json::from_str::<Entity>(&stored).unwrap(),
        Entity::InstanceProfile(one.clone())
    );
    let named = |n: usize| InstanceProfile {
        name: format!("p{n}"),
        arn: Arn::parse(&format!("arn:aws:iam::000000000000:instance-profile/p{n}")).unwrap(),
        ..one.clone()
    };
    let changes: Vec<Change> = (0..quotas::INSTANCE_PROFILES - 1)
        .map(|n| Change::put(Entity::InstanceProfile(named(n))))
        .collect();
    let world = world.fold(world.revision() + 1, &changes).unwrap();
    let full = "LimitExceeded 409 Cannot exceed quota for InstanceProfilesPerAccount: 1000";
    assert_eq!(
        refused(
            &world,
            "CreateInstanceProfile",
            &[("InstanceProfileName", "one-more")]
        ),
        full
    );
    assert_eq!(
        world
            .instance_profile_by_arn(&named(7).arn)
            .map(|it| it.name.as_str()),
        Some("p7")
    );
    let elsewhere = Arn::parse("arn:aws:iam::000000000000:instance-profile/k/p7").unwrap();
    assert!(world.instance_profile_by_arn(&elsewhere).is_none());
}

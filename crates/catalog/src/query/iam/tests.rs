//! Every row of the table against AWS's reference.

use super::*;
use crate::aws::Catalogue;
use crate::{EntityKind, Service, query};

/// No row can lack AWS's companion by its type; that none of ours is written elsewhere is seen
/// in the sources themselves.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the sources")]
fn every_action_of_our_own_asks_for_one_of_awss() {
    let aws = Catalogue::load();
    for (operation, own, companion, names) in &OWN {
        let (service, action) = aws
            .action(companion)
            .unwrap_or_else(|| panic!("{operation}: {companion}"));
        assert_eq!(
            *companion,
            format!("{}:{}", service.prefix, action.name),
            "{operation}"
        );
        assert_eq!(*own, format!("podpass:{operation}"));
        assert_eq!(
            action.wildcard_only(),
            matches!(names, Names::Nothing),
            "{operation}"
        );
        let form = format!("Action={operation}&Version=2010-05-08&OpenIDConnectProviderArn=arn");
        let call = query::call(Service::Iam, Words::read(&form).unwrap()).unwrap();
        let asked: Vec<_> = call
            .asks()
            .map(|ask| (ask.action.as_ref(), &ask.target))
            .collect();
        let target = crate::Target::Written("arn".to_owned());
        assert_eq!(asked, [(*own, &target), (*companion, &target)]);
    }
    let mut written = Vec::new();
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    for one in std::fs::read_dir(crates).unwrap() {
        sources(&one.unwrap().path().join("src"), &mut written);
    }
    written.sort();
    written.dedup();
    let mut known: Vec<String> = OWN.iter().map(|(_, own, ..)| (*own).to_owned()).collect();
    known.sort();
    assert_eq!(written, known);
}

/// Every action with our prefix that a source names in quotes.
#[expect(clippy::disallowed_methods, reason = "a test reads the sources")]
fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text
                .split("\"podpass:")
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            let actions = names
                .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()));
            found.extend(actions.map(|name| format!("podpass:{name}")));
        }
    }
}

#[test]
fn who_makes_with_tags_or_passes_a_role_is_asked_for_that_too() {
    let aws = Catalogue::load();
    let asked = |text: &str| {
        let call = query::call(
            Service::Iam,
            Words::read(&format!("{text}&Version=2010-05-08")).unwrap(),
        )
        .unwrap();
        call.asks()
            .map(|ask| (ask.action.clone(), ask.target.clone(), ask.context.clone()))
            .collect::<Vec<_>>()
    };
    for (operation, ..) in ROWS.iter().filter(|(name, ..)| name.starts_with("Create")) {
        let tagged = format!(
            "Action={operation}&RoleName=n&PolicyName=n&InstanceProfileName=n&Url=n&PolicyArn=n&AWSServiceName=n&Tags.member.1.Key=k&Tags.member.1.Value=v"
        );
        let takes_tags = ROWS
            .iter()
            .any(|(name, _, _, brings)| name == operation && brings.contains(&Brings::Tags));
        let asked = asked(&tagged);
        assert_eq!(asked.len(), if takes_tags { 2 } else { 1 }, "{operation}");
        for (action, target, context) in asked.iter().skip(1) {
            let (_, known) = aws.action(action).unwrap_or_else(|| panic!("{action}"));
            assert!(
                known.levels.contains(&crate::aws::Level::Tagging),
                "{action}"
            );
            assert!(
                *target == asked[0].1 && context.get("aws:RequestTag/k").is_some(),
                "{action}"
            );
        }
    }
    let (_, pass) = aws.action("iam:PassRole").unwrap();
    assert_eq!(
        pass.keys,
        ["iam:AssociatedResourceArn", "iam:PassedToService"]
    );
    let add = asked("Action=AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r");
    let targets: Vec<_> = add
        .iter()
        .map(|(action, target, _)| (action.as_ref(), target.clone()))
        .collect();
    assert_eq!(
        targets,
        [
            (
                "iam:AddRoleToInstanceProfile",
                Target::entity(EntityKind::InstanceProfile, "p")
            ),
            ("iam:PassRole", Target::entity(EntityKind::Role, "r"))
        ]
    );
    assert_eq!(
        add[1].2.get("iam:PassedToService"),
        Some(&"ec2.amazonaws.com".into())
    );
}

#[test]
fn every_row_is_as_the_reference_has_it() {
    let aws = Catalogue::load();
    for (operation, name, names, brings) in &ROWS {
        let (service, action) = aws
            .action(name)
            .unwrap_or_else(|| panic!("{operation}: {name}"));
        assert_eq!(
            (format!("{}:{}", service.prefix, action.name), *name),
            ((*name).to_owned(), *name)
        );
        // What has no resource type in the reference must not ask for a resource, or no policy
        // could allow it by name.
        assert_eq!(
            action.wildcard_only(),
            matches!(names, Names::Nothing),
            "{operation}"
        );
        let has = |key: &str| action.keys.iter().any(|found| found == key);
        let brings = |one: &[Brings]| brings.iter().any(|it| one.contains(it));
        for (key, ones) in [
            ("iam:PolicyARN", &[Brings::PolicyArn][..]),
            (
                "iam:PermissionsBoundary",
                &[Brings::NewBoundary, Brings::RoleBoundary],
            ),
            ("iam:AWSServiceName", &[Brings::ServiceName]),
            ("aws:RequestTag/${TagKey}", &[Brings::Tags]),
            ("aws:TagKeys", &[Brings::Tags, Brings::TagKeys]),
        ] {
            assert_eq!(has(key), brings(ones), "{operation} {key}");
        }
    }
}

//! The data directory of 0.1 under the server as it is now: nothing of it is lost, and it can be
//! gone on with.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use policy::{AccountId, Arn};
use server::Server;
use server::redb_store::{Feed, Store};

use crate::stage::{Credentials, Draft, Stage, settings};

const SESSIONS: &str = include_str!("../fixtures/0.1/sessions.json");

/// A copy that may be written, as a data directory is.
fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    for (name, mode) in [("state.redb", 0o600), ("key", 0o600)] {
        std::fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/fixtures/0.1")
                .join(name),
            state.join(name),
        )
        .unwrap();
        std::fs::set_permissions(state.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

fn root(name: &str) -> Credentials {
    let sessions: serde_json::Value = serde_json::from_str(SESSIONS).unwrap();
    let text = |field: &str| sessions[name][field].as_str().unwrap().to_owned();
    Credentials {
        id: text("accessKeyId"),
        secret: text("secretAccessKey"),
        token: None,
    }
}

#[test]
fn every_kind_of_entity_of_0_1_is_loaded_as_it_was_kept() {
    let folder = copied();
    let store = Store::open(&folder.path().join("state/state.redb")).unwrap();
    let feed: Feed = serde_json::from_str(include_str!("../fixtures/0.1/feed.json")).unwrap();
    assert_eq!(
        store.since(0).unwrap(),
        Some(feed),
        "the feed is what its text says"
    );

    let world = store.snapshot().unwrap();
    assert_eq!((world.revision(), world.accounts().count()), (36, 2));
    let sessions: serde_json::Value = serde_json::from_str(SESSIONS).unwrap();
    let china = AccountId::parse(sessions["china"].as_str().unwrap()).unwrap();
    for (id, partition) in [
        (AccountId::parse("000000000000").unwrap(), "aws"),
        (china.clone(), "aws-cn"),
    ] {
        let arn =
            |resource: &str| Arn::parse(&format!("arn:{partition}:iam::{id}:{resource}")).unwrap();
        let account = world.account(&id).unwrap();
        assert!(
            account.partition == partition
                && account.root_key.as_deref().unwrap().starts_with("AKIA"),
            "{account:?}"
        );

        let role = &world.role(&id, "next").unwrap().role;
        let aws = Arn::parse(&format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess")).unwrap();
        assert_eq!(
            (&role.arn, &role.attached),
            (
                &arn("role/team/Next"),
                &vec![arn("policy/team/Limits"), aws]
            )
        );
        assert_eq!(
            (&role.boundary, role.max_session),
            (&Some(arn("policy/team/Limits")), 43_200)
        );
        assert_eq!(
            (
                role.description.as_deref(),
                role.tags["cost-center"].as_str()
            ),
            (Some("the next"), "7")
        );
        assert!(
            role.id.starts_with("AROA") && role.inline["own"].contains("s3:DeleteObject"),
            "{role:?}"
        );
        assert!(
            role.trust.contains("sts:SetSourceIdentity") && role.created > 0,
            "{role:?}"
        );
        assert!(
            world.grants(world.role(&id, "next").unwrap()).is_ok(),
            "what it refers to is there"
        );

        let policy = &world.policy(&id, "limits").unwrap().policy;
        let numbers: Vec<u32> = policy
            .versions
            .iter()
            .map(|version| version.number)
            .collect();
        assert_eq!(
            (numbers, policy.default_version, policy.next_version),
            (vec![1, 3], 3, 4)
        );
        assert!(
            policy.id.starts_with("ANPA") && policy.tags["team"] == "data",
            "{policy:?}"
        );

        let profile = world.instance_profile(&id, "nodes").unwrap();
        assert_eq!(
            (&profile.arn, profile.role.as_deref()),
            (&arn("instance-profile/team/Nodes"), Some("Next"))
        );

        let provider = world.provider(&id, "oidc.example.com/id/AB").unwrap();
        assert_eq!(provider.client_ids, ["sts.amazonaws.com", "other"]);
        assert_eq!(
            provider.thumbprints,
            ["0123456789abcdef0123456789abcdef01234567"]
        );
        let pushed = provider
            .keys
            .as_ref()
            .map(|keys| (keys.generation, keys.jwks.contains("\"keys\"")));
        assert_eq!(
            pushed,
            (id == china).then_some((32, true)),
            "keys were pushed to one of the two, last at revision 32"
        );
    }
    assert_eq!(world.bucket("china-books").unwrap().owner, china);
    assert_eq!(
        world
            .buckets(&AccountId::parse("000000000000").unwrap())
            .count(),
        2
    );
    let sealing: Vec<_> = world
        .secrets("sealing/")
        .map(|kept| (kept.name.as_str(), kept.retired.is_some()))
        .collect();
    assert_eq!(sealing, [("sealing/1", true), ("sealing/2", false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_on_with_the_data_directory_of_0_1() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let folder = copied();
    let server = Server::start(settings(&folder)).await.unwrap();
    let address = server
        .environment
        .api
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let stage = Stage {
        server,
        folder,
        address,
        root: root("root"),
        reader: root("chinaRoot"),
    };
    for by in [&stage.root, &stage.reader] {
        let role = stage.iam("GetRole", &[("RoleName", "Next")], by).await;
        assert_eq!(
            (role.status, role.element("MaxSessionDuration")),
            (200, "43200"),
            "{}",
            role.text
        );
        let tag = [
            ("RoleName", "Next"),
            ("Tags.member.1.Key", "since"),
            ("Tags.member.1.Value", "0.2"),
        ];
        assert_eq!(stage.iam("TagRole", &tag, by).await.status, 200);
    }
    let listed = stage.send(&Draft::s3("GET", "/", b"", &stage.reader)).await;
    assert!(
        listed.status == 200 && listed.text.contains("<Name>china-books</Name>"),
        "{}",
        listed.text
    );
}

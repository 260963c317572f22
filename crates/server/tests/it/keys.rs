//! Keys that change while the server runs: sessions outlive a switch, not the key that sealed them.

use authority::keyring::OPENS_AFTER_SWITCH;
use authority::{Change, Entity, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use server::redb_store::Store;

use crate::stage::{Credentials, Draft, Stage};

/// The number of the key that sealed a session.
fn number(session: &Credentials) -> u32 {
    u32::from_be_bytes(
        STANDARD.decode(session.token.as_ref().unwrap()).unwrap()[1..5]
            .try_into()
            .unwrap(),
    )
}

async fn read(stage: &Stage, by: &Credentials) -> (u16, String) {
    let answer = stage
        .send(&Draft::s3("GET", "/reports/q1.csv", b"", by))
        .await;
    (answer.status, answer.code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_24_sessions_outlive_a_rotation_but_not_their_key() {
    let stage = Stage::new().await;
    let (token, old) = (
        stage.token("reports", "reporting").await,
        stage.reader.clone(),
    );
    let rotated = stage.control("POST", "/keys/rotate", "").await;
    assert_eq!(
        (rotated.status, rotated.json()["current"].as_u64()),
        (200, Some(2)),
        "{}",
        rotated.text
    );
    let new = stage.exchange(&token).await.credentials();
    assert_eq!((number(&old), number(&new)), (1, 2));
    let (good, refused) = ((200, String::new()), (403, "InvalidAccessKeyId".to_owned()));
    assert_eq!(
        (read(&stage, &old).await, read(&stage, &new).await),
        (good.clone(), good.clone())
    );

    // A replay under the other generation: the number is authenticated by the key that it chooses.
    let mut moved = old.clone();
    let mut sealed = STANDARD.decode(old.token.as_ref().unwrap()).unwrap();
    sealed[4] = 2;
    moved.token = Some(STANDARD.encode(sealed));
    assert_eq!(read(&stage, &moved).await, refused);

    let stage = stage.restarted(|_| {}).await;
    assert_eq!(
        (read(&stage, &old).await, read(&stage, &new).await),
        (good.clone(), good.clone()),
        "both generations are kept"
    );

    let age = |by: i64| {
        move |data_dir: &std::path::Path| {
            let store = Store::open(&data_dir.join("state.redb")).unwrap();
            let world = store.snapshot().unwrap();
            let kept = world.secret("sealing/1").unwrap();
            let retired = kept.retired.map(|at| at - by);
            store
                .append(
                    world.revision(),
                    &[Change::put(Entity::Secret(Secret {
                        retired,
                        ..kept.clone()
                    }))],
                )
                .unwrap();
        }
    };
    let stage = stage.restarted(age(OPENS_AFTER_SWITCH - 100)).await;
    assert_eq!(
        read(&stage, &old).await,
        good,
        "the key opens to its last second"
    );
    let stage = stage.restarted(age(100)).await;
    assert_eq!(
        (read(&stage, &old).await, read(&stage, &new).await),
        (refused, good),
        "its sessions go with the key"
    );
    let again = stage.control("POST", "/keys/rotate", "").await.json();
    assert_eq!(
        (
            again["current"].as_u64(),
            again["opening"].as_object().unwrap().len()
        ),
        (Some(3), 1),
        "{again}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_before_times_were_kept_is_followed_by_another_at_once() {
    let stage = Stage::new().await;
    let old = stage.reader.clone();
    let stage = stage
        .restarted(|data_dir| {
            let store = Store::open(&data_dir.join("state.redb")).unwrap();
            let world = store.snapshot().unwrap();
            let kept = world.secret("sealing/1").unwrap();
            store
                .append(
                    world.revision(),
                    &[Change::put(Entity::Secret(Secret {
                        created: 0,
                        ..kept.clone()
                    }))],
                )
                .unwrap();
        })
        .await;
    let token = stage.token("reports", "reporting").await;
    let mut sealed_by = 0;
    for _ in 0..1_500 {
        sealed_by = number(&stage.exchange(&token).await.credentials());
        if sealed_by == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((sealed_by, read(&stage, &old).await.0), (2, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_root_credentials_are_dead_once_new_ones_are_told() {
    let stage = Stage::new().await;
    let old = stage.root.clone();
    let made = stage
        .control("POST", "/keys/rotate/000000000000", "")
        .await
        .json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let new = Credentials {
        id: text("accessKeyId"),
        secret: text("secretAccessKey"),
        token: None,
    };
    assert_ne!((&new.id, &new.secret), (&old.id, &old.secret));
    assert_eq!(
        stage.iam("ListRoles", &[], &old).await.code(),
        "InvalidClientTokenId"
    );
    let mixed = Credentials {
        secret: old.secret.clone(),
        ..new.clone()
    };
    assert_eq!(
        stage.iam("ListRoles", &[], &mixed).await.code(),
        "SignatureDoesNotMatch"
    );
    assert_eq!(stage.iam("ListRoles", &[], &new).await.status, 200);
    let stage = stage.restarted(|_| {}).await;
    assert_eq!(stage.iam("ListRoles", &[], &new).await.status, 200);
    assert_eq!(stage.iam("ListRoles", &[], &old).await.status, 403);
    assert_eq!(
        stage
            .control("POST", "/keys/rotate/999999999999", "")
            .await
            .status,
        404
    );
    assert_eq!(
        stage.control("POST", "/keys/rotate/12", "").await.status,
        422
    );
}

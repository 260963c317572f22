//! What was acknowledged is there after a restart, and the issuer stays who it was.

use authority::Regions;
use authority::incoming::Hosts;
use policy::AccountId;
use server::{Cluster, Faces, Server, Settings, StartError};

use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn state_survives_and_a_lost_key_file_is_not_replaced() {
    let stage = Stage::new().await;
    let (folder, reader, issuer) = (
        stage.server.data_dir().to_owned(),
        stage.reader.clone(),
        stage.server.environment.issuer.clone(),
    );
    let Stage {
        server,
        folder: kept,
        ..
    } = stage;
    server.stop().await;
    let any = || std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = || Settings {
        data_dir: folder.clone(),
        api: any(),
        issuer: any(),
        faces: Faces::default(),
        cluster: Cluster::default(),
        account: AccountId::parse("000000000000").unwrap(),
        regions: Regions::Any,
        issuers: server::IssuerAccess::default(),
        hosts: Hosts::default(),
        anonymous: false,
    };
    // Connections that were open let go of the store shortly after the stop.
    let in_use = |started: &Result<Server, StartError>| matches!(started, Err(StartError::State(because)) if because.contains("in use"));
    let start = async || {
        let mut started = Server::start(settings()).await;
        for _ in 0..600 {
            if !in_use(&started) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            started = Server::start(settings()).await;
        }
        started
    };
    let server = start().await.unwrap();
    assert_eq!(server.environment.issuer, issuer);
    let address: std::net::SocketAddr = server
        .environment
        .api
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let root = reader.clone();
    let again = Stage {
        server,
        folder: kept,
        address,
        root,
        reader,
    };
    assert_eq!(
        again
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &again.reader))
            .await
            .status,
        200,
        "a session outlives the server"
    );
    assert!(in_use(&Server::start(settings()).await));
    again.server.stop().await;
    std::fs::remove_file(folder.join("key")).unwrap();
    let lost = start().await;
    assert!(
        matches!(&lost, Err(StartError::State(because)) if because.contains("key file")),
        "{lost:?}"
    );
}

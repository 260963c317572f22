//! `demo`: the guide, run for real on loopback, each step with its artefact beside it.

mod denials;
mod resources;
mod shared_role;
mod stage;
mod steps;

use server::Settings;

use crate::command::up;
use crate::exit::Exit;
use stage::{Stage, say};

/// The manifests that `up -f` is shown with later.
const MANIFESTS: [(&str, &str); 2] = [
    (
        "examples/reports.yaml",
        include_str!("../../../../examples/reports.yaml"),
    ),
    (
        "examples/load-balancer-controller.yaml",
        include_str!("../../../../examples/load-balancer-controller.yaml"),
    ),
];

pub(crate) async fn run() -> Result<Exit, Exit> {
    let began = server::clock::mark();
    let since = || (server::clock::mark() - began).as_millis();
    let folder = tempfile::Builder::new()
        .prefix("podpass-demo-")
        .tempdir()
        .map_err(|error| Exit::usage(error.to_string()))?;
    let mut manifests = pod::manifest::Manifests::default();
    for (name, text) in MANIFESTS {
        let found =
            pod::manifest::read(name, text).map_err(|error| Exit::usage(error.to_string()))?;
        manifests.service_accounts.extend(found.service_accounts);
        manifests.pods.extend(found.pods);
    }
    // Any free port: a demo must run beside whatever has the usual ones.
    let any = |address: std::net::SocketAddr| std::net::SocketAddr::new(address.ip(), 0);
    let state = folder.path().join("state");
    let addresses = (any(Settings::API), any(Settings::ISSUER), None);
    let server = up::start(state, manifests, addresses, up::Rules::default()).await?;
    let stage = Stage::new(&server);
    say(&format!(
        "podpass demo: issuer {}, API {}, ready after {} ms",
        stage.environment.issuer,
        stage.environment.api,
        since()
    ));

    resources::make(&stage).await?;
    let reader = steps::walk(&stage, folder.path()).await?;
    denials::show(&stage, &reader, folder.path()).await?;
    say(&format!(
        "\nfrom start to the last explained denial: {} ms",
        since()
    ));
    shared_role::compare()?;

    say("\nTry it yourself");
    say("  podpass up -f examples/reports.yaml");
    say("  eval \"$(podpass env)\"");
    say(
        "  aws iam create-open-id-connect-provider --url \"$PODPASS_ISSUER\" --client-id-list sts.amazonaws.com",
    );
    say(
        "  podpass run -n reports --sa reporting -- aws sts get-caller-identity   # denied: there is no role yet",
    );
    say("  podpass why");
    server.stop().await;
    Ok(Exit::OK)
}

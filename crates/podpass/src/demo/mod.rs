//! `demo`: the guide, run for real on loopback, each step with its artefact beside it.

mod denials;
mod resources;
mod shared_role;
mod steps;

use authority::Regions;
use server::Settings;
use server::control::Environment;

use crate::command::up;
use crate::control::Control;
use crate::exit::{Exit, print};
use crate::http::{Client, Credentials};

/// The manifests that `up -f` is shown with later.
const MANIFESTS: [(&str, &str); 2] = [
    ("examples/reports.yaml", include_str!("../../../../examples/reports.yaml")),
    ("examples/load-balancer-controller.yaml", include_str!("../../../../examples/load-balancer-controller.yaml")),
];

/// A running server with its temporary state, and somebody to talk to it.
pub(crate) struct Stage {
    environment: Environment,
    control: Control,
    client: Client,
    root: Credentials,
}

pub(crate) async fn run() -> Result<Exit, Exit> {
    let began = server::clock::mark();
    let since = || (server::clock::mark() - began).as_millis();
    let folder = tempfile::Builder::new().prefix("podpass-demo-").tempdir().map_err(|error| Exit::usage(error.to_string()))?;
    let mut manifests = pod::manifest::Manifests::default();
    for (name, text) in MANIFESTS {
        let found = pod::manifest::read(name, text).map_err(|error| Exit::usage(error.to_string()))?;
        manifests.service_accounts.extend(found.service_accounts);
        manifests.pods.extend(found.pods);
    }
    let any = |address: std::net::SocketAddr| std::net::SocketAddr::new(address.ip(), 0);
    let state = folder.path().join("state");
    let issuers = server::IssuerAccess::default();
    let server = up::start(state, manifests, (any(Settings::API), any(Settings::ISSUER)), Regions::Any, issuers).await?;
    let stage = Stage::new(&server);
    say(&format!("podpass demo: issuer {}, API {}, ready after {} ms", stage.environment.issuer, stage.environment.api, since()));

    resources::make(&stage).await?;
    let reader = steps::walk(&stage, folder.path()).await?;
    denials::show(&stage, &reader, folder.path()).await?;
    say(&format!("\nfrom start to the last explained denial: {} ms", since()));
    shared_role::compare()?;

    say("\nTry it yourself");
    say("  podpass up -f examples/reports.yaml");
    say("  eval \"$(podpass env)\"");
    say("  aws iam create-open-id-connect-provider --url \"$PODPASS_ISSUER\" --client-id-list sts.amazonaws.com");
    say("  podpass run -n reports --sa reporting -- aws sts get-caller-identity   # denied: there is no role yet");
    say("  podpass why");
    server.stop().await;
    Ok(Exit::OK)
}

/// A line of the story.
fn say(line: &str) {
    print(&format!("{line}\n"));
}

/// A step's title.
fn title(line: &str) {
    say(&format!("\n{line}"));
}

impl Stage {
    fn new(server: &server::Server) -> Self {
        let environment = server.environment.clone();
        let host = environment.api.trim_start_matches("http://").to_owned();
        let root = Credentials {
            access_key_id: environment.access_key_id.clone(),
            secret: sigv4::SecretKey::new(environment.secret_access_key.expose().to_owned()),
            session_token: None,
        };
        let client = Client { host, region: environment.region.clone() };
        Self { control: Control::of(server.data_dir()), client, root, environment }
    }

    /// The issuer without scheme: how its condition keys and its provider's ARN are named.
    fn issuer(&self) -> &str {
        self.environment.issuer.trim_start_matches("https://")
    }

    /// An IAM call by root, which must succeed.
    async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<(), Exit> {
        let mut all = vec![("Action", action)];
        all.extend_from_slice(parameters);
        let answer = self.client.query("iam", "2010-05-08", &all, Some(&self.root)).await.map_err(Exit::unreachable)?;
        expect(answer.status == 200, || format!("iam:{action} answered {}: {}", answer.status, answer.text()))?;
        let shown: Vec<&str> = parameters.iter().filter(|(name, _)| !name.contains("Document")).map(|(_, value)| *value).collect();
        say(&format!("   iam:{action} {}", shown.join(" ")));
        Ok(())
    }

    /// An exchange of a token for a role.
    async fn exchange(&self, role: &str, session: &str, token: &str) -> Result<crate::http::Answer, Exit> {
        let parameters =
            [("Action", "AssumeRoleWithWebIdentity"), ("RoleArn", role), ("RoleSessionName", session), ("WebIdentityToken", token)];
        self.client.query("sts", "2011-06-15", &parameters, None).await.map_err(Exit::unreachable)
    }
}

/// The demo proves what it tells: a step that comes out otherwise ends it.
fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Exit> {
    if holds { Ok(()) } else { Err(Exit::finding(format!("a step of the demo had another result than expected: {}", otherwise()))) }
}

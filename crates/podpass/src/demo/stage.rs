//! A running server with somebody to talk to it, and how the demo tells its story.

use server::control::Environment;

use crate::control::Control;
use crate::exit::{Exit, print};
use crate::http::{Client, Credentials};

/// A running server with its temporary state, and somebody to talk to it.
pub(super) struct Stage {
    pub(super) environment: Environment,
    pub(super) control: Control,
    pub(super) client: Client,
    pub(super) root: Credentials,
}

/// A line of the story.
pub(super) fn say(line: &str) {
    print(&format!("{line}\n"));
}

/// A step's title.
pub(super) fn title(line: &str) {
    say(&format!("\n{line}"));
}

impl Stage {
    pub(super) fn new(server: &server::Server) -> Self {
        let environment = server.environment.clone();
        let host = environment.api.trim_start_matches("http://").to_owned();
        let root = Credentials {
            access_key_id: environment.access_key_id.clone(),
            secret: sigv4::SecretKey::new(environment.secret_access_key.expose().to_owned()),
            session_token: None,
        };
        let client = Client {
            host,
            region: environment.region.clone(),
        };
        Self {
            control: Control::of(server.data_dir()),
            client,
            root,
            environment,
        }
    }

    /// The issuer without scheme: how its condition keys and its provider's ARN are named.
    pub(super) fn issuer(&self) -> &str {
        self.environment.issuer.trim_start_matches("https://")
    }

    /// An IAM call by root, which must succeed.
    pub(super) async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<(), Exit> {
        let mut all = vec![("Action", action)];
        all.extend_from_slice(parameters);
        let answer = self
            .client
            .query("iam", "2010-05-08", &all, Some(&self.root))
            .await
            .map_err(Exit::unreachable)?;
        expect(answer.status == 200, || {
            format!("iam:{action} answered {}: {}", answer.status, answer.text())
        })?;
        // Policies are in `examples/`, and longer than a screen.
        let shown: Vec<&str> = parameters
            .iter()
            .filter(|(name, _)| !name.contains("Document"))
            .map(|(_, value)| *value)
            .collect();
        say(&format!("   iam:{action} {}", shown.join(" ")));
        Ok(())
    }

    /// An exchange of a token for a role.
    pub(super) async fn exchange(
        &self,
        role: &str,
        session: &str,
        token: &str,
    ) -> Result<crate::http::Answer, Exit> {
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", token),
        ];
        self.client
            .query("sts", "2011-06-15", &parameters, None)
            .await
            .map_err(Exit::unreachable)
    }
}

/// The demo proves what it tells: a step that comes out otherwise ends it.
pub(super) fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Exit> {
    if holds {
        Ok(())
    } else {
        Err(Exit::finding(format!(
            "a step of the demo had another result than expected: {}",
            otherwise()
        )))
    }
}

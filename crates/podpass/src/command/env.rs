//! `env`: endpoints and root credentials for a shell, and what must not get in their way.

use std::path::Path;

use server::control::Environment;

use crate::cli::EnvArgs;
use crate::control::Control;
use crate::exit::{Exit, print};

/// Variables that would win over root's, or make a role of it.
const CLEARED: [&str; 6] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_SESSION_NAME",
];

pub(crate) async fn run(args: EnvArgs) -> Result<Exit, Exit> {
    let data_dir = args.data_dir.resolve()?;
    let environment = Control::of(&data_dir).environment(args.account.as_ref()).await?;
    let form = match (args.json, args.dotenv) {
        (true, _) => Form::Json,
        (false, true) => Form::Dotenv,
        (false, false) => Form::Shell,
    };
    show(&environment, &data_dir, form);
    Ok(Exit::OK)
}

/// How an environment is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Shell,
    Dotenv,
    Json,
}

/// Prints an environment, root's secret included: nobody else may read what this goes to.
pub(crate) fn show(environment: &Environment, data_dir: &Path, form: Form) {
    let variables = variables(environment, data_dir);
    match form {
        Form::Json => {
            let map: serde_json::Map<String, serde_json::Value> =
                variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            print(&format!("{}\n", serde_json::Value::Object(map)));
        }
        Form::Dotenv => variables.iter().for_each(|(name, value)| print(&format!("{name}={}\n", quoted(value)))),
        Form::Shell => {
            print(&format!("unset {}\n", CLEARED.join(" ")));
            variables.iter().for_each(|(name, value)| print(&format!("export {name}={}\n", quoted(value))));
        }
    }
}

fn variables(environment: &Environment, data_dir: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", environment.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", environment.secret_access_key.expose().to_owned()),
        ("AWS_REGION", environment.region.clone()),
        ("AWS_DEFAULT_REGION", environment.region.clone()),
        ("AWS_ENDPOINT_URL", environment.api.clone()),
        ("AWS_CA_BUNDLE", environment.ca_bundle.display().to_string()),
        ("SSL_CERT_FILE", environment.ca_bundle.display().to_string()),
        ("PODPASS_DATA_DIR", data_dir.display().to_string()),
        ("PODPASS_ISSUER", environment.issuer.clone()),
        ("PODPASS_ACCOUNT", environment.account.clone()),
    ]
}

/// Single quotes, the one form in which a shell reads every character as itself.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_shell_reads_values_as_they_are() {
        assert_eq!(super::quoted("a b'c$d"), "'a b'\\''c$d'");
    }
}

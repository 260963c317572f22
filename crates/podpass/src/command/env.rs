//! `env`: endpoints and root credentials for a shell, and what must not get in their way.

use std::path::Path;

use server::control::Environment;

use crate::cli::EnvArgs;
use crate::control::Control;
use crate::exit::{Exit, print, print_json};

/// Variables that would win over root's, or make a role of it; and those that would lead calls
/// elsewhere.
const CLEARED: [&str; 11] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_SESSION_NAME",
    // They win over AWS_ENDPOINT_URL.
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    // The API is plain http; Go programs that bring their own HTTP client stop at a bundle.
    "AWS_CA_BUNDLE",
];

pub(crate) async fn run(args: EnvArgs) -> Result<Exit, Exit> {
    let data_dir = args.data_dir.resolve()?;
    let environment = Control::of(&data_dir)
        .environment(args.account.as_ref())
        .await?;
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
            let map: serde_json::Map<String, serde_json::Value> = variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            print_json(&serde_json::Value::Object(map).to_string());
        }
        Form::Dotenv => variables
            .iter()
            .for_each(|(name, value)| print(&format!("{name}={}\n", quoted(value)))),
        Form::Shell => {
            print(&format!("unset {}\n", CLEARED.join(" ")));
            variables
                .iter()
                .for_each(|(name, value)| print(&format!("export {name}={}\n", quoted(value))));
        }
    }
}

fn variables(environment: &Environment, data_dir: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", environment.access_key_id.clone()),
        (
            "AWS_SECRET_ACCESS_KEY",
            environment.secret_access_key.expose().to_owned(),
        ),
        // Under both names: SDKs differ in which they read. Without a region Java's takes the
        // global STS, whatever endpoint it is told.
        ("AWS_REGION", environment.region.clone()),
        ("AWS_DEFAULT_REGION", environment.region.clone()),
        // The general one: STS, IAM and S3 are at one port, and it moves the exchange of SDKs as
        // well.
        ("AWS_ENDPOINT_URL", environment.api.clone()),
        ("PODPASS_DATA_DIR", data_dir.display().to_string()),
        ("PODPASS_ISSUER", environment.issuer.clone()),
        ("PODPASS_ACCOUNT", environment.account.clone()),
        // For whoever asks the issuer, as `curl --cacert` does. No AWS client does, and the API is
        // plain http.
        ("PODPASS_CA", environment.ca_bundle.display().to_string()),
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

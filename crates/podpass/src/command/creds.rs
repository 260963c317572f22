//! `creds`: one exchange, and its credentials as JSON for `credential_process`: the way of SDKs
//! that cannot be told where STS is, and of machines without a webhook (AWS SDKs reference guide,
//! "Process credential provider").

use std::io::Read as _;
use std::path::Path;

use serde_json::json;
use server::control::TokenAsk;
use wire::percent;
use zeroize::Zeroizing;

use crate::cli::CredsArgs;
use crate::control::Control;
use crate::endpoint::Endpoint;
use crate::exit::{Exit, print_json};
use crate::http::Answer;

/// Longest token that STS takes.
const MAX_TOKEN: u64 = 20_000;
/// Longest code or message of an endpoint that is repeated: whoever it is, the advice behind it is
/// still seen.
const LONGEST_WORD: usize = 1_024;

pub(crate) async fn run(args: CredsArgs) -> Result<Exit, Exit> {
    let role = args.role.clone().or_else(|| variable("AWS_ROLE_ARN"));
    let role =
        role.ok_or_else(|| Exit::usage("no role was given; use `--role ARN` or set AWS_ROLE_ARN"))?;
    let endpoint = Endpoint::read(&endpoint(&args).await?)?;
    let token = token(&args).await?;
    let name = args
        .session_name
        .clone()
        .or_else(|| variable("AWS_ROLE_SESSION_NAME"));
    // As SDKs do it (`botocore-session-`): the log then tells which client asked.
    let name = name.unwrap_or_else(|| format!("podpass-{}", server::clock::now()));
    // In the body, not in the URL: a token in a URL ends up in access logs.
    let mut form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}&WebIdentityToken={}",
        percent::encode(&role),
        percent::encode(&name),
        percent::encode(&token)
    );
    if let Some(seconds) = args.duration {
        form.push_str(&format!("&DurationSeconds={seconds}"));
    }
    print_json(&credentials(&endpoint.post(form).await?)?.to_string());
    Ok(Exit::OK)
}

/// The document that AWS's configuration expects on stdout.
fn credentials(answer: &Answer) -> Result<serde_json::Value, Exit> {
    if answer.status != 200 {
        let part = |name: &str| answer.element(name).unwrap_or_default();
        // A proxy, or another program on that port: it has no error of STS's.
        if part("Code").is_empty() {
            return Err(Exit::unreachable(format!(
                "the endpoint is not an STS: it answered with status {}",
                answer.status
            )));
        }
        let id = answer.request_id();
        let id = wire::visible(&id, 64);
        return Err(Exit::finding(format!(
            "{}: {} (request {id}; if a podpass answered, `podpass why {id}` explains it)",
            wire::visible(&part("Code"), LONGEST_WORD),
            wire::visible(&part("Message"), LONGEST_WORD)
        )));
    }
    let part = |name: &str| {
        let found = answer.element(name).filter(|text| !text.is_empty());
        found.ok_or_else(|| {
            Exit::unreachable(format!(
                "the endpoint is not an STS: its answer has no {name}"
            ))
        })
    };
    Ok(json!({
        "Version": 1,
        "AccessKeyId": part("AccessKeyId")?,
        "SecretAccessKey": part("SecretAccessKey")?,
        "SessionToken": part("SessionToken")?,
        "Expiration": part("Expiration")?,
    }))
}

/// As SDKs look for it: what was given, the service's own variable, the general one; then the local
/// server.
async fn endpoint(args: &CredsArgs) -> Result<String, Exit> {
    // SDKs then leave configured endpoints out. Whoever runs both must not get two servers.
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let named = || {
        variable("AWS_ENDPOINT_URL_STS")
            .or_else(|| variable("AWS_ENDPOINT_URL"))
            .filter(|_| !ignored)
    };
    match args.endpoint.clone().or_else(named) {
        Some(url) => Ok(url),
        None => Ok(Control::of(&args.data_dir.resolve()?)
            .environment(None)
            .await?
            .api),
    }
}

async fn token(args: &CredsArgs) -> Result<Zeroizing<String>, Exit> {
    if let Some(service_account) = &args.service_account {
        let ask = TokenAsk {
            namespace: args.namespace.clone(),
            service_account: service_account.clone(),
            audiences: vec!["sts.amazonaws.com".to_owned()],
            // The shortest that there is: it is exchanged at once.
            expiration_seconds: 600,
        };
        let answer = Control::of(&args.data_dir.resolve()?).token(&ask).await?;
        return Ok(Zeroizing::new(answer.token.expose().to_owned()));
    }
    let file = args
        .token_file
        .clone()
        .or_else(|| variable("AWS_WEB_IDENTITY_TOKEN_FILE").map(Into::into));
    let file = file.ok_or_else(|| {
        Exit::usage("no token was given; use `--token-file FILE`, `-n NS --sa SA`, or set AWS_WEB_IDENTITY_TOKEN_FILE")
    })?;
    read(&file).map_err(|error| Exit::usage(format!("{}: {error}", file.display())))
}

/// The token, without the line break that a file may end in.
fn read(file: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    // Two bytes more, for a line break. What is longer STS refuses by itself.
    std::fs::File::open(file)?
        .take(MAX_TOKEN + 2)
        .read_to_string(&mut text)?;
    Ok(Zeroizing::new(text.trim_ascii().to_owned()))
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

//! `run`: a local process in the place of a service account's pod, with what the webhook's own
//! mutation gives one.
//!
//! A stand-in, not isolation: the process is the operator's own.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::Duration;

use pod::{
    Grant, Mutation, Pod, Reason, ServiceAccount, StandIn, Warning, is_ordinary, mutate, stand_in,
};
use server::control::{Environment, PodAsk, TokenAsk};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::RunArgs;
use crate::control::Control;
use crate::exit::{Exit, say};

/// The AWS configuration of the process. At an endpoint that is not AWS's, botocore presigns for S3
/// with Signature Version 2, which is not supported here.
const CONFIG: &str = "[default]\ns3 =\n    signature_version = s3v4\n";

pub(crate) async fn run(args: RunArgs) -> Result<Exit, Exit> {
    // Of AWS's variables the operator's own are credentials and endpoints, which a pod never has.
    if let Some(name) = args
        .pass
        .iter()
        .find(|name| name.to_ascii_uppercase().starts_with("AWS") && !is_ordinary(name))
    {
        return Err(Exit::usage(format!(
            "`--env {name}` would point the process to another AWS; it is not passed"
        )));
    }
    let control = Control::of(&args.data_dir.resolve()?);
    let environment = control.environment(None).await?;
    let ask = PodAsk {
        namespace: args.namespace.clone(),
        service_account: args.service_account.clone(),
    };
    let found = control.pod(&ask).await?;
    let account = ServiceAccount {
        namespace: args.namespace,
        name: args.service_account,
        uid: None,
        annotations: found.annotations,
    };
    let pod = found
        .pod
        .and_then(Pod::from_json)
        .unwrap_or_else(|| Pod::minimal(&account.namespace, &account.name));

    let folder = tempfile::Builder::new()
        .prefix("podpass-run-")
        .tempdir()
        .map_err(|error| Exit::usage(error.to_string()))?;
    let (variables, grant) = container_variables(&pod, &account, &environment, folder.path())?;
    // The token's file is there before the process that reads it.
    let refresh = match &grant {
        Some(grant) => Some(Refresh::start(control, &account, grant.clone()).await?),
        None => None,
    };
    let status = spawn(
        &args.command,
        &variables,
        &args.pass,
        &environment,
        folder.path(),
    )
    .await;
    if let Some(refresh) = refresh {
        refresh.0.abort();
    }
    status
}

/// The variables that the admitted pod's first container would have, and its role and token.
pub(crate) fn container_variables(
    pod: &Pod,
    account: &ServiceAccount,
    environment: &Environment,
    folder: &Path,
) -> Result<(BTreeMap<String, String>, Option<Grant>), Exit> {
    let settings = pod::Settings {
        // A process has no mounts of its own: the token lies where it can be written.
        token_mount_path: folder.join("serviceaccount").display().to_string(),
        region: Some(environment.region.clone()),
        ..pod::Settings::default()
    };
    // The first container is what a person means who names none.
    let manifest = pod.environment(0);
    let (admitted, grant) = match mutate(pod, Some(account), &settings) {
        Mutation::Patch(patch) => {
            for warning in &patch.warnings {
                say(&format!("podpass: warning: {}", warning_text(warning)));
            }
            let admitted = patch
                .apply(pod)
                .map_err(|error| Exit::usage(error.to_string()))?;
            (admitted.environment(0), Some(patch.grant))
        }
        Mutation::Nothing(reason) => {
            say(&format!(
                "podpass: the pod gets no role and no token: {}",
                reason_text(reason, account)
            ));
            (manifest.clone(), None)
        }
    };
    let StandIn {
        variables,
        left_out,
    } = stand_in(&manifest, admitted);
    if !left_out.is_empty() {
        say(&format!(
            "podpass: warning: variables of the manifest that could point the process elsewhere are ignored: {}",
            some(&left_out)
        ));
    }
    Ok((variables, grant))
}

/// The first few names of many.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| wire::visible(name, 64))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(", and {} more", names.len() - SHOWN));
    }
    text
}

pub(crate) fn reason_text(reason: Reason, account: &ServiceAccount) -> String {
    match reason {
        Reason::NoServiceAccount => "its service account is not known".to_owned(),
        Reason::NoAnnotation => {
            format!(
                "service account `{}/{}` has no annotation `eks.amazonaws.com/role-arn`",
                account.namespace, account.name
            )
        }
        Reason::Excluded => {
            "its label `eks.amazonaws.com/skip-pod-identity-webhook` excludes it".to_owned()
        }
        Reason::Mirror => "it mirrors a static pod".to_owned(),
        Reason::Complete => "its manifest already has everything".to_owned(),
    }
}

/// A manifest's word in a line of ours: the rest of the line is still seen.
fn short(word: &str) -> std::borrow::Cow<'_, str> {
    wire::visible(word, 256)
}

fn warning_text(warning: &Warning) -> String {
    match warning {
        Warning::NotARole { annotation } => format!(
            "annotation `{}` is not the ARN of a role",
            short(annotation)
        ),
        Warning::Unreadable { annotation, value } => {
            format!(
                "annotation `{annotation}: {}` cannot be read and is ignored",
                short(value)
            )
        }
    }
}

/// Renews the token file at 80 % of the token's life, as the kubelet does.
struct Refresh(tokio::task::JoinHandle<()>);

impl Refresh {
    async fn start(control: Control, account: &ServiceAccount, grant: Grant) -> Result<Self, Exit> {
        let ask = TokenAsk {
            namespace: account.namespace.clone(),
            service_account: account.name.clone(),
            audiences: vec![grant.audience.clone()],
            // Upstream's webhook has no upper bound, so an annotation may ask for more than any
            // token gets.
            expiration_seconds: grant.expiration_seconds.min(token::LONGEST_TOKEN),
        };
        let path = std::path::PathBuf::from(&grant.token_path);
        if let Some(parent) = path.parent() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(parent)
                .map_err(|error| Exit::usage(error.to_string()))?;
        }
        renew(&control, &ask, &path).await?;
        let pause =
            Duration::from_secs(u64::try_from(ask.expiration_seconds * 8 / 10).unwrap_or(480));
        Ok(Self(tokio::spawn(async move {
            let mut wait = pause;
            loop {
                tokio::time::sleep(wait).await;
                // A failed renewal keeps the old token, which is valid for another fifth of its
                // life.
                wait = if renew(&control, &ask, &path).await.is_ok() {
                    pause
                } else {
                    Duration::from_secs(10)
                };
            }
        })))
    }
}

/// Writes beside and renames: a reader sees the old token or the new one, never half of one.
async fn renew(control: &Control, ask: &TokenAsk, path: &Path) -> Result<(), Exit> {
    use std::io::Write as _;
    let answer = control.token(ask).await?;
    let fresh = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh);
    // As its owner's alone (0600): any other user of the machine could exchange it.
    let written = file
        .and_then(|mut file| file.write_all(answer.token.expose().as_bytes()))
        .and_then(|()| std::fs::rename(&fresh, path));
    written.map_err(|error| Exit::usage(format!("{}: {error}", path.display())))
}

/// Runs the command with nothing of the operator's but PATH and what was named.
async fn spawn(
    command: &[std::ffi::OsString],
    variables: &BTreeMap<String, String>,
    pass: &[String],
    environment: &Environment,
    folder: &Path,
) -> Result<Exit, Exit> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Exit::usage("no command was given"))?;
    let home = folder.join("home");
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&home)
        .map_err(|error| Exit::usage(error.to_string()))?;
    let config = home.join("config");
    std::fs::write(&config, CONFIG).map_err(|error| Exit::usage(error.to_string()))?;
    let mut child = tokio::process::Command::new(program);
    // Nothing is inherited: the operator's own credentials would be used where the role's are
    // missing, and the mistake would not show.
    child.args(arguments).env_clear().kill_on_drop(true);
    // PATH finds the command. What else a process needs of the operator's is named by the operator.
    for name in std::iter::once("PATH").chain(pass.iter().map(String::as_str)) {
        if let Some(value) = std::env::var_os(name) {
            child.env(name, value);
        }
    }
    // A region goes with an endpoint: without one no client gets as far as looking for credentials.
    child
        .env("AWS_REGION", &environment.region)
        .env("AWS_DEFAULT_REGION", &environment.region)
        .envs(variables);
    // Last, and no other name of AWS's that is an endpoint or credentials is above: nothing leads
    // the process to a real AWS. No bundle of authorities: the API is plain http, and a client that
    // finds one wants a transport of its own.
    child
        .env("HOME", &home)
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", &environment.api)
        // The Go SDK looks nowhere else when it exchanges the token.
        .env("AWS_ENDPOINT_URL_STS", &environment.api);
    let mut child = child.spawn().map_err(|error| {
        // 127 is what a shell says of a command that it does not find.
        Exit::status_with(127, format!("{}: {error}", program.to_string_lossy()))
    })?;
    let wait = |kind| {
        signal(kind)
            .map_err(|error| Exit::unreachable(format!("signals cannot be waited for: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        wait(SignalKind::interrupt())?,
        wait(SignalKind::terminate())?,
    );
    loop {
        let signal = tokio::select! {
            status = child.wait() => {
                let status = status.map_err(|error| Exit::unreachable(error.to_string()))?;
                // 128 and the signal's number, as a shell says it.
                let code = status.code().or_else(|| status.signal().map(|number| 128 + number)).unwrap_or(1);
                return Ok(Exit::status(u8::try_from(code).unwrap_or(1)));
            }
            _ = interrupt.recv() => rustix::process::Signal::INT,
            _ = terminate.recv() => rustix::process::Signal::TERM,
        };
        if let Some(pid) = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            // It may have ended in between; then the wait above says so.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

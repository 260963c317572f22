//! `up`: everything on loopback, staying up until it is told to stop.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use authority::Regions;
use authority::incoming::Hosts;
use pod::manifest::{self, Manifests};
use policy::AccountId;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::{Cluster, Faces, IssuerAccess, Reach, Server, Settings, StartError};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::UpArgs;
use crate::exit::{Exit, say};
use crate::log;

/// The account of a fresh data directory.
const ACCOUNT: &str = "000000000000";
/// File descriptors: three times what all limits of the server add up to (`server/src/limits.rs`).
const FILES: u64 = 16_384;

pub(crate) async fn run(args: UpArgs) -> Result<Exit, Exit> {
    log::to_stderr();
    raise_file_limit();
    let data_dir = args.data_dir.resolve()?;
    // Read first: a broken manifest must not leave a data directory behind.
    let manifests = read(&args.manifests)?;
    let began = server::clock::mark();
    let rules = Rules {
        regions: regions(&args.regions)?,
        issuers: access(args.allow_private_issuers),
        hosts: Hosts::new(args.hosts).map_err(|bad| Exit::usage(format!("--host: {bad}")))?,
        anonymous: args.anonymous,
    };
    let allowed = allowed(&rules, args.allow_private_issuers);
    let addresses = (args.api, args.issuer, args.metrics);
    let server = start(data_dir, manifests, addresses, rules).await?;
    banner(
        &server,
        &allowed,
        (server::clock::mark() - began).as_millis(),
    );
    let wait = |kind| {
        signal(kind)
            .map_err(|error| Exit::unreachable(format!("signals cannot be waited for: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        wait(SignalKind::interrupt())?,
        wait(SignalKind::terminate())?,
    );
    // Either ends it in the same way: Ctrl+C in a terminal, TERM from whatever supervises it.
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    server.stop().await;
    Ok(Exit::OK)
}

/// Most systems begin with 1,024. Whoever may connect could use them up, and store, control socket
/// and fetches would fail.
fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |most| most.min(FILES));
    if current.is_some_and(|now| now < wanted) {
        // Up to the maximum it is everybody's to raise; a system that refuses leaves what there
        // was.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(wanted),
                maximum,
            },
        );
    }
}

fn access(private: bool) -> IssuerAccess {
    IssuerAccess {
        reach: if private {
            Reach::Private
        } else {
            Reach::Public
        },
        ..IssuerAccess::default()
    }
}

fn regions(named: &[String]) -> Result<Regions, Exit> {
    if named.is_empty() {
        return Ok(Regions::Any);
    }
    Regions::only(named.iter().map(String::as_str))
        .map_err(|bad| Exit::usage(format!("--region: {bad}")))
}

/// By which names and in which regions the server is asked, whom it asks, and whether it answers
/// who does not sign.
pub(crate) struct Rules {
    pub(crate) regions: Regions,
    pub(crate) issuers: IssuerAccess,
    pub(crate) hosts: Hosts,
    pub(crate) anonymous: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            regions: Regions::Any,
            issuers: IssuerAccess::default(),
            hosts: Hosts::default(),
            anonymous: false,
        }
    }
}

/// Starts the servers over manifests, at the addresses of API, issuer and perhaps metrics.
pub(crate) async fn start(
    data_dir: PathBuf,
    manifests: Manifests,
    (api, issuer, metrics): (SocketAddr, SocketAddr, Option<SocketAddr>),
    rules: Rules,
) -> Result<Server, Exit> {
    let account = AccountId::parse(ACCOUNT).map_err(|error| Exit::usage(error.to_string()))?;
    let faces = Faces {
        metrics,
        ..Faces::default()
    };
    let settings = Settings {
        data_dir,
        api,
        issuer,
        faces,
        cluster: Cluster::new(manifests),
        account,
        regions: rules.regions,
        issuers: rules.issuers,
        hosts: rules.hosts,
        anonymous: rules.anonymous,
    };
    // Each by its name: a new one does not compile before it has its exit code.
    Server::start(settings).await.map_err(|error| match error {
        StartError::State(_)
        | StartError::Bind(..)
        | StartError::DataDir(..)
        | StartError::NotLoopback(_)
        | StartError::NoFace
        | StartError::PortUnknown(_)
        | StartError::OtherIssuer { .. } => Exit::usage(error.to_string()),
    })
}

/// Reads manifests; an account that is in two files is refused as one that is twice in one.
pub(crate) fn read(files: &[PathBuf]) -> Result<Manifests, Exit> {
    let mut all = Manifests::default();
    for file in files {
        let name = file.display().to_string();
        let text = if name == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(file)
        };
        let text = text.map_err(|error| Exit::usage(format!("{name}: {error}")))?;
        let found = manifest::read(&name, &text).map_err(|error| Exit::usage(error.to_string()))?;
        for account in found.service_accounts {
            // Else the order of the files would decide which role the account's pods get.
            if all
                .service_account(&account.namespace, &account.name)
                .is_some()
            {
                return Err(Exit::usage(format!(
                    "{name}: ServiceAccount `{}/{}` is also in another file",
                    account.namespace, account.name
                )));
            }
            all.service_accounts.push(account);
        }
        all.pods.extend(found.pods);
        if !found.passed_over.is_empty() {
            say(&format!(
                "podpass: {name}: kinds that podpass does not use are ignored: {}",
                kinds(&found.passed_over)
            ));
        }
    }
    Ok(all)
}

/// `ConfigMap (3), ServiceAccountList (1)`, the first few of many.
fn kinds(found: &BTreeMap<String, usize>) -> String {
    const SHOWN: usize = 8;
    let shown = found
        .iter()
        .take(SHOWN)
        .map(|(kind, count)| format!("{} ({count})", wire::visible(kind, 64)));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if found.len() > SHOWN {
        text.push_str(&format!(", and {} kinds more", found.len() - SHOWN));
    }
    text
}

/// What is allowed beyond what must be, for the banner.
fn allowed(rules: &Rules, private_issuers: bool) -> Vec<&'static str> {
    let all = [
        (
            rules.regions == Regions::Any,
            "allowed    signatures for any region: `aws:RequestedRegion` is what the caller signed, except for IAM; `--region` restricts it",
        ),
        (
            rules.anonymous,
            "allowed    S3 is answered without a signature where a bucket's policy allows everybody",
        ),
        (
            private_issuers,
            "allowed    keys are fetched from issuers on loopback and private networks",
        ),
    ];
    all.into_iter()
        .filter_map(|(is, line)| is.then_some(line))
        .collect()
}

fn banner(server: &Server, allowed: &[&str], milliseconds: u128) {
    let environment = &server.environment;
    say(&format!("podpass is ready after {milliseconds} ms"));
    say(&format!("  api      {}   STS, IAM, S3", environment.api));
    say(&format!("  issuer   {}", environment.issuer));
    if let Some(metrics) = server.metrics {
        say(&format!("  metrics  http://{metrics}/metrics"));
    }
    say(&format!(
        "  account  {}   region {}",
        environment.account, environment.region
    ));
    say(&format!("  state    {}", server.data_dir().display()));
    say(&format!(
        "  cluster  {} service accounts from manifests",
        server.service_accounts
    ));
    say(
        "enforced   every call needs a valid Signature Version 4, except the exchange, which needs a valid token",
    );
    say(
        "           a policy must allow every action; a request that is not understood is denied; no OIDC provider is registered at first",
    );
    say("           S3 is a directory on this machine; no call is forwarded to AWS");
    for line in allowed {
        say(line);
    }
    say("next");
    say("  eval \"$(podpass env)\"");
    say(
        "  aws iam create-open-id-connect-provider --url \"$PODPASS_ISSUER\" --client-id-list sts.amazonaws.com",
    );
    say(
        "  podpass run -n NAMESPACE --sa SERVICE_ACCOUNT -- aws sts get-caller-identity   # denied until its role exists; `podpass why` says what is missing",
    );
}

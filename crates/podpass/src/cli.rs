//! The command line as typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use authority::lifetime;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use policy::AccountId;
use server::Settings;

/// Workload identity for Kubernetes that speaks AWS's own protocols.
#[derive(Debug, Parser)]
#[command(
    name = "podpass",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the guide for real on loopback: one access granted, four denied, each with its reason
    Demo,
    /// Runs issuer, IAM, STS and gate on loopback, until it is stopped
    Up(UpArgs),
    /// Prints endpoints and root credentials for a shell: eval "$(podpass env)"
    Env(EnvArgs),
    /// Creates and lists accounts of a running server
    #[command(subcommand)]
    Account(AccountCommand),
    /// Replaces sealing keys and root credentials of a running server
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Issues a token for a service account
    Token(TokenArgs),
    /// Pushes keys of OIDC providers' issuers
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Runs a local process as a service account's pod
    Run(RunArgs),
    /// Prints a role's temporary credentials in the form of `credential_process` in AWS's
    /// configuration
    Creds(CredsArgs),
    /// Explains the decision on one request
    Why(WhyArgs),
    /// Decides one question, or a list of them, by policies given in a file
    Simulate(SimulateArgs),
    /// Takes over the objects that an earlier podpass stored; the server must not run
    Migrate(MigrateArgs),
    /// Prints completions for a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the version
    Version {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DataDir {
    /// Where the server keeps its state [env: PODPASS_DATA_DIR] [default: $XDG_STATE_HOME/podpass
    /// or ~/.local/state/podpass]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Kubernetes YAML with service accounts and pods; may be repeated, `-` is stdin
    #[arg(short = 'f', long = "filename", value_name = "MANIFESTS")]
    pub(crate) manifests: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Address of the API; loopback, port 0 for any
    #[arg(long, value_name = "ADDR", default_value_t = Settings::API)]
    pub(crate) api: SocketAddr,
    /// Address of the issuer; loopback, port 0 for any
    #[arg(long, value_name = "ADDR", default_value_t = Settings::ISSUER)]
    pub(crate) issuer: SocketAddr,
    /// Address of metrics for Prometheus; loopback, port 0 for any. Without it there are none
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,
    /// A region that the server is in, for signatures and `aws:RequestedRegion`; may be repeated,
    /// or a list with commas [default: any]
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,
    /// Fetches keys from issuers on loopback and private networks too, not from public addresses
    /// only
    #[arg(long)]
    pub(crate) allow_private_issuers: bool,
    /// A name that the server is asked by, beside `localhost` and the address; S3 is served at
    /// BUCKET.NAME as well; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// Answers S3 requests without a signature, where a bucket's policy allows everybody
    #[arg(long)]
    pub(crate) anonymous: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Gives an OIDC provider its cluster's keys, so that nothing is fetched for it
    Push(PushArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// ARN of the OIDC provider
    #[arg(long, value_name = "ARN")]
    pub(crate) provider: String,
    /// Removes the pushed keys: from then on the issuer's are fetched
    #[arg(long, conflicts_with = "jwks")]
    pub(crate) remove: bool,
    /// The JWK set, as `kubectl get --raw /openid/v1/jwks` prints it; `-` is stdin
    #[arg(value_name = "JWKS_FILE", required_unless_present = "remove")]
    pub(crate) jwks: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EnvArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Account whose root credentials are printed [default: the first one of the data directory]
    #[arg(long, value_name = "ID", value_parser = AccountId::parse)]
    pub(crate) account: Option<AccountId>,
    /// As JSON, keys are the variables' names
    #[arg(long, conflicts_with = "dotenv")]
    pub(crate) json: bool,
    /// As a .env file
    #[arg(long)]
    pub(crate) dotenv: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Creates an account and prints its environment with root credentials
    Create(CreateArgs),
    /// Lists the accounts
    List(ListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Twelve digits; random when absent
    #[arg(value_name = "ID", value_parser = AccountId::parse)]
    pub(crate) id: Option<AccountId>,
    /// Partition of its ARNs
    #[arg(long, value_name = "PARTITION", default_value = "aws")]
    pub(crate) partition: PartitionName,
    /// How the answer is shown; text means exports for a shell
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// How the answer is shown
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a new key for sealing sessions; existing sessions remain valid. With --root: makes new
    /// root credentials, the previous ones are no longer valid
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Account whose root credentials are replaced, instead of the sealing key
    #[arg(long, value_name = "ID", value_parser = AccountId::parse)]
    pub(crate) root: Option<AccountId>,
    /// How the answer is shown
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PartitionName {
    Aws,
    AwsCn,
    AwsUsGov,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Namespace of the service account
    #[arg(short, long, value_name = "NS", default_value = "default")]
    pub(crate) namespace: String,
    /// Name of the service account
    #[arg(value_name = "SA")]
    pub(crate) service_account: String,
    /// Audience of the token; may be repeated
    #[arg(long, value_name = "AUD", default_value = "sts.amazonaws.com", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) audience: Vec<String>,
    /// Lifetime in seconds, 600 to 86400
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(i64).range(pod::SHORTEST_TOKEN..=token::LONGEST_TOKEN))]
    pub(crate) duration: i64,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// Namespace of the service account
    #[arg(short, long, value_name = "NS", default_value = "default")]
    pub(crate) namespace: String,
    /// Name of the service account
    #[arg(long = "sa", value_name = "SA")]
    pub(crate) service_account: String,
    /// Passes one of your own variables on; may be repeated
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) pass: Vec<String>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct CredsArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// ARN of the role [default: $AWS_ROLE_ARN]
    #[arg(long, value_name = "ARN")]
    pub(crate) role: Option<String>,
    /// File with the token [default: $AWS_WEB_IDENTITY_TOKEN_FILE]
    #[arg(long, value_name = "FILE", conflicts_with = "service_account")]
    pub(crate) token_file: Option<PathBuf>,
    /// Namespace of the service account
    #[arg(
        short,
        long,
        value_name = "NS",
        default_value = "default",
        requires = "service_account"
    )]
    pub(crate) namespace: String,
    /// Uses a token of this service account, from a local server
    #[arg(long = "sa", value_name = "SA")]
    pub(crate) service_account: Option<String>,
    /// Name of the session [default: $AWS_ROLE_SESSION_NAME or podpass-SECONDS]
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<String>,
    /// Lifetime in seconds, 900 to what the role allows [default: STS's own, 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(i64::from(lifetime::SHORTEST)..=i64::from(lifetime::LONGEST)))]
    pub(crate) duration: Option<u32>,
    /// URL of STS [default: $AWS_ENDPOINT_URL_STS, $AWS_ENDPOINT_URL or the local server]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
    /// The answer's request id; without it the latest denial
    #[arg(value_name = "REQUEST_ID")]
    pub(crate) request_id: Option<String>,
    /// How the answer is shown
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDir,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// JSON with a question or a list of them; `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How the answer is shown
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

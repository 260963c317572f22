//! What is not understood, and the answer that AWS gives for it. It is never allowed.

use wire::Fault;

/// Why a request is no call of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// A query parameter that the operation does not have, or no operation has.
    Parameter(String),
    /// A header that would change what the operation does.
    Header(String),
    /// No operation has this method and path.
    Operation(String),
    /// The path or query cannot be read.
    Uri,
    /// A bucket name against the rules.
    Bucket(String),
    /// A key that two names could reach, or that leaves its bucket.
    Key(&'static str),
    /// The copy source cannot be read.
    CopySource,
    /// The body cannot be read.
    Body(&'static str),
    /// A bucket is to be where no region is, or named `us-east-1`, which is named by naming nothing.
    Location,
    /// The owner that is expected is no account.
    Owner(&'static str),
    /// A parameter of the query protocol is missing.
    Missing(&'static str),
    /// A parameter that names the resource is longer than any name of one.
    TooLong(&'static str, usize),
    /// No such action of the service.
    Action {
        /// What was asked.
        action: String,
        /// The API version that was named.
        version: String,
    },
}

impl std::fmt::Display for Unmapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "query parameter `{name}` is not supported"),
            Self::Header(name) => write!(f, "header `{name}` is not supported"),
            Self::Operation(what) => write!(f, "no operation is `{what}`"),
            Self::Uri => f.write_str("the path or query string cannot be read"),
            Self::Bucket(name) => write!(f, "`{name}` is not a bucket name"),
            Self::Key(because) => write!(f, "the object key {because}"),
            Self::CopySource => f.write_str("`x-amz-copy-source` is not BUCKET/KEY"),
            Self::Body(because) => write!(f, "the body {because}"),
            Self::Location => f.write_str("the location constraint is not a region that a bucket can be created in by name"),
            Self::Owner(name) => write!(f, "header `{name}` is not an account id"),
            Self::Missing(name) => write!(f, "parameter `{name}` is missing"),
            Self::TooLong(name, most) => write!(f, "parameter `{name}` has more than {most} characters"),
            Self::Action { action, version } => write!(f, "no operation is `{action}` of version `{version}`"),
        }
    }
}

impl Unmapped {
    /// The answer for the caller.
    pub fn fault(&self) -> Fault {
        let not_implemented = "A header or parameter you provided implies functionality that is not implemented";
        let (code, status, text) = match self {
            Self::Parameter(_) | Self::Header(_) => ("NotImplemented", 501, format!("{not_implemented}: {self}")),
            Self::Operation(_) => {
                ("MethodNotAllowed", 405, "The specified method is not allowed against this resource.".to_owned())
            }
            Self::Uri => ("InvalidURI", 400, "Couldn't parse the specified URI.".to_owned()),
            Self::Bucket(_) => ("InvalidBucketName", 400, "The specified bucket is not valid.".to_owned()),
            Self::Key(_) | Self::CopySource => ("InvalidArgument", 400, format!("Invalid Argument: {self}")),
            Self::Body(_) => (
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema".to_owned(),
            ),
            Self::Location => ("InvalidLocationConstraint", 400, "The specified location-constraint is not valid".to_owned()),
            Self::Owner(_) => (
                "InvalidBucketOwnerAWSAccountID",
                400,
                "The value of the expected bucket owner parameter must be an AWS account ID".to_owned(),
            ),
            Self::Missing(name) => {
                let member = member(name);
                (
                    "ValidationError",
                    400,
                    format!(
                        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
                    ),
                )
            }
            Self::TooLong(name, most) => {
                let member = member(name);
                let text = format!(
                    "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {most}"
                );
                ("ValidationError", 400, text)
            }
            Self::Action { action, version } => {
                ("InvalidAction", 400, format!("Could not find operation {action} for version {version}"))
            }
        };
        Fault::new(code, status, text)
    }
}

/// A parameter as IAM's sentences name it.
fn member(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
}

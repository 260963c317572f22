//! Why nothing was fetched, and whose fault it is.

use std::time::Duration;

use authority::exchange::KeysMissing;
use token::{BadDiscovery, KeySetError};

use crate::telemetry::FetchOutcome;

/// Why nothing was fetched.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// The name, the network or the server failed.
    Unreachable(String),
    /// It took longer than the whole fetch may.
    TooSlow(Duration),
    /// The account has as many under way as it may.
    TooMany,
    /// The server answered with this status.
    Status(u16),
    /// The name leads to an address that is out of reach.
    Address(String),
    /// The certificate is not believed.
    Certificate(String),
    /// The answer is compressed: its size would be known only after unpacking it.
    Encoded,
    /// The answer is larger than 256 KiB.
    TooLarge,
    /// The discovery document.
    Discovery(BadDiscovery),
    /// The key set.
    KeySet(KeySetError),
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(because) => write!(f, "the issuer cannot be reached: {because}"),
            Self::TooSlow(patience) => write!(
                f,
                "the issuer took longer than {} seconds",
                patience.as_secs()
            ),
            Self::TooMany => {
                f.write_str("too many fetches from issuers of this account are under way")
            }
            Self::Status(status @ 300..=399) => write!(
                f,
                "the issuer answered {status}; redirects are not followed"
            ),
            Self::Status(status) => write!(f, "the issuer answered {status}"),
            Self::Address(because) | Self::Certificate(because) => f.write_str(because),
            Self::Encoded => {
                f.write_str("the issuer answered with a compressed document that was not asked for")
            }
            Self::TooLarge => f.write_str("the issuer answered with more than 256 KiB"),
            Self::Discovery(because) => write!(f, "{because}"),
            Self::KeySet(because) => write!(f, "{because}"),
        }
    }
}

impl std::error::Error for FetchError {}

impl FetchError {
    /// Whose fault it is: what may pass by itself is worth asking again.
    pub(crate) fn missing(&self) -> KeysMissing {
        let because = self.to_string();
        match self {
            // SDKs retry IDPCommunicationError and none of the others (botocore's `_retry.json`): a
            // fault that lasts must not be answered with it.
            Self::Unreachable(_)
            | Self::TooSlow(_)
            | Self::TooMany
            | Self::Status(408 | 429 | 500..) => KeysMissing::Unreachable(because),
            Self::Certificate(_) => KeysMissing::Certificate(because),
            Self::Status(_)
            | Self::Address(_)
            | Self::Encoded
            | Self::TooLarge
            | Self::Discovery(_)
            | Self::KeySet(_) => KeysMissing::Refused(because),
        }
    }
    /// As it is counted.
    pub(super) fn outcome(&self) -> FetchOutcome {
        match self {
            Self::Unreachable(_) => FetchOutcome::Unreachable,
            Self::TooSlow(_) => FetchOutcome::TooSlow,
            Self::TooMany => FetchOutcome::TooMany,
            Self::Status(_) => FetchOutcome::Status,
            Self::Address(_) => FetchOutcome::Address,
            Self::Certificate(_) => FetchOutcome::Certificate,
            Self::Encoded => FetchOutcome::Encoded,
            Self::TooLarge => FetchOutcome::TooLarge,
            Self::Discovery(_) => FetchOutcome::Discovery,
            Self::KeySet(_) => FetchOutcome::KeySet,
        }
    }
}

//! Fetches an issuer's keys: discovery, then the key set, over https and within hard bounds; and
//! looks at a chain.
//!
//! Nothing here is cached or decided: [`Fetched`] is a key set as it was served, [`FetchError`]
//! says whose fault it is.

mod address;
mod dates;
mod error;
mod get;
mod places;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use authority::Provider;
use bytes::Bytes;
use policy::AccountId;
use token::{Issuer, KeySet, Location, Owner, read_discovery};

pub use address::Reach;
pub(crate) use error::FetchError;
use places::Places;
#[cfg(test)]
pub(crate) use tls::looking_on;
pub(crate) use tls::thumbprint;

use crate::limits::{FETCHES, FETCHES_OF_ONE, THUMBPRINT_FETCHES, THUMBPRINT_FETCHES_OF_ONE};
use crate::telemetry::{Counters, FetchKind, FetchOutcome};

/// Fetches documents.
#[derive(Debug)]
pub(crate) struct Fetcher {
    reach: Reach,
    /// For everything: names, connections, TLS and both documents.
    patience: Duration,
    fetches: Places,
    thumbprints: Places,
    counters: Arc<Counters>,
}

/// A key set as it was served.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) set: KeySet,
    /// The document, to see whether the next one is the same.
    pub(crate) jwks: Bytes,
    /// Keys that were not admitted.
    pub(crate) rejected: usize,
    /// How long the server says that it holds.
    pub(crate) max_age: Option<Duration>,
}

impl Fetcher {
    pub(crate) fn new(reach: Reach, patience: Duration, counters: Arc<Counters>) -> Self {
        Self {
            reach,
            patience,
            fetches: Places::new(FETCHES, FETCHES_OF_ONE),
            thumbprints: Places::new(THUMBPRINT_FETCHES, THUMBPRINT_FETCHES_OF_ONE),
            counters,
        }
    }

    /// A provider's keys, as its issuer serves them now.
    pub(crate) async fn keys(&self, provider: &Provider) -> Result<Fetched, FetchError> {
        self.within_bounds(FetchKind::Keys, &provider.account, async {
            let issuer = issuer_of(provider)?;
            let tls = tls::believing(&provider.thumbprints)
                .map_err(|error| FetchError::Unreachable(error.to_string()))?;
            let tls = Arc::new(tls);
            // From the issuer itself: a key set's place that anybody else names is never asked.
            let discovery =
                get::document(&Location::of_discovery(&issuer), self.reach, &tls).await?;
            let place = read_discovery(&issuer, &discovery.body).map_err(FetchError::Discovery)?;
            // Who is private may name a private place; a stranger may not, whatever the settings
            // are.
            let reach = if discovery.from_public {
                Reach::Public
            } else {
                self.reach
            };
            let served = get::document(&place, reach, &tls).await?;
            let owner = Owner::new(provider.arn.as_str());
            let (set, rejected) = KeySet::admit(owner, &served.body).map_err(FetchError::KeySet)?;
            Ok(Fetched {
                set,
                jwks: served.body,
                rejected: rejected.len(),
                max_age: served.max_age,
            })
        })
        .await
    }

    /// The thumbprint of the top certificate that a provider's server shows: what IAM keeps when
    /// none is given.
    pub(crate) async fn top_thumbprint(&self, provider: &Provider) -> Result<String, FetchError> {
        self.within_bounds(FetchKind::Thumbprint, &provider.account, async {
            let issuer = issuer_of(provider)?;
            get::top_certificate(&Location::of_discovery(&issuer), self.reach)
                .await
                .map(|top| thumbprint(&top))
        })
        .await
    }

    /// A fetch in its place, counted by how it ends. The wait for a place takes of the same time:
    /// who asks is answered in time.
    async fn within_bounds<T>(
        &self,
        kind: FetchKind,
        account: &AccountId,
        fetch: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let places = match kind {
            FetchKind::Keys => &self.fetches,
            FetchKind::Thumbprint => &self.thumbprints,
        };
        let fetch = async {
            let _place = places.take(account).await?;
            fetch.await
        };
        // One limit over name, connection, TLS and both documents: an issuer that is a little slow
        // in each would otherwise take several times as long.
        let fetched = tokio::time::timeout(self.patience, fetch).await;
        let fetched = fetched.unwrap_or(Err(FetchError::TooSlow(self.patience)));
        let outcome = fetched
            .as_ref()
            .map_or_else(FetchError::outcome, |_| FetchOutcome::Fetched);
        self.counters.fetches.one((kind, outcome));
        fetched
    }
}

fn issuer_of(provider: &Provider) -> Result<Issuer, FetchError> {
    // It was read by the same type when the provider was made.
    Issuer::parse(&provider.issuer()).map_err(|error| FetchError::Address(error.to_string()))
}

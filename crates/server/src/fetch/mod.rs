//! Fetches an issuer's keys: discovery, then the key set, over https and within hard bounds; and looks at a chain.
//!
//! Nothing here is cached or decided: [`Fetched`] is a key set as it was served, [`FetchError`] says whose fault it is.

mod address;
mod dates;
mod error;
mod get;
mod places;
mod tls;

use std::time::Duration;

use authority::Provider;
use bytes::Bytes;
use policy::AccountId;
use token::{Issuer, KeySet, Location, Owner, read_discovery};

pub use address::Reach;
pub(crate) use error::FetchError;
use places::Places;
pub(crate) use tls::thumbprint;

/// Fetches of keys at once: of all accounts, and of one.
const MOST_FETCHES: usize = 64;
const FETCHES_OF_ONE: usize = 4;
/// Looks at a chain at once: of all accounts, and of one. They are apart: whoever may register providers can name hosts
/// that never answer, and no exchange of a token waits for them.
const MOST_THUMBPRINT_FETCHES: usize = 16;
const THUMBPRINT_FETCHES_OF_ONE: usize = 2;

/// Fetches documents.
#[derive(Debug)]
pub(crate) struct Fetcher {
    reach: Reach,
    /// For everything: names, connections, TLS and both documents.
    patience: Duration,
    fetches: Places,
    thumbprints: Places,
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
    pub(crate) fn new(reach: Reach, patience: Duration) -> Self {
        Self {
            reach,
            patience,
            fetches: Places::new(MOST_FETCHES, FETCHES_OF_ONE),
            thumbprints: Places::new(MOST_THUMBPRINT_FETCHES, THUMBPRINT_FETCHES_OF_ONE),
        }
    }

    /// A provider's keys, as its issuer serves them now.
    pub(crate) async fn keys(&self, provider: &Provider) -> Result<Fetched, FetchError> {
        self.within_bounds(&self.fetches, &provider.account, async {
            let issuer = issuer_of(provider)?;
            let tls = tls::believing(&provider.thumbprints).map_err(|error| FetchError::Unreachable(error.to_string()))?;
            let tls = std::sync::Arc::new(tls);
            let discovery = get::document(&Location::of_discovery(&issuer), self.reach, &tls).await?;
            let place = read_discovery(&issuer, &discovery.body).map_err(FetchError::Discovery)?;
            // Who is private may name a private place; a stranger may not, whatever the settings are.
            let reach = if discovery.from_public { Reach::Public } else { self.reach };
            let served = get::document(&place, reach, &tls).await?;
            let owner = Owner::new(provider.arn.as_str());
            let (set, rejected) = KeySet::admit(owner, &served.body).map_err(FetchError::KeySet)?;
            Ok(Fetched { set, jwks: served.body, rejected: rejected.len(), max_age: served.max_age })
        })
        .await
    }

    /// The thumbprint of the top certificate that a provider's server shows: what IAM keeps when none is given.
    pub(crate) async fn top_thumbprint(&self, provider: &Provider) -> Result<String, FetchError> {
        self.within_bounds(&self.thumbprints, &provider.account, async {
            let issuer = issuer_of(provider)?;
            get::top_certificate(&Location::of_discovery(&issuer), self.reach).await.map(|top| thumbprint(&top))
        })
        .await
    }

    /// The wait for a place counts: who asks is answered in time.
    async fn within_bounds<T>(
        &self,
        places: &Places,
        account: &AccountId,
        fetch: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let fetch = async {
            let _place = places.take(account).await?;
            fetch.await
        };
        tokio::time::timeout(self.patience, fetch).await.map_err(|_| FetchError::TooSlow(self.patience))?
    }
}

fn issuer_of(provider: &Provider) -> Result<Issuer, FetchError> {
    // It was read by the same type when the provider was made.
    Issuer::parse(&provider.issuer()).map_err(|error| FetchError::Address(error.to_string()))
}

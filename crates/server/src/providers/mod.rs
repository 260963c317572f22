//! The keys of every provider: pushed, the local issuer's, or fetched and kept for a while; and the
//! tokens that they proved.
//!
//! An entry belongs to one provider of one account, as it was when it was made: any change of the
//! provider, and its deletion, ends it. Nothing is shared between two providers, same issuer or
//! not.

mod cached;
mod verified_tokens;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use authority::exchange::KeysMissing;
use authority::{Provider, World};
use policy::AccountId;
use token::{Issuer, KeySet, Owner};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use cached::Pace;
use cached::{Cached, Plan};
pub(crate) use verified_tokens::VerifiedTokens;

use crate::clock;
use crate::fetch::{FetchError, Fetched, Fetcher, Reach};
use crate::limits::WAITING_FOR_KEYS;
use crate::telemetry::Counters;

/// Which issuers are asked, and how often.
#[derive(Clone, Copy, Debug)]
pub struct IssuerAccess {
    /// How far a fetch may go.
    pub reach: Reach,
    /// How long one fetch may take as a whole. AWS gives up after five seconds (re:Post, "resolve
    /// OIDC IdP federation errors").
    pub patience: Duration,
    /// How long keys hold.
    pub pace: Pace,
}

impl Default for IssuerAccess {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            patience: Duration::from_secs(5),
            pace: Pace::default(),
        }
    }
}

/// The issuer of this very server, whose keys need no fetching.
#[derive(Debug)]
pub(crate) struct LocalIssuer {
    pub(crate) issuer: Issuer,
    pub(crate) jwks: String,
    /// Of the authority that certifies its listener.
    pub(crate) thumbprint: String,
}

/// All providers' keys.
#[derive(Debug)]
pub(crate) struct Providers {
    local: LocalIssuer,
    fetcher: Arc<Fetcher>,
    pace: Pace,
    entries: Mutex<HashMap<(AccountId, String), Arc<Entry>>>,
    /// Dropped with the server, and every fetch with it.
    fetches: Mutex<JoinSet<()>>,
    pub(crate) tokens: VerifiedTokens,
}

/// One provider, as it was, and its keys.
#[derive(Debug)]
struct Entry {
    provider: Arc<Provider>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Pushed, or the local issuer's.
    Known(Arc<KeySet>),
    /// Pushed, and no longer admitted.
    Broken(KeysMissing),
    Fetched {
        cached: Mutex<Cached>,
        /// Tells those who wait that a fetch is over.
        over: watch::Sender<()>,
        waiting: AtomicUsize,
    },
}

impl Providers {
    pub(crate) fn new(local: LocalIssuer, access: IssuerAccess, counters: Arc<Counters>) -> Self {
        Self {
            local,
            fetcher: Arc::new(Fetcher::new(access.reach, access.patience, counters)),
            pace: access.pace,
            entries: Mutex::default(),
            fetches: Mutex::default(),
            tokens: VerifiedTokens::default(),
        }
    }

    /// The keys for a token of a provider that names `kid`; waits for a fetch if there must be one.
    ///
    /// # Errors
    /// [`KeysMissing`].
    pub(crate) async fn keys(
        &self,
        world: &World,
        provider: &Arc<Provider>,
        kid: &str,
    ) -> Result<Arc<KeySet>, KeysMissing> {
        let entry = self.entry(world, provider);
        // A fetch that is over leaves keys or a failure to rest on; three are more than can be
        // needed.
        for _ in 0..3 {
            // Before the plan is made: a fetch that ends meanwhile is not waited for.
            let over = match &entry.source {
                Source::Fetched { over, .. } => Some(over.subscribe()),
                Source::Known(_) | Source::Broken(_) => None,
            };
            match (self.ready(&entry, Some(kid)), over) {
                (Some(ready), _) => return ready,
                (None, Some(over)) => entry.wait(over).await?,
                (None, None) => break,
            }
        }
        Err(KeysMissing::Unreachable(
            "the keys expire as soon as they are fetched".to_owned(),
        ))
    }

    /// The keys of a provider as they are now, without waiting; starts a refresh when it is time
    /// for one.
    pub(crate) fn keys_now(&self, world: &World, provider: &Arc<Provider>) -> Option<Arc<KeySet>> {
        self.ready(&self.entry(world, provider), None)
            .and_then(Result::ok)
    }

    /// The thumbprint that IAM gives a provider that came without one.
    ///
    /// # Errors
    /// [`FetchError`] when the chain cannot be looked at.
    pub(crate) async fn top_thumbprint(&self, provider: &Provider) -> Result<String, FetchError> {
        if provider.url == self.local.issuer.without_scheme() {
            return Ok(self.local.thumbprint.clone());
        }
        self.fetcher.top_thumbprint(provider).await
    }

    /// `None`: a fetch has been started, or is under way, and must be waited for.
    fn ready(
        &self,
        entry: &Arc<Entry>,
        kid: Option<&str>,
    ) -> Option<Result<Arc<KeySet>, KeysMissing>> {
        let cached = match &entry.source {
            Source::Known(set) => return Some(Ok(Arc::clone(set))),
            Source::Broken(missing) => return Some(Err(missing.clone())),
            Source::Fetched { cached, .. } => cached,
        };
        let now = clock::mark();
        let mut cached = lock(cached);
        let (answer, fetch) = match cached.plan(kid, now, &self.pace) {
            Plan::Serve(set) => (Some(Ok(set)), false),
            Plan::ServeAndRefresh(set) => (Some(Ok(set)), true),
            Plan::Fetch => (None, true),
            Plan::Refuse(missing) => (Some(Err(missing)), false),
        };
        // Under the lock that the plan was made under, so that two requests never both begin.
        if fetch && cached.begin(now) {
            drop(cached);
            self.fetch(entry, now);
        }
        answer
    }

    /// Fetches in a task of its own: a caller that hangs up does not take the fetch of all others
    /// with it.
    fn fetch(&self, entry: &Arc<Entry>, began: std::time::Instant) {
        let (fetcher, pace) = (Arc::clone(&self.fetcher), self.pace);
        // Made here, not in the task: one that is dropped before it runs still ends its fetch.
        let fetching = Fetching {
            entry: Arc::clone(entry),
            pace,
        };
        let mut fetches = lock(&self.fetches);
        // A JoinSet keeps the result of each task until somebody asks for it.
        while fetches.try_join_next().is_some() {}
        fetches.spawn(async move {
            let fetched = fetcher.keys(&fetching.entry.provider).await;
            fetching.end(fetched, began);
        });
    }

    fn entry(&self, world: &World, provider: &Arc<Provider>) -> Arc<Entry> {
        let mut entries = lock(&self.entries);
        let place = (provider.account.clone(), provider.url.clone());
        if let Some(entry) = entries
            .get(&place)
            .filter(|entry| Arc::ptr_eq(&entry.provider, provider))
        {
            return Arc::clone(entry);
        }
        // Somebody came or changed, so others may have gone.
        entries.retain(|(account, url), entry| {
            world
                .shared_provider(account, url)
                .is_some_and(|now| Arc::ptr_eq(now, &entry.provider))
        });
        let entry = Arc::new(Entry {
            provider: Arc::clone(provider),
            source: self.source(provider),
        });
        entries.insert(place, Arc::clone(&entry));
        entry
    }

    /// Where a provider's keys come from. Each set is admitted under the provider's own name: no
    /// two share one.
    fn source(&self, provider: &Provider) -> Source {
        // Pushed keys win, also over the local issuer's: their owner decided so.
        let pushed = provider.keys.as_ref().map(|keys| keys.jwks.as_str());
        let local = (provider.url == self.local.issuer.without_scheme())
            .then_some(self.local.jwks.as_str());
        let Some(jwks) = pushed.or(local) else {
            return Source::Fetched {
                cached: Mutex::default(),
                over: watch::Sender::default(),
                waiting: AtomicUsize::new(0),
            };
        };
        // Admitted anew, not believed because it was stored: an older version may have taken keys
        // that are refused by now.
        match KeySet::admit(Owner::new(provider.arn.as_str()), jwks.as_bytes()) {
            Ok((set, _)) => Source::Known(Arc::new(set)),
            Err(because) => Source::Broken(KeysMissing::Refused(because.to_string())),
        }
    }
}

impl Entry {
    /// Waits until a fetch is over.
    async fn wait(&self, mut over: watch::Receiver<()>) -> Result<(), KeysMissing> {
        let Source::Fetched { waiting, .. } = &self.source else {
            return Ok(());
        };
        let _place = Place::take(waiting).ok_or_else(|| {
            KeysMissing::Unreachable("too many requests wait for this issuer's keys".to_owned())
        })?;
        // An error would mean that the sender is gone, which this entry holds.
        drop(over.changed().await);
        Ok(())
    }
}

/// A place among those who wait; given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        // Over-counted for an instant when refused, never under-counted.
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING_FOR_KEYS).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A fetch under way, which always ends: a task that is aborted ends it as a failure.
struct Fetching {
    entry: Arc<Entry>,
    pace: Pace,
}

impl Fetching {
    fn end(self, fetched: Result<Fetched, FetchError>, began: std::time::Instant) {
        let Source::Fetched { cached, .. } = &self.entry.source else {
            return;
        };
        let provider = self.entry.provider.arn.as_str();
        let mut cached = lock(cached);
        match fetched {
            Ok(fetched) => {
                let (keys, rejected) = (fetched.set.len(), fetched.rejected);
                tracing::info!(target: "provider", provider, outcome = "fetched", keys, rejected, "keys fetched");
                // Its life begins when it was asked for: an answer that took long is no younger for
                // it.
                cached.renew(fetched, began, &self.pace);
            }
            Err(error) => {
                let missing = error.missing();
                let outcome = match &missing {
                    KeysMissing::Unreachable(_) => "unreachable",
                    KeysMissing::Certificate(_) => "certificate",
                    KeysMissing::Refused(_) => "refused",
                };
                tracing::warn!(target: "provider", provider, outcome, %error, "keys not fetched");
                cached.fail(missing, clock::mark(), &self.pace);
            }
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        let Source::Fetched { cached, over, .. } = &self.entry.source else {
            return;
        };
        // The state before the news: who wakes up must not find the fetch still under way.
        lock(cached).abandon(clock::mark(), &self.pace);
        over.send_replace(());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

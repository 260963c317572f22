//! What is known of one provider's fetched keys, and what a request that needs them should do: a
//! value and a rule over the time, so that every case can be tried without a clock or a network.

use std::sync::Arc;
use std::time::{Duration, Instant};

use authority::exchange::KeysMissing;
use bytes::Bytes;
use token::KeySet;

use crate::fetch::Fetched;

/// How long keys hold and how often an issuer is asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Shortest life of a key set, whatever its server says.
    pub least: Duration,
    /// Longest life, and that of a set whose server says nothing.
    pub most: Duration,
    /// Least time between two fetches that unknown key ids or a refresh ask for.
    pub between: Duration,
    /// How long a failed fetch is remembered at first; doubles with each failure.
    pub failed: Duration,
    /// How long it is remembered at most.
    pub failed_most: Duration,
    /// How long keys serve while their issuer fails.
    pub stale: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self {
            least: minutes(5),
            most: minutes(60),
            between: Duration::from_secs(30),
            failed: Duration::from_secs(5),
            failed_most: Duration::from_secs(30),
            stale: minutes(24 * 60),
        }
    }
}

/// The keys of one provider, the last failure, and whether a fetch is under way.
#[derive(Debug, Default)]
pub(super) struct Cached {
    held: Option<Held>,
    failure: Option<Failure>,
    /// When the last fetch began.
    tried: Option<Instant>,
    under_way: bool,
}

#[derive(Debug)]
struct Held {
    set: Arc<KeySet>,
    jwks: Bytes,
    since: Instant,
    life: Duration,
}

#[derive(Debug)]
struct Failure {
    missing: KeysMissing,
    until: Instant,
    times: u32,
}

/// What a request should do.
#[derive(Debug)]
pub(super) enum Plan {
    /// Use these.
    Serve(Arc<KeySet>),
    /// Use these, and let somebody fetch meanwhile.
    ServeAndRefresh(Arc<KeySet>),
    /// Wait for a fetch.
    Fetch,
    /// There are none, and asking again has to wait.
    Refuse(KeysMissing),
}

impl Cached {
    /// What a token that names `kid` should do; `None` when only the keys that are there matter.
    pub(super) fn plan(&self, kid: Option<&str>, now: Instant, pace: &Pace) -> Plan {
        let resting = self.failure.as_ref().filter(|failure| now < failure.until);
        let held = self
            .held
            .as_ref()
            // A day beyond its life it serves no more: an issuer that is gone must not be believed
            // for ever.
            .filter(|held| now < held.since + held.life + pace.stale);
        let Some(held) = held else {
            return resting.map_or(Plan::Fetch, |failure| Plan::Refuse(failure.missing.clone()));
        };
        let age = now.saturating_duration_since(held.since);
        let rested =
            resting.is_none() && self.tried.is_none_or(|tried| now >= tried + pace.between);
        let serve = || Arc::clone(&held.set);
        if age >= held.life {
            // Past its life a set serves only while its issuer fails; otherwise a key that was
            // removed would live on.
            return match (&self.failure, resting) {
                (None, _) => Plan::Fetch,
                (Some(_), Some(_)) => Plan::Serve(serve()),
                // A failure speaks for now only while it is fresh. An older one: ask first, and if
                // that fails, serve.
                (Some(failure), None) if now < failure.until + pace.failed_most => {
                    Plan::ServeAndRefresh(serve())
                }
                (Some(_), None) => Plan::Fetch,
            };
        }
        if kid.is_some_and(|kid| !held.set.has(kid)) {
            // A new key, or a flood of made-up ones: whoever comes while a fetch is under way
            // shares it.
            return if rested || self.under_way {
                Plan::Fetch
            } else {
                Plan::Serve(serve())
            };
        }
        // At four fifths of its life a set is renewed behind the requests' backs.
        if age >= held.life * 4 / 5 && rested && !self.under_way {
            Plan::ServeAndRefresh(serve())
        } else {
            Plan::Serve(serve())
        }
    }

    /// Begins a fetch; false when one is under way.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        if self.under_way {
            return false;
        }
        self.under_way = true;
        self.tried = Some(now);
        true
    }

    /// A fetch that began at `since` brought keys.
    pub(super) fn renew(&mut self, fetched: Fetched, since: Instant, pace: &Pace) {
        // A `max-age=0` would make every exchange ask the issuer (re:Post names too many requests
        // as a cause of failures), and one of a year would keep a key that was removed.
        let life = fetched
            .max_age
            .unwrap_or(pace.most)
            .clamp(pace.least, pace.most);
        // The same document is the same set: what was verified with it stays verified.
        let same = self
            .held
            .take()
            .filter(|held| held.jwks == fetched.jwks)
            .map(|held| held.set);
        let set = same.unwrap_or_else(|| Arc::new(fetched.set));
        self.held = Some(Held {
            set,
            jwks: fetched.jwks,
            since,
            life,
        });
        self.failure = None;
        self.under_way = false;
    }

    /// A fetch is over; if it neither renewed nor failed, it failed.
    pub(super) fn abandon(&mut self, now: Instant, pace: &Pace) {
        if self.under_way {
            self.fail(
                KeysMissing::Unreachable("the fetch was cancelled".to_owned()),
                now,
                pace,
            );
        }
    }

    /// A fetch brought none.
    pub(super) fn fail(&mut self, missing: KeysMissing, now: Instant, pace: &Pace) {
        let times = self
            .failure
            .as_ref()
            .map_or(0, |failure| failure.times + 1)
            // Bounded, so that the shift below cannot overflow.
            .min(16);
        // SDKs retry, the Go SDK three times a pod: a whole cluster would otherwise keep an issuer
        // down that is just starting again.
        let rest = pace.failed.saturating_mul(1 << times).min(pace.failed_most);
        self.failure = Some(Failure {
            missing,
            until: now + rest,
            times,
        });
        self.under_way = false;
    }
}

#[cfg(test)]
mod tests;

//! When a token is good, against a clock that may differ from its issuer's.

use std::time::Duration;

use crate::refusal::Refusal;

/// How far the issuer's clock may run ahead. An end has no such grace.
const SKEW_SECONDS: i64 = 60;

/// A token's times, unix seconds. `from` is the later of `nbf` and `iat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) issued: i64,
    pub(crate) from: i64,
    pub(crate) expires: i64,
}

impl Times {
    pub(crate) fn hold(self, max_age: Duration, now: i64) -> Result<(), Refusal> {
        let Self {
            issued,
            from,
            expires,
        } = self;
        // RFC 7519 section 4.1.4: on or after `exp` it must not be accepted.
        if now >= expires {
            return Err(Refusal::Expired { now, expires });
        }
        if from > now + SKEW_SECONDS {
            return Err(Refusal::NotYet { now, from });
        }
        // The end alone does not bound a token: an issuer can write any `exp`, and a stolen token
        // would live as long.
        let most = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        // Whoever lives is not older than the whole life.
        let age = expires - issued;
        if age > most.saturating_add(SKEW_SECONDS) {
            Err(Refusal::TooOld { age })
        } else {
            Ok(())
        }
    }
}

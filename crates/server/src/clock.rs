//! The only file that reads time and entropy. Everybody else gets them as arguments.

#![allow(clippy::disallowed_methods, reason = "this is the one place")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use authority::Entropy;
use wire::RequestId;

/// Unix seconds.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
}

/// A monotonic mark, for durations only.
pub fn mark() -> Instant {
    Instant::now()
}

/// Unpredictable bytes from the operating system.
///
/// # Panics
/// When the system has no randomness to give: nothing that we could do then would be secure.
#[expect(
    clippy::expect_used,
    reason = "without entropy no key, id or session may be made"
)]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}

/// Entropy for one operation.
pub fn entropy() -> Entropy {
    Entropy::new(bytes())
}

/// A new request id.
pub fn request_id() -> RequestId {
    RequestId::from_entropy(bytes())
}

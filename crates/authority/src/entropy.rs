//! Entropy as an argument: a seed drawn by the shell, expanded here without any source of
//! randomness of our own.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Unpredictable bytes for one operation. Two draws never give the same bytes.
pub struct Entropy {
    seed: Zeroizing<[u8; 32]>,
    drawn: u32,
}

impl Entropy {
    /// Expands 32 bytes that nobody can guess. Never use a seed twice.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed: Zeroizing::new(seed),
            drawn: 0,
        }
    }

    /// The next 32 bytes: HMAC-SHA256 in counter mode (NIST SP 800-108), keyed by the seed.
    pub fn draw(&mut self) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.seed.as_slice());
        // A counter and not the last output: a draw that somebody sees tells nothing about the
        // next.
        let tag = hmac::sign(&key, &self.drawn.to_be_bytes());
        self.drawn += 1;
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        out
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ_and_repeat_for_the_same_seed() {
        let mut one = Entropy::new([7; 32]);
        let (first, second) = (one.draw(), one.draw());
        assert_ne!(first, second);
        assert_eq!(Entropy::new([7; 32]).draw(), first);
        assert_ne!(Entropy::new([8; 32]).draw(), first);
    }
}

//! The key of a signature: one that was used lately, or a new one, and kept once a signature held.

use super::cache::{self, DerivedKeys};
use super::signing::{Deriving, SigningKey};
use crate::refusal::Refusal;
use crate::signature::Signature;

impl Deriving<'_> {
    /// The key, if the signature is of this text.
    pub(crate) fn checked(
        &self,
        keys: &DerivedKeys,
        text: &[u8],
        signature: &Signature,
    ) -> Result<SigningKey, Refusal> {
        let id = cache::id(self);
        let Some(kept) = keys.find(&id) else {
            let key = self.derive().ok_or(Refusal::Mismatch)?;
            if !key.holds(text, signature) {
                return Err(Refusal::Mismatch);
            }
            keys.keep(id, key.clone());
            return Ok(key);
        };
        if !kept.holds(text, signature) {
            // As much work as for a key that is not kept: the time must not tell strangers which
            // access keys are in use.
            drop(self.derive());
            return Err(Refusal::Mismatch);
        }
        Ok(kept)
    }
}

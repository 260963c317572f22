//! AssumeRoleWithWebIdentity, from the form to credentials: what keys it needs, the proof, the
//! admission, the session.
//!
//! [`read`] -> [`needs`] -> the keys, brought by the shell -> [`prove`] -> [`admit`] ->
//! [`complete`]. A token that was proven before may take [`Kept::prove_again`] in place of the
//! first two.

mod keys_missing;
pub(crate) mod refusals;

use std::sync::Arc;

use token::{KeySet, Unverified, Verified};
use wire::Words;

use crate::assumption::Assumption;
use crate::denial::Denial;
use crate::issue::{Issue, Issued, issue};
use crate::peer::Peer;
use crate::trust;
use crate::web_identity::Ask;
use crate::world::{Provider, World};

pub use keys_missing::KeysMissing;
use refusals as refuse;
pub use refusals::{OPERATION, asked};

/// What a token must be verified with before anything that it says counts.
#[derive(Debug)]
pub struct NeedsKeys {
    unverified: Unverified,
    provider: Arc<Provider>,
}

/// A token that holds, and the accounts and the time that it held in. Only [`prove`] and
/// [`Kept::prove_again`] make one.
#[derive(Clone, Debug)]
pub struct Proven {
    world: Arc<World>,
    now: i64,
    kept: Kept,
}

/// A token that held, and what it was verified with, to be kept for another exchange.
#[derive(Clone, Debug)]
pub struct Kept {
    provider: Arc<Provider>,
    keys: Arc<KeySet>,
    verified: Arc<Verified>,
}

/// Reads the call: every parameter is checked before the token is looked at.
///
/// # Errors
/// [`Denial`] for parameters that do not fit.
pub fn read(form: &Words) -> Result<Ask, Denial> {
    Ask::read(form).map_err(refuse::bad_parameters)
}

/// Which keys the token needs: of the provider of the role's account, since one of another account
/// is never used.
///
/// # Errors
/// [`Denial`] for a text that is no token, and for an issuer that the account does not know.
pub fn needs(world: &World, ask: &Ask) -> Result<NeedsKeys, Denial> {
    // Only the issuer and the key id may be asked of it now: nothing else of it is proven.
    let unverified = Unverified::read(&ask.token).map_err(|bad| refuse::malformed(ask, &bad))?;
    let issuer = unverified.issuer();
    let provider = issuer
        .strip_prefix("https://")
        // In the role's own account. A key id that two providers share leads to the keys of the
        // issuer alone (docs/threats.md, 4).
        .and_then(|url| world.shared_provider(&ask.account, url));
    match provider {
        Some(provider) => Ok(NeedsKeys {
            provider: Arc::clone(provider),
            unverified,
        }),
        None => Err(refuse::no_provider(world, ask, issuer)),
    }
}

impl NeedsKeys {
    /// Whose keys.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// Which of them: the token's own word.
    pub fn kid(&self) -> &str {
        self.unverified.kid()
    }
}

/// Verifies the token with the keys that were brought, or says why there are none. Fetching them
/// may have taken seconds: `world` and `now` are those of afterwards.
///
/// # Errors
/// [`Denial`].
pub fn prove(
    world: Arc<World>,
    ask: &Ask,
    needs: NeedsKeys,
    keys: Result<Arc<KeySet>, KeysMissing>,
    now: i64,
) -> Result<Proven, Denial> {
    let NeedsKeys {
        unverified,
        provider,
    } = needs;
    // Before the world is looked at: why there are no keys is the better story, also when the
    // provider changed.
    let keys = keys.map_err(|missing| refuse::no_keys(ask, &provider, &missing))?;
    // Fetched for a provider that is another one now: its audiences or thumbprints may have been
    // taken away meanwhile. The SDK tries again.
    if !is_unchanged(&world, ask, &provider) {
        let because = "the provider was changed while its keys were fetched".to_owned();
        return Err(refuse::no_keys(
            ask,
            &provider,
            &KeysMissing::Unreachable(because),
        ));
    }
    let issuer = format!("https://{}", provider.url);
    let verified = unverified.verify(&keys, &refuse::expectation(&issuer, &provider), now);
    let verified = verified.map_err(|refusal| refuse::refused(ask, &provider, &refusal))?;
    Ok(Proven {
        world,
        now,
        kept: Kept {
            provider,
            keys,
            verified: Arc::new(verified),
        },
    })
}

impl Kept {
    /// Proves the same token once more without its signature: the provider and its keys must be the
    /// very same as then, and what time and the provider's audiences decide must hold now. `None`:
    /// the long way says why.
    pub fn prove_again(
        self,
        world: Arc<World>,
        ask: &Ask,
        keys_now: impl FnOnce(&World, &Arc<Provider>) -> Option<Arc<KeySet>>,
        now: i64,
    ) -> Option<Proven> {
        let Self {
            provider,
            keys,
            verified,
        } = &self;
        // Identity, not equality: a set that was fetched anew may lack the key, and comparing
        // pointers cannot overlook that (docs/threats.md, 18).
        if !is_unchanged(&world, ask, provider) || !Arc::ptr_eq(&keys_now(&world, provider)?, keys)
        {
            return None;
        }
        let issuer = format!("https://{}", provider.url);
        verified
            // Time goes on while a token is kept, and audiences may be taken away without a change
            // of keys.
            .still_holds(&refuse::expectation(&issuer, provider), now)
            .ok()?;
        Some(Proven {
            world,
            now,
            kept: self,
        })
    }

    /// About how many bytes of memory its claims take.
    pub fn weight(&self) -> usize {
        self.verified.weight()
    }
}

/// The very allocation: any change of a provider makes another one of it.
fn is_unchanged(world: &World, ask: &Ask, provider: &Arc<Provider>) -> bool {
    let current = world.shared_provider(&ask.account, &provider.url);
    current.is_some_and(|current| Arc::ptr_eq(current, provider))
}

impl Proven {
    /// What of it may be kept.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The accounts that it held in, and that are decided over.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Unix seconds that it held at, and that are decided at.
    pub fn now(&self) -> i64 {
        self.now
    }
}

/// Admits a proven token to the role that it asks for.
///
/// # Errors
/// [`Denial`]. The caller is told the same for a role that does not exist and for one that does not
/// trust the token.
pub fn admit(proven: &Proven, ask: &Ask, peer: &Peer) -> Result<Assumption, Denial> {
    let Proven { world, now, kept } = proven;
    // Whoever has a token of a registered provider is no stranger, even when no role trusts it.
    trust::admit(world, ask, &kept.provider, &kept.verified, peer, *now).map_err(Denial::proven)
}

/// Makes credentials of an admission. Nothing is written.
///
/// # Errors
/// [`Denial`] when tags and policies do not fit into a session.
pub fn complete(ask: &Ask, assumption: Assumption, with: Issue<'_>) -> Result<Issued, Denial> {
    issue(assumption, with).map_err(|because| refuse::not_minted(ask, because))
}

#[cfg(test)]
mod tests;

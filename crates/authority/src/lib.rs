//! IAM and STS, decided over a value. No I/O, no clock: the shell brings a [`World`], the time and entropy.
//!
//! The road through this crate:
//! - exchange: [`web_identity`] reads the call, [`trust`] admits a verified token, [`session`] mints credentials;
//! - chain: [`assume_role`] reads the call and admits a session to another role, [`session`] mints;
//! - gate: [`session::open`] yields the secret, [`Caller`] proves who signed, [`grant`] decides over a call;
//! - ledger: [`iam`] turns a call into changes, [`World::fold`] makes the next snapshot.
//!
//! Every refusal is one [`Denial`](denial::Denial): terse for the caller, a [`Record`](record::Record) for the operator.

mod arn_text;
pub mod assume_role;
mod assumption;
mod caller;
pub mod denial;
pub mod effort;
mod entropy;
pub mod exchange;
mod form;
pub mod grant;
pub mod iam;
pub mod ids;
mod iso8601;
pub mod keyring;
#[cfg(test)]
mod known;
pub mod left_out;
pub mod lifetime;
mod parameters;
mod peer;
pub mod record;
mod regions;
mod resource;
pub mod session;
mod session_tags;
pub mod sts;
pub mod trust;
pub mod web_identity;
mod world;

pub use caller::{Caller, NoCaller};
pub use entropy::Entropy;
pub use iso8601::iso8601;
pub use peer::{Peer, said_once};
pub use regions::{BadRegions, Regions, WrongRegion};
pub use session_tags::SessionTags;
pub use world::{
    Account, BadChange, Bucket, Change, Entity, InstanceProfile, Key, LoadedPolicy, LoadedRole, ManagedPolicy, PolicyVersion,
    Provider, PushedKeys, Role, Secret, World,
};

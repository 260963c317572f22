//! IAM and STS, decided over a value. No I/O, no clock: the shell brings a [`World`], the time and
//! entropy.
//!
//! The road through this crate, whose order is here and nowhere else. Where something must be read
//! or fetched in the middle, a step returns what it needs, and the next one takes it:
//! - every request: [`Incoming::read`] -> [`Incoming::needs`] ->
//!   [`UnreadForm::route`](incoming::UnreadForm::route);
//! - exchange: [`exchange`] reads the call, names the keys, proves the token, admits it by
//!   [`trust`] and completes;
//! - signed: `authenticate` opens the credentials and verifies the signature: a [`Caller`];
//! - chain: [`sts_call`] -> [`assume_role`] reads the call, admits a session to another role and
//!   completes;
//! - gate: [`s3_call`] reads the call -> [`grant`] decides over it: a [`Permit`](grant::Permit);
//! - ledger: [`iam`] turns a permitted call into changes, [`World::fold`] makes the next snapshot.
//!
//! What goes wrong on the way is in [`refusal`]. Every refusal is one [`Denial`](denial::Denial):
//! terse for the caller, a [`Record`](record::Record) for the operator.

mod arn_text;
pub mod assume_role;
mod assumption;
pub mod bucket_config;
mod caller;
pub mod denial;
pub mod effort;
mod entropy;
mod error_reply;
pub mod exchange;
mod form;
pub mod grant;
pub mod iam;
pub mod ids;
pub mod incoming;
mod iso8601;
mod issue;
pub mod keyring;
#[cfg(test)]
mod known;
pub mod left_out;
pub mod lifetime;
mod parameters;
mod peer;
pub mod record;
pub mod refusal;
mod regions;
mod resource;
pub mod s3_call;
pub mod session;
mod session_tags;
mod sts;
pub mod sts_call;
pub mod trust;
pub mod web_identity;
mod world;

pub use assumption::Assumption;
pub use caller::{Caller, Signed};
pub use entropy::Entropy;
pub use error_reply::error_reply;
pub use incoming::Incoming;
pub use iso8601::iso8601;
pub use issue::{Issue, Issued};
pub use peer::{Peer, header_value};
pub use regions::{BadRegions, Regions, WrongRegion};
pub use session_tags::SessionTags;
pub use world::{
    Account, BadChange, Bucket, Change, Entity, InstanceProfile, Key, LoadedPolicy, LoadedRole,
    ManagedPolicy, Ownership, PolicyVersion, Provider, PublicAccessBlock, PushedKeys, Role, Secret,
    World,
};

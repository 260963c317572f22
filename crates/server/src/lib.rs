//! The only crate that listens. Each face is a sandwich: read (pure), fetch, decide (pure), keep,
//! write (pure).
//!
//! The road through this crate: [`Server::start`] -> [`api`] reads a head and finds its reader ->
//! `api/sts`, `api/iam` or `api/gate` -> [`ledger`] and [`backend`]. [`providers`] and `fetch`
//! bring the keys of issuers, [`keys`] holds those of the server and its accounts. What may be used
//! up, and how much of it, is in `limits`. Beside the road are the [`issuer`], the [`control`]
//! socket and the [`metrics`], which tell what [`telemetry`] counts.

pub mod accounts;
mod api;
pub mod backend;
mod buffer;
pub mod clock;
mod cluster;
pub mod control;
mod decisions;
mod environment;
mod fetch;
mod issuer;
mod keys;
mod ledger;
mod limits;
mod listen;
mod metrics;
mod providers;
pub mod redb_store;
mod start;
mod telemetry;

pub use cluster::Cluster;
pub use fetch::Reach;
pub use providers::{IssuerAccess, Pace};
pub use start::{Faces, Server, Settings, StartError};

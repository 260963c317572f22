//! The only crate that listens. Each face is a sandwich: read (pure), fetch, decide (pure), keep, write (pure).
//!
//! The road through this crate: [`Server::start`] -> [`api`] reads a head and finds its reader -> `api/sts`, `api/iam`
//! or `api/gate` -> [`ledger`] and [`backend`]. [`providers`] and `fetch` bring the keys of issuers,
//! [`keys`] holds those of the server and its accounts. Beside the road stand the [`issuer`] and the [`control`] socket.

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
mod listen;
mod providers;
mod start;
pub mod store;

pub use cluster::Cluster;
pub use fetch::Reach;
pub use providers::{IssuerAccess, Pace};
pub use start::{Server, Settings, StartError};

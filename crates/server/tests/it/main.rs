//! A real server on loopback under attack, over raw sockets where a client library would tidy the
//! request up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test"
)]

mod accounts;
mod assume_role;
mod bodies;
mod buckets;
mod chunks;
mod control;
mod drafts;
mod exchange;
mod faces;
mod foreign_keys;
mod forms;
mod gate;
mod hosts;
mod http;
mod iam;
mod issuer;
mod issuers;
mod kept;
mod keys;
mod metrics;
mod node_roles;
mod objects;
mod presigned;
mod provider_claims;
mod public;
mod pushed_keys;
mod redundant_headers;
mod regions;
mod stage;
mod store;
mod store_folder;
mod sts;
mod tenant;
mod waiting;

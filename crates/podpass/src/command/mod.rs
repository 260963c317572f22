//! One file for each subcommand.

pub(crate) mod account;
pub(crate) mod completion;
pub(crate) mod creds;
pub(crate) mod env;
pub(crate) mod issuer_push;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod run;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod version;
pub(crate) mod why;

//! What to serve, as meant.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use authority::Regions;
use policy::AccountId;

use crate::cluster::Cluster;
use crate::providers::IssuerAccess;

/// What to serve, as meant.
#[derive(Debug)]
pub struct Settings {
    /// Where state is kept; made with mode 0700 when it is not there.
    pub data_dir: PathBuf,
    /// Loopback address of the API; port 0 for any.
    pub api: SocketAddr,
    /// Loopback address of the issuer; port 0 for any, or the one that the data directory has.
    pub issuer: SocketAddr,
    /// Whose service accounts there are.
    pub cluster: Cluster,
    /// The account that a fresh data directory gets, and that `env` means when none is named.
    pub account: AccountId,
    /// The regions that the server is; `env` names the first that fits the account.
    pub regions: Regions,
    /// Which issuers are asked for keys, and how often.
    pub issuers: IssuerAccess,
}

/// Default addresses of `up`.
impl Settings {
    /// `127.0.0.1:4566`.
    pub const API: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);
    /// `127.0.0.1:4567`.
    pub const ISSUER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4567);
}

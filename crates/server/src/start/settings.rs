//! What to serve, as meant; and what cannot be meant.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use authority::Regions;
use authority::incoming::Hosts;
use policy::AccountId;

use super::error::StartError;
use crate::cluster::Cluster;
use crate::providers::IssuerAccess;

/// What to serve, as meant.
#[derive(Debug)]
pub struct Settings {
    /// Where state is kept; made with mode 0700 when it is not there.
    pub data_dir: PathBuf,
    /// Loopback address of the API, whoever runs it; port 0 for any, where this process does.
    pub api: SocketAddr,
    /// Loopback address of the issuer, whoever runs it; port 0 for any, where this process does, or
    /// the one that the data directory has.
    pub issuer: SocketAddr,
    /// Which of them, and what else, this process runs.
    pub faces: Faces,
    /// Whose service accounts there are.
    pub cluster: Cluster,
    /// The account that a fresh data directory gets, and that `env` means when none is named.
    pub account: AccountId,
    /// The regions that the server is; `env` names the first that fits the account.
    pub regions: Regions,
    /// Which issuers are asked for keys, and how often.
    pub issuers: IssuerAccess,
    /// The names that the server is asked by, beside the address of its listener.
    pub hosts: Hosts,
    /// Whether S3 is answered to who does not sign, where a bucket's policy allows everybody.
    pub anonymous: bool,
}

/// The faces that a process runs: all that anybody can connect to. By default everything but the
/// metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faces {
    /// STS, IAM and S3, at [`Settings::api`].
    pub api: bool,
    /// The issuer's discovery document and keys, at [`Settings::issuer`].
    pub issuer: bool,
    /// The control socket in the data directory.
    pub control: bool,
    /// The metrics, at this loopback address; port 0 for any.
    pub metrics: Option<SocketAddr>,
}

impl Default for Faces {
    fn default() -> Self {
        Self {
            api: true,
            issuer: true,
            control: true,
            metrics: None,
        }
    }
}

impl Faces {
    /// None, to name those that are meant: `Faces { issuer: true, ..Faces::NONE }`.
    pub const NONE: Self = Self {
        api: false,
        issuer: false,
        control: false,
        metrics: None,
    };
}

/// Default addresses of `up`.
impl Settings {
    /// `127.0.0.1:4566`.
    pub const API: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);
    /// `127.0.0.1:4567`.
    pub const ISSUER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4567);
}

impl Settings {
    /// Refuses what can be refused before anything is touched.
    pub(super) fn check(&self) -> Result<(), StartError> {
        if self.faces == Faces::NONE {
            return Err(StartError::NoFace);
        }
        for address in [self.api, self.issuer]
            .into_iter()
            .chain(self.faces.metrics)
        {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        // Clients are told where it is, and another process has it there or will have.
        if !self.faces.api && self.api.port() == 0 {
            return Err(StartError::PortUnknown("API"));
        }
        Ok(())
    }
}

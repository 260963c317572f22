//! Why nothing was started.

use std::net::SocketAddr;
use std::path::PathBuf;

use token::Issuer;

/// Why nothing was started.
#[derive(Debug)]
pub enum StartError {
    /// No face is to be run.
    NoFace,
    /// A face is run by another process, and its port is not named.
    PortUnknown(&'static str),
    /// An address that is not loopback.
    NotLoopback(SocketAddr),
    /// The data directory cannot be used.
    DataDir(PathBuf, String),
    /// The data directory belongs to an issuer with another address.
    OtherIssuer {
        /// The issuer of the data directory.
        fixed: Issuer,
        /// The address that was asked for.
        asked: SocketAddr,
    },
    /// A port cannot be bound.
    Bind(SocketAddr, std::io::Error),
    /// Store or keys.
    State(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFace => f.write_str("no face of the server is to be run; name one at least"),
            Self::PortUnknown(face) => {
                write!(
                    f,
                    "another process runs the {face}, and its port is not known; name it instead of port 0"
                )
            }
            Self::NotLoopback(address) => {
                write!(
                    f,
                    "`{address}` is not a loopback address; this server has no TLS and listens on loopback only"
                )
            }
            Self::DataDir(path, because) => {
                write!(f, "data directory `{}`: {because}", path.display())
            }
            Self::OtherIssuer { fixed, asked } => {
                let port = fixed.as_str().rsplit(':').next().unwrap_or("");
                write!(
                    f,
                    "this data directory's issuer is `{fixed}` for good, not one on port {}; use `--issuer 127.0.0.1:{port}` or another `--data-dir`",
                    asked.port()
                )
            }
            Self::Bind(address, error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "port {} of {} is in use by another program",
                    address.port(),
                    address.ip()
                )
            }
            Self::Bind(address, error) => write!(f, "`{address}` cannot be bound: {error}"),
            Self::State(because) => f.write_str(because),
        }
    }
}

impl std::error::Error for StartError {}

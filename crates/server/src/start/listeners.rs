//! The ports of a server.

use std::net::SocketAddr;

use token::Issuer;
use tokio::net::TcpListener;

use super::error::StartError;

pub(super) fn issuer_address(asked: SocketAddr, fixed: Option<&Issuer>) -> Result<SocketAddr, StartError> {
    let Some(fixed) = fixed else { return Ok(asked) };
    let port: u16 = fixed.as_str().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(443);
    match asked.port() {
        0 => Ok(SocketAddr::new(asked.ip(), port)),
        same if same == port => Ok(asked),
        _ => Err(StartError::OtherIssuer { fixed: fixed.clone(), asked }),
    }
}

pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Bind(address, error))
}

pub(super) fn address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::Bind(asked, error))
}

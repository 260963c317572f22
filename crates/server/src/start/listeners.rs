//! The ports of a process. All are bound, or none: who cannot have one gives the others up again by
//! dropping them.

use std::net::SocketAddr;

use token::Issuer;
use tokio::net::TcpListener;

use super::error::StartError;
use super::settings::Settings;

/// Where the faces are, and the listeners of those that this process runs.
pub(super) struct Ports {
    pub(super) api: Port,
    pub(super) issuer: Port,
    pub(super) metrics: Option<Port>,
}

/// A face's address; the listener only where this process runs the face.
pub(super) struct Port {
    pub(super) address: SocketAddr,
    pub(super) listener: Option<TcpListener>,
}

impl Ports {
    /// Binds what is to be run. `fixed`: the issuer that the data directory has.
    pub(super) async fn bind(
        settings: &Settings,
        fixed: Option<&Issuer>,
    ) -> Result<Self, StartError> {
        let faces = settings.faces;
        let issuer = issuer_address(settings.issuer, fixed)?;
        if !faces.issuer && issuer.port() == 0 {
            return Err(StartError::PortUnknown("issuer"));
        }
        Ok(Self {
            api: Port::bind(settings.api, faces.api).await?,
            issuer: Port::bind(issuer, faces.issuer).await?,
            metrics: match faces.metrics {
                Some(address) => Some(Port::bind(address, true).await?),
                None => None,
            },
        })
    }
}

impl Port {
    async fn bind(asked: SocketAddr, run: bool) -> Result<Self, StartError> {
        if !run {
            return Ok(Self {
                address: asked,
                listener: None,
            });
        }
        let failed = |error| StartError::Bind(asked, error);
        let listener = TcpListener::bind(asked).await.map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener: Some(listener),
        })
    }
}

fn issuer_address(asked: SocketAddr, fixed: Option<&Issuer>) -> Result<SocketAddr, StartError> {
    let Some(fixed) = fixed else { return Ok(asked) };
    let port: u16 = fixed
        .as_str()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(443);
    match asked.port() {
        // Any port means the one that tokens and trust policies name already.
        0 => Ok(SocketAddr::new(asked.ip(), port)),
        same if same == port => Ok(asked),
        _ => Err(StartError::OtherIssuer {
            fixed: fixed.clone(),
            asked,
        }),
    }
}

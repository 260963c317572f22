//! The certificate that a TLS listener shows, which can be replaced while it listens: a handshake
//! takes the one that is current, and no connection that is open notices.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The certificate and key that are current.
#[derive(Debug)]
pub(crate) struct CurrentCertificate(ArcSwap<CertifiedKey>);

impl CurrentCertificate {
    pub(crate) fn new(first: CertifiedKey) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(first)))
    }

    /// The one that the next handshake shows.
    pub(crate) fn current(&self) -> Arc<CertifiedKey> {
        self.0.load_full()
    }

    /// Shows another one from the next handshake on.
    pub(crate) fn replace(&self, next: CertifiedKey) {
        self.0.store(Arc::new(next));
    }

    /// The TLS of a listener that shows whatever is current.
    ///
    /// # Errors
    /// When TLS itself cannot be set up, in words.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, String> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let mut config = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        // Nothing else is spoken here: who asks for HTTP/2 alone must fail in the handshake, not
        // after it.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for CurrentCertificate {
    /// Whatever name is asked for: the local authority certifies one set of names, and a client
    /// that wants another refuses it by itself.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

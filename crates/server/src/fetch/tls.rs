//! Whom a fetch believes: the system's certificate authorities, or a certificate whose thumbprint
//! the provider names.

use std::sync::{Arc, LazyLock};

use ::aws_lc_rs::digest;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::dates;
use crate::limits::CHAIN;

/// Where systems keep their authorities: Debian and Alpine, Fedora, SUSE, BSD. No variable of the
/// environment changes it.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The system's authorities, read when first needed. Without a bundle there are none: then only
/// thumbprints are believed.
static AUTHORITIES: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let bundle = BUNDLES
        .iter()
        .find_map(|path| CertificateDer::pem_file_iter(path).ok());
    roots.add_parsable_certificates(bundle.into_iter().flatten().flatten());
    if roots.is_empty() {
        tracing::warn!(target: "provider", "this system has no bundle of certificate authorities; issuers need thumbprints");
    }
    Arc::new(roots)
});

/// SHA-1 of a certificate, as IAM writes it. It only finds the certificate; what is believed is the
/// certificate's key.
pub(crate) fn thumbprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A client that believes the system's authorities and these thumbprints.
pub(super) fn believing(thumbprints: &[String]) -> Result<ClientConfig, Error> {
    client(Some(Believed {
        authorities: Arc::clone(&AUTHORITIES),
        thumbprints: thumbprints.to_vec(),
    }))
}

/// A client that shakes hands with anybody, to see the chain that IAM takes a thumbprint from.
/// Nothing is sent or read through it.
pub(crate) fn looking_on() -> Result<ClientConfig, Error> {
    client(None)
}

fn client(believed: Option<Believed>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Verifier {
        believed,
        algorithms: provider.signature_verification_algorithms,
    });
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A chain is looked at anew each time: a resumed session would skip it.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

#[derive(Debug)]
struct Verifier {
    /// `None`: anybody.
    believed: Option<Believed>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Whoever one of these vouches for.
#[derive(Debug)]
struct Believed {
    authorities: Arc<RootCertStore>,
    thumbprints: Vec<String>,
}

impl Believed {
    fn vouch(
        &self,
        algorithms: WebPkiSupportedAlgorithms,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        // Each of them may be tried as an anchor, which costs signatures: a chain of thousands
        // would keep a core busy.
        if others.len() >= CHAIN {
            return Err(Error::InvalidCertificate(CertificateError::BadEncoding));
        }
        let parsed = ParsedCertificate::try_from(leaf)?;
        // Whoever vouches: it must be for this name.
        verify_server_name(&parsed, name)?;
        let vouched = |roots: &RootCertStore| {
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, others, now, algorithms.all)
        };
        // As at AWS, thumbprints do not matter where a public authority vouches.
        let Err(because) = vouched(&self.authorities) else {
            return Ok(());
        };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let pinned = |certificate: &CertificateDer<'_>| {
            self.thumbprints.contains(&thumbprint(certificate))
                && dates::within(certificate, seconds) == Some(true)
        };
        // A pinned leaf needs no chain: issuers of one's own cluster often have a self-signed
        // certificate.
        if pinned(leaf) {
            return Ok(());
        }
        for certificate in others.iter().filter(|certificate| pinned(certificate)) {
            // That it lies in the chain proves nothing, anybody can put it there: the leaf must
            // lead to it.
            let mut roots = RootCertStore::empty();
            if roots.add(certificate.clone()).is_ok() && vouched(&roots).is_ok() {
                return Ok(());
            }
        }
        Err(because)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(believed) = &self.believed {
            believed.vouch(self.algorithms, leaf, others, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;

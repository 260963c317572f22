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
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use time::OffsetDateTime;

    use super::*;

    const NOW: i64 = 1_795_521_600;

    fn params(name: &str, until: i64) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["issuer.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = OffsetDateTime::from_unix_timestamp(NOW - 1000).unwrap();
        params.not_after = OffsetDateTime::from_unix_timestamp(until).unwrap();
        params
    }

    fn authority(name: &str, until: i64) -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
        let mut params = params(name, until);
        params.subject_alt_names.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        (
            params.self_signed(&key).unwrap().der().clone(),
            Issuer::new(params, key),
        )
    }

    fn leaf(by: &Issuer<'_, KeyPair>, until: i64) -> CertificateDer<'static> {
        params("leaf", until)
            .signed_by(&KeyPair::generate().unwrap(), by)
            .unwrap()
            .der()
            .clone()
    }

    fn judge(
        chain: &[&CertificateDer<'_>],
        thumbprints: &[&CertificateDer<'_>],
        name: &str,
    ) -> bool {
        judge_with(&[], chain, thumbprints, name)
    }

    fn judge_with(
        authorities: &[&CertificateDer<'_>],
        chain: &[&CertificateDer<'_>],
        thumbprints: &[&CertificateDer<'_>],
        name: &str,
    ) -> bool {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add((*authority).clone().into_owned()).unwrap();
        }
        let thumbprints = thumbprints
            .iter()
            .map(|certificate| thumbprint(certificate))
            .collect();
        let verifier = Verifier {
            believed: Some(Believed {
                authorities: Arc::new(roots),
                thumbprints,
            }),
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
        };
        let others: Vec<_> = chain[1..]
            .iter()
            .map(|certificate| (*certificate).clone().into_owned())
            .collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW as u64));
        verifier
            .verify_server_cert(chain[0], &others, &name, &[], now)
            .is_ok()
    }

    #[test]
    fn the_system_s_authorities_are_found_where_there_is_a_bundle() {
        let there = BUNDLES
            .iter()
            .any(|path| std::path::Path::new(path).exists());
        assert_eq!(AUTHORITIES.is_empty(), !there);
    }

    #[test]
    fn a_public_authority_needs_no_thumbprint() {
        let (root, by_root) = authority("root", NOW + 1000);
        let (other, _) = authority("other", NOW + 1000);
        let (own, expired) = (leaf(&by_root, NOW + 1000), leaf(&by_root, NOW - 1));
        for (sentence, chain, pinned, name, expected) in [
            ("vouched for", vec![&own], vec![], "issuer.example", true),
            (
                "vouched for, whatever the thumbprint",
                vec![&own],
                vec![&other],
                "issuer.example",
                true,
            ),
            (
                "for another name",
                vec![&own],
                vec![],
                "other.example",
                false,
            ),
            ("expired", vec![&expired], vec![], "issuer.example", false),
        ] {
            assert_eq!(
                judge_with(&[&root], &chain, &pinned, name),
                expected,
                "{sentence}"
            );
        }
        assert!(
            !judge_with(&[&other], &[&own, &root], &[], "issuer.example"),
            "an authority that nobody believes"
        );
    }

    #[test]
    fn attack_20_a_thumbprint_is_believed_only_where_the_chain_leads_to_it() {
        let (root, by_root) = authority("root", NOW + 1000);
        let (other, by_other) = authority("other", NOW + 1000);
        let (old, by_old) = authority("old", NOW - 1);
        let (own, stolen, expired, late) = (
            leaf(&by_root, NOW + 1000),
            leaf(&by_other, NOW + 1000),
            leaf(&by_root, NOW - 1),
            leaf(&by_old, NOW + 1000),
        );
        let alone = params("alone", NOW + 1000)
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .clone();
        for (sentence, chain, pinned, name, expected) in [
            (
                "no thumbprint",
                vec![&own, &root],
                vec![],
                "issuer.example",
                false,
            ),
            (
                "the top of the chain",
                vec![&own, &root],
                vec![&root],
                "issuer.example",
                true,
            ),
            (
                "the leaf",
                vec![&own, &root],
                vec![&own],
                "issuer.example",
                true,
            ),
            (
                "a leaf that stands alone",
                vec![&alone],
                vec![&alone],
                "issuer.example",
                true,
            ),
            (
                "one of several",
                vec![&own, &root],
                vec![&other, &root],
                "issuer.example",
                true,
            ),
            (
                "another authority's",
                vec![&own, &root],
                vec![&other],
                "issuer.example",
                false,
            ),
            (
                "put into a chain that does not lead there",
                vec![&stolen, &other, &root],
                vec![&root],
                "issuer.example",
                false,
            ),
            (
                "another name",
                vec![&own, &root],
                vec![&root],
                "other.example",
                false,
            ),
            (
                "another name, the leaf",
                vec![&own],
                vec![&own],
                "other.example",
                false,
            ),
            (
                "an expired leaf",
                vec![&expired, &root],
                vec![&root],
                "issuer.example",
                false,
            ),
            (
                "an expired leaf that is pinned itself",
                vec![&expired, &root],
                vec![&expired],
                "issuer.example",
                false,
            ),
            (
                "an expired authority",
                vec![&late, &old],
                vec![&old],
                "issuer.example",
                false,
            ),
        ] {
            assert_eq!(judge(&chain, &pinned, name), expected, "{sentence}");
        }
    }
}

//! The local certificate authority: P-256, good for loopback names only, so that trusting it risks
//! nothing else.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};

use crate::clock;
use crate::listen::CurrentCertificate;

/// How long the authority is valid; the data directory of a laptop lives shorter.
const CA_LIFETIME: Duration = Duration::days(3650);
/// How long a listener's certificate is valid; it is made anew at every start, and long before it
/// ends.
const LEAF_LIFETIME: Duration = Duration::days(397);
/// How long one is shown before the next is made: whatever goes wrong then has a year to be mended.
const LEAF_SHOWN: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// The authority's certificate and key.
pub struct LocalCa {
    certificate_pem: String,
    key: KeyPair,
}

impl LocalCa {
    /// Makes a new authority.
    pub(super) fn generate() -> Result<Self, String> {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let certificate = params()?
            .self_signed(&key)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            key,
        })
    }

    /// Certificate and key as PEM, to be kept sealed.
    pub(super) fn to_pem(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(format!(
            "{}{}",
            self.certificate_pem,
            self.key.serialize_pem()
        ))
    }

    /// Reads what [`LocalCa::to_pem`] wrote.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let (certificate, key) = pem
            .split_once("-----END CERTIFICATE-----")
            .ok_or_else(|| "`ca` has no certificate".to_owned())?;
        let key = KeyPair::from_pem(key.trim()).map_err(|error| error.to_string())?;
        Ok(Self {
            certificate_pem: format!("{certificate}-----END CERTIFICATE-----\n"),
            key,
        })
    }

    /// The authority's certificate, for clients to trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The authority's thumbprint, as IAM lists it.
    ///
    /// # Errors
    /// When the certificate cannot be read, in words.
    pub fn thumbprint(&self) -> Result<String, String> {
        let ca = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|error| error.to_string())?;
        Ok(crate::fetch::thumbprint(&ca))
    }

    /// A new certificate for `localhost` and the loopback addresses, with its key and the
    /// authority's own certificate behind it.
    ///
    /// # Errors
    /// When a certificate cannot be made, in words.
    pub fn certify_loopback(&self) -> Result<CertifiedKey, String> {
        let words = |error: rcgen::Error| error.to_string();
        let mut leaf = CertificateParams::new(["localhost", "127.0.0.1", "::1"].map(str::to_owned))
            .map_err(words)?;
        leaf.distinguished_name
            .push(DnType::CommonName, "podpass loopback");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        (leaf.not_before, leaf.not_after) = validity(LEAF_LIFETIME)?;
        let leaf_key = KeyPair::generate().map_err(words)?;
        let certificate = leaf
            .signed_by(&leaf_key, &Issuer::new(params()?, &self.key))
            .map_err(words)?;
        let ca = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let chain = vec![certificate.der().clone(), ca];
        CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider())
            .map_err(|error| error.to_string())
    }
}

/// Shows a new certificate every week. One lasts for more than a year, and a server may run longer.
pub(crate) async fn keep_certified(ca: LocalCa, shown: Arc<CurrentCertificate>) {
    loop {
        tokio::time::sleep(LEAF_SHOWN).await;
        match ca.certify_loopback() {
            Ok(next) => shown.replace(next),
            // The one that is shown holds on; the next week tries again.
            Err(error) => {
                tracing::error!(target: "keys", %error, "the issuer's certificate was not made anew");
            }
        }
    }
}

/// Name constraints (RFC 5280 section 4.2.1.10): whoever steals this key can still only pose as
/// loopback.
fn params() -> Result<CertificateParams, String> {
    let mut params =
        CertificateParams::new(Vec::<String>::new()).map_err(|error| error.to_string())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "podpass local authority");
    // Path length zero: it certifies servers, and never another authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    (params.not_before, params.not_after) = validity(CA_LIFETIME)?;
    Ok(params)
}

/// From an hour ago, for clocks that run behind.
fn validity(lifetime: Duration) -> Result<(OffsetDateTime, OffsetDateTime), String> {
    let now =
        OffsetDateTime::from_unix_timestamp(clock::now()).map_err(|error| error.to_string())?;
    Ok((now - Duration::hours(1), now + lifetime))
}

impl std::fmt::Debug for LocalCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalCa(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_certificate_is_shown_for_a_week() {
        let ca = LocalCa::generate().unwrap();
        let shown = CurrentCertificate::new(ca.certify_loopback().unwrap());
        let leaf = || shown.current().cert.first().unwrap().to_vec();
        let authority = shown.current().cert.last().unwrap().to_vec();
        let keeping = tokio::spawn(keep_certified(ca, Arc::clone(&shown)));
        let mut seen = vec![leaf()];
        for _ in 0..3 {
            tokio::time::sleep(LEAF_SHOWN / 2).await;
            assert_eq!(seen.last(), Some(&leaf()), "half a week on it is the same");
            tokio::time::sleep(LEAF_SHOWN / 2 + std::time::Duration::from_secs(1)).await;
            assert!(!seen.contains(&leaf()), "after a week it is a new one");
            seen.push(leaf());
        }
        assert_eq!(
            shown.current().cert.last().unwrap().to_vec(),
            authority,
            "of the same authority"
        );
        keeping.abort();
    }
}

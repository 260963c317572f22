//! Which chains are believed, with certificates that are made here.

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

fn judge(chain: &[&CertificateDer<'_>], thumbprints: &[&CertificateDer<'_>], name: &str) -> bool {
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
            "a leaf by itself",
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

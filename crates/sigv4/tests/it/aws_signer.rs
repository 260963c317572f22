//! Requests signed by AWS's own signer verify here, and any change to what was signed is refused.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use proptest::prelude::*;
use sigv4::sign::{Request, presigned};
use sigv4::{AuthType, Payload, Refusal, SecretKey, sha256};

use crate::{NOW, SECRET, Sent};

fn signed(method: &str, target: &str, service: &str, token: Option<&str>, body: &[u8]) -> Sent {
    let identity = Credentials::new(
        "AKIDEXAMPLE",
        SECRET,
        token.map(str::to_owned),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = format!("http://localhost{target}");
    let headers = [("host", "localhost"), ("x-amz-meta-a", " two  words ")];
    let request =
        SignableRequest::new(method, uri, headers.into_iter(), SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut all: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    all.extend(
        instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    Sent {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: all,
    }
}

/// A URL as SDKs presign it for S3.
fn url(method: &str, target: &str, token: Option<&str>, expires: u32) -> Sent {
    let identity = Credentials::new(
        "AKIDEXAMPLE",
        SECRET,
        token.map(str::to_owned),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(expires.into()));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let request = SignableRequest::new(
        method,
        format!("http://localhost{target}"),
        [("host", "localhost")].into_iter(),
        SignableBody::UnsignedPayload,
    )
    .unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (_, words) = instructions.into_parts();
    let words: String = words
        .iter()
        .map(|(name, value)| format!("&{name}={}", wire::percent::encode(value)))
        .collect();
    Sent {
        method: method.to_owned(),
        target: format!("{target}{words}"),
        headers: vec![("host".to_owned(), "localhost".to_owned())],
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ~!*'()+,;=:@/?&%é-]{1,20}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_aws_signs_verifies(key in text(), name in "[a-z]{1,8}", value in text(), body in proptest::collection::vec(any::<u8>(), 0..64), token in proptest::option::of("[A-Za-z0-9+/]{20,60}=")) {
        let encoded = |text: &str| wire::percent::encode(text);
        let target = format!("/bucket/{}?{name}={}&flag=", wire::percent::encode_path(&key), encoded(&value));
        let s3 = signed("PUT", &target, "s3", token.as_deref(), &body);
        let (_, proof) = s3.verify(Payload::Declared, NOW).map_err(|refusal| TestCaseError::fail(format!("{target}: {refusal}")))?;
        let mut checker = proof.checker();
        checker.update(&body);
        prop_assert!(checker.finish().is_ok());

        let sts = signed("POST", "/", "sts", token.as_deref(), &body);
        prop_assert!(sts.verify(Payload::Buffered(sha256(&body)), NOW).is_ok());

        let mut other = s3.clone();
        other.target = target.replacen(&format!("?{name}="), &format!("?{name}x="), 1);
        prop_assert!(other.verify(Payload::Declared, NOW).is_err());
        let mut dropped = s3.clone();
        dropped.headers.retain(|(found, _)| found != "x-amz-meta-a");
        prop_assert!(dropped.verify(Payload::Declared, NOW).is_err());
    }

    #[test]
    fn what_aws_presigns_verifies(key in text(), value in text(), token in proptest::option::of("[A-Za-z0-9+/]{20,60}="), expires in 1_u32..604_800, put: bool) {
        let method = if put { "PUT" } else { "GET" };
        let target = format!("/bucket/{}?response-content-type={}", wire::percent::encode_path(&key), wire::percent::encode(&value));
        let sent = url(method, &target, token.as_deref(), expires);
        let (authenticated, proof) = sent.verify(Payload::Declared, NOW).map_err(|refusal| TestCaseError::fail(format!("{target}: {refusal}")))?;
        prop_assert_eq!(authenticated.auth_type(), AuthType::Query);
        prop_assert!(proof.is_unsigned());
        let last = NOW + i64::from(expires);
        prop_assert!(sent.verify(Payload::Declared, last).is_ok());
        prop_assert_eq!(sent.verify(Payload::Declared, last + 1).err(), Some(Refusal::Expired { until: last, now: last + 1 }));

        let mut other = sent.clone();
        other.target = sent.target.replacen("response-content-type=", "response-content-language=", 1);
        prop_assert_eq!(other.verify(Payload::Declared, NOW).err(), Some(Refusal::Mismatch));

        // What we presign has the same words.
        let request = Request { method, target: &target, headers: &[("host", "localhost")], payload_hash: "UNSIGNED-PAYLOAD" };
        let ours = presigned(&request, "AKIDEXAMPLE", &SecretKey::new(SECRET.into()), token.as_deref(), ("us-east-1", "s3"), (crate::AMZ_DATE, expires)).unwrap();
        let words = |target: &str| {
            let mut words: Vec<String> = target.split('&').map(str::to_owned).collect();
            words.sort();
            words
        };
        prop_assert_eq!(words(&ours), words(&sent.target));
    }
}

//! Requests signed by AWS's own signer verify here, and any change to what was signed is refused.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use proptest::prelude::*;
use sigv4::{Payload, sha256};

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
}

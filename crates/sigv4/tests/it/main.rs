//! The published signing suite, mutations of it, and the known attacks on signature checks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

mod attacks;
mod aws_signer;
mod botocore_signer;
mod chunked;
mod chunked_attacks;
mod faults;
mod mutations;
mod post;
mod presigned;
mod s3_docs;
mod s3_presigned;
mod suite;
mod v4a;

use sigv4::sign::{Request, authorization};
use sigv4::{Authenticated, BodyProof, Claim, Payload, Refusal, SecretKey};
use wire::Head;

pub(crate) const NOW: i64 = 1_440_938_160;
pub(crate) const AMZ_DATE: &str = "20150830T123600Z";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request that was signed, and that a test may change before it is verified.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Sent {
    pub(crate) fn signed(
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        service: &str,
        payload_hash: &str,
    ) -> Self {
        let request = Request {
            method,
            target,
            headers,
            payload_hash,
        };
        let authorization = authorization(
            &request,
            "AKIDEXAMPLE",
            &SecretKey::new(SECRET.into()),
            "us-east-1",
            service,
        )
        .unwrap();
        let mut headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        headers.push(("authorization".to_owned(), authorization));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
        }
    }

    pub(crate) fn s3_get(target: &str) -> Self {
        Self::signed(
            "GET",
            target,
            &[
                ("host", "localhost"),
                ("x-amz-content-sha256", EMPTY),
                ("x-amz-date", AMZ_DATE),
            ],
            "s3",
            EMPTY,
        )
    }

    pub(crate) fn head(&self) -> Result<Head, wire::BadHead> {
        Head::read(
            &self.method,
            &self.target,
            self.headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes())),
        )
    }

    pub(crate) fn verify(
        &self,
        payload: Payload,
        now: i64,
    ) -> Result<(Authenticated, BodyProof), Refusal> {
        self.verify_by(SECRET, payload, now)
    }

    pub(crate) fn verify_by(
        &self,
        secret: &str,
        payload: Payload,
        now: i64,
    ) -> Result<(Authenticated, BodyProof), Refusal> {
        let head = self.head().map_err(|_| Refusal::Target)?;
        let claim = Claim::read(&head)?.ok_or(Refusal::Malformed("unsigned"))?;
        claim.verify(&head, payload, &SecretKey::new(secret.into()), now)
    }

    /// Of lines as they stand in documents: `METHOD TARGET`, then `NAME:VALUE`.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim);
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        &headers.find(|(found, _)| found == name).unwrap().1
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.headers
            .iter_mut()
            .find(|(found, _)| found == name)
            .unwrap()
            .1 = value.to_owned();
        self
    }

    pub(crate) fn edit_authorization(&mut self, edit: impl Fn(&str) -> String) -> &mut Self {
        let entry = self
            .headers
            .iter_mut()
            .find(|(name, _)| name == "authorization")
            .unwrap();
        entry.1 = edit(&entry.1);
        self
    }
}

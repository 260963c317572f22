//! The policy of a form: what its signer allows of the fields.

use super::form::Form;

/// A policy that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDocument {
    expiration: i64,
}
#[allow(dead_code)]
fn x(_: Form, _: PolicyDocument) {
    let _ = |p: PolicyDocument| p.expiration;
}

//! Signs the policy document of a browser's form.

use aws_lc_rs::hmac;

use crate::credential::SecretKey;
use crate::hex;
use crate::key::hmac_key;
use crate::refusal::Refusal;
use crate::scope::Scope;

/// The field `x-amz-signature` of a form with this policy document, in base64.
///
/// # Errors
/// [`Refusal::Date`] when `amz_date` is none.
pub fn post_signature(
    policy: &str,
    amz_date: &str,
    secret: &SecretKey,
    region: &str,
) -> Result<String, Refusal> {
    let scope = Scope {
        date: amz_date.get(..8).ok_or(Refusal::Date)?.to_owned(),
        region: region.to_owned(),
        service: "s3".to_owned(),
    };
    let signature = hmac::sign(&hmac_key(secret, &scope), policy.as_bytes());
    Ok(hex::lower(signature.as_ref()))
}

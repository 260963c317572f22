//! Reads an AssumeRoleWithWebIdentity call: every parameter checked before the token is looked at.

use policy::{AccountId, Arn};
use wire::{Fault, Words};
use zeroize::Zeroizing;

use crate::form::validation;
use crate::parameters::{self, duration, role, session_policies, token_size};

/// The call, as meant. Limits: botocore's STS model (2011-06-15) and the STS API reference.
pub struct Ask {
    /// The role to become.
    pub role_arn: Arn,
    /// The account of that role.
    pub account: AccountId,
    /// The session's name.
    pub session_name: String,
    /// The compact JWS. Not shown by `Debug`.
    pub token: Zeroizing<String>,
    /// Seconds, 900 to 43,200; `None` when not given.
    pub duration: Option<u32>,
    /// Inline session policy.
    pub policy: Option<String>,
    /// Managed session policies, at most ten.
    pub policy_arns: Vec<Arn>,
    /// Characters that the session token has at least.
    pub token_size: usize,
}

impl Ask {
    /// Reads the call's form.
    ///
    /// # Errors
    /// AWS's `ValidationError` for the parameters that do not fit, `MalformedPolicyDocument` for
    /// the policy. The token's text is never in an error.
    pub fn read(form: &Words) -> Result<Self, Fault> {
        let form = &parameters::read(form, "AssumeRoleWithWebIdentity")?;
        let (role_arn, account) = role(form)?;
        let session_name = form.required("RoleSessionName")?;
        // Clients send the token file's bytes untrimmed, so a file that ends in a line break must
        // not fail.
        let token = form.required("WebIdentityToken")?.trim_ascii();
        // It belongs to OAuth 2.0 access tokens of two named providers; ignored, it would seem to
        // have been checked.
        if form.maybe("ProviderId").is_some() {
            return Err(validation(
                "ProviderId must not be given with an OpenID Connect token",
            ));
        }
        let (policy, policy_arns) = session_policies(form, &account)?;
        Ok(Self {
            role_arn,
            account,
            session_name: session_name.to_owned(),
            token: Zeroizing::new(token.to_owned()),
            duration: duration(form)?,
            policy,
            policy_arns,
            token_size: token_size(form)?,
        })
    }
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask")
            .field("role_arn", &self.role_arn)
            .field("session_name", &self.session_name)
            .finish_non_exhaustive()
    }
}

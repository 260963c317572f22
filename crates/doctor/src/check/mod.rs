//! What each cause means, a file for each link of the chain that it belongs to. Every cause is
//! written out here, so that a new one does not compile without words.

mod audience;
mod credentials;
mod oidc_provider;
mod permissions;
mod question;
mod request;
mod resource_policy;
mod role;
mod sts;
mod token;
mod trust_policy;

use authority::record::{Cause, Evidence};

use crate::finding::Finding;

pub(crate) use permissions::question_by_itself;

/// Explains why something was denied.
pub(crate) fn explain(cause: &Cause, evidence: &Evidence) -> Finding {
    match cause {
        Cause::Unreadable { because } => request::unreadable(because),
        Cause::Unmapped { because } => request::unmapped(because),
        Cause::Internal { because } => request::internal(because),
        Cause::Busy { because } => request::busy(because),
        Cause::TokenMalformed { because } => token::malformed(because),
        Cause::TokenRefused { because } => token::refused(because),
        Cause::RoleNotInClaim { listed } => token::role_not_in_claim(listed, evidence),
        Cause::NoProvider { issuer, registered } => oidc_provider::none(issuer, registered),
        Cause::NoKeys { issuer, because } => oidc_provider::no_keys(issuer, because),
        Cause::Audience {
            presented,
            accepted,
        } => audience::other(presented, accepted),
        Cause::NoRole { existing } => trust_policy::no_role(existing, evidence),
        Cause::TrustPolicy => trust_policy::denied(evidence),
        Cause::Parameter { because } => sts::parameter(because),
        Cause::Duration { asked, most } => sts::duration(*asked, *most, evidence),
        Cause::ChainedDuration { asked } => sts::chained_duration(*asked),
        Cause::TagFixed { key } => sts::tag_fixed(key),
        Cause::SourceIdentityFixed { set, asked } => sts::source_identity_fixed(set, asked),
        Cause::SessionTooLarge { percent } => sts::session_too_large(*percent),
        Cause::Unsigned => credentials::unsigned(),
        Cause::Signature { because } => credentials::signature(because),
        Cause::SignatureV2 => credentials::signature_v2(),
        Cause::PostPolicy { because } => credentials::post_policy(because),
        Cause::ForeignKey { access_key_id } => credentials::foreign_key(access_key_id.as_deref()),
        Cause::Region { because, expected } => credentials::region(because, expected),
        Cause::Credentials { because } => credentials::refused(because),
        Cause::RoleGone { role } => credentials::role_gone(role),
        Cause::RootAssumes => credentials::root_assumes(),
        Cause::Transport { because } => credentials::transport(because),
        Cause::Body { because } => credentials::body(because),
        Cause::Unresolved { policy } => permissions::unresolved(policy),
        Cause::Permissions => permissions::denied(evidence),
        Cause::NoBucket { bucket } => resource_policy::no_bucket(bucket),
        Cause::OtherOwner { bucket, expected } => resource_policy::other_owner(bucket, expected),
        Cause::BucketTaken { bucket } => resource_policy::bucket_taken(bucket),
        Cause::PublicPolicy { bucket } => resource_policy::public_policy(bucket),
        Cause::PublicRestricted { bucket } => resource_policy::public_restricted(bucket),
        Cause::ForeignPolicy { bucket } => resource_policy::foreign_policy(bucket),
        Cause::LocksOut { bucket } => resource_policy::locks_out(bucket),
        Cause::MalformedPolicy { because, detail } => {
            resource_policy::malformed_policy(because, detail)
        }
        Cause::NoObject { bucket, key } => resource_policy::no_object(bucket, key),
    }
}

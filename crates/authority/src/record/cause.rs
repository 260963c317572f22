//! Why requests are denied. What each means to people is the doctor's.

use policy::AccountId;
use serde::{Deserialize, Serialize};

/// Why a request was denied, each with what somebody needs to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "cause",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Cause {
    /// The request's head or body could not be read.
    Unreadable {
        /// In words.
        because: String,
    },
    /// No operation of ours, or a part of it that is not understood.
    Unmapped {
        /// In words.
        because: String,
    },
    /// A parameter of the exchange does not fit.
    Parameter {
        /// AWS's words.
        because: String,
    },
    /// The token cannot be read.
    TokenMalformed {
        /// In words.
        because: String,
    },
    /// The token's issuer is no provider of the role's account.
    NoProvider {
        /// The token's `iss`.
        issuer: String,
        /// The providers that are registered.
        registered: Vec<String>,
    },
    /// No key of the provider is known.
    NoKeys {
        /// The token's `iss`.
        issuer: String,
        /// In words; empty in records from before anything was fetched.
        #[serde(default)]
        because: String,
    },
    /// The token's audience is none of the provider's client ids.
    Audience {
        /// What the token presents.
        presented: Vec<String>,
        /// The provider's client ids.
        accepted: Vec<String>,
    },
    /// The token does not hold.
    TokenRefused {
        /// In words.
        because: String,
    },
    /// The token lists roles, and this is none of them.
    RoleNotInClaim {
        /// The roles of the claim.
        listed: Vec<String>,
    },
    /// There is no such role.
    NoRole {
        /// Roles that the account has.
        existing: Vec<String>,
    },
    /// The trust policy does not admit; see what was asked.
    TrustPolicy,
    /// The session would be longer than the role allows.
    Duration {
        /// Seconds asked for.
        asked: u32,
        /// Seconds allowed.
        most: u32,
    },
    /// The session would be longer than a chain allows.
    ChainedDuration {
        /// Seconds asked for.
        asked: u32,
    },
    /// Root cannot become a role.
    RootAssumes,
    /// A tag that the calling session hands on is passed anew.
    TagFixed {
        /// Its key.
        key: String,
    },
    /// The source identity is set and cannot be changed.
    SourceIdentityFixed {
        /// What it is.
        set: String,
        /// What it should have become.
        asked: String,
    },
    /// Tags and policies do not fit into the session token.
    SessionTooLarge {
        /// Percent of what fits.
        percent: usize,
    },
    /// No signature where one is needed.
    Unsigned,
    /// The signature does not hold.
    Signature {
        /// In words.
        because: String,
    },
    /// The signature is of version 2, which is not served.
    SignatureV2,
    /// The access key id is nobody's here: made up, or of another place, AWS itself perhaps.
    ForeignKey {
        /// The id, unless it could be a secret in its place.
        access_key_id: Option<String>,
    },
    /// The signature is for a region that the service is not in here.
    Region {
        /// In words.
        because: String,
        /// What would have been right.
        expected: String,
    },
    /// The credentials do not open.
    Credentials {
        /// In words.
        because: String,
    },
    /// The session's role is gone, or another one has its name.
    RoleGone {
        /// The role's name.
        role: String,
    },
    /// The body is not protected on this transport.
    Transport {
        /// In words.
        because: String,
    },
    /// The body is not the one that was signed.
    Body {
        /// In words.
        because: String,
    },
    /// A policy that the role or session refers to does not exist (any more).
    Unresolved {
        /// Its ARN.
        policy: String,
    },
    /// The policies do not allow it; see what was asked.
    Permissions,
    /// Nobody owns such a bucket.
    NoBucket {
        /// Its name.
        bucket: String,
    },
    /// The bucket is not the account's that the call expects.
    OtherOwner {
        /// Its name.
        bucket: String,
        /// Whose it should be.
        expected: AccountId,
    },
    /// The bucket is there already.
    BucketTaken {
        /// Its name.
        bucket: String,
    },
    /// A public policy, and the bucket blocks those (BlockPublicPolicy).
    PublicPolicy {
        /// The bucket's name.
        bucket: String,
    },
    /// The bucket's policy is public, and the bucket gives by such a one nothing to others than its
    /// owner's account (RestrictPublicBuckets).
    PublicRestricted {
        /// The bucket's name.
        bucket: String,
    },
    /// The bucket's policy is its owner's account's alone to read and write.
    ForeignPolicy {
        /// The bucket's name.
        bucket: String,
    },
    /// The policy would keep the caller from changing it again.
    LocksOut {
        /// The bucket's name.
        bucket: String,
    },
    /// A document that is not kept as a bucket's policy.
    MalformedPolicy {
        /// S3's words.
        because: String,
        /// Ours, with the place.
        detail: String,
    },
    /// A browser's form is not what its own policy document allows.
    PostPolicy {
        /// In words.
        because: String,
    },
    /// There is no such object, which is told only to who may list the bucket.
    NoObject {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
    /// A fault of the server's own: the request may be as it should be.
    Internal {
        /// In words.
        because: String,
    },
    /// The server had no room for the request now; a later one may be served.
    Busy {
        /// In words.
        because: String,
    },
}

//! What was decided and why, as data: the structured record behind every answer. Its JSON is the decision log's,
//! and the doctor reads it back; no secret and no token is ever part of it.

use policy::{AccountId, Arn, Decision};
use serde::{Deserialize, Serialize};
use wire::RequestId;

use crate::left_out::{self, LeftOut};

/// One decision as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The answer's request id.
    pub request_id: RequestId,
    /// Unix seconds.
    pub at: i64,
    /// The caller's address.
    pub source_ip: String,
    /// The decision.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// What the evidence is without, so that no record is longer than its bound.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
}

impl Record {
    /// A record of a decision, shortened to its bound.
    pub fn new(request_id: RequestId, at: i64, source_ip: String, mut evidence: Evidence) -> Self {
        let left_out = left_out::shorten(&mut evidence);
        Self { request_id, at, source_ip, evidence, left_out }
    }

    /// The account whose share of the log it takes: who asked, or who was asked where nobody is known to have. The other way
    /// round one account's calls for another's things would push out what is kept of that one.
    pub fn share(&self) -> Option<AccountId> {
        let caller = self.evidence.who.arn.as_deref().and_then(|arn| AccountId::parse(Arn::parse(arn).ok()?.account()).ok());
        caller.or_else(|| self.evidence.account.clone())
    }
}

/// The decision without the circumstances of its request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Yes or no.
    pub outcome: Outcome,
    /// The link of the chain that was reached; for a denial the one that broke.
    pub link: Link,
    /// The account that was asked, when it exists.
    pub account: Option<AccountId>,
    /// The service and operation, such as `s3:GetObject`; empty when the request did not say.
    pub operation: String,
    /// Who asked, as far as it was proven or said.
    pub who: Who,
    /// Every question that was put to the policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// Why it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every question was allowed; of a call whose parts stand alone, every question of one part at
    /// least, and the others are in what was asked.
    Allowed,
    /// Something was not.
    Denied,
}

/// The links of the chain from pod to resource; these names stand in every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The pod.
    Pod,
    /// Its service account and annotation.
    ServiceAccount,
    /// The mutation at admission.
    Webhook,
    /// The projected token.
    Token,
    /// The provider registered in IAM.
    OidcProvider,
    /// The role's trust policy.
    TrustPolicy,
    /// The exchange itself.
    Sts,
    /// The temporary credentials and the signature made with them.
    Credentials,
    /// The role's policies.
    Permissions,
    /// The resource, its owner and its policy.
    ResourcePolicy,
}

/// Who asked. For an exchange the token's claims, at the gate the caller's ARN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// ARN of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// ARN of the role, asked for or borne.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// ARN of the session that assumed the caller's role, for a chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_by: Option<String>,
    /// The token's issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The token's subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The access key id that signed; for an exchange, which nobody signs, the one that was minted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The access key id that was minted for whoever signed: what its bearer does leads back to this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minted_access_key_id: Option<String>,
}

/// One question to the policies and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The action, such as `s3:GetObject`.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// The decision with its derivation.
    pub decision: Decision,
}

/// Why a request was denied, each with what somebody needs to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "kebab-case", rename_all_fields = "camelCase")]
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
    /// The session's role is gone, or another one stands under its name.
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

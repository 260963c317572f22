//! A decision without the circumstances of its request: who asked for what, and what it came to.

use policy::{AccountId, Decision};
use serde::{Deserialize, Serialize};

use super::cause::Cause;

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
    /// Who asked, as far as it was proven or claimed.
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

/// The links of the chain from pod to resource; these names are in every output.
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
    /// The access key id that was minted for whoever signed: what its bearer does leads back to
    /// this record.
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

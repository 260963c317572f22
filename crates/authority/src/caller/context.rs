//! A caller as the account knows it: its names, and what policies may know of it. Which policies
//! apply to it is in `policies`.

use std::collections::BTreeMap;

use policy::{AccountId, Context, Values};
use sigv4::AuthType;
use token::Issuer;

use super::identity::{Caller, Signed};
use crate::denial::Denial;
use crate::peer::Peer;
use crate::record::Who;
use crate::resource::Holes;
use crate::session::{Bearer, Origin};
use crate::session_tags;
use crate::world::World;

/// Account, partition and names of a caller.
pub(crate) struct CallerContext {
    /// `None` for the anonymous, who is of no account.
    pub(crate) account: Option<AccountId>,
    /// The account's, so nobody's without one: see [`CallerContext::holes`].
    pub(crate) partition: String,
    /// As denials name it.
    pub(crate) arn: String,
    pub(crate) who: Who,
    /// The tags of the caller's role, as they are now.
    role_tags: BTreeMap<String, String>,
}

impl CallerContext {
    pub(crate) fn of(world: &World, caller: &Caller) -> Self {
        let Some(signed) = caller.signed() else {
            let (partition, arn) = (String::new(), "anonymous".to_owned());
            return Self {
                account: None,
                partition,
                arn,
                who: Who::default(),
                role_tags: BTreeMap::new(),
            };
        };
        let account = signed.bearer().account().clone();
        let partition = world.partition(&account).to_owned();
        let access_key_id = Some(signed.access_key_id().to_owned());
        let Bearer::Session(facts) = signed.bearer() else {
            let arn = format!("arn:{partition}:iam::{account}:root");
            let who = Who {
                arn: Some(arn.clone()),
                access_key_id,
                ..Who::default()
            };
            return Self {
                account: Some(account),
                partition,
                arn,
                who,
                role_tags: BTreeMap::new(),
            };
        };
        let arn = facts.arn(&partition);
        // By name, for what people read. That it is still the same role is `CallerPolicies`' to
        // check, before anything is decided.
        let role = world.role(&account, &facts.role_name);
        let (issuer, subject, assumed_by) = match &facts.origin {
            Origin::WebIdentity {
                provider, subject, ..
            } => (
                Some(Issuer::with_scheme(provider)),
                Some(subject.clone()),
                None,
            ),
            Origin::Role { by } => (None, None, Some(by.clone())),
        };
        let who = Who {
            arn: Some(arn.clone()),
            role: role.map(|it| it.role.arn.to_string()),
            assumed_by,
            issuer,
            subject,
            access_key_id,
            minted_access_key_id: None,
        };
        let account = Some(account);
        Self {
            account,
            partition,
            arn,
            who,
            role_tags: role.map(|it| it.role.tags.clone()).unwrap_or_default(),
        }
    }

    /// What fills the holes of the ARNs that the caller's call names. A region that no signature
    /// says is the peer's to know.
    pub(crate) fn holes<'a>(&'a self, caller: &'a Caller, peer: &'a Peer) -> Holes<'a> {
        Holes {
            partition: self.account.as_ref().map(|_| self.partition.as_str()),
            region: caller
                .signed()
                .map(Signed::region)
                .or(peer.region.as_deref()),
            account: self.account.as_ref(),
        }
    }

    /// What policies may know: `of_resource` is what the account knows of the resource. The gate's
    /// own keys are set last: neither client nor catalogue can set them.
    pub(crate) fn context(
        &self,
        caller: &Caller,
        from_request: &Context,
        of_resource: &Context,
        owner: Option<&AccountId>,
        peer: &Peer,
        now: i64,
    ) -> Context {
        let mut context = Context::new();
        // First what the request brings, then what the account knows, then what the gate knows:
        // each may overwrite the one before, never the other way round (docs/threats.md, 46).
        // Two spellings of one tag stay two: whoever sets both must not choose which one is read.
        context.take_in(from_request, may_be_set_by_a_request);
        context.take_in(of_resource, |_| true);
        let Some(signed) = caller.signed() else {
            peer.describe_unsigned(&mut context, owner, now);
            return context;
        };
        peer.describe(&mut context, now);
        let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
        put("aws:PrincipalAccount", signed.bearer().account().as_str());
        // Always there in a signed request: a Deny that tests one of them must not fall away. The
        // region is never the caller's own word, unless the server is in any.
        put("aws:RequestedRegion", signed.region());
        put("aws:PrincipalIsAWSService", "false");
        match owner {
            Some(owner) => put("aws:ResourceAccount", owner.as_str()),
            // What an ARN of AWS's own, or of no account, has there is not documented.
            None => context.insert("aws:ResourceAccount", Values::Unknown),
        }
        let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
        match signed.bearer() {
            Bearer::Root(account) => {
                put("aws:PrincipalArn", &self.arn);
                put("aws:PrincipalType", "Account");
                // The account's number: root has no unique id of its own.
                put("aws:userid", account.as_str());
            }
            Bearer::Session(facts) => {
                put(
                    "aws:PrincipalArn",
                    // The role's ARN and never the session's, as the reference has it: patterns on
                    // `assumed-role/` never match.
                    self.who.role.as_deref().unwrap_or(&self.arn),
                );
                put("aws:PrincipalType", "AssumedRole");
                put("aws:userid", &facts.user_id());
                put(
                    // A Deny on it is how AWS revokes the sessions that were minted before a time.
                    "aws:TokenIssueTime",
                    &crate::iso8601::iso8601(facts.issued_at),
                );
                // In every request made with temporary credentials, and nobody has a second factor
                // here.
                put("aws:MultiFactorAuthPresent", "false");
                // Absent unless it was set: `Null` on it is how policies demand one.
                if let Some(source_identity) = &facts.source_identity {
                    put("aws:SourceIdentity", source_identity);
                }
                for (key, value) in session_tags::of_principal(&self.role_tags, &facts.tags) {
                    put(&format!("aws:PrincipalTag/{key}"), value);
                }
                // A chain ends what the token claimed (IAM user guide, "AWS STS federation
                // condition keys").
                if let Origin::WebIdentity {
                    provider,
                    subject,
                    audience,
                    amr,
                } = &facts.origin
                {
                    put(
                        "aws:FederatedProvider",
                        &format!(
                            "arn:{}:iam::{}:oidc-provider/{provider}",
                            self.partition, facts.account
                        ),
                    );
                    // Only these three go on into the session (IAM user guide, "AWS STS federation
                    // condition keys"); the other claims end with the exchange.
                    put(&format!("{provider}:sub"), subject);
                    put(&format!("{provider}:aud"), audience);
                    // Always a list, even of one: AWS documents `amr` as multivalued.
                    if !amr.is_empty() {
                        context.insert(format!("{provider}:amr"), Values::Many(amr.clone()));
                    }
                }
            }
        }
        context
    }
}

/// What S3's calls say of their signatures ("Amazon S3 Signature Version 4 authentication specific
/// policy keys", S3 API reference). Set after everything else: a signature says it of itself.
pub(crate) fn of_a_signature(caller: &Caller, now: i64, context: &mut Context) {
    let Some(signature) = caller.signed().map(Signed::signature) else {
        // AWS does not tell what these are of a request without one.
        for name in ["s3:authType", "s3:signatureversion"] {
            context.insert(name, Values::Unknown);
        }
        return;
    };
    let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
    put("s3:authType", signature.auth_type.as_str());
    put("s3:signatureversion", signature.algorithm.as_str());
    // "This condition works only for presigned URLs."
    if signature.auth_type == AuthType::Query {
        // Of a clock that is ahead there is no negative age.
        let seconds = now.saturating_sub(signature.signed_at).max(0);
        put(
            "s3:signatureAge",
            &seconds.saturating_mul(1_000).to_string(),
        );
    }
}

/// A catalogue entry may bring its service's own keys and the tags of the request, never a key that
/// names the caller.
fn may_be_set_by_a_request(name: &str) -> bool {
    // Keys have no case, so `AWS:PrincipalArn` in a catalogue row would be the gate's own key.
    let name = name.to_ascii_lowercase();
    !name.starts_with("aws:") || name.starts_with("aws:requesttag/") || name == "aws:tagkeys"
}

impl Denial {
    /// Says that a caller whose signature holds asked; who that is only where the refusal does not
    /// say it yet. Of the anonymous it says nothing: anybody can be that, any number of times.
    #[must_use]
    pub fn asked_by(mut self, world: &World, caller: &Caller) -> Self {
        if caller.signed().is_none() {
            return self;
        }
        // What the refusal itself says of who asked is more exact: it knows the role that was asked
        // for.
        if self.evidence.who == Who::default() {
            let CallerContext { account, who, .. } = CallerContext::of(world, caller);
            (self.evidence.who, self.evidence.account) = (who, account);
        }
        self.proven()
    }
}

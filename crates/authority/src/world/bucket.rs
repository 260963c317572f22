//! A bucket with its policy read: the roles in it by their unique ids in what is kept, by their
//! ARNs in what is read and evaluated.

use policy::{Document, Malformed, Policies, Strictness};

use super::entity::Bucket;
use super::principals;

/// A bucket with its policy read.
#[derive(Debug)]
pub(crate) struct LoadedBucket {
    /// The stored bucket.
    pub(crate) bucket: Bucket,
    /// The policy, if there is one; a principal that is the id of a role that is gone means nobody.
    pub(crate) policy: Option<Policies>,
    /// As it is shown.
    pub(crate) policy_text: Option<String>,
    /// Whether the policy makes public: see [`policy::is_public`].
    pub(crate) is_public: bool,
    /// The ids of the roles that the policy names.
    pub(super) named: Vec<String>,
}

impl LoadedBucket {
    /// `show` puts the ARNs in the place of the ids.
    pub(super) fn load(bucket: Bucket, show: impl Fn(&str) -> String) -> Result<Self, Malformed> {
        let mut named = bucket
            .policy
            .as_deref()
            .map(principals::role_ids)
            .unwrap_or_default();
        named.sort();
        named.dedup();
        let policy_text = bucket.policy.as_deref().map(show);
        let document = policy_text
            .as_deref()
            // As it is evaluated: what an older version accepted must still load, and what cannot
            // be understood of it denies.
            .map(|text| Document::read("bucket policy", text, Strictness::Evaluate))
            .transpose()?;
        Ok(Self {
            is_public: document.as_ref().is_some_and(policy::is_public),
            policy: document.map(Policies::from),
            policy_text,
            named,
            bucket,
        })
    }

    /// Whether what a public policy gives to others than the owner's account is taken back.
    pub(crate) fn is_restricted(&self) -> bool {
        let block = self.bucket.public_access_block;
        self.is_public && block.is_some_and(|block| block.restrict_public_buckets)
    }
}

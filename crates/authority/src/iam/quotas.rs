//! IAM's quotas, AWS's own defaults or the most that it grants (IAM user guide, "IAM and AWS STS
//! quotas"). What one simulation may cost is no quota of AWS's, and stays in `simulate`.

/// Roles per account, the most that AWS grants.
pub(super) const ROLES: usize = 10_000;
/// Characters of a trust policy.
pub(super) const TRUST_POLICY_SIZE: usize = 2_048;
/// Managed policies per role.
pub(super) const POLICIES_OF_ROLE: usize = 10;
/// Characters of all inline policies of a role together.
pub(super) const INLINE_POLICY_SIZE: usize = 10_240;
/// Customer managed policies per account.
pub(super) const POLICIES: usize = 1_500;
/// Characters of a managed policy, which AWS does not raise.
pub(super) const POLICY_SIZE: usize = 6_144;
/// Versions per policy, which AWS does not raise.
pub(super) const VERSIONS_OF_POLICY: usize = 5;
/// Providers per account.
pub(super) const PROVIDERS: usize = 100;
/// Client ids per provider.
pub(super) const CLIENTS_OF_PROVIDER: usize = 100;
/// Instance profiles per account.
pub(super) const INSTANCE_PROFILES: usize = 1_000;

//! The most characters of each parameter that names a resource (botocore's models of IAM and STS).
//! The catalogue holds names to them before a policy compares one with anybody's patterns; the
//! operations' own tables of members take them from here.

/// `PolicyArn`, `RoleArn` and every other that ends so.
pub const ARN: usize = 2_048;
/// `RoleName`.
pub const ROLE_NAME: usize = 64;
/// `InstanceProfileName`.
pub const INSTANCE_PROFILE_NAME: usize = 128;
/// `PolicyName`.
pub const POLICY_NAME: usize = 128;
/// `UserName`.
pub const USER_NAME: usize = 128;
/// `Path`.
pub const PATH: usize = 512;
/// `Url`.
pub const URL: usize = 255;
/// `AWSServiceName`.
pub const SERVICE_NAME: usize = 128;
/// `CustomSuffix`.
pub const CUSTOM_SUFFIX: usize = 64;
/// `DeletionTaskId`.
pub const DELETION_TASK_ID: usize = 1_000;

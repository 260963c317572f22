//! Reads of what is kept of a bucket, and of what never is: a bucket that was told nothing else has
//! the answers of a new one of AWS's, which Terraform reads one after the other.

use catalog::s3::{Operation, S3Call};
use wire::xml::Writer;
use wire::{Fault, Reply, S3Fault};

use super::named::bucket;
use crate::grant::Permit;
use crate::world::World;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Whether the operation is one of these.
pub(super) fn answers(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetBucketPolicy
            | Operation::GetBucketPolicyStatus
            | Operation::GetPublicAccessBlock
            | Operation::GetBucketOwnershipControls
            | Operation::GetBucketAcl
            | Operation::GetObjectAcl
            | Operation::GetBucketVersioning
            | Operation::GetBucketEncryption
            | Operation::GetBucketCors
            | Operation::GetBucketLifecycleConfiguration
            | Operation::GetBucketLogging
            | Operation::GetBucketWebsite
            | Operation::GetBucketReplication
            | Operation::GetBucketAccelerateConfiguration
            | Operation::GetBucketRequestPayment
            | Operation::GetBucketTagging
            | Operation::GetObjectLockConfiguration
            | Operation::GetBucketNotificationConfiguration
    )
}

/// The answer. Whether the object of GetObjectAcl is there is the store's to know, and asked
/// before.
///
/// # Errors
/// S3's own fault: there is no such configuration.
pub fn read(world: &World, permit: &Permit<S3Call>) -> Result<Reply, Fault> {
    let call = &permit.whole().map_err(|denial| denial.fault)?.detail;
    let found = bucket(world, call)?;
    let none = |fault: S3Fault| Err(fault.fault());
    match call.operation {
        Operation::GetBucketPolicy => match &found.policy_text {
            Some(text) => Ok(Reply {
                status: 200,
                headers: vec![("content-type", "application/json".to_owned())],
                body: text.clone().into_bytes(),
            }),
            None => none(S3Fault::NoSuchBucketPolicy),
        },
        Operation::GetBucketPolicyStatus if found.policy.is_none() => {
            none(S3Fault::NoSuchBucketPolicy)
        }
        Operation::GetBucketPolicyStatus => Ok(xml("PolicyStatus", |it| {
            it.text("IsPublic", word(found.is_public));
        })),
        Operation::GetPublicAccessBlock => match found.bucket.public_access_block {
            Some(block) => Ok(xml("PublicAccessBlockConfiguration", |it| {
                it.text("BlockPublicAcls", word(block.block_public_acls))
                    .text("IgnorePublicAcls", word(block.ignore_public_acls))
                    .text("BlockPublicPolicy", word(block.block_public_policy))
                    .text("RestrictPublicBuckets", word(block.restrict_public_buckets));
            })),
            None => none(S3Fault::NoSuchPublicAccessBlockConfiguration),
        },
        Operation::GetBucketOwnershipControls => match found.bucket.ownership {
            Some(_) => Ok(xml("OwnershipControls", |it| {
                it.element("Rule", |rule| {
                    rule.text("ObjectOwnership", "BucketOwnerEnforced");
                });
            })),
            None => none(S3Fault::OwnershipControlsNotFound),
        },
        // Without ACLs the owner has all ("Controlling ownership of objects and disabling ACLs for
        // your bucket", S3 user guide).
        Operation::GetBucketAcl | Operation::GetObjectAcl => {
            Ok(owners_acl(found.bucket.owner.as_str()))
        }
        // Nothing in it: never configured.
        Operation::GetBucketVersioning => Ok(xml("VersioningConfiguration", |_| {})),
        Operation::GetBucketLogging => Ok(xml("BucketLoggingStatus", |_| {})),
        Operation::GetBucketAccelerateConfiguration => Ok(xml("AccelerateConfiguration", |_| {})),
        Operation::GetBucketNotificationConfiguration => {
            Ok(xml("NotificationConfiguration", |_| {}))
        }
        Operation::GetBucketRequestPayment => Ok(xml("RequestPaymentConfiguration", |it| {
            it.text("Payer", "BucketOwner");
        })),
        Operation::GetBucketEncryption => none(S3Fault::ServerSideEncryptionConfigurationNotFound),
        Operation::GetBucketCors => none(S3Fault::NoSuchCorsConfiguration),
        Operation::GetBucketLifecycleConfiguration => none(S3Fault::NoSuchLifecycleConfiguration),
        Operation::GetBucketWebsite => none(S3Fault::NoSuchWebsiteConfiguration),
        Operation::GetBucketReplication => none(S3Fault::ReplicationConfigurationNotFound),
        Operation::GetBucketTagging => none(S3Fault::NoSuchTagSet),
        Operation::GetObjectLockConfiguration => none(S3Fault::ObjectLockConfigurationNotFound),
        _ => none(S3Fault::NotImplemented),
    }
}

fn xml(root: &str, inside: impl FnOnce(&mut Writer)) -> Reply {
    let mut xml = Writer::declared();
    xml.element_in(root, NAMESPACE, inside);
    of_xml(xml.finish())
}

fn of_xml(text: String) -> Reply {
    let mut reply = Reply::xml(200, text);
    reply.headers = vec![("content-type", "application/xml".to_owned())];
    reply
}

/// The grantee's kind is an attribute, which nothing else that is answered has. An account's id is
/// twelve digits: nothing to escape.
fn owners_acl(owner: &str) -> Reply {
    of_xml(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AccessControlPolicy xmlns=\"{NAMESPACE}\"><Owner><ID>{owner}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>{owner}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
    ))
}

/// As the SDKs read it: some know the small letters only.
fn word(it: bool) -> &'static str {
    if it { "true" } else { "false" }
}

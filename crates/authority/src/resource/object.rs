//! S3's objects: what policies may know of the tags that one has already.

use catalog::Ask;
use policy::{Context, Values};

/// How the keys begin, in lower case.
pub(crate) const EXISTING_TAG: &str = "s3:existingobjecttag/";
/// All of them.
const EXISTING_TAGS: &str = "s3:ExistingObjectTag/*";

/// The actions that have them (Service authorization reference, "Actions defined by Amazon S3").
pub(crate) fn has_existing_tags(action: &str) -> bool {
    matches!(
        action,
        "s3:GetObject"
            | "s3:GetObjectVersion"
            | "s3:GetObjectAcl"
            | "s3:GetObjectVersionAcl"
            | "s3:PutObjectAcl"
            | "s3:PutObjectVersionAcl"
            | "s3:GetObjectAttributes"
            | "s3:GetObjectVersionAttributes"
            | "s3:GetObjectTagging"
            | "s3:GetObjectVersionTagging"
            | "s3:PutObjectTagging"
            | "s3:PutObjectVersionTagging"
            | "s3:DeleteObjectTagging"
            | "s3:DeleteObjectVersionTagging"
    )
}

/// Where nobody looked at the object, its tags are unknown and not missing: no Allow rests on them,
/// and no Deny falls away.
pub(super) fn describe(ask: &Ask, context: &mut Context) {
    if has_existing_tags(&ask.action) && ask.context.get(EXISTING_TAGS).is_none() {
        context.insert(EXISTING_TAGS, Values::Unknown);
    }
}

/// What an object that was looked at says of its tags; one that is not there says nothing that
/// could be known.
pub(crate) fn tell(tags: Option<&[(String, String)]>, context: &mut Context) {
    let Some(tags) = tags else {
        context.insert(EXISTING_TAGS, Values::Unknown);
        return;
    };
    // All others are missing.
    context.insert(EXISTING_TAGS, Values::Many(Vec::new()));
    for (key, value) in tags {
        context.insert(
            format!("s3:ExistingObjectTag/{key}"),
            Values::One(value.clone()),
        );
    }
}

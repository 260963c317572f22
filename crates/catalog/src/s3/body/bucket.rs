//! Bodies about a bucket: where it is, what of it may be public, who owns its objects.

use wire::S3Fault;

use crate::s3::detail::{Detail, PublicAccessBlock};
use crate::s3::xml::Element;
use crate::unmapped::Unmapped;

/// `us-east-1` is named by naming nothing (S3 API reference, CreateBucket, "LocationConstraint").
pub(super) fn create(root: &Element) -> Result<Detail, Unmapped> {
    let location = match root.children.as_slice() {
        [] => None,
        [child] if child.name == "LocationConstraint" && child.children.is_empty() => {
            let name = child.text.trim();
            let letters =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let region = name.len() <= 32
                && name.bytes().all(letters)
                && name.ends_with(|c: char| c.is_ascii_digit());
            match name {
                "" => None,
                // Not one of the API's values: S3 answers `InvalidLocationConstraint`.
                "us-east-1" => return Err(Unmapped::Location),
                "EU" => Some(name.to_owned()),
                _ if region => Some(name.to_owned()),
                _ => return Err(Unmapped::Location),
            }
        }
        children => {
            // What S3 knows and is not served is refused by name.
            let named = children.iter().find_map(|child| {
                ["Tags", "Bucket", "Location"]
                    .contains(&child.name.as_str())
                    .then(|| Unmapped::Parameter(child.name.clone()))
            });
            return Err(named.unwrap_or(Unmapped::Body("asks for more than a location")));
        }
    };
    Ok(Detail::CreateBucket { location })
}

/// What is not named is false (S3 API reference, PutPublicAccessBlock).
pub(super) fn block(root: &Element) -> Result<Detail, Unmapped> {
    let mut block = PublicAccessBlock::default();
    let mut seen: Vec<&str> = Vec::new();
    for child in &root.children {
        let field = match child.name.as_str() {
            "BlockPublicAcls" => &mut block.block_public_acls,
            "IgnorePublicAcls" => &mut block.ignore_public_acls,
            "BlockPublicPolicy" => &mut block.block_public_policy,
            "RestrictPublicBuckets" => &mut block.restrict_public_buckets,
            _ => return Err(Unmapped::Body("has an element that is not understood")),
        };
        if seen.contains(&child.name.as_str()) {
            return Err(Unmapped::Body("has an element twice"));
        }
        seen.push(&child.name);
        *field = match child.text.trim() {
            "true" | "TRUE" | "True" => true,
            "false" | "FALSE" | "False" => false,
            _ => return Err(Unmapped::Body("has a value that is neither true nor false")),
        };
    }
    Ok(Detail::PublicAccessBlock(block))
}

/// With any other value objects could belong to other accounts, by ACLs that nobody here has.
pub(super) fn ownership(root: &Element) -> Result<Detail, Unmapped> {
    let [rule] = root.children.as_slice() else {
        return Err(Unmapped::Body("has no rule, or more than one"));
    };
    let [value] = rule.children.as_slice() else {
        return Err(Unmapped::Body(
            "has a rule that is not one object ownership",
        ));
    };
    if rule.name != "Rule" || value.name != "ObjectOwnership" {
        return Err(Unmapped::Body("has an element that is not understood"));
    }
    match value.text.trim() {
        "BucketOwnerEnforced" => Ok(Detail::Ownership("BucketOwnerEnforced".to_owned())),
        "BucketOwnerPreferred" | "ObjectWriter" => Err(Unmapped::Says(
            S3Fault::NotImplemented,
            format!(
                "{}: an object ownership other than BucketOwnerEnforced is not supported",
                S3Fault::NotImplemented.text()
            ),
        )),
        _ => Err(Unmapped::Body("names an object ownership that is none")),
    }
}

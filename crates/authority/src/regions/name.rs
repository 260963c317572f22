//! What the name of a region tells: its form, its partition, and where IAM is.

/// The region without a location constraint (S3 API reference, CreateBucket).
pub(crate) const UNNAMED: &str = "us-east-1";

/// Where IAM's one control plane of a partition is (IAM user guide, "Resilience in AWS Identity and
/// Access Management").
pub(super) fn control_plane(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        // Every other partition is named by no region here: its accounts sign as those of `aws` do.
        _ => UNNAMED,
    }
}

/// SDKs read the partition from the region's name.
pub(super) fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Words of small letters and a number at the end, three at least: `eu-west-1`, `us-gov-west-1`.
pub(super) fn is_region(text: &str) -> bool {
    // Its form alone: a list of names would be old with the next region that AWS opens.
    let parts: Vec<&str> = text.split('-').collect();
    let letters =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            text.len() <= 32
                && words.len() >= 2
                && words.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

//! How an error is written: by the family that the caller reads, and for the query protocol in its
//! service's namespace.

use wire::{Family, Fault, Reply, RequestId};

/// IAM's XML namespace.
pub(crate) const IAM: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
/// STS's XML namespace.
pub(crate) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The answer that tells a caller why `operation` was not done; one that was not even read has no
/// name. `path` is S3's.
///
/// What nobody is known to have asked of IAM is answered as STS does: its is the one call that
/// needs no signature.
pub fn error_reply(
    fault: &Fault,
    operation: &str,
    family: Family,
    path: &str,
    request_id: &RequestId,
) -> Reply {
    let namespace = if operation.starts_with("iam:") {
        IAM
    } else {
        STS
    };
    fault.reply(family, namespace, path, request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_that_of_the_operations_service() {
        let fault = Fault::new("ServiceFailure", 500, "x");
        let id = RequestId::from_entropy([0; 16]);
        for (operation, family, has, lacks) in [
            ("iam:GetRole", Family::Query, IAM, STS),
            ("iam:?", Family::Query, IAM, STS),
            ("sts:AssumeRole", Family::Query, STS, IAM),
            ("", Family::Query, STS, IAM),
            ("iam:GetRole", Family::QueryJson, "ServiceFailure", IAM),
            ("s3:GetObject", Family::S3, "<Resource>/b/k</Resource>", STS),
        ] {
            let text = String::from_utf8(error_reply(&fault, operation, family, "/b/k", &id).body)
                .unwrap();
            assert!(
                text.contains(has) && !text.contains(lacks),
                "{operation} {family:?}: {text}"
            );
        }
    }
}

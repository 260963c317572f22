//! The temporary credentials, and the signature that is made with them.

use crate::finding::Finding;

pub(super) fn unsigned() -> Finding {
    // The pod is often older than the annotation: the webhook sees pods only when they are created.
    Finding::denied("unsigned", "the request is not signed").help(
        "the client has no credentials: check that the service account has the role annotation, and that the pod was \
         created after it",
    )
}

pub(super) fn signature(because: &str) -> Finding {
    Finding::denied("signature", because)
}

pub(super) fn signature_v2() -> Finding {
    // boto3 and version 1 of the CLI presign so at an endpoint that is not AWS's own.
    Finding::denied(
        "signature-v2",
        "the request is signed with Signature Version 2, which is not supported",
    )
    .help("aws-cli: aws configure set s3.signature_version s3v4")
    .help("boto3: boto3.client('s3', config=Config(signature_version='s3v4'))")
}

pub(super) fn post_policy(because: &str) -> Finding {
    Finding::denied(
        "post-policy",
        format!("the form is not what its policy allows: {because}"),
    )
    .help("every field but the file needs a condition in the policy document that was signed")
}

pub(super) fn foreign_key(access_key_id: Option<&str>) -> Finding {
    let message = match access_key_id {
        Some(id) => format!("`{id}` is not an access key of this server"),
        None => {
            "the request is signed with an access key that is not one of this server's".to_owned()
        }
    };
    // Emulators take any key, so scripts bring `test`; and shells have keys of AWS from before.
    Finding::denied("foreign-key", message)
        .help("only keys that this server created are accepted: no invented ones such as test/test, and no keys of AWS")
        .help("`eval \"$(podpass env)\"` sets root's keys in a shell; a pod gets its own by the exchange, as `podpass run` shows")
}

pub(super) fn region(because: &str, expected: &str) -> Finding {
    Finding::denied("region", because).help(format!(
        "set AWS_REGION={expected}; `podpass up --region` sets the regions of the server"
    ))
}

pub(super) fn refused(because: &str) -> Finding {
    Finding::denied("credentials", because).help("exchange a token again for new credentials")
}

pub(super) fn role_gone(role: &str) -> Finding {
    Finding::denied(
        // A session belongs to its role's unique id: a new role of the same name must not inherit
        // it.
        "role-gone",
        format!("the session's role `{role}` was deleted"),
    )
    .help(
        "a role that is created again under the same name is another role; exchange a token again",
    )
}

pub(super) fn root_assumes() -> Finding {
    Finding::denied("root-assumes", "root cannot assume a role").help(
        "exchange a service account's token for a role, and assume the other role from its session",
    )
}

pub(super) fn transport(because: &str) -> Finding {
    Finding::denied("transport", because)
}

pub(super) fn body(because: &str) -> Finding {
    Finding::denied("body", because)
}

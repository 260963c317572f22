//! What links, layers and statements are called in every output.

use authority::record::Link;
use policy::{Layer, StatementRef};

/// A link, as its JSON calls it.
pub(crate) fn link(link: Link) -> &'static str {
    match link {
        Link::Pod => "pod",
        Link::ServiceAccount => "service-account",
        Link::Webhook => "webhook",
        Link::Token => "token",
        Link::OidcProvider => "oidc-provider",
        Link::TrustPolicy => "trust-policy",
        Link::Sts => "sts",
        Link::Credentials => "credentials",
        Link::Permissions => "permissions",
        Link::ResourcePolicy => "resource-policy",
    }
}

/// The policies of a layer.
pub(crate) fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "service control policies",
        Layer::Rcp => "resource control policies",
        Layer::Resource => "resource policy",
        Layer::Trust => "trust policy",
        Layer::Identity => "role's policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
    }
}

/// `"reporting", statement "ReadReports" (line 4)`.
pub(crate) fn place(reference: &StatementRef) -> String {
    let statement = match &reference.sid {
        Some(sid) => format!("statement \"{sid}\""),
        // A Sid is optional. People count from one.
        None => format!("statement {}", reference.index + 1),
    };
    format!(
        "\"{}\", {statement} (line {})",
        reference.document, reference.line
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text and JSON call a link the same.
    #[test]
    fn a_link_has_one_name() {
        for which in [
            Link::Pod,
            Link::ServiceAccount,
            Link::Webhook,
            Link::Token,
            Link::OidcProvider,
            Link::TrustPolicy,
            Link::Sts,
            Link::Credentials,
            Link::Permissions,
            Link::ResourcePolicy,
        ] {
            assert_eq!(serde_json::to_value(which).unwrap(), link(which));
        }
    }
}

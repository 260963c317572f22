//! Answers of the query protocol.

use std::collections::BTreeMap;

use ::policy::Arn;
use wire::xml::Writer;
use wire::{Reply, RequestId};

use crate::error_reply::IAM as NAMESPACE;

/// An answer before its request id is known.
#[derive(Debug)]
pub struct Answer {
    operation: &'static str,
    result: Option<String>,
}

impl Answer {
    /// An answer without result.
    pub(super) fn empty(operation: &'static str) -> Self {
        Self {
            operation,
            result: None,
        }
    }

    /// An answer whose result `inside` writes.
    pub(super) fn with(operation: &'static str, inside: impl FnOnce(&mut Writer)) -> Self {
        let mut xml = Writer::new();
        xml.element(&format!("{operation}Result"), inside);
        Self {
            operation,
            result: Some(xml.finish()),
        }
    }

    /// The answer on the wire.
    pub fn reply(&self, request_id: &RequestId) -> Reply {
        let (name, result) = (self.operation, self.result.as_deref().unwrap_or(""));
        let body = format!(
            "<{name}Response xmlns=\"{NAMESPACE}\">{result}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
        );
        Reply::xml(200, body)
    }
}

/// `<Tags>` of what was just made, or of a role: IAM leaves the member out where there are none.
pub(super) fn some_tags(xml: &mut Writer, given: &BTreeMap<String, String>) {
    if !given.is_empty() {
        tags(xml, given);
    }
}

/// `<Tags>`, also when there are none: so IAM reads policies, providers and instance profiles back.
pub(super) fn tags<'a>(xml: &mut Writer, tags: impl IntoIterator<Item = (&'a String, &'a String)>) {
    xml.list("Tags", tags, |member, (key, value)| {
        member.text("Key", key).text("Value", value);
    });
}

/// An empty list.
pub(super) fn none(xml: &mut Writer, name: &str) {
    xml.list(name, std::iter::empty::<()>(), |_, ()| {});
}

/// `true` or `false`.
pub(super) fn flag(xml: &mut Writer, name: &str, value: bool) {
    xml.text(name, if value { "true" } else { "false" });
}

/// The boundary of a role. IAM writes this type, whatever its model says.
pub(super) fn boundary(xml: &mut Writer, boundary: Option<&Arn>) {
    if let Some(arn) = boundary {
        xml.element("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy")
                .text("PermissionsBoundaryArn", arn.as_str());
        });
    }
}

/// Name and ARN of a managed policy: `policy/PATH/NAME`, as the ARN has it.
pub(super) fn attached(xml: &mut Writer, arn: &Arn) {
    xml.text(
        "PolicyName",
        arn.resource().rsplit('/').next().unwrap_or(""),
    )
    .text("PolicyArn", arn.as_str());
}

/// One page of a list: `IsTruncated`, and the marker to go on from.
pub(super) fn page_end(xml: &mut Writer, marker: Option<&str>) {
    flag(xml, "IsTruncated", marker.is_some());
    xml.maybe("Marker", marker);
}

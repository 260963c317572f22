//! An error answer, in the four forms that AWS's protocols give it.

use std::borrow::Cow;

use crate::reply::Reply;
use crate::request_id::RequestId;
use crate::xml::Writer;

/// Which protocol the caller speaks, hence what an error looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Query protocol (IAM, STS), XML.
    Query,
    /// Query protocol with `Accept: application/json` (STS answers JSON then).
    QueryJson,
    /// AWS JSON 1.0 and 1.1.
    Json,
    /// REST with JSON bodies.
    RestJson,
    /// S3's own XML.
    S3,
}

/// An error for the caller: AWS's code, status and text. What the operator may know stays
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// AWS's error code, such as `AccessDenied`; owned only where it comes from a table that is
    /// read.
    pub code: Cow<'static, str>,
    /// HTTP status code.
    pub status: u16,
    /// The message, in AWS's words.
    pub text: String,
    /// The region that would have been right: S3 tells it in a place of its own, and clients sign
    /// anew for it.
    pub region: Option<String>,
    /// The methods that the path has, beside a status of 405.
    pub allow: &'static str,
}

impl Fault {
    /// An error of this code, status and message.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            status,
            text: text.into(),
            region: None,
            allow: "",
        }
    }

    /// Tells the methods that the path has (RFC 9110 section 15.5.6).
    #[must_use]
    pub fn allowing(self, allow: &'static str) -> Self {
        Self { allow, ..self }
    }

    /// Tells the region that would have been right.
    #[must_use]
    pub fn expecting_region(self, region: &str) -> Self {
        Self {
            region: Some(region.to_owned()),
            ..self
        }
    }

    /// Writes the answer for a caller of `family`. `namespace` is the query API's, `resource` the
    /// S3 path.
    pub fn reply(
        &self,
        family: Family,
        namespace: &str,
        resource: &str,
        request_id: &RequestId,
    ) -> Reply {
        let kind = if self.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        match family {
            Family::Query => {
                let mut xml = Writer::new();
                xml.element_in("ErrorResponse", namespace, |response| {
                    response
                        .element("Error", |error| {
                            error
                                .text("Type", kind)
                                .text("Code", &self.code)
                                .text("Message", &self.text);
                        })
                        .text("RequestId", request_id.as_str());
                });
                Reply::xml(self.status, xml.finish())
            }
            Family::QueryJson => Reply::json(
                self.status,
                &serde_json::json!({
                    "Error": { "Code": self.code, "Message": self.text, "Type": kind },
                    "RequestId": request_id.as_str(),
                }),
            ),
            Family::Json => {
                let mut reply = Reply::json(
                    self.status,
                    &serde_json::json!({ "__type": self.code, "message": self.text }),
                );
                reply.headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
                reply
            }
            Family::RestJson => {
                let mut reply =
                    Reply::json(self.status, &serde_json::json!({ "message": self.text }));
                reply
                    .headers
                    .push(("x-amzn-errortype", self.code.clone().into_owned()));
                reply
            }
            Family::S3 => {
                let mut xml = Writer::declared();
                xml.element("Error", |error| {
                    error.text("Code", &self.code).text("Message", &self.text);
                    if let Some(region) = &self.region {
                        error.text("Region", region);
                    }
                    error
                        .text("Resource", resource)
                        .text("RequestId", request_id.as_str());
                });
                let mut reply = Reply::xml(self.status, xml.finish());
                reply.headers = vec![("content-type", "application/xml".to_owned())];
                // An answer to HEAD has no body.
                reply.headers.extend(
                    self.region
                        .iter()
                        .map(|region| ("x-amz-bucket-region", region.clone())),
                );
                // Empty where the path has a method, but not for this caller.
                if self.status == 405 {
                    reply.headers.push(("allow", self.allow.to_owned()));
                }
                reply
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_in_every_family() {
        let fault = Fault::new("AccessDenied", 403, "no <b>");
        let id = RequestId::from_entropy([0; 16]);
        for (family, expected) in [
            (
                Family::Query,
                "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no &lt;b&gt;</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>",
            ),
            (
                Family::QueryJson,
                "{\"Error\":{\"Code\":\"AccessDenied\",\"Message\":\"no <b>\",\"Type\":\"Sender\"},\"RequestId\":\"00000000-0000-4000-8000-000000000000\"}",
            ),
            (
                Family::Json,
                "{\"__type\":\"AccessDenied\",\"message\":\"no <b>\"}",
            ),
            (Family::RestJson, "{\"message\":\"no <b>\"}"),
            (
                Family::S3,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>no &lt;b&gt;</Message><Resource>/b/k</Resource><RequestId>00000000-0000-4000-8000-000000000000</RequestId></Error>",
            ),
        ] {
            let reply = fault.reply(family, "urn:x", "/b/k", &id);
            assert_eq!(String::from_utf8(reply.body).unwrap(), expected);
            assert_eq!(reply.status, 403);
        }
        let reply = fault
            .expecting_region("eu-west-1")
            .reply(Family::S3, "", "/b/k", &id);
        assert!(
            String::from_utf8(reply.body)
                .unwrap()
                .contains("</Message><Region>eu-west-1</Region><Resource>")
        );
        assert_eq!(
            reply.headers.last(),
            Some(&("x-amz-bucket-region", "eu-west-1".to_owned()))
        );
    }

    #[test]
    fn a_405_of_s3_tells_the_methods() {
        let id = RequestId::from_entropy([0; 16]);
        let allow = |fault: Fault| {
            let headers = fault.reply(Family::S3, "", "/b/k", &id).headers;
            let found = headers.into_iter().find(|(name, _)| *name == "allow");
            found.map(|(_, value)| value)
        };
        let fault = || Fault::new("MethodNotAllowed", 405, "no");
        assert_eq!(allow(fault().allowing("GET")).as_deref(), Some("GET"));
        assert_eq!(allow(fault()).as_deref(), Some(""));
        assert_eq!(allow(Fault::new("AccessDenied", 403, "no")), None);
    }
}

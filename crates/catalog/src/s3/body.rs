//! Bodies that are read before the decision, because the decision or the backend depends on what
//! they say.

use crate::names::ObjectKey;
use crate::s3::operation::Operation;
use crate::s3::xml::{self, Element};
use crate::unmapped::Unmapped;

/// A body that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None, or one that streams.
    None,
    /// Objects to delete.
    Delete {
        /// Their keys.
        keys: Vec<ObjectKey>,
        /// Whether only errors are reported.
        quiet: bool,
    },
    /// Parts of a multipart upload, in order.
    Complete(Vec<CompletedPart>),
    /// A bucket to create.
    Create {
        /// The region that it is to be in, as it was named.
        location: Option<String>,
    },
}

/// One part of a multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedPart {
    /// 1 to 10,000.
    pub number: u16,
    /// The part's ETag.
    pub etag: String,
}

pub(super) fn read(operation: Operation, body: &[u8]) -> Result<Body, Unmapped> {
    match operation {
        Operation::DeleteObjects => delete(&xml::read(body, "Delete")?),
        Operation::CompleteMultipartUpload => {
            complete(&xml::read(body, "CompleteMultipartUpload")?)
        }
        Operation::CreateBucket if body.is_empty() => Ok(Body::Create { location: None }),
        Operation::CreateBucket => create(&xml::read(body, "CreateBucketConfiguration")?),
        _ => Ok(Body::None),
    }
}

/// `us-east-1` is named by naming nothing (S3 API reference, CreateBucket, "LocationConstraint").
fn create(root: &Element) -> Result<Body, Unmapped> {
    match root.children.as_slice() {
        [] => Ok(Body::Create { location: None }),
        [child] if child.name == "LocationConstraint" && child.children.is_empty() => {
            let name = child.text.trim();
            let letters =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let region = name.len() <= 32
                && name.bytes().all(letters)
                && name.ends_with(|c: char| c.is_ascii_digit());
            match name {
                "" => Ok(Body::Create { location: None }),
                // Not one of the API's values: S3 answers `InvalidLocationConstraint`.
                "us-east-1" => Err(Unmapped::Location),
                "EU" => Ok(Body::Create {
                    location: Some(name.to_owned()),
                }),
                _ if region => Ok(Body::Create {
                    location: Some(name.to_owned()),
                }),
                _ => Err(Unmapped::Location),
            }
        }
        _ => Err(Unmapped::Body("asks for more than a location")),
    }
}

fn delete(root: &Element) -> Result<Body, Unmapped> {
    let (mut keys, mut quiet) = (Vec::new(), false);
    for child in &root.children {
        match child.name.as_str() {
            // Anything but `true` reports every key: more is told, never less.
            "Quiet" => quiet = child.text == "true",
            "Object" => {
                // A version id beside the key would delete another thing (`s3:DeleteObjectVersion`)
                // than what was asked about.
                let [key] = child.children.as_slice() else {
                    return Err(Unmapped::Body("names an object by more than its key"));
                };
                if key.name != "Key" {
                    return Err(Unmapped::Body(
                        "names an object by something else than its key",
                    ));
                }
                keys.push(ObjectKey::parse(&key.text)?);
            }
            _ => return Err(Unmapped::Body("has an element that is not understood")),
        }
    }
    // S3 API reference, DeleteObjects: up to 1,000. Each is a question to the policies.
    if keys.is_empty() || keys.len() > 1_000 {
        return Err(Unmapped::Body("names no object or more than 1,000"));
    }
    Ok(Body::Delete { keys, quiet })
}

fn complete(root: &Element) -> Result<Body, Unmapped> {
    let mut parts = Vec::new();
    for child in &root.children {
        let text = |name: &str| {
            child
                .children
                .iter()
                .find(|inner| inner.name == name)
                .map(|inner| inner.text.as_str())
        };
        // Checksums of parts are the store's to compare; it has them from the uploads.
        let known = |inner: &Element| {
            matches!(inner.name.as_str(), "PartNumber" | "ETag")
                || inner.name.starts_with("Checksum")
        };
        if child.name != "Part" || !child.children.iter().all(known) {
            return Err(Unmapped::Body("has an element that is not understood"));
        }
        let number = text("PartNumber")
            .and_then(|text| text.parse().ok())
            .filter(|number| (1..=10_000).contains(number));
        let etag = text("ETag").filter(|etag| {
            // It is compared with what the store gave; quotes and hyphens are all that it may have
            // beside letters.
            etag.len() <= 128
                && etag
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"\"-".contains(&byte))
        });
        match (number, etag) {
            (Some(number), Some(etag)) => parts.push(CompletedPart {
                number,
                etag: etag.to_owned(),
            }),
            _ => return Err(Unmapped::Body("has a part without number or ETag")),
        }
    }
    // S3 API reference, CompleteMultipartUpload: "in ascending order", else `InvalidPartOrder`.
    if parts.is_empty() || !parts.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Unmapped::Body("names no part, or parts out of order"));
    }
    Ok(Body::Complete(parts))
}

impl Body {
    /// The body as it is written for the backend; `None` when there is none.
    pub fn to_xml(&self) -> Option<String> {
        let mut xml = wire::xml::Writer::declared();
        match self {
            // Where a bucket is, the store need not know.
            Self::None | Self::Create { .. } => return None,
            Self::Delete { keys, quiet } => xml.element("Delete", |delete| {
                for key in keys {
                    // Written anew from what was judged: the store never reads the caller's own
                    // bytes.
                    delete.element("Object", |object| {
                        object.text("Key", key.as_str());
                    });
                }
                delete.text("Quiet", if *quiet { "true" } else { "false" });
            }),
            Self::Complete(parts) => xml.element("CompleteMultipartUpload", |complete| {
                for part in parts {
                    complete.element("Part", |inner| {
                        inner
                            .text("PartNumber", &part.number.to_string())
                            .text("ETag", &part.etag);
                    });
                }
            }),
        };
        Some(xml.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_and_written_again() {
        let text = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object><Quiet>true</Quiet></Delete>";
        let body = read(Operation::DeleteObjects, text.as_bytes()).unwrap();
        assert_eq!(
            body,
            Body::Delete {
                keys: vec![ObjectKey::parse("a&b").unwrap()],
                quiet: true
            }
        );
        assert_eq!(
            read(Operation::DeleteObjects, body.to_xml().unwrap().as_bytes()),
            Ok(body)
        );
        let text = "<CompleteMultipartUpload><Part><ETag>\"a\"</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>";
        let body = read(Operation::CompleteMultipartUpload, text.as_bytes()).unwrap();
        assert_eq!(
            read(
                Operation::CompleteMultipartUpload,
                body.to_xml().unwrap().as_bytes()
            ),
            Ok(body)
        );
    }

    #[test]
    fn odd_bodies_are_refused() {
        for (sentence, operation, text) in [
            ("no object", Operation::DeleteObjects, "<Delete/>"),
            (
                "a version",
                Operation::DeleteObjects,
                "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>",
            ),
            (
                "a key that leaves its bucket",
                Operation::DeleteObjects,
                "<Delete><Object><Key>../x</Key></Object></Delete>",
            ),
            (
                "another element",
                Operation::DeleteObjects,
                "<Delete><Other/></Delete>",
            ),
            ("another root", Operation::DeleteObjects, "<Remove/>"),
            (
                "parts out of order",
                Operation::CompleteMultipartUpload,
                "<CompleteMultipartUpload><Part><ETag>a</ETag><PartNumber>2</PartNumber></Part><Part><ETag>a</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
            ),
            (
                "an entity of its own",
                Operation::DeleteObjects,
                "<!DOCTYPE d [<!ENTITY x \"a\">]><Delete><Object><Key>&x;</Key></Object></Delete>",
            ),
            (
                "tags",
                Operation::CreateBucket,
                "<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>",
            ),
            (
                "two places",
                Operation::CreateBucket,
                "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>",
            ),
            (
                "the place that is named by naming none",
                Operation::CreateBucket,
                "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
            ),
            (
                "no place",
                Operation::CreateBucket,
                "<CreateBucketConfiguration><LocationConstraint>the moon</LocationConstraint></CreateBucketConfiguration>",
            ),
        ] {
            assert!(read(operation, text.as_bytes()).is_err(), "{sentence}");
        }
    }
}

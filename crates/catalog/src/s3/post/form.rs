//! The fields of a form, and what they say.

use std::ops::RangeInclusive;

use wire::{Head, S3Fault};

use crate::names::ObjectKey;
use crate::s3::checksum::Checksum;
use crate::s3::detail::Post;
use crate::s3::integrity::{self, Expected, Integrity};
use crate::s3::meta::{self, Meta};
use crate::s3::tags::{self, Tags};
use crate::s3::xml;
use crate::unmapped::Unmapped;

/// The largest object of one request.
const MOST: u64 = 5 * 1024 * 1024 * 1024;

/// Fields before the file, each once, and what the file's part says of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Names in lower case and values, in order.
    pub(super) fields: Vec<(String, String)>,
    /// The file's name as the browser gave it, without any path.
    pub(super) file_name: String,
    /// How long the file may be, once a policy said so.
    pub(super) length: Option<RangeInclusive<u64>>,
}

/// Names only: values may be credentials.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.fields.iter().map(|(name, _)| name))
            .finish()
    }
}

/// What a form's fields say of its object.
pub(crate) struct Told {
    pub(crate) key: ObjectKey,
    pub(crate) post: Post,
    pub(crate) says: Vec<(&'static str, String)>,
}

impl Form {
    /// The value of a field; `name` is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// Names in lower case and values, in order; without the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether somebody signed it: a policy or any field of a signature is there.
    pub fn is_signed(&self) -> bool {
        [
            "policy",
            "x-amz-signature",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-security-token",
            "awsaccesskeyid",
            "signature",
        ]
        .iter()
        .any(|name| self.get(name).is_some())
    }

    /// The key, `${filename}` replaced by the file's name.
    ///
    /// # Errors
    /// [`Unmapped`] when it is missing or no key.
    pub fn key(&self) -> Result<ObjectKey, Unmapped> {
        let key = self.get("key").ok_or_else(|| {
            Unmapped::Says(
                S3Fault::InvalidArgument,
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.".to_owned(),
            )
        })?;
        // Once and from the form: a file's name that has `${filename}` in it stays as it is.
        let key = key.replace("${filename}", &self.file_name);
        if key.is_empty() {
            return Err(Unmapped::Says(
                S3Fault::InvalidArgument,
                "User key must have a length greater than 0.".to_owned(),
            ));
        }
        ObjectKey::parse(&key)
    }
}

/// Whether a head announces a form.
pub(crate) fn is_form(head: &Head) -> bool {
    let Ok(Some(kind)) = head.headers.one("content-type") else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("multipart/form-data")
}

/// What the fields say: each is known, or refused by name.
pub(crate) fn told(form: &Form) -> Result<Told, Unmapped> {
    let mut says = Vec::new();
    let mut meta = Meta::default();
    let mut tags = Tags::new();
    let mut digests = Integrity::default();
    let mut status = 204;
    let mut algorithm = None;
    for (name, value) in form.iter() {
        let refused = || Err(Unmapped::Header(name.to_owned()));
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "key"
            | "policy"
            | "x-amz-signature"
            | "x-amz-algorithm"
            | "x-amz-credential"
            | "x-amz-date"
            | "x-amz-security-token" => {}
            // Whoever verifies the signature says that it is of a version that is not served.
            "awsaccesskeyid" | "signature" => {}
            "bucket" => {}
            "acl" | "x-amz-acl" => {
                if !["private", "bucket-owner-full-control"].contains(&value)
                    || says.iter().any(|(said, _)| *said == "x-amz-acl")
                {
                    return refused();
                }
                says.push(("x-amz-acl", value.to_owned()));
            }
            "x-amz-storage-class" => {
                if value != "STANDARD" {
                    return refused();
                }
                says.push(("x-amz-storage-class", value.to_owned()));
            }
            "content-type" => meta.content_type = text(),
            "content-encoding" => meta.content_encoding = text(),
            "content-disposition" => meta.content_disposition = text(),
            "content-language" => meta.content_language = text(),
            "cache-control" => meta.cache_control = text(),
            "expires" => meta.expires = text(),
            "tagging" => tags = tags::of_xml(&xml::read(value.as_bytes(), "Tagging")?)?,
            // "If the value is not valid, Amazon S3 returns an empty document with a 204".
            "success_action_status" => {
                status = match value {
                    "200" => 200,
                    "201" => 201,
                    _ => 204,
                }
            }
            // It would send the browser, and what the answer says, to wherever the form's author
            // wants.
            "success_action_redirect" | "redirect" => {
                return Err(Unmapped::Parameter(name.to_owned()));
            }
            "content-md5" => digests.md5 = Some(integrity::read_md5(value)?),
            "x-amz-checksum-algorithm" | "x-amz-sdk-checksum-algorithm" => {
                algorithm = Some(integrity::algorithm("x-amz-checksum-algorithm", value)?);
            }
            "x-amz-request-payer" if value == "requester" => {}
            _ => match (
                Checksum::from_header(name),
                name.strip_prefix("x-amz-meta-"),
            ) {
                (Some(_), _) if digests.checksum.is_some() => return Err(integrity::two()),
                (Some(one), _) => {
                    digests.checksum = Some((one, Expected::Value(one.decode(value)?)));
                }
                (None, Some(user)) => meta.user.push((user.to_owned(), value.to_owned())),
                // A field that says nothing to S3 (user guide, "Condition matching").
                (None, None) if name.starts_with("x-ignore-") => {}
                (None, None) if name.starts_with("x-amz-") => return refused(),
                // Submit buttons and the like; a policy covers them, or refuses the form.
                (None, None) => {}
            },
        }
    }
    if let (Some(named), Some((sent, _))) = (algorithm, &digests.checksum)
        && named != *sent
    {
        return Err(Unmapped::Header("x-amz-checksum-algorithm".to_owned()));
    }
    // What becomes a header of an answer must not become two.
    let texts = [
        &meta.content_type,
        &meta.content_encoding,
        &meta.content_disposition,
        &meta.content_language,
        &meta.cache_control,
        &meta.expires,
    ];
    let user = meta.user.iter().map(|(_, value)| value);
    if texts
        .into_iter()
        .flatten()
        .chain(user)
        .any(|text| text.chars().any(char::is_control))
        || !meta.user.iter().all(|(name, _)| is_token(name))
    {
        return Err(Unmapped::Says(
            S3Fault::MalformedPostRequest,
            S3Fault::MalformedPostRequest.text().to_owned(),
        ));
    }
    meta::bounded(&meta)?;
    Ok(Told {
        key: form.key()?,
        post: Post {
            meta,
            tags,
            integrity: digests,
            status,
            length: form.length.clone().unwrap_or(0..=MOST),
        },
        says,
    })
}

/// RFC 9110 section 5.6.2, in lower case.
fn is_token(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

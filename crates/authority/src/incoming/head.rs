//! The head of a request: read once, and what it says must be read beside it.

use catalog::{BucketName, Service};
use sigv4::{BodyProof, Claim, Payload};
use wire::{Family, Head, Method};

use super::authenticate::Authenticator;
use super::claimed::Claimed;
use super::form::UnreadForm;
use super::host::{Hosts, Place};
use super::post::UnreadPost;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::refusal;

/// The family of an error when not even the head could be read.
pub const UNREAD: Family = Family::S3;

/// What only the reader of HTTP saw of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Whether it is HTTP/1.1.
    pub is_http_1_1: bool,
    /// Whether the target is a whole URL or an authority, and no path.
    pub is_absolute: bool,
}

/// A request whose head is read, and whose body is not.
#[derive(Clone, Debug)]
pub struct Incoming {
    head: Head,
    place: Place,
    is_form: bool,
    claimed: Claimed,
}

/// What must be read before anybody can say who asks for what.
#[derive(Debug)]
pub enum Needs<'a> {
    /// The form of a query call.
    Form(UnreadForm<'a>),
    /// Nothing: a signature that says so itself covers the body, or there is none; the call is
    /// decided over before its body is read.
    S3(UnprovenS3<'a>),
    /// The fields of a browser's form, which carry the signature.
    Post(UnreadPost<'a>),
}

/// An S3 call that says to be signed, or that nobody signed where that may be.
#[derive(Clone, Copy, Debug)]
pub struct UnprovenS3<'a> {
    head: &'a Head,
    claim: Option<&'a Claim>,
}

impl Incoming {
    /// Reads the head and refuses what could be read in two ways: absolute form, two lengths, a
    /// foreign host.
    ///
    /// # Errors
    /// [`Denial`], written in [`UNREAD`]'s family.
    pub fn read<'a>(
        transport: Transport,
        method: &str,
        target: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        hosts: &Hosts,
    ) -> Result<Self, Denial> {
        let (head, place) =
            read_head(transport, method, target, fields, hosts).map_err(refusal::unreadable)?;
        // STS and IAM are at base names only: before a bucket's name everything is S3's.
        let at_base = place == Place::Base;
        let is_form = at_base && speaks_query(&head);
        // At once with the head: whatever is refused later is written for the same reader.
        let claimed = Claimed::read(&head, is_form, at_base);
        Ok(Self {
            head,
            place,
            is_form,
            claimed,
        })
    }

    /// The bucket that the host names, in virtual-hosted style: the whole path is then the key.
    pub fn bucket(&self) -> Option<&BucketName> {
        match &self.place {
            Place::Base => None,
            Place::Bucket(bucket) => Some(bucket),
        }
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether there is no trace of a signature in the head.
    pub(crate) fn is_unsigned(&self) -> bool {
        self.claimed.is_unsigned()
    }

    /// How every error of this request is written.
    pub fn family(&self) -> Family {
        self.claimed.family
    }

    /// What must be read before the request can be routed. `anonymous`: whether what nobody signed
    /// is answered at all.
    ///
    /// # Errors
    /// [`Denial`] for what is wrong before a byte of the body came.
    pub fn needs(&self, anonymous: bool) -> Result<Needs<'_>, Denial> {
        if self.is_form {
            return UnreadForm::of(&self.head, &self.claimed).map(Needs::Form);
        }
        if self.claimed.is_unsigned() {
            if let Some(post) = UnreadPost::of(&self.head, self.bucket(), anonymous)? {
                return Ok(Needs::Post(post));
            }
            // Without a word to the contrary nobody is served who does not say who asks.
            if !anonymous {
                return Err(refusal::unsigned(self.family()));
            }
            return Ok(Needs::S3(UnprovenS3 {
                head: &self.head,
                claim: None,
            }));
        }
        match self.claimed.signed()? {
            (claim, Service::S3) => Ok(Needs::S3(UnprovenS3 {
                head: &self.head,
                claim: Some(claim),
            })),
            (_, Service::Iam | Service::Sts) if self.bucket().is_some() => Err(refusal::disagrees(
                "IAM and STS are not asked by the name of a bucket",
            )),
            (_, Service::Iam | Service::Sts) => {
                Err(refusal::disagrees("a query call must be a form at `/`"))
            }
        }
    }
}

impl UnprovenS3<'_> {
    /// Proves who asks; who signed nothing is nobody.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn authenticate(self, with: &Authenticator<'_>) -> Result<(Caller, BodyProof), Denial> {
        match self.claim {
            Some(claim) => with.authenticate(self.head, claim, Payload::Declared, Family::S3),
            None => BodyProof::anonymous(self.head)
                .map(|proof| (Caller::anonymous(), proof))
                .map_err(|refusal| refusal::bad_signature(&refusal, Family::S3)),
        }
    }
}

fn read_head<'a>(
    transport: Transport,
    method: &str,
    target: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    hosts: &Hosts,
) -> Result<(Head, Place), String> {
    // A URL in the request line beside a host field are two hosts, and two readers may take
    // different ones (docs/threats.md, 43).
    if transport.is_absolute {
        return Err("the request target is not of the form `/path?query`".to_owned());
    }
    let head = Head::read(method, target, fields).map_err(|bad| bad.to_string())?;
    let one = |name: &str| head.headers.one(name).map_err(|bad| bad.to_string());
    // The listener has looked at the bytes of the framing; what it let through is this one coding,
    // and no length beside it (RFC 9112 section 6.1).
    if let Some(coding) = one("transfer-encoding")? {
        if !coding.eq_ignore_ascii_case("chunked") {
            return Err("`chunked` is the only transfer encoding that is supported".to_owned());
        }
        if one("content-length")?.is_some() {
            return Err("a transfer encoding beside `content-length` are two lengths".to_owned());
        }
    }
    // HTTP/1.0 has no host field that must be there, and proxies end its bodies differently.
    if !transport.is_http_1_1 {
        return Err("only HTTP/1.1 is supported".to_owned());
    }
    let host = one("host")?.ok_or_else(|| "the request has no host".to_owned())?;
    let place = hosts.place(host).ok_or_else(|| {
        format!(
            "`{}` is not a host of this server",
            host.chars().take(64).collect::<String>()
        )
    })?;
    Ok((head, place))
}

/// A form at `/`, or a query string with an action there.
fn speaks_query(head: &Head) -> bool {
    let form = "application/x-www-form-urlencoded";
    let is_form = head
        .headers
        .one("content-type")
        .ok()
        .flatten()
        .is_some_and(|kind| {
            kind.split(';')
                .next()
                .unwrap_or("")
                .trim()
                .eq_ignore_ascii_case(form)
        });
    // At the start of a pair: `X-Action=` is another parameter.
    let asks = head
        .target
        .raw_query()
        .split('&')
        .any(|pair| pair.starts_with("Action="));
    head.target.raw_path() == "/"
        // A GET of `/` without an action is S3's ListBuckets.
        && (head.method == Method::Post && is_form || head.method == Method::Get && asks)
}

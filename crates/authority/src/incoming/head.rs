//! The head of a request: read once, and what it says must be read beside it.

use catalog::Service;
use sigv4::{BodyProof, Claim, Payload};
use wire::{Family, Head, Method};

use super::authenticate::Authenticator;
use super::claimed::Claimed;
use super::form::UnreadForm;
use super::host;
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
    is_form: bool,
    claimed: Claimed,
}

/// What must be read before anybody can say who asks for what.
#[derive(Clone, Copy, Debug)]
pub enum Needs<'a> {
    /// The form of a query call.
    Form(UnreadForm<'a>),
    /// Nothing: a signature that says so itself covers the body, which is decided over before it is
    /// read.
    Nothing(SignedS3<'a>),
}

/// An S3 call that says to be signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedS3<'a> {
    head: &'a Head,
    claim: &'a Claim,
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
    ) -> Result<Self, Denial> {
        let head = read_head(transport, method, target, fields).map_err(refusal::unreadable)?;
        let is_form = speaks_query(&head);
        // At once with the head: whatever is refused later is written for the same reader.
        let claimed = Claimed::read(&head, is_form);
        Ok(Self {
            head,
            is_form,
            claimed,
        })
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How every error of this request is written.
    pub fn family(&self) -> Family {
        self.claimed.family
    }

    /// What must be read before the request can be routed.
    ///
    /// # Errors
    /// [`Denial`] for what is wrong before a byte of the body came.
    pub fn needs(&self) -> Result<Needs<'_>, Denial> {
        if self.is_form {
            return UnreadForm::of(&self.head, &self.claimed).map(Needs::Form);
        }
        match self.claimed.signed()? {
            (claim, Service::S3) => Ok(Needs::Nothing(SignedS3 {
                head: &self.head,
                claim,
            })),
            (_, Service::Iam | Service::Sts) => {
                Err(refusal::disagrees("a query call must be a form at `/`"))
            }
        }
    }
}

impl SignedS3<'_> {
    /// Proves who asks.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn authenticate(self, with: &Authenticator<'_>) -> Result<(Caller, BodyProof), Denial> {
        with.authenticate(self.head, self.claim, Payload::Declared, Family::S3)
    }
}

fn read_head<'a>(
    transport: Transport,
    method: &str,
    target: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Head, String> {
    // A URL in the request line beside a host field are two hosts, and two readers may take
    // different ones (docs/threats.md, 43).
    if transport.is_absolute {
        return Err("the request target is not of the form `/path?query`".to_owned());
    }
    let head = Head::read(method, target, fields).map_err(|bad| bad.to_string())?;
    let one = |name: &str| head.headers.one(name).map_err(|bad| bad.to_string());
    // A length beside it may be gone already: the reader of HTTP drops it. S3 takes no transfer
    // encoding either.
    if one("transfer-encoding")?.is_some() {
        return Err(
            "a transfer encoding is not supported; give the length of the body in `content-length`"
                .to_owned(),
        );
    }
    // HTTP/1.0 has no host field that must be there, and proxies end its bodies differently.
    if !transport.is_http_1_1 {
        return Err("only HTTP/1.1 is supported".to_owned());
    }
    let host = one("host")?.ok_or_else(|| "the request has no host".to_owned())?;
    if !host::is_loopback(host) {
        return Err(format!(
            "`{}` is not a host of this server",
            host.chars().take(64).collect::<String>()
        ));
    }
    Ok(head)
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

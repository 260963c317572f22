//! A browser's form: its fields say who signed it and what the signer allowed of it.
//!
//! [`UnreadPost`] -> the fields before the file, read by the shell -> who asks, and the call, which
//! is decided over as any other; the file after that.

use catalog::Call;
use catalog::s3::post::{Form, PolicyDocument};
use catalog::s3::{self, BodyNeed, Route, S3Call};
use catalog::{BucketName, Unmapped};
use sigv4::PostClaim;
use wire::{Family, Head, Method};

use super::authenticate::Authenticator;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::peer::Peer;
use crate::refusal;

/// A browser's form whose fields are still to be read.
#[derive(Debug)]
pub struct UnreadPost<'a> {
    content_type: &'a str,
    route: Box<Route>,
    anonymous: bool,
}

impl<'a> UnreadPost<'a> {
    /// Nothing where the request is no such form. `anonymous`: whether one that nobody signed is
    /// answered.
    pub(super) fn of(
        head: &'a Head,
        bucket: Option<&BucketName>,
        anonymous: bool,
    ) -> Result<Option<Self>, Denial> {
        let content_type = head.headers.one("content-type").ok().flatten();
        let Some(content_type) =
            content_type.filter(|it| head.method == Method::Post && is_form(it))
        else {
            return Ok(None);
        };
        let route = s3::route(head, bucket).map_err(|bad| refused(&bad))?;
        Ok((route.body_need() == BodyNeed::Form).then(|| Self {
            content_type,
            route: Box::new(route),
            anonymous,
        }))
    }

    /// What says how the form's parts are told apart.
    pub fn content_type(&self) -> &str {
        self.content_type
    }

    /// The refusal of a form whose fields cannot be read.
    pub fn unreadable(&self, bad: &Unmapped) -> Denial {
        refused(bad)
    }

    /// Proves who asks, and that the form is what the signer allowed; then it is a call like any
    /// other, with `s3:authType` `POST`. `form`: the fields before the file.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn authenticate(
        self,
        mut form: Form,
        with: &Authenticator<'_>,
        peer: &Peer,
    ) -> Result<(Caller, Call<S3Call>), Denial> {
        // No signature of a form covers its file.
        if !peer.protects() {
            return Err(refusal::unprotected());
        }
        let claim = PostClaim::read(|name| form.get(name))
            .map_err(|bad| refusal::bad_signature(&bad, Family::S3))?;
        let caller = match &claim {
            None if self.anonymous && !form.is_signed() => Caller::anonymous(),
            None => return Err(refusal::unsigned(Family::S3)),
            Some(claim) => {
                let caller = with.authenticate_post(claim)?;
                // Only of who is known: what a policy says of a form is told to whoever signed it.
                let bucket = self.route.bucket().ok_or(Unmapped::Uri);
                let checked = bucket.and_then(|bucket| {
                    PolicyDocument::read(claim.policy())?.check(&mut form, bucket, with.now)
                });
                checked.map_err(|bad| {
                    refusal::form_beyond_its_policy(&bad).asked_by(with.world, &caller)
                })?;
                caller
            }
        };
        let call = self
            .route
            .post(&form)
            .map_err(|bad| refused(&bad).asked_by(with.world, &caller))?;
        Ok((caller, call))
    }
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("multipart/form-data")
}

fn refused(bad: &Unmapped) -> Denial {
    refusal::unmapped(bad).of("s3:?")
}

//! From a signed S3 request to the call that is decided over, and what of a body must be read
//! before and after.
//!
//! [`read`] -> [`Needs`] -> who is refused anyway, decided before the body -> the body -> a
//! [`Call`].

use catalog::Call;
use catalog::s3::{self, BodyNeed, Route, S3Call};
use sigv4::BodyProof;
use wire::Head;

use crate::caller::Caller;
use crate::denial::Denial;
use crate::grant;
use crate::peer::Peer;
use crate::refusal::{self, Unread};
use crate::world::World;

/// What an operation is called of which no more than the service is known.
const UNKNOWN: &str = "s3:?";

/// What must be read before the call can be decided over.
#[derive(Debug)]
pub enum Needs {
    /// The whole body.
    Whole(Box<WholeBody>),
    /// Nothing; the body is what is to be stored, and is read while it is.
    Nothing {
        /// The call.
        call: Box<Call<S3Call>>,
        /// Bytes that the body will have.
        length: u64,
    },
}

/// A body that says a part of what is asked, or must be empty.
#[derive(Debug)]
pub struct WholeBody {
    route: Route,
    proof: BodyProof,
    most: usize,
}

/// What is decided before a body is read: who is refused anyway sends none first.
#[derive(Debug)]
pub enum Before {
    /// The call, which the body adds nothing to ask to.
    Call(Box<Call<S3Call>>),
    /// Whether the caller can be asked about at all ([`WholeBody::check_caller`]).
    Caller,
    /// Nothing: there is no body.
    Nothing,
}

/// Reads the head of a signed call.
///
/// # Errors
/// [`Denial`] for a request that no operation is, or whose body nothing protects.
pub fn read(head: &Head, proof: &BodyProof, peer: &Peer) -> Result<Needs, Denial> {
    let route = s3::route(head).map_err(|bad| refusal::unmapped(&bad).of(UNKNOWN))?;
    // Bytes that no signature covers are what the network makes them.
    if proof.is_unsigned() && !(peer.secure || peer.source_ip.to_canonical().is_loopback()) {
        return Err(refusal::unprotected());
    }
    let most = match route.body_need() {
        BodyNeed::None => 0,
        BodyNeed::Whole(most) => most,
        BodyNeed::Stream => {
            // As announced, not counted: the store makes room for it while the body is still
            // outside.
            let length = refusal::length(head)?;
            return Ok(Needs::Nothing {
                call: Box::new(call(route, b"")?),
                length,
            });
        }
    };
    Ok(Needs::Whole(Box::new(WholeBody {
        route,
        proof: proof.clone(),
        most,
    })))
}

impl WholeBody {
    /// How many bytes the body may have.
    pub fn most(&self) -> usize {
        self.most
    }

    /// What is decided before the body is read.
    pub fn before(&self) -> Before {
        match (self.most, self.route.call_without_body()) {
            (0, _) => Before::Nothing,
            // Two megabytes are sent only by who may have them read.
            (_, Some(call)) => Before::Call(Box::new(call)),
            (_, None) => Before::Caller,
        }
    }

    /// Whether the caller can be asked about at all.
    ///
    /// # Errors
    /// [`Denial`] when whatever the body says would be refused.
    pub fn check_caller(&self, world: &World, caller: &Caller) -> Result<(), Denial> {
        grant::check_caller(world, caller).map_err(|denial| denial.of(self.route.name()))
    }

    /// The call, by the body that came. Hashing and parsing cost some ten milliseconds for a
    /// megabyte.
    ///
    /// # Errors
    /// [`Denial`] for a body that is not the one that was signed, or cannot be read.
    pub fn call(self, body: &[u8]) -> Result<Call<S3Call>, Denial> {
        let mut checker = self.proof.checker();
        // Before it is parsed: a parser that saw unsigned bytes could be led by them.
        checker.update(body);
        checker.finish().map_err(|_| refusal::not_as_signed())?;
        call(self.route, body)
    }
}

/// A body of a call that was not read.
pub fn unread(unread: Unread) -> Denial {
    refusal::body_unread(unread)
}

fn call(route: Route, body: &[u8]) -> Result<Call<S3Call>, Denial> {
    route
        .call(body)
        .map_err(|bad| refusal::unmapped(&bad).of(UNKNOWN))
}

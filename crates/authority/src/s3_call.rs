//! From an S3 request to the call that is decided over, and what of a body must be read before and
//! after.
//!
//! [`read`] -> [`Needs`] -> who is refused anyway, decided before the body -> the body -> a
//! [`Call`] -> the tags of objects that policies ask for ([`objects`], [`with_tags`]).

use catalog::s3::{self, BodyNeed, Route, S3Call, Tags};
use catalog::{Ask, BucketName, Call, ObjectKey, Part, Passes, Service, Target, Template};
use policy::{Policies, Values};
use sigv4::BodyProof;
use wire::{Fault, S3Fault};

use crate::caller::{Caller, CallerContext, CallerPolicies};
use crate::denial::Denial;
use crate::grant::{self, Permit};
use crate::incoming::Incoming;
use crate::peer::Peer;
use crate::record::{Cause, Link};
use crate::refusal::{self, Unread};
use crate::resource::{EXISTING_TAG, has_existing_tags, tell};
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
    is_unsigned: bool,
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

/// Reads the head of a call.
///
/// # Errors
/// [`Denial`] for a request that no operation is, or whose body nothing protects.
pub fn read(incoming: &Incoming, proof: &BodyProof, peer: &Peer) -> Result<Needs, Denial> {
    let head = incoming.head();
    let route =
        s3::route(head, incoming.bucket()).map_err(|bad| refusal::unmapped(&bad).of(UNKNOWN))?;
    // Bytes that no signature covers are what the network makes them. Where there is no body there
    // are none, as with a URL that was presigned to be read.
    if proof.is_unsigned() && route.body_need() != BodyNeed::None && !peer.protects() {
        return Err(refusal::unprotected());
    }
    let most = match route.body_need() {
        BodyNeed::None => 0,
        BodyNeed::Whole(most) => most,
        BodyNeed::Stream => {
            // As announced, not counted: the store makes room for it while the body is still
            // outside. Of chunks the length within them is what counts.
            let length = refusal::length(head, proof.decoded_length())?;
            return Ok(Needs::Nothing {
                call: Box::new(call(route, b"")?),
                length,
            });
        }
        // A form that somebody signed in its head, or that is none.
        BodyNeed::Form => {
            let because = "a browser's form is signed in its fields".to_owned();
            return Err(refusal::bad_form(because).of(UNKNOWN));
        }
    };
    Ok(Needs::Whole(Box::new(WholeBody {
        route,
        proof: proof.clone(),
        most,
        is_unsigned: incoming.is_unsigned(),
    })))
}

/// Whether a caller is told of a denial key by key, though nothing was allowed: S3 answers a
/// deletion of many objects with 200 then too (S3 API reference, DeleteObjects). What is wrong with
/// the call as a whole is told as a whole.
pub fn is_told_by_key(call: &Call<S3Call>, caller: &Caller, denial: &Denial) -> bool {
    call.passes == Passes::Alone
        && caller.signed().is_some()
        && denial.evidence.cause == Some(Cause::Permissions)
}

impl WholeBody {
    /// How many bytes the body may have as it is sent.
    pub fn most(&self) -> usize {
        if self.most > 0 && self.proof.is_chunked() {
            // A chunk of 8 KiB at least, which has some hundred bytes around it; and what ends the
            // body, with its checksums.
            self.most + self.most / 64 + 4_096
        } else {
            self.most
        }
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
        // Before it is parsed: a parser that saw unsigned bytes could be led by them.
        let (body, _) = self
            .proof
            .whole(body)
            .map_err(|bad| refusal::body_refused(&bad))?;
        let call = call(self.route, &body)?;
        // Whoever has a link to an object that everybody may read would else make of it what its
        // owner never put there (S3 API reference, GetObject, "Overriding response header values").
        if self.is_unsigned && call.detail.overrides_headers() {
            return Err(refusal::overrides_unsigned());
        }
        Ok(call)
    }
}

/// A body of a call that was not read.
pub fn unread(unread: Unread) -> Denial {
    refusal::body_unread(unread)
}

/// The objects whose tags the policies that apply ask for, and the source of a copy that takes them
/// along. The shell looks at them, and says what it saw to [`with_tags`]. Mostly there are none.
pub fn objects(
    world: &World,
    caller: &Caller,
    call: &Call<S3Call>,
) -> Vec<(BucketName, ObjectKey)> {
    let mut found: Vec<(BucketName, ObjectKey)> = call
        .asks()
        .filter(|ask| has_existing_tags(&ask.action))
        .filter_map(object)
        .collect();
    // Most calls end here: nothing that they ask has such a key.
    if !found.is_empty() {
        let asker = CallerContext::of(world, caller);
        // Who cannot be asked about is refused without any tags.
        let policies = CallerPolicies::of(world, &asker, caller.bearer()).ok();
        let asks_for = |policies: Option<&Policies>| {
            policies.is_some_and(|policies| policies.asks_for(EXISTING_TAG))
        };
        let by_caller = policies
            .as_ref()
            .map(CallerPolicies::layers)
            .is_some_and(|it| {
                asks_for(it.identity) || asks_for(it.boundary) || asks_for(it.session)
            });
        found.retain(|(bucket, _)| {
            let loaded = world.loaded_bucket(bucket.as_str());
            by_caller || asks_for(loaded.and_then(|it| it.policy.as_ref()))
        });
    }
    found.extend(
        s3::copies_tags(&call.detail).map(|source| (source.bucket.clone(), source.key.clone())),
    );
    found.sort();
    found.dedup();
    found
}

/// What was seen of an object: its tags, or that it is not there.
pub type Seen = ((BucketName, ObjectKey), Option<Tags>);

/// The call with what was seen of the objects that it is about: the tags that they have, as
/// condition keys; and what a copy of them asks beside.
#[must_use]
pub fn with_tags(mut call: Call<S3Call>, seen: &[Seen]) -> Call<S3Call> {
    let of = |wanted: &(BucketName, ObjectKey)| {
        seen.iter()
            .find(|(object, _)| object == wanted)
            .map(|(_, tags)| tags.as_ref())
    };
    // Before they are told: the questions that it adds are about the same objects.
    let copied = s3::copies_tags(&call.detail)
        .and_then(|source| of(&(source.bucket.clone(), source.key.clone())).flatten());
    if let Some(tags) = copied {
        call = s3::with_copied_tags(call, tags);
    }
    let told = |ask: &Ask| {
        let mut ask = ask.clone();
        if has_existing_tags(&ask.action)
            && let Some(tags) = object(&ask).and_then(|object| of(&object))
        {
            tell(tags.map(Vec::as_slice), &mut ask.context);
        }
        ask
    };
    for part in &mut call.parts {
        let mut asks = part.asks().map(told);
        let Some(first) = asks.next() else { continue };
        let anew = asks.fold(Part::from(first), Part::and);
        *part = anew;
    }
    call
}

/// The object that a question is about.
fn object(ask: &Ask) -> Option<(BucketName, ObjectKey)> {
    let Target::Template(template) = &ask.target else {
        return None;
    };
    let (bucket, key) = template.resource.split_once('/')?;
    Some((BucketName::parse(bucket).ok()?, ObjectKey::parse(key).ok()?))
}

/// What is told of an object that is not there: that, to who may list the bucket (S3 API reference,
/// GetObject, "Permissions").
///
/// # Errors
/// [`Denial`] for whoever may not.
pub fn missing(
    world: &World,
    caller: &Caller,
    peer: &Peer,
    (bucket, key): (&BucketName, &ObjectKey),
    now: i64,
) -> Result<Fault, Denial> {
    let target = Target::Template(Template::global(Service::S3.name(), bucket.as_str()));
    let mut ask = Ask::new("s3:ListBucket", target);
    // No listing is asked for, so none of its parameters is there. Who may list a prefix only may
    // have this one told, or not: AWS does not say.
    for name in ["s3:prefix", "s3:delimiter", "s3:max-keys", "s3:TlsVersion"] {
        ask.context.insert(name, Values::Unknown);
    }
    let call = Call {
        service: Service::S3.name().into(),
        operation: "GetObject".into(),
        parts: vec![ask.into()],
        passes: Passes::Together,
        detail: (),
    };
    match grant::decide(world, caller, call, peer, now) {
        Ok(_) => Ok(S3Fault::NoSuchKey.fault()),
        Err(mut denial) => {
            denial.evidence.link = Link::ResourcePolicy;
            denial.evidence.cause = Some(Cause::NoObject {
                bucket: bucket.as_str().to_owned(),
                key: key.as_str().to_owned(),
            });
            // As it is told who may not read it: S3's sentence would name another action than was
            // asked for.
            denial.fault = S3Fault::AccessDenied.fault();
            Err(denial.asked_by(world, caller))
        }
    }
}

/// Whether a permitted reader of an object may also hear how many tags it has (S3 API reference,
/// GetObject, `x-amz-tagging-count`).
pub fn may_count_tags(world: &World, permit: &Permit<S3Call>, peer: &Peer, now: i64) -> bool {
    let Some(mut ask) = permit.call().asks().next().cloned() else {
        return false;
    };
    ask.action = "s3:GetObjectTagging".into();
    let call = Call {
        service: Service::S3.name().into(),
        operation: "GetObjectTagging".into(),
        parts: vec![ask.into()],
        passes: Passes::Together,
        detail: (),
    };
    grant::decide(world, permit.caller(), call, peer, now).is_ok()
}

fn call(route: Route, body: &[u8]) -> Result<Call<S3Call>, Denial> {
    route
        .call(body)
        .map_err(|bad| refusal::unmapped(&bad).of(UNKNOWN))
}

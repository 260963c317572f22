//! A server without ports, store or clock: it reads, fetches and keeps as `server/api` does, and
//! leaves every answer to the same functions of `authority`, in the same order.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use authority::denial::Denial;
use authority::exchange::{self, KeysMissing};
use authority::grant::{self, Permit};
use authority::incoming::{Authenticator, FormRoute, Hosts, Needs, QueryCall, Transport, UNREAD};
use authority::keyring::Keyring;
use authority::record::{Evidence, Record};
use authority::refusal::{self, BodyFailure, Unread};
use authority::s3_call::{self, Before};
use authority::session::Session;
use authority::sts_call::{self, StsCall};
use authority::{
    Caller, Change, Entropy, Incoming, Issue, Issued, Peer, Regions, World, assume_role,
    bucket_config, iam,
};
use catalog::s3::post::Reader;
use catalog::s3::{Operation, Tags};
use catalog::{BucketName, Call, ObjectKey};
use sigv4::{BodyProof, DerivedKeys};
use token::{KeySet, Owner, public_jwks};
use wire::{Family, RequestId, Words};

use crate::client::Sent;
use crate::{LOCAL, NOW};

/// The shell, and everything that it kept and answered.
pub(crate) struct Shell {
    pub(crate) keyring: Keyring,
    pub(crate) regions: Regions,
    pub(crate) derived: DerivedKeys,
    pub(crate) anonymous: bool,
    /// The objects that there are, with their tags.
    pub(crate) objects: Option<BTreeMap<String, BTreeMap<String, String>>>,
    pub(crate) entropy: Entropy,
    pub(crate) records: Vec<Record>,
    pub(crate) answers: Vec<String>,
}

/// What came of a request.
pub(crate) enum Done {
    /// Credentials.
    Issued(Box<Session>),
    /// It may be carried out.
    Permitted {
        /// What it changes of the account.
        changes: Vec<Change>,
        /// Whether some of its parts may not.
        partly: bool,
    },
}

/// One request on its way.
struct Info<'a> {
    sent: &'a Sent,
    world: &'a Arc<World>,
    now: i64,
    family: Family,
    id: RequestId,
}

impl Shell {
    /// Answers a request over `world` at `now`: what came of it, or the code of AWS's error.
    pub(crate) fn answer(
        &mut self,
        sent: &Sent,
        world: &Arc<World>,
        now: i64,
    ) -> Result<Done, String> {
        let id = RequestId::from_entropy([u8::try_from(self.answers.len()).unwrap(); 16]);
        let mut info = Info {
            sent,
            world,
            now,
            family: UNREAD,
            id,
        };
        self.road(&mut info).map_err(|denial| {
            let path = sent.target.split('?').next().unwrap_or("");
            let reply = denial.reply(info.family, path, &info.id);
            let text = String::from_utf8(reply.body).unwrap();
            assert!(text.contains(denial.fault.code.as_ref()), "{text}");
            assert_eq!(reply.status, denial.fault.status);
            self.answers.push(text);
            self.keep(*denial.evidence);
            denial.fault.code.into_owned()
        })
    }

    fn road(&mut self, info: &mut Info<'_>) -> Result<Done, Denial> {
        let incoming = info.sent.read()?;
        info.family = incoming.family();
        match incoming.needs(self.anonymous)? {
            Needs::Form(form) => match form.route(whole(&info.sent.body, form.most()))? {
                FormRoute::Exchange(form) => self.exchange(info, &form),
                FormRoute::Signed(signed) => {
                    let (caller, call) = signed.authenticate(&self.here(info))?;
                    let done = match call {
                        QueryCall::Sts(form) => self.sts(info, &caller, form),
                        QueryCall::Iam(form) => iam::read(form)
                            .and_then(|call| self.decide(info, &caller, call))
                            .map(|permit| self.permitted(permit, Vec::new())),
                    };
                    done.map_err(|denial| denial.asked_by(info.world, &caller))
                }
            },
            Needs::S3(unproven) => {
                let (caller, proof) = unproven.authenticate(&self.here(info))?;
                let done = self.gate(info, &incoming, &caller, &proof);
                done.map_err(|denial| denial.asked_by(info.world, &caller))
            }
            Needs::Post(post) => {
                let mut reader = Reader::new(post.content_type()).unwrap();
                let mut file = Vec::new();
                let read = reader.push(&info.sent.body, &mut |bytes| file.extend_from_slice(bytes));
                read.unwrap();
                let form = reader.form().cloned().unwrap();
                let (caller, call) =
                    post.authenticate(form, &self.here(info), &self.peer(info.sent.from))?;
                let done = self.decide(info, &caller, call);
                done.map(|permit| self.permitted(permit, Vec::new()))
                    .map_err(|denial| denial.asked_by(info.world, &caller))
            }
        }
    }

    /// Who is connected.
    pub(crate) fn peer(&self, source_ip: IpAddr) -> Peer {
        let region = self.regions.unsigned().map(str::to_owned);
        Peer {
            source_ip,
            secure: false,
            user_agent: Some("road".into()),
            referer: None,
            region,
        }
    }

    /// The permit of an IAM call, which a setup carries out.
    pub(crate) fn iam(&self, sent: &Sent, world: &Arc<World>) -> Result<Permit<Words>, Denial> {
        let info = Info {
            sent,
            world,
            now: NOW,
            family: UNREAD,
            id: RequestId::from_entropy([0; 16]),
        };
        let incoming = sent.read()?;
        let Needs::Form(form) = incoming.needs(false)? else {
            panic!("IAM is asked by a form")
        };
        let FormRoute::Signed(signed) = form.route(whole(&sent.body, form.most()))? else {
            panic!("it is signed")
        };
        let (caller, call) = signed.authenticate(&self.here(&info))?;
        let QueryCall::Iam(form) = call else {
            panic!("it is signed for IAM")
        };
        self.decide(&info, &caller, iam::read(form)?)
    }

    fn here<'a>(&'a self, info: &'a Info<'_>) -> Authenticator<'a> {
        Authenticator {
            world: info.world,
            keyring: &self.keyring,
            regions: &self.regions,
            derived: &self.derived,
            now: info.now,
        }
    }

    fn exchange(&mut self, info: &Info<'_>, form: &Words) -> Result<Done, Denial> {
        let ask = exchange::read(form)?;
        let needs = exchange::needs(info.world, &ask)?;
        // As the server: keys are known for the local issuer only, and belong to the provider that
        // was looked up.
        let keys = if needs.provider().url == "localhost:4567" {
            let owner = Owner::new(needs.provider().arn.as_str());
            Ok(Arc::new(
                KeySet::admit(owner, public_jwks(&[&LOCAL]).as_bytes())
                    .unwrap()
                    .0,
            ))
        } else {
            Err(KeysMissing::Refused(
                "nothing is fetched on the road".to_owned(),
            ))
        };
        let proven = exchange::prove(Arc::clone(info.world), &ask, needs, keys, info.now)?;
        let assumption = exchange::admit(&proven, &ask, &self.peer(info.sent.from))?;
        self.issued(info, |with| exchange::complete(&ask, assumption, with))
    }

    fn sts(&mut self, info: &Info<'_>, caller: &Caller, form: Words) -> Result<Done, Denial> {
        match sts_call::read(form)? {
            StsCall::AssumeRole(form) => {
                let ask = assume_role::read(info.world, caller, &form)?;
                let assumption = assume_role::admit(
                    info.world,
                    caller,
                    &ask,
                    &self.peer(info.sent.from),
                    info.now,
                )?;
                self.issued(info, |with| {
                    assume_role::complete(caller, &ask, assumption, with)
                })
            }
            StsCall::Other(call) => {
                let permit = self.decide(info, caller, call)?;
                let reply = sts_call::answer(&permit, info.family, &info.id);
                self.answers
                    .push(String::from_utf8(reply.unwrap().body).unwrap());
                Ok(self.permitted(permit, Vec::new()))
            }
        }
    }

    fn issued(
        &mut self,
        info: &Info<'_>,
        complete: impl FnOnce(Issue<'_>) -> Result<Issued, Denial>,
    ) -> Result<Done, Denial> {
        let with = Issue {
            world: info.world,
            now: info.now,
            keyring: &self.keyring,
            entropy: &mut self.entropy,
            family: info.family,
            request_id: &info.id,
        };
        let Issued {
            session,
            evidence,
            reply,
        } = complete(with)?;
        // What is answered is the one place where a secret may show.
        assert!(
            String::from_utf8(reply.body)
                .unwrap()
                .contains(session.secret.expose())
        );
        self.keep(evidence);
        Ok(Done::Issued(Box::new(session)))
    }

    fn gate(
        &mut self,
        info: &Info<'_>,
        incoming: &Incoming,
        caller: &Caller,
        proof: &BodyProof,
    ) -> Result<Done, Denial> {
        let body = info.sent.body.as_slice();
        let (call, is_stored) = match s3_call::read(incoming, proof, &self.peer(info.sent.from))? {
            s3_call::Needs::Nothing { call, length } => {
                assert_eq!(length, body.len() as u64);
                (*call, true)
            }
            s3_call::Needs::Whole(needed) => {
                match needed.before() {
                    Before::Call(call) => drop(self.decide(info, caller, *call)?),
                    Before::Caller => needed.check_caller(info.world, caller)?,
                    Before::Nothing => {}
                }
                let body = whole(body, needed.most()).map_err(s3_call::unread)?;
                (needed.call(body)?, false)
            }
        };
        let seen: Vec<s3_call::Seen> = s3_call::objects(info.world, caller, &call)
            .into_iter()
            .map(|object| (object.clone(), self.look(&object)))
            .collect();
        let call = s3_call::with_tags(call, &seen);
        let permit = self.decide(info, caller, call)?;
        if is_stored {
            let mut reader = proof.reader();
            let read = reader
                .push(body, &mut |_| {})
                .and_then(|()| reader.finish());
            if read.is_err() {
                return Err(refusal::body_failed(&BodyFailure::Hash, permit.evidence()));
            }
        }
        let call = &permit.call().detail;
        if bucket_config::changes(call.operation) {
            let (changes, _) = bucket_config::apply(info.world, &permit, info.now)?;
            return Ok(self.permitted(permit, changes));
        }
        if let (Operation::GetObject | Operation::HeadObject, Some(bucket), Some(key)) =
            (call.operation, &call.bucket, &call.key)
            && self.look(&(bucket.clone(), key.clone())).is_none()
        {
            let peer = self.peer(info.sent.from);
            let fault = s3_call::missing(info.world, caller, &peer, (bucket, key), info.now)?;
            // Permitted, but not possible: no denial, and the grant is what was decided.
            self.answers.push(fault.code.into_owned());
        }
        Ok(self.permitted(permit, Vec::new()))
    }

    /// The tags of an object, if it is there.
    fn look(&self, (bucket, key): &(BucketName, ObjectKey)) -> Option<Tags> {
        let Some(objects) = &self.objects else {
            return Some(Tags::new());
        };
        let tags = objects.get(&format!("{}/{}", bucket.as_str(), key.as_str()))?;
        Some(tags.clone().into_iter().collect())
    }

    fn decide<D>(
        &self,
        info: &Info<'_>,
        caller: &Caller,
        call: Call<D>,
    ) -> Result<Permit<D>, Denial> {
        grant::decide(
            info.world,
            caller,
            call,
            &self.peer(info.sent.from),
            info.now,
        )
    }

    fn permitted<D>(&mut self, permit: Permit<D>, changes: Vec<Change>) -> Done {
        let partly = permit.denied().next().is_some();
        self.keep(permit.into_evidence());
        Done::Permitted { changes, partly }
    }

    /// Keeps a decision.
    pub(crate) fn keep(&mut self, evidence: Evidence) {
        let id = RequestId::from_entropy([u8::try_from(self.records.len()).unwrap(); 16]);
        self.records
            .push(Record::new(id, NOW, "127.0.0.1".to_owned(), evidence));
    }
}

impl Sent {
    /// The head, as a server reads it.
    fn read(&self) -> Result<Incoming, Denial> {
        let transport = Transport {
            is_http_1_1: true,
            is_absolute: false,
        };
        let fields = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()));
        let hosts = Hosts::default();
        Incoming::read(transport, &self.method, &self.target, fields, &hosts)
    }
}

/// A body that is read whole, of at most `most` bytes.
fn whole(body: &[u8], most: usize) -> Result<&[u8], Unread> {
    if body.len() > most {
        Err(Unread::TooLarge)
    } else {
        Ok(body)
    }
}

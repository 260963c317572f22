//! How much work a decision may be, told before it is made. Policies and what they are held against
//! are the askers' own to stretch: what may take long is decided where it keeps nobody waiting, and
//! what would take very long is not decided at all.
//!
//! All in characters of policies times characters of text. To explain a denial costs about a
//! nanosecond for each of these at the worst, an answer without reasons a seventh of that
//! (`cargo bench -p server`).

use catalog::{Ask, Call, Target};
use policy::{Policies, Values};

use crate::assume_role;
use crate::caller::Caller;
use crate::session::Bearer;
use crate::web_identity;
use crate::world::World;

/// What is decided at once: ten milliseconds at the worst.
const AT_ONCE: usize = 10_000_000;
/// The most that one call may be: a second or two. A thousand keys of 60 characters are that with
/// 160,000 characters of policies on the action.
pub(crate) const MOST: usize = 10_000_000_000;
/// Questions of one call whose own cost, the policies aside, is no longer small.
const MANY_ASKS: usize = 100;
/// What a policy can compare beside the resource: a user agent has as many characters.
const SHORTEST_TEXT: usize = 512;
/// Longer tokens carry tags or lists, which a trust policy may compare again and again.
const LONG_TOKEN: usize = 2_048;
/// `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity`.
const ASKS_OF_AN_ASSUMPTION: usize = 3;

/// Whether to decide over a call may take longer than others should wait.
pub fn call_takes_long<D>(world: &World, caller: &Caller, call: &Call<D>) -> bool {
    // The longest for all: too much is decided beside the workers, never too little.
    let text = call.asks().map(text_of).max().unwrap_or(0);
    let asks = call.asks().count();
    asks > MANY_ASKS
        || takes_long(world, caller, asks, text)
        || buckets_take_long(world, call, asks, text)
}

/// Whether the policies of the buckets that are asked about are long: whoever asks, these are
/// walked through.
fn buckets_take_long<D>(world: &World, call: &Call<D>, asks: usize, text: usize) -> bool {
    let text = text.max(SHORTEST_TEXT);
    let policy = |ask: &Ask| {
        let Target::Template(template) = &ask.target else {
            return None;
        };
        let name = template.resource.split('/').next().unwrap_or("");
        world.loaded_bucket(name)?.policy.as_ref()
    };
    let longest = call
        .asks()
        .filter_map(policy)
        .map(|policies| filled(policies, text))
        .max()
        .unwrap_or(0);
    asks.saturating_mul(longest).saturating_mul(text) > AT_ONCE
}

/// A variable is a few characters to write and may stand for the longest text of the request:
/// counted at what it may become (docs/threats.md, 72).
fn filled(policies: &Policies, text: usize) -> usize {
    policies
        .chars()
        .saturating_add(policies.variables().saturating_mul(text))
}

/// Whether to decide over an AssumeRole may take longer than others should wait.
pub fn assumption_takes_long(world: &World, caller: &Caller, ask: &assume_role::Ask) -> bool {
    let tags: usize = ask
        .tags
        .tags
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    let text = ask
        .external_id
        .as_deref()
        .map_or(0, str::len)
        .max(ask.role_arn.as_str().len());
    // A trust policy of 2,048 characters may compare all tag keys with each of its patterns.
    tags > SHORTEST_TEXT || takes_long(world, caller, ASKS_OF_AN_ASSUMPTION, text)
}

/// Whether to decide over an exchange may take longer than others should wait.
pub fn exchange_takes_long(ask: &web_identity::Ask) -> bool {
    // Its length before anything of it is read: what is inside is only known once it was.
    ask.token.len() > LONG_TOKEN
}

fn takes_long(world: &World, caller: &Caller, asks: usize, text: usize) -> bool {
    // Root and the anonymous have no policies of their own to walk through.
    let Some(Bearer::Session(facts)) = caller.bearer() else {
        return false;
    };
    if facts.policy.is_some() || !facts.policy_arns.is_empty() {
        // They have yet to be read, perhaps.
        return true;
    }
    // A role that is gone or cannot be resolved is refused at once.
    let Some(Ok(grants)) = world
        .role(&facts.account, &facts.role_name)
        .map(|role| world.grants(role))
    else {
        return false;
    };
    let text = text.max(SHORTEST_TEXT);
    let boundary = grants.boundary.as_ref().map_or(0, |it| filled(it, text));
    let chars = filled(&grants.identity, text).saturating_add(boundary);
    asks.saturating_mul(chars).saturating_mul(text) > AT_ONCE
}

/// The longest text that a policy may compare for a question.
fn text_of(ask: &Ask) -> usize {
    let resource = match &ask.target {
        Target::Template(template) => template.resource.len(),
        Target::Written(arn) => arn.len(),
        Target::Entity { name, .. } => name.len(),
        Target::Everything => 0,
    };
    let value = |values: &Values| values.as_slice().iter().map(String::len).sum();
    ask.context
        .iter()
        .map(|(_, values)| value(values))
        .max()
        .unwrap_or(0)
        .max(resource)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use catalog::s3::{self, S3Call};
    use policy::AccountId;
    use wire::Head;

    use super::*;
    use crate::grant;
    use crate::peer::Peer;
    use crate::session::Facts;
    use crate::world::{Account, Bucket, Change, Entity, Role};

    fn account() -> AccountId {
        AccountId::parse("000000000000").unwrap()
    }

    /// A role that is denied `patterns` in a bucket and allowed all else, and the bucket.
    fn world(patterns: &str) -> World {
        world_of(format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/{patterns}"}}]}}"#
        ))
    }

    /// A role with this policy, and the bucket.
    fn world_of(policy: String) -> World {
        let inline = BTreeMap::from([("p".to_owned(), policy)]);
        let role = Role {
            inline,
            ..Role::bare("000000000000", "r", "AROA")
        };
        let changes = [
            Change::put(Entity::Account(Account {
                id: account(),
                partition: "aws".into(),
                root_key: None,
            })),
            Change::put(Entity::Role(role)),
            Change::put(Entity::Bucket(Bucket::new("bucket", account(), 0))),
        ];
        World::default().fold(1, &changes).unwrap()
    }

    fn caller(policy: Option<&str>) -> Caller {
        Caller::of(Bearer::Session(Box::new(Facts {
            policy: policy.map(str::to_owned),
            ..Facts::bare(account().as_str(), "r", "AROA")
        })))
    }

    fn delete(keys: usize, length: usize) -> Call<S3Call> {
        let key = |number| format!("<Object><Key>{number:0length$}</Key></Object>");
        let body: String = (0..keys).map(key).collect();
        let head =
            Head::read("POST", "/bucket?delete", [("host", "localhost".as_bytes())]).unwrap();
        s3::route(&head, None)
            .unwrap()
            .call(format!("<Delete>{body}</Delete>").as_bytes())
            .unwrap()
    }

    #[test]
    fn what_takes_long_is_known_before() {
        let (small, large) = (world("x"), world(&"x".repeat(30_000)));
        for (world, policy, call, expected) in [
            (&small, None, delete(1, 10), false),
            (&small, None, delete(100, 10), false),
            (&small, None, delete(101, 10), true),
            (&large, None, delete(1, 10), true),
            (&small, Some("{}"), delete(1, 10), true),
        ] {
            let found = call_takes_long(world, &caller(policy), &call);
            assert_eq!(found, expected, "{policy:?} {}", call.asks().count());
        }
        let root = Caller::of(Bearer::Root(account()));
        assert!(
            !call_takes_long(&large, &root, &delete(1, 10)),
            "no policy is asked about root"
        );
        // But the bucket's is, whoever asks.
        let policy = |resource: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket/{resource}"}}]}}"#
            );
            let bucket = Bucket {
                policy: Some(text),
                ..Bucket::new("bucket", account(), 0)
            };
            small
                .fold(2, &[Change::put(Entity::Bucket(bucket))])
                .unwrap()
        };
        for (resource, keys, expected) in [
            ("x".to_owned(), 1, false),
            ("x".repeat(20_000), 1, true),
            ("x".repeat(1_000), 100, true),
            ("${aws:UserAgent}".repeat(100), 1, true),
        ] {
            for caller in [&root, &Caller::anonymous()] {
                let found = call_takes_long(&policy(&resource), caller, &delete(keys, 10));
                assert_eq!(found, expected, "{} {keys}", resource.len());
            }
        }
    }

    #[test]
    fn attack_72_a_variable_is_as_long_as_its_value() {
        // 9,000 characters, which are 250,000 where a user agent has 500 of them.
        for (pattern, expected) in [
            (r#""arn:aws:s3:::b/*${aws:UserAgent}b*","#, true),
            (r#""arn:aws:s3:::b/*aaaaaaaaaaaaaaab*","#, false),
        ] {
            for element in ["Resource", "NotResource"] {
                let list = pattern.repeat(9_000 / pattern.len());
                let world = world_of(format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:*","{element}":[{list}"arn:aws:s3:::b/c"]}}]}}"#
                ));
                assert_eq!(
                    call_takes_long(&world, &caller(None), &delete(1, 10)),
                    expected,
                    "{pattern}"
                );
            }
        }
        let values = format!(r#"{}"x""#, r#""${aws:UserAgent}","#.repeat(400));
        let world = world_of(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{"StringLike":{{"aws:referer":[{values}]}}}}}}]}}"#
        ));
        assert!(
            call_takes_long(&world, &caller(None), &delete(1, 10)),
            "in a condition too"
        );
    }

    #[test]
    fn attack_56_more_than_can_be_decided_over_is_refused_before() {
        let world = world(&"x".repeat(60_000));
        let peer = Peer {
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            user_agent: None,
            referer: None,
            region: None,
        };
        let refused =
            grant::decide(&world, &caller(None), delete(1_000, 200), &peer, 0).unwrap_err();
        assert_eq!(
            (refused.fault.status, refused.fault.code.as_ref()),
            (400, "InvalidRequest")
        );
        assert!(refused.evidence.asked.is_empty(), "nothing was decided");
        let fit: usize = refused
            .fault
            .text
            .rsplit("at most ")
            .next()
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!((700..800).contains(&fit), "{}", refused.fault.text);
        for (keys, expected) in [(fit, true), (fit + 2, false)] {
            assert_eq!(
                grant::decide(&world, &caller(None), delete(keys, 200), &peer, 0).is_ok(),
                expected,
                "{keys}"
            );
        }
    }
}

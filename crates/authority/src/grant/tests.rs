//! Parts of a call, and policies of both sides.

use std::collections::BTreeMap;

use catalog::{Ask, Call, Part, Passes, Service, Target, Template, query, s3};
use policy::{AccountId, Arn, Context, Document, Layer, Policies, Principal, Strictness, Verdict};
use wire::{Family, Head, RequestId, Words};

use super::{CallerPolicies, Permit, check_caller, contexts, decide, judge};
use crate::caller::{Caller, CallerContext};
use crate::denial::Denial;
use crate::entropy::Entropy;
use crate::peer::Peer;
use crate::record::{Asked, Cause, Link, Outcome, Who};
use crate::session::{Bearer, Facts};
use crate::sts;
use crate::world::{Account, Bucket, Change, Entity, Role, World};

const OWN: &str = "000000000000";
const OTHER: &str = "111111111111";

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// A role with this policy, a bucket of its account and one of another.
fn world(policy: &str) -> World {
    let kept = |id: &str| {
        Change::put(Entity::Account(Account {
            id: account(id),
            partition: "aws".into(),
            root_key: None,
        }))
    };
    let bucket = |name: &str, owner: &str| Bucket::new(name, account(owner), 0);
    let inline = BTreeMap::from([("p".to_owned(), policy.to_owned())]);
    let changes = [
        kept(OWN),
        kept(OTHER),
        Change::put(Entity::Role(Role {
            inline,
            ..Role::bare(OWN, "r", "AROA")
        })),
        Change::put(Entity::Bucket(bucket("mine", OWN))),
        Change::put(Entity::Bucket(bucket("theirs", OTHER))),
    ];
    World::default().fold(1, &changes).unwrap()
}

fn session() -> Caller {
    Caller::of(Bearer::Session(Box::new(Facts::bare(OWN, "r", "AROA"))))
}

fn peer() -> Peer {
    Peer {
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: None,
    }
}

fn ask(action: &'static str, resource: &str) -> Ask {
    Ask::new(action, Target::Template(Template::global("s3", resource)))
}

/// A call that is carried out by nothing but its name.
fn call(passes: Passes, parts: Vec<Part>) -> Call<&'static str> {
    Call {
        service: "s3".into(),
        operation: "DeleteObjects".into(),
        parts,
        passes,
        detail: "detail",
    }
}

fn decided(world: &World, call: Call<&'static str>) -> Result<Permit<&'static str>, Denial> {
    decide(world, &session(), call, &peer(), 0)
}

fn resources(asked: &[Asked]) -> Vec<(&str, Verdict)> {
    let name = |asked: &'_ Asked| asked.decision.verdict;
    asked
        .iter()
        .map(|one| {
            (
                one.resource.strip_prefix("arn:aws:s3:::").unwrap(),
                name(one),
            )
        })
        .collect()
}

const DELETES: &str = r#"{"Statement":[
    {"Effect":"Allow","Action":["s3:DeleteObject","s3:GetObject"],"Resource":["arn:aws:s3:::mine/ok*","arn:aws:s3:::none/*"]},
    {"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/ok-unread"}]}"#;

fn parts() -> Vec<Part> {
    let delete = |key: &str| Part::from(ask("s3:DeleteObject", key));
    vec![
        delete("mine/ok-1"),
        delete("mine/no-1"),
        delete("mine/ok-unread").and(ask("s3:GetObject", "mine/ok-unread")),
        delete("none/k"),
        delete("mine/ok-2"),
    ]
}

#[test]
fn parts_that_stand_alone_have_an_answer_each() {
    use Verdict::{Allowed, ExplicitlyDenied, ImplicitlyDenied};
    let permit = decided(&world(DELETES), call(Passes::Alone, parts())).unwrap();
    assert_eq!(
        permit.allowed().map(|(place, _)| place).collect::<Vec<_>>(),
        [0, 4]
    );
    let denied: Vec<_> = permit
        .denied()
        .map(|(place, denial)| {
            (
                place,
                denial.fault.code.as_ref(),
                denial.fault.text.as_str(),
            )
        })
        .collect();
    let user = "User: arn:aws:sts::000000000000:assumed-role/r/s is not authorized to perform";
    let no = format!(
        "{user}: s3:DeleteObject on resource: \"arn:aws:s3:::mine/no-1\" because no identity-based policy allows the s3:DeleteObject action"
    );
    let unread = format!(
        "{user}: s3:GetObject on resource: \"arn:aws:s3:::mine/ok-unread\" with an explicit deny in an identity-based policy"
    );
    assert_eq!(
        denied,
        [
            (1, "AccessDenied", no.as_str()),
            (2, "AccessDenied", unread.as_str()),
            (3, "NoSuchBucket", "The specified bucket does not exist")
        ]
    );
    let evidence = permit.evidence();
    assert_eq!(
        (evidence.outcome, &evidence.cause),
        (Outcome::Allowed, &None)
    );
    let all = [
        ("mine/ok-1", Allowed),
        ("mine/no-1", ImplicitlyDenied),
        ("mine/ok-unread", Allowed),
        ("mine/ok-unread", ExplicitlyDenied),
        ("none/k", Allowed),
        ("mine/ok-2", Allowed),
    ];
    assert_eq!(
        resources(&evidence.asked),
        all,
        "all that was asked is kept"
    );
    for (place, denial) in permit.denied() {
        let (asked, of) = (resources(&denial.evidence.asked), &denial.evidence);
        assert_eq!(
            (of.operation.as_str(), of.account.as_ref()),
            ("s3:DeleteObjects", Some(&account(OWN)))
        );
        assert_eq!(
            asked,
            if place == 2 {
                all[2..4].to_vec()
            } else {
                vec![all[if place == 1 { 1 } else { 4 }]]
            }
        );
    }
    assert_eq!(
        permit.whole().map(drop),
        Err(permit.denied().next().unwrap().1.clone()),
        "it is no permit for all of it"
    );
    assert_eq!(
        (permit.call().detail, permit.into_call().parts.len()),
        ("detail", 5),
        "decided again is over all of it"
    );
}

#[test]
fn the_first_denial_is_told_in_full_and_the_others_are_the_same_without() {
    let key = |number: usize| Part::from(ask("s3:DeleteObject", &format!("mine/no-{number}")));
    let told =
        |passes, parts: Vec<Part>| decided(&world(DELETES), call(passes, parts)).unwrap_err();
    let denial = told(Passes::Alone, (0..3).map(key).collect());
    let alone = told(Passes::Together, vec![key(0)]);
    assert_eq!(
        denial.fault, alone.fault,
        "where no part is allowed the denial is the first one's"
    );
    assert_eq!(denial.evidence.cause, Some(Cause::Permissions));
    let [first, rest @ ..] = denial.evidence.asked.as_slice() else {
        panic!("nothing was asked")
    };
    assert_eq!(first, &alone.evidence.asked[0]);
    assert!(!first.decision.trace.layers.is_empty() && rest.len() == 2);
    for other in rest {
        assert!(other.decision.trace.layers.is_empty());
        assert_eq!(
            (other.decision.verdict, other.decision.layer),
            (first.decision.verdict, first.decision.layer)
        );
    }
}

#[test]
fn parts_that_must_all_pass_end_at_the_first_that_does_not() {
    let denial = decided(&world(DELETES), call(Passes::Together, parts())).unwrap_err();
    let asked = [
        ("mine/ok-1", Verdict::Allowed),
        ("mine/no-1", Verdict::ImplicitlyDenied),
    ];
    assert_eq!(resources(&denial.evidence.asked), asked);
    let some = parts()
        .into_iter()
        .enumerate()
        .filter(|(place, _)| [0, 4].contains(place))
        .map(|(_, part)| part)
        .collect();
    let permit = decided(&world(DELETES), call(Passes::Together, some)).unwrap();
    assert_eq!(
        (
            permit.allowed().count(),
            permit.denied().count(),
            permit.whole().unwrap().detail
        ),
        (2, 0, "detail")
    );
    for passes in [Passes::Together, Passes::Alone] {
        let nothing = decided(&world(DELETES), call(passes, Vec::new())).unwrap_err();
        assert!(
            matches!(nothing.evidence.cause, Some(Cause::Unmapped { .. })),
            "{passes:?}: nothing asked is nothing allowed"
        );
    }
}

#[test]
fn attack_56_parts_that_stand_alone_are_bounded_together() {
    let long = format!(
        r#"{{"Statement":[{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/{}"}}]}}"#,
        "x".repeat(60_000)
    );
    let world = world(&long);
    let key = |number: usize| Part::from(ask("s3:DeleteObject", &format!("mine/{number:0200}")));
    let many = |count: usize| {
        decided(&world, call(Passes::Alone, (0..count).map(key).collect())).unwrap_err()
    };
    let refused = many(1_000);
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
    let denied = many(fit);
    assert_eq!(
        (denied.fault.code.as_ref(), denied.evidence.asked.len()),
        ("AccessDenied", fit)
    );
    assert_eq!(many(fit + 2).fault.code, "InvalidRequest");
}

#[test]
fn another_services_operation_of_the_same_name_asks_about_another_owner() {
    let condition = format!(r#"{{"StringEquals":{{"aws:ResourceAccount":"{OTHER}"}}}}"#);
    let world = world(&format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":["lightsail:*","s3:*"],"Resource":"*","Condition":{condition}}}]}}"#
    ));
    let arn = format!("arn:aws:lightsail:us-east-1:{OTHER}:Bucket/b");
    for (sentence, service, target, link) in [
        (
            "an ARN of another account, whose side has no policy",
            "lightsail",
            Target::Written(arn),
            Some(Layer::Resource),
        ),
        (
            "a bucket of S3 stays its owner's",
            "lightsail",
            Target::Template(Template::global("s3", "theirs")),
            Some(Layer::Resource),
        ),
        (
            "what S3 makes is the caller's",
            "s3",
            Target::Template(Template::global("s3", "theirs")),
            Some(Layer::Identity),
        ),
    ] {
        let ask = Ask::new(format!("{service}:CreateBucket"), target);
        let call = Call {
            service: service.into(),
            operation: "CreateBucket".into(),
            ..call(Passes::Together, vec![ask.into()])
        };
        let denial = decided(&world, call).unwrap_err();
        assert_eq!(denial.evidence.asked[0].decision.layer, link, "{sentence}");
    }
}

fn policies(text: &str) -> Policies {
    Policies::from(Document::read("p", text, Strictness::Evaluate).unwrap())
}

#[test]
fn a_resources_own_policy_is_asked_beside_the_callers() {
    let statement = |effect: &str, principal: &str| {
        let on = r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
        policies(&format!(
            r#"{{"Statement":[{{"Effect":"{effect}",{principal}{on}}}]}}"#
        ))
    };
    let (allows, silent) = (statement("Allow", ""), policies(r#"{"Statement":[]}"#));
    let by =
        |effect: &str, principal: &str| statement(effect, &format!(r#""Principal":{principal},"#));
    let everyone = by("Allow", r#""*""#);
    let (account_allows, role_allows) = (
        by("Allow", r#"{"AWS":"000000000000"}"#),
        by("Allow", r#"{"AWS":"arn:aws:iam::000000000000:role/r"}"#),
    );
    let denies = by("Deny", r#""*""#);
    let session = Principal::Session {
        role: Some(Arn::parse("arn:aws:iam::000000000000:role/r").unwrap()),
        session: Arn::parse("arn:aws:sts::000000000000:assumed-role/r/s").unwrap(),
    };
    let signed = |identity| (session.clone(), Some(identity));
    let anonymous = || (Principal::Anonymous, None);
    for (sentence, (principal, identity), of_resource, owner, verdict, layer) in [
        (
            "own account: the caller's side alone",
            signed(&allows),
            None,
            OWN,
            Verdict::Allowed,
            Layer::Identity,
        ),
        (
            "own account: the resource's side alone",
            signed(&silent),
            Some(&role_allows),
            OWN,
            Verdict::Allowed,
            Layer::Resource,
        ),
        (
            "own account: delegated, and nobody took it up",
            signed(&silent),
            Some(&account_allows),
            OWN,
            Verdict::ImplicitlyDenied,
            Layer::Identity,
        ),
        (
            "own account: a Deny of the resource's side",
            signed(&allows),
            Some(&denies),
            OWN,
            Verdict::ExplicitlyDenied,
            Layer::Resource,
        ),
        (
            "across accounts: the caller's side alone",
            signed(&allows),
            Some(&silent),
            OTHER,
            Verdict::ImplicitlyDenied,
            Layer::Resource,
        ),
        (
            "across accounts: no policy there",
            signed(&allows),
            None,
            OTHER,
            Verdict::ImplicitlyDenied,
            Layer::Resource,
        ),
        (
            "across accounts: the resource's side alone",
            signed(&silent),
            Some(&role_allows),
            OTHER,
            Verdict::ImplicitlyDenied,
            Layer::Identity,
        ),
        (
            "across accounts: both",
            signed(&allows),
            Some(&account_allows),
            OTHER,
            Verdict::Allowed,
            Layer::Identity,
        ),
        (
            "nobody: everyone may",
            anonymous(),
            Some(&everyone),
            OTHER,
            Verdict::Allowed,
            Layer::Resource,
        ),
        (
            "nobody: an account may",
            anonymous(),
            Some(&account_allows),
            OTHER,
            Verdict::ImplicitlyDenied,
            Layer::Resource,
        ),
        (
            "nobody: a Deny",
            anonymous(),
            Some(&denies),
            OTHER,
            Verdict::ExplicitlyDenied,
            Layer::Resource,
        ),
        (
            "nobody: no policy there",
            anonymous(),
            None,
            OTHER,
            Verdict::ImplicitlyDenied,
            Layer::Resource,
        ),
    ] {
        let caller = CallerPolicies {
            principal,
            identity,
            boundary: None,
            session: None,
        };
        let (owner, context) = (account(owner), Context::new());
        let ask = |resource| {
            judge(
                &caller,
                of_resource,
                "s3:GetObject",
                resource,
                Some(&owner),
                &context,
            )
        };
        let decision = ask("arn:aws:s3:::b/k");
        assert_eq!(
            (decision.verdict, decision.layer),
            (verdict, Some(layer)),
            "{sentence}"
        );
        assert_ne!(
            ask("arn:aws:s3:::other/k").verdict,
            Verdict::Allowed,
            "{sentence}, elsewhere"
        );
    }
}

fn form(text: &str) -> Words {
    Words::read(text).unwrap()
}

#[test]
fn who_is_anonymous_is_denied_wherever_no_policy_of_the_resource_allows() {
    let (world, anonymous) = (world(DELETES), Caller::anonymous());
    assert_eq!(
        check_caller(&world, &anonymous),
        Ok(()),
        "there is no role that could be gone"
    );
    let s3 = |method: &str, target: &str| {
        let head = Head::read(method, target, [("host", &b"localhost"[..])]).unwrap();
        decide(
            &world,
            &anonymous,
            s3::route(&head, None).unwrap().call(b"").unwrap(),
            &peer(),
            0,
        )
        .map(drop)
        .unwrap_err()
    };
    let query = |service, text: &str| {
        decide(
            &world,
            &anonymous,
            query::call(service, form(text)).unwrap(),
            &peer(),
            0,
        )
        .map(drop)
        .unwrap_err()
    };
    let alone = decide(&world, &anonymous, call(Passes::Alone, parts()), &peer(), 0)
        .map(drop)
        .unwrap_err();
    for (sentence, denial) in [
        ("an object", s3("GET", "/mine/ok-1")),
        (
            "a bucket that is not there: nobody learns of it",
            s3("GET", "/none/k"),
        ),
        (
            "a bucket that is taken: nobody learns of it",
            s3("PUT", "/mine"),
        ),
        ("all buckets", s3("GET", "/")),
        (
            "who am I, which needs a signature, though no permission",
            query(Service::Sts, "Action=GetCallerIdentity&Version=2011-06-15"),
        ),
        (
            "all roles, of no account",
            query(Service::Iam, "Action=ListRoles&Version=2010-05-08"),
        ),
        ("every part of a call", alone),
    ] {
        assert_eq!(
            (denial.fault.status, denial.fault.code.as_ref()),
            (403, "AccessDenied"),
            "{sentence}"
        );
        assert_eq!(denial.fault.text, "Access Denied", "{sentence}");
        let evidence = denial.evidence;
        assert_eq!(
            (evidence.link, &evidence.cause),
            (Link::ResourcePolicy, &Some(Cause::Permissions)),
            "{sentence}"
        );
        assert_eq!(
            (&evidence.who, &evidence.account),
            (&Who::default(), &None),
            "{sentence}"
        );
        let decisions = evidence
            .asked
            .iter()
            .map(|asked| (asked.decision.verdict, asked.decision.layer));
        assert!(
            decisions
                .clone()
                .all(|it| it == (Verdict::ImplicitlyDenied, Some(Layer::Resource))),
            "{sentence}"
        );
        assert!(decisions.count() > 0, "{sentence}");
    }
    let role = query(
        Service::Iam,
        "Action=CreateRole&Version=2010-05-08&RoleName=n",
    );
    assert!(
        matches!(role.evidence.cause, Some(Cause::Unmapped { .. })),
        "in nobody's account there is no such name"
    );
}

#[test]
fn a_policy_of_the_resource_may_allow_the_anonymous() {
    let (world, anonymous) = (world(DELETES), Caller::anonymous());
    let head = Head::read("GET", "/theirs/k", [("host", &b"localhost"[..])]).unwrap();
    let call = s3::route(&head, None).unwrap().call(b"").unwrap();
    let context = contexts(&world, &anonymous, &call, &peer(), 0).remove(0);
    let caller = CallerPolicies::of(
        &world,
        &CallerContext::of(&world, &anonymous),
        anonymous.bearer(),
    )
    .unwrap();
    assert_eq!(caller.principal, Principal::Anonymous);
    let statement = |effect: &str, condition: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::theirs/*","Condition":{{{condition}}}}}"#
        )
    };
    let allow = |condition: &str| statement("Allow", condition);
    let deny = |condition: &str| {
        format!(
            "{},{}",
            statement("Allow", ""),
            statement("Deny", condition)
        )
    };
    for (sentence, statements, verdict) in [
        ("everybody may", allow(""), Verdict::Allowed),
        (
            "by the owner, which is known",
            allow(r#""StringEquals":{"s3:ResourceAccount":"111111111111"}"#),
            Verdict::Allowed,
        ),
        (
            "by the address, which is known",
            allow(r#""IpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#),
            Verdict::Allowed,
        ),
        (
            "by an ARN of a principal, which nobody has",
            allow(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*"}"#),
            Verdict::ImplicitlyDenied,
        ),
        (
            "by an account, which cannot be told",
            allow(r#""StringNotEquals":{"aws:PrincipalAccount":"000000000000"}"#),
            Verdict::ImplicitlyDenied,
        ),
        (
            "a Deny by account stays",
            deny(r#""StringNotEquals":{"aws:PrincipalAccount":"000000000000"}"#),
            Verdict::ExplicitlyDenied,
        ),
        (
            "a Deny by type stays",
            deny(r#""StringEquals":{"aws:PrincipalType":"AssumedRole"}"#),
            Verdict::ExplicitlyDenied,
        ),
        (
            "a Deny by signature stays",
            deny(r#""StringNotEquals":{"s3:authType":"REST-HEADER"}"#),
            Verdict::ExplicitlyDenied,
        ),
        (
            "a Deny by region stays",
            deny(r#""StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}"#),
            Verdict::ExplicitlyDenied,
        ),
    ] {
        let own = policies(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
        ));
        let decision = judge(
            &caller,
            Some(&own),
            "s3:GetObject",
            "arn:aws:s3:::theirs/k",
            Some(&account(OTHER)),
            &context,
        );
        assert_eq!(decision.verdict, verdict, "{sentence}");
    }
}

#[test]
fn what_is_about_the_account_that_asks_needs_a_signature() {
    let permit = |service, text: &str| {
        Permit::undecided(
            query::call(service, form(text)).unwrap(),
            Caller::anonymous(),
            "aws",
        )
    };
    let (roles, identity) = (
        "Action=ListRoles&Version=2010-05-08",
        "Action=GetCallerIdentity&Version=2011-06-15",
    );
    let applied = crate::iam::apply(
        &world(DELETES),
        &permit(Service::Iam, roles),
        0,
        &mut Entropy::new([7; 32]),
    );
    assert_eq!(applied.unwrap_err().code, "MissingAuthenticationToken");
    let id = RequestId::from_entropy([0; 16]);
    let told = sts::caller_identity(&permit(Service::Sts, identity), Family::Query, &id);
    assert_eq!(told.unwrap_err().code, "MissingAuthenticationToken");
}

//! Tricky cases of the policy language as rows. The numbers are those of the project's list of such cases; 0 is a row
//! beyond it. Sources: IAM user guide, Access Analyzer's check reference, Organizations guide; where they are silent the
//! row has the denying reading.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use policy::{AccountId, Arn, Context, Decision, Document, Kind, Layers, Principal, Question, Strictness, Values, Verdict, decide};
use serde_json::{Value, json};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/s1";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
const PROVIDER: &str = "arn:aws:iam::111111111111:oidc-provider/i.example";
const OBJECT: &str = "arn:aws:s3:::b/x";

use Verdict::{Allowed as A, ExplicitlyDenied as E, ImplicitlyDenied as I};

fn document(value: &Value) -> Document {
    Document::read("policy", &value.to_string(), Strictness::Evaluate).unwrap()
}

fn policy_of(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": if statements.is_array() { statements } else { json!([statements]) } })
}

fn context_of(value: &Value) -> Context {
    let mut context = Context::new();
    for (name, value) in value.as_object().unwrap() {
        context.insert(name.clone(), serde_json::from_value::<Values>(value.clone()).unwrap());
    }
    context
}

/// A question with its layers as JSON; a layer that is not named is not there.
fn ask(principal: &str, action: &str, resource: &str, context: Value, layers: Value) -> Decision {
    let principal = if principal == SESSION {
        Principal::Session { role: Some(Arn::parse(ROLE).unwrap()), session: Arn::parse(SESSION).unwrap() }
    } else {
        Principal::from_arn(principal).unwrap()
    };
    let many = |value: &Value| value.as_array().unwrap().iter().map(document).collect::<Vec<_>>();
    let list = |name: &str| layers.get(name).map(many);
    let levels = |name: &str| layers.get(name).map_or(Vec::new(), |all| all.as_array().unwrap().iter().map(many).collect());
    let one = |name: &str| layers.get(name).map(document);
    let (identity, session, trust, boundary) = (list("identity"), list("session"), one("trust"), one("boundary"));
    let resource_policy = one("resource");
    let (scps, rcps): (Vec<Vec<Document>>, Vec<Vec<Document>>) = (levels("scp"), levels("rcp"));
    let identity: Option<Vec<&Document>> = identity.as_ref().map(|all| all.iter().collect());
    let session: Option<Vec<&Document>> = session.as_ref().map(|all| all.iter().collect());
    let scps: Vec<Vec<&Document>> = scps.iter().map(|level| level.iter().collect()).collect();
    let rcps: Vec<Vec<&Document>> = rcps.iter().map(|level| level.iter().collect()).collect();
    let owner = layers.get("owner").and_then(Value::as_str).map(|text| AccountId::parse(text).unwrap());
    decide(
        &Question { principal: &principal, action, resource, resource_account: owner.as_ref(), context: &context_of(&context) },
        &Layers {
            identity: identity.as_deref(),
            resource: trust.as_ref().or(resource_policy.as_ref()),
            resource_is_trust: trust.is_some(),
            boundary: boundary.as_ref(),
            session: session.as_deref(),
            scps: &scps,
            rcps: &rcps,
        },
    )
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn all() -> Value {
    allow("*", "*")
}

#[test]
fn actions_and_resources() {
    let deny_outside = || json!([{ "Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*" }, all()]);
    for (case, statements, action, resource, expected) in [
        (1, allow("S3:getOBJECT", "*"), "s3:GetObject", OBJECT, A),
        (2, allow("s3:?etObject", "*"), "s3:GetObject", OBJECT, A),
        (3, allow("s3:Get", "*"), "s3:GetObject", OBJECT, I),
        (4, allow("s3:GetObject,s3:PutObject", "*"), "s3:GetObject", OBJECT, I),
        (5, allow("s3:GetObject ", "*"), "s3:GetObject", OBJECT, I),
        (5, json!({ "Effect": "Allow", "NotAction": "s3:GetObject ", "Resource": "*" }), "s3:GetObject", OBJECT, A),
        (6, allow("s3:*", "arn:aws:s3:::B/*"), "s3:GetObject", OBJECT, I),
        (7, allow("s3:*", "arn:aws:s3:::b/*/test/*"), "s3:GetObject", "arn:aws:s3:::b/1/2/test/3/o", A),
        (7, allow("s3:*", "arn:aws:s3:::b/*/test/*"), "s3:GetObject", "arn:aws:s3:::b/test/o", I),
        (8, allow("s3:*", "arn:aws:s3:::b/*"), "s3:ListBucket", "arn:aws:s3:::b", I),
        (9, allow("s3:*", "arn:aws:s3:::b*"), "s3:GetObject", "arn:aws:s3:::bucket/x", A),
        (
            10,
            allow("logs:*", "arn:aws:logs:*:*:log-group:*"),
            "logs:PutLogEvents",
            "arn:aws:logs:us-east-1:111111111111:log-group:a:log-stream:b",
            A,
        ),
        (
            11,
            allow("sqs:*", "arn:aws:sqs:*:111111111111:q"),
            "sqs:SendMessage",
            "arn:aws:sqs:us-east-1:222222222222:x:111111111111:q",
            I,
        ),
        (12, allow("s3:*", "arn:aws:s3:::b/?"), "s3:GetObject", "arn:aws:s3:::b/xy", I),
        (14, json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }), "s3:GetObject", OBJECT, A),
        (15, json!([{ "Effect": "Deny", "NotAction": "iam:*", "Resource": "*" }, all()]), "s3:GetObject", OBJECT, E),
        (16, deny_outside(), "s3:GetObject", "arn:aws:s3:::c/x", E),
        (16, deny_outside(), "s3:GetObject", OBJECT, A),
        (17, json!([all(), { "Effect": "Deny", "Action": "s3:*", "Resource": "*" }]), "s3:GetObject", OBJECT, E),
        (18, allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"), "s3:ListAllMyBuckets", "*", I),
        (18, allow("s3:ListAllMyBuckets", "*"), "s3:ListAllMyBuckets", "*", A),
        (19, allow("s3:*", "arn:aws:s3"), "s3:GetObject", OBJECT, A),
        (0, json!({ "Effect": "Allow", "Action": [], "Resource": "*" }), "s3:GetObject", OBJECT, I),
        (0, json!({ "Effect": "Allow", "NotAction": [], "Resource": "*" }), "s3:GetObject", OBJECT, I),
        (119, json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }), "sts:GetCallerIdentity", "*", A),
        (122, all(), "iam:PassRole", "arn:aws:iam::111111111111:role/aws-reserved/x", I),
    ] {
        let layers = json!({ "identity": [policy_of(statements.clone())] });
        assert_eq!(
            ask(ALICE, action, resource, json!({}), layers).verdict,
            expected,
            "case {case}: {statements} {action} {resource}"
        );
    }
}

fn conditional(effect: &str, operator: &str, values: &Value) -> Value {
    json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": { operator: { "k:k": values } } })
}

#[test]
fn conditions() {
    let none = || json!({});
    let k = |value: &str| json!({ "k:k": value });
    let ks = |values: &[&str]| json!({ "k:k": values });
    let finance = || json!("arn:aws:s3:*:111111111111:finance/*");
    let embedded = || k("arn:aws:s3:x:222222222222:y:111111111111:finance/z");
    for (case, operator, values, context, expected) in [
        (20, "StringEquals", json!("a"), none(), I),
        (21, "StringNotEquals", json!("a"), none(), A),
        (21, "StringNotLike", json!("a"), none(), A),
        (22, "StringEqualsIfExists", json!("a"), none(), A),
        (24, "StringNotEquals", json!(["a", "b"]), k("a"), I),
        (24, "StringNotEquals", json!(["a", "b"]), k("c"), A),
        (25, "StringEquals", json!("a*"), k("abc"), I),
        (25, "StringLike", json!("a*c"), k("abcc"), A),
        (26, "StringLike", json!("Home/*"), k("home/x"), I),
        (27, "StringLike", json!("a?"), k("a"), I),
        (28, "StringLike", json!(["", "home/"]), k(""), A),
        (32, "stringequals", json!("a"), k("a"), A),
        (33, "NumericEquals", json!("10"), k("10.0"), A),
        (34, "NumericEquals", json!(10), k("10"), A),
        (35, "NumericLessThan", json!("5"), k("abc"), I),
        (35, "NumericNotEquals", json!("5"), none(), A),
        (36, "DateEquals", json!("2024-05-05T00:00:00Z"), k("1714867200"), A),
        (37, "DateEquals", json!("2024-05-05T00:00:00Z"), k("2024-05-05T02:00:00+02:00"), A),
        (38, "DateLessThan", json!("2024-05-06"), k("2024-05-05T23:59:59Z"), A),
        (39, "Bool", json!("true"), none(), I),
        (42, "Null", json!("true"), none(), A),
        (42, "Null", json!("true"), k("a"), I),
        (42, "Null", json!(false), k("a"), A),
        (43, "NullIfExists", json!("true"), none(), I),
        (44, "ForAllValues:Null", json!("true"), k("a"), A),
        (44, "ForAnyValue:Null", json!("true"), none(), I),
        (45, "Bool", json!([true, false]), k("true"), I),
        (46, "IpAddress", json!("10.1.2.3/8"), k("10.9.9.9"), A),
        (47, "IpAddress", json!("0.0.0.0/0"), k("8.8.8.8"), A),
        (48, "IpAddress", json!("2001:db8::1"), k("2001:0db8:0:0:0:0:0:1"), A),
        (49, "NotIpAddress", json!("10.0.0.0/8"), k("2001:db8::1"), A),
        (49, "NotIpAddress", json!("10.0.0.0/8"), none(), A),
        (49, "NotIpAddress", json!(["10.0.0.0/8", "8.0.0.0/8"]), k("8.8.8.8"), I),
        (50, "ArnLike", finance(), embedded(), I),
        (50, "StringLike", finance(), embedded(), A),
        (51, "ArnEquals", json!("arn:aws:iam::*:role/x"), k("arn:aws:iam::111111111111:role/x"), A),
        (52, "ArnNotEquals", json!("arn:aws:iam::1:role/x"), none(), A),
        (53, "ArnLike", json!("arn:aws:sts::*:assumed-role/app/*"), k(ROLE), I),
        (54, "ForAllValues:StringEquals", json!(["A"]), none(), A),
        (54, "ForAllValues:StringEquals", json!(["A"]), ks(&[]), A),
        (54, "ForAnyValue:StringEquals", json!(["A"]), none(), I),
        (54, "ForAnyValue:StringEquals", json!(["A"]), ks(&[]), I),
        (55, "ForAllValues:StringEquals", json!(["A", "B"]), ks(&["A"]), A),
        (55, "ForAllValues:StringEquals", json!(["A", "B"]), ks(&["A", "C"]), I),
        (56, "ForAnyValue:StringEquals", json!(["A", "B"]), ks(&["C", "A"]), A),
        (57, "ForAllValues:StringNotEquals", json!(["A", "B"]), ks(&["C", "A"]), I),
        (57, "ForAllValues:StringNotEquals", json!(["A", "B"]), ks(&["C", "D"]), A),
        (58, "ForAnyValue:StringNotEquals", json!(["A", "B"]), ks(&["A", "C"]), A),
        (58, "ForAnyValue:StringNotEquals", json!(["A", "B"]), ks(&["A", "B"]), I),
        (58, "ForAnyValue:StringNotEquals", json!(["A", "B"]), none(), I),
        (59, "ForAllValues:StringEqualsIfExists", json!("A"), none(), A),
        (59, "ForAnyValue:StringEqualsIfExists", json!("A"), none(), A),
        (60, "StringEquals", json!("a"), ks(&["a", "b"]), I),
        (60, "StringNotEquals", json!("z"), ks(&["a", "b"]), I),
        (60, "StringEquals", json!("a"), ks(&["a"]), A),
        (61, "ForAllValues:StringEquals", json!("x"), json!({ "k:other": "y" }), A),
        (62, "ForAllValues:StringEquals", json!("A"), k(""), A),
        (63, "StringEquals", json!([]), k("a"), I),
        (63, "StringEqualsIfExists", json!([]), none(), A),
        (63, "ForAllValues:StringEquals", json!([]), none(), A),
        (63, "ForAllValues:StringEquals", json!([]), k("a"), I),
        (0, "StringEqualz", json!("a"), k("a"), I),
        (0, "BinaryEquals", json!("QUJD"), k("QUJD"), A),
        (0, "StringEqualsIgnoreCase", json!("ABC"), k("abc"), A),
    ] {
        let layers = json!({ "identity": [policy_of(conditional("Allow", operator, &values))] });
        let verdict = ask(ALICE, "s3:GetObject", OBJECT, context.clone(), layers).verdict;
        assert_eq!(verdict, expected, "case {case}: {operator} {values} {context}");
    }
    let two = |conditions: Value| {
        let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions });
        ask(
            ALICE,
            "s3:GetObject",
            OBJECT,
            json!({ "aws:PrincipalTag/t": "red", "k:b": "2" }),
            json!({ "identity": [policy_of(statement)] }),
        )
        .verdict
    };
    assert_eq!(two(json!({ "StringEquals": { "aws:PrincipalTag/t": "red", "k:b": "no" } })), I, "case 29");
    assert_eq!(two(json!({ "StringEquals": { "aws:PrincipalTag/t": "red" }, "NumericEquals": { "k:b": "3" } })), I, "case 29");
    assert_eq!(two(json!({ "StringEquals": { "AWS:principalTAG/T": "red" }, "NumericEquals": { "k:b": "2" } })), A, "case 30");
}

#[test]
fn a_deny_never_falls_away() {
    let deny = |operator: &str, values: &Value, context: Value| {
        let statements = json!([all(), conditional("Deny", operator, values)]);
        ask(ALICE, "s3:GetObject", OBJECT, context, json!({ "identity": [policy_of(statements)] }))
    };
    for (case, operator, values, context, expected) in [
        (23, "StringNotEqualsIfExists", json!("a"), json!({}), E),
        (40, "Bool", json!("false"), json!({}), A),
        (41, "BoolIfExists", json!("false"), json!({}), E),
        (72, "StringNotEquals", json!("${aws:missing}"), json!({ "k:k": "a" }), E),
        (0, "StringEqualz", json!("a"), json!({ "k:k": "b" }), E),
        (0, "NumericEquals", json!("abc"), json!({ "k:k": "1" }), E),
        (0, "IpAddress", json!("10/8"), json!({ "k:k": "1.1.1.1" }), E),
        (0, "StringEquals", json!("z"), json!({ "k:k": ["a", "b"] }), E),
        (0, "StringEquals", json!("${broken"), json!({ "k:k": "a" }), E),
    ] {
        let decision = deny(operator, &values, context.clone());
        assert_eq!(decision.verdict, expected, "case {case}: {operator} {values} {context}");
    }
    assert!(deny("StringEqualz", &json!("a"), json!({ "k:k": "a" })).error.is_some(), "an evaluation error says so");
    let odd = json!([all(), { "Effect": "deny", "Action": "*", "Resource": "*" }]);
    assert_ne!(ask(ALICE, "s3:GetObject", OBJECT, json!({}), json!({ "identity": [policy_of(odd)] })).verdict, A);
}

#[test]
fn variables() {
    let name = || json!({ "aws:username": "alice" });
    for (case, version, resource, asked, context, expected) in [
        (64, "2012-10-17", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/x", name(), A),
        (64, "2012-10-17", "arn:aws:s3:::b/${AWS:UserName}", "arn:aws:s3:::b/alice", name(), A),
        (65, "2012-10-17", "arn:aws:s3:::b/${aws:username}*", "arn:aws:s3:::b/x", json!({}), I),
        (66, "2008-10-17", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/alice", name(), I),
        (66, "2008-10-17", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${aws:username}", name(), A),
        (67, "2012-10-17", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}", "arn:aws:s3:::b/all", json!({}), A),
        (
            67,
            "2012-10-17",
            "arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}",
            "arn:aws:s3:::b/red",
            json!({ "aws:PrincipalTag/team": "red" }),
            A,
        ),
        (
            68,
            "2012-10-17",
            "arn:aws:s3:::b/${aws:PrincipalTag/team}/x",
            "arn:aws:s3:::b/red/x",
            json!({ "aws:PrincipalTag/team": "*" }),
            I,
        ),
        (69, "2012-10-17", "arn:aws:s3:::b/${*}/x", "arn:aws:s3:::b/foo/x", json!({}), I),
        (69, "2012-10-17", "arn:aws:s3:::b/${*}/x", "arn:aws:s3:::b/*/x", json!({}), A),
        (70, "2012-10-17", "arn:aws:s3:::b/a$b", "arn:aws:s3:::b/a$b", json!({}), A),
        (71, "2012-10-17", "arn:aws:s3:::b/${k:k}", "arn:aws:s3:::b/a", json!({ "k:k": ["a", "b"] }), I),
        (
            74,
            "2012-10-17",
            "arn:aws:s3::${aws:PrincipalAccount}:b/x",
            "arn:aws:s3::111111111111:b/x",
            json!({ "aws:PrincipalAccount": "111111111111" }),
            I,
        ),
    ] {
        let policy = json!({ "Version": version, "Statement": allow("*", resource) });
        let verdict = ask(ALICE, "s3:GetObject", asked, context, json!({ "identity": [policy] })).verdict;
        assert_eq!(verdict, expected, "case {case}: {resource} {asked}");
    }
    let deny = json!([all(), { "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:missing}/*" }]);
    assert_eq!(ask(ALICE, "s3:GetObject", OBJECT, json!({}), json!({ "identity": [policy_of(deny)] })).verdict, E, "case 73");
    let arn = conditional("Allow", "ArnLike", &json!("arn:aws:iam::${aws:PrincipalAccount}:role/*"));
    let context = json!({ "k:k": ROLE, "aws:PrincipalAccount": "111111111111" });
    assert_eq!(ask(ALICE, "s3:GetObject", OBJECT, context, json!({ "identity": [policy_of(arn)] })).verdict, A, "case 75");
}

fn granting(principal: Value) -> Value {
    policy_of(json!({ "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*" }))
}

fn denying(principal: Value) -> Value {
    policy_of(json!({ "Effect": "Deny", "Principal": principal, "Action": "*", "Resource": "*" }))
}

#[test]
fn layers_in_one_account() {
    let aws = |arn: &str| json!({ "AWS": arn });
    let (every, none) = (policy_of(all()), policy_of(allow("ec2:*", "*")));
    let by_condition = policy_of(
        json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": { "ArnEquals": { "aws:PrincipalArn": ROLE } } }),
    );
    let spares = policy_of(
        json!({ "Effect": "Deny", "NotPrincipal": { "AWS": [ALICE, "arn:aws:iam::111111111111:root"] }, "Action": "*", "Resource": "*" }),
    );
    let root = "arn:aws:iam::111111111111:root";
    for (case, who, layers, expected) in [
        (76, ALICE, json!({ "resource": granting(aws(ALICE)) }), A),
        (77, ALICE, json!({ "resource": granting(aws("111111111111")) }), I),
        (77, ALICE, json!({ "resource": granting(aws("111111111111")), "identity": [every] }), A),
        (78, ALICE, json!({ "resource": granting(json!("*")) }), A),
        (78, ALICE, json!({ "resource": granting(aws("*")) }), A),
        (79, ALICE, json!({ "resource": denying(aws(root)), "identity": [every] }), E),
        (80, SESSION, json!({ "resource": denying(aws(ROLE)), "identity": [every] }), E),
        (81, SESSION, json!({ "resource": granting(aws(ROLE)) }), A),
        (82, ALICE, json!({ "resource": granting(aws("arn:aws:iam::111111111111:user/*")) }), I),
        (83, ALICE, json!({ "identity": [every], "boundary": none }), I),
        (83, ALICE, json!({ "boundary": every }), I),
        (84, ALICE, json!({ "boundary": none, "resource": granting(aws(ALICE)) }), A),
        (85, SESSION, json!({ "boundary": none, "resource": granting(aws(ROLE)) }), I),
        (86, SESSION, json!({ "boundary": none, "resource": granting(aws(SESSION)) }), A),
        (87, SESSION, json!({ "boundary": none, "resource": by_condition }), A),
        (88, SESSION, json!({ "identity": [every], "session": [none] }), I),
        (88, SESSION, json!({ "session": [every] }), I),
        (0, SESSION, json!({ "identity": [every], "session": [] }), I),
        (89, SESSION, json!({ "session": [none], "resource": granting(aws(ROLE)) }), I),
        (90, SESSION, json!({ "session": [none], "resource": granting(aws(SESSION)) }), A),
        (91, SESSION, json!({ "session": [every], "resource": granting(aws(ROLE)) }), A),
        (92, SESSION, json!({ "scp": [[every], [none]], "resource": granting(aws(SESSION)) }), I),
        (0, ALICE, json!({ "scp": [[]], "identity": [every] }), I),
        (93, ALICE, json!({ "scp": [[none, every]], "identity": [every] }), A),
        (94, ALICE, json!({ "rcp": [[denying(json!("*"))]], "identity": [every] }), E),
        (0, ALICE, json!({ "rcp": [[]], "identity": [every] }), A),
        (95, ALICE, json!({ "resource": spares, "identity": [every] }), A),
        (95, ALICE, json!({ "resource": spares, "identity": [every], "boundary": every }), E),
        (96, ALICE, json!({ "resource": policy_of(all()) }), I),
        (0, root, json!({}), A),
        (0, root, json!({ "scp": [[none]] }), I),
    ] {
        let verdict = ask(who, "s3:GetObject", OBJECT, json!({ "aws:PrincipalArn": ROLE }), layers.clone()).verdict;
        assert_eq!(verdict, expected, "case {case}: {who} {layers}");
    }
}

#[test]
fn accounts_apart_and_roles() {
    let bob = "arn:aws:iam::222222222222:user/bob";
    let every = policy_of(all());
    for (case, who, layers, expected) in [
        (97, bob, json!({ "resource": granting(json!({ "AWS": bob })), "owner": "111111111111" }), I),
        (97, bob, json!({ "identity": [every], "owner": "111111111111" }), I),
        (97, bob, json!({ "identity": [every], "resource": granting(json!({ "AWS": bob })), "owner": "111111111111" }), A),
        (98, bob, json!({ "resource": granting(json!("*")), "owner": "111111111111" }), I),
        (98, "*", json!({ "resource": granting(json!("*")), "owner": "111111111111" }), A),
        (99, SESSION, json!({ "resource": granting(json!({ "AWS": SESSION })), "owner": "222222222222" }), I),
        (0, "*", json!({ "identity": [every] }), I),
        (0, "ec2.amazonaws.com", json!({ "resource": granting(json!({ "Service": "ec2.amazonaws.com" })) }), A),
        (0, "ec2.amazonaws.com", json!({ "resource": granting(json!({ "Service": "s3.amazonaws.com" })) }), I),
    ] {
        assert_eq!(ask(who, "s3:GetObject", OBJECT, json!({}), layers.clone()).verdict, expected, "case {case}: {who} {layers}");
    }
    let trust = |principal: Value| policy_of(json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }));
    let assume = policy_of(allow("sts:AssumeRole", "*"));
    for (case, layers, expected) in [
        (100, json!({ "trust": trust(json!({ "AWS": "111111111111" })) }), I),
        (100, json!({ "trust": trust(json!({ "AWS": "111111111111" })), "identity": [assume] }), A),
        (101, json!({ "trust": trust(json!({ "AWS": ALICE })) }), A),
        (102, json!({ "trust": trust(json!({ "AWS": bob })), "identity": [assume] }), I),
    ] {
        assert_eq!(ask(ALICE, "sts:AssumeRole", ROLE, json!({}), layers.clone()).verdict, expected, "case {case}: {layers}");
    }
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let kms = policy_of(allow("kms:*", "*"));
    let decrypt =
        |resource: Value| ask(ALICE, "kms:Decrypt", key, json!({}), json!({ "identity": [kms], "resource": resource })).verdict;
    assert_eq!(decrypt(granting(json!({ "AWS": bob }))), I, "case 120");
    assert_eq!(decrypt(granting(json!({ "AWS": "arn:aws:iam::111111111111:root" }))), A, "case 120");
}

#[test]
fn web_identities() {
    const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
    let me = "system:serviceaccount:ns:app";
    let claims = || json!({ "i.example:sub": me, "i.example:aud": "sts.amazonaws.com" });
    let trust = |principal: Value, action: &str, condition: Value| {
        policy_of(json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition }))
    };
    let web = || json!({ "Federated": PROVIDER });
    let on = |operator: &str, key: &str, value: &str| trust(web(), ACTION, json!({ operator: { key: value } }));
    let denied = policy_of(json!([
        { "Effect": "Allow", "Principal": web(), "Action": ACTION },
        { "Effect": "Deny", "Principal": "*", "Action": ACTION, "Condition": { "StringLike": { "i.example:sub": "*:ns:*" } } },
    ]));
    for (case, trust, claims, expected) in [
        (
            104,
            trust(web(), ACTION, json!({ "StringEquals": { "i.example:sub": me, "i.example:aud": "sts.amazonaws.com" } })),
            claims(),
            A,
        ),
        (105, on("StringEquals", "i.example:sub", "system:serviceaccount:NS:app"), claims(), I),
        (106, on("StringEquals", "i.example:sub", "system:serviceaccount:ns:*"), claims(), I),
        (106, on("StringLike", "i.example:sub", "system:serviceaccount:ns:*"), claims(), A),
        (107, trust(web(), "sts:AssumeRole", json!({})), claims(), I),
        (108, trust(json!({ "Federated": "arn:aws:iam::111111111111:oidc-provider/i" }), ACTION, json!({})), claims(), I),
        (109, on("StringEquals", "j.example:sub", me), claims(), I),
        (110, on("ForAllValues:StringLike", "j.example:sub", "x"), claims(), A),
        (111, denied, claims(), E),
        (112, on("StringEquals", "i.example:aud", "y"), json!({ "i.example:aud": "x", "i.example:oaud": "y" }), I),
        (112, on("StringEquals", "i.example:oaud", "y"), json!({ "i.example:aud": "x", "i.example:oaud": "y" }), A),
        (113, on("StringEquals", "i.example:aud", "a"), json!({ "i.example:aud": ["a"] }), A),
        (113, on("StringEquals", "i.example:aud", "a"), json!({ "i.example:aud": ["a", "b"] }), I),
        (113, on("ForAnyValue:StringEquals", "i.example:aud", "a"), json!({ "i.example:aud": ["a", "b"] }), A),
        (117, on("NumericEquals", "sts:DurationSeconds", "3600"), claims(), I),
        (118, on("StringEquals", "aws:username", "x"), claims(), I),
        (0, trust(json!("*"), ACTION, json!({})), claims(), I),
    ] {
        assert_eq!(ask(PROVIDER, ACTION, ROLE, claims, json!({ "trust": trust })).verdict, expected, "case {case}: {trust}");
    }
}

#[test]
fn what_iam_refuses_at_write_and_how_it_says_so() {
    const SYNTAX: &str = "Syntax errors in policy.";
    const LEGACY: &str = "The policy failed legacy parsing";
    let s = |statement: Value| policy_of(statement).to_string();
    let with = |name: &str, value: Value| {
        let mut statement = allow("s3:GetObject", "*");
        statement[name] = value;
        s(statement)
    };
    let on = |condition: Value| with("Condition", condition);
    let trust = |action: &str, principal: Value| json!({ "Effect": "Allow", "Principal": principal, "Action": action });
    let web = || json!({ "Federated": PROVIDER });
    let mut resourced = trust("sts:AssumeRole", web());
    resourced["Resource"] = json!("*");
    for (kind, text, message, path) in [
        (Kind::Identity, "{".to_owned(), SYNTAX, ""),
        (Kind::Identity, "[]".to_owned(), SYNTAX, ""),
        (Kind::Identity, "{}".to_owned(), SYNTAX, "Statement"),
        (Kind::Identity, json!({ "Version": "2012-10-17", "Statement": [all()], "Extra": 1 }).to_string(), SYNTAX, "Extra"),
        (
            Kind::Identity,
            json!({ "Statement": [all()] }).to_string(),
            "Policy document must be version 2012-10-17 or greater.",
            "Version",
        ),
        (
            Kind::Identity,
            json!({ "Version": "2008-10-17", "Statement": [all()] }).to_string(),
            "Policy document must be version 2012-10-17 or greater.",
            "Version",
        ),
        (Kind::Identity, with("Effect", json!("allow")), LEGACY, "Statement[0].Effect"),
        (Kind::Identity, with("Effect", json!("Maybe")), SYNTAX, "Statement[0].Effect"),
        (Kind::Identity, with("NotAction", json!("*")), SYNTAX, "Statement[0].NotAction"),
        (Kind::Identity, with("Sid", json!("a b")), SYNTAX, "Statement[0].Sid"),
        (Kind::Identity, on(json!({ "StringEqualz": { "a:b": "c" } })), SYNTAX, "Statement[0].Condition.StringEqualz"),
        (Kind::Identity, on(json!({ "stringequals": { "a:b": "c" } })), SYNTAX, "Statement[0].Condition.stringequals"),
        (Kind::Identity, on(json!({ "NullIfExists": { "a:b": "true" } })), SYNTAX, "Statement[0].Condition.NullIfExists"),
        (Kind::Identity, on(json!({ "StringEquals": { "a:b": [] } })), SYNTAX, "Statement[0].Condition.StringEquals.a:b"),
        (Kind::Identity, on(json!({ "Bool": { "a:b": [true, false] } })), SYNTAX, "Statement[0].Condition.Bool.a:b"),
        (Kind::Identity, on(json!({ "StringEquals": { "a:b": "1", "A:B": "2" } })), SYNTAX, "Statement[0].Condition.StringEquals"),
        (Kind::Identity, on(json!({ "DateLessThan": { "a:b": "yesterday" } })), LEGACY, "Statement[0].Condition.DateLessThan.a:b"),
        (
            Kind::Identity,
            s(
                json!([{ "Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*" }, { "Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*" }]),
            ),
            "Statement IDs (SID) in a single policy must be unique.",
            "Statement[1].Sid",
        ),
        (
            Kind::Identity,
            s(json!({ "Effect": "Allow", "Resource": "*" })),
            "Policy statement must contain actions.",
            "Statement[0].Action",
        ),
        (
            Kind::Identity,
            s(json!({ "Effect": "Allow", "Action": "s3:*" })),
            "Policy statement must contain resources.",
            "Statement[0].Resource",
        ),
        (
            Kind::Identity,
            s(allow("GetObject", "*")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            "Statement[0].Action",
        ),
        (Kind::Identity, s(allow("s3:a:b", "*")), "Actions/Condition can contain only one colon.", "Statement[0].Action"),
        (Kind::Identity, s(allow("s*:Get", "*")), "Vendor s* is not valid", "Statement[0].Action"),
        (Kind::Identity, s(allow("s3:*", "bucket")), "Resource bucket must be in ARN format or \"*\".", "Statement[0].Resource"),
        (Kind::Identity, s(allow("s3:*", "arn:aws:s3")), LEGACY, "Statement[0].Resource"),
        (
            Kind::Identity,
            s(allow("s3:*", "arn:axs:s3:::b")),
            "Partition \"axs\" is not valid for resource \"arn:axs:s3:::b\".",
            "Statement[0].Resource",
        ),
        (
            Kind::Identity,
            s(allow("iam:*", "arn:aws:iam:us-east-1:1:x")),
            "IAM resource arn:aws:iam:us-east-1:1:x cannot contain region information.",
            "Statement[0].Resource",
        ),
        (
            Kind::Identity,
            s(allow("s3:*", "arn:aws:s3:us-east-1::b")),
            "Resource arn:aws:s3:us-east-1::b can not contain region information.",
            "Statement[0].Resource",
        ),
        (
            Kind::Identity,
            with("Principal", json!("*")),
            "Policy document should not specify a principal.",
            "Statement[0].Principal",
        ),
        (
            Kind::Trust,
            s(trust("s3:*", web())),
            "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity",
            "Statement[0].Action",
        ),
        (Kind::Trust, s(resourced), "Has prohibited field Resource.", "Statement[0].Resource"),
        (
            Kind::Trust,
            s(trust("sts:AssumeRole", json!({ "AWS": "arn:aws:iam::111111111111:user/*" }))),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111111111111:user/*\"",
            "Statement[0].Principal",
        ),
        (
            Kind::Trust,
            s(json!({ "Effect": "Allow", "Action": "sts:AssumeRole" })),
            "Missing required field Principal",
            "Statement[0].Principal",
        ),
    ] {
        let malformed = Document::read("p", &text, Strictness::Write(kind)).expect_err(&text);
        assert!(malformed.message == message && malformed.path.starts_with(path), "{text}: {malformed:?}");
        assert!(!malformed.because.is_empty() && malformed.line >= 1 && malformed.column >= 1, "{text}");
    }
    for (kind, text) in [
        (Kind::Identity, s(all())),
        (
            Kind::Identity,
            on(
                json!({ "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", "b"] }, "NumericLessThan": { "s3:max-keys": 10 } }),
            ),
        ),
        (Kind::Identity, s(allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*"))),
        (Kind::Trust, json!({ "Statement": [trust("sts:AssumeRoleWithWebIdentity", web())] }).to_string()),
        (Kind::Trust, s(trust("sts:TagSession", web()))),
        (
            Kind::Resource,
            s(
                json!({ "Sid": "with blanks", "Effect": "Allow", "Principal": { "AWS": "111111111111", "Service": "ec2.amazonaws.com" }, "Action": "s3:*" }),
            ),
        ),
        (Kind::Session, s(allow("s3:*", "*"))),
    ] {
        assert!(Document::read("p", &text, Strictness::Write(kind)).is_ok(), "{text}");
    }
}

/// Statements that hit and miss an ordinary question in many ways.
fn any_statement() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let effect = prop_oneof![Just("Allow"), Just("Deny")];
    let action = prop_oneof![Just("*"), Just("s3:*"), Just("S3:getobject"), Just("s3:Put*"), Just("ec2:*")];
    let resource = prop_oneof![
        Just("*"),
        Just(OBJECT),
        Just("arn:aws:s3:::b/*"),
        Just("arn:aws:s3:::c/*"),
        Just("arn:aws:s3:::b/${aws:username}")
    ];
    let condition = prop_oneof![
        Just(json!({})),
        Just(json!({ "StringEquals": { "k:k": "a" } })),
        Just(json!({ "StringNotEquals": { "k:k": "a" } })),
        Just(json!({ "ForAllValues:StringLike": { "k:k": "b*" } })),
        Just(json!({ "Null": { "k:k": "true" } })),
        Just(json!({ "NoSuchOperator": { "k:k": "a" } })),
    ];
    (effect, action, resource, condition).prop_map(|(effect, action, resource, condition)| json!({ "Effect": effect, "Action": action, "Resource": resource, "Condition": condition }))
}

fn any_context() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    prop_oneof![
        Just(json!({})),
        Just(json!({ "k:k": "a" })),
        Just(json!({ "k:k": ["a", "bb"] })),
        Just(json!({ "k:k": "bb", "aws:username": "x" }))
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_laws_of_the_law(
        statements in proptest::collection::vec(any_statement(), 0..6),
        more in any_statement(),
        context in any_context(),
    ) {
        let verdict = |layers: Value| ask(SESSION, "s3:GetObject", OBJECT, context.clone(), layers).verdict;
        let of = |statements: &[Value]| policy_of(json!(statements));
        let plain = verdict(json!({ "identity": [of(&statements)] }));

        let mut denied = more.clone();
        denied["Effect"] = json!("Deny");
        let with_deny: Vec<Value> = statements.iter().cloned().chain([denied]).collect();
        if verdict(json!({ "identity": [of(&with_deny)] })) == A {
            proptest::prop_assert_eq!(plain, A, "adding a Deny never widens");
        }
        let reversed: Vec<Value> = statements.iter().rev().cloned().collect();
        proptest::prop_assert_eq!(verdict(json!({ "identity": [of(&reversed)] })), plain, "order never matters");
        let apart: Vec<Value> = statements.iter().map(|one| policy_of(one.clone())).collect();
        proptest::prop_assert_eq!(verdict(json!({ "identity": apart })), plain, "nor does the document");
        let every = policy_of(all());
        proptest::prop_assert_eq!(verdict(json!({ "identity": [of(&statements)], "boundary": every })), plain, "a boundary of everything is none");
        proptest::prop_assert_eq!(verdict(json!({ "identity": [of(&statements)], "session": [every] })), plain, "so is a session policy");
        proptest::prop_assert_eq!(verdict(json!({ "identity": [of(&statements)], "scp": [[every]] })), plain, "and a control policy");
        if verdict(json!({ "identity": [of(&statements)], "session": [of(std::slice::from_ref(&more))] })) == A {
            proptest::prop_assert_eq!(plain, A, "a session policy never widens");
        }
        if statements.is_empty() {
            proptest::prop_assert_eq!(plain, I, "nothing allows nothing");
        }
    }
}

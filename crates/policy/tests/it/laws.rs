//! Laws that hold whatever the policies: adding a Deny never widens, order never matters, limits
//! only limit.

use policy::{
    Arn, Context, Document, Layers, Policies, Principal, Question, Strictness, Values, Verdict,
    decide,
};
use serde_json::{Value, json};

const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/s1";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
const OBJECT: &str = "arn:aws:s3:::b/x";

use Verdict::{Allowed as A, ExplicitlyDenied as D, ImplicitlyDenied as I};

fn document(value: &Value) -> Document {
    Document::read("policy", &value.to_string(), Strictness::Evaluate).unwrap()
}

fn policy_of(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": if statements.is_array() { statements } else { json!([statements]) } })
}

/// What a session may, by layers as JSON; a layer that is not named is not there.
fn ask(context: &Value, layers: &Value) -> Verdict {
    let principal = Principal::Session {
        role: Some(Arn::parse(ROLE).unwrap()),
        session: Arn::parse(SESSION).unwrap(),
    };
    let mut keys = Context::new();
    for (name, value) in context.as_object().unwrap() {
        keys.insert(
            name.clone(),
            serde_json::from_value::<Values>(value.clone()).unwrap(),
        );
    }
    let many = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(document)
            .collect::<Policies>()
    };
    let list = |name: &str| layers.get(name).map(many);
    let (identity, session) = (list("identity"), list("session"));
    let boundary = layers
        .get("boundary")
        .map(|value| Policies::from(document(value)));
    let scps: Vec<Policies> = layers.get("scp").map_or(Vec::new(), |all| {
        all.as_array().unwrap().iter().map(many).collect()
    });
    let question = Question {
        principal: &principal,
        action: "s3:GetObject",
        resource: OBJECT,
        resource_account: None,
        context: &keys,
    };
    let layers = Layers {
        identity: identity.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        scps: &scps,
        ..Layers::default()
    };
    decide(&question, &layers).verdict
}

fn all() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

/// IAM user guide, "Set operators for multivalued context keys" and "Condition operators".
#[test]
fn attack_49_sets_and_negations_are_no_way_round_a_policy() {
    let decided = |effect: &str, operator: &str, context: &Value| {
        let condition = json!({ operator: { "aws:TagKeys": ["a", "b"] } });
        let tested =
            json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
        let statements = match effect {
            "Deny" => json!([all(), tested]),
            _ => json!([tested]),
        };
        ask(context, &json!({ "identity": [policy_of(statements)] }))
    };
    let none = json!({});
    let of = |keys: &[&str]| json!({ "aws:TagKeys": keys });
    for (sentence, effect, operator, context, verdict) in [
        (
            "all are listed",
            "Allow",
            "ForAllValues:StringEquals",
            of(&["a", "b"]),
            A,
        ),
        (
            "one more than is listed",
            "Allow",
            "ForAllValues:StringEquals",
            of(&["a", "c"]),
            I,
        ),
        (
            "one of many is enough to deny",
            "Deny",
            "ForAnyValue:StringEquals",
            of(&["c", "a"]),
            D,
        ),
        (
            "none that is listed",
            "Deny",
            "ForAnyValue:StringEquals",
            of(&["c"]),
            A,
        ),
        (
            "any that is not listed",
            "Deny",
            "ForAnyValue:StringNotEquals",
            of(&["a", "c"]),
            D,
        ),
        (
            "no key holds for every value of it",
            "Deny",
            "ForAllValues:StringEquals",
            none.clone(),
            D,
        ),
        (
            "no key has no value that could hold",
            "Allow",
            "ForAnyValue:StringEquals",
            none.clone(),
            I,
        ),
        (
            "no key is unlike every value",
            "Deny",
            "StringNotEquals",
            none.clone(),
            D,
        ),
        (
            "several values under an operator for one",
            "Allow",
            "StringEquals",
            of(&["a", "b"]),
            I,
        ),
        ("and they deny", "Deny", "StringEquals", of(&["a", "c"]), D),
        ("also negated", "Allow", "StringNotEquals", of(&["c"]), I),
    ] {
        assert_eq!(decided(effect, operator, &context), verdict, "{sentence}");
    }
}

/// Statements that hit and miss an ordinary question in many ways.
fn any_statement() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let effect = prop_oneof![Just("Allow"), Just("Deny")];
    let action = prop_oneof![
        Just("*"),
        Just("s3:*"),
        Just("S3:getobject"),
        Just("s3:Put*"),
        Just("ec2:*")
    ];
    let resource = prop_oneof![
        Just("*"),
        Just(OBJECT),
        Just("arn:aws:s3:::b/*"),
        Just("arn:aws:s3:::c/*"),
        Just("arn:aws:s3:::b/${aws:username}"),
        Just("arn:aws:*:b/x"),
        Just("arn:aws:s3:::b/${k:v}*")
    ];
    let condition = prop_oneof![
        Just(json!({})),
        Just(json!({ "StringEquals": { "k:k": "a" } })),
        Just(json!({ "StringNotEquals": { "k:k": "a" } })),
        Just(json!({ "ForAllValues:StringLike": { "k:k": "b*" } })),
        Just(json!({ "Null": { "k:k": "true" } })),
        Just(json!({ "NoSuchOperator": { "k:k": "a" } })),
        Just(json!({ "StringNotEquals": { "k:k": "${k:v}" } })),
        Just(json!({ "StringLike": { "k:k": ["${k:v}*", "${k:v, 'b'}b"] } })),
        Just(json!({ "NumericGreaterThan": { "k:k": "5" } })),
        Just(json!({ "NumericNotEqualsIfExists": { "k:k": "5" } })),
        Just(json!({ "Null": { "k:k": "false" } })),
        Just(json!({ "ArnNotLike": { "k:k": "*" } })),
        Just(json!({ "StringEquals": { "k:k": [] } })),
    ];
    (effect, action, resource, condition).prop_map(|(effect, action, resource, condition)| json!({ "Effect": effect, "Action": action, "Resource": resource, "Condition": condition }))
}

fn any_context() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    prop_oneof![
        Just(json!({})),
        Just(json!({ "k:k": "a" })),
        Just(json!({ "k:k": ["a", "bb"] })),
        Just(json!({ "k:k": "bb", "aws:username": "x" })),
        Just(json!({ "k:k": "", "k:v": "" })),
        Just(json!({ "k:k": ["a"], "k:v": ["x"] })),
        Just(json!({ "k:k": null, "k:v": null })),
        Just(json!({ "k:k": "9.", "k:v": null })),
        Just(json!({ "k:k": "7", "k:v": "x" }))
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
        let verdict = |layers: Value| ask(&context, &layers);
        let of = |statements: &[Value]| policy_of(json!(statements));
        let plain = verdict(json!({ "identity": [of(&statements)] }));

        let mut denied = more.clone();
        denied["Effect"] = json!("Deny");
        let with_deny: Vec<Value> = statements.iter().cloned().chain([denied]).collect();
        if verdict(json!({ "identity": [of(&with_deny)] })) == A {
            proptest::prop_assert_eq!(plain, A, "adding a Deny never widens");
        }
        let mut allowed = more.clone();
        allowed["Effect"] = json!("Allow");
        let with_allow: Vec<Value> = statements.iter().cloned().chain([allowed]).collect();
        // An Allow that cannot be evaluated as it is written denies; what the request brings never
        // makes one do so.
        if more["Condition"].get("NoSuchOperator").is_none() && plain == A {
            proptest::prop_assert_eq!(verdict(json!({ "identity": [of(&with_allow)] })), A, "adding an Allow never narrows");
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

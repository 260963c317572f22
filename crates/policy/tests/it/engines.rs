//! The two engines against each other: on generated policies and requests they give the same
//! answer, by the same statement.

use policy::{
    AccountId, Context, Document, Layers, Policies, Principal, Question, Strictness, Values,
    Verdict, answer, decide,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";
const OTHER: &str = "222222222222";

/// One document's text.
type Text = String;

#[derive(Clone, Debug)]
struct Case {
    principal: Principal,
    action: String,
    resource: String,
    owner: Option<&'static str>,
    context: Vec<(String, Values)>,
    identity: Option<Vec<Text>>,
    resource_policy: Option<Text>,
    is_trust: bool,
    boundary: Option<Text>,
    session: Option<Vec<Text>>,
    scps: Vec<Vec<Text>>,
    rcps: Vec<Vec<Text>>,
}

const ACTIONS: [&str; 14] = [
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:PutObject",
    "s3:*",
    "s3:Get*",
    "S3:g?tObject*",
    "s3:*Object",
    "*",
    "iam:PassRole",
    "sts:AssumeRole*",
    "sts:GetCallerIdentity",
    "s*:Get*",
    "GetObject",
    "s3:GetObject ",
];

const RESOURCES: [&str; 27] = [
    "*",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/*${aws:username}*",
    "arn:aws:s3:::b/${aws:missing}*",
    "arn:aws:s3:::b/${aws:username, 'x'}",
    "arn:aws:s3:::b/*a?c*d",
    "arn:aws:s3:*:*:b/?*x",
    "arn:*:s3:::b/${*}",
    "arn:aws:s3",
    "arn:aws:kms:us-east-1:111111111111:key/1",
    "arn:aws:iam::111111111111:role/app",
    "arn:aws:iam::*:role/*",
    "arn:aws:s3:::b/${broken",
    "arn:aws:sqs:*:111111111111:q",
    // Stars that end a part, and parts that are not there.
    "arn:aws:*:role/app",
    "arn:aws:s*:x",
    "arn:*:x:1*:q",
    "arn:aws:s?s:us-*:x:*q",
    "arn:aws:*:${aws:username}",
    "arn:aws:sqs*:*:*2:*:111111111111:${k:a}q",
    "arn:aws:s3:*:*:*",
    "arn:*:iam::111111111111:*",
    "arn:aws:s3:::b/${k:a}*",
];

const ASKED: [&str; 16] = [
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::b/alice/x",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/xabcd",
    "arn:aws:s3:::c/x",
    "*",
    "arn:aws:kms:us-east-1:111111111111:key/1",
    "arn:aws:iam::111111111111:role/app",
    "arn:aws:iam::111111111111:role/aws-reserved/x",
    "arn:aws:sqs:us-east-1:222222222222:x:111111111111:q",
    "b/x",
    "arn:aws:sqs:us-east-1:222222222222:x:y2:111111111111:aliceq",
    "arn:aws:sns:us-:x:q",
    "arn:aws:sqs:us-east-1:x:role/app:x:alice",
    "arn:aws:s3:x:x:b:q:q",
];

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateGreaterThan",
    "DateLessThanEquals",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnLike",
    "ArnNotEquals",
    "Null",
    "NoSuchOperator",
    "stringlike",
];

const KEYS: [&str; 7] = [
    "k:a",
    "K:A",
    "aws:username",
    "k:many",
    "aws:PrincipalArn",
    "k:below/x",
    "k:below/*",
];

/// Values that mean something to some operator, in the policy or in the request.
const VALUES: [&str; 31] = [
    "",
    "alice",
    "ALICE",
    "al*",
    "a?ice",
    "*",
    "${aws:username}",
    "${aws:username}*",
    "${k:missing, 'alice'}",
    "10",
    "10.0",
    "9",
    "2024-05-05T00:00:00Z",
    "1714867200",
    "2024-05-06",
    "true",
    "False",
    "QUJD",
    "10.1.2.3",
    "10.0.0.0/8",
    "arn:aws:iam::111111111111:role/app",
    "arn:aws:iam::*:role/${aws:username}*",
    // What some operator cannot read, or reads in more than one way.
    "9.",
    " 9",
    "1795521600.5",
    "10.1",
    "QUJ",
    "role/app",
    "arn:aws:iam",
    "${k:a}",
    "${k:many, 'alice'}x",
];

fn principals() -> impl Strategy<Value = Principal> {
    select(vec![
        "arn:aws:iam::111111111111:user/alice",
        "arn:aws:sts::111111111111:assumed-role/app/s1",
        "arn:aws:iam::111111111111:role/team/app",
        "arn:aws:iam::222222222222:role/app",
        "arn:aws:iam::111111111111:root",
        "arn:aws:sts::111111111111:federated-user/bob",
        "arn:aws:iam::111111111111:oidc-provider/i.example",
        "ec2.amazonaws.com",
        "anonymous",
    ])
    .prop_map(|text| Principal::from_arn(text).unwrap())
}

fn condition() -> impl Strategy<Value = Value> {
    let qualifier =
        prop_oneof![4 => Just(""), 1 => Just("ForAllValues:"), 1 => Just("ForAnyValue:")];
    let if_exists = prop_oneof![3 => Just(""), 1 => Just("IfExists")];
    let values = subsequence(&VALUES[..], 0..4);
    let one = (
        qualifier,
        select(&OPERATORS[..]),
        if_exists,
        select(&KEYS[..]),
        values,
    );
    prop::collection::vec(one, 0..3).prop_map(|all| {
        let mut conditions = serde_json::Map::new();
        for (qualifier, operator, if_exists, key, values) in all {
            conditions.insert(
                format!("{qualifier}{operator}{if_exists}"),
                json!({ key: values }),
            );
        }
        Value::Object(conditions)
    })
}

fn principal_element() -> impl Strategy<Value = Value> {
    let aws = subsequence(
        vec![
            "*",
            ACCOUNT,
            "arn:aws:iam::222222222222:root",
            "arn:aws:iam::111111111111:user/alice",
            "arn:aws:iam::111111111111:role/team/app",
            "arn:aws:iam::111111111111:role/app",
            "arn:aws:sts::111111111111:assumed-role/app/s1",
            "arn:aws:iam::111111111111:user/*",
        ],
        0..3,
    );
    let provider = "arn:aws:iam::111111111111:oidc-provider/i.example";
    let whole = vec![
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:role/team/app",
        "arn:aws:iam::111111111111:role/APP",
        "arn:aws:iam::111111111111:user/Alice",
        "arn:aws:sts::111111111111:assumed-role/app/s1",
        "arn:aws:iam::111111111111:user/alice",
    ];
    prop_oneof![
        1 => Just(json!("*")),
        1 => subsequence(whole, 2..6).prop_map(|names| json!({ "AWS": names })),
        4 => aws.prop_map(|names| json!({ "AWS": names })),
        1 => Just(json!({ "Federated": provider })),
        1 => Just(json!({ "Service": "ec2.amazonaws.com" })),
    ]
}

fn statement(with_principal: bool) -> impl Strategy<Value = Value> {
    let effect = prop_oneof![60 => Just("Allow"), 20 => Just("Deny"), 1 => Just("allow")];
    let not = || prop_oneof![5 => Just(""), 1 => Just("Not")];
    let actions = prop_oneof![2 => Just(vec!["*"]), 3 => subsequence(&ACTIONS[..], 0..4)];
    let resources = prop_oneof![2 => Just(vec!["*"]), 3 => subsequence(&RESOURCES[..], 0..4)];
    let condition = prop_oneof![2 => Just(json!({})), 2 => condition()];
    let principal = prop::option::weighted(
        if with_principal { 0.9 } else { 0.05 },
        (not(), principal_element()),
    );
    (effect, (not(), actions), prop::option::weighted(0.9, (not(), resources)), condition, principal).prop_map(
        |(effect, (not, actions), resource, condition, principal)| {
            let mut it = json!({ "Effect": effect, format!("{not}Action"): actions, "Condition": condition });
            if let Some((not, resources)) = resource {
                it[format!("{not}Resource")] = json!(resources);
            }
            if let Some((not, principal)) = principal {
                it[format!("{not}Principal")] = principal;
            }
            it
        },
    )
}

fn document(with_principal: bool) -> impl Strategy<Value = Text> {
    let version = prop_oneof![6 => Just(json!("2012-10-17")), 1 => Just(json!("2008-10-17")), 1 => Just(json!(null))];
    let every =
        json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": { "AWS": "*" } }]);
    let statements = prop_oneof![
        1 => Just(every),
        // Whom a statement names, and how directly, decides among several that allow.
        1 => prop::collection::vec(principal_element(), 2..5).prop_map(|all| {
            let grant = |principal| json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": principal });
            json!(all.into_iter().map(grant).collect::<Vec<_>>())
        }),
        4 => prop::collection::vec(statement(with_principal), 0..5).prop_map(|all| json!(all)),
    ];
    (version, statements).prop_map(|(version, statements)| {
        let mut it = json!({ "Version": version, "Statement": statements });
        if version.is_null() {
            it.as_object_mut().unwrap().remove("Version");
        }
        it.to_string()
    })
}

fn documents() -> impl Strategy<Value = Vec<Text>> {
    prop::collection::vec(document(false), 0..3)
}

fn context() -> impl Strategy<Value = Vec<(String, Values)>> {
    let values = prop_oneof![
        5 => select(&VALUES[..]).prop_map(|value| Values::One(value.to_owned())),
        2 => subsequence(&VALUES[..], 0..3).prop_map(|all| Values::Many(all.into_iter().map(str::to_owned).collect())),
        1 => Just(Values::One(String::new())),
        1 => Just(Values::Unknown),
    ];
    prop::collection::vec((select(&KEYS[..]).prop_map(str::to_owned), values), 0..4)
}

prop_compose! {
    fn case()(
        principal in principals(),
        action in select(vec!["s3:GetObject", "S3:GETOBJECT", "s3:GetObjectAcl", "iam:PassRole", "sts:AssumeRole", "sts:GetCallerIdentity", "s3:gétobject", "x"]),
        resource in select(&ASKED[..]),
        owner in select(vec![None, Some(ACCOUNT), Some(OTHER)]),
        context in context(),
        identity in prop::option::weighted(0.8, documents()),
        resource_policy in prop::option::weighted(0.5, document(true)),
        is_trust in prop::bool::weighted(0.3),
        boundary in prop::option::weighted(0.2, document(false)),
        session in prop::option::weighted(0.2, documents()),
        scps in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(documents(), 1..3)],
        rcps in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(documents(), 1..3)],
    ) -> Case {
        let (action, resource) = (action.to_owned(), resource.to_owned());
        Case { principal, action, resource, owner, context, identity, resource_policy, is_trust, boundary, session, scps, rcps }
    }
}

fn read(text: &Text) -> Document {
    Document::read("p", text, Strictness::Evaluate).unwrap()
}

/// The interpreter's answer and the compiled engine's, as texts that can be compared. The latter
/// allocates nothing.
fn both(case: &Case) -> (String, String) {
    let all = |texts: &Vec<Text>| texts.iter().map(read).collect::<Policies>();
    // Compiled as one, and each for itself: the same documents either way.
    let each =
        |texts: &Vec<Text>| Policies::joined(texts.iter().map(|text| Policies::from(read(text))));
    let (identity, session) = (
        case.identity.as_ref().map(all),
        case.session.as_ref().map(each),
    );
    let one = |text: &Option<Text>| text.as_ref().map(|text| Policies::from(read(text)));
    let (resource, boundary) = (one(&case.resource_policy), one(&case.boundary));
    let (scps, rcps): (Vec<_>, Vec<_>) = (
        case.scps.iter().map(all).collect(),
        case.rcps.iter().map(each).collect(),
    );
    let mut context = Context::new();
    for (name, values) in &case.context {
        context.insert(name.clone(), values.clone());
    }
    let owner = case.owner.map(|text| AccountId::parse(text).unwrap());
    let question = Question {
        principal: &case.principal,
        action: &case.action,
        resource: &case.resource,
        resource_account: owner.as_ref(),
        context: &context,
    };

    let layers = Layers {
        identity: identity.as_ref(),
        resource: resource.as_ref(),
        resource_is_trust: case.is_trust,
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        scps: &scps,
        rcps: &rcps,
    };
    let slow = decide(&question, &layers);
    // The first answer compiles.
    answer(&question, &layers);
    let mut fast = None;
    let allocated =
        allocation_counter::measure(|| fast = Some(answer(&question, &layers))).count_total;
    // A variable whose value cannot be told is the interpreter's affair.
    let other_case = |one: &str| {
        case.context
            .iter()
            .any(|(name, _)| name != one && name.eq_ignore_ascii_case(one))
    };
    let told = context
        .iter()
        .all(|(name, values)| matches!(values, Values::One(_)) && !other_case(name));
    assert!(
        allocated == 0 || !case.action.is_ascii() || !told,
        "{allocated} allocations"
    );
    let fast = fast.unwrap();
    let slow = format!(
        "{:?} {:?} {:?} {}",
        slow.verdict,
        slow.layer,
        slow.statement,
        slow.error.is_some()
    );
    (
        slow,
        format!(
            "{:?} {:?} {:?} {}",
            fast.verdict,
            fast.layer,
            fast.statement.cloned(),
            fast.error
        ),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_engines_agree(case in case()) {
        let (slow, fast) = both(&case);
        prop_assert_eq!(slow, fast);
    }
}

/// The case with one more statement, in the identity's policies or in the resource's.
fn with_one_more(case: &Case, statement: &Value, effect: &str, in_resource: bool) -> Case {
    let (mut case, mut statement) = (case.clone(), statement.clone());
    statement["Effect"] = json!(effect);
    if in_resource {
        let text = case
            .resource_policy
            .take()
            .unwrap_or_else(|| json!({ "Version": "2012-10-17", "Statement": [] }).to_string());
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["Statement"]
            .as_array_mut()
            .unwrap()
            .push(statement);
        case.resource_policy = Some(document.to_string());
    } else {
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        case.identity.get_or_insert_default().push(document);
    }
    case
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn a_deny_never_widens_and_an_allow_never_narrows(case in case(), more in statement(true), in_resource in any::<bool>()) {
        let before = both(&case).0;
        let denied = both(&with_one_more(&case, &more, "Deny", in_resource)).0;
        let allowed = both(&with_one_more(&case, &more, "Allow", in_resource)).0;
        prop_assert!(!denied.starts_with("Allowed") || before.starts_with("Allowed"), "{before} {denied}");
        // An Allow that cannot be evaluated as it is written, or over a key spelt in two ways,
        // denies: the only one that does.
        let in_error = allowed.starts_with("ImplicitlyDenied") && allowed.ends_with("true");
        prop_assert!(!before.starts_with("Allowed") || allowed.starts_with("Allowed") || in_error, "{before} {allowed}");
    }
}

/// Generated questions that all end alike would prove nothing.
#[test]
fn the_questions_end_in_many_ways() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..6_000 {
        let (slow, _) = both(&case().new_tree(&mut runner).unwrap().current());
        let words: Vec<&str> = slow.split(' ').collect();
        *seen
            .entry(format!("{} {}", words[0], words[1]))
            .or_default() += 1;
    }
    for verdict in ["Allowed", "ImplicitlyDenied", "ExplicitlyDenied"] {
        let number: usize = seen
            .iter()
            .filter(|(end, _)| end.starts_with(verdict))
            .map(|(_, number)| number)
            .sum();
        assert!(number > 300, "{verdict}: {seen:?}");
    }
    for layer in [
        "Scp", "Rcp", "Resource", "Trust", "Identity", "Boundary", "Session",
    ] {
        assert!(
            seen.keys().any(|end| end.contains(layer)),
            "{layer}: {seen:?}"
        );
    }
    for end in [
        "Allowed Some(Identity)",
        "Allowed Some(Resource)",
        "Allowed Some(Trust)",
        "ImplicitlyDenied Some(Scp)",
    ] {
        assert!(seen.contains_key(end), "{end}: {seen:?}");
    }
}

/// What one question costs over a document, by its estimate.
fn effort(document: &str, action: &str, resource: &str, context: &Context) -> usize {
    let principal = Principal::from_arn("arn:aws:sts::111111111111:assumed-role/app/s1").unwrap();
    let identity = Policies::from(Document::read("p", document, Strictness::Evaluate).unwrap());
    let question = Question {
        principal: &principal,
        action,
        resource,
        resource_account: None,
        context,
    };
    policy::effort(
        &question,
        &Layers {
            identity: Some(&identity),
            ..Layers::default()
        },
    )
}

#[test]
fn the_effort_of_a_question_is_what_it_may_have_to_look_at() {
    let document = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"s3:Get*","Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c"],"Condition":{"StringLike":{"k:a":["x*","y"]}}},
        {"Effect":"Deny","NotAction":"s3:*","Resource":"*"}]}"#;
    let mut context = Context::new();
    // Resources of 32 characters and the condition's values of 5, one more counted for each; and
    // the `NotAction`.
    assert_eq!(
        effort(document, "s3:GetObject", "12345", &context),
        32 * 6 + 5 + 2 * 6
    );
    context.insert("k:a", "123");
    context.insert("k:b", Values::Many(vec!["1234".into(), "5".into()]));
    assert_eq!(
        effort(document, "S3:getobject", "12345", &context),
        32 * 6 + 5 * 8 + 2 * 6
    );
    // Another action concerns the `NotAction` alone, which is looked at for every action.
    assert_eq!(effort(document, "s3:PutObject", "12345", &context), 2 * 6);
}

#[test]
fn stars_that_cross_colons_are_no_attack() {
    let principal = Principal::from_arn("arn:aws:iam::111111111111:user/alice").unwrap();
    let context = Context::new();
    // The products of these lengths are some 10^9 each: trying every place for every star, this
    // test would not end.
    let asked = format!("arn:aws:s3:::b/{}", ":a".repeat(20_000));
    for resource in [
        format!("arn:a?s:s3*:*:*:{}b", ":?".repeat(15_000)),
        format!("arn:a?s:s3*:*:*:{}*b", ":a".repeat(15_000)),
        format!("arn:*:?:*{}:b/", "a:*?".repeat(3)),
        format!("arn:*:s?:*:{}*b", ":*?a".repeat(7_000)),
    ] {
        let deny = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": resource },
        ] });
        let policies = Policies::from(read(&deny.to_string()));
        let question = Question {
            principal: &principal,
            action: "s3:GetObject",
            resource: &asked,
            resource_account: None,
            context: &context,
        };
        let layers = Layers {
            identity: Some(&policies),
            ..Layers::default()
        };
        assert_eq!(decide(&question, &layers).verdict, Verdict::Allowed);
        assert_eq!(answer(&question, &layers).verdict, Verdict::Allowed);
    }
}

#[test]
fn allocations_are_counted() {
    assert_eq!(
        allocation_counter::measure(|| drop(std::hint::black_box(String::from("x")))).count_total,
        1
    );
}

#[test]
fn the_engines_agree_on_every_tricky_case() {
    crate::vectors::each_question(|row, question, layers| {
        let (slow, fast) = (decide(question, layers), answer(question, layers));
        assert_eq!(
            (
                slow.verdict,
                slow.layer,
                slow.statement.as_ref(),
                slow.error.is_some()
            ),
            (fast.verdict, fast.layer, fast.statement, fast.error),
            "case {}, {}",
            row.case,
            row.title
        );
    });
}

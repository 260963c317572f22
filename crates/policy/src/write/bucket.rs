//! What S3 accepts as a bucket policy, with its `MalformedPolicy` sentences. What is refused in any
//! resource's policy is the other files'; here is what a bucket's adds, in S3's words.

use super::draft::{Checked, Draft, Item, Kind, items, malformed};
use super::{checks, grammar};
use crate::condition::Operator;
use crate::json::{At, Node, Value, text_of};
use crate::malformed::Malformed;

const RESOURCE: &str = "Policy has invalid resource";
const ACTION: &str = "Policy has invalid action";
const PRINCIPAL: &str = "Invalid principal in policy";
const APPLIES: &str = "Action does not apply to any resource(s) in statement";
const KEY: &str = "Policy has an invalid condition key";
const SYNTAX: &str = "Invalid policy syntax.";
pub(crate) const NO_JSON: &str = "Policies must be valid JSON and the first byte must be '{'";

/// What S3 knows of a bucket and of its own actions.
pub struct BucketFacts<'a> {
    /// The bucket's name.
    pub bucket: &'a str,
    /// The partition of its owner.
    pub partition: &'a str,
    /// What the actions of a pattern, such as `s3:Get*`, are asked of; nothing if no action has it.
    pub action: &'a dyn Fn(&str) -> AskedOf,
    /// Whether S3 has a condition key of this name.
    pub key: &'a dyn Fn(&str) -> bool,
}

/// What actions are asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedOf {
    /// There are such actions.
    pub anything: bool,
    /// Of a bucket.
    pub bucket: bool,
    /// Of an object.
    pub object: bool,
}

pub(crate) fn check(root: &Node, facts: &BucketFacts<'_>) -> Checked {
    if !matches!(root.value, Value::Object(_)) {
        return Err(malformed(NO_JSON, "", root.at, "a policy is a JSON object"));
    }
    let document = grammar::document(root).map_err(in_s3s_words)?;
    for draft in &document.drafts {
        fields(draft)?;
        principal(draft)?;
        conditions(draft, facts)?;
    }
    checks::check(root, Kind::Resource).map_err(in_s3s_words)?;
    for draft in &document.drafts {
        actions(draft, facts)?;
        let resources = resources(draft, facts)?;
        applies(draft, facts, resources)?;
    }
    Ok(())
}

/// What the other checks say in IAM's words, in S3's.
fn in_s3s_words(found: Malformed) -> Malformed {
    let element = found.path.rsplit('.').find_map(|part| {
        let name = part.split('[').next().unwrap_or(part);
        ["Principal", "Resource", "Action", "Condition"]
            .into_iter()
            .find(|element| name.ends_with(element))
    });
    let message = match element {
        _ if found.message.starts_with("Missing required field") => found.message.clone(),
        Some("Principal") => PRINCIPAL.to_owned(),
        Some("Resource") => RESOURCE.to_owned(),
        Some("Action") => ACTION.to_owned(),
        _ if found.path == "Version" => "The policy must contain a valid version string".to_owned(),
        _ if found.path == "Statement" => "Missing required field Statement".to_owned(),
        _ => SYNTAX.to_owned(),
    };
    Malformed { message, ..found }
}

/// Every statement has them all; a bucket's policy does not leave its resource out.
fn fields(draft: &Draft<'_>) -> Checked {
    for (one, other) in [
        ("Effect", "Effect"),
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        if draft.get(one).or(draft.get(other)).is_none() {
            return Err(malformed(
                format!("Missing required field {one}"),
                draft.path(one),
                draft.at,
                format!("the statement has no `{one}`"),
            ));
        }
    }
    match draft.get("Effect").map(|node| (node.at, text_of(node))) {
        Some((_, Some("Allow" | "Deny"))) | None => Ok(()),
        Some((at, text)) => Err(malformed(
            format!("Invalid effect: {}", text.unwrap_or("")),
            draft.path("Effect"),
            at,
            "`Effect` is `Allow` or `Deny`, with a capital letter",
        )),
    }
}

fn principal(draft: &Draft<'_>) -> Checked {
    let invalid =
        |path: String, at: At, because: &str| Err(malformed(PRINCIPAL, path, at, because));
    if let Some(node) = draft.get("NotPrincipal")
        && draft.get("Effect").and_then(text_of) == Some("Allow")
    {
        // "You must use NotPrincipal with Deny" (IAM user guide, "AWS JSON policy elements:
        // NotPrincipal"): with Allow it would be everybody in the world but a few.
        return invalid(
            draft.path("NotPrincipal"),
            node.at,
            "`NotPrincipal` stands in a Deny only; name who is allowed with `Principal`",
        );
    }
    for element in ["Principal", "NotPrincipal"] {
        let Some(Value::Object(kinds)) = draft.get(element).map(|node| &node.value) else {
            continue;
        };
        if let Some((at, kind, _)) = kinds.iter().find(|(_, kind, _)| kind == "CanonicalUser") {
            // Accounts have no canonical ids here: kept, a Deny of one would deny nobody.
            return invalid(
                format!("{}.{kind}", draft.path(element)),
                *at,
                "accounts are named by their twelve digits here, not by canonical ids",
            );
        }
    }
    Ok(())
}

fn conditions(draft: &Draft<'_>, facts: &BucketFacts<'_>) -> Checked {
    let Some(Value::Object(operators)) = draft.get("Condition").map(|node| &node.value) else {
        return Ok(());
    };
    for (at, operator, keys) in operators {
        let path = format!("{}.{operator}", draft.path("Condition"));
        if Operator::read(operator).is_none() || !Operator::is_canonical(operator) {
            return Err(malformed(
                format!("Invalid Condition type : {operator}"),
                path,
                *at,
                format!("`{operator}` is not a condition operator"),
            ));
        }
        let Value::Object(keys) = &keys.value else {
            continue;
        };
        for (at, key, _) in keys {
            let lower = key.to_ascii_lowercase();
            // Keys of others, such as an issuer's `sub`, are of sessions, and not S3's to know.
            if !lower.contains(':') || lower.starts_with("s3:") && !(facts.key)(key) {
                return Err(malformed(
                    KEY,
                    format!("{path}.{key}"),
                    *at,
                    format!("`{key}` is no condition key of S3"),
                ));
            }
        }
    }
    Ok(())
}

/// Every pattern has an action of S3.
fn actions(draft: &Draft<'_>, facts: &BucketFacts<'_>) -> Checked {
    for Item { text, at, path } in both(draft, "Action", "NotAction") {
        if text != "*" && !(facts.action)(text).anything {
            return Err(malformed(
                ACTION,
                path,
                at,
                format!("`{text}` is no action of S3"),
            ));
        }
    }
    Ok(())
}

/// Every resource is the bucket's own; says whether any may be the bucket, and any an object.
fn resources(draft: &Draft<'_>, facts: &BucketFacts<'_>) -> Result<AskedOf, Malformed> {
    let own = format!("arn:{}:s3:::{}", facts.partition, facts.bucket);
    let mut found = AskedOf::default();
    for Item { text, at, path } in both(draft, "Resource", "NotResource") {
        let rest = text.strip_prefix(own.as_str());
        match rest {
            Some("") => found.bucket = true,
            Some(rest) if rest.starts_with('/') => found.object = true,
            Some(rest) if rest.starts_with('*') => (found.bucket, found.object) = (true, true),
            _ => {
                let because =
                    format!("`{text}` is neither `{own}` nor an object in it, `{own}/...`");
                return Err(malformed(RESOURCE, path, at, because));
            }
        }
    }
    Ok(found)
}

/// Each action must have something that it could be asked of. Of a `Not` there always is.
fn applies(draft: &Draft<'_>, facts: &BucketFacts<'_>, resources: AskedOf) -> Checked {
    if draft.get("NotResource").is_some() {
        return Ok(());
    }
    for Item { text, at, path } in draft.items("Action") {
        let of = (facts.action)(text);
        let some = of.bucket && resources.bucket || of.object && resources.object;
        if text != "*" && !some {
            let because = match (of.bucket, of.object) {
                (true, false) => {
                    format!("`{text}` is asked of the bucket, and the statement names objects only")
                }
                (false, true) => format!(
                    "`{text}` is asked of objects, and the statement names the bucket only; add `/*`"
                ),
                _ => format!("`{text}` is asked of neither buckets nor objects"),
            };
            return Err(malformed(APPLIES, path, at, because));
        }
    }
    Ok(())
}

fn both<'a>(draft: &Draft<'a>, one: &str, other: &str) -> Vec<Item<'a>> {
    [one, other]
        .into_iter()
        .filter_map(|name| items(draft.get(name)?, &draft.path(name)))
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn action(pattern: &str) -> AskedOf {
        let known = [
            ("s3:GetObject", false, true),
            ("s3:PutObject", false, true),
            ("s3:GetBucketPolicy", true, false),
            ("s3:ListBucket", true, false),
            ("s3:ListAllMyBuckets", false, false),
        ];
        known
            .iter()
            .filter(|(name, ..)| crate::like(pattern, name))
            .fold(AskedOf::default(), |found, (_, bucket, object)| AskedOf {
                anything: true,
                bucket: found.bucket || *bucket,
                object: found.object || *object,
            })
    }

    fn said(text: &str) -> Result<(), (String, String)> {
        let facts = BucketFacts {
            bucket: "b",
            partition: "aws",
            action: &action,
            key: &|key| key.eq_ignore_ascii_case("s3:prefix"),
        };
        Document::read_bucket_policy(text, &facts)
            .map(drop)
            .map_err(|refused| (refused.message, refused.path))
    }

    fn statement(members: &str) -> Result<(), (String, String)> {
        said(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#
        ))
    }

    #[test]
    fn what_s3_keeps() {
        for (sentence, members) in [
            (
                "an object for everybody",
                r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#,
            ),
            (
                "all of S3, of bucket and objects",
                r#""Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
            ),
            (
                "everything of one prefix",
                r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::b/a/${aws:userid}/*""#,
            ),
            (
                "bucket and objects in one pattern",
                r#""Effect":"Deny","Principal":"*","Action":["s3:ListBucket","s3:GetObject"],"Resource":"arn:aws:s3:::b*""#,
            ),
            (
                "all others denied",
                r#""Effect":"Deny","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:role/r"]},"NotAction":"s3:ListBucket","NotResource":"arn:aws:s3:::b/public/*""#,
            ),
            (
                "a Sid with blanks, a condition of S3 and one of an issuer",
                r#""Sid":"my own","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"StringLike":{"s3:prefix":"a/*","issuer.example:sub":"x"}}"#,
            ),
        ] {
            assert_eq!(statement(members), Ok(()), "{sentence}");
        }
        assert_eq!(
            said(
                r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}}"#
            ),
            Ok(()),
            "no version, one statement"
        );
    }

    #[test]
    fn what_s3_refuses_and_in_which_words() {
        const A: &str = r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
        for (sentence, from, to, message, path) in [
            (
                "no effect",
                r#""Effect":"Allow","#,
                "",
                "Missing required field Effect",
                "Statement[0].Effect",
            ),
            (
                "a small effect",
                "Allow",
                "allow",
                "Invalid effect: allow",
                "Statement[0].Effect",
            ),
            (
                "no principal",
                r#""Principal":"*","#,
                "",
                "Missing required field Principal",
                "Statement[0].Principal",
            ),
            (
                "no action",
                r#""Action":"s3:GetObject","#,
                "",
                "Missing required field Action",
                "Statement[0].Action",
            ),
            (
                "no resource",
                r#","Resource":"arn:aws:s3:::b/*""#,
                "",
                "Missing required field Resource",
                "Statement[0].Resource",
            ),
            (
                "a name that is none",
                r#""Principal":"*""#,
                r#""Principal":{"AWS":"alice"}"#,
                PRINCIPAL,
                "Statement[0].Principal.AWS",
            ),
            (
                "a wildcard in a name",
                r#""Principal":"*""#,
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:user/*"}"#,
                PRINCIPAL,
                "Statement[0].Principal.AWS",
            ),
            (
                "a canonical id",
                r#""Principal":"*""#,
                r#""Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
                PRINCIPAL,
                "Statement[0].Principal.CanonicalUser",
            ),
            (
                "all but somebody allowed",
                r#""Principal":"*""#,
                r#""NotPrincipal":{"AWS":"111111111111"}"#,
                PRINCIPAL,
                "Statement[0].NotPrincipal",
            ),
            (
                "another bucket",
                ":::b/*",
                ":::c/*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "a bucket whose name begins so",
                ":::b/*",
                ":::bc/*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "all buckets",
                ":::b/*",
                ":::*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "everything",
                "arn:aws:s3:::b/*",
                "*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "another partition",
                "arn:aws:s3",
                "arn:aws-cn:s3",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "another service",
                "arn:aws:s3",
                "arn:aws:sqs",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "a variable for the bucket",
                ":::b/*",
                ":::${aws:username}/*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "no ARN",
                "arn:aws:s3:::b/*",
                "b/*",
                RESOURCE,
                "Statement[0].Resource",
            ),
            (
                "an action of nobody",
                "s3:GetObject",
                "s3:GetObjects",
                ACTION,
                "Statement[0].Action",
            ),
            (
                "an action of another service",
                "s3:GetObject",
                "sqs:SendMessage",
                ACTION,
                "Statement[0].Action",
            ),
            (
                "an action without a service",
                "s3:GetObject",
                "GetObject",
                ACTION,
                "Statement[0].Action",
            ),
            (
                "an object's action of the bucket",
                ":::b/*",
                ":::b",
                APPLIES,
                "Statement[0].Action",
            ),
            (
                "a bucket's action of objects",
                "s3:GetObject",
                "s3:ListBucket",
                APPLIES,
                "Statement[0].Action",
            ),
            (
                "an action of neither",
                "s3:GetObject",
                "s3:ListAllMyBuckets",
                APPLIES,
                "Statement[0].Action",
            ),
            (
                "an operator that is none",
                r#""Principal":"*""#,
                r#""Principal":"*","Condition":{"StringSame":{"aws:SourceIp":"x"}}"#,
                "Invalid Condition type : StringSame",
                "Statement[0].Condition.StringSame",
            ),
            (
                "a key that is none",
                r#""Principal":"*""#,
                r#""Principal":"*","Condition":{"StringEquals":{"s3:prefxi":"x"}}"#,
                KEY,
                "Statement[0].Condition.StringEquals.s3:prefxi",
            ),
            (
                "a key of nobody",
                r#""Principal":"*""#,
                r#""Principal":"*","Condition":{"StringEquals":{"prefix":"x"}}"#,
                KEY,
                "Statement[0].Condition.StringEquals.prefix",
            ),
            (
                "a value that cannot be read",
                r#""Principal":"*""#,
                r#""Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"x"}}"#,
                SYNTAX,
                "Statement[0].Condition.IpAddress.aws:SourceIp",
            ),
            (
                "an element that is none",
                r#""Principal":"*""#,
                r#""Principal":"*","Rule":"x""#,
                SYNTAX,
                "Statement[0].Rule",
            ),
        ] {
            assert!(A.contains(from), "{sentence}");
            assert_eq!(
                statement(&A.replace(from, to)),
                Err((message.to_owned(), path.to_owned())),
                "{sentence}"
            );
        }
        for (sentence, text, message) in [
            ("nothing", "", NO_JSON),
            ("a list", "[]", NO_JSON),
            ("a blank before it", " {}", NO_JSON),
            (
                "no statement",
                r#"{"Version":"2012-10-17"}"#,
                "Missing required field Statement",
            ),
            (
                "none in the list",
                r#"{"Version":"2012-10-17","Statement":[]}"#,
                "Missing required field Statement",
            ),
            (
                "another version",
                r#"{"Version":"2012-10-18","Statement":[]}"#,
                "The policy must contain a valid version string",
            ),
            (
                "a key twice",
                r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}"#,
                NO_JSON,
            ),
        ] {
            assert_eq!(
                said(text).map_err(|(message, _)| message),
                Err(message.to_owned()),
                "{sentence}"
            );
        }
    }
}

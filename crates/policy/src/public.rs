//! Whether a bucket policy makes public: the one answer for whoever keeps it, tells of it, or
//! decides by it (S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning
//! of 'public'").

use crate::arn;
use crate::condition::{Base, Condition, Qualifier, Wanted};
use crate::decision::Effect;
use crate::document::{Document, Statement};

/// Widest blocks that are a set of addresses and not the public: `/8` and `/32`.
const SHORTEST_V4: u32 = 8;
const SHORTEST_V6: u32 = 32;
/// Addresses of all IPv4 blocks of one condition: as many as in sixteen `/8`. 256 of these are
/// everybody, and how many are still somebody AWS does not say. Of IPv6 no policy is long enough.
const MOST_V4: u64 = 1 << 28;

/// Keys whose fixed values are somebody in particular, in lower case.
const FIXED: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "aws:sourceip",
];

/// Whether a policy gives anything to anybody: it does unless every Allow names its principals, or
/// has a condition that only fixed values meet. What cannot be told is public.
pub fn is_public(document: &Document) -> bool {
    document
        .statements
        .iter()
        // A Deny takes nothing of it back: what it leaves over is not worked out, as on AWS.
        .filter(|statement| statement.effect == Effect::Allow || statement.defect.is_some())
        .any(allows_anybody)
}

fn allows_anybody(statement: &Statement) -> bool {
    let named = statement.principal.as_ref().is_some_and(|principal| {
        !principal.not
            && principal
                .written
                .iter()
                .all(|name| !name.contains(['*', '?']))
    });
    statement.defect.is_some() || !named && !statement.conditions.iter().any(is_fixed)
}

/// Whether only requests of somebody in particular meet the condition.
fn is_fixed(condition: &Condition) -> bool {
    let Some((operator, wanted)) = condition.sound() else {
        return false;
    };
    // These hold for who has no such key as well.
    if operator.if_exists || operator.qualifier == Qualifier::ForAllValues || wanted.is_empty() {
        return false;
    }
    let key = condition.name().as_str();
    if !FIXED.contains(&key) {
        return false;
    }
    match operator.base {
        Base::Ip { not: false } if key == "aws:sourceip" => {
            wanted.iter().all(is_narrow) && addresses_v4(wanted) <= MOST_V4
        }
        Base::StringEquals { not: false }
        | Base::StringEqualsIgnoreCase { not: false }
        | Base::StringLike { not: false }
        | Base::Arn { not: false }
            if key != "aws:sourceip" =>
        {
            condition.values.iter().all(|value| {
                is_literal(value) || key == "s3:dataaccesspointarn" && is_of_one_account(value)
            })
        }
        _ => false,
    }
}

/// A value without a wildcard or a policy variable.
fn is_literal(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?']) && !value.contains("${")
}

/// Access points of one account, whatever their names.
fn is_of_one_account(value: &str) -> bool {
    let Some([_, partition, service, region, account, resource]) = arn::parts(value) else {
        return false;
    };
    [partition, service, region].into_iter().all(is_literal)
        && arn::is_account(account)
        && resource.starts_with("accesspoint/")
        && !resource.contains("${")
}

fn is_narrow(wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Network(network) => {
            network.length()
                >= if network.is_v4() {
                    SHORTEST_V4
                } else {
                    SHORTEST_V6
                }
        }
        Wanted::Text { .. }
        | Wanted::Arn(_)
        | Wanted::Number(..)
        | Wanted::Date(..)
        | Wanted::Bool(_)
        | Wanted::Bytes { .. }
        | Wanted::Absent(_) => false,
    }
}

/// How many IPv4 addresses the blocks have, those twice that are in two.
fn addresses_v4(wanted: &[Wanted]) -> u64 {
    wanted
        .iter()
        .filter_map(|wanted| match wanted {
            Wanted::Network(network) if network.is_v4() => {
                1_u64.checked_shl(32_u32.saturating_sub(network.length()))
            }
            _ => None,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Strictness;

    fn public(principal: &str, condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"{condition}}}]}}"#
        );
        is_public(&Document::read("bucket policy", &text, Strictness::Evaluate).unwrap())
    }

    fn on(operator: &str, key: &str, value: &str) -> bool {
        public(
            r#""Principal":"*""#,
            &format!(r#","Condition":{{"{operator}":{{"{key}":{value}}}}}"#),
        )
    }

    #[test]
    fn principals_that_are_somebody_are_not_the_public() {
        for (sentence, principal, expected) in [
            ("everybody", r#""Principal":"*""#, true),
            ("everybody of AWS", r#""Principal":{"AWS":"*"}"#, true),
            (
                "somebody and everybody",
                r#""Principal":{"AWS":["111111111111","*"]}"#,
                true,
            ),
            ("an account", r#""Principal":{"AWS":"111111111111"}"#, false),
            (
                "a role",
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:role/r"}"#,
                false,
            ),
            (
                "a service",
                r#""Principal":{"Service":"logging.s3.amazonaws.com"}"#,
                false,
            ),
            (
                "all but somebody",
                r#""NotPrincipal":{"AWS":"111111111111"}"#,
                true,
            ),
            (
                "a name with a wildcard",
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:user/*"}"#,
                true,
            ),
            ("no principal at all", r#""Sid":"x""#, true),
        ] {
            assert_eq!(public(principal, ""), expected, "{sentence}");
        }
    }

    #[test]
    fn conditions_on_fixed_values_are_somebody() {
        for (operator, key, value, expected) in [
            ("IpAddress", "aws:SourceIp", r#""203.0.113.0/24""#, false),
            ("IpAddress", "aws:SourceIp", r#""10.0.0.0/8""#, false),
            ("IpAddress", "aws:SourceIp", r#""10.0.0.0/7""#, true),
            ("IpAddress", "aws:SourceIp", r#""0.0.0.0/1""#, true),
            (
                "IpAddress",
                "aws:SourceIp",
                r#"["203.0.113.0/24","0.0.0.0/0"]"#,
                true,
            ),
            ("IpAddress", "aws:SourceIp", r#""2001:db8::/32""#, false),
            ("IpAddress", "aws:SourceIp", r#""2001::/16""#, true),
            ("IpAddress", "aws:SourceIp", r#""::ffff:0.0.0.0/96""#, true),
            ("NotIpAddress", "aws:SourceIp", r#""203.0.113.0/24""#, true),
            (
                "IpAddressIfExists",
                "aws:SourceIp",
                r#""203.0.113.0/24""#,
                true,
            ),
            ("StringEquals", "aws:SourceIp", r#""203.0.113.7""#, true),
            (
                "StringEquals",
                "aws:PrincipalOrgID",
                r#""o-1234567890""#,
                false,
            ),
            (
                "StringEquals",
                "AWS:principalorgid",
                r#""o-1234567890""#,
                false,
            ),
            ("StringLike", "aws:PrincipalOrgID", r#""o-*""#, true),
            (
                "StringEquals",
                "aws:PrincipalOrgID",
                r#""${aws:PrincipalOrgID}""#,
                true,
            ),
            (
                "StringEqualsIfExists",
                "aws:PrincipalOrgID",
                r#""o-1""#,
                true,
            ),
            ("StringNotEquals", "aws:PrincipalOrgID", r#""o-1""#, true),
            (
                "ForAllValues:StringEquals",
                "aws:PrincipalOrgID",
                r#""o-1""#,
                true,
            ),
            (
                "ForAnyValue:StringEquals",
                "aws:PrincipalOrgID",
                r#""o-1""#,
                false,
            ),
            (
                "StringEquals",
                "aws:SourceVpce",
                r#"["vpce-1","vpce-2"]"#,
                false,
            ),
            (
                "StringEquals",
                "aws:SourceVpce",
                r#"["vpce-1","vpce-*"]"#,
                true,
            ),
            ("StringEquals", "aws:SourceVpce", "[]", true),
            (
                "ArnLike",
                "aws:PrincipalArn",
                r#""arn:aws:iam::111111111111:role/r""#,
                false,
            ),
            (
                "ArnLike",
                "aws:PrincipalArn",
                r#""arn:aws:iam::111111111111:role/*""#,
                true,
            ),
            ("StringLike", "aws:userid", r#""AROAEXAMPLE:*""#, true),
            (
                "ArnLike",
                "s3:DataAccessPointArn",
                r#""arn:aws:s3:us-east-1:111111111111:accesspoint/*""#,
                false,
            ),
            (
                "ArnLike",
                "s3:DataAccessPointArn",
                r#""arn:aws:s3:us-east-1:*:accesspoint/a""#,
                true,
            ),
            ("StringEquals", "aws:UserAgent", r#""agent""#, true),
            ("StringEquals", "aws:Referer", r#""page""#, true),
            (
                "StringEquals",
                "s3:ExistingObjectTag/public",
                r#""yes""#,
                true,
            ),
            ("Bool", "aws:SecureTransport", r#""true""#, true),
            ("Null", "aws:PrincipalOrgID", r#""false""#, true),
            ("StringSame", "aws:PrincipalOrgID", r#""o-1""#, true),
        ] {
            assert_eq!(
                on(operator, key, value),
                expected,
                "{operator} {key} {value}"
            );
        }
    }

    #[test]
    fn attack_49_many_narrow_blocks_are_the_public_together() {
        let blocks = |first: u32, count: u32, of: &str| {
            let all: Vec<String> = (first..first + count)
                .map(|one| format!("\"{}\"", of.replace('N', &one.to_string())))
                .collect();
            on("IpAddress", "aws:SourceIp", &format!("[{}]", all.join(",")))
        };
        for (sentence, first, count, of, expected) in [
            ("every address", 0, 256, "N.0.0.0/8", true),
            ("every one, as IPv6", 0, 256, "::ffff:N.0.0.0/104", true),
            ("a half of them", 0, 128, "N.0.0.0/8", true),
            ("one too many", 1, 17, "N.0.0.0/8", true),
            ("sixteen", 1, 16, "N.0.0.0/8", false),
            ("many small ones", 0, 256, "203.N.0.0/16", false),
            ("the private networks", 16, 16, "172.N.0.0/16", false),
        ] {
            assert_eq!(blocks(first, count, of), expected, "{sentence}");
        }
    }

    #[test]
    fn one_public_statement_is_enough_and_no_deny_takes_it_back() {
        for (sentence, statements, expected) in [
            ("nothing", "", false),
            (
                "only a Deny",
                r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#,
                false,
            ),
            (
                "a Deny beside",
                r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#,
                true,
            ),
            (
                "a statement of no known effect",
                r#"{"Effect":"allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#,
                true,
            ),
        ] {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
            let document = Document::read("bucket policy", &text, Strictness::Evaluate).unwrap();
            assert_eq!(is_public(&document), expected, "{sentence}");
        }
    }
}

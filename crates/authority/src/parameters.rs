//! Parameters that the operations which hand out sessions have in common, with AWS's own texts.
//!
//! Limits and patterns: botocore's STS model (2011-06-15) and the STS API reference.

use catalog::query::longest;
use policy::{AccountId, Arn, Document, Kind, Strictness};
use wire::{Fault, Words};

use crate::arn_text;
use crate::form::{
    Form, Manner, Member, Pattern, Shape, TAG_KEYS, TAGS, may, must, patterns, text, validation,
};
use crate::lifetime;
use crate::session::MAX_TOKEN_CHARS;

/// Most characters of inline and managed session policies together.
const MAX_PLAIN_POLICIES: usize = 2048;

const NAME: Shape = Shape::Text(text(2, 64).like(patterns::SESSION));
const ARN: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+",
    matches: |text| {
        text.chars().all(|c| {
            !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || "\t\n\r\u{85}".contains(c)
        })
    },
};
const EXTERNAL_ID: Pattern = Pattern {
    text: "[\\w+=,.@:\\/-]*",
    matches: |text| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))
    },
};

const ROLE_ARN: Member = must("RoleArn", Shape::Text(text(20, longest::ARN).like(ARN)));
const SESSION_NAME: Member = must("RoleSessionName", NAME);
const DURATION: Member = may(
    "DurationSeconds",
    Shape::Number(lifetime::SHORTEST, lifetime::LONGEST),
);
/// A policy is not repeated.
const POLICY: Member = may(
    "Policy",
    Shape::Secret(text(1, MAX_PLAIN_POLICIES).like(patterns::DOCUMENT)),
);
const POLICY_ARNS: Member = may(
    "PolicyArns",
    Shape::Structures(
        10,
        &[must("arn", Shape::Text(text(20, longest::ARN).like(ARN)))],
    ),
);
const TOKEN_SIZE: Member = may(
    "MinimumSessionTokenSize",
    Shape::Number(0, MAX_TOKEN_CHARS as u32),
);

/// The members of AssumeRole.
const ASSUME_ROLE: &[Member] = &[
    ROLE_ARN,
    SESSION_NAME,
    DURATION,
    POLICY,
    POLICY_ARNS,
    TOKEN_SIZE,
    may("Tags", TAGS),
    may("TransitiveTagKeys", TAG_KEYS),
    may("ExternalId", Shape::Text(text(2, 1_224).like(EXTERNAL_ID))),
    may("SourceIdentity", NAME),
    // Known, to be refused in words of their own.
    may("SerialNumber", Shape::Free),
    may("TokenCode", Shape::Free),
];

/// The members of AssumeRoleWithWebIdentity.
const WEB_IDENTITY: &[Member] = &[
    ROLE_ARN,
    SESSION_NAME,
    DURATION,
    POLICY,
    POLICY_ARNS,
    TOKEN_SIZE,
    must("WebIdentityToken", Shape::Secret(text(4, 20_000))),
    // Known, to be refused in words of its own.
    may("ProviderId", Shape::Free),
];

/// The members of GetAccessKeyInfo.
const ACCESS_KEY_INFO: &[Member] = &[must(
    "AccessKeyId",
    Shape::Text(text(16, 128).like(Pattern {
        text: "[\\w]*",
        matches: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
    })),
)];

/// Reads a call of an operation that has parameters, or of one that has none.
///
/// # Errors
/// As of [`Form::read`].
pub(crate) fn read<'a>(words: &'a Words, operation: &str) -> Result<Form<'a>, Fault> {
    let members = match operation {
        "AssumeRole" => ASSUME_ROLE,
        "AssumeRoleWithWebIdentity" => WEB_IDENTITY,
        "GetAccessKeyInfo" => ACCESS_KEY_INFO,
        // GetCallerIdentity among them: whatever is sent along is refused, so that it answers
        // nobody's question but its own (docs/threats.md, 34).
        _ => &[],
    };
    Form::read(words, operation, members, Manner::Sts)
}

/// The role's ARN: no wildcard, IAM's own characters, path included.
pub(crate) fn role(form: &Form<'_>) -> Result<(Arn, AccountId), Fault> {
    let text = form.required("RoleArn")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let read = || {
        let arn = Arn::parse(text).ok()?;
        let account = AccountId::parse(arn.account()).ok()?;
        let name = arn.resource().strip_prefix("role/")?;
        // No wildcard is a plain character: a pattern would be compared with trust policies as if
        // it were a role (docs/threats.md, 23).
        let sound = !name.is_empty() && name.chars().all(plain) && !name.ends_with('/');
        // A final slash would be a role without a name, and an IAM ARN has no region to compare.
        (arn.service() == "iam" && arn.region().is_empty() && sound).then_some((arn, account))
    };
    read().ok_or_else(|| {
        let because = arn_text::strange(text, |c| plain(c) || c == ':');
        let because = because.unwrap_or_else(|| {
            "it is not of the form arn:PARTITION:iam::ACCOUNT:role/NAME".to_owned()
        });
        validation(format!("Request ARN is invalid ({because})"))
    })
}

/// The characters that the session token must have at least: 0 to 4,096.
pub(crate) fn token_size(form: &Form<'_>) -> Result<usize, Fault> {
    Ok(form
        .number("MinimumSessionTokenSize")?
        .map_or(0, |size| size as usize))
}

/// The seconds that the session is to last.
pub(crate) fn duration(form: &Form<'_>) -> Result<Option<u32>, Fault> {
    form.number("DurationSeconds")
}

/// Inline and managed session policies; together at most 2,048 characters of plain text.
pub(crate) fn session_policies(
    form: &Form<'_>,
    account: &AccountId,
) -> Result<(Option<String>, Vec<Arn>), Fault> {
    let policy = form.maybe("Policy");
    if let Some(text) = policy {
        Document::read("session policy", text, Strictness::Write(Kind::Session)).map_err(
            |malformed| {
                Fault::new(
                    "MalformedPolicyDocument",
                    400,
                    format!("{malformed} {}", malformed.because),
                )
            },
        )?;
    }
    // Whether they exist is asked at each use: a policy may be deleted while the session lives.
    let given = form.structures("PolicyArns", ["arn"]);
    let mut arns = Vec::new();
    for [text] in given {
        let text = text.unwrap_or("");
        let arn = Arn::parse(text).map_err(|_| {
            validation(format!(
                "Request ARN is invalid{}",
                arn_text::in_brackets(text)
            ))
        })?;
        if arn.service() != "iam"
            || ![account.as_str(), "aws"].contains(&arn.account())
            || !arn.resource().starts_with("policy/")
        {
            return Err(validation(format!(
                "the managed session policy {arn} is neither a policy of the role's account nor AWS's"
            )));
        }
        if arns.contains(&arn) {
            return Err(validation(format!(
                "the managed session policy {arn} is given twice"
            )));
        }
        arns.push(arn);
    }
    // AWS counts plain text first and the packed size apart; ours is checked when the session is
    // sealed.
    let plain = policy.map_or(0, |text| text.chars().count())
        + arns.iter().map(|arn| arn.as_str().len()).sum::<usize>();
    if plain > MAX_PLAIN_POLICIES {
        let percent = (plain * 100).div_ceil(MAX_PLAIN_POLICIES);
        let text = format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        );
        return Err(Fault::new("PackedPolicyTooLarge", 400, text));
    }
    Ok((policy.map(str::to_owned), arns))
}

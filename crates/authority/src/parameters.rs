//! Parameters that the operations which hand out sessions have in common, with AWS's own texts.
//!
//! Limits and patterns: botocore's STS model (2011-06-15) and the STS API reference.

use policy::{AccountId, Arn, Document, Kind, Strictness};
use wire::{Fault, Words};

use crate::session::MAX_TOKEN_CHARS;

/// Most characters of inline and managed session policies together.
const MAX_PLAIN_POLICIES: usize = 2048;

/// A parameter that we do not know could be a restriction: ignoring it would grant more than was asked for.
///
/// `lists` are the members of lists of structures beside `PolicyArns`, such as `("Tags", "Key")`.
pub(crate) fn refuse_unknown(form: &Words, operation: &str, more: &[&str], lists: &[(&str, &str)]) -> Result<(), Fault> {
    const KNOWN: [&str; 7] =
        ["Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "MinimumSessionTokenSize"];
    let numbered = |name: &str, (list, field): (&str, &str)| {
        let number = name.strip_prefix(list).and_then(|rest| rest.strip_prefix(".member."));
        let number =
            number.and_then(|rest| if field.is_empty() { Some(rest) } else { rest.strip_suffix(field)?.strip_suffix('.') });
        // An empty list is written by its name alone.
        name == list || number.is_some_and(|number| number.parse::<u8>().is_ok())
    };
    for (name, _) in form.iter() {
        let listed = lists.iter().copied().chain([("PolicyArns", "arn")]).any(|list| numbered(name, list));
        if !KNOWN.contains(&name) && !more.contains(&name) && !listed {
            return Err(validation(format!("parameter {name} is not known to {operation}")));
        }
    }
    Ok(())
}

/// The role's ARN: no wildcard, IAM's own characters, path included.
pub(crate) fn role(form: &Words) -> Result<(Arn, AccountId), Fault> {
    let text = required(form, "RoleArn", "roleArn")?;
    within("roleArn", text, text.chars().count(), 20, 2048)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let read = || {
        let arn = Arn::parse(text).ok()?;
        let account = AccountId::parse(arn.account()).ok()?;
        let name = arn.resource().strip_prefix("role/")?;
        let sound = !name.is_empty() && name.chars().all(plain) && !name.ends_with('/');
        (arn.service() == "iam" && arn.region().is_empty() && sound).then_some((arn, account))
    };
    read().ok_or_else(|| validation("Request ARN is invalid"))
}

/// A name of a session or of who is behind it: 2 to 64 letters, digits and `_+=,.@-`.
pub(crate) fn name(member: &str, text: &str) -> Result<(), Fault> {
    within(member, text, text.chars().count(), 2, 64)?;
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        return Err(constraint(member, Some(text), "Member must satisfy regular expression pattern: [\\w+=,.@-]*"));
    }
    Ok(())
}

/// The characters that the session token must have at least: 0 to 4,096.
pub(crate) fn token_size(form: &Words) -> Result<usize, Fault> {
    let Some(text) = form.get("MinimumSessionTokenSize") else { return Ok(0) };
    let size = usize::try_from(whole("MinimumSessionTokenSize", text)?).unwrap_or(usize::MAX);
    if size > MAX_TOKEN_CHARS {
        let rule = format!("Member must have value less than or equal to {MAX_TOKEN_CHARS}");
        return Err(constraint("minimumSessionTokenSize", Some(text), &rule));
    }
    Ok(size)
}

fn whole(name: &str, text: &str) -> Result<u32, Fault> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| Fault::new("MalformedInput", 400, format!("{name} is not a whole number")))
}

pub(crate) fn duration(text: &str) -> Result<u32, Fault> {
    let seconds = whole("DurationSeconds", text)?;
    let bound = |how: &str| constraint("durationSeconds", Some(text), &format!("Member must have value {how}"));
    match seconds {
        0..900 => Err(bound("greater than or equal to 900")),
        900..=43_200 => Ok(seconds),
        _ => Err(bound("less than or equal to 43200")),
    }
}

/// Inline and managed session policies; together at most 2,048 characters of plain text.
pub(crate) fn session_policies(form: &Words, account: &AccountId) -> Result<(Option<String>, Vec<Arn>), Fault> {
    let policy = form.get("Policy");
    if let Some(text) = policy {
        within("policy", "", text.chars().count(), 1, MAX_PLAIN_POLICIES)?;
        if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
            let rule = "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
            return Err(constraint("policy", None, rule));
        }
        Document::read("session policy", text, Strictness::Write(Kind::Session))
            .map_err(|malformed| Fault::new("MalformedPolicyDocument", 400, format!("{malformed} {}", malformed.because)))?;
    }
    let given = form.structures("PolicyArns", ["arn"]);
    let listed = form.iter().filter(|(name, _)| name.starts_with("PolicyArns.member.")).count();
    if listed != given.len() {
        return Err(validation("PolicyArns must be numbered from 1 without gaps"));
    }
    if given.len() > 10 {
        return Err(validation(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10",
        ));
    }
    let mut arns = Vec::new();
    for [text] in given {
        let arn = text.and_then(|text| Arn::parse(text).ok()).ok_or_else(|| validation("Request ARN is invalid"))?;
        if arn.service() != "iam" || ![account.as_str(), "aws"].contains(&arn.account()) || !arn.resource().starts_with("policy/") {
            return Err(validation(format!(
                "the managed session policy {arn} is neither a policy of the role's account nor AWS's"
            )));
        }
        if arns.contains(&arn) {
            return Err(validation(format!("the managed session policy {arn} is given twice")));
        }
        arns.push(arn);
    }
    let plain = policy.map_or(0, |text| text.chars().count()) + arns.iter().map(|arn| arn.as_str().len()).sum::<usize>();
    if plain > MAX_PLAIN_POLICIES {
        let percent = (plain * 100).div_ceil(MAX_PLAIN_POLICIES);
        let text = format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.");
        return Err(Fault::new("PackedPolicyTooLarge", 400, text));
    }
    Ok((policy.map(str::to_owned), arns))
}

pub(crate) fn required<'a>(form: &'a Words, name: &str, member: &str) -> Result<&'a str, Fault> {
    form.get(name).ok_or_else(|| {
        validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

pub(crate) fn within(member: &str, value: &str, length: usize, least: usize, most: usize) -> Result<(), Fault> {
    if length < least {
        return Err(constraint(member, Some(value), &format!("Member must have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(constraint(member, None, &format!("Member must have length less than or equal to {most}")));
    }
    Ok(())
}

pub(crate) fn constraint(member: &str, value: Option<&str>, rule: &str) -> Fault {
    let value = value.map(|value| format!("'{value}' ")).unwrap_or_default();
    validation(format!("1 validation error detected: Value {value}at '{member}' failed to satisfy constraint: {rule}"))
}

pub(crate) fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

//! Reads an AssumeRoleWithWebIdentity call: every parameter checked before the token is looked at.

use policy::{AccountId, Arn, Document, Kind, Strictness};
use wire::{Fault, Words};
use zeroize::Zeroizing;

/// The call, as meant. Limits: botocore's STS model (2011-06-15) and the STS API reference.
pub struct Ask {
    /// The role to become.
    pub role_arn: Arn,
    /// The account of that role.
    pub account: AccountId,
    /// The session's name.
    pub session_name: String,
    /// The compact JWS. Not shown by `Debug`.
    pub token: Zeroizing<String>,
    /// Seconds, 900 to 43,200; `None` when not given.
    pub duration: Option<u32>,
    /// Inline session policy.
    pub policy: Option<String>,
    /// Managed session policies, at most ten.
    pub policy_arns: Vec<Arn>,
}

impl Ask {
    /// Reads the call's form.
    ///
    /// # Errors
    /// AWS's `ValidationError` for the first parameter that does not fit, `MalformedPolicyDocument` for the policy.
    /// The token's text never stands in an error.
    pub fn read(form: &Words) -> Result<Self, Fault> {
        refuse_unknown(form)?;
        let role_text = required(form, "RoleArn", "roleArn")?;
        within("roleArn", role_text, role_text.chars().count(), 20, 2048)?;
        let (role_arn, account) = role(role_text).ok_or_else(|| validation("Request ARN is invalid"))?;
        let session_name = required(form, "RoleSessionName", "roleSessionName")?;
        within("roleSessionName", session_name, session_name.chars().count(), 2, 64)?;
        if !session_name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
            return Err(constraint(
                "roleSessionName",
                Some(session_name),
                "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            ));
        }
        // Clients send the token file's bytes untrimmed, so a file that ends in a line break must not fail.
        let token = required(form, "WebIdentityToken", "webIdentityToken")?.trim_ascii();
        if !(4..=20_000).contains(&token.len()) {
            return Err(constraint("webIdentityToken", None, "Member must have length between 4 and 20000, inclusive"));
        }
        if form.get("ProviderId").is_some() {
            return Err(validation("ProviderId must not be given with an OpenID Connect token"));
        }
        let duration = form.get("DurationSeconds").map(duration).transpose()?;
        let (policy, policy_arns) = session_policies(form, &account)?;
        Ok(Self {
            role_arn,
            account,
            session_name: session_name.to_owned(),
            token: Zeroizing::new(token.to_owned()),
            duration,
            policy,
            policy_arns,
        })
    }
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask").field("role_arn", &self.role_arn).field("session_name", &self.session_name).finish_non_exhaustive()
    }
}

/// A parameter that we do not know could be a restriction: ignoring it would grant more than was asked for.
fn refuse_unknown(form: &Words) -> Result<(), Fault> {
    const KNOWN: [&str; 8] =
        ["Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken", "ProviderId", "DurationSeconds", "Policy"];
    for (name, _) in form.iter() {
        let listed = name.strip_prefix("PolicyArns.member.").and_then(|rest| rest.strip_suffix(".arn"));
        let known = KNOWN.contains(&name) || name == "PolicyArns" || listed.is_some_and(|n| n.parse::<u8>().is_ok());
        if !known {
            return Err(validation(format!("parameter {name} is not known to AssumeRoleWithWebIdentity")));
        }
    }
    Ok(())
}

/// A role's ARN: no wildcard, IAM's own characters, path included.
fn role(text: &str) -> Option<(Arn, AccountId)> {
    let arn = Arn::parse(text).ok()?;
    let account = AccountId::parse(arn.account()).ok()?;
    let name = arn.resource().strip_prefix("role/")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let sound =
        arn.service() == "iam" && arn.region().is_empty() && !name.is_empty() && name.chars().all(plain) && !name.ends_with('/');
    sound.then_some((arn, account))
}

fn duration(text: &str) -> Result<u32, Fault> {
    let malformed = || Fault::new("MalformedInput", 400, "DurationSeconds is not a whole number of seconds");
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: u32 = plain.then(|| text.parse().ok()).flatten().ok_or_else(malformed)?;
    let bound = |how: &str| constraint("durationSeconds", Some(text), &format!("Member must have value {how}"));
    match seconds {
        0..900 => Err(bound("greater than or equal to 900")),
        900..=43_200 => Ok(seconds),
        _ => Err(bound("less than or equal to 43200")),
    }
}

/// Inline and managed session policies; together at most 2,048 characters of plain text.
fn session_policies(form: &Words, account: &AccountId) -> Result<(Option<String>, Vec<Arn>), Fault> {
    let policy = form.get("Policy");
    if let Some(text) = policy {
        within("policy", "", text.chars().count(), 1, 2048)?;
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
        arns.push(arn);
    }
    Ok((policy.map(str::to_owned), arns))
}

fn required<'a>(form: &'a Words, name: &str, member: &str) -> Result<&'a str, Fault> {
    form.get(name).ok_or_else(|| {
        validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn within(member: &str, value: &str, length: usize, least: usize, most: usize) -> Result<(), Fault> {
    if length < least {
        return Err(constraint(member, Some(value), &format!("Member must have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(constraint(member, None, &format!("Member must have length less than or equal to {most}")));
    }
    Ok(())
}

fn constraint(member: &str, value: Option<&str>, rule: &str) -> Fault {
    let value = value.map(|value| format!("'{value}' ")).unwrap_or_default();
    validation(format!("1 validation error detected: Value {value}at '{member}' failed to satisfy constraint: {rule}"))
}

fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

//! Reads an AssumeRole call: every parameter checked before anybody is asked.

use policy::{AccountId, Arn};
use wire::{Fault, Words};

use crate::form::validation;
use crate::parameters::{self, duration, role, session_policies, token_size};
use crate::session_tags::SessionTags;

/// The call, as meant. Limits: botocore's STS model (2011-06-15) and the STS API reference.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The role to become.
    pub role_arn: Arn,
    /// The account of that role.
    pub account: AccountId,
    /// The session's name.
    pub session_name: String,
    /// Seconds, 900 to 43,200; `None` when not given.
    pub duration: Option<u32>,
    /// Inline session policy.
    pub policy: Option<String>,
    /// Managed session policies, at most ten.
    pub policy_arns: Vec<Arn>,
    /// Characters that the session token has at least.
    pub token_size: usize,
    /// Session tags.
    pub tags: SessionTags,
    /// What the role's owner agreed on with whoever calls (IAM user guide, "The confused deputy
    /// problem").
    pub external_id: Option<String>,
    /// Who is behind the session.
    pub source_identity: Option<String>,
}

impl Ask {
    /// Reads the call's form.
    ///
    /// # Errors
    /// AWS's `ValidationError` for the parameters that do not fit, `InvalidParameterValue` for tags
    /// that contradict each other, `MalformedPolicyDocument` and `PackedPolicyTooLarge` for session
    /// policies.
    pub fn read(form: &Words) -> Result<Self, Fault> {
        let form = &parameters::read(form, "AssumeRole")?;
        let (role_arn, account) = role(form)?;
        let session_name = form.required("RoleSessionName")?;
        // No user has a device here, and what was passed as a proof must not be taken for one.
        if form
            .maybe("SerialNumber")
            .or(form.maybe("TokenCode"))
            .is_some()
        {
            return Err(validation(
                "MFA devices are not supported; SerialNumber and TokenCode must be absent",
            ));
        }
        // Of the target's account: the new session is one of that account, not of the caller's.
        let (policy, policy_arns) = session_policies(form, &account)?;
        Ok(Self {
            role_arn,
            account,
            session_name: session_name.to_owned(),
            duration: duration(form)?,
            policy,
            policy_arns,
            token_size: token_size(form)?,
            tags: SessionTags::read(form)?,
            external_id: form.maybe("ExternalId").map(str::to_owned),
            source_identity: form.maybe("SourceIdentity").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_checked_by_the_model() {
        let good = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fteam%2Fnext&RoleSessionName=s1";
        let read = |more: &str| {
            Ask::read(&Words::read(&format!("{good}{more}")).unwrap()).map_err(|fault| fault.code)
        };
        let ask =
            read("&ExternalId=a%2Fb%3Ac&SourceIdentity=alice&DurationSeconds=900&Tags=&TransitiveTagKeys=&PolicyArns=").unwrap();
        assert_eq!(
            (
                ask.account.as_str(),
                ask.external_id.as_deref(),
                ask.duration
            ),
            ("111111111111", Some("a/b:c"), Some(900))
        );
        for (sentence, more, code) in [
            (
                "an external id of one character",
                "&ExternalId=a".to_owned(),
                "ValidationError",
            ),
            (
                "an external id of 1,225",
                format!("&ExternalId={}", "a".repeat(1225)),
                "ValidationError",
            ),
            (
                "an external id with a blank",
                "&ExternalId=a+b".to_owned(),
                "ValidationError",
            ),
            (
                "a source identity with a colon",
                "&SourceIdentity=a%3Ab".to_owned(),
                "ValidationError",
            ),
            (
                "a source identity of 65",
                format!("&SourceIdentity={}", "a".repeat(65)),
                "ValidationError",
            ),
            (
                "a duration of 899",
                "&DurationSeconds=899".to_owned(),
                "ValidationError",
            ),
            (
                "a duration of 43,201",
                "&DurationSeconds=43201".to_owned(),
                "ValidationError",
            ),
            (
                "a duration with a sign",
                "&DurationSeconds=%2B900".to_owned(),
                "MalformedInput",
            ),
            (
                "a token of 4,097 characters",
                "&MinimumSessionTokenSize=4097".to_owned(),
                "ValidationError",
            ),
            (
                "a token of no number",
                "&MinimumSessionTokenSize=-1".to_owned(),
                "MalformedInput",
            ),
            (
                "an MFA device",
                "&SerialNumber=GAHT12345678".to_owned(),
                "ValidationError",
            ),
            (
                "an MFA code",
                "&TokenCode=123456".to_owned(),
                "ValidationError",
            ),
            (
                "contexts, which nobody here provides",
                "&ProvidedContexts.member.1.ProviderArn=arn".to_owned(),
                "ValidationError",
            ),
            (
                "a token, which is another operation's",
                "&WebIdentityToken=eyJ0".to_owned(),
                "ValidationError",
            ),
            (
                "a policy that is none",
                "&Policy=%7B%7D".to_owned(),
                "MalformedPolicyDocument",
            ),
            (
                "a policy with a character beyond Latin 1",
                "&Policy=%7B%E2%82%AC%7D".to_owned(),
                "ValidationError",
            ),
            (
                "eleven managed policies",
                (1..=11)
                    .map(|n| {
                        format!(
                            "&PolicyArns.member.{n}.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fp{n}"
                        )
                    })
                    .collect(),
                "ValidationError",
            ),
            (
                "a managed policy of another account",
                "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3A222222222222%3Apolicy%2Fp"
                    .to_owned(),
                "ValidationError",
            ),
        ] {
            assert_eq!(read(&more).err().as_deref(), Some(code), "{sentence}");
        }
        let fault = |more: &str| {
            Ask::read(&Words::read(&format!("{good}{more}")).unwrap())
                .err()
                .map(|fault| fault.text)
        };
        for list in [
            "Tags.member.2.Key",
            "TransitiveTagKeys.member.2",
            "PolicyArns.member.2.arn",
            "PolicyArns.member.1.Arn",
        ] {
            let text = format!("parameter {list} is not known to AssumeRole");
            assert_eq!(
                fault(&format!("&{list}=a")),
                Some(text),
                "where nobody would read on"
            );
        }
        assert_eq!(
            fault("&ExternalId=a&DurationSeconds=899&Tags.member.1.Key=k&Tags.member.1.Value=%2A&Policy=").as_deref(),
            Some(
                "5 validation errors detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900; Value 'a' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2; Value at 'policy' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+; Value '*' at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"
            )
        );
        for (role, because) in [
            (
                "arn:aws:iam::111111111111:role/next\n",
                "it ends in a line feed",
            ),
            (
                "arn:aws:iam::111111111111:role/ne xt",
                "its character 34 is a blank",
            ),
            (
                "arn:aws:iam::111111111111:role/n*xt",
                "its character 33 is the wildcard `*`",
            ),
            (
                "arn:aws:iam::111111111111:user/next",
                "it is not of the form arn:PARTITION:iam::ACCOUNT:role/NAME",
            ),
        ] {
            let form = format!("RoleArn={}&RoleSessionName=s1", wire::percent::encode(role));
            let fault = Ask::read(&Words::read(&form).unwrap())
                .err()
                .map(|fault| fault.text);
            assert_eq!(fault, Some(format!("Request ARN is invalid ({because})")));
        }
        for role in [
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::111111111111:user/someone",
            "arn:aws:iam:us-east-1:111111111111:role/r",
            "arn:aws:iam::11:role/reporting",
            "role/reporting-and-more",
        ] {
            let form = format!("RoleArn={}&RoleSessionName=s1", wire::percent::encode(role));
            assert_eq!(
                Ask::read(&Words::read(&form).unwrap())
                    .err()
                    .map(|fault| fault.code)
                    .as_deref(),
                Some("ValidationError"),
                "{role}"
            );
        }
    }
}

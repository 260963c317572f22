//! STS's answers on the wire: XML, or JSON for callers that accept it.

use policy::AccountId;
use serde_json::json;
use wire::xml::Writer;
use wire::{Family, Fault, Reply, RequestId, Words};

use crate::error_reply::STS as NAMESPACE;
use crate::form::validation;
use crate::grant::Permit;
use crate::ids::account_of;
use crate::iso8601::iso8601;
use crate::parameters;
use crate::session::{Bearer, Origin, Session};

/// Which form the caller wants: JSON only when it names it (`Accept: application/json`).
pub fn family(accept: Option<&str>) -> Family {
    let json = accept.is_some_and(|accept| {
        accept
            .split(',')
            // To the letter: `*/*` is what clients send that read XML.
            .any(|part| part.split(';').next().unwrap_or("").trim() == "application/json")
    });
    if json {
        Family::QueryJson
    } else {
        Family::Query
    }
}

/// The answer to whoever became a role, by the operation that its origin names.
pub(crate) fn assumed(
    session: &Session,
    partition: &str,
    family: Family,
    request_id: &RequestId,
) -> Reply {
    let facts = &session.facts;
    let with_policy =
        facts.policy.is_some() || !facts.policy_arns.is_empty() || !facts.tags.is_empty();
    // The three say one thing, how full the token is; the old one only where policies or tags are
    // part of it.
    let used = (session.token.len() * 100 / crate::session::MAX_TOKEN_CHARS).max(1);
    let packed = with_policy.then_some(used);
    let (operation, token) = match &facts.origin {
        Origin::Role { .. } => ("AssumeRole", Vec::new()),
        Origin::WebIdentity {
            provider,
            subject,
            audience,
            ..
        } => {
            let members = [
                ("SubjectFromWebIdentityToken", subject.clone()),
                // Its ARN, as transcripts of the service have it; the API reference says the value
                // of `iss`.
                (
                    "Provider",
                    format!(
                        "arn:{partition}:iam::{}:oidc-provider/{provider}",
                        facts.account
                    ),
                ),
                ("Audience", audience.clone()),
            ];
            ("AssumeRoleWithWebIdentity", members.to_vec())
        }
    };
    if family == Family::QueryJson {
        let mut result = json!({
            "Credentials": {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret.expose(),
                "SessionToken": session.token,
                // A number of seconds, as STS's JSON form has it; XML has a date.
                "Expiration": facts.expires_at,
            },
            "AssumedRoleUser": { "Arn": facts.arn(partition), "AssumedRoleId": facts.user_id() },
            "SessionTokenUtilization": used,
            "SessionTokenSize": session.token.len(),
        });
        if let Some(result) = result.as_object_mut() {
            result.extend(
                token
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), json!(value))),
            );
            result.extend(packed.map(|percent| ("PackedPolicySize".to_owned(), json!(percent))));
            result.extend(
                facts
                    .source_identity
                    .as_ref()
                    .map(|name| ("SourceIdentity".to_owned(), json!(name))),
            );
        }
        return json_answer(operation, result, request_id);
    }
    xml_answer(operation, request_id, |result| {
        result
            .element("Credentials", |credentials| {
                credentials
                    .text("AccessKeyId", &session.access_key_id)
                    .text("SecretAccessKey", session.secret.expose())
                    .text("SessionToken", &session.token)
                    .text("Expiration", &iso8601(facts.expires_at));
            })
            .element("AssumedRoleUser", |user| {
                user.text("Arn", &facts.arn(partition))
                    .text("AssumedRoleId", &facts.user_id());
            });
        for (name, value) in &token {
            result.text(name, value);
        }
        result
            .maybe(
                "PackedPolicySize",
                packed.map(|percent| percent.to_string()).as_deref(),
            )
            .maybe("SourceIdentity", facts.source_identity.as_deref())
            .text("SessionTokenUtilization", &used.to_string())
            .text("SessionTokenSize", &session.token.len().to_string());
    })
}

/// The account of an access key id: its own letters say it, so a key that never existed has one as
/// well.
///
/// # Errors
/// `ValidationError` for what is no access key id.
pub(crate) fn access_key_info(
    permit: &Permit<Words>,
    family: Family,
    request_id: &RequestId,
) -> Result<Reply, Fault> {
    let form = parameters::read(&permit.call().detail, "GetAccessKeyInfo")?;
    let id = form.required("AccessKeyId")?;
    let is_key = id.len() == 20 && (id.starts_with("AKIA") || id.starts_with("ASIA"));
    let account = is_key.then(|| account_of(id)).flatten();
    let account =
        account.ok_or_else(|| validation(format!("Request access key id {id} is invalid")))?;
    if family == Family::QueryJson {
        return Ok(json_answer(
            "GetAccessKeyInfo",
            json!({ "Account": account.as_str() }),
            request_id,
        ));
    }
    Ok(xml_answer("GetAccessKeyInfo", request_id, |result| {
        result.text("Account", account.as_str());
    }))
}

/// What does not fit in a call's parameters, all together; for a call that is refused before it is
/// decided.
pub(crate) fn unfit(form: &Words) -> Option<Fault> {
    let operation = form
        .get("Action")
        .filter(|action| matches!(*action, "AssumeRole" | "GetAccessKeyInfo"))?;
    parameters::read(form, operation).err()
}

/// The answer to a permitted GetCallerIdentity, which is who it was permitted to.
///
/// # Errors
/// `ValidationError` for a parameter: it has none.
pub(crate) fn caller_identity(
    permit: &Permit<Words>,
    family: Family,
    request_id: &RequestId,
) -> Result<Reply, Fault> {
    // Others log in with this call: a parameter that is ignored here may mean something to whoever
    // passed it on (docs/threats.md, 34).
    parameters::read(&permit.call().detail, "GetCallerIdentity")?;
    let partition = permit.partition();
    let (arn, user_id, account): (String, String, &AccountId) = match permit.bearer()? {
        Bearer::Session(facts) => (facts.arn(partition), facts.user_id(), &facts.account),
        Bearer::Root(account) => (
            format!("arn:{partition}:iam::{account}:root"),
            account.to_string(),
            account,
        ),
    };
    if family == Family::QueryJson {
        let result = json!({ "Arn": arn, "UserId": user_id, "Account": account.as_str() });
        return Ok(json_answer("GetCallerIdentity", result, request_id));
    }
    Ok(xml_answer("GetCallerIdentity", request_id, |result| {
        result
            .text("Arn", &arn)
            .text("UserId", &user_id)
            .text("Account", account.as_str());
    }))
}

fn xml_answer(operation: &str, request_id: &RequestId, inside: impl FnOnce(&mut Writer)) -> Reply {
    let mut xml = Writer::new();
    xml.element_in(&format!("{operation}Response"), NAMESPACE, |response| {
        response
            .element(&format!("{operation}Result"), inside)
            .element("ResponseMetadata", |metadata| {
                metadata.text("RequestId", request_id.as_str());
            });
    });
    Reply::xml(200, xml.finish())
}

fn json_answer(operation: &str, result: serde_json::Value, request_id: &RequestId) -> Reply {
    let response = json!({
        // Nested twice, as aws-iam-authenticator reads it (`pkg/token/token.go`).
        format!("{operation}Result"): result,
        "ResponseMetadata": { "RequestId": request_id.as_str() },
    });
    Reply::json(200, &json!({ format!("{operation}Response"): response }))
}

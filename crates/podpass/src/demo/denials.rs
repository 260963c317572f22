//! The four ways in which a beginner goes wrong, each really refused, each with its reason.

use std::path::Path;

use pod::{Mutation, Pod, ServiceAccount, mutate};
use server::control::PodAsk;
use token::{Algorithm, ServiceAccountClaims, SigningKey};

use super::resources::ACCOUNT;
use super::stage::{Stage, expect, say, title};
use super::steps::mint;
use crate::command::run::reason_text;
use crate::exit::Exit;
use crate::http::{Answer, Credentials};

pub(super) async fn show(stage: &Stage, reader: &Credentials, folder: &Path) -> Result<(), Exit> {
    drop(std::fs::remove_file(folder.join("token")));
    title("Denied: the wrong bucket");
    let answer = stage
        .client
        .s3("GET", "/payroll/salaries.csv", b"", reader)
        .await
        .map_err(Exit::unreachable)?;
    tell(stage, "GET s3://payroll/salaries.csv", &answer, 403).await?;

    title("Denied: another service account with the same annotation");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reporting");
    let token = mint(stage, "payments", "payroll").await?;
    let answer = stage.exchange(&role, "payroll", &token).await?;
    tell(stage, "AssumeRoleWithWebIdentity", &answer, 403).await?;

    title("Denied: an issuer that is not registered");
    let answer = stage
        .exchange(&role, "unknown-issuer", &foreign_token()?)
        .await?;
    tell(stage, "AssumeRoleWithWebIdentity", &answer, 400).await?;

    title("Denied: the annotation is missing");
    let ask = PodAsk {
        namespace: "reports".to_owned(),
        service_account: "intern".to_owned(),
    };
    let found = stage.control.pod(&ask).await?;
    let account = ServiceAccount {
        namespace: ask.namespace,
        name: ask.service_account,
        uid: None,
        annotations: found.annotations,
    };
    let pod = found
        .pod
        .and_then(Pod::from_json)
        .unwrap_or_else(|| Pod::minimal(&account.namespace, &account.name));
    let Mutation::Nothing(reason) = mutate(&pod, Some(&account), &pod::Settings::default()) else {
        return Err(Exit::finding(
            "a pod without annotation got a role's environment",
        ));
    };
    say(&format!(
        "   the webhook does not change the pod: {}",
        reason_text(reason, &account)
    ));
    let answer = stage
        .client
        .query(
            "sts",
            "2011-06-15",
            &[("Action", "GetCallerIdentity")],
            None,
        )
        .await
        .map_err(Exit::unreachable)?;
    tell(
        stage,
        "GetCallerIdentity, without credentials",
        &answer,
        403,
    )
    .await
}

/// What the caller gets, and what the operator is told.
async fn tell(stage: &Stage, call: &str, answer: &Answer, status: u16) -> Result<(), Exit> {
    expect(answer.status == status, || {
        format!("{call} answered {}: {}", answer.status, answer.text())
    })?;
    let (code, message) = (
        answer.element("Code").unwrap_or_default(),
        answer.element("Message").unwrap_or_default(),
    );
    say(&format!("   {call} -> {} {code}", answer.status));
    say(&format!(
        "   the caller gets: {}",
        message.replace("&quot;", "\"")
    ));
    let record = stage.control.decision(Some(&answer.request_id())).await?;
    say(&format!("   podpass why {}", record.request_id));
    for line in doctor::explain(&record).text().lines() {
        say(&format!("   {line}"));
    }
    Ok(())
}

/// A token that is sound in itself, of an issuer that the account knows nothing of.
fn foreign_token() -> Result<String, Exit> {
    let failed = |error: token::SignError| Exit::finding(error.to_string());
    let now = server::clock::now();
    let claims = ServiceAccountClaims {
        // All but the issuer is what the role trusts, so that nothing else can be the reason.
        issuer: "https://oidc.elsewhere.example".to_owned(),
        namespace: "reports".to_owned(),
        service_account: "reporting".to_owned(),
        service_account_uid: "0".to_owned(),
        pod: None,
        audiences: vec!["sts.amazonaws.com".to_owned()],
        issued_at: now,
        expires_at: now + 3600,
        id: "demo".to_owned(),
    };
    // An RSA key would take the demo longer than all the rest of it.
    let key = SigningKey::generate(Algorithm::Es256).map_err(failed)?;
    token::sign(&key, &claims).map_err(failed)
}

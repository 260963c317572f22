//! From an annotated pod to an API call: annotation, mutation, token, exchange, credentials, call.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pod::{Mutation, Pod, ServiceAccount, mutate};
use server::control::{PodAsk, TokenAsk};
use sigv4::SecretKey;

use super::resources::ACCOUNT;
use super::stage::{Stage, expect, say, title};
use crate::exit::Exit;
use crate::http::{Answer, Credentials};

/// Walks the road with `reports/reporting`, and returns its credentials.
pub(super) async fn walk(stage: &Stage, folder: &Path) -> Result<Credentials, Exit> {
    title(
        "2. The pod runs as an annotated service account, and the webhook gives it the role's environment and token",
    );
    let ask = PodAsk {
        namespace: "reports".to_owned(),
        service_account: "reporting".to_owned(),
    };
    let found = stage.control.pod(&ask).await?;
    let account = ServiceAccount {
        namespace: ask.namespace,
        name: ask.service_account,
        uid: None,
        annotations: found.annotations,
    };
    for (name, value) in &account.annotations {
        say(&format!(
            "   {}/{}: {name}: {value}",
            account.namespace, account.name
        ));
    }
    let pod = found
        .pod
        .and_then(Pod::from_json)
        .unwrap_or_else(|| Pod::minimal(&account.namespace, &account.name));
    let settings = pod::Settings {
        region: Some(stage.environment.region.clone()),
        ..pod::Settings::default()
    };
    let Mutation::Patch(patch) = mutate(&pod, Some(&account), &settings) else {
        return Err(Exit::finding("the pod did not get the role's environment"));
    };
    for operation in &patch.operations {
        say(&format!("   add {} {}", operation.path, operation.value));
    }

    title("3. The kubelet projects a signed token into the pod");
    let token = mint(stage, "reports", "reporting").await?;
    // Without its signature a token is no credential, so these two parts can be shown.
    for part in token.split('.').take(2) {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        say(&format!("   {}", String::from_utf8_lossy(&json)));
    }
    say("   (signature not shown)");
    std::fs::write(folder.join("token"), &token).map_err(|error| Exit::usage(error.to_string()))?;

    title("4. The SDK exchanges the token at STS: AssumeRoleWithWebIdentity, unsigned");
    let answer = stage
        .exchange(&patch.grant.role_arn, "demo", &token)
        .await?;
    expect(answer.status == 200, || {
        format!("the exchange answered {}", answer.text())
    })?;
    say(
        "   checked: shape, issuer -> provider of the role's account, key, signature, times, audience, trust policy",
    );
    say(&format!(
        "   sub {}",
        answer
            .element("SubjectFromWebIdentityToken")
            .unwrap_or_default()
    ));
    say(&format!(
        "   aud {}",
        answer.element("Audience").unwrap_or_default()
    ));

    title("5. STS answers with temporary credentials");
    let credentials = credentials(&answer)?;
    say(&format!(
        "   AccessKeyId {}   SecretAccessKey (not shown)",
        credentials.access_key_id
    ));
    let length = credentials.session_token.as_deref().map_or(0, str::len);
    say(&format!(
        "   SessionToken {length} characters, sealed; nothing was stored"
    ));
    say(&format!(
        "   Expiration {}",
        answer.element("Expiration").unwrap_or_default()
    ));
    let me = stage
        .client
        .query(
            "sts",
            "2011-06-15",
            &[("Action", "GetCallerIdentity")],
            Some(&credentials),
        )
        .await
        .map_err(Exit::unreachable)?;
    let arn = me.element("Arn").unwrap_or_default();
    expect(
        arn == format!("arn:aws:sts::{ACCOUNT}:assumed-role/reporting/demo"),
        || format!("GetCallerIdentity answered {}", me.text()),
    )?;
    say(&format!("   {arn}"));

    title("6. The gate verifies every signed call and asks the role's policies");
    let read = stage
        .client
        .s3("GET", "/reports/q1.csv", b"", &credentials)
        .await
        .map_err(Exit::unreachable)?;
    expect(read.status == 200, || {
        format!("GetObject answered {}", read.text())
    })?;
    // Asked of the server, so that the demo shows what `podpass why` shows.
    let record = stage.control.decision(Some(&read.request_id())).await?;
    say(&format!(
        "   GET s3://reports/q1.csv -> {} {:?}",
        read.status,
        read.text()
    ));
    for line in doctor::explain(&record).text().lines() {
        say(&format!("   {line}"));
    }
    Ok(credentials)
}

/// A token for a service account.
pub(super) async fn mint(stage: &Stage, namespace: &str, name: &str) -> Result<String, Exit> {
    let ask = TokenAsk {
        namespace: namespace.to_owned(),
        service_account: name.to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        expiration_seconds: 3600,
    };
    Ok(stage.control.token(&ask).await?.token.expose().to_owned())
}

/// The credentials of an exchange's answer.
fn credentials(answer: &Answer) -> Result<Credentials, Exit> {
    let field = |name: &str| {
        answer
            .element(name)
            .ok_or_else(|| Exit::finding(format!("the exchange answered without {name}")))
    };
    Ok(Credentials {
        access_key_id: field("AccessKeyId")?,
        secret: SecretKey::new(field("SecretAccessKey")?),
        session_token: Some(field("SessionToken")?),
    })
}

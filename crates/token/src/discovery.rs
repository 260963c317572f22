//! The discovery document, as the Kubernetes API server serves it.

use serde_json::json;

use crate::algorithm::Algorithm;
use crate::issuer::Issuer;

/// `/.well-known/openid-configuration` for an issuer whose keys are at `jwks_uri`.
pub fn discovery(issuer: &Issuer, jwks_uri: &str, algorithms: &[Algorithm]) -> String {
    let mut names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    names.sort_unstable();
    names.dedup();
    json!({
        "issuer": issuer.as_str(),
        "jwks_uri": jwks_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": names,
    })
    .to_string()
}

//! The discovery document: written as the Kubernetes API server serves it, read for its issuer and
//! the place of its keys.

use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::issuer::Issuer;
use crate::json;
use crate::location::{BadLocation, Location};

/// Why a discovery document is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadDiscovery {
    /// Not one JSON object, or a member stands twice.
    Shape,
    /// It speaks for another issuer (OpenID Connect Discovery 1.0, section 4.3): whoever serves it
    /// is not who he says.
    Issuer,
    /// It names no place of its keys.
    NoKeys,
    /// The place of its keys is none that may be asked.
    Location(BadLocation),
}

impl std::fmt::Display for BadDiscovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shape => f.write_str(
                "the discovery document is not a JSON object, or a member appears twice",
            ),
            Self::Issuer => f.write_str("the discovery document names another issuer, or none"),
            Self::NoKeys => f.write_str("the discovery document has no `jwks_uri`"),
            Self::Location(because) => write!(f, "`jwks_uri`: {because}"),
        }
    }
}

impl std::error::Error for BadDiscovery {}

/// Reads an issuer's discovery document: where its keys are, if the document is its own to the
/// letter.
///
/// # Errors
/// [`BadDiscovery`].
pub fn read_discovery(issuer: &Issuer, document: &[u8]) -> Result<Location, BadDiscovery> {
    let document = json::object(document).ok_or(BadDiscovery::Shape)?;
    // OpenID Connect Discovery 1.0, section 4.3: "MUST exactly match". Else one host could speak
    // for another issuer's tokens.
    if document.get("issuer").and_then(Value::as_str) != Some(issuer.as_str()) {
        return Err(BadDiscovery::Issuer);
    }
    let place = document
        .get("jwks_uri")
        .and_then(Value::as_str)
        .ok_or(BadDiscovery::NoKeys)?;
    Location::parse(place).map_err(BadDiscovery::Location)
}

/// `/.well-known/openid-configuration` for an issuer whose keys are at `jwks_uri`.
pub fn discovery(issuer: &Issuer, jwks_uri: &str, algorithms: &[Algorithm]) -> String {
    let mut names: Vec<&str> = algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_17_a_document_speaks_for_its_own_issuer_only() {
        let issuer = Issuer::parse("https://a.example/id").unwrap();
        let read = |document: &str| read_discovery(&issuer, document.as_bytes());
        let own = discovery(&issuer, "https://keys.example/jwks", &[Algorithm::Rs256]);
        assert_eq!(read(&own).unwrap().host(), "keys.example");
        for other in [
            "https://a.example/id/",
            "https://a.example/ID",
            "https://A.example/id",
            "http://a.example/id",
            "a.example/id",
            "",
        ] {
            assert_eq!(
                read(&own.replace("https://a.example/id", other)),
                Err(BadDiscovery::Issuer),
                "{other}"
            );
        }
        for (document, because) in [
            ("<html></html>", BadDiscovery::Shape),
            ("[]", BadDiscovery::Shape),
            (
                "{\"issuer\":\"https://b.example\",\"issuer\":\"https://a.example/id\"}",
                BadDiscovery::Shape,
            ),
            (
                "{\"issuer\":[\"https://a.example/id\"]}",
                BadDiscovery::Issuer,
            ),
            (
                "{\"issuer\":\"https://a.example/id\"}",
                BadDiscovery::NoKeys,
            ),
            (
                "{\"issuer\":\"https://a.example/id\",\"jwks_uri\":1}",
                BadDiscovery::NoKeys,
            ),
        ] {
            assert_eq!(read(document), Err(because), "{document}");
        }
        let plain = own.replace("https://keys.example", "http://keys.example");
        let because = read(&plain).unwrap_err();
        assert!(
            matches!(because, BadDiscovery::Location(_))
                && because.to_string().starts_with("`jwks_uri`: "),
            "{because}"
        );
    }
}

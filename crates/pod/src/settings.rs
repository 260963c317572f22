//! The webhook's flags, with the defaults of the Amazon EKS pod identity webhook.

/// What is given to pods, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Prefix of every annotation.
    pub annotation_prefix: String,
    /// Audience of tokens, unless the account says otherwise.
    pub token_audience: String,
    /// Where the token is mounted.
    pub token_mount_path: String,
    /// Life of tokens in seconds, unless pod or account say otherwise.
    pub token_expiration: i64,
    /// Adds `AWS_DEFAULT_REGION` and `AWS_REGION`.
    pub region: Option<String>,
    /// Adds `AWS_STS_REGIONAL_ENDPOINTS=regional`, unless the account says otherwise.
    pub sts_regional_endpoints: bool,
    /// More variables, such as `AWS_ENDPOINT_URL_STS`, each added where it is not defined.
    pub environment: Vec<(String, String)>,
}

/// Shortest life of a projected token that Kubernetes allows.
pub const SHORTEST_TOKEN: i64 = 600;

impl Default for Settings {
    fn default() -> Self {
        Self {
            annotation_prefix: "eks.amazonaws.com".to_owned(),
            token_audience: "sts.amazonaws.com".to_owned(),
            token_mount_path: "/var/run/secrets/eks.amazonaws.com/serviceaccount".to_owned(),
            token_expiration: 86_400,
            region: None,
            sts_regional_endpoints: false,
            environment: Vec::new(),
        }
    }
}

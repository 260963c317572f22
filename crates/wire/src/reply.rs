//! An answer as a value, for the shell to send.

/// Status, header fields and body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status code.
    pub status: u16,
    /// Header fields, lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An XML answer of the query protocol.
    pub fn xml(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/xml".to_owned())],
            body: body.into_bytes(),
        }
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }
}

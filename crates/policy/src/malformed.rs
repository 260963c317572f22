//! Why a document was refused: AWS's sentence, and ours with the place.

/// Why a document was refused. `Display` shows AWS's sentence only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// AWS's `MalformedPolicyDocument` text.
    pub message: String,
    /// JSON path of the offending part, such as `Statement[0].Action`.
    pub path: String,
    /// Line, counted from one.
    pub line: u32,
    /// Column, counted from one.
    pub column: u32,
    /// Our own sentence: what is wrong and what was expected.
    pub because: String,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Malformed {}

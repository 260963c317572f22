//! How long sessions last, in seconds: AWS's own bounds, each written once (STS API reference,
//! `DurationSeconds`; IAM API reference, `MaxSessionDuration`).

/// Shortest session.
pub const SHORTEST: u32 = 900;
/// A session that nobody gave a length.
pub const DEFAULT: u32 = 3_600;
/// Longest session, and most that a role may allow.
pub const LONGEST: u32 = 43_200;
/// Least that a role may allow, and what it allows unless it says so.
pub const LEAST_OF_ROLE: u32 = 3_600;
/// Longest session that another role's session asks for, whatever the role allows (IAM user guide,
/// "Role chaining").
pub const CHAINED: u32 = 3_600;
/// How far ahead the clock of whoever minted a session may have been.
pub(crate) const CLOCKS_APART: i64 = 900;

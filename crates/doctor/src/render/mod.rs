//! How findings look: text for a terminal, JSON for programs.

pub(crate) mod json;
mod text;

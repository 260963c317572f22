//! Tables of parameters: what each operation has, and what it may be. The tables themselves are
//! beside their services.

use token::{MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS, is_tag_text};

/// One parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

/// Tags, as many as anything of IAM and any session may have.
pub(crate) const TAGS: Shape = Shape::Structures(MAX_TAGS, TAG);

/// Keys of tags.
pub(crate) const TAG_KEYS: Shape =
    Shape::Texts(MAX_TAGS, text(1, MAX_TAG_KEY).like(patterns::TAG_KEY));

/// One of a list of tags, which IAM and STS have alike.
pub(super) const TAG: &[Member] = &[
    must(
        "Key",
        Shape::Text(text(1, MAX_TAG_KEY).like(patterns::TAG_KEY)),
    ),
    must(
        "Value",
        Shape::Text(text(0, MAX_TAG_VALUE).like(patterns::TAG_VALUE)),
    ),
];

/// A parameter that must be there.
pub(crate) const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: true,
        shape,
    }
}

/// A parameter that may be absent.
pub(crate) const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: false,
        shape,
    }
}

/// What a parameter looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A text without constraints.
    Free,
    /// A text.
    Text(Text),
    /// A text that is never repeated. Clients send a token file's bytes as they are, so white
    /// space round it does not count.
    Secret(Text),
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// `true` or `false`.
    Flag,
    /// One of a set of words.
    Word(&'static [&'static str]),
    /// A list of texts, at most so many.
    Texts(usize, Text),
    /// A list of words of a set.
    Words(&'static [&'static str]),
    /// A list of structures, at most so many.
    Structures(usize, &'static [Member]),
}

/// Characters of a text, and its pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) pattern: Option<Pattern>,
}

/// A regular expression as AWS writes it, and as code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: &'static str,
    pub(crate) matches: fn(&str) -> bool,
}

/// A text of so many characters.
pub(crate) const fn text(least: usize, most: usize) -> Text {
    Text {
        least,
        most,
        pattern: None,
    }
}

impl Text {
    /// The same with a pattern.
    pub(crate) const fn like(self, pattern: Pattern) -> Self {
        Self {
            pattern: Some(pattern),
            ..self
        }
    }
}

/// The patterns that IAM and STS share.
pub(crate) mod patterns {
    use super::{Pattern, is_tag_text};

    /// Names of roles, policies and the like.
    pub(crate) const NAME: Pattern = Pattern {
        text: "[\\w+=,.@-]+",
        matches: |text| !text.is_empty() && text.chars().all(of_names),
    };
    /// Names of sessions.
    pub(crate) const SESSION: Pattern = Pattern {
        text: "[\\w+=,.@-]*",
        // The empty one matches the pattern; its length is refused by the bound of two.
        matches: |text| text.chars().all(of_names),
    };
    /// Policy documents.
    pub(crate) const DOCUMENT: Pattern = Pattern {
        text: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
        matches: |text| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
        },
    };
    /// Keys of tags.
    pub(crate) const TAG_KEY: Pattern = Pattern {
        text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
        matches: |text| !text.is_empty() && is_tag_text(text),
    };
    /// Values of tags.
    pub(crate) const TAG_VALUE: Pattern = Pattern {
        text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
        matches: is_tag_text,
    };

    fn of_names(c: char) -> bool {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
    }
}

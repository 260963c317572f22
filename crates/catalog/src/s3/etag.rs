//! ETags as conditions name them (RFC 9110 section 8.8.3).

/// ETags that a condition names, without their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtagList {
    /// `*`: whatever is there.
    Any,
    /// One of these.
    Of(Vec<Etag>),
}

/// One ETag of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag {
    /// Without quotes.
    pub value: String,
    /// Whether it came as `W/"..."`.
    pub weak: bool,
}

/// The ETag that a write or a deletion expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtagMatch {
    /// `*`: any object.
    Any,
    /// This one, without quotes.
    One(String),
}

impl EtagList {
    /// Whether an ETag, without quotes, is among them. `If-Match` compares strongly: a weak one is
    /// never equal (RFC 9110 section 8.8.3.2).
    pub fn has(&self, etag: &str, strongly: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Of(all) => all
                .iter()
                .any(|one| one.value == etag && !(strongly && one.weak)),
        }
    }
}

impl EtagMatch {
    /// Whether an object of this ETag, without quotes, is meant.
    pub fn holds(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => one == etag,
        }
    }
}

/// Reads a list of ETags (RFC 9110 section 8.8.3). Without quotes one is taken too, as S3 does.
pub(super) fn list(text: &str) -> Option<EtagList> {
    let mut rest = text.trim();
    if rest == "*" {
        return Some(EtagList::Any);
    }
    let mut all = Vec::new();
    loop {
        let (weak, more) = match rest.strip_prefix("W/") {
            Some(more) => (true, more),
            None => (false, rest),
        };
        let (value, more) = match more.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None if weak => return None,
            None => more.split_at(more.find(',').unwrap_or(more.len())),
        };
        let value = value.trim();
        if value.is_empty() || value.contains(['"', ' ', '\t']) || value == "*" {
            return None;
        }
        all.push(Etag {
            value: value.to_owned(),
            weak,
        });
        rest = more.trim_start();
        if rest.is_empty() {
            return Some(EtagList::Of(all));
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etags(text: &str) -> Option<EtagList> {
        Some(EtagList::Of(vec![Etag {
            value: text.to_owned(),
            weak: false,
        }]))
    }

    #[test]
    fn lists_of_etags() {
        for (text, expected) in [
            ("\"a\"", etags("a")),
            ("a", etags("a")),
            (" \"a-2\" ", etags("a-2")),
            ("*", Some(EtagList::Any)),
            ("", None),
            ("\"\"", None),
            ("\"a", None),
            ("\"a\" \"b\"", None),
            ("\"a\",", None),
            ("W/a", None),
            ("*, \"a\"", None),
            ("\"a\", *", None),
        ] {
            assert_eq!(list(text), expected, "{text}");
        }
        let two = list("\"a\", W/\"b\"").unwrap();
        assert!(two.has("a", true) && two.has("b", false));
        assert!(!two.has("b", true) && !two.has("c", false));
    }
}

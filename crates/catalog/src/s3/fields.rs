//! The header fields and parameters of one request, each of which somebody must take: what is read
//! is what is understood, and what is left over is refused by name.

use wire::{Head, Words};

use crate::unmapped::Unmapped;

/// Fields that belong to the signature, to the connection or to the SDK. Whoever verifies reads
/// those of the signature.
const OF_OTHERS: [&str; 13] = [
    "x-amz-algorithm",
    "x-amz-bucket-region",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expires",
    "x-amz-region-set",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-te",
    "x-amz-user-agent",
];

/// Header fields, and parameters that stand for one: who presigns writes `x-amz-` headers into the
/// query string (S3 API reference, "Authenticating Requests: Using Query Parameters").
pub(super) struct Fields<'h> {
    all: Vec<Field<'h>>,
}

struct Field<'h> {
    name: std::borrow::Cow<'h, str>,
    value: &'h str,
    taken: bool,
}

impl<'h> Fields<'h> {
    pub(super) fn read(head: &'h Head, words: &'h Words) -> Self {
        let in_query = words
            .iter()
            .filter(|(name, _)| is_a_header(name))
            .map(|(name, value)| (name.to_ascii_lowercase().into(), value));
        Self {
            all: head
                .headers
                .iter()
                .map(|(name, value)| (name.into(), value))
                .chain(in_query)
                .map(|(name, value)| Field {
                    name,
                    value,
                    taken: false,
                })
                .collect(),
        }
    }

    /// Whether such a field is there, however often.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all.iter().any(|field| field.name == name)
    }

    /// The value of the first such field, which somebody has still to take.
    pub(super) fn peek(&self, name: &str) -> Option<&'h str> {
        let first = self.all.iter().find(|field| field.name == name);
        first.map(|field| field.value)
    }

    /// The value of a field that may stand once.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<&'h str>, Unmapped> {
        let mut found = None;
        for field in self.all.iter_mut().filter(|field| field.name == name) {
            // Two readers would pick different ones.
            if found.is_some() {
                return Err(Unmapped::Header(name.to_owned()));
            }
            field.taken = true;
            found = Some(field.value);
        }
        Ok(found)
    }

    /// The values of a field that is a list, whether it stands once or more often: SDKs write both
    /// (RFC 9110 section 5.3). `None` without the field.
    pub(super) fn take_list(&mut self, name: &str) -> Option<Vec<&'h str>> {
        let mut found = None;
        for field in self.all.iter_mut().filter(|field| field.name == name) {
            field.taken = true;
            let values = field.value.split(',').map(str::trim);
            found.get_or_insert_with(Vec::new).extend(values);
        }
        found
    }

    /// The value of a field that may only state the default: one of `values`, to the letter. What
    /// only resembles the default is not understood.
    pub(super) fn default(
        &mut self,
        name: &str,
        values: &[&str],
    ) -> Result<Option<&'h str>, Unmapped> {
        match self.take(name)? {
            Some(value) if !values.contains(&value) => Err(Unmapped::Header(name.to_owned())),
            value => Ok(value),
        }
    }

    /// Names behind a prefix and their values, in order.
    pub(super) fn take_below(&mut self, prefix: &str) -> Result<Vec<(String, String)>, Unmapped> {
        let mut found: Vec<(String, String)> = Vec::new();
        for field in &mut self.all {
            if let Some(name) = field.name.strip_prefix(prefix) {
                if found.iter().any(|(other, _)| other == name) {
                    return Err(Unmapped::Header(field.name.clone().into_owned()));
                }
                field.taken = true;
                found.push((name.to_owned(), field.value.to_owned()));
            }
        }
        Ok(found)
    }

    /// Refuses what nobody took. An `x-amz-` header could change what is done, and an `if-` header
    /// whether it is done at all; other headers say nothing to S3.
    pub(super) fn finish(self) -> Result<(), Unmapped> {
        let left = self.all.into_iter().find(|field| {
            !field.taken
                && (field.name.starts_with("if-") || field.name.starts_with("x-amz-"))
                && !OF_OTHERS.contains(&field.name.as_ref())
        });
        left.map_or(Ok(()), |field| {
            Err(Unmapped::Header(field.name.into_owned()))
        })
    }
}

/// Query parameters.
pub(super) struct Params<'h> {
    words: &'h Words,
    taken: Vec<&'static str>,
}

impl<'h> Params<'h> {
    pub(super) fn read(words: &'h Words) -> Self {
        Self {
            words,
            taken: Vec::new(),
        }
    }

    /// The value, decoded.
    pub(super) fn take(&mut self, name: &'static str) -> Option<&'h str> {
        self.taken.push(name);
        self.words.get(name)
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), Unmapped> {
        let left = self.words.iter().find(|(name, _)| {
            // `x-id` is the SDKs' own mark of the operation; S3 ignores it.
            *name != "x-id" && !is_a_header(name) && !self.taken.contains(name)
        });
        left.map_or(Ok(()), |(name, _)| {
            Err(Unmapped::Parameter(name.to_owned()))
        })
    }
}

/// Whether a signature over the value of a header is one over other values too: to it a run of blanks
/// is one blank (IAM user guide, "Create a signed AWS API request"). Where that would be another
/// object, blanks are to be encoded.
pub(super) fn folds(value: &str) -> bool {
    value.contains("  ") || value.contains('\t')
}

fn is_a_header(name: &str) -> bool {
    name.get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

//! What stands before a part's value (RFC 7578), and between parts.

use wire::S3Fault;

use crate::unmapped::Unmapped;

pub(super) struct PartHead {
    /// In lower case.
    pub(super) name: String,
    pub(super) file_name: Option<String>,
}

/// The lines before a part's value. Its `Content-Type` says nothing: a field of that name does.
pub(super) fn part(head: &[u8]) -> Result<PartHead, Unmapped> {
    let text = std::str::from_utf8(head).map_err(|_| malformed())?;
    let mut found = None;
    for line in text.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or_else(malformed)?;
        if name.eq_ignore_ascii_case("content-disposition") {
            if found.is_some() {
                return Err(malformed());
            }
            found = Some(disposition(value)?);
        }
    }
    found.ok_or_else(malformed)
}

/// `form-data; name="..."; filename="..."` (RFC 7578 section 4.2).
fn disposition(value: &str) -> Result<PartHead, Unmapped> {
    let mut rest = value
        .trim_start()
        .strip_prefix("form-data")
        .ok_or_else(malformed)?;
    let (mut name, mut file_name) = (None, None);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let (word, more) = rest
            .strip_prefix(';')
            .and_then(|rest| rest.split_once('='))
            .ok_or_else(malformed)?;
        let (text, more) = match more.strip_prefix('"') {
            Some(quoted) => quoted_text(quoted)?,
            None => {
                let (text, more) = more.split_at(more.find(';').unwrap_or(more.len()));
                (text.trim().to_owned(), more)
            }
        };
        let slot = match word.trim() {
            "name" => &mut name,
            "filename" => &mut file_name,
            // RFC 7578 section 4.2: "filename*" must not be used; of another word nobody knows
            // what it does.
            _ => return Err(malformed()),
        };
        if slot.replace(text).is_some() {
            return Err(malformed());
        }
        rest = more;
    }
    let name = name.filter(|name| !name.is_empty()).ok_or_else(malformed)?;
    Ok(PartHead {
        name: name.to_lowercase(),
        // Old browsers send the whole path. S3: "the filename is the last part".
        file_name: file_name.map(|name| {
            let last = name.rsplit(['/', '\\']).next();
            last.unwrap_or_default().to_owned()
        }),
    })
}

/// Up to the closing quote; a backslash before a quote or a backslash is taken off.
fn quoted_text(text: &str) -> Result<(String, &str), Unmapped> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, text.get(at + 1..).unwrap_or_default())),
            '\\' if matches!(chars.peek(), Some((_, '"'))) => {
                out.push('"');
                chars.next();
            }
            c => out.push(c),
        }
    }
    Err(malformed())
}

/// The boundary of a form of this `Content-Type`.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut found = None;
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("boundary") {
            let value = value.trim();
            let value = value
                .strip_prefix('"')
                .map_or(Some(value), |quoted| quoted.strip_suffix('"'))?;
            if found.replace(value.to_owned()).is_some() {
                return None;
            }
        }
    }
    found.filter(|boundary| is_boundary(boundary))
}

/// RFC 2046 section 5.1.1, without blanks.
pub(super) fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte))
}

pub(super) fn malformed() -> Unmapped {
    fault(S3Fault::MalformedPostRequest)
}

pub(super) fn fault(fault: S3Fault) -> Unmapped {
    Unmapped::Says(fault, fault.text().to_owned())
}

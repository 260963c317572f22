//! The canonical request: the one text that signer and verifier must build alike, from the raw
//! target and headers.

use wire::percent;

use crate::refusal::Refusal;

/// The canonical path. S3's is decoded and encoded once; every other service's is normalised and
/// encoded twice.
pub(crate) fn path(raw: &str, s3: bool) -> Result<String, Refusal> {
    let decoded = percent::decode(raw, false).ok_or(Refusal::Target)?;
    // S3 signs keys as they are: `a/../b` and `a//b` are names of objects (S3 API reference,
    // "Authenticating requests").
    if s3 {
        return Ok(percent::encode_path(&decoded));
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut normal = format!("/{}", kept.join("/"));
    let is_folder = decoded.ends_with('/') || decoded.ends_with("/.") || decoded.ends_with("/..");
    if is_folder && normal != "/" {
        normal.push('/');
    }
    Ok(percent::encode_path(&percent::encode_path(&normal)))
}

/// The canonical query string: decoded strictly, encoded again, sorted by name and then value;
/// `left_out` is the one word that is not signed.
pub(crate) fn query(raw: &str, left_out: Option<&str>) -> Result<String, Refusal> {
    let mut pairs = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A literal `+` is a plus to a signer and a blank to a form reader; SDKs never send it.
        let encoded = |text: &str| {
            percent::decode(text, false)
                .filter(|_| !text.contains('+'))
                .map(|text| percent::encode(&text))
        };
        pairs.push((
            encoded(name).ok_or(Refusal::Target)?,
            encoded(value).ok_or(Refusal::Target)?,
        ));
    }
    // Compared once it is encoded anew: a signature must not stay in by a spelling of its own name.
    pairs.retain(|(name, _)| left_out != Some(name.as_str()));
    pairs.sort();
    let written: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(written.join("&"))
}

/// A header value: trimmed, runs of blanks folded into one.
pub(crate) fn value(raw: &str) -> String {
    // IAM user guide, "Create a signed AWS API request": sequential spaces become one, also within
    // quotes.
    raw.split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The canonical request of all its parts.
pub(crate) fn request<'a>(
    method: &str,
    path: &str,
    query: &str,
    headers: impl IntoIterator<Item = (&'a str, String)>,
    signed: &str,
    payload: &str,
) -> String {
    let mut text = format!("{method}\n{path}\n{query}\n");
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        text.push_str(&value);
        text.push('\n');
    }
    text.push_str(&format!("\n{signed}\n{payload}"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_but_for_s3() {
        for (raw, other, s3) in [
            ("/", "/", "/"),
            ("/a/.", "/a/", "/a/."),
            ("/a/b/..", "/a/", "/a/b/.."),
            ("/a/b/../", "/a/", "/a/b/../"),
            ("/..", "/", "/.."),
            ("//a//b", "/a/b", "//a//b"),
            ("/a%20b", "/a%2520b", "/a%20b"),
            ("/a%2Fb", "/a/b", "/a/b"),
        ] {
            assert_eq!(
                (path(raw, false), path(raw, true)),
                (Ok(other.to_owned()), Ok(s3.to_owned())),
                "{raw}"
            );
        }
    }
}

//! The tags of an object, in a header or in XML.

use wire::{S3Fault, Words};

use super::fields::folds;
use super::xml::Element;
use crate::unmapped::Unmapped;

/// Keys and values, in order.
pub type Tags = Vec<(String, String)>;

/// S3 user guide, "Categorizing your objects using tags".
const MOST: usize = 10;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// `x-amz-tagging`: `a=b&c=d`.
pub(super) fn of_header(text: &str) -> Result<Tags, Unmapped> {
    let read = Words::read(text).ok().filter(|_| !folds(text));
    let words = read.ok_or_else(|| {
        Unmapped::Says(
            S3Fault::InvalidArgument,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.".to_owned(),
        )
    })?;
    checked(
        words
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    )
}

/// `<Tagging><TagSet><Tag><Key/><Value/></Tag></TagSet></Tagging>`.
pub(super) fn of_xml(root: &Element) -> Result<Tags, Unmapped> {
    let [set] = root.children.as_slice() else {
        return Err(Unmapped::Body("has no tag set, or more than one"));
    };
    if set.name != "TagSet" {
        return Err(Unmapped::Body("has an element that is not understood"));
    }
    let tags = set
        .children
        .iter()
        .map(|tag| match (tag.name.as_str(), tag.children.as_slice()) {
            ("Tag", [a, b]) if a.name == "Key" && b.name == "Value" => {
                Ok((a.text.clone(), b.text.clone()))
            }
            ("Tag", [a, b]) if a.name == "Value" && b.name == "Key" => {
                Ok((b.text.clone(), a.text.clone()))
            }
            _ => Err(Unmapped::Body("has a tag that is not a key and a value")),
        });
    checked(tags.collect::<Result<_, _>>()?)
}

fn checked(tags: Tags) -> Result<Tags, Unmapped> {
    let says = |text: &str| Err(Unmapped::Says(S3Fault::InvalidTag, text.to_owned()));
    if tags.len() > MOST {
        return Err(Unmapped::Says(
            S3Fault::BadRequest,
            "Object tags cannot be greater than 10".to_owned(),
        ));
    }
    for (place, (key, value)) in tags.iter().enumerate() {
        // AWS counts UTF-16 units.
        if key.is_empty() || key.encode_utf16().count() > MAX_KEY {
            return says("The TagKey you have provided is invalid");
        }
        if value.encode_utf16().count() > MAX_VALUE {
            return says("The TagValue you have provided is invalid");
        }
        if !key.chars().all(allowed) {
            return says("The TagKey you have provided is invalid");
        }
        if !value.chars().all(allowed) {
            return says("The TagValue you have provided is invalid");
        }
        // AWS keeps the prefix for itself.
        if key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
        {
            return says("System tags cannot be added/updated by requester");
        }
        if tags.iter().skip(place + 1).any(|(other, _)| other == key) {
            return says("Cannot provide multiple Tags with the same key");
        }
    }
    Ok(tags)
}

/// "Letters, numbers, and spaces representable in UTF-8, and the characters + - = . _ : / @".
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_a_header() {
        let tags = of_header("a=b&c=&%C3%A9+x=1%2B").unwrap();
        assert_eq!(
            tags,
            [("a", "b"), ("c", ""), ("é x", "1+")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert_eq!(of_header(""), Ok(vec![]));
        for (text, sound) in [
            ("a=b c", true),
            ("a=b%20%20c", true),
            ("a=b  c", false),
            ("a=b\tc", false),
        ] {
            assert_eq!(of_header(text).is_ok(), sound, "{text:?}");
        }
        let many = |count: usize| {
            (0..count)
                .map(|n| format!("k{n}=v"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert!(of_header(&many(10)).is_ok());
        for (sentence, text, code) in [
            ("eleven tags", many(11), "BadRequest"),
            ("a key twice", "a=1&a=2".to_owned(), "InvalidArgument"),
            ("no key", "=1".to_owned(), "InvalidArgument"),
            ("a broken escape", "a=%2".to_owned(), "InvalidArgument"),
            ("a long key", format!("{}=1", "k".repeat(129)), "InvalidTag"),
            (
                "a long value",
                format!("k={}", "v".repeat(257)),
                "InvalidTag",
            ),
            (
                "a character that no tag has",
                "k=%3C".to_owned(),
                "InvalidTag",
            ),
            ("AWS's own prefix", "AWS:x=1".to_owned(), "InvalidTag"),
        ] {
            let fault = of_header(&text).unwrap_err().fault();
            assert_eq!(
                (fault.code.as_ref(), fault.status),
                (code, 400),
                "{sentence}"
            );
        }
        assert!(of_header(&format!("{}={}", "k".repeat(128), "v".repeat(256))).is_ok());
    }
}

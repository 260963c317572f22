//! Text from strangers on its way to a terminal or a log line: what moves a cursor, begins a line,
//! turns the order of letters round or is not seen at all is shown as an escape. The one function
//! for it; who shows text calls it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that is not seen as itself shown as `\u{...}`, and of at most
/// `most` characters; what is beyond them is counted.
///
/// Line breaks and tabs count too: whoever wants lines writes them around the text. Beside the
/// controls these are the characters of "Trojan Source" (CVE-2021-42574), the separators that some
/// terminals break lines at, and what Unicode calls default-ignorable, the tags among them.
pub fn visible(text: &str, most: usize) -> Cow<'_, str> {
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    let (shown, beyond) = text.split_at(end);
    if beyond.is_empty() && !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(shown.len() + 32);
    for character in shown.chars() {
        if is_unseen(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    if !beyond.is_empty() {
        // Writing to a text cannot fail.
        let _ = write!(out, " (and {} characters more)", beyond.chars().count());
    }
    Cow::Owned(out)
}

/// JSON with every such character as JSON's own escape. A writer of JSON escapes the first controls
/// only; DEL, U+009B and U+202E are legal in it as they are (RFC 8259, section 7).
///
/// The line breaks and blanks between its values are left: within its texts there are none.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let unseen = |character: char| is_unseen(character) && !matches!(character, '\n' | '\r' | '\t');
    if !json.chars().any(unseen) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if unseen(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Whether a reader sees something else than the character: nothing, another order, another line,
/// another colour.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            // Zero width, and the marks of direction.
            | '\u{200b}'..='\u{200f}'
            // Line and paragraph separator, embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Word joiner, invisible operators, isolates.
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Tags, and the variation selectors among them.
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_as_itself_is_shown() {
        for (sentence, text, expected) in [
            (
                "what is plain stays",
                "Größe 日本 `a`\\b",
                "Größe 日本 `a`\\b",
            ),
            (
                "an escape sequence",
                "\u{1b}[2J\u{9b}1m\u{7f}",
                "\\u{1b}[2J\\u{9b}1m\\u{7f}",
            ),
            (
                "lines and tabs",
                "a\r\n\tb\u{85}",
                "a\\u{d}\\u{a}\\u{9}b\\u{85}",
            ),
            ("separators", "a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            (
                "overrides",
                "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}",
                "\\u{202a}\\u{202b}\\u{202c}\\u{202d}\\u{202e}",
            ),
            (
                "isolates",
                "\u{2066}\u{2067}\u{2068}\u{2069}",
                "\\u{2066}\\u{2067}\\u{2068}\\u{2069}",
            ),
            (
                "marks of direction",
                "\u{200e}\u{200f}\u{61c}",
                "\\u{200e}\\u{200f}\\u{61c}",
            ),
            (
                "no width",
                "ad\u{200b}\u{200c}\u{200d}\u{2060}min\u{feff}",
                "ad\\u{200b}\\u{200c}\\u{200d}\\u{2060}min\\u{feff}",
            ),
            (
                "tags",
                "\u{e0001}\u{e0041}\u{e007f}",
                "\\u{e0001}\\u{e0041}\\u{e007f}",
            ),
            ("fillers", "\u{3164}\u{115f}", "\\u{3164}\\u{115f}"),
        ] {
            assert_eq!(visible(text, 100), expected, "{sentence}");
        }
    }

    #[test]
    fn the_length_is_bounded_in_characters() {
        assert_eq!(visible("äöü", 3), "äöü");
        assert_eq!(visible("äöüß", 3), "äöü (and 1 characters more)");
        assert_eq!(visible("\n\n\n", 1), "\\u{a} (and 2 characters more)");
    }

    #[test]
    fn json_says_the_same_in_ascii_where_it_matters() {
        assert_eq!(
            visible_json("{\n  \"a\": \"\u{202e}\u{7f}\u{9b}\u{e0041}é\"\n}\n"),
            "{\n  \"a\": \"\\u202e\\u007f\\u009b\\udb40\\udc41é\"\n}\n"
        );
        assert!(matches!(visible_json("{\"a\": 1}\n"), Cow::Borrowed(_)));
    }
}

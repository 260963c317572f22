//! Why a text is not the ARN that it should be, for the brackets after AWS's sentence: a line feed
//! at the end of a file shows nowhere.

/// The first character of a text that is none of the plain ones.
pub(crate) fn strange(text: &str, plain: impl Fn(char) -> bool) -> Option<String> {
    let (place, found) = text.chars().enumerate().find(|(_, c)| !plain(*c))?;
    let name = match found {
        '\n' => "a line feed".to_owned(),
        '\r' => "a carriage return".to_owned(),
        '\t' => "a tab".to_owned(),
        ' ' => "a blank".to_owned(),
        '*' | '?' => format!("the wildcard `{found}`"),
        printable if printable.is_ascii_graphic() => format!("`{printable}`"),
        other => format!("U+{:04X}", u32::from(other)),
    };
    // An editor's line feed is what it is most often, and "at character 53" would send people
    // counting.
    let at_the_end = text.chars().skip(place).all(|c| !plain(c));
    Some(match place {
        0 => format!("it begins with {name}"),
        _ if at_the_end => format!("it ends in {name}"),
        _ => format!("its character {} is {name}", place + 1),
    })
}

/// The same in brackets, for an ARN of any kind: those have neither blanks nor control characters.
pub(crate) fn in_brackets(text: &str) -> String {
    strange(text, |c| c.is_ascii_graphic())
        .map(|because| format!(" ({because})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_named() {
        for (text, expected) in [
            ("arn:aws:iam::1:role/r", ""),
            ("arn:aws:iam::1:role/r\n", " (it ends in a line feed)"),
            (
                "arn:aws:iam::1:role/r\r\n",
                " (it ends in a carriage return)",
            ),
            (" arn:aws:iam::1:role/r", " (it begins with a blank)"),
            (
                "arn:aws:iam::1:role/\u{202e}r",
                " (its character 21 is U+202E)",
            ),
        ] {
            assert_eq!(in_brackets(text), expected);
        }
        let of_roles = |c: char| c.is_ascii_alphanumeric();
        assert_eq!(
            strange("a*b", of_roles).as_deref(),
            Some("its character 2 is the wildcard `*`")
        );
        assert_eq!(strange("a$", of_roles).as_deref(), Some("it ends in `$`"));
    }
}

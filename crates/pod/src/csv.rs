//! The first record of a comma-separated text, as upstream's webhook reads `skip-containers`: with
//! Go's `encoding/csv` and its defaults (RFC 4180 with its quotes; a record ends at a line break,
//! lines that are empty are passed over).

/// A quote where none may be: inside a plain field, behind a quoted one, or never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StrayQuote;

/// The fields of the first record; none where there is no record.
///
/// # Errors
/// [`StrayQuote`]; upstream then takes none of the names.
pub(crate) fn first_record(text: &str) -> Result<Vec<String>, StrayQuote> {
    // Go's reader makes one line break of two characters, inside of quotes as well, and drops a
    // last carriage return.
    let text = text.replace("\r\n", "\n");
    let text = text
        .strip_suffix('\r')
        .unwrap_or(&text)
        .trim_start_matches('\n');
    let mut fields = Vec::new();
    if text.is_empty() {
        return Ok(fields);
    }
    let mut rest = text;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let (field, behind) = rest.split_at(rest.find([',', '\n']).unwrap_or(rest.len()));
                if field.contains('"') {
                    return Err(StrayQuote);
                }
                (field.to_owned(), behind)
            }
        };
        fields.push(field);
        match behind.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok(fields),
        }
    }
}

/// A field behind its opening quote, and what follows its closing one: a comma, a line break or
/// nothing.
fn quoted_field(mut rest: &str) -> Result<(String, &str), StrayQuote> {
    let mut field = String::new();
    loop {
        let (before, behind) = rest.split_once('"').ok_or(StrayQuote)?;
        field.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None if behind.is_empty() || behind.starts_with([',', '\n']) => {
                return Ok((field, behind));
            }
            None => return Err(StrayQuote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_upstream_reads_them() {
        for (sentence, text, expected) in [
            (
                "upstream's own case",
                "sidecar,foo",
                Ok(vec!["sidecar", "foo"]),
            ),
            ("one name", "sidecar", Ok(vec!["sidecar"])),
            ("nothing", "", Ok(vec![])),
            ("only line breaks", "\n\r\n", Ok(vec![])),
            (
                "blanks belong to the name",
                "a, b ,c",
                Ok(vec!["a", " b ", "c"]),
            ),
            ("names in quotes", "\"a\",\"b\"", Ok(vec!["a", "b"])),
            ("a comma in quotes", "\"a,b\",c", Ok(vec!["a,b", "c"])),
            ("a quote in quotes", "\"a\"\"b\"", Ok(vec!["a\"b"])),
            (
                "a line break in quotes",
                "\"a\r\nb\",c",
                Ok(vec!["a\nb", "c"]),
            ),
            ("empty names", "a,,b,", Ok(vec!["a", "", "b", ""])),
            ("the first record only", "a,b\nc", Ok(vec!["a", "b"])),
            ("lines that are empty come first", "\n\na", Ok(vec!["a"])),
            ("a carriage return at the end", "a,b\r", Ok(vec!["a", "b"])),
            ("a carriage return within", "a\rb", Ok(vec!["a\rb"])),
            (
                "an error in a later record is not seen",
                "a\n\"b",
                Ok(vec!["a"]),
            ),
            ("a quote within a name", "a\"b,c", Err(StrayQuote)),
            ("a blank before a quote", "a, \"b\"", Err(StrayQuote)),
            ("something behind a quote", "\"a\"b,c", Err(StrayQuote)),
            ("a blank behind a quote", "\"a\" ,c", Err(StrayQuote)),
            ("a quote that is never closed", "a,\"b", Err(StrayQuote)),
            ("nothing but a quote", "\"", Err(StrayQuote)),
        ] {
            let expected =
                expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(first_record(text), expected, "{sentence}");
        }
    }
}

//! A writer for AWS's XML answers, and the escaping it rests on.

/// An XML document under construction. Elements are written in order; text is escaped.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    controls: Controls,
}

/// How characters are written that XML 1.0 has no place for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Controls {
    /// As U+FFFD, so that every parser reads the document.
    #[default]
    Replaced,
    /// By their numbers, as S3 does: a parser that takes no such character fails, and none reads
    /// the name of another object.
    Numbered,
}

impl Writer {
    /// An empty document without declaration, as the query protocol answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with the XML declaration, as S3 answers.
    pub fn declared() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            controls: Controls::Numbered,
        }
    }

    /// `<name>text</name>`.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.element(name, |inner| {
            escape_into(text, inner.controls, &mut inner.out);
        })
    }

    /// `<name>text</name>` when there is a text.
    pub fn maybe(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// `<name>` ... `</name>` round what `inside` writes.
    pub fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name, None, inside)
    }

    /// Like [`Writer::element`], in a default namespace.
    pub fn element_in(
        &mut self,
        name: &str,
        namespace: &str,
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(name, Some(namespace), inside)
    }

    /// A `<name>` with one `<member>` for each item, the query protocol's list.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        each: impl Fn(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |list| {
            for item in items {
                list.element("member", |member| each(member, item));
            }
        })
    }

    /// A piece of escaped text inside the current element.
    pub fn raw_text(&mut self, text: &str) -> &mut Self {
        escape_into(text, self.controls, &mut self.out);
        self
    }

    /// The document.
    pub fn finish(self) -> String {
        self.out
    }

    fn open(
        &mut self,
        name: &str,
        namespace: Option<&str>,
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(namespace) = namespace {
            self.out.push_str(" xmlns=\"");
            escape_into(namespace, self.controls, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
        inside(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self
    }
}

/// XML 1.0 escaping.
fn escape_into(text: &str, controls: Controls, out: &mut String) {
    let plain =
        |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"');
    let mut rest = text;
    // Nearly all that is written is plain, and copied as one.
    while let Some((run, more)) = rest
        .bytes()
        .position(|byte| !plain(byte))
        .and_then(|run| rest.split_at_checked(run))
    {
        out.push_str(run);
        let mut chars = more.chars();
        if let Some(c) = chars.next() {
            escape(c, controls, out);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn escape(c: char, controls: Controls, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        // Parsers make line breaks of it (XML 1.0 section 2.11).
        '\r' => out.push_str("&#13;"),
        '\n' | '\t' => out.push(c),
        // Characters of XML, which editors and terminals still take for something else.
        '\u{7f}'..='\u{9f}' => number(c, out),
        '\0' => out.push('\u{fffd}'),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => match controls {
            Controls::Replaced => out.push('\u{fffd}'),
            Controls::Numbered => number(c, out),
        },
        c => out.push(c),
    }
}

fn number(c: char, out: &mut String) {
    out.push_str("&#x");
    out.push_str(&format!("{:x}", u32::from(c)));
    out.push(';');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_and_escaped() {
        let mut xml = Writer::new();
        xml.element_in("A", "urn:x", |a| {
            a.text("B", "<&>\"\u{0}")
                .maybe("C", None)
                .list("L", ["1", "2"], |member, item| {
                    member.raw_text(item);
                });
        });
        assert_eq!(
            xml.finish(),
            "<A xmlns=\"urn:x\"><B>&lt;&amp;&gt;&quot;\u{fffd}</B><L><member>1</member><member>2</member></L></A>"
        );
    }

    #[test]
    fn a_name_is_never_written_as_another_one() {
        let name = "\u{1}\u{7f}\u{85}\r\u{ffff}é";
        let written = |mut xml: Writer| {
            xml.text("K", name);
            xml.finish().split_once("<K>").unwrap().1.to_owned()
        };
        assert_eq!(
            written(Writer::declared()),
            "&#x1;&#x7f;&#x85;&#13;&#xffff;é</K>"
        );
        assert_eq!(
            written(Writer::new()),
            "\u{fffd}&#x7f;&#x85;&#13;\u{fffd}é</K>"
        );
    }

    proptest::proptest! {
        #[test]
        fn runs_are_escaped_as_their_characters_are(text in proptest::arbitrary::any::<String>()) {
            let (mut whole, mut one_by_one) = (String::new(), String::new());
            escape_into(&text, Controls::Numbered, &mut whole);
            text.chars().for_each(|c| escape(c, Controls::Numbered, &mut one_by_one));
            proptest::prop_assert_eq!(whole, one_by_one);
        }
    }
}

//! A writer for AWS's XML answers, and the escaping it rests on.

/// An XML document under construction. Elements are written in order; text is escaped.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    /// Whether controls are written as references, even those that XML 1.0 has no way to write.
    references: bool,
}

impl Writer {
    /// An empty document without declaration, as the query protocol answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with the XML declaration, as S3 answers. A key may have any control in it, and is
    /// written as S3 writes it: a strict reader then fails, and none reads another key.
    pub fn declared() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            references: true,
        }
    }

    /// `<name>text</name>`.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.element(name, |inner| {
            escape_into(text, &mut inner.out, inner.references)
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
        escape_into(text, &mut self.out, self.references);
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
            escape_into(namespace, &mut self.out, self.references);
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

/// XML 1.0 escaping; characters that XML cannot hold become references or U+FFFD.
fn escape_into(text: &str, out: &mut String, references: bool) {
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
            escape(c, out, references);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn escape(c: char, out: &mut String, references: bool) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\r' => out.push_str("&#13;"),
        '\n' | '\t' if !references => out.push(c),
        '\0' => out.push('\u{fffd}'),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
            // U+007F to U+009F are characters of XML 1.0, those below the blank are not.
            if references || ('\u{7f}'..='\u{9f}').contains(&c) {
                out.push_str(&format!("&#x{:X};", u32::from(c)));
            } else {
                out.push('\u{fffd}');
            }
        }
        c => out.push(c),
    }
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

    /// A key that is listed under another name is another key to whoever deletes it.
    #[test]
    fn controls_are_references_in_answers_of_s3() {
        let mut xml = Writer::declared();
        xml.text("K", "a\u{1}\n\t\r\u{7f}\u{85}\u{ffff}\0b");
        assert_eq!(
            xml.finish().lines().nth(1),
            Some("<K>a&#x1;&#xA;&#x9;&#13;&#x7F;&#x85;&#xFFFF;\u{fffd}b</K>")
        );
        let mut xml = Writer::new();
        xml.text("K", "a\u{1}\n\u{7f}\u{ffff}");
        assert_eq!(xml.finish(), "<K>a\u{fffd}\n&#x7F;\u{fffd}</K>");
    }

    proptest::proptest! {
        #[test]
        fn runs_are_escaped_as_their_characters_are(
            text in proptest::arbitrary::any::<String>(),
            references in proptest::arbitrary::any::<bool>(),
        ) {
            let (mut whole, mut one_by_one) = (String::new(), String::new());
            escape_into(&text, &mut whole, references);
            text.chars().for_each(|c| escape(c, &mut one_by_one, references));
            proptest::prop_assert_eq!(whole, one_by_one);
        }
    }
}

//! Small XML documents as trees: no document type, no entities but XML's own five, bounded in depth
//! and number.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::unmapped::Unmapped;

const MAX_DEPTH: usize = 4;
const MAX_ELEMENTS: usize = 60_000;

/// An element: its local name, text and children. Attributes say nothing in these documents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// Reads a document whose root has this name.
pub(super) fn read(body: &[u8], root: &str) -> Result<Element, Unmapped> {
    let tree = tree(body).ok_or(Unmapped::Body("is not well-formed XML"))?;
    // The local name: SDKs send S3's namespace, others none.
    if tree.name == root {
        Ok(tree)
    } else {
        Err(Unmapped::Body("has another root element"))
    }
}

fn tree(body: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let event = reader.read_event().ok()?;
        let closed = match event {
            // Counted as they open: a document may nest and repeat for much less than it makes a
            // reader build.
            Event::Start(start) => {
                count += 1;
                if open.len() == MAX_DEPTH || count > MAX_ELEMENTS || root.is_some() {
                    return None;
                }
                open.push(Element {
                    name: local(start.local_name().as_ref())?,
                    ..Element::default()
                });
                None
            }
            Event::Empty(start) => {
                count += 1;
                if open.len() == MAX_DEPTH || count > MAX_ELEMENTS || root.is_some() {
                    return None;
                }
                Some(Element {
                    name: local(start.local_name().as_ref())?,
                    ..Element::default()
                })
            }
            Event::End(_) => Some(open.pop()?),
            Event::Text(text) => {
                append(&mut open, text.decode().ok()?.as_ref())?;
                None
            }
            Event::GeneralRef(reference) => {
                let name = reference.decode().ok()?;
                let c = match name.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    // Of an entity that a document defines itself there is none here, so nothing
                    // can expand.
                    _ => reference.resolve_char_ref().ok()??,
                };
                append(&mut open, c.encode_utf8(&mut [0; 4]))?;
                None
            }
            Event::Decl(_) if open.is_empty() && root.is_none() => None,
            Event::Eof => break,
            // All that a second reader might leave out or take in: what is left means one thing.
            Event::Decl(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::PI(_)
            | Event::DocType(_) => return None,
        };
        if let Some(element) = closed {
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => root = Some(element),
            }
        }
    }
    root.filter(|_| open.is_empty())
}

fn append(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        // White space round the root is nobody's text.
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

fn local(name: &[u8]) -> Option<String> {
    std::str::from_utf8(name).ok().map(str::to_owned)
}

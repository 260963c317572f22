//! What IAM accepts and refuses at write, row by row.

use policy::{Document, Strictness};

use crate::vectors::rows;

#[test]
fn every_document_is_refused_in_iams_words_or_accepted() {
    let mut wrong = Vec::new();
    for (family, row) in rows() {
        let Some((text, kind)) = row.written() else {
            continue;
        };
        let read = Document::read("policy", &text, Strictness::Write(kind));
        let said = read.as_ref().err().map(ToString::to_string);
        if said != row.refused {
            wrong.push(format!(
                "{family}, case {}, {}: {said:?} instead of {:?}",
                row.case, row.title, row.refused
            ));
        }
        if let Err(malformed) = read {
            assert!(
                !malformed.because.is_empty() && malformed.line >= 1 && malformed.column >= 1,
                "{malformed:?}"
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

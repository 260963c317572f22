//! Every question row, decided by the interpreter; and the order of the house that the rows keep.

use std::collections::HashSet;

use policy::decide;

use crate::vectors::{each_question, rows, workspace};

#[test]
fn every_question_has_the_documented_answer() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    each_question(|row, question, layers| {
        asked += 1;
        let expect = row.expect.as_ref().unwrap();
        let decision = decide(question, layers);
        let reason = decision.error.as_ref().map(|_| "evaluation-error");
        let sid = decision
            .statement
            .as_ref()
            .and_then(|statement| statement.sid.as_deref());
        let as_expected = decision.verdict == expect.decision
            && (expect.layer.is_none() || decision.layer == expect.layer)
            && (expect.sid.is_none() || sid == expect.sid.as_deref())
            && reason == expect.reason.as_deref();
        if !as_expected {
            wrong.push(format!(
                "case {}, {}: {:?} {:?} {sid:?} {reason:?} instead of {expect:?}",
                row.case, row.title, decision.verdict, decision.layer
            ));
        }
    });
    assert!(
        wrong.is_empty(),
        "{} of {asked} questions:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_case_is_there_with_its_source() {
    const LAST: u32 = 122;
    let rows = rows();
    let cases: HashSet<u32> = rows.iter().map(|(_, row)| row.case).collect();
    let absent: Vec<u32> = (1..=LAST).filter(|case| !cases.contains(case)).collect();
    assert!(absent.is_empty(), "cases without a row: {absent:?}");
    let mut titles = HashSet::new();
    for (family, row) in &rows {
        assert!(
            row.case <= LAST && !row.source.is_empty(),
            "{family}: {row:?}"
        );
        assert!(
            titles.insert((family, row.case, &row.title)),
            "{family}, case {}: two rows `{}`",
            row.case,
            row.title
        );
        let roads = [
            row.question.is_some() && row.expect.is_some(),
            row.document.is_some(),
            row.road.is_some(),
        ];
        assert_eq!(
            roads.iter().filter(|is| **is).count(),
            1,
            "{family}: {row:?}"
        );
        assert_eq!(
            row.document.is_some(),
            row.refused.is_some() != row.accepted,
            "{family}: {row:?}"
        );
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test looks at the tree")]
fn scenarios_that_rows_name_exist() {
    for (family, row) in rows() {
        if let Some(name) = &row.road {
            assert!(
                workspace().join("road").join(name).is_dir(),
                "{family}, case {}: no road/{name}",
                row.case
            );
        }
    }
}

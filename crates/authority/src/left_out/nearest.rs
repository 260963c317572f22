//! Which statements stay: what decided, then the nearest misses.

use policy::{Decision, DocumentTrace, Element, Outcome, StatementTrace, Verdict};

use super::bound::{MOST_NAMES, size};
use super::counts::LeftOut;

/// A document of a layer, by the places of both.
pub(super) struct Stripped {
    layer: usize,
    document: DocumentTrace,
}

/// Takes every document out of a derivation.
pub(super) fn strip(decision: &mut Decision) -> Vec<Stripped> {
    let layers = decision.trace.layers.iter_mut().enumerate();
    let documents = layers.flat_map(|(layer, trace)| {
        std::mem::take(&mut trace.documents)
            .into_iter()
            .map(move |it| (layer, it))
    });
    documents
        .map(|(layer, document)| Stripped { layer, document })
        .collect()
}

/// Puts back what there is room for, the nearest first, and then in the order in which it stood;
/// and says what room is left.
pub(super) fn fill(
    decision: &mut Decision,
    documents: Vec<Stripped>,
    mut room: usize,
    left_out: &mut LeftOut,
) -> usize {
    let denied = decision.verdict != Verdict::Allowed;
    let mut candidates = Vec::new();
    for (place, Stripped { layer, document }) in documents.iter().enumerate() {
        let decided_here =
            decision.trace.layers.get(*layer).map(|trace| trace.layer) == decision.layer;
        for (number, statement) in document.statements.iter().enumerate() {
            candidates.push((
                distance(decision, statement, decided_here),
                place,
                number,
                size(statement) + 1,
            ));
        }
    }
    // By distance, and then by place: two servers leave out the same statements.
    candidates.sort_unstable();
    // Of a document that has a statement left its name stays, which is paid for once.
    let mut taken = vec![Vec::new(); documents.len()];
    for (distance, place, number, needs) in candidates {
        let Some((numbers, Stripped { document, .. })) =
            taken.get_mut(place).zip(documents.get(place))
        else {
            continue;
        };
        let needs = needs
            + if numbers.is_empty() {
                size(&document.name) + 32
            } else {
                0
            };
        // Whatever it takes: a denial without the statement that made it would be a riddle.
        if distance == 0 && denied || needs <= room {
            room = room.saturating_sub(needs);
            numbers.push(number);
        }
    }
    for (
        Stripped {
            layer,
            mut document,
        },
        numbers,
    ) in documents.into_iter().zip(taken)
    {
        let had = document.statements.len();
        let mut number = 0;
        document.statements.retain(|_| {
            number += 1;
            numbers.contains(&(number - 1))
        });
        left_out.statements += had - document.statements.len();
        if document.statements.is_empty() {
            left_out.policies += 1;
            if left_out.named.len() < MOST_NAMES && !left_out.named.contains(&document.name) {
                left_out.named.push(document.name);
            }
        } else if let Some(trace) = decision.trace.layers.get_mut(layer) {
            trace.documents.push(document);
        }
    }
    room
}

/// How far a statement was from deciding: 0 is the one that did.
fn distance(decision: &Decision, statement: &StatementTrace, decided_here: bool) -> u8 {
    let failed_at_the_action = |element| matches!(element, Element::Action | Element::NotAction);
    match &statement.outcome {
        _ if decision.statement.as_ref() == Some(&statement.statement) => 0,
        Outcome::Applies | Outcome::Error(_) => 1,
        Outcome::Failed(mismatch) if decided_here && !failed_at_the_action(mismatch.element) => 2,
        Outcome::Failed(_) if decided_here => 3,
        Outcome::Failed(_) => 4,
    }
}

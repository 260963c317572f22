//! A record has a bound: whoever is denied writes one, and ten session policies make hundreds of
//! kilobytes of evidence. What decided always stays, the nearest misses stay before the far ones,
//! and what is left out is counted and named.

mod bound;
mod counts;
mod cut;
mod nearest;
#[cfg(test)]
mod tests;

use policy::Verdict;

pub use bound::MOST_BYTES;
use bound::{FOR_NAMES, fits, size};
pub use counts::LeftOut;
use cut::cut_texts;
use nearest::{fill, strip};

use crate::record::{Asked, Evidence};

/// Shortens evidence to its bound.
pub fn shorten(evidence: &mut Evidence) -> LeftOut {
    let mut left_out = LeftOut::default();
    if fits(evidence, MOST_BYTES) {
        return left_out;
    }
    // Texts before statements: a statement with a shortened list still says why, a missing one does
    // not.
    cut_texts(evidence, &mut left_out);
    if size(evidence) <= MOST_BYTES {
        return left_out;
    }
    let mut questions: Vec<(usize, Asked)> = std::mem::take(&mut evidence.asked)
        .into_iter()
        .enumerate()
        .collect();
    // What was denied is what is asked about.
    questions.sort_by_key(|(_, asked)| asked.decision.verdict == Verdict::Allowed);
    let mut room = MOST_BYTES.saturating_sub(size(evidence) + FOR_NAMES);
    let (mut kept, mut remaining) = (Vec::new(), questions.len());
    for (place, mut asked) in questions {
        remaining -= 1;
        let documents = strip(&mut asked.decision);
        let needs = size(&asked) + 1;
        // The first question always stays, however long: a record of none would explain nothing.
        if needs > room && !kept.is_empty() {
            left_out.questions += 1;
            continue;
        }
        room = room.saturating_sub(needs);
        // One question's statements leave room for the next question.
        let own = if remaining == 0 { room } else { room / 2 };
        room -= own;
        room += fill(&mut asked.decision, documents, own, &mut left_out);
        kept.push((place, asked));
    }
    // In the order of the asking again: what was denied went first for the room alone.
    kept.sort_by_key(|(place, _)| *place);
    evidence.asked = kept.into_iter().map(|(_, asked)| asked).collect();
    left_out
}

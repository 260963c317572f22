//! A record has a bound: whoever is denied writes one, and ten session policies make hundreds of
//! kilobytes of evidence. What decided always stays, the nearest misses stay before the far ones,
//! and what is left out is counted and named.

#[cfg(test)]
mod tests;

use policy::{
    Decision, DocumentTrace, Element, Hint, MetCondition, Outcome, StatementTrace, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::record::{Asked, Cause, Evidence};

/// Longest evidence in JSON: a dozen of full statements, and a thousand times less than a log.
pub const MOST_BYTES: usize = 16 * 1024;
/// What the counts and names themselves may take of it.
const FOR_NAMES: usize = 1_024;
/// Most values of a list, and longest text, in evidence that is too long as it is.
const MOST_VALUES: usize = 8;
const LONGEST_TEXT: usize = 256;
/// Longest ARN: a key of 1,024 bytes and its bucket.
const LONGEST_RESOURCE: usize = 1_200;
/// What the conditions of one Deny that applied may take: it stays whatever else does not, so this
/// is part of what is always there.
const MOST_MET_BYTES: usize = 6 * 1024;
/// Policies that are named.
const MOST_NAMES: usize = 4;

/// What was left out of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LeftOut {
    /// Questions that were put to the policies.
    pub questions: usize,
    /// Statements, of the questions that are there.
    pub statements: usize,
    /// Policies that no statement is left of.
    pub policies: usize,
    /// Names of the first of them.
    pub named: Vec<String>,
    /// Values of lists, and ends of texts.
    pub values: usize,
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Shortens evidence to its bound.
pub fn shorten(evidence: &mut Evidence) -> LeftOut {
    let mut left_out = LeftOut::default();
    if size(evidence) <= MOST_BYTES {
        return left_out;
    }
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
    let (mut kept, mut to_come) = (Vec::new(), questions.len());
    for (place, mut asked) in questions {
        to_come -= 1;
        let documents = strip(&mut asked.decision);
        let needs = size(&asked) + 1;
        if needs > room && !kept.is_empty() {
            left_out.questions += 1;
            continue;
        }
        room = room.saturating_sub(needs);
        // One question's statements leave room for the next question.
        let own = if to_come == 0 { room } else { room / 2 };
        room -= own;
        room += fill(&mut asked.decision, documents, own, &mut left_out);
        kept.push((place, asked));
    }
    kept.sort_by_key(|(place, _)| *place);
    evidence.asked = kept.into_iter().map(|(_, asked)| asked).collect();
    left_out
}

/// A document of a layer, by the places of both.
struct Stripped {
    layer: usize,
    document: DocumentTrace,
}

/// Takes every document out of a derivation.
fn strip(decision: &mut Decision) -> Vec<Stripped> {
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
fn fill(
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

/// Cuts what policies and strangers may make as long as they like.
fn cut_texts(evidence: &mut Evidence, left_out: &mut LeftOut) {
    let cut = &mut left_out.values;
    let who = &mut evidence.who;
    for text in [
        &mut who.arn,
        &mut who.role,
        &mut who.assumed_by,
        &mut who.issuer,
        &mut who.subject,
    ]
    .into_iter()
    .flatten()
    {
        cut_text(text, LONGEST_RESOURCE, cut);
    }
    cut_text(&mut evidence.operation, LONGEST_TEXT, cut);
    if let Some(cause) = &mut evidence.cause {
        cut_cause(cause, cut);
    }
    for asked in &mut evidence.asked {
        cut_text(&mut asked.action, LONGEST_TEXT, cut);
        cut_text(&mut asked.resource, LONGEST_RESOURCE, cut);
        if let Some(error) = &mut asked.decision.error {
            cut_text(&mut error.because, LONGEST_RESOURCE, cut);
        }
        let documents = asked
            .decision
            .trace
            .layers
            .iter_mut()
            .flat_map(|layer| &mut layer.documents);
        for statement in documents.flat_map(|document| &mut document.statements) {
            cut_met(&mut statement.met, cut);
            match &mut statement.outcome {
                Outcome::Applies => {}
                Outcome::Error(because) => cut_text(because, LONGEST_TEXT, cut),
                Outcome::Failed(mismatch) => {
                    for text in [&mut mismatch.operator, &mut mismatch.key]
                        .into_iter()
                        .flatten()
                    {
                        cut_text(text, LONGEST_TEXT, cut);
                    }
                    if let Some(because) = &mut mismatch.untold {
                        cut_text(because, LONGEST_TEXT, cut);
                    }
                    cut_list(&mut mismatch.expected, cut);
                    cut_list(&mut mismatch.actual, cut);
                    mismatch.hints.truncate(MOST_VALUES);
                    // A hint repeats a value to be copied from: half of one would mislead.
                    mismatch
                        .hints
                        .retain(|hint| hint_length(hint) <= LONGEST_TEXT);
                }
            }
        }
    }
}

/// Cuts what met a Deny's conditions: each list has an equal share, so that no condition hides the
/// others.
fn cut_met(met: &mut Vec<MetCondition>, cut: &mut usize) {
    *cut += met.len().saturating_sub(MOST_VALUES);
    met.truncate(MOST_VALUES);
    let share = MOST_MET_BYTES / (2 * met.len().max(1));
    for MetCondition {
        operator,
        key,
        expected,
        actual,
        ..
    } in met
    {
        cut_text(operator, LONGEST_TEXT, cut);
        cut_text(key, LONGEST_TEXT, cut);
        for list in [expected, actual] {
            cut_list(list, cut);
            let (had, mut room) = (list.len(), share);
            list.retain(|value| {
                let needs = size(value) + 1;
                let fits = needs <= room;
                room -= if fits { needs } else { 0 };
                fits
            });
            *cut += had - list.len();
        }
    }
}

fn cut_cause(cause: &mut Cause, cut: &mut usize) {
    match cause {
        Cause::Unreadable { because }
        | Cause::Internal { because }
        | Cause::Busy { because }
        | Cause::Unmapped { because }
        | Cause::Parameter { because }
        | Cause::TokenMalformed { because }
        | Cause::TokenRefused { because }
        | Cause::Signature { because }
        | Cause::Credentials { because }
        | Cause::Transport { because }
        | Cause::Body { because } => cut_text(because, LONGEST_RESOURCE, cut),
        Cause::NoProvider { issuer, registered } => {
            cut_text(issuer, LONGEST_RESOURCE, cut);
            cut_list(registered, cut);
        }
        Cause::ForeignKey {
            access_key_id: Some(id),
        } => cut_text(id, LONGEST_RESOURCE, cut),
        Cause::Region { because, expected } => {
            cut_text(because, LONGEST_RESOURCE, cut);
            cut_text(expected, LONGEST_RESOURCE, cut);
        }
        Cause::NoKeys { issuer, because } => {
            cut_text(issuer, LONGEST_RESOURCE, cut);
            cut_text(because, LONGEST_RESOURCE, cut);
        }
        Cause::Audience {
            presented,
            accepted,
        } => {
            cut_list(presented, cut);
            cut_list(accepted, cut);
        }
        Cause::RoleNotInClaim { listed } => cut_list(listed, cut),
        Cause::NoRole { existing } => cut_list(existing, cut),
        Cause::TagFixed { key } => cut_text(key, LONGEST_RESOURCE, cut),
        Cause::SourceIdentityFixed { set, asked } => {
            cut_text(set, LONGEST_RESOURCE, cut);
            cut_text(asked, LONGEST_RESOURCE, cut);
        }
        Cause::RoleGone { role } => cut_text(role, LONGEST_RESOURCE, cut),
        Cause::Unresolved { policy } => cut_text(policy, LONGEST_RESOURCE, cut),
        Cause::NoBucket { bucket }
        | Cause::BucketTaken { bucket }
        | Cause::OtherOwner { bucket, .. } => cut_text(bucket, LONGEST_RESOURCE, cut),
        Cause::ForeignKey {
            access_key_id: None,
        }
        | Cause::TrustPolicy
        | Cause::Duration { .. }
        | Cause::ChainedDuration { .. }
        | Cause::RootAssumes
        | Cause::SessionTooLarge { .. }
        | Cause::Unsigned
        | Cause::Permissions => {}
    }
}

fn hint_length(hint: &Hint) -> usize {
    match hint {
        Hint::WildcardIsLiteral { expected, .. }
        | Hint::Case { expected }
        | Hint::TrailingSlash { expected }
        | Hint::Typo { expected }
        | Hint::BucketNotObjects { expected }
        | Hint::ObjectsNotBucket { expected } => expected.len(),
        Hint::OtherIssuer { present }
        | Hint::OtherAudience { present }
        | Hint::MisspeltKey { present } => present.len(),
        Hint::Multivalued => 0,
    }
}

fn cut_list(list: &mut Vec<String>, cut: &mut usize) {
    *cut += list.len().saturating_sub(MOST_VALUES);
    list.truncate(MOST_VALUES);
    list.iter_mut()
        .for_each(|text| cut_text(text, LONGEST_TEXT, cut));
}

fn cut_text(text: &mut String, most: usize, cut: &mut usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
        *cut += 1;
    }
}

/// Length in JSON.
fn size(value: &impl Serialize) -> usize {
    struct Counted(usize);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    // What cannot be written has no length that fits; nothing of ours is such.
    serde_json::to_writer(&mut counted, value).map_or(usize::MAX, |()| counted.0)
}

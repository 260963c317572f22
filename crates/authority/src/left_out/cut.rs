//! Texts and lists that policies and strangers make, cut short.

use policy::{Hint, MetCondition, Outcome};

use super::bound::{LONGEST_RESOURCE, LONGEST_TEXT, MOST_MET_BYTES, MOST_VALUES, size};
use super::counts::LeftOut;
use crate::record::{Cause, Evidence};

/// Cuts what policies and strangers may make as long as they like.
pub(super) fn cut_texts(evidence: &mut Evidence, left_out: &mut LeftOut) {
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
        | Cause::PostPolicy { because }
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
        Cause::MalformedPolicy { because, detail } => {
            cut_text(because, LONGEST_RESOURCE, cut);
            cut_text(detail, LONGEST_RESOURCE, cut);
        }
        Cause::NoObject { bucket, key } => {
            cut_text(bucket, LONGEST_RESOURCE, cut);
            cut_text(key, LONGEST_RESOURCE, cut);
        }
        Cause::NoBucket { bucket }
        | Cause::BucketTaken { bucket }
        | Cause::PublicPolicy { bucket }
        | Cause::PublicRestricted { bucket }
        | Cause::ForeignPolicy { bucket }
        | Cause::LocksOut { bucket }
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
        | Cause::SignatureV2
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
    // Characters, not bytes: a cut inside of one would be no text.
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
        *cut += 1;
    }
}

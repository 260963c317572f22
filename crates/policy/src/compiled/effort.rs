//! What a question costs at the most, known before it is asked: characters of the patterns that its
//! action concerns, times the characters that they are held against. Whoever serves many askers
//! bounds this sum, which is theirs to stretch.

use super::actions::Action;
use super::chars::Chars;
use super::layer::Compiled;
use crate::context::Context;
use crate::layers::Layers;
use crate::question::Question;

/// Characters times characters, over every statement of every layer that the question may have to
/// look at. The compiled engine spends some tenths of a nanosecond on each at the worst, the
/// interpreter about one.
pub fn effort(question: &Question<'_>, layers: &Layers<'_>) -> usize {
    let action = Action::of(question.action);
    let (resource, value) = (question.resource.len() + 1, widest(question.context) + 1);
    let own = [
        layers.resource,
        layers.identity,
        layers.boundary,
        layers.session,
    ]
    .into_iter()
    .flatten();
    let parts = layers
        .rcps
        .iter()
        .chain(layers.scps)
        .chain(own)
        .flat_map(|policies| policies.compiled());
    parts
        .map(|part| part.effort(action.as_str(), resource, value))
        .fold(0, usize::saturating_add)
}

/// The characters of the key that has most of them.
fn widest(context: &Context) -> usize {
    context
        .iter()
        .map(|(_, values)| values.as_slice().iter().map(|value| value.len() + 1).sum())
        .max()
        .unwrap_or(0)
}

impl Compiled {
    fn effort(&self, action: &str, resource: usize, value: usize) -> usize {
        let mut sum = 0usize;
        let mut add = |place: usize| {
            let Some(Chars {
                resource: against_resource,
                conditions,
                variables,
            }) = self.rules.get(place).map(|rule| rule.chars)
            else {
                return;
            };
            // A variable is as long as its value, but what is longer than the text is not looked
            // at.
            let filled = |chars: usize, variables: usize, text: usize| {
                chars.saturating_add(variables.saturating_mul(value.min(text)))
            };
            let against_resource = filled(against_resource, variables.0, resource);
            let conditions = filled(conditions, variables.1, value);
            let more = against_resource
                .saturating_mul(resource)
                .saturating_add(conditions.saturating_mul(value));
            sum = sum.saturating_add(more);
        };
        for concerned in [&self.deny, &self.allow] {
            concerned.each(action, &mut add);
        }
        sum
    }
}

//! Whether so many questions can be decided over at all.

use catalog::{Ask, Call};
use policy::{Context, Layers};
use wire::Fault;

use crate::caller::CallerPolicies;
use crate::denial::Denial;
use crate::effort;
use crate::record::{Cause, Link};
use crate::resource::{Holes, Operation, Resource};
use crate::session::Bearer;
use crate::world::World;

/// Told before the first question is decided over, and of all parts together, whether or not they
/// stand alone. `context`: the first question's, as wide as any.
pub(super) fn afford<D>(
    world: &World,
    (holes, bearer): (Holes<'_>, Option<&Bearer>),
    policies: &CallerPolicies<'_>,
    call: &Call<D>,
    context: &Context,
) -> Result<(), Denial> {
    // A resource that cannot be named costs nothing: it is refused when it is asked about.
    let effort = |ask: &Ask| {
        Resource::of(world, holes, Operation::of(call), &ask.target).map_or(0, |resource| {
            let layers = Layers {
                resource: resource.policy(Operation::of(call), &ask.action, bearer),
                ..policies.layers()
            };
            policy::effort(
                &policies.question(&ask.action, &resource.arn, resource.owner.as_ref(), context),
                &layers,
            )
        })
    };
    let total = call.asks().map(effort).fold(0, usize::saturating_add);
    if total <= effort::MOST {
        return Ok(());
    }
    let asks = call.asks().count();
    // `total` is over the bound here, so nothing is divided by 0.
    let fit = asks * (effort::MOST / 1_000) / (total / 1_000);
    let text = format!(
        "The request names {asks} resources, and the policies that apply to it are too long to decide over so many at once. Name at most {fit} in one request."
    );
    let cause = Cause::Parameter {
        because: text.clone(),
    };
    Err(Denial::new(
        Link::Permissions,
        cause,
        Fault::new("InvalidRequest", 400, text),
    ))
}

//! What there is of a request beside its call.

use std::sync::Arc;

use authority::Incoming;

use crate::backend::Upload;
use crate::buffer::Held;

/// What there is of a request beside its call.
pub(super) struct Rest<'a> {
    pub(super) incoming: &'a Incoming,
    /// A body that is still to come: decided over first, read afterwards.
    pub(super) upload: Option<Upload>,
    /// The memory of a body that was read whole; it counts as held until the call is over.
    pub(super) held: Option<Arc<Held>>,
}

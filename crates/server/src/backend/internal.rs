//! The fault that is ours, as S3 words it.

use wire::Fault;

pub(super) fn internal() -> Fault {
    Fault::new("InternalError", 500, "We encountered an internal error. Please try again.")
}

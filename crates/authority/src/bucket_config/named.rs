//! The bucket that a call names, with what is kept of it.

use catalog::s3::S3Call;
use wire::{Fault, S3Fault};

use crate::world::{LoadedBucket, World};

/// The bucket of a call. It was there when the call was decided over, and may be gone by now.
pub(super) fn bucket<'a>(world: &'a World, call: &S3Call) -> Result<&'a LoadedBucket, Fault> {
    call.bucket
        .as_ref()
        .and_then(|name| world.loaded_bucket(name.as_str()))
        .ok_or_else(|| S3Fault::NoSuchBucket.fault())
}

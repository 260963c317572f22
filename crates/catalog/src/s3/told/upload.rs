//! Which upload, and which part of it.

use crate::s3::fields::Params;
use crate::s3::listing::{self, argument};
use crate::unmapped::Unmapped;

/// What an upload is called is the store's to know: one that is none is not found.
pub(super) fn upload(params: &mut Params<'_>) -> Result<String, Unmapped> {
    params
        .take("uploadId")
        .map(str::to_owned)
        .ok_or_else(|| Unmapped::Parameter("uploadId".to_owned()))
}

/// One spelling for a number: `01`, `+1` and `1` would be three parts to one reader and one to
/// another.
pub(super) fn part_number(params: &mut Params<'_>) -> Result<Option<u16>, Unmapped> {
    let Some(text) = params.take("partNumber") else {
        return Ok(None);
    };
    listing::plain(text)
        .filter(|_| !text.starts_with('0'))
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (1..=10_000).contains(number))
        .map(Some)
        .ok_or_else(no_part_number)
}

pub(super) fn no_part_number() -> Unmapped {
    argument("Part number must be an integer between 1 and 10000, inclusive")
}

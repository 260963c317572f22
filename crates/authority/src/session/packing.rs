//! How a session becomes short enough for its token, and its bounds.

use std::borrow::Cow;

/// Longest session token, the limit that clients are told of (`SessionTokenSize`).
pub const MAX_TOKEN_CHARS: usize = 4096;
/// Largest plain session: 50 tags of 384 bytes, a policy of 2,048 characters, ten ARNs, names.
/// Bounds inflation.
pub(super) const MAX_PLAIN_BYTES: usize = 32_768;

/// Bytes that are sealed as they are: their token has at most 800 characters. Deflating costs more
/// than all the rest of an exchange.
pub(super) const SHORT_BYTES: usize = 560;
const AS_IT_IS: u8 = 0;
pub(super) const DEFLATED: u8 = 1;

pub(super) fn pack(plain: &[u8]) -> Vec<u8> {
    // A byte says which way it was, so that a later format can add a third without breaking live
    // tokens.
    if plain.len() <= SHORT_BYTES {
        return [&[AS_IT_IS], plain].concat();
    }
    [
        &[DEFLATED],
        miniz_oxide::deflate::compress_to_vec(plain, 6).as_slice(),
    ]
    .concat()
}

pub(super) fn unpack(packed: &[u8]) -> Option<Cow<'_, [u8]>> {
    match packed.split_first()? {
        (&AS_IT_IS, plain) => Some(Cow::Borrowed(plain)),
        (&DEFLATED, rest) => {
            // Only what we sealed gets here, and still: a bound costs nothing, and a bug in sealing
            // must not become a bomb.
            miniz_oxide::inflate::decompress_to_vec_with_limit(rest, MAX_PLAIN_BYTES)
                .ok()
                .map(Cow::Owned)
        }
        _ => None,
    }
}

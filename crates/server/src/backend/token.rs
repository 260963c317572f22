//! Continuation tokens: where a listing goes on, in words that only this listing takes back.
//!
//! A token is bound to what was listed, so that one of another bucket or prefix is refused as S3
//! refuses it. It is no secret and grants nothing: whoever made one up could have asked for
//! `start-after` instead.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wire::{Fault, S3Fault};

/// Bytes of the digest that binds it.
const BOUND_BYTES: usize = 16;

/// A token for going on after `position` in the listing that `listing` names.
pub(super) fn write(listing: &[&str], position: &str) -> String {
    let mut bytes = digest(listing, position).to_vec();
    bytes.extend_from_slice(position.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position in a token.
///
/// # Errors
/// `InvalidArgument` for a token of another listing, or of nobody.
pub(super) fn read(listing: &[&str], token: &str) -> Result<String, Fault> {
    let position = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (bound, position) = bytes.split_at_checked(BOUND_BYTES)?;
        let position = std::str::from_utf8(position).ok()?;
        (digest(listing, position) == bound).then(|| position.to_owned())
    };
    position().ok_or_else(|| {
        S3Fault::InvalidArgument.saying("The continuation token provided is incorrect")
    })
}

fn digest(listing: &[&str], position: &str) -> [u8; BOUND_BYTES] {
    let mut context = Context::new(&SHA256);
    for text in listing.iter().chain([&position]) {
        // With its length, so that no two lists of words are one.
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    let whole = context.finish();
    let mut bound = [0; BOUND_BYTES];
    bound
        .iter_mut()
        .zip(whole.as_ref())
        .for_each(|(to, from)| *to = *from);
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_own_listings_only() {
        let token = write(&["b", "p/", ""], "p/é");
        assert_eq!(read(&["b", "p/", ""], &token).unwrap(), "p/é");
        let mut changed = token.clone().into_bytes();
        let last = changed.len() - 2;
        changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for (why, listing, token) in [
            ("another bucket", ["c", "p/", ""], token.as_str()),
            ("another prefix", ["b", "p", "/"], &token),
            ("changed", ["b", "p/", ""], &changed),
            ("cut", ["b", "p/", ""], token.get(..8).unwrap()),
            ("none", ["b", "p/", ""], ""),
            ("no base64", ["b", "p/", ""], "!"),
        ] {
            let fault = read(&listing, token).unwrap_err();
            assert_eq!(
                (fault.code.as_ref(), fault.status),
                ("InvalidArgument", 400),
                "{why}"
            );
            assert_eq!(fault.text, "The continuation token provided is incorrect");
        }
    }
}

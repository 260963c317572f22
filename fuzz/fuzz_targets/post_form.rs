//! A browser's form as anybody may send it: the same in whatever pieces it comes, no more of it
//! held than it may have before its file, and its policy read or refused.
#![no_main]

use catalog::BucketName;
use catalog::s3::post::{Form, PolicyDocument, Reader};
use libfuzzer_sys::fuzz_target;

/// Form and file, or the first refusal.
fn read(bytes: &[u8], piece: usize) -> Result<(Option<Form>, Vec<u8>), String> {
    let mut reader = Reader::within("x9").expect("it is a boundary");
    let mut file = Vec::new();
    for piece in bytes.chunks(piece) {
        reader
            .push(piece, &mut |bytes| file.extend_from_slice(bytes))
            .map_err(|unmapped| unmapped.to_string())?;
    }
    let form = reader.form().cloned();
    reader.finish().map_err(|unmapped| unmapped.to_string())?;
    Ok((form, file))
}

// A byte, the size of the pieces; the form with boundary `x9`.
fuzz_target!(|bytes: &[u8]| {
    let Some((piece, bytes)) = bytes.split_first() else {
        return;
    };
    let whole = read(bytes, bytes.len().max(1));
    let pieces = read(bytes, usize::from(*piece).max(1));
    // Which of two faults is found first may depend on the pieces.
    assert_eq!(whole.is_ok(), pieces.is_ok());
    let Ok((form, file)) = whole else {
        return;
    };
    assert_eq!(Ok((form.clone(), file)), pieces);
    let mut form = form.expect("a whole form has fields");
    let size: usize = form
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    // Lower case can be longer.
    assert!(size <= 2 * 20 * 1024);
    let bucket = BucketName::parse("bucket").expect("it is a name");
    if let Some(text) = form.get("policy").map(str::to_owned)
        && let Ok(policy) = PolicyDocument::read(&text)
    {
        drop(policy.check(&mut form, &bucket, 0));
    }
});

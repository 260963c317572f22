//! A method, a target and headers as any client may send them to S3: the key is the path decoded
//! once in either style, listings are bounded, and nothing is understood that asks nothing.
#![no_main]

use catalog::s3::{self, Detail};
use catalog::{BucketName, Call};
use libfuzzer_sys::fuzz_target;
use wire::{Head, percent};

// `METHOD TARGET`, then a line `NAME: VALUE` for each header.
fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else {
        return;
    };
    let fields: Vec<(&str, &[u8])> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let Ok(head) = Head::read(method, target, fields) else {
        return;
    };
    let host = BucketName::parse("bucket").expect("it is a name");
    for host in [None, Some(&host)] {
        let Ok(route) = s3::route(&head, host) else {
            continue;
        };
        drop(route.call_without_body());
        let Ok(call) = route.call(b"") else {
            continue;
        };
        let it = &call.detail;
        if let Some(host) = host {
            assert_eq!(
                it.bucket.as_ref(),
                Some(host),
                "another bucket than the host's"
            );
            let key = head
                .target
                .raw_path()
                .strip_prefix('/')
                .and_then(|path| percent::decode(path, false));
            assert_eq!(
                it.key.as_ref().map(|key| key.as_str()).unwrap_or(""),
                key.unwrap_or_default()
            );
        }
        check(&call);
    }
});

fn check(call: &Call<s3::S3Call>) {
    assert!(
        call.asks().next().is_some(),
        "{} asks nothing",
        call.operation
    );
    match &call.detail.detail {
        Detail::List(list) => {
            assert!(list.most <= 1_000);
            assert_ne!(list.delimiter.as_deref(), Some(""));
        }
        Detail::ListUploads(list) => assert!((1..=1_000).contains(&list.most)),
        Detail::ListParts { most, .. } => assert!(*most <= 1_000),
        Detail::Read(read) => {
            for size in [0, 1, 10] {
                if let s3::Ranged::Part(range) = read.ranged(size, "e", 0) {
                    assert!(range.start() <= range.end() && *range.end() < size);
                }
            }
        }
        Detail::UploadPart { number, .. } => assert!((1..=10_000).contains(number)),
        _ => {}
    }
}

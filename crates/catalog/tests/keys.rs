//! A key is the same to signer, policies and store, whichever way it comes: in a path, in a copy's
//! source, in a body that names what is deleted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test"
)]

mod s3_call;

use catalog::BucketName;
use catalog::s3::{Detail, route};
use proptest::prelude::*;
use s3_call::{asked, call, head};
use wire::percent;
use wire::xml::Writer;

/// Any key: segments that mean something in a path among them.
fn keys() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "/", "//", ".", "..", "../", "%2F", "%", "+", " ", "?", "&", "<", "\r\n", "\u{1}", "\\",
    ]);
    let any = any::<String>().prop_map(|text| text.replace('\0', "n"));
    let piece = prop_oneof![odd.prop_map(str::to_owned), any];
    prop::collection::vec(piece, 1..6)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a key has 1 to 1,024 bytes", |key| {
            (1..=1_024).contains(&key.len())
        })
}

proptest! {
    #[test]
    fn attack_44_every_way_leads_to_one_key(key in keys()) {
        let path = percent::encode_path(&key);
        let expected = vec![format!("s3:GetObject bucket/{key}")];
        let by_path = call("GET", &format!("/bucket/{path}"), &[], "").unwrap();
        prop_assert_eq!(asked(&by_path), expected.clone());
        let host = BucketName::parse("bucket").unwrap();
        let by_host = route(&head("GET", &format!("/{path}"), &[]), Some(&host)).unwrap();
        prop_assert_eq!(asked(&by_host.call(b"").unwrap()), expected.clone());
        for source in [format!("bucket/{path}"), format!("/bucket%2F{}", percent::encode(&key))] {
            let copy = call("PUT", "/other/k", &[("x-amz-copy-source", &source)], "").unwrap();
            prop_assert_eq!(&asked(&copy)[..1], &expected);
        }
        let mut xml = Writer::declared();
        xml.element("Delete", |delete| {
            delete.element("Object", |object| {
                object.text("Key", &key);
            });
        });
        let delete = call("POST", "/bucket?delete", &[], &xml.finish()).unwrap();
        let Detail::DeleteMany { objects, .. } = &delete.detail.detail else {
            panic!("another detail");
        };
        prop_assert_eq!(objects[0].key.as_str(), key.as_str());
    }
}

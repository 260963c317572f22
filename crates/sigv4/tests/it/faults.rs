//! Every refusal: the sentence for the operator, and the answer in each family.

use std::fmt::Write as _;

use sigv4::Refusal;
use wire::Family;

use crate::NOW;

#[test]
fn each_refusal_has_its_words() {
    let text = |text: &str| text.to_owned();
    let skewed = |late: i64| Refusal::Skewed {
        signed_at: NOW,
        now: NOW + late,
    };
    let mut shown = String::new();
    for refusal in [
        Refusal::TwoPlaces,
        Refusal::Algorithm(text("AWS")),
        Refusal::Malformed("a part is given twice"),
        Refusal::AccessKeyId(Some(text("test"))),
        Refusal::AccessKeyId(None),
        Refusal::Presigned,
        Refusal::DuplicateWord(text("X-Amz-Date")),
        Refusal::Expires,
        Refusal::DuplicateHeader(text("host")),
        Refusal::Date,
        Refusal::ScopeDate {
            scope: text("20150829"),
            day: text("20150830"),
        },
        Refusal::Terminator,
        skewed(901),
        skewed(-901),
        Refusal::NotSigned(text("x-amz-acl")),
        Refusal::Absent(text("x-amz-acl")),
        Refusal::ContentHash,
        Refusal::StreamingPayload(text("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
        Refusal::Target,
        Refusal::Mismatch,
        Refusal::BodyHash,
    ] {
        writeln!(shown, "{refusal}").unwrap();
        for family in [Family::S3, Family::Query] {
            let fault = refusal.fault(family);
            writeln!(
                shown,
                "    {family:?} {} {}: {}",
                fault.status, fault.code, fault.text
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!("faults", shown);
}

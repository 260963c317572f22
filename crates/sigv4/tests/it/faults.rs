//! Every refusal: the sentence for the operator, and the answer in each family.

use std::fmt::Write as _;

use sigv4::{QueryFlaw, Refusal};
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
        Refusal::V2,
        Refusal::Algorithm(text("Basic")),
        Refusal::Malformed("a part is given twice"),
        Refusal::AccessKeyId(Some(text("test"))),
        Refusal::AccessKeyId(None),
        Refusal::Presigned,
        Refusal::DuplicateWord(text("X-Amz-Date")),
        Refusal::Expires,
        Refusal::Query(QueryFlaw::Missing),
        Refusal::Query(QueryFlaw::Algorithm),
        Refusal::Query(QueryFlaw::NoNumber),
        Refusal::Query(QueryFlaw::Negative),
        Refusal::Query(QueryFlaw::Zero),
        Refusal::Query(QueryFlaw::TooLong),
        Refusal::Query(QueryFlaw::Date),
        Refusal::Query(QueryFlaw::Terminator),
        Refusal::Query(QueryFlaw::Malformed),
        Refusal::QueryDate {
            scope: text("20150829"),
            day: text("20150830"),
        },
        Refusal::Expired {
            until: NOW - 1,
            now: NOW,
        },
        Refusal::NotYet {
            signed_at: NOW + 901,
            now: NOW,
        },
        Refusal::RegionSet,
        Refusal::Form("x-amz-date"),
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
        Refusal::StreamingPayload(text("STREAMING-UNSIGNED-PAYLOAD")),
        Refusal::DecodedLength,
        Refusal::TrailerName,
        Refusal::Framing("a line does not end in CRLF"),
        Refusal::ChunkSize,
        Refusal::Chunk,
        Refusal::Trailer("it was not announced"),
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

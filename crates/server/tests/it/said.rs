//! Headers that say what is so anyway, and the check whose a bucket is.

use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_says_what_is_so_anyway_is_done_as_without_it() {
    let stage = Stage::new().await;
    let own = [("x-amz-expected-bucket-owner", "000000000000"), ("x-amz-api-version", "2006-03-01")];
    let put = [own[0], own[1], ("x-amz-storage-class", "STANDARD"), ("x-amz-acl", "bucket-owner-full-control")];
    let copy = [own[0], put[2], ("x-amz-source-expected-bucket-owner", "000000000000"), ("x-amz-copy-source", "reports/said")];
    let create = [own[1], ("x-amz-acl", "private"), ("x-amz-object-ownership", "BucketOwnerEnforced")];
    for (method, target, headers, body, status) in [
        ("PUT", "/reports/said", &put[..], "said", 200),
        ("GET", "/reports/said", &own, "", 200),
        ("HEAD", "/reports", &own, "", 200),
        ("PUT", "/reports/copied", &copy, "", 200),
        ("PUT", "/one-more", &create, "", 200),
        ("DELETE", "/one-more", &own, "", 204),
        ("DELETE", "/reports/copied", &[own[0], ("x-amz-request-payer", "requester")], "", 204),
    ] {
        let answer = stage.send(&Draft::signed(method, target, "s3", headers, body.as_bytes(), None, &stage.root)).await;
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.text);
    }
    let other = ("x-amz-expected-bucket-owner", "111111111111");
    for (method, target) in [("GET", "/reports/said"), ("DELETE", "/reports/said"), ("DELETE", "/reports"), ("GET", "/reports")] {
        let answer = stage.send(&Draft::signed(method, target, "s3", &[other], b"", None, &stage.root)).await;
        assert_eq!((answer.status, answer.code()), (403, "AccessDenied"), "{method} {target}: {}", answer.text);
    }
    for headers in [[copy[3], ("x-amz-source-expected-bucket-owner", "111111111111")], [copy[3], other]] {
        let answer = stage.send(&Draft::signed("PUT", "/reports/copied", "s3", &headers, b"", None, &stage.root)).await;
        assert_eq!((answer.status, answer.code()), (403, "AccessDenied"), "{}", answer.text);
    }
    let answer = stage.send(&Draft::s3("GET", "/reports/copied", b"", &stage.root)).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
}

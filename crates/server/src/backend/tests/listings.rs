//! ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads.

use super::{Answer, Stage};

async fn keys(keys: &[&str]) -> Stage {
    let stage = Stage::new().await;
    for key in keys {
        let target = format!("/box/{}", wire::percent::encode_path(key));
        stage.send("PUT", &target, &[], b"hello").await.is(200, "");
    }
    stage
}

fn listed(answer: &Answer) -> (Vec<String>, Vec<String>) {
    answer.is(200, "");
    let prefixes = answer.text().split("<CommonPrefixes><Prefix>").skip(1);
    let prefixes = prefixes.map(|rest| rest.split('<').next().unwrap().to_owned());
    (answer.all("Key"), prefixes.collect())
}

#[tokio::test]
async fn the_second_version_to_the_letter() {
    let stage = keys(&["a/1", "b"]).await;
    let target = "/box?list-type=2&delimiter=%2F&fetch-owner=true&start-after=A&prefix=";
    let answer = stage.send("GET", target, &[], b"").await;
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    assert_eq!(answer.header("x-amz-bucket-region"), Some("us-east-1"));
    let contents = "<Contents><Key>b</Key><LastModified>2023-11-14T22:13:20.000Z</LastModified><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size><StorageClass>STANDARD</StorageClass><Owner><ID>111122223333</ID></Owner></Contents>";
    assert_eq!(
        answer.text(),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>box</Name><Prefix></Prefix><StartAfter>A</StartAfter><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>{contents}<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>"
        )
    );
}

#[tokio::test]
async fn the_first_version_to_the_letter() {
    let stage = keys(&["a/1", "b"]).await;
    let answer = stage
        .send("GET", "/box?delimiter=%2F&max-keys=1&marker=A", &[], b"")
        .await;
    assert_eq!(
        answer.text(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>box</Name><Prefix></Prefix><Marker>A</Marker><NextMarker>a/</NextMarker><MaxKeys>1</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>"
    );
    let plain = stage.send("GET", "/box?max-keys=1", &[], b"").await;
    assert_eq!(plain.one("NextMarker"), None, "only with a delimiter");
    assert_eq!(plain.one("IsTruncated").as_deref(), Some("true"));
    assert!(
        plain
            .text()
            .contains("<Owner><ID>111122223333</ID></Owner>")
    );
}

#[tokio::test]
async fn owners_are_told_by_the_second_version_when_asked() {
    let stage = keys(&["a"]).await;
    let answer = stage.send("GET", "/box?list-type=2", &[], b"").await;
    assert!(!answer.text().contains("<Owner>"));
}

#[tokio::test]
async fn what_is_listed() {
    let stage = keys(&[
        "a", "a+b", "a/", "a/b", "a/c/d", "a/c/e", "b", "c||d", "c||e",
    ])
    .await;
    let all = [
        "a", "a+b", "a/", "a/b", "a/c/d", "a/c/e", "b", "c||d", "c||e",
    ];
    for (sentence, query, objects, prefixes) in [
        ("everything, in the order of bytes", "", &all[..], &[][..]),
        (
            "below a folder",
            "&delimiter=%2F&prefix=a%2F",
            &["a/", "a/b"],
            &["a/c/"],
        ),
        (
            "at the top",
            "&delimiter=%2F",
            &["a", "a+b", "b", "c||d", "c||e"],
            &["a/"],
        ),
        (
            "a delimiter of two characters",
            "&delimiter=%7C%7C&prefix=c",
            &[],
            &["c||"],
        ),
        (
            "an empty delimiter is none",
            "&delimiter=&prefix=c",
            &["c||d", "c||e"],
            &[],
        ),
        (
            "after a key",
            "&start-after=a%2Fc%2Fd&prefix=a",
            &["a/c/e"],
            &[],
        ),
        (
            "after a common prefix",
            "&delimiter=%2F&start-after=a%2F",
            &["b", "c||d", "c||e"],
            &[],
        ),
        ("nothing begins so", "&prefix=x", &[], &[]),
        ("none at all", "&max-keys=0", &[], &[]),
    ] {
        let answer = stage
            .send("GET", &format!("/box?list-type=2{query}"), &[], b"")
            .await;
        let (found, common) = listed(&answer);
        assert_eq!(
            (found.as_slice(), common.as_slice()),
            (
                &objects
                    .iter()
                    .map(|key| (*key).to_owned())
                    .collect::<Vec<_>>()[..],
                &prefixes
                    .iter()
                    .map(|key| (*key).to_owned())
                    .collect::<Vec<_>>()[..]
            ),
            "{sentence}"
        );
        assert_eq!(
            answer.one("IsTruncated").as_deref(),
            Some("false"),
            "{sentence}"
        );
        let count = (objects.len() + prefixes.len()).to_string();
        assert_eq!(answer.one("KeyCount"), Some(count), "{sentence}");
    }
}

/// Page by page comes what one page would have, of every version.
#[tokio::test]
async fn pages_lose_and_repeat_nothing() {
    let stage = keys(&[
        "a", "a/b", "a/c", "b/c/d", "b/c/e", "c", "d/", "d//", "é", "🦀",
    ])
    .await;
    for (query, next, parameter) in [
        ("list-type=2", "NextContinuationToken", "continuation-token"),
        ("delimiter=%2F", "NextMarker", "marker"),
        ("versions", "NextKeyMarker", "key-marker"),
        ("versions&delimiter=%2F", "NextKeyMarker", "key-marker"),
        (
            "list-type=2&delimiter=%2F&encoding-type=url",
            "NextContinuationToken",
            "continuation-token",
        ),
        (
            "list-type=2&prefix=b&delimiter=%2F",
            "NextContinuationToken",
            "continuation-token",
        ),
    ] {
        let whole = listed(&stage.send("GET", &format!("/box?{query}"), &[], b"").await);
        for most in 1..=4 {
            let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
            let mut after = String::new();
            loop {
                let target = format!("/box?{query}&max-keys={most}{after}");
                let answer = stage.send("GET", &target, &[], b"").await;
                let (found, common) = listed(&answer);
                assert!(found.len() + common.len() <= most);
                objects.extend(found);
                prefixes.extend(common);
                if answer.one("IsTruncated").as_deref() == Some("false") {
                    break;
                }
                let position = answer.one(next).unwrap();
                after = format!("&{parameter}={}", wire::percent::encode(&position));
            }
            assert_eq!((objects, prefixes), whole, "{query} {most}");
        }
    }
}

#[tokio::test]
async fn a_token_is_of_its_own_listing() {
    let stage = keys(&["a/1", "a/2", "b"]).await;
    stage.send("PUT", "/other", &[], b"").await.is(200, "");
    let first = stage
        .send("GET", "/box?list-type=2&max-keys=1&prefix=a", &[], b"")
        .await;
    let token = first.one("NextContinuationToken").unwrap();
    for (sentence, target) in [
        (
            "another bucket",
            format!("/other?list-type=2&prefix=a&continuation-token={token}"),
        ),
        (
            "another prefix",
            format!("/box?list-type=2&prefix=b&continuation-token={token}"),
        ),
        (
            "another delimiter",
            format!("/box?list-type=2&prefix=a&delimiter=%2F&continuation-token={token}"),
        ),
        (
            "not one at all",
            "/box?list-type=2&prefix=a&continuation-token=a%2F1".to_owned(),
        ),
    ] {
        let answer = stage.send("GET", &target, &[], b"").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (400, "InvalidArgument"),
            "{sentence}"
        );
        assert_eq!(
            answer.says, "The continuation token provided is incorrect",
            "{sentence}"
        );
    }
    let target = format!("/box?list-type=2&prefix=a&continuation-token={token}&start-after=z");
    let answer = stage.send("GET", &target, &[], b"").await;
    assert_eq!(
        answer.all("Key"),
        ["a/2"],
        "the token goes before `start-after`"
    );
}

#[tokio::test]
async fn names_are_encoded_when_asked() {
    let stage = keys(&["x/a b+c", "x/\u{1}\u{7f}&"]).await;
    let target = "/box?list-type=2&encoding-type=url&prefix=x%2F&start-after=x%2F%00&delimiter=%7C";
    let answer = stage.send("GET", target, &[], b"").await;
    assert_eq!(answer.all("Key"), ["x/%01%7F%26", "x/a+b%2Bc"]);
    for (element, value) in [
        ("Delimiter", "%7C"),
        ("StartAfter", "x/%00"),
        ("EncodingType", "url"),
    ] {
        assert_eq!(answer.one(element).as_deref(), Some(value), "{element}");
    }
    assert!(
        answer
            .text()
            .contains("<Name>box</Name><Prefix>x/</Prefix>")
    );
}

#[tokio::test]
async fn every_object_is_its_own_only_version() {
    let stage = keys(&["a", "b"]).await;
    let answer = stage
        .send("GET", "/box?versions&max-keys=1", &[], b"")
        .await;
    answer.is(200, "");
    assert!(
        answer
            .text()
            .contains("<Version><Key>a</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.one("NextKeyMarker").as_deref(), Some("a"));
    assert_eq!(answer.one("NextVersionIdMarker").as_deref(), Some("null"));
}

#[tokio::test]
async fn uploads_by_key_and_time() {
    let stage = Stage::new().await;
    let mut begun = Vec::new();
    for key in ["b", "a/1", "a/2", "b"] {
        let answer = stage
            .send("POST", &format!("/box/{key}?uploads"), &[], b"")
            .await;
        begun.push((key.to_owned(), answer.one("UploadId").unwrap()));
    }
    begun.sort();
    let pairs = |answer: &Answer| -> Vec<(String, String)> {
        answer
            .all("Key")
            .into_iter()
            .zip(answer.all("UploadId"))
            .collect()
    };
    let all = stage.send("GET", "/box?uploads", &[], b"").await;
    all.is(200, "");
    assert_eq!(pairs(&all), begun);
    assert!(all.text().contains("<Initiator><ID>arn:aws:iam::111122223333:role/writer</ID></Initiator><Owner><ID>111122223333</ID></Owner><StorageClass>STANDARD</StorageClass><Initiated>2023-11-14T22:13:20.000Z</Initiated>"));
    let folded = stage
        .send("GET", "/box?uploads&delimiter=%2F", &[], b"")
        .await;
    assert_eq!(folded.all("Key"), ["b", "b"]);
    assert!(
        folded
            .text()
            .contains("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>")
    );
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let answer = stage
            .send(
                "GET",
                &format!("/box?uploads&max-uploads=1{after}"),
                &[],
                b"",
            )
            .await;
        paged.extend(pairs(&answer));
        if answer.one("IsTruncated").as_deref() == Some("false") {
            break;
        }
        after = format!(
            "&key-marker={}&upload-id-marker={}",
            wire::percent::encode(&answer.one("NextKeyMarker").unwrap()),
            answer.one("NextUploadIdMarker").unwrap()
        );
    }
    assert_eq!(paged, begun);
}

/// Whoever asks for no encoding gets a document that no parser reads as another key.
#[tokio::test]
async fn names_that_xml_does_not_carry_are_numbered() {
    let stage = keys(&["\u{1}", "\u{7f}\r&"]).await;
    let answer = stage.send("GET", "/box?list-type=2", &[], b"").await;
    assert_eq!(answer.all("Key"), ["&#x1;", "&#x7F;&#13;&amp;"]);
}

//! CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, ListBuckets.

use catalog::s3::ListBuckets;
use policy::AccountId;

use super::super::{OwnBucket, list_buckets};
use super::{Stage, ask, call};

#[tokio::test]
async fn a_bucket_from_first_to_last() {
    let stage = Stage::new().await;
    let made = stage.send("PUT", "/other", &[], b"").await;
    made.is(200, "");
    assert_eq!(made.header("location"), Some("/other"));
    // Whose it is, is the ledger's; at the store it is there or not.
    stage.send("PUT", "/other", &[], b"").await.is(200, "");
    let head = stage.send("HEAD", "/other", &[], b"").await;
    head.is(200, "");
    assert_eq!(head.header("x-amz-bucket-region"), Some("us-east-1"));
    assert_eq!(head.header("x-amz-access-point-alias"), Some("false"));
    stage.send("PUT", "/other/k", &[], b"x").await.is(200, "");
    stage
        .send("DELETE", "/other", &[], b"")
        .await
        .is(409, "BucketNotEmpty");
    stage.send("DELETE", "/other/k", &[], b"").await.is(204, "");
    // An open upload does not keep a bucket: it goes with it.
    stage
        .send("POST", "/other/k?uploads", &[], b"")
        .await
        .is(200, "");
    stage.send("DELETE", "/other", &[], b"").await.is(204, "");
    for (method, target) in [
        ("HEAD", "/other"),
        ("DELETE", "/other"),
        ("GET", "/other?location"),
        ("GET", "/other?list-type=2"),
        ("GET", "/other?uploads"),
        ("GET", "/other/k"),
        ("PUT", "/other/k"),
        ("POST", "/other/k?uploads"),
        ("DELETE", "/other/k"),
    ] {
        let answer = stage.send(method, target, &[], b"").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (404, "NoSuchBucket"),
            "{method} {target}"
        );
    }
}

#[tokio::test]
async fn a_bucket_is_where_it_was_asked_for() {
    let stage = Stage::new().await;
    for (region, constraint) in [("us-east-1", ""), ("eu-west-1", "eu-west-1")] {
        let mut asked = ask(call("GET", "/box?location", &[], b""));
        asked.context.region = region.to_owned();
        let answer = stage.answer(asked, None).await;
        answer.is(200, "");
        assert!(
            answer.text().ends_with(&format!(
                "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{constraint}</LocationConstraint>"
            )),
            "{}",
            answer.text()
        );
    }
}

fn buckets(list: &ListBuckets) -> Result<String, String> {
    let owner = AccountId::parse("111122223333").unwrap();
    let own = ["b2", "a1", "b1", "c1"]
        .into_iter()
        .map(|name| OwnBucket { name, created: 0 });
    list_buckets(&owner, own, list, "us-east-1")
        .map(|reply| String::from_utf8(reply.body).unwrap())
        .map_err(|fault| fault.code.into_owned())
}

#[test]
fn own_buckets_in_order_by_prefix_and_page() {
    let names = |list: &ListBuckets| -> Vec<String> {
        buckets(list)
            .unwrap()
            .split("<Name>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    };
    let all = ListBuckets::default();
    assert_eq!(names(&all), ["a1", "b1", "b2", "c1"]);
    assert!(!buckets(&all).unwrap().contains("ContinuationToken"));
    let b = ListBuckets {
        prefix: "b".to_owned(),
        most: Some(1),
        ..all.clone()
    };
    assert_eq!(names(&b), ["b1"]);
    let text = buckets(&b).unwrap();
    assert!(
        text.contains("<BucketRegion>us-east-1</BucketRegion>")
            && text.contains("<Prefix>b</Prefix>")
    );
    let token = text
        .split("<ContinuationToken>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let next = ListBuckets {
        token: Some(token.to_owned()),
        ..b.clone()
    };
    assert_eq!(names(&next), ["b2"]);
    assert!(!buckets(&next).unwrap().contains("ContinuationToken"));
    let other = ListBuckets {
        token: Some(token.to_owned()),
        ..all.clone()
    };
    assert_eq!(
        buckets(&other).unwrap_err(),
        "InvalidArgument",
        "a token of another listing"
    );
    let first = buckets(&ListBuckets {
        most: Some(1),
        ..all.clone()
    });
    let first = first.unwrap();
    let token = first.split("ContinuationToken>").nth(1).unwrap();
    let rest = ListBuckets {
        token: token.strip_suffix("</").map(str::to_owned),
        ..all.clone()
    };
    assert_eq!(names(&rest), ["b1", "b2", "c1"]);
    assert!(buckets(&rest).unwrap().contains("<BucketRegion>"));
    let elsewhere = ListBuckets {
        region: Some("eu-west-1".to_owned()),
        ..all
    };
    assert_eq!(names(&elsewhere), [""; 0]);
}

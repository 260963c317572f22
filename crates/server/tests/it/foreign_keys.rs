//! Keys that were not made here: what everybody tries first, `test` and `test`, and keys of AWS.

use crate::stage::{Credentials, Draft, Stage};

fn keys(id: &str) -> Credentials {
    Credentials {
        id: id.to_owned(),
        secret: "test".to_owned(),
        token: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_none_of_ours_are_unknown_in_each_services_words() {
    let stage = Stage::new().await;
    let secret = "wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY";
    for id in [
        "test",
        "minioadmin",
        "foo-bar",
        "AKIAIOSFODNN7EXAMPLE",
        "",
        secret,
    ] {
        let by = keys(id);
        for form in [
            "Action=GetCallerIdentity&Version=2011-06-15",
            "Action=ListRoles&Version=2010-05-08",
        ] {
            let service = if form.contains("2011") { "sts" } else { "iam" };
            let answer = stage.send(&Draft::form(service, form, &by)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (403, "InvalidClientTokenId"),
                "{id}: {}",
                answer.text
            );
            assert_eq!(
                answer.element("Message"),
                "The security token included in the request is invalid."
            );
        }
        let answer = stage.send(&Draft::s3("GET", "/", b"", &by)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "InvalidAccessKeyId"),
            "{id}: {}",
            answer.text
        );
        let kept = stage
            .control("GET", "/decisions/latest-denial", "")
            .await
            .json()["cause"]
            .clone();
        let told = (!id.is_empty() && id != secret).then_some(id);
        assert_eq!(
            kept,
            serde_json::json!({ "cause": "foreign-key", "accessKeyId": told }),
            "a secret in an id's place is not told"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_credential_at_all_is_still_called_malformed() {
    let stage = Stage::new().await;
    let good = Draft::s3("GET", "/", b"", &keys("test"));
    let seal = good
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap()
        .1
        .clone();
    for spoilt in [
        seal.replace("/aws4_request", ""),
        seal.replace("/us-east-1/", "/US/"),
    ] {
        let answer = stage
            .send(&good.clone().header("authorization", &spoilt))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "AuthorizationHeaderMalformed"),
            "{}",
            answer.text
        );
    }
}

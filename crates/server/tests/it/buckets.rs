//! Buckets from one owner to the next: nothing of one arrives at, or is inherited by, another.

use crate::stage::{Credentials, Draft, Stage};
use crate::store_folder::{blobs, settled, stored};

#[tokio::test(flavor = "multi_thread")]
async fn uploads_belong_to_their_key_and_any_key_has_room() {
    let stage = Stage::new().await;
    let started = stage
        .send(&Draft::s3(
            "POST",
            "/reports/big?uploads",
            b"",
            &stage.reader,
        ))
        .await;
    let id = started.element("UploadId").to_owned();
    assert!(!id.is_empty(), "{}", started.text);
    let part = |key: &str| {
        Draft::s3(
            "PUT",
            &format!("/{key}?partNumber=1&uploadId={id}"),
            b"part",
            &stage.root,
        )
    };
    assert_eq!(
        stage.send(&part("payroll/other")).await.code(),
        "NoSuchUpload"
    );
    assert_eq!(
        stage.send(&part("reports/other")).await.code(),
        "NoSuchUpload"
    );
    assert_eq!(stage.send(&part("reports/big")).await.status, 200);
    for (target, status, code) in [
        ("/reports/q1.csv/inside".to_owned(), 200, ""),
        (format!("/reports/{}", "k".repeat(1_024)), 200, ""),
        (
            format!("/reports/{}", "k".repeat(1_025)),
            400,
            "KeyTooLongError",
        ),
        ("/nowhere/x".to_owned(), 404, "NoSuchBucket"),
    ] {
        let answer = stage
            .send(&Draft::s3("PUT", &target, b"x", &stage.root))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{target}: {}",
            answer.text
        );
    }
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/reports", b"", &stage.root))
            .await
            .code(),
        "BucketNotEmpty"
    );
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/reports", b"", &stage.root))
            .await
            .status,
        200,
        "one's own once more, in us-east-1"
    );
    assert_eq!(stored(&stage, "reports", &stage.root).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_52_a_slow_body_never_arrives_in_the_next_owners_bucket() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let call = |method: &'static str, target: String, by: &Credentials| {
        let (stage, draft) = (&stage, Draft::s3(method, &target, b"", by));
        async move {
            let answer = stage.send(&draft).await;
            (answer.status, answer.code().to_owned())
        }
    };
    assert_eq!(call("PUT", "/swap".to_owned(), &stage.root).await.0, 200);
    let started = stage
        .send(&Draft::s3("POST", "/swap/big?uploads", b"", &stage.root))
        .await;
    let id = started.element("UploadId").to_owned();
    for target in [
        "/swap/evil".to_owned(),
        format!("/swap/big?partNumber=1&uploadId={id}"),
    ] {
        let slow = stage
            .halt(&Draft::s3("PUT", &target, &[b'x'; 1000], &stage.root))
            .await;
        assert_eq!(
            call("DELETE", "/swap".to_owned(), &stage.root).await,
            (409, "OperationAborted".to_owned()),
            "{target}"
        );
        // Whoever may not act learns nothing of who is at work.
        assert_eq!(
            call("DELETE", "/swap".to_owned(), &their_root).await,
            (403, "AccessDenied".to_owned())
        );
        assert_eq!(
            call("PUT", "/swap".to_owned(), &their_root).await,
            (409, "BucketAlreadyExists".to_owned())
        );
        // Strangers, and others in the bucket, go on.
        assert_eq!(
            call("PUT", "/swap/other".to_owned(), &stage.root).await.0,
            200
        );
        assert_eq!(
            call("DELETE", "/swap/other".to_owned(), &stage.root)
                .await
                .0,
            204
        );
        assert_eq!(call("PUT", "/theirs".to_owned(), &their_root).await.0, 200);
        assert_eq!(
            call("DELETE", "/theirs".to_owned(), &their_root).await.0,
            204
        );
        assert_eq!(slow.go_on().await.status, 200, "{target}");
    }
    assert_eq!(
        call("DELETE", "/swap/evil".to_owned(), &stage.root).await.0,
        204
    );
    assert_eq!(call("DELETE", "/swap".to_owned(), &stage.root).await.0, 204);
    assert_eq!(call("PUT", "/swap".to_owned(), &their_root).await.0, 200);
    assert!(stored(&stage, "swap", &their_root).await.is_empty());
    for (method, target) in [
        ("PUT", "/swap/evil".to_owned()),
        ("PUT", format!("/swap/big?partNumber=2&uploadId={id}")),
        ("DELETE", "/swap".to_owned()),
    ] {
        assert_eq!(
            call(method, target.clone(), &stage.root).await,
            (403, "AccessDenied".to_owned()),
            "{target}"
        );
    }
    assert!(
        stage
            .send(&Draft::s3("GET", "/", b"", &their_root))
            .await
            .text
            .contains("<Name>swap</Name>")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_lets_go_of_the_bucket() {
    let stage = Stage::new().await;
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/left", b"", &stage.root))
            .await
            .status,
        200
    );
    let slow = stage
        .halt(&Draft::s3("PUT", "/left/x", &[b'x'; 1000], &stage.root))
        .await;
    drop(slow);
    for _ in 0..1_500 {
        if stage
            .send(&Draft::s3("DELETE", "/left", b"", &stage.root))
            .await
            .status
            == 204
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the bucket is held by nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_bucket_outlives_it() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let kept = stage
        .send(&Draft::s3("POST", "/reports/big?uploads", b"", &stage.root))
        .await
        .element("UploadId")
        .to_owned();
    let before = blobs(&stage);
    let long = vec![b'x'; 20_000];
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/swap", b"", &stage.root))
            .await
            .status,
        200
    );
    let id = stage
        .send(&Draft::s3("POST", "/swap/big?uploads", b"", &stage.root))
        .await
        .element("UploadId")
        .to_owned();
    let part = |bucket: &str, id: &str, by| {
        Draft::s3(
            "PUT",
            &format!("/{bucket}/big?partNumber=1&uploadId={id}"),
            &long,
            by,
        )
    };
    assert_eq!(
        stage.send(&part("swap", &id, &stage.root)).await.status,
        200
    );
    let copy = [("x-amz-copy-source", "/reports/q1.csv")];
    let copied = stage
        .send(&Draft::signed(
            "PUT",
            "/swap/copy",
            "s3",
            &copy,
            b"",
            None,
            &stage.root,
        ))
        .await;
    assert_eq!(copied.status, 200, "{}", copied.text);
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/swap/copy", b"", &stage.root))
            .await
            .status,
        204
    );
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/swap", b"", &stage.root))
            .await
            .status,
        204
    );
    // The parts and the copy are gone, other buckets' are not.
    settled(&stage, before).await;
    for by in [&their_root, &stage.root] {
        assert_eq!(
            stage.send(&Draft::s3("PUT", "/swap", b"", by)).await.status,
            200
        );
        assert_eq!(
            stage.send(&part("swap", &id, by)).await.code(),
            "NoSuchUpload"
        );
        assert_eq!(
            stage
                .send(&Draft::s3("DELETE", "/swap", b"", by))
                .await
                .status,
            204
        );
    }
    assert_eq!(
        stage
            .send(&part("reports", &kept, &stage.root))
            .await
            .status,
        200
    );
}

/// The ledger is older than the store: a backup of one file was put back.
#[tokio::test(flavor = "multi_thread")]
async fn objects_that_nobody_owns_are_nobodys_to_inherit() {
    let stage = Stage::new().await;
    let kept = stage.folder.path().join("kept.redb");
    let stage = stage
        .restarted(|state| assert!(std::fs::copy(state.join("state.redb"), &kept).is_ok()))
        .await;
    for target in ["/left", "/left/x", "/empty"] {
        let put = Draft::s3("PUT", target, b"", &stage.root);
        assert_eq!(stage.send(&put).await.status, 200, "{target}");
    }
    let stage = stage
        .restarted(|state| assert!(std::fs::copy(&kept, state.join("state.redb")).is_ok()))
        .await;
    let create = |name: &str| Draft::s3("PUT", name, b"", &stage.root);
    for _ in 0..2 {
        let refused = stage.send(&create("/left")).await;
        assert_eq!(refused.code(), "BucketAlreadyExists", "{}", refused.text);
    }
    assert_eq!(stage.send(&create("/empty")).await.status, 200);
}

/// Both accounts remove and create one bucket at once: whoever is told that it is made has it.
#[tokio::test(flavor = "multi_thread")]
async fn attack_52_a_delete_never_takes_the_next_owners_bucket() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let [create, delete] =
        ["PUT", "DELETE"].map(|method| Draft::s3(method, "/race", b"", &stage.root));
    let [theirs, remove] =
        ["PUT", "DELETE"].map(|method| Draft::s3(method, "/race", b"", &their_root));
    for _ in 0..20 {
        assert_eq!(stage.send(&create).await.status, 200);
        let many = async {
            let deletes = tokio::join!(
                stage.send(&delete),
                stage.send(&delete),
                stage.send(&delete),
                stage.send(&delete)
            );
            assert!(
                [&deletes.0, &deletes.1, &deletes.2, &deletes.3]
                    .iter()
                    .any(|answer| answer.status == 204)
            );
        };
        let made = async {
            for _ in 0..1000 {
                if stage.send(&theirs).await.status == 200 {
                    return;
                }
            }
            panic!("the name never became free");
        };
        tokio::join!(many, made);
        assert_eq!(stage.send(&create).await.code(), "BucketAlreadyExists");
        assert!(stored(&stage, "race", &their_root).await.is_empty());
        assert_eq!(stage.send(&remove).await.status, 204);
    }
}

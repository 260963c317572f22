//! Headers that say what is so anyway, and the check whose a bucket is.

use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_says_what_is_so_anyway_is_done_as_without_it() {
    let stage = Stage::new().await;
    let own = [
        ("x-amz-expected-bucket-owner", "000000000000"),
        ("x-amz-api-version", "2006-03-01"),
    ];
    let put = [
        own[0],
        own[1],
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-acl", "bucket-owner-full-control"),
    ];
    let copy = [
        own[0],
        put[2],
        ("x-amz-source-expected-bucket-owner", "000000000000"),
        ("x-amz-copy-source", "reports/kept"),
    ];
    let create = [
        own[1],
        ("x-amz-acl", "private"),
        ("x-amz-object-ownership", "BucketOwnerEnforced"),
    ];
    for (method, target, headers, body, status) in [
        ("PUT", "/reports/kept", &put[..], "kept", 200),
        ("GET", "/reports/kept", &own, "", 200),
        ("HEAD", "/reports", &own, "", 200),
        ("PUT", "/reports/copied", &copy, "", 200),
        ("PUT", "/one-more", &create, "", 200),
        ("DELETE", "/one-more", &own, "", 204),
        (
            "DELETE",
            "/reports/copied",
            &[own[0], ("x-amz-request-payer", "requester")],
            "",
            204,
        ),
    ] {
        let answer = stage
            .send(&Draft::signed(
                method,
                target,
                "s3",
                headers,
                body.as_bytes(),
                None,
                &stage.root,
            ))
            .await;
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.text);
    }
    let other = ("x-amz-expected-bucket-owner", "111111111111");
    for (method, target) in [
        ("GET", "/reports/kept"),
        ("DELETE", "/reports/kept"),
        ("DELETE", "/reports"),
        ("GET", "/reports"),
    ] {
        let answer = stage
            .send(&Draft::signed(
                method,
                target,
                "s3",
                &[other],
                b"",
                None,
                &stage.root,
            ))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "AccessDenied"),
            "{method} {target}: {}",
            answer.text
        );
    }
    for headers in [
        [
            copy[3],
            ("x-amz-source-expected-bucket-owner", "111111111111"),
        ],
        [copy[3], other],
    ] {
        let answer = stage
            .send(&Draft::signed(
                "PUT",
                "/reports/copied",
                "s3",
                &headers,
                b"",
                None,
                &stage.root,
            ))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "AccessDenied"),
            "{}",
            answer.text
        );
    }
    let answer = stage
        .send(&Draft::s3("GET", "/reports/copied", b"", &stage.root))
        .await;
    assert_eq!(answer.status, 404, "{}", answer.text);
}

/// An agent that cannot be read is an agent all the same: what a Deny says of some holds for it.
#[tokio::test(flavor = "multi_thread")]
async fn attack_62_an_agent_that_cannot_be_read_is_not_missing() {
    let stage = Stage::new().await;
    for (key, header) in [("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{{"StringLike":{{"{key}":"*evil*"}}}}}}]}}"#
        );
        let put = [
            ("RoleName", "reporting"),
            ("PolicyName", "no-evil"),
            ("PolicyDocument", policy.as_str()),
        ];
        assert_eq!(
            stage.iam("PutRolePolicy", &put, &stage.root).await.status,
            200
        );
        let long = format!("{}evil", "a".repeat(512));
        for (sentence, values, status) in [
            ("none", &[][..], 200),
            ("another", &["good"], 200),
            ("another beyond ASCII", &["g\u{f6}\u{f6}d"], 200),
            ("that one", &["evil"], 403),
            ("beyond ASCII", &["evil \u{e9}"], 403),
            ("after a long beginning", &[long.as_str()], 403),
            ("after another", &["good", "evil"], 403),
        ] {
            let mut draft = Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader);
            draft.headers.extend(
                values
                    .iter()
                    .map(|value| (header.to_owned(), (*value).to_owned())),
            );
            let answer = stage.send(&draft).await;
            assert_eq!(answer.status, status, "{key}, {sentence}: {}", answer.text);
        }
    }
}

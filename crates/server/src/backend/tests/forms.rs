//! PostObject.

use bytes::Bytes;

use super::{Stage, ask, upload};

/// A form as a browser sends it, decided over and answered.
async fn post(
    stage: &Stage,
    fields: &[(&str, &str)],
    range: std::ops::RangeInclusive<u64>,
    file: &'static [u8],
) -> super::Answer {
    use catalog::s3::{Detail, post::Reader, route};
    use wire::Head;

    let mut text = String::new();
    for (name, value) in fields {
        text.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    text.push_str(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\n",
    );
    let content_type = "multipart/form-data; boundary=x";
    let mut reader = Reader::new(content_type).unwrap();
    reader.push(text.as_bytes(), &mut |_: &[u8]| {}).unwrap();
    let headers = [
        ("host", b"s3.localhost".as_slice()),
        ("content-type", content_type.as_bytes()),
    ];
    let head = Head::read("POST", "/box", headers).unwrap();
    let mut call = route(&head, None)
        .unwrap()
        .post(reader.form().unwrap())
        .unwrap()
        .detail;
    let Detail::Post(detail) = &mut call.detail else {
        panic!("no form")
    };
    // As its policy says.
    detail.length = range;
    stage
        .answer(
            ask(call),
            Some(upload(vec![Bytes::from_static(file)], &[], None)),
        )
        .await
}

#[tokio::test]
async fn forms_are_answered_as_they_ask() {
    let stage = Stage::new().await;
    for (sentence, fields, status) in [
        ("nothing is asked", vec![], 204),
        ("200", vec![("success_action_status", "200")], 200),
        ("201", vec![("success_action_status", "201")], 201),
        (
            "what S3 has not",
            vec![("success_action_status", "404")],
            204,
        ),
    ] {
        let fields: Vec<_> = [
            ("key", "up/${filename}"),
            ("Content-Type", "text/x"),
            ("x-amz-meta-a", "1"),
        ]
        .into_iter()
        .chain(fields)
        .collect();
        let answer = post(&stage, &fields, 0..=99, b"hello").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, ""),
            "{sentence}"
        );
        assert_eq!(
            answer.header("etag"),
            Some("\"5d41402abc4b2a76b9719d911017c592\""),
            "{sentence}"
        );
        assert_eq!(
            answer.header("location"),
            Some("http://s3.localhost/box/up/f.txt"),
            "{sentence}"
        );
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>http://s3.localhost/box/up/f.txt</Location><Bucket>box</Bucket><Key>up/f.txt</Key><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag></PostResponse>";
        assert_eq!(
            answer.text(),
            if status == 201 { document } else { "" },
            "{sentence}"
        );
    }
    let read = stage.send("GET", "/box/up/f.txt", &[], b"").await;
    assert_eq!(
        (
            read.text(),
            read.header("content-type"),
            read.header("x-amz-meta-a")
        ),
        ("hello", Some("text/x"), Some("1"))
    );
}

#[tokio::test]
async fn attack_47_the_length_that_a_policy_allows_holds_while_a_form_streams() {
    let stage = Stage::new().await;
    for (sentence, range, status, code) in [
        ("in it", 5..=5, 204, ""),
        ("longer", 0..=4, 400, "EntityTooLarge"),
        ("shorter", 6..=9, 400, "EntityTooSmall"),
    ] {
        let key = if status == 204 { "in" } else { "out" };
        let answer = post(&stage, &[("key", key)], range, b"hello").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}"
        );
    }
    stage
        .send("GET", "/box/out", &[], b"")
        .await
        .is(404, "Missing");
}

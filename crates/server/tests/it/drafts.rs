//! Requests that are signed otherwise than a plain header over a plain body: for another host, in
//! the address, in chunks, in a form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigv4::SecretKey;
use sigv4::sign::{ChunkSigner, Request, authorization, payload_hash, post_signature, presigned};

use crate::stage::{Credentials, Draft};

/// Unix seconds.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

/// Signed for a host.
pub(crate) fn at_host(
    host: &str,
    (method, target): (&str, &str),
    more: &[(&str, &str)],
    body: &[u8],
    by: &Credentials,
) -> Draft {
    let (date, hash) = (sigv4::amz_date(now()), payload_hash(body));
    let mut headers = vec![
        ("host", host),
        ("x-amz-date", date.as_str()),
        ("x-amz-content-sha256", hash.as_str()),
    ];
    let token = by.token.as_deref();
    headers.extend(token.map(|token| ("x-amz-security-token", token)));
    headers.extend(more);
    let request = Request {
        method,
        target,
        headers: &headers,
        payload_hash: &hash,
    };
    let secret = SecretKey::new(by.secret.clone());
    let seal = authorization(&request, &by.id, &secret, "us-east-1", "s3").unwrap();
    headers.push(("authorization", &seal));
    let length = body.len().to_string();
    headers.push(("content-length", &length));
    plain((method, target), &headers, body)
}

/// Nothing is signed but what the target and the headers say.
pub(crate) fn plain(
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Draft {
    Draft {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_vec(),
    }
}

/// A target that is signed at `date` for so many seconds, with headers beside the host.
pub(crate) fn link(
    (method, target): (&str, &str),
    more: &[(&str, &str)],
    (date, expires): (i64, u32),
    by: &Credentials,
) -> String {
    let mut headers = vec![("host", "localhost")];
    headers.extend(more);
    let request = Request {
        method,
        target,
        headers: &headers,
        payload_hash: "UNSIGNED-PAYLOAD",
    };
    let date = sigv4::amz_date(date);
    presigned(
        &request,
        &by.id,
        &SecretKey::new(by.secret.clone()),
        by.token.as_deref(),
        ("us-east-1", "s3"),
        (&date, expires),
    )
    .unwrap()
}

/// A PUT whose body is to come in chunks of this kind; `body` makes it from what signs chunks.
pub(crate) fn in_chunks(
    target: &str,
    (kind, decoded): (&str, usize),
    more: &[(&str, &str)],
    by: &Credentials,
    body: impl FnOnce(&mut ChunkSigner) -> Vec<u8>,
) -> Draft {
    let decoded = decoded.to_string();
    let mut headers = vec![
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", decoded.as_str()),
    ];
    headers.extend(more);
    let draft = Draft::signed("PUT", target, "s3", &headers, b"", Some(kind), by);
    let value = |name: &str| {
        let found = draft.headers.iter().find(|(found, _)| found == name);
        found.unwrap().1.clone()
    };
    let secret = SecretKey::new(by.secret.clone());
    let mut signer =
        ChunkSigner::new(&value("authorization"), &value("x-amz-date"), &secret).unwrap();
    with_body(draft, body(&mut signer))
}

/// The same head before another body.
pub(crate) fn with_body(draft: Draft, body: Vec<u8>) -> Draft {
    let mut draft = draft.header("content-length", &body.len().to_string());
    draft.body = body;
    draft
}

/// The body in chunks of HTTP's own, a few bytes each.
pub(crate) fn in_http_chunks(mut draft: Draft) -> Draft {
    draft.headers.retain(|(name, _)| name != "content-length");
    let mut body = Vec::new();
    for piece in draft.body.chunks(100) {
        body.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    draft.body = body;
    draft.header("transfer-encoding", "chunked")
}

/// A browser's form to a bucket: its policy document's conditions, its fields beside those of the
/// signature, its file.
pub(crate) fn form(
    bucket: &str,
    (lifetime, conditions): (i64, serde_json::Value),
    fields: &[(&str, &str)],
    file: &[u8],
    by: Option<&Credentials>,
) -> Draft {
    let mut all: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    if let Some(by) = by {
        let date = sigv4::amz_date(now());
        let credential = format!("{}/{}/us-east-1/s3/aws4_request", by.id, &date[..8]);
        let mut signed = vec![
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", date.clone()),
        ];
        signed.extend(
            by.token
                .clone()
                .map(|token| ("x-amz-security-token", token)),
        );
        let mut conditions = conditions.as_array().unwrap().clone();
        for (name, value) in &signed {
            conditions.push(serde_json::json!({ *name: value }));
        }
        let document = serde_json::json!({
            "expiration": authority::iso8601(now() + lifetime),
            "conditions": conditions,
        });
        let policy = STANDARD.encode(document.to_string());
        let secret = SecretKey::new(by.secret.clone());
        let seal = post_signature(&policy, &date, &secret, "us-east-1").unwrap();
        all.extend(
            signed
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        all.push(("policy".to_owned(), policy));
        all.push(("x-amz-signature".to_owned(), seal));
    }
    let mut body = Vec::new();
    for (name, value) in &all {
        let part = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"table.csv\"\r\nContent-Type: text/csv\r\n\r\n",
    );
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    let length = body.len().to_string();
    let headers = [
        ("host", "localhost"),
        ("content-type", "multipart/form-data; boundary=frontier"),
        ("content-length", length.as_str()),
    ];
    plain(("POST", bucket), &headers, &body)
}

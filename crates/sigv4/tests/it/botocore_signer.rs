//! Requests, URLs and forms signed by botocore verify here; and a change to what was signed is
//! refused.

use std::process::Command;

use serde_json::Value;
use sigv4::{Payload, PostClaim, Refusal, SecretKey, sha256};

use crate::{NOW, SECRET, Sent};

const SCRIPT: &str = include_str!("botocore_signer.py");
/// How often each of the four kinds is generated.
const ROUNDS: &str = "150";

fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other} in base64"),
    };
    let text = text.trim_end_matches('=');
    let groups = text.as_bytes().chunks(4);
    groups
        .flat_map(|group| {
            let bits = group.iter().fold(0, |bits, byte| bits << 6 | digit(*byte));
            let bits = bits << (6 * (4 - group.len()));
            bits.to_be_bytes()[1..group.len()].to_vec()
        })
        .collect()
}

fn sent(case: &Value) -> Sent {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Sent {
        method: text(&case["method"]),
        target: text(&case["target"]),
        headers: case["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1])))
            .collect(),
    }
}

#[test]
fn what_botocore_signs_verifies() {
    let python = std::env::var("PODPASS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    // Older versions ask the clock themselves.
    let probe = Command::new(&python)
        .args(["-c", "from botocore.auth import get_current_datetime"])
        .output();
    if !probe.is_ok_and(|out| out.status.success()) {
        testkit::skip("botocore's signer (no python3 with botocore); aws-sigv4's runs");
        return;
    }
    let out = Command::new(&python)
        .args(["-c", SCRIPT, "7", ROUNDS])
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let text = String::from_utf8(out.stdout).unwrap();
    let (mut verified, mut lines) = ([0; 4], text.lines());
    let version: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    for line in lines {
        let case: Value = serde_json::from_str(line).unwrap();
        let (sent, body) = (sent(&case), base64(case["body"].as_str().unwrap()));
        let told = |refusal: Refusal| -> usize { panic!("botocore {version}: {refusal}: {line}") };
        let kind = match case["kind"].as_str().unwrap() {
            "s3" => header(&sent, &body).map_or_else(told, |()| 0),
            "sts" => query_service(&sent, &body).map_or_else(told, |()| 1),
            "presigned" => presigned(&sent).map_or_else(told, |()| 2),
            "post" => post(&sent).map_or_else(told, |()| 3),
            other => panic!("{other}"),
        };
        verified[kind] += 1;
    }
    assert_eq!(verified, [150; 4]);
}

fn header(sent: &Sent, body: &[u8]) -> Result<(), Refusal> {
    let (_, proof) = sent.verify(Payload::Declared, NOW)?;
    proof.whole(body)?;
    let longer = [body, b"x"].concat();
    assert_eq!(proof.whole(&longer).err(), Some(Refusal::BodyHash));
    let mut other = sent.clone();
    other.target.insert(1, 'x');
    assert_eq!(
        other.verify(Payload::Declared, NOW).err(),
        Some(Refusal::Mismatch)
    );
    Ok(())
}

fn query_service(sent: &Sent, body: &[u8]) -> Result<(), Refusal> {
    sent.verify(Payload::Buffered(sha256(body)), NOW)?;
    let longer = Payload::Buffered(sha256(&[body, b"x"].concat()));
    assert_eq!(sent.verify(longer, NOW).err(), Some(Refusal::Mismatch));
    Ok(())
}

fn presigned(sent: &Sent) -> Result<(), Refusal> {
    let (_, proof) = sent.verify(Payload::Declared, NOW)?;
    assert!(proof.is_unsigned());
    let mut other = sent.clone();
    other.target.push_str("&response-content-type=text%2Fhtml");
    assert_eq!(
        other.verify(Payload::Declared, NOW).err(),
        Some(Refusal::Mismatch)
    );
    let late = sent.verify(Payload::Declared, NOW + 604_801).err();
    assert!(matches!(late, Some(Refusal::Expired { .. })));
    Ok(())
}

fn post(sent: &Sent) -> Result<(), Refusal> {
    let secret = SecretKey::new(SECRET.to_owned());
    let read = |policy: Option<&'static str>| {
        PostClaim::read(|name| {
            let mut fields = sent.headers.iter();
            let field = fields.find(|(found, _)| found == name);
            match policy.filter(|_| name == "policy") {
                Some(policy) => Some(policy),
                None => field.map(|(_, value)| value.as_str()),
            }
        })
    };
    read(None)?.expect("a signature").verify(&secret, NOW)?;
    let other = read(Some("e30="))?
        .expect("a signature")
        .verify(&secret, NOW);
    assert_eq!(other.err(), Some(Refusal::Mismatch));
    Ok(())
}

//! Addresses that no request comes from.

use std::net::IpAddr;

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;

pub(super) const PRIVATE_SOURCE_IP: Rule = Rule {
    code: "private-source-ip",
    severity: Severity::Warning,
    summary: "`aws:SourceIp` is compared with a private range, and AWS sees public addresses only",
};

/// Access Analyzer, "Private IP address".
pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    let conditions = scene
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    for condition in conditions.filter(|condition| condition.is("aws:SourceIp")) {
        for value in condition
            .values
            .iter()
            .filter(|value| is_private(value.text))
        {
            let message = format!(
                "`{}` is private, and `aws:SourceIp` is the public address that AWS sees",
                value.text
            );
            findings.push(
                PRIVATE_SOURCE_IP
                    .at(value, message)
                    .fix("test `aws:VpcSourceIp` together with `aws:SourceVpc`"),
            );
        }
    }
}

fn is_private(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "128"));
    let length: u8 = length.parse().unwrap_or(128);
    match address.parse::<IpAddr>() {
        // A range that is wider than the private one has public addresses too.
        Ok(IpAddr::V4(v4)) => match v4.octets() {
            [10 | 127, ..] => length >= 8,
            [172, 16..=31, ..] => length >= 12,
            // RFC 1918, and RFC 3927 for link-local addresses.
            [192, 168, ..] | [169, 254, ..] => length >= 16,
            // Shared by carriers (RFC 6598): behind their translation, so never what AWS sees.
            [100, 64..=127, ..] => length >= 10,
            _ => false,
        },
        Ok(IpAddr::V6(v6)) => match v6.segments() {
            [0xfc00..=0xfdff, ..] => length >= 7,
            [0xfe80..=0xfebf, ..] => length >= 10,
            [0, 0, 0, 0, 0, 0, 0, 1] => length == 128,
            _ => false,
        },
        Err(_) => false,
    }
}

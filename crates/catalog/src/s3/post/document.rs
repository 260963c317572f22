//! The policy of a form: what its signer allows of the fields (S3 API reference, "POST Policy").

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy::json::{self, At, Node, Value};
use wire::S3Fault;

use super::form::Form;
use crate::names::BucketName;
use crate::s3::http_date;
use crate::unmapped::Unmapped;

/// A policy that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDocument {
    expiration: i64,
    conditions: Vec<Condition>,
    length: Option<RangeInclusive<u64>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    /// Whether the value only begins so.
    starts: bool,
    /// The field as it was written, without `$`.
    field: String,
    value: String,
}

impl PolicyDocument {
    /// Reads the field `policy`: JSON in base64.
    ///
    /// # Errors
    /// [`Unmapped`] for anything that is not understood.
    pub fn read(field: &str) -> Result<Self, Unmapped> {
        let bytes = STANDARD
            .decode(field)
            .map_err(|_| invalid("Invalid Base64 Encoding."))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| invalid("Invalid JSON."))?;
        // No name twice: two readers would hold different ones for the condition.
        let root =
            json::read(text, At { line: 1, column: 1 }).map_err(|_| invalid("Invalid JSON."))?;
        let Value::Object(members) = root.value else {
            return Err(invalid("Invalid JSON."));
        };
        let (mut expiration, mut conditions) = (None, None);
        for (_, name, node) in members {
            match (name.as_str(), node.value) {
                ("expiration", Value::Text(text)) => {
                    let at = iso8601(&text)
                        .ok_or_else(|| invalid(&format!("Invalid 'expiration' value: '{text}'")))?;
                    expiration = Some(at);
                }
                ("conditions", Value::List(list)) => conditions = Some(list),
                _ => return Err(invalid(&format!("Unexpected: '{name}'"))),
            }
        }
        let mut document = Self {
            expiration: expiration.ok_or_else(|| invalid("Policy missing expiration."))?,
            conditions: Vec::new(),
            length: None,
        };
        for node in conditions.ok_or_else(|| invalid("Policy missing conditions."))? {
            document.condition(node)?;
        }
        Ok(document)
    }

    fn condition(&mut self, node: Node) -> Result<(), Unmapped> {
        let unknown = || invalid("Invalid Condition.");
        match node.value {
            Value::Object(members) => {
                // `{"acl": "private"}` is `["eq", "$acl", "private"]`.
                for (_, field, node) in members {
                    let Value::Text(value) = node.value else {
                        return Err(invalid("Invalid Simple-Condition: value must be a string"));
                    };
                    self.conditions.push(Condition {
                        starts: false,
                        field,
                        value,
                    });
                }
                Ok(())
            }
            Value::List(list) => {
                let [operator, left, right] = <[Node; 3]>::try_from(list).map_err(|_| unknown())?;
                match (operator.value, left.value, right.value) {
                    (Value::Text(operator), Value::Text(field), Value::Text(value))
                        if matches!(operator.as_str(), "eq" | "starts-with") =>
                    {
                        let field = field.strip_prefix('$').ok_or_else(unknown)?.to_owned();
                        let starts = operator == "starts-with";
                        self.conditions.push(Condition {
                            starts,
                            field,
                            value,
                        });
                        Ok(())
                    }
                    (Value::Text(operator), from, to) if operator == "content-length-range" => {
                        let (from, to) = (
                            number(from).ok_or_else(unknown)?,
                            number(to).ok_or_else(unknown)?,
                        );
                        // Each one holds: of two the narrower.
                        let (low, high) = self.length.take().unwrap_or(0..=u64::MAX).into_inner();
                        self.length = Some(low.max(from)..=high.min(to));
                        Ok(())
                    }
                    _ => Err(unknown()),
                }
            }
            _ => Err(unknown()),
        }
    }

    /// Whether it allows the form, whose length is then bounded by it. The signature is to be
    /// verified before: who does not know it learns nothing of the policy.
    ///
    /// # Errors
    /// `AccessDenied` with S3's words for what it does not allow.
    pub fn check(&self, form: &mut Form, bucket: &BucketName, now: i64) -> Result<(), Unmapped> {
        if self.expiration <= now {
            return Err(denied("Policy expired."));
        }
        // "All variables within the form are expanded prior to validating the POST policy."
        let key = form.key()?;
        let value = |field: &str| match field {
            // The request's own, whatever a field of that name says.
            "bucket" => Some(bucket.as_str()),
            "key" => Some(key.as_str()),
            other => form.get(other),
        };
        for condition in &self.conditions {
            let field = condition.field.to_ascii_lowercase();
            if !value(&field).is_some_and(|value| condition.holds(&field, value)) {
                return Err(denied(&format!("Policy Condition failed: {condition}")));
            }
        }
        let covered = |name: &str| {
            self.conditions
                .iter()
                .any(|condition| condition.field.eq_ignore_ascii_case(name))
        };
        // The bucket is one of the fields, sent or not: a policy for none would be one for all.
        let names = std::iter::once("bucket").chain(form.iter().map(|(name, _)| name));
        let extra: Vec<&str> = names
            .filter(|name| !needs_no_condition(name) && !covered(name))
            .collect();
        if !extra.is_empty() {
            return Err(denied(&format!("Extra input fields: {}", extra.join(","))));
        }
        form.length.clone_from(&self.length);
        Ok(())
    }
}

/// "Each form field that you specify in a form (except x-amz-signature, file, policy, and field
/// names that have an x-ignore- prefix) must appear in the list of conditions."
fn needs_no_condition(name: &str) -> bool {
    matches!(name, "x-amz-signature" | "policy" | "file") || name.starts_with("x-ignore-")
}

impl Condition {
    fn holds(&self, field: &str, value: &str) -> bool {
        match (self.starts, field) {
            (false, _) => value == self.value,
            // "Content-Types values for a starts-with condition that include commas are
            // interpreted as lists. Each value in the list must meet the condition."
            (true, "content-type") => value
                .split(',')
                .all(|one| one.trim_start().starts_with(&self.value)),
            (true, _) => value.starts_with(&self.value),
        }
    }
}

/// As S3 shows it, in JSON.
impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = if self.starts { "starts-with" } else { "eq" };
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        write!(
            f,
            "[\"{operator}\", \"${}\", \"{}\"]",
            quoted(&self.field),
            quoted(&self.value)
        )
    }
}

/// A number, or a string of digits.
fn number(value: Value) -> Option<u64> {
    let (Value::Number(text) | Value::Text(text)) = value else {
        return None;
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `2030-12-01T12:00:00.000Z`, to the second.
fn iso8601(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let numbers = |text: &str, by: char, lengths: [usize; 3]| {
        let parts: Vec<&str> = text.split(by).collect();
        let [a, b, c] = <[&str; 3]>::try_from(parts).ok()?;
        let read = |text: &str, length: usize| {
            (digits(text) && text.len() == length)
                .then(|| text.parse::<i64>().ok())
                .flatten()
        };
        let [of_a, of_b, of_c] = lengths;
        Some((read(a, of_a)?, read(b, of_b)?, read(c, of_c)?))
    };
    let (year, month, day) = numbers(date, '-', [4, 2, 2])?;
    let (hour, minute, second) = numbers(clock, ':', [2, 2, 2])?;
    http_date::seconds((year, month, day), (hour, minute, second))
}

fn invalid(why: &str) -> Unmapped {
    Unmapped::Says(
        S3Fault::InvalidPolicyDocument,
        format!("Invalid Policy: {why}"),
    )
}

fn denied(why: &str) -> Unmapped {
    Unmapped::Says(
        S3Fault::AccessDenied,
        format!("Invalid according to Policy: {why}"),
    )
}

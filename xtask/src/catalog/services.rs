//! Services, actions, resource types and condition keys: from iam-data's files to our table, whose
//! lines `crates/catalog/src/aws/read.rs` reads and describes. What our table has no word for is an
//! error, never left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;

use super::pack::{Entry, pack};
use super::read::parse_file;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    name: String,
    access_level: String,
    resource_types: Vec<ActionResource>,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct ActionResource {
    name: String,
    required: bool,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceType {
    key: String,
    arn: String,
    #[serde(default)]
    condition_keys: Vec<String>,
}

#[derive(Clone, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    key: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What the whole table has.
#[derive(Default)]
struct Counts {
    actions: usize,
    resource_types: usize,
    keys: usize,
}

/// What it has, and its bytes.
pub(super) fn table(data: &Path, global: &[Key]) -> Result<(String, Vec<u8>), String> {
    let names: BTreeMap<String, String> = parse_file(&data.join("serviceNames.json"))?;
    let rcp: BTreeSet<String> = parse_file(&data.join("rcpSupportedServices.json"))?;
    let prefixes: BTreeSet<String> = parse_file(&data.join("services.json"))?;
    let mut entries = Vec::new();
    let mut strange = BTreeSet::new();
    let mut counts = Counts::default();
    for prefix in &prefixes {
        let name = names
            .get(prefix)
            .ok_or_else(|| format!("`{prefix}` has no name"))?;
        let read = |folder: &str| data.join(folder).join(format!("{prefix}.json"));
        let keys: BTreeMap<String, Key> = parse_file(&read("conditionKeys"))?;
        let text = service(
            format!(
                "{}\t{}\t{}\n",
                word(prefix)?,
                word(name)?,
                u8::from(rcp.contains(prefix))
            ),
            &keys,
            &parse_file(&read("resourceTypes"))?,
            &parse_file(&read("actions"))?,
            &mut counts,
        );
        entries.push(Entry {
            name: prefix.clone(),
            more: Vec::new(),
            text: text.map_err(|error| format!("{prefix}: {error}"))?,
        });
        let own = |key: &Key| {
            key.key
                .split_once(':')
                .is_some_and(|(of, _)| of.eq_ignore_ascii_case(prefix))
        };
        strange.extend(
            keys.into_values()
                .filter(|key| !own(key) && !key.key.starts_with("aws:")),
        );
    }
    entries.push(Entry {
        name: "*".to_owned(),
        more: Vec::new(),
        text: beside(global, &strange)?,
    });
    let what = format!(
        "{} services, {} actions, {} resource types, {} condition keys and {} global ones",
        prefixes.len(),
        counts.actions,
        counts.resource_types,
        counts.keys,
        global.len()
    );
    Ok((what, pack(entries)?))
}

/// The global keys, and those that some service knows under another's prefix.
fn beside(global: &[Key], strange: &BTreeSet<Key>) -> Result<String, String> {
    let mut text = String::new();
    for Key { key, kind } in global {
        // The global keys alone write `aws:RequestTag/tag-key`; services write
        // `aws:RequestTag/${TagKey}`.
        let key = key.replace("/tag-key", "/${TagKey}");
        text.push_str(&format!("{}\t{}\n", word(&key)?, key_type(kind)?));
    }
    text.push('\n');
    for Key { key, kind } in strange {
        text.push_str(&format!("{}\t{}\n", word(key)?, key_type(kind)?));
    }
    Ok(text)
}

/// All maps are by lower-case name.
fn service(
    mut text: String,
    keys: &BTreeMap<String, Key>,
    resource_types: &BTreeMap<String, ResourceType>,
    actions: &BTreeMap<String, Action>,
    counts: &mut Counts,
) -> Result<String, String> {
    let key_numbers: HashMap<&str, usize> = keys.keys().map(String::as_str).zip(0..).collect();
    let type_numbers: HashMap<&str, usize> =
        resource_types.keys().map(String::as_str).zip(0..).collect();
    let numbers = |names: &[String]| {
        let mut numbers = Vec::new();
        for name in names {
            let found = key_numbers.get(name.to_lowercase().as_str());
            numbers.push(
                *found.ok_or_else(|| format!("`{name}` is no condition key of the service"))?,
            );
        }
        numbers.sort_unstable();
        Ok::<_, String>(
            numbers
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(","),
        )
    };
    for Key { key, kind } in keys.values() {
        text.push_str(&format!("k\t{}\t{}\n", word(key)?, key_type(kind)?));
    }
    for ResourceType {
        key,
        arn,
        condition_keys,
    } in resource_types.values()
    {
        text.push_str(&format!(
            "r\t{}\t{}\t{}\n",
            word(key)?,
            word(arn)?,
            numbers(condition_keys)?
        ));
    }
    for action in actions.values() {
        let Action {
            name,
            access_level,
            resource_types,
            condition_keys,
            dependent_actions,
        } = action;
        let (level, keys, others) = (
            level(access_level)?,
            numbers(condition_keys)?,
            list(dependent_actions)?,
        );
        text.push_str(&format!("a\t{}\t{level}\t{keys}\t{others}", word(name)?));
        for (at, resource) in resource_types.iter().enumerate() {
            // The reference has a few rows twice.
            if resource_types
                .iter()
                .take(at)
                .any(|earlier| earlier == resource)
            {
                continue;
            }
            let ActionResource {
                name,
                required,
                condition_keys,
                dependent_actions,
            } = resource;
            let number = type_numbers.get(name.to_lowercase().as_str());
            let number =
                number.ok_or_else(|| format!("`{name}` is no resource type of the service"))?;
            let required = if *required { "!" } else { "" };
            text.push_str(&format!(
                "\t{number}{required};{};{}",
                numbers(condition_keys)?,
                list(dependent_actions)?
            ));
        }
        text.push('\n');
    }
    counts.actions += actions.len();
    counts.resource_types += resource_types.len();
    counts.keys += keys.len();
    Ok(text)
}

fn level(text: &str) -> Result<char, String> {
    Ok(match text {
        "List" => 'L',
        "Read" => 'R',
        "Write" => 'W',
        "Tagging, Write" => 'T',
        "Permissions management, Write" => 'P',
        other => return Err(format!("no letter for the access level `{other}`")),
    })
}

fn key_type(text: &str) -> Result<char, String> {
    Ok(match text {
        "String" => 's',
        "ArrayOfString" => 'S',
        "ARN" => 'a',
        "ArrayOfARN" => 'A',
        "Bool" => 'b',
        "ArrayOfBool" => 'B',
        "Numeric" => 'n',
        "Date" => 'd',
        "IPAddress" => 'i',
        other => return Err(format!("no letter for the type `{other}`")),
    })
}

/// A list of actions.
fn list(actions: &[String]) -> Result<String, String> {
    match actions
        .iter()
        .find(|action| action.contains([',', ';', '\t', '\n']))
    {
        Some(action) => Err(format!("`{action}` cannot be in a list")),
        None => Ok(actions.join(",")),
    }
}

/// A field of a line.
fn word(text: &str) -> Result<&str, String> {
    if text.is_empty() || text.contains(['\t', '\n', '\r']) {
        Err(format!("`{text}` cannot be a field"))
    } else {
        Ok(text)
    }
}

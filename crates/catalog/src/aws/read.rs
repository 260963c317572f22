//! From a service's text in the table to its value. `xtask/src/catalog/services.rs` writes the
//! text, a line each:
//!
//! ```text
//! PREFIX <tab> NAME <tab> 0 or 1 (resource control policies reach it)
//! k <tab> NAME <tab> TYPE                                     condition keys, below by their number from 0
//! r <tab> NAME <tab> ARN <tab> KEY,KEY                        resource types, below by their number from 0
//! a <tab> NAME <tab> LEVEL <tab> KEY,KEY <tab> ACTION,ACTION [<tab> RESOURCE[!];KEY,KEY;ACTION,ACTION]...    `!`: required
//! ```

use crate::aws::key::{ConditionKey, KeyType};
use crate::aws::service::{Action, ActionResource, Level, ResourceType, Service};

/// `None` for a text that is not understood to its end.
pub(super) fn service(text: &str) -> Option<Service> {
    let mut lines = text.lines();
    let mut head = lines.next()?.split('\t');
    let mut service = Service {
        prefix: head.next()?.to_owned(),
        name: head.next()?.to_owned(),
        rcp: head.next()? == "1",
        actions: Vec::new(),
        resource_types: Vec::new(),
        keys: Vec::new(),
    };
    for line in lines {
        match line.split_once('\t')? {
            ("k", rest) => service.keys.push(key(rest)?),
            ("r", rest) => service
                .resource_types
                .push(resource_type(rest, &service.keys)?),
            ("a", rest) => service.actions.push(action(rest, &service)?),
            // A line that is left out would be an action that policies cannot name, and nobody
            // would see it.
            _ => return None,
        }
    }
    Some(service)
}

/// The text after `k`, and every line of the keys that no service of their prefix has.
pub(super) fn key(text: &str) -> Option<ConditionKey> {
    let (name, kind) = text.split_once('\t')?;
    let kind = match kind {
        "s" => KeyType::String,
        "S" => KeyType::ArrayOfString,
        "a" => KeyType::Arn,
        "A" => KeyType::ArrayOfArn,
        "b" => KeyType::Bool,
        "B" => KeyType::ArrayOfBool,
        "n" => KeyType::Numeric,
        "d" => KeyType::Date,
        "i" => KeyType::IpAddress,
        _ => return None,
    };
    Some(ConditionKey {
        name: name.to_owned(),
        kind,
    })
}

fn resource_type(text: &str, keys: &[ConditionKey]) -> Option<ResourceType> {
    let mut fields = text.split('\t');
    let (name, arn) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    Some(ResourceType {
        name,
        arn,
        keys: names(fields.next()?, keys)?,
    })
}

fn action(text: &str, service: &Service) -> Option<Action> {
    let mut fields = text.split('\t');
    let name = fields.next()?.to_owned();
    let levels: &[Level] = match fields.next()? {
        "L" => &[Level::List],
        "R" => &[Level::Read],
        "W" => &[Level::Write],
        // Tagging and permissions management are ways of writing: who asks for writes wants to see
        // these too.
        "T" => &[Level::Tagging, Level::Write],
        "P" => &[Level::PermissionsManagement, Level::Write],
        _ => return None,
    };
    let keys = names(fields.next()?, &service.keys)?;
    let dependent_actions = list(fields.next()?).map(str::to_owned).collect();
    let resource_types = fields
        .map(|field| action_resource(field, service))
        .collect::<Option<_>>()?;
    Some(Action {
        name,
        levels,
        resource_types,
        keys,
        dependent_actions,
    })
}

fn action_resource(text: &str, service: &Service) -> Option<ActionResource> {
    let mut fields = text.split(';');
    let number = fields.next()?;
    let required = number.ends_with('!');
    let number: usize = number.trim_end_matches('!').parse().ok()?;
    Some(ActionResource {
        name: service.resource_types.get(number)?.name.clone(),
        required,
        keys: names(fields.next()?, &service.keys)?,
        dependent_actions: list(fields.next()?).map(str::to_owned).collect(),
    })
}

fn names(numbers: &str, keys: &[ConditionKey]) -> Option<Vec<String>> {
    list(numbers)
        .map(|number| Some(keys.get(number.parse::<usize>().ok()?)?.name.clone()))
        .collect()
}

/// The parts between commas; none in an empty text.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

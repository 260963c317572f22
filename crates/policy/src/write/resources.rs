//! `Resource` and `NotResource`: the star or an ARN, perhaps a short one.

use super::draft::{Checked, Draft, Item, Kind, LEGACY, SYNTAX, malformed};
use crate::malformed::Malformed;
use crate::pattern::ArnPattern;

const RESOURCES: &str = "Policy statement must contain resources.";
const VENDOR: &str = "Resource vendor must be fully qualified and cannot contain regexes.";
const PARTITIONS: [&str; 9] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "*",
];
/// As IAM lists them in its sentence.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];
/// What of S3 lives in a region, by the resource types of the service authorization reference.
const S3_IN_A_REGION: [&str; 6] = [
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
];

/// Looks at every ARN's form. What fails IAM's older parser is refused at once; the first other
/// fault is handed back, for IAM tells of it only after it has looked at Sids and actions.
pub(super) fn formats(drafts: &[Draft<'_>]) -> Result<Option<Malformed>, Malformed> {
    let mut found = None;
    for name in ["Resource", "NotResource"] {
        for draft in drafts {
            let items = draft.items(name);
            let faults = items
                .iter()
                .filter_map(|item| format_fault(item.text).map(|fault| (item, fault)));
            // Of several faults in one list IAM tells the one that comes first in the alphabet.
            if let Some((Item { text: _, at, path }, (message, because))) =
                faults.min_by_key(|(item, _)| item.text)
            {
                found.get_or_insert(malformed(message, path.as_str(), *at, because));
            }
            if found.is_none() {
                items.iter().try_for_each(legacy)?;
            }
        }
    }
    Ok(found)
}

/// IAM's sentence and ours.
fn format_fault(text: &str) -> Option<(String, String)> {
    let no_arn = || {
        let because =
            format!("`{text}` is not an ARN: six parts separated by colons, `arn` the first");
        Some((
            format!("Resource {text} must be in ARN format or \"*\"."),
            because,
        ))
    };
    if text == "*" {
        return None;
    }
    let Some((arn, rest)) = text.split_once(':') else {
        return no_arn();
    };
    let (partition, rest) = rest
        .split_once(':')
        .map_or((rest, None), |(partition, rest)| (partition, Some(rest)));
    if !PARTITIONS.contains(&partition) {
        let message = format!(
            "Partition \"{partition}\" is not valid for resource \"{}\".",
            padded(partition, rest.unwrap_or(""))
        );
        return Some((
            message,
            format!("`{partition}` is not a partition, such as `aws` or `aws-cn`"),
        ));
    }
    let Some(rest) = rest else {
        return Some((
            VENDOR.to_owned(),
            "the ARN ends before its service".to_owned(),
        ));
    };
    if arn != "arn" {
        return no_arn();
    }
    let (service, rest) = rest.split_once(':').unwrap_or((rest, ""));
    if service.contains(['*', '?']) && service != "*" {
        return Some((VENDOR.to_owned(), format!("`{service}` is not a service")));
    }
    let (region, rest) = rest
        .split_once(':')
        .map_or((rest, None), |(region, rest)| (region, Some(rest)));
    let id = rest
        .and_then(|rest| rest.split_once(':'))
        .map_or("", |(_, id)| id);
    // An ARN that ends before its region counts as one that has it, for what is missing is a star.
    let has_region = rest.is_none() || !region.is_empty();
    let because = || match rest {
        None => format!("`{text}` is a short ARN, which counts as one with any region"),
        Some(_) => format!("`{region}` is in a part that must be empty"),
    };
    match service {
        "iam" if has_region => Some((
            format!("IAM resource {text} cannot contain region information."),
            because(),
        )),
        "iam"
            if !matches!(id, "*" | "root")
                && !IAM_PATHS.iter().any(|path| id.starts_with(path)) =>
        {
            Some((
                format!(
                    "IAM resource path must either be \"*\" or start with {}.",
                    IAM_PATHS.join(", ")
                ),
                format!("`{id}` starts with none of these"),
            ))
        }
        "s3" if has_region && !S3_IN_A_REGION.iter().any(|kind| id.starts_with(kind)) => Some((
            format!("Resource {text} can not contain region information."),
            because(),
        )),
        _ => None,
    }
}

/// The ARN as IAM's sentence about its partition shows it: what is missing is a star.
fn padded(partition: &str, rest: &str) -> String {
    let mut parts = rest.splitn(4, ':');
    let service = parts
        .next()
        .filter(|service| !service.is_empty() || rest.contains(':'))
        .unwrap_or("*");
    let [region, account, id] =
        [parts.next(), parts.next(), parts.next()].map(|part| part.unwrap_or("*"));
    format!("arn:{partition}:{service}:{region}:{account}:{id}")
}

fn legacy(Item { text, at, path }: &Item<'_>) -> Checked {
    let short = text.matches(':').count() < 5;
    let because = if *text == "*" {
        return Ok(());
    } else if short && text.contains("::") {
        "an ARN has six parts; a short one has no empty part"
    } else if text.split(':').nth(2) == Some("") {
        "the ARN names no service"
    } else {
        return Ok(());
    };
    Err(malformed(
        LEGACY,
        path.as_str(),
        *at,
        format!("`{text}`: {because}"),
    ))
}

/// There is at least one. A resource policy may leave it out and means the resource that it hangs
/// on.
pub(super) fn present(draft: &Draft<'_>, kind: Kind) -> Checked {
    match draft.either("Resource", "NotResource") {
        None if kind == Kind::Resource => Ok(()),
        None => Err(malformed(
            RESOURCES,
            draft.path("Resource"),
            draft.at,
            "`Resource` is missing",
        )),
        Some((name, items)) if items.is_empty() => {
            let at = draft.get(name).map_or(draft.at, |node| node.at);
            Err(malformed(
                RESOURCES,
                draft.path(name),
                at,
                format!("`{name}` is empty"),
            ))
        }
        Some(_) => Ok(()),
    }
}

/// A trust policy has none.
pub(super) fn absent(draft: &Draft<'_>) -> Checked {
    let found = ["Resource", "NotResource"]
        .into_iter()
        .find_map(|name| draft.get(name).map(|node| (name, node)));
    found.map_or(Ok(()), |(name, node)| {
        Err(malformed(
            "Has prohibited field Resource",
            draft.path(name),
            node.at,
            "a trust policy belongs to its role, which is its resource",
        ))
    })
}

/// Ours: variables stand after the fifth colon and are well formed, else the statement could never
/// be evaluated as meant.
pub(super) fn variables(draft: &Draft<'_>) -> Checked {
    for Item { text, at, path } in draft
        .either("Resource", "NotResource")
        .map(|(_, items)| items)
        .unwrap_or_default()
    {
        if text.splitn(6, ':').take(5).any(|part| part.contains("${")) {
            return Err(malformed(
                SYNTAX,
                path,
                at,
                "policy variables are allowed after the fifth colon only",
            ));
        }
        ArnPattern::read(text, true, true)
            .map_err(|because| malformed(SYNTAX, path, at, because))?;
    }
    Ok(())
}

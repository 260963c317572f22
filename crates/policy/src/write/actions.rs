//! `Action` and `NotAction`: a service prefix, one colon, a name with wildcards; or the lone star.

use super::draft::{Checked, Draft, Item, SYNTAX, malformed};

const ACTIONS: &str = "Policy statement must contain actions.";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const ONE_COLON: &str = "Actions/Condition can contain only one colon.";
/// With two blanks, as IAM has it.
const TRUST: &str = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";

/// There is at least one.
pub(super) fn present(draft: &Draft<'_>) -> Checked {
    match draft.either("Action", "NotAction") {
        None => Err(malformed(
            ACTIONS,
            draft.path("Action"),
            draft.at,
            "`Action` is missing",
        )),
        Some((name, items)) if items.is_empty() => {
            let at = draft.get(name).map_or(draft.at, |node| node.at);
            Err(malformed(
                ACTIONS,
                draft.path(name),
                at,
                format!("`{name}` is empty"),
            ))
        }
        Some(_) => Ok(()),
    }
}

/// Every `Action` of the document has its prefix, then every `NotAction`.
pub(super) fn vendors(drafts: &[Draft<'_>]) -> Checked {
    let each = |name: &str| {
        drafts
            .iter()
            .flat_map(|draft| draft.items(name))
            .try_for_each(|item| vendor(&item))
    };
    each("Action")?;
    each("NotAction")
}

fn vendor(Item { text, at, path }: &Item<'_>) -> Checked {
    let refuse =
        |message: &str, because: String| Err(malformed(message, path.as_str(), *at, because));
    if *text == "*" {
        return Ok(());
    }
    if text.is_empty() {
        return refuse(VENDOR, "an action is empty".to_owned());
    }
    let (vendor, name) = text.split_once(':').unwrap_or(("", text));
    if vendor.is_empty() {
        return refuse(VENDOR, format!("`{text}` has no service prefix"));
    }
    if name.contains(':') {
        return refuse(ONE_COLON, format!("`{text}` has several"));
    }
    if !vendor
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
    {
        return refuse(
            &format!("Vendor {vendor} is not valid"),
            format!("`{text}`: a service prefix has letters, digits, `-` and `.` only"),
        );
    }
    Ok(())
}

/// What a trust policy can grant. All that STS has may be listed; only what assumes a role, or goes
/// with it, is ever asked.
pub(super) fn trusting(draft: &Draft<'_>) -> Checked {
    const KNOWN: [&str; 12] = [
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "DecodeAuthorizationMessage",
        "GetAccessKeyInfo",
        "GetCallerIdentity",
        "GetFederationToken",
        "GetServiceBearerToken",
        "GetSessionToken",
        "SetContext",
        "SetSourceIdentity",
        "TagSession",
    ];
    if let Some(node) = draft.get("NotAction") {
        return Err(malformed(
            TRUST,
            draft.path("NotAction"),
            node.at,
            "a trust policy lists what it grants",
        ));
    }
    for Item { text, at, path } in draft.items("Action") {
        let (vendor, name) = text.split_once(':').unwrap_or(("", text));
        if !vendor.eq_ignore_ascii_case("sts")
            || !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            return Err(malformed(
                TRUST,
                path,
                at,
                format!("`{text}` is not an action that a trust policy can allow"),
            ));
        }
    }
    Ok(())
}

/// Ours: IAM keeps a name such as `s3:GetObject ` that no action ever has. In a Deny that is a
/// hole, under `NotAction` a grant of everything.
pub(super) fn can_match(draft: &Draft<'_>) -> Checked {
    for Item { text, at, path } in draft
        .either("Action", "NotAction")
        .map(|(_, items)| items)
        .unwrap_or_default()
    {
        let name = text.split_once(':').map_or(text, |(_, name)| name);
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?' | '-' | '_' | '.'))
        {
            return Err(malformed(
                SYNTAX,
                path,
                at,
                format!("`{text}` can never match an action"),
            ));
        }
    }
    Ok(())
}

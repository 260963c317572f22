//! AWS's managed policies, by ARN. Who reads one unpacks its block only, and the texts
//! that the documents share; `xtask/src/catalog/managed.rs` writes both.

use crate::aws::pack::{Entry, Pack, Unpacked};

static TABLE: &[u8] = include_bytes!("../../data/managed.bin");
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];
/// The entry with the texts that occur in several documents, as JSON between the quotes, a line
/// each.
const WORDS: &str = "*";
/// Written in a packed document before the number of such a text. No JSON has it.
const WORD: char = '\u{1}';

/// A managed policy, in its default version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// The name, such as `AmazonS3ReadOnlyAccess`.
    pub name: String,
    /// `/`, or a path such as `/service-role/`.
    pub path: String,
    /// The version, such as `v12`.
    pub version: String,
    /// The document, as it is in the partition `aws`.
    pub document: String,
}

/// A managed policy without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicyName {
    /// The name.
    pub name: String,
    /// `/`, or a path such as `/service-role/`.
    pub path: String,
    /// The version.
    pub version: String,
}

/// The managed policy of an ARN such as `arn:aws:iam::aws:policy/service-role/AWSLambdaRole`: name
/// and path to the letter. The table has the documents of the partition `aws`. ARNs of `aws-cn` and
/// `aws-us-gov` find those that name no ARN: what they name in `aws` would grant nothing there, and
/// worse, deny nothing.
pub fn managed_policy(arn: &str) -> Option<ManagedPolicy> {
    find(TABLE, arn)
}

/// The names of all managed policies, sorted. This unpacks no document.
pub fn managed_policies() -> Vec<ManagedPolicyName> {
    names(TABLE)
}

/// All managed policies with their documents, sorted by name: some three megabytes.
pub fn all_managed_policies() -> Vec<ManagedPolicy> {
    all(TABLE)
}

fn find(table: &[u8], arn: &str) -> Option<ManagedPolicy> {
    let rest = arn.strip_prefix("arn:")?;
    let resource = PARTITIONS.iter().find_map(|partition| {
        rest.strip_prefix(partition)?
            .strip_prefix(":iam::aws:policy")
    })?;
    let (folder, name) = resource.rsplit_once('/')?;
    let pack = Pack::open(table)?;
    let entry = pack.find(name)?;
    if named(entry)?.path.strip_suffix('/') != Some(folder) {
        return None;
    }
    let words = unpack_words(&pack)?;
    let policy = read(
        entry,
        &pack.unpack(entry.block)?,
        &words.lines().collect::<Vec<_>>(),
    )?;
    let elsewhere = !rest.starts_with("aws:");
    Some(policy).filter(|policy| !(elsewhere && policy.document.contains("arn:aws:")))
}

fn names(table: &[u8]) -> Vec<ManagedPolicyName> {
    Pack::open(table)
        .map(|pack| pack.entries.iter().filter_map(named).collect())
        .unwrap_or_default()
}

fn all(table: &[u8]) -> Vec<ManagedPolicy> {
    let Some(pack) = Pack::open(table) else {
        return Vec::new();
    };
    let Some(words) = unpack_words(&pack) else {
        return Vec::new();
    };
    let words: Vec<&str> = words.lines().collect();
    let blocks: Vec<Option<Unpacked>> =
        (0..pack.blocks()).map(|block| pack.unpack(block)).collect();
    let policy = |entry: &Entry| read(entry, blocks.get(entry.block)?.as_ref()?, &words);
    pack.entries.iter().filter_map(policy).collect()
}

/// What the index says; `None` for the entry of the words, which has neither path nor version.
fn named(entry: &Entry) -> Option<ManagedPolicyName> {
    let [path, version] = entry.more.as_slice() else {
        return None;
    };
    Some(ManagedPolicyName {
        name: entry.name.clone(),
        path: path.clone(),
        version: version.clone(),
    })
}

fn unpack_words(pack: &Pack<'_>) -> Option<String> {
    let words = pack.find(WORDS)?;
    Some(pack.unpack(words.block)?.text(words)?.to_owned())
}

fn read(entry: &Entry, block: &Unpacked, words: &[&str]) -> Option<ManagedPolicy> {
    let ManagedPolicyName {
        name,
        path,
        version,
    } = named(entry)?;
    Some(ManagedPolicy {
        name,
        path,
        version,
        document: spell_out(block.text(entry)?, words)?,
    })
}

/// Puts the texts back in the place of their numbers.
fn spell_out(packed: &str, words: &[&str]) -> Option<String> {
    let mut pieces = packed.split(WORD);
    let mut document = pieces.next()?.to_owned();
    for piece in pieces {
        let digits = piece
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(piece.len());
        let (number, rest) = piece.split_at_checked(digits)?;
        let word = words.get(number.parse::<usize>().ok()?)?;
        document.extend(["\"", word, "\"", rest]);
    }
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::pack::{damaged, packed};

    #[test]
    fn a_damaged_table_has_less_and_never_anything_else() {
        let arn = "arn:aws:iam::aws:policy/service-role/A";
        let table = packed(&[
            ("*", &[], "Action\nx:\\\"y\n"),
            ("A", &["/service-role/", "v3"], "{\u{1}0:[\u{1}1,\"z\"]}"),
        ]);
        let whole = find(&table, arn).unwrap();
        assert_eq!(
            (
                whole.name.as_str(),
                whole.path.as_str(),
                whole.version.as_str()
            ),
            ("A", "/service-role/", "v3")
        );
        assert_eq!(whole.document, r#"{"Action":["x:\"y","z"]}"#);
        assert_eq!(names(&table).len(), 1);
        assert_eq!(all(&table), std::slice::from_ref(&whole));
        for table in damaged(&table) {
            assert!(find(&table, arn).is_none_or(|found| found == whole));
            assert!(names(&table).iter().all(|found| found.name == "A"));
            assert!(all(&table).iter().all(|found| *found == whole));
        }
    }

    #[test]
    fn a_number_without_text_spoils_the_document() {
        for (packed, expected) in [
            ("a", Some("a")),
            ("\u{1}0", Some("\"w\"")),
            ("[\u{1}0,\u{1}0]", Some("[\"w\",\"w\"]")),
            ("\u{1}1", None),
            ("\u{1}", None),
            ("\u{1}x", None),
            ("\u{1}99999999999999999999999", None),
        ] {
            assert_eq!(spell_out(packed, &["w"]).as_deref(), expected, "{packed:?}");
        }
    }
}

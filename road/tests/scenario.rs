//! A scenario as it is written: `scenario.yaml`, which says how it differs from `base.yaml`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One scenario. What is absent is the base's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// What it shows.
    pub(crate) sentence: String,
    /// Seconds that pass between exchange and request.
    #[serde(default)]
    pub(crate) later: i64,
    /// IAM calls by root, in order, before anything else: operation and parameters.
    pub(crate) account: Vec<Map<String, Value>>,
    /// Buckets by name, with the account that owns them.
    pub(crate) buckets: BTreeMap<String, String>,
    /// What is told of buckets, in order, by root of their owners, before anything else.
    #[serde(default)]
    pub(crate) configure: Vec<Configure>,
    /// The objects that there are, `BUCKET/KEY`, with their tags; where it is absent whichever is
    /// asked for is there, without tags.
    pub(crate) objects: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Whether the anonymous are answered.
    #[serde(default)]
    pub(crate) anonymous: bool,
    /// Kubernetes YAML.
    pub(crate) cluster: String,
    pub(crate) pod: Who,
    pub(crate) token: TokenFacts,
    pub(crate) exchange: BTreeMap<String, String>,
    /// IAM calls by root between exchange and request.
    #[serde(default)]
    pub(crate) meanwhile: Vec<Map<String, Value>>,
    /// AssumeRole calls after the exchange, in order, each by the session before; the last session
    /// makes the request.
    #[serde(default)]
    pub(crate) assume: Vec<BTreeMap<String, String>>,
    pub(crate) request: Option<Request>,
    pub(crate) expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Who {
    pub(crate) namespace: String,
    pub(crate) service_account: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFacts {
    /// `local` or `foreign`.
    pub(crate) key: String,
    /// Claims beside `sub`, which is the pod's; null removes one.
    pub(crate) claims: Map<String, Value>,
}

/// What is told of a bucket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configure {
    pub(crate) bucket: String,
    /// Whether public access is no longer blocked, so far as these elements say.
    pub(crate) public_access_block: Option<String>,
    /// Its policy.
    pub(crate) policy: Option<String>,
}

/// A signature in the query string.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Presigned {
    /// For so many seconds.
    pub(crate) expires: u32,
    /// So many seconds ago.
    pub(crate) age: i64,
}

/// A browser's form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Browser {
    /// The policy document that is signed.
    pub(crate) policy: Value,
    /// The fields, but for those of the signature.
    pub(crate) fields: Vec<(String, String)>,
    /// The file.
    pub(crate) file: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) target: String,
    /// Form of a query call.
    #[serde(default)]
    pub(crate) form: String,
    /// Headers that are signed; `host` is `localhost` unless one says otherwise.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Headers that are added after signing.
    #[serde(default)]
    pub(crate) unsigned: BTreeMap<String, String>,
    /// The region that is signed for; `us-east-1`, which the server is, when absent.
    pub(crate) region: Option<String>,
    /// Body of an S3 call.
    #[serde(default)]
    pub(crate) body: String,
    /// The body that is sent in place of the one that was signed.
    pub(crate) sent: Option<String>,
    /// Whose keys sign.
    #[serde(default)]
    pub(crate) signer: Signer,
    /// Whether the signature leaves the body out.
    #[serde(default)]
    pub(crate) unsigned_payload: bool,
    /// The signature stands in the query string.
    pub(crate) presigned: Option<Presigned>,
    /// The signature is of version 4A, and holds in this set of regions.
    pub(crate) region_set: Option<String>,
    /// It is a browser's form, and signed in its fields.
    pub(crate) browser: Option<Browser>,
    /// Where it is sent from; loopback when absent.
    pub(crate) from: Option<IpAddr>,
}

/// Whose keys sign a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Signer {
    /// The last session's.
    #[default]
    Session,
    /// The account's root.
    Root,
    /// The other account's root.
    OtherRoot,
    /// Keys that were not made here.
    Elsewhere,
    /// Nobody's.
    Nobody,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// `mutated`, or the reason why not.
    pub(crate) webhook: String,
    /// `admitted`, or AWS's code.
    pub(crate) exchange: String,
    /// `admitted`, or AWS's code, of the last AssumeRole that was tried; nothing where none was.
    pub(crate) assume: Option<String>,
    /// `permitted`, `permitted in part`, or AWS's code; nothing where the request was not made.
    pub(crate) gate: Option<String>,
    /// The link that the last record names.
    pub(crate) link: Option<String>,
}

/// The facts that every scenario starts from.
pub(crate) fn base() -> Value {
    let text = std::fs::read_to_string(root().join("base.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Every scenario and its folder, by name.
pub(crate) fn all() -> Vec<(PathBuf, Scenario)> {
    let base = base();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("scenario.yaml").exists())
        .collect();
    folders.sort();
    let read = |folder: PathBuf| {
        let text = std::fs::read_to_string(folder.join("scenario.yaml")).unwrap();
        let scenario =
            read(&base, &text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        (folder, scenario)
    };
    folders.into_iter().map(read).collect()
}

/// A scenario from what differs.
pub(crate) fn read(base: &Value, differs: &str) -> Result<Scenario, String> {
    let mut facts = base.clone();
    merge(
        &mut facts,
        serde_saphyr::from_str(differs).map_err(|error| error.to_string())?,
    );
    serde_json::from_value(facts).map_err(|error| error.to_string())
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                if value.is_null() && name == "request" {
                    base.insert(name, value);
                } else {
                    merge(base.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (base, over) => *base = over,
    }
}

//! JSON Patch (RFC 6902), only the `add` that the mutation needs, and its application.

use serde::Serialize;
use serde_json::Value;

use crate::objects::Pod;

/// An `add` operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    op: &'static str,
    /// JSON pointer; `-` at its end appends to a list.
    pub path: String,
    /// What is added.
    pub value: Value,
}

/// The patch does not fit the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchError {
    /// The path that is not there.
    pub path: String,
}

impl std::fmt::Display for PatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is not in the pod", self.path)
    }
}

impl std::error::Error for PatchError {}

impl Operation {
    pub(crate) fn add(path: impl Into<String>, value: Value) -> Self {
        Self {
            op: "add",
            path: path.into(),
            value,
        }
    }
}

pub(crate) fn apply(operations: &[Operation], pod: &Pod) -> Result<Pod, PatchError> {
    let mut json = pod.as_json().clone();
    for operation in operations {
        let missing = || PatchError {
            path: operation.path.clone(),
        };
        let (parent, last) = operation.path.rsplit_once('/').ok_or_else(missing)?;
        // RFC 6901 section 4, in its order: `~01` is `~1`, and not `/`.
        let last = last.replace("~1", "/").replace("~0", "~");
        match json.pointer_mut(parent).ok_or_else(missing)? {
            Value::Array(list) if last == "-" => list.push(operation.value.clone()),
            Value::Object(object) => drop(object.insert(last, operation.value.clone())),
            _ => return Err(missing()),
        }
    }
    Pod::from_json(json).ok_or_else(|| PatchError {
        path: "/spec".to_owned(),
    })
}

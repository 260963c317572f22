//! AWS's services, their actions, resource types and condition keys, and the managed policies: data
//! of the Service authorization reference, for those who check or list. It decides nothing.
//!
//! The tables lie compressed in `data/` (its README names their sources) and are unpacked block by
//! block, as they are asked for. A damaged block is one whose contents are not there: it is never a
//! panic, and a test says that ours are whole.

mod catalogue;
mod key;
mod managed;
mod pack;
mod read;
mod service;

pub use catalogue::Catalogue;
pub use key::{ConditionKey, KeyType};
pub use managed::{
    ManagedPolicy, ManagedPolicyName, all_managed_policies, managed_policies, managed_policy,
};
pub use service::{Action, ActionResource, Level, ResourceType, Service};

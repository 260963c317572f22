//! AWS's services, their actions, resource types and condition keys: data of the Service
//! authorization reference, for those who check or list. It decides nothing.
//!
//! The tables lie compressed in `data/` (its README names their sources) and are unpacked block by block, as they are
//! asked for. A damaged block is one whose contents are not there: it is never a panic, and a test says that ours are whole.

mod catalogue;
mod key;
mod pack;
mod read;
mod service;

pub use catalogue::Catalogue;
pub use key::{ConditionKey, KeyType};
pub use service::{Action, ActionResource, Level, ResourceType, Service};

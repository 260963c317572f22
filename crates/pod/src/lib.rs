//! The webhook's mutation: what an annotated pod is given when it is admitted. It knows no
//! policies, only the form of an ARN.
//!
//! The road through this crate: YAML -> [`manifest::read`] -> [`ServiceAccount`]s and [`Pod`]s ->
//! [`mutate`] -> the smallest [`Patch`] that hands the role and the token to the pod. The pod's
//! JSON is edited, never written anew.
//!
//! Names, annotations and defaults are those of the Amazon EKS pod identity webhook.

mod csv;
pub mod manifest;
mod mutate;
mod objects;
mod patch;
mod run_variables;
mod settings;

pub use mutate::{Grant, Mutation, Patch, Reason, Warning, mutate};
pub use objects::{Pod, ServiceAccount};
pub use patch::{Operation, PatchError};
pub use run_variables::{StandIn, is_ordinary, stand_in};
pub use settings::{SHORTEST_TOKEN, Settings};

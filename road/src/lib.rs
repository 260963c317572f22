//! Scenarios that walk the whole road on one set of facts; see `tests/road.rs` and the folders
//! beside it.

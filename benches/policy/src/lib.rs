//! Our engines and their peers over the same cases. A case is data; an engine turns it into a
//! closure that decides, with everything parsed before. `benches/engines.rs` checks the answers,
//! then takes the time.

pub mod cases;
pub mod engines;

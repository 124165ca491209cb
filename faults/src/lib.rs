//! The fault campaign: every fault of the list is injected into the transaction engine, and what came of it is counted.
//!
//! - `row`: what is counted
//! - `campaign`: running injections, and what counts as a failure
//! - `bench`: a chain, an endpoint, a ledger; `account`: what the chain shows when it is over
//! - `child`: the process that gets killed
//! - `rows`: the faults, by group
//! - `markdown`: the document made of it
//! - `simulation`: the whole engine in random weather, by seeds

mod account;
pub mod bench;
pub mod campaign;
pub mod child;
pub mod markdown;
pub mod row;
pub mod rows;
pub mod simulation;

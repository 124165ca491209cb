//! kill -9: at each named point of the engine's registry, at random times, and again and again.
//!
//! - `points`: the rows of the registry
//! - `stage`: what goes on around a process until it passes its point
//! - `first_schema`: a ledger as the first version of this program left it
//! - `runs`: a long run killed at random times, and one killed again and again
//!
//! A child that passes its point dies there by its own hand with SIGKILL; one that ends in any other way never reached the
//! point, and that fails the row. The rows are made from the registry's names, so that a point that nobody passes is found.

mod first_schema;
mod points;
mod runs;
mod stage;

use crate::{
    campaign::{Case, Spec},
    child::{End, Orders, Process},
};

pub(super) fn rows() -> Vec<Spec> {
    points::rows().into_iter().chain(runs::rows()).collect()
}

/// The next start, which has to bring everything to its end.
async fn finish(case: &Case, orders: &Orders) -> Result<(), String> {
    match Process::start(&case.program, orders, None)?.end().await? {
        (End::Done, _) => Ok(()),
        (end, heard) => Err(format!("the next start ended as {end:?}: {:?}", heard.last())),
    }
}

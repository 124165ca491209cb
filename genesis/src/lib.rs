//! The launch: profile, plan, apply, audit.
//!
//! - [`profile`] reads a network's figures, strictly; [`duration`] and [`problem`] are its grammar and its complaints.
//! - [`contracts`] are the five contracts, their addresses before and after; [`plan`] is the ordered list of steps.

pub mod contracts;
pub mod duration;
mod error;
mod gas;
pub mod plan;
pub mod problem;
pub mod profile;

pub use error::{GenesisError, PlanError};

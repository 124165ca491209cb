//! The launch: profile, plan, apply, audit.
//!
//! - [`profile`] reads a network's figures, strictly; [`duration`] and [`problem`] are its grammar and its complaints.
//! - [`contracts`] are the five contracts, their addresses before and after; [`plan`] is the ordered list of steps.
//! - [`apply`] carries a plan out, [`deployment`] finds what was carried out, [`audit`] compares it with the profile, [`book`]
//!   writes its addresses down.

pub mod apply;
pub mod audit;
pub mod book;
mod calls;
pub mod contracts;
pub mod deployment;
pub mod duration;
mod error;
mod facts;
mod gas;
mod look;
mod past;
pub mod plan;
pub mod problem;
pub mod profile;

pub use error::{GenesisError, PlanError};

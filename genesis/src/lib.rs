//! The launch: profile, plan, apply, audit.
//!
//! - [`profile`] reads a network's figures, strictly; [`duration`] and [`problem`] are its grammar and its complaints.

pub mod duration;
pub mod problem;
pub mod profile;

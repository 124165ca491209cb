//! The launch: profile, plan, apply, audit.
//!
//! - [`profile`] reads a network's figures, strictly; [`duration`] and [`problem`] are its grammar and its complaints.
//! - [`contracts`] are the contracts and their addresses; [`steps`] their order and with it the nonces; [`parameters`] what
//!   is set through the proxies; [`crowd`] what becomes of the crowd's part; [`plan`] is all of it, step by step.
//! - [`find`] finds where a genesis begins.
//! - [`apply`] carries a plan out, [`deployment`] finds what was carried out, [`audit`] compares it with the profile, [`book`]
//!   writes its addresses down.

pub mod apply;
pub mod audit;
pub mod book;
mod calls;
mod constructors;
pub mod contracts;
pub mod crowd;
pub mod deployment;
pub mod duration;
mod error;
mod facts;
pub mod find;
mod gas;
mod look;
pub mod parameters;
mod past;
pub mod plan;
pub mod problem;
pub mod profile;
pub mod steps;

pub use error::{GenesisError, PlanError};

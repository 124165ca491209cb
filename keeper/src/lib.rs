//! The standing jobs after launch.
//!
//! A job is level-triggered: it looks at the chain, decides what is due now, and does that; it remembers nothing of its own,
//! so it can be started at any time, by several people, and after any outage. Looking, deciding, trying and sending are
//! functions of their own, so that each can be shown without the next.
//!
//! - `vesting` releases what has vested of grants and what timelocks have let go.

pub mod vesting;

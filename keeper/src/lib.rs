//! The standing jobs after launch.
//!
//! A job is level-triggered: it looks at the chain, says what is due and why, and does that; it never acts on an event it
//! might have missed. `vesting` releases grants that have vested.

pub mod vesting;

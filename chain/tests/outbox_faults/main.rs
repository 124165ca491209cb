//! The outbox against an endpoint that lies, loses, forgets and reorganises.
//!
//! Three things are checked in every test: no bytes arrive that the journal does not hold; one payload has its effect at most
//! once; and every replacement keeps to geth's rule.

#[path = "../support/mod.rs"]
mod support;

mod adoption;
mod answers;
mod bench;
mod blocks;
mod cancel;
mod gaps;
mod kills;
mod limits;
mod queue;
mod rules;
mod strangers;

//! Everything that touches a chain.
//!
//! `rpc` reads, `outbox` sends (and nothing else does), `ledger` remembers, `signer` holds the keys, `embedded` is a chain
//! inside the process, `clock` is the journal's time, `dev` moves the clock of development chains, `gas` knows the rules of
//! the fork, `evidence` is how a check reports what it saw, `doctor` looks at all that a run depends on, `units` is where amounts enter and leave, `crash` is where the
//! fault campaign pulls the plug.

mod clock;
pub mod crash;
pub mod dev;
pub mod doctor;
pub mod embedded;
pub mod evidence;
pub mod files;
pub mod gas;
pub mod ledger;
pub mod outbox;
pub mod rpc;
pub mod signer;
pub mod units;

//! The outbox against anvil, an ordinary JSON-RPC endpoint that can be made to do extraordinary things.
//!
//! - `plain`: nothing special happens
//! - `upheaval`: reorganisations, dropped transactions, prices that jump, cut connections
//! - `restart`: anvil is killed and started again from the state it wrote last
//! - `bench`: what they share; every effect is counted on the chain, where each has to be found exactly once
//!
//! The seed of each test is printed; `TMINUS_ANVIL_SEED` repeats it.

#[path = "../support/mod.rs"]
mod support;

mod bench;
mod plain;
mod restart;
mod upheaval;

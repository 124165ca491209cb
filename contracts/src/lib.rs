//! The Solidity project and everything Rust knows about compiled code.
//!
//! `commitment` is what a distributor contract is bound to; `errors` puts reverts into words.

pub mod commitment;
pub mod errors;

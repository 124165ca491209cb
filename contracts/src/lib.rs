//! The Solidity project and everything Rust knows about compiled code.
//!
//! `compile` turns `contracts/solidity` into the committed files of `contracts/artifacts`; `solc` finds the compiler for it.
//! `artifact` and `bindings` are those files as Rust sees them, so that a Rust build needs no solc. `abi` writes
//! their ABIs for explorers and SDKs. `commitment` is what a distributor contract is bound to; `errors` puts reverts into
//! words.

pub mod abi;
pub mod artifact;
pub mod bindings;
pub mod commitment;
pub mod compile;
pub mod errors;
pub mod solc;

//! The airdrop: recipients, commitment, run, audit.
//!
//! The order of a distribution is the order of the modules:
//!
//! - `sample` writes a synthetic list to rehearse with;
//! - `recipients` reads a list, strictly, and holds it in its canonical form;
//! - `tree` commits to it: one Merkle root over fixed chunks, and range proofs from it.

pub mod recipients;
pub mod sample;
pub mod tree;

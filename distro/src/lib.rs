//! The airdrop: recipients, commitment, run, audit.
//!
//! The order of a distribution is the order of the modules:
//!
//! - `import` makes one strict list of whatever files the recipients came in;
//! - `amounts` divides a budget among balances by a policy;
//! - `sample` writes a synthetic list to rehearse with;
//! - `recipients` reads a list, strictly, and holds it in its canonical form;
//! - `tree` commits to it: one Merkle root over fixed chunks, and range proofs from it;
//! - `batch` chooses how many chunks a transaction pays under the rules of the fork;
//! - `plan` puts these together, and keeps list and commitment where they can be published, reviewed and verified again;
//! - `distributor` reads the contract: its facts, its done-bits, its accounting.
//!
//! `mine` is the other way to distribute, that of 2018: nobody is sent anything, everybody in a file may take the same.

pub mod amounts;
pub mod audit;
pub mod batch;
mod claims;
pub mod distributor;
pub mod import;
pub mod mine;
pub mod plan;
pub mod recipients;
pub mod run;
pub mod sample;
pub mod scanner;
pub mod status;
pub mod tree;

//! The distribution of 2018: a MerkleMine, from which every account of a file may take the same amount.
//!
//! Nothing is paid out here. The contract holds one root over a file of accounts, and each account (or, once the time for
//! it has come, anybody on its behalf) shows that it is in the file. What that takes:
//!
//! - `accounts` reads the file, strictly;
//! - `tree` makes the root and the proofs from it, and checks a proof as the contract does;
//! - `sample` makes a synthetic file to rehearse with;
//! - `contract` reads a MerkleMine, and `status` says how it stands against a file;
//! - `call` is what is sent with a proof, and `generate` sends it.
//!
//! The format has two weaknesses that cannot be mended without another root. A leaf carries no mark that tells it from a
//! node: harmless here, because a leaf is the hash of 20 bytes and a node that of 64. And an account's leaf binds neither
//! chain nor contract: whoever deploys a second MerkleMine with the same root lets the same proofs count there.

mod accounts;
mod call;
mod contract;
mod generate;
mod sample;
mod status;
mod tree;

pub use accounts::{Accounts, AccountsError, Fault, RECORD_BYTES};
pub use call::calldata;
pub use contract::{Facts, Generation, Mine};
pub use generate::{GenerateError, GenerateOptions, GenerateReport, Terms, check_mine, generate, key, terms};
pub use sample::sample;
pub use status::{Status, status};
pub use tree::{AccountTree, HASH_BYTES, root_from};

#[cfg(test)]
mod tests;

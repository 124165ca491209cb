//! What is sent to a MerkleMine.

use alloy::{
    primitives::{Address, Bytes},
    sol_types::SolCall,
};
use tminus_contracts::bindings::MerkleMine as abi;

/// The calldata that generates an account's allocation: what a wallet that signs elsewhere is given.
#[must_use]
pub fn calldata(account: Address, proof: &[u8]) -> Bytes {
    abi::generateCall { recipient: account, merkleProof: Bytes::copy_from_slice(proof) }.abi_encode().into()
}

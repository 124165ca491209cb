//! What is sent to a MerkleMine.

use alloy::{
    primitives::{Address, Bytes},
    sol,
    sol_types::SolCall,
};

sol! {
    /// Generates the allocation of an account of the tree.
    function generate(address recipient, bytes merkleProof) external;
}

/// The calldata that generates an account's allocation: what a wallet that signs elsewhere is given.
#[must_use]
pub fn calldata(account: Address, proof: &[u8]) -> Bytes {
    generateCall { recipient: account, merkleProof: Bytes::copy_from_slice(proof) }.abi_encode().into()
}

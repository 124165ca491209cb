//! The contract that counts: how often a call really had its effect, read from the state of the chain.
//!
//! It is there from the first block, at [`EFFECTS`]. Calldata is a 32-byte id, never zero, and anything after it; each call
//! adds one to the slot of that number and logs the id as the only topic. Calldata shorter than a word sets the switch, slot
//! 0, to its first byte: while the switch is not zero every counting call reverts. Ether is taken.
//!
//! ```text
//! 00  60 20     PUSH1 32          1a  5b        JUMPDEST        the switch is on
//! 02  36        CALLDATASIZE      1b  5f        PUSH0
//! 03  10        LT                1c  5f        PUSH0
//! 04  60 1e     PUSH1 1e          1d  fd        REVERT
//! 06  57        JUMPI             1e  5b        JUMPDEST        set the switch
//! 07  5f        PUSH0             1f  5f        PUSH0
//! 08  54        SLOAD             20  35        CALLDATALOAD
//! 09  60 1a     PUSH1 1a          21  60 f8     PUSH1 248
//! 0b  57        JUMPI             23  1c        SHR             the first byte
//! 0c  5f        PUSH0             24  5f        PUSH0
//! 0d  35        CALLDATALOAD      25  55        SSTORE
//! 0e  80        DUP1              26  00        STOP
//! 0f  80        DUP1
//! 10  54        SLOAD             id id count
//! 11  60 01     PUSH1 1
//! 13  01        ADD               id id count+1
//! 14  90        SWAP1
//! 15  55        SSTORE            id
//! 16  5f        PUSH0
//! 17  5f        PUSH0
//! 18  a1        LOG1              no data, topic id
//! 19  00        STOP
//! ```

use alloy::primitives::{Address, B256, Bytes, address, hex};

/// Where the contract is.
pub const EFFECTS: Address = address!("00000000000000000000000000000000000EFFEC");

/// Its code.
pub(crate) const CODE: [u8; 39] =
    hex!("60203610601e575f54601a575f3580805460010190555f5fa1005b5f5ffd5b5f3560f81c5f5500");

/// The calldata that counts `id` once.
///
/// # Panics
/// On the zero id, whose slot is the switch.
#[must_use]
pub fn call(id: B256) -> Bytes {
    assert!(!id.is_zero(), "the zero id is the switch");
    id.0.into()
}

/// The calldata that makes counting calls revert, or lets them through again.
#[must_use]
pub fn switch(reverts: bool) -> Bytes {
    vec![u8::from(reverts)].into()
}

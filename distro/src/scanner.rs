//! Many accounts in one call: a balance of each, or any other word that a getter has for an address.
//!
//! `eth_call` runs a small program in place of an account that has none (a state override of its code); nothing is deployed.
//! Its input is the contract and then words of a list as they are, its output an answer a word:
//!
//! ```text
//! calldata   0x00          0x20                 0x40
//!            +-------------+--------------------+--------------------+---
//!            | contract    | address ‖ anything | address ‖ anything | …
//!            +-------------+--------------------+--------------------+---
//! output     +-------------------+-------------------+---
//!            | answer            | answer            | …
//!            +-------------------+-------------------+---
//! ```
//!
//! A contract that fails or answers with less than a word makes the whole call revert: an answer is never guessed.
//!
//! ```text
//! at   code            instruction            stack afterwards, top first
//! 00   63 selector     PUSH4 selector         selector               of the getter
//! 05   60e0 1b 5f 52   SHL 224, MSTORE 0      -                  memory 00..04 = selector
//! 0a   60 20           PUSH1 32               i                  i = offset in calldata
//! 0c   5b              JUMPDEST   (next)      i
//! 0d   36 81 10 15     i < size, not          end?, i
//! 11   60 3b 57        JUMPI done             i
//! 14   80 35           CALLDATALOAD i         word, i
//! 16   60 60 1c        SHR 96                 address, i
//! 19   60 04 52        MSTORE 4               i                  memory 04..24 = address
//! 1c   60 20 81        PUSH1 32, DUP2         i, 32, i
//! 1f   60 20 01        ADD 32                 out, 32, i         out = i + 32
//! 22   60 24 5f        PUSH1 36, PUSH0        0, 36, out, 32, i
//! 25   5f 35 5a        contract, GAS          gas, contract, 0, 36, out, 32, i
//! 28   fa              STATICCALL             ok, i              memory out.. = answer
//! 29   3d 60 1f 10 16  and 31 < returned      good, i
//! 2e   60 34 57        JUMPI good             i
//! 31   5f 5f fd        REVERT
//! 34   5b              JUMPDEST   (good)      i
//! 35   60 20 01        ADD 32                 i
//! 38   60 0c 56        JUMP next              i
//! 3b   5b              JUMPDEST   (done)      i
//! 3c   60 20 90 03     i - 32                 size
//! 40   60 40 f3        RETURN 64, size                           the first answer is at 32 + 32
//! ```

use alloy::{
    eips::BlockId,
    network::TransactionBuilder,
    primitives::{Address, Bytes, U256, address},
    rpc::types::{
        TransactionRequest,
        state::{AccountOverride, StateOverride},
    },
    sol_types::SolCall,
};
use tminus_chain::rpc::{Rpc, RpcError};
use tminus_contracts::bindings::PlainERC20;

use crate::recipients::ENTRY_BYTES;

/// The program after the getter's selector.
const CODE: &[u8] = &alloy::hex!(
    "60e01b5f52" // memory 0 = selector
    "6020" // i = 32
    "5b36811015603b57" // while i < size
    "803560601c600452" // memory 4 = address
    "6020816020016024" "5f" "5f355afa" // staticcall
    "3d601f1016603457" "5f5ffd" // or revert
    "5b602001600c56" // i += 32
    "5b602090036040f3" // return
);
/// `PUSH4`, which puts the selector on the stack.
const PUSH4: u8 = 0x63;
/// Where it runs: an address nobody has the key of, without code on any chain.
const AT: Address = address!("0x7363616e6e6572206f662062616c616e63657300");
/// Accounts a call: about 3,000 gas each, which keeps it under the 50 million of gas that nodes lend to a call.
pub const BALANCES_A_CALL: usize = 8_192;

/// The balances of a token for words of a list, in their order, at a block; base units.
///
/// # Errors
/// [`RpcError`]; an endpoint without state overrides, or without that block's state, gives no answer.
pub async fn balances(rpc: &Rpc, token: Address, words: &[u8], at: BlockId) -> Result<Vec<U256>, RpcError> {
    answers::<PlainERC20::balanceOfCall>(rpc, token, words, at).await
}

/// What the getter `C` of a contract, which takes one address and returns one word, answers for words of a list, in their
/// order, at a block.
///
/// # Errors
/// As [`balances`].
pub(crate) async fn answers<C: SolCall>(
    rpc: &Rpc,
    contract: Address,
    words: &[u8],
    at: BlockId,
) -> Result<Vec<U256>, RpcError> {
    let code: Bytes = [&[PUSH4], &C::SELECTOR[..], CODE].concat().into();
    let mut answers = Vec::with_capacity(words.len() / ENTRY_BYTES);
    for part in words.chunks(BALANCES_A_CALL * ENTRY_BYTES) {
        let mut input = Vec::with_capacity(32 + part.len());
        input.extend_from_slice(contract.into_word().as_slice());
        input.extend_from_slice(part);
        let request = TransactionRequest::default().with_to(AT).with_input(input);
        let account = AccountOverride { code: Some(code.clone()), ..AccountOverride::default() };
        let overrides = StateOverride::from_iter([(AT, account)]);
        let output: Bytes = rpc.request("eth_call", (request, at, overrides)).await?;
        let (found, rest) = output.as_chunks::<32>();
        if found.len() != part.len() / ENTRY_BYTES || !rest.is_empty() {
            return Err(RpcError::NoAnswer {
                label: rpc.label().to_owned(),
                method: "eth_call",
                reason: format!(
                    "{} bytes instead of {} words of {}: the endpoint may not support state overrides",
                    output.len(),
                    part.len() / ENTRY_BYTES,
                    C::SIGNATURE,
                ),
            });
        }
        answers.extend(found.iter().map(|word| U256::from_be_bytes(*word)));
    }
    Ok(answers)
}

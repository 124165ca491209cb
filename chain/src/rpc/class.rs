//! What kind of question a JSON-RPC method is, which decides whom it goes to and how often. Pure.
//!
//! - **Any**: a read that one sound endpoint answers. Another is asked if it fails, and all again after a pause.
//! - **Quorum**: a read on which money hangs: how many transactions an account has sent, what is final, whether something was
//!   mined. Asked of all, merged by the rules of [`Vote`] (`vote`).
//! - **Send**: a signed transaction. To all at once, never repeated here: the outbox decides about the same bytes again.
//! - **Once**: everything that changes the state of a development chain, and every method that is not known here. One
//!   endpoint, one try.

use alloy::rpc::json_rpc::{RequestPacket, SerializedRequest};
use serde_json::Value;

/// The kind of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Any sound endpoint.
    Any,
    /// All sound endpoints, merged.
    Quorum(Vote),
    /// All sound endpoints at once, one try.
    Send,
    /// One endpoint, one try.
    Once,
}

/// How the answers of several endpoints become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vote {
    /// A count that only grows: the highest that a quorum has reached.
    Reached,
    /// The same from a quorum.
    Same,
    /// The highest block that a quorum has reached, with the same hash.
    FinalBlock,
    /// A block at a height: the same from a quorum where it is final, any before.
    BlockAt(u64),
    /// A count as of the final block.
    FinalCount,
    /// A count as of a height: the same from a quorum where it is final, any before.
    CountAt(u64),
    /// A receipt: one that is there comes before none, unless a quorum has none; none needs a quorum.
    Receipt,
    /// A receipt on which a quorum agrees. No method has this by itself; it is asked for.
    SameReceipt,
}

/// Reads that any endpoint answers, beside those that need more.
const READS: &[&str] = &[
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_config",
    "eth_createAccessList",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getBlockTransactionCountByHash",
    "eth_getBlockTransactionCountByNumber",
    "eth_getCode",
    "eth_getLogs",
    "eth_getProof",
    "eth_getStorageAt",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "eth_simulateV1",
    "eth_syncing",
    "net_version",
    "web3_clientVersion",
];

/// Reads whose answer may be null: there is no such thing.
const MAY_BE_NULL: &[&str] = &[
    "eth_config",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getBlockTransactionCountByHash",
    "eth_getBlockTransactionCountByNumber",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByHash",
    "eth_getTransactionReceipt",
];

/// Reads that may take an endpoint long.
const HEAVY: &[&str] =
    &["eth_call", "eth_createAccessList", "eth_estimateGas", "eth_getBlockReceipts", "eth_getLogs", "eth_simulateV1"];

/// The kind of one question.
pub(super) fn of(method: &str, params: impl FnOnce() -> Vec<Value>) -> Class {
    match method {
        "eth_sendRawTransaction" => Class::Send,
        "eth_getTransactionReceipt" => Class::Quorum(Vote::Receipt),
        "eth_getTransactionCount" => Class::Quorum(match block_of(params().get(1)) {
            Block::Latest => Vote::Reached,
            Block::Final => Vote::FinalCount,
            Block::Number(number) => Vote::CountAt(number),
            Block::Other => Vote::Same,
        }),
        "eth_getBlockByNumber" => {
            let params = params();
            match block_of(params.first()) {
                Block::Final => Class::Quorum(Vote::FinalBlock),
                // with whole transactions it is a search, whose finds are looked up again by what they are
                Block::Number(number) if params.get(1) != Some(&Value::Bool(true)) => {
                    Class::Quorum(Vote::BlockAt(number))
                }
                _ => Class::Any,
            }
        }
        _ if is_read(method) => Class::Any,
        _ => Class::Once,
    }
}

/// The kind of one serialized question.
pub(super) fn of_request(request: &SerializedRequest) -> Class {
    of(request.method(), || request.params().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default())
}

/// Whether a method only reads.
pub(super) fn is_read(method: &str) -> bool {
    READS.contains(&method)
}

/// Whether null is an answer.
pub(super) fn may_be_null(method: &str) -> bool {
    MAY_BE_NULL.contains(&method) || !is_read(method)
}

/// Whether an answer may take long.
pub(super) fn is_heavy(packet: &RequestPacket) -> bool {
    packet.requests().len() > 1 || packet.method_names().any(|method| HEAVY.contains(&method))
}

/// What a block parameter says.
enum Block {
    Latest,
    Final,
    Number(u64),
    Other,
}

fn block_of(param: Option<&Value>) -> Block {
    match param {
        None | Some(Value::Null) => Block::Latest,
        Some(Value::String(text)) => match text.as_str() {
            "latest" | "pending" => Block::Latest,
            "finalized" | "safe" => Block::Final,
            hex => hex
                .strip_prefix("0x")
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                .map_or(Block::Other, Block::Number),
        },
        Some(_) => Block::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn class(method: &str, params: Value) -> Class {
        of(method, || params.as_array().cloned().unwrap_or_default())
    }

    #[test]
    fn what_money_hangs_on_is_asked_of_all() {
        let count = |tag: Value| class("eth_getTransactionCount", json!(["0x00", tag]));
        assert_eq!(count(json!("latest")), Class::Quorum(Vote::Reached));
        assert_eq!(count(json!("pending")), Class::Quorum(Vote::Reached));
        assert_eq!(count(json!("finalized")), Class::Quorum(Vote::FinalCount));
        assert_eq!(count(json!("0x10")), Class::Quorum(Vote::CountAt(16)));
        assert_eq!(count(json!({ "blockHash": "0x00" })), Class::Quorum(Vote::Same));
        let block = |tag: Value, full: bool| class("eth_getBlockByNumber", json!([tag, full]));
        assert_eq!(block(json!("finalized"), false), Class::Quorum(Vote::FinalBlock));
        assert_eq!(block(json!("0x7"), false), Class::Quorum(Vote::BlockAt(7)));
        assert_eq!(block(json!("0x7"), true), Class::Any);
        assert_eq!(block(json!("latest"), false), Class::Any);
        assert_eq!(class("eth_getTransactionReceipt", json!(["0x00"])), Class::Quorum(Vote::Receipt));
    }

    #[test]
    fn what_changes_anything_is_asked_once() {
        assert_eq!(class("eth_sendRawTransaction", json!(["0x00"])), Class::Send);
        for method in
            ["eth_sendTransaction", "anvil_mine", "evm_increaseTime", "personal_unlock", "no_such", "eth_sign"]
        {
            assert_eq!(class(method, json!([])), Class::Once, "{method}");
        }
        assert_eq!(class("eth_call", json!([{}, "latest"])), Class::Any);
    }

    #[test]
    fn null_is_an_answer_only_where_something_may_not_exist() {
        assert!(may_be_null("eth_getTransactionReceipt") && may_be_null("anvil_mine"));
        assert!(!may_be_null("eth_getTransactionCount") && !may_be_null("eth_getLogs") && !may_be_null("eth_chainId"));
    }
}

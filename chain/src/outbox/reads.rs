//! What the outbox asks of the chain, in few requests.
//!
//! Many questions of a kind go out as one JSON-RPC batch. Receipts are read through a slim struct: a batch of transfers logs
//! thousands of events that nobody here looks at. An answer about something else than was asked is not used.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U64, U128, U256},
    rpc::json_rpc::{RpcRecv, RpcSend},
};
use serde::Deserialize;

use super::{
    classify::{Answer, classify},
    fees::{Market, market},
};
use crate::{
    ledger::ReceiptRow,
    rpc::{Rpc, RpcError},
};

/// Questions in one batch.
const BATCH: usize = 64;

/// A receipt without its logs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlimReceipt {
    transaction_hash: B256,
    block_number: Option<U64>,
    block_hash: Option<B256>,
    status: U64,
    gas_used: U64,
    effective_gas_price: U128,
    contract_address: Option<Address>,
}

#[derive(Debug, Deserialize)]
struct SlimBlock {
    number: U64,
    hash: B256,
}

#[derive(Debug, Deserialize)]
struct BlockOfHashes {
    number: U64,
    transactions: Vec<B256>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeeHistory {
    base_fee_per_gas: Vec<U256>,
    #[serde(default)]
    reward: Option<Vec<Vec<U256>>>,
}

/// Asks the same method about several things; answers come in the order of the questions.
pub(super) async fn each<P, R>(rpc: &Rpc, method: &'static str, questions: Vec<P>) -> Result<Vec<R>, RpcError>
where
    P: RpcSend + Clone,
    R: RpcRecv,
{
    let mut answers = Vec::with_capacity(questions.len());
    for some in questions.chunks(BATCH) {
        if let [one] = some {
            answers.push(rpc.request(method, one.clone()).await?);
        } else {
            answers.extend(rpc.batch(method, some.to_vec()).await?);
        }
    }
    Ok(answers)
}

/// Receipts by transaction hash; `None` for a transaction that is in no block.
pub(crate) async fn receipts(rpc: &Rpc, hashes: &[B256]) -> Result<Vec<Option<ReceiptRow>>, RpcError> {
    let questions = hashes.iter().map(|hash| (*hash,)).collect();
    let answers: Vec<Option<SlimReceipt>> = each(rpc, "eth_getTransactionReceipt", questions).await?;
    hashes.iter().zip(answers).map(|(hash, answer)| answer.map_or(Ok(None), |slim| read(rpc, *hash, slim))).collect()
}

/// The same, as far as a quorum of endpoints agrees.
pub(crate) async fn agreed_receipts(rpc: &Rpc, hashes: &[B256]) -> Result<Vec<Option<ReceiptRow>>, RpcError> {
    let answers: Vec<Option<SlimReceipt>> = rpc.agreed_receipts(hashes).await?;
    hashes.iter().zip(answers).map(|(hash, answer)| answer.map_or(Ok(None), |slim| read(rpc, *hash, slim))).collect()
}

fn read(rpc: &Rpc, asked: B256, slim: SlimReceipt) -> Result<Option<ReceiptRow>, RpcError> {
    if slim.transaction_hash != asked || slim.status > U64::ONE {
        return Err(RpcError::NoAnswer {
            label: rpc.label().to_owned(),
            method: "eth_getTransactionReceipt",
            reason: format!("a receipt that cannot be of {asked}"),
        });
    }
    let (Some(number), Some(block_hash)) = (slim.block_number, slim.block_hash) else { return Ok(None) };
    Ok(Some(ReceiptRow {
        block_number: number.to(),
        block_hash,
        gas_used: slim.gas_used.to(),
        gas_price: slim.effective_gas_price.to(),
        created: slim.contract_address,
        success: slim.status == U64::ONE,
    }))
}

/// The block hashes at some heights; `None` where the chain has no such block.
pub(crate) async fn hashes_at(rpc: &Rpc, heights: &[u64]) -> Result<Vec<Option<B256>>, RpcError> {
    let questions = heights.iter().map(|height| (U64::from(*height), false)).collect();
    let answers: Vec<Option<SlimBlock>> = each(rpc, "eth_getBlockByNumber", questions).await?;
    Ok(heights
        .iter()
        .zip(answers)
        .map(|(height, block)| Some(block.filter(|b| b.number.to::<u64>() == *height)?.hash))
        .collect())
}

/// The height of the `finalized` block.
pub(crate) async fn finalized(rpc: &Rpc) -> Result<u64, RpcError> {
    Ok(rpc.block(BlockNumberOrTag::Finalized).await?.number)
}

/// Transactions of an account as of the latest block.
pub(crate) async fn latest_nonce(rpc: &Rpc, signer: Address) -> Result<u64, RpcError> {
    rpc.nonce(signer, BlockId::latest()).await
}

/// The block in which `signer` used `nonce`, and the transactions in it. It is looked for backwards from `top`, a block at
/// which the nonce was used, in doubling steps and then by halves: recent state is what every endpoint has.
///
/// # Errors
/// An endpoint without the state or the block; nothing is proven then.
pub(crate) async fn block_using(
    rpc: &Rpc,
    signer: Address,
    nonce: u64,
    top: u64,
) -> Result<(u64, Vec<B256>), RpcError> {
    let used =
        |height: u64| async move { Ok::<_, RpcError>(rpc.nonce(signer, BlockId::number(height)).await? > nonce) };
    // used at `above`, not used at `below`; at the first block nothing is used but by a genesis that sends
    let first = rpc.first_number().await?;
    let (mut above, mut step) = (top, 1);
    let mut below = loop {
        let height = above.saturating_sub(step).max(first);
        if height == first || !used(height).await? {
            break height;
        }
        (above, step) = (height, step * 2);
    };
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if used(middle).await? {
            above = middle;
        } else {
            below = middle;
        }
    }
    let block: Option<BlockOfHashes> = rpc.request("eth_getBlockByNumber", (U64::from(above), false)).await?;
    match block.filter(|block| block.number == U64::from(above)) {
        Some(block) => Ok((above, block.transactions)),
        None => Err(RpcError::NoAnswer {
            label: rpc.label().to_owned(),
            method: "eth_getBlockByNumber",
            reason: format!("no block {above}"),
        }),
    }
}

/// Fees at the moment, from the last ten blocks.
pub(crate) async fn fees(rpc: &Rpc) -> Result<Market, RpcError> {
    let history: FeeHistory = rpc.request("eth_feeHistory", (U64::from(10), "latest", [20.0])).await?;
    let strange = || RpcError::NoAnswer {
        label: rpc.label().to_owned(),
        method: "eth_feeHistory",
        reason: "no base fee, or one past any reason".to_owned(),
    };
    let small = |value: &U256| u128::try_from(*value).map_err(|_| strange());
    let base_fees = history.base_fee_per_gas.iter().map(small).collect::<Result<Vec<_>, _>>()?;
    let tips = history.reward.unwrap_or_default();
    let tips = tips.iter().filter_map(|block| block.first()).map(small).collect::<Result<Vec<_>, _>>()?;
    market(&base_fees, &tips).ok_or_else(strange)
}

/// Hands a signed transaction to every endpoint; what their answers come to, and their words where none took it.
pub(crate) async fn send(rpc: &Rpc, raw: Bytes, hash: B256) -> (Answer, String) {
    let answers = rpc.send_raw(raw).await;
    let read = answers.into_iter().map(|(label, answer)| {
        let (answer, words) = read_answer(answer, hash);
        (label, answer, words)
    });
    merge_answers(read.collect())
}

fn read_answer(answer: Result<B256, RpcError>, hash: B256) -> (Answer, String) {
    match answer {
        Ok(answered) if answered == hash => (Answer::Accepted, String::new()),
        Ok(answered) => (Answer::Unknown, format!("the endpoint answered with another hash, {answered}")),
        Err(RpcError::Refused { message, .. }) => (classify(&message), message),
        // a revert is told by nodes that execute while they answer: it may be mined
        Err(error) => (Answer::Unknown, error.to_string()),
    }
}

/// What the answers of several endpoints to one send mean: the first of these that one of them gave. Taken by one is taken.
/// One of which nothing is known may have taken it. A used nonce is cleared up by receipts, too low a fee is raised, and what
/// may pass is waited for. It can never be valid only if all say so.
const WEIGHT: [Answer; 10] = [
    Answer::Accepted,
    Answer::Unknown,
    Answer::NonceTooLow,
    Answer::ReplacementUnderpriced,
    Answer::Underpriced,
    Answer::PoolFull,
    Answer::NoFunds,
    Answer::NonceTooHigh,
    Answer::OverEndpointCap,
    Answer::Invalid,
];

fn merge_answers(answers: Vec<(String, Answer, String)>) -> (Answer, String) {
    let said = |wanted: &Answer| answers.iter().any(|(_, answer, _)| answer == wanted);
    let merged = WEIGHT.into_iter().find(|answer| said(answer)).unwrap_or(Answer::Unknown);
    if merged == Answer::Accepted {
        return (merged, String::new());
    }
    if let [(_, _, words)] = &answers[..] {
        return (merged, words.clone());
    }
    let words = answers.into_iter().map(|(label, _, words)| format!("{label}: {words}")).collect::<Vec<_>>();
    (merged, words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_several_endpoints_become_one() {
        let merged = |answers: &[Answer]| {
            let named =
                answers.iter().enumerate().map(|(index, answer)| (index.to_string(), *answer, "words".to_owned()));
            merge_answers(named.collect()).0
        };
        assert_eq!(merged(&[Answer::Invalid, Answer::Unknown, Answer::Accepted]), Answer::Accepted);
        assert_eq!(merged(&[Answer::Invalid, Answer::Unknown]), Answer::Unknown, "it may have taken it");
        assert_eq!(merged(&[Answer::Invalid, Answer::PoolFull]), Answer::PoolFull);
        assert_eq!(merged(&[Answer::Invalid, Answer::Invalid]), Answer::Invalid);
        assert_eq!(merged(&[Answer::NonceTooHigh, Answer::NonceTooLow]), Answer::NonceTooLow);
        assert_eq!(merged(&[]), Answer::Unknown);
    }

    #[test]
    fn words_name_who_said_them_where_there_are_several() {
        let one = ("a".to_owned(), Answer::PoolFull, "txpool is full".to_owned());
        let other = ("b".to_owned(), Answer::Invalid, "oversized data".to_owned());
        assert_eq!(merge_answers(vec![one.clone()]).1, "txpool is full");
        assert_eq!(
            merge_answers(vec![one, other]),
            (Answer::PoolFull, "a: txpool is full; b: oversized data".to_owned())
        );
    }
}

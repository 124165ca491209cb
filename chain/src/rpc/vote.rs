//! How the answers of several endpoints to one question become one. Pure.
//!
//! What is unknown stays unknown: where a quorum has to say the same and does not, the outcome is a disagreement that names
//! who says what, or that too few answered; never the answer of whoever was first. A missing receipt is the most dangerous
//! answer of all (it is what makes a transaction look lost), so one that is there outweighs endpoints that do not have it
//! yet, unless those are a quorum, and none at all needs a quorum. One voice is enough to call something mined, never to call it final:
//! that takes [`Vote::SameReceipt`].

use alloy::{
    primitives::{B256, U256},
    rpc::json_rpc::ErrorPayload,
};
use serde_json::{Value, value::RawValue};

use super::class::Vote;

/// What one endpoint said to one question.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// A result, null perhaps.
    Value(Box<RawValue>),
    /// An error of its own.
    Refused(ErrorPayload),
    /// Nothing usable.
    Nothing,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The answer of the voice with this index holds.
    Take(usize),
    /// These voices contradict each other, with what each says.
    Disagree(Vec<(usize, String)>),
    /// Too few said anything that counts.
    Short,
}

/// Merges the voices, the best endpoint first. `quorum` is how many have to say the same.
pub(super) fn merge(vote: Vote, said: &[Said], quorum: usize) -> Outcome {
    match vote {
        Vote::Reached => reached(said, quorum),
        Vote::Receipt => receipt(said, quorum),
        Vote::SameReceipt => same(said, quorum, |value| Some(receipt_key(value).unwrap_or_default())),
        Vote::BlockAt(_) => same(said, quorum, block_key),
        Vote::Same | Vote::CountAt(_) | Vote::FinalCount => same(said, quorum, plain_key),
        Vote::FinalBlock => same(said, quorum, block_key),
    }
}

fn values(said: &[Said]) -> impl Iterator<Item = (usize, Value)> {
    said.iter().enumerate().filter_map(|(index, said)| match said {
        Said::Value(raw) => Some((index, serde_json::from_str(raw.get()).ok()?)),
        Said::Refused(_) | Said::Nothing => None,
    })
}

/// The highest count that `quorum` voices have reached: one that is behind says less, and one alone may say anything.
fn reached(said: &[Said], quorum: usize) -> Outcome {
    let counts = values(said).filter_map(|(index, value)| Some((number(&value)?, std::cmp::Reverse(index))));
    let mut counts: Vec<_> = counts.collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    match counts.get(quorum.saturating_sub(1)) {
        Some((_, index)) => Outcome::Take(index.0),
        None if counts.is_empty() => refused_by_all(said, quorum),
        None => Outcome::Short,
    }
}

/// The answer that `quorum` voices give, compared by what `key` makes of it; what has no key is no answer.
fn same(said: &[Said], quorum: usize, key: impl Fn(&Value) -> Option<String>) -> Outcome {
    let voices: Vec<_> = values(said).filter_map(|(index, value)| Some((index, key(&value)?))).collect();
    let backing = |key: &str| voices.iter().filter(|(_, other)| other == key).count();
    if let Some((index, _)) = voices.iter().find(|(_, key)| backing(key) >= quorum) {
        return Outcome::Take(*index);
    }
    match voices.split_first() {
        Some(((_, first), rest)) if rest.iter().any(|(_, key)| key != first) => Outcome::Disagree(voices),
        Some(_) => Outcome::Short,
        None => refused_by_all(said, quorum),
    }
}

/// Where nobody has a value and a quorum refuses: the first refusal.
fn refused_by_all(said: &[Said], quorum: usize) -> Outcome {
    let refusals = said.iter().enumerate().filter(|(_, said)| matches!(said, Said::Refused(_)));
    let indices: Vec<_> = refusals.map(|(index, _)| index).collect();
    match indices.first() {
        Some(first) if indices.len() >= quorum => Outcome::Take(*first),
        _ => Outcome::Short,
    }
}

fn receipt(said: &[Said], quorum: usize) -> Outcome {
    let voices: Vec<_> = values(said).map(|(index, value)| (index, receipt_key(&value), value)).collect();
    let there: Vec<_> = voices.iter().filter_map(|(index, key, value)| Some((*index, key.clone()?, value))).collect();
    if there.is_empty() {
        return match voices.first() {
            Some((index, ..)) if voices.len() >= quorum => Outcome::Take(*index),
            Some(_) => Outcome::Short,
            None => refused_by_all(said, quorum),
        };
    }
    let backing = |key: &str| there.iter().filter(|(_, other, _)| other == key).count();
    let missing = voices.iter().find(|(_, key, _)| key.is_none()).map(|(index, ..)| *index);
    if let Some(missing) = missing.filter(|_| voices.len() - there.len() >= quorum)
        && there.iter().all(|(_, key, _)| backing(key) < quorum)
    {
        return Outcome::Take(missing);
    }
    let most = there.iter().map(|(_, key, _)| backing(key)).max().unwrap_or(0);
    let Some((index, key, value)) = there.iter().find(|(_, key, _)| backing(key) == most) else {
        return Outcome::Short;
    };
    // one block cannot hold two outcomes: somebody lies, and a majority is needed to tell who
    let contradicted = there.iter().any(|(_, other, theirs)| other != key && theirs["blockHash"] == value["blockHash"]);
    if contradicted && most < quorum {
        return Outcome::Disagree(there.into_iter().map(|(index, key, _)| (index, key)).collect());
    }
    Outcome::Take(*index)
}

/// A quantity.
pub(super) fn number(value: &Value) -> Option<U256> {
    value.as_str()?.strip_prefix("0x").and_then(|digits| U256::from_str_radix(digits, 16).ok())
}

/// A value as it is compared: quantities by what they are, not by how they are written.
fn plain_key(value: &Value) -> Option<String> {
    Some(number(value).map_or_else(|| value.to_string(), |number| number.to_string()))
}

/// What a block is told by: its hash, and which transactions are in it. None is told by "no such block".
fn block_key(value: &Value) -> Option<String> {
    if value.is_null() {
        return Some("no such block".to_owned());
    }
    let hash: B256 = value["hash"].as_str()?.parse().ok()?;
    let transactions = value["transactions"].as_array().map_or(&[][..], Vec::as_slice);
    let hashes = transactions.iter().map(|one| one.as_str().or_else(|| one["hash"].as_str()));
    let hashes = hashes.collect::<Option<Vec<_>>>()?;
    Some(if hashes.is_empty() { hash.to_string() } else { format!("{hash} with {}", hashes.join(" ")) })
}

/// What a receipt is told by; `None` while it is in no block.
fn receipt_key(value: &Value) -> Option<String> {
    let hash: B256 = value["blockHash"].as_str()?.parse().ok()?;
    let quantity = |name: &str| number(&value[name]).map_or_else(|| "?".to_owned(), |number| number.to_string());
    Some(format!(
        "block {} ({hash}), status {}, gas {} at {}, created {}",
        quantity("blockNumber"),
        quantity("status"),
        quantity("gasUsed"),
        quantity("effectiveGasPrice"),
        value["contractAddress"].as_str().map_or_else(|| "nothing".to_owned(), str::to_lowercase),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(value: Value) -> Said {
        Said::Value(serde_json::value::to_raw_value(&value).unwrap())
    }

    fn refused() -> Said {
        Said::Refused(ErrorPayload { code: -32000, message: "no".into(), data: None })
    }

    fn count(count: u64) -> Said {
        value(json!(format!("{count:#x}")))
    }

    fn receipt_in(block: u8, status: &str) -> Said {
        value(
            json!({ "blockHash": B256::repeat_byte(block), "blockNumber": "0x1", "status": status, "gasUsed": "0x5208" }),
        )
    }

    #[test]
    fn the_highest_count_that_a_quorum_has_reached_wins() {
        let merge = |said: &[Said], quorum| merge(Vote::Reached, said, quorum);
        assert_eq!(merge(&[count(5), count(7), count(7)], 2), Outcome::Take(2));
        assert_eq!(merge(&[count(5), count(6), count(7)], 2), Outcome::Take(1));
        assert_eq!(merge(&[count(5), count(99), count(5)], 2), Outcome::Take(0), "one that lies is not believed");
        assert_eq!(merge(&[count(5), count(0), count(5)], 2), Outcome::Take(2), "one that is behind is not waited for");
        assert_eq!(merge(&[count(7), Said::Nothing, Said::Nothing], 2), Outcome::Short);
        assert_eq!(merge(&[count(7), count(9)], 1), Outcome::Take(1));
        assert_eq!(merge(&[value(json!("x")), Said::Nothing], 1), Outcome::Short);
        assert_eq!(merge(&[refused(), Said::Nothing], 1), Outcome::Take(0));
        assert_eq!(merge(&[refused(), Said::Nothing], 2), Outcome::Short);
    }

    #[test]
    fn the_same_is_needed_from_a_quorum() {
        let merge = |said: &[Said]| merge(Vote::CountAt(1), said, 2);
        assert_eq!(merge(&[count(5), count(7), count(7)]), Outcome::Take(1));
        assert_eq!(merge(&[value(json!("0x05")), count(5)]), Outcome::Take(0), "by what it is");
        let Outcome::Disagree(sides) = merge(&[count(5), count(7)]) else { panic!() };
        assert_eq!(sides, [(0, "5".to_owned()), (1, "7".to_owned())]);
        assert_eq!(merge(&[count(5), Said::Nothing]), Outcome::Short);
        assert_eq!(merge(&[count(5), refused(), refused()]), Outcome::Short, "one has it, which is no quorum");
        assert_eq!(merge(&[refused(), refused()]), Outcome::Take(0));
    }

    #[test]
    fn a_receipt_that_is_there_comes_before_none() {
        let merge = |said: &[Said]| merge(Vote::Receipt, said, 2);
        let none = || value(Value::Null);
        assert_eq!(merge(&[none(), receipt_in(1, "0x1")]), Outcome::Take(1));
        assert_eq!(merge(&[none(), none(), Said::Nothing]), Outcome::Take(0));
        assert_eq!(merge(&[receipt_in(1, "0x1"), none(), none()]), Outcome::Take(1), "one of three proves nothing");
        assert_eq!(merge(&[none(), receipt_in(1, "0x1"), none(), receipt_in(1, "0x1")]), Outcome::Take(1));
        assert_eq!(merge(&[none(), Said::Nothing]), Outcome::Short, "one that does not have it proves nothing");
        assert_eq!(merge(&[receipt_in(1, "0x1"), receipt_in(2, "0x1"), receipt_in(2, "0x1")]), Outcome::Take(1));
        assert!(matches!(merge(&[receipt_in(1, "0x1"), receipt_in(1, "0x0")]), Outcome::Disagree(_)));
        assert_eq!(merge(&[receipt_in(1, "0x1"), receipt_in(1, "0x0"), receipt_in(1, "0x0")]), Outcome::Take(1));
        let pending = value(json!({ "blockHash": null, "status": "0x1" }));
        assert_eq!(merge(&[pending, receipt_in(1, "0x1")]), Outcome::Take(1), "what is in no block is no receipt");
    }

    #[test]
    fn a_final_receipt_takes_two() {
        let merge = |said: &[Said]| merge(Vote::SameReceipt, said, 2);
        assert_eq!(merge(&[receipt_in(1, "0x1"), receipt_in(1, "0x1")]), Outcome::Take(0));
        assert!(matches!(merge(&[receipt_in(1, "0x1"), value(Value::Null)]), Outcome::Disagree(_)));
        assert_eq!(merge(&[receipt_in(1, "0x1"), Said::Nothing]), Outcome::Short);
    }

    #[test]
    fn blocks_are_told_apart_by_hash_and_content() {
        let block = |hash: u8, txs: &[u8]| {
            let txs: Vec<_> = txs.iter().map(|tx| B256::repeat_byte(*tx)).collect();
            value(json!({ "hash": B256::repeat_byte(hash), "transactions": txs, "size": hash }))
        };
        let merge = |said: &[Said]| merge(Vote::BlockAt(9), said, 2);
        assert_eq!(merge(&[block(1, &[3]), block(1, &[3])]), Outcome::Take(0));
        assert!(matches!(merge(&[block(1, &[3]), block(1, &[])]), Outcome::Disagree(_)));
        assert!(matches!(merge(&[block(1, &[]), value(Value::Null)]), Outcome::Disagree(_)));
        assert_eq!(merge(&[value(Value::Null), value(Value::Null)]), Outcome::Take(0));
    }

    proptest! {
        /// Fewer liars than a quorum never get their answer through where the same is needed.
        #[test]
        fn a_minority_never_wins(honest in 0u64..9, lies in prop::collection::vec(0u64..9, 0..3), silent in 0usize..3) {
            let quorum = lies.len() + 1;
            let mut said: Vec<Said> = lies.iter().map(|lie| count(*lie)).collect();
            said.extend((0..quorum).map(|_| count(honest)));
            said.extend((0..silent).map(|_| Said::Nothing));
            for vote in [Vote::Same, Vote::CountAt(3)] {
                let Outcome::Take(index) = merge(vote, &said, quorum) else { panic!() };
                let Said::Value(raw) = &said[index] else { panic!() };
                prop_assert_eq!(raw.get(), format!("\"{honest:#x}\""));
            }
            // and without the honest there is no answer, unless the liars are one short of nothing
            let alone = &said[..lies.len()];
            prop_assert!(!matches!(merge(Vote::Same, alone, quorum), Outcome::Take(_)));
        }
    }
}

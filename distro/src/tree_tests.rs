use alloy::primitives::hex;
use proptest::prelude::*;

use super::*;
use crate::sample::Sample;

const CHAIN: u64 = 31337;
const TOKEN: Address = Address::repeat_byte(0x70);

fn list(count: u32, seed: u64) -> RecipientList {
    let mut entries = Sample { count, seed, total: U256::from(10u128.pow(24)), decimals: 18 }.entries().unwrap();
    entries.sort_by_key(|entry| entry.address);
    RecipientList::from_entries(entries).unwrap()
}

fn verifies(tree: &Tree, list: &RecipientList, chunks: Range<u64>, proof: &[B256]) -> bool {
    let words = list.slice(tree.recipients(chunks.clone()));
    root_of_range(&tree.commitment(), (CHAIN, TOKEN), chunks.start, words, proof) == Some(tree.commitment().root)
}

#[test]
fn one_chunk_is_its_own_root() {
    let list = list(5, 1);
    let tree = Tree::build(&list, CHAIN, TOKEN, 64).unwrap();
    assert_eq!(tree.commitment().root, leaf(CHAIN, TOKEN, 0, list.packed()));
    assert_eq!(tree.range_proof(0..1), Some(vec![]));
}

#[test]
fn three_chunks_written_out() {
    let list = list(5, 2);
    let tree = Tree::build(&list, CHAIN, TOKEN, 2).unwrap();
    let at = |i: u64| leaf(CHAIN, TOKEN, i, list.slice(2 * i as usize..2 * i as usize + 2));
    let (left, right) = (node(&at(0), &at(1)), node(&at(2), &B256::ZERO));
    assert_eq!(tree.commitment().root, node(&left, &right));
    assert_eq!(tree.range_proof(0..3), Some(vec![B256::ZERO]));
    assert_eq!(tree.range_proof(1..3), Some(vec![at(0), B256::ZERO]));
    assert_eq!(tree.range_proof(1..2), Some(vec![at(0), right]));
    assert_eq!(tree.recipients(2..3), 4..5);
}

#[test]
fn ranges_beyond_the_list_have_no_proof() {
    let tree = Tree::build(&list(5, 3), CHAIN, TOKEN, 2).unwrap();
    assert_eq!(tree.range_proof(2..4), None);
    assert_eq!(tree.range_proof(1..1), None);
}

#[test]
fn a_chunk_of_nobody_is_refused() {
    assert_eq!(Tree::build(&list(5, 3), CHAIN, TOKEN, 0), Err(TreeError::ChunkSize));
}

#[test]
fn the_leaf_is_the_abi_encoding_hashed_twice() {
    use alloy::sol_types::SolValue;
    let words = hex!("00112233");
    let encoded = (U256::from(5), TOKEN, U256::from(9), keccak256(words)).abi_encode();
    assert_eq!(leaf(5, TOKEN, 9, &words), keccak256(keccak256(encoded)));
}

#[test]
fn threads_do_not_change_the_root() {
    let list = list(2_000, 4);
    let tree = Tree::build(&list, CHAIN, TOKEN, 1).unwrap();
    let one_by_one: Vec<_> =
        (0..2_000).map(|i| leaf(CHAIN, TOKEN, i, list.slice(i as usize..i as usize + 1))).collect();
    assert_eq!(tree.levels[0][..2_000], one_by_one);
}

#[test]
fn the_root_binds_chain_token_and_chunk_size() {
    let list = list(100, 5);
    let root = |chain, token, size| Tree::build(&list, chain, token, size).unwrap().commitment().root;
    let roots = [root(1, TOKEN, 8), root(2, TOKEN, 8), root(1, Address::ZERO, 8), root(1, TOKEN, 16)];
    for (i, a) in roots.iter().enumerate() {
        assert!(roots[i + 1..].iter().all(|b| a != b));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_range_of_a_tree_verifies(count in 1u32..200, seed: u64, size in 1u32..9) {
        let list = list(count, seed);
        let tree = Tree::build(&list, CHAIN, TOKEN, size).unwrap();
        for first in 0..tree.chunks() {
            for end in first + 1..=tree.chunks() {
                let proof = tree.range_proof(first..end).unwrap();
                prop_assert!(verifies(&tree, &list, first..end, &proof), "{first}..{end} of {}", tree.chunks());
            }
        }
    }

    #[test]
    fn whatever_is_tampered_with_fails(
        count in 2u32..300, seed: u64, size in 1u32..9, at: prop::sample::Index, length: prop::sample::Index,
        spot: prop::sample::Index, bit in 0u8..8,
    ) {
        let list = list(count, seed);
        let tree = Tree::build(&list, CHAIN, TOKEN, size).unwrap();
        let first = at.index(tree.chunks() as usize) as u64;
        let end = first + 1 + length.index((tree.chunks() - first) as usize) as u64;
        let proof = tree.range_proof(first..end).unwrap();
        let words = list.slice(tree.recipients(first..end)).to_vec();
        let commitment = tree.commitment();
        let root = |words: &[u8], first, proof: &[B256]| root_of_range(&commitment, (CHAIN, TOKEN), first, words, proof);
        prop_assert_eq!(root(&words, first, &proof), Some(commitment.root));

        let mut flipped = words.clone();
        flipped[spot.index(words.len())] ^= 1 << bit;
        prop_assert_ne!(root(&flipped, first, &proof), Some(commitment.root));
        prop_assert_ne!(root(&words[ENTRY_BYTES..], first, &proof), Some(commitment.root));
        for other in (0..tree.chunks()).filter(|other| *other != first) {
            prop_assert_ne!(root(&words, other, &proof), Some(commitment.root));
        }
        let mut longer = proof.clone();
        longer.push(B256::ZERO);
        prop_assert_eq!(root(&words, first, &longer), None);
        if !proof.is_empty() {
            prop_assert_eq!(root(&words, first, &proof[1..]), None);
            let mut wrong = proof.clone();
            wrong[spot.index(proof.len())][3] ^= 1 << bit;
            prop_assert_ne!(root(&words, first, &wrong), Some(commitment.root));
        }
        let elsewhere = |chain, token| root_of_range(&commitment, (chain, token), first, &words, &proof);
        prop_assert_ne!(elsewhere(CHAIN + 1, TOKEN), Some(commitment.root));
        prop_assert_ne!(elsewhere(CHAIN, Address::ZERO), Some(commitment.root));
    }
}

/// The list, tree and proofs that the Solidity tests check the contract against, from an implementation of their own.
#[test]
fn the_solidity_side_has_the_same_tree_and_proofs() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/solidity/test/golden/range-proof.json");
    let golden: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let number = |name: &str| golden[name].as_u64().unwrap();
    let entries = golden["recipients"].as_array().unwrap().iter().map(|recipient| crate::recipients::Entry {
        address: text(&recipient["address"]).parse().unwrap(),
        amount: text(&recipient["amount"]).parse().unwrap(),
    });
    let list = RecipientList::from_entries(entries).unwrap();
    let (chain, token) = (number("chainId"), text(&golden["token"]).parse().unwrap());
    let tree = Tree::build(&list, chain, token, number("chunkSize") as u32).unwrap();
    let hashes = |value: &serde_json::Value| -> Vec<B256> {
        value.as_array().unwrap().iter().map(|hash| text(hash).parse().unwrap()).collect()
    };
    assert_eq!(list.total(), U256::from_str_radix(&text(&golden["totalAmount"]), 10).unwrap());
    assert_eq!(list.packed(), alloy::hex::decode(text(&golden["entries"])).unwrap());
    assert_eq!(list.len() as u64, number("recipientCount"));
    assert_eq!(tree.chunks(), number("chunkCount"));
    assert_eq!(tree.levels[0][..tree.chunks() as usize], hashes(&golden["leaves"]));
    assert_eq!(tree.commitment().root, text(&golden["root"]).parse::<B256>().unwrap());
    let ranges = golden["proofs"].as_array().unwrap();
    assert_eq!(ranges.len() as u64, tree.chunks() * (tree.chunks() + 1) / 2, "every range is there");
    for range in ranges {
        let (first, count) = (range["firstChunk"].as_u64().unwrap(), range["chunkCount"].as_u64().unwrap());
        assert_eq!(tree.range_proof(first..first + count), Some(hashes(&range["proof"])), "{first}+{count}");
    }
}

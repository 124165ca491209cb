use std::num::NonZero;

use alloy::primitives::{Address, B256, address, hex, keccak256};
use proptest::prelude::*;

use super::*;

fn bytes_of(accounts: &[Address]) -> Vec<u8> {
    accounts.iter().flatten().copied().collect()
}

fn accounts(count: u32, seed: u64) -> Accounts {
    sample(NonZero::new(count).unwrap(), seed)
}

fn account(accounts: &Accounts, index: usize) -> Address {
    accounts.records()[index].into()
}

/// The tree as the rule says it, a level at a time, nothing kept: the root and one proof.
fn naive(accounts: &Accounts, index: usize) -> (B256, Vec<u8>) {
    let mut level: Vec<[u8; 32]> = accounts.records().iter().map(|record| keccak256(record).0).collect();
    let (mut index, mut proof) = (index, Vec::new());
    while level.len() > 1 {
        let sibling = if index % 2 == 0 { index + 1 } else { index - 1 };
        if sibling < level.len() {
            proof.extend(level[sibling]);
        }
        index /= 2;
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [a, b] => keccak256([a.min(b).as_slice(), a.max(b)].concat()).0,
                alone => alone[0],
            })
            .collect();
    }
    (level[0].into(), proof)
}

/// Roots and proofs that the Solidity tests check the contract against, from an implementation of their own.
#[test]
fn the_solidity_side_has_the_same_roots_and_proofs() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/solidity/test/golden/packed-proof.json");
    let golden: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
    let all = |value: &serde_json::Value| value.as_array().unwrap().iter().map(bytes).collect::<Vec<_>>();
    let (file, trees) = (all(&golden["accounts"]), golden["trees"].as_array().unwrap());
    assert_eq!((file.len(), trees.len()), (12, 12), "a tree over the first 1, 2, … of twelve accounts");
    for (golden, count) in trees.iter().zip(1..) {
        let tree = AccountTree::build(&Accounts::from_bytes(file[..count].concat()).unwrap());
        assert_eq!(tree.root().as_slice(), bytes(&golden["root"]), "{count} accounts");
        let proofs: Vec<_> = (0..count).map(|index| tree.proof(index).unwrap()).collect();
        assert_eq!(proofs, all(&golden["proofs"]), "{count} accounts");
    }
}

#[test]
fn one_account_is_its_own_root_with_an_empty_proof() {
    let one = address!("0x8e306b005773bee6ba6a6e8972bc79d766cc15c8");
    let tree = AccountTree::build(&Accounts::from_bytes(one.to_vec()).unwrap());
    assert_eq!((tree.root(), tree.proof(0)), (keccak256(one), Some(Vec::new())));
    assert_eq!(tree.proof(1), None);
}

#[test]
fn proofs_are_shorter_at_the_right_edge() {
    // 2^5 + 1: the last account moves up five levels
    let accounts = accounts(33, 1);
    let tree = AccountTree::build(&accounts);
    let lengths: Vec<_> = (0..33).map(|index| tree.proof(index).unwrap().len() / HASH_BYTES).collect();
    assert_eq!(lengths[..32], [6; 32]);
    assert_eq!(lengths[32], 1);
    assert_eq!(tree.proof(33), None);
}

#[test]
fn threads_do_not_change_the_tree() {
    // odd on the first levels, so that shares end between two children, and large enough for several threads
    let accounts = accounts(9_995, 2);
    let tree = AccountTree::build(&accounts);
    for index in [0, 1, 4_998, 4_999, 9_993, 9_994] {
        assert_eq!((tree.root(), tree.proof(index).unwrap()), naive(&accounts, index), "{index}");
    }
}

#[test]
fn a_sample_is_fixed_for_ever() {
    assert_eq!(accounts(500, 7), accounts(500, 7));
    assert_ne!(accounts(500, 7), accounts(500, 8));
    assert_eq!(Accounts::from_bytes(accounts(500, 7).bytes().to_vec()), Ok(accounts(500, 7)));
    // a rehearsal of last year has to be repeatable
    let root = AccountTree::build(&accounts(500, 7)).root();
    assert_eq!(root.to_string(), "0x91a95baf2fe3b676f797adabcb0ec8fc2adc38e9bf9c4094bcffeaa4814f5bbc");
}

#[test]
fn what_is_no_account_file_is_refused_with_its_place() {
    let [a, b, c] = [0x11, 0x22, 0x33].map(Address::repeat_byte);
    let refused = |bytes: Vec<u8>| Accounts::from_bytes(bytes).unwrap_err();
    assert_eq!(refused(Vec::new()), Fault::Empty);
    let order = Fault::Order { record: 3, offset: 40, account: b, previous: c };
    assert_eq!(refused(bytes_of(&[a, c, b])), order);
    assert_eq!(refused(bytes_of(&[a, b, b, c])), Fault::Duplicate { record: 3, offset: 40, account: b });
    assert_eq!(refused(bytes_of(&[Address::ZERO, a])), Fault::Zero { record: 1, offset: 0 });
    assert_eq!(refused(bytes_of(&[a, Address::ZERO])), Fault::Zero { record: 2, offset: 20 });
    assert_eq!(refused(bytes_of(&[a, b])[..39].to_vec()), Fault::Cut { record: 2, offset: 20, left: 19 });
    assert_eq!(refused(vec![1; 19]), Fault::Cut { record: 1, offset: 0, left: 19 });
    // what is wrong first is told first
    assert_eq!(refused([bytes_of(&[a, c, b]), vec![9]].concat()), order);
    let text = format!("{a}\n{b}\n");
    assert_eq!(refused(text.into_bytes()), Fault::Text);
    assert_eq!(refused(hex::encode(a).into_bytes()), Fault::Text);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Accounts::read("no/such.bin".as_ref()).unwrap_err();
    assert!(matches!(error, AccountsError::Io { .. }) && error.to_string().starts_with("no/such.bin: "), "{error}");
}

#[test]
fn positions_are_those_of_the_file() {
    let accounts = accounts(1_000, 3);
    for index in [0, 1, 499, 999] {
        assert_eq!(accounts.position(account(&accounts, index)), Some(index));
    }
    assert_eq!(accounts.position(Address::repeat_byte(1)), None);
    // sha256sum of a file of one record
    let one = Accounts::from_bytes(vec![0x11; 20]).unwrap();
    assert_eq!(one.sha256(), hex!("7c854a55ff3b6a65ccb68b366a6b39756d8f2994aa41c45f94627209da86806f"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_account_has_the_proof_of_the_rule(count in 1u32..200, seed: u64) {
        let accounts = accounts(count, seed);
        let tree = AccountTree::build(&accounts);
        for index in 0..accounts.len() {
            let proof = tree.proof(index).unwrap();
            prop_assert_eq!(root_from(account(&accounts, index), &proof), Some(tree.root()));
            prop_assert_eq!((tree.root(), proof), naive(&accounts, index));
        }
        prop_assert_eq!(tree.proof(accounts.len()), None);
    }

    #[test]
    fn a_proof_holds_for_its_account_alone(count in 2u32..200, seed: u64, at: prop::sample::Index, stranger: [u8; 20]) {
        let accounts = accounts(count, seed);
        let tree = AccountTree::build(&accounts);
        let index = at.index(accounts.len());
        let proof = tree.proof(index).unwrap();
        prop_assume!(accounts.position(stranger.into()).is_none());
        prop_assert_ne!(root_from(stranger.into(), &proof), Some(tree.root()));
        // the neighbour's leaf is in the proof, and its own proof is another one
        for other in (0..accounts.len()).filter(|other| *other != index) {
            prop_assert_ne!(root_from(account(&accounts, other), &proof), Some(tree.root()));
        }
    }

    #[test]
    fn a_proof_that_was_tampered_with_fails(
        count in 2u32..200, seed: u64, at: prop::sample::Index, spot: prop::sample::Index, bit in 0u8..8,
    ) {
        let accounts = accounts(count, seed);
        let tree = AccountTree::build(&accounts);
        let index = at.index(accounts.len());
        let (of, proof) = (account(&accounts, index), tree.proof(index).unwrap());
        let mut flipped = proof.clone();
        flipped[spot.index(proof.len())] ^= 1 << bit;
        prop_assert_ne!(root_from(of, &flipped), Some(tree.root()));
        prop_assert_ne!(root_from(of, &proof[HASH_BYTES..]), Some(tree.root()));
        prop_assert_ne!(root_from(of, &[&proof[..], &[0; HASH_BYTES]].concat()), Some(tree.root()));
        // the contract refuses a part of a hash, whatever the rest says
        prop_assert_eq!(root_from(of, &proof[..proof.len() - 1]), None);
        prop_assert_eq!(root_from(of, &[&proof[..], &[0]].concat()), None);
    }

    #[test]
    fn a_file_that_was_damaged_is_refused(
        count in 2u32..200, seed: u64, a: prop::sample::Index, b: prop::sample::Index, cut in 1usize..RECORD_BYTES,
    ) {
        let accounts = accounts(count, seed);
        let (a, b) = (a.index(accounts.len()), b.index(accounts.len()));
        prop_assume!(a != b);
        let mut records = accounts.records().to_vec();
        records.swap(a, b);
        // the first record that is out of order stands behind the smaller of the two places
        let place = match Accounts::from_bytes(records.concat()) {
            Err(Fault::Order { record, offset, .. }) => (record, offset),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let first = a.min(b) as u64;
        prop_assert_eq!(place, (first + 2, (first + 1) * 20));

        let mut twice = accounts.records().to_vec();
        twice.insert(a, twice[a]);
        let (record, offset) = (a as u64 + 2, (a as u64 + 1) * 20);
        let duplicate = Fault::Duplicate { record, offset, account: account(&accounts, a) };
        prop_assert_eq!(Accounts::from_bytes(twice.concat()), Err(duplicate));

        let short = accounts.bytes()[..accounts.bytes().len() - cut].to_vec();
        let fault = Accounts::from_bytes(short).unwrap_err();
        prop_assert_eq!(fault, Fault::Cut {
            record: u64::from(count), offset: u64::from(count - 1) * 20, left: RECORD_BYTES - cut,
        });
    }
}

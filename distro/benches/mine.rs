//! From account file to root, and the floor beneath it: `cargo bench -p tminus-distro --bench mine [-- ACCOUNTS]`, the
//! 2,598,071 of 2018 by default.
//!
//! The floor of the tree is bare keccak256 on one processor: once for each account's 20 bytes, and once for 64 bytes for
//! each account but one, which is all that the tree hashes. What the tree costs beside hashing shows as more than one floor
//! divided by the processors.

use std::{
    fs,
    hint::black_box,
    io::Write,
    num::NonZero,
    time::{Duration, Instant},
};

use alloy::primitives::keccak256;
use tminus_distro::mine::{AccountTree, Accounts, RECORD_BYTES, root_from, sample};

/// The accounts of 2018.
const ACCOUNTS: NonZero<u32> = NonZero::new(2_598_071).unwrap();

/// The best of three.
fn best<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut timed = || {
        let begun = Instant::now();
        let result = work();
        (result, begun.elapsed())
    };
    let (mut result, mut least) = timed();
    for _ in 0..2 {
        let (next, time) = timed();
        (result, least) = (next, least.min(time));
    }
    (result, least)
}

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ACCOUNTS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("accounts.bin");
    let mut out = std::io::stdout().lock();
    let mut line = |what: &str, time: Duration, floor: Option<Duration>| {
        let rate = f64::from(count.get()) / time.as_secs_f64();
        let ratio =
            floor.map_or(String::new(), |floor| format!("{:7.2} x floor", time.as_secs_f64() / floor.as_secs_f64()));
        writeln!(out, "{what:<44} {:8.1} ms {:12.0} accounts/s {ratio}", time.as_secs_f64() * 1e3, rate)
            .expect("stdout");
    };

    let (accounts, time) = best(|| sample(count, 1));
    line("make a synthetic file", time, None);
    fs::write(&file, accounts.bytes()).expect("a file");

    let (_, read_floor) = best(|| black_box(fs::read(&file).expect("the file")));
    line("floor: read the file", read_floor, None);
    let (accounts, read) = best(|| Accounts::read(&file).expect("an account file"));
    line("read: and check every record", read, Some(read_floor));

    let (_, hash_floor) = best(|| {
        for record in accounts.records() {
            black_box(keccak256(black_box(record)));
        }
        let pair = [0x5a; 64];
        for _ in 1..accounts.len() {
            black_box(keccak256(black_box(pair)));
        }
    });
    line("floor: bare keccak256, one processor", hash_floor, None);
    let (tree, built) = best(|| AccountTree::build(&accounts));
    line("tree: all leaves and nodes", built, Some(hash_floor));
    line("file to root, together", read + built, Some(read_floor + hash_floor));

    let (checked, proofs) = best(|| {
        let indexes = (0..accounts.len()).step_by(97);
        let held = indexes.filter(|index| {
            let proof = tree.proof(*index).expect("a proof");
            root_from(accounts.bytes()[index * RECORD_BYTES..][..RECORD_BYTES].try_into().expect("an address"), &proof)
                == Some(tree.root())
        });
        held.count()
    });
    assert_eq!(checked, accounts.len().div_ceil(97), "every proof holds");
    line("a proof for every 97th account, checked", proofs, None);
}

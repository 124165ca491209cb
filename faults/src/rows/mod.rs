//! The faults, by group.

mod anvil;
mod calm;
mod crash;
mod disk;
mod endpoints;
mod identity;
mod market;
mod memory;
mod reorg;
mod rpc;
mod simulation;
mod texts;
mod twins;

use crate::campaign::Spec;

/// The groups in the order of the document, with a word on each.
pub const GROUPS: &[(&str, &str)] = &[
    ("calm", "No fault at all: what the recovery times of the other rows are to be held against."),
    (
        "crash",
        "A real process, killed with SIGKILL, and started again on its ledger. `first` is killed on the way of a first send, \
         `bump` where fees are raised because no block takes what is out.",
    ),
    (
        "rpc",
        "An endpoint that fails, each fault on a random question of the engine. Virtual time unless it needs a socket.",
    ),
    ("endpoints", "Three endpoints behind one handle, some of which fail, lag, lie or are elsewhere."),
    ("text", "Words of endpoints to a raw transaction that was not taken, and to one that was taken all the same."),
    ("reorg", "Blocks that go, with depths from 1 to 64 below a finality of 70 blocks; and one deeper than finality."),
    ("market", "Pools, fees and balances."),
    ("identity", "Another chain, another key, somebody else's transactions."),
    (
        "anvil",
        "The same engine in front of anvil, by the clock of the machine; `npm ci` in contracts/solidity brings it.",
    ),
    ("twins", "Two processes where there should be one."),
    ("ledger", "The ledger is gone, or an older copy is in its place: the chain tells what was done."),
    (
        "simulation",
        "Everything at once: seeded storms over the whole engine in virtual time, all invariants held at every step. \
         Injections are all that struck in the storms.",
    ),
    (
        "disk",
        "A ledger that forgets, or gives back something else. A refusal counts as recovered if the cure that it names helps.",
    ),
];

/// What was not tried, and why.
pub const NOT_TRIED: &[(&str, &str)] = &[
    (
        "power loss",
        "a kill leaves the page cache of the machine alive; that a commit is on the disk before it returns rests on \
         `synchronous=FULL`, which is read back at opening, and on the disk keeping its word",
    ),
    (
        "every byte of a ledger",
        "a changed bit in the pages of a ledger (not its log) is no row: about one in a few hundred, in the text \
         of its schema, is refused again and again as a foreign key mismatch, without a word on what to do; \
         nothing was paid twice by it. A changed bit in what nothing is compared with, such as gas used, is not \
         found. Logs are cut and changed at a sample of places; reads that fail (EIO) are not tried",
    ),
    (
        "public networks",
        "all chains here are made for the test; the engine was run against anvil, not against a live network",
    ),
    (
        "one endpoint alone that lies",
        "with nobody else to ask, a receipt that was made up is believed; its receipts are held against two others in the \
         group `endpoints`",
    ),
    ("Ledger devices and remote signers", "faults of signers are unit tests of the signer, not rows here"),
    ("chains without EIP-1559", "the engine makes EIP-1559 transactions only"),
];

/// All rows in the order of the document.
#[must_use]
pub fn all() -> Vec<Spec> {
    [
        calm::rows(),
        crash::rows(),
        rpc::rows(),
        endpoints::rows(),
        texts::rows(),
        reorg::rows(),
        market::rows(),
        identity::rows(),
        anvil::rows(),
        twins::rows(),
        disk::rows(),
        memory::rows(),
        simulation::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_row_has_a_name_of_its_own_and_a_group_that_is_told() {
        let mut names = HashSet::new();
        for spec in all() {
            assert!(GROUPS.iter().any(|(group, _)| *group == spec.group), "{}", spec.group);
            assert!(spec.cases.0 >= 1 && spec.cases.1 >= spec.cases.0, "{}", spec.name);
            assert!(names.insert(spec.name.clone()), "{} twice", spec.name);
        }
    }
}

//! What to do when a check does not hold, one sentence a check.

/// Every check with its sentence.
pub(super) const CURES: &[(&str, &str)] = &[
    ("endpoint.reachable", "Check the address and the network, or use another endpoint."),
    ("endpoint.chain", "This endpoint serves another chain than was asked for: correct --rpc or --network."),
    ("endpoint.head", "The endpoint is behind or stuck: wait until it has caught up, or use another one."),
    (
        "endpoint.finalized",
        "Without a final block that moves nothing is ever done for good: use an endpoint that serves it.",
    ),
    (
        "endpoint.pending",
        "Pending nonces are needed to notice transactions of others: use an endpoint that serves them.",
    ),
    ("endpoint.fees", "Fees are set from eth_feeHistory: use an endpoint that serves it, on a chain with EIP-1559."),
    ("endpoint.logs", "Audits read logs: use an endpoint that serves eth_getLogs."),
    ("endpoint.batch", "Nothing has to be done; without batches questions are asked one by one, which takes longer."),
    (
        "endpoint.state",
        "Balances and nonces are read at final blocks: use an endpoint that keeps at least that much state.",
    ),
    ("endpoint.rate", "The endpoint is asked more than it allows: use a larger plan, another endpoint, or several."),
    ("agreement.chain", "Endpoints of different chains must not be used together: leave out the one that differs."),
    ("agreement.head", "Leave out the endpoint that is behind, or wait until it has caught up."),
    (
        "agreement.fork",
        "Leave out the endpoint on the other fork; send nothing while it is not clear which one that is.",
    ),
    (
        "agreement.finalized",
        "Two final blocks at one height must not be: stop, and ask the operators of the endpoints.",
    ),
    ("rules.fork", "Ask another endpoint: without knowing the fork no transaction can be planned."),
    ("key.loads", "Read the words: they name the option, the file or the device that is wrong."),
    ("key.account", "Use the account of a key and nothing else, or allow the delegation with --allow-delegated."),
    (
        "key.environment",
        "Take the key or password out of the environment, where every program started from it can read it.",
    ),
    ("key.balance", "Send more ether to this account before a run begins."),
    ("disk.space", "Make room on this disk, or keep the ledger elsewhere with --state."),
    ("disk.kind", "Keep the ledger on a local disk, with --state."),
    ("disk.writable", "Make the folder writable for this user, or choose another one with --state."),
    ("ledger.opens", "Read the words: they say what is wrong with the file and what to do with it."),
    ("ledger.pages", "Move the file aside and run again: the chain tells what was done."),
    ("ledger.chain", "Use the endpoint of the ledger's chain, or the ledger of the endpoint's chain."),
    ("ledger.waiting", "Run the command of this work again; `tminus tx why KEY` tells what each intent waits for."),
    (
        "ledger.nonces",
        "Find out who else signs with this key, or whether this is an old copy of the ledger, before you send.",
    ),
    ("clock.chain", "Set this machine's clock (NTP), or use an endpoint that is not behind."),
    ("clock.http", "Set this machine's clock (NTP)."),
];

/// What to do when `check` does not hold.
#[must_use]
pub fn cure(check: &str) -> Option<&'static str> {
    CURES.iter().find(|(name, _)| *name == check).map(|(_, words)| *words)
}

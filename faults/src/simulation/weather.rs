//! What happens to the chain and to the endpoints while the engine works.

use std::time::Duration;

use alloy::primitives::U256;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha12Rng;
use serde_json::json;
use tminus_adversary::{Fate, Fault, Lie, Node, Rule, texts};

use super::{
    invariants::{self, Violation},
    scenario::harsh,
    site::{BLOCK_TIME, Site},
};

/// What happened, for the tally.
#[derive(Debug, Default)]
pub(super) struct Happened {
    pub(super) reorgs: u64,
    pub(super) foreign: u64,
}

const READS: [&str; 8] = [
    "eth_call",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_getBlockByNumber",
    "eth_chainId",
];
const SEND: &str = "eth_sendRawTransaction";

/// A storm that does not end; what must always hold is looked at with each block.
pub(super) async fn storm(
    site: &Site,
    roughness: f64,
    mut rng: ChaCha12Rng,
    happened: &mut Happened,
) -> Result<(), Violation> {
    loop {
        tokio::time::sleep(Duration::from_secs(BLOCK_TIME)).await;
        if rng.random_bool(roughness) {
            trouble_chain(site, &mut rng, happened);
        } else {
            site.world.mine(1);
        }
        if rng.random_bool(roughness) {
            trouble_endpoints(site, &mut rng);
        }
        invariants::always(site)?;
    }
}

/// Blocks come, and nothing else happens.
pub(super) async fn calm(site: &Site) -> Result<(), Violation> {
    loop {
        tokio::time::sleep(Duration::from_secs(BLOCK_TIME)).await;
        site.world.mine(1);
        invariants::always(site)?;
    }
}

fn trouble_chain(site: &Site, rng: &mut ChaCha12Rng, happened: &mut Happened) {
    let world = &site.world;
    let signers = site.signers();
    match rng.random_range(0..100) {
        0..30 => world.mine(1),
        30..36 => world.mine_empty(1),
        36..42 => {}
        42..66 => {
            // what is final stays
            let deepest = (world.height() - world.finalized()) as usize;
            let fates: Vec<Fate> = Fate::ALL
                .into_iter()
                // what a ledger that is gone had signed cannot be known to the one that follows
                .filter(|fate| !(site.rolled_back && *fate == Fate::OlderAttempt))
                .collect();
            if let Some(fate) = fates.choose(rng).filter(|_| deepest > 0) {
                let depth = rng.random_range(1..=deepest);
                world.reorg(depth, *fate);
                site.tell(|| format!("reorganised {depth} deep, {fate:?}"));
                happened.reorgs += 1;
            }
        }
        66..74 => {
            let fees = [1, 1_000, 1_000_000_000, 3_000_000_000, 10_000_000_000, 2_000_000_000_000];
            world.base_fee(fees.choose(rng).copied());
            site.tell(|| format!("base fee {}", world.next_base_fee()));
        }
        74..80 => {
            world.drop_pool();
            site.tell(|| "the pool is emptied".to_owned());
        }
        80..86 => {
            if let Some(hash) = world.pooled().choose(rng) {
                world.drop_transaction(*hash);
                site.tell(|| format!("{hash} is dropped"));
            }
        }
        86..90 => {
            if let Some(signer) = signers.choose(rng) {
                let hash = world.foreign(*signer);
                site.tell(|| format!("a stranger uses a nonce of {signer}: {hash}"));
                happened.foreign += 1;
            }
        }
        90..96 => {
            if let Some(signer) = signers.choose(rng) {
                let ether = U256::from(10u64.pow(18));
                let wei = if rng.random_bool(0.4) { U256::ZERO } else { ether * U256::from(1_000) };
                world.set_balance(*signer, wei);
                site.tell(|| format!("{signer} has {wei} wei"));
            }
        }
        _ => {
            world.advance(*[3_600, 10_800, 86_400].choose(rng).unwrap_or(&3_600));
            world.mine(1);
        }
    }
}

fn trouble_endpoints(site: &Site, rng: &mut ChaCha12Rng) {
    let script = |node: &Node, rule: Rule| {
        site.tell(|| format!("{}: {rule:?}", node.label()));
        node.script(rule);
    };
    let Some(at) = (0..site.nodes.len()).collect::<Vec<_>>().choose(rng).copied() else { return };
    let node = &site.nodes[at];
    match rng.random_range(0..10) {
        0 => node.lag(rng.random_range(0..6)),
        1 => node.down(rng.random_bool(0.5)),
        2 => node.calm(),
        3 | 4 => script(node, trouble_sends(rng)),
        // where there are three, one may say what it likes
        5 if site.nodes.len() >= 3 && at == 0 => script(node, lie(rng)),
        _ => script(node, trouble_reads(rng)),
    }
}

/// A fault that any request may suffer.
fn any(rng: &mut ChaCha12Rng) -> Fault {
    let seconds = rng.random_range(1..60);
    let faults = [
        Fault::Timeout,
        Fault::Refused,
        Fault::Cut,
        Fault::CutMidway,
        Fault::Truncated,
        Fault::WrongId,
        Fault::Duplicate,
        Fault::BothResultAndError(-32000, "internal error".to_owned()),
        Fault::Slow(Duration::from_secs(seconds)),
        Fault::status(*[408, 429, 500, 502, 503, 504].choose(rng).unwrap_or(&500)),
        Fault::retry_after(&seconds.to_string()),
        Fault::html(),
        Fault::garbage(),
        Fault::text("internal error"),
        Fault::HttpText(400, -32603, "internal error".to_owned()),
        Fault::BatchPart(rng.random_range(0..3)),
    ];
    faults.choose(rng).cloned().unwrap_or(Fault::Cut)
}

fn trouble_reads(rng: &mut ChaCha12Rng) -> Rule {
    let method = READS.choose(rng).copied().unwrap_or(READS[0]);
    let fault = match method {
        "eth_getTransactionReceipt" if rng.random_bool(0.3) => Fault::LyingReceipt(Lie::Absent),
        "eth_chainId" if rng.random_bool(0.3) => Fault::Result(json!("0x5")),
        "eth_chainId" => any(rng),
        _ if rng.random_bool(0.2) => Fault::Stale(rng.random_range(1..8)),
        _ => any(rng),
    };
    let rule =
        Rule::on(method, fault).times(rng.random_range(1..6)).chance(*[1.0, 1.0, 0.5].choose(rng).unwrap_or(&1.0));
    if rng.random_bool(0.5) { rule.accepted() } else { rule }
}

fn trouble_sends(rng: &mut ChaCha12Rng) -> Rule {
    let fault = match texts::ALL.choose(rng) {
        Some((_, class, code, words)) if rng.random_bool(0.6) && (*class != texts::Class::Invalid || harsh()) => {
            Fault::Text(*code, (*words).to_owned())
        }
        _ => any(rng),
    };
    let rule = Rule::on(SEND, fault).times(rng.random_range(1..4));
    if rng.random_bool(0.5) { rule.accepted() } else { rule }
}

fn lie(rng: &mut ChaCha12Rng) -> Rule {
    let lies = [Lie::Status, Lie::BlockHash, Lie::Transaction, Lie::Forged];
    let rule = if rng.random_bool(0.5) {
        Rule::on("eth_getTransactionCount", Fault::LyingNonce(*[-2, -1, 1, 5].choose(rng).unwrap_or(&1)))
    } else {
        Rule::on("eth_getTransactionReceipt", Fault::LyingReceipt(*lies.choose(rng).unwrap_or(&Lie::Status)))
    };
    rule.times(rng.random_range(1..10))
}

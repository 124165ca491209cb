//! Another chain, another key, somebody else's transactions.

use alloy::primitives::Address;
use tminus_adversary::{World, WorldConfig, keys::accounts};
use tminus_chain::outbox::{Intent, OutboxError, Until};
use tokio::time::Instant;

use crate::{
    bench::{Bench, PAYER, Pace, id_of, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;

pub(super) fn rows() -> Vec<Spec> {
    let row = |name, fault, cases, run: Other| {
        let spec = Spec::new("identity", name, fault, Clock::Virtual, cases, move |case| other_chain(case, run));
        spec.with_operator("point it at its chain")
    };
    let foreign = |name, fault, how: Stranger| {
        Spec::new("identity", name, fault, Clock::Virtual, (3, 20), move |case| stranger(case, how))
    };
    vec![
        row("chain-id-at-start", "the endpoint is another chain at start: nothing is signed", (2, 20), Other::Id),
        row(
            "genesis-at-start",
            "the same chain id upon another first block: nothing is signed",
            (2, 20),
            Other::Genesis,
        ),
        Spec::new(
            "identity",
            "chain-id-mid-run",
            "the endpoint becomes another chain for half an hour",
            Clock::Virtual,
            (3, 20),
            |case| swapped(case, Other::Id),
        )
        .with_operator("none, or run again"),
        Spec::new(
            "identity",
            "genesis-mid-run",
            "the endpoint becomes a chain of the same id upon another first block for half an hour",
            Clock::Virtual,
            (3, 20),
            |case| swapped(case, Other::Genesis),
        )
        .with_operator("none, or run again"),
        Spec::new(
            "identity",
            "wrong-key",
            "the key of another account: nothing is signed",
            Clock::Virtual,
            (2, 20),
            wrong_key,
        )
        .with_operator("bring the key"),
        foreign("foreign-nonce-1", "somebody with the key took one nonce", Stranger::Before(1)),
        foreign("foreign-nonce-5", "somebody with the key took five nonces", Stranger::Before(5)),
        foreign("foreign-nonce-same", "somebody with the key took the nonce of what is out", Stranger::Same),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Other {
    Id,
    Genesis,
}

impl Other {
    fn world(self, seed: u64) -> World {
        World::new(match self {
            Self::Id => WorldConfig { chain_id: 1337, ..WorldConfig::default() },
            Self::Genesis => WorldConfig { salt: 1 + seed, ..WorldConfig::default() },
        })
    }
}

/// While work is under way the endpoint breaks off, comes back as another chain, breaks off again and is itself again.
async fn swapped(case: Case, other: Other) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let intents = pays("pay", INTENTS);
    let out = 1 + case.index % (INTENTS - 1);
    let elsewhere = other.world(case.seed);
    let weather = async {
        bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
        let struck = Instant::now();
        for world in [&elsewhere, &bench.world] {
            bench.node.down(true);
            tokio::time::sleep(Pace::VIRTUAL.block).await;
            bench.node.follow(world);
            bench.node.down(false);
            if bench.node.world().hash_at(0) == elsewhere.hash_at(0) {
                for _ in 0..150 {
                    tokio::time::sleep(Pace::VIRTUAL.block).await;
                    elsewhere.mine(1);
                }
            }
        }
        Ok::<_, String>(struck)
    };
    let (done, struck) = tokio::join!(bench.execute(&intents, 100), weather);
    let struck = struck?;
    done?;
    if keys("pay", INTENTS).iter().any(|key| elsewhere.effects(id_of(key)) > 0) {
        return Err("something took effect on another chain".to_owned());
    }
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

/// A ledger of one chain in front of another: refused, and not a byte is sent there.
async fn other_chain(case: Case, other: Other) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let first = INTENTS / 2;
    bench.execute(&pays("pay", first), 1).await?;
    let elsewhere = other.world(case.seed);
    match bench.open_at(&elsewhere.node("elsewhere"), Pace::VIRTUAL.config()).await {
        Err(error) if error.to_string().contains("belongs to") => {}
        Err(error) => return Err(format!("another error than that of another chain: {error}")),
        Ok(_) => return Err("the ledger was taken to another chain".to_owned()),
    }
    if !elsewhere.sends().is_empty() {
        return Err("something was sent to another chain".to_owned());
    }
    // back at its own chain everything goes on
    let struck = Instant::now();
    bench.execute(&pays("pay", INTENTS), 1).await?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

/// An intent of an account whose key is not here, among others: nothing of the call is sent.
async fn wrong_key(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let wrong: Address = accounts()[1 + case.index % 8];
    let mut intents = pays("pay", INTENTS);
    let at = case.index % INTENTS;
    intents[at] = Intent { from: wrong, ..intents[at].clone() };
    let done = async { bench.open().await?.execute_independent(intents, Until::Finalized).await }.await;
    match done {
        Err(OutboxError::Local(words)) if words.contains("no key") => {}
        other => return Err(format!("not refused for its key: {other:?}")),
    }
    if !bench.world.sends().is_empty() {
        return Err("something was sent".to_owned());
    }
    let struck = Instant::now();
    bench.execute(&pays("pay", INTENTS), 1).await?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

#[derive(Debug, Clone, Copy)]
enum Stranger {
    /// Between two runs of ours.
    Before(usize),
    /// While something of ours with that nonce is out.
    Same,
}

async fn stranger(case: Case, how: Stranger) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let blocks = bench.blocks();
    let intents = pays("pay", INTENTS);
    let first = 1 + case.index % (INTENTS - 1);
    let struck = match how {
        Stranger::Before(count) => {
            bench.execute(&intents[..first], 1).await?;
            for _ in 0..count {
                bench.world.foreign(PAYER);
            }
            let struck = Instant::now();
            bench.execute(&intents, 1).await?;
            struck
        }
        Stranger::Same => {
            let weather = async {
                bench.until("enough is out", |bench| bench.versions().len() >= first).await?;
                blocks.hold(true);
                bench.until("something waits", |bench| !bench.world.pooled().is_empty()).await?;
                bench.world.foreign(PAYER);
                blocks.hold(false);
                Ok::<_, String>(Instant::now())
            };
            let (done, struck) = tokio::join!(bench.execute(&intents, 1), weather);
            let struck = struck?;
            done?;
            struck
        }
    };
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

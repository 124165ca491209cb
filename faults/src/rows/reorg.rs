//! Blocks that go.
//!
//! The depth follows from the number of the case, 1 to 64. The newest block with a transaction of ours always goes; how much
//! of what lies below goes with it is left to chance.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tminus_adversary::Fate;
use tminus_chain::outbox::{OutboxError, Until};
use tokio::time::Instant;

use crate::{
    bench::{Bench, PAYER, Pace, keys, pays},
    campaign::{Case, Size, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 10;
/// Blocks between the head and what is final.
const FINALITY: usize = 70;
const DEEPEST: usize = 64;

pub(super) fn rows() -> Vec<Spec> {
    let fates = [
        ("kept", "the same transactions in other blocks", Fate::Kept),
        ("returned", "the transactions are back in the pool", Fate::Returned),
        ("dropped", "the transactions are nowhere", Fate::Dropped),
        ("moved", "the transactions are a block later", Fate::Moved),
        ("reverted", "the transactions are in other blocks, and revert there", Fate::Reverted),
        ("older", "an older attempt is in the place of the newest", Fate::OlderAttempt),
    ];
    let mut rows: Vec<_> = fates
        .into_iter()
        .map(|(name, what, fate)| {
            let fault = format!("reorganised, depth 1 to 64: {what}");
            let spec =
                Spec::new("reorg", name, fault, Clock::Virtual, (8, DEEPEST), move |case| reorganised(case, fate));
            if fate == Fate::Reverted { spec.with_operator("hand over again") } else { spec }
        })
        .collect();
    let deep = "reorganised below `finalized`: stops with an alarm, sends nothing";
    rows.push(
        Spec::new("reorg", "deeper-than-final", deep, Clock::Virtual, (2, 10), below_finality)
            .with_operator("decide which chain is right"),
    );
    rows
}

/// The depth of a case: all of them in full, a few in CI.
fn depth_of(case: &Case) -> usize {
    const FEW: [usize; 8] = [1, 2, 3, 5, 8, 13, 32, DEEPEST];
    match case.size {
        Size::Ci => FEW[case.index % FEW.len()],
        Size::Full => case.index % DEEPEST + 1,
    }
}

async fn reorganised(case: Case, fate: Fate) -> Result<Outcome, String> {
    let depth = depth_of(&case);
    let mut rng = ChaCha12Rng::seed_from_u64(case.seed);
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    bench.world.configure(|config| config.finality_depth = FINALITY);
    let blocks = bench.blocks();
    // what reverted for good is for the caller to hand over again
    let runs = if fate == Fate::Reverted { 3 } else { 1 };
    let intents = pays("pay", INTENTS);
    let storm = async {
        if fate == Fate::OlderAttempt {
            // hold what is first in line until there is an older attempt of it
            blocks.hold(true);
            bench.until("fees were raised", Bench::bumped).await?;
            blocks.hold(false);
        }
        bench.until("all is mined", |bench| bench.world.nonce(PAYER) == INTENTS as u64).await?;
        let last = bench.last_block_of_payer();
        // the newest block with a transaction is among those that go; at some depths all of them are
        let head = last + rng.random_range(0..depth as u64);
        bench.until("enough blocks", |bench| bench.world.height() >= head).await?;
        let before = bench.world.hash_at(last);
        bench.world.reorg(depth, fate);
        let struck = bench.world.hash_at(last) != before;
        Ok::<_, String>((u64::from(struck), Instant::now()))
    };
    let (done, storm) = tokio::join!(bench.execute(&intents, runs), storm);
    let (injections, since) = storm?;
    done?;
    Ok(Outcome { injections, ..bench.account(&keys("pay", INTENTS), since)? })
}

/// Everything was final, and the chain takes it back: nobody may guess which chain is right, and nothing is paid again.
async fn below_finality(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let blocks = bench.blocks();
    bench.execute(&pays("pay", INTENTS), 1).await?;
    drop(blocks);
    let sends = bench.world.sends().len();
    let depth = usize::try_from(bench.world.height()).map_err(|error| error.to_string())?;
    bench.world.reorg(depth, Fate::Dropped);
    let again = async { bench.open().await?.execute_independent(pays("pay", INTENTS), Until::Finalized).await };
    match again.await {
        Err(OutboxError::Local(words) | OutboxError::Halted(words)) if words.contains("final") => {}
        Err(error) => return Err(format!("another alarm than that of a final block that is gone: {error}")),
        Ok(_) => return Err("no alarm".to_owned()),
    }
    if bench.world.sends().len() != sends {
        return Err("something was sent".to_owned());
    }
    // by the chain as it is now nothing has an effect, and nothing should get one by itself
    let seen = bench.effects(&keys("pay", INTENTS));
    Ok(Outcome { injections: 1, intents: INTENTS as u64, wanted: 0, seen, ..Outcome::default() })
}

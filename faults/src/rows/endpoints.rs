//! Three endpoints behind one handle, some of which fail, lag, lie, or are elsewhere.
//!
//! The liar is another of the three in each case. One that lies does so all the time; two honest ones are what the engine has
//! to find out by.

use std::time::Duration;

use tminus_adversary::{Fault, Lie, Node, Rule, World, WorldConfig};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;
const CASES: (usize, usize) = (3, 20);
const HOUR: Duration = Duration::from_secs(3_600);

/// What is wrong, and with how many.
#[derive(Debug, Clone)]
enum Wrong {
    /// The first suffers this at each request of a method.
    Always(&'static str, Fault),
    /// So many answer to nothing.
    Down(usize),
    /// All are down for an hour, once work is under way.
    Hour,
    /// The first answers as of so many blocks ago.
    Lags(usize),
    /// The first is on a fork of its own, once work is under way.
    Fork,
    /// The first is on another chain, once work is under way.
    Elsewhere,
}

pub(super) fn rows() -> Vec<Spec> {
    let receipt = |lie| Wrong::Always("eth_getTransactionReceipt", Fault::LyingReceipt(lie));
    let nonce = |by| Wrong::Always("eth_getTransactionCount", Fault::LyingNonce(by));
    let row = |name, fault, wrong: Wrong| {
        Spec::new("endpoints", name, fault, Clock::Virtual, CASES, move |case| three(case, wrong.clone()))
    };
    vec![
        row("one-forges-receipts", "1 of 3 has successful receipts of what is in no block", receipt(Lie::Forged)),
        row("one-lies-status", "1 of 3 says reverted for succeeded", receipt(Lie::Status)),
        row("one-lies-block", "1 of 3 gives receipts another block hash", receipt(Lie::BlockHash)),
        row("one-lies-hash", "1 of 3 gives receipts of other transactions", receipt(Lie::Transaction)),
        row("one-has-no-receipts", "1 of 3 has no receipts", receipt(Lie::Absent)),
        row("one-counts-low-1", "1 of 3 counts a nonce one too low", nonce(-1)),
        row("one-counts-low-5", "1 of 3 counts a nonce five too low", nonce(-5)),
        row("one-counts-high-1", "1 of 3 counts a nonce one too high", nonce(1)),
        row("one-counts-high-5", "1 of 3 counts a nonce five too high", nonce(5)),
        row("one-down", "1 of 3 is down", Wrong::Down(1)),
        row("two-down", "2 of 3 are down for an hour", Wrong::Down(2)).with_operator("none, or run again"),
        row("all-down", "3 of 3 are down for an hour", Wrong::Hour).with_operator("run again"),
        row("one-lags", "1 of 3 is 50 blocks behind", Wrong::Lags(50)),
        row("one-forked", "1 of 3 is on a fork of its own from the middle of the run", Wrong::Fork),
        row("one-elsewhere", "1 of 3 is another chain from the middle of the run", Wrong::Elsewhere),
    ]
}

async fn three(case: Case, wrong: Wrong) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    // blocks of another time, for those that lag
    bench.world.mine_empty(60);
    let mut nodes: Vec<Node> = ["one", "two", "three"].map(|label| bench.world.node(label)).into();
    nodes.rotate_left(case.index % 3);
    let _blocks = bench.blocks();
    let began = Instant::now();
    let intents = pays("pay", INTENTS);
    let out = 1 + case.index % (INTENTS - 1);
    let weather = async {
        let struck = match &wrong {
            Wrong::Always(method, fault) => {
                nodes[0].script(Rule::on(method, fault.clone()));
                began
            }
            Wrong::Lags(blocks) => {
                nodes[0].lag(*blocks);
                began
            }
            Wrong::Down(1) => {
                nodes[0].down(true);
                began
            }
            Wrong::Down(_) | Wrong::Hour | Wrong::Fork | Wrong::Elsewhere => {
                bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
                Instant::now()
            }
        };
        match &wrong {
            Wrong::Down(2) => down_for_an_hour(&nodes[..2]).await,
            Wrong::Hour => down_for_an_hour(&nodes).await,
            Wrong::Fork => {
                let fork = bench.world.fork_at(bench.world.height().saturating_sub(2));
                nodes[0].follow(&fork);
                grow(&fork).await;
            }
            Wrong::Elsewhere => {
                let elsewhere = World::new(WorldConfig { chain_id: 1337, ..WorldConfig::default() });
                nodes[0].follow(&elsewhere);
                grow(&elsewhere).await;
            }
            _ => {}
        }
        Ok::<_, String>(struck)
    };
    let order = {
        // the handle has them in their own order, whichever of them fails
        let mut order: Vec<&Node> = nodes.iter().collect();
        order.sort_unstable_by_key(|node| node.label());
        order
    };
    let runs = if matches!(wrong, Wrong::Hour | Wrong::Down(2)) { 100 } else { 1 };
    let (done, struck) = tokio::join!(bench.execute_at(&order, &intents, runs), weather);
    let struck = struck?;
    done?;
    let fired = nodes[0].fired() > 0 || !matches!(wrong, Wrong::Always(..));
    Ok(Outcome { injections: u64::from(fired), ..bench.account(&keys("pay", INTENTS), struck)? })
}

async fn down_for_an_hour(nodes: &[Node]) {
    nodes.iter().for_each(|node| node.down(true));
    tokio::time::sleep(HOUR).await;
    nodes.iter().for_each(|node| node.down(false));
}

/// Another world goes on at its own pace for an hour.
async fn grow(world: &World) {
    let until = Instant::now() + HOUR;
    while Instant::now() < until {
        tokio::time::sleep(Pace::VIRTUAL.block).await;
        world.mine(1);
    }
}

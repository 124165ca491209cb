//! An endpoint that fails.
//!
//! Each case aims a fault at one of the methods the engine uses, in turn, at its first or second request, once or twice in
//! a row. In virtual time the endpoint is in the process; what needs a socket to be what it is goes over TCP.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tminus_adversary::{Fault, Rule};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;
const CASES: (usize, usize) = (9, 50);

/// What the engine asks.
const METHODS: [&str; 8] = [
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
    "eth_getTransactionCount",
    "eth_getBlockByNumber",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_call",
    "eth_estimateGas",
];
const SEND: &[&str] = &["eth_sendRawTransaction"];
const COUNT: &[&str] = &["eth_getTransactionCount"];

/// A fault of the list.
struct Listed {
    name: &'static str,
    what: &'static str,
    /// At which methods.
    at: &'static [&'static str],
    /// Whether the request is taken before it strikes.
    accepted: bool,
    /// Whether it needs a socket.
    tcp: bool,
    /// Runs it may take: where nobody else can be asked, the engine stops, and is run again.
    runs: usize,
    fault: Fault,
}

fn listed() -> Vec<Listed> {
    let any = |name, what, fault| Listed { name, what, at: &METHODS, accepted: false, tcp: false, runs: 1, fault };
    let tcp = |name, what, fault| Listed { tcp: true, ..any(name, what, fault) };
    let send = |name, what, accepted, fault| Listed { at: SEND, accepted, ..any(name, what, fault) };
    let count = |name, what, by| Listed { at: COUNT, ..any(name, what, Fault::LyingNonce(by)) };
    let late = Duration::from_secs(25);
    vec![
        any("timeout", "no answer to a question", Fault::Timeout),
        send("timeout-before-taken", "no answer to a send that was not taken", false, Fault::Timeout),
        send("timeout-after-taken", "no answer to a send that was taken", true, Fault::Timeout),
        any("cut", "the connection breaks before the answer", Fault::Cut),
        send("cut-after-taken", "the connection breaks after a send was taken", true, Fault::Cut),
        any("slow", "an answer after 25 seconds", Fault::Slow(late)),
        send("slow-after-taken", "an answer to a send 25 seconds after it was taken", true, Fault::Slow(late)),
        any("null-result", "`result: null`", Fault::NullResult),
        any("both", "a result and an error at once", Fault::BothResultAndError(-32000, "internal error".to_owned())),
        any("internal-error", "an error that says nothing", Fault::Text(-32603, "internal error".to_owned())),
        any("stale-1", "an answer as of a block ago", Fault::Stale(1)),
        any("stale-50", "an answer as of fifty blocks ago", Fault::Stale(50)),
        count("nonce-low-1", "a nonce one too low", -1),
        count("nonce-low-5", "a nonce five too low", -5),
        Listed { runs: 5, ..count("nonce-high-1", "a nonce one too high: nothing is signed on it", 1) },
        Listed { runs: 5, ..count("nonce-high-5", "a nonce five too high: nothing is signed on it", 5) },
        any(
            "http-400-json",
            "HTTP 400 with a JSON-RPC error",
            Fault::HttpText(400, -32000, "internal error".to_owned()),
        ),
        tcp("refused", "nobody listens", Fault::Refused),
        tcp("tcp-cut", "the connection breaks before the answer, over TCP", Fault::Cut),
        tcp("cut-midway", "the connection breaks in the middle of the answer", Fault::CutMidway),
        tcp("truncated", "JSON that ends in its middle", Fault::Truncated),
        tcp("garbage", "bytes that are nothing", Fault::garbage()),
        tcp("html", "a page of HTML under HTTP 200", Fault::html()),
        tcp("wrong-id", "an answer to another question", Fault::WrongId),
        tcp("duplicate", "the answer twice", Fault::Duplicate),
        tcp("http-408", "HTTP 408", Fault::status(408)),
        tcp("http-429", "HTTP 429", Fault::status(429)),
        tcp("http-429-retry-after", "HTTP 429 with `Retry-After: 1`", Fault::retry_after("1")),
        tcp("http-500", "HTTP 500", Fault::status(500)),
        tcp("http-502", "HTTP 502", Fault::status(502)),
        tcp("http-503", "HTTP 503", Fault::status(503)),
        tcp("http-504", "HTTP 504", Fault::status(504)),
        Listed {
            at: SEND,
            accepted: true,
            ..tcp("http-502-after-taken", "HTTP 502 to a send that was taken", Fault::status(502))
        },
    ]
}

pub(super) fn rows() -> Vec<Spec> {
    let row = |listed: Listed| {
        let Listed { name, what, at, accepted, tcp, runs, fault } = listed;
        let (clock, pace) = if tcp { (Clock::Real, Pace::REAL) } else { (Clock::Virtual, Pace::VIRTUAL) };
        let spec = Spec::new("rpc", name, what, clock, CASES, move |case| {
            let mut rng = ChaCha12Rng::seed_from_u64(case.seed);
            let rule = Rule::on(at[case.index % at.len()], fault.clone());
            let rule = rule.after(rng.random_range(0..2)).times(rng.random_range(1..=2));
            failing(case, if accepted { rule.accepted() } else { rule }, pace, tcp, runs)
        });
        if runs > 1 { spec.with_operator("run again") } else { spec }
    };
    let mut rows: Vec<_> = listed().into_iter().map(row).collect();
    let hour = "nobody listens for an hour";
    rows.push(Spec::new("rpc", "down-an-hour", hour, Clock::Virtual, (2, 20), down_an_hour).with_operator("run again"));
    rows
}

async fn failing(case: Case, rule: Rule, pace: Pace, tcp: bool, runs: usize) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, pace)?;
    bench.node.script(rule);
    let _blocks = bench.blocks();
    let began = Instant::now();
    if tcp {
        bench.execute_over_tcp(&pays("pay", INTENTS)).await?;
    } else {
        bench.execute(&pays("pay", INTENTS), runs).await?;
    }
    let struck = u64::from(bench.node.fired() > 0);
    Ok(Outcome { injections: struck, ..bench.account(&keys("pay", INTENTS), began)? })
}

/// Longer than the patience of any run: it halts, is run again and goes on where it was.
async fn down_an_hour(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let out = 1 + case.index % (INTENTS - 1);
    let weather = async {
        bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
        bench.node.down(true);
        let struck = Instant::now();
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        bench.node.down(false);
        Ok::<_, String>(struck)
    };
    let intents = pays("pay", INTENTS);
    let (done, struck) = tokio::join!(bench.execute(&intents, 100), weather);
    let struck = struck?;
    done?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

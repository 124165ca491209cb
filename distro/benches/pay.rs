//! A whole distribution on the embedded chain: `cargo bench -p tminus-distro --bench pay [-- RECIPIENTS [plain]]`, 100,000 on
//! the launch token by default. Everything a run does is in the time: measuring, calldata and proofs, checks, signatures, the
//! journal on the disk, execution, receipts, finality. The audit of every balance is timed apart.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{io::Write, time::Instant};

use support::{Kind, World};
use tminus_chain::evidence::Verdict;
use tminus_distro::{
    audit::{AuditOptions, audit},
    run::run,
};

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let recipients: u32 = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let kind = if arguments.iter().any(|argument| argument == "plain") { Kind::Plain } else { Kind::Launch };
    let mut out = std::io::stdout().lock();
    let world = World::new().await;
    let launch = world.launch(kind, recipients, 1).await;
    let outbox = world.outbox("bench.sqlite").await;

    let begun = Instant::now();
    let report = run(&outbox, launch.address, &launch.committed, &world.options(1), &|_| {}).await.expect("a run");
    let time = begun.elapsed().as_secs_f64();
    let gas: u64 = report.batches.iter().map(|batch| batch.gas_used).sum();
    writeln!(
        out,
        "{kind:?} token: {recipients} recipients in {} transactions: {time:.2} s, {:.0} recipients/s, {} gas a recipient",
        report.batches.len(),
        f64::from(recipients) / time,
        gas / u64::from(recipients),
    )
    .expect("stdout");

    let begun = Instant::now();
    let audited = audit(&launch.distributor, &launch.committed, AuditOptions::default()).await;
    assert_eq!(audited.verdict(), Verdict::Holds);
    let time = begun.elapsed().as_secs_f64();
    writeln!(out, "audit of {} balances at two blocks: {time:.2} s", audited.compared).expect("stdout");
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find(|line| line.starts_with("VmHWM"));
        writeln!(out, "peak memory {}", peak.unwrap_or_default()).expect("stdout");
    }
}

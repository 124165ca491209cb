//! A disk that fails, forgets, or gives back something else; and times in the ledger that cannot be.
//!
//! The process that had the ledger is ended in the middle (its files are kept as they were at that moment), something is done
//! to them, and the work is taken up again. Where the engine refuses what it finds, the cure it names is applied, as an
//! operator would: a refusal that says what to do counts as recovered, if the cure works.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rusqlite::Connection;
use tminus_chain::{
    ledger::{Ledger, Pins},
    outbox::Until,
};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Size, Spec},
    child::{End, Orders, Process},
    row::{Clock, Outcome},
};

const INTENTS: usize = 10;
const RUNS: usize = 30;
/// Places at which a log is cut and opened, in CI and in full: a log has many thousand bytes, an opening takes tens of milliseconds.
const CUTS: (u64, u64) = (16, 1_000);
/// Words of a refusal after which a sound copy is put in the place of the ledger.
const REFUSALS: [&str; 6] = [
    "is damaged",
    "move the ledger aside",
    "the journal holds",
    "not a tminus ledger",
    "belongs to chain",
    "has schema",
];
const CHAIN: u64 = 31337;
/// Intents of the row `full`, and the bytes a file may grow to: more than an empty ledger needs, less than the log of this work.
const FULL_INTENTS: usize = 24;
const ROOM: std::ops::Range<u64> = 150_000..450_000;
const CURE: &str = "put a sound copy of the ledger back, or move it aside, as the refusal says";

pub(super) fn rows() -> Vec<Spec> {
    vec![
        Spec::new(
            "disk",
            "log-cut-anywhere",
            "the write-ahead log cut off at offsets spread evenly over its last commits, a sample: opened each time, and what \
             it holds only grows with the log",
            Clock::Virtual,
            (1, 8),
            cut_anywhere,
        )
        .with_each(CUTS.0, CUTS.1),
        Spec::new(
            "disk",
            "log-cut",
            "the write-ahead log loses its tail from a random byte of its last commits on, with transactions out",
            Clock::Virtual,
            (4, 400),
            cut,
        ),
        Spec::new(
            "disk",
            "flipped-log",
            "one changed bit in the last commits of the write-ahead log, with transactions out",
            Clock::Virtual,
            (4, 400),
            flipped_log,
        )
        .with_operator(CURE),
        Spec::new(
            "disk",
            "deleted",
            "the ledger is deleted while it is in use, with transactions out",
            Clock::Virtual,
            (2, 100),
            deleted,
        )
        .with_operator("run again"),
        Spec::new(
            "disk",
            "old-backup",
            "an old copy of the ledger is put back after more was sent and mined",
            Clock::Virtual,
            (3, 400),
            old_backup,
        )
        .with_operator("put the copy back"),
        Spec::new(
            "disk",
            "full",
            "no file may grow any further than to a size that is reached in the middle (RLIMIT_FSIZE); then there is room again",
            Clock::Real,
            (4, 100),
            full,
        )
        .with_operator("make room, run again"),
        Spec::new(
            "disk",
            "clock",
            "the times in the ledger are a day ahead, a day behind, or of 1970, as of a clock that was wrong",
            Clock::Virtual,
            (3, 60),
            clock,
        ),
    ]
}

/// The files of a ledger at one moment.
struct Files {
    pages: Vec<u8>,
    log: Vec<u8>,
}

impl Files {
    /// The log only grows while the pages stay, so files read one after the other are those of one moment.
    fn read(ledger: &Path) -> Result<Self, String> {
        let read = |file: &Path| std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
        Ok(Self { pages: read(ledger)?, log: read(&beside(ledger, "-wal")).unwrap_or_default() })
    }

    /// In place of whatever is there.
    fn write(&self, ledger: &Path) -> Result<(), String> {
        let write = |file: &Path, bytes: &[u8]| std::fs::write(file, bytes).map_err(|error| error.to_string());
        // gone already, or it is about to be noticed
        let _ = std::fs::remove_file(beside(ledger, "-shm"));
        write(ledger, &self.pages)?;
        write(&beside(ledger, "-wal"), &self.log)
    }

    /// Where the last `commits` commits begin in the log: each ends with a frame that tells the size of the file.
    fn tail(&self, commits: usize) -> usize {
        let page = self.log.get(8..12).map_or(4_096, |size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]));
        let frame = page as usize + 24;
        let ends: Vec<usize> = (0..self.log.len().saturating_sub(32) / frame)
            .map(|n| 32 + n * frame)
            .filter(|at| self.log[at + 4..at + 8] != [0; 4])
            .map(|at| at + frame)
            .collect();
        ends.len().checked_sub(commits + 1).map_or(32, |at| ends[at])
    }
}

fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Begins the work and ends the process in the middle of it; the files as they were then.
async fn interrupted(bench: &Bench, out: usize) -> Result<Files, String> {
    let outbox = bench.open().await.map_err(|error| error.to_string())?;
    let intents = pays("pay", INTENTS);
    let work = tokio::spawn(async move { outbox.execute_independent(intents, Until::Finalized).await.map(drop) });
    bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
    let files = Files::read(&bench.ledger())?;
    work.abort();
    // the ledger is let go with it
    let _ = work.await;
    Ok(files)
}

fn scene(case: &Case) -> Result<(Bench, ChaCha12Rng, usize), String> {
    let mut random = ChaCha12Rng::seed_from_u64(case.seed);
    let out = random.random_range(2..=INTENTS);
    Ok((Bench::new(case.seed, Pace::VIRTUAL)?, random, out))
}

/// Takes the work up again; where that is refused for the state of the ledger, puts `sound` in its place and tries again.
async fn take_up(bench: &Bench, sound: Option<&Files>, since: Instant) -> Result<Outcome, String> {
    if let Err(refusal) = bench.execute(&pays("pay", INTENTS), 1).await {
        match sound {
            Some(files) if REFUSALS.iter().any(|words| refusal.contains(words)) => files.write(&bench.ledger())?,
            _ => {}
        }
        bench.execute(&pays("pay", INTENTS), RUNS).await?;
    }
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), since)? })
}

async fn cut_anywhere(case: Case) -> Result<Outcome, String> {
    let (bench, mut random, out) = scene(&case)?;
    let _blocks = bench.blocks();
    let files = interrupted(&bench, out).await?;
    let pins = Pins { chain_id: CHAIN, genesis_hash: bench.world.hash_at(0).ok_or("no first block")? };
    let copy = bench.other_ledger();
    let cuts = if case.size == Size::Full { CUTS.1 } else { CUTS.0 };
    let (from, to) = (files.tail(2), files.log.len());
    let step = (to - from) / usize::try_from(cuts).map_err(|error| error.to_string())?;
    let first = from + random.random_range(0..step.max(1));
    let (mut opened, mut least) = (0, 0);
    for end in (first..=to).step_by(step.max(1)) {
        Files { pages: files.pages.clone(), log: files.log[..end].to_vec() }.write(&copy)?;
        drop(Ledger::open(&copy, pins).map_err(|error| format!("cut at {end}: {error}"))?);
        let attempts = attempts(&copy)?;
        if attempts < least {
            return Err(format!("cut at {end}: {attempts} transactions, but {least} with less of the log"));
        }
        (opened, least) = (opened + 1, attempts);
    }
    let struck = Instant::now();
    files.write(&bench.ledger())?;
    Ok(Outcome { injections: opened, ..take_up(&bench, None, struck).await? })
}

fn attempts(ledger: &Path) -> Result<i64, String> {
    let connection = Connection::open(ledger).map_err(|error| error.to_string())?;
    let count = connection.query_row("SELECT count(*) FROM attempts", [], |row| row.get(0));
    count.map_err(|error| error.to_string())
}

async fn cut(case: Case) -> Result<Outcome, String> {
    let (bench, mut random, out) = scene(&case)?;
    let _blocks = bench.blocks();
    let mut files = interrupted(&bench, out).await?;
    let struck = Instant::now();
    files.log.truncate(random.random_range(files.tail(3)..=files.log.len()));
    files.write(&bench.ledger())?;
    take_up(&bench, None, struck).await
}

async fn flipped_log(case: Case) -> Result<Outcome, String> {
    let (bench, mut random, out) = scene(&case)?;
    let _blocks = bench.blocks();
    let sound = interrupted(&bench, out).await?;
    let struck = Instant::now();
    let mut damaged = Files { pages: sound.pages.clone(), log: sound.log.clone() };
    let at = random.random_range(damaged.tail(3)..damaged.log.len());
    damaged.log[at] ^= 1 << random.random_range(0..8);
    damaged.write(&bench.ledger())?;
    take_up(&bench, Some(&sound), struck).await
}

async fn deleted(case: Case) -> Result<Outcome, String> {
    let (bench, _, out) = scene(&case)?;
    let _blocks = bench.blocks();
    let outbox = bench.open().await.map_err(|error| error.to_string())?;
    let work = tokio::spawn(async move { outbox.execute_independent(pays("pay", INTENTS), Until::Finalized).await });
    bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
    let struck = Instant::now();
    bench.lose_ledger()?;
    match work.await.map_err(|error| error.to_string())? {
        Err(error) if error.to_string().contains("was deleted or replaced") => {}
        other => return Err(format!("a ledger that is gone ended as {other:?}")),
    }
    take_up(&bench, None, struck).await
}

async fn old_backup(case: Case) -> Result<Outcome, String> {
    let (bench, mut random, out) = scene(&case)?;
    let _blocks = bench.blocks();
    let old = interrupted(&bench, out).await?;
    let outbox = bench.open().await.map_err(|error| error.to_string())?;
    let later = random.random_range(out..=INTENTS);
    let mined = u64::try_from(random.random_range(0..=later)).unwrap_or(0);
    let work = tokio::spawn(async move { outbox.execute_independent(pays("pay", INTENTS), Until::Finalized).await });
    let further = |bench: &Bench| bench.versions().len() >= later && bench.effects(&keys("pay", INTENTS)) >= mined;
    bench.until("more is out and mined", further).await?;
    work.abort();
    // the ledger is let go with it
    let _ = work.await;
    let struck = Instant::now();
    old.write(&bench.ledger())?;
    take_up(&bench, None, struck).await
}

/// A real process: the first blow is the first write that does not fit, wherever in the work that is.
async fn full(case: Case) -> Result<Outcome, String> {
    let mut random = ChaCha12Rng::seed_from_u64(case.seed);
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let _blocks = bench.blocks();
    let orders = Orders::new(server.url(), &bench.ledger(), "pay", FULL_INTENTS);
    let room = Orders { room: Some(random.random_range(ROOM)), ..orders.clone() };
    match Process::start(&case.program, &room, None)?.end().await? {
        (End::Failed, heard) if heard.last().is_some_and(|line| line.contains("takes no more writes")) => {}
        (end, heard) => return Err(format!("with room for {:?} it ended as {end:?}: {:?}", room.room, heard.last())),
    }
    let struck = Instant::now();
    match Process::start(&case.program, &orders, None)?.end().await? {
        (End::Done, _) => {}
        (end, heard) => return Err(format!("with room again it ended as {end:?}: {:?}", heard.last())),
    }
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", FULL_INTENTS), struck)? })
}

async fn clock(case: Case) -> Result<Outcome, String> {
    const DAY: i64 = 86_400_000;
    let (bench, _, out) = scene(&case)?;
    let _blocks = bench.blocks();
    interrupted(&bench, out).await?;
    let struck = Instant::now();
    let change = match case.index % 3 {
        0 => format!("made_ms + {DAY}"),
        1 => format!("made_ms - {DAY}"),
        _ => "0".to_owned(),
    };
    let connection = Connection::open(bench.ledger()).map_err(|error| error.to_string())?;
    let guard: String = connection
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'attempts_do_not_change'", [], |row| row.get(0))
        .map_err(|error| error.to_string())?;
    let sql = format!("DROP TRIGGER attempts_do_not_change; UPDATE attempts SET made_ms = {change}; {guard};");
    connection.execute_batch(&sql).map_err(|error| error.to_string())?;
    drop(connection);
    take_up(&bench, None, struck).await
}

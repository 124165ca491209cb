//! The process that gets killed: it opens an outbox on a ledger against endpoints over TCP and carries out intents.
//!
//! It is this program again, by a hidden subcommand, so that a kill is a kill: no destructor runs and no buffer is written.
//! What it has reached it says on its standard output, a line each, which is all that the parent believes of it.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use tminus_chain::{
    crash,
    outbox::{IntentKey, Outbox, OutboxConfig, OutboxError, OutboxEvent, Until},
    rpc::Rpc,
    signer::Signers,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::Notify,
    task::JoinHandle,
};

use crate::bench::{Pace, keys, lock, pays};

/// What a child is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Orders {
    /// Where the ledger is.
    #[arg(long)]
    pub ledger: PathBuf,
    /// Where the endpoint is.
    #[arg(long)]
    pub url: String,
    /// First word of the keys.
    #[arg(long)]
    pub prefix: String,
    /// How many intents.
    #[arg(long)]
    pub count: usize,
    /// How many in flight.
    #[arg(long)]
    pub in_flight: usize,
    /// Milliseconds between looks.
    #[arg(long)]
    pub poll_ms: u64,
    /// Milliseconds before fees are raised.
    #[arg(long)]
    pub bump_ms: u64,
    /// The intent to cancel once it was sent.
    #[arg(long)]
    pub cancel: Option<usize>,
    /// The intent that is not handed over any more.
    #[arg(long)]
    pub without: Option<usize>,
    /// Bytes that no file may grow beyond.
    #[arg(long)]
    pub room: Option<u64>,
}

impl Orders {
    /// At the usual pace.
    #[must_use]
    pub fn new(url: &str, ledger: &Path, prefix: &str, count: usize) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            ledger: ledger.to_owned(),
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            count,
            in_flight: 4,
            poll_ms: ms(Pace::REAL.poll),
            bump_ms: ms(Pace::REAL.bump),
            cancel: None,
            without: None,
            room: None,
        }
    }

    /// What is told to the next one: what was to be cancelled is not handed over again.
    #[must_use]
    pub fn afterwards(&self) -> Self {
        Self { cancel: None, without: self.cancel, ..self.clone() }
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything is final.
    Done,
    /// A signal.
    Killed,
    /// With an error of its own.
    Failed,
}

/// Carries the orders out; the exit code: 0 done, 4 halted, 1 anything else.
pub async fn obey(orders: &Orders) -> u8 {
    if let Some(Err(error)) = orders.room.map(confine) {
        say(&format!("failed: no limit on the size of files: {error}"));
        return 1;
    }
    match carry_out(orders).await {
        Ok(()) => {
            say("done");
            0
        }
        Err(error) => {
            say(&format!("failed {error}"));
            if matches!(error, OutboxError::Halted(_)) { 4 } else { 1 }
        }
    }
}

/// From now on a write beyond `room` fails (EFBIG), as on a disk that is full.
fn confine(room: u64) -> std::io::Result<()> {
    // taken note of, the signal does not end the process
    let _heard = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
    Ok(setrlimit(Resource::Fsize, Rlimit { current: Some(room), maximum: Some(room) })?)
}

async fn carry_out(orders: &Orders) -> Result<(), OutboxError> {
    let rpc = Rpc::connect(&orders.url).await?;
    let signers = Signers::dev(rpc.chain_id(), 1)?;
    let pace =
        Pace { poll: Duration::from_millis(orders.poll_ms), bump: Duration::from_millis(orders.bump_ms), ..Pace::REAL };
    let config = OutboxConfig { in_flight: orders.in_flight, ..pace.config() };
    let sent = Arc::new(Notify::new());
    let (unwanted, signal) = (orders.cancel.map(|at| keys(&orders.prefix, orders.count)[at].clone()), sent.clone());
    let unwanted_key = unwanted.clone();
    let events = Arc::new(move |event| match event {
        OutboxEvent::Sent(key, hash) => {
            say(&format!("sent {key} {hash}"));
            if Some(key.as_str()) == unwanted.as_deref() {
                signal.notify_one();
            }
        }
        OutboxEvent::Bumped(key, hash) => say(&format!("bumped {key} {hash}")),
        OutboxEvent::Held(key, why) => say(&format!("held {key} {why}")),
        OutboxEvent::Mined(settled) => say(&format!("mined {}", settled.key)),
        OutboxEvent::Waiting(words) | OutboxEvent::Warning(words) => say(&format!("note {words}")),
    });
    let outbox = Outbox::open(rpc, &orders.ledger, signers, config, events).await?;
    say("open");
    let mut intents = pays(&orders.prefix, orders.count);
    orders.without.map(|at| intents.remove(at));
    let work = outbox.execute_independent(intents, Until::Finalized);
    if let Some(key) = unwanted_key {
        let cancel = async {
            sent.notified().await;
            outbox.cancel(&IntentKey::new(key)).await
        };
        let (done, cancelled) = tokio::join!(work, cancel);
        say(&format!("cancelled {:?}", cancelled?));
        done?;
    } else {
        work.await?;
    }
    // the end of what was to be cancelled is nobody's intent any more
    outbox.finalize().await
}

/// One line to the parent, flushed: a kill must not take it back.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // without a parent there is nobody to tell
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A child as its parent sees it; killed when dropped.
pub struct Process {
    child: Child,
    heard: Arc<Mutex<Vec<String>>>,
    /// Ends when the child closes its output.
    listener: JoinHandle<()>,
}

impl Process {
    /// Starts this program as a child; `crash` arms a point at its n-th passing.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start(program: &Path, orders: &Orders, crash: Option<(&str, u64)>) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.arg("child").args(["--url", &orders.url, "--prefix", &orders.prefix]);
        command.arg("--ledger").arg(&orders.ledger);
        command.args(["--count", &orders.count.to_string(), "--in-flight", &orders.in_flight.to_string()]);
        command.args(["--poll-ms", &orders.poll_ms.to_string(), "--bump-ms", &orders.bump_ms.to_string()]);
        for (option, at) in [("--cancel", orders.cancel), ("--without", orders.without)] {
            if let Some(at) = at {
                command.args([option, &at.to_string()]);
            }
        }
        if let Some(room) = orders.room {
            command.args(["--room", &room.to_string()]);
        }
        match crash {
            Some((point, passing)) => command.env(crash::VARIABLE, format!("{point}:{passing}")),
            None => command.env_remove(crash::VARIABLE),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let out = child.stdout.take().ok_or("a child without an output")?;
        let lines = Arc::clone(&heard);
        let listener = tokio::spawn(async move {
            let mut out = BufReader::new(out).lines();
            while let Ok(Some(line)) = out.next_line().await {
                lock(&lines).push(line);
            }
        });
        Ok(Self { child, heard, listener })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// The wait failed.
    pub async fn end(mut self) -> Result<(End, Vec<String>), String> {
        let status = self.child.wait().await.map_err(|error| format!("waiting for a child: {error}"))?;
        // all it said before its end, whoever reads last
        let _ = (&mut self.listener).await;
        let end = match status.code() {
            Some(0) => End::Done,
            Some(_) => End::Failed,
            None => End::Killed,
        };
        let heard = std::mem::take(&mut *lock(&self.heard));
        Ok((end, heard))
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.listener.is_finished()
    }

    /// Whether it said a line that begins so.
    #[must_use]
    pub fn said(&self, words: &str) -> bool {
        lock(&self.heard).iter().any(|line| line.starts_with(words))
    }

    /// SIGKILL, now.
    ///
    /// # Errors
    /// It could not be sent.
    pub fn kill(&mut self) -> Result<(), String> {
        self.child.start_kill().map_err(|error| format!("kill: {error}"))
    }

    /// Another signal.
    ///
    /// # Errors
    /// It could not be sent.
    pub fn signal(&self, signal: Signal) -> Result<(), String> {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        let id = id.ok_or("the child is gone")?;
        rustix::process::kill_process(id, signal).map_err(|error| format!("signal: {error}"))
    }
}

//! Runs rows: each a number of injections, each injection a case with a seed of its own.
//!
//! Cases are spread over a few threads, each with a runtime of its own; a case in virtual time gets a paused clock. Nothing is
//! tried again until it is green: the first case that fails, by words, by panic or by the chain's count, ends its row, and the
//! row says how to repeat that case alone. A fault that was not seen to strike counts for nothing, and a row with fewer
//! injections than it asked for has failed.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::row::{Clock, Outcome, Row};

/// How many injections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A few of each, for every change.
    Ci,
    /// All of them.
    Full,
}

/// One injection to be made.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its place in the row.
    pub index: usize,
    /// Its random numbers begin here.
    pub seed: u64,
    /// Where those of the whole campaign begin.
    pub campaign_seed: u64,
    /// How large the campaign is, for cases that are one long run.
    pub size: Size,
    /// This program, for cases that kill processes.
    pub program: PathBuf,
}

/// What a case is while it runs; it stays on its thread.
pub type Running = Pin<Box<dyn Future<Output = Result<Outcome, String>>>>;
/// Makes the injection of a case.
pub type Injection = Arc<dyn Fn(Case) -> Running + Send + Sync>;

/// A row before it has run.
#[derive(Clone)]
pub struct Spec {
    /// The part of the campaign it belongs to.
    pub group: &'static str,
    /// Its name.
    pub name: String,
    /// The fault in words.
    pub fault: String,
    /// Whose time it runs in.
    pub clock: Clock,
    /// What a person has to do for it to go on.
    pub operator: &'static str,
    /// Cases in CI, and in full.
    pub cases: (usize, usize),
    /// Injections a case makes, in CI and in full; one but for long runs.
    pub each: (u64, u64),
    /// What a case does.
    pub run: Injection,
}

impl Spec {
    /// A row of one injection a case that needs nobody's help.
    pub fn new<F>(
        group: &'static str,
        name: impl Into<String>,
        fault: impl Into<String>,
        clock: Clock,
        cases: (usize, usize),
        run: impl Fn(Case) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Outcome, String>> + 'static,
    {
        let run: Injection = Arc::new(move |case| Box::pin(run(case)));
        let (name, fault) = (format!("{group}/{}", name.into()), fault.into());
        Self { group, name, fault, clock, operator: "none", cases, each: (1, 1), run }
    }

    /// The same with a word on what a person has to do.
    #[must_use]
    pub fn with_operator(self, operator: &'static str) -> Self {
        Self { operator, ..self }
    }

    /// The same with several injections a case.
    #[must_use]
    pub fn with_each(self, ci: u64, full: u64) -> Self {
        Self { each: (ci, full), ..self }
    }

    fn count(&self, size: Size) -> usize {
        if size == Size::Ci { self.cases.0 } else { self.cases.1 }
    }

    fn asked(&self, size: Size, cases: usize) -> u64 {
        cases as u64 * if size == Size::Ci { self.each.0 } else { self.each.1 }
    }
}

/// What is run and how.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// How large.
    pub size: Size,
    /// Where random numbers begin.
    pub seed: u64,
    /// One case alone, to repeat it.
    pub only: Option<usize>,
    /// This program, for rows that kill processes.
    pub program: PathBuf,
    /// Threads that run cases.
    pub threads: usize,
    /// Told of each row as it ends, and of progress within.
    pub progress: fn(&str),
}

/// Real time a case may take before it counts as hanging; a long run has more.
const CASE_PATIENCE: Duration = Duration::from_secs(60);
const RUN_PATIENCE: Duration = Duration::from_secs(1_200);

impl Campaign {
    /// Runs one row.
    #[must_use]
    pub fn run(&self, spec: &Spec) -> Row {
        let count = spec.count(self.size);
        let indices: Vec<usize> = self.only.map_or_else(|| (0..count).collect(), |only| vec![only]);
        let began = Instant::now();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (outcomes, failures) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(indices.len()) {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let Some(index) = indices.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let (outcome, failure) = self.one(spec, *index);
                        if let Some(failure) = failure {
                            stop.store(true, Ordering::Relaxed);
                            lock(&failures).push(failure);
                        }
                        lock(&outcomes).extend(outcome);
                    }
                });
            }
        });
        let mut row = Row {
            group: spec.group,
            name: spec.name.clone(),
            fault: spec.fault.clone(),
            clock: spec.clock,
            asked: spec.asked(self.size, indices.len()),
            injections: 0,
            intents: 0,
            wanted: 0,
            seen: 0,
            duplicates: 0,
            lost: 0,
            stuck: 0,
            operator: spec.operator,
            p50_ms: None,
            p99_ms: None,
            seed: self.seed,
            command: self.command(spec, None),
            failures: failures.into_inner().unwrap_or_else(PoisonError::into_inner),
        };
        row.add(&outcomes.into_inner().unwrap_or_else(PoisonError::into_inner));
        if row.failures.is_empty() && row.injections < row.asked {
            let missing = format!("{} of {} faults were seen to strike; {}", row.injections, row.asked, row.command);
            row.failures.push(missing);
        }
        let verdict = if row.is_sound() { "ok" } else { "FAILED" };
        (self.progress)(&format!(
            "{verdict:6} {} ({} of {} injections, {} intents, {:.1} s)",
            row.name,
            row.injections,
            row.asked,
            row.intents,
            began.elapsed().as_secs_f64()
        ));
        for failure in &row.failures {
            (self.progress)(&format!("       {failure}"));
        }
        row
    }

    /// One case on a runtime of its own; what came of it, and what is wrong with that.
    fn one(&self, spec: &Spec, index: usize) -> (Option<Outcome>, Option<String>) {
        let case = Case {
            index,
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(index as u64),
            campaign_seed: self.seed,
            size: self.size,
            program: self.program.clone(),
        };
        let patience = if spec.each.1 > 1 { RUN_PATIENCE } else { CASE_PATIENCE };
        let ran = catch_unwind(AssertUnwindSafe(|| within(spec, case, patience)));
        let command = self.command(spec, Some(index));
        match ran {
            Ok(Ok(outcome)) if outcome.is_sound() => (Some(outcome), None),
            Ok(Ok(outcome)) => {
                let failure = format!("{outcome:?}; {command}");
                (Some(outcome), Some(failure))
            }
            Ok(Err(words)) => (None, Some(format!("{words}; {command}"))),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
                (None, Some(format!("panicked: {words}; {command}")))
            }
        }
    }

    fn command(&self, spec: &Spec, index: Option<usize>) -> String {
        let full = if self.size == Size::Full { " --full" } else { "" };
        let case = index.map_or_else(String::new, |index| format!(" --case {index}"));
        format!("cargo run --locked -p tminus-faults --{full} --row {} --seed {}{case}", spec.name, self.seed)
    }
}

/// Runs a case to its end, or to the end of patience by the clock of the machine, whatever its own clock says.
fn within(spec: &Spec, case: Case, patience: Duration) -> Result<Outcome, String> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all();
    if spec.clock == Clock::Virtual {
        builder.start_paused(true);
    }
    let runtime = builder.build().map_err(|error| format!("no runtime: {error}"))?;
    let began = Instant::now();
    let outcome = runtime.block_on(async {
        let mut running = (spec.run)(case);
        std::future::poll_fn(|context| {
            if began.elapsed() > patience {
                return std::task::Poll::Ready(Err(format!("not over after {} s", patience.as_secs())));
            }
            running.as_mut().poll(context)
        })
        .await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

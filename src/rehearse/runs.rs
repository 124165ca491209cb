//! The log of the processes that took part in a rehearsal: when each started, its stages, how it ended.
//!
//! It decides nothing: what is done is read from the chain. It is only there so that the report can say how often the
//! rehearsal was resumed and how long each stage worked over all runs. A process that was killed leaves no end, and that is
//! how it is told.

use std::{
    path::{Path, PathBuf},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use tminus_chain::files::write_atomically;

use crate::{
    exit::Failure,
    report::{RunEnd, RunRecord, StageTiming},
};

/// The log, open for the run that writes it.
#[derive(Debug)]
pub(crate) struct Runs {
    path: PathBuf,
    runs: Vec<Run>,
    current: Option<Instant>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    started: u64,
    end: Option<End>,
    stages: Vec<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum End {
    Finished,
    Halted,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stage {
    name: String,
    summary: String,
    millis: u64,
}

impl Runs {
    /// Opens the log in `folder` and enters a new run. A log that cannot be read is begun anew: it decides nothing.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub(crate) fn start(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("runs.json");
        let mut runs: Vec<Run> =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        runs.push(Run { started: now(), end: None, stages: Vec::new() });
        let log = Self { path, runs, current: None };
        log.write()?;
        Ok(log)
    }

    /// Enters a stage.
    pub(crate) fn enter(&mut self, stage: &str) -> Result<(), Failure> {
        self.current = Some(Instant::now());
        let entry = Stage { name: stage.to_owned(), summary: String::new(), millis: 0 };
        self.last().stages.push(entry);
        self.write()
    }

    /// Leaves the stage entered last, with what came of it.
    pub(crate) fn leave(&mut self, summary: &str) -> Result<(), Failure> {
        let millis = self.current.take().map_or(0, |since| millis(since.elapsed()));
        if let Some(stage) = self.last().stages.last_mut() {
            summary.clone_into(&mut stage.summary);
            stage.millis = millis;
        }
        self.write()
    }

    /// Notes that this run reached the end, or stopped by itself.
    pub(crate) fn end(&mut self, finished: bool) -> Result<(), Failure> {
        self.last().end = Some(if finished { End::Finished } else { End::Halted });
        self.write()
    }

    /// Number of this run, from 0.
    pub(crate) fn number(&self) -> u32 {
        u32::try_from(self.runs.len() - 1).unwrap_or(u32::MAX)
    }

    /// Wall clock of the first start, Unix seconds.
    pub(crate) fn first_start(&self) -> u64 {
        self.runs.first().map_or(0, |run| run.started)
    }

    /// The runs as the report shows them.
    pub(crate) fn records(&self) -> Vec<RunRecord> {
        let end = |run: &Run| match run.end {
            Some(End::Finished) => RunEnd::Finished,
            Some(End::Halted) => RunEnd::Halted,
            None => RunEnd::Killed,
        };
        let stage = |run: &Run| run.stages.last().map_or_else(String::new, |stage| stage.name.clone());
        let mut records: Vec<_> =
            self.runs.iter().map(|run| RunRecord { started: run.started, end: end(run), stage: stage(run) }).collect();
        if let Some(this) = records.last_mut() {
            this.end = RunEnd::Finished;
        }
        records
    }

    /// Time of each stage over all runs, in the order in which they were first entered, with the latest summary.
    pub(crate) fn timings(&self) -> Vec<StageTiming> {
        let mut timings: Vec<StageTiming> = Vec::new();
        for stage in self.runs.iter().flat_map(|run| &run.stages) {
            match timings.iter_mut().find(|timing| timing.name == stage.name) {
                Some(timing) => {
                    timing.millis += stage.millis;
                    timing.summary.clone_from(&stage.summary);
                }
                None => timings.push(StageTiming {
                    name: stage.name.clone(),
                    summary: stage.summary.clone(),
                    millis: stage.millis,
                }),
            }
        }
        timings
    }

    fn last(&mut self) -> &mut Run {
        // `start` puts the first run there before anybody can call this
        let last = self.runs.len() - 1;
        &mut self.runs[last]
    }

    fn write(&self) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(&self.runs).map_err(Failure::failed)?;
        write_atomically(&self.path, &text).map_err(Failure::failed)
    }
}

/// The wall clock, Unix seconds; only ever shown, never decided upon.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_end_was_killed_and_times_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Runs::start(folder.path()).unwrap();
        first.enter("Genesis").unwrap();
        drop(first);
        let mut second = Runs::start(folder.path()).unwrap();
        second.enter("Genesis").unwrap();
        second.leave("59 steps").unwrap();
        assert_eq!(second.number(), 1);
        let ends: Vec<_> = second.records().iter().map(|record| record.end).collect();
        assert_eq!(ends, [RunEnd::Killed, RunEnd::Finished]);
        let timings = second.timings();
        assert_eq!((timings.len(), timings[0].summary.as_str()), (1, "59 steps"));
    }
}

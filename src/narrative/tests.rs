//! The narrative as it reads on paper.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tminus_chain::evidence::Verdict;

use super::terminal::{Ink, Line, Terminal};
use super::*;
use crate::report::sample;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(colour: bool, tell: impl FnOnce(&Narrative)) -> String {
    let paper = Paper::default();
    tell(&Narrative::on(Terminal::into_buffer(Box::new(paper.clone()), colour)));
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn a_run(narrative: &Narrative) {
    let data = sample::launch();
    narrative.countdown("tminus rehearse", "livepeer-2018 on the embedded chain, id 31337, osaka rules", 3);
    let mut stage = narrative.stage("Genesis");
    stage.step("Controller at 0x2E6d…1A68");
    stage.found("LivepeerToken");
    stage.note("the bank is impersonated");
    let bar = stage.progress("grants", "grants", 9, 47);
    bar.set(20);
    bar.finish();
    let timing = stage.done("64 steps, 9 of them found done");
    assert_eq!((timing.name.as_str(), timing.summary.as_str()), ("Genesis", "64 steps, 9 of them found done"));
    let stage = narrative.stage("Audit");
    narrative.checks(&data.checks);
    stage.done("12 checks");
    narrative.stage("Report").done("written");
    narrative.summary(&data, Path::new(".tminus/rehearsal/report.html"));
}

/// Also the way to look at it: `TMINUS_SAMPLE_NARRATIVE=1 cargo test -p tminus paper -- --nocapture`.
#[test]
fn on_paper_it_is_plain_lines() {
    let text = written(false, a_run);
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
    for line in [
        "T-2   Genesis",
        "T-1   Audit",
        "T-0   Report",
        "      ✓ Controller at 0x2E6d…1A68",
        "      = LivepeerToken",
        "        12 of 12 checks hold",
        "│ ✓ Go  livepeer-2018",
        "  report      .tminus/rehearsal/report.html",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line:?} in\n{text}");
    }
    let framed: Vec<usize> =
        text.lines().filter(|l| l.starts_with(['│', '├', '╭', '╰'])).map(|l| l.chars().count()).collect();
    assert!(framed.len() > 12 && framed.iter().all(|width| *width == framed[0]), "{framed:?}\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 92), "{text}");
    if std::env::var_os("TMINUS_SAMPLE_NARRATIVE").is_some() {
        a_run(&Narrative::new(true));
    }
}

#[test]
fn colours_only_colour() {
    let (plain, coloured) = (written(false, a_run), written(true, a_run));
    assert!(coloured.contains("\u{1b}[32m✓"));
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    // spans of time are measured anew in each run
    let words = |text: &str| {
        text.lines()
            .map(|line| {
                line.trim_end_matches(" ms").trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&bare), words(&plain));
}

#[test]
fn what_does_not_hold_says_why() {
    let mut checks = sample::launch().checks;
    for finding in &mut checks[6].findings {
        finding.verdict = Verdict::Fails;
        finding.observed = "another receiver".into();
    }
    checks[4].findings.clear();
    let text = written(false, |narrative| narrative.checks(&checks));
    assert!(text.contains("✗ Each grant is for its receiver") && text.contains("observed  another receiver"));
    assert!(text.contains("and 26 more: see the report") && text.contains("nobody looked"));
    assert!(text.contains("10 of 12 checks hold, 1 does not, 1 could not be made"), "{text}");
    assert!(written(false, |narrative| narrative.checks(&[])).contains("0 of 0 checks hold"));
}

#[test]
fn foreign_text_does_not_reach_the_terminal_raw() {
    let text = written(true, |narrative| {
        let mut stage = narrative.stage("chain");
        stage.step("client says \u{1b}]0;owned\u{7}\r\u{1b}[2J hello\nagain");
    });
    assert!(text.contains("client says \u{fffd}]0;owned\u{fffd}\u{fffd}\u{fffd}[2J hello again"), "{text:?}");
}

#[test]
fn what_does_not_fit_is_pushed_not_cut() {
    let line = Line::new().add(Ink::Plain, &"x".repeat(100)).right(Ink::Faint, "12 ms");
    assert_eq!(line.render(92, false), format!("{}  12 ms", "x".repeat(100)));
    let line = Line::new().add(Ink::Plain, "x").right(Ink::Faint, "12 ms");
    assert_eq!(line.render(20, false).chars().count(), 20);
}

//! The promise of the rehearsal: killed anywhere, run again, it finishes with nothing done twice.
//!
//! An unbroken run gives the state to arrive at: a digest of the code, nonce and storage of every contract, which includes
//! every token balance, every grant and every done-bit. Then `SIGKILL` strikes at random moments of fresh runs, each is
//! resumed, and has to end in that very state. A second round deletes the ledger after the kill: it may only cost time.
//!
//! The seed is printed; `TMINUS_KILL_SEED` repeats a run, `TMINUS_KILLS` changes the number of kills.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const RECIPIENTS: &str = "10000";

const PAID: &[&str] = &["--recipients", RECIPIENTS];

fn rehearse(folder: &Path, crowd: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tminus"));
    command.args(["rehearse", "--json"]).args(crowd).current_dir(folder);
    command
}

/// The document of a run that has to succeed.
fn finished(output: &Output, story: &str) -> Value {
    assert!(
        output.status.success(),
        "{story}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["status"], "done", "{story}");
    assert_eq!(document["checks"]["failed"], 0, "{story}");
    assert_eq!(document["checks"]["inconclusive"], 0, "{story}");
    document
}

fn state(document: &Value) -> (String, u64, u64) {
    (
        document["state_digest"].as_str().unwrap().to_owned(),
        document["recipients_paid"].as_u64().unwrap(),
        document["grants_made"].as_u64().unwrap(),
    )
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// How many are paid in the end, and what is done to a rehearsal of them: a kill in so many of `TMINUS_KILLS`.
fn storm(crowd: &[&str], paid: u64, one_in: u64, delete_ledger: bool) {
    let seed = number("TMINUS_KILL_SEED", rand::rng().next_u64());
    let kills = u32::try_from(number("TMINUS_KILLS", 50).div_ceil(one_in)).unwrap();
    eprintln!("{crowd:?}: TMINUS_KILL_SEED={seed}, {kills} kills, delete_ledger={delete_ledger}");

    let unbroken = tempfile::tempdir().unwrap();
    let since = Instant::now();
    let document = finished(&rehearse(unbroken.path(), crowd).output().unwrap(), "unbroken");
    let duration = since.elapsed();
    let expected = state(&document);
    assert_eq!((expected.1, expected.2), (paid, 47));

    // two at a time: as many as there are cores on the smallest machine this has to pass on
    std::thread::scope(|scope| {
        for half in 0..2 {
            let expected = &expected;
            let share = (kills + half) / 2;
            scope.spawn(move || {
                let mut rng = ChaCha8Rng::seed_from_u64(seed ^ u64::from(half));
                let (mut struck, mut tries) = (0, 0);
                // a kill that came after the end does not count, and is made again
                while struck < share {
                    let moment: f64 = rng.random_range(0.0..1.0);
                    let story = format!("seed {seed}, half {half}, kill {struck} at {moment:.4} of {duration:?}");
                    let folder = tempfile::tempdir().unwrap();
                    struck += u32::from(kill_once(folder.path(), crowd, duration.mul_f64(moment)));
                    tries += 1;
                    assert!(tries <= 4 * share, "{story}: only {struck} of {tries} kills came before the end");
                    if delete_ledger {
                        delete(&folder.path().join(".tminus/rehearsal"), "ledger.sqlite");
                    }
                    let document = finished(&rehearse(folder.path(), crowd).output().unwrap(), &story);
                    assert_eq!(state(&document), *expected, "{story}");
                }
            });
        }
    });
}

/// Starts a rehearsal and kills it after `delay`; whether it was still running then.
fn kill_once(folder: &Path, crowd: &[&str], delay: Duration) -> bool {
    let mut child = rehearse(folder, crowd).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // the moment of the kill is what is random here; there is no event to wait for
    std::thread::sleep(delay);
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

/// Removes the files of a database.
fn delete(folder: &Path, name: &str) {
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(folder.join(format!("{name}{suffix}"))) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn killed_anywhere_it_resumes_and_nothing_happens_twice() {
    storm(PAID, 10_000, 1, false);
}

#[test]
fn a_ledger_lost_with_the_kill_only_costs_time() {
    storm(PAID, 10_000, 1, true);
}

/// The other ways in which the crowd gets its part.
const CLAIMED: &[&str] = &["--profile", "livepeer-2018-merkle-mine", "--recipients", "1000"];
const ASKED: &[&str] = &["--profile", "livepeer-testnet"];

#[test]
fn claims_and_requests_are_not_made_twice_either() {
    for delete_ledger in [false, true] {
        storm(CLAIMED, 4, 10, delete_ledger);
        storm(ASKED, 1, 10, delete_ledger);
    }
}

#[test]
fn a_second_run_has_nothing_to_do() {
    for crowd in [PAID, CLAIMED, ASKED] {
        let folder = tempfile::tempdir().unwrap();
        let first = finished(&rehearse(folder.path(), crowd).output().unwrap(), "first");
        let second = finished(&rehearse(folder.path(), crowd).output().unwrap(), "second");
        assert_eq!(first["state_digest"], second["state_digest"]);
        assert_eq!(first["last_block"], second["last_block"], "a run with nothing to do sends nothing");
        assert_eq!((&first["nothing_done"], &second["nothing_done"]), (&Value::Bool(false), &Value::Bool(true)));
    }
}

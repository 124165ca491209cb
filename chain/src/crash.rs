//! Named points at which the fault campaign kills the process.
//!
//! Without the feature `crash-points` a point is nothing at all. With it, `TMINUS_CRASH=name:n` in the environment ends the
//! process with SIGKILL at the n-th passing of the point `name`: no destructor runs, no buffer is flushed, as when the power
//! goes. A point stands where a crash could matter: on both sides of each commit and of each send.

/// Every point there is, in the order of a transaction's life.
pub const NAMES: [&str; 19] = [
    "before_reserve",
    "after_reserve",
    "after_sign",
    "before_journal",
    "after_journal",
    "mid_send",
    "after_send",
    "after_record",
    "bump_after_sign",
    "bump_after_journal",
    "bump_after_send",
    "receipt_before_commit",
    "final_before_commit",
    "reorg_before_commit",
    "cancel_after_journal",
    "adopt_before_commit",
    "during_migration",
    "during_checkpoint",
    "during_backup",
];

/// The environment variable that arms one point.
pub const VARIABLE: &str = "TMINUS_CRASH";

/// Passes the point `name`.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn point(_name: &'static str) {}

/// Passes the point `name`; the process ends here if it is armed and this is the passing it is armed for.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };
    static ARMED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    debug_assert!(NAMES.contains(&name), "{name} is not a registered crash point");
    let armed = ARMED.get_or_init(|| std::env::var(VARIABLE).ok().and_then(|text| parse(&text)));
    if let Some((point, passing)) = armed
        && point == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *passing
    {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // the signal is on its way; nothing more may happen on this thread
        loop {
            std::thread::park();
        }
    }
}

/// Reads `name:n`; a name alone means its first passing. `None` for what names no point.
#[cfg(any(feature = "crash-points", test))]
fn parse(text: &str) -> Option<(String, u64)> {
    let (name, passing) = match text.split_once(':') {
        Some((name, passing)) => (name, passing.parse().ok().filter(|passing| *passing > 0)?),
        None => (text, 1),
    };
    NAMES.contains(&name).then(|| (name.to_owned(), passing))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    #[test]
    fn a_point_is_armed_by_its_name_and_passing() {
        assert_eq!(parse("after_sign:3"), Some(("after_sign".to_owned(), 3)));
        assert_eq!(parse("mid_send"), Some(("mid_send".to_owned(), 1)));
        for wrong in ["", "after_sign:0", "after_sign:x", "nowhere:1", "after_sign:1:1"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    /// Points passed in the sources below `folder`.
    fn passed(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                passed(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("crash.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let calls = text.split("crash::point(\"").skip(1);
                found.extend(calls.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }

    #[test]
    fn every_point_that_is_passed_is_registered() {
        let mut found = BTreeSet::new();
        passed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let registered: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(registered.len(), NAMES.len());
        let unknown: Vec<_> = found.difference(&registered).collect();
        assert!(unknown.is_empty(), "not registered: {unknown:?}");
    }
}

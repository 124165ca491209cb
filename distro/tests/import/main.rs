//! Imports: every row enters or is reported, whatever the file. One module a theme.

mod csv;
mod duplicates;
mod filters;
mod json;
mod raw;
mod record;

use std::{fs, path::Path};

use tempfile::TempDir;
use tminus_distro::import::{ImportError, ImportOptions, ImportRecord, LIST_FILE, REJECTS_FILE, Unit, import};

const A: &str = "0x1111111111111111111111111111111111111111";
const B: &str = "0x2222222222222222222222222222222222222222";
const C: &str = "0x3333333333333333333333333333333333333333";
/// An address whose checksum has both cases.
const MIXED: &str = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B";

/// Files in a folder of their own, and how they are imported.
struct Case {
    folder: TempDir,
    options: ImportOptions,
}

/// What an import wrote.
struct Done {
    record: ImportRecord,
    list: String,
    rejects: String,
}

impl Case {
    /// Amounts of whole tokens with 18 decimals, the strictest policies.
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, bytes)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        });
        let options = ImportOptions::new(paths.collect(), Unit::Whole, 18);
        Self { folder, options }
    }

    fn with(mut self, change: impl FnOnce(&mut ImportOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Imports; a failure leaves nothing.
    fn run(&self) -> Result<Done, ImportError> {
        let out = self.folder.path().join("out");
        let names = || {
            let mut names: Vec<_> =
                fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let before = names();
        let record = import(&self.options, &out).inspect_err(|_| assert_eq!(names(), before, "something was left"))?;
        let file = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        let done = Done { record, list: file(LIST_FILE), rejects: file(REJECTS_FILE) };
        fs::remove_dir_all(&out).unwrap();
        balanced(&done);
        Ok(done)
    }

    #[track_caller]
    fn done(&self) -> Done {
        self.run().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Refused, with one problem at this place of the first file, whose words contain all of `words`.
    #[track_caller]
    fn refused(&self, place: &str, column: &str, words: &[&str]) {
        let Err(error) = self.run() else { panic!("accepted") };
        assert!(error.is_input());
        let text = error.to_string();
        let ImportError::Refused { shown, total } = error else { panic!("{text}") };
        assert_eq!((total, shown[0].place.as_str(), shown[0].column.as_str()), (1, place, column), "{text}");
        let file = self.options.files[0].display().to_string();
        for word in words.iter().copied().chain([file.as_str(), "expected", "nothing was written"]) {
            assert!(text.contains(word), "{word:?} is missing in: {text}");
        }
    }
}

/// Every row found is in the list, added to another, or in the rejects; and so is every amount.
fn balanced(done: &Done) {
    let stages = &done.record.reading.stages;
    let inputs: u64 = done.record.reading.inputs.iter().map(|input| input.rows).sum();
    assert_eq!(stages[0].before.rows, inputs);
    for pair in stages.windows(2) {
        assert_eq!(pair[0].after, pair[1].before);
    }
    for stage in stages {
        assert_eq!(stage.before.rows, stage.left_out.rows + stage.after.rows, "{}", stage.name);
        assert_eq!(stage.before.total, stage.left_out.total + stage.after.total, "{}", stage.name);
    }
    let last = stages.last().unwrap();
    assert_eq!((last.after.rows, last.after.total), (done.record.recipients, done.record.total));
    assert_eq!(done.list.lines().count() as u64, done.record.recipients + 1);
    let left_out: u64 = stages.iter().map(|stage| stage.left_out.rows).sum();
    let reported: std::collections::BTreeSet<_> =
        done.rejects.lines().skip(1).map(|line| line.splitn(3, ',').take(2).collect::<Vec<_>>()).collect();
    let summed = match done.record.reading.policies.duplicates {
        tminus_distro::import::OnDuplicate::Sum => last.left_out.rows,
        _ => 0,
    };
    assert_eq!(reported.len() as u64, left_out - summed, "{}", done.rejects);
}

/// One CSV with the header `address,amount`.
fn rows(rows: &[&str]) -> Case {
    Case::new(&[("list.csv", format!("address,amount\n{}\n", rows.join("\n")).as_bytes())])
}

/// The list of these rows.
fn list(rows: &[(&str, &str)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(address, amount)| format!("{address},{amount}\n")).collect();
    format!("address,amount\n{}", rows.concat())
}

fn sha256(path: &Path) -> String {
    use sha2::Digest;
    alloy::hex::encode(sha2::Sha256::digest(fs::read(path).unwrap()))
}

//! Bad input: refused with the same words in a document and without, and nothing written.

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use super::program::tminus;

/// A folder with one file in it.
pub fn folder_with(name: &str, contents: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), contents).unwrap();
    folder
}

/// Every file under a folder with its contents.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
            found.insert(name, Vec::new());
        } else {
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

/// Runs the same command with and without `--json`: both have to refuse with the same words, and to leave the folder as it
/// is. Gives the words.
#[track_caller]
pub fn refused(folder: &Path, arguments: &[&str]) -> String {
    let before = contents(folder);
    let plain = tminus(folder, arguments).ended(2);
    assert_eq!(plain.stdout, "", "words of a refusal belong on stderr");
    let json = tminus(folder, &[arguments, &["--json"]].concat()).ended(2);
    let error = json.error();
    // usage shows the arguments that were given, so only what is wrong is the same with and without --json
    plain.says(&[error.split("\n\nUsage: ").next().unwrap()]);
    assert!(contents(folder) == before, "tminus {} wrote something", plain.arguments);
    error
}

#[track_caller]
pub fn contains(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
}

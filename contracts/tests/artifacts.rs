//! The committed artifacts are what the sources compile to, and every way of not being so is told.
//!
//! Needs the compiler that `npm ci` installs in `contracts/solidity`; `make test` does that first.

use std::{fs, path::Path};

use tminus_contracts::{
    compile::{self, Difference},
    solc::{self, SolcError},
};

fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/solidity"))
}

fn compiler() -> foundry_compilers::solc::Solc {
    let npm = project().join("tools/solc.cjs");
    solc::find(project(), Some(&npm)).expect("run `make test`, or `npm ci` in contracts/solidity, first")
}

#[test]
fn artifacts_are_as_compiled_and_every_difference_is_named() {
    let build = compile::build(project(), &compiler()).unwrap();
    let committed = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/artifacts"));
    assert_eq!(build.compare(committed).unwrap(), [], "run `tminus contracts build` and commit what it writes");

    let folder = tempfile::tempdir().unwrap();
    build.write(folder.path()).unwrap();
    assert_eq!(build.compare(folder.path()).unwrap(), []);
    fs::write(folder.path().join("Minter.json"), "{}").unwrap();
    fs::remove_file(folder.path().join("Controller.json")).unwrap();
    fs::write(folder.path().join("Gone.json"), "{}").unwrap();
    assert_eq!(
        build.compare(folder.path()).unwrap(),
        [
            Difference::Missing("Controller.json".to_owned()),
            Difference::Changed("Minter.json".to_owned()),
            Difference::Stray("Gone.json".to_owned()),
        ]
    );
    build.write(folder.path()).unwrap();
    assert_eq!(build.compare(folder.path()).unwrap(), [], "writing mends all three");
}

#[test]
fn a_compiler_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("package.json"), r#"{ "devDependencies": { "solc": "0.8.1" } }"#).unwrap();
    let npm = project().join("tools/solc.cjs");
    let error = solc::find(folder.path(), Some(&npm)).unwrap_err();
    assert!(matches!(&error, SolcError::Version { wanted, .. } if wanted == "0.8.1"), "{error}");
}

#[test]
fn a_range_is_not_a_pin_and_a_missing_compiler_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("package.json"), r#"{ "devDependencies": { "solc": "^0.8.1" } }"#).unwrap();
    assert!(matches!(solc::find(folder.path(), None), Err(SolcError::Pin { .. })));
    fs::write(folder.path().join("package.json"), r#"{ "devDependencies": { "solc": "0.8.34" } }"#).unwrap();
    let missing = folder.path().join("no-such-solc");
    assert!(matches!(solc::find(folder.path(), Some(&missing)), Err(SolcError::Unusable { .. })));
}

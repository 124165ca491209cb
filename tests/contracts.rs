//! `tminus contracts abi`: what explorers and SDKs get. Needs Node, which reads the TypeScript as an SDK would.

mod support;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use alloy::json_abi::JsonAbi;
use serde_json::Value;
use support::{
    program::tminus,
    refusal::{contains, refused},
};

/// The committed artifacts: contract and file.
fn committed() -> BTreeMap<String, Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/artifacts");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let artifacts = files.map(|file| serde_json::from_slice::<Value>(&fs::read(file).unwrap()).unwrap());
    // the compiler's input and version are there as well
    artifacts.filter_map(|file| Some((file["contractName"].as_str()?.to_owned(), file))).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort_unstable();
    names
}

#[test]
fn every_committed_contract_is_exported_as_the_abi_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let document = tminus(folder.path(), &["contracts", "abi", "--out", "sdk/abi", "--json"]).ended(0).document();
    let (out, committed) = (folder.path().join("sdk/abi"), committed());
    let files: Vec<_> = committed.keys().map(|name| format!("{name}.json")).collect();
    assert!(files.len() >= 12);
    assert_eq!(names(&out), files);
    assert_eq!(document["files"], Value::from(files));
    for (name, artifact) in &committed {
        let text = fs::read_to_string(out.join(format!("{name}.json"))).unwrap();
        let expected: JsonAbi = serde_json::from_value(artifact["abi"].clone()).unwrap();
        assert_eq!(serde_json::from_str::<JsonAbi>(&text).unwrap(), expected, "{name}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), artifact["abi"], "{name}, in the compiler's order");
    }
}

/// Node takes no TypeScript everywhere, so the one word that is not JavaScript is taken out first.
#[test]
fn the_typescript_is_read_by_node_as_the_same_abis() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    tminus(path, &["contracts", "abi", "--out", "abi", "--format", "typescript"]).ended(0);
    let committed = committed();
    let out = path.join("abi");
    let files: Vec<_> = names(&out);
    assert_eq!(files.len(), committed.len() + 1, "one a contract, and the index: {files:?}");
    for file in &files {
        let text = fs::read_to_string(out.join(file)).unwrap();
        assert_eq!(text.matches(" as const;").count(), usize::from(file != "index.ts"), "{file}");
        fs::write(out.join(file.replace(".ts", ".js")), text.replace(" as const;", ";")).unwrap();
    }
    fs::write(out.join("package.json"), r#"{ "type": "module" }"#).unwrap();
    let script = "import('./index.js').then((all) => console.log(JSON.stringify(all)))";
    let node = Command::new("node").args(["-e", script]).current_dir(&out).output().unwrap();
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let exported: BTreeMap<String, Value> = serde_json::from_slice(&node.stdout).unwrap();
    assert_eq!(exported.len(), committed.len());
    let index = fs::read_to_string(out.join("index.ts")).unwrap();
    for (name, artifact) in &committed {
        let line = index.lines().find(|line| line.ends_with(&format!("\"./{name}.js\";"))).unwrap();
        let constant = line.trim_start_matches("export { ").split(' ').next().unwrap();
        assert_eq!(exported[constant], artifact["abi"], "{name}");
    }
    assert_eq!(exported["livepeerTokenAbi"], committed["LivepeerToken"]["abi"]);
    assert_eq!(exported["plainErc20Abi"], committed["PlainERC20"]["abi"]);
}

#[test]
fn one_contract_goes_to_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let minter = &committed()["Minter"]["abi"];
    let json = tminus(path, &["contracts", "abi", "Minter"]).ended(0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), *minter);
    let document = tminus(path, &["contracts", "abi", "Minter", "--json"]).ended(0).document();
    assert_eq!((&document["contract"], &document["abi"]), (&"Minter".into(), minter));
    let typescript = tminus(path, &["contracts", "abi", "Minter", "--format", "typescript"]).ended(0).stdout;
    assert!(typescript.contains("export const minterAbi = [\n") && typescript.ends_with("] as const;\n"));
    assert!(names(path).is_empty());
}

#[test]
fn a_part_is_exported_into_a_folder_that_has_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("Minter.ts"), "old").unwrap();
    fs::write(path.join("mine.ts"), "mine").unwrap();
    let part = ["contracts", "abi", "Minter", "Controller", "Minter", "--out", ".", "--format", "typescript"];
    tminus(path, &part).ended(0);
    assert_eq!(names(path), ["Controller.ts", "Minter.ts", "index.ts", "mine.ts"]);
    assert!(fs::read_to_string(path.join("Minter.ts")).unwrap().contains("minterAbi"));
    assert_eq!(fs::read_to_string(path.join("mine.ts")).unwrap(), "mine");
    let index = fs::read_to_string(path.join("index.ts")).unwrap();
    let exports: Vec<_> = index.lines().filter(|line| line.starts_with("export")).collect();
    let expected = ["export { controllerAbi } from \"./Controller.js\";", "export { minterAbi } from \"./Minter.js\";"];
    assert_eq!(exports, expected);
}

#[test]
fn unknown_contracts_are_refused_with_the_names_that_are_known() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["contracts", "abi", "Minter", "Mintr", "--out", "abi"][..], "there is no contract Mintr"),
        (&["contracts", "abi"], "name one contract"),
        (&["contracts", "abi", "Minter", "Controller"], "name one contract"),
    ] {
        contains(&refused(folder.path(), arguments), &[words, "Controller, ", "VariableSupplyToken"]);
    }
    contains(&refused(folder.path(), &["contracts", "abi", "Minter", "--format", "xml"]), &["--format", "typescript"]);
}

//! `distro import` as a program: exit codes, documents, and nothing written when it refuses.

mod support;

use std::fs;

use support::{
    program::tminus,
    refusal::{contains, folder_with, refused},
};

const TOKEN: &str = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const ONE: &str = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const TWO: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

fn import<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["distro", "import", file, "--out", "out"], more].concat()
}

const WHOLE: [&str; 4] = ["--unit", "whole", "--decimals", "18"];

#[test]
fn bad_files_are_refused_with_file_line_and_column_and_nothing_is_written() {
    // the file, the place, words
    let cases: [(&str, String, &str, &[&str]); 7] = [
        ("list.csv", format!("address,amount\n{ONE},1e18\n"), "line 2, amount", &["\"1e18\"", "exponent"]),
        ("list.csv", format!("address;amount\n{ONE};1,5\n"), "line 2, amount", &["\"1,5\"", "point"]),
        ("list.csv", format!("adress,amount\n{ONE},1\n"), "line 1, header", &["\"address\"", "--address-column"]),
        ("list.csv", format!("address,amount\n{ONE},1\n{TWO},2\n{ONE},3\n"), "line 4, address", &["line 2 already"]),
        ("list.csv", format!("address,amount\n{ONE},1\n{TOKEN},2\n"), "line 3, address", &["the token itself"]),
        ("list.json", format!("{{\"{ONE}\": 100}}"), "entry 1, amount", &["JSON number 100", "quotes"]),
        ("list.bin", "raw".to_owned(), "record 1, file", &["--unit none"]),
    ];
    for (name, text, place, words) in cases {
        let folder = folder_with(name, text);
        let error = refused(folder.path(), &import(name, &[&WHOLE[..], &["--token", TOKEN]].concat()));
        contains(&error, &[&format!("{name}: {place}: "), "nothing was written"]);
        contains(&error, words);
    }
}

#[test]
fn the_unit_has_no_default_and_the_decimals_none_but_weis() {
    let folder = folder_with("list.csv", format!("address,amount\n{ONE},5\n"));
    let path = folder.path();
    contains(&refused(path, &import("list.csv", &["--decimals", "18"])), &["--unit"]);
    contains(&refused(path, &import("list.csv", &["--unit", "tokens"])), &["tokens"]);
    contains(&refused(path, &import("list.csv", &["--unit", "base"])), &["--decimals is missing"]);
    contains(&refused(path, &import("list.csv", &["--unit", "wei", "--decimals", "6"])), &["10^-18", "--unit base"]);
    contains(&refused(path, &import("list.dat", &WHOLE)), &["list.dat", "--format"]);
    contains(&refused(path, &import("nothing.csv", &WHOLE)), &["nothing.csv"]);
    let total = |unit: &[&str], out: &str| {
        let run = tminus(path, &[&["distro", "import", "list.csv", "--json", "--out", out], unit].concat()).ended(0);
        run.document()["import"]["total"].as_str().unwrap().to_owned()
    };
    assert_eq!(total(&["--unit", "wei"], "wei"), "5");
    assert_eq!(total(&["--unit", "base", "--decimals", "6"], "base"), "5");
    assert_eq!(total(&["--unit", "whole", "--decimals", "6"], "whole"), "5000000");
    contains(&refused(path, &import("list.csv", &[&WHOLE[..], &["--out", "wei"]].concat()[..])), &["--out"]);
}

#[test]
fn what_is_imported_is_what_plan_commits_to() {
    let text = format!("\u{feff}wallet;tokens;note\r\n{TWO};\"2\";x\r\n{};1.5;\r\n{TWO};0.5;y\r\n", ONE.to_lowercase());
    let folder = folder_with("list.csv", text);
    let path = folder.path();
    let columns = ["--address-column", "wallet", "--amount-column", "tokens", "--duplicates", "sum"];
    let arguments = import("list.csv", &[&WHOLE[..], &columns].concat());
    let told = tminus(path, &arguments).ended(0).stdout;
    contains(
        &told,
        &["semicolon delimited", "byte order mark skipped", "not read: note", "duplicate", "4 whole tokens"],
    );
    let list = fs::read_to_string(path.join("out/recipients.csv")).unwrap();
    assert_eq!(list, format!("address,amount\n{ONE},1.5\n{TWO},2.5\n"));
    let again = tminus(path, &[&arguments[..], &["--json"]].concat()).ended(2);
    contains(&again.error(), &["out is there already"]);

    let plan = ["distro", "plan", "--recipients", "out/recipients.csv", "--token", TOKEN, "--out", "plan"];
    let plan = [&plan[..], &["--decimals", "18", "--chain-id", "31337", "--json"]].concat();
    let planned = tminus(path, &plan).ended(0).document();
    assert_eq!(planned["plan"]["facts"]["total_tokens"], "4");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(path.join("out/import.json")).unwrap()).unwrap();
    assert_eq!(planned["plan"]["facts"]["source"]["sha256"], record["list"]["sha256"]);
}

#[test]
fn rows_that_are_left_out_are_told_and_counted() {
    let folder = folder_with("list.csv", format!("address,amount\n{ONE},1\nnobody,2\n{TWO},4\n{TOKEN},0\n"));
    fs::write(folder.path().join("deny.txt"), format!("{TWO}\n")).unwrap();
    let left_out = ["--bad-rows", "leave-out", "--zero-amounts", "leave-out", "--deny", "deny.txt", "--json"];
    let document = tminus(folder.path(), &import("list.csv", &[&WHOLE[..], &left_out].concat())).ended(0).document();
    let stages: Vec<_> = document["import"]["reading"]["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| (stage["name"].as_str().unwrap().to_owned(), stage["left_out"]["rows"].as_u64().unwrap()))
        .collect();
    let expected = [("unreadable", 1), ("unusable", 0), ("zero", 1), ("denied", 1), ("duplicate", 0)];
    assert_eq!(stages, expected.map(|(name, rows)| (name.to_owned(), rows)));
    assert_eq!(document["import"]["recipients"], 1);
    let rejects = fs::read_to_string(folder.path().join("out/rejects.csv")).unwrap();
    for words in
        ["list.csv,line 3,address,unreadable,", "list.csv,line 5,amount,zero,", "list.csv,line 4,address,denied,"]
    {
        assert!(rejects.contains(words), "{words}: {rejects}");
    }
}

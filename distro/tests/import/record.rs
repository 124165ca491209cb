//! The record and the list: they depend on files and options alone, and `plan` reads what was written.

use std::fs;

use proptest::prelude::*;
use tminus_distro::{
    import::{LIST_FILE, OnDuplicate, RECORD_FILE, REJECTS_FILE, import},
    recipients::{ReadOptions, read_file},
};

use crate::{A, B, Case, rows, sha256};

#[test]
fn the_record_names_files_by_their_hash_and_holds_no_number_for_an_amount() {
    let case = rows(&[&format!("{A},1.5"), &format!("{B},2")]);
    let out = case.folder.path().join("deep/out");
    import(&case.options, &out).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&fs::read(out.join(RECORD_FILE)).unwrap()).unwrap();
    assert_eq!(record["tool"], format!("tminus {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(record["total"], "3500000000000000000");
    let input = &record["reading"]["inputs"][0];
    assert_eq!((&input["file"], &input["rows"]), (&"list.csv".into(), &2.into()));
    assert_eq!(input["sha256"], sha256(&case.options.files[0]));
    assert_eq!(input["bytes"], fs::metadata(&case.options.files[0]).unwrap().len());
    assert_eq!(record["list"]["sha256"], sha256(&out.join(LIST_FILE)));
    assert_eq!(record["rejects"]["sha256"], sha256(&out.join(REJECTS_FILE)));
    assert_eq!(record["reading"]["policies"]["duplicates"], "reject");
    assert_eq!(record["reading"]["stages"][0]["before"]["total"], "3500000000000000000");
    assert!(!fs::read_to_string(out.join(RECORD_FILE)).unwrap().contains(case.folder.path().to_str().unwrap()));
}

#[test]
fn the_same_import_writes_the_same_bytes() {
    let case = rows(&[&format!("{A},1.5"), &format!("{B},2"), &format!("{A},1")])
        .with(|options| options.duplicates = OnDuplicate::First);
    let folders = ["one", "two"].map(|name| case.folder.path().join(name));
    for folder in &folders {
        import(&case.options, folder).unwrap();
    }
    for name in [LIST_FILE, RECORD_FILE, REJECTS_FILE] {
        assert_eq!(fs::read(folders[0].join(name)).unwrap(), fs::read(folders[1].join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_folder_that_is_there_is_never_written_over() {
    let case = rows(&[&format!("{A},1")]);
    let out = case.folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let error = import(&case.options, &out).unwrap_err();
    assert!(error.to_string().contains("there already") && !error.is_input());
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
}

#[test]
fn what_is_imported_is_a_list_that_can_be_planned_and_imported_again() {
    let case = rows(&[&format!("{B},0.000000000000000001"), &format!("{A},79228162514.264337593543950335")]);
    let out = case.folder.path().join("out");
    let record = import(&case.options, &out).unwrap();
    let list = out.join(LIST_FILE);
    let read = read_file(&list, &ReadOptions { decimals: 18, ..ReadOptions::default() }).unwrap();
    assert_eq!((read.list.len() as u64, read.list.total()), (record.recipients, record.total));
    let again = case.folder.path().join("again");
    let case = case.with(|options| options.files = vec![list.clone()]);
    import(&case.options, &again).unwrap();
    assert_eq!(fs::read(list).unwrap(), fs::read(again.join(LIST_FILE)).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The order of rows, the delimiter and the format change nothing; and no amount is lost on the way.
    #[test]
    fn the_same_recipients_give_the_same_bytes_in_whatever_they_came(
        amounts in proptest::collection::vec(1u64.., 1..40),
        swap in any::<prop::sample::Index>(),
    ) {
        let mut all: Vec<_> = amounts
            .iter()
            .enumerate()
            .map(|(i, amount)| (format!("0x{:040x}", (i as u64 + 1) * 0x1_0001_0001), amount.to_string()))
            .collect();
        let sum: u128 = amounts.iter().map(|amount| u128::from(*amount)).sum();
        let csv = |rows: &[(String, String)], by: char| {
            let rows: String = rows.iter().map(|(address, amount)| format!("{address}{by}{amount}\n")).collect();
            format!("address{by}amount\n{rows}")
        };
        let plain = csv(&all, ',');
        let at = swap.index(all.len());
        all.rotate_left(at);
        let json = serde_json::to_string(&all).unwrap();
        let files = [("a.csv", plain), ("b.csv", csv(&all, ';')), ("c.tsv", csv(&all, '\t')), ("d.json", json)];
        let lists = files.map(|(name, text)| {
            let done = Case::new(&[(name, text.as_bytes())]).with(|it| it.unit = tminus_distro::import::Unit::Base).done();
            assert_eq!(done.record.total.to_string(), sum.to_string());
            done.list
        });
        prop_assert!(lists.iter().all(|list| *list == lists[0]));
    }
}

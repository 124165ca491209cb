//! The same account more than once: one policy of three, named and recorded.

use tminus_distro::import::{Meaning, OnDuplicate};

use crate::{A, B, Case, MIXED, list, rows};

#[test]
fn duplicates_are_refused_unless_a_policy_is_named() {
    rows(&[&format!("{A},1"), &format!("{B},1"), &format!("{A},1")]).refused(
        "line 4",
        "address",
        &[A, "line 2 already", "--duplicates sum", "--duplicates first"],
    );
}

#[test]
fn letter_case_makes_no_other_account() {
    for other in [MIXED.to_lowercase(), format!("0x{}", MIXED[2..].to_uppercase())] {
        rows(&[&format!("{MIXED},1"), &format!("{other},1")]).refused("line 3", "address", &["line 2 already"]);
    }
}

#[test]
fn summed_duplicates_lose_nothing() {
    let case = rows(&[&format!("{A},1"), &format!("{B},5"), &format!("{A},2.5"), &format!("{A},0.5")]);
    let done = case.with(|options| options.duplicates = OnDuplicate::Sum).done();
    assert_eq!(done.list, list(&[(A, "4"), (B, "5")]));
    let stage = done.record.reading.stages.last().unwrap();
    assert_eq!((stage.name.as_str(), stage.left_out.rows), ("duplicate", 2));
    assert_eq!(stage.before.total, stage.after.total);
    assert_eq!(done.record.reading.policies.duplicates, OnDuplicate::Sum);
}

#[test]
fn a_sum_beyond_what_can_be_paid_is_refused() {
    let most = "79228162514.264337593543950335";
    let again: Vec<_> = [(A, most), (A, "1"), (A, "2"), (B, most), (B, most)]
        .iter()
        .map(|(address, amount)| format!("{address},{amount}"))
        .collect();
    let case = rows(&again.iter().map(String::as_str).collect::<Vec<_>>());
    let error = case.with(|options| options.duplicates = OnDuplicate::Sum).run().err().unwrap().to_string();
    assert!(error.contains("2 problems") && error.contains("line 2, amount") && error.contains("line 5"), "{error}");
    assert!(error.contains("79228162517264337593543950335") && error.contains("2^96 - 1"), "{error}");
}

#[test]
fn a_balance_is_summed_to_128_bits_and_no_further() {
    let most = u128::MAX.to_string();
    let case = |second: &str| {
        rows(&[&format!("{A},{most}"), &format!("{A},{second}")]).with(|options| {
            options.duplicates = OnDuplicate::Sum;
            options.unit = tminus_distro::import::Unit::Base;
            options.meaning = Meaning::Balances;
        })
    };
    assert_eq!(case("0").done().record.total.to_string(), most);
    case("1").refused("line 2", "amount", &["2^128 - 1"]);
}

#[test]
fn the_first_of_duplicates_is_the_first_by_file_and_row() {
    let file = |amount: &str| format!("address,amount\n{A},{amount}\n{B},{amount}\n{A},9\n");
    let (one, two) = (file("1"), file("2"));
    let case = Case::new(&[("one.csv", one.as_bytes()), ("two.csv", two.as_bytes())])
        .with(|options| options.duplicates = OnDuplicate::First);
    let done = case.done();
    assert_eq!(done.list, list(&[(A, "1"), (B, "1")]));
    let places: Vec<_> = done.rejects.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(places, ["line 4", "line 2", "line 3", "line 4"], "{}", done.rejects);
    assert!(done.rejects.contains("at line 2 of ") && done.rejects.contains("one.csv already"), "{}", done.rejects);
    let reversed = case.with(|options| options.files.reverse()).done();
    assert_eq!(reversed.list, list(&[(A, "2"), (B, "2")]));
}

#[test]
fn duplicates_across_files_and_formats_are_found() {
    let json = format!(r#"{{"{}":"2"}}"#, MIXED.to_lowercase());
    let csv = format!("address,amount\n{MIXED},1\n");
    let case = Case::new(&[("one.csv", csv.as_bytes()), ("two.json", json.as_bytes())]);
    let error = case.run().err().unwrap().to_string();
    assert!(error.contains("two.json: entry 1, address") && error.contains("line 2 of "), "{error}");
}

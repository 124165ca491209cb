//! Filters: each is asked for, counted before and after, and every row it holds back is reported.

use std::fs;

use alloy::primitives::Address;
use tminus_distro::import::{ImportError, OnBad, Tally};

use crate::{A, B, C, Case, MIXED, list, rows};

const DEAD: &str = "0x000000000000000000000000000000000000dEaD";

fn tally(done: &crate::Done, name: &str) -> (Tally, Tally, Tally) {
    let stage = done.record.reading.stages.iter().find(|stage| stage.name == name).unwrap();
    (stage.before, stage.left_out, stage.after)
}

#[test]
fn accounts_nobody_can_use_are_refused_or_left_out_as_told() {
    let token: Address = B.parse().unwrap();
    let distributor: Address = C.parse().unwrap();
    for (address, what) in [
        ("0x0000000000000000000000000000000000000000", "the zero address"),
        ("0x0000000000000000000000000000000000000011", "a precompile"),
        ("0x0000000000000000000000000000000000000100", "a precompile"),
        (DEAD, "a known burn address"),
        (B, "the token itself"),
        (C, "the distributor itself"),
    ] {
        let case = rows(&[&format!("{A},1"), &format!("{address},2")]).with(|options| {
            options.forbidden =
                vec![(token, "the token itself".to_owned()), (distributor, "the distributor itself".to_owned())];
        });
        case.refused("line 3", "address", &[address, what]);
        let done = case.with(|options| options.unusable = OnBad::LeaveOut).done();
        assert_eq!(done.list, list(&[(A, "1")]));
        assert_eq!(tally(&done, "unusable").1.rows, 1);
        assert!(done.rejects.contains(&format!("line 3,address,unusable,{address},2000000000000000000,")));
    }
}

#[test]
fn amounts_of_zero_are_refused_or_left_out_as_told() {
    let case = rows(&[&format!("{A},0.0"), &format!("{B},1")]);
    case.refused("line 2", "amount", &["zero", "--zero-amounts"]);
    let done = case.with(|options| options.zero = OnBad::LeaveOut).done();
    assert_eq!((done.list.as_str(), tally(&done, "zero").1.rows), (list(&[(B, "1")]).as_str(), 1));
}

#[test]
fn accounts_on_the_deny_list_get_nothing_and_are_reported() {
    let case = rows(&[&format!("{A},1"), &format!("{},2", MIXED.to_lowercase()), &format!("{C},4")]);
    let deny = case.folder.path().join("deny.txt");
    fs::write(&deny, format!("# sanctions of May\n{MIXED}  # see ticket 12\n\n{B}\n{B}\n")).unwrap();
    let case = case.with(|options| options.deny = vec![deny.clone()]);
    let done = case.done();
    assert_eq!(done.list, list(&[(A, "1"), (C, "4")]));
    let (before, left_out, after) = tally(&done, "denied");
    assert_eq!((before.rows, left_out.rows, after.rows), (3, 1, 2));
    assert_eq!(left_out.total.to_string(), "2000000000000000000");
    assert!(done.rejects.contains("line 3,address,denied,") && done.rejects.contains("deny.txt, line 2"));
    let facts = &done.record.reading.policies.deny[0];
    assert_eq!((facts.accounts, facts.sha256.as_str()), (2, crate::sha256(&deny).as_str()));

    fs::write(&deny, format!("{B}\n0x12\n")).unwrap();
    let error = case.run().err().unwrap().to_string();
    assert!(error.contains("deny.txt: line 2, address") && error.contains("0x12"), "{error}");
}

#[test]
fn totals_are_told_before_and_after_every_filter() {
    let lines = ["nobody,5".to_owned(), format!("{DEAD},3"), format!("{A},0"), format!("{B},2"), format!("{C},7")];
    let case = rows(&lines.iter().map(String::as_str).collect::<Vec<_>>()).with(|options| {
        (options.unreadable, options.unusable, options.zero) = (OnBad::LeaveOut, OnBad::LeaveOut, OnBad::LeaveOut);
    });
    let done = case.done();
    let whole = |tally: Tally| format!("{} {}", tally.rows, tminus_chain::units::format_amount(tally.total, 18));
    let told: Vec<_> = done.record.reading.stages.iter().map(|it| (it.name.as_str(), whole(it.left_out))).collect();
    let expected =
        [("unreadable", "1 5"), ("unusable", "1 3"), ("zero", "1 0"), ("denied", "0 0"), ("duplicate", "0 0")];
    assert_eq!(told, expected.map(|(name, words)| (name, words.to_owned())));
    assert_eq!(whole(done.record.reading.stages[0].before), "5 17");
    assert_eq!(whole(done.record.reading.stages[4].after), "2 9");
}

#[test]
fn amounts_that_cannot_be_read_are_in_no_total_and_counted() {
    let case = rows(&[&format!("{A},1e18"), &format!("{B},2")]).with(|options| options.unreadable = OnBad::LeaveOut);
    let done = case.done();
    assert_eq!(done.record.reading.amounts_unread, 1);
    assert_eq!(done.record.reading.stages[0].before.total.to_string(), "2000000000000000000");
}

#[test]
fn all_problems_are_counted_and_the_first_are_shown() {
    let bad: Vec<_> = (0..200).map(|i| format!("nobody{i},1")).collect();
    let case = rows(&bad.iter().map(String::as_str).collect::<Vec<_>>());
    let Err(ImportError::Refused { shown, total }) = case.run() else { panic!() };
    assert_eq!((shown.len(), total), (tminus_distro::import::SHOWN_REJECTS, 200));
    let error = ImportError::Refused { shown, total }.to_string();
    assert!(error.contains("200 problems; nothing was written") && error.ends_with("and 150 more"), "{error}");
    let case = case.with(|options| options.unreadable = OnBad::LeaveOut);
    assert!(matches!(case.run(), Err(ImportError::NobodyLeft { rows: 200 })));
}

#[test]
fn a_reason_cannot_break_its_row_or_be_a_formula() {
    let case = rows(&["=HYPERLINK(1),1", &format!("{A},1")]).with(|options| options.unreadable = OnBad::LeaveOut);
    let evil = case.folder.path().join("=cmd,\"x.csv");
    fs::rename(&case.options.files[0], &evil).unwrap();
    let case = case.with(|options| options.files = vec![evil]);
    let rejects = case.done().rejects;
    assert_eq!(rejects.lines().count(), 2);
    assert!(rejects.lines().nth(1).unwrap().starts_with("\"/") && rejects.contains("=cmd,\"\"x.csv\""), "{rejects}");
}

#[test]
fn a_total_beyond_the_distributor_is_refused() {
    let lines: Vec<_> = (0..65_537u64)
        .map(|i| {
            format!("{},79228162514.264337593543950335", Address::left_padding_from(&(i + 0x1_0000).to_be_bytes()))
        })
        .collect();
    let case = rows(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(matches!(case.run(), Err(ImportError::Total(_))));
}

#[test]
fn a_file_of_no_declared_format_is_not_guessed_at() {
    let case = Case::new(&[("list.dat", format!("address,amount\n{A},1\n").as_bytes())]);
    assert!(matches!(case.run(), Err(ImportError::UnknownFormat(_))));
    assert!(case.with(|options| options.format = Some(tminus_distro::import::Format::Csv)).run().is_ok());
}

//! Raw 20-byte records.

use tminus_distro::import::{OnDuplicate, Unit};

use crate::{A, B, Case};

fn file(bytes: &[u8]) -> Case {
    Case::new(&[("accounts.bin", bytes)]).with(|options| options.unit = Unit::None)
}

#[test]
fn records_in_any_order_make_a_list_of_accounts() {
    let done = file(&[[0x22; 20], [0x11; 20]].concat()).done();
    assert_eq!(done.list, format!("address\n{A}\n{B}\n"));
}

#[test]
fn a_record_twice_follows_the_policy() {
    let twice = [[0x22; 20], [0x11; 20], [0x22; 20]].concat();
    file(&twice).refused("record 3", "address", &["record 1 already", B]);
    let first = file(&twice).with(|options| options.duplicates = OnDuplicate::First).done();
    assert_eq!(first.record.recipients, 2);
    assert!(first.rejects.contains("record 3"), "{}", first.rejects);
}

#[test]
fn a_record_that_is_cut_off_refuses_the_whole_file() {
    file(&[0x11; 39]).refused("record 2", "file", &["19 of 20 bytes", "cut short"]);
    file(&[]).refused("record 1", "file", &["no row"]);
}

#[test]
fn text_is_no_raw_file() {
    file(format!("{A}\n{B}\n").as_bytes()).refused("record 1", "file", &["is text"]);
}

#[test]
fn raw_records_have_no_amounts_to_guess() {
    let case = file(&[0x11; 20]).with(|options| options.unit = Unit::Whole);
    case.refused("record 1", "file", &["--unit none", "distro amounts"]);
}

#[test]
fn the_zero_address_is_reported() {
    file(&[[0x11; 20], [0; 20]].concat()).refused("record 2", "address", &["the zero address"]);
}

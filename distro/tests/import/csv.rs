//! CSV as people and programs write it.

use tminus_distro::import::{Delimiter, OnBad, Unit};

use crate::{A, B, Case, MIXED, list, rows};

fn file(text: impl AsRef<[u8]>) -> Case {
    Case::new(&[("list.csv", text.as_ref())])
}

#[test]
fn a_plain_file_enters_sorted_and_whole() {
    let done = rows(&[&format!("{B},2"), &format!("{A},1.5")]).done();
    assert_eq!(done.list, list(&[(A, "1.5"), (B, "2")]));
    assert_eq!((done.record.recipients, done.record.total_tokens.as_str()), (2, "3.5"));
    assert_eq!(done.rejects.lines().count(), 1, "a header and nothing else");
}

#[test]
fn commas_semicolons_and_tabs_are_found_out_and_told() {
    for (byte, delimiter) in [(',', Delimiter::Comma), (';', Delimiter::Semicolon), ('\t', Delimiter::Tab)] {
        let text = format!("address{byte}amount\n{A}{byte}1\n");
        let done = file(&text).done();
        assert_eq!(done.record.reading.inputs[0].delimiter, Some(delimiter));
        assert_eq!(done.list, list(&[(A, "1")]));
        assert!(file(&text).with(|options| options.delimiter = Some(delimiter)).run().is_ok());
    }
    file(format!("address,amount;note\n{A},1;x\n")).refused("line 1", "header", &["several kinds", "--delimiter"]);
    file(format!("address|amount\n{A}|1\n")).refused("line 1", "header", &["no delimiter", "--delimiter"]);
    let quoted = format!("address;\"amount, LPT\"\n{A};1\n");
    assert!(file(quoted).with(|options| options.columns.amount = "amount, LPT".to_owned()).run().is_ok());
}

#[test]
fn a_byte_order_mark_is_skipped_and_told() {
    let done = file(format!("\u{feff}address,amount\n{A},1\n")).done();
    assert!(done.record.reading.inputs[0].byte_order_mark);
    assert_eq!(done.list, list(&[(A, "1")]));
    assert!(!rows(&[&format!("{A},1")]).done().record.reading.inputs[0].byte_order_mark);
    file(b"\xff\xfea\0d\0").refused("line 1", "file", &["UTF-16"]);
}

#[test]
fn windows_line_ends_change_nothing() {
    let text = format!("address,amount\n{A},1\n{B},2\n");
    assert_eq!(file(text.replace('\n', "\r\n")).done().list, file(&text).done().list);
    file(text.replace('\n', "\r")).refused("line 1", "header", &["carriage return"]);
}

#[test]
fn quoted_fields_are_read_and_half_quoted_ones_refused() {
    assert_eq!(rows(&[&format!("\"{A}\",\"1000\"")]).done().list, list(&[(A, "1000")]));
    rows(&[&format!("{A},\"1\"5")]).refused("line 2", "row", &["quote inside a field"]);
    rows(&[&format!("\"{A},1"), &format!("{B},1")]).refused("line 2", "row", &["closing quote"]);
}

#[test]
fn columns_are_mapped_by_exact_name_and_the_others_named() {
    let text = format!("rank;wallet;op_amount_raw;total_op\n1;{A};5;0.5\n2;{B};7;0.7\n");
    let mapped = |unit| {
        file(&text).with(|options| {
            options.columns.address = "wallet".to_owned();
            options.columns.amount = "op_amount_raw".to_owned();
            options.unit = unit;
        })
    };
    let done = mapped(Unit::Base).done();
    assert_eq!(done.record.total.to_string(), "12");
    assert_eq!(done.record.reading.inputs[0].columns_not_read, ["rank", "total_op"]);
    assert_eq!(mapped(Unit::Whole).done().record.total_tokens, "12");
    file(&text).refused("line 1", "header", &["0 columns named \"address\"", "--address-column"]);
    file(format!("Address,amount\n{A},1\n")).refused("line 1", "header", &["0 columns", "Address"]);
    file(format!("address,amount,amount\n{A},1,2\n")).refused("line 1", "header", &["2 columns", "--amount-column"]);
    file("").refused("line 1", "header", &["no header"]);
    file("address,amount\n").refused("line 1", "file", &["no row"]);
}

#[test]
fn decimal_commas_and_thousands_separators_are_never_guessed_at() {
    file(format!("address;amount\n{A};1,5\n")).refused("line 2", "amount", &["\"1,5\"", "point"]);
    file(format!("address;amount\n{A};1.000,5\n")).refused("line 2", "amount", &["1.000,5"]);
    rows(&[&format!("{A},1,000.5")]).refused("line 2", "row", &["3 fields", "thousands separator"]);
    rows(&[&format!("{A},\"1,000.5\"")]).refused("line 2", "amount", &["1,000.5", "thousands"]);
    rows(&[&format!("{A},1 000")]).refused("line 2", "amount", &["1 000"]);
}

#[test]
fn scientific_notation_signs_nan_and_hexadecimal_are_refused() {
    for amount in ["1e18", "1E+21", "3026975746845e-3", "NaN", "inf", "-5", "+5", ".5", "5.", "0x100", "1_000", "5 LPT"]
    {
        rows(&[&format!("{A},{amount}")]).refused("line 2", "amount", &[amount, "not a plain decimal number"]);
    }
}

#[test]
fn more_decimals_than_the_token_has_are_refused_and_not_rounded() {
    for amount in ["0.0000000000000000005", "1.0000000000000000001", "0.00000000000000000000000004"] {
        rows(&[&format!("{A},{amount}")]).refused("line 2", "amount", &["decimals", "never rounded"]);
    }
    let six = rows(&[&format!("{A},0.000001")]).with(|options| options.decimals = 6).done();
    assert_eq!(six.record.total.to_string(), "1");
}

#[test]
fn base_units_are_whole_numbers() {
    let base = |unit, amount: &str| rows(&[&format!("{A},{amount}")]).with(|options| options.unit = unit);
    assert_eq!(base(Unit::Wei, "1000000000000000000001").done().record.total.to_string(), "1000000000000000000001");
    for (unit, words) in [(Unit::Wei, "wei"), (Unit::Base, "base units")] {
        base(unit, "3026975746845003.5").refused("line 2", "amount", &["3026975746845003.5", words, "--unit whole"]);
    }
    base(Unit::Whole, "1000000000000000000000000000000").refused("line 2", "amount", &["2^96", "whole tokens"]);
    base(Unit::Base, &"9".repeat(90)).refused("line 2", "amount", &["too large", "2^96"]);
}

#[test]
fn blank_lines_and_comments_among_rows_are_reported() {
    rows(&[&format!("{A},1"), "", &format!("{B},1")]).refused("line 3", "row", &["empty", "Remove the line"]);
    rows(&[&format!("{A},1"), &format!("#{B},1")]).refused("line 3", "row", &["comment among the rows"]);
    let done = file(format!("# by hand\naddress,amount\n{A},1\n")).done();
    assert_eq!(done.record.reading.inputs[0].comments, ["by hand"]);
    rows(&[A]).refused("line 2", "row", &["1 field;", "expected 2"]);
}

#[test]
fn a_bad_checksum_is_refused_and_one_case_has_none() {
    let bad = MIXED.replace("0xA", "0xa");
    rows(&[&format!("{bad},1")]).refused("line 2", "address", &[&bad, MIXED, "checksum"]);
    assert_eq!(rows(&[&format!("{},1", MIXED.to_lowercase())]).done().list, list(&[(MIXED, "1")]));
}

#[test]
fn what_is_no_address_is_told_why() {
    for (address, word) in [
        (&A[2..], "Write 0x"),
        ("0x12", "2 digits"),
        ("vitalik.eth", "not resolved"),
        (&format!(" {A}"), "white space"),
    ] {
        rows(&[&format!("{address},1")]).refused("line 2", "address", &[word]);
    }
}

#[test]
fn a_row_with_two_problems_is_one_row_and_two_reports() {
    let case = rows(&["nobody,1e18", &format!("{A},1")]).with(|options| options.unreadable = OnBad::LeaveOut);
    let done = case.done();
    assert_eq!(done.record.reading.stages[0].left_out.rows, 1);
    let reports: Vec<_> = done.rejects.lines().skip(1).collect();
    assert!(
        reports[0].contains(",line 2,address,unreadable,") && reports[1].contains(",line 2,amount,"),
        "{reports:?}"
    );
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    file([b"address,amount\n".as_slice(), &[b'7'; 200_000]].concat()).refused("line 2", "row", &["65536 bytes"]);
}

#[test]
fn accounts_without_amounts_make_a_list_of_accounts() {
    let done = file(format!("address\n{B}\n{A}\n")).with(|options| options.unit = Unit::None).done();
    assert_eq!(done.list, format!("address\n{A}\n{B}\n"));
    file(format!("address\n{A}\n")).refused("line 1", "header", &["no delimiter"]);
}

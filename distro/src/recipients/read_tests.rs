use super::*;
use crate::recipients::SHOWN_PROBLEMS;

const A: &str = "0x1111111111111111111111111111111111111111";
const B: &str = "0x2222222222222222222222222222222222222222";
const TOKEN: Address = Address::repeat_byte(0x77);

fn options() -> ReadOptions {
    ReadOptions::of_token(TOKEN, 18)
}

fn read(text: impl AsRef<[u8]>) -> Result<ReadReport, RecipientsError> {
    read_slice("list.csv", text.as_ref(), &options())
}

fn rows(rows: &[String]) -> Result<ReadReport, RecipientsError> {
    read(format!("address,amount\n{}\n", rows.join("\n")))
}

/// Expects exactly one problem, at this line and field, whose words contain all of `words`.
#[track_caller]
fn refused(result: Result<ReadReport, RecipientsError>, line: u64, field: &str, words: &[&str]) {
    let error = result.expect_err("the file was accepted");
    let problems = error.problems().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(problems.total, 1, "{error}");
    assert_eq!((problems.shown[0].line, problems.shown[0].field), (line, field), "{error}");
    let text = error.to_string();
    for word in words.iter().chain(&["list.csv", "expected"]) {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
}

#[test]
fn a_plain_file_is_read_sorted_and_summed() {
    let report = read(format!("# made by hand\n#second\naddress,amount\n{B},2\n{A},1.5\n")).unwrap();
    assert_eq!(report.comments, ["made by hand", "second"]);
    assert_eq!((report.rows, report.summed), (2, 0));
    assert_eq!(report.list.get(0).unwrap().address, Address::repeat_byte(0x11));
    assert_eq!(report.list.total(), U256::from(3_500_000_000_000_000_000u128));
    // sha256sum of the same bytes
    let report = read(format!("address,amount\n{A},1")).unwrap();
    assert_eq!(report.source_sha256.to_string(), "0xd293fa3cb0fb04e0717d593a46a7509abfe6dc2635f7fb8630c6a1ce0a81546c");
}

#[test]
fn crlf_is_read_like_lf_and_nothing_is_lost() {
    let lf = format!("# comment\naddress,amount\n{B},2\n{A},1.5\n");
    let report = read(lf.replace('\n', "\r\n")).unwrap();
    let plain = read(&lf).unwrap();
    assert_eq!((report.list, report.rows, report.comments), (plain.list, plain.rows, plain.comments));
    assert!(read(lf.trim_end()).is_ok(), "the last line needs no line feed");
    refused(read(format!("address,amount\r\n{A},1\r\n{B},1e18\r\n")), 3, "amount", &["1e18"]);
}

#[test]
fn bare_carriage_returns_are_refused() {
    refused(read(format!("address,amount\r{A},1\r{B},1\r")), 1, "header", &["carriage return", "tr "]);
    refused(rows(&[format!("{A},1\r{B},1")]), 2, "row", &["carriage return"]);
}

#[test]
fn a_byte_order_mark_is_named_and_the_cure_too() {
    refused(read(format!("\u{feff}address,amount\n{A},1\n")), 1, "file", &["byte order mark", "tail -c +4"]);
    refused(rows(&[format!("{A},1"), format!("\u{feff}{B},1")]), 3, "row", &["byte order mark"]);
    refused(read(b"\xff\xfea\0d\0d\0"), 1, "file", &["UTF-16", "iconv"]);
}

#[test]
fn other_delimiters_are_named() {
    refused(read(format!("address;amount\n{A};1\n")), 1, "header", &["semicolons", "decimal comma"]);
    refused(read(format!("address\tamount\n{A}\t1\n")), 1, "header", &["tabs"]);
    refused(rows(&[format!("{A};1")]), 2, "row", &["semicolons"]);
    refused(rows(&[format!("{A};1,5")]), 2, "address", &["is not an address"]);
}

#[test]
fn the_header_is_exact() {
    for header in ["Address,amount", "amount,address", "address,amount,note", "address", "address, amount", "", A] {
        refused(read(format!("{header}\n{A},1\n")), 1, "header", &["address,amount"]);
    }
    refused(read(""), 1, "header", &["no header"]);
    refused(read("# only a comment\n"), 2, "header", &["no header"]);
    refused(read("address,amount\n"), 1, "file", &["no row"]);
    assert!(read(format!("\"address\",\"amount\"\n\"{A}\",\"1\"\n")).is_ok());
}

#[test]
fn comments_belong_at_the_top() {
    refused(rows(&[format!("{A},1"), format!("#{B},1")]), 3, "row", &["comment among the rows", B]);
}

#[test]
fn blank_lines_are_refused_and_not_skipped() {
    refused(rows(&[format!("{A},1"), String::new(), format!("{B},1")]), 3, "row", &["empty", "Remove the line"]);
    refused(rows(&[format!("{A},1"), String::new()]), 3, "row", &["empty"]);
}

#[test]
fn exponents_are_refused() {
    for amount in ["1e18", "1E+21", "1e-7"] {
        refused(rows(&[format!("{A},{amount}")]), 2, "amount", &[amount, "exponent", "base units"]);
    }
}

#[test]
fn thousands_separators_and_decimal_commas_are_refused() {
    refused(rows(&[format!("{A},1,000.5")]), 2, "row", &["3 fields", "thousands separator"]);
    refused(rows(&[format!("{A},\"1,000.5\"")]), 2, "amount", &["1,000.5", "thousands separators"]);
    refused(rows(&[format!("{A},\"1,5\"")]), 2, "amount", &["1,5", "decimal mark as a point"]);
    refused(rows(&[format!("{A},1 000")]), 2, "amount", &["1 000", "thousands separators"]);
    refused(rows(&[format!("{A},1_000")]), 2, "amount", &["1_000", "thousands separators"]);
}

#[test]
fn signs_are_refused() {
    refused(rows(&[format!("{A},-5")]), 2, "amount", &["-5", "less than nothing"]);
    refused(rows(&[format!("{A},+5")]), 2, "amount", &["+5", "Remove the sign"]);
}

#[test]
fn other_things_that_are_no_amount_are_refused() {
    for (amount, word) in [
        (".5", "both sides"),
        ("5.", "both sides"),
        ("0x10", "decimal"),
        ("NaN", "digits"),
        ("5 LPT", "thousands"),
        (" 5", "white space"),
        ("5 ", "white space"),
        ("٣", "digits"),
        ("$5", "digits"),
    ] {
        refused(rows(&[format!("{A},{amount}")]), 2, "amount", &["not a plain decimal number", word]);
    }
}

#[test]
fn empty_cells_are_refused() {
    refused(rows(&[format!("{A},")]), 2, "amount", &["amount is empty"]);
    refused(rows(&[",1".to_owned()]), 2, "address", &["address is empty"]);
    let error = rows(&[",".to_owned()]).unwrap_err();
    assert_eq!(error.problems().unwrap().total, 2, "{error}");
}

#[test]
fn zero_and_too_much_are_refused() {
    for zero in ["0", "0.0", "000.000000000000000000"] {
        refused(rows(&[format!("{A},{zero}")]), 2, "amount", &["zero", "pay nothing"]);
    }
    refused(rows(&[format!("{A},79228162515")]), 2, "amount", &["79228162515", "2^96"]);
    refused(rows(&[format!("{A},{}", "9".repeat(90))]), 2, "amount", &["too large", "…", "2^96"]);
    assert!(rows(&[format!("{A},79228162514.264337593543950335")]).is_ok());
    refused(rows(&[format!("{A},79228162514.264337593543950336")]), 2, "amount", &["2^96"]);
}

#[test]
fn more_decimals_than_the_token_has_are_refused_and_not_rounded() {
    refused(
        rows(&[format!("{A},1.0000000000000000001")]),
        2,
        "amount",
        &["19 decimals", "18", "never rounded", "shorten the number yourself"],
    );
    let whole = ReadOptions { decimals: 0, ..options() };
    refused(
        read_slice("list.csv", format!("address,amount\n{A},1.5\n").as_bytes(), &whole),
        2,
        "amount",
        &["1 decimals"],
    );
}

#[test]
fn duplicates_are_refused_whatever_their_case() {
    let mixed = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B";
    for other in [mixed.to_owned(), mixed.to_lowercase(), format!("0x{}", mixed[2..].to_uppercase())] {
        let result = rows(&[format!("{mixed},1"), format!("{A},1"), format!("{other},2")]);
        refused(result, 4, "address", &[mixed, "on line 2 already", "letter case", "--duplicates sum"]);
    }
}

#[test]
fn duplicates_can_be_summed_and_that_is_counted() {
    let text = format!("address,amount\n{A},1\n{B},5\n{A},2.5\n{A},0.5\n");
    let sum = ReadOptions { duplicates: Duplicates::Sum, ..options() };
    let report = read_slice("list.csv", text.as_bytes(), &sum).unwrap();
    assert_eq!((report.rows, report.summed, report.duplicates), (4, 2, Duplicates::Sum));
    assert_eq!(report.list.get(0).unwrap().amount, 4 * 10u128.pow(18));
    assert_eq!(report.list.get(1).unwrap().amount, 5 * 10u128.pow(18));
    let most = "79228162514.264337593543950335";
    let text = format!("address,amount\n{A},{most}\n{A},{most}\n");
    refused(read_slice("list.csv", text.as_bytes(), &sum), 2, "amount", &["of all rows", "2^96"]);
}

#[test]
fn addresses_are_forty_digits() {
    for (address, word) in [
        ("1111111111111111111111111111111111111111", "Write 0x before it"),
        ("0X1111111111111111111111111111111111111111", "0x in lower case"),
        ("0x111111111111111111111111111111111111111", "It has 39 digits"),
        ("0x111111111111111111111111111111111111111g", "not a hexadecimal digit"),
        (" 0x1111111111111111111111111111111111111111", "white space"),
        ("vitalik.eth", "not resolved"),
        ("0x111111111111111111111111111111111111111１", "not a hexadecimal digit"),
        ("total", "account's address"),
    ] {
        refused(rows(&[format!("{address},1")]), 2, "address", &["is not an address", word]);
    }
}

#[test]
fn a_bad_checksum_is_refused_in_mixed_case_only() {
    let good = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B";
    let bad = "0xab5801a7D398351b8bE11C439e05C5B3259aeC9B";
    assert!(rows(&[format!("{good},1")]).is_ok());
    assert!(rows(&[format!("{},1", good.to_lowercase())]).is_ok());
    refused(rows(&[format!("{bad},1")]), 2, "address", &[bad, good, "checksum", "Ask for the address again"]);
}

#[test]
fn accounts_that_nobody_has_are_refused() {
    let low = |n: u64| Address::left_padding_from(&n.to_be_bytes());
    for (address, what) in [
        (Address::ZERO, "the zero address"),
        (low(1), "a precompile"),
        (low(0x11), "a precompile"),
        (low(0x100), "a precompile"),
        (low(0xdead), "a known burn address"),
        (TOKEN, "the token itself"),
    ] {
        refused(rows(&[format!("{address},1")]), 2, "address", &[&address.to_string(), what, "Remove the row"]);
    }
    assert!(rows(&[format!("{},1", low(0x12))]).is_ok());
}

#[test]
fn rows_of_another_length_are_refused() {
    refused(rows(&[A.to_owned()]), 2, "row", &["1 field;", "Complete or remove"]);
    refused(rows(&[format!("{A},1,hello")]), 2, "row", &["3 fields"]);
    refused(rows(&[format!("{A},1,")]), 2, "row", &["3 fields"]);
}

#[test]
fn quotes_go_around_whole_fields() {
    refused(rows(&[format!("\"{A},1"), format!("{B},1")]), 2, "row", &["closing quote"]);
    refused(rows(&[format!("{A},\"1\"5")]), 2, "row", &["quote inside a field"]);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let mut file = format!("address,amount\n{A},").into_bytes();
    file.extend_from_slice(b"1\xa0000\n");
    refused(read(&file), 2, "amount", &["not UTF-8"]);
    let mut file = b"address,amount\n0x".to_vec();
    file.extend_from_slice(&[0xe9; 40]);
    file.extend_from_slice(b",1\n");
    refused(read(&file), 2, "address", &["not UTF-8"]);
    refused(read(b"# \xff\naddress,amount\n"), 1, "file", &["not UTF-8"]);
}

#[test]
fn all_problems_are_counted_and_the_first_are_shown() {
    let bad: Vec<_> = (0..200).map(|i| if i % 2 == 0 { format!("{A},-{i}") } else { "nobody,1".to_owned() }).collect();
    let error = rows(&bad).unwrap_err();
    let problems = error.problems().unwrap();
    assert_eq!((problems.total, problems.shown.len()), (200, SHOWN_PROBLEMS));
    let lines: Vec<_> = problems.shown.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, (2..2 + SHOWN_PROBLEMS as u64).collect::<Vec<_>>());
    assert!(error.to_string().contains("and 150 more"), "{error}");
}

#[test]
fn a_total_beyond_the_distributor_is_refused() {
    let rows: String = (0..65_537u64)
        .map(|i| {
            format!("{},79228162514.264337593543950335\n", Address::left_padding_from(&(i + 0x1_0000).to_be_bytes()))
        })
        .collect();
    let error = read(format!("address,amount\n{rows}")).unwrap_err();
    assert!(error.to_string().contains("2^112"), "{error}");
}

#[test]
fn the_number_of_parts_changes_nothing() {
    let mut text = "# a comment\naddress,amount\n".to_owned();
    for i in 0..300u64 {
        let address = Address::left_padding_from(&(0x1_0000 + (i * 7919) % 250).to_be_bytes());
        text += &format!("{address},{}\n", i + 1);
    }
    let sum = ReadOptions { duplicates: Duplicates::Sum, ..options() };
    let whole = read_in_parts("list.csv", text.as_bytes(), &sum, 1).unwrap();
    let problems = read_in_parts("list.csv", text.as_bytes(), &options(), 1).unwrap_err().to_string();
    assert!(problems.contains("50 problems"), "{problems}");
    for parts in [2, 3, 7, 300, 100_000] {
        assert_eq!(read_in_parts("list.csv", text.as_bytes(), &sum, parts).unwrap(), whole, "{parts} parts");
        let error = read_in_parts("list.csv", text.as_bytes(), &options(), parts).unwrap_err();
        assert_eq!(error.to_string(), problems, "{parts} parts");
    }
}

//! JSON in its four shapes. Amounts are texts.

use tminus_distro::import::{OnBad, OnDuplicate, Unit};

use crate::{A, B, Case, list};

fn file(text: &str) -> Case {
    Case::new(&[("list.json", text.as_bytes())])
}

#[test]
fn objects_pairs_and_a_map_give_the_same_list() {
    for text in [
        format!(r#"[{{"address":"{B}","amount":"2"}},{{"amount":"1.5","address":"{A}"}}]"#),
        format!(r#" [["{B}","2"],["{A}","1.5"]] "#),
        format!("\u{feff}{{\"{B}\":\"2\",\n\"{A}\":\"1.5\"}}\n"),
    ] {
        let done = file(&text).done();
        assert_eq!(done.list, list(&[(A, "1.5"), (B, "2")]), "{text}");
        assert_eq!(done.record.reading.inputs[0].byte_order_mark, text.starts_with('\u{feff}'));
    }
    let done = file(&format!(r#"["{B}","{A}"]"#)).with(|options| options.unit = Unit::None).done();
    assert_eq!(done.list, format!("address\n{A}\n{B}\n"));
}

#[test]
fn a_json_number_is_never_an_amount() {
    for number in ["100", "1000000000000000000001", "1e21", "-1", "0.5"] {
        file(&format!(r#"[{{"address":"{A}","amount":{number}}}]"#)).refused("entry 1", "amount", &["JSON number"]);
        file(&format!(r#"{{"{A}":{number}}}"#)).refused("entry 1", "amount", &["JSON number", "between quotes"]);
        file(&format!(r#"[["{A}",{number}]]"#)).refused("entry 1", "amount", &["JSON number", "string"]);
    }
}

#[test]
fn a_text_of_digits_is_decimal_and_not_hexadecimal() {
    let base = |text: &str| file(text).with(|options| options.unit = Unit::Base);
    assert_eq!(base(&format!(r#"{{"{A}":"100"}}"#)).done().record.total.to_string(), "100");
    base(&format!(r#"{{"{A}":"0x100"}}"#)).refused("entry 1", "amount", &["0x100", "decimal"]);
}

#[test]
fn null_is_an_error_and_not_zero() {
    file(&format!(r#"[{{"address":"{A}","amount":null}}]"#)).refused("entry 1", "amount", &["null", "no zero"]);
    file(r#"[{"address":null,"amount":"1"}]"#).refused("entry 1", "address", &["null"]);
}

#[test]
fn entries_of_another_shape_are_reported_with_their_place() {
    for (entry, words) in [
        ("7", "a number"),
        ("1000000000000000000001", "a number"),
        ("1e5", "a number"),
        ("null", "null"),
        ("\"x\"", "a text"),
        ("true", "truth value"),
        ("[\"x\"]", "array of 1"),
        ("[\"x\",\"1\",\"2\"]", "array of 3"),
    ] {
        let text = format!(r#"[["{A}","1"],{entry}]"#);
        file(&text).refused("entry 2", "entry", &[words, "a pair"]);
        let left_out = file(&text).with(|options| options.unreadable = OnBad::LeaveOut).done();
        assert_eq!((left_out.record.recipients, left_out.record.reading.stages[0].left_out.rows), (1, 1));
    }
    file(&format!(r#"[{{"address":"{A}"}}]"#)).refused("entry 1", "entry", &["no \"amount\"", "--amount-column"]);
    file(r#"[{"amount":"1"}]"#).refused("entry 1", "entry", &["no \"address\"", "--address-column"]);
    file(&format!(r#"[{{"address":"{A}","amount":["1"]}}]"#)).refused("entry 1", "amount", &["an array"]);
}

#[test]
fn a_key_twice_in_an_object_is_refused() {
    file(&format!(r#"[{{"address":"{A}","amount":"1","amount":"2"}}]"#)).refused(
        "entry 1",
        "entry",
        &["\"amount\" twice"],
    );
}

#[test]
fn an_account_twice_in_a_map_is_a_duplicate_and_not_lost() {
    let text = format!(r#"{{"{A}":"1","{A}":"2"}}"#);
    file(&text).refused("entry 2", "address", &["entry 1 already"]);
    let summed = file(&text).with(|options| options.duplicates = OnDuplicate::Sum).done();
    assert_eq!(summed.record.total_tokens, "3");
}

#[test]
fn keys_that_are_not_read_are_named() {
    let text = format!(r#"[{{"address":"{A}","amount":"1","reasons":{{"a":[1]}},"flags":{{"b":1e5}}}}]"#);
    assert_eq!(file(&text).done().record.reading.inputs[0].columns_not_read, ["flags", "reasons"]);
}

#[test]
fn what_is_not_json_refuses_the_whole_file_with_line_and_column() {
    let cut = format!("[[\"{A}\",\"1\"],\n[\"{B}\",\"1\"");
    file(&cut).refused("entry 2", "file", &["not JSON", "line 2 column"]);
    file(&format!("[[\"{A}\",\"1\"]] trailing")).refused("entry 2", "file", &["trailing characters"]);
    file("\"text\"").refused("entry 1", "file", &["a text", "array"]);
    file("[]").refused("entry 1", "file", &["no row"]);
    file("").refused("entry 1", "file", &["not JSON"]);
}

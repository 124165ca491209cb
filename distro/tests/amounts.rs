//! Amounts by policy: what the file may say, who takes part, and that the list, the record and the rejects agree.

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use tminus_distro::{
    amounts::{AmountsError, AmountsRecord, POLICY_FILE, Policy, RECORD_FILE, amounts},
    import::{ImportOptions, LIST_FILE, OnBad, OnDuplicate, REJECTS_FILE, Unit},
    recipients::{ReadOptions, read_file},
};

const A: &str = "0x1111111111111111111111111111111111111111";
const B: &str = "0x2222222222222222222222222222222222222222";
const C: &str = "0x3333333333333333333333333333333333333333";
const D: &str = "0x4444444444444444444444444444444444444444";

const ASSETS: &str = "[token]\nsymbol = \"LPT\"\ndecimals = 18\n[balance]\nsymbol = \"ETH\"\ndecimals = 18\n";

/// A policy of these lines, with the assets.
fn policy(lines: &str) -> String {
    format!("{lines}\n{ASSETS}")
}

struct Done {
    record: AmountsRecord,
    list: String,
    rejects: String,
    folder: TempDir,
}

fn options(folder: &TempDir, text: &str) -> ImportOptions {
    let file: PathBuf = folder.path().join("balances.csv");
    fs::write(&file, text).unwrap();
    ImportOptions::new(vec![file], Unit::Whole, 18)
}

fn divide(
    policy: &str,
    balances: &[(&str, &str)],
    change: impl FnOnce(&mut ImportOptions),
) -> Result<Done, AmountsError> {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = balances.iter().map(|(address, balance)| format!("{address},{balance}\n")).collect();
    let mut options = options(&folder, &format!("address,amount\n{rows}"));
    change(&mut options);
    let out = folder.path().join("out");
    let parsed = Policy::parse("policy.toml", policy)?;
    let record = amounts(&parsed, policy.as_bytes(), &options, &out)
        .inspect_err(|_| assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left"))?;
    let file = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let (list, rejects) = (file(LIST_FILE), file(REJECTS_FILE));
    // plan reads it, and all of the budget is in it
    let read = read_file(&out.join(LIST_FILE), &ReadOptions { decimals: 18, ..ReadOptions::default() }).unwrap();
    assert_eq!(read.list.total().to_string(), parsed.budget.to_string());
    assert_eq!(record.figures.total, parsed.budget.to_string());
    assert_eq!(record.figures.recipients, read.rows);
    Ok(Done { record, list, rejects, folder })
}

#[track_caller]
fn shares(policy_lines: &str, balances: &[(&str, &str)], expected: &[(&str, &str)]) -> Done {
    let done = divide(&policy(policy_lines), balances, |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let expected: String = expected.iter().map(|(address, amount)| format!("{address},{amount}\n")).collect();
    assert_eq!(done.list, format!("address,amount\n{expected}"));
    done
}

#[test]
fn equal_shares_take_no_heed_of_balances() {
    let done = shares(
        "budget = \"10 base\"\nshare = \"equal\"",
        &[(B, "5"), (A, "5"), (C, "7")],
        &[(A, "0.000000000000000003"), (B, "0.000000000000000003"), (C, "0.000000000000000004")],
    );
    assert_eq!((done.record.figures.rounded_up, done.record.figures.smallest.as_str()), (1, "3"));
}

#[test]
fn proportional_shares_follow_balances() {
    shares(
        "budget = \"60 LPT\"\nshare = \"proportional\"",
        &[(A, "0.1"), (B, "0.2"), (C, "0.3")],
        &[(A, "10"), (B, "20"), (C, "30")],
    );
}

#[test]
fn square_root_shares_follow_the_roots_of_balances() {
    shares(
        "budget = \"60 LPT\"\nshare = \"square-root\"",
        &[(A, "1"), (B, "4"), (C, "9")],
        &[(A, "10"), (B, "20"), (C, "30")],
    );
    // also where balances are a few base units: 1 and 2 do not weigh the same
    let text = policy("budget = \"2414213562 base\"\nshare = \"square-root\"");
    let done = divide(&text, &[(A, "1"), (B, "2")], |options| options.unit = Unit::Base).unwrap();
    assert!(done.list.contains(&format!("{B},0.000000001414213562")), "{}", done.list);
}

#[test]
fn tiers_give_by_the_highest_that_is_reached() {
    let tiers = "budget = \"12 LPT\"\nshare = \"tiers\"\n[[tiers]]\nfrom = \"1 ETH\"\nweight = 1\n[[tiers]]\n\
                 from = \"10 ETH\"\nweight = 5";
    let done = shares(
        tiers,
        &[(A, "1"), (B, "9.999999999999999999"), (C, "10"), (D, "0.999999999999999999")],
        &[(A, "1.714285714285714286"), (B, "1.714285714285714286"), (C, "8.571428571428571428")],
    );
    assert_eq!(done.record.stages[0].left_out.rows, 1);
    assert!(done.rejects.contains(&format!("line 5,amount,minimum,{D},999999999999999999,")), "{}", done.rejects);
}

#[test]
fn the_rule_of_2018_takes_more_than_a_tenth_of_an_ether() {
    let rule = "budget = \"6 LPT\"\nshare = \"equal\"\nminimum_balance = { more_than = \"0.1 ETH\" }";
    let balances = [(A, "0.1"), (B, "0.100000000000000001"), (C, "0"), (D, "500")];
    let done = shares(rule, &balances, &[(B, "3"), (D, "3")]);
    let stage = &done.record.stages[0];
    assert_eq!((stage.name.as_str(), stage.before.rows, stage.left_out.rows, stage.after.rows), ("minimum", 4, 2, 2));
    assert_eq!(stage.left_out.total.to_string(), "100000000000000000");
    assert_eq!(stage.before.total, stage.left_out.total + stage.after.total);
    assert!(done.rejects.contains("the balance of 0.1 is below"), "{}", done.rejects);
    let at_least = rule.replace("more_than", "at_least");
    shares(&at_least, &balances, &[(A, "2"), (B, "2"), (D, "2")]);
}

#[test]
fn floor_cap_and_minimum_compose() {
    let lines = "budget = \"100 LPT\"\nshare = \"proportional\"\nfloor = \"5 LPT\"\ncap = \"60 LPT\"\n\
                 minimum_balance = { at_least = \"1 ETH\" }";
    let done = shares(lines, &[(A, "1"), (B, "9"), (C, "90"), (D, "0.5")], &[(A, "5"), (B, "35"), (C, "60")]);
    assert_eq!((done.record.figures.at_floor, done.record.figures.at_cap), (1, 1));
    let error = |from: &str, to: &str| match divide(&policy(&lines.replace(from, to)), &[(A, "1"), (B, "9")], |_| {}) {
        Err(error @ AmountsError::Share(_)) => error.to_string(),
        other => panic!("{:?}", other.err()),
    };
    assert!(error("60 LPT", "40 LPT").contains("only 80000000000000000000 of the budget of 100000000000000000000"));
    assert!(error("5 LPT", "51 LPT").contains("takes 102000000000000000000"));
}

#[test]
fn shares_of_less_than_a_unit_are_refused_or_left_out_as_told() {
    let lines = "budget = \"2 base\"\nshare = \"proportional\"";
    let balances = [(A, "1"), (B, "50"), (C, "50")];
    let error = divide(&policy(lines), &balances, |_| {}).err().unwrap();
    assert!(error.is_input() && error.to_string().contains(A), "{error}");
    let lines = format!("{lines}\nnothing = \"leave-out\"");
    let done = shares(&lines, &balances, &[(B, "0.000000000000000001"), (C, "0.000000000000000001")]);
    assert_eq!((done.record.stages[1].name.as_str(), done.record.stages[1].left_out.rows), ("nothing", 1));
    assert!(done.rejects.contains(&format!("line 2,amount,nothing,{A},")), "{}", done.rejects);
}

#[test]
fn more_than_a_recipient_can_be_paid_is_refused() {
    let lines = "budget = \"5000000000000000 LPT\"\nshare = \"equal\"";
    let error = divide(&policy(lines), &[(A, "1")], |_| {}).err().unwrap();
    assert!(matches!(error, AmountsError::TooMuch { .. }), "{error}");
}

#[test]
fn accounts_without_balances_get_equal_shares_and_no_others() {
    let equal = "budget = \"4 LPT\"\nshare = \"equal\"\n[token]\nsymbol = \"LPT\"\ndecimals = 18\n";
    let none = |options: &mut ImportOptions| (options.unit, options.decimals) = (Unit::None, 0);
    let done = divide(equal, &[(A, ""), (B, "")], none).unwrap();
    assert_eq!(done.list, format!("address,amount\n{A},2\n{B},2\n"));
    let text = policy("budget = \"4 LPT\"\nshare = \"proportional\"");
    assert!(matches!(divide(&text, &[(A, "")], none), Err(AmountsError::NoBalances)));
    let text = policy("budget = \"4 LPT\"\nshare = \"equal\"\nminimum_balance = { at_least = \"1 ETH\" }");
    assert!(matches!(divide(&text, &[(A, "")], none), Err(AmountsError::NoBalances)));
}

#[test]
fn balances_are_read_as_strictly_as_amounts() {
    let text = policy("budget = \"4 LPT\"\nshare = \"proportional\"");
    for (balance, words) in [("1e18", "exponent"), ("", "empty"), ("-1", "less than nothing"), ("1,5", "3 fields")] {
        let error = divide(&text, &[(A, balance)], |_| {}).err().unwrap().to_string();
        assert!(error.contains("balances.csv: line 2, ") && error.contains(words), "{error}");
    }
    let twice = [(A, "1"), (A, "1"), (B, "2")];
    assert!(divide(&text, &twice, |_| {}).err().unwrap().to_string().contains("--duplicates"));
    let summed = divide(&text, &twice, |options| options.duplicates = OnDuplicate::Sum).unwrap();
    assert_eq!(summed.list, format!("address,amount\n{A},2\n{B},2\n"));
    let left_out = divide(&text, &[("x", "1"), (B, "0")], |options| options.unreadable = OnBad::LeaveOut);
    assert!(left_out.err().unwrap().to_string().contains("that have a weight"), "a balance of zero weighs nothing");
    let six = divide(&text, &[(A, "1")], |options| options.decimals = 6);
    assert!(matches!(six, Err(AmountsError::Decimals { options: 6, policy: 18 })));
}

#[test]
fn the_record_has_the_policy_its_hash_and_the_inputs() {
    let text = policy("# by the board\nbudget = \"3 LPT\"\nshare = \"equal\"\ncap = \"2 LPT\"");
    let done = divide(&text, &[(A, "1"), (B, "2")], |_| {}).unwrap();
    let out = done.folder.path().join("out");
    assert_eq!(fs::read_to_string(out.join(POLICY_FILE)).unwrap(), text);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(out.join(RECORD_FILE)).unwrap()).unwrap();
    assert_eq!(record["tool"], format!("tminus {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(
        (&record["policy"]["budget"], &record["policy"]["cap"]),
        (&"3000000000000000000".into(), &"2000000000000000000".into())
    );
    assert_eq!(record["policy"]["share"], "equal");
    let sha256 = |file: PathBuf| {
        use sha2::Digest;
        alloy::hex::encode(sha2::Sha256::digest(fs::read(file).unwrap()))
    };
    assert_eq!(record["policy_file"]["sha256"], sha256(out.join(POLICY_FILE)));
    assert_eq!(record["list"]["sha256"], sha256(out.join(LIST_FILE)));
    assert_eq!(record["rejects"]["sha256"], sha256(out.join(REJECTS_FILE)));
    assert_eq!(record["reading"]["inputs"][0]["sha256"], sha256(done.folder.path().join("balances.csv")));
    assert_eq!(record["reading"]["meaning"], "balances");
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = policy("budget = \"1000003 base\"\nshare = \"square-root\"\nfloor = \"1 base\"");
    let mut rows: Vec<_> =
        (1..200u64).map(|i| (format!("0x{:040x}", i * 0x1_0000_0001), (i % 7 + 1).to_string())).collect();
    let list = |rows: &[(String, String)]| {
        let rows: Vec<_> = rows.iter().map(|(address, balance)| (address.as_str(), balance.as_str())).collect();
        divide(&text, &rows, |_| {}).unwrap().list
    };
    let first = list(&rows);
    rows.reverse();
    rows.swap(3, 90);
    assert_eq!(list(&rows), first);
}

#[test]
fn a_policy_is_read_strictly_and_refused_with_line_and_key() {
    let good = "budget = \"3 LPT\"\nshare = \"proportional\"\nfloor = \"1 LPT\"\ncap = \"2 LPT\"\n\
                minimum_balance = { more_than = \"0.1 ETH\" }";
    assert!(Policy::parse("policy.toml", &policy(good)).is_ok());
    let tiers = |rest: &str| format!("share = \"tiers\"\n[[tiers]]\nfrom = \"1 ETH\"\nweight = 3\n[[tiers]]\n{rest}");
    let low = tiers("from = \"1 ETH\"\nweight = 4");
    let less = tiers("from = \"2 ETH\"\nweight = 2");
    let none = tiers("from = \"2 ETH\"\nweight = 0");
    for (from, to, line, words) in [
        ("floor", "flor", 3, "unknown field `flor`"),
        ("more_than", "above", 5, "unknown variant `above`"),
        ("\"3 LPT\"", "\"3\"", 1, "budget: \"3\": expected a number, one space and one of the units LPT, base"),
        ("\"3 LPT\"", "\"3 ETH\"", 1, "LPT, base"),
        ("\"3 LPT\"", "3", 1, "expected a string"),
        ("\"3 LPT\"", "\"1e18 LPT\"", 1, "not a plain decimal number"),
        ("\"3 LPT\"", "\"0 LPT\"", 1, "expected 1 to 2^112 - 1"),
        ("\"3 LPT\"", "\"9999999999999999 LPT\"", 1, "2^112"),
        ("\"1 LPT\"", "\"1.0000000000000000001 LPT\"", 3, "19 decimals"),
        ("\"2 LPT\"", "\"0.5 LPT\"", 4, "cap: it is"),
        ("\"0.1 ETH\"", "\"0.1 LPT\"", 5, "minimum_balance: \"0.1 LPT\""),
        ("\"proportional\"", "\"linear\"", 2, "unknown variant `linear`"),
        ("\"proportional\"", "\"tiers\"", 2, "share: there is no [[tiers]]"),
        ("budget = \"3 LPT\"\n", "", 1, "missing field `budget`"),
        ("share = \"proportional\"", low.as_str(), 7, "not above that of the tier before"),
        ("share = \"proportional\"", &less, 8, "a larger balance would get less"),
        ("share = \"proportional\"", &none, 8, "expected at least 1"),
    ] {
        assert!(good.contains(from), "{from}");
        // tables come last
        let text = match to.contains("[[") {
            true => policy(&format!("budget = \"3 LPT\"\n{to}")),
            false => policy(&good.replacen(from, to, 1)),
        };
        let error = Policy::parse("policy.toml", &text).expect_err(to).to_string();
        assert!(error.starts_with(&format!("policy.toml:{line}:")) && error.contains(words), "{to}: {error}");
    }
    let without = policy(good).replace("[balance]\nsymbol = \"ETH\"\ndecimals = 18\n", "");
    let error = Policy::parse("policy.toml", &without).unwrap_err().to_string();
    assert!(error.contains("[balance] is missing"), "{error}");
}

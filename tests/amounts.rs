//! `distro amounts` as a program: from balances by a policy to a list that can be planned.

mod support;

use std::fs;

use support::{
    program::tminus,
    refusal::{contains, folder_with, refused},
};

const TOKEN: &str = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const ONE: &str = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const TWO: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const POLICY: &str = r#"budget = "6343700 LPT"
share = "equal"
minimum_balance = { more_than = "0.1 ETH" }

[token]
symbol = "LPT"
decimals = 18

[balance]
symbol = "ETH"
decimals = 18
"#;

const AMOUNTS: [&str; 9] =
    ["distro", "amounts", "balances.csv", "--policy", "policy.toml", "--unit", "wei", "--out", "out"];

fn folder(policy: &str) -> tempfile::TempDir {
    let balances =
        format!("address,amount\n{ONE},100000000000000001\n{TWO},100000000000000000\n{TOKEN},5000000000000000000\n");
    let folder = folder_with("balances.csv", balances);
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    folder
}

#[test]
fn balances_become_a_list_that_is_planned_and_the_budget_is_given_out() {
    let folder = folder(POLICY);
    let path = folder.path();
    let document = tminus(path, &[&AMOUNTS[..], &["--json"]].concat()).ended(0).document();
    let amounts = &document["amounts"];
    assert_eq!((&amounts["figures"]["recipients"], &amounts["stages"][0]["left_out"]["rows"]), (&2.into(), &1.into()));
    assert_eq!(amounts["figures"]["total"], format!("6343700{}", "0".repeat(18)));
    let list = fs::read_to_string(path.join("out/recipients.csv")).unwrap();
    assert_eq!(list, format!("address,amount\n{ONE},3171850\n{TOKEN},3171850\n"));
    let plan = ["distro", "plan", "--recipients", "out/recipients.csv", "--token", TWO, "--out", "plan"];
    let plan = [&plan[..], &["--decimals", "18", "--chain-id", "31337", "--json"]].concat();
    assert_eq!(tminus(path, &plan).ended(0).document()["plan"]["facts"]["total_tokens"], "6343700");
    contains(&refused(path, &AMOUNTS), &["out is there already"]);
    fs::remove_dir_all(path.join("out")).unwrap();
    let told = tminus(path, &AMOUNTS).ended(0).stdout;
    contains(&told, &["minimum", "total, the budget", "6343700 LPT", "policy sha256"]);
}

#[test]
fn a_policy_or_balances_that_do_not_hold_are_refused_and_nothing_is_written() {
    for (from, to, words) in [
        ("share =", "shares =", &["policy.toml:2:1: policy: unknown field `shares`"][..]),
        ("\"6343700 LPT\"", "6343700", &["policy.toml:1:10: policy: ", "expected a string"]),
        ("\"0.1 ETH\"", "\"0.1\"", &["policy.toml:3:33: minimum_balance: ", "ETH, base"]),
        ("0.1 ETH", "6 ETH", &["nobody takes part"]),
        ("share = \"equal\"", "share = \"equal\"\ncap = \"1 LPT\"", &["Raise the cap or lower the budget"]),
        (
            "decimals = 18\n\n[balance]\nsymbol = \"ETH\"\ndecimals = 18",
            "decimals = 18\n\n[balance]\nsymbol = \"ETH\"\ndecimals = 6",
            &["--unit base"],
        ),
    ] {
        assert!(POLICY.contains(from), "{from}");
        contains(&refused(folder(&POLICY.replacen(from, to, 1)).path(), &AMOUNTS), words);
    }
    let folder = folder(POLICY);
    fs::write(folder.path().join("balances.csv"), format!("address,amount\n{ONE},1\n{TWO},0.5\n")).unwrap();
    contains(&refused(folder.path(), &AMOUNTS), &["balances.csv: line 3, amount: ", "not a whole number of wei"]);
}

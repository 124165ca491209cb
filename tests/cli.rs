//! The command line without a chain: bad input, exit codes, documents.
//!
//! Bad input ends with exit code 2 and words that name the file, the line and the field; nothing is written. With `--json`
//! there is one document on stdout, whose status agrees with the exit code, and stderr has the words too.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use support::{
    program::{Run, all_held, command, tminus},
    refusal::{contains, folder_with, refused},
};

const PROFILE: &str = include_str!("../genesis/networks/livepeer-2018.toml");
const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const TOKEN: &str = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
/// An address whose checksum has capitals only.
const UPPER: &str = "0x52908400098527886E0F7030069857D2E4169EE7";
const ONE: &str = "0x00000000219ab540356cBB839Cbe05303d7705Fa";

/// The line of the first place where `needle` stands.
fn line_of(text: &str, needle: &str) -> usize {
    text[..text.find(needle).unwrap()].matches('\n').count() + 1
}

#[test]
fn bad_profiles_are_refused_with_file_line_and_field() {
    // what is replaced, by what, where the error is expected to point, the field, words
    let cases = [
        ("chunk_size = 64", "chunk_sise = 64", "chunk_sise", "distribution.chunk_sise", "unknown field"),
        (r#""60000 LPT""#, r#""60001 LPT""#, "team = \"1235000", "supply.team", "add up to 1235001, 1 more"),
        (r#"company = "500000"#, r#"company = "500001"#, "initial = ", "supply.initial", "add up to 10000001, 1 more"),
        (r#"company = "500000 LPT""#, "company = 500000", "company = ", "supply.company", "integer"),
        (
            r#"company = "500000 LPT""#,
            r#"company = "500000.0000000000000000001 LPT""#,
            "company = ",
            "supply.company",
            "19 decimals",
        ),
        (
            "0x13eF0bA91DF06e789cFdDC8C72c704948242C801",
            "0x907D3231DFd3b45C1075B87ff92335325fEd3632",
            "3632\", amount = \"500000 LPT\" },\n  { receiver = \"0x64EC",
            "grants.team.receivers[1].receiver",
            "has a grant in line",
        ),
    ];
    for (from, to, needle, field, words) in cases {
        assert!(PROFILE.contains(from), "the profile has no {from:?}");
        let text = PROFILE.replacen(from, to, 1);
        let folder = folder_with("mine.toml", &text);
        let list = format!("address,amount\n{ONE},6343700\n");
        fs::write(folder.path().join("list.csv"), list).unwrap();
        let place = format!("mine.toml:{}:", line_of(&text, needle));
        for arguments in [
            &["rehearse", "--profile", "mine.toml"][..],
            &["genesis", "plan", "--profile", "mine.toml", "--recipients", "list.csv", "--deployer", DEPLOYER],
        ] {
            contains(&refused(folder.path(), arguments), &[&place, field, words]);
        }
    }
}

#[test]
fn a_profile_that_is_not_there_is_refused_with_the_names_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path(), &["rehearse", "--profile", "livepeer-2019"]);
    contains(&error, &["livepeer-2019", "livepeer-2018"]);
}

fn plan_arguments<'a>(list: &'a str, out: &'a str) -> Vec<&'a str> {
    let chain = ["--decimals", "18", "--chain-id", "31337"];
    [&["distro", "plan", "--recipients", list, "--token", TOKEN, "--out", out], &chain[..]].concat()
}

#[test]
fn bad_recipient_lists_are_refused_with_file_line_and_field() {
    let row = |amount: &str| format!("address,amount\n{ONE},{amount}\n").into_bytes();
    let lower = UPPER.to_lowercase();
    let wrong = "0x00000000219ab540356cBB839Cbe05303d7705fa";
    let zero = "0x0000000000000000000000000000000000000000";
    // the file, the place, words
    let cases: Vec<(Vec<u8>, &str, &[&str])> = vec![
        ([b"\xef\xbb\xbf", &row("1")[..]].concat(), "line 1, file", &["byte order mark"]),
        (format!("address;amount\n{ONE};1\n").into(), "line 1, header", &["semicolons", "commas"]),
        (format!("address,amount\r{ONE},1\r").into(), "line 1, header", &["carriage return"]),
        (row("1e18"), "line 2, amount", &["\"1e18\"", "exponent"]),
        (row("\"1,000.5\""), "line 2, amount", &["\"1,000.5\"", "thousands separators"]),
        (row("1,000.5"), "line 2, row", &["3 fields"]),
        (row("-1"), "line 2, amount", &["\"-1\"", "sign"]),
        (row("0"), "line 2, amount", &["zero"]),
        (row("0.0000000000000000001"), "line 2, amount", &["19 decimals", "18"]),
        (Vec::new(), "line 1, header", &["no header"]),
        (b"address,amount\n".to_vec(), "line 1, file", &["no row"]),
        (row(""), "line 2, amount", &["empty"]),
        (b"address,amount\n,1\n".to_vec(), "line 2, address", &["empty"]),
        (format!("address,amount\n{UPPER},1\n{ONE},2\n{lower},3\n").into(), "line 4, address", &["line 2", UPPER]),
        (format!("address,amount\n{wrong},1\n").into(), "line 2, address", &["checksum", ONE]),
        (format!("address,amount\n{zero},1\n").into(), "line 2, address", &["zero address"]),
        (format!("address,amount\n{TOKEN},1\n").into(), "line 2, address", &["token"]),
        (b"address,amount\n0x12,1\n".to_vec(), "line 2, address", &["0x12", "40 hexadecimal"]),
        (format!("amount,address\n1,{ONE}\n").into(), "line 1, header", &["address,amount"]),
    ];
    for (file, place, words) in cases {
        let folder = folder_with("list.csv", file);
        let error = refused(folder.path(), &plan_arguments("list.csv", "plan"));
        contains(&error, &[&format!("list.csv: {place}: ")]);
        contains(&error, words);
    }
}

#[test]
fn a_list_with_several_problems_is_told_all_of_them() {
    let folder = folder_with("list.csv", format!("address,amount\n{ONE},1e18\n0x12,5\n{ONE},-1\n"));
    let error = refused(folder.path(), &plan_arguments("list.csv", "plan"));
    contains(&error, &["list.csv: line 2, amount", "list.csv: line 3, address", "list.csv: line 4, amount"]);
}

#[test]
fn windows_line_ends_and_letter_case_change_nothing_of_what_is_committed() {
    let root = |text: String| {
        let folder = folder_with("list.csv", text);
        let run = tminus(folder.path(), &[&plan_arguments("list.csv", "plan")[..], &["--json"]].concat()).ended(0);
        assert!(folder.path().join("plan/commitment.json").exists());
        run.document()["plan"]["facts"]["root"].as_str().unwrap().to_owned()
    };
    let plain = root(format!("address,amount\n{ONE},1.5\n{DEPLOYER},2\n"));
    assert_eq!(root(format!("address,amount\r\n{ONE},1.5\r\n{DEPLOYER},2\r\n")), plain);
    assert_eq!(root(format!("address,amount\n{DEPLOYER},2.0\n{},1.50\n", ONE.to_lowercase())), plain);
    assert_ne!(root(format!("address,amount\n{ONE},1.5\n{DEPLOYER},2.000000000000000001\n")), plain);
}

#[test]
fn a_list_that_is_not_the_crowds_part_is_refused_by_the_genesis() {
    let folder = folder_with("list.csv", format!("address,amount\n{ONE},1\n"));
    let arguments = ["genesis", "plan", "--recipients", "list.csv", "--deployer", DEPLOYER];
    contains(&refused(folder.path(), &arguments), &["1 LPT", "6343700 LPT", "supply.crowd"]);
}

#[test]
fn bad_usage_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let sample = ["distro", "sample", "--seed", "1", "--out", "list.csv"];
    let audit = ["genesis", "audit", "--deployer", DEPLOYER];
    for (arguments, words) in [
        (&["lift-off"][..], "lift-off"),
        (&["rehearse", "--recipients", "0"], "--recipients"),
        (&["rehearse", "--recipients", "1e4"], "1e4"),
        (&["rehearse", "--recipient", "10"], "--recipient"),
        (&["distro", "plan", "--recipients", "list.csv", "--token", TOKEN, "--out", "plan"], "--decimals"),
        (&["distro", "plan", "--recipients", "list.csv", "--token", "0x12", "--out", "plan"], "0x12"),
        (&plan_arguments("nothing.csv", "plan"), "nothing.csv"),
        (&["genesis", "plan", "--deployer", DEPLOYER, "--recipients", "x.csv", "--gas-price", "20"], "--gas-price: "),
        (&[&sample[..], &["--count", "10", "--total", "1e18"]].concat(), "--total: \"1e18\""),
        (&[&sample[..], &["--count", "10", "--total", "1,000"]].concat(), "--total: \"1,000\""),
        (&[&sample[..], &["--count", "0", "--total", "10"]].concat(), "at least one recipient"),
        (&["distro", "status", "--list", "plan", "--distributor", TOKEN, "--rpc", "http://127.0.0.1:1"], "plan"),
        (&["contracts", "check", "--project", "nowhere"], "nowhere"),
        (&[&audit[..], &["--rpc", "http://127.0.0.1:1", "--quorum", "2"]].concat(), "--quorum: 2 of 1"),
        (
            &[&audit[..], &["--rpc", "http://127.0.0.1:1,http://127.0.0.1:2", "--quorum", "0"]].concat(),
            "--quorum: 0 of 2",
        ),
        (&[&audit[..], &["--rpc", "http://h/1", "--rpc", "http://h/2", "--quorum", "3"]].concat(), "--quorum: 3 of 2"),
    ] {
        contains(&refused(folder.path(), arguments), &[words]);
    }
}

#[test]
fn answers_that_need_no_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(tminus(path, &["--help"]).ended(0).stdout.contains("rehearse"));
    assert!(tminus(path, &["--version"]).ended(0).stdout.contains(env!("CARGO_PKG_VERSION")));
    assert!(tminus(path, &["completions", "bash"]).ended(0).stdout.contains("tminus"));

    let sample =
        ["distro", "sample", "--count", "300", "--seed", "7", "--total", "6343700", "--out", "list.csv", "--json"];
    assert_eq!(tminus(path, &sample).ended(0).document()["recipients"], 300);
    let list = fs::read(path.join("list.csv")).unwrap();
    contains(&tminus(path, &sample).ended(2).error(), &["list.csv"]);
    assert_eq!(fs::read(path.join("list.csv")).unwrap(), list, "a list that is there is never written over");

    let planned = tminus(path, &[&plan_arguments("list.csv", "plan")[..], &["--json"]].concat()).ended(0).document();
    let facts = &planned["plan"]["facts"];
    assert_eq!((&facts["recipients"], &facts["total_tokens"]), (&300.into(), &"6343700".into()));
    assert!(path.join("plan/recipients.bin").exists());

    let genesis = ["genesis", "plan", "--recipients", "list.csv", "--deployer", DEPLOYER, "--json"];
    let document = tminus(path, &genesis).ended(0).document();
    assert_eq!(document["plan"]["steps"].as_array().unwrap().len(), 86);
    assert!(!path.join(".tminus").exists() && !path.join("deployments").exists(), "a plan leaves nothing behind");
}

#[test]
fn another_rehearsal_over_an_existing_one_is_refused_until_it_may_be_forgotten() {
    let folder = folder_with("mine.toml", PROFILE.replacen("inflation = 137", "inflation = 138", 1));
    let path = folder.path();
    let first = tminus(path, &["rehearse", "--recipients", "40", "--json"]).ended(0).document();
    all_held(&first, 40);
    for (arguments, words) in [
        (&["rehearse", "--recipients", "41"][..], "recipients 40"),
        (&["rehearse", "--recipients", "40", "--seed", "1"], "seed 2018"),
        (&["rehearse", "--recipients", "40", "--profile", "mine.toml"], "profile livepeer-2018"),
    ] {
        contains(&refused(path, arguments), &[words, "--fresh"]);
    }
    let again = tminus(path, &["rehearse", "--recipients", "40", "--json"]).ended(0).document();
    assert_eq!((&again["state_digest"], &again["last_block"]), (&first["state_digest"], &first["last_block"]));
    let fresh = tminus(path, &["rehearse", "--recipients", "41", "--fresh", "--json"]).ended(0).document();
    all_held(&fresh, 41);
    assert_ne!(fresh["state_digest"], first["state_digest"]);
}

#[test]
fn a_second_process_is_kept_out_of_a_rehearsal_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["rehearse", "--recipients", "30000"];
    let mut first = command(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("T-4")), "the first rehearsal reaches its genesis");
    for also in [&["--json"][..], &["--json", "--fresh"]] {
        let second = tminus(folder.path(), &[&arguments, also].concat());
        let error = second.error();
        contains(&error, &[".tminus/rehearsal", "another process"]);
        assert!(!error.contains("--fresh"), "nobody should be told to remove what another process works on: {error}");
        assert_eq!(second.code, 4);
    }
    assert!(first.try_wait().unwrap().is_none(), "the first rehearsal was over before the second asked");
    assert!(lines.any(|line| line.unwrap().contains("89 of 89 checks hold")), "the first is not disturbed");
    assert!(first.wait().unwrap().success());
}

#[test]
fn words_go_to_stderr_where_a_document_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let run: Run = tminus(folder.path(), &["rehearse", "--recipients", "20", "--json"]).ended(0);
    all_held(&run.document(), 20);
    run.says(&["T-5", "T-0", "20 recipients paid"]);
    assert!(!run.stderr.contains('\u{1b}'), "no colours where nobody looks");
    let report = fs::read_to_string(folder.path().join(".tminus/rehearsal/report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("Livepeer"));
}

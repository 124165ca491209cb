//! `tminus distro mine`: the account file of 2018 on the command line, without a chain.
//!
//! The real file of 2018 was published on IPFS and could not be had for these tests: that it gives the root the contract of
//! 2018 held is not checked here.

mod support;

use std::{fs, path::Path};

use serde_json::Value;
use support::{
    program::{Run, tminus},
    refusal::{contains, folder_with, refused},
};

/// The root that the contract of 2018 held.
const REAL_ROOT: &str = "0x53f35a304a1e1e20d6648e09bb3073ccd44a5bf1638a01355897a71e801879f8";

fn mine(folder: &Path, arguments: &[&str]) -> Run {
    tminus(folder, &[&["distro", "mine"], arguments, &["--json"]].concat())
}

/// A folder with a synthetic file of 300 accounts, and its root.
fn sampled() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["sample", "--recipients", "300", "--seed", "7", "accounts.bin"];
    let document = mine(folder.path(), &arguments).ended(0).document();
    assert_eq!(document["mine"]["recipients"], 300);
    (folder, document["mine"]["root"].as_str().unwrap().to_owned())
}

fn account(folder: &Path, index: usize) -> String {
    let bytes = fs::read(folder.join("accounts.bin")).unwrap();
    alloy::hex::encode_prefixed(&bytes[index * 20..][..20])
}

#[test]
fn a_sample_depends_on_its_seed_and_is_never_written_over() {
    let (folder, root) = sampled();
    let path = folder.path();
    let first = fs::read(path.join("accounts.bin")).unwrap();
    assert_eq!(first.len(), 6_000);
    let again = ["distro", "mine", "sample", "--recipients", "300", "--seed", "7", "accounts.bin"];
    contains(&refused(path, &again), &["accounts.bin is there already"]);
    mine(path, &["sample", "--recipients", "300", "--seed", "7", "again.bin"]).ended(0);
    assert_eq!(fs::read(path.join("again.bin")).unwrap(), first);
    let other = mine(path, &["sample", "--recipients", "300", "--seed", "8", "other.bin"]).ended(0).document();
    assert_ne!(other["mine"]["root"], root);
}

#[test]
fn a_root_is_compared_with_what_it_has_to_be() {
    let (folder, root) = sampled();
    let path = folder.path();
    let known = ["root", "accounts.bin", "--expect", &root, "--recipients", "300"];
    let document = mine(path, &known).ended(0).document();
    assert_eq!((&document["mine"]["root"], &document["mine"]["recipients"]), (&root.as_str().into(), &300.into()));
    // as sha256sum prints it
    let sha256 = "f84e5848f16a0249f0ff8741de241a3d720e00817d4d38f397bad4166898b5c1";
    assert_eq!(document["mine"]["sha256"], sha256);
    let words = tminus(path, &["distro", "mine", "root", "accounts.bin"]).ended(0).stdout;
    contains(&words, &[&format!("root          {root}\n"), "recipients    300\n", &format!("sha256        {sha256}")]);

    let differences = |arguments: &[&str]| mine(path, arguments).ended(3).document()["differences"].clone();
    let of_root = format!("root: expected {REAL_ROOT}");
    assert_eq!(differences(&["root", "accounts.bin", "--expect", REAL_ROOT]), Value::from(vec![of_root.clone()]));
    let both = differences(&["root", "accounts.bin", "--expect", REAL_ROOT, "--recipients", "2598071"]);
    assert_eq!(both, Value::from(vec![of_root, "recipients: expected 2598071".to_owned()]));
}

#[test]
fn every_proof_that_is_shown_verifies() {
    let (folder, root) = sampled();
    let path = folder.path();
    // 300 = 256 + 32 + 8 + 4: inside, at the last of the pairs, and both of the last pair
    for (index, hashes) in [(0, 9), (255, 9), (256, 7), (298, 5), (299, 5)] {
        let recipient = account(path, index);
        let arguments = ["proof", "accounts.bin", "--recipient", &recipient, "--expect", &root, "--calldata"];
        let shown = mine(path, &arguments).ended(0).document()["mine"].clone();
        assert_eq!((&shown["index"], &shown["proof_bytes"]), (&index.into(), &(32 * hashes).into()), "{index}");
        let proof = shown["proof"].as_str().unwrap();
        assert_eq!(proof.len(), 2 + 64 * hashes);
        // generate(address,bytes): selector, account, where the proof is, its length, the proof
        let calldata = shown["calldata"].as_str().unwrap();
        let word = |text: &str| format!("{text:0>64}");
        let length = word(&format!("{:x}", 32 * hashes));
        let expected = format!("0x2c84bfa6{}{}{length}{}", word(&recipient[2..]), word("40"), &proof[2..]);
        assert_eq!(calldata, expected);

        let verified = ["verify", "--root", &root, "--recipient", &recipient, "--proof", proof];
        mine(path, &verified).ended(0);
        let elsewhere = ["verify", "--root", REAL_ROOT, "--recipient", &recipient, "--proof", proof];
        assert_eq!(mine(path, &elsewhere).ended(3).document()["mine"]["leads_to"], root);
        let another = ["verify", "--root", &root, "--recipient", &account(path, 17), "--proof", proof];
        assert_ne!(mine(path, &another).ended(3).document()["mine"]["leads_to"], root);
        let cut = ["verify", "--root", &root, "--recipient", &recipient, "--proof", &proof[..proof.len() - 2]];
        assert_eq!(mine(path, &cut).ended(3).document()["mine"]["leads_to"], Value::Null);
    }
    let without = mine(path, &["proof", "accounts.bin", "--recipient", &account(path, 3)]).ended(0).document();
    assert_eq!(without["mine"]["calldata"], Value::Null);
}

#[test]
fn no_proof_is_shown_for_a_stranger_or_for_another_root() {
    let (folder, _) = sampled();
    let path = folder.path();
    let stranger = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
    let asked = ["distro", "mine", "proof", "accounts.bin", "--recipient", stranger];
    contains(&refused(path, &asked), &["--recipient", stranger, "300 accounts of accounts.bin"]);
    let recipient = account(path, 0);
    let run = mine(path, &["proof", "accounts.bin", "--recipient", &recipient, "--expect", REAL_ROOT]).ended(3);
    contains(&run.error(), &["accounts.bin", REAL_ROOT]);
    assert!(!run.stdout.contains("proof_bytes"));
}

#[test]
fn bad_account_files_are_refused_with_file_record_and_byte() {
    let records = |bytes: &[u8]| bytes.iter().flat_map(|byte| [*byte; 20]).collect::<Vec<u8>>();
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (Vec::new(), &["empty", "20 bytes"]),
        (records(&[0x11, 0x33, 0x22]), &["record 3, at byte 40", "0x2222", "comes before 0x3333", "ascending"]),
        (records(&[0x11, 0x11]), &["record 2, at byte 20", "like the record before it", "each account once"]),
        (records(&[0x00, 0x11]), &["record 1, at byte 0", "zero address"]),
        (records(&[0x11, 0x22])[..35].to_vec(), &["record 2, at byte 20", "15 of 20 bytes"]),
        (b"0x00000000219ab540356cBB839Cbe05303d7705Fa\n".to_vec(), &["text", "raw records of 20 bytes"]),
    ];
    for (file, words) in cases {
        let folder = folder_with("accounts.bin", file);
        for arguments in [
            &["distro", "mine", "root", "accounts.bin"][..],
            &["distro", "mine", "proof", "accounts.bin", "--recipient", "0x1111111111111111111111111111111111111111"],
        ] {
            let error = refused(folder.path(), arguments);
            contains(&error, &["accounts.bin: ", "nothing of the file was used"]);
            contains(&error, words);
        }
    }
}

#[test]
fn bad_usage_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let root = ["distro", "mine", "verify", "--root", REAL_ROOT, "--recipient"];
    let one = "0x1111111111111111111111111111111111111111";
    for (arguments, words) in [
        (&["distro", "mine", "root", "nothing.bin"][..], "nothing.bin: "),
        (&["distro", "mine", "root", "nothing.bin", "--expect", "0x12"], "--expect"),
        (&["distro", "mine", "sample", "--recipients", "0", "--seed", "1", "x.bin"], "--recipients"),
        (&[&root[..], &["0x12", "--proof", "0x"]].concat(), "--recipient"),
        (&[&root[..], &[one, "--proof", "0xzz"]].concat(), "--proof"),
    ] {
        contains(&refused(folder.path(), arguments), &[words]);
    }
}

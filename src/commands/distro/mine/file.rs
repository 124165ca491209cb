//! What an account file alone tells: root, proofs, and whether a proof holds.

use std::{num::NonZero, path::Path};

use alloy::primitives::{Address, B256, Bytes, hex};
use serde_json::json;
use tminus_chain::files::write_atomically;
use tminus_distro::mine::{AccountTree, Accounts, calldata, root_from, sample};

use super::Of;
use crate::{
    commands::{distro::list::refuse_to_replace, finish},
    exit::{Failure, Status},
};

/// `distro mine root`.
pub(super) fn root(of: &Of, recipients: Option<u64>, as_json: bool) -> Result<Status, Failure> {
    let (accounts, tree) = of.read()?;
    let (root, count, sha256) = (tree.root(), accounts.len() as u64, hex::encode(accounts.sha256()));
    let mut differences = Vec::new();
    differences
        .extend(of.expect.filter(|expected| *expected != root).map(|expected| format!("root: expected {expected}")));
    let other = recipients.filter(|expected| *expected != count);
    differences.extend(other.map(|expected| format!("recipients: expected {expected}")));
    let status = if differences.is_empty() { Status::Done } else { Status::Mismatch };
    let body = json!({ "mine": { "root": root, "recipients": count, "sha256": sha256 }, "differences": differences });
    let mut rows = vec![row("root", root), row("recipients", count), row("sha256", sha256)];
    rows.extend(differences.iter().map(|difference| row("differs", difference)));
    finish(as_json, status, body, words(&rows))
}

/// `distro mine proof`: only a proof that holds is shown, and none for another root than was expected.
pub(super) fn proof(of: &Of, recipient: Address, with_calldata: bool, as_json: bool) -> Result<Status, Failure> {
    let (accounts, tree) = of.read_expected()?;
    let (index, proof) = of.proof(&accounts, &tree, recipient)?;
    let root = tree.root();
    let calldata = with_calldata.then(|| calldata(recipient, &proof));
    let (length, proof) = (proof.len(), Bytes::from(proof));
    let mut body =
        json!({ "recipient": recipient, "index": index, "root": root, "proof_bytes": length, "proof": proof });
    let mut rows = vec![
        row("recipient", recipient),
        row("index", index),
        row("root", root),
        row("proof, bytes", length),
        row("proof", &proof),
    ];
    if let Some(calldata) = calldata {
        rows.push(row("calldata", &calldata));
        body["calldata"] = json!(calldata);
    }
    finish(as_json, Status::Done, json!({ "mine": body }), words(&rows))
}

/// `distro mine verify`.
pub(super) fn verify(root: B256, recipient: Address, proof: &[u8], as_json: bool) -> Result<Status, Failure> {
    let found = root_from(recipient, proof);
    let (status, words) = match found {
        Some(found) if found == root => {
            (Status::Done, format!("the proof holds: {recipient} is in the tree of {root}"))
        }
        Some(found) => (
            Status::Mismatch,
            format!("the proof does not hold: it leads from {recipient} to {found}, expected {root}"),
        ),
        None => (
            Status::Mismatch,
            format!("the proof does not hold: it has {} bytes, expected a multiple of 32", proof.len()),
        ),
    };
    let body =
        json!({ "mine": { "recipient": recipient, "root": root, "leads_to": found, "proof_bytes": proof.len() } });
    finish(as_json, status, body, words)
}

/// `distro mine sample`.
pub(super) fn write_sample(count: NonZero<u32>, seed: u64, out: &Path, as_json: bool) -> Result<Status, Failure> {
    refuse_to_replace(out)?;
    let accounts = sample(count, seed);
    write_atomically(out, accounts.bytes()).map_err(Failure::failed)?;
    let root = AccountTree::build(&accounts).root();
    let body = json!({ "mine": { "root": root, "recipients": count }, "file": out });
    let words = format!("{count} synthetic accounts written to {}, root {root}", out.display());
    finish(as_json, Status::Done, body, words)
}

impl Of {
    fn read(&self) -> Result<(Accounts, AccountTree), Failure> {
        let accounts = Accounts::read(&self.accounts).map_err(Failure::input)?;
        let tree = AccountTree::build(&accounts);
        Ok((accounts, tree))
    }

    /// The file, which has to have the root that was expected.
    pub(super) fn read_expected(&self) -> Result<(Accounts, AccountTree), Failure> {
        let (accounts, tree) = self.read()?;
        let (file, root) = (self.accounts.display(), tree.root());
        match self.expect.filter(|expected| *expected != root) {
            Some(expected) => Err(Failure::Mismatch(format!("{file} has the root {root}, expected {expected}"))),
            None => Ok((accounts, tree)),
        }
    }

    /// The position of a recipient and its proof, which holds.
    pub(super) fn proof(
        &self,
        accounts: &Accounts,
        tree: &AccountTree,
        recipient: Address,
    ) -> Result<(usize, Vec<u8>), Failure> {
        let unknown = || {
            let (file, count) = (self.accounts.display(), accounts.len());
            Failure::Input(format!("--recipient: {recipient} is not among the {count} accounts of {file}"))
        };
        let index = accounts.position(recipient).ok_or_else(unknown)?;
        let root = tree.root();
        let proof = tree.proof(index).filter(|proof| root_from(recipient, proof) == Some(root));
        let proof =
            proof.ok_or_else(|| Failure::Failed(format!("the proof of {recipient} does not lead to {root}")))?;
        Ok((index, proof))
    }
}

pub(super) fn row(name: &str, value: impl ToString) -> [String; 2] {
    [name.to_owned(), value.to_string()]
}

/// Lines, not a table: a proof is longer than any line that could be ruled.
pub(super) fn words(rows: &[[String; 2]]) -> String {
    let lines: Vec<_> = rows.iter().map(|[name, value]| format!("{name:<14}{value}")).collect();
    lines.join("\n")
}

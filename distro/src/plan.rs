//! The plan of a distribution: what is committed to, how it will be paid, and what that costs.
//!
//! A plan needs no chain: gas is then an estimate by fork and says so. What it commits to is written to a folder as two
//! files, each there whole or not at all, that can be published and reviewed before anything is deployed:
//!
//! - `recipients.bin`: the canonical list, 32 bytes a recipient (`address(20) ‖ amount(12)`, big endian, sorted);
//! - `commitment.json`: the facts the contract will hold, where the list came from and by which policy. Written last: a
//!   folder that has it has the list.
//!
//! Opening a folder trusts neither: the list's rules are checked again, the root is computed again and has to be the one in
//! `commitment.json`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};
use tminus_chain::{files::write_atomically, gas::GasRules, units::format_amount};
use tminus_contracts::commitment::Commitment;

use crate::{
    batch::{BatchError, Batching, GasModel, choose_batch},
    recipients::{Duplicates, ListError, ReadReport, RecipientList},
    tree::{Tree, TreeError},
};

/// The list, in the folder of a distribution.
pub const LIST_FILE: &str = "recipients.bin";
/// The facts, in the folder of a distribution.
pub const COMMITMENT_FILE: &str = "commitment.json";
/// The version of the files' layout.
const FORMAT: u32 = 1;

/// Why there is no plan, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A file.
    #[error("{file}: {source}")]
    Io {
        /// Which.
        file: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// `commitment.json` is not what it has to be.
    #[error("{file}: {reason}")]
    Commitment {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The list file is not a canonical list.
    #[error("{file}: {error}")]
    List {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: ListError,
    },
    /// No tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// No batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// Where a list comes from and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Name of the distribution, part of every intent key: `crowd`.
    pub name: String,
    /// The chain.
    pub chain_id: u64,
    /// The token.
    pub token: Address,
    /// Its decimals.
    pub decimals: u8,
    /// Its symbol, for people.
    pub symbol: String,
}

/// A committed list: the list, its tree, and the facts as they are published.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The recipients.
    pub list: RecipientList,
    /// The tree over them.
    pub tree: Tree,
    /// The facts.
    pub facts: Published,
}

/// `commitment.json`. Numbers that may exceed 2^53 are decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Layout of these files.
    pub format: u32,
    /// Name of the distribution.
    pub name: String,
    /// Chain the leaves are bound to.
    pub chain_id: u64,
    /// Token the leaves are bound to.
    pub token: Address,
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
    /// The root.
    pub root: B256,
    /// Sum of the list in base units.
    pub total: String,
    /// The same in tokens.
    pub total_tokens: String,
    /// Recipients.
    pub recipients: u64,
    /// Recipients in a chunk.
    pub chunk_size: u32,
    /// Chunks.
    pub chunks: u64,
    /// keccak256 of the list file.
    pub list_keccak256: B256,
    /// Where the list comes from.
    pub source: SourceFile,
}

/// Where a list comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Its name, without folders.
    pub file: String,
    /// SHA-256 of its bytes, as `sha256sum` prints it.
    pub sha256: String,
    /// Data rows in it.
    pub rows: u64,
    /// What was done with duplicates.
    pub duplicates: Duplicates,
    /// Rows added to an earlier one.
    pub rows_summed: u64,
    /// Its leading comments.
    pub comments: Vec<String>,
}

impl Committed {
    /// Commits to a list that was read from `source`.
    ///
    /// # Errors
    /// [`TreeError`]
    pub fn new(subject: &Subject, read: ReadReport, source: &Path, chunk_size: u32) -> Result<Self, PlanError> {
        let tree = Tree::build(&read.list, subject.chain_id, subject.token, chunk_size)?;
        let commitment = tree.commitment();
        let facts = Published {
            format: FORMAT,
            name: subject.name.clone(),
            chain_id: subject.chain_id,
            token: subject.token,
            symbol: subject.symbol.clone(),
            decimals: subject.decimals,
            root: commitment.root,
            total: commitment.total.to_string(),
            total_tokens: format_amount(commitment.total, subject.decimals),
            recipients: commitment.count,
            chunk_size,
            chunks: commitment.chunks(),
            list_keccak256: read.list.digest(),
            source: SourceFile {
                file: source.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                sha256: alloy::hex::encode(read.source_sha256),
                rows: read.rows,
                duplicates: read.duplicates,
                rows_summed: read.summed,
                comments: read.comments,
            },
        };
        Ok(Self { list: read.list, tree, facts })
    }

    /// What a distributor has to hold.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.tree.commitment()
    }

    /// Writes both files into `folder`, which is created if need be.
    ///
    /// # Errors
    /// [`PlanError::Io`]
    pub fn write(&self, folder: &Path) -> Result<(), PlanError> {
        let json = serde_json::to_vec_pretty(&self.facts)
            .map_err(|error| PlanError::Commitment { file: folder.join(COMMITMENT_FILE), reason: error.to_string() })?;
        for (name, bytes) in [(LIST_FILE, self.list.packed()), (COMMITMENT_FILE, &json)] {
            let file = folder.join(name);
            write_atomically(&file, bytes).map_err(|source| PlanError::Io { file, source })?;
        }
        Ok(())
    }

    /// Opens a folder, trusting nothing in it: the list, the root and every fact that follows from them are recomputed.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn open(folder: &Path) -> Result<Self, PlanError> {
        let (list_file, file) = (folder.join(LIST_FILE), folder.join(COMMITMENT_FILE));
        let read = |file: &Path| fs::read(file).map_err(|source| PlanError::Io { file: file.to_owned(), source });
        let wrong = |reason: String| PlanError::Commitment { file: file.clone(), reason };
        let facts: Published = serde_json::from_slice(&read(&file)?).map_err(|error| wrong(error.to_string()))?;
        if facts.format != FORMAT {
            return Err(wrong(format!("its format is {}, this program reads {FORMAT}", facts.format)));
        }
        let list = RecipientList::from_packed(read(&list_file)?)
            .map_err(|error| PlanError::List { file: list_file.clone(), error })?;
        let tree = Tree::build(&list, facts.chain_id, facts.token, facts.chunk_size)?;
        let commitment = tree.commitment();
        let pairs = [
            ("root", facts.root.to_string(), commitment.root.to_string()),
            ("total", facts.total.clone(), commitment.total.to_string()),
            ("total_tokens", facts.total_tokens.clone(), format_amount(commitment.total, facts.decimals)),
            ("recipients", facts.recipients.to_string(), commitment.count.to_string()),
            ("chunks", facts.chunks.to_string(), commitment.chunks().to_string()),
            ("list_keccak256", facts.list_keccak256.to_string(), list.digest().to_string()),
        ];
        if let Some((what, stated, computed)) = pairs.into_iter().find(|(_, stated, computed)| stated != computed) {
            return Err(wrong(format!(
                "{what} is {stated}, but {LIST_FILE} gives {computed}: one of the files was changed; plan again from the source"
            )));
        }
        Ok(Self { list, tree, facts })
    }

    /// Plans the payments.
    ///
    /// # Errors
    /// [`PlanError::Batch`]
    pub fn plan(&self, rules: GasRules, model: GasModel, gas_price: Option<u128>) -> Result<Plan, PlanError> {
        let chunks = self.tree.chunks();
        let batching = choose_batch(rules, model, self.facts.chunk_size, chunks)?;
        let batches = chunks.div_ceil(batching.chunks);
        // whole chunks in the model: the last one is charged in full
        let gas = batches.saturating_mul(model.base).saturating_add(chunks.saturating_mul(model.per_chunk));
        Ok(Plan {
            facts: self.facts.clone(),
            batching,
            batches,
            gas,
            gas_per_recipient: gas / self.facts.recipients,
            gas_price: gas_price.map(|price| price.to_string()),
            cost_wei: gas_price.map(|price| (U256::from(gas) * U256::from(price)).to_string()),
        })
    }
}

/// A plan: the facts and what paying will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// What is committed to.
    pub facts: Published,
    /// The size of batches and why.
    pub batching: Batching,
    /// Transactions.
    pub batches: u64,
    /// Gas of all of them; an estimate when the model is one.
    pub gas: u64,
    /// Gas a recipient, fixed parts included.
    pub gas_per_recipient: u64,
    /// Wei a gas that the cost is computed with.
    pub gas_price: Option<String>,
    /// Cost of all transactions, wei.
    pub cost_wei: Option<String>,
}

#[cfg(test)]
mod tests {
    use tminus_chain::gas::Fork;

    use super::*;
    use crate::{
        recipients::{ReadOptions, read_slice},
        sample::Sample,
    };

    fn committed(count: u32) -> Committed {
        let subject = Subject {
            name: "crowd".to_owned(),
            chain_id: 31337,
            token: Address::repeat_byte(7),
            decimals: 18,
            symbol: "LPT".to_owned(),
        };
        let mut csv = Vec::new();
        Sample { count, seed: 1, total: U256::from(10u128.pow(24)), decimals: 18 }.write(&mut csv).unwrap();
        let read = read_slice("x", &csv, &ReadOptions::of_token(subject.token, 18)).unwrap();
        Committed::new(&subject, read, Path::new("/somewhere/list.csv"), 64).unwrap()
    }

    #[test]
    fn what_is_written_opens_again_and_says_where_it_came_from() {
        let folder = tempfile::tempdir().unwrap();
        let committed = committed(200);
        committed.write(folder.path()).unwrap();
        let opened = Committed::open(folder.path()).unwrap();
        assert_eq!((&opened.facts, &opened.list), (&committed.facts, &committed.list));
        assert_eq!(opened.facts.source.file, "list.csv");
        assert!(opened.facts.source.comments[0].starts_with("synthetic"));
        assert_eq!(opened.facts.total_tokens, "1000000");
    }

    #[test]
    fn a_changed_file_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let committed = committed(200);
        committed.write(folder.path()).unwrap();

        let list = folder.path().join(LIST_FILE);
        let mut bytes = fs::read(&list).unwrap();
        bytes[31] ^= 1;
        fs::write(&list, &bytes).unwrap();
        let error = Committed::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("was changed") && error.contains("root"), "{error}");
        bytes.truncate(bytes.len() - 1);
        fs::write(&list, &bytes).unwrap();
        assert!(matches!(Committed::open(folder.path()), Err(PlanError::List { .. })));

        committed.write(folder.path()).unwrap();
        let file = folder.path().join(COMMITMENT_FILE);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"chunk_size\": 64", "\"chunk_size\": 32")).unwrap();
        assert!(matches!(Committed::open(folder.path()), Err(PlanError::Commitment { .. })));
        fs::write(&file, text.replace("\"name\"", "\"nane\"")).unwrap();
        assert!(matches!(Committed::open(folder.path()), Err(PlanError::Commitment { .. })));
    }

    #[test]
    fn a_plan_counts_batches_gas_and_cost() {
        let committed = committed(2_000);
        let model = GasModel::estimated(Fork::Osaka, 64, true);
        let plan = committed.plan(GasRules::of(Fork::Osaka, 60_000_000), model, Some(2_000_000_000)).unwrap();
        assert_eq!((plan.facts.chunks, plan.batching.chunks, plan.batches), (32, 10, 4));
        assert_eq!(plan.gas, 4 * model.base + 32 * model.per_chunk);
        assert_eq!(plan.cost_wei.unwrap(), (u128::from(plan.gas) * 2_000_000_000).to_string());
        assert!((24_700..26_500).contains(&plan.gas_per_recipient));
    }
}

//! Where a run takes place: one chain, its endpoints, the ledger and its copies, and the witness at the door.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use alloy::primitives::{B256, U256, keccak256};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tminus_adversary::{Node, World, WorldConfig, keys};

use super::{
    Tally,
    invariants::{Invariant, Violation},
    scenario::{LedgerFate, Scenario, Wish},
};

/// Virtual seconds between blocks.
pub(super) const BLOCK_TIME: u64 = 12;

/// Told of everything that happens, with the height of the chain.
pub type Trace = fn(&str);

/// Where a run takes place.
pub(super) struct Site {
    pub(super) seed: u64,
    pub(super) scenario: Scenario,
    pub(super) world: World,
    pub(super) nodes: Vec<Node>,
    pub(super) tally: Tally,
    /// Whether a ledger was lost or put back: what it had signed beyond that is known to nobody.
    pub(super) rolled_back: bool,
    /// Told of everything, when somebody wants to follow a run.
    trace: Option<Trace>,
    folder: tempfile::TempDir,
    witness: Arc<Witness>,
    copies: usize,
}

impl Site {
    pub(super) fn new(seed: u64, scenario: Scenario, trace: Option<Trace>) -> Result<Self, Violation> {
        let world = World::new(WorldConfig {
            seed,
            block_time: BLOCK_TIME,
            finality_depth: scenario.finality_depth,
            ..WorldConfig::default()
        });
        let nodes: Vec<Node> = (0..scenario.endpoints).map(|n| world.node(&format!("endpoint-{n}"))).collect();
        for node in &nodes {
            node.latency(std::time::Duration::from_millis(40));
        }
        // memory where there is some to write on: what is asked here is not whether disks keep what they were given
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.map_err(|error| Violation::new(Invariant::Journaled, format!("no folder: {error}")))?;
        let witness = Arc::new(Witness { ledger: folder.path().join("ledger.sqlite"), open: Mutex::default() });
        let at_the_door = Arc::clone(&witness);
        let looked = world.clone();
        world.on_send(move |arrival| {
            let sent = arrival.decoded.as_ref().ok_or("bytes arrived that do not decode")?;
            if let Some(trace) = trace {
                let (node, at) = (&arrival.node, looked.height());
                trace(&format!(
                    "{at:4}   {node} gets {} of {} nonce {} fee {} tip {}",
                    sent.hash, sent.sender, sent.nonce, sent.max_fee, sent.tip
                ));
            }
            at_the_door.look_up(sent.hash)
        });
        Ok(Self {
            seed,
            scenario,
            world,
            nodes,
            tally: Tally { seeds: 1, ..Tally::default() },
            rolled_back: false,
            trace,
            folder,
            witness,
            copies: 0,
        })
    }

    /// For whoever follows the run.
    pub(super) fn tell(&self, words: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace(&format!("{:4} {}", self.world.height(), words()));
        }
    }

    pub(super) fn trace(&self) -> Option<Trace> {
        self.trace
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// The accounts that sign.
    pub(super) fn signers(&self) -> Vec<alloy::primitives::Address> {
        keys::accounts().into_iter().take(self.scenario.signers as usize).collect()
    }

    /// How often a wish came true, on the chain as it is now.
    pub(super) fn effects(&self, wish: &Wish) -> Result<u64, Violation> {
        if let Some(id) = wish.counted {
            return Ok(self.world.effects(id));
        }
        let (balance, each) = (self.world.balance(wish.to), wish.value);
        if (balance % each).is_zero() {
            return Ok((balance / each).saturating_to());
        }
        Err(Violation::new(Invariant::Once, format!("{} was paid {balance} in parts of {each}", wish.key)))
    }

    /// Keeps a copy of the ledger as it is; nobody has it open.
    pub(super) fn copy(&mut self) -> std::io::Result<()> {
        if self.ledger().exists() {
            let copy = self.folder.path().join(format!("copy-{}", self.copies));
            copy_ledger(&self.ledger(), &copy)?;
            self.copies += 1;
        }
        Ok(())
    }

    /// Puts the ledger of the next life in place; an older copy is the `choice`-th of those there are.
    pub(super) fn prepare(&mut self, fate: LedgerFate, choice: usize) -> std::io::Result<()> {
        let fate = if fate == LedgerFate::Older && self.copies == 0 { LedgerFate::Same } else { fate };
        if fate == LedgerFate::Same {
            return Ok(());
        }
        self.witness.forget();
        for file in files(&self.ledger()) {
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        if fate == LedgerFate::Older {
            let copy = self.folder.path().join(format!("copy-{}", choice % self.copies));
            copy_ledger(&copy, &self.ledger())?;
        }
        self.rolled_back = true;
        self.tally.rollbacks += 1;
        Ok(())
    }

    /// All endpoints honest, the money back, fees as usual.
    pub(super) fn calm(&self) {
        self.nodes.iter().for_each(Node::calm);
        self.world.base_fee(Some(1_000_000_000));
        let ether = U256::from(10u64.pow(18));
        for signer in self.signers() {
            self.world.set_balance(signer, ether * U256::from(1_000_000));
        }
    }
}

fn files(ledger: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|tail| {
        let mut name = ledger.as_os_str().to_owned();
        name.push(tail);
        name.into()
    })
}

/// The database and its log; the index of the log is made anew.
fn copy_ledger(from: &Path, to: &Path) -> std::io::Result<()> {
    for (from, to) in files(from).into_iter().zip(files(to)).take(2) {
        if from.exists() {
            std::fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Looks bytes up in the ledger from outside as they arrive: only what is committed is seen.
struct Witness {
    ledger: PathBuf,
    open: Mutex<Option<Connection>>,
}

impl Witness {
    fn forget(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn look_up(&self, hash: B256) -> Result<(), String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut look = || -> rusqlite::Result<Option<Vec<u8>>> {
            let journal = match open.take() {
                Some(journal) => journal,
                None => Connection::open_with_flags(&self.ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
            };
            let sql = "SELECT raw FROM attempts WHERE hash = ?1";
            let raw = journal.query_row(sql, [hash.as_slice()], |row| row.get(0)).optional()?;
            *open = Some(journal);
            Ok(raw)
        };
        match look() {
            Ok(Some(raw)) if keccak256(&raw) == hash => Ok(()),
            Ok(Some(_)) => Err(format!("the bytes of {hash} are not those in the ledger")),
            Ok(None) => Err(format!("{hash} arrived and was not committed in the ledger")),
            Err(error) => Err(format!("{hash} arrived and the ledger cannot be read: {error}")),
        }
    }
}

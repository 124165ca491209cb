//! What must hold, by name.
//!
//! | Name | What it says | When it is looked at |
//! |---|---|---|
//! | I1 Once | an intent has its effect on the canonical chain at most once, and exactly once when it ended well | every block, and at the end |
//! | I2 Journaled | no bytes arrive anywhere that are not committed in the ledger | every arrival |
//! | I3 OnePayload | all transactions of a nonce carry one intent, or that and its own cancel | every ledger, every life |
//! | I4, I5 Unbroken | the nonces that were used are an unbroken range, and nothing is left in a pool | at the end |
//! | I6 Legal | every replacement is strictly higher, and a tenth higher, in both fields than all before it | every ledger, every life |
//! | I7 Caps | no offer above the ceiling; no target but those asked for, and oneself | every arrival |
//! | I8 Final | what is called final is canonical and at or under `finalized` | every life |
//! | I9 Terminal | in calm weather everything ends within so many blocks | at the end |
//! | I10 RightChain | nothing is signed for another chain | every arrival |
//!
//! I11 is about logs, which the outbox does not read; I12, a journal that cannot be written, is the campaign's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy::primitives::{Address, B256};
use rusqlite::{Connection, OpenFlags};

use super::{scenario::Wish, site::Site};

/// The chain everything is for.
pub(super) const CHAIN_ID: u64 = 31337;
/// Most a gas may be offered.
pub(super) const FEE_CEILING: u128 = 100_000_000_000;

/// A promise of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// I1
    Once,
    /// I2
    Journaled,
    /// I3
    OnePayload,
    /// I4 and I5
    Unbroken,
    /// I6
    Legal,
    /// I7
    Caps,
    /// I8
    Final,
    /// I9
    Terminal,
    /// I10
    RightChain,
}

impl Invariant {
    /// Its number in the list.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Once => "I1",
            Self::Journaled => "I2",
            Self::OnePayload => "I3",
            Self::Unbroken => "I5",
            Self::Legal => "I6",
            Self::Caps => "I7",
            Self::Final => "I8",
            Self::Terminal => "I9",
            Self::RightChain => "I10",
        }
    }
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What there was instead.
    pub words: String,
}

impl Violation {
    pub(super) fn new(invariant: Invariant, words: impl Into<String>) -> Self {
        Self { invariant, words: words.into() }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?}) does not hold: {}", self.invariant.number(), self.invariant, self.words)
    }
}

fn require(holds: bool, invariant: Invariant, words: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::new(invariant, words())) }
}

/// With every block: nothing happened twice, and what arrived was committed.
pub(super) fn always(site: &Site) -> Result<(), Violation> {
    if let Some(first) = site.world.violations().into_iter().next() {
        return Err(Violation::new(Invariant::Journaled, first));
    }
    for wish in &site.scenario.wishes {
        let effects = site.effects(wish)?;
        require(effects <= 1, Invariant::Once, || format!("{} happened {effects} times", wish.key))?;
    }
    Ok(())
}

/// A signed transaction by the journal, with its intent.
struct Attempt {
    key: String,
    signer: Vec<u8>,
    nonce: i64,
    generation: i64,
    max_fee: u128,
    tip: u128,
    refused: bool,
    is_call: bool,
}

fn open(site: &Site) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(site.ledger(), OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn unreadable(error: rusqlite::Error) -> Violation {
    Violation::new(Invariant::Journaled, format!("the ledger cannot be read: {error}"))
}

fn number(bytes: Vec<u8>) -> u128 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

fn attempts(journal: &Connection) -> rusqlite::Result<Vec<Attempt>> {
    let mut statement = journal.prepare(
        "SELECT i.key, a.signer, a.nonce, a.generation, a.max_fee, a.tip, a.state, a.kind
         FROM attempts a JOIN intents i ON i.id = a.intent ORDER BY a.id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Attempt {
            key: row.get(0)?,
            signer: row.get(1)?,
            nonce: row.get(2)?,
            generation: row.get(3)?,
            max_fee: number(row.get(4)?),
            tip: number(row.get(5)?),
            refused: row.get::<_, String>(6)? == "refused",
            is_call: row.get::<_, String>(7)? == "call",
        })
    })?;
    rows.collect()
}

/// After every life: what the ledger holds is in order, and what it calls final is.
pub(super) fn journal(site: &Site) -> Result<(), Violation> {
    if !site.ledger().exists() {
        return Ok(());
    }
    let journal = open(site).map_err(unreadable)?;
    // a life that was dropped before its first commit left an empty file
    let begun = "SELECT count(*) FROM sqlite_master WHERE name = 'attempts'";
    if journal.query_row(begun, [], |row| row.get::<_, i64>(0)).map_err(unreadable)? == 0 {
        return Ok(());
    }
    let attempts = attempts(&journal).map_err(unreadable)?;
    one_payload(&attempts)?;
    legal(&attempts)?;
    arrivals(site)?;
    finals(site, &journal)
}

fn one_payload(attempts: &[Attempt]) -> Result<(), Violation> {
    let mut carried: HashMap<(&[u8], i64), &str> = HashMap::new();
    // what was refused by everybody who was asked is nowhere, and its nonce is free
    for attempt in attempts.iter().filter(|attempt| attempt.is_call && !attempt.refused) {
        let first = carried.entry((&attempt.signer, attempt.nonce)).or_insert(&attempt.key);
        require(*first == attempt.key, Invariant::OnePayload, || {
            format!("nonce {} carries {first} and {}", attempt.nonce, attempt.key)
        })?;
    }
    Ok(())
}

fn legal(attempts: &[Attempt]) -> Result<(), Violation> {
    let mut before: HashMap<(&str, i64, i64), Vec<&Attempt>> = HashMap::new();
    let enough = |old: u128, new: u128| new > old && new >= old.saturating_mul(110) / 100;
    for attempt in attempts {
        let earlier = before.entry((&attempt.key, attempt.generation, attempt.nonce)).or_default();
        for old in earlier.iter() {
            let legal = enough(old.max_fee, attempt.max_fee) && enough(old.tip, attempt.tip);
            require(legal, Invariant::Legal, || {
                format!(
                    "{} at nonce {}: {}/{} does not replace {}/{}",
                    attempt.key, attempt.nonce, attempt.max_fee, attempt.tip, old.max_fee, old.tip
                )
            })?;
        }
        earlier.push(attempt);
    }
    Ok(())
}

fn arrivals(site: &Site) -> Result<(), Violation> {
    let targets: BTreeSet<Address> = site.scenario.wishes.iter().map(|wish| wish.to).collect();
    for sent in site.world.sends().into_iter().filter_map(|arrival| arrival.decoded) {
        require(sent.chain_id == Some(CHAIN_ID), Invariant::RightChain, || {
            format!("{} is for chain {:?}", sent.hash, sent.chain_id)
        })?;
        require(sent.max_fee <= FEE_CEILING, Invariant::Caps, || {
            format!("{} offers {} wei a gas", sent.hash, sent.max_fee)
        })?;
        let to_oneself = sent.to == Some(sent.sender) && sent.data.is_empty() && sent.value.is_zero();
        require(to_oneself || sent.to.is_some_and(|to| targets.contains(&to)), Invariant::Caps, || {
            format!("{} goes to {:?}, which nobody asked for", sent.hash, sent.to)
        })?;
    }
    Ok(())
}

/// Blocks that receipts of an intent are in: number and hash.
type Blocks = Vec<(i64, Vec<u8>)>;

/// What the ledger calls final has a receipt in a canonical block at or under `finalized`.
fn finals(site: &Site, journal: &Connection) -> Result<(), Violation> {
    let read = || -> rusqlite::Result<BTreeMap<String, Blocks>> {
        let mut statement = journal.prepare(
            "SELECT i.key, r.block_number, r.block_hash FROM intents i
             LEFT JOIN attempts a ON a.intent = i.id AND a.generation = i.generation
             LEFT JOIN receipts r ON r.attempt = a.id WHERE i.state IN ('finalized', 'reverted')",
        )?;
        let mut found: BTreeMap<String, Blocks> = BTreeMap::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let blocks = found.entry(row.get(0)?).or_default();
            if let (Some(block), Some(hash)) = (row.get(1)?, row.get(2)?) {
                blocks.push((block, hash));
            }
        }
        Ok(found)
    };
    let finalized = site.world.finalized();
    for (key, blocks) in read().map_err(unreadable)? {
        let canonical = |(block, hash): &(i64, Vec<u8>)| {
            let block = block.cast_unsigned();
            block <= finalized && site.world.hash_at(block).is_some_and(|at| at.as_slice() == hash)
        };
        require(blocks.iter().any(canonical), Invariant::Final, || {
            let at: Vec<_> = blocks.iter().map(|(block, hash)| format!("{block} {}", B256::from_slice(hash))).collect();
            format!("{key} is called final by {at:?}; finalized is {finalized}")
        })?;
    }
    Ok(())
}

/// The state of each wish by the ledger, for words about what is stuck.
pub(super) fn standing(site: &Site) -> Result<String, Violation> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let journal = open(site)?;
        let mut statement =
            journal.prepare("SELECT key, state, nonce FROM intents WHERE state <> 'finalized' ORDER BY nonce")?;
        let rows = statement.query_map([], |row| {
            let nonce: Option<i64> = row.get(2)?;
            Ok(format!("{} {} {nonce:?}", row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        rows.collect()
    };
    let rows = read().map_err(unreadable)?;
    let nonces: Vec<_> = site.signers().iter().map(|signer| site.world.nonce(*signer)).collect();
    Ok(format!("open: {}; nonces of the chain: {nonces:?}", rows.join(", ")))
}

/// When everything has ended: exactly once, nothing left over.
pub(super) fn at_the_end(site: &Site) -> Result<(), Violation> {
    always(site)?;
    journal(site)?;
    let journal = open(site).map_err(unreadable)?;
    let state = |wish: &Wish| -> rusqlite::Result<String> {
        journal.query_row("SELECT state FROM intents WHERE key = ?1", [&wish.key], |row| row.get(0))
    };
    for wish in &site.scenario.wishes {
        let state = state(wish).map_err(unreadable)?;
        require(state == "finalized", Invariant::Terminal, || format!("{} is {state}", wish.key))?;
        let effects = site.effects(wish)?;
        require(effects == 1, Invariant::Once, || format!("{} is final and happened {effects} times", wish.key))?;
    }
    for signer in site.signers() {
        let sent: BTreeSet<u64> = site
            .world
            .sends()
            .into_iter()
            .filter_map(|arrival| arrival.decoded)
            .filter(|sent| sent.sender == signer)
            .map(|sent| sent.nonce)
            .collect();
        let next = site.world.nonce(signer);
        let above: Vec<_> = sent.range(next..).collect();
        require(above.is_empty(), Invariant::Unbroken, || format!("{signer} is at {next}, and {above:?} were sent"))?;
    }
    let pooled = site.world.pooled();
    require(pooled.is_empty(), Invariant::Unbroken, || format!("{} transactions are left in the pool", pooled.len()))
}

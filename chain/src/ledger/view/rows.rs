//! The rows of a journal as they are shown, and the questions that give them.

use alloy::primitives::{Address, B256, U256};
use rusqlite::Row;

use crate::ledger::{AttemptKind, AttemptState, IntentState, LedgerError};

/// Why an intent waits, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In words.
    pub words: String,
    /// When it was written down, milliseconds since 1970.
    pub ms: i64,
}

/// An intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentView {
    /// Its row.
    pub id: i64,
    /// Its name.
    pub key: String,
    /// The account that signs.
    pub signer: Address,
    /// The callee; `None` creates a contract.
    pub target: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// keccak256 of the calldata.
    pub data_hash: B256,
    /// Length of the calldata.
    pub data_bytes: u64,
    /// Gas limit; `None` before it was checked.
    pub gas: Option<u64>,
    /// Nonce; `None` while none is reserved.
    pub nonce: Option<u64>,
    /// How many times it got a nonce, the one now included.
    pub generation: u32,
    /// Where it stands.
    pub state: IntentState,
    /// Higher goes first.
    pub priority: i64,
    /// Seconds of chain time after which no first signature is made.
    pub deadline: Option<u64>,
    /// Whether it is to be cancelled.
    pub cancel: bool,
    /// Why it waits.
    pub reason: Option<Reason>,
    /// Most it may cost, wei; the true cost once it is final; 0 before anything is signed.
    pub spend: U256,
    /// When it was first journaled, milliseconds since 1970.
    pub created_ms: i64,
    /// When it changed last, milliseconds since 1970.
    pub updated_ms: i64,
    /// Signed transactions of this generation.
    pub attempts: u64,
    /// The newest of them, without what endpoints said.
    pub newest: Option<AttemptView>,
    /// The receipt of the one that was mined.
    pub receipt: Option<ReceiptView>,
}

impl IntentView {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let moves = matches!(self.state, IntentState::Reserved | IntentState::Mined);
        !(moves || self.state.is_waiting() || self.state.is_pending())
    }
}

/// A signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// Its row.
    pub id: i64,
    /// The generation it is of.
    pub generation: u32,
    /// What it is for.
    pub kind: AttemptKind,
    /// Its nonce.
    pub nonce: u64,
    /// Its hash.
    pub hash: B256,
    /// Most a gas, wei.
    pub max_fee: u128,
    /// Most of it for the block's builder, wei.
    pub tip: u128,
    /// What endpoints said, in a word.
    pub state: AttemptState,
    /// When it was signed, milliseconds since 1970.
    pub made_ms: i64,
    /// What endpoints said, in their words.
    pub answers: Vec<AnswerView>,
}

/// A distinct answer of one endpoint to one signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerView {
    /// The endpoint, redacted.
    pub endpoint: String,
    /// What it was taken for.
    pub class: String,
    /// Its words; none where it simply accepted.
    pub words: String,
    /// When it was given first, milliseconds since 1970.
    pub first_ms: i64,
    /// And last.
    pub last_ms: i64,
    /// How often.
    pub times: u64,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptView {
    /// The transaction that was mined.
    pub hash: B256,
    /// Whether that is what the intent wants, or its cancelling.
    pub kind: AttemptKind,
    /// Its block.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: B256,
    /// Gas used.
    pub gas_used: u64,
    /// Price paid a gas, wei.
    pub gas_price: u128,
    /// The contract it created.
    pub created: Option<Address>,
    /// Whether it executed; `false` is a revert.
    pub success: bool,
    /// When it was seen, milliseconds since 1970.
    pub seen_ms: i64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// When, milliseconds since 1970.
    pub ms: i64,
    /// To which intent; `None` to the ledger as a whole.
    pub key: Option<String>,
    /// What, in words.
    pub what: String,
}

/// An account that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignerView {
    /// Its address.
    pub address: Address,
    /// One more than the highest nonce ever signed.
    pub next: u64,
    /// Its intents that are signed and in no block.
    pub in_flight: u64,
    /// When it signed last, milliseconds since 1970.
    pub updated_ms: i64,
}

/// A transaction of one of our accounts that this journal did not sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignView {
    /// The account.
    pub signer: Address,
    /// Its nonce.
    pub nonce: u64,
    /// Its hash.
    pub hash: B256,
    /// The callee; `None` creates a contract.
    pub target: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// The block it is in, where it is in one.
    pub block: Option<(u64, B256)>,
    /// The key of the intent that took it for its own.
    pub adopted: Option<String>,
}

type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// An intent with its newest transaction and its receipt; a condition on `i` follows.
pub(super) const INTENT: &str = "
SELECT i.id, i.key, i.signer, i.target, i.value, i.data_hash, i.data_bytes, i.gas, i.nonce, i.generation, i.state,
       i.priority, i.deadline, i.cancel, i.reason, i.reason_ms, i.spend, i.created_ms, i.updated_ms,
       (SELECT count(*) FROM attempts c WHERE c.intent = i.id AND c.generation = i.generation),
       n.id, n.generation, n.kind, n.nonce, n.hash, n.max_fee, n.tip, n.state, n.made_ms,
       m.hash, m.kind, r.block_number, r.block_hash, r.gas_used, r.gas_price, r.created, r.success, r.seen_ms
FROM intents i
LEFT JOIN attempts n ON n.id = (SELECT max(x.id) FROM attempts x WHERE x.intent = i.id AND x.generation = i.generation)
LEFT JOIN (attempts m JOIN receipts r ON r.attempt = m.id) ON m.intent = i.id AND m.generation = i.generation";

pub(super) const ATTEMPTS: &str = "SELECT id, generation, kind, nonce, hash, max_fee, tip, state, made_ms FROM attempts
 WHERE intent = ?1 ORDER BY id";
pub(super) const ANSWERS: &str = "SELECT endpoint, class, words, first_ms, last_ms, times FROM answers
 WHERE attempt = ?1 ORDER BY first_ms, endpoint, words";
pub(super) const EVENTS: &str = "SELECT e.ms, i.key, e.what FROM events e LEFT JOIN intents i ON i.id = e.intent
 WHERE e.intent = ?1 ORDER BY e.id";
pub(super) const NEWEST_EVENTS: &str = "SELECT e.ms, i.key, e.what FROM events e LEFT JOIN intents i ON i.id = e.intent
 ORDER BY e.id DESC LIMIT ?1";
pub(super) const SIGNERS: &str = "SELECT s.address, s.next, s.updated_ms,
 (SELECT count(*) FROM intents i WHERE i.signer = s.address AND i.state IN ('signed', 'sent'))
 FROM signers s ORDER BY s.address";
pub(super) const FOREIGN: &str =
    "SELECT f.signer, f.nonce, f.hash, f.target, f.value, f.block_number, f.block_hash, i.key
 FROM foreign_txs f LEFT JOIN intents i ON i.id = f.adopted ORDER BY f.signer, f.nonce, f.hash";

pub(super) fn intent(row: &Row<'_>) -> Result<IntentView> {
    let reason: Option<String> = row.get(14)?;
    let reason_ms: Option<i64> = row.get(15)?;
    let gas = unsigned(row.get(7)?)?;
    let newest: Option<i64> = row.get(20)?;
    let mined: Option<Vec<u8>> = row.get(29)?;
    Ok(IntentView {
        id: row.get(0)?,
        key: row.get(1)?,
        signer: address(&row.get::<_, Vec<u8>>(2)?)?,
        target: row.get::<_, Option<Vec<u8>>>(3)?.as_deref().map(address).transpose()?,
        value: amount(&row.get::<_, Vec<u8>>(4)?)?,
        data_hash: fixed(&row.get::<_, Vec<u8>>(5)?)?.into(),
        data_bytes: unsigned(row.get(6)?)?,
        gas: (gas > 0).then_some(gas),
        nonce: row.get::<_, Option<i64>>(8)?.map(unsigned).transpose()?,
        generation: row.get(9)?,
        state: intent_state(&row.get::<_, String>(10)?)?,
        priority: row.get(11)?,
        deadline: row.get::<_, Option<i64>>(12)?.map(unsigned).transpose()?,
        cancel: row.get(13)?,
        reason: reason.map(|words| Reason { words, ms: reason_ms.unwrap_or_default() }),
        spend: amount(&row.get::<_, Vec<u8>>(16)?)?,
        created_ms: row.get(17)?,
        updated_ms: row.get(18)?,
        attempts: unsigned(row.get(19)?)?,
        newest: newest.map(|_| attempt_at(row, 20)).transpose()?,
        receipt: mined.map(|hash| receipt(row, &hash)).transpose()?,
    })
}

fn receipt(row: &Row<'_>, hash: &[u8]) -> Result<ReceiptView> {
    Ok(ReceiptView {
        hash: fixed(hash)?.into(),
        kind: kind(&row.get::<_, String>(30)?)?,
        block_number: unsigned(row.get(31)?)?,
        block_hash: fixed(&row.get::<_, Vec<u8>>(32)?)?.into(),
        gas_used: unsigned(row.get(33)?)?,
        gas_price: price(&row.get::<_, Vec<u8>>(34)?)?,
        created: row.get::<_, Option<Vec<u8>>>(35)?.as_deref().map(address).transpose()?,
        success: row.get(36)?,
        seen_ms: row.get(37)?,
    })
}

pub(super) fn attempt(row: &Row<'_>) -> Result<AttemptView> {
    attempt_at(row, 0)
}

fn attempt_at(row: &Row<'_>, from: usize) -> Result<AttemptView> {
    let word: String = row.get(from + 7)?;
    Ok(AttemptView {
        id: row.get(from)?,
        generation: row.get(from + 1)?,
        kind: kind(&row.get::<_, String>(from + 2)?)?,
        nonce: unsigned(row.get(from + 3)?)?,
        hash: fixed(&row.get::<_, Vec<u8>>(from + 4)?)?.into(),
        max_fee: price(&row.get::<_, Vec<u8>>(from + 5)?)?,
        tip: price(&row.get::<_, Vec<u8>>(from + 6)?)?,
        state: AttemptState::parse(&word).ok_or_else(|| bad(format!("an attempt that is {word:?}")))?,
        made_ms: row.get(from + 8)?,
        answers: Vec::new(),
    })
}

pub(super) fn answer(row: &Row<'_>) -> Result<AnswerView> {
    Ok(AnswerView {
        endpoint: row.get(0)?,
        class: row.get(1)?,
        words: row.get(2)?,
        first_ms: row.get(3)?,
        last_ms: row.get(4)?,
        times: unsigned(row.get(5)?)?,
    })
}

pub(super) fn event(row: &Row<'_>) -> Result<EventView> {
    Ok(EventView { ms: row.get(0)?, key: row.get(1)?, what: row.get(2)? })
}

pub(super) fn signer(row: &Row<'_>) -> Result<SignerView> {
    Ok(SignerView {
        address: address(&row.get::<_, Vec<u8>>(0)?)?,
        next: unsigned(row.get(1)?)?,
        updated_ms: row.get(2)?,
        in_flight: unsigned(row.get(3)?)?,
    })
}

pub(super) fn foreign(row: &Row<'_>) -> Result<ForeignView> {
    let number = row.get::<_, Option<i64>>(5)?.map(unsigned).transpose()?;
    let hash: Option<B256> = row.get::<_, Option<Vec<u8>>>(6)?.as_deref().map(fixed).transpose()?.map(Into::into);
    Ok(ForeignView {
        signer: address(&row.get::<_, Vec<u8>>(0)?)?,
        nonce: unsigned(row.get(1)?)?,
        hash: fixed(&row.get::<_, Vec<u8>>(2)?)?.into(),
        target: row.get::<_, Option<Vec<u8>>>(3)?.as_deref().map(address).transpose()?,
        value: amount(&row.get::<_, Vec<u8>>(4)?)?,
        block: number.zip(hash),
        adopted: row.get(7)?,
    })
}

fn bad(what: String) -> LedgerError {
    LedgerError::BadRow(what)
}

pub(super) fn intent_state(word: &str) -> Result<IntentState> {
    IntentState::parse(word).ok_or_else(|| bad(format!("an intent that is {word:?}")))
}

fn kind(word: &str) -> Result<AttemptKind> {
    AttemptKind::parse(word).ok_or_else(|| bad(format!("an attempt of the kind {word:?}")))
}

fn address(bytes: &[u8]) -> Result<Address> {
    Ok(Address::from(fixed::<20>(bytes)?))
}

fn amount(bytes: &[u8]) -> Result<U256> {
    Ok(U256::from_be_bytes(fixed::<32>(bytes)?))
}

fn price(bytes: &[u8]) -> Result<u128> {
    Ok(u128::from_be_bytes(fixed(bytes)?))
}

pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| bad(format!("{} bytes where {N} belong", bytes.len())))
}

pub(super) fn unsigned(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| bad("a negative number".to_owned()))
}

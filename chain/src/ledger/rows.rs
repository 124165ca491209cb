//! What is in the tables, as types.

use alloy::primitives::{Address, B256, U256};
use rusqlite::Row;

use super::{
    AttemptKind, AttemptState, IntentState, LedgerError,
    tx::{Result, bad},
};

/// What an intent does, as far as the journal has to recognise it again. The calldata itself is in the raw transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) target: Option<Address>,
    pub(crate) value: U256,
    pub(crate) data_hash: B256,
    pub(crate) data_bytes: u64,
}

/// An intent as journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntentRow {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) signer: Address,
    pub(crate) payload: Payload,
    /// 0 until it was checked.
    pub(crate) gas: u64,
    /// `None` until it is reserved.
    pub(crate) nonce: Option<u64>,
    pub(crate) generation: u32,
    pub(crate) state: IntentState,
    /// Higher goes first.
    pub(crate) priority: i64,
    /// Chain time, in seconds, after which no first signature is made.
    pub(crate) deadline: Option<u64>,
    /// Whether an operator wants it cancelled.
    pub(crate) cancel: bool,
    /// Why it waits.
    pub(crate) reason: Option<String>,
    /// Most it may cost by its newest transaction; what it did cost once final.
    pub(crate) spend: U256,
    /// The day, by chain time, that this counts for.
    pub(crate) spend_day: Option<i64>,
}

impl IntentRow {
    /// The nonce, where there has to be one.
    pub(crate) fn nonce(&self) -> Result<u64, LedgerError> {
        self.nonce.ok_or_else(|| bad(&format!("{} as {} without a nonce", self.key, self.state.as_str())))
    }
}

/// A new intent, or a new generation of one.
#[derive(Debug, Clone)]
pub(crate) struct NewIntent {
    pub(crate) key: String,
    pub(crate) signer: Address,
    pub(crate) payload: Payload,
    pub(crate) priority: i64,
    pub(crate) deadline: Option<u64>,
}

/// What an intent gets with its nonce.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reservation {
    pub(crate) nonce: u64,
    pub(crate) gas: u64,
    /// Most it may cost with the first offer.
    pub(crate) spend: U256,
    pub(crate) spend_day: Option<i64>,
}

/// A signed transaction as journaled, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttemptRow {
    pub(crate) id: i64,
    pub(crate) hash: B256,
    pub(crate) nonce: u64,
    pub(crate) max_fee: u128,
    pub(crate) tip: u128,
    pub(crate) state: AttemptState,
    pub(crate) made_ms: i64,
    pub(crate) kind: AttemptKind,
}

/// A newly signed transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewAttempt<'a> {
    pub(crate) intent: i64,
    pub(crate) generation: u32,
    pub(crate) signer: Address,
    pub(crate) nonce: u64,
    pub(crate) hash: B256,
    pub(crate) max_fee: u128,
    pub(crate) tip: u128,
    pub(crate) raw: &'a [u8],
    pub(crate) kind: AttemptKind,
}

/// What a receipt said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceiptRow {
    pub(crate) block_number: u64,
    pub(crate) block_hash: B256,
    pub(crate) gas_used: u64,
    pub(crate) gas_price: u128,
    pub(crate) created: Option<Address>,
    pub(crate) success: bool,
}

/// The columns [`read_intent`] reads.
pub(super) const INTENT: &str = "id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, priority, deadline, \
                                 cancel, reason, spend, spend_day";

pub(super) fn read_intent(row: &Row<'_>) -> Result<IntentRow> {
    let target: Option<Vec<u8>> = row.get(3)?;
    Ok(IntentRow {
        id: row.get(0)?,
        key: row.get(1)?,
        signer: address(&row.get::<_, Vec<u8>>(2)?)?,
        payload: Payload {
            target: target.as_deref().map(address).transpose()?,
            value: U256::from_be_bytes(fixed::<32>(&row.get::<_, Vec<u8>>(4)?)?),
            data_hash: fixed(&row.get::<_, Vec<u8>>(5)?)?.into(),
            data_bytes: unsigned(row.get(6)?)?,
        },
        gas: unsigned(row.get(7)?)?,
        nonce: row.get::<_, Option<i64>>(8)?.map(unsigned).transpose()?,
        generation: row.get(9)?,
        state: intent_state(&row.get::<_, String>(10)?)?,
        priority: row.get(11)?,
        deadline: row.get::<_, Option<i64>>(12)?.map(unsigned).transpose()?,
        cancel: row.get(13)?,
        reason: row.get(14)?,
        spend: U256::from_be_bytes(fixed::<32>(&row.get::<_, Vec<u8>>(15)?)?),
        spend_day: row.get(16)?,
    })
}

/// The columns [`read_attempt`] reads.
pub(super) const ATTEMPT: &str = "id, hash, nonce, max_fee, tip, state, made_ms, kind";

pub(super) fn read_attempt(row: &Row<'_>) -> Result<AttemptRow> {
    let (state, kind): (String, String) = (row.get(5)?, row.get(7)?);
    Ok(AttemptRow {
        id: row.get(0)?,
        hash: fixed(&row.get::<_, Vec<u8>>(1)?)?.into(),
        nonce: unsigned(row.get(2)?)?,
        max_fee: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(3)?)?),
        tip: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(4)?)?),
        state: AttemptState::parse(&state).ok_or_else(|| bad(&format!("an attempt that is {state:?}")))?,
        made_ms: row.get(6)?,
        kind: AttemptKind::parse(&kind).ok_or_else(|| bad(&format!("an attempt to {kind:?}")))?,
    })
}

/// Reads a receipt with the hash of its transaction before it.
pub(super) fn read_receipt(row: &Row<'_>) -> Result<(B256, ReceiptRow)> {
    let created: Option<Vec<u8>> = row.get(5)?;
    let receipt = ReceiptRow {
        block_number: unsigned(row.get(1)?)?,
        block_hash: fixed(&row.get::<_, Vec<u8>>(2)?)?.into(),
        gas_used: unsigned(row.get(3)?)?,
        gas_price: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(4)?)?),
        created: created.as_deref().map(address).transpose()?,
        success: row.get(6)?,
    };
    Ok((fixed(&row.get::<_, Vec<u8>>(0)?)?.into(), receipt))
}

pub(super) fn intent_state(word: &str) -> Result<IntentState> {
    IntentState::parse(word).ok_or_else(|| bad(&format!("an intent that is {word:?}")))
}

pub(super) fn address(bytes: &[u8]) -> Result<Address> {
    Ok(Address::from(fixed::<20>(bytes)?))
}

pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| bad(&format!("{} bytes where {N} belong", bytes.len())))
}

pub(super) fn unsigned(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| bad("a negative number"))
}

pub(super) fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| bad(&format!("no room for {value}")))
}

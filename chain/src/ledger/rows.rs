//! Typed rows: the only place that knows SQL beside the schema.
//!
//! A `Tx` is one transaction on the journal. What is read is checked: a row this program cannot have written is an error,
//! never a default. State changes that [`IntentState::may_become`] forbids are errors too.

use alloy::primitives::{Address, B256, Bytes, U256};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{AttemptState, IntentState, LedgerError};

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
    pub(crate) gas: u64,
    pub(crate) nonce: u64,
    pub(crate) generation: u32,
    pub(crate) state: IntentState,
}

/// A new intent, or a new generation of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewIntent<'a> {
    pub(crate) key: &'a str,
    pub(crate) signer: Address,
    pub(crate) payload: Payload,
    pub(crate) gas: u64,
    pub(crate) nonce: u64,
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

/// One transaction on the journal.
pub(crate) struct Tx<'a> {
    inner: Transaction<'a>,
    now_ms: i64,
}

type Result<T, E = LedgerError> = std::result::Result<T, E>;

const INTENT: &str = "id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state";
const STANDING: &str = "('signed', 'sent', 'mined', 'finalized', 'reverted')";

impl<'a> Tx<'a> {
    pub(super) fn new(inner: Transaction<'a>, now_ms: i64) -> Self {
        Self { inner, now_ms }
    }

    pub(super) fn commit(self) -> Result<()> {
        Ok(self.inner.commit()?)
    }

    pub(crate) fn intent(&self, key: &str) -> Result<Option<IntentRow>> {
        let mut statement = self.inner.prepare_cached(&format!("SELECT {INTENT} FROM intents WHERE key = ?1"))?;
        statement.query_row([key], |row| Ok(read_intent(row))).optional()?.transpose()
    }

    pub(crate) fn intent_by_id(&self, id: i64) -> Result<IntentRow> {
        let mut statement = self.inner.prepare_cached(&format!("SELECT {INTENT} FROM intents WHERE id = ?1"))?;
        statement.query_row([id], |row| Ok(read_intent(row)))?
    }

    /// Intents without a receipt, in nonce order.
    pub(crate) fn pending(&self) -> Result<Vec<IntentRow>> {
        self.select(&format!("SELECT {INTENT} FROM intents WHERE state IN ('signed', 'sent') ORDER BY signer, nonce"))
    }

    /// Intents in a block that is not final yet, in nonce order.
    pub(crate) fn mined(&self) -> Result<Vec<IntentRow>> {
        self.select(&format!("SELECT {INTENT} FROM intents WHERE state = 'mined' ORDER BY signer, nonce"))
    }

    /// Intents whose key starts with `prefix`, in the order they were first journaled.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Result<Vec<IntentRow>> {
        let mut statement = self.inner.prepare_cached(&format!(
            "SELECT {INTENT} FROM intents WHERE substr(key, 1, length(?1)) = ?1 ORDER BY id"
        ))?;
        statement.query_map([prefix], |row| Ok(read_intent(row)))?.map(|row| row?).collect()
    }

    fn select(&self, sql: &str) -> Result<Vec<IntentRow>> {
        let mut statement = self.inner.prepare_cached(sql)?;
        statement.query_map([], |row| Ok(read_intent(row)))?.map(|row| row?).collect()
    }

    /// How many intents are in each state.
    pub(crate) fn counts(&self) -> Result<Vec<(IntentState, u64)>> {
        let mut statement = self.inner.prepare_cached("SELECT state, count(*) FROM intents GROUP BY state")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        rows.map(|row| {
            let (word, count) = row?;
            Ok((intent_state(&word)?, unsigned(count)?))
        })
        .collect()
    }

    /// The signed transactions of one generation, oldest first.
    pub(crate) fn attempts(&self, intent: i64, generation: u32) -> Result<Vec<AttemptRow>> {
        let mut statement = self.inner.prepare_cached(
            "SELECT id, hash, nonce, max_fee, tip, state, made_ms FROM attempts
             WHERE intent = ?1 AND generation = ?2 ORDER BY id",
        )?;
        statement.query_map(params![intent, generation], |row| Ok(read_attempt(row)))?.map(|row| row?).collect()
    }

    /// Whether a transaction was journaled before.
    pub(crate) fn knows(&self, hash: B256) -> Result<bool> {
        let mut statement = self.inner.prepare_cached("SELECT 1 FROM attempts WHERE hash = ?1")?;
        Ok(statement.exists([hash.as_slice()])?)
    }

    /// The bytes of a signed transaction, as they are sent.
    pub(crate) fn raw(&self, attempt: i64) -> Result<Bytes> {
        let mut statement = self.inner.prepare_cached("SELECT raw FROM attempts WHERE id = ?1")?;
        Ok(statement.query_row([attempt], |row| row.get::<_, Vec<u8>>(0))?.into())
    }

    /// The receipt of one generation, with the hash of the transaction it is of.
    pub(crate) fn receipt(&self, intent: i64, generation: u32) -> Result<Option<(B256, ReceiptRow)>> {
        let mut statement = self.inner.prepare_cached(
            "SELECT a.hash, r.block_number, r.block_hash, r.gas_used, r.gas_price, r.created, r.success
             FROM receipts r JOIN attempts a ON a.id = r.attempt WHERE a.intent = ?1 AND a.generation = ?2",
        )?;
        statement.query_row(params![intent, generation], |row| Ok(read_receipt(row))).optional()?.transpose()
    }

    /// The newest block that a finalized intent is in.
    pub(crate) fn newest_final_block(&self) -> Result<Option<(u64, B256)>> {
        let mut statement = self.inner.prepare_cached(
            "SELECT r.block_number, r.block_hash FROM receipts r JOIN attempts a ON a.id = r.attempt
             JOIN intents i ON i.id = a.intent AND i.generation = a.generation
             WHERE i.state IN ('finalized', 'reverted') ORDER BY r.block_number DESC LIMIT 1",
        )?;
        let found = statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
        found.map(|(number, hash)| Ok((unsigned(number)?, fixed(&hash)?.into()))).transpose()
    }

    /// Intents of a signer without a receipt.
    pub(crate) fn in_flight(&self, signer: Address) -> Result<usize> {
        let mut statement = self
            .inner
            .prepare_cached("SELECT count(*) FROM intents WHERE state IN ('signed', 'sent') AND signer = ?1")?;
        let count: i64 = statement.query_row([signer.as_slice()], |row| row.get(0))?;
        usize::try_from(count).map_err(|_| bad("a negative count"))
    }

    /// One more than the highest nonce ever signed for a signer; 0 when none was.
    pub(crate) fn own_next(&self, signer: Address) -> Result<u64> {
        let mut statement = self.inner.prepare_cached("SELECT next FROM signers WHERE address = ?1")?;
        let next: Option<i64> = statement.query_row([signer.as_slice()], |row| row.get(0)).optional()?;
        unsigned(next.unwrap_or(0))
    }

    /// The nonce the next new transaction takes, where `floor` is the chain's count: the highest ever signed plus one, or
    /// the chain's count if that is higher, or a lower one whose every transaction was refused for good.
    pub(crate) fn next_nonce(&self, signer: Address, floor: u64) -> Result<u64> {
        match self.freed_nonce(signer, floor)? {
            Some(nonce) => Ok(nonce),
            None => Ok(self.own_next(signer)?.max(floor)),
        }
    }

    /// The lowest nonce from `floor` on whose every transaction was refused for good; nothing above it can be mined before
    /// it is used.
    pub(crate) fn freed_nonce(&self, signer: Address, floor: u64) -> Result<Option<u64>> {
        let mut freed = self.inner.prepare_cached(&format!(
            "SELECT min(a.nonce) FROM attempts a WHERE a.signer = ?1 AND a.nonce >= ?2 AND a.state = 'refused'
             AND NOT EXISTS (SELECT 1 FROM attempts b
                             WHERE b.signer = a.signer AND b.nonce = a.nonce AND b.state <> 'refused')
             AND NOT EXISTS (SELECT 1 FROM intents i
                             WHERE i.signer = a.signer AND i.nonce = a.nonce AND i.state IN {STANDING})"
        ))?;
        let freed: Option<i64> = freed.query_row(params![signer.as_slice(), signed(floor)?], |row| row.get(0))?;
        freed.map(unsigned).transpose()
    }

    /// Journals an intent, or the next generation of one that may restart; its signed transaction follows in the same
    /// transaction.
    pub(crate) fn put_intent(&self, new: &NewIntent<'_>) -> Result<IntentRow> {
        let (signer, payload) = (new.signer.as_slice(), &new.payload);
        let target = payload.target.as_ref().map(|address| address.as_slice());
        let (value, data_hash) = (payload.value.to_be_bytes::<32>(), payload.data_hash.as_slice());
        let (bytes, gas, nonce) = (signed(payload.data_bytes)?, signed(new.gas)?, signed(new.nonce)?);
        match self.intent(new.key)? {
            None => {
                self.inner
                    .prepare_cached(
                        "INSERT INTO intents (key, signer, target, value, data_hash, data_bytes, gas, nonce, generation,
                         state, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, 'signed', ?9, ?9)",
                    )?
                    .execute(params![new.key, signer, target, value, data_hash, bytes, gas, nonce, self.now_ms])?;
            }
            Some(old) if old.state.may_restart() => {
                self.inner
                    .prepare_cached(
                        "UPDATE intents SET signer = ?2, target = ?3, value = ?4, data_hash = ?5, data_bytes = ?6, gas = ?7,
                         nonce = ?8, generation = generation + 1, state = 'signed', updated_ms = ?9 WHERE key = ?1",
                    )?
                    .execute(params![new.key, signer, target, value, data_hash, bytes, gas, nonce, self.now_ms])?;
            }
            Some(old) => return Err(bad(&format!("{} {} already", new.key, old.state.as_str()))),
        }
        let next = signed(new.nonce.checked_add(1).ok_or_else(|| bad("the last nonce there is"))?)?;
        self.inner
            .prepare_cached(
                "INSERT INTO signers (address, next, updated_ms) VALUES (?1, ?2, ?3) ON CONFLICT (address)
                 DO UPDATE SET next = max(next, excluded.next), updated_ms = excluded.updated_ms",
            )?
            .execute(params![signer, next, self.now_ms])?;
        self.intent(new.key)?.ok_or_else(|| bad("no trace of a row just written"))
    }

    /// Journals a signed transaction; returns its id.
    pub(crate) fn put_attempt(&self, new: &NewAttempt<'_>) -> Result<i64> {
        self.inner
            .prepare_cached(
                "INSERT INTO attempts (intent, generation, signer, nonce, hash, max_fee, tip, state, made_ms, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'signed', ?8, ?9)",
            )?
            .execute(params![
                new.intent,
                new.generation,
                new.signer.as_slice(),
                signed(new.nonce)?,
                new.hash.as_slice(),
                new.max_fee.to_be_bytes(),
                new.tip.to_be_bytes(),
                self.now_ms,
                new.raw
            ])?;
        Ok(self.inner.last_insert_rowid())
    }

    /// Moves an intent to another state.
    pub(crate) fn set_state(&self, intent: &IntentRow, next: IntentState) -> Result<()> {
        let current = self.intent_by_id(intent.id)?;
        if current.generation != intent.generation || !current.state.may_become(next) {
            return Err(bad(&format!(
                "{} as {} of generation {}: it cannot become {} of generation {}",
                current.key,
                current.state.as_str(),
                current.generation,
                next.as_str(),
                intent.generation
            )));
        }
        self.inner.prepare_cached("UPDATE intents SET state = ?2, updated_ms = ?3 WHERE id = ?1")?.execute(params![
            intent.id,
            next.as_str(),
            self.now_ms
        ])?;
        Ok(())
    }

    pub(crate) fn set_attempt(&self, attempt: i64, state: AttemptState) -> Result<()> {
        self.inner
            .prepare_cached("UPDATE attempts SET state = ?2 WHERE id = ?1 AND state <> ?2")?
            .execute(params![attempt, state.as_str()])?;
        Ok(())
    }

    /// Stores the one receipt of a generation, in place of another that it may have had.
    pub(crate) fn put_receipt(&self, intent: &IntentRow, attempt: i64, receipt: &ReceiptRow) -> Result<()> {
        self.drop_receipt(intent)?;
        self.inner
            .prepare_cached(
                "INSERT INTO receipts (attempt, block_number, block_hash, gas_used, gas_price, created, success, seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                attempt,
                signed(receipt.block_number)?,
                receipt.block_hash.as_slice(),
                signed(receipt.gas_used)?,
                receipt.gas_price.to_be_bytes(),
                receipt.created.as_ref().map(|address| address.as_slice()),
                receipt.success,
                self.now_ms
            ])?;
        Ok(())
    }

    /// Forgets the receipt of a generation whose block is gone.
    pub(crate) fn drop_receipt(&self, intent: &IntentRow) -> Result<()> {
        self.inner
            .prepare_cached(
                "DELETE FROM receipts WHERE attempt IN (SELECT id FROM attempts WHERE intent = ?1 AND generation = ?2)",
            )?
            .execute(params![intent.id, intent.generation])?;
        Ok(())
    }
}

fn read_intent(row: &Row<'_>) -> Result<IntentRow> {
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
        nonce: unsigned(row.get(8)?)?,
        generation: row.get(9)?,
        state: intent_state(&row.get::<_, String>(10)?)?,
    })
}

fn read_attempt(row: &Row<'_>) -> Result<AttemptRow> {
    let word: String = row.get(5)?;
    Ok(AttemptRow {
        id: row.get(0)?,
        hash: fixed(&row.get::<_, Vec<u8>>(1)?)?.into(),
        nonce: unsigned(row.get(2)?)?,
        max_fee: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(3)?)?),
        tip: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(4)?)?),
        state: AttemptState::parse(&word).ok_or_else(|| bad(&format!("an attempt that is {word:?}")))?,
        made_ms: row.get(6)?,
    })
}

fn read_receipt(row: &Row<'_>) -> Result<(B256, ReceiptRow)> {
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

fn bad(what: &str) -> LedgerError {
    LedgerError::BadRow(what.to_owned())
}

fn intent_state(word: &str) -> Result<IntentState> {
    IntentState::parse(word).ok_or_else(|| bad(&format!("an intent that is {word:?}")))
}

fn address(bytes: &[u8]) -> Result<Address> {
    Ok(Address::from(fixed::<20>(bytes)?))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| bad(&format!("{} bytes where {N} belong", bytes.len())))
}

fn unsigned(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| bad("a negative number"))
}

fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| bad(&format!("no room for {value}")))
}

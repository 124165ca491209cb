//! Transactions of our accounts that this journal did not sign: found on the chain, kept, and taken over where they are of an
//! intent.

use alloy::primitives::{Address, B256, Bytes, U256};
use rusqlite::{Row, params};

use super::{
    AttemptKind, AttemptState, IntentRow, IntentState, Payload, Tx,
    rows::{INTENT, NewAttempt, address, fixed, read_intent, signed, unsigned},
    tx::Result,
};

/// A transaction that was signed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignRow {
    pub(crate) hash: B256,
    pub(crate) signer: Address,
    pub(crate) nonce: u64,
    /// The length of its calldata is not kept: the hash says enough.
    pub(crate) target: Option<Address>,
    pub(crate) value: U256,
    pub(crate) data_hash: B256,
    pub(crate) max_fee: u128,
    pub(crate) block_number: u64,
    pub(crate) block_hash: B256,
    /// `None` where it could not be made of what the endpoint told.
    pub(crate) raw: Option<Bytes>,
    /// The intent that took it over.
    pub(crate) adopted: Option<i64>,
}

impl ForeignRow {
    /// Whether it does what a payload says.
    pub(crate) fn does(&self, payload: &Payload) -> bool {
        (self.target, self.value, self.data_hash) == (payload.target, payload.value, payload.data_hash)
    }
}

const FOREIGN: &str = "hash, signer, nonce, target, value, data_hash, max_fee, block_number, block_hash, raw, adopted";

impl Tx<'_> {
    /// Keeps a transaction that was found; one that is known gets the block it is in now.
    pub(crate) fn put_foreign(&self, found: &ForeignRow) -> Result<()> {
        self.run(
            "INSERT INTO foreign_txs (hash, signer, nonce, target, value, data_hash, max_fee, block_number, block_hash, raw,
             seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (hash) DO UPDATE SET
             block_number = excluded.block_number, block_hash = excluded.block_hash, seen_ms = excluded.seen_ms",
            params![
                found.hash.as_slice(),
                found.signer.as_slice(),
                signed(found.nonce)?,
                found.target.as_ref().map(|target| target.as_slice()),
                found.value.to_be_bytes::<32>(),
                found.data_hash.as_slice(),
                found.max_fee.to_be_bytes(),
                signed(found.block_number)?,
                found.block_hash.as_slice(),
                found.raw.as_ref().map(|raw| raw.as_ref()),
                self.now_ms(),
            ],
        )?;
        Ok(())
    }

    /// Those of a signer that no intent took over, in the order of nonces.
    pub(crate) fn foreign(&self, signer: Address) -> Result<Vec<ForeignRow>> {
        let sql = format!("SELECT {FOREIGN} FROM foreign_txs WHERE signer = ?1 AND adopted IS NULL ORDER BY nonce");
        self.all(&sql, [signer.as_slice()], read_foreign)
    }

    /// Whether one of a signer was found at this nonce.
    pub(crate) fn foreign_at(&self, signer: Address, nonce: u64) -> Result<Option<ForeignRow>> {
        let sql = format!("SELECT {FOREIGN} FROM foreign_txs WHERE signer = ?1 AND nonce = ?2");
        self.find(&sql, params![signer.as_slice(), signed(nonce)?], read_foreign)
    }

    /// One more than the highest nonce, and the lowest, of those found of a signer.
    pub(crate) fn foreign_range(&self, signer: Address) -> Result<Option<(u64, u64)>> {
        let sql = "SELECT min(nonce), max(nonce) FROM foreign_txs WHERE signer = ?1 HAVING count(*) > 0";
        self.find(sql, [signer.as_slice()], |row| {
            Ok((unsigned(row.get(0)?)?, unsigned(row.get(1)?)?.saturating_add(1)))
        })
    }

    /// Whether a transaction was signed here.
    pub(crate) fn is_attempt(&self, hash: B256) -> Result<bool> {
        Ok(self.find("SELECT 1 FROM attempts WHERE hash = ?1", [hash.as_slice()], |_| Ok(()))?.is_some())
    }

    /// Whether anything was ever signed here for an account, other than what was taken over.
    pub(crate) fn any_attempt(&self, signer: Address) -> Result<bool> {
        let sql = "SELECT 1 FROM attempts a WHERE a.signer = ?1 AND NOT EXISTS
                   (SELECT 1 FROM foreign_txs f WHERE f.hash = a.hash) LIMIT 1";
        Ok(self.find(sql, [signer.as_slice()], |_| Ok(()))?.is_some())
    }

    /// Whether an intent other than `but` stands on a nonce.
    pub(crate) fn stands(&self, signer: Address, nonce: u64, but: i64) -> Result<Option<IntentRow>> {
        let sql = format!(
            "SELECT {INTENT} FROM intents WHERE signer = ?1 AND nonce = ?2 AND nonce IS NOT NULL AND id <> ?3
             AND state IN ('reserved', 'signed', 'sent', 'mined', 'finalized', 'reverted', 'cancelled')"
        );
        self.find(&sql, params![signer.as_slice(), signed(nonce)?, but], read_intent)
    }

    /// Lets an intent take over a found transaction: from now on it is one of its own, taken by an endpoint, and its receipt
    /// is looked for as for any other. One that waits gets its nonce by it.
    pub(crate) fn adopt(
        &self,
        intent: &IntentRow,
        found: &ForeignRow,
        gas: u64,
        tip: u128,
        kind: AttemptKind,
    ) -> Result<()> {
        let Some(raw) = &found.raw else { return Ok(()) };
        if intent.state.is_waiting() {
            self.take_nonce(intent, found.nonce, gas)?;
        }
        let attempt = self.put_attempt(&NewAttempt {
            intent: intent.id,
            generation: intent.generation,
            signer: found.signer,
            nonce: found.nonce,
            hash: found.hash,
            max_fee: found.max_fee,
            tip,
            raw,
            kind,
        })?;
        self.set_attempt(attempt, AttemptState::Accepted)?;
        if self.intent_by_id(intent.id)?.state == IntentState::Signed {
            self.set_state(intent, IntentState::Sent)?;
        }
        if kind == AttemptKind::Cancel {
            self.want_cancelled(intent)?;
        }
        let hash = found.hash.as_slice();
        self.run("UPDATE foreign_txs SET adopted = ?2 WHERE hash = ?1", params![hash, intent.id])?;
        self.event(intent.id, &format!("took over {}, found in block {}", found.hash, found.block_number))
    }
}

fn read_foreign(row: &Row<'_>) -> Result<ForeignRow> {
    let target: Option<Vec<u8>> = row.get(3)?;
    Ok(ForeignRow {
        hash: fixed(&row.get::<_, Vec<u8>>(0)?)?.into(),
        signer: address(&row.get::<_, Vec<u8>>(1)?)?,
        nonce: unsigned(row.get(2)?)?,
        target: target.as_deref().map(address).transpose()?,
        value: U256::from_be_bytes(fixed::<32>(&row.get::<_, Vec<u8>>(4)?)?),
        data_hash: fixed(&row.get::<_, Vec<u8>>(5)?)?.into(),
        max_fee: u128::from_be_bytes(fixed(&row.get::<_, Vec<u8>>(6)?)?),
        block_number: unsigned(row.get(7)?)?,
        block_hash: fixed(&row.get::<_, Vec<u8>>(8)?)?.into(),
        raw: row.get::<_, Option<Vec<u8>>>(9)?.map(Bytes::from),
        adopted: row.get(10)?,
    })
}

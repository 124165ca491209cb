//! Signed transactions in the journal, and their receipts.

use alloy::primitives::{Address, B256, Bytes};
use rusqlite::params;

use super::{
    AttemptRow, AttemptState, IntentRow, NewAttempt, ReceiptRow, Tx,
    rows::{ATTEMPT, read_attempt, read_receipt, signed},
    tx::Result,
};

impl Tx<'_> {
    /// The signed transactions of one generation, oldest first.
    pub(crate) fn attempts(&self, intent: i64, generation: u32) -> Result<Vec<AttemptRow>> {
        let sql = format!("SELECT {ATTEMPT} FROM attempts WHERE intent = ?1 AND generation = ?2 ORDER BY id");
        self.all(&sql, params![intent, generation], read_attempt)
    }

    /// Whether a transaction with this nonce and this offer was journaled before: it may be the very same bytes.
    pub(crate) fn offered(&self, signer: Address, nonce: u64, max_fee: u128) -> Result<bool> {
        let sql = "SELECT 1 FROM attempts WHERE signer = ?1 AND nonce = ?2 AND max_fee = ?3";
        Ok(self.find(sql, params![signer.as_slice(), signed(nonce)?, max_fee.to_be_bytes()], |_| Ok(()))?.is_some())
    }

    /// The bytes of a signed transaction, as they are sent.
    pub(crate) fn raw(&self, attempt: i64) -> Result<Bytes> {
        self.one("SELECT raw FROM attempts WHERE id = ?1", [attempt], |row| Ok(row.get::<_, Vec<u8>>(0)?.into()))
    }

    /// The receipt of one generation, with the hash of the transaction it is of.
    pub(crate) fn receipt(&self, intent: i64, generation: u32) -> Result<Option<(B256, ReceiptRow)>> {
        self.find(
            "SELECT a.hash, r.block_number, r.block_hash, r.gas_used, r.gas_price, r.created, r.success
             FROM attempts a CROSS JOIN receipts r ON r.attempt = a.id WHERE a.intent = ?1 AND a.generation = ?2",
            params![intent, generation],
            read_receipt,
        )
    }

    /// Journals a signed transaction; returns its id.
    pub(crate) fn put_attempt(&self, new: &NewAttempt<'_>) -> Result<i64> {
        self.insert(
            "INSERT INTO attempts (intent, generation, signer, nonce, hash, max_fee, tip, state, made_ms, raw, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'signed', ?8, ?9, ?10)",
            params![
                new.intent,
                new.generation,
                new.signer.as_slice(),
                signed(new.nonce)?,
                new.hash.as_slice(),
                new.max_fee.to_be_bytes(),
                new.tip.to_be_bytes(),
                self.now_ms(),
                new.raw,
                new.kind.as_str(),
            ],
        )
    }

    pub(crate) fn set_attempt(&self, attempt: i64, state: AttemptState) -> Result<()> {
        self.run("UPDATE attempts SET state = ?2 WHERE id = ?1 AND state <> ?2", params![attempt, state.as_str()])?;
        Ok(())
    }

    /// Stores the one receipt of a generation, in place of another that it may have had.
    pub(crate) fn put_receipt(&self, intent: &IntentRow, attempt: i64, receipt: &ReceiptRow) -> Result<()> {
        self.drop_receipt(intent)?;
        self.run(
            "INSERT INTO receipts (attempt, block_number, block_hash, gas_used, gas_price, created, success, seen_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                attempt,
                signed(receipt.block_number)?,
                receipt.block_hash.as_slice(),
                signed(receipt.gas_used)?,
                receipt.gas_price.to_be_bytes(),
                receipt.created.as_ref().map(|address| address.as_slice()),
                receipt.success,
                self.now_ms()
            ],
        )?;
        Ok(())
    }

    /// Forgets the receipt of a generation whose block is gone.
    pub(crate) fn drop_receipt(&self, intent: &IntentRow) -> Result<()> {
        self.run(
            "DELETE FROM receipts WHERE attempt IN (SELECT id FROM attempts WHERE intent = ?1 AND generation = ?2)",
            params![intent.id, intent.generation],
        )?;
        Ok(())
    }
}

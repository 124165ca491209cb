//! Nonces: our own truth, with the chain as the floor.
//!
//! The next one is the highest ever given out plus one, or the chain's count if that is higher. Before that, a lower one that
//! is free: from the chain's count on, nothing stands on it, and nothing that could still be mined was signed for it (nothing
//! at all, or only what endpoints refused for good). That is a nonce given back, one refused, and one that a stranger's
//! transaction had before it was reorganised away; nothing above it can be mined before it is used.

use alloy::primitives::Address;
use rusqlite::params;

use super::{
    Tx,
    rows::{signed, unsigned},
    tx::{Result, bad},
};

impl Tx<'_> {
    /// One more than the highest nonce ever given out for a signer; 0 when none was.
    pub(crate) fn own_next(&self, signer: Address) -> Result<u64> {
        let next =
            self.find("SELECT next FROM signers WHERE address = ?1", [signer.as_slice()], |row| Ok(row.get(0)?))?;
        unsigned(next.unwrap_or(0))
    }

    /// The nonce the next new transaction takes, where `floor` is the chain's count.
    pub(crate) fn next_nonce(&self, signer: Address, floor: u64) -> Result<u64> {
        match self.freed_nonce(signer, floor)? {
            Some(nonce) => Ok(nonce),
            None => Ok(self.own_next(signer)?.max(floor)),
        }
    }

    /// The lowest free nonce from `floor` on that is below the highest ever given out.
    pub(crate) fn freed_nonce(&self, signer: Address, floor: u64) -> Result<Option<u64>> {
        let next = self.own_next(signer)?;
        let mut candidate = floor;
        self.each(
            "SELECT nonce FROM intents WHERE signer = ?1 AND nonce >= ?2 AND nonce IS NOT NULL
             AND state IN ('reserved', 'signed', 'sent', 'mined', 'finalized', 'reverted', 'cancelled')
             UNION SELECT nonce FROM attempts WHERE signer = ?1 AND nonce >= ?2 AND state <> 'refused' ORDER BY nonce",
            params![signer.as_slice(), signed(floor)?],
            |row| {
                let taken = unsigned(row.get(0)?)?;
                if taken > candidate {
                    return Ok(Some(()));
                }
                candidate = taken.saturating_add(1);
                Ok(None)
            },
        )?;
        Ok((candidate < next).then_some(candidate))
    }

    /// Notes that a nonce was given out.
    pub(super) fn raise_next(&self, signer: Address, nonce: u64) -> Result<()> {
        let next = signed(nonce.checked_add(1).ok_or_else(|| bad("the last nonce there is"))?)?;
        self.run(
            "INSERT INTO signers (address, next, updated_ms) VALUES (?1, ?2, ?3) ON CONFLICT (address)
             DO UPDATE SET next = max(next, excluded.next), updated_ms = excluded.updated_ms",
            params![signer.as_slice(), next, self.now_ms()],
        )?;
        Ok(())
    }
}

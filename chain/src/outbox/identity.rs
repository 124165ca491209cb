//! Whether the endpoint is still on the chain this journal belongs to.
//!
//! Looked at before anything is signed and before a nonce is given up: the chain id, the first block, and the newest block
//! that the journal calls final. A provider that was swapped behind its address, a development chain that was reset and a
//! reorganisation deeper than finality are all found here, and all stop everything: what is signed for the wrong chain may be
//! valid on the right one.

use alloy::primitives::U64;

use super::{Inner, intent::OutboxError};

impl Inner {
    /// An error unless the endpoint is on the chain of the journal.
    pub(crate) async fn same_chain(&self) -> Result<(), OutboxError> {
        let newest = self.ledger.read(|tx| tx.newest_final_block())?;
        let id = async { Ok::<_, OutboxError>(self.rpc.request::<_, U64>("eth_chainId", ()).await?) };
        let first = async { Ok(self.rpc.first_block().await?) };
        let (id, first, ()) = futures::try_join!(id, first, self.verify_final(newest.into_iter()))?;
        let pins = self.pins;
        if id == U64::from(pins.chain_id) && first.hash == pins.genesis_hash {
            return Ok(());
        }
        Err(OutboxError::Local(format!(
            "{} is on chain {id} with genesis {} now; this journal is of {pins}; nothing is signed",
            self.rpc.label(),
            first.hash
        )))
    }
}

//! Opening is recovery: whatever the last process was doing when it ended, this one first finds out how the chain stands.
//!
//! 1. The journal is of this chain (chain id, genesis hash), and the newest block it calls final is still there.
//! 2. Mined blocks are looked at by hash; what fell out of the chain is pending again.
//! 3. Receipts of all signed transactions are asked for; those without one are sent again, unchanged.
//! 4. If an endpoint holds pending transactions of our accounts that the journal does not know (it is lost or older than the
//!    chain), no nonce is given out until they are mined. What was mined is found and kept (`strangers`).

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use alloy::{eips::BlockId, primitives::Address};
use tokio::time::Instant;

use super::{
    Inner,
    check::patiently,
    intent::{EventSink, OutboxConfig, OutboxError, OutboxEvent},
    reads,
};
use crate::{
    gas::GasRules,
    ledger::{Ledger, Pins},
    rpc::Rpc,
    signer::Signers,
};

/// Most transactions of one signer in flight: what public pools keep of one account.
const MOST_IN_FLIGHT: usize = 16;

impl Inner {
    pub(crate) async fn open(
        rpc: Rpc,
        path: &Path,
        signers: Signers,
        config: OutboxConfig,
        events: EventSink,
    ) -> Result<Self, OutboxError> {
        if !(1..=MOST_IN_FLIGHT).contains(&config.in_flight) {
            return Err(OutboxError::Local(format!(
                "{} transactions in flight; 1 to {MOST_IN_FLIGHT} are possible",
                config.in_flight
            )));
        }
        let genesis = patiently(&config, || rpc.first_block()).await?;
        let rules = patiently(&config, || GasRules::detect(&rpc)).await?;
        let pins = Pins { chain_id: rpc.chain_id(), genesis_hash: genesis.hash };
        let ledger = Ledger::open(path, pins)?;
        let inner = Self::new(rpc, ledger, signers, config, events, rules, pins);
        let newest = inner.ledger.read(|tx| tx.newest_final_block())?;
        patiently(&inner.config, || inner.verify_final(newest.into_iter())).await?;
        patiently(&inner.config, || inner.settle(true)).await?;
        patiently(&inner.config, || inner.rebroadcast()).await?;
        for signer in inner.signers.addresses() {
            inner.await_strangers(signer).await?;
        }
        Ok(inner)
    }

    /// Sends everything without a receipt again, as it is.
    async fn rebroadcast(&self) -> Result<(), OutboxError> {
        let flights = self.flights()?;
        let receipts = self.receipts_of(&flights).await?;
        let mut again = Vec::new();
        let mut floors = HashMap::new();
        for flight in flights.iter().filter(|flight| !receipts.contains_key(&flight.intent.id)) {
            // what no endpoint took and a free nonce holds up waits for the look, which knows the chain's count
            let signer = flight.intent.signer;
            let floor = match floors.entry(signer) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(empty) => {
                    *empty.insert(self.floor(signer, reads::latest_nonce(&self.rpc, signer).await?)?)
                }
            };
            let freed = self.ledger.read(|tx| tx.freed_nonce(signer, floor))?;
            if !flight.taken() && freed.is_some_and(|freed| freed < flight.nonce()) {
                continue;
            }
            if let Some(newest) = flight.attempts.last() {
                again.push(self.again(&flight.intent, newest)?);
            }
        }
        let handed = self.hand_over(again).await;
        let look = self.look(handed).await?;
        for (key, words) in look.refused {
            self.emit(OutboxEvent::Warning(format!("{key} was refused for good: {words}")));
        }
        Ok(())
    }

    /// Waits until no pending transaction of `signer` is unknown to the journal, and finds those that were mined.
    async fn await_strangers(&self, signer: Address) -> Result<(), OutboxError> {
        let until = Instant::now() + self.config.patience();
        let own = self.proven(signer)?;
        loop {
            let latest = patiently(&self.config, || reads::latest_nonce(&self.rpc, signer)).await?;
            let pending = patiently(&self.config, || self.rpc.nonce(signer, BlockId::pending())).await?;
            if pending <= own.max(latest) {
                return patiently(&self.config, || self.learn_new(signer, latest)).await;
            }
            if Instant::now() >= until {
                return Err(OutboxError::Halted(format!(
                    "{} holds {} pending transactions of {signer} that this journal does not know; they have to be mined \
                     or dropped first",
                    self.rpc.label(),
                    pending - own.max(latest)
                )));
            }
            self.waiting(format!("pending transactions of {signer} that this journal does not know"));
            self.rpc.wait(self.config.poll).await;
        }
    }
}

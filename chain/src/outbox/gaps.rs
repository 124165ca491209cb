//! Empty nonces below what is in flight, and filling them.
//!
//! A nonce is empty when its transaction was refused for good, or when it was a stranger's that a reorganisation took away.
//! Nothing above it can be mined. New work takes it; where none comes for a quarter of the patience, a transaction that does
//! nothing does, under a key of its own, `tminus/fill/<account>/<nonce>`. It keeps to the ceilings as any other.

use std::collections::HashMap;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, Bytes},
};
use tokio::time::Instant;

use super::{
    Inner,
    admit::OURS,
    check::Checked,
    intent::{GasLimit, Intent, IntentKey, OutboxError, OutboxEvent},
    journal::Handed,
    reads,
    reserve::Moment,
    watch::{Flight, Look},
};

impl Inner {
    /// Nonces refused for good that hold up `open`, by signer. That the next nonce of a signer is not in flight is noted.
    pub(super) fn gaps(
        &self,
        open: &[Flight],
        nonces: &HashMap<Address, (u64, Option<u64>)>,
        look: &mut Look,
    ) -> Result<HashMap<Address, u64>, OutboxError> {
        let mut lowest: HashMap<Address, &Flight> = HashMap::new();
        for flight in open {
            let least = lowest.entry(flight.intent.signer).or_insert(flight);
            if flight.nonce() < least.nonce() {
                *least = flight;
            }
        }
        let mut gaps = HashMap::new();
        for (signer, flight) in lowest {
            let latest = nonces[&signer].0;
            let freed = self.ledger.read(|tx| tx.freed_nonce(signer, latest))?;
            if let Some(gap) = freed {
                gaps.insert(signer, gap);
            }
            if latest >= flight.nonce() {
                continue;
            }
            look.gap = true;
            let why = if freed == Some(latest) {
                look.freed.insert(signer);
                if self.floor(signer, latest)? == latest {
                    look.empty.insert(signer, latest);
                }
                "its transaction was refused for good, and new work has to take it"
            } else {
                "no transaction with it is in flight"
            };
            look.trouble.get_or_insert_with(|| {
                format!(
                    "{} waits with nonce {} of {signer} for nonce {latest}: {why}",
                    flight.intent.key,
                    flight.nonce()
                )
            });
        }
        Ok(gaps)
    }

    /// Fills the empty nonces that have been so for too long, the lowest of each signer, and hands over what fills them.
    pub(super) async fn fill_gaps(&self, look: &Look) -> Result<Vec<Handed>, OutboxError> {
        let mut due = Vec::new();
        {
            let patience = self.config.patience() / 4;
            let mut memory = self.memory();
            memory.gaps.retain(|signer, (nonce, _)| look.empty.get(signer) == Some(nonce));
            for (signer, nonce) in &look.empty {
                let (_, since) = memory.gaps.entry(*signer).or_insert((*nonce, Instant::now()));
                if since.elapsed() >= patience {
                    due.push((*signer, *nonce));
                }
            }
        }
        let mut handed = Vec::new();
        for (signer, nonce) in due {
            handed.extend(self.fill(signer, nonce).await?);
        }
        Ok(handed)
    }

    async fn fill(&self, signer: Address, nonce: u64) -> Result<Vec<Handed>, OutboxError> {
        self.same_chain().await?;
        let market = reads::fees(&self.rpc).await?;
        let time = self.rpc.block(BlockNumberOrTag::Latest).await?.timestamp;
        let balance = self.rpc.balance(signer, BlockNumberOrTag::Latest.into()).await?;
        let gas = self.void_gas(signer).await;
        let key = IntentKey::new(format!("{OURS}fill/{signer}/{nonce}"));
        let intent =
            Intent::new(key, signer, Some(signer), Bytes::new()).with_gas(GasLimit::Fixed(gas)).with_nonce(nonce);
        let moment = Moment {
            market,
            time,
            latest: HashMap::from([(signer, nonce)]),
            funds: HashMap::from([(signer, balance)]),
        };
        let journaled = match self.journal(&[Checked { intent, gas }], moment, HashMap::new()).await {
            Ok(journaled) => journaled,
            // new work has taken it meanwhile
            Err(OutboxError::Local(words)) => {
                self.waiting(words);
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        if !journaled.outgoing.is_empty() {
            self.emit(OutboxEvent::Warning(format!(
                "nonce {nonce} of {signer} stayed empty and held up what is above it: a transaction that does nothing fills it"
            )));
        }
        Ok(self.hand_over(journaled.outgoing).await)
    }
}

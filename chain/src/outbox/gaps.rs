//! Empty nonces below what is in flight.

use std::collections::HashMap;

use alloy::primitives::Address;

use super::{
    Inner,
    intent::OutboxError,
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
}

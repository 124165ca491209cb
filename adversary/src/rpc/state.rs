//! Accounts: balance, code, storage, nonce.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256},
};
use serde_json::json;

use super::{Answer, Params, View, hex};

impl View<'_> {
    pub(super) fn balance(&self, params: &Params<'_>) -> Answer {
        let address: Address = params.required(0)?;
        Ok(json!(self.state_at(params, 1)?.0.balance(&address)))
    }

    pub(super) fn code(&self, params: &Params<'_>) -> Answer {
        let address: Address = params.required(0)?;
        Ok(json!(self.state_at(params, 1)?.0.code(&address)))
    }

    pub(super) fn storage(&self, params: &Params<'_>) -> Answer {
        let (address, slot): (Address, U256) = (params.required(0)?, params.required(1)?);
        Ok(json!(B256::from(self.state_at(params, 2)?.0.slot(&address, slot))))
    }

    pub(super) fn transaction_count(&self, params: &Params<'_>) -> Answer {
        let address: Address = params.required(0)?;
        let (state, _) = self.state_at(params, 1)?;
        let nonce = state.nonce(&address);
        if params.optional::<BlockId>(1)? != Some(BlockId::Number(BlockNumberOrTag::Pending)) {
            return Ok(hex(nonce));
        }
        let last = self.world.pool.executable(&address, state).last();
        Ok(hex(last.map_or(nonce, |waiting| waiting.tx.nonce() + 1)))
    }
}

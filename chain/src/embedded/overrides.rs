//! State and block overrides of `eth_call` and `eth_estimateGas`.
//!
//! `state` replaces an account's whole storage, `stateDiff` single slots; both at once contradict each other and are refused,
//! as geth refuses them. Moving precompiles is refused too: nothing here needs it.

use std::collections::BTreeMap;

use alloy::{
    primitives::{
        Address, B256, Bytes, U256,
        map::{AddressMap, U256Map},
    },
    rpc::types::{BlockOverrides, state::StateOverride},
};
use revm::{
    context::BlockEnv,
    state::{AccountInfo, Bytecode},
};

use super::error::Failure;

/// Overrides, read and checked.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    accounts: AddressMap<Account>,
    block_hashes: BTreeMap<u64, B256>,
}

#[derive(Debug)]
struct Account {
    balance: Option<U256>,
    nonce: Option<u64>,
    code: Option<Bytecode>,
    replaced: bool,
    slots: U256Map<U256>,
}

/// Reads code given from outside.
pub(super) fn bytecode(code: &Bytes) -> Result<Bytecode, Failure> {
    Bytecode::new_raw_checked(code.clone()).map_err(|error| Failure::params(format!("code that cannot be: {error}")))
}

impl Overrides {
    pub(super) fn read(state: Option<StateOverride>, block: Option<&BlockOverrides>) -> Result<Self, Failure> {
        let mut accounts = AddressMap::default();
        for (address, given) in state.unwrap_or_default() {
            if given.state.is_some() && given.state_diff.is_some() {
                return Err(Failure::refused(format!("account {address} has both 'state' and 'stateDiff'")));
            }
            if given.move_precompile_to.is_some() {
                return Err(Failure::params("movePrecompileToAddress is not supported"));
            }
            let replaced = given.state.is_some();
            let slots = given.state.or(given.state_diff).unwrap_or_default();
            let account = Account {
                balance: given.balance,
                nonce: given.nonce,
                code: given.code.as_ref().map(bytecode).transpose()?,
                replaced,
                slots: slots.into_iter().map(|(slot, value)| (slot.into(), value.into())).collect(),
            };
            accounts.insert(address, account);
        }
        let block_hashes = block.and_then(|block| block.block_hash.clone()).unwrap_or_default();
        Ok(Self { accounts, block_hashes })
    }

    pub(super) fn info(&self, address: &Address, info: Option<AccountInfo>) -> Option<AccountInfo> {
        let Some(account) = self.accounts.get(address) else { return info };
        let mut info = info.unwrap_or_default();
        if let Some(balance) = account.balance {
            info.balance = balance;
        }
        if let Some(nonce) = account.nonce {
            info.nonce = nonce;
        }
        if let Some(code) = &account.code {
            info.set_code_and_hash(code.clone(), code.hash_slow());
        }
        Some(info)
    }

    pub(super) fn slot(&self, address: &Address, slot: &U256) -> Option<U256> {
        let account = self.accounts.get(address)?;
        account.slots.get(slot).copied().or(account.replaced.then_some(U256::ZERO))
    }

    pub(super) fn block_hash(&self, number: u64) -> Option<B256> {
        self.block_hashes.get(&number).copied()
    }
}

/// Puts the header fields of `given` into the environment.
pub(super) fn override_block(env: &mut BlockEnv, given: &BlockOverrides) -> Result<(), Failure> {
    if let Some(number) = given.number {
        env.number = number;
    }
    if let Some(difficulty) = given.difficulty {
        env.difficulty = difficulty;
    }
    if let Some(time) = given.time {
        env.timestamp = U256::from(time);
    }
    if let Some(gas_limit) = given.gas_limit {
        env.gas_limit = gas_limit;
    }
    if let Some(coinbase) = given.coinbase {
        env.beneficiary = coinbase;
    }
    if let Some(random) = given.random {
        env.prevrandao = Some(random);
    }
    if let Some(base_fee) = given.base_fee {
        env.basefee = u64::try_from(base_fee).map_err(|_| Failure::params("baseFee does not fit 64 bits"))?;
    }
    Ok(())
}

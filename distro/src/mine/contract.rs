//! A MerkleMine as the chain shows it. Nothing here remembers: everything is read at a block each time.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, U256},
    rpc::types::{Filter, Log},
    sol_types::{SolCall, SolEvent},
};
use serde::Serialize;
use tminus_chain::rpc::{Rpc, RpcError};
use tminus_contracts::{
    artifact::{self, CodeMismatch},
    bindings::{MerkleMine as abi, PlainERC20},
};

/// What a MerkleMine holds for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The token handed out.
    pub token: Address,
    /// Root over the accounts.
    pub root: B256,
    /// Recipients.
    pub recipients: u64,
    /// To be handed out altogether, base units.
    pub total: U256,
    /// The allocation of one recipient, base units: total / recipients, rounded down.
    pub allocation: U256,
    /// First block in which somebody else than the recipient may generate.
    pub callers_from: u64,
    /// First block in which somebody else gets the whole allocation.
    pub callers_all_from: u64,
    /// How its code differs from the artifact; `None`: it does not.
    pub code_differs: Option<String>,
}

impl Facts {
    /// In what this contract differs from an account file; empty when it is the right one.
    #[must_use]
    pub fn differences(&self, root: B256, recipients: u64) -> Vec<String> {
        let mut found = Vec::new();
        if self.root != root {
            found.push(format!("root: the contract has {}, the file {root}", self.root));
        }
        if self.recipients != recipients {
            found.push(format!("recipients: the contract has {}, the file {recipients}", self.recipients));
        }
        found.extend(self.code_differs.iter().map(|how| format!("code: {how}")));
        found
    }
}

/// An allocation that was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Generation {
    /// Who generated it.
    pub caller: Address,
    /// What the recipient got, base units.
    pub to_recipient: U256,
    /// What the caller got beside, base units.
    pub to_caller: U256,
    /// The block.
    pub block: u64,
    /// The transaction.
    pub tx_hash: B256,
}

/// A MerkleMine on a chain.
#[derive(Debug, Clone)]
pub struct Mine {
    rpc: Rpc,
    address: Address,
}

impl Mine {
    /// A handle; nothing is read yet.
    #[must_use]
    pub fn new(rpc: Rpc, address: Address) -> Self {
        Self { rpc, address }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The endpoint.
    #[must_use]
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// Reads what it holds for ever, at the latest block.
    ///
    /// # Errors
    /// [`RpcError`]; an address without code, or with that of something else, is `NoAnswer`.
    pub async fn facts(&self) -> Result<Facts, RpcError> {
        let code = self.rpc.code(self.address, BlockId::latest()).await?;
        let code_differs = match artifact::get("MerkleMine").map(|artifact| artifact.runtime_matches(&code)) {
            Some(Ok(())) => None,
            Some(Err(CodeMismatch::NoCode)) => {
                return Err(self.no_answer("eth_getCode", format!("there is no contract at {}", self.address)));
            }
            Some(Err(mismatch)) => Some(mismatch.to_string()),
            None => Some("there is no artifact to compare with".to_owned()),
        };
        self.read_facts(code_differs.clone()).await.map_err(|error| match code_differs {
            Some(how) if error.is_revert() => {
                self.no_answer("eth_call", format!("{} is no MerkleMine: {how}", self.address))
            }
            _ => error,
        })
    }

    async fn read_facts(&self, code_differs: Option<String>) -> Result<Facts, RpcError> {
        let at = BlockId::latest();
        Ok(Facts {
            token: self.get(abi::tokenCall {}, at).await?,
            root: self.get(abi::genesisRootCall {}, at).await?,
            recipients: self.number(self.get(abi::totalGenesisRecipientsCall {}, at).await?)?,
            total: self.get(abi::totalGenesisTokensCall {}, at).await?,
            allocation: self.get(abi::tokensPerAllocationCall {}, at).await?,
            callers_from: self.number(self.get(abi::callerAllocationStartBlockCall {}, at).await?)?,
            callers_all_from: self.number(self.get(abi::callerAllocationEndBlockCall {}, at).await?)?,
            code_differs,
        })
    }

    /// Whether it was started.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn started(&self, at: BlockId) -> Result<bool, RpcError> {
        self.get(abi::startedCall {}, at).await
    }

    /// Its own tokens, base units.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn balance(&self, token: Address, at: BlockId) -> Result<U256, RpcError> {
        self.rpc.view(token, PlainERC20::balanceOfCall { account: self.address }, at).await
    }

    /// Whether the allocation of an account was generated.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn generated(&self, account: Address, at: BlockId) -> Result<bool, RpcError> {
        self.get(abi::generatedCall { recipient: account }, at).await
    }

    /// What somebody else than the recipient would get for generating in a block, base units.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn callers_part(&self, block: u64, at: BlockId) -> Result<U256, RpcError> {
        self.get(abi::callerTokenAmountAtBlockCall { blockNumber: U256::from(block) }, at).await
    }

    /// How an account's allocation was generated, by the contract's events in the given blocks. Logs may be pruned or refused
    /// for so many blocks: whether it was generated is for [`Mine::generated`] to say.
    pub async fn generation(&self, account: Address, blocks: std::ops::RangeInclusive<u64>) -> Option<Generation> {
        let filter = Filter::new().address(self.address).event_signature(abi::Generate::SIGNATURE_HASH);
        let filter = filter.topic1(account.into_word()).from_block(*blocks.start()).to_block(*blocks.end());
        let logs: Vec<Log> = self.rpc.request("eth_getLogs", (filter,)).await.ok()?;
        let log = logs.last()?;
        let event = abi::Generate::decode_log_data(log.data()).ok()?;
        Some(Generation {
            caller: event._caller,
            to_recipient: event._recipientTokenAmount,
            to_caller: event._callerTokenAmount,
            block: log.block_number?,
            tx_hash: log.transaction_hash?,
        })
    }

    async fn get<C: SolCall>(&self, call: C, at: BlockId) -> Result<C::Return, RpcError> {
        self.rpc.view(self.address, call, at).await
    }

    fn number(&self, value: U256) -> Result<u64, RpcError> {
        u64::try_from(value)
            .map_err(|_| self.no_answer("eth_call", format!("{value} where a small number was expected")))
    }

    fn no_answer(&self, method: &'static str, reason: String) -> RpcError {
        RpcError::NoAnswer { label: self.rpc.label().to_owned(), method, reason }
    }
}

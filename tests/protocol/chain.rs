//! One development chain, the embedded one or anvil, as the scenarios use it.
//!
//! A transaction is sent for any account without its key and gets a block of its own, on both chains alike: blocks are made
//! only when asked for, so a scenario knows each block's number beforehand. Reads see what the next transaction will see.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U256},
    rpc::types::{Log, TransactionReceipt, TransactionRequest},
    sol_types::{SolCall, SolEvent},
};
use serde_json::Value;
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    rpc::{Rpc, RpcError, describe_revert},
};
use tminus_contracts::artifact;

use crate::support::node::Anvil;

/// Gas of every transaction: what Osaka allows one.
const GAS: u64 = 16_000_000;
const TIMESTAMP: u64 = 1_700_000_000;

#[derive(Debug)]
pub struct Chain {
    pub rpc: Rpc,
    pub dev: Dev,
    _anvil: Option<Anvil>,
}

/// A transaction that succeeded.
#[derive(Debug)]
pub struct Done {
    pub block: u64,
    pub created: Option<Address>,
    /// What its gas cost, wei.
    pub cost: U256,
    logs: Vec<Log>,
}

impl Done {
    /// The events of one kind that `emitter` emitted.
    pub fn events<E: SolEvent>(&self, emitter: Address) -> Vec<E> {
        let own = self.logs.iter().filter(|log| log.address() == emitter);
        own.filter_map(|log| Some(log.log_decode::<E>().ok()?.inner.data)).collect()
    }

    /// The one event of its kind.
    pub fn event<E: SolEvent>(&self, emitter: Address) -> E {
        let mut events = self.events(emitter);
        assert_eq!(events.len(), 1, "{} of {emitter}", E::SIGNATURE);
        events.remove(0)
    }
}

impl Chain {
    pub async fn embedded() -> Self {
        let chain = EmbeddedChain::in_memory(EmbeddedConfig {
            chain_id: 31_337,
            first_block: 0,
            genesis_timestamp: TIMESTAMP,
            block_time: 12,
            fork: Fork::Osaka,
            block_gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            finality_depth: 0,
            funded: Vec::new(),
        });
        Self::over(Rpc::over(chain.unwrap().client(), "embedded").await.unwrap(), None).await
    }

    pub async fn anvil() -> Self {
        let timestamp = TIMESTAMP.to_string();
        let arguments = ["--chain-id", "31337", "--hardfork", "osaka", "--gas-limit", "60000000", "--timestamp"];
        let anvil = Anvil::spawn(&[&arguments[..], &[&timestamp, "--no-mining", "--accounts", "1"]].concat()).await;
        Self::over(anvil.rpc.clone(), Some(anvil)).await
    }

    async fn over(rpc: Rpc, anvil: Option<Anvil>) -> Self {
        let _: Value = rpc.request("evm_setAutomine", (false,)).await.unwrap();
        let _: Value = rpc.request("anvil_autoImpersonateAccount", (true,)).await.unwrap();
        let dev = Dev::attach(&rpc).await.unwrap();
        Self { rpc, dev, _anvil: anvil }
    }

    pub async fn height(&self) -> u64 {
        self.rpc.block(BlockNumberOrTag::Latest).await.unwrap().number
    }

    /// The hash of a block that is there.
    pub async fn hash(&self, number: u64) -> B256 {
        self.rpc.block(BlockNumberOrTag::Number(number)).await.unwrap().hash
    }

    /// Makes empty blocks until `number` is the next one.
    pub async fn mine_until_next_is(&self, number: u64) {
        let next = self.height().await + 1;
        assert!(number >= next, "block {number} is in the past: {next} is the next one");
        let mut left = number - next;
        while left > 0 {
            // as many as any chain makes before the request times out
            let some = left.min(200);
            self.dev.mine(some).await.unwrap();
            left -= some;
        }
        assert_eq!(self.height().await + 1, number);
    }

    /// As [`Self::mine_until_next_is`], or nothing if that block is there already.
    pub async fn mine_until(&self, number: u64) {
        self.mine_until_next_is(number.max(self.height().await + 1)).await;
    }

    pub async fn ether(&self, of: Address) -> U256 {
        self.rpc.balance(of, BlockId::latest()).await.unwrap()
    }

    /// Reads in the block to come.
    pub async fn view<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        self.try_view(to, call).await.unwrap_or_else(|error| panic!("{}: {error}", C::SIGNATURE))
    }

    pub async fn try_view<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, RpcError> {
        self.rpc.view(to, call, BlockId::pending()).await
    }

    /// Sends a call in a block of its own; panics with the contract's words when it reverts.
    pub async fn send<C: SolCall>(&self, from: Address, to: Address, call: C) -> Done {
        self.pay(from, to, call, U256::ZERO).await
    }

    /// As [`Self::send`], with ether.
    pub async fn pay<C: SolCall>(&self, from: Address, to: Address, call: C, wei: U256) -> Done {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_value(wei);
        let request = request.with_input(call.abi_encode());
        if let Err(data) = self.attempt(&request).await {
            panic!("{} of {from}: {}", C::SIGNATURE, describe_revert(&data));
        }
        self.mined(request).await.unwrap_or_else(|hash| panic!("{}: {hash} failed", C::SIGNATURE))
    }

    /// Sends a call that has to revert; the error in words, by its name and arguments.
    pub async fn refused<C: SolCall>(&self, from: Address, to: Address, call: C) -> String {
        self.refused_payment(from, to, call, U256::ZERO).await
    }

    /// As [`Self::refused`], with ether.
    pub async fn refused_payment<C: SolCall>(&self, from: Address, to: Address, call: C, wei: U256) -> String {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_value(wei);
        let request = request.with_input(call.abi_encode());
        let Err(data) = self.attempt(&request).await else { panic!("{} of {from} was not refused", C::SIGNATURE) };
        assert!(self.mined(request).await.is_err(), "{} of {from} reverted only when called", C::SIGNATURE);
        describe_revert(&data)
    }

    /// What a call would do in the block to come: the error in words if it would revert.
    pub async fn attempt_call<C: SolCall>(&self, from: Address, to: Address, call: C) -> Result<(), String> {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_input(call.abi_encode());
        self.attempt(&request).await.map_err(|data| describe_revert(&data))
    }

    /// Deploys a committed artifact with the encoded arguments of its constructor.
    pub async fn create(&self, from: Address, name: &str, arguments: &[u8]) -> Address {
        let artifact = artifact::get(name).unwrap_or_else(|| panic!("no artifact {name}"));
        let code = [&artifact.creation[..], arguments].concat();
        let request = TransactionRequest::default().with_from(from).with_deploy_code(code);
        let done = self.mined(request).await.unwrap_or_else(|hash| panic!("creating {name}: {hash} failed"));
        let created = done.created.unwrap();
        let deployed = self.rpc.code(created, BlockId::latest()).await.unwrap();
        assert_eq!(artifact.runtime_matches(&deployed), Ok(()), "{name}");
        created
    }

    /// Calls in the block to come; the revert data if it reverts.
    async fn attempt(&self, request: &TransactionRequest) -> Result<(), Bytes> {
        let answer: Result<Bytes, RpcError> = self.rpc.request("eth_call", (request, BlockId::pending())).await;
        match answer {
            Ok(_) => Ok(()),
            Err(RpcError::Reverted(data)) => Err(data),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends and makes a block; the hash if the transaction failed.
    async fn mined(&self, request: TransactionRequest) -> Result<Done, B256> {
        let request = request.with_gas_limit(GAS);
        let hash: B256 = self.rpc.request("eth_sendTransaction", (request,)).await.unwrap();
        self.dev.mine(1).await.unwrap();
        let receipt: TransactionReceipt = self.rpc.request("eth_getTransactionReceipt", (hash,)).await.unwrap();
        if !receipt.status() {
            return Err(hash);
        }
        Ok(Done {
            block: receipt.block_number.unwrap(),
            created: receipt.contract_address,
            cost: U256::from(receipt.effective_gas_price) * U256::from(receipt.gas_used),
            logs: receipt.inner.logs().to_vec(),
        })
    }
}

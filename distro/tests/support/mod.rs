//! A chain in memory, a token, a list and its distributor.

#![allow(dead_code)] // each test binary uses a part

pub(crate) mod narrow;

use std::{path::Path, sync::Arc, time::Duration};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
    sol_types::{SolCall, SolConstructor},
};
use tempfile::TempDir;
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    outbox::{Intent, IntentKey, Outbox, OutboxConfig, Settled, Until},
    rpc::Rpc,
    signer::Signers,
};
use tminus_contracts::{
    artifact,
    bindings::{LivepeerToken, PlainERC20, TokenDistributor},
};
use tminus_distro::{
    distributor::Distributor,
    plan::{Committed, Subject},
    recipients::{Duplicates, Entry, ReadReport, RecipientList},
    run::RunOptions,
    sample::Sample,
};

pub(crate) const CHAIN: u64 = 31_337;
pub(crate) const GENESIS_TIME: u64 = 1_525_000_000;

/// Which token pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// LivepeerToken by its `transferBatch`.
    Launch,
    /// OpenZeppelin's ERC-20 by a loop of `transfer`.
    Plain,
}

pub(crate) struct World {
    pub(crate) chain: EmbeddedChain,
    pub(crate) rpc: Rpc,
    pub(crate) dev: Dev,
    pub(crate) folder: TempDir,
    pub(crate) operators: Vec<Address>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let operators = Signers::dev(CHAIN, 4).unwrap().addresses();
        let ether = U256::from(10_000) * U256::from(10).pow(U256::from(18));
        let chain = EmbeddedChain::in_memory(EmbeddedConfig {
            chain_id: CHAIN,
            first_block: 0,
            genesis_timestamp: GENESIS_TIME,
            block_time: 12,
            fork: Fork::Osaka,
            block_gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            finality_depth: 4,
            funded: operators.iter().map(|operator| (*operator, ether)).collect(),
        })
        .unwrap();
        let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
        let dev = Dev::attach(&rpc).await.unwrap();
        Self { chain, rpc, dev, folder: tempfile::tempdir().unwrap(), operators }
    }

    pub(crate) async fn outbox(&self, ledger: &str) -> Outbox {
        self.outbox_through(self.rpc.clone(), ledger).await
    }

    /// An outbox that sends through another endpoint of the same chain.
    pub(crate) async fn outbox_through(&self, rpc: Rpc, ledger: &str) -> Outbox {
        let config = OutboxConfig {
            in_flight: 8,
            poll: Duration::from_millis(1),
            dev: Some(self.dev.clone()),
            ..OutboxConfig::new(1_000_000_000_000)
        };
        let signers = Signers::dev(CHAIN, 4).unwrap();
        Outbox::open(rpc, &self.ledger(ledger), signers, config, Arc::new(|_| {})).await.unwrap()
    }

    pub(crate) fn ledger(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn options(&self, operator: usize) -> RunOptions {
        RunOptions {
            poll: Duration::from_millis(1),
            dev: Some(self.dev.clone()),
            ..RunOptions::of(self.operators[operator])
        }
    }

    pub(crate) async fn nonce(&self, operator: usize) -> u64 {
        self.rpc.nonce(self.operators[operator], BlockId::latest()).await.unwrap()
    }

    /// A token, and a funded distributor of a synthetic list.
    pub(crate) async fn launch(&self, kind: Kind, count: u32, seed: u64) -> Launch {
        self.launch_list(kind, list(count, seed), true).await
    }

    /// A token, and a distributor of `list`; with all of the list's total or with nothing.
    pub(crate) async fn launch_list(&self, kind: Kind, list: RecipientList, funded: bool) -> Launch {
        let outbox = self.outbox("deploy.sqlite").await;
        let total = list.total();
        let owner = self.operators[0];
        let token = match kind {
            Kind::Launch => self.create(&outbox, "LivepeerToken", Vec::new()).await,
            Kind::Plain => {
                let arguments =
                    PlainERC20::constructorCall { name_: "Plain".to_owned(), symbol_: "PLN".to_owned(), supply: total };
                self.create(&outbox, "PlainERC20", arguments.abi_encode()).await
            }
        };
        let committed = committed(list, CHAIN, token);
        let commitment = committed.commitment();
        let arguments = TokenDistributor::constructorCall {
            token_: token,
            root_: commitment.root,
            totalAmount_: commitment.total,
            recipientCount_: U256::from(commitment.count),
            chunkSize_: U256::from(commitment.chunk_size),
            deadline_: U256::from(GENESIS_TIME + 100_000_000),
            sweepRecipient_: owner,
            owner_: owner,
            useTransferBatch_: kind == Kind::Launch,
        };
        let address = self.create(&outbox, "TokenDistributor", arguments.abi_encode()).await;
        if funded {
            let data = match kind {
                Kind::Launch => LivepeerToken::mintCall { to: address, amount: total }.abi_encode(),
                Kind::Plain => PlainERC20::transferCall { to: address, value: total }.abi_encode(),
            };
            self.send(&outbox, "fund", 0, Some(token), data.into()).await;
        }
        Launch { token, address, committed, distributor: Distributor::new(self.rpc.clone(), address) }
    }

    pub(crate) async fn create(&self, outbox: &Outbox, name: &str, arguments: Vec<u8>) -> Address {
        let creation = &artifact::get(name).unwrap().creation;
        let data: Vec<u8> = creation.iter().copied().chain(arguments).collect();
        self.send(outbox, name, 0, None, data.into()).await.created.unwrap()
    }

    pub(crate) async fn send(
        &self,
        outbox: &Outbox,
        key: &str,
        operator: usize,
        to: Option<Address>,
        data: Bytes,
    ) -> Settled {
        let intent = Intent::new(IntentKey::new(key), self.operators[operator], to, data);
        outbox.execute(vec![intent], Until::Mined).await.unwrap().remove(0)
    }

    pub(crate) async fn balance(&self, token: Address, holder: Address) -> U256 {
        let call = PlainERC20::balanceOfCall { account: holder };
        self.rpc.view(token, call, BlockId::latest()).await.unwrap()
    }
}

/// A distribution that is ready to be paid.
pub(crate) struct Launch {
    pub(crate) token: Address,
    pub(crate) address: Address,
    pub(crate) committed: Committed,
    pub(crate) distributor: Distributor,
}

pub(crate) fn list(count: u32, seed: u64) -> RecipientList {
    let total = U256::from(6_343_700) * U256::from(10).pow(U256::from(18));
    let mut entries = Sample { count, seed, total, decimals: 18 }.entries().unwrap();
    entries.sort_by_key(|entry| entry.address);
    RecipientList::from_entries(entries).unwrap()
}

/// The list with one more recipient.
pub(crate) fn with_recipient(list: &RecipientList, entry: Entry) -> RecipientList {
    let mut entries: Vec<_> = list.iter().chain([entry]).collect();
    entries.sort_by_key(|entry| entry.address);
    RecipientList::from_entries(entries).unwrap()
}

pub(crate) fn committed(list: RecipientList, chain_id: u64, token: Address) -> Committed {
    let subject = Subject { name: "crowd".to_owned(), chain_id, token, decimals: 18, symbol: "LPT".to_owned() };
    let read = ReadReport {
        rows: list.len() as u64,
        list,
        summed: 0,
        duplicates: Duplicates::Reject,
        comments: Vec::new(),
        source_sha256: B256::ZERO,
    };
    Committed::new(&subject, read, Path::new("list.csv"), 64).unwrap()
}

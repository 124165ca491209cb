//! The vesting-release job on the embedded chain, its clock moved.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall, SolConstructor},
};
use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, Response, ResponsePacket, ResponsePayload, RpcError, SerializedRequest},
    },
    transports::{TransportError, TransportFut},
};
use serde_json::value::RawValue;
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
    bindings::{LivepeerToken, TokenTimelock, TokenVesting},
};
use tminus_keeper::vesting::{Due, Dues, Holder, HolderKind, Policy, due, due_by, release, would_work};

const CHAIN: u64 = 31_337;
const GENESIS_TIME: u64 = 1_525_000_000;
const START: u64 = GENESIS_TIME + 10_000;
const CLIFF: u64 = 1_000;
const DURATION: u64 = 4_000;
const AMOUNT: u64 = 4_000_000;

struct World {
    chain: EmbeddedChain,
    rpc: Rpc,
    dev: Dev,
    folder: TempDir,
    outbox: Outbox,
    operator: Address,
    keeper: Address,
    token: Address,
}

impl World {
    async fn new() -> Self {
        let signers = Signers::dev(CHAIN, 2).unwrap();
        let accounts = signers.addresses();
        let ether = U256::from(1_000) * U256::from(10).pow(U256::from(18));
        let chain = EmbeddedChain::in_memory(EmbeddedConfig {
            chain_id: CHAIN,
            first_block: 0,
            genesis_timestamp: GENESIS_TIME,
            block_time: 12,
            fork: Fork::Osaka,
            block_gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            finality_depth: 4,
            funded: accounts.iter().map(|account| (*account, ether)).collect(),
        })
        .unwrap();
        let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
        let dev = Dev::attach(&rpc).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outbox = Self::open(&rpc, &dev, &folder, "ledger.sqlite").await;
        let mut world =
            Self { chain, rpc, dev, folder, outbox, operator: accounts[0], keeper: accounts[1], token: Address::ZERO };
        world.token = world.create("LivepeerToken", "LivepeerToken", Vec::new()).await;
        world
    }

    async fn open(rpc: &Rpc, dev: &Dev, folder: &TempDir, ledger: &str) -> Outbox {
        let config = OutboxConfig {
            in_flight: 8,
            poll: Duration::from_millis(1),
            dev: Some(dev.clone()),
            ..OutboxConfig::new(1_000_000_000_000)
        };
        let signers = Signers::dev(CHAIN, 2).unwrap();
        Outbox::open(rpc.clone(), &folder.path().join(ledger), signers, config, Arc::new(|_| {})).await.unwrap()
    }

    async fn send(&self, key: &str, to: Option<Address>, data: Bytes) -> Settled {
        let intent = Intent::new(IntentKey::new(key), self.operator, to, data);
        self.outbox.execute(vec![intent], Until::Mined).await.unwrap().remove(0)
    }

    async fn create(&self, key: &str, name: &str, arguments: Vec<u8>) -> Address {
        let creation = &artifact::get(name).unwrap().creation;
        let data: Vec<u8> = creation.iter().copied().chain(arguments).collect();
        self.send(key, None, data.into()).await.created.unwrap()
    }

    /// A grant of `AMOUNT` for `beneficiary`.
    async fn vesting(&self, beneficiary: Address) -> Holder {
        let arguments = TokenVesting::constructorCall {
            beneficiary_: beneficiary,
            start_: U256::from(START),
            cliff_: U256::from(CLIFF),
            duration_: U256::from(DURATION),
            revocable_: true,
        };
        let address = self.create(&format!("vesting {beneficiary}"), "TokenVesting", arguments.abi_encode()).await;
        self.holder(address, HolderKind::Vesting).await
    }

    async fn timelock(&self, beneficiary: Address) -> Holder {
        let arguments = TokenTimelock::constructorCall {
            token_: self.token,
            beneficiary_: beneficiary,
            releaseTime_: U256::from(START + CLIFF),
        };
        let address = self.create(&format!("timelock {beneficiary}"), "TokenTimelock", arguments.abi_encode()).await;
        self.holder(address, HolderKind::Timelock).await
    }

    async fn holder(&self, address: Address, kind: HolderKind) -> Holder {
        let mint = LivepeerToken::mintCall { to: address, amount: U256::from(AMOUNT) };
        self.send(&format!("mint {address}"), Some(self.token), mint.abi_encode().into()).await;
        Holder { address, token: self.token, kind }
    }

    async fn move_to(&self, timestamp: u64) {
        self.dev.set_next_timestamp(timestamp).await.unwrap();
        self.dev.mine(1).await.unwrap();
    }

    async fn balance(&self, holder: Address) -> U256 {
        self.rpc.view(self.token, LivepeerToken::balanceOfCall { account: holder }, BlockId::latest()).await.unwrap()
    }

    async fn dues(&self, holders: &[Holder]) -> Dues {
        let dues = due(&self.rpc, holders, BlockNumberOrTag::Latest).await.unwrap();
        assert_eq!(dues.unreadable, []);
        dues
    }
}

fn first(dues: &Dues, count: usize) -> Dues {
    Dues { dues: dues.dues[..count].to_vec(), unreadable: Vec::new() }
}

fn person(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

#[tokio::test]
async fn grants_are_released_as_they_vest_and_to_the_end() {
    let world = World::new().await;
    let holders =
        [world.vesting(person(0xa1)).await, world.vesting(person(0xa2)).await, world.timelock(person(0xa3)).await];

    let dues = world.dues(&holders).await;
    assert!(dues.dues.iter().all(|due| !due.due && due.next == Some(START + CLIFF)), "{dues:?}");
    let report = release(&world.outbox, world.keeper, &dues, "early").await.unwrap();
    assert_eq!(report, Default::default(), "nothing due is success");
    assert_eq!(world.rpc.nonce(world.keeper, BlockId::latest()).await.unwrap(), 0);
    // and the chain agrees with the keeper that it would not work
    assert!(would_work(&world.rpc, world.keeper, &holders[0]).await.unwrap_err().is_revert());

    world.move_to(START + DURATION / 2).await;
    let dues = world.dues(&holders).await;
    assert_eq!(dues.dues[0].releasable, U256::from(AMOUNT / 2));
    assert_eq!((dues.dues[1].beneficiary, dues.dues[1].due), (person(0xa2), true));
    assert_eq!(
        (dues.dues[2].releasable, dues.dues[2].reason.as_str()),
        (U256::from(AMOUNT), "everything can be released")
    );
    let report = release(&world.outbox, world.keeper, &dues, "middle").await.unwrap();
    assert_eq!((report.settled.len(), report.failed.len(), report.by_others.len()), (3, 0, 0));
    for released in &report.settled {
        assert_eq!(world.balance(released.beneficiary).await, released.amount);
        assert!(released.amount >= U256::from(AMOUNT / 2));
    }
    // the same run again is the same releases
    let nonce = world.rpc.nonce(world.keeper, BlockId::latest()).await.unwrap();
    let again = release(&world.outbox, world.keeper, &first(&dues, 2), "middle").await.unwrap();
    assert_eq!(again.settled, report.settled[..2]);
    assert_eq!(world.rpc.nonce(world.keeper, BlockId::latest()).await.unwrap(), nonce);
    assert_eq!(world.dues(&holders[2..]).await.dues[0].reason, "nothing is left");

    world.move_to(START + DURATION).await;
    let dues = world.dues(&holders).await;
    assert_eq!(dues.dues.iter().map(|due| due.due).collect::<Vec<_>>(), [true, true, false]);
    release(&world.outbox, world.keeper, &dues, "end").await.unwrap();
    for byte in [0xa1, 0xa2, 0xa3] {
        assert_eq!(world.balance(person(byte)).await, U256::from(AMOUNT));
    }
    assert!(world.dues(&holders).await.dues.iter().all(|due| !due.due));
}

#[tokio::test]
async fn a_bad_holder_does_not_keep_the_others_waiting() {
    let world = World::new().await;
    let good = world.vesting(person(0xb1)).await;
    let nobody = Holder { address: person(0xee), ..good };
    let other_token = Holder { token: world.token, kind: HolderKind::Timelock, ..good };
    let timelock = world.timelock(person(0xb2)).await;
    world.move_to(START + DURATION).await;
    let dues = due(&world.rpc, &[nobody, good, other_token, timelock], BlockNumberOrTag::Latest).await.unwrap();
    assert_eq!(dues.unreadable.iter().map(|it| it.holder).collect::<Vec<_>>(), [nobody, other_token]);
    assert!(dues.unreadable[0].error.contains("do not decode"), "{:?}", dues.unreadable);
    assert_eq!((dues.dues.len(), dues.total()), (2, U256::from(2 * AMOUNT)));

    // one whose release reverts: a stranger's description that is wrong
    let liar = Due { holder: Holder { address: world.token, ..good }, ..dues.dues[0].clone() };
    let all = Dues { dues: [vec![liar.clone()], dues.dues].concat(), unreadable: Vec::new() };
    let report = release(&world.outbox, world.keeper, &all, "t").await.unwrap();
    assert_eq!(report.failed.iter().map(|it| it.holder).collect::<Vec<_>>(), [liar.holder]);
    assert_eq!(report.settled.len(), 2);
    assert_eq!(world.balance(person(0xb1)).await, U256::from(AMOUNT));
}

#[tokio::test]
async fn what_somebody_else_released_meanwhile_is_no_failure() {
    let world = World::new().await;
    let holders =
        [world.vesting(person(0xc1)).await, world.timelock(person(0xc2)).await, world.vesting(person(0xc3)).await];
    world.move_to(START + DURATION).await;
    let dues = world.dues(&holders).await;
    // another keeper with a journal of its own is quicker with two of them
    let other = World::open(&world.rpc, &world.dev, &world.folder, "other.sqlite").await;
    release(&other, world.operator, &first(&dues, 2), "t").await.unwrap();
    let report = release(&world.outbox, world.keeper, &dues, "t").await.unwrap();
    assert_eq!((report.by_others.as_slice(), report.failed.len(), report.settled.len()), (&holders[..2], 0, 1));
    for byte in [0xc1, 0xc2, 0xc3] {
        assert_eq!(world.balance(person(byte)).await, U256::from(AMOUNT));
    }
}

#[tokio::test]
async fn a_revoked_grant_releases_what_had_vested() {
    let world = World::new().await;
    let holder = world.vesting(person(0xd1)).await;
    world.move_to(START + DURATION / 2).await;
    let revoke = TokenVesting::revokeCall { token: world.token }.abi_encode();
    world.send("revoke", Some(holder.address), revoke.into()).await;
    let refund = world.balance(world.operator).await;
    assert!(refund > U256::ZERO && refund < U256::from(AMOUNT / 2));
    let dues = world.dues(&[holder]).await;
    assert_eq!(
        (dues.dues[0].releasable, dues.dues[0].reason.as_str()),
        (U256::from(AMOUNT) - refund, "everything can be released")
    );
    release(&world.outbox, world.keeper, &dues, "t").await.unwrap();
    assert_eq!(world.balance(person(0xd1)).await, U256::from(AMOUNT) - refund);
    assert_eq!(world.dues(&[holder]).await.dues[0].reason, "nothing is left");
}

#[tokio::test]
async fn the_block_looked_at_is_the_block_asked_for() {
    let world = World::new().await;
    let holder = world.vesting(person(0xf1)).await;
    let early = world.rpc.block(BlockNumberOrTag::Latest).await.unwrap().number;
    world.move_to(START + DURATION / 4).await;
    let then = due(&world.rpc, &[holder], BlockNumberOrTag::Number(early)).await.unwrap();
    assert!(!then.dues[0].due);
    let policy = Policy { least: U256::from(AMOUNT / 2) };
    let now = due_by(&world.rpc, &[holder], BlockNumberOrTag::Latest, policy).await.unwrap();
    assert_eq!((now.dues[0].releasable, now.dues[0].due), (U256::from(AMOUNT / 4), false));
    assert!(due(&world.rpc, &[holder], BlockNumberOrTag::Latest).await.unwrap().dues[0].due);
}

/// A line to the chain on which something happens before, or instead of, each send.
#[derive(Clone)]
struct Line {
    inner: RpcClient,
    /// Who is quicker, and with what.
    rival: Address,
    holder: Holder,
    done: Arc<AtomicBool>,
}

impl tower::Service<RequestPacket> for Line {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let line = self.clone();
        Box::pin(async move {
            let mut answers = Vec::new();
            for request in packet.requests() {
                let payload = line.answer(request).await?;
                answers.push(Response { id: request.id().clone(), payload });
            }
            Ok(match packet {
                RequestPacket::Single(_) => ResponsePacket::Single(answers.remove(0)),
                RequestPacket::Batch(_) => ResponsePacket::Batch(answers),
            })
        })
    }
}

impl Line {
    async fn answer(&self, request: &SerializedRequest) -> Result<ResponsePayload, TransportError> {
        if request.method() == "eth_sendRawTransaction" && !self.done.swap(true, Ordering::SeqCst) {
            let rpc = Rpc::over(self.inner.clone(), "rival").await.unwrap();
            let release = TokenVesting::releaseCall { token: self.holder.token }.abi_encode();
            let dev = Dev::attach(&rpc).await.unwrap();
            dev.send_as(self.rival, self.holder.address, release.into()).await.unwrap();
        }
        let params = request.params().map(ToOwned::to_owned);
        match self.inner.request::<_, Box<RawValue>>(request.method().to_owned(), params).await {
            Ok(value) => Ok(ResponsePayload::Success(value)),
            Err(RpcError::ErrorResp(failure)) => Ok(ResponsePayload::Failure(failure)),
            Err(error) => Err(error),
        }
    }
}

#[tokio::test]
async fn a_release_that_reverts_because_somebody_was_quicker_does_not_stop_the_others() {
    let world = World::new().await;
    let holders =
        [world.vesting(person(0xe1)).await, world.timelock(person(0xe2)).await, world.vesting(person(0xe3)).await];
    world.move_to(START + DURATION).await;
    let dues = world.dues(&holders).await;
    let done = Arc::new(AtomicBool::new(false));
    let line = Line { inner: world.chain.client(), rival: person(0x77), holder: holders[0], done: Arc::clone(&done) };
    let rpc = Rpc::over(RpcClient::new(line, true), "overtaken").await.unwrap();
    let outbox = World::open(&rpc, &world.dev, &world.folder, "overtaken.sqlite").await;
    let report = release(&outbox, world.keeper, &dues, "t").await.unwrap();
    assert!(done.load(Ordering::SeqCst));
    assert_eq!((report.by_others.as_slice(), report.failed.as_slice()), (&holders[..1], [].as_slice()));
    assert_eq!(report.settled.iter().map(|it| it.holder).collect::<Vec<_>>(), holders[1..]);
    for byte in [0xe1, 0xe2, 0xe3] {
        assert_eq!(world.balance(person(byte)).await, U256::from(AMOUNT));
    }
}

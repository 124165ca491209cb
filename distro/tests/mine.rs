//! The MerkleMine contract on the embedded chain: it takes our proofs, and no others.

mod support;

use std::{num::NonZero, time::Duration};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, U256},
    sol_types::{SolCall, SolConstructor, SolError},
};
use support::World;
use tminus_chain::rpc::RpcError;
use tminus_contracts::bindings::{LivepeerToken, MerkleMine};
use tminus_distro::mine::{
    AccountTree, Accounts, GenerateError, GenerateOptions, HASH_BYTES, Mine, calldata, check_mine, generate, sample,
    status, terms,
};

/// Blocks from deployment to the first in which others may generate, and from there to the whole allocation.
const CLIFF: u64 = 100;
const PERIOD: u64 = 1_000;
const ALLOCATION: u64 = 2_441_696;

/// A file, its tree, a contract for it, and the token that it hands out.
struct Launch {
    accounts: Accounts,
    tree: AccountTree,
    mine: Mine,
    token: Address,
}

impl Launch {
    async fn of(world: &World, accounts: Accounts) -> Self {
        let tree = AccountTree::build(&accounts);
        // one unit for each that no division gives to anybody
        let total = U256::from(ALLOCATION * accounts.len() as u64 + accounts.len() as u64 - 1);
        let outbox = world.outbox(&format!("{}.sqlite", tree.root())).await;
        let token = world.create(&outbox, "LivepeerToken", Vec::new()).await;
        let block = world.rpc.block(alloy::eips::BlockNumberOrTag::Latest).await.unwrap().number;
        let arguments = MerkleMine::constructorCall {
            token_: token,
            genesisRoot_: tree.root(),
            totalGenesisTokens_: total,
            totalGenesisRecipients_: U256::from(accounts.len()),
            balanceThreshold_: U256::from(10u64.pow(17)),
            genesisBlock_: U256::from(block),
            callerAllocationStartBlock_: U256::from(block + CLIFF),
            callerAllocationEndBlock_: U256::from(block + CLIFF + PERIOD),
        };
        let address = world.create(&outbox, "MerkleMine", arguments.abi_encode()).await;
        let mint = LivepeerToken::mintCall { to: address, amount: total };
        world.send(&outbox, "fund", 0, Some(token), mint.abi_encode().into()).await;
        Self { accounts, tree, mine: Mine::new(world.rpc.clone(), address), token }
    }

    async fn started(world: &World, accounts: Accounts) -> Self {
        let launch = Self::of(world, accounts).await;
        let data = MerkleMine::startCall {}.abi_encode();
        world.dev.send_as(world.operators[3], launch.mine.address(), data.into()).await.unwrap();
        launch
    }

    fn account(&self, index: usize) -> Address {
        self.accounts.records()[index].into()
    }

    fn proof_of(&self, account: Address) -> Vec<u8> {
        self.tree.proof(self.accounts.position(account).unwrap()).unwrap()
    }

    /// What the contract says to a proof, asked as the account itself.
    async fn ask(&self, account: Address, proof: &[u8]) -> Result<(), RpcError> {
        let (from, data) = (Some(account), calldata(account, proof));
        self.mine.rpc().call(from, self.mine.address(), data, BlockId::latest()).await.map(|_| ())
    }
}

/// Synthetic accounts and the operators.
fn with_operators(world: &World, count: u32) -> Accounts {
    let synthetic = accounts(count);
    let mut records: Vec<[u8; 20]> = synthetic.records().to_vec();
    records.extend(world.operators.iter().map(|operator| operator.into_array()));
    records.sort_unstable();
    Accounts::from_bytes(records.concat()).unwrap()
}

fn accounts(count: u32) -> Accounts {
    sample(NonZero::new(count).unwrap(), 2018)
}

fn options(world: &World, operator: usize) -> GenerateOptions {
    GenerateOptions {
        from: world.operators[operator],
        poll: Duration::from_millis(1),
        final_patience: Duration::from_secs(60),
        dev: Some(world.dev.clone()),
    }
}

#[tokio::test]
async fn the_contract_takes_every_proof_of_every_tree_and_no_other() {
    let world = World::new().await;
    let stranger = Address::repeat_byte(0x77);
    let refused = |answer: Result<(), RpcError>, account: Address| match answer {
        Err(RpcError::Reverted(data)) => {
            assert_eq!(data, MerkleMine::MerkleMineInvalidProof { recipient: account }.abi_encode());
        }
        other => panic!("{other:?}"),
    };
    // with proofs that are shorter at the right edge for all but 1, 2, 4 and 8
    for count in [1, 2, 3, 4, 5, 6, 7, 8, 11, 33] {
        let launch = Launch::started(&world, accounts(count)).await;
        for index in 0..launch.accounts.len() {
            let (account, proof) = (launch.account(index), launch.tree.proof(index).unwrap());
            launch.ask(account, &proof).await.unwrap();
            refused(launch.ask(stranger, &proof).await, stranger);
            refused(launch.ask(account, &[&proof[..], &[0]].concat()).await, account);
            if let Some(shorter) = proof.len().checked_sub(HASH_BYTES) {
                refused(launch.ask(account, &proof[..shorter]).await, account);
                refused(launch.ask(account, &proof[..proof.len() - 1]).await, account);
            }
        }
    }
}

#[tokio::test]
async fn an_account_generates_its_own_allocation_once() {
    let world = World::new().await;
    let launch = Launch::started(&world, with_operators(&world, 30)).await;
    let (me, outbox) = (world.operators[1], world.outbox("a.sqlite").await);
    let facts = check_mine(&launch.mine, launch.tree.root(), launch.accounts.len() as u64).await.unwrap();
    let offered = terms(&launch.mine, &facts, me, me).await.unwrap().unwrap();
    assert_eq!((offered.to_recipient, offered.to_caller), (U256::from(ALLOCATION), U256::ZERO));

    let proof = launch.proof_of(me);
    let nonce = world.nonce(1).await;
    let report = generate(&outbox, &launch.mine, me, &proof, &options(&world, 1)).await.unwrap();
    let settled = report.settled.clone().unwrap();
    assert_eq!(settled.key.as_str(), format!("distro/mine/{me}"));
    assert!(settled.finalized && settled.success);
    let generation = report.generation.unwrap();
    assert_eq!((generation.caller, generation.tx_hash, generation.block), (me, settled.tx_hash, settled.block_number));
    assert_eq!((generation.to_recipient, generation.to_caller), (U256::from(ALLOCATION), U256::ZERO));
    assert_eq!(world.balance(launch.token, me).await, U256::from(ALLOCATION));

    // again, and without the journal: the chain knows
    assert_eq!(terms(&launch.mine, &facts, me, me).await.unwrap(), None);
    assert_eq!(generate(&outbox, &launch.mine, me, &proof, &options(&world, 1)).await.unwrap(), report);
    drop(outbox);
    let empty = world.outbox("b.sqlite").await;
    let again = generate(&empty, &launch.mine, me, &proof, &options(&world, 1)).await.unwrap();
    assert_eq!((again.settled, again.generation), (None, Some(generation)));
    assert_eq!((world.nonce(1).await, world.balance(launch.token, me).await), (nonce + 1, U256::from(ALLOCATION)));
}

#[tokio::test]
async fn others_generate_from_the_start_block_for_a_growing_part() {
    let world = World::new().await;
    let launch = Launch::started(&world, accounts(9)).await;
    let (account, caller) = (launch.account(8), world.operators[2]);
    let (proof, outbox) = (launch.proof_of(account), world.outbox("a.sqlite").await);
    let facts = launch.mine.facts().await.unwrap();
    let early = terms(&launch.mine, &facts, account, caller).await.unwrap_err();
    assert!(matches!(&early, GenerateError::NotYet { from, .. } if *from == facts.callers_from), "{early}");
    assert!(early.is_refusal());
    let nonce = world.nonce(2).await;
    let refused = generate(&outbox, &launch.mine, account, &proof, &options(&world, 2)).await.unwrap_err();
    assert!(refused.to_string().contains("MerkleMineCallerPeriodNotStarted"), "{refused}");
    assert_eq!(world.nonce(2).await, nonce, "nothing was sent");

    world.dev.mine(CLIFF + PERIOD / 4).await.unwrap();
    let offered = terms(&launch.mine, &facts, account, caller).await.unwrap().unwrap();
    assert_eq!(offered.to_recipient + offered.to_caller, U256::from(ALLOCATION));
    let report = generate(&outbox, &launch.mine, account, &proof, &options(&world, 2)).await.unwrap();
    let generation = report.generation.unwrap();
    // linear, rounded down for the caller
    let part = ALLOCATION * (generation.block - facts.callers_from) / PERIOD;
    assert_eq!((generation.to_caller, generation.to_recipient), (U256::from(part), U256::from(ALLOCATION - part)));
    assert_eq!((offered.block, offered.to_caller), (generation.block, generation.to_caller));
    assert_eq!(world.balance(launch.token, caller).await, U256::from(part));
    assert_eq!(world.balance(launch.token, account).await, U256::from(ALLOCATION - part));
}

#[tokio::test]
async fn what_somebody_else_generated_is_found_and_not_sent() {
    let world = World::new().await;
    let launch = Launch::started(&world, accounts(5)).await;
    let (account, other) = (launch.account(2), world.operators[3]);
    let proof = launch.proof_of(account);
    world.dev.mine(CLIFF).await.unwrap();
    // not final yet when it is found
    world.dev.send_as(other, launch.mine.address(), calldata(account, &proof)).await.unwrap();
    let (nonce, outbox) = (world.nonce(1).await, world.outbox("a.sqlite").await);
    let report = generate(&outbox, &launch.mine, account, &proof, &options(&world, 1)).await.unwrap();
    assert_eq!(report.settled, None);
    assert_eq!(report.generation.unwrap().caller, other);
    assert_eq!(world.nonce(1).await, nonce);
    let finalized = BlockId::finalized();
    assert!(launch.mine.generated(account, finalized).await.unwrap());
}

#[tokio::test]
async fn two_who_generate_at_once_both_find_it_generated_once() {
    let world = World::new().await;
    let launch = Launch::started(&world, accounts(5)).await;
    let account = launch.account(4);
    let proof = launch.proof_of(account);
    world.dev.mine(CLIFF + 1).await.unwrap();
    let (a, b) = (world.outbox("a.sqlite").await, world.outbox("b.sqlite").await);
    let nonces = (world.nonce(1).await, world.nonce(2).await);
    let (of_a, of_b) = (options(&world, 1), options(&world, 2));
    let (one, two) = tokio::join!(
        generate(&a, &launch.mine, account, &proof, &of_a),
        generate(&b, &launch.mine, account, &proof, &of_b),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.generation, two.generation);
    assert!(one.settled.is_some() != two.settled.is_some(), "one of them did it: {one:?} {two:?}");
    // both had checked before the other was mined
    assert_eq!((world.nonce(1).await, world.nonce(2).await), (nonces.0 + 1, nonces.1 + 1));
    let generated = one.generation.unwrap();
    assert_eq!(generated.to_caller + generated.to_recipient, U256::from(ALLOCATION));
    assert_eq!(world.balance(launch.token, account).await, generated.to_recipient);
}

#[tokio::test]
async fn another_file_and_a_contract_that_was_not_started_are_refused() {
    let world = World::new().await;
    let launch = Launch::of(&world, accounts(5)).await;
    let (account, count) = (launch.account(0), launch.accounts.len() as u64);
    let facts = check_mine(&launch.mine, launch.tree.root(), count).await.unwrap();
    let error = terms(&launch.mine, &facts, account, account).await.unwrap_err();
    assert!(matches!(error, GenerateError::NotStarted(_)) && error.is_refusal(), "{error}");

    let wrong = check_mine(&launch.mine, B256::repeat_byte(1), count + 1).await.unwrap_err();
    assert!(wrong.is_refusal());
    let words = wrong.to_string();
    assert!(words.contains("root: ") && words.contains("recipients: the contract has 5, the file 6"), "{words}");
    // something else, and nothing
    for address in [launch.token, account] {
        let error = Mine::new(world.rpc.clone(), address).facts().await.unwrap_err();
        assert!(matches!(error, RpcError::NoAnswer { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_status_counts_who_has_generated_and_sees_what_is_wrong() {
    let world = World::new().await;
    let launch = Launch::of(&world, accounts(40)).await;
    let before = status(&launch.mine, &launch.accounts, &launch.tree, None).await.unwrap();
    assert_eq!((before.started, before.asked, before.generated), (false, 40, 0));
    assert_eq!((before.callers_part, before.balance), (None, before.facts.total));
    assert!(before.differences.is_empty(), "{:?}", before.differences);

    let send = |from: Address, data: Vec<u8>| world.dev.send_as(from, launch.mine.address(), data.into());
    send(world.operators[3], MerkleMine::startCall {}.abi_encode()).await.unwrap();
    for index in [0, 1, 20, 39] {
        let account = launch.account(index);
        send(account, calldata(account, &launch.proof_of(account)).to_vec()).await.unwrap();
    }
    world.dev.mine(CLIFF + PERIOD).await.unwrap();
    let after = status(&launch.mine, &launch.accounts, &launch.tree, None).await.unwrap();
    assert_eq!((after.started, after.asked, after.generated), (true, 40, 4));
    assert_eq!(after.callers_part, Some(U256::from(ALLOCATION)), "from the end block on others get all of it");
    assert_eq!(after.balance, after.facts.total - U256::from(4 * ALLOCATION));
    assert!(after.differences.is_empty(), "{:?}", after.differences);
    // every second one: 0, 2, …, 20, …, 38
    let part = status(&launch.mine, &launch.accounts, &launch.tree, Some(20)).await.unwrap();
    assert_eq!((part.asked, part.generated), (20, 2));

    let others = accounts(39);
    let wrong = status(&launch.mine, &others, &AccountTree::build(&others), None).await.unwrap();
    assert_eq!(wrong.differences.len(), 2, "{:?}", wrong.differences);

    // tokens that went another way
    let away = LivepeerToken::transferCall { to: Address::repeat_byte(1), value: U256::from(ALLOCATION) };
    world.dev.send_as(launch.mine.address(), launch.token, away.abi_encode().into()).await.unwrap();
    let short = status(&launch.mine, &launch.accounts, &launch.tree, None).await.unwrap();
    assert!(short.differences[0].starts_with("funds: "), "{:?}", short.differences);
    let unseen = status(&launch.mine, &launch.accounts, &launch.tree, Some(20)).await.unwrap();
    assert!(unseen.differences.is_empty(), "who was not asked may have generated: {:?}", unseen.differences);
}

//! Transactions that a genesis never sends: every type, every way to fail, and what the last forks changed.
//!
//! Each says whether it is meant to succeed, so that none passes for another. The programs are written byte by byte; most of
//! them are sent as creation code, which runs at once and needs no contract to call.

use alloy::{
    consensus::{SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip7702, TxEnvelope, TxLegacy},
    eips::{
        eip2718::Encodable2718,
        eip2930::{AccessList, AccessListItem},
        eip7702::Authorization,
    },
    primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256},
    signers::{SignerSync, local::PrivateKeySigner},
};

const CHAIN: u64 = 31_337;
const GWEI: u128 = 1_000_000_000;
const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");
/// Most gas of a transaction (EIP-7825).
const CAP: u64 = 16_777_216;

/// A transaction with its name.
#[derive(Debug)]
pub struct Oddity {
    pub name: &'static str,
    pub raw: Bytes,
    pub succeeds: bool,
}

/// A sender that counts its own nonces.
#[derive(Debug)]
struct Sender {
    key: PrivateKeySigner,
    nonce: u64,
}

impl Sender {
    fn new(key: B256) -> Self {
        Self { key: PrivateKeySigner::from_bytes(&key).unwrap(), nonce: 0 }
    }

    fn address(&self) -> Address {
        self.key.address()
    }

    fn next(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce - 1
    }

    fn sign<T: SignableTransaction<Signature>>(&self, transaction: T) -> Bytes
    where
        TxEnvelope: From<Signed<T>>,
    {
        let signature = self.key.sign_hash_sync(&transaction.signature_hash()).unwrap();
        TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
    }

    /// An ordinary transaction with two million gas.
    fn send(&mut self, to: TxKind, value: u64, input: impl Into<Bytes>) -> TxEip1559 {
        TxEip1559 {
            chain_id: CHAIN,
            nonce: self.next(),
            gas_limit: 2_000_000,
            max_fee_per_gas: 100 * GWEI,
            max_priority_fee_per_gas: GWEI,
            to,
            value: U256::from(value),
            input: input.into(),
            ..TxEip1559::default()
        }
    }

    fn delegate(&self, nonce: u64, chain_id: u64, to: Address) -> alloy::eips::eip7702::SignedAuthorization {
        let authorization = Authorization { chain_id: U256::from(chain_id), address: to, nonce };
        let signature = self.key.sign_hash_sync(&authorization.signature_hash()).unwrap();
        authorization.into_signed(signature)
    }
}

/// Creation code of a contract with this code.
fn deploy(code: &[u8]) -> Bytes {
    let [high, low] = u16::try_from(code.len()).unwrap().to_be_bytes();
    // PUSH2 length DUP1 PUSH1 10 PUSH0 CODECOPY PUSH0 RETURN
    [&[0x61, high, low, 0x80, 0x60, 10, 0x5f, 0x39, 0x5f, 0xf3], code].concat().into()
}

fn words(words: &[u64]) -> Bytes {
    words.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>()).collect()
}

/// Stores what a program can see of its surroundings, a slot each; not prevrandao and block hashes, which differ.
fn surroundings() -> Bytes {
    // TIMESTAMP NUMBER BASEFEE GASLIMIT CHAINID COINBASE SELFBALANCE BLOBBASEFEE ORIGIN GASPRICE CALLER CALLVALUE GAS
    let opcodes = [0x42, 0x43, 0x48, 0x45, 0x46, 0x41, 0x47, 0x4a, 0x32, 0x3a, 0x33, 0x34, 0x5a];
    (1u8..).zip(opcodes).flat_map(|(slot, opcode)| [opcode, 0x60, slot, 0x55]).collect()
}

/// LOG0 to LOG4, with data of growing length.
fn logs() -> Bytes {
    let mut code = Vec::new();
    for topics in 0u8..=4 {
        (0..topics).for_each(|topic| code.extend([0x60, 0xa0 + topic]));
        code.extend([0x60, topics * 7, 0x5f, 0xa0 + topics]);
    }
    code.into()
}

/// Calls every precompile with 128 zero bytes and 200,000 gas, and stores whether it succeeded.
fn precompiles() -> Bytes {
    let addresses = (1u16..=0x11).chain([0x100]);
    let call = |(slot, address): (u8, u16)| {
        let [high, low] = address.to_be_bytes();
        // STATICCALL(200000, address, 0, 128, 0, 32), then SSTORE(slot, success)
        let call = [0x60, 32, 0x5f, 0x60, 128, 0x5f, 0x61, high, low, 0x62, 3, 13, 64, 0xfa, 0x60, slot, 0x55];
        call.into_iter()
    };
    (1u8..).zip(addresses).flat_map(call).collect()
}

/// The transactions, in their order, and those that are to share a block after them.
pub fn all() -> (Vec<Oddity>, Vec<Oddity>) {
    let mut a = Sender::new(b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));
    let mut b = Sender::new(b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"));
    let mut list = Vec::new();
    let mut add = |name, succeeds, raw| list.push(Oddity { name, raw, succeeds });
    let create = TxKind::Create;

    // every type of transaction
    let legacy = TxLegacy {
        chain_id: Some(CHAIN),
        nonce: a.next(),
        gas_price: 3 * GWEI,
        gas_limit: 21_000,
        to: NOBODY.into(),
        value: U256::from(7),
        input: Bytes::new(),
    };
    add("type 0", true, a.sign(legacy));
    // SSTORE(calldata[0..32], calldata[32..64])
    let keeper = a.address().create(a.nonce);
    let transaction = a.send(create, 0, deploy(&[0x60, 0x20, 0x35, 0x5f, 0x35, 0x55, 0x00]));
    add("a contract that stores", true, a.sign(transaction));
    let item = AccessListItem { address: keeper, storage_keys: vec![B256::with_last_byte(1), B256::with_last_byte(2)] };
    let listed = TxEip2930 {
        chain_id: CHAIN,
        nonce: a.next(),
        gas_price: 2 * GWEI,
        gas_limit: 100_000,
        to: keeper.into(),
        value: U256::ZERO,
        access_list: AccessList(vec![item]),
        input: words(&[1, 5]),
    };
    add("type 1 with an access list", true, a.sign(listed));
    let myself = a.address().into();
    let transaction = a.send(myself, 1, Bytes::new());
    add("type 2 to oneself", true, a.sign(transaction));
    let transaction = TxEip1559 { max_fee_per_gas: GWEI, ..a.send(NOBODY.into(), 1, Bytes::new()) };
    add("a price bound by the fee cap", true, a.sign(transaction));
    let transaction = TxEip1559 { max_priority_fee_per_gas: 0, ..a.send(NOBODY.into(), 1, Bytes::new()) };
    add("no tip", true, a.sign(transaction));

    // storage, refunds, and accounts that come and go
    let transaction = a.send(keeper.into(), 0, words(&[1, 6]));
    add("a slot changed", true, a.sign(transaction));
    let transaction = a.send(keeper.into(), 0, words(&[1, 0]));
    add("a slot cleared, with its refund", true, a.sign(transaction));
    let transaction = a.send(Address::with_last_byte(0xee).into(), 0, Bytes::new());
    add("nothing to nobody leaves no account", true, a.sign(transaction));
    let transaction = a.send(Address::ZERO.into(), 1, Bytes::new());
    add("ether to the coinbase", true, a.sign(transaction));
    // TSTORE(0, 1), SSTORE(0, TLOAD(0))
    let transaction = a.send(create, 0, vec![0x60, 1, 0x5f, 0x5d, 0x5f, 0x5c, 0x5f, 0x55]);
    add("transient storage", true, a.sign(transaction));
    // SELFDESTRUCT(CALLER)
    let transaction = a.send(create, 3, vec![0x33, 0xff]);
    add("created and destroyed at once", true, a.sign(transaction));
    // SELFDESTRUCT(ADDRESS)
    let transaction = a.send(create, 5, vec![0x30, 0xff]);
    add("created and destroyed at once with its ether", true, a.sign(transaction));
    let mortal = a.address().create(a.nonce);
    let transaction = a.send(create, 9, deploy(&[0x33, 0xff]));
    add("a contract that destroys itself when called", true, a.sign(transaction));
    let transaction = a.send(mortal.into(), 4, Bytes::new());
    add("which since Cancun only sends its ether away", true, a.sign(transaction));
    // SSTORE(0, CREATE2(0, 0, 0, 0))
    let transaction = a.send(create, 0, vec![0x5f, 0x5f, 0x5f, 0x5f, 0xf5, 0x5f, 0x55]);
    add("a contract by CREATE2", true, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: 10_000_000, ..a.send(create, 0, vec![0x61, 0x60, 0x00, 0x5f, 0xf3]) };
    add("code of the largest size", true, a.sign(transaction));

    // what a program sees, and what it says
    let transaction = a.send(create, 11, surroundings());
    add("the surroundings", true, a.sign(transaction));
    let transaction = a.send(create, 0, logs());
    add("logs", true, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: 6_000_000, ..a.send(create, 0, precompiles()) };
    add("all precompiles", true, a.sign(transaction));
    let power = [words(&[32, 32, 32]), words(&[3, 5]), U256::MAX.to_be_bytes::<32>().into()].concat();
    let transaction = a.send(Address::with_last_byte(5).into(), 0, power);
    add("a power, priced by EIP-7883", true, a.sign(transaction));
    // SSTORE(0, CLZ(1))
    let transaction = a.send(create, 0, vec![0x60, 1, 0x1e, 0x5f, 0x55]);
    add("leading zeros, of EIP-7939", true, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: 421_000, ..a.send(NOBODY.into(), 0, vec![0xff; 10_000]) };
    add("calldata at the floor of EIP-7623", true, a.sign(transaction));

    // every way to fail
    let transaction = a.send(create, 1, vec![0x5f, 0x5f, 0xfd]);
    add("a creation that reverts", false, a.sign(transaction));
    let transaction = a.send(create, 0, vec![0xfe]);
    add("an invalid opcode", false, a.sign(transaction));
    let transaction = a.send(create, 0, vec![0x60, 0xef, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3]);
    add("code that begins with EF", false, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: 10_000_000, ..a.send(create, 0, vec![0x61, 0x60, 0x01, 0x5f, 0xf3]) };
    add("code that is too large", false, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: 30_000, ..a.send(keeper.into(), 0, words(&[9, 9])) };
    add("too little gas for a slot", false, a.sign(transaction));
    let thrower = a.address().create(a.nonce);
    // LOG0, then REVERT with 4 bytes
    let transaction = a.send(create, 0, deploy(&[0x5f, 0x5f, 0xa0, 0x60, 4, 0x5f, 0xfd]));
    add("a contract that logs and reverts", true, a.sign(transaction));
    let transaction = a.send(thrower.into(), 5, words(&[1]));
    add("whose log and ether come to nothing", false, a.sign(transaction));

    // delegation, of EIP-7702
    let delegated = b.address();
    let mut authorize = |list: Vec<_>| TxEip7702 {
        chain_id: CHAIN,
        nonce: a.next(),
        gas_limit: 500_000,
        max_fee_per_gas: 100 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: delegated,
        value: U256::ZERO,
        access_list: AccessList::default(),
        authorization_list: list,
        input: words(&[3, 33]),
    };
    let wrong = [b.delegate(9, CHAIN, mortal), b.delegate(0, 5, mortal)];
    let delegating = authorize([vec![b.delegate(0, CHAIN, keeper)], wrong.to_vec()].concat());
    b.nonce += 1;
    let back = authorize(vec![b.delegate(2, 0, Address::ZERO)]);
    add("type 4: an account delegates and is called", true, a.sign(delegating));
    let transaction = b.send(NOBODY.into(), 1, Bytes::new());
    add("a delegated account sends", true, b.sign(transaction));
    b.nonce += 1;
    add("type 4: and is itself again", true, a.sign(back));

    // one block: fees out of order, a failure in the middle, more than the target of gas
    let loops = || vec![0x5b, 0x5f, 0x56];
    let mut together = Vec::new();
    let mut add = |name, succeeds, raw| together.push(Oddity { name, raw, succeeds });
    let transaction = TxEip1559 { max_priority_fee_per_gas: 2 * GWEI, ..a.send(create, 0, logs()) };
    add("logs first", true, a.sign(transaction));
    let transaction = TxEip1559 { gas_limit: CAP, max_priority_fee_per_gas: 5 * GWEI, ..b.send(create, 0, loops()) };
    add("all the gas a transaction may have", false, b.sign(transaction));
    let transaction = TxEip1559 { gas_limit: CAP, max_priority_fee_per_gas: 4 * GWEI, ..b.send(create, 0, loops()) };
    add("and once more", false, b.sign(transaction));
    let transaction = TxEip1559 { max_priority_fee_per_gas: 3 * GWEI, ..a.send(create, 0, logs()) };
    add("logs again", true, a.sign(transaction));
    (list, together)
}

//! What clients say when they do not simply take a transaction: the words, by client and by meaning.
//!
//! The meaning is what the words say of the transaction; whether the endpoint took it all the same is another matter. Codes are
//! those the clients use most; several use more than one.

/// What the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It is there already.
    AlreadyKnown,
    /// The nonce is used.
    NonceTooLow,
    /// An earlier nonce is missing.
    NonceTooHigh,
    /// Another one of its nonce is there and pays nearly as much.
    ReplacementUnderpriced,
    /// It pays too little for the pool or the block.
    Underpriced,
    /// No room now.
    PoolFull,
    /// The sender has not enough.
    NoFunds,
    /// It costs more than this endpoint lets pass.
    OverEndpointCap,
    /// It can never be valid.
    Invalid,
    /// Nothing is said about the transaction.
    Unknown,
}

/// Client, class, code, words.
pub type Text = (&'static str, Class, i64, &'static str);

use Class::{
    AlreadyKnown, Invalid, NoFunds, NonceTooHigh, NonceTooLow, OverEndpointCap, PoolFull, ReplacementUnderpriced,
    Underpriced, Unknown,
};

/// All of them.
pub const ALL: &[Text] = &[
    ("geth", AlreadyKnown, -32000, "already known"),
    ("geth", NonceTooLow, -32000, "nonce too low: next nonce 5, tx nonce 4"),
    (
        "geth",
        NonceTooHigh,
        -32000,
        "nonce too high: address 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, tx: 9 state: 7",
    ),
    ("geth", ReplacementUnderpriced, -32000, "replacement transaction underpriced"),
    ("geth", ReplacementUnderpriced, -32000, "future transaction tries to replace pending"),
    ("geth", Underpriced, -32000, "transaction underpriced: tip needed 1000000000, tip permitted 1"),
    ("geth", Underpriced, -32000, "transaction gas price below minimum: gas tip cap 1, minimum needed 1000000000"),
    ("geth", PoolFull, -32000, "txpool is full"),
    ("geth", PoolFull, -32000, "account limit exceeded: pooled 16 txs"),
    ("geth", PoolFull, -32000, "in-flight transaction limit reached for delegated accounts"),
    ("geth", NoFunds, -32000, "insufficient funds for gas * price + value: balance 1, tx cost 21000, overshot 20999"),
    ("geth", NoFunds, -32000, "insufficient funds for transfer"),
    ("geth", OverEndpointCap, -32000, "tx fee (1.10 ether) exceeds the configured cap (1.00 ether)"),
    ("geth", Invalid, -32000, "intrinsic gas too low: gas 20000, minimum needed 21000"),
    ("geth", Invalid, -32000, "insufficient gas for floor data gas cost: gas 21000, minimum needed 21400"),
    ("geth", Invalid, -32000, "exceeds block gas limit"),
    ("geth", Invalid, -32000, "transaction gas limit too high (cap: 16777216, tx: 16777217)"),
    ("geth", Invalid, -32000, "oversized data: transaction size 140000, limit 131072"),
    ("geth", Invalid, -32000, "max initcode size exceeded: code size 60000, limit 49152"),
    ("geth", Invalid, -32000, "invalid sender: invalid chain id for signer: have 1 want 31337"),
    ("geth", Invalid, -32000, "max priority fee per gas higher than max fee per gas"),
    ("geth", Invalid, -32000, "transaction type not supported"),
    ("geth", Unknown, -32603, "internal error"),
    ("geth", Unknown, -32002, "request timed out"),
    ("reth", AlreadyKnown, -32000, "already known"),
    ("reth", NonceTooLow, -32000, "nonce too low: next nonce 22, tx nonce 17"),
    ("reth", ReplacementUnderpriced, -32000, "replacement transaction underpriced"),
    ("reth", Underpriced, -32000, "transaction underpriced"),
    ("reth", PoolFull, -32003, "txpool is full"),
    ("reth", NoFunds, -32003, "insufficient funds for gas * price + value: have 0 want 21000"),
    ("reth", Invalid, -32000, "exceeds max transaction gas limit"),
    ("reth", Invalid, -32000, "invalid chain ID"),
    ("reth", Invalid, -32000, "exceeds block gas limit"),
    ("erigon", AlreadyKnown, -32000, "existing tx with same hash"),
    ("erigon", AlreadyKnown, -32000, "already known"),
    ("erigon", NonceTooLow, -32000, "nonce too low"),
    ("erigon", ReplacementUnderpriced, -32000, "could not replace existing tx"),
    ("erigon", Underpriced, -32000, "underpriced"),
    ("erigon", Underpriced, -32000, "fee too low"),
    ("erigon", NoFunds, -32000, "insufficient funds"),
    ("erigon", Invalid, -32000, "rlp: input too large"),
    ("nethermind", AlreadyKnown, -32010, "AlreadyKnown"),
    ("nethermind", AlreadyKnown, -32010, "OwnNonceAlreadyUsed"),
    ("nethermind", NonceTooLow, -32010, "OldNonce, Current nonce: 22, nonce of rejected tx: 17"),
    ("nethermind", NonceTooHigh, -32010, "NonceGap, Future nonce. Expected nonce: 10"),
    ("nethermind", ReplacementUnderpriced, -32010, "ReplacementNotAllowed"),
    ("nethermind", Underpriced, -32010, "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7"),
    ("nethermind", Underpriced, -32010, "FeeTooLowToCompete"),
    ("nethermind", NoFunds, -32010, "InsufficientFunds, Account balance: 0, cumulative cost: 21000"),
    ("nethermind", Invalid, -32010, "SenderIsContract"),
    ("nethermind", Invalid, -32010, "GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000"),
    ("besu", AlreadyKnown, -32000, "Known transaction"),
    ("besu", NonceTooLow, -32001, "Nonce too low"),
    ("besu", NonceTooHigh, -32006, "Nonce too far in the future"),
    ("besu", ReplacementUnderpriced, -32000, "Replacement transaction underpriced"),
    ("besu", Underpriced, -32009, "Gas price below configured minimum gas price"),
    ("besu", NoFunds, -32004, "Upfront cost exceeds account balance"),
    ("besu", OverEndpointCap, -32000, "Transaction fee cap exceeded"),
    ("besu", Invalid, -32003, "Intrinsic gas exceeds gas limit"),
    ("besu", Invalid, -32005, "Transaction gas limit exceeds block gas limit"),
    ("besu", Invalid, -32000, "Wrong chainId in transaction signature: invalid chainId"),
    ("arbitrum", NonceTooLow, -32000, "nonce too low: address 0x1, tx: 4 state: 5"),
    ("arbitrum", NonceTooLow, -32000, "invalid transaction nonce"),
    ("arbitrum", NonceTooHigh, -32000, "nonce too high: address 0x1, tx: 9 state: 7"),
    (
        "arbitrum",
        Underpriced,
        -32000,
        "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1 baseFee: 2",
    ),
    ("arbitrum", PoolFull, -32000, "queue full"),
    ("arbitrum", PoolFull, -32000, "sequencer pending tx pool full, please try again"),
    ("arbitrum", NoFunds, -32000, "not enough funds for gas"),
    ("arbitrum", Invalid, -32000, "intrinsic gas too low"),
    ("arbitrum", Unknown, -32000, "sequencer is stopped"),
    ("openethereum", AlreadyKnown, -32010, "Transaction with the same hash was already imported."),
    ("openethereum", NonceTooLow, -32010, "Transaction nonce is too low. Try incrementing the nonce."),
    (
        "openethereum",
        ReplacementUnderpriced,
        -32010,
        "Transaction gas price 100wei is too low. There is another transaction with same nonce in the queue with gas price: 150wei. Try increasing the gas price or incrementing the nonce.",
    ),
    (
        "openethereum",
        PoolFull,
        -32010,
        "There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.",
    ),
    ("gateway", Unknown, -32603, "502 Bad Gateway"),
    ("gateway", Unknown, -32603, "503 Service Unavailable"),
    ("gateway", Unknown, -32603, "408 Request Timeout"),
    ("gateway", Unknown, -32000, "i/o timeout"),
    ("gateway", Unknown, -32005, "daily request count exceeded, request rate limited"),
    ("development", Unknown, 3, "execution reverted: nonce too low"),
    ("development", Unknown, -32003, "VM Exception while processing transaction: already known"),
];

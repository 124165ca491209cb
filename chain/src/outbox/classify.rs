//! What an endpoint meant when it did not simply accept a transaction.
//!
//! Endpoints answer `eth_sendRawTransaction` with free text under codes they do not agree on, so the text decides. Order
//! matters: a revert reason may quote any other text, so `execution reverted` is tested first; and a text that fits no class
//! is an unknown outcome, which only ever leads to the same bytes being sent again and to a look at the chain.
//!
//! A class says what was answered, not what is true: "nonce too low" may be our own transaction, mined a moment ago.

/// What an answer to a send means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Taken, or there already.
    Accepted,
    /// The nonce is used: by us or by somebody else; only receipts tell.
    NonceTooLow,
    /// An earlier nonce is missing at the endpoint.
    NonceTooHigh,
    /// Another transaction of this nonce is there and pays nearly as much or more.
    ReplacementUnderpriced,
    /// Pays less than the pool or the chain wants.
    Underpriced,
    /// No room at the moment.
    PoolFull,
    /// The signer cannot pay.
    NoFunds,
    /// Costs more than the endpoint's own limit.
    OverEndpointCap,
    /// Can never be valid, whatever the state of the chain.
    Invalid,
    /// Anything may have happened.
    Unknown,
}

impl Answer {
    /// All classes.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::NonceTooLow,
        Self::NonceTooHigh,
        Self::ReplacementUnderpriced,
        Self::Underpriced,
        Self::PoolFull,
        Self::NoFunds,
        Self::OverEndpointCap,
        Self::Invalid,
        Self::Unknown,
    ];

    /// The word the journal uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NonceTooLow => "nonce too low",
            Self::NonceTooHigh => "nonce too high",
            Self::ReplacementUnderpriced => "replacement underpriced",
            Self::Underpriced => "underpriced",
            Self::PoolFull => "pool full",
            Self::NoFunds => "no funds",
            Self::OverEndpointCap => "over endpoint cap",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }

    /// The class that the journal's word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word)
    }
}

/// Texts of each class, lower case, in the order they are tested. Sources: geth, Erigon, Nethermind, Besu, OpenEthereum,
/// Arbitrum, zkSync, anvil.
const TEXTS: &[(Answer, &[&str])] = &[
    // some development nodes execute while they answer: it may be mined, reverted
    (Answer::Unknown, &["execution reverted", "vm exception", "revert", "unknown transaction"]),
    (
        Answer::ReplacementUnderpriced,
        &[
            "replacement transaction underpriced",
            "replacementnotallowed",
            "there is another transaction with same nonce in the queue",
            "there is another tx which has the same nonce in the tx pool",
            "could not replace existing tx",
        ],
    ),
    (
        Answer::Accepted,
        &["already known", "alreadyknown", "known transaction", "already imported", "ownnoncealreadyused"],
    ),
    (Answer::NonceTooLow, &["nonce too low", "nonce is too low", "oldnonce", "invalid transaction nonce"]),
    (
        Answer::NonceTooHigh,
        &[
            "nonce too high",
            "noncegap",
            "exceeds next nonce",
            "nonce too far in the future",
            "nonce out of range",
            "tx-nonce-too-high",
        ],
    ),
    (Answer::OverEndpointCap, &["exceeds the configured cap", "transaction fee cap exceeded"]),
    (
        Answer::NoFunds,
        &[
            "insufficient funds",
            "insufficientfunds",
            "would cause overdraft",
            "upfront cost exceeds account balance",
            "not enough funds",
        ],
    ),
    (
        Answer::PoolFull,
        &[
            "txpool is full",
            "transaction pool is full",
            "queue full",
            "tx pool full",
            "too many transactions in the queue",
            "account limit exceeded",
            "in-flight transaction limit",
        ],
    ),
    (
        Answer::Underpriced,
        &[
            "transaction underpriced",
            "gas price below minimum",
            "below configured minimum gas price",
            "feetoolow",
            "max fee per gas less than block base fee",
            "fee cap less than block base fee",
            "gas price too low",
            "gas tip cap too low",
            "gas price is too low",
        ],
    ),
    (
        Answer::Invalid,
        &[
            "intrinsic gas too low",
            "intrinsic gas exceeds",
            "floor data gas",
            "exceeds block gas limit",
            "exceeds maximum block gas",
            "transaction gas limit too high",
            "exceeds transaction gas limit cap",
            "exceeds max transaction gas limit",
            "gas limit exceeds",
            "gaslimitexceeded",
            "oversized data",
            "transaction size",
            "request entity too large",
            "payload too large",
            "content too large",
            "invalid sender",
            "invalid chain id",
            "invalid chainid",
            "senderiscontract",
            "sender not an eoa",
            "max initcode size exceeded",
            "initcode size",
            "max priority fee per gas higher than max fee per gas",
            "transaction type not supported",
            "rlp:",
        ],
    ),
];

/// Reads an endpoint's error text.
#[must_use]
pub fn classify(message: &str) -> Answer {
    let message = message.to_ascii_lowercase();
    TEXTS
        .iter()
        .find(|(_, texts)| texts.iter().any(|text| message.contains(text)))
        .map_or(Answer::Unknown, |(answer, _)| *answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_on_record_has_its_class() {
        let table: &[(Answer, &[&str])] = &[
            (
                Answer::Accepted,
                &[
                    "already known",
                    "known transaction: 0xabc",
                    "AlreadyKnown",
                    "OwnNonceAlreadyUsed",
                    "Known transaction",
                    "Transaction with the same hash was already imported.",
                ],
            ),
            (
                Answer::NonceTooLow,
                &[
                    "nonce too low: next nonce 5, tx nonce 4",
                    "OldNonce, Current nonce: 22, nonce of rejected tx: 17",
                    "Nonce too low",
                    "invalid transaction nonce",
                    "Transaction nonce is too low. Try incrementing the nonce.",
                ],
            ),
            (
                Answer::NonceTooHigh,
                &[
                    "nonce too high",
                    "NonceGap, Future nonce. Expected nonce: 10",
                    "transaction nonce 9 exceeds next nonce 7",
                    "nonce too far in the future",
                    "nonce out of range",
                    "tx-nonce-too-high",
                ],
            ),
            (
                Answer::ReplacementUnderpriced,
                &[
                    "replacement transaction underpriced",
                    "Transaction gas price 100wei is too low. There is another transaction with same nonce in the queue with gas price: 150wei.",
                    "there is another tx which has the same nonce in the tx pool",
                ],
            ),
            (
                Answer::Underpriced,
                &[
                    "transaction underpriced",
                    "transaction gas price below minimum",
                    "FeeTooLow, MaxFeePerGas too low",
                    "FeeTooLowToCompete",
                    "Gas price below configured minimum gas price",
                    "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1 baseFee: 2",
                ],
            ),
            (
                Answer::PoolFull,
                &[
                    "txpool is full",
                    "queue full",
                    "sequencer pending tx pool full, please try again",
                    "There are too many transactions in the queue. Your transaction was dropped due to limit.",
                ],
            ),
            (
                Answer::NoFunds,
                &[
                    "insufficient funds for gas * price + value: address 0x1 have 0 want 1",
                    "insufficient funds for transfer",
                    "transaction would cause overdraft",
                    "Upfront cost exceeds account balance",
                    "InsufficientFunds, Account balance: 0",
                    "not enough funds for gas",
                ],
            ),
            (
                Answer::OverEndpointCap,
                &["tx fee (1.10 ether) exceeds the configured cap (1.00 ether)", "Transaction fee cap exceeded"],
            ),
            (
                Answer::Invalid,
                &[
                    "exceeds block gas limit",
                    "intrinsic gas too low: gas 1, minimum needed 21000",
                    "oversized data: transaction size 140000, limit 131072",
                    "invalid sender",
                    "invalid chain id for signer: have 1 want 5",
                    "SenderIsContract",
                    "max initcode size exceeded: code size 60000, limit 49152",
                    "Request Entity Too Large",
                ],
            ),
            (
                Answer::Unknown,
                &[
                    "502 Bad Gateway",
                    "503 Service Unavailable",
                    "408 Request Timeout",
                    "i/o timeout",
                    "internal error",
                    "",
                    "unknown transaction type",
                    "execution reverted",
                    "execution reverted: nonce too low",
                    "execution reverted: transfer amount exceeds balance, insufficient funds",
                    "VM Exception while processing transaction: already known",
                ],
            ),
        ];
        for (class, texts) in table {
            for text in *texts {
                assert_eq!(classify(text), *class, "{text}");
            }
        }
    }

    #[test]
    fn a_class_is_read_back_from_its_word() {
        for answer in Answer::ALL {
            assert_eq!(Answer::parse(answer.as_str()), Some(answer));
        }
        assert_eq!(Answer::parse("Accepted"), None);
    }

    #[test]
    fn the_table_is_in_lower_case_and_each_text_meets_its_own_class() {
        for (class, texts) in TEXTS {
            for text in *texts {
                assert_eq!(*text, text.to_ascii_lowercase());
                assert_eq!(classify(text), *class, "{text}");
            }
        }
    }
}

//! A TokenDistributor as the chain shows it.
//!
//! Nothing here remembers: the immutable facts, the done-bits and the accounting are read at a block each time. A contract
//! that is not there yet at that block has done nothing.

use std::ops::Range;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use serde::Serialize;
use tminus_chain::rpc::{BlockRef, Rpc, RpcError};
use tminus_contracts::{
    artifact::{self, CodeMismatch},
    bindings::TokenDistributor as abi,
    commitment::Commitment,
};

/// Words of the bitmap that are asked for at once.
const WORDS_A_CALL: u64 = 1_024;

/// The facts a distributor holds for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The token.
    pub token: Address,
    /// Root of the list.
    pub root: B256,
    /// Sum of the list, base units.
    pub total: U256,
    /// Recipients.
    pub count: u64,
    /// Recipients in a chunk.
    pub chunk_size: u64,
    /// Seconds since 1970, seven days after which what is left can be swept.
    pub deadline: u64,
    /// Who gets what is swept.
    pub sweep_recipient: Address,
    /// Whether it pays by the token's `transferBatch`.
    pub use_transfer_batch: bool,
    /// Who may call `distributeSkipping`.
    pub owner: Address,
    /// How its code differs from the artifact; `None`: it does not.
    pub code_differs: Option<String>,
}

impl Facts {
    /// In what this distributor differs from what was committed to; empty when it is the right one.
    #[must_use]
    pub fn differences(&self, token: Address, commitment: &Commitment) -> Vec<String> {
        let pairs = [
            ("token", self.token.to_string(), token.to_string()),
            ("root", self.root.to_string(), commitment.root.to_string()),
            ("total", self.total.to_string(), commitment.total.to_string()),
            ("recipients", self.count.to_string(), commitment.count.to_string()),
            ("chunk size", self.chunk_size.to_string(), commitment.chunk_size.to_string()),
        ];
        let differ = pairs.into_iter().filter(|(_, chain, list)| chain != list);
        let mut found: Vec<_> =
            differ.map(|(what, chain, list)| format!("{what}: the contract has {chain}, the list {list}")).collect();
        found.extend(self.code_differs.iter().map(|how| format!("code: {how}")));
        found
    }
}

/// What a distributor has done at a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// The block.
    pub block: BlockRef,
    /// Which chunks are done.
    #[serde(skip)]
    pub done: DoneBits,
    /// Chunks done, by the contract's own count.
    pub done_chunks: u64,
    /// Paid, base units.
    pub paid: U256,
    /// Reserved for recipients that could not be paid, base units.
    pub reserved: U256,
    /// Neither paid nor reserved, base units.
    pub remaining: U256,
    /// The distributor's own balance, base units.
    pub balance: U256,
}

/// Which chunks are done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneBits {
    words: Vec<U256>,
    chunks: u64,
}

impl DoneBits {
    /// Bits as the contract holds them; those beyond the last chunk do not count.
    #[must_use]
    pub fn new(mut words: Vec<U256>, chunks: u64) -> Self {
        words.resize(chunks.div_ceil(256) as usize, U256::ZERO);
        Self { words, chunks }
    }

    /// No chunk done.
    #[must_use]
    pub fn none(chunks: u64) -> Self {
        Self::new(Vec::new(), chunks)
    }

    /// Whether a chunk is done.
    #[must_use]
    pub fn is_done(&self, chunk: u64) -> bool {
        chunk < self.chunks && self.words[(chunk / 256) as usize].bit((chunk % 256) as usize)
    }

    /// How many are done.
    #[must_use]
    pub fn count(&self) -> u64 {
        (0..self.chunks).filter(|chunk| self.is_done(*chunk)).count() as u64
    }

    /// Whether all are.
    #[must_use]
    pub fn all(&self) -> bool {
        self.count() == self.chunks
    }

    /// The gaps: maximal ranges of chunks that are not done, in order.
    #[must_use]
    pub fn undone(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for chunk in (0..self.chunks).filter(|chunk| !self.is_done(*chunk)) {
            match ranges.last_mut() {
                Some(range) if range.end == chunk => range.end += 1,
                _ => ranges.push(chunk..chunk + 1),
            }
        }
        ranges
    }
}

/// A distributor on a chain.
#[derive(Debug, Clone)]
pub struct Distributor {
    rpc: Rpc,
    address: Address,
}

impl Distributor {
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

    /// How the code at the address differs from the artifact, at the latest block; `None`: it does not.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn code_differs(&self) -> Result<Option<String>, RpcError> {
        let code = self.rpc.code(self.address, BlockId::latest()).await?;
        Ok(match artifact::get("TokenDistributor").map(|artifact| artifact.runtime_matches(&code)) {
            Some(Ok(())) => None,
            Some(Err(CodeMismatch::NoCode)) => Some("there is no contract".to_owned()),
            Some(Err(mismatch)) => Some(mismatch.to_string()),
            None => Some("there is no artifact to compare with".to_owned()),
        })
    }

    /// Reads the immutable facts at the latest block.
    ///
    /// # Errors
    /// [`RpcError`]; an address without code, or with that of something else, is `NoAnswer`.
    pub async fn facts(&self) -> Result<Facts, RpcError> {
        if self.rpc.code(self.address, BlockId::latest()).await?.is_empty() {
            return Err(self.no_answer("eth_getCode", format!("there is no contract at {}", self.address)));
        }
        let code_differs = self.code_differs().await?;
        self.read_facts(code_differs.clone()).await.map_err(|error| match code_differs {
            Some(how) if error.is_revert() => {
                self.no_answer("eth_call", format!("{} is no TokenDistributor: {how}", self.address))
            }
            _ => error,
        })
    }

    async fn read_facts(&self, code_differs: Option<String>) -> Result<Facts, RpcError> {
        let at = BlockId::latest();
        Ok(Facts {
            token: self.rpc.view(self.address, abi::tokenCall {}, at).await?,
            root: self.rpc.view(self.address, abi::rootCall {}, at).await?,
            total: self.rpc.view(self.address, abi::totalAmountCall {}, at).await?,
            count: self.number(self.rpc.view(self.address, abi::recipientCountCall {}, at).await?)?,
            chunk_size: self.number(self.rpc.view(self.address, abi::chunkSizeCall {}, at).await?)?,
            deadline: self.number(self.rpc.view(self.address, abi::deadlineCall {}, at).await?)?,
            sweep_recipient: self.rpc.view(self.address, abi::sweepRecipientCall {}, at).await?,
            use_transfer_batch: self.rpc.view(self.address, abi::useTransferBatchCall {}, at).await?,
            owner: self.rpc.view(self.address, abi::ownerCall {}, at).await?,
            code_differs,
        })
    }

    /// Reads what is done at a block, for a list of `chunks` chunks of `token`.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn state(
        &self,
        id: BlockNumberOrTag,
        chunks: u64,
        total: U256,
        token: Address,
    ) -> Result<State, RpcError> {
        let block = self.rpc.block(id).await?;
        let at = BlockId::number(block.number);
        if self.rpc.code(self.address, at).await?.is_empty() {
            let (paid, reserved, balance) = (U256::ZERO, U256::ZERO, U256::ZERO);
            let done = DoneBits::none(chunks);
            return Ok(State { block, done, done_chunks: 0, paid, reserved, remaining: total, balance });
        }
        Ok(State {
            block,
            done: self.done_bits(at, chunks).await?,
            done_chunks: self.number(self.rpc.view(self.address, abi::doneChunksCall {}, at).await?)?,
            paid: self.rpc.view(self.address, abi::paidAmountCall {}, at).await?,
            reserved: self.rpc.view(self.address, abi::reservedAmountCall {}, at).await?,
            remaining: self.rpc.view(self.address, abi::remainingAmountCall {}, at).await?,
            balance: self.token_balance(token, self.address, at).await?,
        })
    }

    /// Reads the done-bits at a block where the contract exists.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn done_bits(&self, at: BlockId, chunks: u64) -> Result<DoneBits, RpcError> {
        let wanted = chunks.div_ceil(256);
        let mut words = Vec::with_capacity(wanted as usize);
        while (words.len() as u64) < wanted {
            let first = words.len() as u64;
            let count = (wanted - first).min(WORDS_A_CALL);
            let call = abi::doneBitmapsCall { firstWord: U256::from(first), count: U256::from(count) };
            let part = self.rpc.view(self.address, call, at).await?;
            if part.len() as u64 != count {
                return Err(self.no_answer("eth_call", format!("{} bitmap words instead of {count}", part.len())));
            }
            words.extend(part);
        }
        Ok(DoneBits::new(words, chunks))
    }

    /// How many of the recipients at some positions of the list could not be paid, their amounts reserved, at a block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn reserved(&self, positions: Range<usize>, at: BlockId) -> Result<u64, RpcError> {
        let mut reserved = 0;
        for index in positions {
            reserved += u64::from(self.is_reserved(index, at).await?);
        }
        Ok(reserved)
    }

    /// Whether the amount of the recipient at a position of the list is reserved at a block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn is_reserved(&self, position: usize, at: BlockId) -> Result<bool, RpcError> {
        self.rpc.view(self.address, abi::isReservedCall { index: U256::from(position) }, at).await
    }

    /// Chunks done at a block; 0 where the contract is not there yet.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn done_chunks(&self, block: u64) -> Result<u64, RpcError> {
        let at = BlockId::number(block);
        if self.rpc.code(self.address, at).await?.is_empty() {
            return Ok(0);
        }
        self.number(self.rpc.view(self.address, abi::doneChunksCall {}, at).await?)
    }

    /// The blocks of the first and the last payment up to a block, by the contract's events. Logs may be pruned, cut short or
    /// refused for so wide a range: this is a hint, to be confirmed by the state, and `None` where there is none.
    pub async fn payments(&self, up_to: u64) -> Option<(u64, u64)> {
        let filter = Filter::new().address(self.address).event_signature(abi::Distributed::SIGNATURE_HASH);
        let filter = filter.from_block(0).to_block(up_to);
        let logs: Vec<Log> = self.rpc.request("eth_getLogs", (filter,)).await.ok()?;
        let blocks = || logs.iter().filter_map(|log| log.block_number);
        blocks().min().zip(blocks().max())
    }

    /// A balance of a token, base units.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn token_balance(&self, token: Address, holder: Address, at: BlockId) -> Result<U256, RpcError> {
        let call = tminus_contracts::bindings::PlainERC20::balanceOfCall { account: holder };
        self.rpc.view(token, call, at).await
    }

    fn number(&self, value: U256) -> Result<u64, RpcError> {
        u64::try_from(value)
            .map_err(|_| self.no_answer("eth_call", format!("{value} where a small number was expected")))
    }

    fn no_answer(&self, method: &'static str, reason: String) -> RpcError {
        RpcError::NoAnswer { label: self.rpc.label().to_owned(), method, reason }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn gaps_are_the_complement_of_what_is_done(bits in prop::collection::vec(any::<bool>(), 1..700)) {
            let chunks = bits.len() as u64;
            let mut words = vec![U256::ZERO; bits.len().div_ceil(256)];
            bits.iter().enumerate().for_each(|(i, done)| words[i / 256].set_bit(i % 256, *done));
            // what lies behind the last chunk is not ours
            if bits.len() % 256 != 0 {
                words.last_mut().unwrap().set_bit(255, true);
            }
            let done = DoneBits::new(words, chunks);
            let mut undone = vec![false; bits.len()];
            let gaps = done.undone();
            for gap in &gaps {
                gap.clone().for_each(|chunk| undone[chunk as usize] = true);
            }
            prop_assert!(bits.iter().zip(&undone).all(|(done, undone)| done != undone));
            prop_assert!(gaps.windows(2).all(|pair| pair[0].end < pair[1].start), "gaps are maximal");
            prop_assert_eq!(done.count(), bits.iter().filter(|bit| **bit).count() as u64);
        }
    }
}

//! Logs, stored compactly.
//!
//! A million transfers are a million logs that differ in one topic and the data. The logs of a transaction are kept in one
//! byte string, each log saying first what it has in common with the one before:
//!
//! ```text
//! flags(1) ‖ [address(20)] ‖ [topic(32)]… ‖ length(4, little endian) ‖ data
//! flags: bits 0–2 number of topics · bit 3 same address · bit 4+i topic i is the same (i = 0..3)
//! ```
//!
//! Decoding goes through [`PackedLogs::iter`], which borrows the bytes and allocates nothing.

use alloy::primitives::{Address, B256, Bloom, BloomInput, Log};

const SAME_ADDRESS: u8 = 1 << 3;
const SAME_TOPIC: u8 = 1 << 4;

/// The logs of one transaction.
#[derive(Debug, Default)]
pub(super) struct PackedLogs {
    bytes: Box<[u8]>,
    count: u32,
}

/// One log, borrowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogRef<'a> {
    pub(super) address: Address,
    topics: [B256; 4],
    topic_count: usize,
    pub(super) data: &'a [u8],
}

impl LogRef<'_> {
    pub(super) fn topics(&self) -> &[B256] {
        &self.topics[..self.topic_count]
    }
}

impl PackedLogs {
    pub(super) fn pack(logs: &[Log]) -> Self {
        let mut bytes = Vec::with_capacity(logs.iter().map(|log| 37 + log.data.data.len()).sum());
        let mut previous: Option<&Log> = None;
        for log in logs {
            let topics = log.topics();
            let same_address = previous.is_some_and(|before| before.address == log.address);
            let same_topic =
                |i: usize| previous.and_then(|before| before.topics().get(i)).is_some_and(|topic| *topic == topics[i]);
            // the EVM has LOG0 to LOG4: the count fits its bits
            let mut flags = topics.len() as u8;
            if same_address {
                flags |= SAME_ADDRESS;
            }
            for i in 0..topics.len() {
                if same_topic(i) {
                    flags |= SAME_TOPIC << i;
                }
            }
            bytes.push(flags);
            if !same_address {
                bytes.extend_from_slice(log.address.as_slice());
            }
            for (i, topic) in topics.iter().enumerate() {
                if !same_topic(i) {
                    bytes.extend_from_slice(topic.as_slice());
                }
            }
            // memory for 4 GiB of log data costs more gas than any block has
            bytes.extend_from_slice(&(log.data.data.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&log.data.data);
            previous = Some(log);
        }
        Self { bytes: bytes.into_boxed_slice(), count: logs.len() as u32 }
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// The packed form itself.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = LogRef<'_>> {
        let mut rest: &[u8] = &self.bytes;
        let mut address = Address::ZERO;
        let mut topics = [B256::ZERO; 4];
        (0..self.count).map(move |_| {
            let flags = take(&mut rest, 1)[0];
            let topic_count = usize::from(flags & 7);
            if flags & SAME_ADDRESS == 0 {
                address = Address::from_slice(take(&mut rest, 20));
            }
            for (i, topic) in topics.iter_mut().enumerate().take(topic_count) {
                if flags & (SAME_TOPIC << i) == 0 {
                    *topic = B256::from_slice(take(&mut rest, 32));
                }
            }
            let length = take(&mut rest, 4).iter().rev().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
            LogRef { address, topics, topic_count, data: take(&mut rest, length) }
        })
    }
}

/// Splits the next `length` bytes off; `pack` wrote them, so they are there.
fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

/// The bloom filter of logs; what neighbours have in common is hashed once.
pub(super) fn bloom(logs: &[Log]) -> Bloom {
    let mut bloom = Bloom::ZERO;
    let mut previous: Option<&Log> = None;
    for log in logs {
        if previous.is_none_or(|before| before.address != log.address) {
            bloom.accrue(BloomInput::Raw(log.address.as_slice()));
        }
        for (i, topic) in log.topics().iter().enumerate() {
            if previous.is_none_or(|before| before.topics().get(i) != Some(topic)) {
                bloom.accrue(BloomInput::Raw(topic.as_slice()));
            }
        }
        previous = Some(log);
    }
    bloom
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::{Bytes, LogData};
    use proptest::prelude::*;

    fn log() -> impl Strategy<Value = Log> {
        let word = (0u8..3).prop_map(B256::repeat_byte);
        (0u8..3, prop::collection::vec(word, 0..=4), prop::collection::vec(any::<u8>(), 0..300)).prop_map(
            |(address, topics, data)| Log {
                address: Address::repeat_byte(address),
                data: LogData::new_unchecked(topics, Bytes::from(data)),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(logs in prop::collection::vec(log(), 0..20)) {
            let packed = PackedLogs::pack(&logs);
            prop_assert_eq!(packed.len(), logs.len());
            for (found, log) in packed.iter().zip(&logs) {
                prop_assert_eq!(found.address, log.address);
                prop_assert_eq!(found.topics(), log.topics());
                prop_assert_eq!(found.data, &log.data.data[..]);
            }
            prop_assert_eq!(packed.iter().count(), logs.len());
        }

        #[test]
        fn the_bloom_is_the_ordinary_one(logs in prop::collection::vec(log(), 0..20)) {
            prop_assert_eq!(bloom(&logs), logs.iter().collect::<Bloom>());
        }
    }
}

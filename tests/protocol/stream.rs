//! What happens to a stream outside the chain: segments are signed by the broadcaster, transcoded, and claimed by a tree of
//! receipts.
//!
//! ```text
//! segment hash   keccak256( streamId | segmentNumber (32) | dataHash (32) )
//! signed hash    keccak256( 0x19 "Ethereum Signed Message:" newline "32" | segment hash (32) )
//! receipt hash   keccak256( streamId | segmentNumber (32) | dataHash (32) | transcodedDataHash (32) | signature (65) )
//! signature      r (32) | s (32) | v (1)
//! challenge      keccak256( challengeBlock (32) | its hash (32) | segmentNumber (32) ) mod verificationRate = 0
//! ```

use alloy::{
    primitives::{B256, Bytes, U256, hex, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};

/// A profile as jobs name it: eight hex digits.
pub fn profile(name: &str) -> String {
    hex::encode(&keccak256(name)[..4])
}

/// One segment, signed and transcoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub number: u64,
    /// Of the data, and of the transcoded data.
    pub hashes: [B256; 2],
    pub signature: Bytes,
    pub receipt: B256,
}

fn word(number: u64) -> B256 {
    B256::from(U256::from(number))
}

impl Segment {
    /// `data` is the seed of what the segment holds.
    pub fn new(broadcaster: &PrivateKeySigner, stream: &str, number: u64, data: u64) -> Self {
        let hashes =
            [keccak256(format!("data {data} of {number}")), keccak256(format!("transcoded {data} of {number}"))];
        let segment = keccak256([stream.as_bytes(), &word(number)[..], &hashes[0][..]].concat());
        let signed = keccak256([b"\x19Ethereum Signed Message:\n32", &segment[..]].concat());
        let signature = broadcaster.sign_hash_sync(&signed).unwrap().as_bytes();
        let receipt = [stream.as_bytes(), &word(number)[..], &hashes[0][..], &hashes[1][..], &signature[..]].concat();
        Self { number, hashes, signature: signature.into(), receipt: keccak256(receipt) }
    }
}

/// The segments of a claim and the tree of their receipts.
#[derive(Debug, Clone)]
pub struct Claim {
    pub segments: Vec<Segment>,
    /// From the sorted receipts up to the root alone.
    levels: Vec<Vec<B256>>,
}

fn join(a: B256, b: B256) -> B256 {
    keccak256(if a < b { [a, b].concat() } else { [b, a].concat() })
}

impl Claim {
    pub fn new(segments: Vec<Segment>) -> Self {
        let mut leaves: Vec<B256> = segments.iter().map(|segment| segment.receipt).collect();
        leaves.sort();
        leaves.dedup();
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            // an odd node at the end moves up as it is
            let up = level.chunks(2).map(|pair| pair.iter().copied().reduce(join).unwrap_or_default()).collect();
            levels.push(up);
        }
        Self { segments, levels }
    }

    pub fn root(&self) -> B256 {
        self.levels[self.levels.len() - 1][0]
    }

    /// First and last segment.
    pub fn range(&self) -> [U256; 2] {
        let numbers = || self.segments.iter().map(|segment| segment.number);
        [numbers().min(), numbers().max()].map(|number| U256::from(number.unwrap()))
    }

    pub fn segment(&self, number: u64) -> &Segment {
        self.segments.iter().find(|segment| segment.number == number).unwrap()
    }

    /// The siblings from the leaf upward, joined.
    pub fn proof(&self, receipt: B256) -> Bytes {
        let mut at = self.levels[0].iter().position(|leaf| *leaf == receipt).unwrap();
        let mut proof = Vec::new();
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                proof.extend_from_slice(&sibling[..]);
            }
            at /= 2;
        }
        proof.into()
    }

    /// The segments to be verified when the block after the claim's, `block`, has that hash.
    pub fn challenged(&self, block: u64, hash: B256, rate: u64) -> Vec<u64> {
        let numbers = self.segments.iter().map(|segment| segment.number);
        numbers.filter(|number| is_challenged(*number, block, hash, rate)).collect()
    }
}

fn is_challenged(segment: u64, block: u64, hash: B256, rate: u64) -> bool {
    let lot = keccak256([word(block), hash, word(segment)].concat());
    (U256::from_be_bytes(lot.0) % U256::from(rate)).is_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broadcaster() -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::with_last_byte(7)).unwrap()
    }

    #[test]
    fn a_profile_is_named_as_the_text_has_it() {
        assert_eq!(profile("foo"), "41b1a064");
    }

    #[test]
    fn a_segment_is_signed_as_wallets_sign() {
        let (key, stream) = (broadcaster(), "stream");
        let segment = Segment::new(&key, stream, 3, 0);
        let hash = keccak256([stream.as_bytes(), &word(3)[..], &segment.hashes[0][..]].concat());
        let signature = alloy::primitives::Signature::from_raw(&segment.signature).unwrap();
        assert_eq!(signature.recover_address_from_msg(hash).unwrap(), key.address());
        assert!(matches!(segment.signature[64], 27 | 28));
        assert_ne!(segment, Segment::new(&key, stream, 3, 1));
    }

    #[test]
    fn every_proof_leads_to_the_root() {
        for size in 1..=17 {
            let claim = Claim::new((5..5 + size).map(|i| Segment::new(&broadcaster(), "s", i, 0)).collect());
            assert_eq!(claim.range(), [U256::from(5), U256::from(4 + size)]);
            for segment in &claim.segments {
                let proof = claim.proof(segment.receipt);
                let siblings = proof.chunks_exact(32).map(B256::from_slice);
                assert_eq!(siblings.fold(segment.receipt, join), claim.root(), "{size} segments");
            }
        }
        let twice = Claim::new(vec![Segment::new(&broadcaster(), "s", 1, 0); 2]);
        assert_eq!(twice.root(), twice.segments[0].receipt, "a receipt is in the tree once");
    }

    #[test]
    fn one_in_so_many_is_challenged() {
        let claim = Claim::new((0..1_000).map(|i| Segment::new(&broadcaster(), "s", i, 0)).collect());
        assert_eq!(claim.challenged(10, B256::repeat_byte(1), 1).len(), 1_000);
        let ten = claim.challenged(10, B256::repeat_byte(1), 10);
        assert!((70..130).contains(&ten.len()), "{}", ten.len());
        assert_ne!(ten, claim.challenged(11, B256::repeat_byte(1), 10));
        assert_ne!(ten, claim.challenged(10, B256::repeat_byte(2), 10));
    }
}

//! A job from deposit to fees, one segment in ten verified.
//!
//! The broadcaster signs every segment of a stream; the elected transcoder claims them by the root of its receipts. The hash
//! of the block after a claim says which segments are sampled, which is computed here and asked of the contract for every
//! single segment. Those are submitted and answered by the solver; then the claims are paid and everybody takes out fees.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    signers::local::PrivateKeySigner,
};
use tminus_contracts::bindings::{JobsManager as J, LivepeerVerifier as V};

use crate::{
    chain::Chain,
    deploy::Settings,
    jobs::{Claimed, Job},
    model::{Terms, maths::part},
    people::{account, key},
    stream::{Claim, Segment, profile},
    twin::Twin,
};

const RATE: u64 = 10;
/// Blocks a job is open: longer than anything here takes.
const JOB_BLOCKS: u64 = 400;
const STREAM: &str = "QmStream";
const STORAGE: &str = "QmSegment";

/// Two transcoders with a delegator each, a broadcaster with a deposit, and a job whose transcoder is elected.
pub struct Studio {
    pub twin: Twin,
    pub broadcaster: PrivateKeySigner,
    pub job: Job,
    /// The elected one.
    pub transcoder: Address,
    /// Who delegates to it.
    pub delegator: Address,
}

pub fn tokens(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10u64.pow(18))
}

impl Studio {
    pub async fn open(chain: Chain, settings: Settings) -> Self {
        let broadcaster = key("broadcaster");
        let pairs: Vec<_> =
            (1..=2).map(|i| (account(&format!("transcoder {i}")), account(&format!("delegator {i}")))).collect();
        let everyone = pairs.iter().flat_map(|(t, d)| [*t, *d]).chain([broadcaster.address(), account("finder")]);
        let funds: Vec<_> = everyone.map(|who| (who, tokens(1_000))).collect();
        let mut twin = Twin::new(chain, settings, &funds).await;
        let opening = twin.protocol.opening;
        twin.start_round(opening).await;
        for (i, &(transcoder, delegator)) in (0..).zip(&pairs) {
            twin.bond(transcoder, tokens(300 + i), transcoder).await.unwrap();
            twin.bond(delegator, tokens(100 + 7 * i), transcoder).await.unwrap();
            let terms = Terms { reward_cut: 77_777, fee_share: 640_001, price: U256::from(1_000 + i) };
            assert!(twin.transcoder(transcoder, terms).await.unwrap().registered);
        }
        twin.deposit(broadcaster.address(), tokens(1)).await;
        twin.start_round(opening + 1).await;
        let profiles = [profile("P240p30fps16x9"), profile("P360p30fps16x9"), profile("P720p30fps16x9")];
        let price = U256::from(1_000_001_111u64);
        let job = twin.job(broadcaster.address(), STREAM, &profiles, price, JOB_BLOCKS).await;
        let transcoder = twin.elected(&job).await;
        let &(_, delegator) = pairs.iter().find(|(who, _)| *who == transcoder).unwrap();
        Self { twin, broadcaster, job, transcoder, delegator }
    }

    /// Segments of the stream as a claim.
    pub fn segments(&self, numbers: std::ops::Range<u64>) -> Claim {
        Claim::new(numbers.map(|number| Segment::new(&self.broadcaster, STREAM, number, 0)).collect())
    }

    /// Claims them, and makes the block that decides which are sampled; those.
    pub async fn claim(&mut self, claim: &Claim) -> (Claimed, Vec<u64>) {
        let claimed = self.twin.claim_work(&self.job, self.transcoder, claim.range(), claim.root()).await;
        let chain = &self.twin.protocol.chain;
        chain.mine_until_next_is(claimed.block + 2).await;
        let lot = chain.hash(claimed.block + 1).await;
        let sampled = claim.challenged(claimed.block + 1, lot, self.twin.protocol.settings.verification_rate);
        eprintln!("lot {lot} of block {}: {sampled:?}", claimed.block + 1);
        (claimed, sampled)
    }

    /// As honest transcoders submit a segment.
    pub fn submission(&self, claimed: &Claimed, claim: &Claim, number: u64) -> J::verifyCall {
        let segment = claim.segment(number);
        J::verifyCall {
            jobId: self.job.id,
            claimId: claimed.id,
            segmentNumber: U256::from(number),
            dataStorageHash: STORAGE.to_owned(),
            dataHashes: segment.hashes,
            broadcasterSig: segment.signature.clone(),
            proof: claim.proof(segment.receipt),
        }
    }

    /// Submits a sampled segment; the id of the verifier's request.
    pub async fn submit(&self, claimed: &Claimed, claim: &Claim, number: u64) -> U256 {
        let protocol = &self.twin.protocol;
        let done = protocol.chain.send(self.transcoder, protocol.jobs, self.submission(claimed, claim, number)).await;
        let event = done.event::<J::Verify>(protocol.jobs);
        assert_eq!((event.transcoder, event.jobId, event.claimId), (self.transcoder, self.job.id, claimed.id));
        let request = done.event::<V::VerifyRequest>(protocol.verifier);
        let hashes = claim.segment(number).hashes;
        assert_eq!(
            (request.jobId, request.claimId, request.segmentNumber),
            (self.job.id, claimed.id, U256::from(number))
        );
        assert_eq!([request.dataHash, request.transcodedDataHash], hashes);
        assert_eq!(request.dataStorageHash, STORAGE);
        assert_eq!(request.transcodingOptions.len(), 3 * 8);
        let stored = protocol.chain.view(protocol.verifier, V::requestsCall(request.requestId)).await;
        assert_eq!(stored.commitHash, keccak256(hashes.concat()));
        request.requestId
    }
}

fn range(first: u64, last: u64) -> [U256; 2] {
    [first, last].map(U256::from)
}

pub async fn job_with_one_segment_in_ten_verified(chain: Chain) {
    let settings = Settings {
        round_length: 1_000,
        verification_rate: RATE,
        verification_period: 150,
        verification_slashing_period: 100,
        ..Settings::default()
    };
    let mut studio = Studio::open(chain, settings).await;
    only_the_elected_may_claim(&studio).await;

    let claims = [studio.segments(0..100), studio.segments(100..200), studio.segments(200..233)];
    let mut claimed = Vec::new();
    for claim in &claims {
        let (one, sampled) = studio.claim(claim).await;
        every_segment_is_sampled_or_not(&studio, &one, claim, &sampled).await;
        claimed.push((one, sampled));
    }
    assert!(claimed.iter().any(|(_, sampled)| !sampled.is_empty()));
    let (one, (first, sampled)) = (0..).zip(&claimed).find(|(_, (_, sampled))| !sampled.is_empty()).unwrap();
    what_is_wrong_is_refused(&studio, first, &claims[one], sampled[0]).await;
    let request = studio.submit(first, &claims[one], sampled[0]).await;
    nothing_is_done_twice(&studio, first, &claims[one], sampled[0], request).await;
    for (i, (claim, (claimed, sampled))) in (0..).zip(claims.iter().zip(&claimed)) {
        for &number in sampled.iter().skip(usize::from(i == one)) {
            let request = studio.submit(claimed, claim, number).await;
            the_solver_answers(&studio, claimed, claim, number, request).await;
        }
    }
    everything_is_paid(&mut studio, &claimed).await;
}

async fn only_the_elected_may_claim(studio: &Studio) {
    let protocol = &studio.twin.protocol;
    let other = studio.twin.model.sets[&studio.job.round]
        .members
        .iter()
        .copied()
        .find(|who| *who != studio.transcoder)
        .unwrap();
    let call = J::claimWorkCall { jobId: studio.job.id, segmentRange: range(0, 99), claimRoot: B256::ZERO };
    let refused = protocol.chain.refused(other, protocol.jobs, call.clone()).await;
    let expected = format!("JobsManagerNotTheTranscoder(caller: {other}, transcoder: {})", studio.transcoder);
    assert_eq!(refused, expected);
    let refused = protocol.chain.refused(studio.delegator, protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerUnregisteredTranscoder(caller: {})", studio.delegator));
}

/// For each segment of the claim and its neighbours the contract says what was computed here.
async fn every_segment_is_sampled_or_not(studio: &Studio, claimed: &Claimed, claim: &Claim, sampled: &[u64]) {
    let protocol = &studio.twin.protocol;
    for segment in &claim.segments {
        let call = studio.submission(claimed, claim, segment.number);
        let answer = protocol.chain.attempt_call(studio.transcoder, protocol.jobs, call).await;
        let expected = if sampled.contains(&segment.number) {
            Ok(())
        } else {
            Err(format!("JobsManagerSegmentNotSampled(segmentNumber: {})", segment.number))
        };
        assert_eq!(answer, expected);
    }
    let outside = claim.range()[1] + U256::from(1);
    let call = J::verifyCall { segmentNumber: outside, ..studio.submission(claimed, claim, claim.segments[0].number) };
    let refused = protocol.chain.refused(studio.transcoder, protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerSegmentNotSampled(segmentNumber: {outside})"));
}

async fn what_is_wrong_is_refused(studio: &Studio, claimed: &Claimed, claim: &Claim, number: u64) {
    let protocol = &studio.twin.protocol;
    let right = || studio.submission(claimed, claim, number);
    let stranger = Segment::new(&key("stranger"), STREAM, number, 0);
    let forged = J::verifyCall { broadcasterSig: stranger.signature, ..right() };
    let mut other = right();
    other.dataHashes[1] = keccak256("something else");
    let mut short = right();
    short.proof = Bytes::copy_from_slice(&short.proof[32..]);
    let signature = format!("JobsManagerInvalidBroadcasterSig(segmentNumber: {number})");
    let receipt = format!("JobsManagerInvalidReceipt(segmentNumber: {number})");
    for (call, expected) in [(forged, signature), (other, receipt.clone()), (short, receipt)] {
        assert_eq!(protocol.chain.refused(studio.transcoder, protocol.jobs, call).await, expected);
    }
    let refused = protocol.chain.refused(studio.delegator, protocol.jobs, right()).await;
    assert!(refused.starts_with("JobsManagerNotTheTranscoder"), "{refused}");
    let wei = U256::from(1);
    let refused = protocol.chain.refused_payment(studio.transcoder, protocol.jobs, right(), wei).await;
    assert_eq!(refused, "JobsManagerWrongPayment(value: 1, price: 0)");
}

async fn the_solver_answers(studio: &Studio, claimed: &Claimed, claim: &Claim, number: u64, request: U256) {
    let protocol = &studio.twin.protocol;
    let result = keccak256(claim.segment(number).hashes.concat());
    let call = V::__callbackCall { requestId: request, result };
    let done = protocol.chain.send(protocol.solver, protocol.verifier, call).await;
    let passed = done.event::<J::PassedVerification>(protocol.jobs);
    assert_eq!((passed.jobId, passed.claimId, passed.segmentNumber), (studio.job.id, claimed.id, U256::from(number)));
    assert!(done.event::<V::Callback>(protocol.verifier).result);
}

/// Only the solver answers, once; a segment is submitted once.
async fn nothing_is_done_twice(studio: &Studio, claimed: &Claimed, claim: &Claim, number: u64, request: U256) {
    let protocol = &studio.twin.protocol;
    let answer = || V::__callbackCall { requestId: request, result: B256::ZERO };
    let refused = protocol.chain.refused(studio.transcoder, protocol.verifier, answer()).await;
    assert_eq!(refused, format!("LivepeerVerifierUnknownSolver(solver: {})", studio.transcoder));
    the_solver_answers(studio, claimed, claim, number, request).await;
    let refused = protocol.chain.refused(protocol.solver, protocol.verifier, answer()).await;
    assert_eq!(refused, format!("LivepeerVerifierUnknownRequest(requestId: {request})"));
    let call = studio.submission(claimed, claim, number);
    let refused = protocol.chain.refused(studio.transcoder, protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerSegmentSubmitted(segmentNumber: {number})"));
}

async fn everything_is_paid(studio: &mut Studio, claimed: &[(Claimed, Vec<u64>)]) {
    let (job, transcoder, delegator) = (studio.job.clone(), studio.transcoder, studio.delegator);
    let (first, rest) = (&claimed[0].0, [&claimed[1].0, &claimed[2].0]);
    let twin = &mut studio.twin;
    let due = twin.payable_from(first);
    twin.protocol.chain.mine_until_next_is(due - 1).await;
    let call = J::distributeFeesCall { jobId: job.id, claimId: first.id };
    let refused = twin.protocol.chain.refused(transcoder, twin.protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerFeesLocked(endVerificationSlashingBlock: {due}, blockNum: {})", due - 1));
    twin.distribute(&job, first).await;
    assert_eq!(twin.claim_status(&job, first).await, 2);

    // the others together: none before the last of them is due
    let ids: Vec<_> = rest.iter().map(|claim| claim.id).collect();
    let call = J::batchDistributeFeesCall { jobId: job.id, claimIds: ids };
    twin.protocol.chain.mine_until_next_is(twin.payable_from(rest[0])).await;
    let refused = twin.protocol.chain.refused(transcoder, twin.protocol.jobs, call.clone()).await;
    assert!(refused.starts_with("JobsManagerFeesLocked"), "{refused}");
    twin.protocol.chain.mine_until_next_is(twin.payable_from(rest[1])).await;
    let done = twin.protocol.chain.send(transcoder, twin.protocol.jobs, call).await;
    assert_eq!(done.events::<J::DistributeFees>(twin.protocol.jobs).len(), 2);
    rest.iter().for_each(|claim| twin.add_fees(transcoder, claim.fees, job.round));
    assert_eq!(twin.escrow(&job).await, U256::ZERO);
    twin.compare().await;

    // 233 segments in three profiles; 64.0001 per cent of it for those who delegate, by stake
    let fees = U256::from(233 * 3) * job.max_price;
    let shared = [100, 100, 33].map(|segments| part(U256::from(segments * 3) * job.max_price, 640_001));
    let shared: U256 = shared.into_iter().sum();
    let (own, all) = (twin.model.delegator(delegator).bonded, twin.model.earnings[&(transcoder, job.round)].stake);
    let expected = shared * own / all;
    assert_eq!(twin.withdraw_fees(delegator).await.unwrap(), expected);
    assert_eq!(twin.withdraw_fees(transcoder).await.unwrap(), fees - expected);

    let broadcaster = job.broadcaster;
    assert_eq!(twin.deposit_of(broadcaster).await, tokens(1) - fees);
    let refused = twin.protocol.chain.refused(broadcaster, twin.protocol.jobs, J::withdrawCall {}).await;
    assert!(refused.starts_with("JobsManagerDepositLocked"), "{refused}");
    twin.protocol.chain.mine_until_next_is(job.block + JOB_BLOCKS).await;
    twin.withdraw_deposit(broadcaster).await;
    assert_eq!(twin.protocol.chain.ether(twin.protocol.minter).await, U256::ZERO);
    twin.compare().await;
}

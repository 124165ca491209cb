//! The three faults a transcoder is slashed for.
//!
//! Each costs it a part of its own stake: burned, but for the finder's part where there is a finder. It leaves the pool and
//! the active set at once. The fees of the claim at fault return to the broadcaster and the job is over; claims that were in
//! order are paid all the same.

use alloy::primitives::{Address, B256, U256};
use tminus_contracts::bindings::{BondingManager as B, JobsManager as J, LivepeerVerifier as V};

use crate::{
    chain::{Chain, Done},
    deploy::Settings,
    jobs::Claimed,
    model::{Terms, maths::part, transcoding::Slashed},
    people::account,
    stream::Claim,
    verification::{Studio, tokens},
};

const FAILED: u64 = 123_457;
const MISSED: u64 = 250_001;
const DOUBLE: u64 = 300_007;
const FINDER_FEE: u64 = 50_000;
const PERIOD: u64 = 40;
const SLASHING: u64 = 30;
const PENDING: u8 = 0;
const SLASHED: u8 = 1;
const COMPLETE: u8 = 2;

fn settings() -> Settings {
    Settings {
        round_length: 400,
        // every segment
        verification_rate: 1,
        verification_period: PERIOD,
        verification_slashing_period: SLASHING,
        failed_verification_slash: FAILED,
        missed_verification_slash: MISSED,
        double_claim_slash: DOUBLE,
        finder_fee: FINDER_FEE,
        ..Settings::default()
    }
}

/// What a fault led to, whichever it was.
async fn punished(studio: &mut Studio, done: &Done, finder: Option<Address>, amount: u64) -> Slashed {
    let (twin, transcoder) = (&mut studio.twin, studio.transcoder);
    let (bonded, supply) = (twin.model.delegator(transcoder).bonded, twin.model.supply);
    let fee = if finder.is_some() { FINDER_FEE } else { 0 };
    let slashed = twin.slash(done, transcoder, finder, amount, fee);

    assert_eq!(slashed.penalty, part(bonded, amount));
    assert_eq!(slashed.finder, part(slashed.penalty, fee));
    assert_eq!(supply - twin.model.supply, slashed.penalty - slashed.finder, "the rest is burned");
    let resigned = done.event::<B::TranscoderResigned>(twin.protocol.bonding);
    assert_eq!(resigned.transcoder, transcoder);
    assert!(!twin.model.ranking.contains(transcoder) && !twin.model.is_active(transcoder, studio.job.round));
    twin.compare().await;
    slashed
}

/// The fees of the claims at fault are the broadcaster's again, the others are in escrow, and the job is over.
async fn refunded(studio: &Studio, done: &Done, faults: &[&Claimed], others: &[&Claimed]) {
    let (twin, jobs) = (&studio.twin, studio.twin.protocol.jobs);
    let events = done.events::<J::ClaimSlashed>(jobs);
    assert!(events.iter().map(|event| (event.claimId, event.refund)).eq(faults.iter().map(|c| (c.id, c.fees))));
    for claim in faults {
        assert_eq!(twin.claim_status(&studio.job, claim).await, SLASHED);
    }
    let kept: U256 = others.iter().map(|claim| claim.fees).sum();
    for claim in others {
        assert_eq!(twin.claim_status(&studio.job, claim).await, PENDING);
    }
    assert_eq!(twin.escrow(&studio.job).await, kept);
    assert_eq!(twin.deposit_of(studio.broadcaster.address()).await, tokens(1) - kept);
    let job = twin.protocol.chain.view(jobs, J::getJobCall { jobId: studio.job.id }).await;
    assert_eq!(job.endBlock, U256::from(done.block));
    assert_eq!(twin.protocol.chain.view(jobs, J::jobStatusCall { jobId: studio.job.id }).await, 0);
    let call = J::claimWorkCall { jobId: studio.job.id, segmentRange: [U256::from(900); 2], claimRoot: B256::ZERO };
    assert!(twin.protocol.chain.refused(studio.transcoder, jobs, call).await.starts_with("JobsManagerInactiveJob"));
}

/// A claim that was in order is paid though its transcoder is not in the pool any more; the slashed one is not.
async fn the_honest_claim_is_paid(studio: &mut Studio, honest: &Claimed, fault: &Claimed) {
    let job = studio.job.clone();
    let twin = &mut studio.twin;
    twin.protocol.chain.mine_until(twin.payable_from(honest).max(twin.payable_from(fault))).await;
    let call = J::distributeFeesCall { jobId: job.id, claimId: fault.id };
    let refused = twin.protocol.chain.refused(studio.transcoder, twin.protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerClaimNotPending(claimId: {}, status: {SLASHED})", fault.id));
    twin.distribute(&job, honest).await;
    assert_eq!(twin.claim_status(&job, honest).await, COMPLETE);
    twin.compare().await;
    assert!(!twin.withdraw_fees(studio.delegator).await.unwrap().is_zero());
}

/// With the stake it has left it may come back, as any other.
async fn comes_back(studio: &mut Studio) {
    let twin = &mut studio.twin;
    let announced = twin.transcoder(studio.transcoder, Terms::default()).await.unwrap();
    assert!(announced.registered);
    let next = studio.job.round + 1;
    twin.start_round(next).await;
    assert!(twin.model.is_active(studio.transcoder, next));
    twin.reward(studio.transcoder).await.unwrap();
    twin.compare().await;
    twin.compare_history().await;
}

async fn answer(studio: &Studio, request: U256, result: B256) -> Done {
    let protocol = &studio.twin.protocol;
    let call = V::__callbackCall { requestId: request, result };
    protocol.chain.send(protocol.solver, protocol.verifier, call).await
}

pub async fn failed_verification(chain: Chain) {
    let mut studio = Studio::open(chain, settings()).await;
    let claims = [studio.segments(0..10), studio.segments(10..15)];
    let (honest, _) = studio.claim(&claims[0]).await;
    let (fault, sampled) = studio.claim(&claims[1]).await;
    assert_eq!(sampled, [10, 11, 12, 13, 14]);
    let early = studio.submit(&fault, &claims[1], 11).await;
    let request = studio.submit(&fault, &claims[1], 12).await;

    let done = answer(&studio, request, B256::repeat_byte(0xbd)).await;
    let failed = done.event::<J::FailedVerification>(studio.twin.protocol.jobs);
    assert_eq!(
        (failed.transcoder, failed.claimId, failed.segmentNumber),
        (studio.transcoder, fault.id, U256::from(12))
    );
    assert!(!done.event::<V::Callback>(studio.twin.protocol.verifier).result);
    punished(&mut studio, &done, None, FAILED).await;
    refunded(&studio, &done, &[&fault], &[&honest]).await;

    // an answer that comes after the claim was slashed is not taken: it cannot be slashed again
    let protocol = &studio.twin.protocol;
    let late = V::__callbackCall { requestId: early, result: B256::ZERO };
    let refused = protocol.chain.refused(protocol.solver, protocol.verifier, late).await;
    assert_eq!(refused, format!("JobsManagerClaimSlashed(claimId: {})", fault.id));
    the_honest_claim_is_paid(&mut studio, &honest, &fault).await;
    comes_back(&mut studio).await;
}

pub async fn missed_verification(chain: Chain) {
    let mut studio = Studio::open(chain, settings()).await;
    let finder = account("finder");
    let claims = [studio.segments(0..3), studio.segments(3..9)];
    let (honest, _) = studio.claim(&claims[0]).await;
    for number in 0..3 {
        studio.submit(&honest, &claims[0], number).await;
    }
    let (fault, _) = studio.claim(&claims[1]).await;
    studio.submit(&fault, &claims[1], 5).await;
    let jobs = studio.twin.protocol.jobs;
    let missed = |claim: &Claimed, number: u64| J::missedVerificationSlashCall {
        jobId: studio.job.id,
        claimId: claim.id,
        segmentNumber: U256::from(number),
    };

    // the window: from endVerificationBlock on, where submitting ends, and before endVerificationSlashingBlock
    let (end, close) = (fault.block + PERIOD, fault.block + PERIOD + SLASHING);
    let chain = &studio.twin.protocol.chain;
    chain.mine_until_next_is(end - 1).await;
    let refused = chain.refused(finder, jobs, missed(&fault, 7)).await;
    assert_eq!(
        refused,
        format!("JobsManagerOutsideSlashingPeriod(startBlock: {end}, endBlock: {close}, blockNum: {})", end - 1)
    );
    let call = studio.submission(&fault, &claims[1], 7);
    let refused = chain.refused(studio.transcoder, jobs, call).await;
    assert_eq!(refused, format!("JobsManagerVerificationOver(endVerificationBlock: {end}, blockNum: {end})"));
    let refused = chain.refused(finder, jobs, missed(&fault, 5)).await;
    assert_eq!(refused, "JobsManagerSegmentSubmitted(segmentNumber: 5)");
    let refused = chain.refused(finder, jobs, missed(&fault, 9)).await;
    assert_eq!(refused, "JobsManagerSegmentNotSampled(segmentNumber: 9)");
    let late = missed(&honest, 9);
    chain.mine_until_next_is(close - 1).await;
    let before = studio.twin.protocol.tokens(finder).await;
    let done = chain.send(finder, jobs, missed(&fault, 7)).await;

    let slashed = punished(&mut studio, &done, Some(finder), MISSED).await;
    assert!(!slashed.finder.is_zero());
    assert_eq!(studio.twin.protocol.tokens(finder).await, before + slashed.finder);
    refunded(&studio, &done, &[&fault], &[&honest]).await;
    let refused = studio.twin.protocol.chain.refused(finder, jobs, late).await;
    assert!(refused.starts_with("JobsManagerOutsideSlashingPeriod"), "{refused}");
    the_honest_claim_is_paid(&mut studio, &honest, &fault).await;
    comes_back(&mut studio).await;
}

pub async fn double_claim(chain: Chain) {
    let mut studio = Studio::open(chain, settings()).await;
    let finder = account("finder");
    let claims: [Claim; 3] = [studio.segments(0..10), studio.segments(20..30), studio.segments(29..35)];
    let (honest, _) = studio.claim(&claims[0]).await;
    let (first, _) = studio.claim(&claims[1]).await;
    let (second, _) = studio.claim(&claims[2]).await;
    let jobs = studio.twin.protocol.jobs;
    let double = |one: &Claimed, other: &Claimed, number: u64| J::doubleClaimSegmentSlashCall {
        jobId: studio.job.id,
        claimId1: one.id,
        claimId2: other.id,
        segmentNumber: U256::from(number),
    };
    let chain = &studio.twin.protocol.chain;
    let not_claimed = |claim: &Claimed, number: u64| {
        format!("JobsManagerSegmentNotClaimed(claimId: {}, segmentNumber: {number})", claim.id)
    };
    let refusals = [
        (double(&honest, &honest, 5), format!("JobsManagerSameClaim(claimId: {})", honest.id)),
        (double(&first, &second, 28), not_claimed(&second, 28)),
        (double(&first, &second, 30), not_claimed(&first, 30)),
        (double(&honest, &second, 29), not_claimed(&honest, 29)),
    ];
    for (call, expected) in refusals {
        assert_eq!(chain.refused(finder, jobs, call).await, expected);
    }
    let again = double(&second, &first, 29);
    let before = studio.twin.protocol.tokens(finder).await;
    let done = chain.send(finder, jobs, double(&first, &second, 29)).await;

    let slashed = punished(&mut studio, &done, Some(finder), DOUBLE).await;
    assert_eq!(studio.twin.protocol.tokens(finder).await, before + slashed.finder);
    refunded(&studio, &done, &[&first, &second], &[&honest]).await;
    let refused = studio.twin.protocol.chain.refused(finder, jobs, again).await;
    assert!(refused.starts_with("JobsManagerClaimSlashed"), "{refused}");
    the_honest_claim_is_paid(&mut studio, &honest, &second).await;
    comes_back(&mut studio).await;
}

//! The system paused for five rounds.
//!
//! Meanwhile nobody can do anything, and nothing changes but the number of the round. Afterwards only the current round is
//! initialized: those in between never were, and nothing is lost by it.

use alloy::primitives::{B256, U256};
use tminus_contracts::bindings::{
    BondingManager as B, Controller, JobsManager as J, LivepeerVerifier as V, RoundsManager as R,
};

use crate::{
    chain::Chain,
    deploy::Settings,
    people::account,
    verification::{Studio, tokens},
};

const PAUSED: &str = "ManagerSystemPaused()";

pub async fn paused_for_five_rounds(chain: Chain) {
    let settings = Settings {
        unbonding_period: 3,
        verification_rate: 1,
        verification_period: 30,
        verification_slashing_period: 20,
        ..Settings::default()
    };
    let mut studio = Studio::open(chain, settings).await;
    let (transcoder, delegator) = (studio.transcoder, studio.delegator);
    let other =
        studio.twin.model.sets[&studio.job.round].members.iter().copied().find(|who| *who != transcoder).unwrap();
    let claim = studio.segments(0..4);
    let (claimed, _) = studio.claim(&claim).await;
    let request = studio.submit(&claimed, &claim, 2).await;
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.unbond(other).await.unwrap();
    let (paused_in, unpaused_in) = (studio.job.round + 1, studio.job.round + 6);
    studio.twin.start_round(paused_in).await;
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.compare().await;

    let protocol = &studio.twin.protocol;
    protocol.by_owner(protocol.controller, Controller::pauseCall {}).await;
    let inflation = studio.twin.model.inflation.clone();
    let pending = studio.twin.model.shares(delegator, paused_in).unwrap();
    for round in paused_in..unpaused_in {
        if round > paused_in {
            studio.twin.protocol.chain.mine_until_next_is(round * 50).await;
        }
        everything_is_refused(&studio, &claimed.id, request).await;
        studio.twin.compare().await;
    }
    let protocol = &studio.twin.protocol;
    protocol.chain.mine_until_next_is(unpaused_in * 50).await;
    let refused = protocol.chain.refused(transcoder, protocol.controller, Controller::unpauseCall {}).await;
    assert!(refused.starts_with("OwnableUnauthorizedAccount"), "{refused}");
    protocol.by_owner(protocol.controller, Controller::unpauseCall {}).await;

    let refused = studio.twin.reward(transcoder).await.unwrap_err();
    assert_eq!(refused, "BondingManagerRoundNotInitialized()");
    studio.twin.initialize_round().await.unwrap();
    let refused = studio.twin.initialize_round().await.unwrap_err();
    assert_eq!(refused, format!("RoundsManagerRoundInitialized(round: {unpaused_in})"));
    only_the_current_round_was_initialized(&studio, paused_in + 1..unpaused_in).await;
    assert_eq!(studio.twin.model.inflation.rate, inflation.rate + 3, "inflation moved once");

    // nothing was lost: earnings from before, the stake whose time passed meanwhile, the claim
    assert_eq!(studio.twin.model.shares(delegator, unpaused_in).unwrap(), pending);
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.claim_earnings(delegator, unpaused_in).await.unwrap();
    assert!(studio.twin.model.delegator(delegator).bonded > tokens(100) + pending.rewards);
    studio.twin.withdraw_stake(other).await.unwrap();
    assert_eq!(studio.twin.model.wallet(other), tokens(1_000));
    let job = studio.job.clone();
    studio.twin.distribute(&job, &claimed).await;
    studio.twin.withdraw_fees(transcoder).await.unwrap();
    studio.twin.compare().await;
    studio.twin.compare_history().await;
}

async fn everything_is_refused(studio: &Studio, claim: &U256, request: U256) {
    let protocol = &studio.twin.protocol;
    let (bonding, jobs) = (protocol.bonding, protocol.jobs);
    let (transcoder, broadcaster, one) = (studio.transcoder, studio.broadcaster.address(), U256::from(1));
    let (job, claim) = (studio.job.id, *claim);
    macro_rules! paused {
        ($from:expr, $to:expr, $($call:expr),+ $(,)?) => {
            $(assert_eq!(protocol.chain.refused($from, $to, $call).await, PAUSED);)+
        };
    }
    paused!(transcoder, protocol.rounds, R::initializeRoundCall {});
    paused!(
        transcoder,
        bonding,
        B::bondCall { amount: one, to: transcoder },
        B::unbondCall {},
        B::rewardCall {},
        B::transcoderCall { rewardCut: one, feeShare: one, pricePerSegment: one },
        B::claimEarningsCall { endRound: U256::from(studio.job.round + 1) },
        B::withdrawStakeCall {},
        B::withdrawFeesCall {},
    );
    paused!(
        transcoder,
        jobs,
        J::claimWorkCall { jobId: job, segmentRange: [one, one], claimRoot: B256::ZERO },
        J::distributeFeesCall { jobId: job, claimId: claim },
        J::batchDistributeFeesCall { jobId: job, claimIds: vec![claim] },
        J::verifyCall {
            jobId: job,
            claimId: claim,
            segmentNumber: one,
            dataStorageHash: String::new(),
            dataHashes: [B256::ZERO; 2],
            broadcasterSig: [].into(),
            proof: [].into(),
        },
    );
    paused!(
        account("finder"),
        jobs,
        J::missedVerificationSlashCall { jobId: job, claimId: claim, segmentNumber: one },
        J::doubleClaimSegmentSlashCall { jobId: job, claimId1: claim, claimId2: claim, segmentNumber: one },
    );
    let options = "41b1a064".to_owned();
    let call = J::jobCall {
        streamId: "stream".to_owned(),
        transcodingOptions: options,
        maxPricePerSegment: one,
        endBlock: U256::from(10_000),
    };
    paused!(broadcaster, jobs, call, J::withdrawCall {});
    assert_eq!(protocol.chain.refused_payment(broadcaster, jobs, J::depositCall {}, one).await, PAUSED);
    let call = V::__callbackCall { requestId: request, result: B256::ZERO };
    paused!(protocol.solver, protocol.verifier, call);
}

async fn only_the_current_round_was_initialized(studio: &Studio, between: std::ops::Range<u64>) {
    let (protocol, transcoder) = (&studio.twin.protocol, studio.transcoder);
    let (chain, bonding) = (&protocol.chain, protocol.bonding);
    assert_eq!(chain.view(protocol.rounds, R::lastInitializedRoundCall {}).await, U256::from(between.end));
    for round in between.clone() {
        let round = U256::from(round);
        assert_eq!(chain.view(bonding, B::getTotalActiveStakeCall { round }).await, U256::ZERO);
        assert!(!chain.view(bonding, B::isActiveTranscoderCall { transcoder_: transcoder, round }).await);
    }
    let round = U256::from(between.end);
    assert!(chain.view(bonding, B::isActiveTranscoderCall { transcoder_: transcoder, round }).await);
}

//! A transcoder that loses its place in the pool while it works.
//!
//! It keeps the round: its reward, the jobs it is elected for and their fees. In the next round it is nobody. One that takes
//! its stake away loses the round as well.

use alloy::primitives::{Address, B256, U256};
use tminus_contracts::bindings::{BondingManager as B, JobsManager as J};

use crate::{
    chain::Chain,
    deploy::Settings,
    jobs::Job,
    model::Terms,
    people::{account, accounts},
    stream::profile,
    twin::Twin,
    verification::tokens,
};

pub async fn evicted_while_active(chain: Chain) {
    let (t, delegator, broadcaster) = (accounts("transcoder", 4), account("delegator"), account("broadcaster"));
    let everyone = t.iter().chain([&delegator, &broadcaster]);
    let funds: Vec<_> = everyone.map(|who| (*who, tokens(1_000))).collect();
    let settings = Settings {
        round_length: 100,
        num_transcoders: 3,
        num_active: 2,
        verification_period: 10,
        verification_slashing_period: 10,
        ..Settings::default()
    };
    let mut twin = Twin::new(chain, settings, &funds).await;
    let opening = twin.protocol.opening;
    twin.start_round(opening).await;
    twin.deposit(broadcaster, tokens(1)).await;
    for (i, own) in [10, 300, 200].into_iter().enumerate() {
        twin.bond(t[i], tokens(own), t[i]).await.unwrap();
        // only the first is cheap
        let price = U256::from(if i == 0 { 5 } else { 50 });
        twin.transcoder(t[i], Terms { reward_cut: 200_000, fee_share: 300_000, price }).await.unwrap();
    }
    twin.bond(delegator, tokens(500), t[0]).await.unwrap();

    let round = opening + 1;
    twin.start_round(round).await;
    assert_eq!(twin.model.sets[&round].members, [t[0], t[1]]);
    twin.bond(delegator, U256::ZERO, t[1]).await.unwrap();
    twin.bond(t[3], tokens(50), t[3]).await.unwrap();
    let announced = twin.transcoder(t[3], Terms { price: U256::from(50), ..Terms::default() }).await.unwrap();
    assert_eq!(announced.evicted, Some(t[0]));
    assert!(!twin.model.ranking.contains(t[0]) && twin.model.is_active(t[0], round));
    twin.compare().await;

    // 510 of 810 of what is minted, and all of its own: its delegator claimed the round when it left
    assert!(!twin.reward(t[0]).await.unwrap().is_zero());
    twin.reward(t[1]).await.unwrap();
    let job = cheap_job(&mut twin).await;
    assert_eq!(twin.elected(&job).await, t[0]);
    let claim = twin.claim_work(&job, t[0], [U256::from(1), U256::from(4)], B256::ZERO).await;
    twin.protocol.chain.mine_until_next_is(twin.payable_from(&claim)).await;
    twin.distribute(&job, &claim).await;
    twin.compare().await;
    assert_eq!(twin.withdraw_fees(t[0]).await.unwrap(), claim.fees);

    let lost = cheap_job(&mut twin).await;
    assert_eq!(twin.elected(&lost).await, t[0]);
    twin.start_round(round + 1).await;
    assert_eq!(twin.model.sets[&(round + 1)].members, [t[1], t[2]]);
    assert!(twin.reward(t[0]).await.unwrap_err().starts_with("BondingManagerNotActive"));
    let call = J::claimWorkCall { jobId: lost.id, segmentRange: [U256::ZERO; 2], claimRoot: B256::ZERO };
    let refused = twin.protocol.chain.refused(t[0], twin.protocol.jobs, call).await;
    assert_eq!(refused, format!("JobsManagerUnregisteredTranscoder(caller: {})", t[0]));

    // the first comes back in the place of the last; that one comes back in the place of one that works in this round
    twin.bond(t[0], tokens(400), t[0]).await.unwrap();
    assert_eq!(twin.transcoder(t[0], Terms::default()).await.unwrap().evicted, Some(t[3]));
    twin.bond(t[3], tokens(200), t[3]).await.unwrap();
    assert_eq!(twin.transcoder(t[3], Terms::default()).await.unwrap().evicted, Some(t[2]));
    leaves(&mut twin, t[2]).await;
    twin.compare().await;
    twin.compare_history().await;
}

/// A job that only the first transcoder is cheap enough for.
async fn cheap_job(twin: &mut Twin) -> Job {
    twin.job(account("broadcaster"), "stream", &[profile("P144p30fps16x9")], U256::from(5), 90).await
}

/// Whoever is active, and no longer in the pool, resigns when it unbonds: nothing stands behind it any more.
async fn leaves(twin: &mut Twin, evicted: Address) {
    let round = twin.model.round;
    assert!(twin.model.is_active(evicted, round) && !twin.model.ranking.contains(evicted));
    let before = twin.model.sets[&round].stake;
    twin.unbond(evicted).await.unwrap();
    let stake = twin.model.earnings[&(evicted, round)].stake;
    let call = B::getTotalActiveStakeCall { round: U256::from(round) };
    assert_eq!(twin.protocol.chain.view(twin.protocol.bonding, call).await, before - stake);
    assert!(twin.reward(evicted).await.unwrap_err().starts_with("BondingManagerNotActive"));
}

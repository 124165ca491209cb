//! The BondingManager exchanged under a living protocol.
//!
//! A later implementation is registered, which takes effect with the next call and keeps every account, pool and set; it reads
//! them in a new way and has state of its own. Then the code from before is deployed anew and takes over in turn. A target
//! that cannot work is refused by the proxy, and harms nothing.

use alloy::primitives::{Address, U256};
use tminus_contracts::bindings::{BondingManager as B, Controller, upgrades::BondingManagerV2 as Later};

use crate::{
    chain::Chain,
    deploy::{Protocol, Settings, id},
    model::maths::points,
    verification::Studio,
};

async fn target(protocol: &Protocol) -> Address {
    protocol.chain.view(protocol.controller, Controller::getContractCall { id: id("BondingManagerTarget") }).await
}

/// An implementation holds nothing itself.
async fn is_empty(studio: &Studio, implementation: Address) {
    let chain = &studio.twin.protocol.chain;
    assert_eq!(chain.view(implementation, B::getTotalBondedCall {}).await, U256::ZERO);
    let account = chain.view(implementation, B::getDelegatorCall { delegator: studio.transcoder }).await;
    assert_eq!(account.bondedAmount, U256::ZERO);
}

pub async fn upgraded_with_its_state(chain: Chain) {
    let settings = Settings {
        unbonding_period: 1,
        verification_period: 10,
        verification_slashing_period: 10,
        ..Settings::default()
    };
    let mut studio = Studio::open(chain, settings).await;
    let (job, transcoder, delegator) = (studio.job.clone(), studio.transcoder, studio.delegator);
    let other = studio.twin.model.sets[&job.round].members.iter().copied().find(|who| *who != transcoder).unwrap();
    let segments = studio.segments(0..5);
    let (claim, _) = studio.claim(&segments).await;
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.unbond(other).await.unwrap();
    studio.twin.compare().await;

    let bonding = studio.twin.protocol.bonding;
    let own_part = Later::ownPartCall { transcoder_: transcoder };
    studio.twin.protocol.chain.try_view(bonding, own_part.clone()).await.unwrap_err();
    let before = target(&studio.twin.protocol).await;
    let later = take_over(&mut studio, "BondingManagerV2").await;
    assert_ne!(before, later);
    is_empty(&studio, later).await;

    let protocol = &studio.twin.protocol;
    let account = studio.twin.model.delegator(transcoder);
    let expected = points(account.bonded, account.delegated);
    assert_eq!(protocol.chain.view(bonding, own_part.clone()).await, expected);
    assert_eq!(protocol.chain.view(bonding, Later::minimumOwnPartCall {}).await, U256::ZERO);
    let minimum = Later::setMinimumOwnPartCall { newMinimum: U256::from(100_000) };
    let refused = protocol.chain.refused(transcoder, bonding, minimum.clone()).await;
    assert_eq!(refused, format!("ManagerUnauthorizedCaller(caller: {transcoder})"));
    protocol.by_owner(bonding, minimum).await;

    // what began before goes on
    let refused = studio.twin.reward(transcoder).await.unwrap_err();
    assert!(refused.starts_with("BondingManagerAlreadyRewarded"), "{refused}");
    studio.twin.protocol.chain.mine_until(studio.twin.payable_from(&claim)).await;
    studio.twin.distribute(&job, &claim).await;
    studio.twin.start_round(job.round + 1).await;
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.withdraw_stake(other).await.unwrap();
    studio.twin.claim_earnings(delegator, job.round + 1).await.unwrap();
    assert!(!studio.twin.withdraw_fees(delegator).await.unwrap().is_zero());
    studio.twin.compare().await;

    // the code from before, deployed anew, knows the word of the later one no more, and leaves it alone
    let anew = take_over(&mut studio, "BondingManager").await;
    assert!(anew != before && anew != later);
    let chain = &studio.twin.protocol.chain;
    chain.try_view(bonding, Later::minimumOwnPartCall {}).await.unwrap_err();
    nobody_is_there(&mut studio, anew).await;
    studio.twin.start_round(job.round + 2).await;
    studio.twin.reward(transcoder).await.unwrap();
    studio.twin.unbond(delegator).await.unwrap();
    studio.twin.compare().await;

    studio.twin.protocol.register("BondingManagerTarget", later).await;
    let kept = studio.twin.protocol.chain.view(bonding, Later::minimumOwnPartCall {}).await;
    assert_eq!(kept, U256::from(100_000));
    studio.twin.compare().await;
    studio.twin.compare_history().await;
}

/// Deploys an implementation and registers it; nothing has changed but the target.
async fn take_over(studio: &mut Studio, name: &str) -> Address {
    let protocol = &studio.twin.protocol;
    let proxy = Controller::getContractCall { id: id("BondingManager") };
    assert_eq!(protocol.chain.view(protocol.controller, proxy.clone()).await, protocol.bonding);
    let implementation = protocol.implementation(name).await;
    protocol.register("BondingManagerTarget", implementation).await;
    assert_eq!(target(protocol).await, implementation);
    assert_eq!(protocol.chain.view(protocol.controller, proxy).await, protocol.bonding);
    studio.twin.compare().await;
    studio.twin.compare_history().await;
    implementation
}

/// A target without code, and none at all: every call is refused until there is a real one again.
async fn nobody_is_there(studio: &mut Studio, real: Address) {
    let (protocol, transcoder) = (&studio.twin.protocol, studio.transcoder);
    let refusals = [
        (transcoder, format!("ManagerProxyTargetWithoutCode(target: {transcoder})")),
        (Address::ZERO, format!("ManagerProxyUnknownTarget(id: {})", id("BondingManagerTarget"))),
    ];
    for (nobody, expected) in refusals {
        protocol.register("BondingManagerTarget", nobody).await;
        assert_eq!(protocol.chain.refused(transcoder, protocol.bonding, B::unbondCall {}).await, expected);
        protocol.chain.try_view(protocol.bonding, B::getTotalBondedCall {}).await.unwrap_err();
    }
    protocol.register("BondingManagerTarget", real).await;
    studio.twin.compare().await;
}

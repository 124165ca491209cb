//! Vesting tried by moving the clock.
//!
//! The clock moves in twelve equal steps over the longest vesting period. At the third, one team grant is revoked by the
//! bank multisig (impersonated: nobody has its key here) in a block that carries exactly that time, and the keeper's job
//! releases everything that is due; at the last it releases the rest. Each action asks the chain first whether it was done.
//! What came of it is read from the chain's history afterwards, in `observe`.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
    sol_types::SolCall,
};
use tminus_chain::{
    dev::Dev,
    outbox::Outbox,
    rpc::{BlockRef, Rpc},
};
use tminus_contracts::bindings::TokenVesting;
use tminus_genesis::{
    deployment::{Deployment, GrantRecord},
    profile::GrantKind,
};
use tminus_keeper::vesting as keeper;

use crate::{
    commands::connect::{classify_dev, classify_outbox},
    exit::Failure,
};

/// Steps of the clock over the longest vesting.
pub(super) const STEPS: u64 = 12;
/// The step at which a grant is revoked and everything due is released.
pub(super) const MIDDLE: u64 = 3;
/// When the clock stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(super) start: u64,
    step: u64,
}

impl Clock {
    /// The stops for a set of grants; none when nothing vests.
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let longest = deployment.grants.iter().map(|grant| grant.duration).max().unwrap_or_default();
        Self { start: deployment.grants_start, step: (longest / STEPS).max(1) }
    }

    pub(super) fn stop(self, index: u64) -> u64 {
        self.start + index * self.step
    }

    fn stops(self) -> impl Iterator<Item = u64> {
        (0..=STEPS).map(move |index| self.stop(index))
    }
}

/// The grant that is revoked: the first of the team's that has vested in part in the middle.
pub(super) fn to_revoke(deployment: &Deployment) -> Option<(usize, &GrantRecord)> {
    let middle = Clock::of(deployment).stop(MIDDLE);
    let in_part = |grant: &GrantRecord| {
        let vested = vested(grant, middle);
        vested > U256::ZERO && vested < grant.amount
    };
    deployment.grants.iter().enumerate().find(|(_, grant)| grant.kind == GrantKind::Team && in_part(grant))
}

/// What has vested of a grant at a time, seconds since 1970 (protocol specification 12.2 and 12.3): nothing before the
/// cliff, everything after the duration, in between the part of the time since the start.
pub(super) fn vested(grant: &GrantRecord, time: u64) -> U256 {
    let elapsed = time.saturating_sub(grant.start);
    if time < grant.start || elapsed < grant.cliff {
        U256::ZERO
    } else if elapsed >= grant.duration {
        grant.amount
    } else {
        grant.amount * U256::from(elapsed) / U256::from(grant.duration)
    }
}

pub(super) fn vests(grant: &GrantRecord) -> bool {
    grant.kind != GrantKind::Community
}

/// Moves the clock through its stops and acts at them; what was done before is not done again.
///
/// # Errors
/// The chain, the outbox, or a release that failed.
pub(crate) async fn fly(
    rpc: &Rpc,
    dev: &Dev,
    outbox: &Outbox,
    sender: Address,
    deployment: &Deployment,
    mut progress: impl FnMut(u64),
) -> Result<u64, Failure> {
    let clock = Clock::of(deployment);
    let token = deployment.addresses.token;
    let mut releases = 0;
    for (index, time) in (0..).zip(clock.stops()) {
        progress(index);
        let latest = latest(rpc).await?;
        let next = clock.stop(index + 1);
        if index < STEPS && latest.timestamp >= next {
            continue;
        }
        let revoke = match to_revoke(deployment).filter(|_| index == MIDDLE) {
            Some((_, grant)) if !is_revoked(rpc, grant, token).await? => Some(grant),
            _ => None,
        };
        if latest.timestamp < time {
            dev.set_next_timestamp(time).await.map_err(classify_dev)?;
            if revoke.is_none() {
                dev.mine(1).await.map_err(classify_dev)?;
            }
        }
        if let Some(grant) = revoke {
            let bank: Address = view(rpc, grant.holder, TokenVesting::ownerCall {}, BlockId::latest()).await?;
            let call = TokenVesting::revokeCall { token }.abi_encode();
            dev.send_as(bank, grant.holder, call.into()).await.map_err(classify_dev)?;
        }
        if index == MIDDLE || index == STEPS {
            let tag = if index == MIDDLE { "middle" } else { "end" };
            releases += release_due(rpc, outbox, sender, deployment, tag).await?;
        }
    }
    Ok(releases)
}

/// Runs the keeper's vesting job once over every holder.
async fn release_due(
    rpc: &Rpc,
    outbox: &Outbox,
    sender: Address,
    deployment: &Deployment,
    tag: &str,
) -> Result<u64, Failure> {
    let holders: Vec<_> = deployment
        .grants
        .iter()
        .map(|grant| keeper::Holder {
            address: grant.holder,
            token: deployment.addresses.token,
            kind: if vests(grant) { keeper::HolderKind::Vesting } else { keeper::HolderKind::Timelock },
        })
        .collect();
    let dues = keeper::due(rpc, &holders, BlockNumberOrTag::Latest).await.map_err(Failure::halted)?;
    if let Some(unreadable) = dues.unreadable.first() {
        let holder = unreadable.holder.address;
        return Err(Failure::Halted(format!("the grant at {holder} could not be read: {}", unreadable.error)));
    }
    let released = keeper::release(outbox, sender, &dues, tag).await.map_err(classify_outbox)?;
    match released.failed.first() {
        Some(failed) => {
            Err(Failure::Failed(format!("the grant at {} was not released: {}", failed.holder.address, failed.error)))
        }
        None => Ok(released.settled.len() as u64),
    }
}

async fn is_revoked(rpc: &Rpc, grant: &GrantRecord, token: Address) -> Result<bool, Failure> {
    view(rpc, grant.holder, TokenVesting::revokedCall { token }, BlockId::latest()).await
}

/// The latest block.
pub(super) async fn latest(rpc: &Rpc) -> Result<BlockRef, Failure> {
    rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::halted)
}

async fn view<C: SolCall>(rpc: &Rpc, to: Address, call: C, at: BlockId) -> Result<C::Return, Failure> {
    rpc.view(to, call, at).await.map_err(Failure::halted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_vested_follows_the_terms() {
        let grant = GrantRecord {
            kind: GrantKind::Team,
            receiver: Address::ZERO,
            amount: U256::from(1_000),
            holder: Address::ZERO,
            start: 100,
            cliff: 10,
            duration: 40,
        };
        let at = |time| vested(&grant, time).to::<u64>();
        assert_eq!(
            [at(0), at(100), at(109), at(110), at(113), at(139), at(140), at(u64::MAX)],
            [0, 0, 0, 250, 325, 975, 1_000, 1_000]
        );
        let timelock = GrantRecord { cliff: 0, duration: 0, ..grant };
        assert_eq!((vested(&timelock, 99), vested(&timelock, 100)), (U256::ZERO, U256::from(1_000)));
    }
}

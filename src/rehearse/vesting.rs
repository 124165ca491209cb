//! Vesting tried by moving the clock, and what the chain's history says of it afterwards.
//!
//! The clock moves in twelve equal steps over the longest vesting period. At the third, one team grant is revoked by the
//! bank multisig (impersonated: nobody has its key here) in a block that carries exactly that time, and the keeper's job
//! releases everything that is due; at the last it releases the rest. Each action asks the chain first whether it was done.
//!
//! The findings are read from the history of the chain, at the blocks where each thing must have been so: they come out the
//! same whether the rehearsal ran in one go or was killed and resumed at any point.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
    rpc::types::Filter,
    sol_types::{SolCall, SolEvent},
};
use futures::{StreamExt, stream};
use tminus_chain::{
    dev::Dev,
    evidence::{Finding, Verdict},
    outbox::Outbox,
    rpc::{BlockRef, Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, TokenTimelock, TokenVesting};
use tminus_genesis::{
    deployment::{Deployment, GrantRecord},
    profile::GrantKind,
};
use tminus_keeper::vesting as keeper;

use crate::{
    commands::connect::{classify_dev, classify_outbox},
    exit::Failure,
    report::data::{GrantPoint, Revocation},
};

/// Steps of the clock over the longest vesting.
pub(super) const STEPS: u64 = 12;
/// The step at which a grant is revoked and everything due is released.
const MIDDLE: u64 = 3;
/// Reads at a time.
const CONCURRENCY: usize = 16;

/// When the clock stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: u64,
    step: u64,
}

impl Clock {
    /// The stops for a set of grants; none when nothing vests.
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let longest = deployment.grants.iter().map(|grant| grant.duration).max().unwrap_or_default();
        Self { start: deployment.grants_start, step: (longest / STEPS).max(1) }
    }

    fn stop(self, index: u64) -> u64 {
        self.start + index * self.step
    }

    fn stops(self) -> impl Iterator<Item = u64> {
        (0..=STEPS).map(move |index| self.stop(index))
    }
}

/// The grant that is revoked: the first of the team's that has vested in part in the middle.
fn to_revoke(deployment: &Deployment) -> Option<(usize, &GrantRecord)> {
    let middle = Clock::of(deployment).stop(MIDDLE);
    let in_part = |grant: &GrantRecord| {
        let vested = vested(grant, middle);
        vested > U256::ZERO && vested < grant.amount
    };
    deployment.grants.iter().enumerate().find(|(_, grant)| grant.kind == GrantKind::Team && in_part(grant))
}

/// What has vested of a grant at a time, seconds since 1970 (protocol specification 12.2 and 12.3): nothing before the
/// cliff, everything after the duration, in between the part of the time since the start.
fn vested(grant: &GrantRecord, time: u64) -> U256 {
    let elapsed = time.saturating_sub(grant.start);
    if time < grant.start || elapsed < grant.cliff {
        U256::ZERO
    } else if elapsed >= grant.duration {
        grant.amount
    } else {
        grant.amount * U256::from(elapsed) / U256::from(grant.duration)
    }
}

fn vests(grant: &GrantRecord) -> bool {
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

/// What the history says: the findings, and for each grant its observed points and its revocation.
#[derive(Debug)]
pub(crate) struct Observed {
    /// The checks `vesting.*`.
    pub(crate) findings: Vec<Finding>,
    /// In the order of the deployment's grants.
    pub(crate) curves: Vec<(Vec<GrantPoint>, Option<Revocation>)>,
}

/// Reads the history of the chain after [`fly`].
///
/// # Errors
/// Only if the chain does not even tell its blocks; what cannot be read of a grant is an unknown finding.
pub(crate) async fn observe(rpc: &Rpc, deployment: &Deployment) -> Result<Observed, Failure> {
    let clock = Clock::of(deployment);
    let token = deployment.addresses.token;
    let mut findings = Vec::new();
    let mut curves: Vec<(Vec<GrantPoint>, Option<Revocation>)> = vec![(Vec::new(), None); deployment.grants.len()];

    let before = rpc.last_block_before(clock.start).await.map_err(Failure::halted)?;
    match before {
        Some(block) => findings.extend(nothing_due(rpc, deployment, block).await),
        None => findings.push(Finding {
            check: "vesting.before-start".to_owned(),
            subject: String::new(),
            verdict: Verdict::Unknown,
            expected: "a block before the grants' start".to_owned(),
            observed: "none".to_owned(),
            source: format!("blocks before {}", clock.start),
        }),
    }

    // Each stop is seen just before the next one, when everything that happens at it has happened.
    let latest = latest(rpc).await?;
    let mut seen_at = Vec::new();
    for index in 0..=STEPS {
        let block = if index == STEPS {
            Some(latest)
        } else {
            rpc.last_block_before(clock.stop(index + 1)).await.map_err(Failure::halted)?
        };
        seen_at.extend(block.filter(|block| block.timestamp >= clock.stop(index)).map(|block| (index, block)));
    }
    for (index, block) in seen_at {
        let points: Vec<_> = stream::iter(deployment.grants.clone())
            .map(|grant| async move { point(rpc, &grant, token, block).await })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        for ((grant, curve), point) in deployment.grants.iter().zip(&mut curves).zip(points) {
            if index == MIDDLE && vests(grant) {
                findings.push(middle(grant, clock.stop(MIDDLE), block, point.as_ref().map(|p| p.released)));
            }
            if let Ok(point) = point {
                curve.0.push(point);
            }
        }
    }
    if let Some((at, grant)) = to_revoke(deployment) {
        let (finding, revocation) = revoked(rpc, deployment, grant).await;
        findings.push(finding);
        curves[at].1 = revocation;
    }
    let refunds: Vec<_> =
        curves.iter().map(|(_, revocation)| revocation.as_ref().map_or(U256::ZERO, |r| r.refund)).collect();
    findings.extend(complete(rpc, deployment, latest, &refunds).await);
    Ok(Observed { findings, curves })
}

/// Nothing can be released before the start: vesting holders say zero, timelocks revert.
async fn nothing_due(rpc: &Rpc, deployment: &Deployment, block: BlockRef) -> Vec<Finding> {
    let token = deployment.addresses.token;
    let at = BlockId::number(block.number);
    stream::iter(deployment.grants.clone())
        .map(|grant| async move {
            let observed = if vests(&grant) {
                rpc.view(grant.holder, TokenVesting::releasableAmountCall { token }, at).await.map(|a| a.to_string())
            } else {
                match rpc.call(None, grant.holder, TokenTimelock::releaseCall {}.abi_encode().into(), at).await {
                    Ok(_) => Ok("releases".to_owned()),
                    Err(error) if error.is_revert() => Ok("0".to_owned()),
                    Err(error) => Err(error),
                }
            };
            let source =
                format!("{} at block {}", if vests(&grant) { "releasableAmount" } else { "release" }, block.number);
            Finding::compare("vesting.before-start", subject(&grant), source, &"0".to_owned(), observed)
        })
        .buffered(CONCURRENCY)
        .collect()
        .await
}

/// At the middle every vesting grant has paid out what had vested by then: it was released at some time between the stop
/// and the block, so no less than at the one and no more than at the other.
fn middle(grant: &GrantRecord, stop: u64, block: BlockRef, released: Result<U256, &RpcError>) -> Finding {
    let (least, most) = (vested(grant, stop), vested(grant, block.timestamp));
    let (verdict, observed) = match released {
        Ok(amount) if amount >= least && amount <= most => (Verdict::Holds, amount.to_string()),
        Ok(amount) => (Verdict::Fails, amount.to_string()),
        Err(error) => (Verdict::Unknown, error.to_string()),
    };
    Finding {
        check: "vesting.middle-released".to_owned(),
        subject: subject(grant),
        verdict,
        expected: format!("between {least} and {most}"),
        observed,
        source: format!("released at block {}", block.number),
    }
}

/// The revocation: the bank got back more than nothing and less than all, and exactly what had not vested.
async fn revoked(rpc: &Rpc, deployment: &Deployment, grant: &GrantRecord) -> (Finding, Option<Revocation>) {
    let read = async {
        let filter = Filter::new()
            .address(grant.holder)
            .event_signature(TokenVesting::Revoked::SIGNATURE_HASH)
            .from_block(deployment.first_block)
            .to_block(BlockNumberOrTag::Latest);
        let logs: Vec<alloy::rpc::types::Log> = rpc.request("eth_getLogs", (filter,)).await?;
        let [log] = logs.as_slice() else { return Ok(Err(format!("{} revocations", logs.len()))) };
        let Some(number) = log.block_number else { return Ok(Err("a revocation without a block".to_owned())) };
        let block = rpc.block(BlockNumberOrTag::Number(number)).await?;
        let bank = rpc.view(grant.holder, TokenVesting::ownerCall {}, BlockId::number(number)).await?;
        let balance = |at: u64| {
            rpc.view(deployment.addresses.token, LivepeerToken::balanceOfCall { account: bank }, BlockId::number(at))
        };
        let (before, after) = (balance(number - 1).await?, balance(number).await?);
        Ok(after.checked_sub(before).map(|refund| (block.timestamp, refund)).ok_or("the bank lost tokens".to_owned()))
    };
    let read: Result<Result<(u64, U256), String>, RpcError> = read.await;
    let mut finding = Finding {
        check: "vesting.revoked".to_owned(),
        subject: subject(grant),
        verdict: Verdict::Unknown,
        expected: format!("a refund of more than 0 and less than {}", grant.amount),
        observed: String::new(),
        source: "Revoked() and the bank's balance around its block".to_owned(),
    };
    match read {
        Ok(Ok((time, refund))) => {
            let vested = vested(grant, time);
            finding.expected =
                format!("{}, which is more than 0 and less than {}", grant.amount.saturating_sub(vested), grant.amount);
            finding.observed = refund.to_string();
            let holds = refund > U256::ZERO && refund < grant.amount && refund + vested == grant.amount;
            finding.verdict = if holds { Verdict::Holds } else { Verdict::Fails };
            (finding, Some(Revocation { time, refund }))
        }
        Ok(Err(words)) => {
            finding.observed = words;
            finding.verdict = Verdict::Fails;
            (finding, None)
        }
        Err(error) => {
            finding.observed = error.to_string();
            (finding, None)
        }
    }
}

/// After the end every holder is empty, and every receiver has exactly the sum of its grants, less what was revoked.
async fn complete(rpc: &Rpc, deployment: &Deployment, block: BlockRef, refunds: &[U256]) -> Vec<Finding> {
    let token = deployment.addresses.token;
    let at = BlockId::number(block.number);
    let source = format!("balanceOf at block {}", block.number);
    let mut findings: Vec<Finding> = Vec::new();
    for grant in &deployment.grants {
        let left = rpc.view(token, LivepeerToken::balanceOfCall { account: grant.holder }, at).await;
        findings.push(Finding::compare("vesting.holders-empty", subject(grant), source.clone(), &U256::ZERO, left));
    }
    let mut owed = std::collections::BTreeMap::<Address, U256>::new();
    for (grant, refund) in deployment.grants.iter().zip(refunds) {
        *owed.entry(grant.receiver).or_default() += grant.amount.saturating_sub(*refund);
    }
    for (receiver, amount) in owed {
        let balance = rpc.view(token, LivepeerToken::balanceOfCall { account: receiver }, at).await;
        let subject = format!("receiver {receiver}");
        findings.push(Finding::compare("vesting.receivers-paid", subject, source.clone(), &amount, balance));
    }
    findings
}

/// What one grant had vested and released at a block.
async fn point(rpc: &Rpc, grant: &GrantRecord, token: Address, block: BlockRef) -> Result<GrantPoint, RpcError> {
    let at = BlockId::number(block.number);
    let balance = rpc.view(token, LivepeerToken::balanceOfCall { account: grant.holder }, at).await?;
    let (vested, released) = if vests(grant) {
        let vested = rpc.view(grant.holder, TokenVesting::vestedAmountCall { token }, at).await?;
        let released = rpc.view(grant.holder, TokenVesting::releasedCall { token }, at).await?;
        (vested, released)
    } else {
        let vested = if block.timestamp >= grant.start { grant.amount } else { U256::ZERO };
        (vested, grant.amount.saturating_sub(balance))
    };
    Ok(GrantPoint { time: block.timestamp, vested, released })
}

async fn is_revoked(rpc: &Rpc, grant: &GrantRecord, token: Address) -> Result<bool, Failure> {
    view(rpc, grant.holder, TokenVesting::revokedCall { token }, BlockId::latest()).await
}

async fn latest(rpc: &Rpc) -> Result<BlockRef, Failure> {
    rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::halted)
}

async fn view<C: SolCall>(rpc: &Rpc, to: Address, call: C, at: BlockId) -> Result<C::Return, Failure> {
    rpc.view(to, call, at).await.map_err(Failure::halted)
}

fn subject(grant: &GrantRecord) -> String {
    format!("{} grant of {}", grant.kind.as_str(), grant.receiver)
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

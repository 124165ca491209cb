//! What the chain's history says of vesting after the clock was moved.
//!
//! The findings are read at the blocks where each thing must have been so: they come out the same whether the rehearsal ran
//! in one go or was killed and resumed at any point.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
    rpc::types::Filter,
    sol_types::{SolCall, SolEvent},
};
use futures::{StreamExt, stream};
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::{BlockRef, Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, TokenTimelock, TokenVesting};
use tminus_genesis::deployment::{Deployment, GrantRecord};

use super::vesting::{Clock, MIDDLE, STEPS, latest, to_revoke, vested, vests};
use crate::{
    exit::Failure,
    report::{GrantPoint, Revocation},
};

/// Reads at a time.
const CONCURRENCY: usize = 16;

/// What the history says: the findings, and for each grant its observed points and its revocation.
#[derive(Debug)]
pub(crate) struct Observed {
    /// The checks `vesting.*`.
    pub(crate) findings: Vec<Finding>,
    /// In the order of the deployment's grants.
    pub(crate) curves: Vec<(Vec<GrantPoint>, Option<Revocation>)>,
}

/// Reads the history of the chain after the clock was moved.
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

fn subject(grant: &GrantRecord) -> String {
    format!("{} grant of {}", grant.kind.as_str(), grant.receiver)
}

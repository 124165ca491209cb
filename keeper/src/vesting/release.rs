//! Releasing what is due.
//!
//! Each release is tried as a call first; what would revert is not sent. The rest goes to the outbox at once, as none needs
//! another. The key of a release names the holder and the tag of the job's run: the same tag twice is one release.

use std::collections::HashMap;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall, SolError},
};
use serde::Serialize;
use tminus_chain::{
    outbox::{Intent, IntentKey, Outbox, OutboxError, Settled, Until},
    rpc::{Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, TokenTimelock, TokenVesting};

use super::{Due, Dues, Holder, HolderKind, look};

/// A release that is mined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    /// The holder.
    pub holder: Holder,
    /// Who received the tokens.
    pub beneficiary: Address,
    /// What left the holder in the release's block, base units.
    pub amount: U256,
    /// The transaction.
    pub settled: Settled,
}

/// A release that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The holder.
    pub holder: Holder,
    /// What happened.
    pub error: String,
}

/// What a run of the job came to. Nothing due is success.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReleaseReport {
    /// Mined, in the order given.
    pub settled: Vec<Released>,
    /// Holders that somebody else released meanwhile.
    pub by_others: Vec<Holder>,
    /// Releases that could not be made; the others were.
    pub failed: Vec<Failed>,
}

/// Tries a release as a call against the latest state; nothing is sent.
///
/// # Errors
/// [`RpcError::Reverted`] when it would revert.
pub async fn would_work(rpc: &Rpc, from: Address, holder: &Holder) -> Result<(), RpcError> {
    rpc.call(Some(from), holder.address, calldata(holder), BlockId::latest()).await.map(|_| ())
}

/// Releases what is due, as `from`. `tag` names this run of the job, such as a date or a block.
///
/// # Errors
/// What concerns all of them: the journal, the endpoint, a halt. A single holder's failure is part of the report.
pub async fn release(outbox: &Outbox, from: Address, dues: &Dues, tag: &str) -> Result<ReleaseReport, OutboxError> {
    let mut report = ReleaseReport::default();
    let mut ready: Vec<(IntentKey, &Due)> = Vec::new();
    for due in dues.due() {
        match would_work(outbox.rpc(), from, &due.holder).await {
            Ok(()) => ready.push((key(&due.holder, tag), due)),
            Err(RpcError::Reverted(data)) => report.refused(due, &data, RpcError::Reverted(data.clone()).to_string()),
            Err(error @ RpcError::Refused { .. }) => report.refused(due, &[], error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    // the outbox stops at a failure: take that one out and hand over the others again, which is answered from the journal
    let settled = loop {
        let intents = ready.iter().map(|(key, due)| intent(key.clone(), from, &due.holder)).collect();
        let error = match outbox.execute_independent(intents, Until::Mined).await {
            Ok(settled) => break settled,
            Err(error) => error,
        };
        let (culprit, data) = match &error {
            OutboxError::WouldRevert { key, data, .. } => (key.clone(), data.clone()),
            OutboxError::Refused { key, .. } | OutboxError::Conflict(key) => (key.clone(), Bytes::new()),
            // mined and reverted: the state of now says whether somebody else was quicker
            OutboxError::Reverted(settled) => (settled.key.clone(), Bytes::new()),
            _ => return Err(error),
        };
        let Some(at) = ready.iter().position(|(key, _)| *key == culprit) else { return Err(error) };
        let (_, due) = ready.remove(at);
        if matches!(error, OutboxError::Reverted(_)) && nothing_left(outbox.rpc(), &due.holder).await {
            report.by_others.push(due.holder);
        } else {
            report.refused(due, &data, error.to_string());
        }
    };
    let mut by_key: HashMap<IntentKey, Settled> = settled.into_iter().map(|it| (it.key.clone(), it)).collect();
    for (key, due) in ready {
        let Some(settled) = by_key.remove(&key) else { continue };
        let amount = left_in(outbox.rpc(), &due.holder, settled.block_number).await?;
        report.settled.push(Released { holder: due.holder, beneficiary: due.beneficiary, amount, settled });
    }
    Ok(report)
}

impl ReleaseReport {
    /// Sorts out a release that would revert.
    fn refused(&mut self, due: &Due, data: &[u8], error: String) {
        let nothing_left = data.starts_with(&TokenVesting::TokenVestingNothingReleasable::SELECTOR)
            || data.starts_with(&TokenTimelock::TokenTimelockNothingToRelease::SELECTOR);
        if nothing_left {
            self.by_others.push(due.holder);
        } else {
            self.failed.push(Failed { holder: due.holder, error });
        }
    }
}

/// Whether a holder has nothing to release by now; what cannot be read is not nothing.
async fn nothing_left(rpc: &Rpc, holder: &Holder) -> bool {
    let Ok(block) = rpc.block(BlockNumberOrTag::Latest).await else { return false };
    look(rpc, holder, block).await.is_ok_and(|sight| sight.releasable.is_zero())
}

/// What left a holder in a block.
async fn left_in(rpc: &Rpc, holder: &Holder, block: u64) -> Result<U256, RpcError> {
    let call = || LivepeerToken::balanceOfCall { account: holder.address };
    let before = rpc.view(holder.token, call(), BlockId::number(block.saturating_sub(1))).await?;
    let after = rpc.view(holder.token, call(), BlockId::number(block)).await?;
    Ok(before.saturating_sub(after))
}

fn key(holder: &Holder, tag: &str) -> IntentKey {
    IntentKey::new(format!("keeper/vesting/{}/{tag}", holder.address))
}

fn calldata(holder: &Holder) -> Bytes {
    match holder.kind {
        HolderKind::Vesting => TokenVesting::releaseCall { token: holder.token }.abi_encode().into(),
        HolderKind::Timelock => TokenTimelock::releaseCall {}.abi_encode().into(),
    }
}

fn intent(key: IntentKey, from: Address, holder: &Holder) -> Intent {
    Intent::new(key, from, Some(holder.address), calldata(holder))
}

//! The vesting-release job: who can be released, how much, is it due, would it work, send it.
//!
//! Releasing is open to anybody and pays only the beneficiary, so the job needs no permission and can harm nobody. Each
//! question is its own function. A holder that cannot be read or would revert is reported and does not stop the others; a
//! release that somebody else sent meanwhile is found by the next look, not counted as a failure. Nothing due is a success.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};
use futures::{StreamExt, stream};
use serde::Serialize;
use tminus_chain::{
    outbox::{GasLimit, Intent, IntentKey, Outbox, OutboxError, Settled, Until},
    rpc::{BlockRef, Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, TokenTimelock, TokenVesting};

/// Reads at a time.
const CONCURRENCY: usize = 16;

/// What holds the tokens of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderKind {
    /// A TokenVesting: vests linearly.
    Vesting,
    /// A TokenTimelock: all at once.
    Timelock,
}

/// A holder to look after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The contract.
    pub address: Address,
    /// The token it holds.
    pub token: Address,
    /// What it is.
    pub kind: HolderKind,
}

/// Why something is due or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It can be released now.
    Due,
    /// Nothing has vested since the last release.
    NothingVested,
    /// A timelock that opens later, seconds since 1970.
    Locked(u64),
    /// It holds nothing any more.
    Empty,
    /// It could not be read.
    Unknown(String),
}

/// How one holder stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The holder.
    pub holder: Holder,
    /// Who gets it; `None` when it could not be read.
    pub beneficiary: Option<Address>,
    /// Base units that a release would pay now.
    pub releasable: U256,
    /// Whether it is due, and why not.
    pub standing: Standing,
}

/// What a run of the job did.
#[derive(Debug, Default)]
pub struct Released {
    /// Releases that are mined, with their amounts as they were looked up.
    pub settled: Vec<(Due, Settled)>,
    /// Releases that would have reverted when their turn came, and why.
    pub refused: Vec<(Due, String)>,
}

/// How each holder stands as of a block, in their order.
///
/// # Errors
/// Only if the block itself cannot be read: then nothing can be said of anything.
pub async fn due(rpc: &Rpc, holders: &[Holder], at: BlockNumberOrTag) -> Result<Vec<Due>, RpcError> {
    let block = rpc.block(at).await?;
    Ok(stream::iter(holders.to_vec())
        .map(|holder| async move {
            match stand(rpc, holder, block).await {
                Ok(due) => due,
                Err(error) => Due {
                    holder,
                    beneficiary: None,
                    releasable: U256::ZERO,
                    standing: Standing::Unknown(error.to_string()),
                },
            }
        })
        .buffered(CONCURRENCY)
        .collect()
        .await)
}

/// Sends the releases that are due, one after the other, and waits until each is mined. `tag` makes the keys of this round
/// of releases (`keeper/vesting/<tag>/<holder>`): the same tag never releases a holder twice.
///
/// # Errors
/// The outbox, a final revert or a halt among them; a release that would revert is reported in the result instead.
pub async fn release(outbox: &Outbox, from: Address, dues: &[Due], tag: &str) -> Result<Released, OutboxError> {
    let mut released = Released::default();
    for due in dues.iter().filter(|due| due.standing == Standing::Due) {
        match outbox.execute(vec![intent(due, from, tag)], Until::Mined).await {
            Ok(settled) => released.settled.extend(settled.into_iter().map(|settled| (due.clone(), settled))),
            Err(OutboxError::WouldRevert { reason, .. }) => released.refused.push((due.clone(), reason)),
            Err(error) => return Err(error),
        }
    }
    Ok(released)
}

async fn stand(rpc: &Rpc, holder: Holder, block: BlockRef) -> Result<Due, RpcError> {
    let at = BlockId::number(block.number);
    let (beneficiary, releasable, standing) = match holder.kind {
        HolderKind::Vesting => {
            let beneficiary = rpc.view(holder.address, TokenVesting::beneficiaryCall {}, at).await?;
            let call = TokenVesting::releasableAmountCall { token: holder.token };
            let releasable = rpc.view(holder.address, call, at).await?;
            let standing = if !releasable.is_zero() {
                Standing::Due
            } else if balance(rpc, holder, at).await?.is_zero() {
                Standing::Empty
            } else {
                Standing::NothingVested
            };
            (beneficiary, releasable, standing)
        }
        HolderKind::Timelock => {
            let beneficiary = rpc.view(holder.address, TokenTimelock::beneficiaryCall {}, at).await?;
            let opens = rpc.view(holder.address, TokenTimelock::releaseTimeCall {}, at).await?;
            let held = balance(rpc, holder, at).await?;
            if held.is_zero() {
                (beneficiary, U256::ZERO, Standing::Empty)
            } else if opens > U256::from(block.timestamp) {
                (beneficiary, U256::ZERO, Standing::Locked(opens.saturating_to()))
            } else {
                (beneficiary, held, Standing::Due)
            }
        }
    };
    Ok(Due { holder, beneficiary: Some(beneficiary), releasable, standing })
}

async fn balance(rpc: &Rpc, holder: Holder, at: BlockId) -> Result<U256, RpcError> {
    rpc.view(holder.token, LivepeerToken::balanceOfCall { account: holder.address }, at).await
}

fn intent(due: &Due, from: Address, tag: &str) -> Intent {
    let data: Bytes = match due.holder.kind {
        HolderKind::Vesting => TokenVesting::releaseCall { token: due.holder.token }.abi_encode().into(),
        HolderKind::Timelock => TokenTimelock::releaseCall {}.abi_encode().into(),
    };
    Intent {
        key: IntentKey::new(format!("keeper/vesting/{tag}/{:#x}", due.holder.address)),
        from,
        to: Some(due.holder.address),
        data,
        value: U256::ZERO,
        gas: GasLimit::Estimate,
        expect_nonce: None,
    }
}

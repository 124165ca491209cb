//! What the chain shows of a holder.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};
use tminus_chain::rpc::{BlockRef, Rpc, RpcError};
use tminus_contracts::bindings::{LivepeerToken, TokenTimelock, TokenVesting};

use super::{Holder, HolderKind, Schedule, Sight};

/// Why a holder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The endpoint, or a contract that is not what it was said to be.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A timelock of another token.
    #[error("the timelock holds token {found}, not {expected}")]
    OtherToken {
        /// The token it holds.
        found: Address,
        /// The token it was said to hold.
        expected: Address,
    },
    /// A time beyond all calendars.
    #[error("a time of {0} seconds makes no sense")]
    Time(U256),
}

/// Looks at a holder at a block.
///
/// # Errors
/// [`LookError`]; nothing is assumed about what could not be read.
pub async fn look(rpc: &Rpc, holder: &Holder, block: BlockRef) -> Result<Sight, LookError> {
    // everything at one block, whatever is mined meanwhile
    let (now, at) = (block.timestamp, BlockId::number(block.number));
    let address = holder.address;
    let balance = rpc.view(holder.token, LivepeerToken::balanceOfCall { account: address }, at).await?;
    match holder.kind {
        HolderKind::Vesting => {
            let token = holder.token;
            let start = rpc.view(address, TokenVesting::startCall {}, at).await?;
            let duration = rpc.view(address, TokenVesting::durationCall {}, at).await?;
            let schedule = Schedule::Vesting {
                cliff: seconds(rpc.view(address, TokenVesting::cliffCall {}, at).await?)?,
                end: seconds(start.saturating_add(duration))?,
                revoked: rpc.view(address, TokenVesting::revokedCall { token }, at).await?,
            };
            let beneficiary = rpc.view(address, TokenVesting::beneficiaryCall {}, at).await?;
            let releasable = rpc.view(address, TokenVesting::releasableAmountCall { token }, at).await?;
            Ok(Sight { holder: *holder, beneficiary, releasable, balance, schedule, now })
        }
        HolderKind::Timelock => {
            let found = rpc.view(address, TokenTimelock::tokenCall {}, at).await?;
            if found != holder.token {
                return Err(LookError::OtherToken { found, expected: holder.token });
            }
            let release_time = seconds(rpc.view(address, TokenTimelock::releaseTimeCall {}, at).await?)?;
            let beneficiary = rpc.view(address, TokenTimelock::beneficiaryCall {}, at).await?;
            let releasable = if now >= release_time { balance } else { U256::ZERO };
            Ok(Sight {
                holder: *holder,
                beneficiary,
                releasable,
                balance,
                schedule: Schedule::Timelock { release_time },
                now,
            })
        }
    }
}

fn seconds(value: U256) -> Result<u64, LookError> {
    u64::try_from(value).map_err(|_| LookError::Time(value))
}

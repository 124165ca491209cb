//! A finished genesis as it stands on the chain, found from the chain alone.
//!
//! The deployer and the profile are enough: the base nonce is found from code, the addresses follow from it, the holders of
//! the grants are recorded in the GenesisManager, and the blocks in which it began and ended are those of the making of the
//! Controller and of its hand-over, which comes last.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tminus_chain::{outbox::Settled, rpc::Rpc};
use tminus_contracts::bindings::GenesisManager;

use crate::{
    apply::state::holder,
    contracts::Addresses,
    error::GenesisError,
    facts::subject,
    find::{CONCURRENCY, find_base_nonce},
    look::Look,
    past::Past,
    profile::{GrantKind, Profile},
    steps::Layout,
};

/// A grant that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GrantRecord {
    /// Its kind.
    pub kind: GrantKind,
    /// Who receives it.
    pub receiver: Address,
    /// Base units.
    pub amount: U256,
    /// The TokenVesting, or the TokenTimelock of a community grant.
    pub holder: Address,
    /// Grants' start, seconds since 1970; a timelock opens then.
    pub start: u64,
    /// Seconds from the start during which nothing vests.
    pub cliff: u64,
    /// Seconds from the start until all is vested; 0 for community grants.
    pub duration: u64,
}

/// A finished genesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// Who deployed.
    pub deployer: Address,
    /// The nonce it began with.
    pub base_nonce: u64,
    /// Where the contracts are.
    pub addresses: Addresses,
    /// Seconds since 1970.
    pub grants_start: u64,
    /// The block that made the Controller.
    pub first_block: u64,
    /// The block that handed the Controller over: as of it the genesis is audited.
    pub last_block: u64,
    /// The grants, in the order of the profile.
    pub grants: Vec<GrantRecord>,
}

impl Deployment {
    /// Finds the deployer's newest genesis.
    ///
    /// # Errors
    /// [`GenesisError::NotFinished`] when it is not there or not finished, and no answer.
    pub async fn locate(rpc: &Rpc, profile: &Profile, deployer: Address) -> Result<Self, GenesisError> {
        let base_nonce = find_base_nonce(rpc, profile, deployer).await?;
        Self::at_nonce(rpc, profile, deployer, base_nonce).await
    }

    /// The genesis that began with a nonce.
    ///
    /// # Errors
    /// As [`Deployment::locate`].
    pub async fn at_nonce(
        rpc: &Rpc,
        profile: &Profile,
        deployer: Address,
        base_nonce: u64,
    ) -> Result<Self, GenesisError> {
        Self::remembered(rpc, profile, deployer, base_nonce, &[]).await
    }

    /// As [`Deployment::at_nonce`], with what the journal knows.
    pub(crate) async fn remembered(
        rpc: &Rpc,
        profile: &Profile,
        deployer: Address,
        base_nonce: u64,
        journal: &[Settled],
    ) -> Result<Self, GenesisError> {
        let unfinished = |reason: String| GenesisError::NotFinished { deployer, reason };
        let addresses = Layout::of(profile.variant()).predict(deployer, base_nonce);
        let (controller, manager) = (addresses.controller, addresses.genesis_manager);
        let look = Look { rpc, at: BlockId::latest() };
        if rpc.code(manager, look.at).await?.is_empty() {
            return Err(unfinished(format!("no GenesisManager at {manager} (base nonce {base_nonce})")));
        }
        let past = Past { rpc, deployer, journal };
        let governance = profile.multisigs.governance;
        let first = past.controller(base_nonce).await?;
        let first_block = first.ok_or_else(|| unfinished(format!("no Controller at {controller}")))?.number;
        let last_block = past.handed_over(&addresses, governance, first_block).await?.ok_or_else(|| {
            unfinished(format!("the Controller {controller} was not handed to governance {governance}"))
        })?;
        let start = look.get(manager, GenesisManager::grantsStartTimestampCall {}).await?;
        let grants_start = u64::try_from(start).map_err(|_| unfinished(format!("the grants start at {start}")))?;
        let grants = stream::iter(profile.grants.list.iter().map(|grant| async move {
            let holder = holder(look, manager, grant).await?;
            if holder.is_zero() {
                let reason = format!("the {} is not recorded in {manager}", subject(grant));
                return Err(GenesisError::NotFinished { deployer, reason });
            }
            Ok(GrantRecord {
                kind: grant.kind,
                receiver: grant.receiver,
                amount: grant.amount,
                holder,
                start: grants_start,
                cliff: grant.cliff,
                duration: grant.duration,
            })
        }))
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
        Ok(Self { deployer, base_nonce, addresses, grants_start, first_block, last_block, grants })
    }
}

//! Where a deployer's genesis begins, found from what is at the addresses that follow.
//!
//! No memory of earlier runs is needed to go on where they ended: whatever a nonce that is used up was meant for is there.
//! Until the last contract stands every nonce counts, because the addresses of later contracts depend on it. From then on
//! only the code is looked at, since parameters and registrations belong to governance after the hand-over.

use alloy::{eips::BlockId, primitives::Address};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tminus_chain::rpc::{Rpc, RpcError};
use tminus_contracts::bindings::Controller;

use crate::{
    contracts::{Addresses, Contract, registry_id},
    error::GenesisError,
    look::Look,
    profile::{Profile, Variant},
    steps::{Action, Layout, founding},
};

/// Requests at a time.
pub(crate) const CONCURRENCY: usize = 32;

/// The base nonce of the deployer's newest genesis, finished or not; of a new one, the current nonce, when there is none.
///
/// A genesis is there if the Controller's code is, and behind it everything that the nonces used up so far were for. One
/// that another transaction of the deployer has broken can never be finished and is passed over. One of other contracts than
/// the profile asks for is not: whoever wants a second one beside it has to say so.
///
/// # Errors
/// [`GenesisError::OtherVariant`] when the newest genesis is one of other contracts; no answer.
pub async fn find_base_nonce(rpc: &Rpc, profile: &Profile, deployer: Address) -> Result<u64, GenesisError> {
    let used = rpc.nonce(deployer, BlockId::latest()).await?;
    let codes = stream::iter((0..used).rev().map(|nonce| async move {
        let code = rpc.code(deployer.create(nonce), BlockId::latest()).await?;
        Ok::<_, RpcError>((nonce, Contract::Controller.artifact().runtime_matches(&code).is_ok()))
    }))
    .buffered(CONCURRENCY)
    .try_filter_map(|(nonce, matches)| async move { Ok(matches.then_some(nonce)) });
    let mut candidates = std::pin::pin!(codes);
    let asked = profile.variant();
    while let Some(base_nonce) = candidates.try_next().await? {
        let begun = Begun { rpc, deployer, base_nonce, used };
        if begun.is_whole(profile).await? {
            return Ok(base_nonce);
        }
        if begun.has_contracts(asked).await? {
            continue;
        }
        for found in Variant::all().filter(|other| *other != asked) {
            if begun.has_contracts(found).await? {
                return Err(GenesisError::OtherVariant { deployer, base_nonce, found, asked, used });
            }
        }
    }
    Ok(used)
}

/// Makes sure that a base nonce that was asked for is that of a genesis of the deployer, or the next nonce, at which a new
/// one begins.
///
/// # Errors
/// [`GenesisError::BaseNonce`] when it is neither; no answer.
pub async fn check_base_nonce(
    rpc: &Rpc,
    profile: &Profile,
    deployer: Address,
    base_nonce: u64,
) -> Result<(), GenesisError> {
    let used = rpc.nonce(deployer, BlockId::latest()).await?;
    let begun = Begun { rpc, deployer, base_nonce, used };
    if base_nonce == used || (base_nonce < used && begun.is_whole(profile).await?) {
        return Ok(());
    }
    Err(GenesisError::BaseNonce { deployer, base_nonce, used })
}

/// What may be a genesis.
struct Begun<'a> {
    rpc: &'a Rpc,
    deployer: Address,
    base_nonce: u64,
    /// The deployer's next nonce.
    used: u64,
}

impl Begun<'_> {
    async fn is_whole(&self, profile: &Profile) -> Result<bool, RpcError> {
        let variant = profile.variant();
        let layout = Layout::of(variant);
        let is_founded = self.base_nonce + layout.last() < self.used;
        Ok(self.has_contracts(variant).await?
            && (is_founded || self.has_effects(profile, &layout.predict(self.deployer, self.base_nonce)).await?))
    }

    /// Behind every nonce that was for a contract stands that contract.
    async fn has_contracts(&self, variant: Variant) -> Result<bool, RpcError> {
        for (contract, offset) in Layout::of(variant).nonces() {
            let nonce = self.base_nonce + offset;
            if nonce < self.used {
                let code = self.rpc.code(self.deployer.create(nonce), BlockId::latest()).await?;
                if contract.artifact().runtime_matches(&code).is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whatever was to be registered or set is there, with some value; whether with the right one is not asked here.
    async fn has_effects(&self, profile: &Profile, addresses: &Addresses) -> Result<bool, RpcError> {
        let look = Look { rpc: self.rpc, at: BlockId::latest() };
        let used = usize::try_from(self.used - self.base_nonce).unwrap_or(usize::MAX);
        for action in founding(profile.variant()).into_iter().take(used) {
            let seen = match action {
                Action::Register(contract) => {
                    let id = registry_id(contract.registered_as().unwrap_or(contract.name()));
                    !look.get(addresses.controller, Controller::getContractCall { id }).await?.is_zero()
                }
                Action::Set(parameter) if parameter.planned(&profile.protocol) != 0 => {
                    let manager = addresses.of(parameter.manager());
                    look.word(manager, parameter.access().get).await?.is_ok_and(|value| !value.is_zero())
                }
                _ => true,
            };
            if !seen {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

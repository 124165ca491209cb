//! The five contracts of a genesis, where they will be and where they are found again.
//!
//! Every step of a genesis takes one nonce of the deployer, so the address of each contract follows from the deployer and
//! the nonce of the first step, the base nonce: `create(deployer, base_nonce + i)`. The base nonce in turn is found on the
//! chain, from the code at those addresses. So no memory of earlier runs is needed to go on where they ended.

use alloy::{eips::BlockId, primitives::Address};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tminus_chain::rpc::{Rpc, RpcError};
use tminus_contracts::artifact::{self, Artifact};

use crate::error::GenesisError;

/// Requests at a time.
pub(crate) const CONCURRENCY: usize = 32;

/// The contracts that a genesis deploys, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Contract {
    /// Registry, pause switch, root of administration.
    Controller,
    /// The token.
    LivepeerToken,
    /// Inflation; owns the token in the end.
    Minter,
    /// Pays the crowd.
    TokenDistributor,
    /// Mints the initial supply and makes the grants.
    GenesisManager,
}

impl Contract {
    /// All of them, in order of deployment.
    pub const ALL: [Self; 5] =
        [Self::Controller, Self::LivepeerToken, Self::Minter, Self::TokenDistributor, Self::GenesisManager];

    /// Its name: of its artifact, its id in the Controller and its file in the address book.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Controller => "Controller",
            Self::LivepeerToken => "LivepeerToken",
            Self::Minter => "Minter",
            Self::TokenDistributor => "TokenDistributor",
            Self::GenesisManager => "GenesisManager",
        }
    }

    /// Nonces after the base nonce at which it is deployed; the registrations take those in between.
    #[must_use]
    pub fn nonce_offset(self) -> u64 {
        match self {
            Self::Controller => 0,
            Self::LivepeerToken => 1,
            Self::Minter => 3,
            Self::TokenDistributor => 5,
            Self::GenesisManager => 6,
        }
    }

    /// Its compiled code.
    #[must_use]
    pub fn artifact(self) -> &'static Artifact {
        committed(self.name())
    }
}

/// A committed artifact that this crate is built on.
pub(crate) fn committed(name: &'static str) -> &'static Artifact {
    // the names are those of this crate, the artifacts part of the program; a test asks for each
    artifact::get(name).unwrap_or_else(|| unreachable!("{name} is a committed artifact"))
}

/// Where the contracts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Addresses {
    /// Controller.
    pub controller: Address,
    /// LivepeerToken.
    #[serde(rename = "LivepeerToken")]
    pub token: Address,
    /// Minter.
    pub minter: Address,
    /// TokenDistributor.
    #[serde(rename = "TokenDistributor")]
    pub distributor: Address,
    /// GenesisManager.
    pub genesis_manager: Address,
}

impl Addresses {
    /// Where a genesis that begins at `base_nonce` puts them.
    #[must_use]
    pub fn predict(deployer: Address, base_nonce: u64) -> Self {
        let at = |contract: Contract| deployer.create(base_nonce + contract.nonce_offset());
        Self {
            controller: at(Contract::Controller),
            token: at(Contract::LivepeerToken),
            minter: at(Contract::Minter),
            distributor: at(Contract::TokenDistributor),
            genesis_manager: at(Contract::GenesisManager),
        }
    }

    /// The address of one.
    #[must_use]
    pub fn of(&self, contract: Contract) -> Address {
        match contract {
            Contract::Controller => self.controller,
            Contract::LivepeerToken => self.token,
            Contract::Minter => self.minter,
            Contract::TokenDistributor => self.distributor,
            Contract::GenesisManager => self.genesis_manager,
        }
    }
}

/// The base nonce of the deployer's newest genesis, finished or not; of a new one, the current nonce, when there is none.
///
/// A genesis is there if the Controller's code is, and behind every later contract's nonce that is used up already stands
/// that contract. One that another transaction of the deployer has broken can never be finished and is passed over.
///
/// # Errors
/// If the endpoint does not answer.
pub async fn find_base_nonce(rpc: &Rpc, deployer: Address) -> Result<u64, RpcError> {
    let used = rpc.nonce(deployer, BlockId::latest()).await?;
    let codes = stream::iter((0..used).rev().map(|nonce| async move {
        let code = rpc.code(deployer.create(nonce), BlockId::latest()).await?;
        Ok::<_, RpcError>((nonce, Contract::Controller.artifact().runtime_matches(&code).is_ok()))
    }))
    .buffered(CONCURRENCY)
    .try_filter_map(|(nonce, matches)| async move { Ok(matches.then_some(nonce)) });
    let mut candidates = std::pin::pin!(codes);
    while let Some(base_nonce) = candidates.try_next().await? {
        if is_whole(rpc, deployer, base_nonce, used).await? {
            return Ok(base_nonce);
        }
    }
    Ok(used)
}

/// Makes sure that a base nonce that was asked for is that of a genesis of the deployer, or the next nonce, at which a new
/// one begins.
///
/// # Errors
/// [`GenesisError::BaseNonce`] when it is neither; no answer.
pub async fn check_base_nonce(rpc: &Rpc, deployer: Address, base_nonce: u64) -> Result<(), GenesisError> {
    let used = rpc.nonce(deployer, BlockId::latest()).await?;
    if base_nonce == used || (base_nonce < used && is_whole(rpc, deployer, base_nonce, used).await?) {
        return Ok(());
    }
    Err(GenesisError::BaseNonce { deployer, base_nonce, used })
}

async fn is_whole(rpc: &Rpc, deployer: Address, base_nonce: u64, used: u64) -> Result<bool, RpcError> {
    for contract in Contract::ALL {
        let nonce = base_nonce + contract.nonce_offset();
        if nonce < used {
            let code = rpc.code(deployer.create(nonce), BlockId::latest()).await?;
            if contract.artifact().runtime_matches(&code).is_err() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_has_its_artifact() {
        for name in Contract::ALL.map(Contract::name).into_iter().chain(["TokenVesting", "TokenTimelock"]) {
            assert_eq!(committed(name).name, name);
        }
    }
}

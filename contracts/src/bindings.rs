//! Typed calls, events and errors of each contract, generated from the committed artifacts.

#![allow(missing_docs, unreachable_pub, clippy::pedantic, clippy::all)]

use alloy::sol;

sol!(AdjustableRoundsManager, "artifacts/AdjustableRoundsManager.json");
sol!(BondingManager, "artifacts/BondingManager.json");
sol!(Controller, "artifacts/Controller.json");
sol!(GenesisManager, "artifacts/GenesisManager.json");
sol!(IdentityVerifier, "artifacts/IdentityVerifier.json");
sol!(JobsManager, "artifacts/JobsManager.json");
sol!(LivepeerToken, "artifacts/LivepeerToken.json");
sol!(LivepeerTokenFaucet, "artifacts/LivepeerTokenFaucet.json");
sol!(LivepeerVerifier, "artifacts/LivepeerVerifier.json");
sol!(Manager, "artifacts/Manager.json");
sol!(ManagerProxy, "artifacts/ManagerProxy.json");
sol!(MerkleMine, "artifacts/MerkleMine.json");
sol!(Minter, "artifacts/Minter.json");
sol!(PlainERC20, "artifacts/PlainERC20.json");
sol!(RoundsManager, "artifacts/RoundsManager.json");
sol!(TokenDistributor, "artifacts/TokenDistributor.json");
sol!(TokenTimelock, "artifacts/TokenTimelock.json");
sol!(TokenVesting, "artifacts/TokenVesting.json");

/// Later versions. Each in a module of its own: they bring the interfaces of the first along.
pub mod upgrades {
    alloy::sol!(BondingManagerV2, "artifacts/BondingManagerV2.json");
}

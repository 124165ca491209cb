//! Typed calls, events and errors of each contract, generated from the committed artifacts.

#![allow(missing_docs, unreachable_pub, clippy::pedantic, clippy::all)]

use alloy::sol;

sol!(Controller, "artifacts/Controller.json");
sol!(LivepeerToken, "artifacts/LivepeerToken.json");
sol!(Minter, "artifacts/Minter.json");
sol!(GenesisManager, "artifacts/GenesisManager.json");
sol!(TokenVesting, "artifacts/TokenVesting.json");
sol!(TokenTimelock, "artifacts/TokenTimelock.json");
sol!(TokenDistributor, "artifacts/TokenDistributor.json");
sol!(PlainERC20, "artifacts/PlainERC20.json");
sol!(LivepeerTokenFaucet, "artifacts/LivepeerTokenFaucet.json");
sol!(MerkleMine, "artifacts/MerkleMine.json");

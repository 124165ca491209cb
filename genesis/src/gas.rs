//! Gas estimates of the steps.
//!
//! Measured once on the embedded chain with the committed artifacts, rounded up; a test measures again and fails when a
//! figure is off by more than a tenth. They are for the plan's costs only: no transaction takes its limit from here.

use crate::{contracts::Contract, parameters::Parameter, profile::GrantKind, steps::Action};

/// Gas of a step, estimated.
pub(crate) fn estimate(action: &Action) -> u64 {
    match action {
        Action::Deploy(contract) => deployment(*contract),
        Action::Register(_) => 71_000,
        Action::Set(parameter) => setting(*parameter),
        Action::TokenOwner => 29_000,
        Action::Allocations => 163_000,
        Action::Start => 105_000,
        Action::Grant(grant) => match grant.kind {
            GrantKind::Team | GrantKind::Investor => 738_000,
            GrantKind::Community => 333_000,
        },
        Action::End => 96_000,
        Action::Whitelist(_) => 47_000,
        Action::FaucetOwner => 29_000,
        Action::MineStart => 52_000,
        Action::ControllerOwner => 29_000,
    }
}

fn deployment(contract: Contract) -> u64 {
    match contract {
        Contract::Controller => 525_000,
        Contract::LivepeerToken => 925_000,
        Contract::Minter => 1_480_000,
        Contract::LivepeerVerifier => 1_386_000,
        Contract::IdentityVerifier => 404_000,
        Contract::BondingManagerTarget => 4_348_000,
        Contract::JobsManagerTarget => 4_053_000,
        Contract::RoundsManagerTarget => 857_000,
        Contract::AdjustableRoundsManagerTarget => 900_000,
        Contract::BondingManager | Contract::JobsManager | Contract::RoundsManager => 328_000,
        Contract::TokenDistributor => 2_280_000,
        Contract::MerkleMine => 816_000,
        Contract::LivepeerTokenFaucet => 502_000,
        Contract::GenesisManager => 2_145_000,
    }
}

/// A parameter that shares a word with one that was set before it costs less.
fn setting(parameter: Parameter) -> u64 {
    match parameter {
        Parameter::VerificationPeriod | Parameter::VerificationSlashingPeriod => 44_300,
        _ => 61_200,
    }
}

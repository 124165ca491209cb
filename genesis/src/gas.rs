//! Gas estimates of the steps.
//!
//! Measured once on the embedded chain with the committed artifacts, rounded up; a test measures again and fails when a
//! figure is off by more than a tenth. They are for the plan's costs only: no transaction takes its limit from here.

use crate::{contracts::Contract, plan::Action, profile::GrantKind};

/// Gas of a step, estimated.
pub(crate) fn estimate(action: &Action) -> u64 {
    match action {
        Action::Deploy(Contract::Controller) => 600_000,
        Action::Deploy(Contract::LivepeerToken) => 1_200_000,
        Action::Deploy(Contract::Minter) => 1_200_000,
        Action::Deploy(Contract::TokenDistributor) => 2_000_000,
        Action::Deploy(Contract::GenesisManager) => 3_000_000,
        Action::Register(_) => 75_000,
        Action::TokenOwner => 29_000,
        Action::Allocations => 170_000,
        Action::Start => 120_000,
        Action::Grant(grant) => match grant.kind {
            GrantKind::Team | GrantKind::Investor => 600_000,
            GrantKind::Community => 400_000,
        },
        Action::End => 130_000,
        Action::ControllerOwner => 29_000,
    }
}

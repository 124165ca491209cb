//! Gas estimates of the steps.
//!
//! Measured once on the embedded chain with the committed artifacts, rounded up; a test measures again and fails when a
//! figure is off by more than a tenth. They are for the plan's costs only: no transaction takes its limit from here.

use crate::{contracts::Contract, plan::Action, profile::GrantKind};

/// Gas of a step, estimated.
pub(crate) fn estimate(action: &Action) -> u64 {
    match action {
        Action::Deploy(Contract::Controller) => 525_000,
        Action::Deploy(Contract::LivepeerToken) => 925_000,
        Action::Deploy(Contract::Minter) => 1_480_000,
        Action::Deploy(Contract::TokenDistributor) => 2_280_000,
        Action::Deploy(Contract::GenesisManager) => 2_145_000,
        Action::Register(_) => 71_000,
        Action::TokenOwner => 29_000,
        Action::Allocations => 163_000,
        Action::Start => 105_000,
        Action::Grant(grant) => match grant.kind {
            GrantKind::Team | GrantKind::Investor => 738_000,
            GrantKind::Community => 333_000,
        },
        Action::End => 96_000,
        Action::ControllerOwner => 29_000,
    }
}

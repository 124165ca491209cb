//! The parameters that are set through the proxies, one step each.
//!
//! Each is one word, read by a getter and written by a setter of the manager's implementation. They are set in the order of
//! 2018, in which numTranscoders comes before numActiveTranscoders: each bounds the other.

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::SolCall,
};
use serde::Serialize;
use tminus_contracts::bindings::{BondingManager as B, JobsManager as J, RoundsManager as R};

use crate::{contracts::Contract, profile::Protocol};

/// A parameter of a proxied manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Parameter {
    /// Rounds until unbonded stake can be withdrawn.
    UnbondingPeriod,
    /// Size of the pool.
    NumTranscoders,
    /// Size of the active set.
    NumActiveTranscoders,
    /// Most rounds of a claim.
    MaxEarningsClaimsRounds,
    /// One segment in this many is verified.
    VerificationRate,
    /// Blocks in which to verify.
    VerificationPeriod,
    /// Blocks after these in which to slash.
    VerificationSlashingPeriod,
    /// Slashed for a failed verification.
    FailedVerificationSlashAmount,
    /// Slashed for a missed verification.
    MissedVerificationSlashAmount,
    /// Slashed for claiming a segment twice.
    DoubleClaimSegmentSlashAmount,
    /// The finder's part.
    FinderFee,
    /// Blocks of a round.
    RoundLength,
    /// The last part of a round in which it is locked.
    RoundLockAmount,
}

/// How a parameter is read and written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    /// Signature of the getter.
    pub(crate) getter: &'static str,
    /// Selector of the getter.
    pub(crate) get: [u8; 4],
    set: [u8; 4],
}

fn access<Get: SolCall, Set: SolCall>() -> Access {
    Access { getter: Get::SIGNATURE, get: Get::SELECTOR, set: Set::SELECTOR }
}

impl Parameter {
    /// All of them, in the order in which they are set.
    pub const ALL: [Self; 13] = [
        Self::UnbondingPeriod,
        Self::NumTranscoders,
        Self::NumActiveTranscoders,
        Self::MaxEarningsClaimsRounds,
        Self::VerificationRate,
        Self::VerificationPeriod,
        Self::VerificationSlashingPeriod,
        Self::FailedVerificationSlashAmount,
        Self::MissedVerificationSlashAmount,
        Self::DoubleClaimSegmentSlashAmount,
        Self::FinderFee,
        Self::RoundLength,
        Self::RoundLockAmount,
    ];

    /// Its name, as `ParameterUpdate` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnbondingPeriod => "unbondingPeriod",
            Self::NumTranscoders => "numTranscoders",
            Self::NumActiveTranscoders => "numActiveTranscoders",
            Self::MaxEarningsClaimsRounds => "maxEarningsClaimsRounds",
            Self::VerificationRate => "verificationRate",
            Self::VerificationPeriod => "verificationPeriod",
            Self::VerificationSlashingPeriod => "verificationSlashingPeriod",
            Self::FailedVerificationSlashAmount => "failedVerificationSlashAmount",
            Self::MissedVerificationSlashAmount => "missedVerificationSlashAmount",
            Self::DoubleClaimSegmentSlashAmount => "doubleClaimSegmentSlashAmount",
            Self::FinderFee => "finderFee",
            Self::RoundLength => "roundLength",
            Self::RoundLockAmount => "roundLockAmount",
        }
    }

    /// The manager whose it is.
    #[must_use]
    pub fn manager(self) -> Contract {
        match self {
            Self::UnbondingPeriod
            | Self::NumTranscoders
            | Self::NumActiveTranscoders
            | Self::MaxEarningsClaimsRounds => Contract::BondingManager,
            Self::RoundLength | Self::RoundLockAmount => Contract::RoundsManager,
            _ => Contract::JobsManager,
        }
    }

    /// What a profile wants it to be.
    #[must_use]
    pub fn planned(self, protocol: &Protocol) -> u64 {
        let (bonding, jobs, rounds) = (&protocol.bonding_manager, &protocol.jobs_manager, &protocol.rounds_manager);
        match self {
            Self::UnbondingPeriod => bonding.unbonding_period,
            Self::NumTranscoders => bonding.num_transcoders,
            Self::NumActiveTranscoders => bonding.num_active_transcoders,
            Self::MaxEarningsClaimsRounds => bonding.max_earnings_claims_rounds,
            Self::VerificationRate => jobs.verification_rate,
            Self::VerificationPeriod => jobs.verification_period,
            Self::VerificationSlashingPeriod => jobs.verification_slashing_period,
            Self::FailedVerificationSlashAmount => jobs.failed_verification_slash_amount,
            Self::MissedVerificationSlashAmount => jobs.missed_verification_slash_amount,
            Self::DoubleClaimSegmentSlashAmount => jobs.double_claim_segment_slash_amount,
            Self::FinderFee => jobs.finder_fee,
            Self::RoundLength => rounds.round_length,
            Self::RoundLockAmount => rounds.round_lock_amount,
        }
    }

    pub(crate) fn access(self) -> Access {
        match self {
            Self::UnbondingPeriod => access::<B::unbondingPeriodCall, B::setUnbondingPeriodCall>(),
            Self::NumTranscoders => access::<B::getTranscoderPoolMaxSizeCall, B::setNumTranscodersCall>(),
            Self::NumActiveTranscoders => access::<B::numActiveTranscodersCall, B::setNumActiveTranscodersCall>(),
            Self::MaxEarningsClaimsRounds => {
                access::<B::maxEarningsClaimsRoundsCall, B::setMaxEarningsClaimsRoundsCall>()
            }
            Self::VerificationRate => access::<J::verificationRateCall, J::setVerificationRateCall>(),
            Self::VerificationPeriod => access::<J::verificationPeriodCall, J::setVerificationPeriodCall>(),
            Self::VerificationSlashingPeriod => {
                access::<J::verificationSlashingPeriodCall, J::setVerificationSlashingPeriodCall>()
            }
            Self::FailedVerificationSlashAmount => {
                access::<J::failedVerificationSlashAmountCall, J::setFailedVerificationSlashAmountCall>()
            }
            Self::MissedVerificationSlashAmount => {
                access::<J::missedVerificationSlashAmountCall, J::setMissedVerificationSlashAmountCall>()
            }
            Self::DoubleClaimSegmentSlashAmount => {
                access::<J::doubleClaimSegmentSlashAmountCall, J::setDoubleClaimSegmentSlashAmountCall>()
            }
            Self::FinderFee => access::<J::finderFeeCall, J::setFinderFeeCall>(),
            Self::RoundLength => access::<R::roundLengthCall, R::setRoundLengthCall>(),
            Self::RoundLockAmount => access::<R::roundLockAmountCall, R::setRoundLockAmountCall>(),
        }
    }

    /// The call that sets it.
    pub(crate) fn set(self, protocol: &Protocol) -> Bytes {
        let word = B256::from(U256::from(self.planned(protocol)));
        [&self.access().set[..], word.as_slice()].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::hex;

    use super::*;
    use crate::profile::Profile;

    #[test]
    fn calls_are_those_of_2018() {
        let protocol = Profile::find("livepeer-2018").unwrap().protocol;
        let call = |parameter: Parameter| hex::encode(parameter.set(&protocol));
        let word = |value: u64| format!("{value:064x}");
        // selectors of the published ABI
        assert_eq!(call(Parameter::NumTranscoders), format!("60c79d00{}", word(20)));
        assert_eq!(call(Parameter::UnbondingPeriod), format!("f10d1de1{}", word(7)));
        assert_eq!(call(Parameter::VerificationRate), format!("15fa168a{}", word(1000)));
        assert_eq!(call(Parameter::RoundLength), format!("681312f5{}", word(5760)));
        assert_eq!(call(Parameter::FinderFee), format!("be427b1c{}", word(50000)));
        assert_eq!(hex::encode(Parameter::NumTranscoders.access().get), "5a2a75a9");
    }
}

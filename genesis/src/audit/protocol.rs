//! The protocol before its first round: every parameter as in the profile, and nothing has happened yet.

use alloy::{primitives::U256, sol_types::SolCall};
use tminus_chain::evidence::Finding;
use tminus_contracts::bindings::{
    BondingManager as B, JobsManager as J, LivepeerVerifier as V, Minter as M, RoundsManager as R,
};

use super::Audit;
use crate::{contracts::Contract, look::about, parameters::Parameter, profile::VerifierKind};

impl Audit<'_> {
    pub(super) async fn protocol(&self) -> Vec<Finding> {
        let mut findings = self.parameters().await;
        findings.extend(self.nothing_yet().await);
        findings.extend(self.rounds().await);
        findings
    }

    async fn parameters(&self) -> Vec<Finding> {
        let (addresses, protocol) = (self.ground.addresses, &self.ground.profile.protocol);
        let mut findings = Vec::new();
        for parameter in Parameter::ALL {
            let word = match parameter.manager() {
                Contract::BondingManager => "bonding",
                Contract::JobsManager => "jobs",
                _ => "rounds",
            };
            let about = about(format!("genesis.{word}.parameters"), parameter.name());
            let (access, expected) = (parameter.access(), U256::from(parameter.planned(protocol)));
            let (at, getter) = (addresses.of(parameter.manager()), (access.getter, access.get));
            findings.push(self.look.compare_word(about, at, getter, expected).await);
        }
        findings
    }

    /// No stake, no transcoder, no job, no request, no reward.
    async fn nothing_yet(&self) -> Vec<Finding> {
        let (a, look, zero) = (self.ground.addresses, self.look, U256::ZERO);
        let of = |check: &str, subject: &str| about(format!("genesis.{check}"), subject);
        let (bonding, jobs) = (a.bonding_manager, a.jobs_manager);
        let mut findings = vec![
            look.value(of("bonding.empty", "total bonded"), bonding, B::getTotalBondedCall {}, zero).await,
            look.value(of("bonding.empty", "pool size"), bonding, B::getTranscoderPoolSizeCall {}, zero).await,
            look.value(of("jobs.empty", "jobs"), jobs, J::numJobsCall {}, zero).await,
            look.value(of("minter.rewards", "mintable"), a.minter, M::currentMintableTokensCall {}, zero).await,
            look.value(of("minter.rewards", "minted"), a.minter, M::currentMintedTokensCall {}, zero).await,
        ];
        if self.ground.profile.protocol.verifier.kind() == VerifierKind::Livepeer {
            findings.push(look.value(of("verifier.requests", ""), a.verifier, V::requestCountCall {}, zero).await);
        }
        findings
    }

    /// No round was initialized, and rounds are counted from block 0. Round 0 counts as initialized without having been.
    async fn rounds(&self) -> Vec<Finding> {
        let (look, at) = (self.look, self.ground.addresses.rounds_manager);
        let initialized = |subject| about("genesis.rounds.initialized", subject);
        let source = |signature: &str| format!("{signature} of {at} at {}", look.block());
        let last = look.value(initialized("last round"), at, R::lastInitializedRoundCall {}, U256::ZERO).await;
        let current = initialized("current round");
        let current = match look.word(at, R::currentRoundCall::SELECTOR).await {
            Ok(Ok(round)) => look.value(current, at, R::currentRoundInitializedCall {}, round.is_zero()).await,
            Ok(Err(words)) => look.said(current, source("currentRound()"), "a round".to_owned(), Ok(words)),
            Err(error) => look.said(current, source("currentRound()"), "a round".to_owned(), Err(error)),
        };
        let (length, clock) =
            (self.ground.profile.protocol.rounds_manager.round_length, about("genesis.rounds.clock", ""));
        let signature = R::lastRoundLengthUpdateRoundCall::SIGNATURE;
        let clock = match look.word(at, R::lastRoundLengthUpdateRoundCall::SELECTOR).await {
            Ok(Ok(round)) => {
                let expected = round.saturating_mul(U256::from(length));
                look.value(clock, at, R::lastRoundLengthUpdateStartBlockCall {}, expected).await
            }
            Ok(Err(words)) => look.said(clock, source(signature), "a round".to_owned(), Ok(words)),
            Err(error) => look.said(clock, source(signature), "a round".to_owned(), Err(error)),
        };
        vec![last, current, clock]
    }
}

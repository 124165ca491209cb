//! The whole protocol on a chain, in the order of 2018: Controller, token, Minter, verifier; then implementation and proxy of
//! the three managers; then their parameters. Tokens are given out by the deployer, the token then belongs to the Minter, and
//! the system runs.

use alloy::{
    primitives::{Address, B256, FixedBytes, U256, keccak256},
    sol_types::{SolCall, SolConstructor, SolValue},
};
use tminus_contracts::bindings::{
    BondingManager, Controller, JobsManager, LivepeerToken, LivepeerVerifier, ManagerProxy, Minter, RoundsManager,
};

use crate::{chain::Chain, people::account};

/// What the protocol is set to; everything is mainnet's but for what a scenario needs otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    pub round_length: u64,
    pub round_lock_amount: u64,
    pub num_transcoders: u64,
    pub num_active: u64,
    pub unbonding_period: u64,
    pub max_earnings_claims_rounds: u64,
    pub verification_rate: u64,
    pub verification_period: u64,
    pub verification_slashing_period: u64,
    pub failed_verification_slash: u64,
    pub missed_verification_slash: u64,
    pub double_claim_slash: u64,
    pub finder_fee: u64,
    pub inflation: u64,
    pub inflation_change: u64,
    pub target_bonding_rate: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            round_length: 50,
            round_lock_amount: 100_000,
            num_transcoders: 20,
            num_active: 10,
            unbonding_period: 7,
            max_earnings_claims_rounds: 20,
            verification_rate: 1_000,
            verification_period: 100,
            verification_slashing_period: 100,
            failed_verification_slash: 1,
            missed_verification_slash: 5_000,
            double_claim_slash: 30_000,
            finder_fee: 50_000,
            inflation: 137,
            inflation_change: 3,
            target_bonding_rate: 500_000,
        }
    }
}

/// Where everything is.
#[derive(Debug)]
pub struct Protocol {
    pub chain: Chain,
    pub settings: Settings,
    pub owner: Address,
    pub solver: Address,
    pub controller: Address,
    pub token: Address,
    pub minter: Address,
    pub verifier: Address,
    /// The proxies.
    pub bonding: Address,
    pub jobs: Address,
    pub rounds: Address,
    /// The first round after the deployment, in which the scenarios begin.
    pub opening: u64,
}

/// The id of a name in the registry.
pub fn id(name: &str) -> B256 {
    keccak256(name)
}

/// The commit whose code is registered; nothing reads it on chain.
const COMMIT: FixedBytes<20> = FixedBytes::repeat_byte(0x1b);

/// Ether of everyone who takes part.
pub fn ether() -> U256 {
    U256::from(10_000) * U256::from(10u64.pow(18))
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

impl Protocol {
    /// Deploys everything and gives each account of `funds` ether and its tokens, approved for bonding.
    pub async fn deploy(chain: Chain, settings: Settings, funds: &[(Address, U256)]) -> Self {
        let (owner, solver) = (account("owner"), account("solver"));
        for address in funds.iter().map(|(address, _)| *address).chain([owner, solver]) {
            chain.dev.set_balance(address, ether()).await.unwrap();
        }
        let controller = chain.create(owner, "Controller", &[]).await;
        let token = chain.create(owner, "LivepeerToken", &[]).await;
        let arguments = Minter::constructorCall {
            controller_: controller,
            inflation_: n(settings.inflation),
            inflationChange_: n(settings.inflation_change),
            targetBondingRate_: n(settings.target_bonding_rate),
        };
        let minter = chain.create(owner, "Minter", &arguments.abi_encode()).await;
        let arguments = LivepeerVerifier::constructorCall {
            controller_: controller,
            solvers_: vec![solver],
            verificationCodeHash_: "QmVerificationCode".to_owned(),
        };
        let verifier = chain.create(owner, "LivepeerVerifier", &arguments.abi_encode()).await;
        let mut protocol = Self {
            chain,
            settings,
            owner,
            solver,
            controller,
            token,
            minter,
            verifier,
            bonding: Address::ZERO,
            jobs: Address::ZERO,
            rounds: Address::ZERO,
            opening: 0,
        };
        for (name, address) in [("LivepeerToken", token), ("Minter", minter), ("Verifier", verifier)] {
            protocol.register(name, address).await;
        }
        protocol.bonding = protocol.proxied("BondingManager").await;
        protocol.jobs = protocol.proxied("JobsManager").await;
        protocol.rounds = protocol.proxied("RoundsManager").await;
        protocol.set_parameters().await;
        protocol.give_out(funds).await;
        protocol.by_owner(protocol.controller, Controller::unpauseCall {}).await;
        protocol.opening = protocol.round_of(protocol.chain.height().await) + 1;
        protocol
    }

    pub async fn register(&self, name: &str, address: Address) {
        let call = Controller::setContractInfoCall { id: id(name), contractAddress: address, gitCommitHash: COMMIT };
        self.by_owner(self.controller, call).await;
    }

    pub async fn by_owner<C: SolCall>(&self, to: Address, call: C) {
        self.chain.send(self.owner, to, call).await;
    }

    /// Deploys the code of a manager, to stand behind its proxy.
    pub async fn implementation(&self, name: &str) -> Address {
        self.chain.create(self.owner, name, &(self.controller,).abi_encode()).await
    }

    async fn proxied(&self, name: &str) -> Address {
        let target = format!("{name}Target");
        self.register(&target, self.implementation(name).await).await;
        let arguments = ManagerProxy::constructorCall { controller_: self.controller, targetContractId_: id(&target) };
        let proxy = self.chain.create(self.owner, "ManagerProxy", &arguments.abi_encode()).await;
        self.register(name, proxy).await;
        proxy
    }

    async fn set_parameters(&self) {
        use {BondingManager as B, JobsManager as J, RoundsManager as R};
        let s = &self.settings;
        let (bonding, jobs, rounds) = (self.bonding, self.jobs, self.rounds);
        self.by_owner(bonding, B::setUnbondingPeriodCall { newPeriod: s.unbonding_period }).await;
        self.by_owner(bonding, B::setNumTranscodersCall { newNumber: n(s.num_transcoders) }).await;
        self.by_owner(bonding, B::setNumActiveTranscodersCall { newNumber: n(s.num_active) }).await;
        let claims = B::setMaxEarningsClaimsRoundsCall { newMaximum: n(s.max_earnings_claims_rounds) };
        self.by_owner(bonding, claims).await;
        self.by_owner(jobs, J::setVerificationRateCall { newRate: s.verification_rate }).await;
        self.by_owner(jobs, J::setVerificationPeriodCall { newPeriod: n(s.verification_period) }).await;
        let slashing = J::setVerificationSlashingPeriodCall { newPeriod: n(s.verification_slashing_period) };
        self.by_owner(jobs, slashing).await;
        let failed = J::setFailedVerificationSlashAmountCall { newAmount: n(s.failed_verification_slash) };
        self.by_owner(jobs, failed).await;
        let missed = J::setMissedVerificationSlashAmountCall { newAmount: n(s.missed_verification_slash) };
        self.by_owner(jobs, missed).await;
        let double = J::setDoubleClaimSegmentSlashAmountCall { newAmount: n(s.double_claim_slash) };
        self.by_owner(jobs, double).await;
        self.by_owner(jobs, J::setFinderFeeCall { newFee: n(s.finder_fee) }).await;
        self.by_owner(rounds, R::setRoundLengthCall { newLength: n(s.round_length) }).await;
        self.by_owner(rounds, R::setRoundLockAmountCall { newAmount: n(s.round_lock_amount) }).await;
    }

    async fn give_out(&self, funds: &[(Address, U256)]) {
        for &(to, amount) in funds {
            self.by_owner(self.token, LivepeerToken::mintCall { to, amount }).await;
            let approval = LivepeerToken::approveCall { spender: self.bonding, value: U256::MAX };
            self.chain.send(to, self.token, approval).await;
        }
        self.by_owner(self.token, LivepeerToken::transferOwnershipCall { newOwner: self.minter }).await;
    }

    /// The round of a block: they are counted from block 0 on and never change their length here.
    pub fn round_of(&self, block: u64) -> u64 {
        block / self.settings.round_length
    }

    /// The first block of a round's lock period.
    pub fn lock_of(&self, round: u64) -> u64 {
        let length = self.settings.round_length;
        (round + 1) * length - length * self.settings.round_lock_amount / 1_000_000
    }

    pub async fn tokens(&self, of: Address) -> U256 {
        self.chain.view(self.token, LivepeerToken::balanceOfCall { account: of }).await
    }
}

//! What each contract is made with.

use alloy::{
    primitives::U256,
    sol_types::{SolConstructor, SolValue},
};
use tminus_contracts::bindings::{
    GenesisManager, LivepeerTokenFaucet, LivepeerVerifier, MerkleMine, Minter, TokenDistributor,
};

use crate::{
    contracts::{Contract, registry_id},
    crowd::Crowd,
    facts::Origin,
    plan::Plan,
    profile::VerifierParameters,
};

impl Plan {
    /// The ABI-encoded arguments of a constructor.
    pub(crate) fn constructor_arguments(&self, contract: Contract, origin: Origin) -> Vec<u8> {
        let (a, p) = (&self.addresses, &self.profile);
        match contract {
            Contract::Controller | Contract::LivepeerToken => Vec::new(),
            Contract::Minter => Minter::constructorCall {
                controller_: a.controller,
                inflation_: U256::from(p.protocol.minter.inflation),
                inflationChange_: U256::from(p.protocol.minter.inflation_change),
                targetBondingRate_: U256::from(p.protocol.minter.target_bonding_rate),
            }
            .abi_encode(),
            Contract::LivepeerVerifier | Contract::IdentityVerifier => match &p.protocol.verifier {
                VerifierParameters::Livepeer(verifier) => LivepeerVerifier::constructorCall {
                    controller_: a.controller,
                    solvers_: verifier.solvers.clone(),
                    verificationCodeHash_: verifier.code_hash.clone(),
                }
                .abi_encode(),
                VerifierParameters::Identity => a.controller.abi_encode(),
            },
            Contract::BondingManagerTarget
            | Contract::JobsManagerTarget
            | Contract::RoundsManagerTarget
            | Contract::AdjustableRoundsManagerTarget => a.controller.abi_encode(),
            Contract::BondingManager | Contract::JobsManager | Contract::RoundsManager => {
                let target = registry_id(contract.target().unwrap_or_default());
                (a.controller, target).abi_encode()
            }
            Contract::TokenDistributor | Contract::MerkleMine | Contract::LivepeerTokenFaucet => {
                self.distribution_arguments(origin)
            }
            Contract::GenesisManager => GenesisManager::constructorCall {
                token_: a.token,
                tokenDistribution_: a.distribution,
                bankMultisig_: p.multisigs.bank,
                minter_: a.minter,
                grantsStartTimestamp_: U256::from(origin.grants_start),
            }
            .abi_encode(),
        }
    }

    fn distribution_arguments(&self, origin: Origin) -> Vec<u8> {
        let (p, token, ground) = (&self.profile, self.addresses.token, self.ground(origin));
        match &self.crowd {
            Crowd::List(rule, list) => TokenDistributor::constructorCall {
                token_: token,
                root_: list.root,
                totalAmount_: list.total,
                recipientCount_: U256::from(list.count),
                chunkSize_: U256::from(list.chunk_size),
                deadline_: ground.deadline(*rule),
                sweepRecipient_: p.account(rule.sweep_recipient, self.inputs.deployer),
                owner_: p.account(rule.owner, self.inputs.deployer),
                useTransferBatch_: rule.transfer_batch,
            }
            .abi_encode(),
            Crowd::Accounts(mine) => {
                let (start, end) = ground.caller_period(*mine);
                MerkleMine::constructorCall {
                    token_: token,
                    genesisRoot_: mine.root,
                    totalGenesisTokens_: p.supply.crowd,
                    totalGenesisRecipients_: U256::from(mine.recipients),
                    balanceThreshold_: mine.balance_threshold,
                    genesisBlock_: U256::from(mine.genesis_block),
                    callerAllocationStartBlock_: start,
                    callerAllocationEndBlock_: end,
                }
                .abi_encode()
            }
            Crowd::Anybody(faucet) => LivepeerTokenFaucet::constructorCall {
                token_: token,
                requestAmount_: faucet.request_amount,
                requestWait_: U256::from(faucet.wait_hours()),
            }
            .abi_encode(),
        }
    }
}

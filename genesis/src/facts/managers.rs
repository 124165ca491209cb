//! The fixed facts of the managers, their proxies and the verifier.

use alloy::primitives::{B256, U256};
use tminus_chain::evidence::Finding;
use tminus_contracts::bindings::{LivepeerVerifier as V, ManagerProxy as P};

use super::Ground;
use crate::{
    contracts::{Contract, registry_id},
    look::{Look, about},
    profile::VerifierParameters,
};

impl Ground<'_> {
    /// Code behind a proxy keeps nothing of its own but the Controller it was made with.
    pub(super) async fn target(&self, look: Look<'_>, contract: Contract) -> Vec<Finding> {
        let at = self.addresses.of(contract);
        let controller = about("genesis.target.controller", contract.name());
        vec![look.value(controller, at, P::controllerCall {}, self.addresses.controller).await]
    }

    pub(super) async fn proxy(&self, look: Look<'_>, contract: Contract) -> Vec<Finding> {
        let at = self.addresses.of(contract);
        let of = |what: &str| about(format!("genesis.proxy.{what}"), contract.name());
        let target: B256 = registry_id(contract.target().unwrap_or_default());
        vec![
            look.value(of("controller"), at, P::controllerCall {}, self.addresses.controller).await,
            look.value(of("target"), at, P::targetContractIdCall {}, target).await,
        ]
    }

    /// Who answers, and with which code. More solvers than those of the profile are one too many.
    pub(super) async fn verifier(&self, look: Look<'_>) -> Vec<Finding> {
        let at = self.addresses.verifier;
        let controller = about("genesis.verifier.controller", "");
        let mut findings = vec![look.value(controller, at, V::controllerCall {}, self.addresses.controller).await];
        if let VerifierParameters::Livepeer(expected) = &self.profile.protocol.verifier {
            let code_hash = about("genesis.verifier.code-hash", "");
            let solver = |subject: String| about("genesis.verifier.solvers", subject);
            findings.push(look.value(code_hash, at, V::verificationCodeHashCall {}, expected.code_hash.clone()).await);
            for (index, address) in expected.solvers.iter().enumerate() {
                let at_index = V::solversCall(U256::from(index));
                findings.push(look.value(solver(format!("number {index}")), at, at_index, *address).await);
                let known = V::isSolverCall(*address);
                findings.push(look.value(solver(address.to_string()), at, known, true).await);
            }
            let beyond = V::solversCall(U256::from(expected.solvers.len()));
            findings.push(look.reverts(solver("none beyond these".to_owned()), at, beyond).await);
        }
        findings
    }
}

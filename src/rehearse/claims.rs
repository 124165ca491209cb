//! Claims from a MerkleMine.
//!
//! The operator claims its own allocation with its key, by the very call that anybody makes. Three accounts more are tried,
//! the first, the middle and the last of the file, because proofs differ at the edges of a tree; nobody has their keys here,
//! so they are impersonated. What has to be refused is asked as a call: a foreign proof, and a claim for somebody else
//! before the time for it. What others get later is asked from the contract by block, up to the whole.

use std::time::Duration;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, Bytes, U256},
    sol_types::SolError,
};
use tminus_chain::{
    evidence::Finding,
    rpc::{Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, MerkleMine as abi};
use tminus_distro::mine::{GenerateOptions, Mine, calldata, check_mine, generate};
use tminus_genesis::{
    deployment::Deployment,
    profile::{Distribution, MerkleMine},
};

use super::{crowd::Claimants, scene::Scene};
use crate::{commands::connect::classify_dev, exit::Failure, narrative::Stage, report::data::Claims};

/// Fewest accounts of a rehearsal: those that claim, and one that does not.
pub(super) const FEWEST: u64 = 5;
/// Time between looks at a development chain.
const POLL: Duration = Duration::from_millis(50);
/// How long finality may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Who claims, who is left, and on what terms.
struct Cast {
    operator: Address,
    /// First, middle and last of the file.
    others: Vec<Address>,
    /// Nobody claims for it.
    left: Address,
    terms: MerkleMine,
    each: U256,
}

impl Cast {
    fn of(scene: &Scene, claimants: &Claimants) -> Result<Self, Failure> {
        let Distribution::MerkleMine(terms) = scene.profile.distribution else {
            return Err(Failure::Failed("claims are made from a MerkleMine".to_owned()));
        };
        let operator = scene.operator;
        let all: Vec<Address> = claimants.accounts.records().iter().map(|record| Address::from(*record)).collect();
        let mut rest: Vec<Address> = all.into_iter().filter(|account| *account != operator).collect();
        if (rest.len() as u64) + 1 < FEWEST {
            return Err(Failure::Input(format!("a MerkleMine is rehearsed with at least {FEWEST} accounts")));
        }
        let (last, middle, first) = (rest.remove(rest.len() - 1), rest.remove(rest.len() / 2), rest.remove(0));
        let each = scene.profile.supply.crowd / U256::from(terms.recipients);
        Ok(Self { operator, others: vec![first, middle, last], left: rest[0], terms, each })
    }

    fn claimed(&self) -> impl Iterator<Item = Address> {
        std::iter::once(self.operator).chain(self.others.iter().copied())
    }
}

impl Claimants {
    fn proof(&self, account: Address) -> Result<Vec<u8>, Failure> {
        let proof = self.accounts.position(account).and_then(|index| self.tree.proof(index));
        proof.ok_or_else(|| Failure::Failed(format!("{account} is not in the account file")))
    }
}

/// Makes the claims that are not made.
pub(super) async fn claim(
    scene: &Scene,
    claimants: &Claimants,
    deployment: &Deployment,
    stage: &mut Stage<'_>,
) -> Result<Claims, Failure> {
    let cast = Cast::of(scene, claimants)?;
    let mine = Mine::new(scene.rpc.clone(), deployment.addresses.distribution);
    check_mine(&mine, claimants.tree.root(), claimants.accounts.len() as u64).await.map_err(Failure::failed)?;
    let is_done = async |account| mine.generated(account, BlockId::latest()).await.map_err(Failure::halted);
    stage.note(
        "the root is that of synthetic accounts, not that of the profile: nobody has the file or the keys of 2018",
    );
    if is_done(cast.operator).await? {
        stage.found("the operator's own claim");
    } else {
        let options =
            GenerateOptions { from: cast.operator, poll: POLL, final_patience: PATIENCE, dev: Some(scene.dev.clone()) };
        let proof = claimants.proof(cast.operator)?;
        generate(&scene.outbox, &mine, cast.operator, &proof, &options)
            .await
            .map_err(|error| if error.can_resume() { Failure::halted(error) } else { Failure::failed(error) })?;
        stage.step("the operator claimed its own allocation, with its key");
    }
    let mut made = 0;
    for account in &cast.others {
        if !is_done(*account).await? {
            let call = calldata(*account, &claimants.proof(*account)?);
            scene.dev.send_as(*account, mine.address(), call).await.map_err(classify_dev)?;
            made += 1;
        }
    }
    match made {
        0 => stage.found("the claims of first, middle and last account"),
        _ => stage.step("first, middle and last account claimed theirs, impersonated"),
    }
    Ok(Claims {
        contract: "MerkleMine".to_owned(),
        address: mine.address(),
        note: format!(
            "Every account claims its own part; the distribution of 2018 sends nothing to anybody. Four of the {} synthetic \
             accounts did. Root and number of accounts are those of the synthetic file, everything else is the profile's.",
            crate::report::format::count(claimants.accounts.len() as u64)
        ),
        root: Some(claimants.tree.root()),
        possible: Some(claimants.accounts.len() as u64),
        made: cast.claimed().count() as u64,
        each: cast.each,
        total: scene.profile.supply.crowd,
    })
}

/// What the chain says of the claims: the checks `claims.*`.
pub(super) async fn look(
    scene: &Scene,
    claimants: &Claimants,
    deployment: &Deployment,
) -> Result<Vec<Finding>, Failure> {
    let cast = Cast::of(scene, claimants)?;
    let (rpc, mine) = (&scene.rpc, deployment.addresses.distribution);
    let latest = rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::halted)?.number;
    let at = BlockId::number(latest);
    let balance =
        async |account| rpc.view(deployment.addresses.token, LivepeerToken::balanceOfCall { account }, at).await;
    let mut findings = Vec::new();
    for account in cast.claimed() {
        let source = format!("generated({account}) at block {latest}");
        let generated = rpc.view(mine, abi::generatedCall { recipient: account }, at).await;
        findings.push(Finding::compare("claims.made", account.to_string(), source, &true, generated));
        let source = format!("balanceOf({account}) at block {latest}");
        findings.push(Finding::compare("claims.paid", account.to_string(), source, &cast.each, balance(account).await));
    }
    let given = cast.each * U256::from(cast.claimed().count());
    let source = format!("balanceOf({mine}) at block {latest}");
    let rest = scene.profile.supply.crowd - given;
    findings.push(Finding::compare("claims.left", "", source, &rest, balance(mine).await));

    let (own, foreign) = (claimants.proof(cast.left)?, claimants.proof(cast.operator)?);
    let try_it = async |check: &str, from: Address, proof: &[u8], error: &str, selector: [u8; 4]| {
        let source = format!("generate({}) by {from} at block {latest}", cast.left);
        let said = refused(rpc, from, mine, calldata(cast.left, proof), at, (error, selector)).await;
        Finding::compare(check, cast.left.to_string(), source, &format!("reverts with {error}"), said)
    };
    let (invalid, early) = (abi::MerkleMineInvalidProof::SELECTOR, abi::MerkleMineCallerPeriodNotStarted::SELECTOR);
    findings.push(try_it("claims.proof", cast.left, &foreign, "MerkleMineInvalidProof", invalid).await);
    findings.push(try_it("claims.others", cast.operator, &own, "MerkleMineCallerPeriodNotStarted", early).await);
    findings.extend(callers_part(rpc, mine, deployment.first_block, &cast, at).await);
    Ok(findings)
}

/// What others get for claiming, by block: protocol specification, 13.
async fn callers_part(rpc: &Rpc, mine: Address, first_block: u64, cast: &Cast, at: BlockId) -> Vec<Finding> {
    let (start, period) = (first_block + cast.terms.caller_allocation_start, cast.terms.caller_allocation_period);
    let mut findings = Vec::new();
    for after in [0, 1, period / 4, period / 2, period - 1, period] {
        let expected = cast.each * U256::from(after) / U256::from(period);
        let call = abi::callerTokenAmountAtBlockCall { blockNumber: U256::from(start + after) };
        let source = format!("callerTokenAmountAtBlock({}) of {mine}", start + after);
        let subject = format!("{after} blocks after the start");
        findings.push(Finding::compare("claims.schedule", subject, source, &expected, rpc.view(mine, call, at).await));
    }
    findings
}

/// How a call is refused, in words.
pub(super) async fn refused(
    rpc: &Rpc,
    from: Address,
    to: Address,
    data: Bytes,
    at: BlockId,
    (error, selector): (&str, [u8; 4]),
) -> Result<String, RpcError> {
    match rpc.call(Some(from), to, data, at).await {
        Ok(_) => Ok("succeeds".to_owned()),
        Err(RpcError::Reverted(data)) if data.starts_with(&selector) => Ok(format!("reverts with {error}")),
        Err(other @ RpcError::Reverted(_)) => Ok(other.to_string()),
        Err(other) => Err(other),
    }
}

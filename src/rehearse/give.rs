//! What becomes of the crowd's part after the genesis, by its kind: a list is paid, accounts claim, a faucet is asked.
//!
//! Two stages each: the first acts, the second looks at the chain.

use std::sync::{Arc, Mutex};

use tminus_chain::evidence::Finding;
use tminus_genesis::deployment::Deployment;

use super::{airdrop, claims, crowd::Crowd, faucet, launch::Watch, scene::Scene};
use crate::{
    exit::Failure,
    narrative::Stage,
    report::{data, format::count},
};

/// The titles of the two stages.
pub(super) fn titles(crowd: &Crowd) -> [&'static str; 2] {
    match crowd {
        Crowd::List(_) => ["Airdrop", "Airdrop audit"],
        Crowd::Accounts(_) => ["Claims", "Claims audit"],
        Crowd::Anybody => ["Faucet", "Faucet audit"],
    }
}

/// Acts; what was done, for the report and in words.
pub(super) async fn give(
    scene: &Scene,
    crowd: &Crowd,
    deployment: &Deployment,
    stage: &mut Stage<'_>,
    watch: (&Arc<Mutex<Watch>>, u32),
) -> Result<(data::Crowd, String), Failure> {
    Ok(match crowd {
        Crowd::List(list) => {
            let paid = airdrop::pay(scene, list, deployment, stage, watch).await?;
            let words = format!("{} recipients paid", count(paid.paid));
            (data::Crowd::Airdrop(paid), words)
        }
        Crowd::Accounts(claimants) => {
            let claims = claims::claim(scene, claimants, deployment, stage).await?;
            let words = format!("{} of {} accounts claimed", claims.made, count(claimants.accounts.len() as u64));
            (data::Crowd::Claims(claims), words)
        }
        Crowd::Anybody => {
            let asked = faucet::ask(scene, deployment, stage).await?;
            (data::Crowd::Claims(asked), "the faucet gave once".to_owned())
        }
    })
}

/// Looks; what was found, and in words.
pub(super) async fn look(
    scene: &Scene,
    crowd: &Crowd,
    deployment: &Deployment,
) -> Result<(Vec<Finding>, String), Failure> {
    let findings = match crowd {
        Crowd::List(list) => {
            let audited = airdrop::look(scene, list, deployment).await;
            let words = format!("{} of {} balances changed as listed", count(audited.exact), count(audited.compared));
            return Ok((audited.findings, words));
        }
        Crowd::Accounts(claimants) => claims::look(scene, claimants, deployment).await?,
        Crowd::Anybody => faucet::look(scene, deployment).await?,
    };
    let words = format!("{} findings", findings.len());
    Ok((findings, words))
}

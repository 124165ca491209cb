//! The synthetic crowd: written once, read back like anybody's file, and committed to.
//!
//! - Where a list is paid, its leaves name the token, whose address follows from the deployer and the nonce at which the
//!   genesis begins; both are found on the chain. The amounts add up to the profile's crowd supply exactly.
//! - A MerkleMine's accounts are in the profile by root and number. Nobody here has those accounts' file, nor their keys. So
//!   the rehearsal has accounts of its own, the operator's among them, and puts their root and number in the place of the
//!   profile's; everything else is the profile's, and a launch never does this.
//! - A faucet has no crowd.

use std::{num::NonZero, path::Path};

use alloy::primitives::{Address, B256};
use tminus_chain::files::write_atomically;
use tminus_contracts::commitment::Commitment;
use tminus_distro::{
    mine::{AccountTree, Accounts, sample},
    plan::{Committed, Subject},
    recipients::{ReadOptions, read_file},
    sample::Sample,
};
use tminus_genesis::{
    profile::{Distribution, Distributor},
    steps::Layout,
};

use super::scene::{Request, Scene};
use crate::{exit::Failure, report::format::count as grouped};

/// Name of the distribution, part of every intent key.
pub(super) const CROWD: &str = "crowd";

/// Who gets the crowd's part.
#[derive(Debug)]
pub(super) enum Crowd {
    /// A list, paid by a distributor.
    List(Box<Committed>),
    /// Accounts that claim from a MerkleMine.
    Accounts(Claimants),
    /// Whoever asks a faucet.
    Anybody,
}

/// Accounts that may claim.
#[derive(Debug)]
pub(super) struct Claimants {
    /// In ascending order.
    pub(super) accounts: Accounts,
    /// Their tree.
    pub(super) tree: AccountTree,
}

impl Crowd {
    /// What the genesis commits to, where it pays a list.
    pub(super) fn commitment(&self) -> Option<Commitment> {
        match self {
            Self::List(committed) => Some(committed.commitment()),
            Self::Accounts(_) | Self::Anybody => None,
        }
    }

    /// The root that it is committed to.
    pub(super) fn root(&self) -> Option<B256> {
        match self {
            Self::List(committed) => Some(committed.facts.root),
            Self::Accounts(claimants) => Some(claimants.tree.root()),
            Self::Anybody => None,
        }
    }

    /// In words, for the stage that made it.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::List(committed) => {
                let facts = &committed.facts;
                format!("{} recipients in {} chunks", grouped(facts.recipients), grouped(facts.chunks))
            }
            Self::Accounts(claimants) => {
                format!("{} accounts that may claim", grouped(claimants.accounts.len() as u64))
            }
            Self::Anybody => "no list: a faucet gives to whoever asks".to_owned(),
        }
    }
}

/// Makes the crowd that the profile asks for, or takes up the one that is there.
///
/// # Errors
/// Bad input when no such crowd can be made; a folder that cannot be written.
pub(super) fn take(scene: &mut Scene, request: &Request) -> Result<Crowd, Failure> {
    let count = request.count(&scene.profile)?;
    match scene.profile.distribution.clone() {
        Distribution::Distributor(rule) => Ok(Crowd::List(Box::new(list(scene, request.seed, count, rule)?))),
        Distribution::MerkleMine(mine) => {
            let claimants = claimants(&scene.folder.join("accounts.bin"), scene.operator, request.seed, count)?;
            let (root, recipients) = (claimants.tree.root(), claimants.accounts.len() as u64);
            scene.profile.distribution =
                Distribution::MerkleMine(tminus_genesis::profile::MerkleMine { root, recipients, ..mine });
            Ok(Crowd::Accounts(claimants))
        }
        Distribution::Faucet(_) => Ok(Crowd::Anybody),
    }
}

/// Writes the list if it is not there, reads it, commits to it, and keeps list and commitment for review.
fn list(scene: &Scene, seed: u64, count: u32, rule: Distributor) -> Result<Committed, Failure> {
    let profile = &scene.profile;
    let file = scene.folder.join("recipients.csv");
    if !file.exists() {
        let sample = Sample { count, seed, total: profile.supply.crowd, decimals: profile.token.decimals };
        let mut text = Vec::new();
        sample.write(&mut text).map_err(Failure::input)?;
        write_atomically(&file, &text).map_err(Failure::failed)?;
    }
    let token = Layout::of(profile.variant()).predict(scene.deployer, scene.base_nonce).token;
    let options = ReadOptions::of_token(token, profile.token.decimals);
    let read = read_file(&file, &options).map_err(Failure::input)?;
    let subject = Subject {
        name: CROWD.to_owned(),
        chain_id: scene.rpc.chain_id(),
        token,
        decimals: profile.token.decimals,
        symbol: profile.token.symbol.clone(),
    };
    let committed = Committed::new(&subject, read, &file, rule.chunk_size).map_err(Failure::input)?;
    committed.write(&scene.folder.join(CROWD)).map_err(Failure::failed)?;
    Ok(committed)
}

/// Writes the account file if it is not there, and reads it.
fn claimants(file: &Path, operator: Address, seed: u64, count: u32) -> Result<Claimants, Failure> {
    if !file.exists() {
        let others = NonZero::new(count.saturating_sub(1)).map(|others| sample(others, seed));
        let mut records: Vec<_> = others.iter().flat_map(Accounts::records).copied().collect();
        records.push(operator.into_array());
        records.sort_unstable();
        write_atomically(file, records.as_flattened()).map_err(Failure::failed)?;
    }
    let accounts = Accounts::read(file).map_err(Failure::input)?;
    let tree = AccountTree::build(&accounts);
    Ok(Claimants { accounts, tree })
}

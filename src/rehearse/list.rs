//! The synthetic crowd: written once, read back like anybody's file, and committed to.
//!
//! The leaves name the token, whose address follows from the deployer and the nonce at which the genesis begins; both are
//! found on the chain. The amounts add up to the profile's crowd supply exactly.

use tminus_chain::files::write_atomically;
use tminus_distro::{
    plan::{Committed, Subject},
    recipients::{ReadOptions, read_file},
    sample::Sample,
};
use tminus_genesis::contracts::Addresses;

use super::scene::{Request, Scene};
use crate::exit::Failure;

/// Name of the distribution, part of every intent key.
pub(super) const CROWD: &str = "crowd";

/// Writes the list if it is not there, reads it, commits to it, and keeps list and commitment for review.
///
/// # Errors
/// Bad input when no such list can be made; a folder that cannot be written.
pub(super) fn commit(scene: &Scene, request: &Request) -> Result<Committed, Failure> {
    let profile = &scene.profile;
    let file = scene.folder.join("recipients.csv");
    if !file.exists() {
        let count = u32::try_from(request.recipients)
            .map_err(|_| Failure::Input(format!("{} recipients are too many", request.recipients)))?;
        let sample =
            Sample { count, seed: request.seed, total: profile.supply.crowd, decimals: profile.token.decimals };
        let mut text = Vec::new();
        sample.write(&mut text).map_err(Failure::input)?;
        write_atomically(&file, &text).map_err(Failure::failed)?;
    }
    let token = Addresses::predict(scene.deployer, scene.base_nonce).token;
    let options = ReadOptions::of_token(token, profile.token.decimals);
    let read = read_file(&file, &options).map_err(Failure::input)?;
    let subject = Subject {
        name: CROWD.to_owned(),
        chain_id: scene.rpc.chain_id(),
        token,
        decimals: profile.token.decimals,
        symbol: profile.token.symbol.clone(),
    };
    let committed = Committed::new(&subject, read, &file, profile.distribution.chunk_size).map_err(Failure::input)?;
    committed.write(&scene.folder.join(CROWD)).map_err(Failure::failed)?;
    Ok(committed)
}

//! Where a rehearsal plays: the chain, the keys, the outbox, and the folder that holds them.
//!
//! The embedded chain is stored in the folder and starts on the day of the 2018 launch. Its time moves with its blocks
//! only, and every mined block is final at once, so that a rehearsal that was killed and resumed arrives at the same state
//! as one that was not. On a development chain behind `--rpc` the same code runs, and finality is waited for.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256, keccak256},
};
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig, Replayed},
    files::write_atomically,
    gas::{Fork, GasRules},
    outbox::{EventSink, Outbox, OutboxConfig, OutboxError},
    rpc::Rpc,
    signer::Signers,
};
use tminus_genesis::{
    apply::check_network,
    find::find_base_nonce,
    profile::{DistributionKind, Flight, Profile, Rehearsal},
};

use super::{claims::FEWEST, parameters::Parameters};
use crate::{
    commands::{
        connect::{classify_dev, classify_outbox},
        genesis::classify,
    },
    exit::Failure,
};

/// 30 April 2018, 19:43 UTC: the commit that was launched.
const LAUNCH_DAY: u64 = 1_525_117_380;
/// Recipients where nothing else is asked for.
const RECIPIENTS: u64 = 10_000;
/// Seconds between blocks.
const BLOCK_TIME: u64 = 12;
/// Gas limit of a block.
const BLOCK_GAS: u64 = 60_000_000;
/// Base fee of the first block, wei.
const BASE_FEE: u64 = 1_000_000_000;
/// Ether of each development account, 10,000 as anvil gives.
const ETHER_EACH: u64 = 10_000;
/// Development accounts that are used: the deployer and the operator of the airdrop, each with a key of its own.
const KEYS: u32 = 2;
/// Most wei a gas that a rehearsal offers.
const FEE_CEILING: u128 = 1_000_000_000_000;
/// Transactions in flight: what every node keeps of one account.
const IN_FLIGHT: usize = 16;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Profile name or path.
    pub(crate) profile: String,
    /// Recipients of the synthetic list, or accounts of the synthetic file.
    pub(crate) recipients: Option<u64>,
    /// Its seed.
    pub(crate) seed: u64,
    /// A development chain instead of the embedded one.
    pub(crate) rpc: Option<String>,
    /// Forget an earlier rehearsal.
    pub(crate) fresh: bool,
    /// The state folder, `.tminus`.
    pub(crate) state: PathBuf,
}

/// What is known before anything is opened.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The profile.
    pub(crate) profile: Profile,
    /// keccak256 of the profile's canonical JSON.
    profile_hash: alloy::primitives::B256,
    /// The chain of `--rpc`.
    remote: Option<Rpc>,
}

/// Everything a stage needs.
pub(crate) struct Scene {
    /// The rehearsal's folder.
    pub(crate) folder: PathBuf,
    /// The profile.
    pub(crate) profile: Profile,
    /// keccak256 of the profile's canonical JSON.
    pub(crate) profile_hash: alloy::primitives::B256,
    /// The endpoint.
    pub(crate) rpc: Rpc,
    /// Its clock.
    pub(crate) dev: Dev,
    /// The door out.
    pub(crate) outbox: Outbox,
    /// Who deploys.
    pub(crate) deployer: Address,
    /// Who runs the airdrop and the keeper's job.
    pub(crate) operator: Address,
    /// Gas rules of the chain.
    pub(crate) rules: GasRules,
    /// The deployer's nonce at which the genesis begins.
    pub(crate) base_nonce: u64,
    /// The latest block before anything was done in this run.
    pub(crate) opened_at: u64,
    /// The chain, when it is in this process.
    pub(crate) embedded: Option<EmbeddedChain>,
}

/// The lock that keeps a second process out of a rehearsal: beside its folder, since `--fresh` removes the folder. The
/// operating system frees it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    fn take(folder: &Path) -> Result<Self, Failure> {
        let path = folder.with_extension("lock");
        let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::Halted(format!("{}: another process runs this rehearsal", folder.display())))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Scene {
    /// The fork whose rules hold, in a word.
    pub(crate) fn fork(&self) -> String {
        format!("{:?}", self.rules.fork)
    }
}

impl Request {
    /// How many the synthetic crowd is; none with a faucet.
    ///
    /// # Errors
    /// Bad input: a number that the profile's distribution can do nothing with.
    pub(crate) fn count(&self, profile: &Profile) -> Result<u32, Failure> {
        let kind = profile.distribution.kind();
        let asked = self.recipients.unwrap_or(RECIPIENTS);
        match kind {
            DistributionKind::Faucet if self.recipients.is_some() => {
                return Err(Failure::Input(format!(
                    "--recipients: {} gives the crowd's part to a faucet, which has no list; leave it out",
                    profile.name
                )));
            }
            DistributionKind::Faucet => return Ok(0),
            DistributionKind::MerkleMine if asked < FEWEST => {
                return Err(Failure::Input(format!(
                    "--recipients: {asked} accounts are too few to rehearse a MerkleMine with; give at least {FEWEST}"
                )));
            }
            DistributionKind::Distributor | DistributionKind::MerkleMine => {}
        }
        u32::try_from(asked).map_err(|_| Failure::Input(format!("--recipients: {asked} are too many")))
    }

    /// The crowd in words, for the title.
    ///
    /// # Errors
    /// As [`Request::count`].
    pub(crate) fn crowd_in_words(&self, profile: &Profile) -> Result<String, Failure> {
        let count = crate::report::format::count(u64::from(self.count(profile)?));
        Ok(match profile.distribution.kind() {
            DistributionKind::Distributor => format!("{count} recipients"),
            DistributionKind::MerkleMine => format!("{count} accounts and a MerkleMine"),
            DistributionKind::Faucet => "a faucet".to_owned(),
        })
    }

    /// The folder of the rehearsal.
    pub(crate) fn folder(&self) -> PathBuf {
        self.state.join(if self.rpc.is_some() { "rehearsal-rpc" } else { "rehearsal" })
    }

    /// Reads the profile, reaches the chain of `--rpc`, and takes up the rehearsal in its folder, or begins it. Nothing is
    /// sent; nothing is written or forgotten before profile and chain are known to be right.
    ///
    /// # Errors
    /// Bad input: the profile, another chain, or another rehearsal in the folder. A chain that does not answer, a second
    /// process in the folder.
    pub(crate) async fn prepare(&self) -> Result<(Prepared, Lock), Failure> {
        let profile = Profile::find(&self.profile).map_err(Failure::input)?;
        let canonical = serde_json::to_vec(&profile).map_err(Failure::failed)?;
        let profile_hash = keccak256(canonical);
        let recipients = u64::from(self.count(&profile)?);
        let remote = self.reach(&profile).await?;
        let folder = self.folder();
        let lock = Lock::take(&folder)?;
        if self.fresh {
            match std::fs::remove_dir_all(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::Failed(format!("{}: {error}", folder.display()))),
            }
        }
        let parameters = Parameters {
            profile: self.profile.clone(),
            profile_hash,
            recipients,
            seed: self.seed,
            chain: self.rpc.as_deref().map_or_else(|| "embedded".to_owned(), tminus_chain::rpc::redact),
        };
        parameters.take_up(&folder)?;
        Ok((Prepared { profile, profile_hash, remote }, lock))
    }

    /// The chain of `--rpc`, which has to be a development chain and the profile's rehearsal network.
    async fn reach(&self, profile: &Profile) -> Result<Option<Rpc>, Failure> {
        let Some(url) = &self.rpc else { return Ok(None) };
        let rpc = Rpc::connect(url).await.map_err(Failure::halted)?;
        Dev::attach(&rpc).await.map_err(classify_dev)?;
        check_network(&rpc, profile.network(Flight::Rehearsal)).await.map_err(classify)?;
        Ok(Some(rpc))
    }

    /// Opens the chain, the keys and the journal. Opening the journal reconciles it with the chain.
    ///
    /// # Errors
    /// A chain that cannot be opened or does not answer, a journal of another chain.
    pub(crate) async fn open(
        &self,
        prepared: Prepared,
        replayed: impl FnMut(Replayed),
        events: EventSink,
    ) -> Result<Scene, Failure> {
        let Prepared { profile, profile_hash, remote } = prepared;
        let folder = self.folder();
        let (rpc, embedded) = match remote {
            Some(rpc) => (rpc, None),
            None => {
                let chain = embedded(&folder, profile.rehearsal, replayed)?;
                (Rpc::over(chain.client(), "embedded").await.map_err(Failure::failed)?, Some(chain))
            }
        };
        let dev = Dev::attach(&rpc).await.map_err(classify_dev)?;
        let signers = Signers::dev(rpc.chain_id(), KEYS).map_err(Failure::input)?;
        let [deployer, operator] = signers.addresses()[..] else {
            return Err(Failure::Failed(format!("expected {KEYS} development keys")));
        };
        let rules = GasRules::detect(&rpc).await.map_err(Failure::halted)?;
        let config = OutboxConfig {
            in_flight: IN_FLIGHT,
            bump_after: Duration::from_secs(30),
            poll: Duration::from_millis(50),
            dev: Some(dev.clone()),
            ..OutboxConfig::new(FEE_CEILING)
        };
        let opened_at = rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::halted)?.number;
        let base_nonce = self.base_nonce(&rpc, &profile, &folder, deployer).await?;
        let ledger = folder.join("ledger.sqlite");
        let outbox =
            Outbox::open(rpc.clone(), &ledger, signers, config, events).await.map_err(|error| match error {
                OutboxError::Local(words) => Failure::Failed(format!("{words}; --fresh begins a new rehearsal")),
                other => classify_outbox(other),
            })?;
        Ok(Scene {
            folder,
            profile,
            profile_hash,
            rpc,
            dev,
            outbox,
            deployer,
            operator,
            rules,
            opened_at,
            base_nonce,
            embedded,
        })
    }
}

impl Request {
    /// Where the genesis begins. On the embedded chain that is found from the chain. A development chain of somebody's may
    /// hold an earlier rehearsal's genesis, which `--fresh` has to leave alone: there the nonce is fixed at the first start.
    async fn base_nonce(&self, rpc: &Rpc, profile: &Profile, folder: &Path, deployer: Address) -> Result<u64, Failure> {
        if self.rpc.is_none() {
            return find_base_nonce(rpc, profile, deployer).await.map_err(classify);
        }
        let file = folder.join("base-nonce");
        match std::fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| Failure::Input(format!("{}: not a number; --fresh begins anew", file.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let nonce = rpc.nonce(deployer, BlockId::pending()).await.map_err(Failure::halted)?;
                write_atomically(&file, nonce.to_string().as_bytes()).map_err(Failure::failed)?;
                Ok(nonce)
            }
            Err(error) => Err(Failure::Failed(format!("{}: {error}", file.display()))),
        }
    }
}

fn embedded(folder: &Path, rehearsal: Rehearsal, replayed: impl FnMut(Replayed)) -> Result<EmbeddedChain, Failure> {
    let ether = U256::from(ETHER_EACH) * U256::from(10u64.pow(18));
    let Rehearsal { chain_id, first_block } = rehearsal;
    let keys = Signers::dev(chain_id, KEYS).map_err(Failure::input)?;
    let config = EmbeddedConfig {
        chain_id,
        first_block,
        genesis_timestamp: LAUNCH_DAY,
        block_time: BLOCK_TIME,
        fork: Fork::Osaka,
        block_gas_limit: BLOCK_GAS,
        base_fee: BASE_FEE,
        finality_depth: 0,
        funded: keys.addresses().into_iter().map(|address| (address, ether)).collect(),
    };
    EmbeddedChain::open_with(&folder.join("chain.sqlite"), config, replayed)
        .map_err(|error| Failure::Failed(format!("{error}; --fresh begins a new rehearsal")))
}

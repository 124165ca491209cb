//! `tminus doctor`: everything a run depends on, looked at before it begins.
//!
//! It looks at what it is given: endpoints with `--rpc`, a key with the options of keys, the ledgers under `--state`. What was
//! not given is left out and said so; it is never reported as fine. Exit 0: all that was looked at holds; 3: something does
//! not; 5: something could not be looked at, and nothing fails. Nothing is written, signed or sent.

mod report;

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::primitives::Address;
use clap::Args;
use futures::future::join_all;
use tminus_chain::{
    doctor::{self, Facts},
    evidence::Finding,
    ledger::{Pins, view::View},
    rpc::{Options, Rpc, redact},
};

use super::keys::KeyOptions;
use crate::exit::{Failure, Status};

/// The name of a journal in its folder.
const LEDGER: &str = "ledger.sqlite";

/// Arguments of `tminus doctor`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A JSON-RPC endpoint, http or https; give it several times, or several with commas between them. Better in the
    /// environment: it may hold a secret.
    #[arg(long, env = "ETH_RPC_URL", hide_env_values = true, value_name = "URL", value_delimiter = ',', num_args = 1)]
    rpc: Vec<String>,
    /// The network whose ledger it is: the name of its folder under the state; all ledgers there when not given.
    #[arg(long)]
    network: Option<String>,
    #[command(flatten)]
    keys: Box<KeyOptions>,
    /// The folder of journals.
    #[arg(long, default_value = ".tminus")]
    state: PathBuf,
}

impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arguments").field("rpc", &names(&self.rpc)).finish_non_exhaustive()
    }
}

/// What endpoints are called: without secrets, and two of one provider told apart by their place.
fn names(urls: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(urls.len());
    for (index, url) in urls.iter().enumerate() {
        let name = redact(url);
        let twins = urls[..index].iter().filter(|other| redact(other) == name).count();
        names.push(if twins == 0 { name } else { format!("{name} ({})", twins + 1) });
    }
    names
}

/// What was found, and what was not looked at.
#[derive(Debug, Default)]
struct Examination {
    findings: Vec<Finding>,
    left_out: Vec<String>,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    for (index, url) in arguments.rpc.iter().enumerate() {
        if arguments.rpc[..index].contains(url) {
            return Err(Failure::Input(format!("--rpc: {} is given twice", redact(url))));
        }
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("http" | "https")) {
            return Err(Failure::Input(format!("--rpc: {} is not an http(s) URL", redact(url))));
        }
    }
    let key_given = arguments.keys.given()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut examination = Examination::default();

    let ledgers = examination.ledgers(&arguments);
    let named = arguments.network.is_some();
    let pinned = ledgers.first().filter(|_| named).and_then(|path| View::open(path).ok()?.pins().ok());
    let expected = pinned.map(|(pins, _)| pins);
    let endpoints = examination.endpoints(&arguments.rpc, expected, now).await;
    let best = best(&endpoints, expected);
    if let Some(best) = best {
        examination.findings.push(doctor::rules(&best.rpc).await);
    }
    let mut accounts = Vec::new();
    if key_given {
        let chain_id = best.map(|best| best.rpc.chain_id()).or(expected.map(|pins| pins.chain_id));
        accounts.extend(examination.key(&arguments.keys, chain_id).await);
    } else {
        examination.left_out.push("keys: none was given".to_owned());
    }
    examination.findings.extend(doctor::disk(&arguments.state));
    let chain = best.and_then(|best| best.pins);
    for path in &ledgers {
        let more = examination.ledger(path, chain.filter(|_| named), best, now).await;
        accounts.extend(more.into_iter().filter(|account| !accounts.contains(account)).collect::<Vec<_>>());
    }
    if let Some(best) = best {
        for account in accounts {
            let allowed = arguments.keys.allow_delegated();
            examination.findings.push(doctor::account(&best.rpc, account, allowed).await);
            examination.findings.push(doctor::balance(&best.rpc, account).await);
        }
    } else if !accounts.is_empty() {
        examination.left_out.push("the accounts' kinds and balances: no endpoint was there to ask".to_owned());
    }
    report::conclude(&examination, as_json)
}

/// The endpoint that the rest is asked of: of the right chain, and the furthest.
fn best(endpoints: &[Facts], expected: Option<Pins>) -> Option<&Facts> {
    let right = |facts: &&Facts| expected.is_none() || facts.pins == expected;
    endpoints.iter().filter(right).max_by_key(|facts| facts.head.map(|head| head.number))
}

impl Examination {
    fn ledgers(&mut self, arguments: &Arguments) -> Vec<PathBuf> {
        let in_folder = |folder: &Path| Some(folder.join(LEDGER)).filter(|path| path.exists());
        let found: Vec<PathBuf> = match &arguments.network {
            Some(network) => in_folder(&arguments.state.join(network)).into_iter().collect(),
            None => {
                let folders = std::fs::read_dir(&arguments.state).into_iter().flatten().flatten();
                let mut found: Vec<_> = folders.filter_map(|entry| in_folder(&entry.path())).collect();
                found.sort();
                found
            }
        };
        if found.is_empty() {
            let of = arguments.network.as_ref().map(|network| format!(" of {network}")).unwrap_or_default();
            self.left_out.push(format!("ledger: there is none{of} under {}", arguments.state.display()));
        }
        found
    }

    async fn endpoints(&mut self, urls: &[String], expected: Option<Pins>, now: u64) -> Vec<Facts> {
        if urls.is_empty() {
            self.left_out.push("endpoints, chain, balances: no --rpc was given".to_owned());
            return Vec::new();
        }
        let names = names(urls);
        let looks = urls.iter().zip(&names).map(|(url, name)| async move {
            let date = doctor::date_of(url).await;
            match Rpc::connect_many(&[url], Options::bare()).await {
                Ok(rpc) => {
                    let (facts, findings) = doctor::endpoint(&rpc, name, expected, now).await;
                    (Some((facts, date)), findings)
                }
                Err(error) => (None, vec![doctor::unreachable(name, &error)]),
            }
        });
        let (mut all, mut clocks) = (Vec::new(), Vec::new());
        for (facts, findings) in join_all(looks).await {
            self.findings.extend(findings);
            if let Some((facts, date)) = facts {
                clocks.extend(doctor::clocks(&facts, now, date));
                all.push(facts);
            }
        }
        if urls.len() == 1 {
            self.left_out.push("agreement: one endpoint has nobody to agree with; give a second --rpc".to_owned());
        }
        if all.iter().any(|facts| !facts.keeps_time()) {
            self.left_out.push("the age of blocks: a development chain keeps its own time".to_owned());
        }
        self.findings.extend(doctor::agree(&all).await);
        self.findings.extend(clocks);
        all
    }

    /// Opens the key; the account that signs with it.
    async fn key(&mut self, keys: &KeyOptions, chain_id: Option<u64>) -> Option<Address> {
        self.findings
            .push(doctor::environment(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned())));
        let Some(chain_id) = chain_id else {
            self.left_out.push("the key: it is opened for a chain, and no endpoint told which".to_owned());
            return None;
        };
        let key = keys.load(chain_id).await;
        let account = key.as_ref().ok().map(|keys| keys.sender);
        let key = key.map(|keys| keys.sender);
        let key = key.map_err(|failure| (failure.to_string(), matches!(failure, Failure::Halted(_))));
        self.findings.push(doctor::loaded(key));
        account
    }

    /// Looks at a ledger; the accounts in it. One of another chain, which nobody named, is not asked about further.
    async fn ledger(&mut self, path: &Path, chain: Option<Pins>, best: Option<&Facts>, now: u64) -> Vec<Address> {
        let (view, findings) = doctor::journal(path, chain);
        self.findings.extend(findings);
        let Some(view) = view else { return Vec::new() };
        let of_this = |facts: &&Facts| view.pins().is_ok_and(|(pins, _)| facts.pins == Some(pins));
        let best = best.filter(of_this);
        if best.is_none() {
            self.left_out.push(format!("the nonces of {}: no endpoint of its chain was given", path.display()));
        }
        self.findings.extend(doctor::waiting(&view, best.map(|best| &best.rpc), now).await);
        let signers = view.signers().unwrap_or_default();
        if best.is_some() { signers.into_iter().map(|signer| signer.address).collect() } else { Vec::new() }
    }
}

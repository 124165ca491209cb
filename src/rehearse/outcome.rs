//! What the chain says of a rehearsal that is over: the checklist, the report, the document for machines.

use std::path::PathBuf;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256},
};
use serde_json::{Value, json};
use tminus_chain::{
    evidence::{Finding, Verdict},
    outbox::Settled,
    rpc::Rpc,
};
use tminus_checklists::{Checklist, GENESIS, Outcome, REHEARSAL, Report, tick};
use tminus_contracts::bindings::LivepeerToken;
use tminus_genesis::{
    contracts::Contract,
    deployment::Deployment,
    profile::{DistributionKind, GrantKind},
    steps::Layout,
};

use super::{
    faucet,
    launch::Genesis,
    observe::Observed,
    runs::{self, Runs},
    scene::Scene,
};
use crate::{
    exit::Failure,
    report::{
        self,
        data::{AddressEntry, Bucket, Check, Crowd, GasRow, GenesisStep, Grant, Header, ReportData, SupplyRow, Totals},
    },
};

/// Price of a gas that the report's costs are shown with: 20 gwei, as in April 2018.
const GAS_PRICE: u64 = 20_000_000_000;

/// Everything that the stages brought.
pub(super) struct Flown {
    pub(super) scene: Scene,
    pub(super) genesis: Genesis,
    /// What became of the crowd's part, and what was seen of it.
    pub(super) given: Crowd,
    pub(super) seen: Vec<Finding>,
    pub(super) observed: Observed,
}

/// A rehearsal that is over.
pub(super) struct Finished {
    pub(super) data: ReportData,
    pub(super) checks: Report,
    pub(super) report: PathBuf,
    /// Nothing was left to do when this run began.
    pub(super) nothing_done: bool,
    state_digest: Option<B256>,
}

impl Finished {
    /// The document of `--json`.
    pub(super) fn document(&self) -> Value {
        json!({
            "state_digest": self.state_digest,
            "last_block": self.data.header.last_block,
            "recipients_paid": self.data.distribution.paid(),
            "grants_made": self.data.grants.len(),
            "checks": {
                "held": self.checks.held,
                "failed": self.checks.failed,
                "inconclusive": self.checks.inconclusive,
                "findings": self.checks.findings,
            },
            "report": self.report,
            "nothing_done": self.nothing_done,
            "data": self.data,
        })
    }
}

/// Ticks the checklist and writes the report.
///
/// # Errors
/// A chain that does not tell its latest block, a file that cannot be written.
pub(super) async fn conclude(flown: Flown, runs: &Runs) -> Result<Finished, Failure> {
    let Flown { scene, genesis, given, seen, observed } = flown;
    let deployment = &genesis.deployment;
    let latest = scene.rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::failed)?;
    let mut findings = genesis.findings;
    findings.extend(seen);
    findings.extend(observed.findings);
    findings.push(conserved(&scene, deployment, latest.number).await);

    let parse = |file, text| Checklist::parse(file, text).map_err(Failure::failed);
    let list = Checklist::join([parse("genesis.toml", GENESIS)?, parse("rehearsal.toml", REHEARSAL)?])
        .map_err(Failure::failed)?
        .of(&scene.profile.variant().words());
    let checks = tick(&list, &findings).map_err(Failure::failed)?;

    let steps = known(&scene, "genesis/")?;
    let releases = known(&scene, "keeper/")?;
    let totals = Totals {
        gas: vec![
            row("genesis", steps.iter().map(|step| step.gas_used)),
            row_of_crowd(&scene, &given)?,
            row("vesting releases", releases.iter().map(|release| release.gas_used)),
        ],
        gas_price: U256::from(GAS_PRICE),
    };
    let data = ReportData {
        header: Header {
            notice: notice(scene.profile.distribution.kind()).to_owned(),
            profile: scene.profile.title.clone(),
            profile_hash: scene.profile_hash,
            chain: scene.rpc.label().to_owned(),
            chain_id: scene.rpc.chain_id(),
            fork: scene.fork(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: runs.first_start(),
            finished: runs::now(),
            last_block: latest.number,
            symbol: scene.profile.token.symbol.clone(),
            decimals: scene.profile.token.decimals,
            verdict: verdict(checks.outcome),
        },
        stages: runs.timings(),
        runs: runs.records(),
        supply: supply(&scene, deployment).await,
        grants: grants(deployment, observed.curves),
        distribution: given,
        checks: checks
            .items
            .iter()
            .map(|ticked| Check {
                name: ticked.item.check.clone(),
                section: ticked.item.section.clone(),
                title: ticked.item.title.clone(),
                why: ticked.item.why.clone(),
                findings: ticked.findings.clone(),
            })
            .collect(),
        steps: steps
            .into_iter()
            .map(|step| GenesisStep {
                // the rest of the key tells this genesis from others of the same ledger
                id: step.key.as_str().split('@').next().unwrap_or_default().to_owned(),
                transaction: step.tx_hash,
                block: step.block_number,
                gas_used: step.gas_used,
            })
            .collect(),
        addresses: addresses(&scene, deployment),
        totals,
    };
    let path = scene.folder.join("report.html");
    report::write_to(&path, &data).map_err(Failure::failed)?;
    let state_digest = scene.embedded.as_ref().map(tminus_chain::embedded::EmbeddedChain::state_digest);
    let nothing_done = latest.number == scene.opened_at;
    Ok(Finished { data, checks, report: path, nothing_done, state_digest })
}

fn notice(kind: DistributionKind) -> &'static str {
    match kind {
        DistributionKind::Distributor => "A rehearsal: the recipients are synthetic, the chain is a development chain.",
        DistributionKind::MerkleMine => {
            "A rehearsal: root and number of the MerkleMine's accounts are those of a synthetic file, the chain is a \
             development chain."
        }
        DistributionKind::Faucet => "A rehearsal: the chain is a development chain.",
    }
}

/// Gas of what the operator sent for the crowd; impersonated claims are nobody's.
fn row_of_crowd(scene: &Scene, given: &Crowd) -> Result<GasRow, Failure> {
    Ok(match given {
        Crowd::Airdrop(airdrop) => row("airdrop", airdrop.batches.iter().map(|batch| batch.gas_used)),
        Crowd::Claims(_) => {
            let mut sent = known(scene, "distro/mine/")?;
            sent.extend(known(scene, faucet::KEY)?);
            row("the operator's claims", sent.iter().map(|settled| settled.gas_used))
        }
    })
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Holds => Verdict::Holds,
        Outcome::Fails => Verdict::Fails,
        Outcome::Inconclusive => Verdict::Unknown,
    }
}

/// What the journal knows to be mined, in the order of the blocks. After a lost journal it knows less; the chain does not.
fn known(scene: &Scene, prefix: &str) -> Result<Vec<Settled>, Failure> {
    let known = scene.outbox.known(prefix).map_err(Failure::failed)?;
    let mut settled: Vec<_> = known.into_iter().filter_map(|known| known.settled).collect();
    settled.sort_by_key(|settled| settled.block_number);
    Ok(settled)
}

fn row(name: &str, gas: impl Iterator<Item = u64>) -> GasRow {
    let (transactions, gas_used) = gas.fold((0, 0), |(count, sum), gas| (count + 1, sum + gas));
    GasRow { name: name.to_owned(), transactions, gas_used }
}

async fn conserved(scene: &Scene, deployment: &Deployment, block: u64) -> Finding {
    let supply =
        scene.rpc.view(deployment.addresses.token, LivepeerToken::totalSupplyCall {}, BlockId::number(block)).await;
    let source = format!("totalSupply at block {block}");
    Finding::compare("supply.conserved", "", source, &scene.profile.supply.initial, supply)
}

/// The supply by bucket at the block in which the genesis ended.
async fn supply(scene: &Scene, deployment: &Deployment) -> Vec<SupplyRow> {
    let at = BlockId::number(deployment.last_block);
    let holders = |kind: GrantKind| -> Vec<Address> {
        deployment.grants.iter().filter(|grant| grant.kind == kind).map(|grant| grant.holder).collect()
    };
    let profile = &scene.profile;
    let crowd_holder = match profile.distribution.kind() {
        DistributionKind::Distributor => "the distributor",
        DistributionKind::MerkleMine => "the MerkleMine",
        DistributionKind::Faucet => "the faucet",
    };
    let buckets = [
        (Bucket::Crowd, profile.supply.crowd, vec![deployment.addresses.distribution], crowd_holder.to_owned()),
        (Bucket::Company, profile.supply.company, vec![profile.multisigs.bank], "the bank multisig".to_owned()),
        (Bucket::Team, profile.supply.team, holders(GrantKind::Team), "vesting contracts".to_owned()),
        (Bucket::Investors, profile.supply.investors, holders(GrantKind::Investor), "vesting contracts".to_owned()),
        (Bucket::Community, profile.supply.community, holders(GrantKind::Community), "timelocks".to_owned()),
    ];
    let mut rows = Vec::new();
    for (bucket, planned, accounts, held_by) in buckets {
        let observed = balance(&scene.rpc, deployment.addresses.token, &accounts, at).await;
        let held_by = if accounts.len() > 1 { format!("{} {held_by}", accounts.len()) } else { held_by };
        rows.push(SupplyRow { bucket, planned, observed, held_by });
    }
    rows
}

/// The sum of balances; none when one of them could not be read.
async fn balance(rpc: &Rpc, token: Address, accounts: &[Address], at: BlockId) -> Option<U256> {
    let mut sum = U256::ZERO;
    for account in accounts {
        let balance = rpc.view(token, LivepeerToken::balanceOfCall { account: *account }, at).await.ok()?;
        sum = sum.checked_add(balance)?;
    }
    Some(sum)
}

fn grants(deployment: &Deployment, curves: Vec<(Vec<report::GrantPoint>, Option<report::Revocation>)>) -> Vec<Grant> {
    deployment
        .grants
        .iter()
        .zip(curves)
        .map(|(grant, (points, revoked))| Grant {
            bucket: match grant.kind {
                GrantKind::Team => Bucket::Team,
                GrantKind::Investor => Bucket::Investors,
                GrantKind::Community => Bucket::Community,
            },
            receiver: grant.receiver,
            holder: grant.holder,
            amount: grant.amount,
            start: grant.start,
            cliff: grant.start + grant.cliff,
            end: grant.start + grant.duration,
            revoked,
            points,
        })
        .collect()
}

fn addresses(scene: &Scene, deployment: &Deployment) -> Vec<AddressEntry> {
    let note = |contract| match contract {
        Contract::Controller => "registry and pause switch; governance owns it",
        Contract::LivepeerToken => "the token; the Minter owns it",
        Contract::Minter => "inflation",
        Contract::LivepeerVerifier => "verification, answered by solvers",
        Contract::IdentityVerifier => "verification that always passes",
        Contract::BondingManager => "proxy: stake, rewards, the pool of transcoders",
        Contract::JobsManager => "proxy: jobs, claims, fees",
        Contract::RoundsManager => "proxy: the clock of rounds",
        Contract::AdjustableRoundsManagerTarget => "code of the RoundsManager, with a clock that anybody can set",
        Contract::BondingManagerTarget | Contract::JobsManagerTarget | Contract::RoundsManagerTarget => {
            "code behind the proxy"
        }
        Contract::TokenDistributor => "pays the crowd, each once",
        Contract::MerkleMine => "gives each account of the tree its part, once",
        Contract::LivepeerTokenFaucet => "gives to whoever asks",
        Contract::GenesisManager => "minted the supply and made the grants",
    };
    let entry =
        |name: &str, address, note: &str| AddressEntry { name: name.to_owned(), address, note: note.to_owned() };
    let mut entries: Vec<_> = Layout::of(scene.profile.variant())
        .contracts()
        .map(|contract| entry(contract.name(), deployment.addresses.of(contract), note(contract)))
        .collect();
    entries.push(entry(
        "bank",
        scene.profile.multisigs.bank,
        "multisig: holds the company's part, owns the vesting grants",
    ));
    entries.push(entry("governance", scene.profile.multisigs.governance, "multisig: owns the Controller"));
    entries.push(entry("deployer", scene.deployer, "development key: deployed, owns nothing any more"));
    entries.push(entry("operator", scene.operator, "development key: gave to the crowd and made the releases"));
    entries
}

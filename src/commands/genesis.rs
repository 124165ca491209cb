//! `tminus genesis plan | apply | audit`: the launch of a network profile.
//!
//! Where the profile's distribution pays a list, all three need it: the list is committed to in the distributor, and its
//! leaves name the token, whose address follows from the deployer and the nonce at which the genesis begins. The accounts of
//! a MerkleMine are committed to in the profile itself, and a faucet has none.

use std::path::PathBuf;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, FixedBytes},
};
use clap::{Args, Subcommand};
use serde_json::json;
use tminus_chain::{
    evidence::Finding,
    gas::{Fork, GasRules},
    rpc::Rpc,
};
use tminus_contracts::commitment::Commitment;
use tminus_distro::{
    recipients::{ReadOptions, read_file},
    tree::Tree,
};
use tminus_genesis::{
    GenesisError,
    apply::{Context, PATIENCE, StepEvent, check_network},
    audit::audit,
    book::write_book,
    crowd::Crowd,
    deployment::Deployment,
    find::{check_base_nonce, find_base_nonce},
    plan::{Inputs, Plan},
    profile::{Distribution, Flight, Profile, parse_commit},
    steps::Layout,
};

use super::{
    connect::{Endpoint, Sending},
    document, note, say,
};
use crate::exit::{Failure, Status};

/// Arguments of `tminus genesis`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the ordered steps with their ids, addresses, gas and cost. Sends nothing.
    Plan {
        #[command(flatten)]
        launch: Launch,
        /// The JSON-RPC endpoint; without one the plan is for a new deployer on Osaka rules.
        #[arg(long, env = "ETH_RPC_URL", hide_env_values = true)]
        rpc: Option<String>,
        /// Who will deploy.
        #[arg(long)]
        deployer: Address,
        /// Price of a gas for the costs shown.
        #[arg(long, default_value = "20 gwei")]
        gas_price: String,
    },
    /// Carry the plan out; run again to resume. Finds on the chain what is done.
    Apply {
        #[command(flatten)]
        launch: Launch,
        #[command(flatten)]
        sending: Sending,
        /// Where the address book goes.
        #[arg(long, default_value = "deployments")]
        deployments: PathBuf,
    },
    /// Compare the chain with the profile, every figure.
    Audit {
        #[command(flatten)]
        launch: Launch,
        #[command(flatten)]
        endpoint: Endpoint,
        /// Who deployed.
        #[arg(long)]
        deployer: Address,
    },
}

/// What is launched.
#[derive(Debug, Clone, Args)]
struct Launch {
    /// The network profile: a name inside the program, or a path.
    #[arg(long, default_value = "livepeer-2018")]
    profile: String,
    /// The recipient list of the crowd, a CSV with the header address,amount; for profiles whose distribution pays a list.
    #[arg(long)]
    recipients: Option<PathBuf>,
    /// Use the profile's rehearsal network instead of the real one.
    #[arg(long)]
    rehearsal: bool,
    /// The deployer's nonce at which the genesis begins, to begin anew beside an earlier one; found from the chain when not
    /// given.
    #[arg(long)]
    base_nonce: Option<u64>,
    /// Commit of the contracts' sources to register, 40 hex digits; the profile's when not given.
    #[arg(long, value_parser = parse_commit)]
    git_commit: Option<FixedBytes<20>>,
}

impl Launch {
    fn profile(&self) -> Result<Profile, Failure> {
        Profile::find(&self.profile).map_err(Failure::input)
    }

    /// The name of journal and address book: a rehearsal never writes over a launch.
    fn network_name(&self, profile: &Profile) -> String {
        if self.rehearsal { format!("{}-rehearsal", profile.name) } else { profile.name.clone() }
    }

    fn flight(&self) -> Flight {
        if self.rehearsal { Flight::Rehearsal } else { Flight::Launch }
    }

    /// Reads the list and commits it to the token that a genesis at `base_nonce` deploys.
    fn commit(&self, profile: &Profile, deployer: Address, base_nonce: u64) -> Result<Option<Commitment>, Failure> {
        let (rule, file) = match (&profile.distribution, &self.recipients) {
            (Distribution::Distributor(rule), Some(file)) => (rule, file),
            (Distribution::Distributor(_), None) => {
                return Err(Failure::Input(format!(
                    "--recipients: {} pays the crowd's part to a list; give the recipient list",
                    profile.name
                )));
            }
            (_, None) => return Ok(None),
            (other, Some(_)) => {
                return Err(Failure::Input(format!(
                    "--recipients: {} has a distribution of the kind {}, which pays no list; leave it out",
                    profile.name,
                    other.kind().as_str()
                )));
            }
        };
        let token = Layout::of(profile.variant()).predict(deployer, base_nonce).token;
        let options = ReadOptions::of_token(token, profile.token.decimals);
        let read = read_file(file, &options).map_err(Failure::input)?;
        let chain_id = profile.network(self.flight()).chain_id;
        let tree = Tree::build(&read.list, chain_id, token, rule.chunk_size).map_err(Failure::input)?;
        Ok(Some(tree.commitment()))
    }

    fn plan(&self, profile: &Profile, on: Ground) -> Result<Plan, Failure> {
        let list = self.commit(profile, on.deployer, on.base_nonce)?;
        let inputs = Inputs {
            flight: self.flight(),
            list,
            deployer: on.deployer,
            base_nonce: on.base_nonce,
            rules: on.rules,
            fee: on.fee,
            git_commit: self.git_commit,
        };
        Plan::new(profile, inputs).map_err(Failure::input)
    }
}

/// What a plan takes from the chain.
struct Ground {
    deployer: Address,
    base_nonce: u64,
    rules: GasRules,
    fee: u128,
}

impl Ground {
    async fn of(rpc: &Rpc, profile: &Profile, deployer: Address, given: Option<u64>) -> Result<Self, Failure> {
        let base_nonce = match given {
            Some(base_nonce) => {
                check_base_nonce(rpc, profile, deployer, base_nonce).await.map_err(classify)?;
                base_nonce
            }
            None => find_base_nonce(rpc, profile, deployer).await.map_err(classify)?,
        };
        let rules = GasRules::detect(rpc).await.map_err(Failure::halted)?;
        let latest = rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::halted)?;
        Ok(Self { deployer, base_nonce, rules, fee: u128::from(latest.base_fee) })
    }
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::Plan { launch, rpc, deployer, gas_price } => {
            let profile = launch.profile()?;
            let fee = super::connect::gas_price("--gas-price", &gas_price)?;
            let ground = match rpc {
                Some(url) => {
                    let rpc = Endpoint::at(&url).connect().await?;
                    check_network(&rpc, profile.network(launch.flight())).await.map_err(classify)?;
                    Ground { fee, ..Ground::of(&rpc, &profile, deployer, launch.base_nonce).await? }
                }
                None => Ground {
                    deployer,
                    base_nonce: launch.base_nonce.unwrap_or_default(),
                    rules: GasRules::of(Fork::Osaka, 60_000_000),
                    fee,
                },
            };
            let plan = launch.plan(&profile, ground)?;
            if as_json {
                document(Status::Done, json!({ "plan": plan, "gas": plan.gas(), "cost": plan.cost().to_string() }));
            } else {
                say(plan);
            }
            Ok(Status::Done)
        }
        Action::Apply { launch, sending, deployments } => apply(&launch, &sending, &deployments, as_json).await,
        Action::Audit { launch, endpoint, deployer } => {
            let profile = launch.profile()?;
            let rpc = endpoint.look().await?;
            check_network(&rpc, profile.network(launch.flight())).await.map_err(classify_look)?;
            let deployment = match launch.base_nonce {
                Some(base_nonce) => Deployment::at_nonce(&rpc, &profile, deployer, base_nonce).await,
                None => Deployment::locate(&rpc, &profile, deployer).await,
            }
            .map_err(classify_look)?;
            let list = launch.commit(&profile, deployer, deployment.base_nonce)?;
            let crowd = Crowd::new(&profile, list).map_err(Failure::input)?;
            let commit = launch.git_commit.or(profile.git_commit).unwrap_or_default();
            let at = BlockId::number(deployment.last_block);
            let findings = audit(&rpc, &profile, &crowd, commit, &deployment, at).await;
            report(&profile, &findings, as_json, json!({ "deployment": deployment }))
        }
    }
}

async fn apply(
    launch: &Launch,
    sending: &Sending,
    deployments: &std::path::Path,
    as_json: bool,
) -> Result<Status, Failure> {
    let profile = launch.profile()?;
    let rpc = sending.endpoint.connect().await?;
    check_network(&rpc, profile.network(launch.flight())).await.map_err(classify)?;
    let keys = sending.keys.open(&rpc).await?;
    let deployer = keys.sender;
    let plan = launch.plan(&profile, Ground::of(&rpc, &profile, deployer, launch.base_nonce).await?)?;
    note(&plan);
    if sending.dry_run {
        if as_json {
            document(Status::Done, json!({ "dry_run": true, "plan": plan }));
        }
        return Ok(Status::Done);
    }
    sending.confirm(&format!("Carry out these {} steps on chain {}?", plan.steps.len(), rpc.chain_id()))?;
    let network = launch.network_name(&profile);
    let door = sending.open(&rpc, &network, keys).await?;
    let total = plan.steps.len();
    let approved = plan.clone().approve(&rpc).await.map_err(classify)?;
    let context =
        Context { outbox: &door.outbox, dev: door.dev.as_ref(), poll: Sending::poll(&rpc), patience: PATIENCE };
    let applied = approved
        .apply(&context, |event| match event {
            StepEvent::Found(index, step) => note(format_args!("{:>3}/{total} {} was done", index + 1, step.id)),
            StepEvent::Waiting(index, step, block, last) => note(format_args!(
                "{:>3}/{total} {} waits until block {block} is final, the last final one is {last}",
                index + 1,
                step.id
            )),
            StepEvent::Started(..) => {}
            StepEvent::Done(index, step, settled) => {
                note(format_args!("{:>3}/{total} {} in block {}", index + 1, step.id, settled.block_number));
            }
        })
        .await
        .map_err(classify)?;
    let journal = plan.journal(&door.outbox).map_err(|error| classify(error.into()))?;
    let folder = deployments.join(&network);
    write_book(&rpc, &folder, &plan, &applied.deployment, &journal).await.map_err(classify)?;
    note(format_args!("address book: {}", folder.display()));
    let audited = applied.audit(&rpc).await;
    report(&profile, &audited.findings, as_json, json!({ "deployment": audited.deployment }))
}

/// Ticks the genesis checklist, as far as it is about this profile, with the findings and says so.
fn report(profile: &Profile, findings: &[Finding], as_json: bool, body: serde_json::Value) -> Result<Status, Failure> {
    let list = super::checks::genesis()?.of(&profile.variant().words());
    super::checks::conclude(&list, findings, as_json, body)
}

/// Why a genesis stopped, as an exit.
pub(crate) fn classify(error: GenesisError) -> Failure {
    if error.is_halt() {
        Failure::halted(error)
    } else if error.is_bad_input() {
        Failure::input(error)
    } else {
        Failure::failed(error)
    }
}

/// Why a genesis could not be looked at, as an exit.
fn classify_look(error: GenesisError) -> Failure {
    match error {
        GenesisError::NotFinished { .. } => Failure::Mismatch(error.to_string()),
        open if open.is_halt() => Failure::inconclusive(open),
        other => classify(other),
    }
}

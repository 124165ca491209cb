//! What every command that touches a live chain is told: the endpoints, the key (`keys`), the folder of the journal, the fee
//! ceiling.
//!
//! The journal of a network is `.tminus/<network>/ledger.sqlite`.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy::primitives::Address;
use clap::Args;
use tminus_chain::{
    dev::{DEV_CHAIN_IDS, Dev, DevError},
    outbox::{Outbox, OutboxConfig, OutboxError, OutboxEvent, policy::SendPolicy},
    rpc::{Options, Rpc, RpcError, redact},
    units::{ETHER_UNITS, parse_with_unit},
};

use super::{
    keys::{KeyOptions, Keys},
    note,
};
use crate::exit::Failure;

/// Time between looks at a live chain.
const POLL: Duration = Duration::from_secs(2);
/// Time between looks at a development chain.
const DEV_POLL: Duration = Duration::from_millis(50);

/// Time between looks at a chain.
pub(crate) fn poll_of(chain_id: u64) -> Duration {
    if DEV_CHAIN_IDS.contains(&chain_id) { DEV_POLL } else { POLL }
}

/// The endpoints.
#[derive(Clone, Args)]
pub(crate) struct Endpoint {
    /// A JSON-RPC endpoint, http or https; give it several times, or several with commas between them. Better in the
    /// environment: it may hold a secret.
    #[arg(long, env = "ETH_RPC_URL", hide_env_values = true, value_delimiter = ',', num_args = 1, required = true)]
    rpc: Vec<String>,
    /// A WebSocket endpoint, ws or wss: its new blocks end waiting early. Nothing is believed for it.
    #[arg(long, env = "ETH_WS_URL", hide_env_values = true)]
    ws: Option<String>,
    /// How many endpoints have to say the same where money hangs on it. Without it a majority, and at least two of several.
    #[arg(long, value_name = "N")]
    quorum: Option<usize>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.rpc.iter().map(|url| redact(url)).collect();
        f.debug_struct("Endpoint").field("rpc", &names).field("quorum", &self.quorum).finish_non_exhaustive()
    }
}

/// The endpoint, and what sending through it takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Sending {
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    #[command(flatten)]
    pub(crate) keys: Box<KeyOptions>,
    /// The folder of journals.
    #[arg(long, default_value = ".tminus")]
    state: PathBuf,
    /// Most that a gas may ever cost; above it the work waits.
    #[arg(long, default_value = "200 gwei")]
    max_fee: String,
    /// What may be signed at all, and how much of it: a TOML file with a list of targets and functions, and ceilings.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Most transactions in flight (1 to 16).
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    in_flight: u8,
    /// Do everything but sign and send.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before signing.
    #[arg(long, short)]
    yes: bool,
}

/// An open door: the outbox, who signs, and the clock of a development chain where it is one.
pub(crate) struct Door {
    pub(crate) outbox: Outbox,
    pub(crate) sender: Address,
    pub(crate) dev: Option<Dev>,
}

impl Endpoint {
    /// One endpoint, or several with commas between them.
    pub(crate) fn at(urls: &str) -> Self {
        Self { rpc: urls.split(',').map(str::to_owned).collect(), ws: None, quorum: None }
    }

    /// Connects, to send: an endpoint that does not answer is a halt.
    pub(crate) async fn connect(&self) -> Result<Rpc, Failure> {
        self.reach(Failure::halted).await
    }

    /// Connects, to look: an endpoint that does not answer leaves everything open.
    pub(crate) async fn look(&self) -> Result<Rpc, Failure> {
        self.reach(Failure::inconclusive).await
    }

    async fn reach(&self, silent: impl FnOnce(RpcError) -> Failure) -> Result<Rpc, Failure> {
        let given = self.rpc.len();
        if let Some(quorum) = self.quorum.filter(|quorum| !(1..=given).contains(quorum)) {
            return Err(Failure::Input(format!("--quorum: {quorum} of {given} endpoints cannot agree")));
        }
        let options = Options::default().with_quorum(self.quorum).with_wake(self.ws.clone());
        match Rpc::connect_many(&self.rpc, options).await {
            // no run again helps against endpoints of different chains
            Err(error @ RpcError::Disagree { .. }) => Err(Failure::input(error)),
            answer => answer.map_err(silent),
        }
    }
}

impl Sending {
    /// Time between looks at the chain.
    pub(crate) fn poll(rpc: &Rpc) -> Duration {
        poll_of(rpc.chain_id())
    }

    /// The folder of journals.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Most wei that a gas may ever cost.
    pub(crate) fn max_fee(&self) -> Result<u128, Failure> {
        gas_price("--max-fee", &self.max_fee)
    }

    /// Opens the journal of `network` and reconciles it with the chain.
    pub(crate) async fn open(&self, rpc: &Rpc, network: &str, keys: Keys) -> Result<Door, Failure> {
        self.open_at(rpc, &self.state.join(network).join("ledger.sqlite"), keys).await
    }

    /// As [`Sending::open`], for a journal that lies anywhere.
    pub(crate) async fn open_at(&self, rpc: &Rpc, ledger: &Path, keys: Keys) -> Result<Door, Failure> {
        let Keys { signers, sender } = keys;
        let dev = if DEV_CHAIN_IDS.contains(&rpc.chain_id()) {
            Some(Dev::attach(rpc).await.map_err(classify_dev)?)
        } else {
            None
        };
        let max_fee_per_gas = self.max_fee()?;
        let config = OutboxConfig {
            in_flight: usize::from(self.in_flight),
            poll: Self::poll(rpc),
            dev: dev.clone(),
            policy: self.policy.as_deref().map(read_policy).transpose()?.unwrap_or_default(),
            ..OutboxConfig::new(max_fee_per_gas)
        };
        let events = Arc::new(|event: OutboxEvent| match event {
            OutboxEvent::Bumped(key, hash) => note(format_args!("{key}: fees raised, now {hash}")),
            OutboxEvent::Waiting(reason) => note(format_args!("waiting: {reason}")),
            OutboxEvent::Warning(words) => note(format_args!("warning: {words}")),
            _ => {}
        });
        let outbox = Outbox::open(rpc.clone(), ledger, signers, config, events).await.map_err(classify_outbox)?;
        Ok(Door { outbox, sender, dev })
    }

    /// Asks before anything irreversible; without a terminal, only `--yes` agrees.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Input(format!("{question} There is nobody to ask: give --yes to agree.")));
        }
        let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(Failure::failed)?;
        if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failure::Input("not agreed".to_owned())) }
    }
}

/// The rules of a policy file.
fn read_policy(file: &Path) -> Result<SendPolicy, Failure> {
    let wrong = |words: &dyn Display| Failure::Input(format!("--policy: {}: {words}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    SendPolicy::parse(&text).map_err(|error| wrong(&error))
}

/// A price of a gas with its unit, wei.
pub(crate) fn gas_price(option: &str, text: &str) -> Result<u128, Failure> {
    let wei = parse_with_unit(text, ETHER_UNITS).map_err(|error| Failure::Input(format!("{option}: {error}")))?;
    u128::try_from(wei).map_err(|_| Failure::Input(format!("{option}: {text} is too large")))
}

/// A halt can be cured by running again; everything else can not.
pub(crate) fn classify_outbox(error: OutboxError) -> Failure {
    match error {
        OutboxError::Halted(_) | OutboxError::Rpc(_) => Failure::halted(error),
        other => Failure::failed(other),
    }
}

/// A chain that is no development chain is bad input; one that does not answer is a halt.
pub(crate) fn classify_dev(error: DevError) -> Failure {
    match error {
        DevError::NotDev { .. } => Failure::input(error),
        DevError::Rpc(_) => Failure::halted(error),
        DevError::Failed(_) => Failure::failed(error),
    }
}

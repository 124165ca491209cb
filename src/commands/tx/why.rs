//! `tminus tx why KEY`: why an intent waits, and what happens next.
//!
//! The words come from `outbox::why`, which asks the engine's own decisions. A process that works with the ledger has limits
//! of its own that no journal holds; those given here, or the usual ones, stand in for them, and that is said.

use clap::Args;
use serde_json::{Value, json};
use tminus_chain::{
    dev::DEV_CHAIN_IDS,
    ledger::view::{Detail, View},
    outbox::{
        OutboxConfig,
        machine::Policy,
        why::{Chain, Explanation, Ground, explain, look},
    },
    rpc::{Options, Rpc},
};

use super::{
    json as documents,
    ledger::{Of, classify_view, find},
    list::now_ms,
    words::{ether, gwei},
};
use crate::{
    commands::{
        connect::{gas_price, poll_of},
        finish,
    },
    exit::{Failure, Status},
    narrative::terminal::harmless,
};

/// Arguments of `tminus tx why`.
#[derive(Debug, Args)]
pub(super) struct WhyArguments {
    /// The intent.
    key: String,
    #[command(flatten)]
    of: Of,
    /// Look at the chain as well: a JSON-RPC endpoint, http or https, or several with commas between them. Better in the
    /// environment: it may hold a secret.
    #[arg(long, env = "ETH_RPC_URL", hide_env_values = true, value_delimiter = ',', num_args = 1)]
    rpc: Vec<String>,
    /// Most that a gas may ever cost where the work is done.
    #[arg(long, default_value = "200 gwei")]
    max_fee: String,
}

/// Runs it.
pub(super) async fn why(arguments: &WhyArguments, as_json: bool) -> Result<Status, Failure> {
    let max_fee = gas_price("--max-fee", &arguments.max_fee)?;
    let view = arguments.of.open()?;
    let detail = find(&view, &arguments.key)?;
    let owner = view.owner().map_err(classify_view)?;
    let (chain, silence) = match &arguments.rpc[..] {
        [] => (None, None),
        urls => match ask(&view, &detail, urls).await? {
            Ok(chain) => (Some(chain), None),
            Err(silence) => (None, Some(silence)),
        },
    };
    let chain_id = view.pins().map_err(classify_view)?.0.chain_id;
    let policy = policy(chain_id, max_fee);
    let ground = Ground { now_ms: now_ms(), held: owner.held, policy, chain };
    let mut said = explain(&detail, &ground);
    let status = match silence {
        Some(silence) => {
            said.unseen.retain(|words| !words.contains("--rpc"));
            said.unseen.push(format!("the chain: {silence}"));
            Status::Inconclusive
        }
        None => Status::Done,
    };
    if !detail.intent.is_over() {
        said.unseen.push(format!(
            "the limits of the process that sends: a ceiling of {} a gas is assumed (--max-fee), and a raise after {} s",
            gwei(max_fee),
            policy.bump_after.as_secs()
        ));
    }
    let body = json!({
        "ledger": documents::ledger(&view, &owner).map_err(classify_view)?,
        "intent": documents::detail(&detail),
        "explanation": said,
        "chain": ground.chain.as_ref().map(facts),
    });
    finish(as_json, status, body, words(&detail, &said, ground.chain.as_ref()))
}

/// The limits that the commands of this program send under.
pub(super) fn policy(chain_id: u64, max_fee: u128) -> Policy {
    Policy { bump_after: OutboxConfig::new(max_fee).bump_after, resend_after: poll_of(chain_id), max_fee }
}

/// What the chain shows; an endpoint that gives no answer leaves that open, and one of another chain is bad input.
async fn ask(view: &View, detail: &Detail, urls: &[String]) -> Result<Result<Chain, String>, Failure> {
    match Rpc::connect_many(urls, Options::default()).await {
        Ok(rpc) => ask_at(view, detail, &rpc).await,
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// As [`ask`], of an endpoint that is connected.
pub(super) async fn ask_at(view: &View, detail: &Detail, rpc: &Rpc) -> Result<Result<Chain, String>, Failure> {
    let pins = view.pins().map_err(classify_view)?.0;
    if rpc.chain_id() != pins.chain_id {
        return Err(Failure::Input(format!(
            "--rpc: {} is chain {}, but {} is of chain {}",
            rpc.label(),
            rpc.chain_id(),
            view.path().display(),
            pins.chain_id
        )));
    }
    match rpc.first_block().await {
        Ok(first) if first.hash == pins.genesis_hash => {}
        Ok(first) => {
            let reset =
                if DEV_CHAIN_IDS.contains(&pins.chain_id) { " (a development chain that was reset?)" } else { "" };
            return Err(Failure::Input(format!(
                "--rpc: the first block of {} is {}, but {} is of a chain that begins with {}{reset}",
                rpc.label(),
                first.hash,
                view.path().display(),
                pins.genesis_hash
            )));
        }
        Err(error) => return Ok(Err(error.to_string())),
    }
    Ok(look(rpc, detail).await.map_err(|error| error.to_string()))
}

fn words(detail: &Detail, said: &Explanation, chain: Option<&Chain>) -> String {
    let mut lines = vec![format!("{}: {}", detail.intent.key, said.state)];
    let mut part = |title: &str, sentences: &[String]| {
        if !sentences.is_empty() {
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(sentences.iter().map(|sentence| format!("  - {sentence}")));
        }
    };
    part("why", &said.why);
    part("next", &said.next);
    part("not looked at", &said.unseen);
    if let Some(chain) = chain {
        let price = chain.market.map_or_else(String::new, |market| format!(", base fee {}", gwei(market.base_fee)));
        part(
            "the chain",
            &[format!(
                "{}: block {}, final {}{price}; {} has sent {} and has {}",
                chain.label,
                chain.latest,
                chain.finalized,
                detail.intent.signer,
                chain.latest_nonce,
                ether(chain.balance)
            )],
        );
    }
    lines.iter().map(|line| harmless(line)).collect::<Vec<_>>().join("\n")
}

fn facts(chain: &Chain) -> Value {
    json!({
        "endpoint": chain.label,
        "latest_block": chain.latest,
        "finalized_block": chain.finalized,
        "latest_nonce": chain.latest_nonce,
        "final_nonce": chain.final_nonce,
        "base_fee_wei": chain.market.map(|market| market.base_fee.to_string()),
        "tip_wei": chain.market.map(|market| market.tip.to_string()),
        "balance_wei": chain.balance.to_string(),
    })
}

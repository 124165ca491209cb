//! Generating an account's allocation, through the outbox.
//!
//! The chain is asked first: what was generated already, by whomever, is not sent again, and the contract would refuse it. A
//! transaction of an earlier run that may still be on its way is found in the journal by its key, `distro/mine/<account>`.
//! Done means that `generated(account)` holds in the finalized state.

use std::time::Duration;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256},
    sol_types::SolError,
};
use serde::Serialize;
use tminus_chain::{
    dev::{Dev, DevError},
    outbox::{Intent, IntentKey, Outbox, OutboxError, Settled, Until},
    rpc::RpcError,
};
use tminus_contracts::bindings::MerkleMine as abi;

use super::{Facts, Generation, Mine, call::calldata};

/// Times that a generation is tried when the chain turns out otherwise than it just was.
const PATIENCE: u32 = 4;

/// Why an allocation was not generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A contract of another file.
    #[error("the MerkleMine {address} is not for this file; nothing was sent:\n  {}", .differences.join("\n  "))]
    WrongMine {
        /// The contract.
        address: Address,
        /// What differs.
        differences: Vec<String>,
    },
    /// Too early for everybody.
    #[error("the MerkleMine {0} was not started: anybody may call start() once it holds its tokens; nothing was sent")]
    NotStarted(Address),
    /// Too early for others.
    #[error(
        "until block {from} only {account} itself may generate its allocation, and {caller} would sign; the next block is \
         {next}; nothing was sent"
    )]
    NotYet {
        /// The recipient.
        account: Address,
        /// Who signs.
        caller: Address,
        /// First block for others.
        from: u64,
        /// The next block.
        next: u64,
    },
    /// The chain changes its mind.
    #[error("{account} is still not generated after {PATIENCE} attempts: {reason}")]
    Stuck {
        /// The recipient.
        account: Address,
        /// The last failure.
        reason: String,
    },
    /// Generated, and the chain does not finalize it.
    #[error(
        "halted: {account} is generated, but after {waited:?} the finalized block does not show it; run again to look again"
    )]
    NotFinal {
        /// The recipient.
        account: Address,
        /// For how long it was waited.
        waited: Duration,
    },
    /// The outbox.
    #[error(transparent)]
    Outbox(OutboxError),
    /// The endpoint.
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

impl GenerateError {
    /// Whether running again may go on from here.
    #[must_use]
    pub fn can_resume(&self) -> bool {
        matches!(
            self,
            Self::Outbox(OutboxError::Halted(_) | OutboxError::Rpc(_)) | Self::Rpc(_) | Self::NotFinal { .. }
        )
    }

    /// Whether it was refused before anything was signed.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::WrongMine { .. } | Self::NotStarted(_) | Self::NotYet { .. })
    }
}

/// What generating in the next block would hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// To the recipient, base units.
    pub to_recipient: U256,
    /// To the one who signs, base units; more with every block that passes.
    pub to_caller: U256,
    /// The block this is for.
    pub block: u64,
}

/// How to generate.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    /// The account that signs.
    pub from: Address,
    /// Time between looks while only finality is missing.
    pub poll: Duration,
    /// How long to wait for finality.
    pub final_patience: Duration,
    /// A development chain, which gets blocks mined when only finality is missing.
    pub dev: Option<Dev>,
}

/// An allocation that is generated, and final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GenerateReport {
    /// The recipient.
    pub account: Address,
    /// The transaction of this journal that did it; `None`: somebody else's did.
    pub settled: Option<Settled>,
    /// By whom and for how much, where the endpoint still has the event.
    pub generation: Option<Generation>,
}

/// Makes sure that a contract is that of a file.
///
/// # Errors
/// [`GenerateError::WrongMine`], the endpoint.
pub async fn check_mine(mine: &Mine, root: B256, recipients: u64) -> Result<Facts, GenerateError> {
    let facts = mine.facts().await?;
    let differences = facts.differences(root, recipients);
    if differences.is_empty() {
        return Ok(facts);
    }
    Err(GenerateError::WrongMine { address: mine.address(), differences })
}

/// What `from` could generate for `account` in the next block; `None` when it is generated already.
///
/// # Errors
/// [`GenerateError::NotStarted`], [`GenerateError::NotYet`], the endpoint.
pub async fn terms(
    mine: &Mine,
    facts: &Facts,
    account: Address,
    from: Address,
) -> Result<Option<Terms>, GenerateError> {
    let latest = mine.rpc().block(BlockNumberOrTag::Latest).await?.number;
    let (at, block) = (BlockId::number(latest), latest.saturating_add(1));
    if mine.generated(account, at).await? {
        return Ok(None);
    }
    if !mine.started(at).await? {
        return Err(GenerateError::NotStarted(mine.address()));
    }
    if from == account {
        return Ok(Some(Terms { to_recipient: facts.allocation, to_caller: U256::ZERO, block }));
    }
    if block < facts.callers_from {
        return Err(GenerateError::NotYet { account, caller: from, from: facts.callers_from, next: block });
    }
    let to_caller = mine.callers_part(block, at).await?;
    Ok(Some(Terms { to_recipient: facts.allocation.saturating_sub(to_caller), to_caller, block }))
}

/// The key of the intent that generates for an account.
#[must_use]
pub fn key(account: Address) -> IntentKey {
    IntentKey::new(format!("distro/mine/{account}"))
}

/// Generates an account's allocation unless it is generated, and returns when that is final.
///
/// # Errors
/// [`GenerateError`]; whatever it is, running again goes on from what the chain has.
pub async fn generate(
    outbox: &Outbox,
    mine: &Mine,
    account: Address,
    proof: &[u8],
    options: &GenerateOptions,
) -> Result<GenerateReport, GenerateError> {
    let mut reason = String::new();
    for _ in 0..PATIENCE {
        if !mine.generated(account, BlockId::latest()).await? {
            match outbox.execute(vec![intent(mine, account, proof, options.from)], Until::Finalized).await {
                Ok(_) => {}
                Err(error) if is_race(&error) => reason = error.to_string(),
                Err(error) => return Err(GenerateError::Outbox(error)),
            }
        }
        // what an earlier run of this journal sent may still have to become final
        match outbox.finalize().await {
            Ok(()) | Err(OutboxError::Reverted(_)) => {}
            Err(error) => return Err(GenerateError::Outbox(error)),
        }
        if wait_until_final(mine, account, options).await? {
            return report(outbox, mine, account).await;
        }
    }
    Err(GenerateError::Stuck { account, reason })
}

fn intent(mine: &Mine, account: Address, proof: &[u8], from: Address) -> Intent {
    let (key, to, data) = (key(account), Some(mine.address()), calldata(account, proof));
    Intent::new(key, from, to, data)
}

/// Somebody else may have been quicker; the state says whether it was so.
fn is_race(error: &OutboxError) -> bool {
    match error {
        OutboxError::WouldRevert { data, .. } => data.starts_with(&abi::MerkleMineAlreadyGenerated::SELECTOR),
        OutboxError::Reverted(_) => true,
        _ => false,
    }
}

/// Waits until the finalized state shows an account as generated; `false` when the latest does not show it any more.
async fn wait_until_final(mine: &Mine, account: Address, options: &GenerateOptions) -> Result<bool, GenerateError> {
    let rpc = mine.rpc();
    let patience = tokio::time::Instant::now() + options.final_patience;
    loop {
        let finalized = rpc.block(BlockNumberOrTag::Finalized).await?.number;
        // the contract may be younger than that
        if !rpc.code(mine.address(), BlockId::number(finalized)).await?.is_empty()
            && mine.generated(account, BlockId::number(finalized)).await?
        {
            return Ok(true);
        }
        let latest = rpc.block(BlockNumberOrTag::Latest).await?.number;
        if !mine.generated(account, BlockId::number(latest)).await? {
            return Ok(false);
        }
        if tokio::time::Instant::now() >= patience {
            return Err(GenerateError::NotFinal { account, waited: options.final_patience });
        }
        match &options.dev {
            Some(dev) => dev.mine(latest.saturating_sub(finalized).max(1)).await.map_err(|error| match error {
                DevError::Rpc(error) => GenerateError::Rpc(error),
                other => GenerateError::Outbox(OutboxError::Local(other.to_string())),
            })?,
            None => tokio::time::sleep(options.poll).await,
        }
    }
}

async fn report(outbox: &Outbox, mine: &Mine, account: Address) -> Result<GenerateReport, GenerateError> {
    let key = key(account);
    let known = outbox.known(key.as_str()).map_err(GenerateError::Outbox)?;
    let ours = known.into_iter().find(|known| known.key == key).and_then(|known| known.settled);
    let settled = ours.filter(|settled| settled.success);
    let blocks = match &settled {
        Some(settled) => settled.block_number..=settled.block_number,
        None => 0..=mine.rpc().block(BlockNumberOrTag::Latest).await?.number,
    };
    let generation = mine.generation(account, blocks).await;
    Ok(GenerateReport { account, settled, generation })
}

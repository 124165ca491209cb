//! Paying the list.
//!
//! The chain is asked before anything is done and again whenever something went otherwise than expected; the journal is only
//! asked for transactions that may still be on their way. A run
//!
//! 1. refuses a distributor that does not hold exactly this list's facts, or too few tokens, before the first signature;
//! 2. reads the done-bits, measures gas on real calldata, cuts the gaps into batches and hands them to the outbox a window
//!    at a time (calldata is made when it is needed, so memory does not grow with the list);
//! 3. when a batch cannot be paid, reads the bits again: somebody else may have paid a part (the contract is open to
//!    everyone), in which case it cuts anew; a batch that runs out of gas, or that the endpoint finds too large, is cut
//!    smaller; a recipient that cannot be paid is named;
//! 4. ends when every bit is set in the finalized state.
//!
//! Two operators on two machines can run at the same time, and a run may be killed anywhere: a chunk is paid once whatever
//! happens, because the contract does not pay it twice.

mod error;
mod intents;
mod measure;
mod poison;
mod progress;
mod recover;
mod report;

use std::{ops::Range, time::Duration};

use alloy::{eips::BlockNumberOrTag, primitives::Address};
use tminus_chain::{
    dev::Dev,
    outbox::{Outbox, OutboxError, Until},
    rpc::RpcError,
};
use tminus_contracts::bindings::TokenDistributor as abi;

pub use error::RunError;
pub use measure::measure;
pub use poison::Poison;
pub use progress::{Phase, Progress};
pub use report::{PaidBatch, RunReport, paid_batches};

use crate::{
    batch::{Batching, choose_batch},
    distributor::{Distributor, Facts, State},
    plan::Committed,
};
use progress::Meter;

/// Failures in a row without a single chunk done meanwhile after which a run gives up.
const PATIENCE: u32 = 4;

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The account that signs.
    pub from: Address,
    /// Intents handed to the outbox at a time.
    pub window: usize,
    /// Most chunks in a batch, below what gas allows.
    pub max_chunks: Option<u64>,
    /// Pay the rest of a chunk by `distributeSkipping` when one of its recipients cannot be paid; `from` has to be the owner.
    pub skip_poison: bool,
    /// Time between looks while only finality is missing.
    pub poll: Duration,
    /// How long to wait for finality after the last payment.
    pub final_patience: Duration,
    /// A development chain, which gets blocks mined when only finality is missing.
    pub dev: Option<Dev>,
}

impl RunOptions {
    /// The usual options for a signer.
    #[must_use]
    pub fn of(from: Address) -> Self {
        Self {
            from,
            window: 32,
            max_chunks: None,
            skip_poison: false,
            poll: Duration::from_secs(4),
            final_patience: Duration::from_secs(3_600),
            dev: None,
        }
    }
}

struct Run<'a> {
    outbox: &'a Outbox,
    distributor: Distributor,
    committed: &'a Committed,
    options: &'a RunOptions,
    facts: Facts,
    batching: Option<Batching>,
    meter: Meter<'a>,
    recuts: u32,
    skipped: Vec<Poison>,
    /// Batches that the endpoint found too large; the journal has them, and they are never on their way.
    too_large: Vec<Range<u64>>,
    /// Whether to hand over one new batch at a time: what was signed together with a batch that was refused waits for its
    /// nonce to be filled, will most likely be refused next, and then needs one new batch for its own.
    one_by_one: bool,
}

/// Pays what is not paid yet, and returns when all of it is final. Told of progress after each window.
///
/// # Errors
/// [`RunError`]; whatever it is, running again goes on from what the chain has.
pub async fn run(
    outbox: &Outbox,
    distributor: Address,
    committed: &Committed,
    options: &RunOptions,
    progress: &(dyn Fn(&Progress) + Send + Sync),
) -> Result<RunReport, RunError> {
    let distributor = Distributor::new(outbox.rpc().clone(), distributor);
    let facts = preflight(&distributor, committed).await?;
    let meter = Meter::new(committed, progress);
    let mut run = Run {
        outbox,
        distributor,
        committed,
        options,
        facts,
        batching: None,
        meter,
        recuts: 0,
        skipped: Vec::new(),
        too_large: Vec::new(),
        one_by_one: false,
    };
    run.pay_all().await
}

/// Everything that is looked at before the first signature, funding aside.
///
/// # Errors
/// [`RunError::WrongChain`], [`RunError::WrongDistributor`], the endpoint.
pub async fn preflight(distributor: &Distributor, committed: &Committed) -> Result<Facts, RunError> {
    let (chain, list) = (distributor.rpc().chain_id(), committed.facts.chain_id);
    if chain != list {
        return Err(RunError::WrongChain { label: distributor.rpc().label().to_owned(), chain, list });
    }
    // asked first: something else's getters would only revert
    if let Some(how) = distributor.code_differs().await? {
        let differences = vec![format!("code: {how}")];
        return Err(RunError::WrongDistributor { address: distributor.address(), differences });
    }
    let facts = distributor.facts().await?;
    let differences = facts.differences(committed.facts.token, &committed.commitment());
    if !differences.is_empty() {
        return Err(RunError::WrongDistributor { address: distributor.address(), differences });
    }
    Ok(facts)
}

impl Run<'_> {
    async fn pay_all(&mut self) -> Result<RunReport, RunError> {
        let (mut failures, mut done_at_failure) = (0, u64::MAX);
        loop {
            let state = self.state(BlockNumberOrTag::Latest).await?;
            self.meter.seen(&state.done);
            let gaps = state.done.undone();
            if gaps.is_empty() {
                if let Some(state) = self.wait_until_final().await? {
                    return self.report(state);
                }
                continue;
            }
            self.check_funds(&state).await?;
            let Err((key, error)) = self.pay(&gaps, &state).await? else { continue };
            if self.cut_too_large(key.as_ref(), &error) {
                continue;
            }
            let done = state.done.count();
            failures = if done == done_at_failure { failures + 1 } else { 1 };
            done_at_failure = done;
            if failures > PATIENCE {
                return Err(RunError::Stuck { attempts: failures, reason: error.to_string() });
            }
            self.recover(key, error).await?;
        }
    }

    /// Pays the gaps, a window at a time; the first failure comes back with the chunks it is about.
    async fn pay(
        &mut self,
        gaps: &[Range<u64>],
        state: &State,
    ) -> Result<Result<(), (Option<Range<u64>>, OutboxError)>, RunError> {
        let pending = self.pending(state)?;
        let rest = intents::without(gaps, &pending);
        let batching = self.batching(&rest, gaps).await?;
        let mut new = intents::cut(&rest, batching.chunks);
        if self.one_by_one {
            new.truncate(1);
        }
        let batches: Vec<_> = pending.into_iter().chain(new).collect();
        for window in batches.chunks(self.options.window.max(1)) {
            let intents = window.iter().map(|chunks| {
                let gas = batching.limit(chunks.end - chunks.start);
                intents::distribute(self.committed, self.distributor.address(), self.options.from, chunks.clone(), gas)
            });
            match self.outbox.execute_independent(intents.collect(), Until::Mined).await {
                Ok(settled) => {
                    tracing::debug!(batches = settled.len(), "a window is mined");
                    window.iter().for_each(|chunks| self.meter.paid(chunks.clone()));
                    self.meter.tell(Phase::Paying);
                }
                Err(error) => return Ok(Err((intents::chunks_of(&self.committed.facts.name, &error), error))),
            }
        }
        self.one_by_one = false;
        Ok(Ok(()))
    }

    /// Ranges that an earlier run may still have on the way, and that can still be paid as they are.
    fn pending(&self, state: &State) -> Result<Vec<Range<u64>>, RunError> {
        let name = &self.committed.facts.name;
        let known = self.outbox.known(&intents::prefix(name)).map_err(RunError::Outbox)?;
        // what was never signed is cut anew
        let open = known.into_iter().filter(|known| known.settled.is_none() && !known.state.is_waiting());
        let mut ranges: Vec<_> = open
            .filter_map(|known| intents::parse(name, known.key.as_str()))
            .filter(|chunks| chunks.end <= self.committed.tree.chunks() && !self.too_large.contains(chunks))
            .filter(|chunks| chunks.clone().all(|chunk| !state.done.is_done(chunk)))
            .collect();
        ranges.sort_by_key(|chunks| chunks.start);
        // where two of them overlap only one can be paid: the other fails in the journal and is left there
        ranges.dedup_by(|next, kept| next.start < kept.end);
        Ok(ranges)
    }

    async fn batching(&mut self, rest: &[Range<u64>], gaps: &[Range<u64>]) -> Result<Batching, RunError> {
        if let Some(batching) = self.batching {
            return Ok(batching);
        }
        self.meter.tell(Phase::Measuring);
        let of = if rest.is_empty() { gaps } else { rest };
        let rules = self.outbox.gas_rules();
        let model = measure(&self.distributor, self.committed, self.options.from, rules, of).await?;
        let mut batching = choose_batch(rules, model, self.committed.facts.chunk_size, self.committed.tree.chunks())?;
        if let Some(most) = self.options.max_chunks {
            batching.chunks = batching.chunks.min(most.max(1));
        }
        self.batching = Some(batching);
        Ok(batching)
    }

    async fn check_funds(&self, state: &State) -> Result<(), RunError> {
        let address = self.distributor.address();
        let closed = self.distributor.rpc().view(address, abi::closedCall {}, state.block.number.into()).await?;
        if closed {
            return Err(RunError::Closed(address));
        }
        let needed = state.remaining + state.reserved;
        if state.balance < needed {
            return Err(RunError::Underfunded { address, balance: state.balance, needed });
        }
        Ok(())
    }

    /// Waits for finality; the finalized state once every bit is set there, `None` when a bit is gone from the latest.
    async fn wait_until_final(&mut self) -> Result<Option<State>, RunError> {
        self.meter.tell(Phase::Finalizing);
        match self.outbox.finalize().await {
            // a batch that lost its race to another operator: the bits say what counts
            Ok(()) | Err(OutboxError::Reverted(_)) => {}
            Err(error) => return Err(RunError::Outbox(error)),
        }
        let patience = tokio::time::Instant::now() + self.options.final_patience;
        loop {
            let finalized = self.state(BlockNumberOrTag::Finalized).await?;
            if finalized.done.all() {
                self.meter.tell(Phase::Done);
                return Ok(Some(finalized));
            }
            let latest = self.state(BlockNumberOrTag::Latest).await?;
            if !latest.done.all() {
                return Ok(None);
            }
            if tokio::time::Instant::now() >= patience {
                return Err(RunError::NotFinal(self.options.final_patience));
            }
            match &self.options.dev {
                Some(dev) => {
                    let behind = latest.block.number.saturating_sub(finalized.block.number).max(1);
                    dev.mine(behind).await.map_err(|error| match error {
                        tminus_chain::dev::DevError::Rpc(error) => RunError::Rpc(error),
                        other => RunError::Outbox(OutboxError::Local(other.to_string())),
                    })?;
                }
                None => tokio::time::sleep(self.options.poll).await,
            }
        }
    }

    async fn state(&self, id: BlockNumberOrTag) -> Result<State, RpcError> {
        let commitment = self.committed.commitment();
        self.distributor.state(id, commitment.chunks(), commitment.total, self.committed.facts.token).await
    }

    fn report(&mut self, state: State) -> Result<RunReport, RunError> {
        let (recipients, reserved) = self.meter.of_this_run();
        Ok(RunReport {
            batches: paid_batches(self.outbox, self.committed).map_err(RunError::Outbox)?,
            skipped: std::mem::take(&mut self.skipped),
            recipients,
            reserved,
            batching: self.batching,
            recuts: self.recuts,
            state,
        })
    }
}

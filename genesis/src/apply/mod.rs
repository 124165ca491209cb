//! Carrying out a plan: `Plan → Approved → Applied → Audited`, an order that cannot be taken otherwise.
//!
//! For each step in turn: look whether it is done, else whether it can be done, hand its intent to the outbox, and look
//! again. Nothing is remembered here. A run that was broken off, with or without its ledger, is gone on with by running
//! again: every step that is done is found done on the chain.
//!
//! The grants' start and the distribution's terms are counted from the block that deploys the Controller. What depends on it
//! is sent only when that block is final, so that no reorganisation can leave two contracts with two ideas of it. Once the
//! GenesisManager exists, its own word on the grants' start counts.

use std::time::{Duration, Instant};

use alloy::eips::{BlockId, BlockNumberOrTag};
use tminus_chain::{
    dev::{Dev, DevError},
    evidence::Finding,
    outbox::{Outbox, OutboxError, Settled, Until},
    rpc::{BlockRef, Rpc},
};
use tminus_contracts::bindings::GenesisManager;

pub(crate) mod state;

use self::state::{Conditions, State};
use crate::{
    audit::audit,
    crowd::Crowd,
    deployment::Deployment,
    error::GenesisError,
    facts::Origin,
    look::Look,
    past::{Mined, Past},
    plan::{Plan, Step},
    profile::{Flight, GrantKind, Network},
    steps::{Action, Layout},
};

/// What carrying out needs.
#[derive(Debug)]
pub struct Context<'a> {
    /// The door out; its endpoint is the one that is read.
    pub outbox: &'a Outbox,
    /// The development chain, where it is one: asked for blocks when only finality is missing.
    pub dev: Option<&'a Dev>,
    /// Time between looks at a chain that is somebody else's.
    pub poll: Duration,
    /// How long finality may stand still before the launch halts, see [`PATIENCE`].
    pub patience: Duration,
}

/// Patience with a public chain: Ethereum finalizes every six and a half minutes when all is well.
pub const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What happens to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEvent<'a> {
    /// It was done before this run.
    Found(usize, &'a Step),
    /// It needs a block that is not final yet: that block's number, and the number of the last final one.
    Waiting(usize, &'a Step, u64, u64),
    /// It is handed to the outbox.
    Started(usize, &'a Step),
    /// It is mined and its effect is there.
    Done(usize, &'a Step, &'a Settled),
}

/// A plan whose chain answers as the profile says, and which somebody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    plan: Plan,
}

/// A genesis that is on the chain, final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    plan: Plan,
    /// What is where.
    pub deployment: Deployment,
    /// Steps this run did; the others were done before.
    pub settled: Vec<Settled>,
}

/// A genesis that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// What is where.
    pub deployment: Deployment,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Makes sure that an endpoint is on a profile's network.
///
/// # Errors
/// [`GenesisError::WrongChain`], [`GenesisError::WrongGenesis`], no answer.
pub async fn check_network(rpc: &Rpc, network: Network) -> Result<(), GenesisError> {
    let label = rpc.label().to_owned();
    if rpc.chain_id() != network.chain_id {
        return Err(GenesisError::WrongChain { label, expected: network.chain_id, found: rpc.chain_id() });
    }
    if let Some(expected) = network.genesis_hash {
        let found = rpc.block(BlockNumberOrTag::Number(0)).await?.hash;
        if found != expected {
            return Err(GenesisError::WrongGenesis { label, expected, found });
        }
    }
    Ok(())
}

impl Plan {
    /// Takes a plan that was read for good, if the chain is the one it was made for and has what it builds on.
    ///
    /// # Errors
    /// As [`check_network`]; multisigs that are not there, a chain before the block of the MerkleMine's snapshot.
    pub async fn approve(self, rpc: &Rpc) -> Result<Approved, GenesisError> {
        check_network(rpc, self.network).await?;
        self.check_ground(rpc).await?;
        Ok(Approved { plan: self })
    }

    /// What is handed to an account without code is lost, unless somebody has its key; a rehearsal has no multisigs.
    async fn check_ground(&self, rpc: &Rpc) -> Result<(), GenesisError> {
        let label = || rpc.label().to_owned();
        if self.inputs.flight == Flight::Launch {
            let multisigs = self.profile.multisigs;
            for (role, address) in [("bank", multisigs.bank), ("governance", multisigs.governance)] {
                if rpc.code(address, BlockId::latest()).await?.is_empty() {
                    return Err(GenesisError::NoMultisig { label: label(), role, address });
                }
            }
        }
        if let Crowd::Accounts(mine) = &self.crowd {
            let (latest, snapshot) = (rpc.block(BlockNumberOrTag::Latest).await?.number, mine.genesis_block);
            if latest < snapshot {
                return Err(GenesisError::Snapshot { label: label(), latest, snapshot });
            }
        }
        Ok(())
    }
}

impl Approved {
    /// Does every step that is not done. Stops at the first that cannot be done or has no effect.
    ///
    /// # Errors
    /// [`GenesisError`]; `is_halt` tells those that running again can cure.
    pub async fn apply(
        self,
        context: &Context<'_>,
        mut on_step: impl FnMut(StepEvent<'_>),
    ) -> Result<Applied, GenesisError> {
        let plan = self.plan;
        // the endpoint of the outbox may be another than that of the approval
        check_network(context.outbox.rpc(), plan.network).await?;
        let first_dated = Layout::of(plan.profile.variant()).first_dated();
        let mut run = Run { context, plan: &plan, first_dated, origin: None, settled: Vec::new() };
        for (index, step) in plan.steps.iter().enumerate() {
            run.step(index, step, &mut on_step).await?;
        }
        let settled = run.settled;
        context.outbox.finalize().await?;
        let Plan { profile, inputs, .. } = &plan;
        let journal = plan.journal(context.outbox)?;
        let rpc = context.outbox.rpc();
        let deployment = Deployment::remembered(rpc, profile, inputs.deployer, inputs.base_nonce, &journal).await?;
        Ok(Applied { plan, deployment, settled })
    }
}

impl Applied {
    /// Compares the chain with the profile as of the block in which the genesis ended.
    pub async fn audit(self, rpc: &Rpc) -> Audited {
        let Plan { profile, crowd, git_commit, .. } = &self.plan;
        let at = BlockId::number(self.deployment.last_block);
        let findings = audit(rpc, profile, crowd, *git_commit, &self.deployment, at).await;
        Audited { deployment: self.deployment, findings }
    }
}

/// A plan being carried out.
struct Run<'a> {
    context: &'a Context<'a>,
    plan: &'a Plan,
    /// The first step that needs the origin.
    first_dated: u64,
    origin: Option<Origin>,
    settled: Vec<Settled>,
}

impl Run<'_> {
    async fn step(
        &mut self,
        index: usize,
        step: &Step,
        on_step: &mut impl FnMut(StepEvent<'_>),
    ) -> Result<(), GenesisError> {
        let origin = self.origin(index, step, on_step).await?;
        match self.state(step, origin, BlockId::latest()).await? {
            State::Done => on_step(StepEvent::Found(index, step)),
            State::Blocked(reason) => return Err(GenesisError::Blocked { step: step.id.clone(), reason }),
            State::Ready => {
                self.in_time(index, origin.grants_start).await?;
                on_step(StepEvent::Started(index, step));
                let settled = self.execute(step, origin).await?;
                let at = BlockId::number(settled.block_number);
                match self.state(step, origin, at).await? {
                    State::Done => on_step(StepEvent::Done(index, step, &settled)),
                    State::Ready => {
                        return Err(GenesisError::NoEffect {
                            step: step.id.clone(),
                            reason: "nothing changed".to_owned(),
                        });
                    }
                    State::Blocked(reason) => return Err(GenesisError::NoEffect { step: step.id.clone(), reason }),
                }
                self.settled.push(settled);
            }
        }
        Ok(())
    }

    async fn state(&self, step: &Step, origin: Origin, at: BlockId) -> Result<State, GenesisError> {
        let look = Look { rpc: self.context.outbox.rpc(), at };
        Conditions { look, plan: self.plan, origin }.of(step).await
    }

    async fn execute(&self, step: &Step, origin: Origin) -> Result<Settled, GenesisError> {
        let intent = self.plan.intent(step, origin);
        let settled = self.context.outbox.execute(vec![intent], Until::Mined).await?;
        settled.into_iter().next().ok_or_else(|| {
            GenesisError::Outbox(OutboxError::Local(format!("{} was handed over and nothing came back", step.id)))
        })
    }

    /// The origin as far as step `index` can know it: nothing until the Controller is there, for no step before needs it.
    async fn origin(
        &mut self,
        index: usize,
        step: &Step,
        on_step: &mut impl FnMut(StepEvent<'_>),
    ) -> Result<Origin, GenesisError> {
        if let Some(known) = self.origin {
            return Ok(known);
        }
        if (index as u64) < self.first_dated {
            return Ok(Origin::default());
        }
        let rpc = self.context.outbox.rpc();
        let manager = self.plan.addresses.genesis_manager;
        let origin = if rpc.code(manager, BlockId::latest()).await?.is_empty() {
            let block = self.first_block(index, step, on_step).await?;
            Origin { block: block.number, grants_start: block.timestamp + self.plan.profile.grants.start }
        } else {
            let look = Look { rpc, at: BlockId::latest() };
            let start = look.get(manager, GenesisManager::grantsStartTimestampCall {}).await?;
            // only a MerkleMine counts blocks
            let counts_blocks = matches!(self.plan.crowd, Crowd::Accounts(_));
            let block = if counts_blocks { self.controller(step).await?.number } else { 0 };
            Origin { block, grants_start: start.saturating_to() }
        };
        self.origin = Some(origin);
        Ok(origin)
    }

    /// The block that made the Controller, once it is final. It is looked for again after every wait: a reorganisation may
    /// have put the Controller into another one.
    async fn first_block(
        &self,
        index: usize,
        step: &Step,
        on_step: &mut impl FnMut(StepEvent<'_>),
    ) -> Result<BlockRef, GenesisError> {
        let rpc = self.context.outbox.rpc();
        let mut found = self.controller(step).await?;
        loop {
            self.wait_final(found.number, |last| on_step(StepEvent::Waiting(index, step, found.number, last))).await?;
            let again = self.controller(step).await?;
            let block = rpc.block(BlockNumberOrTag::Number(again.number)).await?;
            if (again.number, again.hash) == (found.number, found.hash) && block.hash == again.hash {
                return Ok(block);
            }
            found = again;
        }
    }

    async fn controller(&self, step: &Step) -> Result<Mined, GenesisError> {
        let (inputs, journal) = (&self.plan.inputs, self.plan.journal(self.context.outbox)?);
        let past = Past { rpc: self.context.outbox.rpc(), deployer: inputs.deployer, journal: &journal };
        let created = past.controller(inputs.base_nonce).await?;
        created.ok_or_else(|| GenesisError::Unanswered {
            step: step.id.clone(),
            reason: format!(
                "the endpoint does not know the block in which the Controller {} was made",
                self.plan.addresses.controller
            ),
        })
    }

    /// Waits until a block is final. An endpoint that is silent for a while and a finality that stands still are waited for
    /// as long as patience lasts.
    async fn wait_final(&self, number: u64, mut waiting: impl FnMut(u64)) -> Result<(), GenesisError> {
        let rpc = self.context.outbox.rpc();
        let (mut last, mut moved) = (None, Instant::now());
        loop {
            let trouble = match rpc.block(BlockNumberOrTag::Finalized).await {
                Ok(block) if block.number >= number => return Ok(()),
                Ok(block) => {
                    if last.is_none_or(|last| block.number > last) {
                        (last, moved) = (Some(block.number), Instant::now());
                        waiting(block.number);
                    }
                    None
                }
                Err(error) => Some(error.to_string()),
            };
            if moved.elapsed() >= self.context.patience {
                let seen = last.map_or("none was seen".to_owned(), |last| format!("the last one is {last}"));
                let reason = trouble.map_or(seen.clone(), |trouble| format!("{seen}; {trouble}"));
                return Err(GenesisError::NotFinal { number, reason });
            }
            match self.context.dev {
                Some(dev) if trouble.is_none() => dev.mine(1).await.map_err(|error| match error {
                    DevError::Rpc(error) => GenesisError::Rpc(error),
                    other => GenesisError::Outbox(OutboxError::Halted(other.to_string())),
                })?,
                _ => tokio::time::sleep(self.context.poll).await,
            }
        }
    }

    /// Nothing that leads to the community's timelocks is sent when the grants have started: they could not be made.
    async fn in_time(&self, index: usize, grants_start: u64) -> Result<(), GenesisError> {
        let is_community =
            |step: &Step| matches!(&step.action, Action::Grant(grant) if grant.kind == GrantKind::Community);
        let ahead = &self.plan.steps[index..];
        if grants_start == 0 || !ahead.iter().any(is_community) {
            return Ok(());
        }
        let now = self.context.outbox.rpc().block(BlockNumberOrTag::Latest).await?.timestamp;
        if now >= grants_start {
            let missing = ahead.iter().filter(|step| matches!(step.action, Action::Grant(_))).count();
            let rpc = self.context.outbox.rpc();
            let next_nonce = rpc.nonce(self.plan.inputs.deployer, BlockId::latest()).await?;
            return Err(GenesisError::GrantsStarted { grants_start, now, missing, next_nonce });
        }
        Ok(())
    }
}

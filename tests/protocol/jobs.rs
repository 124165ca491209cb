//! Deposits, jobs, claims and fees, as far as several scenarios need them. What the fees become is the model's.

use alloy::primitives::{Address, B256, U256};
use tminus_contracts::bindings::JobsManager as J;

use crate::{chain::Done, twin::Twin};

#[derive(Debug, Clone)]
pub struct Job {
    pub id: U256,
    pub block: u64,
    pub round: u64,
    pub broadcaster: Address,
    pub max_price: U256,
    /// Price of a segment in all its profiles.
    pub segment_price: U256,
}

#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: U256,
    pub by: Address,
    pub block: u64,
    pub fees: U256,
}

impl Twin {
    pub async fn deposit(&mut self, who: Address, wei: U256) {
        let before = self.deposit_of(who).await;
        self.protocol.chain.pay(who, self.protocol.jobs, J::depositCall {}, wei).await;
        self.broadcast += wei;
        assert_eq!(self.deposit_of(who).await, before + wei);
    }

    pub async fn deposit_of(&self, who: Address) -> U256 {
        self.protocol.chain.view(self.protocol.jobs, J::broadcastersCall(who)).await.deposit
    }

    /// Takes out a deposit.
    pub async fn withdraw_deposit(&mut self, who: Address) {
        let (deposit, before) = (self.deposit_of(who).await, self.protocol.chain.ether(who).await);
        let done = self.protocol.chain.send(who, self.protocol.jobs, J::withdrawCall {}).await;
        assert_eq!(self.protocol.chain.ether(who).await, before + deposit - done.cost);
        self.broadcast -= deposit;
    }

    /// A job that is open for `blocks` blocks.
    pub async fn job(&mut self, who: Address, stream: &str, profiles: &[String], max_price: U256, blocks: u64) -> Job {
        let (chain, jobs) = (&self.protocol.chain, self.protocol.jobs);
        let id = chain.view(jobs, J::numJobsCall {}).await;
        let call = J::jobCall {
            streamId: stream.to_owned(),
            transcodingOptions: profiles.concat(),
            maxPricePerSegment: max_price,
            endBlock: U256::from(chain.height().await + 1 + blocks),
        };
        let done = chain.send(who, jobs, call).await;
        let event = done.event::<J::NewJob>(jobs);
        assert_eq!((event.broadcaster, event.jobId, event.creationBlock), (who, id, U256::from(done.block)));
        let segment_price = max_price * U256::from(profiles.len());
        let round = self.protocol.round_of(done.block);
        Job { id, block: done.block, round, broadcaster: who, max_price, segment_price }
    }

    /// Whom the model elects for a job, by the hash of the job's block.
    pub async fn elected(&self, job: &Job) -> Address {
        self.model.elect(job.max_price, self.protocol.chain.hash(job.block).await, job.round)
    }

    /// Claims a range of segments; their fees move from the deposit to the escrow.
    pub async fn claim_work(&mut self, job: &Job, by: Address, range: [U256; 2], root: B256) -> Claimed {
        let (chain, jobs) = (&self.protocol.chain, self.protocol.jobs);
        let fees = (range[1] - range[0] + U256::from(1)) * job.segment_price;
        let (deposit, before) = (self.deposit_of(job.broadcaster).await, self.escrow(job).await);
        let call = J::claimWorkCall { jobId: job.id, segmentRange: range, claimRoot: root };
        let done = chain.send(by, jobs, call).await;
        let event = done.event::<J::NewClaim>(jobs);
        assert_eq!((event.transcoder, event.jobId), (by, job.id));
        assert_eq!(self.deposit_of(job.broadcaster).await, deposit - fees);
        assert_eq!(self.escrow(job).await, before + fees);
        Claimed { id: event.claimId, by, block: done.block, fees }
    }

    pub async fn escrow(&self, job: &Job) -> U256 {
        self.protocol.chain.view(self.protocol.jobs, J::getJobCall { jobId: job.id }).await.escrow
    }

    /// 0 pending, 1 slashed, 2 complete.
    pub async fn claim_status(&self, job: &Job, claim: &Claimed) -> u8 {
        let call = J::getClaimCall { jobId: job.id, claimId: claim.id };
        self.protocol.chain.view(self.protocol.jobs, call).await.status
    }

    /// The first block in which a claim can be paid.
    pub fn payable_from(&self, claim: &Claimed) -> u64 {
        let settings = &self.protocol.settings;
        claim.block + settings.verification_period + settings.verification_slashing_period
    }

    /// Has a claim paid: its fees are the transcoder's and its delegators'.
    pub async fn distribute(&mut self, job: &Job, claim: &Claimed) -> Done {
        let (jobs, escrow) = (self.protocol.jobs, self.escrow(job).await);
        let call = J::distributeFeesCall { jobId: job.id, claimId: claim.id };
        let done = self.protocol.chain.send(claim.by, jobs, call).await;
        assert_eq!(done.event::<J::DistributeFees>(jobs).fees, claim.fees);
        assert_eq!(self.escrow(job).await, escrow - claim.fees);
        self.add_fees(claim.by, claim.fees, job.round);
        done
    }
}

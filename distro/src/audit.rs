//! The audit: what the chain shows, held against the list.
//!
//! Two independent looks. The contract's own accounting: facts, done-bits, paid + reserved + remaining = total, and tokens
//! enough for what is not paid yet. And the balances of every recipient in the list, before the first payment and at the
//! block of the audit: each must have grown by exactly the listed amount if its chunk is done and its amount is not
//! reserved, and by nothing otherwise. An amount that was reserved and then claimed for another address has to be there,
//! by the contract's events. Whoever spends or receives tokens between the two blocks differs from the list, so
//! the block of the audit is by default the one in which the last chunk was done.
//!
//! What could not be looked up is `Unknown`, never fine.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, I256, U256},
};
use serde::Serialize;
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::RpcError,
    units::format_amount,
};

use crate::{
    claims::Claims,
    distributor::{Distributor, DoneBits, State},
    plan::Committed,
    scanner::{BALANCES_A_CALL, balances},
};

/// Most mismatches that are told one by one.
pub const SHOWN_MISMATCHES: usize = 50;

/// Which blocks to compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditOptions {
    /// The block before the first payment; searched for where it is not given.
    pub before: Option<u64>,
    /// The block to audit; the one that did the last chunk where it is not given, or the latest while some are undone.
    pub at: Option<u64>,
}

/// A recipient whose balance changed otherwise than the list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Who.
    pub recipient: Address,
    /// Its position in the list.
    pub index: u64,
    /// Change that the list and the done-bits call for, base units.
    pub expected: U256,
    /// Balance before, base units.
    pub before: U256,
    /// Balance at the audited block, base units.
    pub after: U256,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Each check with its evidence; the names begin with `distribution.`.
    pub findings: Vec<Finding>,
    /// Recipients whose balances were compared at both blocks.
    pub compared: u64,
    /// Recipients whose balance changed exactly as it should.
    pub exact: u64,
    /// Of those, recipients who had their reserved amount sent to another address: their own balance did not change.
    pub claimed_elsewhere: u64,
    /// Recipients whose balance changed otherwise.
    pub mismatching: u64,
    /// The first of those.
    pub mismatches: Vec<Mismatch>,
    /// The block before the first payment.
    pub before: Option<u64>,
    /// The audited block.
    pub at: Option<u64>,
}

impl AuditReport {
    /// The worst of all verdicts.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.findings.iter().any(|finding| finding.verdict == verdict);
        match (any(Verdict::Fails), any(Verdict::Unknown)) {
            (true, _) => Verdict::Fails,
            (false, true) => Verdict::Unknown,
            (false, false) => Verdict::Holds,
        }
    }
}

/// Audits a distribution. Endpoint failures are findings, not errors.
pub async fn audit(distributor: &Distributor, committed: &Committed, options: AuditOptions) -> AuditReport {
    let mut report = AuditReport {
        findings: Vec::new(),
        compared: 0,
        exact: 0,
        claimed_elsewhere: 0,
        mismatching: 0,
        mismatches: Vec::new(),
        before: None,
        at: None,
    };
    let mut audit = Audit { distributor, committed, report: &mut report };
    audit.facts().await;
    match audit.blocks(options).await {
        Ok((before, state)) => {
            audit.accounting(&state);
            audit.recipients(before, &state).await;
        }
        Err(error) => {
            for check in ["accounting", "done", "paid", "funds", "recipients"] {
                audit.unknown(check, &error, "the blocks to compare");
            }
        }
    }
    report
}

struct Audit<'a> {
    distributor: &'a Distributor,
    committed: &'a Committed,
    report: &'a mut AuditReport,
}

impl Audit<'_> {
    fn subject(&self) -> String {
        format!("distributor {}", self.distributor.address())
    }

    fn add(&mut self, check: &str, verdict: Verdict, expected: String, observed: String, source: String) {
        let (check, subject) = (format!("distribution.{check}"), self.subject());
        self.report.findings.push(Finding { check, subject, verdict, expected, observed, source });
    }

    fn compare<T: PartialEq + ToString>(&mut self, check: &str, source: String, expected: &T, observed: T) {
        let finding: Finding = Finding::compare(
            format!("distribution.{check}"),
            self.subject(),
            source,
            expected,
            Ok::<T, RpcError>(observed),
        );
        self.report.findings.push(finding);
    }

    fn unknown(&mut self, check: &str, error: &RpcError, source: &str) {
        self.add(check, Verdict::Unknown, String::new(), error.to_string(), source.to_owned());
    }

    fn tokens(&self, amount: U256) -> String {
        let facts = &self.committed.facts;
        format!("{} {}", format_amount(amount, facts.decimals), facts.symbol)
    }

    /// Code and immutable facts.
    async fn facts(&mut self) {
        let commitment = self.committed.commitment();
        let facts = match self.distributor.facts().await {
            Ok(facts) => facts,
            Err(error) => {
                for check in ["code", "token", "root", "total", "count", "chunk-size"] {
                    self.unknown(check, &error, "the contract's code and getters at latest");
                }
                return;
            }
        };
        let getter = |name: &str| format!("{name}() at latest");
        let code = facts.code_differs.unwrap_or_else(|| "as compiled".to_owned());
        self.compare("code", "eth_getCode at latest, immutables masked".to_owned(), &"as compiled".to_owned(), code);
        self.compare("token", getter("token"), &self.committed.facts.token, facts.token);
        self.compare("root", getter("root"), &commitment.root, facts.root);
        self.compare("total", getter("totalAmount"), &self.tokens(commitment.total), self.tokens(facts.total));
        self.compare("count", getter("recipientCount"), &commitment.count, facts.count);
        self.compare("chunk-size", getter("chunkSize"), &u64::from(commitment.chunk_size), facts.chunk_size);
    }

    /// The block before the first payment and the state at the audited block.
    async fn blocks(&mut self, options: AuditOptions) -> Result<(u64, State), RpcError> {
        let latest = self.distributor.rpc().block(BlockNumberOrTag::Latest).await?.number;
        let chunks = self.committed.tree.chunks();
        let (first, last) = self.distributor.payments(options.at.unwrap_or(latest)).await.unzip();
        let at = match options.at {
            Some(at) => at,
            None if self.distributor.done_chunks(latest).await? >= chunks => {
                self.first_with(chunks, last, latest).await?
            }
            None => latest,
        };
        let before = match options.before {
            Some(before) => before,
            None if self.distributor.done_chunks(at).await? == 0 => at,
            None => self.first_with(1, first, at).await?.saturating_sub(1),
        };
        (self.report.before, self.report.at) = (Some(before), Some(at));
        let (total, token) = (self.committed.commitment().total, self.committed.facts.token);
        let state = self.distributor.state(BlockNumberOrTag::Number(at), chunks, total, token).await?;
        Ok((before, state))
    }

    /// The first block in which at least `wanted` chunks are done, given that they are in `high`. A guess from the logs
    /// spares the search where the state confirms it.
    async fn first_with(&self, wanted: u64, guess: Option<u64>, high: u64) -> Result<u64, RpcError> {
        if let Some(guess) = guess.filter(|guess| (1..=high).contains(guess))
            && self.distributor.done_chunks(guess).await? >= wanted
            && self.distributor.done_chunks(guess - 1).await? < wanted
        {
            return Ok(guess);
        }
        let (mut low, mut high) = (0, high);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.distributor.done_chunks(middle).await? >= wanted {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }

    /// The contract's own books.
    fn accounting(&mut self, state: &State) {
        let (total, chunks) = (self.committed.commitment().total, self.committed.tree.chunks());
        let block = state.block.number;
        let sum = state.paid.saturating_add(state.reserved).saturating_add(state.remaining);
        let source = format!("paidAmount() + reservedAmount() + remainingAmount() at block {block}");
        self.compare("accounting", source, &self.tokens(total), self.tokens(sum));

        let words = |count: u64| format!("{count} of {chunks} chunks");
        self.compare("done", format!("doneBitmaps() at block {block}"), &words(chunks), words(state.done.count()));
        self.compare(
            "done-count",
            format!("doneChunks() at block {block}"),
            &words(state.done.count()),
            words(state.done_chunks),
        );

        let listed = listed_in(self.committed, &state.done);
        let source = format!("paidAmount() + reservedAmount() at block {block}, and the list's chunks that are done");
        self.compare("paid", source, &self.tokens(listed), self.tokens(state.paid.saturating_add(state.reserved)));

        let needed = state.remaining.saturating_add(state.reserved);
        let verdict = if state.balance >= needed { Verdict::Holds } else { Verdict::Fails };
        let expected = format!("at least {}", self.tokens(needed));
        self.add(
            "funds",
            verdict,
            expected,
            self.tokens(state.balance),
            format!("balanceOf(distributor) at block {block}"),
        );
    }

    /// Every recipient's balance.
    async fn recipients(&mut self, before: u64, state: &State) {
        let at = state.block.number;
        let source = format!("balanceOf() of every recipient at blocks {before} and {at}");
        // read when the first balance needs it: most distributions never reserve anything
        let mut claims = None;
        if let Err(error) = self.compare_balances(before, state, &mut claims).await {
            self.unknown("recipients", &error, &source);
            return;
        }
        let count = self.committed.list.len() as u64;
        let verdict = match self.report.mismatching {
            0 if self.report.compared == count => Verdict::Holds,
            _ => Verdict::Fails,
        };
        let mut observed = format!("{} of {} changed as listed", self.report.exact, self.report.compared);
        if self.report.claimed_elsewhere > 0 {
            observed += &format!(", {} had its reserved amount sent elsewhere", self.report.claimed_elsewhere);
        }
        if let Some(first) = self.report.mismatches.first() {
            let change = I256::from_raw(first.after.wrapping_sub(first.before));
            observed += &format!(
                "; {} did not, the first is {}: {change} base units instead of {}",
                self.report.mismatching, first.recipient, first.expected
            );
            if let Some(Err(error)) = claims {
                observed +=
                    &format!("; a claim of a reserved amount may explain it, but could not be looked up: {error}");
            }
        }
        self.add("recipients", verdict, format!("{count} of {count} changed as listed"), observed, source);
    }

    async fn compare_balances(
        &mut self,
        before: u64,
        state: &State,
        claims: &mut Option<Result<Claims, RpcError>>,
    ) -> Result<(), RpcError> {
        let committed = self.committed;
        let (rpc, token) = (self.distributor.rpc(), committed.facts.token);
        let at = state.block.number;
        let list = &committed.list;
        for start in (0..list.len()).step_by(BALANCES_A_CALL) {
            let words = list.slice(start..start + BALANCES_A_CALL);
            let (was, is) = tokio::try_join!(
                balances(rpc, token, words, BlockId::number(before)),
                balances(rpc, token, words, BlockId::number(at)),
            )?;
            for (offset, (was, after)) in was.into_iter().zip(is).enumerate() {
                let index = start + offset;
                let Some(entry) = list.get(index) else { continue };
                let chunk = index as u64 / u64::from(committed.facts.chunk_size);
                let mut expected = if state.done.is_done(chunk) { U256::from(entry.amount) } else { U256::ZERO };
                let grown = |by: U256| was.checked_add(by) == Some(after);
                self.report.compared += 1;
                if !grown(expected) {
                    if claims.is_none() {
                        *claims = Some(Claims::read(self.distributor, list, before.saturating_add(1)..=at).await);
                    }
                    let claims = claims.as_ref().and_then(|claims| claims.as_ref().ok());
                    let elsewhere = claims.is_some_and(|claims| claims.went_elsewhere(index));
                    if elsewhere || self.is_reserved(index, state).await? {
                        expected = U256::ZERO;
                    }
                    expected += claims.map_or(U256::ZERO, |claims| claims.received(entry.address));
                    self.report.claimed_elsewhere += u64::from(elsewhere && grown(expected));
                }
                if grown(expected) {
                    self.report.exact += 1;
                    continue;
                }
                self.report.mismatching += 1;
                if self.report.mismatches.len() < SHOWN_MISMATCHES {
                    let (recipient, index) = (entry.address, index as u64);
                    self.report.mismatches.push(Mismatch { recipient, index, expected, before: was, after });
                }
            }
        }
        Ok(())
    }

    async fn is_reserved(&self, index: usize, state: &State) -> Result<bool, RpcError> {
        let at = BlockId::number(state.block.number);
        Ok(!state.reserved.is_zero() && self.distributor.is_reserved(index, at).await?)
    }
}

/// What the list says about chunks that are done, base units.
fn listed_in(committed: &Committed, done: &DoneBits) -> U256 {
    let undone = done.undone().into_iter().flat_map(|gap| committed.tree.recipients(gap));
    let unpaid = undone.filter_map(|index| committed.list.get(index)).map(|entry| U256::from(entry.amount));
    unpaid.fold(committed.list.total(), |left, amount| left - amount)
}

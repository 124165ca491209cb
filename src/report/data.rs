//! What a rehearsal has to say for itself, as plain data.
//!
//! The page is drawn from this and from nothing else, and `--json` embeds the same data, so the two cannot differ. Amounts
//! are base units; in JSON they are decimal strings, never numbers. Times of the chain are Unix seconds of the chain's
//! clock, times of the run are wall clock. Nothing here is computed by the page that a reader could not recompute.

use alloy::primitives::{Address, B256, U256};
use serde::{Serialize, Serializer};
use tminus_chain::evidence::Verdict;

pub(crate) use super::check::{Check, Tally, worst};
pub(crate) use super::crowd::{Batch, Claims, Crowd, Distribution, Seen};
use super::format::plural;

/// Everything one report shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReportData {
    /// What ran, when, on what.
    pub(crate) header: Header,
    /// The stages in order.
    pub(crate) stages: Vec<StageTiming>,
    /// Each process that took part, the killed ones included; the last is the one that wrote this.
    pub(crate) runs: Vec<RunRecord>,
    /// The supply by bucket as planned and as found.
    pub(crate) supply: Vec<SupplyRow>,
    /// Every grant with what was observed of it.
    pub(crate) grants: Vec<Grant>,
    /// What became of the crowd's part.
    pub(crate) distribution: Crowd,
    /// The checklist, ticked.
    pub(crate) checks: Vec<Check>,
    /// The transactions of genesis, in order.
    pub(crate) steps: Vec<GenesisStep>,
    /// Who is where.
    pub(crate) addresses: Vec<AddressEntry>,
    /// What it cost.
    pub(crate) totals: Totals,
}

/// What ran, when, on what.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Header {
    /// A sentence that must not be missed, such as `Fabricated data`; empty when there is nothing to warn of.
    pub(crate) notice: String,
    /// The profile's name.
    pub(crate) profile: String,
    /// Keccak hash of the profile file.
    pub(crate) profile_hash: B256,
    /// What carried the rehearsal: `embedded`, or the client's own name.
    pub(crate) chain: String,
    /// Chain id.
    pub(crate) chain_id: u64,
    /// The hard fork's rules it ran under.
    pub(crate) fork: String,
    /// Version of tminus.
    pub(crate) version: String,
    /// Wall clock of the first start, Unix seconds.
    pub(crate) started: u64,
    /// Wall clock of the end, Unix seconds.
    pub(crate) finished: u64,
    /// The last block.
    pub(crate) last_block: u64,
    /// The token's symbol.
    pub(crate) symbol: String,
    /// The token's decimals.
    pub(crate) decimals: u8,
    /// The verdict of whoever ran it; the page never shows a better one than the checks allow.
    pub(crate) verdict: Verdict,
}

/// One stage and how long it worked, over all runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StageTiming {
    /// Its title.
    pub(crate) name: String,
    /// What came of it, in a few words.
    pub(crate) summary: String,
    /// Milliseconds it worked.
    pub(crate) millis: u64,
}

/// How a process of the rehearsal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RunEnd {
    /// It reached the end.
    Finished,
    /// It stopped by itself: an error or a hold.
    Halted,
    /// It left no word: killed, crashed, power cut.
    Killed,
}

/// One process that took part.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunRecord {
    /// Wall clock of its start, Unix seconds.
    pub(crate) started: u64,
    /// How it ended.
    pub(crate) end: RunEnd,
    /// The stage it was in at the end; empty when not known.
    pub(crate) stage: String,
}

/// Where the tokens of the initial supply go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bucket {
    /// The airdrop.
    Crowd,
    /// The bank multisig.
    Company,
    /// Vesting grants of the team.
    Team,
    /// Vesting grants of investors.
    Investors,
    /// Time-locked grants of the community.
    Community,
}

impl Bucket {
    /// Its name in words and in class names of the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crowd => "crowd",
            Self::Company => "company",
            Self::Team => "team",
            Self::Investors => "investors",
            Self::Community => "community",
        }
    }
}

/// A bucket's amount as planned and as found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SupplyRow {
    /// The bucket.
    pub(crate) bucket: Bucket,
    /// What the profile says.
    #[serde(serialize_with = "decimal")]
    pub(crate) planned: U256,
    /// The sum of balances on the chain; none when it could not be read.
    #[serde(serialize_with = "decimal_option")]
    pub(crate) observed: Option<U256>,
    /// Who holds it, such as `8 vesting contracts`.
    pub(crate) held_by: String,
}

/// One grant: its terms and what was seen of it while the clock moved.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Grant {
    /// Team, investors or community.
    pub(crate) bucket: Bucket,
    /// Who receives it.
    pub(crate) receiver: Address,
    /// The contract that holds it.
    pub(crate) holder: Address,
    /// The amount granted.
    #[serde(serialize_with = "decimal")]
    pub(crate) amount: U256,
    /// Vesting is counted from here; for a timelock the release time.
    pub(crate) start: u64,
    /// Nothing before this.
    pub(crate) cliff: u64,
    /// Everything from here on.
    pub(crate) end: u64,
    /// Set when the rehearsal revoked it.
    pub(crate) revoked: Option<Revocation>,
    /// Observations, in order of time.
    pub(crate) points: Vec<GrantPoint>,
}

/// A revocation that happened.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Revocation {
    /// Timestamp of its block.
    pub(crate) time: u64,
    /// What went back to the owner.
    #[serde(serialize_with = "decimal")]
    pub(crate) refund: U256,
}

/// What the chain said of a grant at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GrantPoint {
    /// Timestamp of the block.
    pub(crate) time: u64,
    /// Vested up to then, released or not.
    #[serde(serialize_with = "decimal")]
    pub(crate) vested: U256,
    /// Paid out to the receiver up to then.
    #[serde(serialize_with = "decimal")]
    pub(crate) released: U256,
}

/// One transaction of genesis.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GenesisStep {
    /// Stable name, such as `genesis/deploy/Controller`.
    pub(crate) id: String,
    /// Its hash.
    pub(crate) transaction: B256,
    /// Its block.
    pub(crate) block: u64,
    /// Gas of its receipt.
    pub(crate) gas_used: u64,
}

/// An entry of the address book.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AddressEntry {
    /// What it is called.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) address: Address,
    /// What it is for, in a few words.
    pub(crate) note: String,
}

/// What it cost, by stage, at an assumed price.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Totals {
    /// Gas and transactions by stage.
    pub(crate) gas: Vec<GasRow>,
    /// Assumed price of one gas, in wei.
    #[serde(serialize_with = "decimal")]
    pub(crate) gas_price: U256,
}

/// Gas of one kind of work.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GasRow {
    /// What it was for.
    pub(crate) name: String,
    /// Transactions.
    pub(crate) transactions: u64,
    /// Gas used by them.
    pub(crate) gas_used: u64,
}

impl ReportData {
    /// The worse of the runner's verdict and the checks'.
    pub(crate) fn verdict(&self) -> Verdict {
        worst([self.header.verdict, worst(self.checks.iter().map(Check::verdict))])
    }

    /// The verdict in a word and the reason in a few: `Go`, `all 31 checks hold`.
    pub(crate) fn verdict_in_words(&self) -> (&'static str, String) {
        let tally = Tally::of(&self.checks);
        let of = |count: usize, one: &str, many: &str| plural(count, one, many);
        match self.verdict() {
            Verdict::Holds => ("Go", format!("all {} hold", of(tally.holds, "check", "checks"))),
            Verdict::Fails if tally.fails == 0 => ("No go", "the run itself failed".to_owned()),
            Verdict::Fails => ("No go", format!("{} not hold", of(tally.fails, "check does", "checks do"))),
            Verdict::Unknown if self.checks.is_empty() => ("Hold", "nothing was checked".to_owned()),
            Verdict::Unknown if tally.unknown == 0 => ("Hold", "the run is inconclusive".to_owned()),
            Verdict::Unknown => ("Hold", format!("{} not be made", of(tally.unknown, "check could", "checks could"))),
        }
    }

    /// How often it was taken up again.
    pub(crate) fn resumed(&self) -> usize {
        self.runs.len().saturating_sub(1)
    }
}

impl Totals {
    /// Gas of everything.
    pub(crate) fn gas_used(&self) -> u64 {
        self.gas.iter().fold(0, |sum, row| sum.saturating_add(row.gas_used))
    }

    /// Cost of some gas in wei.
    pub(crate) fn cost(&self, gas: u64) -> U256 {
        self.gas_price.saturating_mul(U256::from(gas))
    }
}

pub(super) fn decimal<S: Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn decimal_option<S: Serializer>(value: &Option<U256>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => decimal(value, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_verdict_is_never_better_than_the_evidence() {
        let mut data = sample::launch();
        assert_eq!(data.verdict(), Verdict::Holds);
        data.checks[3].findings[0].verdict = Verdict::Unknown;
        assert_eq!(data.verdict(), Verdict::Unknown);
        data.checks[7].findings[0].verdict = Verdict::Fails;
        assert_eq!(data.verdict(), Verdict::Fails);
        data.checks[7].findings.clear();
        data.checks[3].findings[0].verdict = Verdict::Holds;
        assert_eq!(data.verdict(), Verdict::Unknown, "nobody looked at one");
        data.checks.clear();
        assert_eq!(data.verdict(), Verdict::Unknown, "nobody looked at all");
        assert_eq!(data.verdict_in_words().1, "nothing was checked");
    }

    #[test]
    fn amounts_are_decimal_strings_in_json() {
        let json = serde_json::to_value(sample::launch()).unwrap();
        assert_eq!(json["supply"][0]["planned"], "6343700000000000000000000");
        assert_eq!(json["supply"][0]["bucket"], "crowd");
        assert_eq!(json["totals"]["gas_price"], "20000000000");
        assert_eq!(json["header"]["verdict"], "holds");
    }
}

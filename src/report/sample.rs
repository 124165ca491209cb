//! Fabricated data for tests and for looking at the page. The shape is that of the April 2018 launch; hashes, addresses,
//! gas and times are made up, and the page says so at its top.

use alloy::primitives::{Address, B256, U256, keccak256};
use tminus_chain::evidence::{Finding, Verdict};

use super::data::*;
use super::histogram::AmountHistogram;

const START: u64 = 1_525_122_000;
const YEAR: u64 = 31_536_000;
const TEAM: [u64; 8] = [500_000, 500_000, 60_000, 25_000, 20_000, 25_000, 50_000, 55_000];
const INVESTORS: [u64; 23] = [
    228_432, 348_039, 211_765, 26_471, 15_882, 34_803, 52_941, 26_471, 48_726, 34_804, 100_000, 8_333, 25_000, 83_333,
    166_667, 33_333, 83_333, 183_333, 66_667, 83_333, 16_667, 16_667, 5_000,
];
const COMMUNITY: [u64; 16] =
    [2_000, 500, 7_500, 500, 500, 1_000, 500, 1_000, 750, 500, 750, 300, 500, 1_000, 1_000, 3_000];

pub(crate) fn tokens(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

fn hash(seed: &str, index: usize) -> B256 {
    keccak256(format!("fabricated {seed} {index}"))
}

fn address(seed: &str, index: usize) -> Address {
    Address::from_slice(&hash(seed, index)[..20])
}

/// A launch with 10,000 recipients in 16 batches, killed once.
pub(crate) fn launch() -> ReportData {
    with_batches(10_000, 16)
}

/// The same launch with another distribution.
pub(crate) fn with_batches(recipients: u64, batches: u64) -> ReportData {
    let grants = grants();
    let steps = steps(&grants);
    let distribution = distribution(recipients, batches);
    let gas = |steps: &[GenesisStep]| steps.iter().map(|step| step.gas_used).sum();
    let rows = vec![
        GasRow { name: "genesis".into(), transactions: steps.len() as u64, gas_used: gas(&steps) },
        GasRow {
            name: "distribution".into(),
            transactions: batches,
            gas_used: distribution.batches.iter().map(|batch| batch.gas_used).sum(),
        },
        GasRow { name: "vesting releases".into(), transactions: 94, gas_used: 94 * 61_422 },
    ];
    let stages = [
        ("Profile and list", "47 grants read; root committed over 10,000 recipients", 212),
        ("Chain", "opened, 31 blocks executed again", 148),
        ("Genesis", "64 steps, 9 of them found done", 1_914),
        ("Distribution", "10,000 recipients in 16 batches, 4 of them found done", 803),
        ("Audit", "214 findings", 344),
        ("Vesting", "the clock moved by 3 years, one grant revoked", 1_220),
        ("Keeper", "46 grants due, 46 released", 310),
        ("Report", "this page", 58),
    ];
    let stages =
        stages.map(|(name, summary, millis)| StageTiming { name: name.into(), summary: summary.into(), millis });
    let now = 1_795_372_468;
    ReportData {
        header: Header {
            notice: "Fabricated data: a sample of the page, not a rehearsal".into(),
            profile: "livepeer-2018".into(),
            profile_hash: hash("profile", 0),
            chain: "embedded".into(),
            chain_id: 31337,
            fork: "osaka".into(),
            version: "0.1.0".into(),
            started: now - 95,
            finished: now,
            last_block: 181,
            symbol: "LPT".into(),
            decimals: 18,
            verdict: Verdict::Holds,
        },
        stages: stages.into(),
        runs: vec![
            RunRecord { started: now - 95, end: RunEnd::Killed, stage: "Distribution".into() },
            RunRecord { started: now - 5, end: RunEnd::Finished, stage: String::new() },
        ],
        supply: supply(),
        checks: checks(&grants),
        grants,
        distribution: Crowd::Airdrop(distribution),
        steps,
        addresses: addresses(),
        totals: Totals { gas: rows, gas_price: U256::from(20_000_000_000u64) },
    }
}

fn supply() -> Vec<SupplyRow> {
    [
        (Bucket::Crowd, 6_343_700, "TokenDistributor"),
        (Bucket::Company, 500_000, "bank multisig"),
        (Bucket::Team, 1_235_000, "8 vesting contracts"),
        (Bucket::Investors, 1_900_000, "23 vesting contracts"),
        (Bucket::Community, 21_300, "16 timelocks"),
    ]
    .map(|(bucket, whole, held_by)| SupplyRow {
        bucket,
        planned: tokens(whole),
        observed: Some(tokens(whole)),
        held_by: held_by.into(),
    })
    .into()
}

fn grants() -> Vec<Grant> {
    let team = TEAM.iter().map(|amount| (Bucket::Team, *amount, 3 * YEAR));
    let investors = INVESTORS.iter().map(|amount| (Bucket::Investors, *amount, YEAR + YEAR / 2));
    let community = COMMUNITY.iter().map(|amount| (Bucket::Community, *amount, 0));
    team.chain(investors)
        .chain(community)
        .enumerate()
        .map(|(index, (bucket, whole, duration))| {
            grant(index, bucket, tokens(whole), duration, (index == 1).then_some(START + YEAR + YEAR / 4))
        })
        .collect()
}

fn grant(index: usize, bucket: Bucket, amount: U256, duration: u64, revoked_at: Option<u64>) -> Grant {
    let terms = |time: u64| match time.checked_sub(START) {
        None => U256::ZERO,
        Some(since) if since >= duration => amount,
        Some(since) => amount * U256::from(since) / U256::from(duration),
    };
    let vested = |time: u64| terms(time.min(revoked_at.unwrap_or(u64::MAX)));
    let mut released = U256::ZERO;
    let months = [1, 2, 5, 8, 11, 15, 16, 20, 26, 31, 36, 37];
    let mut points = vec![GrantPoint { time: START - 10 * 86_400, vested: U256::ZERO, released: U256::ZERO }];
    for (nth, month) in months.into_iter().enumerate() {
        let time = START + month * YEAR / 12 + if month == 36 { 1 } else { 0 };
        if nth % 3 == 2 || month == 36 {
            released = vested(time);
        }
        points.push(GrantPoint { time, vested: vested(time), released });
    }
    Grant {
        bucket,
        receiver: address("receiver", index),
        holder: address("holder", index),
        amount,
        start: START,
        cliff: START,
        end: START + duration,
        revoked: revoked_at.map(|time| Revocation { time, refund: amount - terms(time) }),
        points,
    }
}

fn steps(grants: &[Grant]) -> Vec<GenesisStep> {
    let deploy = ["Controller", "LivepeerToken", "Minter", "TokenDistributor", "GenesisManager"];
    let ids = deploy.iter().map(|name| (format!("genesis/deploy/{name}"), 1_180_000));
    let ids = ids.chain(["setAllocations", "start"].map(|name| (format!("genesis/{name}"), 152_311)));
    let ids = ids.chain(
        grants.iter().map(|grant| (format!("genesis/grant/{}/{}", grant.bucket.name(), grant.receiver), 812_004)),
    );
    let ids =
        ids.chain(["end", "handover/controller", "handover/minter"].map(|name| (format!("genesis/{name}"), 88_120)));
    ids.enumerate()
        .map(|(index, (id, gas))| GenesisStep {
            id,
            transaction: hash("transaction", index),
            block: index as u64 + 1,
            gas_used: gas + u64::from(hash("gas", index)[0]) * 12,
        })
        .collect()
}

fn distribution(recipients: u64, batches: u64) -> Distribution {
    let a_batch = recipients.div_ceil(batches.max(1));
    let mut clock = 0;
    let of_batch = |index: u64| {
        let recipients = a_batch.min(recipients - index * a_batch) as u32;
        let noise = hash("batch", index as usize);
        // the first quarter was paid by the run that was killed
        if index >= batches / 4 {
            clock += 6 + u64::from(noise[0] % 5);
        }
        Batch {
            first_chunk: index * 10,
            recipients,
            gas_used: 58_000 + u64::from(recipients) * 24_540 + u64::from(noise[1]) * 120,
            seen: (index >= batches / 4).then_some(Seen { run: 1, millis: clock }),
        }
    };
    // a sum of dice, exponentiated: roughly log-normal, and the same on every machine
    let amount = |index: u64| {
        let noise = hash("amount", index as usize);
        let dice: u32 = noise[..12].iter().map(|die| u32::from(*die)).sum();
        U256::from((10f64.powf(f64::from(dice) / 900.0 + 0.9) * 1e6) as u64) * U256::from(10).pow(U256::from(12))
    };
    let amounts: Vec<U256> = (0..recipients).map(amount).collect();
    Distribution {
        list_root: hash("root", 0),
        recipients,
        paid: recipients,
        total: tokens(6_343_700),
        chunk_size: 64,
        gas_cap: Some(1 << 24),
        batches: (0..batches).map(of_batch).collect(),
        amounts: AmountHistogram::of(amounts),
    }
}

fn checks(grants: &[Grant]) -> Vec<Check> {
    let finding = |subject: String, value: String, source: &str| Finding {
        check: String::new(),
        subject,
        verdict: Verdict::Holds,
        expected: value.clone(),
        observed: value,
        source: format!("{source} at block 84"),
    };
    let one = |value: &str, source: &str| vec![finding(String::new(), value.to_owned(), source)];
    let each_grant = |source: &str, value: &dyn Fn(&Grant) -> String| -> Vec<Finding> {
        let vesting = grants.iter().filter(|grant| grant.bucket != Bucket::Community);
        let subject = |grant: &Grant| format!("{} grant of {}", grant.bucket.name(), grant.receiver);
        vesting.map(|grant| finding(subject(grant), value(grant), source)).collect()
    };
    let bank = address("contract", 5).to_string();
    let contracts = ["Controller", "LivepeerToken", "Minter", "GenesisManager", "TokenDistributor"];
    let codes =
        contracts.iter().map(|name| finding((*name).into(), hash(name, 0).to_string(), "eth_getCode")).collect();
    [
        (
            "Token",
            "genesis.token.supply",
            "The supply is what the profile says",
            one("10,000,000 LPT", "LivepeerToken.totalSupply()"),
        ),
        (
            "Token",
            "genesis.token.owner",
            "The Minter owns the token",
            one(&address("contract", 2).to_string(), "LivepeerToken.owner()"),
        ),
        (
            "Token",
            "genesis.company.balance",
            "The bank holds the company's supply",
            one("500,000 LPT", "LivepeerToken.balanceOf(bank)"),
        ),
        ("Genesis", "genesis.stage", "Genesis has ended", one("GenesisEnd", "GenesisManager.stage()")),
        (
            "Genesis",
            "genesis.manager.empty",
            "No tokens are left in the GenesisManager",
            one("0 LPT", "LivepeerToken.balanceOf(GenesisManager)"),
        ),
        ("Genesis", "genesis.code", "Every contract runs the committed code", codes),
        (
            "Grants",
            "genesis.grant.beneficiary",
            "Each grant is for its receiver",
            each_grant("TokenVesting.beneficiary()", &|grant| grant.receiver.to_string()),
        ),
        (
            "Grants",
            "genesis.grant.owner",
            "The bank owns each vesting contract",
            each_grant("TokenVesting.owner()", &|_| bank.clone()),
        ),
        (
            "Grants",
            "genesis.grant.revocable",
            "Each vesting grant can be revoked",
            each_grant("TokenVesting.revocable()", &|_| "true".into()),
        ),
        (
            "Grants",
            "genesis.grant.schedule",
            "Start, cliff and duration are the profile's",
            each_grant("TokenVesting.start(), cliff(), duration()", &|grant| {
                format!("{} to {}", grant.start, grant.end)
            }),
        ),
        (
            "Distribution",
            "distro.paid.once",
            "Every recipient was paid exactly once",
            one("10,000 of 10,000 balances", "Transfer logs"),
        ),
        (
            "Distribution",
            "distro.remaining",
            "Nothing is left to pay",
            one("0 LPT", "TokenDistributor.remainingAmount()"),
        ),
    ]
    .map(|(section, name, title, findings)| Check {
        name: name.into(),
        section: section.into(),
        title: title.into(),
        why: "Fabricated reason: the real list says here why a launch would fail without this.".into(),
        findings: findings.into_iter().map(|finding| Finding { check: name.into(), ..finding }).collect(),
    })
    .into()
}

fn addresses() -> Vec<AddressEntry> {
    [
        ("Controller", "registry of the protocol's contracts"),
        ("LivepeerToken", "the token"),
        ("Minter", "owns the token"),
        ("TokenDistributor", "pays the committed list"),
        ("GenesisManager", "made the grants"),
        ("bank multisig", "holds the company's supply, owns the vesting contracts"),
        ("governance multisig", "owns the Controller"),
        ("deployer", "owns nothing any more"),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (name, note))| AddressEntry {
        name: name.into(),
        address: address("contract", index),
        note: note.into(),
    })
    .collect()
}

//! The committed profile against the published figures, and what wrong profiles are told.

use std::fmt::Write as _;

use tminus_genesis::{
    problem::Problem,
    profile::{
        Distribution, Faucet, Flight, GrantKind, MerkleMine, Profile, ProfileError, Solvers, VerifierParameters,
    },
};

const TEXT: &str = include_str!("../networks/livepeer-2018.toml");

fn solvers(profile: &Profile) -> &Solvers {
    match &profile.protocol.verifier {
        VerifierParameters::Livepeer(solvers) => solvers,
        VerifierParameters::Identity => panic!("no solvers"),
    }
}

fn mine() -> MerkleMine {
    match Profile::find("livepeer-2018-merkle-mine").unwrap().distribution {
        Distribution::MerkleMine(mine) => mine,
        other => panic!("{other:?}"),
    }
}

fn faucet() -> Faucet {
    match Profile::find("livepeer-testnet").unwrap().distribution {
        Distribution::Faucet(faucet) => faucet,
        other => panic!("{other:?}"),
    }
}

/// The profile's figures, and those of the other two distributions, in the form of `golden/livepeer-2018.facts`, which was written from the published configuration of
/// the launch (`migrations.config.js` and `genesis.config.js` of livepeer/protocol at 2889ad2), in base units and seconds.
fn facts(profile: &Profile) -> String {
    let mut out = String::new();
    let mut fact = |name: &str, value: &dyn std::fmt::Display| writeln!(out, "{name} {value}").unwrap();
    let p = &profile.protocol;
    let hex = |address: &alloy::primitives::Address| format!("{address:#x}");
    fact("protocol.bondingManager.numTranscoders", &p.bonding_manager.num_transcoders);
    fact("protocol.bondingManager.numActiveTranscoders", &p.bonding_manager.num_active_transcoders);
    fact("protocol.bondingManager.unbondingPeriod", &p.bonding_manager.unbonding_period);
    fact("protocol.bondingManager.maxEarningsClaimsRounds", &p.bonding_manager.max_earnings_claims_rounds);
    fact("protocol.jobsManager.verificationRate", &p.jobs_manager.verification_rate);
    fact("protocol.jobsManager.verificationPeriod", &p.jobs_manager.verification_period);
    fact("protocol.jobsManager.verificationSlashingPeriod", &p.jobs_manager.verification_slashing_period);
    fact("protocol.jobsManager.failedVerificationSlashAmount", &p.jobs_manager.failed_verification_slash_amount);
    fact("protocol.jobsManager.missedVerificationSlashAmount", &p.jobs_manager.missed_verification_slash_amount);
    fact("protocol.jobsManager.doubleClaimSegmentSlashAmount", &p.jobs_manager.double_claim_segment_slash_amount);
    fact("protocol.jobsManager.finderFee", &p.jobs_manager.finder_fee);
    fact("protocol.roundsManager.roundLength", &p.rounds_manager.round_length);
    fact("protocol.roundsManager.roundLockAmount", &p.rounds_manager.round_lock_amount);
    let faucet = faucet();
    fact("protocol.faucet.requestAmount", &faucet.request_amount);
    fact("protocol.faucet.requestWait", &faucet.request_wait);
    assert!(faucet.whitelist.is_empty());
    fact("protocol.faucet.whitelist", &"-");
    fact("protocol.minter.inflation", &p.minter.inflation);
    fact("protocol.minter.inflationChange", &p.minter.inflation_change);
    fact("protocol.minter.targetBondingRate", &p.minter.target_bonding_rate);
    let verifier = solvers(profile);
    fact("protocol.verifier.verificationCodeHash", &verifier.code_hash);
    fact("protocol.verifier.solvers", &verifier.solvers.iter().map(hex).collect::<Vec<_>>().join(" "));
    fact("protocol.verifier.gasPrice", &verifier.gas_price);
    fact("protocol.verifier.gasLimit", &verifier.gas_limit);
    let s = &profile.supply;
    fact("genesis.initialSupply", &s.initial);
    fact("genesis.crowdSupply", &s.crowd);
    fact("genesis.companySupply", &s.company);
    fact("genesis.teamSupply", &s.team);
    fact("genesis.investorsSupply", &s.investors);
    fact("genesis.communitySupply", &s.community);
    fact("genesis.bankMultisig", &hex(&profile.multisigs.bank));
    fact("genesis.governanceMultisig", &hex(&profile.multisigs.governance));
    fact("genesis.timeToGrantsStart", &profile.grants.start);
    let mine = mine();
    fact("genesis.merkleMine.genesisRoot", &mine.root);
    fact("genesis.merkleMine.totalGenesisRecipients", &mine.recipients);
    fact("genesis.merkleMine.balanceThreshold", &mine.balance_threshold);
    fact("genesis.merkleMine.genesisBlock", &mine.genesis_block);
    fact("genesis.merkleMine.blocksToCliff", &mine.caller_allocation_start);
    fact("genesis.merkleMine.callerAllocationPeriod", &mine.caller_allocation_period);
    let kinds = [("team", GrantKind::Team), ("investor", GrantKind::Investor), ("community", GrantKind::Community)];
    for (kind, grant_kind) in kinds {
        let grants: Vec<_> = profile.grants.of(grant_kind).collect();
        if grant_kind != GrantKind::Community {
            let plural = if kind == "team" { "team" } else { "investors" };
            assert!(grants.iter().all(|g| g.cliff == grants[0].cliff && g.duration == grants[0].duration));
            fact(&format!("genesis.{plural}TimeToCliff"), &grants[0].cliff);
            fact(&format!("genesis.{plural}VestingDuration"), &grants[0].duration);
        }
        for (index, grant) in grants.iter().enumerate() {
            let text = format!("{} {}", hex(&grant.receiver), grant.amount);
            fact(&format!("genesis.{kind}Grants.{index}"), &text);
        }
    }
    out
}

#[test]
fn the_committed_profile_has_the_figures_of_the_launch() {
    let profile = Profile::find("livepeer-2018").unwrap();
    assert_eq!(facts(&profile), include_str!("golden/livepeer-2018.facts"));
    assert_eq!(profile.grants.list.len(), 47);
    assert_eq!(profile.network(Flight::Launch).chain_id, 1);
    assert_eq!(profile.network(Flight::Rehearsal).chain_id, 31337);
    assert_eq!((profile.token.name.as_str(), profile.token.symbol.as_str()), ("Livepeer Token", "LPT"));
    assert_eq!(profile.token.decimals, 18);
    assert!(matches!(&profile.distribution, Distribution::Distributor(rule) if rule.chunk_size == 64));
    assert!(profile.production);
}

#[test]
fn a_profile_is_found_by_path_and_a_missing_one_says_what_exists() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, TEXT).unwrap();
    assert_eq!(Profile::find(file.to_str().unwrap()).unwrap(), Profile::find("livepeer-2018").unwrap());
    let error = Profile::find("livepeer-2019").unwrap_err().to_string();
    assert!(error.contains("livepeer-2019") && error.contains("livepeer-2018"), "{error}");
}

/// The profile with `from` replaced once; panics when it is not there, so that no test passes on an unchanged text.
fn edited(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "the profile has no {from:?}");
    TEXT.replacen(from, to, 1)
}

fn problems(text: &str) -> Vec<Problem> {
    match Profile::parse("networks/x.toml", text) {
        Err(ProfileError::Invalid(problems)) => problems,
        other => panic!("expected complaints, found {other:?}"),
    }
}

/// The line of the first place where `needle` stands.
fn line_of(text: &str, needle: &str) -> usize {
    text[..text.find(needle).unwrap()].matches('\n').count() + 1
}

/// Asserts that the only complaint stands at `needle`'s line, on `field`, and contains all `words`.
fn refused(text: &str, needle: &str, field: &str, words: &[&str]) {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    let problem = &found[0];
    assert_eq!((problem.file.as_str(), problem.line), ("networks/x.toml", line_of(text, needle)), "{problem}");
    assert_eq!(problem.field, field, "{problem}");
    for word in words {
        assert!(problem.message.contains(word), "{word:?} is not in: {problem}");
    }
    assert!(!problem.help.is_empty());
    assert!(problem.to_string().starts_with(&format!("networks/x.toml:{}:{}: ", problem.line, problem.column)));
}

#[test]
fn an_unknown_key_is_refused() {
    let text = edited("chunk_size = 64", "chunk_size = 64\nchunk_sise = 64");
    refused(&text, "chunk_sise", "distribution.chunk_sise", &["unknown field", "chunk_sise", "expected one of"]);
}

#[test]
fn a_missing_key_is_refused() {
    let text = edited("company = \"500000 LPT\"\n", "");
    refused(&text, "[supply]", "supply", &["missing field", "company"]);
}

#[test]
fn an_amount_as_a_number_is_refused() {
    for (number, kind) in [("500000", "integer"), ("500000.5", "float"), ("5e5", "float")] {
        let text = edited("company = \"500000 LPT\"", &format!("company = {number}"));
        refused(&text, "company = ", "supply.company", &[kind, "expected an amount with its unit as text"]);
    }
    let text = edited("amount = \"60000 LPT\"", "amount = 60000");
    refused(&text, "amount = 60000 ", "grants.team.receivers[2].amount", &["integer"]);
}

#[test]
fn nineteen_decimals_are_refused() {
    let text = edited("company = \"500000 LPT\"", "company = \"500000.0000000000000000001 LPT\"");
    refused(&text, "company = ", "supply.company", &["19 decimals", "the unit has 18", "never rounded"]);
}

#[test]
fn an_amount_without_its_unit_is_refused() {
    for bad in ["500000", "500000 ETH", "500000LPT", "500,000 LPT", "5e5 LPT", "-5 LPT", " LPT", "500000 LPT "] {
        let text = edited("company = \"500000 LPT\"", &format!("company = \"{bad}\""));
        let found = problems(&text);
        assert_eq!(found.len(), 1, "{bad}: {found:?}");
        assert_eq!(found[0].field, "supply.company");
    }
}

#[test]
fn a_base_unit_more_is_noticed_in_every_sum() {
    let text = edited("initial = \"10000000 LPT\"", "initial = \"10000000.000000000000000001 LPT\"");
    refused(&text, "initial = ", "supply.initial", &["0.000000000000000001 less"]);
    let sums = [
        ("amount = \"60000 LPT\"", "amount = \"60000.000000000000000001 LPT\"", "team"),
        ("amount = \"15882 LPT\"", "amount = \"15882.000000000000000001 LPT\"", "investors"),
        ("amount = \"300 LPT\"", "amount = \"300.000000000000000001 LPT\"", "community"),
    ];
    for (from, to, kind) in sums {
        let text = edited(from, to);
        let part = TEXT.lines().find(|line| line.starts_with(&format!("{kind} = "))).unwrap();
        refused(&text, part, &format!("supply.{kind}"), &[&format!("grants.{kind}"), "0.000000000000000001 more"]);
    }
}

#[test]
fn a_receiver_has_one_vesting_grant_and_one_community_grant() {
    // team and investors share one table, whatever the case of the letters
    let text = edited("0x2e0EEaEB1aF7565bd5381aaEDEb8EEB0B1082d02", "0x907d3231dfd3b45c1075b87ff92335325fed3632");
    let first = line_of(&text, "0x907D3231").to_string();
    let field = "grants.investors.receivers[0].receiver";
    refused(&text, "0x907d3231", field, &["has a grant in line", &first, "team and investors share"]);
    let text = edited("0x11Ab5Ec22AE6772CD3a704717b3c9d7B8224631b", "0x85A48E017C2F09037046656F2DBB063C3C1D3CE2");
    refused(&text, "0x85A48E017C2F", "grants.community.receivers[1].receiver", &["the community has one grant"]);
    // a receiver of both is fine: the launch had two
    assert!(Profile::parse("x", TEXT).is_ok());
}

#[test]
fn an_address_has_to_be_one() {
    let good = "0x907D3231DFd3b45C1075B87ff92335325fEd3632";
    let cases = [
        ("0x907d3231DFd3b45C1075B87ff92335325fEd3632", "checksum"),
        ("0x0000000000000000000000000000000000000000", "zero address"),
        ("0x907D3231DFd3b45C1075B87ff92335325fEd363", "40 hex digits"),
        ("907D3231DFd3b45C1075B87ff92335325fEd3632", "40 hex digits"),
        ("treasury.eth", "40 hex digits"),
    ];
    for (bad, word) in cases {
        refused(&edited(good, bad), &format!("\"{bad}\""), "grants.team.receivers[0].receiver", &[word]);
    }
    for fine in [good.to_lowercase(), format!("0x{}", good[2..].to_uppercase())] {
        assert!(Profile::parse("x", &edited(good, &fine)).is_ok(), "{fine}");
    }
    let same = edited(
        "governance = \"0x04746b890d090ae3c4c5df0101cfd089a4faca6c\"",
        "governance = \"0x6941627cba3518385e75de75d25a189185672bfe\"",
    );
    refused(&same, "governance = \"0x", "multisigs.governance", &["same account"]);
}

#[test]
fn bounds_are_kept() {
    let cases = [
        ("cliff = \"0 seconds\"", "cliff = \"94608001 seconds\"", "grants.team.cliff", "longer than the duration"),
        ("start = \"4 hours\"", "start = \"4 weeks\"", "grants.start", "expected an integer"),
        ("start = \"4 hours\"", "start = 14400", "grants.start", "a length of time as text"),
        ("inflation = 137", "inflation = 1000001", "protocol.minter.inflation", "100%"),
        ("finder_fee = 50000", "finder_fee = 1000001", "protocol.jobs_manager.finder_fee", "100%"),
        (
            "num_active_transcoders = 10",
            "num_active_transcoders = 21",
            "protocol.bonding_manager.num_active_transcoders",
            "pool of 20",
        ),
        (
            "verification_slashing_period = 100",
            "verification_slashing_period = 157",
            "protocol.jobs_manager.verification_slashing_period",
            "257 blocks",
        ),
        ("round_length = 5760", "round_length = 0", "protocol.rounds_manager.round_length", "at least 1"),
        ("chain_id = 31337", "chain_id = 5", "rehearsal.chain_id", "development chain"),
        ("chain_id = 1\n", "chain_id = 0\n", "network.chain_id", "at least 1"),
        ("chain_id = 1\n", "chain_id = \"1\"\n", "network.chain_id", "invalid type"),
        (
            "sweep_recipient = \"bank\"",
            "sweep_recipient = \"me\"",
            "distribution.sweep_recipient",
            "bank or governance",
        ),
        ("name = \"livepeer-2018\"", "name = \"../x\"", "name", "folder"),
        ("genesis_hash = \"0xd4", "genesis_hash = \"0xd", "network.genesis_hash", "32 bytes"),
    ];
    for (from, to, field, word) in cases {
        refused(&edited(from, to), to.trim_end(), field, &[word]);
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_once() {
    let text = edited("amount = \"60000 LPT\"", "amount = 60000")
        .replacen("inflation = 137", "inflation = 1000001", 1)
        .replacen("start = \"4 hours\"", "start = \"soon\"", 1)
        .replacen("0x13eF0bA91DF06e789cFdDC8C72c704948242C801", "0x13ef0bA91DF06e789cFdDC8C72c704948242C801", 1);
    let found = problems(&text);
    let fields: Vec<_> = found.iter().map(|problem| problem.field.as_str()).collect();
    let expected = [
        "grants.start",
        "grants.team.receivers[1].receiver",
        "grants.team.receivers[2].amount",
        "protocol.minter.inflation",
    ];
    assert_eq!(fields, expected, "{found:#?}");
}

#[test]
fn what_is_not_toml_says_where() {
    let text = edited("[supply]", "[supply");
    let found = problems(&text);
    assert_eq!((found.len(), found[0].line), (1, line_of(&text, "[supply")));
}

//! Profiles of other kinds than the first: what they take over, what each kind needs, and what production refuses.

use alloy::primitives::{U256, address, b256};
use tminus_genesis::{
    problem::Problem,
    profile::{
        Distribution, DistributionKind, Flight, Profile, ProfileError, Role, Variant, VerifierKind, VerifierParameters,
    },
};

const LAUNCH: &str = include_str!("../networks/livepeer-2018.toml");
const MINE: &str = include_str!("../networks/livepeer-2018-merkle-mine.toml");
const TESTNET: &str = include_str!("../networks/livepeer-testnet.toml");

fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the profile has no {from:?}");
    text.replacen(from, to, 1)
}

fn problems(text: &str) -> Vec<Problem> {
    match Profile::parse("mine.toml", text) {
        Err(ProfileError::Invalid(problems)) => problems,
        other => panic!("expected complaints, found {other:?}"),
    }
}

/// The line of the first place where `needle` stands.
fn line_of(text: &str, needle: &str) -> usize {
    text[..text.find(needle).unwrap()].matches('\n').count() + 1
}

/// Asserts that the only complaint is about `field` in the line of `needle`, and contains `words`.
#[track_caller]
fn refused(text: &str, needle: &str, field: &str, words: &[&str]) {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    let problem = &found[0];
    assert_eq!((problem.file.as_str(), problem.line), ("mine.toml", line_of(text, needle)), "{problem}");
    assert_eq!(problem.field, field, "{problem}");
    for word in words {
        assert!(problem.message.contains(word), "{word:?} is not in: {problem}");
    }
    assert!(!problem.help.is_empty());
}

#[test]
fn the_three_profiles_differ_where_they_say_so_and_nowhere_else() {
    let launch = Profile::find("livepeer-2018").unwrap();
    let mine = Profile::find("livepeer-2018-merkle-mine").unwrap();
    let testnet = Profile::find("livepeer-testnet").unwrap();
    assert_eq!(Profile::names().collect::<Vec<_>>(), [&launch, &mine, &testnet].map(|profile| profile.name.as_str()));

    let same = Profile {
        name: mine.name.clone(),
        title: mine.title.clone(),
        rehearsal: mine.rehearsal,
        distribution: mine.distribution.clone(),
        ..launch.clone()
    };
    assert_eq!(mine, same);
    assert_eq!((mine.network, mine.production, mine.rehearsal.first_block), (launch.network, true, 5_534_098));

    let mut same = Profile {
        name: testnet.name.clone(),
        title: testnet.title.clone(),
        production: false,
        network: testnet.network,
        distribution: testnet.distribution.clone(),
        ..launch.clone()
    };
    same.protocol.verifier = VerifierParameters::Identity;
    assert_eq!(testnet, same);
    assert_eq!(testnet.network(Flight::Launch).chain_id, 11_155_111);
    // go-ethereum's params.SepoliaGenesisHash
    let sepolia = b256!("0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9");
    assert_eq!(testnet.network(Flight::Launch).genesis_hash, Some(sepolia));
    let Distribution::Faucet(faucet) = &testnet.distribution else { panic!("a faucet") };
    assert_eq!((faucet.request_amount, faucet.wait_hours()), (U256::from(10u64.pow(19)), 1));

    let variant = |distribution, verifier| Variant { distribution, verifier, adjustable_rounds: false };
    assert_eq!(launch.variant(), variant(DistributionKind::Distributor, VerifierKind::Livepeer));
    assert_eq!(mine.variant(), variant(DistributionKind::MerkleMine, VerifierKind::Livepeer));
    assert_eq!(testnet.variant(), variant(DistributionKind::Faucet, VerifierKind::Identity));
    assert_eq!(mine.variant().words(), ["merkle-mine", "livepeer-verifier"]);
}

#[test]
fn a_kind_is_a_distributor_when_none_is_named() {
    let text = edited(LAUNCH, "kind = \"distributor\"\n", "");
    assert_eq!(Profile::parse("x", &text).unwrap(), Profile::find("livepeer-2018").unwrap());
    let text = edited(LAUNCH, "kind = \"livepeer\"\n", "");
    assert_eq!(Profile::parse("x", &text).unwrap(), Profile::find("livepeer-2018").unwrap());
    let text = edited(LAUNCH, "kind = \"distributor\"", "kind = \"airdrop\"");
    refused(&text, "kind = \"airdrop\"", "distribution.kind", &["airdrop", "distributor, merkle-mine or faucet"]);
    let text = edited(LAUNCH, "kind = \"livepeer\"", "kind = \"oracle\"");
    refused(&text, "kind = \"oracle\"", "protocol.verifier.kind", &["oracle", "livepeer or identity"]);
}

#[test]
fn a_kind_needs_its_keys_and_takes_no_others() {
    for (text, keys) in [
        (LAUNCH, &["chunk_size", "deadline", "sweep_recipient", "owner", "transfer_batch"][..]),
        (
            MINE,
            &[
                "root",
                "recipients",
                "balance_threshold",
                "genesis_block",
                "caller_allocation_start",
                "caller_allocation_period",
            ],
        ),
        (TESTNET, &["request_amount", "request_wait", "whitelist", "owner"]),
    ] {
        for key in keys {
            let line = text.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap();
            let found = problems(&edited(text, &format!("{line}\n"), ""));
            assert_eq!(found.len(), 1, "{key}: {found:#?}");
            assert_eq!(found[0].field, "distribution", "{key}");
            assert!(found[0].message.contains(&format!("missing field `{key}`")), "{}", found[0]);
        }
    }
    for (text, key, kind) in [
        (LAUNCH, "request_wait = \"1 hour\"", "faucet"),
        (LAUNCH, "recipients = 5", "merkle-mine"),
        (MINE, "chunk_size = 64", "distributor"),
        (MINE, "owner = \"bank\"", "distributor or faucet"),
        (TESTNET, "transfer_batch = true", "distributor"),
        (TESTNET, "genesis_block = 1", "merkle-mine"),
    ] {
        let text = edited(text, "[distribution]\n", &format!("[distribution]\n{key}\n"));
        let name = key.split(' ').next().unwrap();
        refused(&text, key, &format!("distribution.{name}"), &[kind]);
    }
    for key in ["code_hash", "solvers", "gas_price", "gas_limit"] {
        let line = LAUNCH.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap();
        let found = problems(&edited(LAUNCH, &format!("{line}\n"), ""));
        assert_eq!((found.len(), found[0].field.as_str()), (1, "protocol.verifier"), "{found:#?}");
        assert!(found[0].message.contains(key), "{}", found[0]);
        let text = edited(TESTNET, "kind = \"identity\"", &format!("kind = \"identity\"\n{line}"));
        refused(&text, line, &format!("protocol.verifier.{key}"), &["the kind here is identity"]);
    }
}

#[test]
fn production_has_no_faucet_no_clock_that_can_be_set_and_a_verifier() {
    let text = edited(TESTNET, "production = false\n", "production = true\n");
    let found = problems(&text);
    let fields: Vec<_> = found.iter().map(|problem| (problem.field.as_str(), problem.line)).collect();
    let expected = [("distribution.kind", "kind = \"faucet\""), ("protocol.verifier.kind", "kind = \"identity\"")];
    assert_eq!(fields, expected.map(|(field, line)| (field, line_of(&text, line))), "{found:#?}");
    assert!(found.iter().all(|problem| problem.message.contains("not where production is true")));

    let adjustable = edited(LAUNCH, "round_lock_amount = 100000\n", "round_lock_amount = 100000\nadjustable = true\n");
    let field = "protocol.rounds_manager.adjustable";
    refused(&adjustable, "adjustable = true", field, &["AdjustableRoundsManager", "production"]);
    // nor on a test network that others can reach
    let public = edited(&adjustable, "production = true", "production = false");
    refused(&public, "adjustable = true", field, &["not on chain 1"]);
    let isolated = edited(&public, "chain_id = 1\n", "chain_id = 1337\n");
    assert!(Profile::parse("x", &isolated).unwrap().variant().adjustable_rounds);
    let not = edited(LAUNCH, "round_lock_amount = 100000\n", "round_lock_amount = 100000\nadjustable = false\n");
    assert_eq!(Profile::parse("x", &not).unwrap(), Profile::find("livepeer-2018").unwrap());
    let nothing = edited(LAUNCH, "production = true\n", "");
    assert!(problems(&nothing)[0].message.contains("missing field `production`"));
}

#[test]
fn figures_of_the_kinds_are_kept_in_bounds() {
    let solver = "\"0xc613674f1876eeb89821bcaa9CfC5B9299BACBF2\"";
    let twice = format!("solvers = [{solver}, \"0xC613674F1876EEB89821BCAA9CFC5B9299BACBF2\"]");
    let zero = "\"0x0000000000000000000000000000000000000000\"";
    let solvers = format!("solvers = [{solver}]");
    let cases: [(&str, &str, &str, &str, &str); 17] = [
        (LAUNCH, &solvers, &twice, "protocol.verifier.solvers[1]", "among the solvers twice"),
        (LAUNCH, &solvers, "solvers = []", "protocol.verifier.solvers", "no solver"),
        (LAUNCH, solver, zero, "protocol.verifier.solvers[0]", "zero address"),
        (LAUNCH, "code_hash = \"QmUM", "code_hash = \"\" #", "protocol.verifier.code_hash", "empty"),
        (
            LAUNCH,
            "verification_rate = 1000",
            "verification_rate = 0",
            "protocol.jobs_manager.verification_rate",
            "at least 1",
        ),
        (
            LAUNCH,
            "max_earnings_claims_rounds = 20",
            "max_earnings_claims_rounds = 0",
            "protocol.bonding_manager.max_earnings_claims_rounds",
            "at least 1",
        ),
        (
            LAUNCH,
            "double_claim_segment_slash_amount = 30000",
            "double_claim_segment_slash_amount = 1000001",
            "protocol.jobs_manager.double_claim_segment_slash_amount",
            "100%",
        ),
        (MINE, "recipients = 2598071", "recipients = 0", "distribution.recipients", "at least 1"),
        (MINE, "root = \"0x53", "root = \"0x5", "distribution.root", "32 bytes"),
        (
            MINE,
            "root = \"0x53f35a304a1e1e20d6648e09bb3073ccd44a5bf1638a01355897a71e801879f8\"",
            "root = \"0x0000000000000000000000000000000000000000000000000000000000000000\"",
            "distribution.root",
            "zero",
        ),
        (
            MINE,
            "caller_allocation_start = 500000",
            "caller_allocation_start = 0",
            "distribution.caller_allocation_start",
            "at least 1",
        ),
        (
            MINE,
            "caller_allocation_period = 2500000",
            "caller_allocation_period = 0",
            "distribution.caller_allocation_period",
            "at least 1",
        ),
        (
            MINE,
            "genesis_block = 5264265",
            "genesis_block = 5534099",
            "distribution.genesis_block",
            "begins at block 5534098",
        ),
        (
            TESTNET,
            "request_wait = \"1 hour\"",
            "request_wait = \"90 minutes\"",
            "distribution.request_wait",
            "whole hours",
        ),
        (
            TESTNET,
            "request_amount = \"10 LPT\"",
            "request_amount = \"0 LPT\"",
            "distribution.request_amount",
            "nothing",
        ),
        (
            TESTNET,
            "request_amount = \"10 LPT\"",
            "request_amount = \"6343701 LPT\"",
            "distribution.request_amount",
            "whole part",
        ),
        (TESTNET, "owner = \"governance\"", "owner = \"me\"", "distribution.owner", "bank, governance or deployer"),
    ];
    for (text, from, to, field, word) in cases {
        refused(&edited(text, from, to), to, field, &[word]);
    }
    let list = format!("whitelist = [{solver}, {solver}]");
    refused(&edited(TESTNET, "whitelist = []", &list), &list, "distribution.whitelist[1]", &["whitelist twice"]);
    let text = edited(TESTNET, "whitelist = []", &format!("whitelist = [{solver}]"));
    let Distribution::Faucet(faucet) = Profile::parse("x", &text).unwrap().distribution else { panic!("a faucet") };
    assert_eq!(faucet.whitelist, [address!("0xc613674f1876eeb89821bcaa9CfC5B9299BACBF2")]);
    assert_eq!(faucet.owner, Role::Governance);
}

#[test]
fn what_a_profile_extends_is_taken_table_by_table() {
    let name = "name = \"livepeer-testnet\"\n";
    refused(
        &edited(TESTNET, "name = \"livepeer-testnet\"", "name = \"livepeer-2018\""),
        "name =",
        "name",
        &["extends"],
    );
    for (line, key) in [(name, "name"), ("title = \"Livepeer on Sepolia\"\n", "title")] {
        let text = edited(TESTNET, line, "");
        let found = problems(&text);
        assert_eq!((found.len(), found[0].line), (1, line_of(&text, "extends =")), "{found:#?}");
        assert!(found[0].message.contains(&format!("missing field `{key}`")), "{}", found[0]);
    }
    for bad in ["\"livepeer-2019\"", "\"livepeer-testnet\"", "\"./mine.toml\"", "2018"] {
        let text = edited(TESTNET, "extends = \"livepeer-2018\"", &format!("extends = {bad}"));
        let found = problems(&text);
        assert_eq!((found.len(), found[0].line), (1, line_of(&text, "extends =")), "{found:#?}");
        assert!(found[0].message.contains("inside the program: livepeer-2018"), "{}", found[0]);
    }
    // a table is replaced as a whole, and strictly
    let text = format!("{TESTNET}\n[protocol.minter]\ninflation = 1\n");
    assert!(problems(&text)[0].message.contains("missing field `inflation_change`"), "{text}");
    let text = format!("{TESTNET}\n[protocol.minter]\ninflation = 1\ninflation_change = 2\ntarget_bonding_rate = 3\n");
    let minter = Profile::parse("x", &text).unwrap().protocol.minter;
    assert_eq!((minter.inflation, minter.inflation_change, minter.target_bonding_rate), (1, 2, 3));
    let text = format!("{TESTNET}\n[protocol.oracle]\nprice = 1\n");
    refused(&text, "[protocol.oracle]", "protocol.oracle", &["unknown field"]);

    // what no longer fits together is told with the file it stands in
    let text = edited(TESTNET, "[distribution]", "[grants]\nstart = \"1 week\"\n[distribution]");
    refused(&text, "start = ", "grants.start", &["length of time"]);
    let supply = "[supply]\ninitial = \"10000001 LPT\"\ncrowd = \"6343700 LPT\"\ncompany = \"500000 LPT\"\nteam = \"1235001 \
                  LPT\"\ninvestors = \"1900000 LPT\"\ncommunity = \"21300 LPT\"\n";
    let text = edited(TESTNET, "[distribution]", &format!("{supply}[distribution]"));
    refused(&text, "team = ", "supply.team", &["add up to 1235000, 1 less"]);
    let text = edited(
        TESTNET,
        "[distribution]",
        "[grants.team]\ncliff = \"0 seconds\"\nduration = \"1 day\"\nreceivers = [\n{ receiver = \"0x2e0EEaEB1aF7565bd5381aaEDEb8EEB0B1082d02\", amount = \"1235000 LPT\" } ]\n[distribution]",
    );
    let found = problems(&text);
    assert_eq!(found.len(), 1, "{found:#?}");
    let place = line_of(LAUNCH, "0x2e0EEaEB1aF7565bd5381aaEDEb8EEB0B1082d02");
    assert_eq!((found[0].file.as_str(), found[0].line), ("livepeer-2018", place), "{}", found[0]);
    assert_eq!(found[0].field, "grants.investors.receivers[0].receiver");
}

//! What has to hold between the figures of a profile.
//!
//! The contract has no way to give back what was allocated and not granted, so the sums have to be exact before anything is
//! deployed. Team and investors share one table of vesting contracts: a receiver has one place there, and one among the
//! community.

use std::{collections::HashMap, ops::Range};

use alloy::primitives::{Address, U256};
use tminus_chain::{dev::DEV_CHAIN_IDS, units::format_amount};

use super::{
    DistributionKind, VerifierKind, crowd, protocol,
    raw::{Leaf, RawProfile, RawReceiver, RawVesting},
    read::Reader,
};

/// Complains of everything that does not fit together.
pub(super) fn relations(raw: &RawProfile, reader: &mut Reader<'_>) {
    name(raw, reader);
    networks(raw, reader);
    multisigs(raw, reader);
    let decimals = u8::try_from(*raw.token.decimals.get_ref()).unwrap_or(18);
    supply(raw, decimals, reader);
    receivers(raw, reader);
    vesting("team", &raw.grants.team, reader);
    vesting("investors", &raw.grants.investors, reader);
    parameters(raw, reader);
    isolation(raw, reader);
    mine(raw, decimals, reader);
    faucet(raw, reader);
}

fn name(raw: &RawProfile, reader: &mut Reader<'_>) {
    let name = raw.name.get_ref();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        let message = format!("{name:?} cannot name a folder: expected lower case letters, digits and -");
        reader.refuse(raw.name.span(), message, "choose a name such as \"livepeer-2018\"");
    }
}

fn networks(raw: &RawProfile, reader: &mut Reader<'_>) {
    let rehearsal = *raw.rehearsal.chain_id.get_ref();
    if !DEV_CHAIN_IDS.contains(&rehearsal) {
        let message = format!("chain id {rehearsal} is not that of a development chain ({DEV_CHAIN_IDS:?})");
        reader.refuse(raw.rehearsal.chain_id.span(), message, "rehearse on a development chain");
    }
}

fn multisigs(raw: &RawProfile, reader: &mut Reader<'_>) {
    let (bank, governance) = (reader.address(&raw.multisigs.bank), reader.address(&raw.multisigs.governance));
    if bank.is_some() && bank == governance {
        let message = "governance and bank are the same account, expected two";
        reader.refuse(raw.multisigs.governance.span(), message, "name two distinct multisigs");
    }
}

/// The five parts add up, and so do the grants of each kind.
fn supply(raw: &RawProfile, decimals: u8, reader: &mut Reader<'_>) {
    let (s, g) = (&raw.supply, &raw.grants);
    let parts = [&s.crowd, &s.company, &s.team, &s.investors, &s.community];
    sum("crowd + company + team + investors + community", &parts, &s.initial, decimals, reader);
    let kinds = [
        ("team", &g.team.receivers, &s.team),
        ("investors", &g.investors.receivers, &s.investors),
        ("community", &g.community.receivers, &s.community),
    ];
    for (kind, receivers, part) in kinds {
        let amounts: Vec<&Leaf> = receivers.iter().map(|receiver| &receiver.amount).collect();
        let what = format!("the {} grants under grants.{kind}", amounts.len());
        sum(&what, &amounts, part, decimals, reader);
        for leaf in amounts {
            if reader.amount(leaf) == Some(U256::ZERO) {
                reader.refuse(leaf.span(), "a grant of nothing", "remove the receiver or write the amount");
            }
        }
    }
    for (what, leaf) in [("crowd", &s.crowd), ("initial", &s.initial)] {
        if reader.amount(leaf) == Some(U256::ZERO) {
            reader.refuse(leaf.span(), format!("the {what} supply is zero"), "write the amount");
        }
    }
}

/// `amounts` add up to `total`; left out while any of them cannot be read.
fn sum(what: &str, amounts: &[&Leaf], total: &Leaf, decimals: u8, reader: &mut Reader<'_>) {
    let read: Option<Vec<U256>> = amounts.iter().map(|leaf| reader.amount(leaf)).collect();
    let (Some(read), Some(expected)) = (read, reader.amount(total)) else { return };
    let Some(found) = read.iter().try_fold(U256::ZERO, |sum, amount| sum.checked_add(*amount)) else {
        return reader.refuse(total.span(), format!("{what} overflow 256 bits"), "correct the amounts");
    };
    if found != expected {
        let (more, difference) = if found > expected { ("more", found - expected) } else { ("less", expected - found) };
        let show = |amount| format_amount(amount, decimals);
        let message =
            format!("{what} add up to {}, {} {more} than the {} here", show(found), show(difference), show(expected));
        reader.refuse(total.span(), message, "correct the amounts or this sum: they have to be equal");
    }
}

/// No receiver twice in team and investors together, nor twice in the community.
fn receivers(raw: &RawProfile, reader: &mut Reader<'_>) {
    let vesting: Vec<&RawReceiver> = raw.grants.team.receivers.iter().chain(&raw.grants.investors.receivers).collect();
    unique(&vesting, "team and investors share one vesting contract a receiver", reader);
    unique(
        &raw.grants.community.receivers.iter().collect::<Vec<_>>(),
        "the community has one grant a receiver",
        reader,
    );
}

fn unique(receivers: &[&RawReceiver], why: &str, reader: &mut Reader<'_>) {
    let mut seen: HashMap<Address, Range<usize>> = HashMap::new();
    for receiver in receivers {
        let span = receiver.receiver.span();
        let Some(address) = reader.address(&receiver.receiver) else { continue };
        if let Some(first) = seen.get(&address) {
            let line = reader.line(first.clone());
            let message = format!("{address} has a grant in line {line} already: {why}");
            reader.refuse(span, message, "add the amounts up in one grant, or correct the address");
        } else {
            seen.insert(address, span);
        }
    }
}

fn vesting(kind: &str, raw: &RawVesting, reader: &mut Reader<'_>) {
    let (cliff, duration) = (reader.duration(&raw.cliff), reader.duration(&raw.duration));
    let (Some(cliff), Some(duration)) = (cliff, duration) else { return };
    if cliff > duration {
        let message = format!("the cliff of {kind} ({cliff} seconds) is longer than the duration ({duration} seconds)");
        reader.refuse(raw.cliff.span(), message, "both are counted from the grants' start; the cliff lies within");
    }
    if duration == 0 {
        reader.refuse(raw.duration.span(), "a vesting of no duration", "write the length of the vesting");
    }
}

/// Bounds that the protocol's contracts put on parameters together.
fn parameters(raw: &RawProfile, reader: &mut Reader<'_>) {
    let bonding = &raw.protocol.bonding_manager;
    let (active, all) = (*bonding.num_active_transcoders.get_ref(), *bonding.num_transcoders.get_ref());
    if active > all {
        let message = format!("{active} active transcoders of a pool of {all}");
        reader.refuse(bonding.num_active_transcoders.span(), message, "at most as many as num_transcoders");
    }
    let jobs = &raw.protocol.jobs_manager;
    let window = jobs.verification_period.get_ref().saturating_add(*jobs.verification_slashing_period.get_ref());
    if window > 256 {
        let message = format!("verification_period and verification_slashing_period are {window} blocks together");
        reader.refuse(jobs.verification_slashing_period.span(), message, "at most 256: older block hashes are gone");
    }
}

/// What would let anybody take tokens, set the clock or pass every verification is kept away from networks that count.
fn isolation(raw: &RawProfile, reader: &mut Reader<'_>) {
    let (distribution, verifier) = (raw.distribution.get_ref(), raw.protocol.verifier.get_ref());
    let adjustable = raw.protocol.rounds_manager.adjustable.as_ref().filter(|adjustable| *adjustable.get_ref());
    let faucet = distribution.kind.as_ref().filter(|_| crowd::kind(distribution) == Some(DistributionKind::Faucet));
    let identity = protocol::verifier_kind(verifier) == Some(VerifierKind::Identity);
    let identity = verifier.kind.as_ref().filter(|_| identity);
    let adjustable = adjustable.map(toml::Spanned::span);
    if *raw.production.get_ref() {
        let places = [
            (faucet.map(toml::Spanned::span), "a faucet gives the crowd's part to whoever asks"),
            (identity.map(toml::Spanned::span), "IdentityVerifier takes everything for right"),
            (adjustable.clone(), "AdjustableRoundsManager has a clock that anybody can set"),
        ];
        for (place, why) in places {
            if let Some(place) = place {
                let message = format!("{why}: not where production is true");
                reader.refuse(place, message, "leave it to test networks, or write production = false");
            }
        }
    } else if let Some(place) = adjustable {
        let chain_id = *raw.network.chain_id.get_ref();
        if !DEV_CHAIN_IDS.contains(&chain_id) {
            let message = format!(
                "AdjustableRoundsManager has a clock that anybody can set: not on chain {chain_id}, which others can reach"
            );
            reader.refuse(place, message, "leave it to development chains, such as chain id 31337");
        }
    }
}

/// A MerkleMine divides the crowd's part equally, and cannot be made before the block of its snapshot.
fn mine(raw: &RawProfile, decimals: u8, reader: &mut Reader<'_>) {
    let table = raw.distribution.get_ref();
    if crowd::kind(table) != Some(DistributionKind::MerkleMine) {
        return;
    }
    if let (Some(recipients), Some(crowd)) = (&table.recipients, reader.amount(&raw.supply.crowd))
        && crowd < U256::from(*recipients.get_ref())
    {
        let message = format!("{} are less than one base unit for each", format_amount(crowd, decimals));
        reader.refuse(recipients.span(), message, "correct the number or supply.crowd");
    }
    let first = raw.rehearsal.first_block.as_ref().map_or(0, |block| *block.get_ref());
    if let Some(snapshot) = table.genesis_block.as_ref().filter(|block| *block.get_ref() > first) {
        let message = format!(
            "the snapshot's block is {}, and a rehearsal begins at block {first}: the contract cannot be made before it",
            snapshot.get_ref()
        );
        reader.refuse(snapshot.span(), message, "write rehearsal.first_block: the block of the launch serves well");
    }
}

/// A request has to be within what there is.
fn faucet(raw: &RawProfile, reader: &mut Reader<'_>) {
    let table = raw.distribution.get_ref();
    let Some(leaf) = table.request_amount.as_ref() else { return };
    let (amount, crowd) = (reader.amount(leaf), reader.amount(&raw.supply.crowd));
    if amount > crowd && crowd.is_some() {
        reader.refuse(leaf.span(), "a request gives more than the crowd's whole part", "correct one of the two");
    }
}

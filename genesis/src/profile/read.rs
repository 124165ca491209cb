//! Leaves into values. Reading goes on after a complaint, so that one run shows them all; a leaf that could not be read is
//! `None`, and a comparison that needs it is left out.

use std::{fmt::Display, ops::Range, str::FromStr};

use alloy::primitives::{Address, U256};
use tminus_chain::units::{ETHER_UNITS, parse_with_unit};

use super::{
    Grant, GrantKind, Grants, Multisigs, Network, Profile, Rehearsal, Role, Supply, Token, check, crowd, protocol,
    raw::{Count, Leaf, RawGrants, RawNetwork, RawProfile, RawReceiver, RawToken, RawVesting},
};
use crate::{
    duration::parse_duration,
    problem::{Problem, Source},
};

/// Percentages are out of this.
const PERC_DIVISOR: u64 = 1_000_000;

/// Collects complaints while reading.
pub(super) struct Reader<'a> {
    source: Source<'a>,
    problems: Vec<Problem>,
    symbol: String,
    decimals: u8,
}

/// Reads a whole profile, or says everything that is wrong.
pub(super) fn profile(source: Source<'_>, raw: &RawProfile) -> Result<Profile, Vec<Problem>> {
    let mut reader = Reader { source, problems: Vec::new(), symbol: String::new(), decimals: 0 };
    let token = reader.token(&raw.token);
    check::relations(raw, &mut reader);
    let profile = reader.values(raw, token);
    let mut problems = reader.problems;
    problems.sort_by(|a, b| (a.line, a.column, &a.message).cmp(&(b.line, b.column, &b.message)));
    problems.dedup();
    match profile {
        Some(profile) if problems.is_empty() => Ok(profile),
        _ => Err(problems),
    }
}

impl<'a> Reader<'a> {
    /// Complains.
    pub(super) fn refuse(&mut self, span: Range<usize>, message: impl Display, help: &str) {
        self.problems.push(self.source.problem(&span, message.to_string(), help));
    }

    /// The line of a place, to point at from elsewhere.
    pub(super) fn line(&self, span: Range<usize>) -> usize {
        self.source.line(span.start)
    }

    /// The text of a leaf; anything else than a TOML string is answered by what it should look like.
    fn text<'l>(&mut self, leaf: &'l Leaf, what: &str, example: &str) -> Option<&'l str> {
        let found = leaf.get_ref();
        if let Some(text) = found.as_str() {
            return Some(text);
        }
        let help = format!("write {what} as text in quotes, such as {example}");
        self.refuse(leaf.span(), format!("found a TOML {}, expected {what} as text", found.type_str()), &help);
        None
    }

    /// A value that a text stands for.
    fn parsed<T, E: Display>(
        &mut self,
        leaf: &Leaf,
        what: &str,
        example: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(leaf, what, example)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(leaf.span(), error, &format!("write {what}, such as {example}"));
                None
            }
        }
    }

    /// An amount of the token, base units.
    pub(super) fn amount(&mut self, leaf: &Leaf) -> Option<U256> {
        let (symbol, decimals) = (self.symbol.clone(), self.decimals);
        let example =
            format!("\"500000 {symbol}\"; a number would pass through binary floating point or lose its unit");
        self.parsed(leaf, "an amount with its unit", &example, |text| parse_with_unit(text, &[(&symbol, decimals)]))
    }

    /// An amount of ether, wei.
    pub(super) fn ether(&mut self, leaf: &Leaf) -> Option<U256> {
        self.parsed(leaf, "an amount with its unit", "\"20 gwei\"", |text| parse_with_unit(text, ETHER_UNITS))
    }

    /// A length of time, seconds.
    pub(super) fn duration(&mut self, leaf: &Leaf) -> Option<u64> {
        self.parsed(leaf, "a length of time", "\"4 hours\"", parse_duration)
    }

    /// Bytes of a known length in hex.
    pub(super) fn bytes<T: FromStr<Err = impl Display>>(&mut self, leaf: &Leaf, what: &str) -> Option<T> {
        self.parsed(leaf, what, "\"0x…\"", |text| {
            if !text.starts_with("0x") {
                return Err(format!("{text:?} does not begin with 0x"));
            }
            text.parse::<T>().map_err(|error| format!("{text:?} is not {what}: {error}"))
        })
    }

    /// An address: 0x and 40 hex digits, not zero, and if its letters are in both cases its checksum (EIP-55) right.
    pub(super) fn address(&mut self, leaf: &Leaf) -> Option<Address> {
        self.parsed(leaf, "an address", "\"0x907D3231DFd3b45C1075B87ff92335325fEd3632\"", parse_address)
    }

    /// A percentage out of 1,000,000.
    pub(super) fn percent(&mut self, count: &Count) -> u64 {
        let value = *count.get_ref();
        if value > PERC_DIVISOR {
            let message = format!("{value} is more than {PERC_DIVISOR}, which is 100%");
            self.refuse(count.span(), message, "write a percentage out of 1,000,000");
        }
        value
    }

    /// A count that may not be zero.
    pub(super) fn positive(&mut self, count: &Count) -> u64 {
        if *count.get_ref() == 0 {
            self.refuse(count.span(), "found 0, expected at least 1", "write a count of at least 1");
        }
        *count.get_ref()
    }

    /// The token comes first: its symbol and decimals are the unit of all amounts.
    fn token(&mut self, raw: &RawToken) -> Token {
        let decimals = u8::try_from(*raw.decimals.get_ref()).ok().filter(|decimals| *decimals <= 36);
        if decimals.is_none() {
            let message = format!("{} decimals, expected at most 36", raw.decimals.get_ref());
            self.refuse(raw.decimals.span(), message, "write the decimals of the token, 18 for most");
        }
        for name in [&raw.name, &raw.symbol] {
            let text = name.get_ref();
            if text.is_empty() || text.trim() != text {
                self.refuse(name.span(), format!("{text:?} is empty or has space around it"), "write the bare name");
            }
        }
        if raw.symbol.get_ref().contains(' ') {
            self.refuse(raw.symbol.span(), "a symbol with a space cannot be a unit", "write the bare symbol");
        }
        self.symbol.clone_from(raw.symbol.get_ref());
        self.decimals = decimals.unwrap_or(18);
        Token { name: raw.name.get_ref().clone(), symbol: self.symbol.clone(), decimals: self.decimals }
    }

    fn network(&mut self, raw: &RawNetwork) -> Option<Network> {
        let genesis_hash = match &raw.genesis_hash {
            Some(leaf) => Some(self.bytes(leaf, "a block hash of 32 bytes")?),
            None => None,
        };
        Some(Network { chain_id: self.positive(&raw.chain_id), genesis_hash })
    }

    pub(super) fn role(&mut self, text: &toml::Spanned<String>, deployer_too: bool) -> Option<Role> {
        let role = match text.get_ref().as_str() {
            "bank" => Some(Role::Bank),
            "governance" => Some(Role::Governance),
            "deployer" if deployer_too => Some(Role::Deployer),
            _ => None,
        };
        if role.is_none() {
            let expected = if deployer_too { "bank, governance or deployer" } else { "bank or governance" };
            let message = format!("found {:?}, expected {expected}", text.get_ref());
            self.refuse(text.span(), message, "name one of the roles; addresses stand under [multisigs]");
        }
        role
    }

    fn grants(&mut self, raw: &RawGrants) -> Option<Grants> {
        let start = self.duration(&raw.start);
        let mut list = Vec::new();
        let mut complete = self.vestings(&raw.team, GrantKind::Team, &mut list);
        complete &= self.vestings(&raw.investors, GrantKind::Investor, &mut list);
        for receiver in &raw.community.receivers {
            complete &= self.grant(receiver, GrantKind::Community, Some(0), Some(0), &mut list);
        }
        Some(Grants { start: start?, list }).filter(|_| complete)
    }

    fn vestings(&mut self, raw: &RawVesting, kind: GrantKind, list: &mut Vec<Grant>) -> bool {
        let (cliff, duration) = (self.duration(&raw.cliff), self.duration(&raw.duration));
        let mut complete = true;
        for receiver in &raw.receivers {
            complete &= self.grant(receiver, kind, cliff, duration, list);
        }
        complete
    }

    fn grant(
        &mut self,
        raw: &RawReceiver,
        kind: GrantKind,
        cliff: Option<u64>,
        duration: Option<u64>,
        list: &mut Vec<Grant>,
    ) -> bool {
        let (receiver, amount) = (self.address(&raw.receiver), self.amount(&raw.amount));
        let (Some(receiver), Some(amount), Some(cliff), Some(duration)) = (receiver, amount, cliff, duration) else {
            return false;
        };
        list.push(Grant { kind, receiver, amount, cliff, duration });
        true
    }

    /// Addresses of which each stands there once.
    pub(super) fn distinct(&mut self, leaves: &[Leaf], place: &str) -> Option<Vec<Address>> {
        let read: Vec<_> = leaves.iter().map(|leaf| self.address(leaf)).collect();
        for (index, (leaf, address)) in leaves.iter().zip(&read).enumerate() {
            if address.is_some() && read[..index].contains(address) {
                self.refuse(leaf.span(), format!("stands {place} twice"), "name each account once");
            }
        }
        read.into_iter().collect()
    }

    /// Reads everything; what is missing has been complained of.
    fn values(&mut self, raw: &RawProfile, token: Token) -> Option<Profile> {
        let git_commit = match &raw.git_commit {
            Some(leaf) => self.parsed(leaf, "a commit hash of 40 hex digits", "\"2889ad2d…\"", parse_commit),
            None => None,
        };
        let network = self.network(&raw.network);
        let (bank, governance) = (self.address(&raw.multisigs.bank), self.address(&raw.multisigs.governance));
        let supply = [
            &raw.supply.initial,
            &raw.supply.crowd,
            &raw.supply.company,
            &raw.supply.team,
            &raw.supply.investors,
            &raw.supply.community,
        ]
        .map(|leaf| self.amount(leaf));
        let distribution = crowd::distribution(&raw.distribution, self);
        let grants = self.grants(&raw.grants);
        let protocol = protocol::protocol(&raw.protocol, self);
        let [initial, crowd, company, team, investors, community] = supply;
        Some(Profile {
            name: raw.name.get_ref().clone(),
            title: raw.title.clone(),
            production: *raw.production.get_ref(),
            git_commit,
            network: network?,
            rehearsal: Rehearsal {
                chain_id: *raw.rehearsal.chain_id.get_ref(),
                first_block: raw.rehearsal.first_block.as_ref().map_or(0, |count| *count.get_ref()),
            },
            token,
            multisigs: Multisigs { bank: bank?, governance: governance? },
            supply: Supply {
                initial: initial?,
                crowd: crowd?,
                company: company?,
                team: team?,
                investors: investors?,
                community: community?,
            },
            distribution: distribution?,
            grants: grants?,
            protocol: protocol?,
        })
    }
}

/// See [`Reader::address`].
fn parse_address(text: &str) -> Result<Address, String> {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("{text:?} is not an address: expected 0x and 40 hex digits"));
    }
    let address = Address::from_str(text).map_err(|error| format!("{text:?} is not an address: {error}"))?;
    let mixed = digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    if mixed && address.to_checksum(None) != text {
        return Err(format!(
            "{text:?} has a wrong checksum: a letter may be mistyped (its digits alone would be {})",
            address.to_checksum(None)
        ));
    }
    if address.is_zero() {
        return Err("the zero address can hold nothing that comes back".to_owned());
    }
    Ok(address)
}

/// A git commit: 40 hex digits, with or without 0x.
///
/// # Errors
/// Anything else.
pub fn parse_commit(text: &str) -> Result<alloy::primitives::FixedBytes<20>, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 40 {
        return Err(format!("{text:?} is not a commit hash: expected 40 hex digits"));
    }
    digits.parse().map_err(|error| format!("{text:?} is not a commit hash: {error}"))
}

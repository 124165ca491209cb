//! A profile that is another one but for some tables: `extends = "livepeer-2018"`.
//!
//! What is extended is a profile inside the program, and a whole one. A table that the text has replaces the table of the
//! same name there as a whole, key by key nothing is mixed; the tables under `[protocol]` and `[grants]` are replaced one by
//! one. Name, title and network are always its own: two networks with one name would share journal and address book.
//!
//! The extended text is read with as many spaces before it as the other one is long. So every place in either text has an
//! offset of its own, and a complaint names the file it is in.

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Deserializer},
};

use super::raw::RawProfile;
use crate::problem::{Problem, Source};

/// The key.
const EXTENDS: &str = "extends";
/// What has to be its own.
const OWN: [&str; 3] = ["name", "title", "network"];
/// Tables whose tables are replaced one by one.
const NESTED: [&str; 2] = ["protocol", "grants"];

/// Reads a text, and what it extends from among `profiles`, as one.
pub(super) fn read<'a>(
    file: &'a str,
    text: &'a str,
    profiles: &[(&'a str, &'a str)],
) -> Result<(Source<'a>, RawProfile), Vec<Problem>> {
    let mut source = Source { file, text, base: None };
    let Some(extends) = parse(source, text)?.get_mut().remove(EXTENDS) else {
        return deserialize(source, parse(source, text)?).map(|raw| (source, raw));
    };
    let (name, under) = named(source, &extends, profiles)?;
    let padded = format!("{}{under}", " ".repeat(text.len()));
    let mut table = parse(source, text)?;
    table.get_mut().remove(EXTENDS);
    let missing: Vec<Problem> = OWN
        .into_iter()
        .filter(|key| !table.get_ref().contains_key(*key))
        .map(|key| {
            let message = format!("missing field `{key}`: a profile that extends another one has its own");
            source.problem(&extends.span(), message, "add it")
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    source.base = Some((name, under));
    lay_over(table.get_mut(), parse(source, &padded)?.into_inner(), true);
    let raw = deserialize(source, table)?;
    if raw.name.get_ref() == name {
        let message = format!("{name:?} is the name of the profile it extends");
        return Err(vec![source.problem(&raw.name.span(), message, "choose a name of its own")]);
    }
    Ok((source, raw))
}

fn parse<'t>(source: Source<'_>, text: &'t str) -> Result<Spanned<DeTable<'t>>, Vec<Problem>> {
    DeTable::parse(text).map_err(|error| vec![source.unreadable(&error)])
}

fn deserialize(source: Source<'_>, table: Spanned<DeTable<'_>>) -> Result<RawProfile, Vec<Problem>> {
    RawProfile::deserialize(Deserializer::from(table)).map_err(|error| vec![source.unreadable(&error)])
}

/// The profile that is extended; one that extends another itself cannot be.
fn named<'a>(
    source: Source<'_>,
    extends: &Spanned<DeValue<'_>>,
    profiles: &[(&'a str, &'a str)],
) -> Result<(&'a str, &'a str), Vec<Problem>> {
    let whole = |text: &str| DeTable::parse(text).is_ok_and(|table| !table.get_ref().contains_key(EXTENDS));
    let name = extends.get_ref().as_str();
    let found = profiles.iter().find(|(known, text)| Some(*known) == name && whole(text));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = profiles.iter().filter(|(_, text)| whole(text)).map(|(name, _)| *name).collect();
        let message = format!("expected the name of a whole profile inside the program: {}", names.join(", "));
        vec![source.problem(&extends.span(), message, "name one of them, or write the whole profile")]
    })
}

/// Puts what `over` does not have under it.
fn lay_over<'t>(over: &mut DeTable<'t>, under: DeTable<'t>, nested: bool) {
    for (key, value) in under {
        let name: &str = key.get_ref();
        if !over.contains_key(name) {
            over.insert(key, value);
        } else if let (true, Some(DeValue::Table(own)), DeValue::Table(inherited)) =
            (nested && NESTED.contains(&name), over.get_mut(name).map(Spanned::get_mut), value.into_inner())
        {
            lay_over(own, inherited, false);
        }
    }
}

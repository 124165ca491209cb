//! Reading a checklist. Strict: an unknown key, a missing reason, two items for one check are errors.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// The checklist of the genesis audit.
pub const GENESIS: &str = include_str!("../genesis.toml");
/// The items that a rehearsal adds: airdrop and vesting.
pub const REHEARSAL: &str = include_str!("../rehearsal.toml");

/// One thing to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The stable name of the check, which its findings carry.
    pub check: String,
    /// The heading it stands under.
    pub section: String,
    /// What has to hold, in words.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The variant it belongs to, where it does not belong to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Its name, one word.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The items in the order of reading.
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// Why a text is not a checklist.
#[derive(Debug, thiserror::Error)]
pub enum ChecklistError {
    /// Not in the form of one.
    #[error("{file}:{line}: {message}")]
    Form {
        /// The file as the caller named it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Two items for one check.
    #[error("{file}: two items for the check {check}; one check has one item")]
    Twice {
        /// The file, or the list, that has the second.
        file: String,
        /// The check.
        check: String,
    },
    /// An item that does not say what or why.
    #[error("{file}: the item {check:?} has an empty {field}; every item says what has to hold and why")]
    Empty {
        /// The file.
        file: String,
        /// The check.
        check: String,
        /// The empty field.
        field: &'static str,
    },
    /// A list of nothing, which would hold without looking.
    #[error("{file}: no items; an empty checklist would hold without looking")]
    NoItems {
        /// The file.
        file: String,
    },
}

impl Checklist {
    /// Reads a checklist; `file` is what errors call it.
    ///
    /// # Errors
    /// [`ChecklistError`]
    pub fn parse(file: &str, text: &str) -> Result<Self, ChecklistError> {
        let list: Self = toml::from_str(text).map_err(|error| ChecklistError::Form {
            file: file.to_owned(),
            line: error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1),
            message: error.message().to_owned(),
        })?;
        list.verified(file)
    }

    /// The items of a variant, which is told by its words: those that name none of the others.
    #[must_use]
    pub fn of(mut self, variant: &[&str]) -> Self {
        self.items.retain(|item| item.when.as_deref().is_none_or(|word| variant.contains(&word)));
        self
    }

    /// One list of several, in their order, under the name and title of the first.
    ///
    /// # Errors
    /// Two items for one check, no list at all.
    pub fn join(lists: impl IntoIterator<Item = Self>) -> Result<Self, ChecklistError> {
        let joined = lists.into_iter().reduce(|mut all, next| {
            all.items.extend(next.items);
            all
        });
        let Some(joined) = joined else { return Err(ChecklistError::NoItems { file: "no list".to_owned() }) };
        let name = joined.name.clone();
        joined.verified(&name)
    }

    fn verified(self, file: &str) -> Result<Self, ChecklistError> {
        let file = file.to_owned();
        if self.items.is_empty() {
            return Err(ChecklistError::NoItems { file });
        }
        let mut seen = HashSet::new();
        for item in &self.items {
            let Item { check, section, title, why, .. } = item;
            for (field, text) in [("check", check), ("section", section), ("title", title), ("why", why)] {
                if text.trim().is_empty() {
                    return Err(ChecklistError::Empty { file, check: check.clone(), field });
                }
            }
            if !seen.insert(check) {
                return Err(ChecklistError::Twice { file, check: check.clone() });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "[[item]]\ncheck = \"a.b\"\nsection = \"s\"\ntitle = \"t\"\nwhy = \"w\"\n";

    fn error(text: &str) -> String {
        Checklist::parse("x.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn the_committed_list_reads() {
        let list = Checklist::parse("genesis.toml", GENESIS).unwrap();
        assert_eq!(list.name, "genesis");
        assert!(list.items.iter().all(|item| item.check.starts_with("genesis.")));
    }

    #[test]
    fn a_list_is_read_strictly() {
        let head = "name = \"n\"\ntitle = \"t\"\n";
        assert_eq!(Checklist::parse("x", &format!("{head}{ITEM}")).unwrap().items.len(), 1);
        assert!(error(&format!("{head}{ITEM}owner = \"me\"\n")).starts_with("x.toml:8: unknown field `owner`"));
        assert!(error(&format!("{head}{}", ITEM.replace("why = \"w\"\n", ""))).contains("missing field `why`"));
        assert!(error(&format!("{head}{}", ITEM.replace("\"w\"", "\" \""))).contains("empty why"));
        assert!(error(&format!("{head}{ITEM}{ITEM}")).contains("two items for the check a.b"));
        assert!(error(&format!("{head}item = []")).contains("no items"));
    }

    #[test]
    fn an_item_of_another_variant_does_not_belong() {
        let text = format!("name = \"n\"\ntitle = \"t\"\n{ITEM}{}when = \"x\"\n", ITEM.replace("a.b", "a.c"));
        let list = Checklist::parse("x", &text).unwrap();
        let checks = |variant: &[&str]| -> Vec<String> {
            list.clone().of(variant).items.into_iter().map(|item| item.check).collect()
        };
        assert_eq!(
            (checks(&["x", "y"]), checks(&["y"])),
            (vec!["a.b".to_owned(), "a.c".to_owned()], vec!["a.b".to_owned()])
        );
    }

    #[test]
    fn lists_join_unless_they_share_a_check() {
        let parse = |text: &str| Checklist::parse("x", &format!("name = \"n\"\ntitle = \"t\"\n{text}")).unwrap();
        let other = ITEM.replace("a.b", "a.c");
        assert_eq!(Checklist::join([parse(ITEM), parse(&other)]).unwrap().items.len(), 2);
        assert!(Checklist::join([parse(ITEM), parse(ITEM)]).is_err());
        assert!(Checklist::join([]).is_err());
    }
}

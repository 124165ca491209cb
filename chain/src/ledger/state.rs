//! The states of an intent and of an attempt, and which may follow which.

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentState {
    /// Signed and journaled; whether an endpoint has it is not known.
    Signed,
    /// An endpoint took it.
    Sent,
    /// In a block that may still be reorganised away, whether it succeeded or not.
    Mined,
    /// Succeeded in a final block. Never left.
    Finalized,
    /// Reverted in a final block. The same key may start a new generation.
    Reverted,
    /// Its nonce was used by a transaction that is not ours, and that is final. A new generation may take a new nonce.
    Displaced,
    /// Refused for what it is, before any endpoint ever took it. Its nonce is free again.
    Refused,
}

impl IntentState {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Signed, Self::Sent, Self::Mined, Self::Finalized, Self::Reverted, Self::Displaced, Self::Refused];

    /// The word the journal uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Mined => "mined",
            Self::Finalized => "finalized",
            Self::Reverted => "reverted",
            Self::Displaced => "displaced",
            Self::Refused => "refused",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Without a receipt: watched, rebroadcast, bumped.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Signed | Self::Sent)
    }

    /// Whether a new generation, with a new nonce, may start here: only where nothing signed can ever take effect.
    #[must_use]
    pub fn may_restart(self) -> bool {
        matches!(self, Self::Reverted | Self::Displaced | Self::Refused)
    }

    /// Whether the journal lets an intent go from here to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Signed => matches!(next, Self::Sent | Self::Mined | Self::Displaced | Self::Refused),
            // back to signed: a fee bump is journaled and not yet sent
            Self::Sent => matches!(next, Self::Signed | Self::Mined | Self::Displaced),
            // back to sent: its block was reorganised away; mined again: in another block
            Self::Mined => matches!(next, Self::Sent | Self::Mined | Self::Finalized | Self::Reverted),
            Self::Finalized => false,
            Self::Reverted | Self::Displaced => next == Self::Signed,
            // mined: the endpoint refused it in words and mined it in deeds
            Self::Refused => matches!(next, Self::Signed | Self::Mined),
        }
    }
}

/// What endpoints said of one signed transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptState {
    /// Nothing that is known.
    Signed,
    /// Taken.
    Accepted,
    /// Refused for good and never taken.
    Refused,
}

impl AttemptState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Signed, Self::Accepted, Self::Refused].into_iter().find(|state| state.as_str() == word)
    }
}

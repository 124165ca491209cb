//! The states of an intent and of an attempt, and which may follow which.

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentState {
    /// Journaled; it has no nonce and nothing is signed.
    Queued,
    /// As queued, but something that is written down with it keeps it from being sent.
    Held,
    /// Has a nonce and is being signed. Nothing of it is on record or was sent, so a process that ends here gives the nonce
    /// back.
    Reserved,
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
    /// Given up: its cancelling transaction is final, or it was cancelled before it was signed.
    Cancelled,
    /// Its deadline passed before it was signed.
    Expired,
}

impl IntentState {
    /// All states.
    pub const ALL: [Self; 12] = [
        Self::Queued,
        Self::Held,
        Self::Reserved,
        Self::Signed,
        Self::Sent,
        Self::Mined,
        Self::Finalized,
        Self::Reverted,
        Self::Displaced,
        Self::Refused,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word the journal uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Reserved => "reserved",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Mined => "mined",
            Self::Finalized => "finalized",
            Self::Reverted => "reverted",
            Self::Displaced => "displaced",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state of a word of the journal.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Signed and without a receipt: watched, rebroadcast, bumped.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Signed | Self::Sent)
    }

    /// Journaled, and nothing is signed for its present generation.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Held)
    }

    /// Whether a nonce may be taken for it, a new one if it had one: only where nothing signed can ever take effect.
    #[must_use]
    pub fn may_restart(self) -> bool {
        self.is_waiting()
            || matches!(self, Self::Reverted | Self::Displaced | Self::Refused | Self::Cancelled | Self::Expired)
    }

    /// Whether the journal lets an intent go from here to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued | Self::Held => matches!(
                next,
                // sent: a transaction of ours that this journal did not know was found on the chain
                Self::Queued | Self::Held | Self::Reserved | Self::Sent | Self::Mined | Self::Cancelled | Self::Expired
            ),
            // mined: a transaction of ours that an older copy of this journal does not know was found on the chain
            Self::Reserved => matches!(next, Self::Queued | Self::Held | Self::Signed | Self::Mined),
            Self::Signed => {
                matches!(next, Self::Sent | Self::Mined | Self::Displaced | Self::Refused)
            }
            // back to signed: a fee bump is journaled and not yet sent
            Self::Sent => matches!(next, Self::Signed | Self::Mined | Self::Displaced),
            // back to sent: its block was reorganised away; mined again: in another block
            Self::Mined => {
                matches!(next, Self::Sent | Self::Mined | Self::Finalized | Self::Reverted | Self::Cancelled)
            }
            Self::Finalized => false,
            Self::Reverted | Self::Displaced | Self::Cancelled | Self::Expired => {
                matches!(next, Self::Queued | Self::Reserved)
            }
            // mined: the endpoint refused it in words and mined it in deeds
            Self::Refused => matches!(next, Self::Queued | Self::Reserved | Self::Mined),
        }
    }
}

/// What endpoints said of one signed transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptState {
    /// Nothing that is known.
    Signed,
    /// Taken.
    Accepted,
    /// Refused for good and never taken.
    Refused,
}

impl AttemptState {
    /// The word the journal uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    /// The state of a word of the journal.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Signed, Self::Accepted, Self::Refused].into_iter().find(|state| state.as_str() == word)
    }
}

/// What a signed transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptKind {
    /// What the intent wants.
    Call,
    /// To use up the nonce without doing what the intent wants.
    Cancel,
}

impl AttemptKind {
    /// The word the journal uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Cancel => "cancel",
        }
    }

    /// The kind of a word of the journal.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Call, Self::Cancel].into_iter().find(|kind| kind.as_str() == word)
    }
}

//! Exit codes, and how a command says which one it ends with.
//!
//! 0 done · 1 failed · 2 usage or bad input · 3 a check did not hold · 4 halted, run again to resume · 5 inconclusive.
//! No count is ever used as an exit code. With `--json` the document's `status` is the word of the code.

use serde::Serialize;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Everything asked for is done.
    Done,
    /// A check did not hold.
    Mismatch,
    /// Something could not be checked.
    Inconclusive,
}

impl Status {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Mismatch => 3,
            Self::Inconclusive => 5,
        }
    }
}

/// Why a command did not end with a [`Status`]. The text is complete: it needs no further explanation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Bad input or usage: nothing was written, nothing was sent.
    #[error("{0}")]
    Input(String),
    /// A check did not hold.
    #[error("{0}")]
    Mismatch(String),
    /// Halted; running again resumes.
    #[error("{0}")]
    Halted(String),
    /// It could not be checked.
    #[error("{0}")]
    Inconclusive(String),
    /// Failed.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Input(_) => 2,
            Self::Mismatch(_) => 3,
            Self::Halted(_) => 4,
            Self::Inconclusive(_) => 5,
        }
    }

    /// The word for `status` in a JSON document.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Failed(_) => "failed",
            Self::Input(_) => "input",
            Self::Mismatch(_) => "mismatch",
            Self::Halted(_) => "halted",
            Self::Inconclusive(_) => "inconclusive",
        }
    }

    /// Bad input, from anything that can say what was wrong.
    pub(crate) fn input(error: impl std::fmt::Display) -> Self {
        Self::Input(error.to_string())
    }

    /// A halt that running again cures, from anything that can say what happened.
    pub(crate) fn halted(error: impl std::fmt::Display) -> Self {
        Self::Halted(error.to_string())
    }

    /// Something that could not be looked at, from anything that can say why.
    pub(crate) fn inconclusive(error: impl std::fmt::Display) -> Self {
        Self::Inconclusive(error.to_string())
    }

    /// A failure, from anything that can say what happened.
    pub(crate) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

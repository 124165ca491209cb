//! One look at the chain, as a finding.
//!
//! A `Look` reads at one block. Every figure it is asked for becomes a finding that names the call and the block; a call
//! that gave no answer is `Unknown`, a call that reverted or went to an account without code did not give the expected
//! value and `Fails`.

use std::fmt::Display;

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::{Rpc, RpcError},
};
use tminus_contracts::artifact::Artifact;

/// Reads at one block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) rpc: &'a Rpc,
    pub(crate) at: BlockId,
}

/// What a finding is about: the check, the thing looked at.
#[derive(Debug, Clone)]
pub(crate) struct About {
    check: String,
    subject: String,
}

/// A check and its subject.
pub(crate) fn about(check: impl Into<String>, subject: impl Into<String>) -> About {
    About { check: check.into(), subject: subject.into() }
}

impl Look<'_> {
    /// Calls a getter.
    pub(crate) async fn get<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, RpcError> {
        self.rpc.view(to, call, self.at).await
    }

    /// Calls a getter of one word; in words what was said when it was none.
    pub(crate) async fn word(&self, to: Address, selector: [u8; 4]) -> Result<Result<U256, String>, RpcError> {
        match self.rpc.call(None, to, selector.into(), self.at).await {
            Ok(answer) if answer.len() == 32 => Ok(Ok(U256::from_be_slice(&answer))),
            Ok(answer) => Ok(Err(format!("{} bytes, no such value", answer.len()))),
            Err(error @ RpcError::Reverted(_)) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Calls a getter of one word and compares.
    pub(crate) async fn compare_word(
        &self,
        about: About,
        to: Address,
        (signature, selector): (&'static str, [u8; 4]),
        expected: U256,
    ) -> Finding {
        let source = format!("{signature} of {to} at {}", self.block());
        let read = self.word(to, selector).await;
        let said = read.map(|answer| answer.map_or_else(|words| words, |value| value.to_string()));
        self.said(about, source, expected.to_string(), said)
    }

    /// Makes a call that has to revert.
    pub(crate) async fn reverts<C: SolCall>(&self, about: About, to: Address, call: C) -> Finding {
        let source = format!("{} of {to} at {}", C::SIGNATURE, self.block());
        let said = match self.rpc.call(None, to, call.abi_encode().into(), self.at).await {
            Ok(answer) => Ok(format!("answers {answer}")),
            Err(RpcError::Reverted(_)) => Ok("reverts".to_owned()),
            Err(error) => Err(error),
        };
        self.said(about, source, "reverts".to_owned(), said)
    }

    /// Calls a getter and compares.
    pub(crate) async fn value<C: SolCall<Return = T>, T: PartialEq + Display>(
        &self,
        about: About,
        to: Address,
        call: C,
        expected: T,
    ) -> Finding {
        let source = format!("{} of {to} at {}", C::SIGNATURE, self.block());
        let read = self.rpc.call(None, to, call.abi_encode().into(), self.at).await;
        let answer = match read {
            Ok(data) => C::abi_decode_returns(&data).map_err(|_| Ok(format!("{} bytes, no such value", data.len()))),
            Err(error @ RpcError::Reverted(_)) => Err(Ok(error.to_string())),
            Err(error) => Err(Err(error)),
        };
        match answer {
            Ok(value) => Finding::compare(about.check, about.subject, source, &expected, Ok::<_, RpcError>(value)),
            Err(said) => self.said(about, source, expected.to_string(), said),
        }
    }

    /// Compares the code at an account with an artifact, immutables masked.
    pub(crate) async fn code(&self, about: About, address: Address, artifact: &Artifact) -> Finding {
        let source = format!("code of {address} at {}", self.block());
        let expected = format!("code of {}, {}", artifact.name, artifact.masked_hash(&artifact.runtime));
        let said = match self.rpc.code(address, self.at).await {
            Ok(code) => Ok(self.code_in_words(&code, artifact)),
            Err(error) => Err(error),
        };
        self.said(about, source, expected, said)
    }

    fn code_in_words(&self, code: &Bytes, artifact: &Artifact) -> String {
        match artifact.runtime_matches(code) {
            Ok(()) => format!("code of {}, {}", artifact.name, artifact.masked_hash(code)),
            Err(mismatch) => mismatch.to_string(),
        }
    }

    /// Calls a getter and holds what it says against a least and a most; without these nothing is known.
    pub(crate) async fn between<C: SolCall<Return = U256>>(
        &self,
        about: About,
        to: Address,
        call: C,
        limits: Result<(U256, U256), String>,
    ) -> Finding {
        let (least, most) = match limits {
            Ok(limits) => limits,
            Err(reason) => {
                let source = format!("{} of {to} at {}", C::SIGNATURE, self.block());
                let expected = "what the distributor's accounting allows".to_owned();
                return Finding::compare(about.check, about.subject, source, &expected, Err::<String, _>(reason));
            }
        };
        let mut finding = self.value(about, to, call, least).await;
        if least != most {
            finding.expected = format!("{least} to {most}");
            if let (Verdict::Fails, Ok(seen)) = (finding.verdict, finding.observed.parse::<U256>())
                && (least..=most).contains(&seen)
            {
                finding.verdict = Verdict::Holds;
            }
        }
        finding
    }

    /// A finding from words: equal holds, other fails, an error is unknown.
    pub(crate) fn said(
        &self,
        about: About,
        source: String,
        expected: String,
        said: Result<String, RpcError>,
    ) -> Finding {
        Finding::compare(about.check, about.subject, source, &expected, said)
    }

    /// The block in words.
    pub(crate) fn block(&self) -> String {
        match self.at {
            BlockId::Number(tag) => format!("block {tag}"),
            BlockId::Hash(hash) => format!("block {}", hash.block_hash),
        }
    }
}

/// The first finding that does not hold, in words: `Err` when it could not be looked at.
pub(crate) fn first_difference(findings: &[Finding]) -> Option<Result<String, String>> {
    let in_words = |finding: &Finding| {
        let Finding { source, expected, observed, .. } = finding;
        format!("{source}: expected {expected}, found {observed}")
    };
    let with = |verdict| findings.iter().find(|finding| finding.verdict == verdict).map(in_words);
    with(Verdict::Fails).map(Ok).or_else(|| with(Verdict::Unknown).map(Err))
}

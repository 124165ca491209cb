//! The vesting-release job: who can release, how much, is it due, would it work; and then the release.
//!
//! Anyone may release, and what is released goes to the beneficiary whoever calls, so the job needs gas and no trust. Two
//! keepers at once do no harm: the second finds nothing left, which is success, like finding nothing due. A holder that
//! cannot be read or released does not keep the others waiting; it is reported.
//!
//! - [`due`]: all of a job's looking and deciding, many holders at a time
//! - [`look`]: what the chain shows of each holder at a block
//! - [`decide`]: whether that is due, and why; no I/O
//! - [`would_work`]: the release as a call, sending nothing
//! - [`release`]: the release, through the outbox

mod look;
mod release;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, U256},
};
use futures::{StreamExt, stream};
use serde::Serialize;
use tminus_chain::rpc::{Rpc, RpcError};

pub use look::{LookError, look};
pub use release::{Failed, ReleaseReport, Released, release, would_work};

/// Holders looked at at a time.
const CONCURRENCY: usize = 16;

/// What kind of contract holds the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderKind {
    /// `TokenVesting`: linear from start to end, nothing before the cliff.
    Vesting,
    /// `TokenTimelock`: everything at one time.
    Timelock,
}

/// A contract that holds tokens for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The contract.
    pub address: Address,
    /// The token it holds.
    pub token: Address,
    /// What it is.
    pub kind: HolderKind,
}

/// When a holder lets go; seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Schedule {
    /// Nothing before the cliff, everything from the end on, a part in between.
    Vesting {
        /// First time at which something vests.
        cliff: u64,
        /// Time from which everything has vested.
        end: u64,
        /// Whether the owner took back what had not vested.
        revoked: bool,
    },
    /// Everything from this time on.
    Timelock {
        /// The time.
        release_time: u64,
    },
}

/// What the chain shows of a holder at a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sight {
    /// The holder.
    pub holder: Holder,
    /// Who receives the tokens.
    pub beneficiary: Address,
    /// What can be released at the block, base units.
    pub releasable: U256,
    /// What the holder has, base units.
    pub balance: U256,
    /// When it lets go.
    pub schedule: Schedule,
    /// Time of the block, seconds since 1970.
    pub now: u64,
}

/// What a job finds of a holder, and whether it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The holder.
    pub holder: Holder,
    /// Who receives the tokens.
    pub beneficiary: Address,
    /// What can be released, base units.
    pub releasable: U256,
    /// Whether it is due.
    pub due: bool,
    /// Why, or why not.
    pub reason: String,
    /// When more can be released, seconds since 1970; `None`: never, or all the time.
    pub next: Option<u64>,
}

/// A holder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The holder.
    pub holder: Holder,
    /// What happened.
    pub error: String,
}

/// What is due, and what could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Dues {
    /// Each holder that could be read, in the order given.
    pub dues: Vec<Due>,
    /// The others.
    pub unreadable: Vec<Unreadable>,
}

impl Dues {
    /// Those that are due.
    pub fn due(&self) -> impl Iterator<Item = &Due> {
        self.dues.iter().filter(|due| due.due)
    }

    /// What can be released of all that is due, base units of one token each.
    #[must_use]
    pub fn total(&self) -> U256 {
        self.due().fold(U256::ZERO, |sum, due| sum.saturating_add(due.releasable))
    }
}

/// When a release is worth its gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The least amount to release, base units, unless it is the last of the holder's.
    pub least: U256,
}

impl Default for Policy {
    /// Whatever can be released.
    fn default() -> Self {
        Self { least: U256::ONE }
    }
}

/// Looks at each holder at a block and says what is due by the default policy.
///
/// # Errors
/// Only if the block itself cannot be read: then nothing can be said of anything.
pub async fn due(rpc: &Rpc, holders: &[Holder], at: BlockNumberOrTag) -> Result<Dues, RpcError> {
    due_by(rpc, holders, at, Policy::default()).await
}

/// Looks at each holder at a block and says what is due by a policy.
///
/// # Errors
/// As [`due`].
pub async fn due_by(rpc: &Rpc, holders: &[Holder], at: BlockNumberOrTag, policy: Policy) -> Result<Dues, RpcError> {
    let block = rpc.block(at).await?;
    let looks = stream::iter(holders.to_vec()).map(|holder| async move { (holder, look(rpc, &holder, block).await) });
    let looked: Vec<_> = looks.buffered(CONCURRENCY).collect().await;
    let mut dues = Dues::default();
    for (holder, sight) in looked {
        match sight {
            Ok(sight) => dues.dues.push(decide(&sight, policy)),
            Err(error) => dues.unreadable.push(Unreadable { holder, error: error.to_string() }),
        }
    }
    Ok(dues)
}

/// Whether a release is due.
#[must_use]
pub fn decide(sight: &Sight, policy: Policy) -> Due {
    let Sight { holder, beneficiary, releasable, balance, schedule, now } = *sight;
    let last = releasable == balance;
    let due = !releasable.is_zero() && (releasable >= policy.least || last);
    let (locked_until, all) = match schedule {
        Schedule::Vesting { cliff, end, revoked } => (cliff, revoked || now >= end),
        Schedule::Timelock { release_time } => (release_time, now >= release_time),
    };
    let locked = now < locked_until;
    let reason = if due && all {
        "everything can be released".to_owned()
    } else if due {
        "a part has vested".to_owned()
    } else if balance.is_zero() {
        "nothing is left".to_owned()
    } else if locked {
        format!("locked until {locked_until}, it is {now}")
    } else if releasable.is_zero() {
        "what has vested is released".to_owned()
    } else {
        format!("{releasable} base units are less than the least amount of {}", policy.least)
    };
    let next = (locked && !balance.is_zero()).then_some(locked_until);
    Due { holder, beneficiary, releasable, due, reason, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vesting(releasable: u64, balance: u64, now: u64, revoked: bool) -> Sight {
        let holder =
            Holder { address: Address::repeat_byte(1), token: Address::repeat_byte(2), kind: HolderKind::Vesting };
        Sight {
            holder,
            beneficiary: Address::repeat_byte(3),
            releasable: U256::from(releasable),
            balance: U256::from(balance),
            schedule: Schedule::Vesting { cliff: 100, end: 200, revoked },
            now,
        }
    }

    #[test]
    fn what_is_due_depends_on_what_can_be_released_and_nothing_else() {
        let decide = |sight| decide(&sight, Policy::default());
        let cases = [
            (vesting(0, 50, 99, false), false, "locked until 100, it is 99", Some(100)),
            (vesting(1, 50, 100, false), true, "a part has vested", None),
            (vesting(0, 50, 150, false), false, "what has vested is released", None),
            (vesting(50, 50, 200, false), true, "everything can be released", None),
            (vesting(20, 20, 150, true), true, "everything can be released", None),
            (vesting(0, 0, 99, false), false, "nothing is left", None),
        ];
        for (sight, due, reason, next) in cases {
            let found = decide(sight);
            assert_eq!((found.due, found.reason.as_str(), found.next), (due, reason, next), "{sight:?}");
        }
    }

    #[test]
    fn crumbs_wait_unless_they_are_the_last() {
        let policy = Policy { least: U256::from(10) };
        let crumbs = decide(&vesting(9, 50, 150, false), policy);
        assert!(!crumbs.due && crumbs.reason.contains("least amount of 10"), "{crumbs:?}");
        assert!(decide(&vesting(10, 50, 150, false), policy).due);
        assert!(decide(&vesting(9, 9, 250, false), policy).due);
    }

    #[test]
    fn a_timelock_lets_go_at_once() {
        let at = |now, releasable: u64| Sight {
            schedule: Schedule::Timelock { release_time: 100 },
            ..vesting(releasable, 50, now, false)
        };
        assert_eq!(decide(&at(99, 0), Policy::default()).next, Some(100));
        let open = decide(&at(100, 50), Policy::default());
        assert_eq!((open.due, open.reason.as_str()), (true, "everything can be released"));
    }
}

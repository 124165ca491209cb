//! From balances to amounts: who gets how much of a budget, by a policy that is written down.
//!
//! A policy is a TOML file (see `policy`): which accounts take part, by what their share is measured, and what is the least
//! and the most one gets. All of it is integer arithmetic, and the amounts sum up to the budget to the last base unit. Three
//! things hold for every policy, and property tests watch them: the sum; that a larger balance never gets less; and that the
//! order in which accounts came makes no difference.
//!
//! - `policy` reads the file; `weight` measures a balance; `share` divides the budget
//! - `run` reads balances as `import` does, gives amounts, and writes the list, the record, the rejects and the policy

mod policy;
mod run;
mod share;
mod weight;

pub use policy::{Minimum, OnNothing, Policy, PolicyError, Share, Tier};
pub use run::{AmountsError, AmountsRecord, Figures, POLICY_FILE, RECORD_FILE, amounts};
pub use share::{Bounds, Claim, ShareError, Shares, divide};
pub use weight::root;

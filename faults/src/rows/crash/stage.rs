//! What goes on around a process until it passes its point.

use tminus_adversary::Fate;

use super::first_schema;
use crate::{
    bench::{Bench, Blocks, Pace},
    campaign::Case,
    child::{End, Orders, Process},
};

/// The intent that is cancelled.
const UNWANTED: usize = 1;
/// Milliseconds before fees are raised, where they are to be.
const IMPATIENT: u64 = 40;

/// A stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Blocks come and take what is out.
    Fair,
    /// No block takes anything until the process is dead: fees are raised.
    Held,
    /// No block takes anything until fees were raised; then they do.
    Released,
    /// Blocks that took something go.
    Reorganised,
    /// No block takes anything, and one of the intents is cancelled.
    Cancelled,
    /// Everything was done, and the ledger is gone.
    LedgerLost,
    /// The ledger is that of a process which was killed in the middle of its work.
    Resumed,
    /// The ledger is as the first version of this program left it, in the middle of its work.
    FirstSchema,
}

impl Stage {
    /// As it is called in the name of a row.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fair => "first",
            Self::Held | Self::Released => "bump",
            Self::Reorganised => "reorg",
            Self::Cancelled => "cancel",
            Self::LedgerLost => "lost",
            Self::Resumed => "resumed",
            Self::FirstSchema => "schema-1",
        }
    }

    /// As it is told in the table.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Fair => "in the course of a first send",
            Self::Held | Self::Released => "in the course of a fee bump",
            Self::Reorganised => "while blocks go",
            Self::Cancelled => "while an intent is cancelled",
            Self::LedgerLost => "with everything done and the ledger lost",
            Self::Resumed => "on a ledger that was left in the middle of the work",
            Self::FirstSchema => "on a ledger of the first schema, left in the middle of the work",
        }
    }

    /// What is done before the process starts.
    pub(super) async fn prepare(
        self,
        case: &Case,
        bench: &Bench,
        blocks: &Blocks,
        orders: &mut Orders,
    ) -> Result<(), String> {
        match self {
            Self::Fair | Self::Reorganised => {}
            Self::Held | Self::Released => {
                orders.bump_ms = IMPATIENT;
                blocks.hold(true);
            }
            Self::Cancelled => {
                orders.cancel = Some(UNWANTED);
                // it has to be out, beside the one before it
                orders.in_flight = orders.in_flight.max(UNWANTED + 1);
                blocks.hold(true);
            }
            Self::LedgerLost => {
                match Process::start(&case.program, orders, None)?.end().await? {
                    (End::Done, _) => {}
                    (end, heard) => return Err(format!("without a fault it ended as {end:?}: {:?}", heard.last())),
                }
                bench.lose_ledger()?;
            }
            Self::Resumed | Self::FirstSchema => {
                blocks.hold(true);
                let mut first = Process::start(&case.program, orders, None)?;
                bench.until("something is out", |bench| !bench.versions().is_empty()).await?;
                first.kill()?;
                first.end().await?;
                if self == Self::FirstSchema {
                    first_schema::rewrite(&bench.ledger()).map_err(|error| format!("the first schema: {error}"))?;
                }
                blocks.hold(false);
            }
        }
        Ok(())
    }

    /// What goes on until the process is dead, or nothing more is to be done.
    pub(super) async fn play(self, bench: &Bench, blocks: &Blocks, victim: &Process) -> Result<(), String> {
        match self {
            Self::Fair | Self::Held | Self::Cancelled | Self::LedgerLost | Self::Resumed | Self::FirstSchema => {}
            Self::Released => {
                bench.until("fees were raised", |bench| bench.bumped() || victim.is_over()).await?;
                blocks.hold(false);
            }
            Self::Reorganised => {
                while !victim.is_over() {
                    if victim.said("mined") && bench.world.height() > 2 {
                        bench.world.reorg(2, Fate::Returned);
                    }
                    tokio::time::sleep(Pace::REAL.block * 3).await;
                }
            }
        }
        Ok(())
    }
}

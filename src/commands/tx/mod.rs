//! `tminus tx list | show | why | watch | cancel`: what the transaction engine did, does and will do.
//!
//! All but `cancel` read the journal without owning it, while a process works with it or after it ended; nothing is sent,
//! nothing is changed, and no key is needed.
//!
//! - `ledger`: which journal, and how it is opened
//! - `list`, `show`: what the journal says; `why`: what follows from it; `watch`: what it says as it is written
//! - `words`, `json`: how it is said to people and to programs
//! - `cancel`: the one that sends
//! - `near`: keys like one that is not there

mod cancel;
mod json;
mod ledger;
mod list;
mod near;
mod show;
mod watch;
mod why;
mod words;

use clap::{Args, Subcommand};

use crate::exit::{Failure, Status};

/// Arguments of `tminus tx`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the intents of a ledger, one a line.
    List(list::ListArguments),
    /// Show everything about one intent: every transaction signed for it, what endpoints said, what happened.
    Show(show::ShowArguments),
    /// Say why an intent waits, and what happens next and when.
    Why(why::WhyArguments),
    /// Follow what a running process does, until everything is settled.
    Watch(watch::WatchArguments),
    /// Cancel an intent, as far as that is possible, and wait for what was mined.
    Cancel(cancel::CancelArguments),
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::List(arguments) => list::list(&arguments, as_json),
        Action::Show(arguments) => show::show(&arguments, as_json),
        Action::Why(arguments) => why::why(&arguments, as_json).await,
        Action::Watch(arguments) => watch::watch(&arguments, as_json).await,
        Action::Cancel(arguments) => cancel::cancel(&arguments, as_json).await,
    }
}

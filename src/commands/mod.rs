//! The commands, one file each, and what they share: one way to print.

pub(crate) mod checks;
pub(crate) mod connect;
pub(crate) mod contracts;
pub(crate) mod distro;
pub(crate) mod doctor;
pub(crate) mod genesis;
pub(crate) mod keys;
pub(crate) mod rehearse;
pub(crate) mod tx;

use std::io::Write;

use clap::CommandFactory;
use serde_json::{Value, json};

use crate::exit::{Failure, Status};

/// Writes a line (or a JSON document) to stdout; a reader that went away is not an error of ours.
pub(crate) fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes a line to stderr.
pub(crate) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints the one JSON document of a command; its `status` agrees with the exit code.
pub(crate) fn document(status: Status, mut body: Value) {
    if let Value::Object(map) = &mut body {
        map.insert("status".to_owned(), json!(status));
    }
    say(format_args!("{body:#}"));
}

/// Ends a command: its document, or its words.
pub(crate) fn finish(
    as_json: bool,
    status: Status,
    body: Value,
    words: impl std::fmt::Display,
) -> Result<Status, Failure> {
    if as_json {
        document(status, body);
    } else {
        say(words);
    }
    Ok(status)
}

/// Says why a command ended without a result.
pub(crate) fn report_failure(failure: &Failure, as_json: bool) {
    if as_json {
        say(format_args!("{:#}", json!({ "status": failure.word(), "error": failure.to_string() })));
    }
    note(format_args!("error: {failure}"));
}

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Status, Failure> {
    clap_complete::generate(shell, &mut crate::Cli::command(), "tminus", &mut std::io::stdout());
    Ok(Status::Done)
}

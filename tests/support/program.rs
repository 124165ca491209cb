//! The program in a folder, and what it said.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The exit codes and the words that a document's `status` has for them.
const WORDS: [(i32, &str); 6] =
    [(0, "done"), (1, "failed"), (2, "input"), (3, "mismatch"), (4, "halted"), (5, "inconclusive")];

/// The program, about to run in `folder`, with nothing of the environment that it listens to.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tminus"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["ETH_RPC_URL", "SOLC", "TMINUS_LOG", "TMINUS_REMOTE_SIGNER"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program in `folder` to its end.
pub fn tminus(folder: &Path, arguments: &[&str]) -> Run {
    Run::of(arguments, &command(folder, arguments).output().unwrap())
}

/// A run that is over.
#[derive(Debug)]
pub struct Run {
    pub arguments: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(arguments: &[&str], output: &Output) -> Self {
        Self {
            arguments: arguments.join(" "),
            code: output.status.code().expect("the program was not killed"),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// The run, which has to have ended with `code`.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "tminus {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        self
    }

    /// The one document on stdout, whose `status` has to agree with the exit code.
    #[track_caller]
    pub fn document(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("tminus {}: {error}\n{}\n{}", self.arguments, self.stdout, self.stderr));
        let word = WORDS.iter().find(|(code, _)| *code == self.code).unwrap().1;
        assert_eq!(document["status"], word, "tminus {} ended with {}", self.arguments, self.code);
        document
    }

    /// The words of a refusal or failure: the error of the document, which stderr has to say as well.
    #[track_caller]
    pub fn error(&self) -> String {
        let error = self.document()["error"].as_str().expect("a document with an error").to_owned();
        assert!(self.stderr.contains(&error), "stderr does not say {error:?}:\n{}", self.stderr);
        error
    }

    /// Asserts that all `words` are said on stderr.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "tminus {} does not say {word:?}:\n{}", self.arguments, self.stderr);
        }
    }
}

/// A document of a rehearsal in which everything holds.
#[track_caller]
pub fn all_held(document: &Value, recipients: u64) {
    assert_eq!(document["status"], "done");
    assert_eq!(document["checks"]["failed"], 0, "{}", document["checks"]);
    assert_eq!(document["checks"]["inconclusive"], 0, "{}", document["checks"]);
    assert!(document["checks"]["held"].as_u64().unwrap() >= 50, "{}", document["checks"]);
    assert_eq!(document["recipients_paid"], recipients);
    assert_eq!(document["grants_made"], 47);
}

//! An anvil process, where the project's node modules or `ANVIL` have one.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

pub struct Anvil {
    process: Child,
    pub url: String,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ANVIL") {
        return Some(path.into());
    }
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/solidity/node_modules/@foundry-rs");
    let path = PathBuf::from(modules).join("anvil-linux-amd64/bin/anvil");
    path.exists().then_some(path)
}

/// A new process on a port of its own.
pub fn spawn(arguments: &[&str]) -> Anvil {
    let binary = binary().expect("no anvil: run `make test`, or `npm ci` in contracts/solidity, first");
    let mut process = Command::new(binary)
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("anvil starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map(|line| line.expect("anvil talks"))
        .find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned))
        .expect("anvil listens");
    // an unread pipe would stop it
    std::thread::spawn(move || lines.for_each(drop));
    Anvil { process, url: format!("http://{address}") }
}

//! The fault campaign on the command line: `tminus-faults --full --out docs/faults.md`.
//!
//! Progress goes to standard error, the table to a file or as JSON to standard output. Exit code 0 when every row is sound,
//! 1 when one is not, 2 for arguments that cannot be read.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tminus_faults::{
    campaign::{Campaign, Size},
    child, markdown, rows,
};

#[derive(Debug, Parser)]
#[command(about = "Injects every fault of the list into the transaction engine and counts what came of it.")]
struct Arguments {
    /// Every injection; without it the size that CI runs
    #[arg(long)]
    full: bool,
    /// Only rows whose name begins so
    #[arg(long)]
    row: Option<String>,
    /// Where random numbers begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this injection of each row
    #[arg(long)]
    case: Option<usize>,
    /// Threads that inject; more than there are cores, for most wait for a disk or for a block
    #[arg(long, default_value_t = 6)]
    threads: usize,
    /// Write the document here
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the rows as JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The process that gets killed
    #[command(hide = true)]
    Child(child::Orders),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Child(orders)) => be_child(&orders),
        None => run(&arguments),
    }
}

fn be_child(orders: &child::Orders) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => ExitCode::from(runtime.block_on(child::obey(orders))),
        Err(error) => fail(&format!("no runtime: {error}")),
    }
}

fn run(arguments: &Arguments) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return fail(&format!("this program does not find itself: {error}")),
    };
    let campaign = Campaign {
        size: if arguments.full { Size::Full } else { Size::Ci },
        seed: arguments.seed,
        only: arguments.case,
        program,
        threads: arguments.threads.max(1),
        progress: |line| eprintln!("{line}"),
    };
    let wanted = arguments.row.as_deref().unwrap_or("");
    let specs: Vec<_> = rows::all().into_iter().filter(|spec| spec.name.starts_with(wanted)).collect();
    if specs.is_empty() {
        eprintln!("no row begins with {wanted}");
        return ExitCode::from(2);
    }
    let rows: Vec<_> = specs.iter().map(|spec| campaign.run(spec)).collect();
    if let Some(out) = &arguments.out
        && let Err(error) = std::fs::write(out, markdown::document(&rows, campaign.size))
    {
        return fail(&format!("{}: {error}", out.display()));
    }
    if arguments.json {
        let document = serde_json::json!({ "rows": rows, "sound": rows.iter().all(|row| row.is_sound()) });
        if writeln!(std::io::stdout(), "{document:#}").is_err() {
            return fail("standard output is closed");
        }
    }
    let failed = rows.iter().filter(|row| !row.is_sound()).count();
    eprintln!("{} rows, {failed} failed", rows.len());
    ExitCode::from(u8::from(failed > 0))
}

fn fail(words: &str) -> ExitCode {
    eprintln!("{words}");
    ExitCode::from(1)
}

//! Which key signs: keystore files, a Ledger device, a remote signer, or the keys of a development chain.
//!
//! One kind at a time. A keystore's password is typed, or comes from a file or a file descriptor; no password, key or token
//! is ever taken from an argument or from the environment. Where several keys are there, `--from` says which one signs.

use std::{path::PathBuf, time::Duration};

use alloy::primitives::Address;
use clap::Args;
use tminus_chain::{
    rpc::Rpc,
    signer::{LedgerPath, PasswordSource, RemoteOptions, SignerError, Signers, account},
};

use super::note;
use crate::exit::Failure;

/// Where the address of a remote signer may be instead of on the command line: it may hold a secret.
const REMOTE: &str = "TMINUS_REMOTE_SIGNER";

/// Which key signs, and how it is opened.
#[derive(Clone, Args)]
pub(crate) struct KeyOptions {
    /// A geth-v3 keystore file, as `cast wallet import` writes it; may be given several times.
    #[arg(long, value_name = "FILE")]
    keystore: Vec<PathBuf>,
    /// A keystore by its name in ~/.foundry/keystores, as in `cast send --account`; may be given several times.
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    /// The file that holds the keystore's password; one for all keystores, or one for each in their order. Without it, and
    /// without --password-fd, the password is asked for on the terminal.
    #[arg(long, value_name = "FILE", conflicts_with = "password_fd")]
    password_file: Vec<PathBuf>,
    /// The open file descriptor that the password of the keystores is read from, as in `--password-fd 3 3< file`.
    #[arg(long, value_name = "N")]
    password_fd: Option<u32>,
    /// A Ledger device: an account of Ledger Live (0 when not given), legacy:N, or a path like m/44'/60'/0'/0/0.
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "0")]
    ledger: Option<LedgerPath>,
    /// The http(s) address of a remote signer (web3signer, op-signer, clef); or TMINUS_REMOTE_SIGNER in the environment,
    /// where it may hold a user and a password.
    #[arg(long, value_name = "URL")]
    remote_signer: Option<String>,
    /// Our certificate for the remote signer, PEM.
    #[arg(long, value_name = "FILE", requires = "remote_signer_key")]
    remote_signer_cert: Option<PathBuf>,
    /// The private key of that certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "remote_signer_cert")]
    remote_signer_key: Option<PathBuf>,
    /// The authority that the remote signer's certificate has to come from, PEM; the system's when not given.
    #[arg(long, value_name = "FILE")]
    remote_signer_ca: Option<PathBuf>,
    /// A file with a bearer token for the remote signer.
    #[arg(long, value_name = "FILE")]
    remote_signer_token: Option<PathBuf>,
    /// Seconds for one answer of the remote signer; somebody may have to agree first.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    remote_signer_timeout: u64,
    /// The account that signs, where there are several; needed for a remote signer that does not list its accounts.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<Address>,
    /// Use account N of the well-known development mnemonic; refused on any chain but a development chain.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=19))]
    dev_keys: Option<u32>,
    /// Sign for an account that lets another party's code act for it (EIP-7702).
    #[arg(long)]
    allow_delegated: bool,
}

impl std::fmt::Debug for KeyOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyOptions").field("from", &self.from).finish_non_exhaustive()
    }
}

/// The keys, and the account that signs.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) signers: Signers,
    pub(crate) sender: Address,
}

/// The one kind of key that was asked for.
enum Kind {
    Keystores(Vec<PathBuf>),
    Ledger(LedgerPath),
    Remote(String),
    Dev(u32),
}

impl KeyOptions {
    /// Opens the keys and looks at the account that signs; a person may be asked for a password.
    pub(crate) async fn open(&self, rpc: &Rpc) -> Result<Keys, Failure> {
        let keys = self.load(rpc.chain_id()).await?;
        let kind = account::examine(rpc, keys.sender).await.map_err(Failure::halted)?;
        if let Some(words) = kind.admit(keys.sender, self.allow_delegated).map_err(Failure::input)? {
            note(format_args!("warning: {words}"));
        }
        Ok(keys)
    }

    /// Opens the keys without looking at the chain.
    pub(crate) async fn load(&self, chain_id: u64) -> Result<Keys, Failure> {
        let signers = match self.kind()? {
            None => {
                return Err(Failure::Input(
                    "no key: give --keystore or --account, --ledger, --remote-signer, or --dev-keys".to_owned(),
                ));
            }
            Some(Kind::Keystores(files)) => self.keystores(&files)?,
            Some(Kind::Ledger(path)) => {
                let signers = Signers::ledger(&path, chain_id).await.map_err(classify)?;
                note(format_args!("Ledger {path}: {:?}; what it signs has to be confirmed on it", signers.addresses()));
                signers
            }
            Some(Kind::Remote(url)) => Signers::remote(&self.remote(url), self.from).await.map_err(classify)?,
            Some(Kind::Dev(index)) => Signers::dev(chain_id, index + 1).map_err(Failure::input)?,
        };
        let sender = self.sender(&signers.addresses())?;
        Ok(Keys { signers, sender })
    }

    /// Whether a key was asked for at all; options that contradict each other are bad input.
    pub(crate) fn given(&self) -> Result<bool, Failure> {
        Ok(self.kind()?.is_some())
    }

    /// Whether an account with a delegation may sign.
    pub(crate) fn allow_delegated(&self) -> bool {
        self.allow_delegated
    }

    fn kind(&self) -> Result<Option<Kind>, Failure> {
        let mut files = self.keystore.clone();
        for name in &self.account {
            files.push(foundry_keystore(name)?);
        }
        if files.is_empty() && (!self.password_file.is_empty() || self.password_fd.is_some()) {
            return Err(Failure::Input(
                "--password-file, --password-fd: there is no --keystore or --account to open with it".to_owned(),
            ));
        }
        if let Some(url) = &self.remote_signer
            && url.contains('@')
        {
            return Err(Failure::Input(format!(
                "--remote-signer: an argument can be read by others, so it may hold no user and password; put the \
                 address into {REMOTE}"
            )));
        }
        let mut kinds = Vec::new();
        kinds.extend((!files.is_empty()).then_some(Kind::Keystores(files)));
        kinds.extend(self.ledger.clone().map(Kind::Ledger));
        kinds.extend(self.remote_signer.clone().map(Kind::Remote));
        kinds.extend(self.dev_keys.map(Kind::Dev));
        if kinds.len() > 1 {
            return Err(Failure::Input(
                "--keystore (or --account), --ledger, --remote-signer, --dev-keys: give one of them".to_owned(),
            ));
        }
        let from_environment = || std::env::var(REMOTE).ok().filter(|url| !url.is_empty()).map(Kind::Remote);
        Ok(kinds.pop().or_else(from_environment))
    }

    fn keystores(&self, files: &[PathBuf]) -> Result<Signers, Failure> {
        let sources = match (&self.password_file[..], self.password_fd) {
            ([], None) => vec![PasswordSource::Prompt; files.len()],
            ([], Some(number)) => vec![PasswordSource::Descriptor(number)],
            (passwords, _) if passwords.len() == 1 || passwords.len() == files.len() => {
                passwords.iter().cloned().map(PasswordSource::File).collect()
            }
            (passwords, _) => {
                return Err(Failure::Input(format!(
                    "--password-file: {} keystores and {} files with passwords; give one for all, or one for each",
                    files.len(),
                    passwords.len()
                )));
            }
        };
        for words in sources.iter().filter_map(PasswordSource::warning) {
            note(format_args!("warning: {words}"));
        }
        let mut signers = Signers::default();
        if let [shared] = &sources[..] {
            // a descriptor can be read only once
            signers = Signers::keystores(files, shared).map_err(Failure::input)?;
        } else {
            for (file, source) in files.iter().zip(&sources) {
                signers = signers.and(Signers::keystores(std::slice::from_ref(file), source).map_err(Failure::input)?);
            }
        }
        Ok(signers)
    }

    fn remote(&self, url: String) -> RemoteOptions {
        RemoteOptions {
            url,
            identity: self.remote_signer_cert.clone().zip(self.remote_signer_key.clone()),
            authority: self.remote_signer_ca.clone(),
            token: self.remote_signer_token.clone(),
            timeout: Duration::from_secs(self.remote_signer_timeout),
        }
    }

    fn sender(&self, addresses: &[Address]) -> Result<Address, Failure> {
        let listed = || addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(", ");
        match (self.from, addresses) {
            (Some(from), _) if addresses.contains(&from) => Ok(from),
            (Some(from), _) => Err(Failure::Input(format!("--from: there is no key for {from}, but for {}", listed()))),
            (None, [only]) => Ok(*only),
            // the first N+1 accounts are there, and the N-th was asked for
            (None, [.., last]) if self.dev_keys.is_some() => Ok(*last),
            (None, _) => Err(Failure::Input(format!("--from: which of {} signs?", listed()))),
        }
    }
}

/// A device or a signer that does not answer can be asked again; everything else is bad input.
fn classify(error: SignerError) -> Failure {
    if error.may_pass() { Failure::halted(error) } else { Failure::input(error) }
}

/// The file of a keystore that `cast wallet import NAME` made.
fn foundry_keystore(name: &str) -> Result<PathBuf, Failure> {
    let mut parts = std::path::Path::new(name).components();
    if !matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None)) {
        return Err(Failure::Input(format!("--account: {name:?} is no name; --keystore takes a path")));
    }
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| Failure::Input("--account: there is no home folder; use --keystore".to_owned()))?;
    let folder = home.join(".foundry/keystores");
    let file = folder.join(name);
    if file.is_file() {
        return Ok(file);
    }
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>();
    names.sort();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Failure::Input(format!("--account: there is no {}; there: {there}", file.display())))
}

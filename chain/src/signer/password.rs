//! The password of a keystore: asked for on the terminal, or read from a file or a file descriptor.
//!
//! Never from an argument or from the environment: both can be read by others (`ps`, `/proc`, a crash report). A descriptor
//! is opened as `/dev/fd/N`, so it may be a file or a pipe but no socket. What is read is the whole input without the line
//! breaks at its end, as `cast` and `geth account` do with one line; a line break inside is refused, because it is rather a
//! file of several passwords than one password.
//!
//! The password is wiped from memory when it is dropped, and so is the buffer it was read into. What this cannot wipe: the
//! copies the terminal, the kernel and the key derivation of the keystore library make for themselves.

use std::{
    fmt,
    fs::File,
    io::{IsTerminal, Read},
    path::PathBuf,
};

use alloy::signers::k256::elliptic_curve::zeroize::Zeroizing;

use super::SignerError;

/// Most bytes of a password.
const MOST: usize = 4096;

/// A password; printed as stars.
pub struct Password(Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

impl Password {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Where a password comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// The person at the terminal, without echo.
    Prompt,
    /// A file.
    File(PathBuf),
    /// An open file descriptor of this process.
    Descriptor(u32),
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt => f.write_str("the terminal"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Descriptor(number) => write!(f, "file descriptor {number}"),
        }
    }
}

impl PasswordSource {
    /// Reads the password; `what` is what it opens, for the question.
    ///
    /// # Errors
    /// Nobody to ask, an unreadable file or descriptor, something that can be no password. The words never hold any of it.
    pub fn read(&self, what: &str) -> Result<Password, SignerError> {
        match self {
            Self::Prompt => ask(what),
            Self::File(path) => {
                let unreadable = |source| SignerError::Unreadable { path: path.clone(), source };
                self.take(&mut File::open(path).map_err(unreadable)?)
            }
            Self::Descriptor(number) => {
                let unreadable = |error: std::io::Error| {
                    SignerError::NoPassword(format!(
                        "file descriptor {number} cannot be read ({error}); open it for this command, as in \
                         `{number}< file`"
                    ))
                };
                self.take(&mut File::open(format!("/dev/fd/{number}")).map_err(unreadable)?)
            }
        }
    }

    /// What an operator should know of this source: a file that others can read.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Self::File(path) = self else { return None };
        let mode = mode(path)?;
        (mode & 0o077 != 0).then(|| {
            format!("{} can be read by others (mode {mode:03o}); `chmod 600` makes it yours alone", path.display())
        })
    }

    fn take(&self, input: &mut impl Read) -> Result<Password, SignerError> {
        let no = |why: &str| SignerError::NoPassword(format!("{self} holds no password: {why}"));
        // one buffer of full length: growing would leave copies behind
        let mut bytes = Zeroizing::new(vec![0; MOST + 1]);
        let mut length = 0;
        while length < bytes.len() {
            match input.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(no(&format!("it cannot be read ({error})"))),
            }
        }
        if length > MOST {
            return Err(no(&format!("it is longer than {MOST} bytes")));
        }
        let text = std::str::from_utf8(&bytes[..length]).map_err(|_| no("it is no text (UTF-8)"))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(no("it is empty"));
        }
        if text.contains(['\r', '\n']) {
            return Err(no("it has several lines; one file holds one password"));
        }
        Ok(Password(Zeroizing::new(text.to_owned())))
    }
}

/// The permission bits of a file, where the system has such.
#[cfg(unix)]
fn mode(path: &std::path::Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|meta| meta.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &std::path::Path) -> Option<u32> {
    None
}

fn ask(what: &str) -> Result<Password, SignerError> {
    // a script that redirects everything has nobody to ask, even where its session has a terminal
    if !std::io::stdin().is_terminal() && !std::io::stderr().is_terminal() {
        return Err(SignerError::NoPassword(format!(
            "there is no terminal to ask for the password of {what}; give --password-file or --password-fd"
        )));
    }
    let typed = rpassword::prompt_password(format!("Password of {what}: ")).map(Zeroizing::new).map_err(|error| {
        SignerError::NoPassword(format!(
            "the password of {what} cannot be asked for ({error}); give --password-file or --password-fd"
        ))
    })?;
    if typed.is_empty() {
        return Err(SignerError::NoPassword(format!("no password was typed for {what}")));
    }
    Ok(Password(typed))
}

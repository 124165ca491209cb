//! The report of a rehearsal: plain data in, one self-contained HTML file out.
//!
//! [`data`] is what there is to say, [`html`] and [`plots`] say it. Nothing here asks a chain or a clock: the same
//! data gives the same bytes.

pub(crate) mod check;
pub(crate) mod crowd;
pub(crate) mod data;
pub(crate) mod format;
pub(crate) mod histogram;
pub(crate) mod html;
pub(crate) mod plots;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

pub(crate) use data::*;

use tminus_chain::files::write_atomically;

/// Writes the report of `data` to `path`, whole or not at all.
///
/// # Errors
/// Whatever the file system refuses.
pub(crate) fn write_to(path: &Path, data: &ReportData) -> io::Result<()> {
    write_atomically(path, html::page(data).as_bytes())
}

//! Opens the files one after the other, names each by its hash, and hands it to the reader of its format.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use alloy::hex;
use sha2::{Digest, Sha256};

use super::{
    csv,
    fault::ImportError,
    folder::Draw,
    intake::{Gathered, Intake, rejects_header},
    json,
    options::{Format, ImportOptions},
    raw,
    record::InputFacts,
};

/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// Reads all files; what does not enter goes to `rejects`, where the policies leave it out.
///
/// # Errors
/// [`ImportError`]
pub(crate) fn gather_into(options: &ImportOptions, rejects: &mut Draw) -> Result<Gathered, ImportError> {
    if options.files.len() > usize::from(u16::MAX) {
        return Err(ImportError::TooManyFiles(options.files.len()));
    }
    rejects_header(rejects).map_err(ImportError::Output)?;
    let mut intake = Intake::new(options, rejects)?;
    let mut inputs = Vec::with_capacity(options.files.len());
    for file in &options.files {
        inputs.push(read_file(file, options, &mut intake)?);
    }
    intake.finish(inputs)
}

fn read_file(path: &Path, options: &ImportOptions, intake: &mut Intake<'_>) -> Result<InputFacts, ImportError> {
    let name = path.display().to_string();
    let failed = |source| ImportError::Io { file: name.clone(), source };
    let format = options.format.or_else(|| Format::of_name(path));
    let format = format.ok_or_else(|| ImportError::UnknownFormat(name.clone()))?;
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    intake.begin(&name, format, bytes / row_bytes(format));
    let mut facts = InputFacts {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        format,
        bytes: 0,
        sha256: String::new(),
        rows: 0,
        byte_order_mark: false,
        delimiter: None,
        comments: Vec::new(),
        columns_not_read: Vec::new(),
    };
    let mut hashed = BufReader::with_capacity(BUFFER, Hashed { from: file, hash: Sha256::new(), bytes: 0 });
    match format {
        Format::Csv => csv::read(&mut hashed, options, intake, &mut facts)?,
        Format::Json => json::read(&mut hashed, options, intake, &mut facts)?,
        Format::Raw => raw::read(&mut hashed, options, intake, &facts)?,
        Format::Parquet => return Err(ImportError::NoParquet(name)),
    }
    let rest = hashed.fill_buf().map_err(failed)?;
    debug_assert!(rest.is_empty(), "the readers read to the end");
    let Hashed { hash, bytes, .. } = hashed.into_inner();
    (facts.bytes, facts.sha256, facts.rows) = (bytes, hex::encode(hash.finalize()), intake.file_rows());
    Ok(facts)
}

/// Fewest bytes that a usual row takes: room for that many rows is set aside.
fn row_bytes(format: Format) -> u64 {
    match format {
        Format::Csv => 45,
        Format::Json => 50,
        Format::Raw => 20,
        Format::Parquet => 24,
    }
}

/// Hashes what is read through it.
struct Hashed<R> {
    from: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        self.hash.update(&to[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

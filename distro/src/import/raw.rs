//! Raw records: addresses of 20 bytes, one behind the other, in any order.
//!
//! `mine::Accounts` reads the same format where the order is part of what was committed to. Here it is not, so order and
//! duplicates are for the policy; but a record that is not whole, or a file that is text, is no such file.

use std::io::BufRead;

use super::{
    fault::{Fault, ImportError},
    intake::Intake,
    options::{ImportOptions, Unit},
    record::InputFacts,
    unit::{AddressCell, AmountCell},
};
use crate::mine::RECORD_BYTES;

/// Reads all records into `intake`.
pub(super) fn read(
    from: &mut impl BufRead,
    options: &ImportOptions,
    intake: &mut Intake<'_>,
    facts: &InputFacts,
) -> Result<(), ImportError> {
    if options.unit != Unit::None {
        return Err(intake.fatal(1, "file", Fault::NoAmounts));
    }
    let failed = |source| ImportError::Io { file: facts.file.clone(), source };
    let begin = from.fill_buf().map_err(failed)?;
    if is_text(begin) {
        return Err(intake.fatal(1, "file", Fault::Text));
    }
    let mut number = 0;
    loop {
        let mut record = [0; RECORD_BYTES];
        let mut filled = 0;
        while filled < RECORD_BYTES {
            match from.read(&mut record[filled..]).map_err(failed)? {
                0 => break,
                more => filled += more,
            }
        }
        match filled {
            0 if number == 0 => return Err(intake.fatal(1, "file", Fault::NoRows)),
            0 => return Ok(()),
            RECORD_BYTES => {
                number += 1;
                intake.row(number, AddressCell::Bytes(&record), AmountCell::Absent)?;
            }
            left => return Err(intake.fatal(number + 1, "file", Fault::Cut(left))),
        }
    }
}

/// Whether a file begins as text does: two random addresses do so once in 10^16.
fn is_text(begin: &[u8]) -> bool {
    let begin = &begin[..begin.len().min(64)];
    begin.len() >= 40 && begin.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

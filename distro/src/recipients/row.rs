//! The two cells of a row.
//!
//! What is read here is read once, strictly; a cell that is refused gets words about what it looks like and what to do.

use alloy::primitives::{Address, U256, address};
use tminus_chain::units::AmountError;

use super::{
    MAX_AMOUNT, amount as decimal,
    problem::{ProblemKind, quote, shorten},
};

/// Accounts that nobody has the key of, by common knowledge.
const BURN: [Address; 2] =
    [address!("0x000000000000000000000000000000000000dEaD"), address!("0xdEAD000000000000000042069420694206942069")];
/// The highest precompile of the first range, and P256VERIFY (EIP-7951).
const PRECOMPILES: (u128, u128) = (0x11, 0x100);

/// Reads an address that may be paid.
pub(super) fn address(cell: &[u8], forbidden: &[(Address, String)]) -> Result<Address, ProblemKind> {
    let address = any_address(cell)?;
    usable(address, forbidden)?;
    Ok(address)
}

/// Refuses an address that nobody can use, or that is forbidden here.
pub(crate) fn usable(address: Address, forbidden: &[(Address, String)]) -> Result<(), ProblemKind> {
    if let Some(what) = lost(&address) {
        return Err(ProblemKind::Forbidden { address, what: what.to_owned() });
    }
    if let Some((_, what)) = forbidden.iter().find(|(it, _)| *it == address) {
        return Err(ProblemKind::Forbidden { address, what: what.clone() });
    }
    Ok(())
}

/// Reads an address, whoever's.
pub(crate) fn any_address(cell: &[u8]) -> Result<Address, ProblemKind> {
    if cell.is_empty() {
        return Err(ProblemKind::EmptyCell("address", "0x and 40 hexadecimal digits"));
    }
    let mut bytes = [0; 20];
    let digits = match cell.strip_prefix(b"0x") {
        Some(digits) if digits.len() == 40 && alloy::hex::decode_to_slice(digits, &mut bytes).is_ok() => digits,
        _ => return Err(not_an_address(cell)),
    };
    let address = Address::from(bytes);
    check_case(digits, &address)?;
    Ok(address)
}

/// Mixed case has to be EIP-55's.
fn check_case(digits: &[u8], address: &Address) -> Result<(), ProblemKind> {
    let lower = digits.iter().any(u8::is_ascii_lowercase);
    let upper = digits.iter().any(u8::is_ascii_uppercase);
    if !(lower && upper) {
        return Ok(());
    }
    let mut text = [0; 42];
    let expected = address.to_checksum_raw(&mut text, None);
    if &expected.as_bytes()[2..] == digits {
        return Ok(());
    }
    Err(ProblemKind::Checksum {
        found: format!("0x{}", String::from_utf8_lossy(digits)),
        expected: expected.to_owned(),
    })
}

/// What an address is that nobody can use.
fn lost(address: &Address) -> Option<&'static str> {
    let bytes = address.as_slice();
    if bytes[..4] == [0; 4] {
        let mut low = [0; 16];
        low.copy_from_slice(&bytes[4..]);
        match u128::from_be_bytes(low) {
            0 => return Some("the zero address"),
            n if n <= PRECOMPILES.0 || n == PRECOMPILES.1 => return Some("a precompile"),
            _ => {}
        }
    }
    BURN.contains(address).then_some("a known burn address")
}

fn not_an_address(cell: &[u8]) -> ProblemKind {
    let Ok(text) = std::str::from_utf8(cell) else { return ProblemKind::NotUtf8(quote(cell)) };
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = text.chars().count();
    let hint = if text.trim() != text {
        "Remove the white space around it".to_owned()
    } else if count == 40 && is_hex(text) {
        "Write 0x before it".to_owned()
    } else if text.starts_with("0X") {
        "Write the 0x in lower case".to_owned()
    } else if text.ends_with(".eth") {
        "Names are not resolved: write the address".to_owned()
    } else if text.strip_prefix("0x").is_some_and(is_hex) {
        format!("It has {} digits: ask for the address again", count - 2)
    } else if count == 42 {
        "One of its characters is not a hexadecimal digit: ask for the address again".to_owned()
    } else {
        "Write the account's address".to_owned()
    };
    ProblemKind::NotAnAddress(quote(cell), hint)
}

/// Reads an amount that can be paid, base units.
pub(super) fn amount(cell: &[u8], decimals: u8) -> Result<u128, ProblemKind> {
    match u128::try_from(value(cell, decimals)?) {
        Ok(0) => Err(ProblemKind::ZeroAmount(quote(cell))),
        Ok(value) if value <= MAX_AMOUNT => Ok(value),
        _ => Err(ProblemKind::AboveUint96(quote(cell))),
    }
}

/// Reads an amount, whether or not it can be paid, base units.
pub(crate) fn value(cell: &[u8], decimals: u8) -> Result<U256, ProblemKind> {
    if cell.is_empty() {
        return Err(ProblemKind::EmptyCell("amount", "tokens as a plain decimal number"));
    }
    let text = std::str::from_utf8(cell).map_err(|_| ProblemKind::NotUtf8(quote(cell)))?;
    match decimal::read(text, decimals) {
        Ok(value) => Ok(value),
        Err(AmountError::Overflow(_)) => Err(ProblemKind::AboveUint96(quote(cell))),
        Err(error) => Err(ProblemKind::Amount { hint: amount_hint(text, &error), error: shorten(error) }),
    }
}

fn amount_hint(text: &str, error: &AmountError) -> String {
    if let AmountError::TooManyDecimals { allowed, .. } = error {
        return format!(
            "The token has {allowed} decimals: shorten the number yourself, knowing which way it is rounded"
        );
    }
    let has = |chars: &[char]| text.contains(chars);
    let hint = if text.trim() != text {
        "Remove the white space around it"
    } else if text.starts_with("0x") {
        "Write it in decimal"
    } else if text.starts_with('-') {
        "Nobody can be paid less than nothing: correct or remove the row"
    } else if text.starts_with('+') {
        "Remove the sign"
    } else if text.starts_with(|c: char| c.is_ascii_digit()) && has(&['e', 'E']) {
        "Write it out without exponent, in tokens and not in base units"
    } else if has(&[',']) {
        "Remove thousands separators, and write the decimal mark as a point"
    } else if text.starts_with('.') || text.ends_with('.') {
        "Write a digit on both sides of the point"
    } else if has(&['_', '\'', ' ', '\u{a0}', '\u{202f}']) {
        "Remove thousands separators"
    } else {
        "Write digits with at most one point, without unit or sign"
    };
    hint.to_owned()
}

//! Seeds that failed once, with what they found. Each stays here for good and runs in CI before anything else.

/// Seed, and what it found.
pub const ONCE_FAILED: &[(u64, &str)] = &[];

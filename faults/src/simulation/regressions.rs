//! Seeds that failed once, with what they found. Each stays here for good and runs in CI before anything else.
//!
//! A seed is a run of the weather as it was drawn then: when more kinds of weather are added it may become another run. The
//! fault itself is held by a test beside the code that had it.

/// Seed, and what it found.
pub const ONCE_FAILED: &[(u64, &str)] = &[
    (144, "a handle on several endpoints waited for itself once all had become another chain"),
    (546, "an intent was called final by a receipt that one endpoint of three had made up"),
    (586, "an intent was called final by a receipt that one endpoint of three had made up"),
    (778, "an intent was called final by a receipt that one endpoint of three had made up"),
    (904, "an intent was called final by a receipt that one endpoint of three had made up"),
    (86, "one endpoint of three named a nonce that was too high, and the next transaction left a gap"),
    (736, "one endpoint of three named a nonce that was too high, and the next transaction left a gap"),
];

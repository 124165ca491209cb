//! The launch: profile, plan, apply, audit.

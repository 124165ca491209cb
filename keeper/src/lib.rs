//! The standing jobs after launch.

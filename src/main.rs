//! The command line of tminus.
fn main() {}

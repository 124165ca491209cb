//! What the tests of the program share.
//!
//! - `program`: the program in a folder, and what it said
//! - `node`: an anvil process
//! - `refusal`: bad input, refused
//! - `replay`: the blocks of one chain made again on another, and compared
//! - `state`: the accounts of two chains, compared
//! - `oddities`: transactions that a genesis never sends

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod node;
pub mod oddities;
pub mod program;
pub mod refusal;
pub mod replay;
pub mod state;

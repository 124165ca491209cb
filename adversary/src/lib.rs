//! A chain behind JSON-RPC that keeps to geth's pool rules and fails on request: what the transaction engine is tested against.
//!
//! A [`World`] is one chain: blocks with real hashes, states kept so that it can reorganise, a pool, virtual time. A [`Node`]
//! is one endpoint onto it, in the process ([`Node::client`]) or over TCP ([`Node::serve`]), with its own lag, fork, lies and
//! [`Rule`]s by which it fails. The contract at [`effects::EFFECTS`] counts on the canonical chain how often each call had its
//! effect, so that what was lost and what happened twice is read from the state and from nothing else.
//!
//! It shares no code with the engine it tests and does not know it: a mistake is not made twice. Execution is revm's.

mod blocks;
mod config;
pub mod effects;
mod error;
mod execute;
mod faults;
mod http;
pub mod keys;
mod node;
mod pool;
mod record;
mod reorg;
mod reply;
mod rpc;
mod state;
pub mod texts;
mod transaction;
mod transport;
mod validate;
mod world;

pub use config::{LogLimits, WorldConfig};
pub use faults::{Fault, Lie, Rule};
pub use http::Server;
pub use keys::Draft;
pub use node::Node;
pub use record::{Arrival, Decoded};
pub use reorg::Fate;
pub use world::World;

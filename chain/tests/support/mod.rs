//! What the tests of the outbox share.
#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod anvil;
pub mod cut;
pub mod fake;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::{Address, Bytes, address, hex};
use tminus_chain::outbox::{EventSink, Intent, IntentKey, OutboxConfig, OutboxEvent};

/// The first account of the development mnemonic.
pub const DEPLOYER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

/// Creation code of a counter: a call with calldata reverts, one without adds one to slot 0.
///
/// calldatasize, push1 L, jumpi, push0, sload, push1 1, add, push0, sstore, stop, L: jumpdest, push0, push0, revert
pub fn counter() -> Bytes {
    let runtime = hex!("36600c575f546001015f55005b5f5ffd");
    let mut code = hex!("6010600a5f3960105ff3").to_vec();
    code.extend_from_slice(&runtime);
    code.into()
}

pub fn intent(key: &str, to: Option<Address>, data: Bytes) -> Intent {
    Intent::new(IntentKey::new(key), DEPLOYER, to, data)
}

pub fn config() -> OutboxConfig {
    OutboxConfig {
        in_flight: 16,
        bump_after: Duration::from_secs(30),
        poll: Duration::from_millis(5),
        ..OutboxConfig::new(1_000_000_000_000)
    }
}

/// A sink that keeps what it gets.
#[derive(Clone, Default)]
pub struct Events(Arc<Mutex<Vec<OutboxEvent>>>);

impl Events {
    pub fn sink(&self) -> EventSink {
        let events = self.0.clone();
        Arc::new(move |event| events.lock().unwrap().push(event))
    }
    pub fn all(&self) -> Vec<OutboxEvent> {
        self.0.lock().unwrap().clone()
    }
}

//! A chain behind JSON-RPC that keeps to geth's pool rules and fails on request: what the transaction engine is tested against.

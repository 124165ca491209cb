//! The way in: an alloy transport that answers inside the process.
//!
//! A request runs on a thread of tokio's blocking pool, so that executing never holds up the async runtime and several
//! requests run at once. A JSON-RPC batch runs in order on one thread. Outside of a tokio runtime requests run where they
//! are polled.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use alloy::{
    rpc::json_rpc::{RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest},
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use tower::Service;

use super::node::Node;

/// A handle on the chain that speaks JSON-RPC.
#[derive(Debug, Clone)]
pub(super) struct EmbeddedTransport(pub(super) Arc<Node>);

impl Service<RequestPacket> for EmbeddedTransport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let node = Arc::clone(&self.0);
        Box::pin(async move {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => {
                    runtime.spawn_blocking(move || answer(&node, &packet)).await.map_err(TransportErrorKind::custom)
                }
                Err(_) => Ok(answer(&node, &packet)),
            }
        })
    }
}

fn answer(node: &Node, packet: &RequestPacket) -> ResponsePacket {
    let one = |request: &SerializedRequest| Response {
        id: request.id().clone(),
        payload: match node.answer(request.method(), request.params()) {
            Ok(value) => ResponsePayload::Success(value),
            Err(failure) => ResponsePayload::Failure(failure.payload()),
        },
    };
    match packet {
        RequestPacket::Single(request) => ResponsePacket::Single(one(request)),
        RequestPacket::Batch(requests) => ResponsePacket::Batch(requests.iter().map(one).collect()),
    }
}

//! An endpoint that takes smaller transactions than others, as some do.

use std::task::{Context, Poll};

use alloy::{
    primitives::Bytes,
    rpc::{
        client::RpcClient,
        json_rpc::{ErrorPayload, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest},
    },
    transports::{BoxTransport, TransportError, TransportFut},
};
use tminus_chain::{embedded::EmbeddedChain, rpc::Rpc};
use tower::Service;

/// The embedded chain through an endpoint that refuses transactions of more than `limit` bytes, in geth's words.
pub(crate) async fn narrow(chain: &EmbeddedChain, limit: usize) -> Rpc {
    let transport = Narrow { inner: chain.client().transport().clone(), limit };
    Rpc::over(RpcClient::new(transport, true), "narrow").await.unwrap()
}

#[derive(Debug, Clone)]
struct Narrow {
    inner: BoxTransport,
    limit: usize,
}

impl Narrow {
    fn refusal(&self, request: &SerializedRequest) -> Option<Response> {
        if request.method() != "eth_sendRawTransaction" {
            return None;
        }
        let [raw]: [Bytes; 1] = serde_json::from_str(request.params()?.get()).unwrap();
        let message = format!("oversized data: transaction size {}, limit {}", raw.len(), self.limit);
        let payload = ErrorPayload { code: -32000, message: message.into(), data: None };
        (raw.len() > self.limit)
            .then(|| Response { id: request.id().clone(), payload: ResponsePayload::Failure(payload) })
    }
}

impl Service<RequestPacket> for Narrow {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let refused = match &packet {
            RequestPacket::Single(request) => self.refusal(request).map(ResponsePacket::Single),
            RequestPacket::Batch(requests) => {
                assert!(requests.iter().all(|request| self.refusal(request).is_none()), "sends are not batched");
                None
            }
        };
        match refused {
            Some(refused) => Box::pin(async move { Ok(refused) }),
            None => self.inner.call(packet),
        }
    }
}

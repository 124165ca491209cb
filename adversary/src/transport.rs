//! An endpoint inside the process, as an alloy transport.
//!
//! It does to alloy's client what HTTP would: statuses that are not 2xx become HTTP errors unless the body is a JSON-RPC
//! error, bodies that are no JSON do not decode, and after a while the client gives up.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    rpc::json_rpc::{RequestPacket, ResponsePacket},
    transports::{TransportError, TransportErrorKind, TransportFut},
};

use crate::{Node, reply::Reply};

#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub(crate) node: Node,
    pub(crate) timeout: Duration,
}

impl tower::Service<RequestPacket> for Local {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let Self { node, timeout } = self.clone();
        Box::pin(async move {
            let request = serde_json::to_vec(&packet).map_err(TransportError::ser_err)?;
            let answer = async {
                match node.reply(&request).await {
                    Reply::Never => std::future::pending().await,
                    reply => reply,
                }
            };
            let reply = tokio::time::timeout(timeout, answer).await;
            read(reply.map_err(|_| TransportErrorKind::custom_str("the operation timed out"))?)
        })
    }
}

fn read(reply: Reply) -> Result<ResponsePacket, TransportError> {
    match reply {
        Reply::Answer { status, headers, body } if !(200..300).contains(&status) => {
            if let Ok(packet) = serde_json::from_slice::<ResponsePacket>(&body)
                && packet.is_error()
            {
                return Ok(packet);
            }
            let wait = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
            let wait = wait.and_then(|(_, when)| when.parse().ok()).map(Duration::from_secs);
            let text = String::from_utf8_lossy(&body).into_owned();
            Err(TransportErrorKind::http_error_with_retry_after(status, text, wait))
        }
        Reply::Answer { body, .. } => serde_json::from_slice(&body)
            .map_err(|error| TransportError::deser_err(error, String::from_utf8_lossy(&body))),
        Reply::Refused => Err(TransportErrorKind::custom_str("connection refused")),
        Reply::Never | Reply::Cut | Reply::CutMidway(_) => {
            Err(TransportErrorKind::custom_str("connection closed before message completed"))
        }
    }
}

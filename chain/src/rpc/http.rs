//! One HTTP(S) endpoint: a question goes out, its answer comes back, and what went wrong is told apart.
//!
//! Own, because alloy's transport reads `Retry-After` as seconds only, buffers an answer of any size, follows redirects (with
//! the credentials of the URL) and puts the URL into its errors. Here `Retry-After` may be a date, an answer has a bound, a
//! redirect is an error, and no error has an address in it. A status of 400 or more with a JSON-RPC error in the body is that
//! error, unless the status says that the service, not the question, is the trouble.

use std::{
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use alloy::{
    rpc::json_rpc::{RequestPacket, ResponsePacket},
    transports::{
        TransportFut,
        http::reqwest::{
            self, Client, Response, Url,
            header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER},
            redirect,
        },
    },
};
use tower::Service;

use super::{
    answer::parse,
    error::{Fault, TransportError},
};

/// Time to reach an endpoint.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for one answer; an endpoint that takes longer gave none.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of an answer.
const MOST_BYTES: usize = 64 << 20;
/// The longest that an endpoint may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A transport to one URL.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    url: Url,
}

impl Http {
    /// `None` for a URL that is not http(s), or where no client can be made.
    pub(super) fn new(url: Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .ok()?;
        Some(Self { client, url })
    }

    async fn ask(self, packet: RequestPacket) -> Result<ResponsePacket, Fault> {
        let body = serde_json::to_vec(&packet).map_err(|_| Fault::Garbage("a question that is no JSON".to_owned()))?;
        let request = self.client.post(self.url).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|error| fault_of(&error))?;
        let status = response.status().as_u16();
        let rests = rest_asked_for(response.headers(), SystemTime::now());
        if response.status().is_success() {
            return parse(&read(response).await?);
        }
        if status == 429 || (status == 503 && rests.is_some()) {
            return Err(Fault::RateLimited(rests));
        }
        if !matches!(status, 502..=504)
            && status >= 400
            && let Ok(body) = read(response).await
            && let Ok(packet) = parse(&body)
            && packet.is_error()
        {
            return Ok(packet);
        }
        Err(Fault::Status(status))
    }
}

impl Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { this.ask(packet).await.map_err(Fault::into_transport) })
    }
}

/// The body, up to the bound.
async fn read(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault_of(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(Fault::Garbage(format!("more than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an error of the client was. Its own words hold the URL.
fn fault_of(error: &reqwest::Error) -> Fault {
    if error.is_connect() {
        let words = if error.is_timeout() { "no connection in time" } else { io_words(error) };
        Fault::Unreachable(words.to_owned())
    } else if error.is_timeout() {
        Fault::Timeout(REQUEST_TIMEOUT)
    } else if error.is_builder() {
        Fault::Unreachable("a URL that cannot be asked".to_owned())
    } else {
        Fault::Cut(io_words(error).to_owned())
    }
}

/// The reason of the system beneath an error, where there is one.
fn io_words(error: &reqwest::Error) -> &'static str {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::ConnectionRefused => "connection refused",
                std::io::ErrorKind::ConnectionReset => "connection reset",
                std::io::ErrorKind::UnexpectedEof => "the answer ended early",
                std::io::ErrorKind::HostUnreachable => "host unreachable",
                std::io::ErrorKind::NetworkUnreachable => "network unreachable",
                _ => "",
            };
        }
        source = error.source();
    }
    ""
}

/// For how long an answer asks to be left alone: seconds, or a date, which counts from the endpoint's own clock if it tells.
fn rest_asked_for(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    let rest = match asked.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(asked).ok()?;
            let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
            until.duration_since(now).unwrap_or_default()
        }
    };
    Some(rest.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(HeaderName, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        rest_asked_for(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[(RETRY_AFTER, "7")]), seconds(7));
        assert_eq!(asked(&[(RETRY_AFTER, " 7 ")]), seconds(7));
        assert_eq!(asked(&[(RETRY_AFTER, "soon")]), None);
        assert_eq!(asked(&[(RETRY_AFTER, "-1")]), None);
        assert_eq!(asked(&[(RETRY_AFTER, "99999999")]), seconds(3_600));
        // 1,700,000,000 is 22:13:20
        assert_eq!(asked(&[(RETRY_AFTER, "Tue, 14 Nov 2023 22:13:50 GMT")]), seconds(30));
        assert_eq!(asked(&[(RETRY_AFTER, "Tue, 14 Nov 2023 22:00:00 GMT")]), seconds(0));
        let told = [(RETRY_AFTER, "Wed, 21 Oct 2015 07:28:09 GMT"), (DATE, "Wed, 21 Oct 2015 07:28:00 GMT")];
        assert_eq!(asked(&told), seconds(9), "by the endpoint's clock");
    }

    #[test]
    fn only_http_is_asked_over_http() {
        for url in ["ws://host", "file:///etc/passwd", "ftp://host"] {
            assert!(Http::new(url.parse().unwrap()).is_none(), "{url}");
        }
        assert!(Http::new("https://user:pass@host/key".parse().unwrap()).is_some());
    }
}

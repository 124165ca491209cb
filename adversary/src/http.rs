//! An endpoint over TCP: as much of HTTP/1.1 as a JSON-RPC client uses, and every way to break it.
//!
//! POST with `Content-Length`, keep-alive, one request after the other on a connection. Any path is the endpoint. A refused
//! connection is one that is closed without a byte; to have none listen at all, drop the server and serve at its port later.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::{Node, reply::Reply};

/// No honest request is larger.
const MOST_BYTES: usize = 16 << 20;

/// An endpoint over TCP. Dropping it closes the port and all connections.
#[derive(Debug)]
pub struct Server {
    url: String,
    port: u16,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(node: Node, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        if let Ok((stream, _)) = accepted {
                            connections.spawn(converse(node.clone(), stream));
                        }
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self { url: format!("http://127.0.0.1:{port}"), port, task })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection; whatever goes wrong ends it.
async fn converse(node: Node, mut stream: TcpStream) {
    // small answers are not to wait for more
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Ok(Some(body)) = request(&mut stream, &mut buffer).await {
        match node.reply(&body).await {
            Reply::Answer { status, headers, body } => {
                if stream.write_all(&answer(status, &headers, &body, body.len())).await.is_err() {
                    return;
                }
            }
            Reply::CutMidway(part) => {
                let _ = stream.write_all(&answer(200, &[], &part, part.len() * 2)).await;
                return;
            }
            Reply::Cut | Reply::Refused => return,
            Reply::Never => {
                // until the other side gives up
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
                return;
            }
        }
    }
}

/// The body of the next request; none when the other side is done.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.filter_map(|(_, value)| value.trim().parse().ok()).next().unwrap_or_default();
    if length > MOST_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    while buffer.len() < end + length {
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    }
    let body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    Ok(Some(body))
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    Ok(stream.read_buf(buffer).await? > 0)
}

fn answer(status: u16, headers: &[(String, String)], body: &[u8], length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", if status == 200 { "OK" } else { "No" });
    head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

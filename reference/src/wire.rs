//! The connection under the HTTP library: what the library refuses by itself gets the envelope too.
//!
//! A request that is no HTTP (a header without a name, a target that is too long, too many headers) never becomes a
//! request that `app` could answer: hyper writes an answer of its own, without a body, and closes. Here those bytes
//! are recognised on their way out, and the `bad_request` row is sent in their place.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, ready};

use axum::serve::Listener;
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::envelope::Failure;
use super::faults;

/// A listener whose connections are [`Wire`]s.
pub(super) struct Wired {
    pub(super) listener: TcpListener,
    /// Whether an answer may be marked to be broken.
    pub(super) breaks: bool,
    /// How many responses could have been withheld.
    pub(super) kept: Arc<AtomicUsize>,
}

impl Listener for Wired {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Without it a small answer may wait for the next one; a stream that refuses the option works all the same.
        let _ = stream.set_nodelay(true);
        let wire = Wire {
            stream,
            pending: BytesMut::new(),
            breaks: self.breaks,
            broken: false,
            answered: false,
            kept: Arc::clone(&self.kept),
        };
        (wire, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
pub(super) struct Wire {
    stream: TcpStream,
    /// What was put in the place of something else and is not written yet.
    pending: BytesMut,
    /// Whether an answer may be marked to be broken.
    breaks: bool,
    /// Nothing more is sent than what is pending.
    broken: bool,
    /// Whether the connection already had a response.
    answered: bool,
    /// How many responses of all connections could have been withheld.
    kept: Arc<AtomicUsize>,
}

impl Wire {
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.advance(written);
        }
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        if self.breaks
            && let Some((broken, ends)) = faults::wire::broken(bytes, self.answered, &self.kept)
        {
            self.pending.extend_from_slice(&broken);
            self.broken = ends;
            self.answered = true;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.answered |= bytes.starts_with(b"HTTP/1.1 ");
        let Some(start) = library_refusal(bytes) else {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        };
        self.pending.extend_from_slice(&bytes[..start]);
        self.pending.extend_from_slice(refusal().as_bytes());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where an answer that the library made by itself begins, if `bytes` ends with one.
///
/// JSON has no raw line break that could imitate a head, and ours all have a media type: an answer with neither content
/// nor a type is not ours.
fn library_refusal(bytes: &[u8]) -> Option<usize> {
    const START: &[u8] = b"HTTP/1.";
    const EMPTY: &[u8] = b"\r\ncontent-length: 0\r\n";
    const TYPE: &[u8] = b"\r\ncontent-type: ";
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let start = bytes.windows(START.len()).rposition(|at| at == START)?;
    let head = bytes.get(start..)?;
    let has = |line: &[u8]| head.windows(line.len()).any(|at| at == line);
    (has(EMPTY) && !has(TYPE)).then_some(start)
}

/// The `bad_request` row, as a whole HTTP/1.1 message.
fn refusal() -> String {
    let failure = Failure::BadRequest("The request is not valid HTTP.");
    let body = failure.envelope().to_string();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncache-control: no-store\r\nconnection: close\r\n\
         content-length: {length}\r\ndate: {date}\r\n\r\n{body}",
        status = failure.row().status,
        length = body.len(),
        date = httpdate::fmt_http_date(std::time::SystemTime::now()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    const LIBRARY: &[u8] =
        b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn only_what_the_library_says_by_itself_is_replaced() {
        let tail_of_ours = &OURS[OURS.len() - 2..];
        for (bytes, start) in [
            (OURS.to_vec(), None),
            (b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), None),
            (LIBRARY.to_vec(), Some(0)),
            ([OURS, LIBRARY].concat(), Some(OURS.len())),
            ([tail_of_ours, LIBRARY].concat(), Some(2)),
        ] {
            assert_eq!(library_refusal(&bytes), start);
        }
    }
}

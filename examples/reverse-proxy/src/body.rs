//! Bodies in both directions, a piece at a time.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// The body of a request, for a thread that may wait.
pub struct Upload {
    incoming: Incoming,
    runtime: Handle,
    piece: Bytes,
}

impl Upload {
    pub const fn new(incoming: Incoming, runtime: Handle) -> Self {
        Self {
            incoming,
            runtime,
            piece: Bytes::new(),
        }
    }
}

impl Read for Upload {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.incoming.frame()) {
                None => return Ok(0),
                Some(Err(error)) => return Err(io::Error::other(error)),
                // Trailers have no place in ureq.
                Some(Ok(frame)) => self.piece = frame.into_data().unwrap_or_default(),
            }
        }
        let count = self.piece.len().min(buf.len());
        let piece = self.piece.split_to(count);
        buf[..count].copy_from_slice(&piece);
        Ok(count)
    }
}

/// The body of a response, from a thread that waits to a task that must not.
///
/// Pieces, error and end come in one queue: with two, the end of one can overtake what is
/// still in the other, as it does in `http_body_util::channel`.
pub struct Download(mpsc::Receiver<Piece>);

/// Bytes, or nothing at the end of the body.
pub type Piece = io::Result<Option<Bytes>>;

/// How many pieces may wait for a client that reads slowly.
const AHEAD: usize = 2;

impl Download {
    /// What is sent is the body.
    pub fn new() -> (mpsc::Sender<Piece>, Self) {
        let (sender, receiver) = mpsc::channel(AHEAD);
        (sender, Self(receiver))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = ready!(self.0.poll_recv(context));
        // A sender that is gone before the end has panicked.
        let piece = piece.unwrap_or_else(|| Err(io::Error::other("the proxy failed")));
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)).transpose())
    }
}

/// How the body of a response got through.
pub enum Passed {
    /// All of it.
    Whole,
    /// The client went away.
    ClientLeft,
    /// The origin broke off, and so does the answer.
    Broken(io::Error),
}

/// What is read at once.
const PIECE: usize = 32 << 10;

/// Passes a body on as it comes; how far it got, and in how many bytes.
pub fn pass_on(mut body: impl Read, to: mpsc::Sender<Piece>) -> (Passed, u64) {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        match body.read(&mut buffer) {
            Ok(0) => {
                // With the length known, the client may have left with the last byte.
                let _ = to.blocking_send(Ok(None));
                return (Passed::Whole, total);
            }
            Ok(count) => {
                let piece = Bytes::copy_from_slice(&buffer[..count]);
                if to.blocking_send(Ok(Some(piece))).is_err() {
                    return (Passed::ClientLeft, total);
                }
                total += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                // The client must not take what it has for all there is.
                let broken = io::Error::new(error.kind(), error.to_string());
                let _ = to.blocking_send(Err(broken));
                return (Passed::Broken(error), total);
            }
        }
    }
}

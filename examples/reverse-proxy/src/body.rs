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

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything of a body, and its error.
    fn collected(mut body: Download) -> (Vec<u8>, Option<String>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut bytes = Vec::new();
        while let Some(frame) = runtime.block_on(body.frame()) {
            match frame {
                Ok(frame) => bytes.extend_from_slice(&frame.into_data().unwrap()),
                Err(error) => return (bytes, Some(error.to_string())),
            }
        }
        (bytes, None)
    }

    #[test]
    fn what_was_sent_arrives_although_the_sender_is_gone() {
        let (to, body) = Download::new();
        let sent = std::thread::spawn(|| pass_on(&b"all of it"[..], to));
        assert_eq!(collected(body), (b"all of it".to_vec(), None));
        assert!(matches!(sent.join().unwrap(), (Passed::Whole, 9)));
    }

    #[test]
    fn a_sender_that_is_gone_before_the_end_is_no_end() {
        let (to, body) = Download::new();
        to.blocking_send(Ok(Some(Bytes::from_static(b"half")))).unwrap();
        drop(to);
        let (bytes, error) = collected(body);
        assert_eq!(
            (&bytes[..], error.as_deref()),
            (&b"half"[..], Some("the proxy failed"))
        );
    }

    #[test]
    fn an_error_goes_on() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("cut"))
            }
        }
        let (to, body) = Download::new();
        let sent = std::thread::spawn(|| pass_on(Read::chain(&b"half"[..], Broken), to));
        assert_eq!(collected(body), (b"half".to_vec(), Some("cut".into())));
        assert!(matches!(sent.join().unwrap(), (Passed::Broken(_), 4)));
    }
}

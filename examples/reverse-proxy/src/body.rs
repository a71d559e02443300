//! Bodies in both directions, a piece at a time.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{SendTimeoutError, TrySendError};
use tokio::time::timeout;

/// The body of a request, for a thread that may wait, but not for ever.
pub struct Upload {
    incoming: Incoming,
    runtime: Handle,
    patience: Duration,
    piece: Bytes,
}

/// What kept the body of a request from arriving, on the client's side.
#[derive(Debug)]
pub enum NotUploaded {
    /// It has sent nothing for too long.
    Stalled,
    /// It went away, or what it sent is no body.
    Broken(hyper::Error),
}

impl NotUploaded {
    /// What has come through ureq as an error of its own.
    pub fn of(error: &ureq::Error) -> Option<&Self> {
        match error {
            ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for NotUploaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stalled => f.write_str("the client sent no more of its body"),
            Self::Broken(error) => write!(f, "the client's body broke off: {error}"),
        }
    }
}

impl Error for NotUploaded {}

impl Upload {
    /// `patience` is for each piece.
    pub const fn new(incoming: Incoming, runtime: Handle, patience: Duration) -> Self {
        Self {
            incoming,
            runtime,
            patience,
            piece: Bytes::new(),
        }
    }

    async fn next(incoming: &mut Incoming, patience: Duration) -> Result<Option<Frame<Bytes>>, NotUploaded> {
        let frame = timeout(patience, incoming.frame()).await;
        let frame = frame.map_err(|_| NotUploaded::Stalled)?;
        frame.transpose().map_err(NotUploaded::Broken)
    }
}

impl Read for Upload {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let next = Self::next(&mut self.incoming, self.patience);
            match self.runtime.block_on(next).map_err(io::Error::other)? {
                None => return Ok(0),
                // Trailers have no place in ureq.
                Some(frame) => self.piece = frame.into_data().unwrap_or_default(),
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
    /// What is sent is the body; `patience` is for each piece.
    pub fn new(runtime: Handle, patience: Duration) -> (Pieces, Self) {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let pieces = Pieces {
            sender,
            runtime,
            patience,
        };
        (pieces, Self(receiver))
    }
}

/// The other end of a [`Download`], for a thread that may wait, but not for ever.
pub struct Pieces {
    sender: mpsc::Sender<Piece>,
    runtime: Handle,
    patience: Duration,
}

impl Pieces {
    fn send(&self, piece: Piece) -> Result<(), Passed> {
        match self.sender.try_send(piece) {
            Err(TrySendError::Full(piece)) => {
                let sending = self.sender.send_timeout(piece, self.patience);
                self.runtime.block_on(sending).map_err(|error| match error {
                    SendTimeoutError::Timeout(_) => Passed::ClientStalled,
                    SendTimeoutError::Closed(_) => Passed::ClientLeft,
                })
            }
            sent => sent.map_err(|_| Passed::ClientLeft),
        }
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
    /// The client has taken nothing for too long.
    ClientStalled,
    /// The origin broke off, and so does the answer.
    Broken(io::Error),
}

/// What is read at once.
const PIECE: usize = 32 << 10;

/// Passes a body on as it comes; how far it got, and in how many bytes.
pub fn pass_on(mut body: impl Read, to: &Pieces) -> (Passed, u64) {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        let piece = match body.read(&mut buffer) {
            Ok(0) => {
                // With the length known, the client may have left with the last byte.
                let _ = to.send(Ok(None));
                return (Passed::Whole, total);
            }
            Ok(count) => Bytes::copy_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                // The client must not take what it has for all there is.
                let broken = io::Error::new(error.kind(), error.to_string());
                let _ = to.send(Err(broken));
                return (Passed::Broken(error), total);
            }
        };
        let count = piece.len() as u64;
        if let Err(passed) = to.send(Ok(Some(piece))) {
            return (passed, total);
        }
        total += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::{Builder, Runtime};

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().build().unwrap()
    }

    /// Everything of a body, and its error.
    fn collected(runtime: &Runtime, mut body: Download) -> (Vec<u8>, Option<String>) {
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
        let runtime = runtime();
        let (to, body) = Download::new(runtime.handle().clone(), Duration::from_secs(60));
        let sent = std::thread::spawn(move || pass_on(&b"all of it"[..], &to));
        assert_eq!(collected(&runtime, body), (b"all of it".to_vec(), None));
        assert!(matches!(sent.join().unwrap(), (Passed::Whole, 9)));
    }

    #[test]
    fn a_sender_that_is_gone_before_the_end_is_no_end() {
        let runtime = runtime();
        let (to, body) = Download::new(runtime.handle().clone(), Duration::from_secs(60));
        assert!(to.send(Ok(Some(Bytes::from_static(b"half")))).is_ok());
        drop(to);
        let (bytes, error) = collected(&runtime, body);
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
        let runtime = runtime();
        let (to, body) = Download::new(runtime.handle().clone(), Duration::from_secs(60));
        let sent = std::thread::spawn(move || pass_on(Read::chain(&b"half"[..], Broken), &to));
        assert_eq!(collected(&runtime, body), (b"half".to_vec(), Some("cut".into())));
        assert!(matches!(sent.join().unwrap(), (Passed::Broken(_), 4)));
    }

    #[test]
    fn nobody_waits_for_ever_for_a_client() {
        let runtime = runtime();
        let (to, body) = Download::new(runtime.handle().clone(), Duration::from_millis(1));
        let sent = std::thread::spawn(move || pass_on(io::repeat(0), &to));
        // The timer needs somebody who runs it.
        let waiting = tokio::task::spawn_blocking;
        let sent = runtime.block_on(async { waiting(move || sent.join().unwrap()).await.unwrap() });
        assert!(matches!(sent, (Passed::ClientStalled, total) if total == (AHEAD * PIECE) as u64));
        drop(body);
    }
}

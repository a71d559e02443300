//! Bodies in both directions, a piece at a time.

use std::io::{self, Read};

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::channel::Sender;
use hyper::body::Incoming;
use tokio::runtime::Handle;

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
const PIECE: usize = 64 << 10;

/// Passes a body on as it comes; how far it got, and in how many bytes.
pub fn pass_on(mut body: impl Read, mut to: Sender<Bytes, io::Error>, runtime: &Handle) -> (Passed, u64) {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return (Passed::Whole, total),
            Ok(count) => {
                let piece = Bytes::copy_from_slice(&buffer[..count]);
                if runtime.block_on(to.send_data(piece)).is_err() {
                    return (Passed::ClientLeft, total);
                }
                total += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                // The client must not take what it has for all there is.
                to.abort(io::Error::new(error.kind(), error.to_string()));
                return (Passed::Broken(error), total);
            }
        }
    }
}

//! The body as ureq delivers it, and what its end proves.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use ureq::{Body, BodyReader};

use crate::delivered::Pull;

/// A body from the network.
pub(crate) trait Source: Pull {
    /// Whether it has ended and was decoded (gzip, brotli).
    fn was_decoded(&self) -> bool;
}

impl Pull for BodyReader<'static> {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read(buf)
    }
}

/// Its end proves what it proves.
impl Source for BodyReader<'static> {
    fn was_decoded(&self) -> bool {
        false
    }
}

/// A body from the network that proves nothing.
pub(crate) fn source(body: Body) -> Box<dyn Source> {
    Box::new(body.into_reader())
}

/// A body that is read to its end, and then once more from the beginning of nothing: a decoder
/// that finds no first byte reports that, and without a decoder it is simply the end.
///
/// ureq shows in no other way that it has decoded a body. That it has proves that the body is
/// whole: the coding tells its own end, gzip with a checksum.
///
/// Reading once more needs the body that the first reader borrows. A future can hold both; it
/// never waits for anything but the socket, and whoever reads polls it.
pub(crate) struct Probed {
    pump: Pin<Box<dyn Future<Output = io::Result<bool>> + Send + Sync>>,
    chunk: Arc<Mutex<Vec<u8>>>,
    taken: usize,
    end: Option<Result<bool, ErrorKind>>,
}

/// How much is read at once.
const CHUNK: usize = 16 * 1024;

impl Probed {
    pub(crate) fn new(body: Body) -> Self {
        let chunk = Arc::default();
        Self {
            pump: Box::pin(pump(body, Arc::clone(&chunk))),
            chunk,
            taken: 0,
            end: None,
        }
    }
}

async fn pump(mut body: Body, chunk: Arc<Mutex<Vec<u8>>>) -> io::Result<bool> {
    let mut reader = body.as_reader();
    let mut bytes = vec![0; CHUNK];
    loop {
        let read = match reader.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => bytes.get(..count).unwrap_or_default(),
            // The caller hears of it, and reads on.
            Err(error) if error.kind() == ErrorKind::Interrupted => &[],
            Err(error) => return Err(error),
        };
        {
            let mut chunk = chunk.lock().unwrap_or_else(PoisonError::into_inner);
            chunk.clear();
            chunk.extend_from_slice(read);
        }
        hand_over().await;
    }
    drop(reader);
    Ok(body.as_reader().read(&mut [0]).is_err())
}

/// Back to whoever polls, once.
async fn hand_over() {
    let mut done = false;
    poll_fn(|_| {
        if done {
            return Poll::Ready(());
        }
        done = true;
        Poll::Pending
    })
    .await;
}

impl Pull for Probed {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut polled = false;
        loop {
            let chunk = self.chunk.lock().unwrap_or_else(PoisonError::into_inner);
            let left = chunk.get(self.taken..).unwrap_or_default();
            if !left.is_empty() {
                let count = left.len().min(buf.len());
                buf[..count].copy_from_slice(&left[..count]);
                self.taken += count;
                return Ok(count);
            }
            drop(chunk);
            match self.end {
                None if polled => return Err(ErrorKind::Interrupted.into()),
                None => {}
                Some(Ok(_)) => return Ok(0),
                Some(Err(kind)) => return Err(kind.into()),
            }
            self.taken = 0;
            polled = true;
            match self.pump.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {}
                Poll::Ready(end) => {
                    self.chunk.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    self.end = Some(end.as_ref().copied().map_err(io::Error::kind));
                    end?;
                }
            }
        }
    }
}

impl Source for Probed {
    fn was_decoded(&self) -> bool {
        matches!(self.end, Some(Ok(true)))
    }
}

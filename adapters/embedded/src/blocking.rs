//! The same client where everything blocks: a stack on `embedded-io`, a store in RAM.
//!
//! There is no second client: futures over parts that never wait are ready at their first poll.
//! [`Ready`] makes a blocking stream a part of such a future, [`send`] polls once, and
//! [`Blocking`] reads an answer's body.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io::ErrorType;

use crate::{Answer, Client, Clock, Error, Request, StoreLock, Transport};

/// What a future gives that never waits; `None` when it does wait, and then it is dropped.
pub fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// [`Client::send`] for a transport and a store that never wait.
///
/// # Errors
/// As for [`Client::send`]; [`Error::WouldWait`] when they do wait.
pub fn send<'a, L: StoreLock, T: Transport, C: Clock>(
    client: &'a mut Client<L, T, C>,
    request: &Request<'_>,
    buffer: &'a mut [u8],
) -> Result<Answer<'a, L, T, C>, Error<T::Error>> {
    ready(client.send(request, buffer)).unwrap_or(Err(Error::WouldWait))
}

/// A blocking stream as an async one that never waits.
#[derive(Clone, Copy, Debug)]
pub struct Ready<S>(pub S);

impl<S: ErrorType> ErrorType for Ready<S> {
    type Error = S::Error;
}

impl<S: embedded_io::Read> embedded_io_async::Read for Ready<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
        self.0.read(buffer)
    }
}

impl<S: embedded_io::Write> embedded_io_async::Write for Ready<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
        self.0.write(bytes)
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        self.0.flush()
    }
}

/// The body of an answer as a blocking `embedded-io` stream.
#[derive(Debug)]
pub struct Blocking<A>(pub A);

impl<L: StoreLock, T: Transport, C> ErrorType for Blocking<Answer<'_, L, T, C>> {
    type Error = Error<T::Error>;
}

impl<L: StoreLock, T: Transport, C: Clock> embedded_io::Read for Blocking<Answer<'_, L, T, C>> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        ready(self.0.read(buffer)).unwrap_or(Err(Error::WouldWait))
    }
}

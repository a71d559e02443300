//! The same client where everything blocks: a stack on `embedded-io`, a store in RAM.
//!
//! There is no second client: futures over parts that never wait are ready at their first poll.
//! [`Ready`] makes a blocking stream a part of such a future, [`send`] polls once, and
//! [`Blocking`] reads an answer's body, or a changed one. What has no function here is polled the
//! same way: `ready(poller.check(&request))`, `ready(client.invalidate(uri))`.
//!
//! ```
//! use embedded_io::{Read, Write};
//! use larder::{Config, Now, Target, store::slots::SlotStore};
//! use larder_embedded::wire::{HttpTransport, PlainCodec};
//! use larder_embedded::{Client, Connect, Request, blocking::{self, Blocking, Ready}};
//!
//! /// A modem whose sockets block. Their timeouts are its own business.
//! trait Modem {
//!     type Socket: Read<Error = Self::Error> + Write<Error = Self::Error>;
//!     type Error: embedded_io::Error;
//!     fn open(&mut self, host: &str, port: u16) -> Result<Self::Socket, Self::Error>;
//! }
//!
//! struct Sockets<M>(M);
//!
//! impl<M: Modem> Connect for Sockets<M> {
//!     type Error = M::Error;
//!     type Stream = Ready<M::Socket>;
//!     async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, M::Error> {
//!         // `target.scheme()` says whether it wants TLS.
//!         self.0.open(target.host(), target.port()).map(Ready)
//!     }
//! }
//!
//! fn poll(modem: impl Modem, uptime_ms: impl Fn() -> u64, random: u64, mut draw: impl FnMut(&[u8])) {
//!     let mut store = SlotStore::<4, 512, 1024>::new(random);
//!     let (mut head, mut ahead, mut heads) = ([0; 1024], [0; 128], [0; 1024]);
//!     let network = HttpTransport::new(Sockets(modem), PlainCodec, &mut head, &mut ahead);
//!     let clock = || Now::mono(1, uptime_ms());
//!     let mut client = Client::new(Config::private(), &mut store, network, clock);
//!     let request = Request::get("http://dash.example/weather").unwrap();
//!     if let Ok(answer) = blocking::send(&mut client, &request, &mut heads) {
//!         let (mut body, mut chunk) = (Blocking(answer), [0; 128]);
//!         while let Ok(count @ 1..) = body.read(&mut chunk) {
//!             draw(&chunk[..count]);
//!         }
//!     }
//! }
//! ```

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

/// The body of an answer, or of what a poller found changed, as a blocking `embedded-io` stream.
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

#[cfg(feature = "validators")]
impl<M, T: Transport> ErrorType for Blocking<crate::validators::Changed<'_, M, T>> {
    type Error = Error<T::Error>;
}

#[cfg(feature = "validators")]
impl<M, T> embedded_io::Read for Blocking<crate::validators::Changed<'_, M, T>>
where
    M: AsRef<[u8]> + AsMut<[u8]>,
    T: Transport,
{
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        ready(self.0.read(buffer)).unwrap_or(Err(Error::WouldWait))
    }
}

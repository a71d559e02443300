//! What connections of every socket trait share: where they lead, why they fail, whether they
//! are idle.

use core::fmt;
use core::marker::PhantomData;
use core::net::{IpAddr, SocketAddr};

use embedded_io::{ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};
use larder::{Scheme, Target};

use crate::blocking::ready;

/// Where a plain TCP connection leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint<'t> {
    /// The host is an address.
    Address(SocketAddr),
    /// The host is a name, to be looked up, and a port.
    Name(&'t str, u16),
}

impl<'t> Endpoint<'t> {
    /// Of a target; `None` when it asks for TLS.
    pub fn of(target: &Target<'t>) -> Option<Self> {
        if target.scheme() != Scheme::Http {
            return None;
        }
        let host = target.host().trim_start_matches('[').trim_end_matches(']');
        Some(match host.parse::<IpAddr>() {
            Ok(address) => Self::Address(SocketAddr::new(address, target.port())),
            Err(_) => Self::Name(host, target.port()),
        })
    }
}

/// Why a connection cannot be opened, or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TcpError<T, D> {
    /// TCP failed.
    Tcp(T),
    /// The host has no address.
    Dns(D),
    /// The URI asks for TLS.
    Secure,
}

impl<T: fmt::Display, D: fmt::Display> fmt::Display for TcpError<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(error) => error.fmt(f),
            Self::Dns(error) => error.fmt(f),
            Self::Secure => f.write_str("plain TCP cannot open an https URI"),
        }
    }
}

impl<T: core::error::Error, D: core::error::Error> core::error::Error for TcpError<T, D> {}

impl<T: embedded_io::Error, D: core::error::Error> embedded_io::Error for TcpError<T, D> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tcp(error) => error.kind(),
            Self::Dns(_) => ErrorKind::AddrNotAvailable,
            Self::Secure => ErrorKind::Unsupported,
        }
    }
}

/// A socket whose errors are [`TcpError`]s.
#[derive(Debug)]
pub struct TcpStream<S, D> {
    socket: S,
    dns: PhantomData<fn() -> D>,
}

impl<S, D> TcpStream<S, D> {
    /// Of this socket.
    pub const fn new(socket: S) -> Self {
        Self {
            socket,
            dns: PhantomData,
        }
    }
}

impl<S: ErrorType, D: core::error::Error> ErrorType for TcpStream<S, D> {
    type Error = TcpError<S::Error, D>;
}

impl<S: Read, D: core::error::Error> Read for TcpStream<S, D> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.socket.read(buffer).await.map_err(TcpError::Tcp)
    }
}

impl<S: Write, D: core::error::Error> Write for TcpStream<S, D> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.socket.write(bytes).await.map_err(TcpError::Tcp)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.socket.flush().await.map_err(TcpError::Tcp)
    }
}

/// Whether nothing comes from a stream now: no bytes, no end, no error. It polls one read and
/// drops it, so it is for streams whose reads may be dropped, and not for those that block. A
/// stream that was not silent has lost a byte: it is of no use any more.
pub fn is_silent<S: Read>(stream: &mut S) -> bool {
    ready(stream.read(&mut [0])).is_none()
}

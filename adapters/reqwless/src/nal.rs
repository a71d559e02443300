//! Connections of embedded-nal-async.

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use larder::Target;
use larder_embedded::Connect;

/// Connects by embedded-nal-async: hosts that are addresses at once, others after a look-up of
/// their IPv4 address. Plain TCP: an `https` URI is refused, wrap the socket in TLS for it.
#[derive(Debug)]
pub struct Nal<'n, T, D> {
    tcp: &'n T,
    dns: &'n D,
}

impl<'n, T: TcpConnect, D: Dns> Nal<'n, T, D> {
    /// By these.
    pub const fn new(tcp: &'n T, dns: &'n D) -> Self {
        Self { tcp, dns }
    }
}

/// Why a connection cannot be opened, or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NalError<T> {
    /// TCP failed.
    Tcp(T),
    /// The host has no address, or nobody could say.
    Dns,
    /// The URI asks for TLS.
    Secure,
}

impl<T: fmt::Display> fmt::Display for NalError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(error) => error.fmt(f),
            Self::Dns => f.write_str("the host has no address, or nobody could say"),
            Self::Secure => f.write_str("plain TCP cannot open an https URI"),
        }
    }
}

impl<T: core::error::Error> core::error::Error for NalError<T> {}

impl<T: Error> Error for NalError<T> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tcp(error) => error.kind(),
            Self::Dns => ErrorKind::AddrNotAvailable,
            Self::Secure => ErrorKind::Unsupported,
        }
    }
}

/// A socket of embedded-nal-async.
#[derive(Debug)]
pub struct NalStream<S>(S);

impl<'n, T: TcpConnect, D: Dns> Connect for Nal<'n, T, D> {
    type Error = NalError<T::Error>;
    type Stream = NalStream<T::Connection<'n>>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, Self::Error> {
        if target.scheme() != larder::Scheme::Http {
            return Err(NalError::Secure);
        }
        let host = target.host().trim_start_matches('[').trim_end_matches(']');
        let address = match host.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => {
                let found = self.dns.get_host_by_name(host, AddrType::IPv4).await;
                found.map_err(|_| NalError::Dns)?
            }
        };
        let socket = self.tcp.connect(SocketAddr::new(address, target.port())).await;
        Ok(NalStream(socket.map_err(NalError::Tcp)?))
    }
}

impl<S: ErrorType> ErrorType for NalStream<S> {
    type Error = NalError<S::Error>;
}

impl<S: Read> Read for NalStream<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.read(buffer).await.map_err(NalError::Tcp)
    }
}

impl<S: Write> Write for NalStream<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).await.map_err(NalError::Tcp)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush().await.map_err(NalError::Tcp)
    }
}

//! Connections of edge-nal.

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use edge_nal::{AddrType, Dns, TcpConnect};
use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use larder::Target;
use larder_embedded::Connect;

/// Connects by edge-nal: hosts that are addresses at once, others after a look-up of their IPv4
/// address. Plain TCP: an `https` URI is refused, wrap the socket in TLS for it.
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
pub enum NalError<T, D> {
    /// TCP failed.
    Tcp(T),
    /// The host has no address.
    Dns(D),
    /// The URI asks for TLS.
    Secure,
}

impl<T: fmt::Display, D: fmt::Display> fmt::Display for NalError<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(error) => error.fmt(f),
            Self::Dns(error) => error.fmt(f),
            Self::Secure => f.write_str("plain TCP cannot open an https URI"),
        }
    }
}

impl<T: core::error::Error, D: core::error::Error> core::error::Error for NalError<T, D> {}

impl<T: Error, D: Error> Error for NalError<T, D> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tcp(error) => error.kind(),
            Self::Dns(error) => error.kind(),
            Self::Secure => ErrorKind::Unsupported,
        }
    }
}

/// A socket of edge-nal.
#[derive(Debug)]
pub struct NalStream<S, D> {
    socket: S,
    dns: core::marker::PhantomData<fn() -> D>,
}

impl<'n, T: TcpConnect, D: Dns> Connect for Nal<'n, T, D> {
    type Error = NalError<T::Error, D::Error>;
    type Stream = NalStream<T::Socket<'n>, D::Error>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, Self::Error> {
        if target.scheme() != larder::Scheme::Http {
            return Err(NalError::Secure);
        }
        let host = target.host().trim_start_matches('[').trim_end_matches(']');
        let address = match host.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => {
                let found = self.dns.get_host_by_name(host, AddrType::IPv4).await;
                found.map_err(NalError::Dns)?
            }
        };
        let socket = self.tcp.connect(SocketAddr::new(address, target.port())).await;
        Ok(NalStream {
            socket: socket.map_err(NalError::Tcp)?,
            dns: core::marker::PhantomData,
        })
    }
}

impl<S: ErrorType, D: Error> ErrorType for NalStream<S, D> {
    type Error = NalError<S::Error, D>;
}

impl<S: Read, D: Error> Read for NalStream<S, D> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.socket.read(buffer).await.map_err(NalError::Tcp)
    }
}

impl<S: Write, D: Error> Write for NalStream<S, D> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.socket.write(bytes).await.map_err(NalError::Tcp)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.socket.flush().await.map_err(NalError::Tcp)
    }
}

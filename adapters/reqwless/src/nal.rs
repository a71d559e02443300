//! Connections of embedded-nal-async.

use core::fmt;
use core::net::SocketAddr;

use embedded_nal_async::{AddrType, Dns, TcpConnect};
use larder::Target;
use larder_embedded::Connect;
use larder_embedded::wire::{Endpoint, TcpError, TcpStream, is_silent};

/// Connects by embedded-nal-async: hosts that are addresses at once, others after a look-up of
/// their IPv4 address. Plain TCP: an `https` URI is refused, wrap the socket in TLS for it. Reads of
/// the socket must be such that they may be dropped, as those of embassy-net are.
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

/// The host has no address, or nobody could say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unresolved;

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has no address, or nobody could say")
    }
}

impl core::error::Error for Unresolved {}

impl<'n, T: TcpConnect, D: Dns> Connect for Nal<'n, T, D> {
    type Error = TcpError<T::Error, Unresolved>;
    type Stream = TcpStream<T::Connection<'n>, Unresolved>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, Self::Error> {
        let address = match Endpoint::of(target).ok_or(TcpError::Secure)? {
            Endpoint::Address(address) => address,
            Endpoint::Name(name, port) => {
                let found = self.dns.get_host_by_name(name, AddrType::IPv4).await;
                let address = found.map_err(|_| TcpError::Dns(Unresolved))?;
                SocketAddr::new(address, port)
            }
        };
        let socket = self.tcp.connect(address).await.map_err(TcpError::Tcp)?;
        Ok(TcpStream::new(socket))
    }

    fn is_idle(&mut self, stream: &mut Self::Stream) -> bool {
        is_silent(stream)
    }
}

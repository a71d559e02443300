//! Connections of edge-nal.

use core::net::SocketAddr;

use edge_nal::{AddrType, Dns, TcpConnect};
use larder::Target;
use larder_embedded::Connect;
use larder_embedded::wire::{Endpoint, TcpError, TcpStream, is_silent};

/// Connects by edge-nal: hosts that are addresses at once, others after a look-up of their IPv4
/// address. Plain TCP: an `https` URI is refused, wrap the socket in TLS for it. Reads of the
/// socket must be such that they may be dropped, as those of embassy-net and the standard library
/// are.
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

impl<'n, T: TcpConnect, D: Dns> Connect for Nal<'n, T, D> {
    type Error = TcpError<T::Error, D::Error>;
    type Stream = TcpStream<T::Socket<'n>, D::Error>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, Self::Error> {
        let address = match Endpoint::of(target).ok_or(TcpError::Secure)? {
            Endpoint::Address(address) => address,
            Endpoint::Name(name, port) => {
                let found = self.dns.get_host_by_name(name, AddrType::IPv4).await;
                SocketAddr::new(found.map_err(TcpError::Dns)?, port)
            }
        };
        let socket = self.tcp.connect(address).await.map_err(TcpError::Tcp)?;
        Ok(TcpStream::new(socket))
    }

    fn is_idle(&mut self, stream: &mut Self::Stream) -> bool {
        is_silent(stream)
    }
}

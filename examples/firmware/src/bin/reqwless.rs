//! The dashboard on reqwless, over embassy-net's own client sockets.

#![no_std]
#![no_main]

use core::cell::Cell;

use embassy_net::dns::DnsSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use firmware::Air;
use larder_reqwless::{Nal, transport};

#[cortex_m_rt::entry]
fn main() -> ! {
    firmware::start(async |network, errand| {
        let state = TcpClientState::<1, 1024, 1536>::new();
        let (tcp, dns, air) = (
            TcpClient::new(network, &state),
            DnsSocket::new(network),
            Cell::new(0),
        );
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let connect = Air::new(Nal::new(&tcp, &dns), &air);
        errand.run(transport(connect, &mut head, &mut ahead), &air).await
    })
}

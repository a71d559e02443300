//! The dashboard on edge-http, over edge-nal's sockets of embassy-net.

#![no_std]
#![no_main]

use core::cell::Cell;

use edge_nal_embassy::{Dns, Tcp, TcpBuffers};
use firmware::Air;
use larder_edge_http::{Nal, transport};

#[cortex_m_rt::entry]
fn main() -> ! {
    firmware::start(async |network, errand| {
        let buffers = TcpBuffers::<1, 1024, 1536>::new();
        let (tcp, dns, air) = (Tcp::new(network, &buffers), Dns::new(network), Cell::new(0));
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let connect = Air::new(Nal::new(&tcp, &dns), &air);
        errand.run(transport(connect, &mut head, &mut ahead), &air).await
    })
}

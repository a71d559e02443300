//! A cache for devices whose HTTP stack is edge-http.
//!
//! ```
//! use edge_nal::{Dns, TcpConnect};
//! use larder::{Config, Headers, Now, store::slots::SlotStore};
//! use larder_edge_http::{EdgeTransport, Nal, transport};
//! use larder_embedded::{Client, Request};
//!
//! async fn poll(tcp: &impl TcpConnect, dns: &impl Dns, uptime_ms: impl Fn() -> u64, random: u32) {
//!     let mut store = SlotStore::<4, 512, 4096>::new(random.into());
//!     let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 1024]);
//!     let network = transport(Nal::new(tcp, dns), &mut head, &mut ahead);
//!     let clock = || Now::mono(random, uptime_ms());
//!     let mut client = Client::new(Config::private(), &mut store, network, clock);
//!     let request = Request::get("http://dash.example/weather").unwrap();
//!     if let Ok(mut answer) = client.send(&request, &mut heads).await {
//!         let mut body = [0; 4096];
//!         let _ = answer.read_all(&mut body).await;
//!     }
//! }
//! ```
//!
//! It needs larder's feature `heapless` for `SlotStore`. [The page of
//! larder-embedded](larder_embedded::guide) has the same for embassy-net, with timeouts (nothing here has
//! one, nor have edge-nal-embassy's sockets), the clock, and what an error asks for. The features
//! `log` and `defmt` are those of larder-embedded; `log` and `defmt` of edge-http come with them.
//!
//! # What is edge-http's and what is not
//!
//! Requests are written by edge-http's codec ([`EdgeCodec`]). Everything that a cache stakes its
//! answers on is [`HttpTransport`]'s: which responses have a body and where it ends,
//! what a cut-off one is, and when a connection is used again. Heads are parsed by httparse, as edge-http
//! does, but one line at a time: edge-http keeps an array of all fields for as long as it waits.
//! Its own `Connection` must not be used behind a cache: it cannot go on after a 304 without
//! Content-Length.
//!
//! What edge-http cannot write is refused: methods it does not know, field lines of the same
//! name, more than 14 of them (conditions aside), a path or Host field that has to be put together and is
//! longer than 72 bytes.
//! GET requests carry `Content-Length: 0`, which edge-http adds.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod codec;
mod nal;

pub use codec::EdgeCodec;
pub use nal::Nal;

use larder_embedded::Connect;
use larder_embedded::wire::HttpTransport;

/// A transport on edge-http's codec.
pub type EdgeTransport<'b, C> = HttpTransport<'b, C, EdgeCodec>;

/// A transport on edge-http's codec. `head` must hold the largest response head; `read_ahead` a few
/// bytes at least (128 or more make fewer reads).
pub const fn transport<'b, C: Connect>(
    connect: C,
    head: &'b mut [u8],
    read_ahead: &'b mut [u8],
) -> EdgeTransport<'b, C> {
    HttpTransport::new(connect, EdgeCodec, head, read_ahead)
}

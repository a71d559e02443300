//! A cache for devices whose HTTP stack is reqwless.
//!
//! ```
//! use embedded_nal_async::{Dns, TcpConnect};
//! use larder::{Config, Now, store::slots::SlotStore};
//! use larder_embedded::{Client, Request};
//! use larder_reqwless::{Nal, transport};
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
//! one; embassy-net's `TcpClient` can be given one), the clock, and what an error asks for. The features
//! `log` and `defmt` are those of larder-embedded; reqwless' own `defmt` comes with it.
//!
//! # What is reqwless' and what is not
//!
//! Requests are written by reqwless' low level ([`ReqwlessCodec`]). Heads of responses, bodies,
//! their ends and the reuse of connections are
//! [`HttpTransport`]'s: reqwless' own client waits for a body after a 304, and takes a body that is
//! cut off for a whole one; its parser refuses some heads that others read, and needs about 2 KiB of
//! stack. Heads are parsed by httparse, as reqwless does, but one line at a time.
//!
//! Requests have 14 fields at most (conditions aside), whose values are UTF-8; an entity tag that is not is
//! left out, and a date with it, so that the request goes out unconditional. A path or Host field that has
//! to be put together has 72 bytes at most.
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

pub use codec::ReqwlessCodec;
pub use nal::{Nal, Unresolved};

use larder_embedded::Connect;
use larder_embedded::wire::HttpTransport;

/// A transport on reqwless' codec.
pub type ReqwlessTransport<'b, C> = HttpTransport<'b, C, ReqwlessCodec>;

/// A transport on reqwless' codec. `head` must hold the largest response head; `read_ahead` a few
/// bytes at least (128 or more make fewer reads).
pub const fn transport<'b, C: Connect>(
    connect: C,
    head: &'b mut [u8],
    read_ahead: &'b mut [u8],
) -> ReqwlessTransport<'b, C> {
    HttpTransport::new(connect, ReqwlessCodec, head, read_ahead)
}

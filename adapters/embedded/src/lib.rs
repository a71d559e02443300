//! An HTTP cache (RFC 9111) for microcontrollers: `no_std`, no heap, async or blocking, over the
//! HTTP stack that a device has already.
//!
//! # A device that polls a dashboard
//!
//! ```
//! use embassy_sync::{blocking_mutex::raw::NoopRawMutex, mutex::Mutex};
//! use larder::{EntryId, store::slots::SlotStore};
//! use larder_embedded::{Client, Clock, Error, Request, Transport};
//!
//! /// Four responses with heads of 512 bytes and bodies of 4 KiB.
//! type Store = Mutex<NoopRawMutex, SlotStore<4, 512, 4096>>;
//!
//! struct Tile { url: &'static str, drawn: Option<EntryId> }
//!
//! /// Called every minute. Draws what has changed; the radio is off while nothing can have.
//! async fn refresh<T: Transport, C: Clock>(
//!     client: &mut Client<&Store, T, C>, heads: &mut [u8; 1024], tiles: &mut [Tile],
//!     mut draw: impl FnMut(&[u8]),
//! ) -> Result<(), Error<T::Error>> {
//!     for tile in tiles {
//!         let request = Request::get(tile.url)?.with_fields(&[("accept", "image/bmp")]);
//!         let mut answer = client.send(&request, heads).await?;
//!         if answer.entry().is_some() && answer.entry() == tile.drawn {
//!             continue; // the very body that is on the screen: fresh, or the origin said 304
//!         }
//!         if answer.status() == 200 {
//!             let mut chunk = [0; 256];
//!             loop {
//!                 let count = answer.read(&mut chunk).await?;
//!                 if count == 0 { break }
//!                 draw(&chunk[..count]);
//!             }
//!             tile.drawn = answer.entry(); // stored while it was read
//!         }
//!     }
//!     Ok(())
//! }
//!
//! // Once, at start-up:
//! use larder::{Config, Now};
//! use larder_embedded::{Connect, wire::{HttpTransport, PlainCodec}};
//!
//! async fn dashboard<N: Connect>(network: N, uptime_ms: impl Fn() -> u64, random: u32) {
//!     static CONFIG: Config = Config::private();
//!     let store = Store::new(SlotStore::new(random.into())); // larger ones: in a `static`, see the page
//!     let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 1024]);
//!     let transport = HttpTransport::new(network, PlainCodec, &mut head, &mut ahead);
//!     let clock = || Now::mono(random, uptime_ms());
//!     let mut client = Client::new(CONFIG, &store, transport, clock);
//!     let mut tiles = [Tile { url: "http://192.0.2.2/weather.bmp", drawn: None }];
//!     loop {
//!         let drawn = refresh(&mut client, &mut heads, &mut tiles, |_pixels| {}).await;
//!         // `drawn` says what went wrong; sleep a minute
//! #       break;
//!     }
//! }
//! ```
//!
//! [The board page](guide) has this for embassy, what an error asks for, what to do about the time, and
//! what it costs.
//!
//! # What is in it
//!
//! - [`Client`] walks core's driver for each request and hands out an [`Answer`]: from the store,
//!   or from the network and stored while it is read. Nothing is buffered but heads, in the
//!   buffer that the caller gives.
//! - [`Transport`] is what the HTTP stack has to do; [`wire::HttpTransport`] is one over any
//!   `embedded-io-async` stream, whose requests are written by `larder-edge-http`,
//!   `larder-reqwless`, or [`wire::PlainCodec`].
//! - [`StoreLock`] is the lock that the caller chooses. It is held for one operation of the store
//!   at a time and never while the network is waited for.
//! - [`Clock`] says what time it is, as far as the device knows.
//! - [`blocking`] is the same for stacks that block, also for the poller below.
//! - `validators` (a feature) is for "has it changed?": no bodies, 184 bytes a URL.
//!
//! # Features
//!
//! None is on by default. Stores for RAM are larder's own: the arena always, `SlotStore` with larder's
//! feature `heapless`.
//!
//! | feature | what it gives |
//! |---|---|
//! | `embassy-sync` | a store behind embassy-sync's mutex, for several clients |
//! | `embassy-time` | `EmbassyClock` |
//! | `validators` | has it changed? without storing bodies |
//! | `defmt`, `log` | log lines by one of them, defmt where both are on; `defmt::Format` on public types |
//!
//! # Dropped futures
//!
//! Every future here may be dropped at any await (a timeout, a `select`):
//!
//! - An entry is visible when it is committed and not before; a write whose future was dropped
//!   leaves nothing, and an update leaves the entry as it was.
//! - A request that was cut off makes its connection unusable; the next one connects anew.
//! - A request with an unsafe method (POST, PUT, DELETE) whose answer was never seen may have changed what is
//!   stored: the next request of this client invalidates it first.
//! - A body whose read was cut off while the store was waited for has lost bytes: later reads
//!   say so ([`Error::Interrupted`]) and never go on behind them.
//!
//! # Without a clock
//!
//! Freshness needs an idea of UTC (RFC 9111 section 4). A device without one learns it from the
//! Date of the first response and counts on with its monotonic clock; until then, and for what was stored
//! in another clock domain (before a reset), every use is validated: a 304, not a download. A real clock
//! (SNTP, an RTC) that was there before the reset and is there after it makes that needless.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
#![allow(async_fn_in_trait)] // one executor: what microcontrollers have

#[doc = include_str!("../README.md")]
pub mod guide {}

#[macro_use]
mod fmt;

mod answer;
pub mod blocking;
mod client;
mod clock;
mod error;
mod keep;
mod lock;
mod outgoing;
mod pending;
mod request;
mod run;
mod transport;
#[cfg(feature = "validators")]
pub mod validators;
pub mod wire;

pub use answer::Answer;
pub use client::{Client, Counters};
pub use clock::Clock;
#[cfg(feature = "embassy-time")]
pub use clock::EmbassyClock;
pub use error::Error;
pub use lock::StoreLock;
pub use request::Request;
pub use transport::{BodyLength, Connect, Ended, Transport};

//! An HTTP cache (RFC 9111) for microcontrollers: `no_std`, no heap, async or blocking, over the
//! HTTP stack that a device has already.
//!
//! # A device that polls a dashboard
//!
//! ```
//! use core::fmt::Debug;
//! use embassy_sync::{blocking_mutex::raw::NoopRawMutex, mutex::Mutex};
//! use larder::{Config, EntryId, Headers};
//! use larder::store::slots::SlotStore;
//! use larder_embedded::{Client, Clock, Error, Request, Transport};
//!
//! /// Four responses with heads of 512 bytes and bodies of 4 KiB: all the RAM that there is.
//! type Store = SlotStore<4, 512, 4096>;
//!
//! struct Tile { url: &'static str, drawn: Option<EntryId> }
//!
//! /// Called every minute. Draws what has changed, and keeps the radio off while nothing can have.
//! async fn refresh<T: Transport, C: Clock>(
//!     store: &Mutex<NoopRawMutex, Store>, transport: &mut T, clock: &C, tiles: &mut [Tile],
//!     mut draw: impl FnMut(&[u8]),
//! ) -> Result<(), Error<T::Error>> {
//!     let mut client = Client::new(Config::private(), store, transport, clock);
//!     let mut head = [0; 1024]; // twice the heads of the store
//!     for tile in tiles {
//!         let request = Request::get(tile.url)?.with_fields(&[("accept", "image/bmp")]);
//!         let mut answer = client.send(&request, &mut head).await?;
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
//! ```
//!
//! # What is in it
//!
//! - [`Client`] walks core's driver for each request and hands out an [`Answer`]: from the store,
//!   or from the network and stored while it is read. Nothing is buffered but heads, in the
//!   buffer that the caller gives.
//! - [`Transport`] is what the HTTP stack has to do. `larder-edge-http` and `larder-reqwless` are
//!   two; [`wire`] has what both are made of, for others.
//! - [`StoreLock`] is the lock that the caller chooses. It is held for one operation of the store
//!   at a time and never while the network is waited for.
//! - [`Clock`] says what time it is, as far as the device knows.
//! - [`blocking`] is the same for stacks that block.
//!
//! # Dropped futures
//!
//! Every future here may be dropped at any await (a timeout, a `select`):
//!
//! - An entry is visible when it is committed and not before; a write whose future was dropped
//!   leaves nothing, and an update leaves the entry as it was.
//! - A request that was cut off makes its connection unusable; the next one connects anew.
//! - An unsafe request (POST, PUT, DELETE) whose answer was never seen may have changed what is
//!   stored: the next request of this client invalidates it first.
//! - A body whose read was cut off while the store was waited for has lost bytes: later reads
//!   say so ([`Error::Interrupted`]) and never go on behind them.
//!
//! # Without a clock
//!
//! Freshness needs an idea of UTC (RFC 9111 section 4). A device without one learns it from the
//! Date of the first response and counts on with its monotonic clock; until then, and for what was stored
//! in another clock domain (before a reset), every use is validated: a 304, not a download.
#![no_std]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(async_fn_in_trait)] // one executor: what microcontrollers have

#[macro_use]
mod fmt;

mod answer;
pub mod blocking;
mod client;
mod clock;
mod error;
mod keep;
mod lock;
mod request;
mod run;
mod transport;
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

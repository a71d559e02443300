//! An HTTP cache for [ureq] 3: RFC 9111, streaming, in two lines.
//!
//! ```no_run
//! let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(64 << 20), |builder| builder);
//! let text = agent.get("http://example.com/").call()?.body_mut().read_to_string()?;
//! # Ok::<(), ureq::Error>(())
//! ```
//!
//! The agent is a [`ureq::Agent`] like any other, and the closure sees its builder. Keep a
//! [`Cache`] to clear it, to look at its [`Stats`], to share it among agents, or to give it
//! [other rules](CacheBuilder); ask a response how it came about with [`CacheInfo`], and give
//! a request a [`CacheMode`] where it wants something special. Any
//! [`SharedStore`](larder::store::shared::SharedStore) will do as the store.
//!
//! # What is cached
//!
//! What RFC 9111 allows a private cache: responses to GET with a lifetime (`Cache-Control`,
//! `Expires`, or a tenth of the time since `Last-Modified`) or a validator, under their URI
//! and the request fields that Vary names, including what ureq adds by itself (Accept,
//! User-Agent). Stale ones are validated (`If-None-Match`, `If-Modified-Since`), served while
//! that happens in the background (`stale-while-revalidate`; a short-lived program ends with
//! [`Cache::wait`]), or served when the origin fails (`stale-if-error`). Unsafe methods
//! invalidate.
//!
//! Bodies are never collected: they are stored while the caller reads them, and count when the
//! last byte has come. A hit hands out the stored bytes without copying them. Threads that ask
//! for the same at once share one request and read its body while it comes. A store that fails costs a hit and is logged (crate
//! `log`), it never fails a request.
//!
//! # What is not
//!
//! - A body that was not read to its end. Dropped half-way, broken off, or longer than
//!   [`CacheBuilder::max_entry_size`]: nothing is stored.
//! - A body whose end proves nothing: without Content-Length and Transfer-Encoding, ureq cannot
//!   tell half a body from a whole one, unless it decodes it (gzip, brotli): then the coding
//!   tells. [`CacheBuilder::unproven_framing`] decides otherwise.
//! - What is at the end of redirects that ureq follows: it does so below the cache. [`follow`]
//!   does it above, and every hop is cached. Agents with `max_redirects(0)` cache redirects
//!   themselves.
//! - With ureq's feature `cookies`: responses that vary by Cookie. The jar is below the cache.
//!
//! # Whose responses
//!
//! Requests with credentials (Authorization, or userinfo in the URI) have a share of the cache
//! for themselves, one for each set of credentials; [`CacheBuilder::share_credentials`] is the
//! opt-out. Credentials are kept as keyed hashes only; userinfo is not kept at all. So have requests
//! with a Host of their own, one for each: it names another resource than the URI does.
//!
//! # Error responses
//!
//! They are responses and are cached: a 404 with a lifetime is fetched once. Whether they are
//! an `Err` is decided above the cache, by the agent's `http_status_as_error` or, for a
//! request, by [`StatusAsError`].
//!
//! # What ureq shows otherwise
//!
//! On a response that came through the cache [`Body::content_length`] is `None`, and on one
//! from the store [`ResponseExt::get_uri`] panics: ureq keeps to itself what they need.
//! [`CacheInfo`] has both.
//!
//! [The page for users of ureq](guide) has more: choosing a store, programs that end soon, tests,
//! and coming from other caches.
//!
//! [`Body::content_length`]: ureq::Body::content_length
//! [`ResponseExt::get_uri`]: ureq::ResponseExt::get_uri
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod agent;
mod answer;
mod background;
mod builder;
mod cache;
mod cache_status;
mod clock;
mod collapse;
mod decoded;
mod delivered;
mod errand;
mod error;
mod exchange;
mod fields;
mod flight;
mod follow;
mod forward;
mod framing;
mod growing;
mod growing_body;
mod heads;
mod info;
mod join;
mod keep;
mod middleware;
mod mode;
mod notes;
mod origin;
mod partition;
mod place;
mod refetch;
mod removals;
mod request;
mod serve;
mod source;
mod stats;
mod status;
mod store;
mod tee;
mod unmarked;
mod view;
mod window;

#[doc = include_str!("../README.md")]
pub mod guide {}

pub use agent::agent;
pub use builder::CacheBuilder;
pub use cache::Cache;
pub use error::{AskAgain, RemoveError};
pub use follow::follow;
pub use info::{CacheInfo, Outcome, Stored};
pub use larder;
#[doc(no_inline)]
pub use larder::store::memory::MemoryStore;
pub use mode::CacheMode;
pub use request::CacheMiddleware;
pub use stats::Stats;
pub use status::StatusAsError;

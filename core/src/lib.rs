//! HTTP caching (RFC 9111) as a sans-I/O, `no_std`, allocation-free state machine.
//!
//! You give it a request and what is stored; it says what to do next, and why; you do the
//! I/O. It reads no clock, opens no socket and keeps no bytes.
//!
//! # The states
//!
//! ```text
//!                           +------------+
//!                           | IdleClient |   fold stored responses in, then `next`
//!                           +-----+------+
//!       +----------------+--------+--------+-------------------+
//!       | nothing        | may serve now   | may serve         | only-if-cached,
//!       | can serve      |                 | after validation  | nothing can serve
//!       v                v                 v                   v
//! +-----------+    +-----------+  (1) +------------------+  +----------------+
//! | CacheMiss |    | FromCache |----->| NeedRevalidation |  | GatewayTimeout |
//! +-----------+    +-----------+      +------------------+  +----------------+
//!    |  ^             ^   ^               |   |   |  | (2)          ^
//!    |  | full        |   | origin failed,|   |   |  +--------------+
//!    |  | response    |   | stale allowed |   |   | origin failed, stale not allowed
//!    |  +-------------|---|---------------|---+   |
//!    |                |   +---------------+       | 304 Not Modified
//!    |                |    +-----------------+    |
//!    |                +----| NeedToBeUpdated |<---+
//!    |                     +-----------------+
//!    +--> StoreAndUse         store the response and pass it on
//!    +--> CouldNotBeStored    pass it on
//!    +--> InvalidateEntries   stored responses are no longer true; then one of the two
//!
//! (1) stale-while-revalidate: served, and validated in the background
//! (2) on_error
//! ```
//!
//! Every transition consumes its state and returns a `#[must_use]` enum; every state has a
//! [`Reason`] that names the section of the RFC. States hold facts and ids, no borrow of a
//! buffer, so they live across a network round trip or in a `static`.
//!
//! # A walk through every state
//!
//! ```
//! use larder::store::{pack, Entry, SliceSink};
//! use larder::*;
//!
//! // **** What the caller has: a configuration, a request, a clock.
//! static CONFIG: Config = Config::private();
//! const DAY: i64 = 1_783_987_200_000; // UTC in milliseconds
//! let at = |seconds: u64| Now::mono(1, seconds * 1000).with_utc(DAY + seconds as i64 * 1000);
//! let exchanged = |seconds| Exchanged::new(at(seconds), at(seconds));
//! let target = Target::parse("http://example.test/news")?;
//! let fields = [("accept", "text/html")];
//! let request = RequestHead { method: "GET", target, partition: Partition::COMMON, headers: &fields };
//!
//! // **** IdleClient: nothing is stored yet, so nothing is considered.
//! let idle = IdleClient::new(&CONFIG, &request, at(0));
//! let IdleClientNext::CacheMiss(miss) = idle.next() else { panic!() };
//! assert_eq!(miss.reason(), Reason::NothingStored);
//!
//! // **** CacheMiss: send the request; this is what came back.
//! let lines = [("ETag", "\"1\""), ("Cache-Control", "max-age=60"), ("Vary", "Accept")];
//! let response = ResponseHead { status: 200, headers: &lines };
//! let CacheMissNext::StoreAndUse(store) = miss.next(&request, &response, exchanged(0), &mut []) else { panic!() };
//!
//! // **** StoreAndUse: pack the head, keep the facts beside it, tee the body.
//! let mut buffer = [0; 512];
//! let mut sink = SliceSink::new(&mut buffer);
//! pack(&mut sink, &request, 200, &store.head(&lines))?;
//! let (id, facts, head) = (EntryId(1), *store.facts(), sink.finish().expect("512 bytes do"));
//! let entry = Entry::parse(head)?;
//!
//! // **** FromCache: half a minute later the entry is fresh.
//! let mut idle = IdleClient::new(&CONFIG, &request, at(30));
//! idle.consider(&request, id, &facts, &entry);
//! let IdleClientNext::FromCache(hit) = idle.next() else { panic!() };
//! assert_eq!((hit.reason(), hit.age(), hit.remaining()), (Reason::Fresh, Some(30), 30));
//! assert_eq!(hit.head(&entry).get_one("age"), Some(&b"30"[..]));
//!
//! // **** NeedRevalidation: after a minute it is stale. Ask the origin.
//! let mut idle = IdleClient::new(&CONFIG, &request, at(90));
//! idle.consider(&request, id, &facts, &entry);
//! let IdleClientNext::NeedRevalidation(stale) = idle.next() else { panic!() };
//! assert_eq!(stale.reason().section(), "RFC 9111 section 4.2");
//! let conditional = stale.conditional(&request, &entry, &mut []);
//! assert_eq!(conditional.apply(&fields).get_one("if-none-match"), Some(&b"\"1\""[..]));
//!
//! // **** NeedToBeUpdated: the origin says 304. Merge, store, serve.
//! let fresh = [("ETag", "\"1\""), ("Cache-Control", "max-age=120")];
//! let not_modified = ResponseHead { status: 304, headers: &fresh };
//! let NeedRevalidationNext::NeedToBeUpdated(update) = stale.next(&request, &entry, &not_modified, exchanged(90)) else { panic!() };
//! let stored = ResponseHead { status: entry.status(), headers: &entry };
//! let new = update.update(&request, &stored, &not_modified)?;
//! assert_eq!(new.head.get_one("cache-control"), Some(&b"max-age=120"[..]));
//! let hit = update.serve(new.facts);
//! assert_eq!((hit.reason(), hit.remaining()), (Reason::Validated, 120));
//!
//! // **** CouldNotBeStored: the origin may forbid it.
//! let IdleClientNext::CacheMiss(miss) = IdleClient::new(&CONFIG, &request, at(0)).next() else { panic!() };
//! let lines = [("Cache-Control", "no-store")];
//! let CacheMissNext::CouldNotBeStored(end) =
//!     miss.next(&request, &ResponseHead { status: 200, headers: &lines }, exchanged(0), &mut []) else { panic!() };
//! assert_eq!(end.reason(), Reason::NoStore);
//!
//! // **** InvalidateEntries: a POST succeeded.
//! let post = RequestHead { method: "POST", ..request };
//! let IdleClientNext::CacheMiss(miss) = IdleClient::new(&CONFIG, &post, at(0)).next() else { panic!() };
//! let created = ResponseHead { status: 201, headers: &[("Location", "/news/2")] };
//! let CacheMissNext::InvalidateEntries(invalidate) = miss.next(&post, &created, exchanged(0), &mut []) else { panic!() };
//! let keys = invalidate.keys(7, &post, &created, &mut [0; 64]).expect("it is about keys");
//! assert_eq!(keys.iter().count(), 2);
//!
//! // **** GatewayTimeout: only-if-cached, and nothing is.
//! let only = [("cache-control", "only-if-cached")];
//! let idle = IdleClient::new(&CONFIG, &RequestHead { headers: &only, ..request }, at(0));
//! let IdleClientNext::GatewayTimeout(end) = idle.next() else { panic!() };
//! assert_eq!(end.reason(), Reason::OnlyIfCached);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The driver
//!
//! [`Exchange`] walks these states for you and speaks in [`Action`]s: ids, keys and flags.
//! Adapters, blocking or async, are one loop over it and a [`store::Store`]. This is all of a
//! blocking one, with the stores' error handling left out:
//!
//! ```
//! # #[cfg(any(feature = "alloc", feature = "std"))] {
//! use larder::store::{heap::HeapStore, pack, Entry, Store, StoreError, TokenSink};
//! use larder::*;
//!
//! /// The network: request fields in, response out.
//! type Origin<'a> = &'a mut dyn FnMut(&[(String, String)]) -> (u16, Vec<(String, String)>, Vec<u8>);
//!
//! fn fetch(
//!     config: &Config, store: &mut HeapStore, request: &RequestHead<'_, [(String, String)]>,
//!     clock: &dyn Fn() -> Now, origin: Origin<'_>,
//! ) -> Result<(u16, Vec<u8>, Reason), StoreError> {
//!     let mut exchange = Exchange::new(config, store.seed());
//!     let (mut stored, mut place) = (vec![0; 4096], None); // a head, and which one it is
//!     let (mut answer, mut at) = (None, Exchanged::new(clock(), clock()));
//!     let mut action = exchange.start(request);
//!     loop {
//!         action = match action {
//!             Action::ReadHeads(_) | Action::NextHead => {
//!                 let key = exchange.key().expect("there is a lookup");
//!                 if matches!(action, Action::ReadHeads(_)) { place = None; }
//!                 match store.next_head(key, place, &mut stored)? {
//!                     None => exchange.heads_done(clock()),
//!                     Some((id, facts, len)) => {
//!                         place = Some(id);
//!                         match Entry::trusted(&stored[..len]) {
//!                             Ok(entry) => exchange.offer(request, id, &facts, &entry),
//!                             Err(_) => Action::NextHead,
//!                         }
//!                     }
//!                 }
//!             }
//!             Action::Forward { .. } | Action::Retry => {
//!                 let mut lines = request.headers.to_vec();
//!                 if let Action::Forward { conditional_on: Some(id) } = action {
//!                     let (_, len) = store.read_head(id, &mut stored)?.expect("one thread");
//!                     let entry = Entry::trusted(&stored[..len]).expect("just offered");
//!                     for line in exchange.conditional(request, &entry, &mut [0; 256]).set() {
//!                         let value = String::from_utf8_lossy(line.value).into_owned();
//!                         lines.push((line.name.as_str().unwrap_or("").to_string(), value));
//!                     }
//!                 }
//!                 let sent = clock();
//!                 let (status, fields, body) = origin(&lines);
//!                 at = Exchanged::new(sent, clock());
//!                 let head = ResponseHead { status, headers: &fields };
//!                 let next = exchange.response(request, &head, at, &mut [0; 256]);
//!                 answer = Some((status, fields, body));
//!                 next
//!             }
//!             Action::Update(id) => {
//!                 let (facts, len) = store.read_head(id, &mut stored)?.expect("one thread");
//!                 let entry = Entry::trusted(&stored[..len]).expect("just offered");
//!                 let (status, fields, _) = answer.as_ref().expect("a 304");
//!                 let old = ResponseHead { status: entry.status(), headers: &entry };
//!                 let fresh = ResponseHead { status: *status, headers: fields };
//!                 let update = exchange.update(request, &facts, &old, &fresh, at).expect("the same head");
//!                 let mut token = store.begin_head(id, &update.facts, at.request)?.expect("one thread");
//!                 let packed = pack(&mut TokenSink::new(store, &mut token), request, entry.status(), &update.head);
//!                 exchange.done(packed.is_ok() && store.commit(token).is_ok())
//!             }
//!             Action::Store => {
//!                 let (status, fields, body) = answer.expect("a response");
//!                 let key = exchange.key().unwrap_or(Key::new(&request.target, store.seed()));
//!                 let facts = exchange.stored_facts().expect("it is to be stored");
//!                 let mut token = store.begin(key, facts, exchange.request().method().sent_at(at))?;
//!                 let head = exchange.storable(&fields).expect("it is to be stored");
//!                 if pack(&mut TokenSink::new(store, &mut token), request, status, &head).is_ok() {
//!                     store.append(&mut token, &body)?;
//!                     store.commit(token)?;
//!                 }
//!                 return Ok((status, body, exchange.reason()));
//!             }
//!             Action::Serve(id) => {
//!                 let (facts, _) = store.read_head(id, &mut stored)?.expect("one thread");
//!                 let mut body = vec![0; store.body_len(id)?.unwrap_or(0) as usize];
//!                 store.read_at(id, 0, &mut body)?;
//!                 return Ok((facts.status(), body, exchange.reason()));
//!             }
//!             Action::NotModified(_) => return Ok((304, Vec::new(), exchange.reason())),
//!             Action::Stale(id) => exchange.done(store.mark_invalid(id).is_ok()),
//!             Action::Remove(id) => exchange.done(store.remove(id).is_ok()),
//!             Action::Invalidate(keys) => {
//!                 let marked = keys.iter().all(|key| store.invalidate(key, at.response).is_ok());
//!                 exchange.done(marked)
//!             }
//!             Action::GatewayTimeout => return Ok((504, Vec::new(), exchange.reason())),
//!             _ => {
//!                 let (status, _, body) = answer.expect("a response");
//!                 return Ok((status, body, exchange.reason()));
//!             }
//!         }
//!     }
//! }
//!
//! let mut store = HeapStore::new(1 << 20, 7);
//! let request = RequestHead {
//!     method: "GET", target: Target::parse("http://example.test/").unwrap(),
//!     partition: Partition::COMMON, headers: &[][..],
//! };
//! let clock = || Now::mono(1, 0).with_utc(0);
//! let mut asked = 0;
//! let mut get = || fetch(&Config::private(), &mut store, &request, &clock, &mut |_| {
//!     asked += 1;
//!     (200, vec![("Cache-Control".into(), "max-age=60".into())], b"hello".to_vec())
//! }).unwrap();
//! assert_eq!(get(), (200, b"hello".to_vec(), Reason::Storable));
//! assert_eq!(get(), (200, b"hello".to_vec(), Reason::Fresh));
//! assert_eq!(asked, 1);
//! # }
//! ```
//!
//! # Without the driver: on a microcontroller
//!
//! A state is a plain value: make it, keep it across the round trip, go on when the answer is
//! there. Only [`IdleClient::consider`], [`NeedRevalidation::conditional`] and
//! [`NeedToBeUpdated::update`] look at a stored head, each for the length of one call, so one
//! buffer in RAM serves them all and flash is read in between. This is the whole of "has it
//! changed?" polling with nothing kept but a head and its facts:
//!
//! ```
//! use larder::store::Entry;
//! use larder::*;
//!
//! static CONFIG: Config = Config::private();
//!
//! /// What the radio task has to do with the image in flash.
//! enum Plan<'c> { UseIt, AskWith(NeedRevalidation<'c>), Download(CacheMiss<'c>) }
//!
//! fn plan(url: &Target<'_>, now: Now, kept: Option<(&StoredFacts, &[u8])>) -> Plan<'static> {
//!     let request = RequestHead {
//!         method: "GET", target: *url, partition: Partition::COMMON, headers: &NoFields,
//!     };
//!     let mut idle = IdleClient::new(&CONFIG, &request, now);
//!     if let Some((facts, head)) = kept {
//!         if let Ok(entry) = Entry::parse(head) { // checks the sum: the bytes come from flash
//!             idle.consider(&request, EntryId(0), facts, &entry);
//!         }
//!     }
//!     match idle.next() {
//!         IdleClientNext::FromCache(_) => Plan::UseIt,
//!         IdleClientNext::NeedRevalidation(state) => Plan::AskWith(state),
//!         IdleClientNext::CacheMiss(state) => Plan::Download(state),
//!         _ => unreachable!("nothing asked for only-if-cached"),
//!     }
//! }
//!
//! let url = Target::parse("http://example.test/image.bin").unwrap();
//! assert!(matches!(plan(&url, Now::mono(1, 0), None), Plan::Download(_)));
//! ```
//!
//! # Time
//!
//! [`Now`] holds what the platform has: always a monotonic time of some domain, UTC if known.
//! Without any UTC every use is validated (RFC 9111 section 4); [`LearnedUtc`] takes it from
//! the Date of responses, and stays through a deep sleep as 16 bytes.
//!
//! # Features
//!
//! None is on by default; [`store::arena`] needs none. `alloc`: [`store::heap`]. `heapless`: [`store::slots`]. `std`:
//! [`store::heap`] without a crate, [`store::memory`] and [`store::shared`]. `http`: [`Headers`] for `http::HeaderMap`.
//! `embedded-io`: [`store::BodyReader`]. `defmt`: `Format` on the public types. `partial`: `RangeSet` and
//! `ContentRange`, so far for callers alone. `extensions`: `CacheStatus` and
//! `structured`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::disallowed_methods,
        clippy::disallowed_macros,
    )
)]

#[cfg(any(feature = "alloc", feature = "std"))]
extern crate alloc;
#[cfg(all(feature = "std", not(test)))]
extern crate std;

mod facts;
mod rules;
mod state;
pub mod store;
mod syntax;

pub use facts::{
    AuthRequires, Config, Duplicates, EntryId, Exchanged, FactsError, InitialAge, Key, LearnedUtc,
    MethodClass, Now, Override, Partition, Qualified, RequestFacts, ResponseFacts, SetCookiePolicy,
    StoredFacts, UtcSource, VaryNormalise,
};
pub use rules::{
    Candidate, Conditional, ConditionalFields, Failure, HeadMismatch, Keys, Merged, OF_THE_CLIENT, Outcome,
    Reason, Storable, TagList,
};
pub use state::{
    Action, CacheMiss, CacheMissNext, CouldNotBeStored, ErrorNext, Exchange, FromCache, GatewayTimeout,
    HeadSource, IdleClient, IdleClientNext, InvalidateEntries, InvalidateEntriesNext, NeedRevalidation,
    NeedRevalidationNext, NeedToBeUpdated, Served, Serving, StoreAndUse, Update,
};
#[cfg(feature = "extensions")]
pub use state::{CacheStatus, ForwardReason};
#[cfg(feature = "extensions")]
pub use syntax::structured;
#[cfg(feature = "partial")]
pub use syntax::{BytePositions, ContentRange, RangeError, RangeSet, RangeSpec};
pub use syntax::{
    Decimal, EntityTag, FieldName, Header, Headers, MAX_DELTA_SECONDS, NoFields, ReferenceError, RequestHead,
    ResponseHead, Scheme, Target, TargetError, format_http_date, normalise_target, parse_delta_seconds,
    parse_http_date, resolve_reference,
};

//! HTTP caching (RFC 9111) as a sans-I/O, allocation-free state machine.
//!
//! You feed it a request and what is stored; it says what to do next and why; you do the I/O.
//!
//! ```text
//!                         +--------------+
//!                         |  IdleClient  |
//!                         +------+-------+
//!        nothing usable  |       | usable  | usable after    | only-if-cached,
//!                        |       | now     | validation      | nothing usable
//!                        v       |         v                 v
//!   +-----------+  full  |       |  +------------------+  +----------------+
//!   | CacheMiss |<-------+-------|--| NeedRevalidation |->| GatewayTimeout |
//!   +-----+-----+  response      |  +---+------+-------+  +----------------+
//!         |                      |      |304   | origin failed,    ^ origin failed,
//!         |                      |      v      | stale permitted   | no permission
//!         |                      |  +----------+------+            |
//!         |                      |  | NeedToBeUpdated |------------+
//!         |                      v  +---+-------------+
//!         |                 +-----------+
//!         |                 | FromCache |  (stale-while-revalidate: back to
//!         |                 +-----------+   NeedRevalidation, in the background)
//!         +--> StoreAndUse          store the response, pass it on
//!         +--> CouldNotBeStored     pass it on
//!         +--> InvalidateEntries    an unsafe method succeeded, or what is stored is
//!                                   shown to be out of date; then one of the two above
//! ```

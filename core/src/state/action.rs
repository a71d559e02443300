//! What the driver asks of its caller.

use crate::facts::{EntryId, Key};
use crate::rules::Keys;

/// What the caller of [`Exchange`](crate::Exchange) must do next. Ids, keys and flags only;
/// everything larger is had from the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the exchange goes on only when its caller does this"]
#[non_exhaustive]
pub enum Action {
    /// Read the heads of this key from the first on; give each to
    /// [`offer`](crate::Exchange::offer), and at the end call
    /// [`heads_done`](crate::Exchange::heads_done).
    ReadHeads(Key),
    /// Read the next head.
    NextHead,
    /// Send the request; with `conditional_on`, changed by
    /// [`conditional`](crate::Exchange::conditional) for the head of this entry. Then call
    /// [`response`](crate::Exchange::response) or [`error`](crate::Exchange::error).
    Forward {
        /// The entry to validate.
        conditional_on: Option<EntryId>,
    },
    /// Drop the response and send the request once more, without any change. Then call
    /// [`response`](crate::Exchange::response) or [`error`](crate::Exchange::error).
    Retry,
    /// Answer from this entry, see [`serving`](crate::Exchange::serving). The end.
    Serve(EntryId),
    /// Answer 304: the client's own condition says it has this entry. The end.
    NotModified(EntryId),
    /// Store the response, [`stored_facts`](crate::Exchange::stored_facts) and
    /// [`storable`](crate::Exchange::storable), as of
    /// [`MethodClass::sent_at`](crate::MethodClass::sent_at), and pass it on. The end.
    Store,
    /// Write the updated head of this entry, see [`update`](crate::Exchange::update), then
    /// call [`done`](crate::Exchange::done).
    Update(EntryId),
    /// Mark this entry invalid, then call [`done`](crate::Exchange::done).
    Stale(EntryId),
    /// Remove this entry, then call [`done`](crate::Exchange::done).
    Remove(EntryId),
    /// Invalidate these keys as of the time of the response, then call
    /// [`done`](crate::Exchange::done).
    Invalidate(Keys),
    /// Answer 504, or with the error that kept the origin from answering. The end.
    GatewayTimeout,
    /// Pass the response on as it is; at the start: send the request, and do not tell the
    /// exchange what comes back. The end.
    PassThrough,
}

/// Which head an answer from the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HeadSource {
    /// The stored head, as it is in the store now.
    Stored,
    /// The stored head updated by the 304 at hand, see [`update`](crate::Exchange::update):
    /// the store could not or must not keep it.
    Merged,
}

/// How to answer from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Serving {
    /// The Age to send, in whole seconds (RFC 9111 section 5.1); `None` when no clock tells.
    pub age: Option<u64>,
    /// Remaining freshness lifetime in whole seconds; 0 when stale.
    pub remaining: u64,
    /// Which head to send.
    pub head: HeadSource,
    /// Whether the entry has to be removed after its body was sent.
    pub remove_after: bool,
    /// Whether a background validation is wanted (RFC 5861 section 3): start an exchange for
    /// the same request with
    /// [`start_background`](crate::Exchange::start_background).
    pub background_validation: bool,
}

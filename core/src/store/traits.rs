//! What the driver's loops ask of a store.

use core::fmt;

use super::packed::Sink;
use crate::facts::{EntryId, Key, Now, StoredFacts};

/// What a store says when it cannot do something. Never a reason to fail a request: without
/// the entry the cache goes to the origin, without the room it does not store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StoreError {
    /// The caller's buffer for a head must have this many bytes.
    BufferTooSmall {
        /// Bytes needed.
        needed: usize,
    },
    /// The head needs this many bytes, more than the store has for one.
    HeadTooLarge {
        /// Bytes needed, as far as known when writing stopped.
        needed: usize,
        /// Bytes there are for one head.
        limit: usize,
    },
    /// The body is longer than the store keeps.
    BodyTooLarge {
        /// Bytes there are for one body.
        limit: u64,
    },
    /// The entry or the write is gone: its space was taken over.
    Gone,
    /// There is no room, and nothing that could make room.
    Full,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "the head buffer needs {needed} bytes"),
            Self::HeadTooLarge { needed, limit } => {
                write!(f, "the head needs {needed} bytes, the store has {limit} for one")
            }
            Self::BodyTooLarge { limit } => {
                write!(
                    f,
                    "the body is longer than the {limit} bytes the store has for one"
                )
            }
            Self::Gone => f.write_str("the entry or the write is gone"),
            Self::Full => f.write_str("the store is full"),
        }
    }
}

impl core::error::Error for StoreError {}

/// A store for one thread at a time. Ids and tokens are plain values; nothing borrows the
/// store between calls, so no lock needs to be held across the network.
///
/// Dropping a token is the abort: its space is taken over by a later `begin`. Every operation
/// on an id or token whose entry is gone reports that (`None`, or an error), and never touches
/// another entry.
pub trait Store {
    /// A write in progress.
    type Token: 'static;
    /// What can go wrong.
    type Error: core::error::Error;

    /// The seed that keys of this store are made with.
    fn seed(&self) -> u64;

    /// The entry after `after` under a key (`None` is the first), in an order that stays the
    /// same as long as nothing is stored: its head goes to the front of `head`, its length is
    /// returned.
    ///
    /// # Errors
    /// A buffer that is too small, or a store that cannot be read; nothing is lost by it.
    fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, Self::Error>;

    /// The head of one entry, as [`next_head`](Self::next_head); `None` when it is gone.
    ///
    /// # Errors
    /// As for `next_head`.
    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, Self::Error>;

    /// Body bytes from an offset; fewer than asked only at the end, `None` when the entry is
    /// gone.
    ///
    /// # Errors
    /// The store cannot be read.
    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, Self::Error>;

    /// The length of a body; `None` when the entry is gone.
    ///
    /// # Errors
    /// The store cannot be read.
    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, Self::Error>;

    /// Starts an entry. `sent_at` is when its request was sent: a response that was asked for
    /// before an invalidation of the key is stored as marked invalid.
    ///
    /// # Errors
    /// There is no room.
    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<Self::Token, Self::Error>;

    /// Starts a new head for an existing entry, its body untouched; `None` when it is gone.
    /// `sent_at` is when the request was sent that was answered with the update: an entry that
    /// was invalidated since then stays marked.
    ///
    /// # Errors
    /// There is no room.
    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Self::Token>, Self::Error>;

    /// Appends to the head.
    ///
    /// # Errors
    /// The head does not fit, or the write is gone.
    fn append_head(&mut self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;

    /// Appends to the body.
    ///
    /// # Errors
    /// The body does not fit, or the write is gone.
    fn append(&mut self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;

    /// Makes the entry visible, whole and at once, in the place of those it
    /// [replaces](StoredFacts::replaces) and that were begun before it: of two responses the later one stays,
    /// whichever ends first. One that was overtaken so is gone at once, as if it had been evicted. On error its
    /// space is free again.
    ///
    /// # Errors
    /// The write is gone.
    fn commit(&mut self, token: Self::Token) -> Result<EntryId, Self::Error>;

    /// Removes an entry; one that is gone is no error.
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove(&mut self, id: EntryId) -> Result<(), Self::Error>;

    /// Marks one entry invalid: only validation revives it.
    ///
    /// # Errors
    /// The store cannot be written.
    fn mark_invalid(&mut self, id: EntryId) -> Result<(), Self::Error>;

    /// Marks every entry under a key invalid, and whatever was asked for before `at`.
    ///
    /// # Errors
    /// The store cannot be written.
    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), Self::Error>;

    /// Removes everything.
    ///
    /// # Errors
    /// The store cannot be written.
    fn clear(&mut self) -> Result<(), Self::Error>;
}

/// [`Store`] for storage that makes its caller wait. The futures are not `Send` through a
/// generic: fine on one executor, which is what microcontrollers have.
#[allow(async_fn_in_trait)] // one executor, see above
pub trait AsyncStore {
    /// A write in progress.
    type Token: 'static;
    /// What can go wrong.
    type Error: core::error::Error;

    /// See [`Store::seed`].
    fn seed(&self) -> u64;
    /// See [`Store::next_head`].
    async fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, Self::Error>;
    /// See [`Store::read_head`].
    async fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, Self::Error>;
    /// See [`Store::read_at`].
    async fn read_at(
        &mut self,
        id: EntryId,
        offset: u64,
        body: &mut [u8],
    ) -> Result<Option<usize>, Self::Error>;
    /// See [`Store::body_len`].
    async fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, Self::Error>;
    /// See [`Store::begin`].
    async fn begin(
        &mut self,
        key: Key,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Self::Token, Self::Error>;
    /// See [`Store::begin_head`].
    async fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Self::Token>, Self::Error>;
    /// See [`Store::append_head`].
    async fn append_head(&mut self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;
    /// See [`Store::append`].
    async fn append(&mut self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;
    /// See [`Store::commit`].
    async fn commit(&mut self, token: Self::Token) -> Result<EntryId, Self::Error>;
    /// See [`Store::remove`].
    async fn remove(&mut self, id: EntryId) -> Result<(), Self::Error>;
    /// See [`Store::mark_invalid`].
    async fn mark_invalid(&mut self, id: EntryId) -> Result<(), Self::Error>;
    /// See [`Store::invalidate`].
    async fn invalidate(&mut self, key: Key, at: Now) -> Result<(), Self::Error>;
    /// See [`Store::clear`].
    async fn clear(&mut self) -> Result<(), Self::Error>;
}

/// A store that never waits is one that may.
impl<S: Store + ?Sized> AsyncStore for S {
    type Token = S::Token;
    type Error = S::Error;

    fn seed(&self) -> u64 {
        Store::seed(self)
    }
    async fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, S::Error> {
        Store::next_head(self, key, after, head)
    }
    async fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, S::Error> {
        Store::read_head(self, id, head)
    }
    async fn read_at(
        &mut self,
        id: EntryId,
        offset: u64,
        body: &mut [u8],
    ) -> Result<Option<usize>, S::Error> {
        Store::read_at(self, id, offset, body)
    }
    async fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, S::Error> {
        Store::body_len(self, id)
    }
    async fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<S::Token, S::Error> {
        Store::begin(self, key, facts, sent_at)
    }
    async fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<S::Token>, S::Error> {
        Store::begin_head(self, id, facts, sent_at)
    }
    async fn append_head(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), S::Error> {
        Store::append_head(self, token, chunk)
    }
    async fn append(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), S::Error> {
        Store::append(self, token, chunk)
    }
    async fn commit(&mut self, token: S::Token) -> Result<EntryId, S::Error> {
        Store::commit(self, token)
    }
    async fn remove(&mut self, id: EntryId) -> Result<(), S::Error> {
        Store::remove(self, id)
    }
    async fn mark_invalid(&mut self, id: EntryId) -> Result<(), S::Error> {
        Store::mark_invalid(self, id)
    }
    async fn invalidate(&mut self, key: Key, at: Now) -> Result<(), S::Error> {
        Store::invalidate(self, key, at)
    }
    async fn clear(&mut self) -> Result<(), S::Error> {
        Store::clear(self)
    }
}

/// Lets [`pack`](super::pack) write a head into a store.
#[derive(Debug)]
pub struct TokenSink<'a, S: Store + ?Sized> {
    store: &'a mut S,
    token: &'a mut S::Token,
}

impl<'a, S: Store + ?Sized> TokenSink<'a, S> {
    /// Appends to the head of this write.
    pub fn new(store: &'a mut S, token: &'a mut S::Token) -> Self {
        Self { store, token }
    }
}

impl<S: Store + ?Sized> Sink for TokenSink<'_, S> {
    type Error = S::Error;

    fn put(&mut self, bytes: &[u8]) -> Result<(), S::Error> {
        self.store.append_head(self.token, bytes)
    }
}

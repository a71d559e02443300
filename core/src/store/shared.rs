//! Stores that many threads use at once (feature `std`).

use std::io::{Read, Seek};

use crate::facts::{EntryId, Key, Now, StoredFacts};

/// A stored head with its facts; the bytes are what [`pack`](super::pack) wrote.
#[derive(Clone, Debug)]
pub struct StoredHead<H> {
    /// The entry.
    pub id: EntryId,
    /// Its facts.
    pub facts: StoredFacts,
    /// Its packed head: [`Entry::trusted`](super::Entry::trusted) where the store vouches for
    /// its memory or has checked the sum itself.
    pub bytes: H,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Visible entries.
    pub entries: u64,
    /// Bytes of everything it keeps: heads, bodies, bookkeeping, writes in progress.
    pub bytes: u64,
}

impl Usage {
    /// These numbers.
    pub const fn new(entries: u64, bytes: u64) -> Self {
        Self { entries, bytes }
    }
}

/// [`Store`](super::Store) for many threads: `&self`, and bodies that are owned, so that no
/// lock is held while one is read.
///
/// Dropping a token is the abort. Operations on an id whose entry is gone report that and
/// never touch another entry.
pub trait SharedStore: Send + Sync + 'static {
    /// A packed head.
    type Head: AsRef<[u8]> + Send + Sync + 'static;
    /// A body; reads to its end and then returns 0. Cloning it, where it can be, is cheap.
    type Body: Read + Seek + Send + Sync + 'static;
    /// A write in progress.
    type Token: Send + Sync + 'static;
    /// What can go wrong.
    type Error: core::error::Error + Send + Sync + 'static;

    /// The seed that keys of this store are made with.
    fn seed(&self) -> u64;

    /// The entry after `after` under a key (`None` is the first).
    ///
    /// # Errors
    /// The store cannot be read.
    fn next_head(
        &self,
        key: Key,
        after: Option<EntryId>,
    ) -> Result<Option<StoredHead<Self::Head>>, Self::Error>;

    /// One entry; `None` when it is gone.
    ///
    /// # Errors
    /// The store cannot be read.
    fn read_head(&self, id: EntryId) -> Result<Option<StoredHead<Self::Head>>, Self::Error>;

    /// The body of an entry and its length; `None` when it is gone. It stays readable when the
    /// entry is replaced or removed.
    ///
    /// # Errors
    /// The store cannot be read.
    fn open(&self, id: EntryId) -> Result<Option<(Self::Body, u64)>, Self::Error>;

    /// See [`Store::begin`](super::Store::begin).
    ///
    /// # Errors
    /// There is no room.
    fn begin(&self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<Self::Token, Self::Error>;

    /// See [`Store::begin_head`](super::Store::begin_head).
    ///
    /// # Errors
    /// There is no room.
    fn begin_head(
        &self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Self::Token>, Self::Error>;

    /// See [`Store::append_head`](super::Store::append_head).
    ///
    /// # Errors
    /// The head does not fit, or the write is gone.
    fn append_head(&self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;

    /// Says how many bytes the body will have, where that is known: after the head, before the
    /// body. A store that cannot take it says so here, before it has copied what it would have
    /// to throw away. Without it, [`append`](Self::append) fails where the room ends.
    ///
    /// # Errors
    /// The body does not fit: the write is gone.
    fn expect_body(&self, token: &mut Self::Token, length: u64) -> Result<(), Self::Error> {
        let _ = (token, length);
        Ok(())
    }

    /// See [`Store::append`](super::Store::append).
    ///
    /// # Errors
    /// The body does not fit, or the write is gone.
    fn append(&self, token: &mut Self::Token, chunk: &[u8]) -> Result<(), Self::Error>;

    /// See [`Store::commit`](super::Store::commit).
    ///
    /// # Errors
    /// The write is gone.
    fn commit(&self, token: Self::Token) -> Result<EntryId, Self::Error>;

    /// See [`Store::remove`](super::Store::remove).
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove(&self, id: EntryId) -> Result<(), Self::Error>;

    /// See [`Store::mark_invalid`](super::Store::mark_invalid).
    ///
    /// # Errors
    /// The store cannot be written.
    fn mark_invalid(&self, id: EntryId) -> Result<(), Self::Error>;

    /// See [`Store::invalidate`](super::Store::invalidate).
    ///
    /// # Errors
    /// The store cannot be written.
    fn invalidate(&self, key: Key, at: Now) -> Result<(), Self::Error>;

    /// Removes everything.
    ///
    /// # Errors
    /// The store cannot be written.
    fn clear(&self) -> Result<(), Self::Error>;

    /// How much it holds.
    ///
    /// # Errors
    /// The store cannot be read.
    fn usage(&self) -> Result<Usage, Self::Error>;
}

//! A store that makes its caller wait, or fails when it is told to.

use std::cell::Cell;
use std::fmt;

use larder::store::{AsyncStore, Store};
use larder::{EntryId, Key, Now, StoredFacts};

use super::yield_once;

/// Every operation is ready at the second poll, and the `fail`-th one fails.
pub struct Slow<S> {
    pub store: S,
    pub operations: Cell<usize>,
    pub fail: Cell<Option<usize>>,
    /// Nothing can be invalidated or cleared.
    pub deaf: Cell<bool>,
}

#[derive(Debug)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

impl<S> Slow<S> {
    pub fn new(store: S) -> Self {
        Self {
            store,
            operations: Cell::new(0),
            fail: Cell::new(None),
            deaf: Cell::new(false),
        }
    }

    async fn step(&self) -> Result<(), Broken> {
        yield_once().await;
        let operation = self.operations.get();
        self.operations.set(operation + 1);
        match self.fail.get() {
            Some(fail) if fail == operation => Err(Broken),
            _ => Ok(()),
        }
    }

    /// A step that makes something untrue.
    async fn listen(&self) -> Result<(), Broken> {
        self.step().await?;
        if self.deaf.get() { Err(Broken) } else { Ok(()) }
    }
}

impl<S: Store> AsyncStore for Slow<S> {
    type Token = S::Token;
    type Error = Broken;

    fn seed(&self) -> u64 {
        self.store.seed()
    }
    async fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, Broken> {
        self.step().await?;
        Store::next_head(&mut self.store, key, after, head).map_err(|_| Broken)
    }
    async fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, Broken> {
        self.step().await?;
        Store::read_head(&mut self.store, id, head).map_err(|_| Broken)
    }
    async fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, Broken> {
        self.step().await?;
        Store::read_at(&mut self.store, id, offset, body).map_err(|_| Broken)
    }
    async fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, Broken> {
        self.step().await?;
        Store::body_len(&mut self.store, id).map_err(|_| Broken)
    }
    async fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<S::Token, Broken> {
        self.step().await?;
        Store::begin(&mut self.store, key, facts, sent_at).map_err(|_| Broken)
    }
    async fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<S::Token>, Broken> {
        self.step().await?;
        Store::begin_head(&mut self.store, id, facts, sent_at).map_err(|_| Broken)
    }
    async fn append_head(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Broken> {
        self.step().await?;
        Store::append_head(&mut self.store, token, chunk).map_err(|_| Broken)
    }
    async fn append(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Broken> {
        self.step().await?;
        Store::append(&mut self.store, token, chunk).map_err(|_| Broken)
    }
    async fn commit(&mut self, token: S::Token) -> Result<EntryId, Broken> {
        self.step().await?;
        Store::commit(&mut self.store, token).map_err(|_| Broken)
    }
    async fn remove(&mut self, id: EntryId) -> Result<(), Broken> {
        self.step().await?;
        Store::remove(&mut self.store, id).map_err(|_| Broken)
    }
    async fn mark_invalid(&mut self, id: EntryId) -> Result<(), Broken> {
        self.step().await?;
        Store::mark_invalid(&mut self.store, id).map_err(|_| Broken)
    }
    async fn invalidate(&mut self, key: Key, at: Now) -> Result<(), Broken> {
        self.listen().await?;
        Store::invalidate(&mut self.store, key, at).map_err(|_| Broken)
    }
    async fn clear(&mut self) -> Result<(), Broken> {
        self.listen().await?;
        Store::clear(&mut self.store).map_err(|_| Broken)
    }
}

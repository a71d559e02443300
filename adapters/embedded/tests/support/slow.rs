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
    /// What fails is done all the same: only its answer is lost.
    pub late: Cell<bool>,
    lost: Cell<bool>,
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
            late: Cell::new(false),
            lost: Cell::new(false),
            deaf: Cell::new(false),
        }
    }

    async fn step(&self) -> Result<(), Broken> {
        yield_once().await;
        let operation = self.operations.get();
        self.operations.set(operation + 1);
        match self.fail.get() {
            Some(fail) if fail == operation => {
                self.lost.set(self.late.get());
                if self.late.get() { Ok(()) } else { Err(Broken) }
            }
            _ => Ok(()),
        }
    }

    /// A step that makes something untrue.
    async fn listen(&self) -> Result<(), Broken> {
        self.step().await?;
        if self.deaf.get() { Err(Broken) } else { Ok(()) }
    }

    /// What comes of an operation.
    async fn done<T, E>(&self, result: Result<T, E>) -> Result<T, Broken> {
        yield_once().await;
        match self.lost.take() {
            true => Err(Broken),
            false => result.map_err(|_| Broken),
        }
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
        let result = Store::next_head(&mut self.store, key, after, head);
        self.done(result).await
    }
    async fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, Broken> {
        self.step().await?;
        let result = Store::read_head(&mut self.store, id, head);
        self.done(result).await
    }
    async fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, Broken> {
        self.step().await?;
        let result = Store::read_at(&mut self.store, id, offset, body);
        self.done(result).await
    }
    async fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, Broken> {
        self.step().await?;
        let result = Store::body_len(&mut self.store, id);
        self.done(result).await
    }
    async fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<S::Token, Broken> {
        self.step().await?;
        let result = Store::begin(&mut self.store, key, facts, sent_at);
        self.done(result).await
    }
    async fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<S::Token>, Broken> {
        self.step().await?;
        let result = Store::begin_head(&mut self.store, id, facts, sent_at);
        self.done(result).await
    }
    async fn append_head(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Broken> {
        self.step().await?;
        let result = Store::append_head(&mut self.store, token, chunk);
        self.done(result).await
    }
    async fn append(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Broken> {
        self.step().await?;
        let result = Store::append(&mut self.store, token, chunk);
        self.done(result).await
    }
    async fn commit(&mut self, token: S::Token) -> Result<EntryId, Broken> {
        self.step().await?;
        let result = Store::commit(&mut self.store, token);
        self.done(result).await
    }
    async fn remove(&mut self, id: EntryId) -> Result<(), Broken> {
        self.step().await?;
        let result = Store::remove(&mut self.store, id);
        self.done(result).await
    }
    async fn mark_invalid(&mut self, id: EntryId) -> Result<(), Broken> {
        self.step().await?;
        let result = Store::mark_invalid(&mut self.store, id);
        self.done(result).await
    }
    async fn invalidate(&mut self, key: Key, at: Now) -> Result<(), Broken> {
        self.listen().await?;
        let result = Store::invalidate(&mut self.store, key, at);
        self.done(result).await
    }
    async fn clear(&mut self) -> Result<(), Broken> {
        self.listen().await?;
        let result = Store::clear(&mut self.store);
        self.done(result).await
    }
}

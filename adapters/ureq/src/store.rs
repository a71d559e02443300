//! The store, whatever its type: so that the cache is compiled once, here, and not for each
//! store in the crate of each user.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use larder::store::shared::{SharedStore, StoredHead};
use larder::{EntryId, Key, Now, StoredFacts};

use crate::delivered::Pull;

/// What went wrong in a store: it is counted and logged, and nobody asks for more.
pub(crate) type Failed = Box<dyn fmt::Display>;

fn failed(error: impl fmt::Display + 'static) -> Failed {
    Box::new(error)
}

/// A stored head with its facts.
pub(crate) type Head = StoredHead<Bytes>;

/// A body and its length.
pub(crate) type Opened = (Box<dyn StoredBody>, u64);

/// What the cache does with a [`SharedStore`], see there.
pub(crate) trait AnyStore: Send + Sync {
    fn next_head(&self, key: Key, after: Option<EntryId>) -> Result<Option<Head>, Failed>;
    fn read_head(&self, id: EntryId) -> Result<Option<Head>, Failed>;
    fn open(&self, id: EntryId) -> Result<Option<Opened>, Failed>;
    fn begin(
        self: Arc<Self>,
        key: Key,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Box<dyn Writing>, Failed>;
    fn begin_head(
        self: Arc<Self>,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Box<dyn Writing>>, Failed>;
    fn remove(&self, id: EntryId) -> Result<(), Failed>;
    fn mark_invalid(&self, id: EntryId) -> Result<(), Failed>;
    fn invalidate(&self, key: Key, at: Now) -> Result<(), Failed>;
}

/// A write in progress. Dropped, it leaves no trace.
pub(crate) trait Writing: Send + Sync {
    fn append_head(&mut self, chunk: &[u8]) -> Result<(), Failed>;
    fn expect_body(&mut self, length: u64) -> Result<(), Failed>;
    fn append(&mut self, chunk: &[u8]) -> Result<(), Failed>;
    fn commit(self: Box<Self>) -> Result<EntryId, Failed>;
}

/// A body from the store.
pub(crate) trait StoredBody: Pull {
    /// Goes on reading there.
    fn go_to(&mut self, position: u64) -> io::Result<()>;
}

struct Kept<B>(B);

impl<B: Read + Send + Sync> Pull for Kept<B> {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<B: Read + Seek + Send + Sync> StoredBody for Kept<B> {
    fn go_to(&mut self, position: u64) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(position)).map(drop)
    }
}

struct Token<S: SharedStore> {
    store: Arc<S>,
    token: S::Token,
}

impl<S: SharedStore> Writing for Token<S> {
    fn append_head(&mut self, chunk: &[u8]) -> Result<(), Failed> {
        self.store.append_head(&mut self.token, chunk).map_err(failed)
    }

    fn expect_body(&mut self, length: u64) -> Result<(), Failed> {
        self.store.expect_body(&mut self.token, length).map_err(failed)
    }

    fn append(&mut self, chunk: &[u8]) -> Result<(), Failed> {
        self.store.append(&mut self.token, chunk).map_err(failed)
    }

    fn commit(self: Box<Self>) -> Result<EntryId, Failed> {
        let Self { store, token } = *self;
        store.commit(token).map_err(failed)
    }
}

fn shared<H: AsRef<[u8]> + Send + 'static>(head: StoredHead<H>) -> Head {
    StoredHead {
        id: head.id,
        facts: head.facts,
        bytes: Bytes::from_owner(head.bytes),
    }
}

impl<S: SharedStore> AnyStore for S {
    fn next_head(&self, key: Key, after: Option<EntryId>) -> Result<Option<Head>, Failed> {
        Ok(SharedStore::next_head(self, key, after)
            .map_err(failed)?
            .map(shared))
    }

    fn read_head(&self, id: EntryId) -> Result<Option<Head>, Failed> {
        Ok(SharedStore::read_head(self, id).map_err(failed)?.map(shared))
    }

    fn open(&self, id: EntryId) -> Result<Option<Opened>, Failed> {
        let opened = SharedStore::open(self, id).map_err(failed)?;
        Ok(opened.map(|(body, length)| -> Opened { (Box::new(Kept(body)), length) }))
    }

    fn begin(
        self: Arc<Self>,
        key: Key,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Box<dyn Writing>, Failed> {
        let token = SharedStore::begin(&*self, key, facts, sent_at).map_err(failed)?;
        Ok(Box::new(Token { store: self, token }))
    }

    fn begin_head(
        self: Arc<Self>,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Box<dyn Writing>>, Failed> {
        let token = SharedStore::begin_head(&*self, id, facts, sent_at).map_err(failed)?;
        Ok(token.map(|token| Box::new(Token { store: self, token }) as Box<dyn Writing>))
    }

    fn remove(&self, id: EntryId) -> Result<(), Failed> {
        SharedStore::remove(self, id).map_err(failed)
    }

    fn mark_invalid(&self, id: EntryId) -> Result<(), Failed> {
        SharedStore::mark_invalid(self, id).map_err(failed)
    }

    fn invalidate(&self, key: Key, at: Now) -> Result<(), Failed> {
        SharedStore::invalidate(self, key, at).map_err(failed)
    }
}

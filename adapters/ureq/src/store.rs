//! The store, whatever its type: so that the cache is compiled once, here, and not for each
//! store in the crate of each user.

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use larder::store::shared::{SharedStore, StoredHead};
use larder::{EntryId, Key, Now, StoredFacts};

/// What went wrong in a store: it is counted and logged, and nobody asks for more.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

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
pub(crate) trait StoredBody: Send + Sync {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;
    /// Goes on reading there.
    fn go_to(&mut self, position: u64) -> io::Result<()>;
}

impl<B: Read + Seek + Send + Sync> StoredBody for B {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(self, buf)
    }

    fn go_to(&mut self, position: u64) -> io::Result<()> {
        self.seek(SeekFrom::Start(position)).map(drop)
    }
}

struct Token<S: SharedStore> {
    store: Arc<S>,
    token: S::Token,
}

impl<S: SharedStore> Writing for Token<S> {
    fn append_head(&mut self, chunk: &[u8]) -> Result<(), Failed> {
        Ok(self.store.append_head(&mut self.token, chunk)?)
    }

    fn expect_body(&mut self, length: u64) -> Result<(), Failed> {
        Ok(self.store.expect_body(&mut self.token, length)?)
    }

    fn append(&mut self, chunk: &[u8]) -> Result<(), Failed> {
        Ok(self.store.append(&mut self.token, chunk)?)
    }

    fn commit(self: Box<Self>) -> Result<EntryId, Failed> {
        let Self { store, token } = *self;
        Ok(store.commit(token)?)
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
        Ok(SharedStore::next_head(self, key, after)?.map(shared))
    }

    fn read_head(&self, id: EntryId) -> Result<Option<Head>, Failed> {
        Ok(SharedStore::read_head(self, id)?.map(shared))
    }

    fn open(&self, id: EntryId) -> Result<Option<Opened>, Failed> {
        let opened = SharedStore::open(self, id)?;
        Ok(opened.map(|(body, length)| -> Opened { (Box::new(body), length) }))
    }

    fn begin(
        self: Arc<Self>,
        key: Key,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Box<dyn Writing>, Failed> {
        let token = SharedStore::begin(&*self, key, facts, sent_at)?;
        Ok(Box::new(Token { store: self, token }))
    }

    fn begin_head(
        self: Arc<Self>,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Box<dyn Writing>>, Failed> {
        let token = SharedStore::begin_head(&*self, id, facts, sent_at)?;
        Ok(token.map(|token| Box::new(Token { store: self, token }) as Box<dyn Writing>))
    }

    fn remove(&self, id: EntryId) -> Result<(), Failed> {
        Ok(SharedStore::remove(self, id)?)
    }

    fn mark_invalid(&self, id: EntryId) -> Result<(), Failed> {
        Ok(SharedStore::mark_invalid(self, id)?)
    }

    fn invalidate(&self, key: Key, at: Now) -> Result<(), Failed> {
        Ok(SharedStore::invalidate(self, key, at)?)
    }
}

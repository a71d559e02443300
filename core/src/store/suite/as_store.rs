//! A store for many threads, used by one.

use core::error::Error;
use core::fmt;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::store::shared::SharedStore;
use crate::store::{Store, StoreError};
use crate::{EntryId, Key, Now, StoredFacts};

/// A [`SharedStore`] as a [`Store`] of one thread, so that it can run the same checks.
#[derive(Debug)]
pub struct AsStore<S>(pub(super) Arc<S>);

impl<S> AsStore<S> {
    /// This store.
    pub fn new(store: S) -> Self {
        Self(Arc::new(store))
    }
}

/// What a store behind [`AsStore`] says.
#[derive(Debug)]
pub enum AsStoreError<E> {
    /// The store's own error.
    Store(E),
    /// The caller's buffer is too small.
    Buffer(StoreError),
    /// A body cannot be read.
    Body(std::io::Error),
}

impl<E: fmt::Display> fmt::Display for AsStoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Buffer(error) => error.fmt(f),
            Self::Body(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for AsStoreError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Store(error) => error,
            Self::Buffer(error) => error,
            Self::Body(error) => error,
        })
    }
}

fn copy<E>(head: &[u8], buffer: &mut [u8]) -> Result<usize, AsStoreError<E>> {
    let needed = head.len();
    let too_small = AsStoreError::Buffer(StoreError::BufferTooSmall { needed });
    buffer.get_mut(..needed).ok_or(too_small)?.copy_from_slice(head);
    Ok(needed)
}

impl<S: SharedStore> Store for AsStore<S> {
    type Token = S::Token;
    type Error = AsStoreError<S::Error>;

    fn seed(&self) -> u64 {
        self.0.seed()
    }

    fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, Self::Error> {
        let Some(next) = self.0.next_head(key, after).map_err(AsStoreError::Store)? else {
            return Ok(None);
        };
        Ok(Some((next.id, next.facts, copy(next.bytes.as_ref(), head)?)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, Self::Error> {
        let Some(found) = self.0.read_head(id).map_err(AsStoreError::Store)? else {
            return Ok(None);
        };
        assert_eq!(
            found.id, id,
            "read_head must give the entry that it was asked for"
        );
        Ok(Some((found.facts, copy(found.bytes.as_ref(), head)?)))
    }

    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, Self::Error> {
        let Some((mut reader, length)) = self.0.open(id).map_err(AsStoreError::Store)? else {
            return Ok(None);
        };
        reader
            .seek(SeekFrom::Start(offset.min(length)))
            .map_err(AsStoreError::Body)?;
        let mut count = 0;
        while count < body.len() {
            match reader.read(&mut body[count..]).map_err(AsStoreError::Body)? {
                0 => break,
                more => count += more,
            }
        }
        Ok(Some(count))
    }

    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, Self::Error> {
        Ok(self
            .0
            .open(id)
            .map_err(AsStoreError::Store)?
            .map(|(_, length)| length))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<S::Token, Self::Error> {
        self.0.begin(key, facts, sent_at).map_err(AsStoreError::Store)
    }

    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<S::Token>, Self::Error> {
        self.0.begin_head(id, facts, sent_at).map_err(AsStoreError::Store)
    }

    fn append_head(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Self::Error> {
        self.0.append_head(token, chunk).map_err(AsStoreError::Store)
    }

    fn append(&mut self, token: &mut S::Token, chunk: &[u8]) -> Result<(), Self::Error> {
        self.0.append(token, chunk).map_err(AsStoreError::Store)
    }

    fn commit(&mut self, token: S::Token) -> Result<EntryId, Self::Error> {
        self.0.commit(token).map_err(AsStoreError::Store)
    }

    fn remove(&mut self, id: EntryId) -> Result<(), Self::Error> {
        self.0.remove(id).map_err(AsStoreError::Store)
    }

    fn mark_invalid(&mut self, id: EntryId) -> Result<(), Self::Error> {
        self.0.mark_invalid(id).map_err(AsStoreError::Store)
    }

    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), Self::Error> {
        self.0.invalidate(key, at).map_err(AsStoreError::Store)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear().map_err(AsStoreError::Store)
    }
}

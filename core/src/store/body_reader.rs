//! A stored body as an `embedded-io` stream (feature `embedded-io`).

use embedded_io::{Error, ErrorKind, ErrorType, Read};

use super::Store;
use crate::facts::EntryId;

/// Reads the body of an entry from its start; borrows the store, so keep it for short.
#[derive(Debug)]
pub struct BodyReader<'a, S: Store + ?Sized> {
    store: &'a mut S,
    id: EntryId,
    offset: u64,
}

/// Why a body cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BodyError<E> {
    /// The entry has gone in the meantime.
    Gone,
    /// The store cannot be read.
    Store(E),
}

impl<E: core::fmt::Display> core::fmt::Display for BodyError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Gone => f.write_str("the entry has gone while its body was read"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for BodyError<E> {}

impl<E: core::error::Error> Error for BodyError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gone => ErrorKind::NotFound,
            Self::Store(_) => ErrorKind::Other,
        }
    }
}

impl<'a, S: Store + ?Sized> BodyReader<'a, S> {
    /// A reader at the start of the body.
    pub fn new(store: &'a mut S, id: EntryId) -> Self {
        Self { store, id, offset: 0 }
    }
}

impl<S: Store + ?Sized> ErrorType for BodyReader<'_, S> {
    type Error = BodyError<S::Error>;
}

impl<S: Store + ?Sized> Read for BodyReader<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        let read = self.store.read_at(self.id, self.offset, buf);
        let count = read.map_err(BodyError::Store)?.ok_or(BodyError::Gone)?;
        self.offset = self.offset.saturating_add(count as u64);
        Ok(count)
    }
}

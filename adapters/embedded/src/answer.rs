//! Answers, from wherever they come.

use core::fmt;

use embedded_io::ErrorType;
use larder::store::{AsyncStore, Entry};
use larder::{EntryId, Header, Headers, Key, Reason, Served};

use crate::client::{Client, add};
use crate::run::{PlanOf, Source, Stored};
use crate::{Clock, Ended, Error, StoreLock, Transport};

/// An answer: its [`Headers`], and its body, which is [read](Self::read) from the store or from
/// the network and into the store.
///
/// Dropping it before the end of a body from the network leaves nothing stored (what it would have
/// replaced stays as it was), and its connection is not used again; [`finish`](Self::finish) reads on
/// where little is left.
pub struct Answer<'a, L: StoreLock, T, C> {
    client: &'a mut Client<L, T, C>,
    reason: Reason,
    wants_validation: bool,
    /// Of an answer from the store.
    head: Option<(u16, Served<Entry<'a>>)>,
    body: Body<<L::Store as AsyncStore>::Token>,
}

enum Body<K> {
    Stored {
        entry: Stored,
        offset: u64,
    },
    Network {
        token: Option<K>,
        entry: Option<EntryId>,
        /// Under which something is out of date unless it is stored.
        outdates: Option<Key>,
        /// Bytes that were stored.
        written: u64,
        /// Bytes were read and not yet handed out.
        in_hand: bool,
    },
}

impl<L: StoreLock, T, C> fmt::Debug for Answer<'_, L, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<'a, L: StoreLock, T: Transport, C: Clock> Answer<'a, L, T, C> {
    pub(crate) fn new(client: &'a mut Client<L, T, C>, buffer: &'a [u8], plan: PlanOf<L>) -> Self {
        let (head, body) = match plan.source {
            Source::Stored(entry) => {
                let bytes = buffer.get(entry.start..entry.end).unwrap_or_default();
                let head = Entry::trusted(bytes).ok().map(|head| match entry.not_modified {
                    true => (304, Served::not_modified(head, entry.age)),
                    false => (head.status(), Served::new(head, entry.age)),
                });
                (head, Body::Stored { entry, offset: 0 })
            }
            Source::Network {
                token,
                entry,
                outdates,
            } => {
                let body = Body::Network {
                    token,
                    entry,
                    outdates,
                    written: 0,
                    in_hand: false,
                };
                (None, body)
            }
        };
        Self {
            client,
            reason: plan.reason,
            wants_validation: plan.wants_validation,
            head,
            body,
        }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        match &self.head {
            Some((status, _)) => *status,
            None => self.client.transport.head().status,
        }
    }

    /// Why it is answered so, with the section of the RFC.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether it comes from the store, be it after a validation.
    pub const fn is_from_store(&self) -> bool {
        matches!(self.body, Body::Stored { .. })
    }

    /// The entry of the store with this body. The same entry has the same body: a caller who
    /// remembers it knows what it has not to draw, parse or flash again. An answer from the
    /// network has one once its body was read to the end and stored.
    pub const fn entry(&self) -> Option<EntryId> {
        match &self.body {
            Body::Stored { entry, .. } if entry.remove_after => None,
            Body::Stored { entry, .. } => Some(entry.id),
            Body::Network { entry, .. } => *entry,
        }
    }

    /// The length of the body, if it is known before its end.
    pub fn body_length(&self) -> Option<u64> {
        match &self.body {
            Body::Stored { entry, .. } => Some(entry.length),
            Body::Network { .. } => match self.client.transport.body_length() {
                crate::BodyLength::Exact(length) => Some(length),
                _ => None,
            },
        }
    }

    /// Whether the answer is stale and wants [`Client::validate`] (RFC 5861 section 3).
    pub const fn wants_validation(&self) -> bool {
        self.wants_validation
    }

    /// Reads body bytes; 0 at the end, or when the buffer is empty.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Gone`] or [`Error::Interrupted`]: the body cannot be read
    /// on. What was read before is right.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error<T::Error>> {
        match &mut self.body {
            Body::Stored { .. } => self.read_stored(buffer).await,
            Body::Network { in_hand: true, .. } => Err(Error::Interrupted),
            Body::Network { .. } => self.read_network(buffer).await,
        }
    }

    async fn read_stored(&mut self, buffer: &mut [u8]) -> Result<usize, Error<T::Error>> {
        let Body::Stored { entry, offset } = &mut self.body else {
            return Ok(0);
        };
        if *offset >= entry.length {
            if entry.remove_after {
                let removed = self.client.store.lock().await.remove(entry.id).await;
                entry.remove_after = self.client.report("remove an entry", removed).is_none();
            }
            return Ok(0);
        }
        let read = self
            .client
            .store
            .lock()
            .await
            .read_at(entry.id, *offset, buffer)
            .await;
        match self.client.report("read a body", read) {
            Some(Some(count)) if count > 0 || buffer.is_empty() => {
                *offset = offset.saturating_add(count as u64);
                Ok(count)
            }
            _ => Err(Error::Gone),
        }
    }

    async fn read_network(&mut self, buffer: &mut [u8]) -> Result<usize, Error<T::Error>> {
        let Body::Network {
            token,
            entry,
            outdates,
            written,
            in_hand,
        } = &mut self.body
        else {
            return Ok(0);
        };
        let read = self.client.transport.read(buffer).await;
        let count = read.map_err(|error| {
            *token = None;
            Error::Transport(error)
        })?;
        // Out of `self` while the store is waited for: dropped there, it never commits.
        let Some(mut write) = token.take() else {
            return Ok(count);
        };
        if count > 0 {
            *in_hand = true;
            *written = written.saturating_add(count as u64);
            let mut kept = self.client.is_within_limit(*written);
            if kept {
                let bytes = buffer.get(..count).unwrap_or_default();
                let appended = self.client.store.lock().await.append(&mut write, bytes).await;
                kept = self.client.report("store a body", appended).is_some();
            }
            if !kept {
                self.client.outdate(*outdates).await;
                *in_hand = false;
                return Ok(count);
            }
        }
        match self.client.transport.ended() {
            // With the last bytes, not after them: callers who know the length read no further.
            Ended::Complete => {
                let committed = self.client.store.lock().await.commit(write).await;
                *entry = self.client.report("commit an entry", committed);
                match entry {
                    Some(_) => add(&mut self.client.counters.stored),
                    None => self.client.outdate(*outdates).await,
                }
            }
            Ended::No => *token = Some(write),
            Ended::Closed => {}
        }
        *in_hand = false;
        Ok(count)
    }

    /// Reads the whole body to the front of a buffer.
    ///
    /// # Errors
    /// [`Error::BodyTooLong`] when the buffer is full before the end; else as for
    /// [`read`](Self::read).
    pub async fn read_all<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], Error<T::Error>> {
        let mut length = 0usize;
        loop {
            let room = buffer.get_mut(length..).unwrap_or_default();
            let full = room.is_empty();
            let count = match full {
                true => self.read(&mut [0]).await?,
                false => self.read(room).await?,
            };
            match (count, full) {
                (0, _) => return Ok(buffer.get_mut(..length).unwrap_or_default()),
                (_, true) => return Err(Error::BodyTooLong { limit: length }),
                _ => length = length.saturating_add(count),
            }
        }
    }

    /// Reads at most so many more bytes and throws them away, so that the rest of a body that
    /// nobody wants is stored and its connection can be used again; what is stored already is
    /// skipped. Whether that was the rest.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub async fn finish(&mut self, limit: u64) -> Result<bool, Error<T::Error>> {
        let mut left = limit;
        if let Body::Stored { entry, offset } = &mut self.body {
            let skipped = left.min(entry.length.saturating_sub(*offset));
            *offset = offset.saturating_add(skipped);
            left = left.saturating_sub(skipped);
        }
        let mut chunk = [0; 64];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
            let count = self.read(chunk.get_mut(..most).unwrap_or_default()).await?;
            if count == 0 {
                return Ok(true);
            }
            left = left.saturating_sub(count as u64);
        }
        Ok(match &self.body {
            Body::Stored { entry, offset } => *offset >= entry.length,
            Body::Network { .. } => self.client.is_complete(),
        })
    }
}

impl<L: StoreLock, T: Transport, C: Clock> Headers for Answer<'_, L, T, C> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let stored = self.head.as_ref().map(|(_, head)| head.fields());
        let fresh = match self.head {
            Some(_) => None,
            None => Some(self.client.transport.head().headers.fields()),
        };
        stored.into_iter().flatten().chain(fresh.into_iter().flatten())
    }
}

impl<L: StoreLock, T: Transport, C> ErrorType for Answer<'_, L, T, C> {
    type Error = Error<T::Error>;
}

impl<L: StoreLock, T: Transport, C: Clock> embedded_io_async::Read for Answer<'_, L, T, C> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        Answer::read(self, buffer).await
    }
}

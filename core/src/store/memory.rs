//! A shared store in memory (feature `std`).

use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, Cursor, IoSliceMut, Read, Seek, SeekFrom};
use std::string::String;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use super::heap::{HeapLimits, HeapStore, HeapToken, SharedBytes};
use super::shared::{SharedStore, StoredHead, Usage};
use super::{Store, StoreError};
use crate::facts::{EntryId, Key, Now, StoredFacts};

/// A [`HeapStore`] that many threads use at once. Clones are the same store.
///
/// Its lock is held while an entry is looked up, put in or taken out, never while bytes are
/// copied: heads and bodies are handed out as [`SharedBytes`], and a write in progress
/// collects its bytes outside. Only an append that makes the store evict something takes the
/// lock for that.
///
/// ```
/// use larder::store::memory::MemoryStore;
/// use larder::store::shared::SharedStore;
///
/// let store = MemoryStore::new(64 << 20); // 64 MiB
/// let of_another_thread = store.clone();
/// assert_eq!(of_another_thread.seed(), store.seed());
/// assert_eq!(store.usage()?.entries, 0);
/// # Ok::<(), larder::store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Mutex<HeapStore>,
    seed: u64,
}

impl MemoryStore {
    /// A store of this many bytes, otherwise with the limits of [`HeapLimits::new`]: no entry
    /// has more than a quarter of them.
    pub fn new(max_bytes: usize) -> Self {
        Self::with_limits(HeapLimits::new(max_bytes))
    }

    /// A store with these limits. Its seed is random.
    pub fn with_limits(limits: HeapLimits) -> Self {
        let seed = RandomState::new().hash_one(());
        let store = Mutex::new(HeapStore::with_limits(limits, seed));
        Self(Arc::new(Inner { store, seed }))
    }

    /// The limits that it was made with.
    pub fn limits(&self) -> HeapLimits {
        *self.lock().limits()
    }

    fn lock(&self) -> MutexGuard<'_, HeapStore> {
        // Nothing under the lock panics but for a lack of memory, which aborts.
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body of a [`MemoryStore`]: reads to its end, seeks, and is cloned without a copy. A clone
/// starts where the original is.
#[derive(Clone, Debug, Default)]
pub struct MemoryBody(Cursor<SharedBytes>);

impl MemoryBody {
    /// The whole body, wherever reading is.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.get_ref()
    }

    /// The bytes themselves.
    pub fn into_bytes(self) -> SharedBytes {
        self.0.into_inner()
    }
}

impl Read for MemoryBody {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(bufs)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.0.read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.0.read_to_string(buf)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(buf)
    }
}

impl BufRead for MemoryBody {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Seek for MemoryBody {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl SharedStore for MemoryStore {
    type Head = SharedBytes;
    type Body = MemoryBody;
    type Token = HeapToken;
    type Error = StoreError;

    fn seed(&self) -> u64 {
        self.0.seed
    }

    fn next_head(
        &self,
        key: Key,
        after: Option<EntryId>,
    ) -> Result<Option<StoredHead<SharedBytes>>, StoreError> {
        let next = self.lock().next_entry(key, after);
        Ok(next.map(|(id, facts, bytes)| StoredHead { id, facts, bytes }))
    }

    fn read_head(&self, id: EntryId) -> Result<Option<StoredHead<SharedBytes>>, StoreError> {
        let head = self.lock().head_bytes(id);
        Ok(head.map(|(facts, bytes)| StoredHead { id, facts, bytes }))
    }

    fn open(&self, id: EntryId) -> Result<Option<(MemoryBody, u64)>, StoreError> {
        let body = self.lock().body_bytes(id);
        Ok(body.map(|bytes| {
            let length = bytes.len() as u64;
            (MemoryBody(Cursor::new(bytes)), length)
        }))
    }

    fn begin(&self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<HeapToken, StoreError> {
        self.lock().begin(key, facts, sent_at)
    }

    fn begin_head(
        &self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<HeapToken>, StoreError> {
        self.lock().begin_head(id, facts, sent_at)
    }

    fn append_head(&self, token: &mut HeapToken, chunk: &[u8]) -> Result<(), StoreError> {
        token.write_head(chunk, |bytes| self.lock().make_room(bytes))
    }

    fn expect_body(&self, token: &mut HeapToken, length: u64) -> Result<(), StoreError> {
        token.expect_body(length)
    }

    fn append(&self, token: &mut HeapToken, chunk: &[u8]) -> Result<(), StoreError> {
        token.write_body(chunk, |bytes| self.lock().make_room(bytes))
    }

    fn commit(&self, mut token: HeapToken) -> Result<EntryId, StoreError> {
        token.seal();
        self.lock().commit(token)
    }

    fn remove(&self, id: EntryId) -> Result<(), StoreError> {
        self.lock().remove(id)
    }

    fn mark_invalid(&self, id: EntryId) -> Result<(), StoreError> {
        self.lock().mark_invalid(id)
    }

    fn invalidate(&self, key: Key, at: Now) -> Result<(), StoreError> {
        self.lock().invalidate(key, at)
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.lock().clear()
    }

    fn usage(&self) -> Result<Usage, StoreError> {
        let (entries, bytes) = self.lock().usage();
        Ok(Usage::new(entries as u64, bytes as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::suite::{Sample, at};

    #[test]
    fn appends_take_no_lock() {
        let store = MemoryStore::new(1 << 20);
        let sample = Sample::new("/").with_body_len(100_000);
        let mut token = store
            .begin(sample.key(store.seed()), &sample.facts(), at(0))
            .unwrap();
        let lock = store.lock();
        store.append_head(&mut token, &sample.head()).unwrap();
        sample
            .body()
            .chunks(1000)
            .for_each(|piece| store.append(&mut token, piece).unwrap());
        drop(lock);
        let id = store.commit(token).unwrap();
        let (body, _) = store.open(id).unwrap().unwrap();
        let lock = store.lock();
        let mut read = vec![];
        body.clone().read_to_end(&mut read).unwrap();
        assert_eq!(read, sample.body());
        drop(lock);
    }

    #[test]
    fn a_body_without_room_is_refused_before_it_comes() {
        let store = MemoryStore::with_limits(HeapLimits::new(1 << 20).with_max_entry_bytes(10_000));
        let sample = Sample::new("/");
        let head = sample.head();
        let begin = || {
            let token = store.begin(sample.key(store.seed()), &sample.facts(), at(0));
            let mut token = token.unwrap();
            store.append_head(&mut token, &head).unwrap();
            token
        };
        let room = 10_000 - head.len() as u64;

        let mut token = begin();
        let refused = Err(StoreError::BodyTooLarge { limit: room });
        assert_eq!(store.expect_body(&mut token, room + 1), refused);
        assert_eq!(store.expect_body(&mut token, u64::MAX), Err(StoreError::Gone));
        assert_eq!(store.append(&mut token, b"x"), Err(StoreError::Gone));
        drop(token);
        assert_eq!(store.usage().unwrap().bytes, 0);

        let mut token = begin();
        store.expect_body(&mut token, room).unwrap();
        store.append(&mut token, &vec![b'x'; room as usize]).unwrap();
        let id = store.commit(token).unwrap();
        assert_eq!(store.open(id).unwrap().unwrap().1, room);
    }

    #[test]
    fn more_than_was_announced_is_refused() {
        let store = MemoryStore::new(1 << 20);
        let sample = Sample::new("/");
        let token = store.begin(sample.key(store.seed()), &sample.facts(), at(0));
        let mut token = token.unwrap();
        store.append_head(&mut token, &sample.head()).unwrap();
        store.expect_body(&mut token, 10).unwrap();
        store.append(&mut token, &[0; 10]).unwrap();
        assert_eq!(
            store.append(&mut token, &[0]),
            Err(StoreError::BodyTooLarge { limit: 10 })
        );
    }

    #[test]
    fn a_panic_under_the_lock_is_not_the_end() {
        let store = MemoryStore::new(1 << 20);
        let other = store.clone();
        let thread = std::thread::spawn(move || {
            let _lock = other.lock();
            panic!("on purpose");
        });
        assert!(thread.join().is_err());
        assert_eq!(store.usage().unwrap().entries, 0);
    }
}

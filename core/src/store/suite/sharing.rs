//! Stores that many threads use at once.

use core::error::Error;
use core::fmt;
use std::format;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::thread;
use std::vec;
use std::vec::Vec;

use super::tester::{Tester, done};
use super::{Sample, at};
use crate::store::shared::SharedStore;
use crate::store::{Entry, Store, StoreError};
use crate::{EntryId, Headers, Key, Now, StoredFacts};

/// A [`SharedStore`] as a [`Store`] of one thread, so that it can run the same checks.
#[derive(Debug)]
pub struct AsStore<S>(Arc<S>);

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

    fn begin_head(&mut self, id: EntryId, facts: &StoredFacts) -> Result<Option<S::Token>, Self::Error> {
        self.0.begin_head(id, facts).map_err(AsStoreError::Store)
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

/// A body that was opened can be read and sought in to its end, whatever becomes of its entry.
///
/// # Panics
/// The store breaks a rule.
pub fn bodies_outlive_entries<S: SharedStore>(store: S) {
    let mut tester = Tester(AsStore::new(store));
    let sample = Sample::new("/").with_body_len(2000);
    for end in 0..3 {
        let id = tester.store(&sample);
        let (mut body, length) = done(tester.0.0.open(id), "open").expect("the entry must be there");
        assert_eq!(length, 2000, "open must say the length of the body");
        let mut start = [0; 500];
        done(body.read_exact(&mut start), "reading");
        match end {
            0 => tester.remove(id),
            1 => assert_ne!(tester.store(&sample), id, "a new entry must have a new id"),
            _ => done(tester.0.clear(), "clear"),
        }
        tester.expect_gone(id, &sample);
        assert!(
            done(tester.0.0.open(id), "open").is_none(),
            "open must not find a gone entry"
        );
        for index in 0..20 {
            tester.store(&Sample::new(&format!("/{index}")).with_body_len(2000));
        }
        let mut rest = Vec::new();
        done(body.read_to_end(&mut rest), "reading");
        assert!(
            [&start[..], &rest].concat() == sample.body(),
            "an open body must not change"
        );
        assert_eq!(
            done(body.read(&mut start), "reading"),
            0,
            "a body must end with 0 bytes"
        );
        assert_eq!(
            done(body.seek(SeekFrom::End(-10)), "seeking"),
            1990,
            "a body must be seekable"
        );
        done(body.read_exact(&mut start[..10]), "reading");
        assert_eq!(start[..10], sample.body()[1990..], "a body must be seekable");
    }
}

/// `usage` counts the visible entries, and bytes that come back when they go.
///
/// # Panics
/// The store breaks a rule.
pub fn usage_is_counted<S: SharedStore>(store: S) {
    let mut tester = Tester(AsStore::new(store));
    let usage = |tester: &Tester<AsStore<S>>| done(tester.0.0.usage(), "usage");
    assert_eq!(usage(&tester).entries, 0, "an empty store must have no entries");
    let samples = ["/1", "/2", "/3"].map(|path| Sample::new(path).with_body_len(2000));
    let one = tester.store(&samples[0]);
    let with_one = usage(&tester);
    assert!(with_one.bytes >= 2000, "usage must count bodies");
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    assert_eq!(usage(&tester).entries, 3, "usage must count the visible entries");
    assert!(usage(&tester).bytes >= 6000, "usage must count bodies");
    tester.expect_gone(one, &samples[0]);
    for id in &ids[1..] {
        tester.remove(*id);
    }
    assert_eq!(usage(&tester).entries, 1, "usage must not count what was removed");
    let freed = usage(&tester).bytes < with_one.bytes + 2000;
    assert!(freed, "usage must not count what was removed");
}

/// Many threads that store, update, read, invalidate and remove the same entries see each of
/// them whole: a head with its body, and never parts of two.
///
/// # Panics
/// The store breaks a rule.
pub fn threads<S: SharedStore>(store: S) {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 300;
    let store = Arc::new(store);
    let workers = (0..THREADS).map(|worker| {
        let store = store.clone();
        thread::spawn(move || (0..ROUNDS).for_each(|round| act(&store, worker, round)))
    });
    let workers: Vec<_> = workers.collect();
    for worker in workers {
        assert!(
            worker.join().is_ok(),
            "a thread has found a broken rule, see above"
        );
    }
}

/// The versions of a sample whose body tells which it is.
fn versioned(path: u32, version: u32) -> Sample {
    let body = version.to_le_bytes().repeat(1 + version as usize % 300);
    Sample::new(&format!("/{path}"))
        .of_version(version)
        .with_body(&body)
}

fn act<S: SharedStore>(store: &Arc<S>, worker: u32, round: u32) {
    let path = (round + worker) % 3;
    let version = worker * 1000 + round;
    let sample = versioned(path, version);
    let key = sample.key(store.seed());
    match (round * 7 + worker) % 5 {
        0 | 1 => {
            let mut token = done(store.begin(key, &sample.facts(), at(0)), "begin");
            done(store.append_head(&mut token, &sample.head()), "append_head");
            // half of it by another thread: a token is not tied to one
            let (body, half) = (sample.body().to_vec(), sample.body().len() / 2);
            done(store.append(&mut token, &body[..half]), "append");
            let other = store.clone();
            let writer = thread::spawn(move || {
                done(other.append(&mut token, &body[half..]), "append");
                done(other.commit(token), "commit")
            });
            assert!(writer.join().is_ok(), "a token must work on any thread");
        }
        2 => {
            if let Some(head) = done(store.next_head(key, None), "next_head") {
                // the same version again, so that head and body still belong together
                let version = version_of(head.bytes.as_ref());
                let sample = versioned(path, version).with_padding(round as usize % 50);
                if let Some(mut token) = done(store.begin_head(head.id, &sample.facts()), "begin_head") {
                    done(store.append_head(&mut token, &sample.head()), "append_head");
                    let _ = store.commit(token); // it may have gone
                }
            }
        }
        3 => done(store.invalidate(key, at(u64::from(round))), "invalidate"),
        _ => {
            if let (9, Some(head)) = (round % 10, done(store.next_head(key, None), "next_head")) {
                done(store.remove(head.id), "remove");
            }
        }
    }
    let mut place = None;
    while let Some(head) = done(store.next_head(key, place), "next_head") {
        place = Some(head.id);
        let version = version_of(head.bytes.as_ref());
        if let Some((mut body, length)) = done(store.open(head.id), "open") {
            let mut bytes = vec![];
            done(body.read_to_end(&mut bytes), "reading");
            assert_eq!(
                bytes.len() as u64,
                length,
                "a body must have the length that open says"
            );
            assert!(
                bytes == versioned(path, version).body(),
                "a head must be with its own body"
            );
        }
    }
}

/// The version that a head tells.
fn version_of(head: &[u8]) -> u32 {
    let entry = Entry::parse(head).expect("a head must be whole");
    let tag = entry.get_one("etag").expect("a sample has an ETag");
    let tag = std::str::from_utf8(tag).expect("a sample's ETag is a number");
    tag.trim_matches('"')
        .parse()
        .expect("a sample's ETag is a number")
}

//! A store that fails when told to. As small as a store can be; not a good one.
#![allow(dead_code)] // every test file uses some of it

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use larder::store::shared::{SharedStore, StoredHead, Usage};
use larder::{EntryId, Key, Now, StoredFacts};

#[derive(Clone, Default)]
pub struct FlakyStore(Arc<Inner>);

#[derive(Default)]
struct Inner {
    failing: AtomicBool,
    read_only: AtomicBool,
    forgetful: AtomicBool,
    full: AtomicBool,
    deaf: AtomicBool,
    /// How many operations were done, and which ones fail.
    done: AtomicU64,
    fail_from: AtomicU64,
    fail_count: AtomicU64,
    panic_from: AtomicU64,
    panic_count: AtomicU64,
    swallowing: AtomicBool,
    swallowed: AtomicU64,
    next: AtomicU64,
    begun: AtomicU64,
    entries: Mutex<Vec<Stored>>,
    before_commit: Mutex<Option<Job>>,
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
struct Stored {
    id: EntryId,
    key: Key,
    facts: StoredFacts,
    head: Arc<[u8]>,
    body: Arc<[u8]>,
}

#[derive(Debug)]
pub struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("told to fail")
    }
}

impl std::error::Error for Failure {}

pub struct Token {
    replaces: Option<EntryId>,
    key: Key,
    facts: StoredFacts,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl FlakyStore {
    /// Every operation fails from now on.
    pub fn fail(&self, on: bool) {
        self.0.failing.store(on, Ordering::SeqCst);
    }

    /// Nothing can be written from now on.
    pub fn fail_to_write(&self, on: bool) {
        self.0.read_only.store(on, Ordering::SeqCst);
    }

    /// Entries go as soon as they are updated.
    pub fn forget_updates(&self) {
        self.0.forgetful.store(true, Ordering::SeqCst);
    }

    /// Bodies find no room from now on.
    pub fn fill(&self) {
        self.0.full.store(true, Ordering::SeqCst);
    }

    /// Nothing can be invalidated from now on.
    pub fn fail_to_invalidate(&self, on: bool) {
        self.0.deaf.store(on, Ordering::SeqCst);
    }

    /// What happens before the next commit.
    pub fn before_commit(&self, job: impl FnOnce() + Send + 'static) {
        *self.0.before_commit.lock().unwrap() = Some(Box::new(job));
    }

    /// How many writes were begun.
    pub fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::SeqCst)
    }

    /// So many operations fail, from this one on, counted from 0.
    pub fn fail_at(&self, first: u64, count: u64) {
        self.0.fail_from.store(first, Ordering::SeqCst);
        self.0.fail_count.store(count, Ordering::SeqCst);
    }

    /// So many operations panic, from this one on, counted from 0.
    pub fn panic_at(&self, first: u64, count: u64) {
        self.0.panic_from.store(first, Ordering::SeqCst);
        self.0.panic_count.store(count, Ordering::SeqCst);
    }

    /// How many operations were done.
    pub fn operations(&self) -> u64 {
        self.0.done.load(Ordering::SeqCst)
    }

    /// Bodies are counted and not kept from now on.
    pub fn swallow(&self) {
        self.0.swallowing.store(true, Ordering::SeqCst);
    }

    /// How many bytes of bodies were swallowed.
    pub fn swallowed(&self) -> u64 {
        self.0.swallowed.load(Ordering::SeqCst)
    }

    /// The bodies of all entries.
    pub fn bodies(&self) -> Vec<Arc<[u8]>> {
        let entries = self.0.entries.lock().unwrap();
        entries.iter().map(|entry| entry.body.clone()).collect()
    }

    fn entries(&self) -> Result<MutexGuard<'_, Vec<Stored>>, Failure> {
        let number = self.0.done.fetch_add(1, Ordering::SeqCst);
        let first = self.0.panic_from.load(Ordering::SeqCst);
        let panics = number >= first && number - first < self.0.panic_count.load(Ordering::SeqCst);
        assert!(!panics, "told to panic");
        let first = self.0.fail_from.load(Ordering::SeqCst);
        if number >= first && number - first < self.0.fail_count.load(Ordering::SeqCst) {
            return Err(Failure);
        }
        if self.0.failing.load(Ordering::SeqCst) {
            return Err(Failure);
        }
        Ok(self.0.entries.lock().unwrap())
    }
}

impl SharedStore for FlakyStore {
    type Head = Arc<[u8]>;
    type Body = Cursor<Arc<[u8]>>;
    type Token = Token;
    type Error = Failure;

    fn seed(&self) -> u64 {
        7
    }

    fn next_head(&self, key: Key, after: Option<EntryId>) -> Result<Option<StoredHead<Arc<[u8]>>>, Failure> {
        let entries = self.entries()?;
        let mut found = entries
            .iter()
            .filter(|entry| entry.key == key && Some(entry.id) > after);
        Ok(found.next().map(|entry| StoredHead {
            id: entry.id,
            facts: entry.facts,
            bytes: entry.head.clone(),
        }))
    }

    fn read_head(&self, id: EntryId) -> Result<Option<StoredHead<Arc<[u8]>>>, Failure> {
        let entries = self.entries()?;
        let found = entries.iter().find(|entry| entry.id == id);
        Ok(found.map(|entry| StoredHead {
            id,
            facts: entry.facts,
            bytes: entry.head.clone(),
        }))
    }

    fn open(&self, id: EntryId) -> Result<Option<(Cursor<Arc<[u8]>>, u64)>, Failure> {
        let entries = self.entries()?;
        let found = entries.iter().find(|entry| entry.id == id);
        Ok(found.map(|entry| (Cursor::new(entry.body.clone()), entry.body.len() as u64)))
    }

    fn begin(&self, key: Key, facts: &StoredFacts, _sent_at: Now) -> Result<Token, Failure> {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        drop(self.entries()?);
        Ok(Token {
            replaces: None,
            key,
            facts: *facts,
            head: Vec::new(),
            body: Vec::new(),
        })
    }

    fn begin_head(&self, id: EntryId, facts: &StoredFacts, _: Now) -> Result<Option<Token>, Failure> {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        let entries = self.entries()?;
        let found = entries.iter().find(|entry| entry.id == id);
        Ok(found.map(|entry| Token {
            replaces: Some(id),
            key: entry.key,
            facts: *facts,
            head: Vec::new(),
            body: entry.body.to_vec(),
        }))
    }

    fn append_head(&self, token: &mut Token, chunk: &[u8]) -> Result<(), Failure> {
        drop(self.entries()?);
        if self.0.read_only.load(Ordering::SeqCst) {
            return Err(Failure);
        }
        token.head.extend_from_slice(chunk);
        Ok(())
    }

    fn append(&self, token: &mut Token, chunk: &[u8]) -> Result<(), Failure> {
        drop(self.entries()?);
        if self.0.full.load(Ordering::SeqCst) {
            return Err(Failure);
        }
        if self.0.swallowing.load(Ordering::SeqCst) {
            self.0.swallowed.fetch_add(chunk.len() as u64, Ordering::SeqCst);
            return Ok(());
        }
        token.body.extend_from_slice(chunk);
        Ok(())
    }

    fn commit(&self, token: Token) -> Result<EntryId, Failure> {
        let job = self.0.before_commit.lock().unwrap().take();
        job.into_iter().for_each(|job| job());
        let mut entries = self.entries()?;
        let id = EntryId(self.0.next.fetch_add(1, Ordering::SeqCst));
        if let Some(id) = token.replaces.filter(|_| self.0.forgetful.load(Ordering::SeqCst)) {
            entries.retain(|entry| entry.id != id);
            return Ok(id);
        }
        let id = token.replaces.unwrap_or(id);
        entries.retain(|entry| {
            entry.id != id
                && (token.replaces.is_some() || entry.key != token.key || !token.facts.replaces(&entry.facts))
        });
        let (head, body) = (token.head.into(), token.body.into());
        entries.push(Stored {
            id,
            key: token.key,
            facts: token.facts,
            head,
            body,
        });
        entries.sort_by_key(|entry| entry.id);
        Ok(id)
    }

    fn remove(&self, id: EntryId) -> Result<(), Failure> {
        self.entries()?.retain(|entry| entry.id != id);
        Ok(())
    }

    fn mark_invalid(&self, id: EntryId) -> Result<(), Failure> {
        let mut entries = self.entries()?;
        entries
            .iter_mut()
            .filter(|entry| entry.id == id)
            .for_each(|entry| entry.facts = entry.facts.invalidated());
        Ok(())
    }

    fn invalidate(&self, key: Key, _at: Now) -> Result<(), Failure> {
        let mut entries = self.entries()?;
        if self.0.deaf.load(Ordering::SeqCst) {
            return Err(Failure);
        }
        entries
            .iter_mut()
            .filter(|entry| entry.key == key)
            .for_each(|entry| entry.facts = entry.facts.invalidated());
        Ok(())
    }

    fn clear(&self) -> Result<(), Failure> {
        self.entries()?.clear();
        Ok(())
    }

    fn usage(&self) -> Result<Usage, Failure> {
        let entries = self.entries()?;
        let bytes = entries
            .iter()
            .map(|entry| entry.head.len() + entry.body.len())
            .sum::<usize>();
        Ok(Usage::new(entries.len() as u64, bytes as u64))
    }
}

//! A store on the heap (feature `alloc` or `std`): bounded in bytes and in entries.

mod bytes;
mod entries;
mod entry;
mod ledger;
mod limits;
mod stamps;
mod store;
mod token;

use core::fmt;

pub use bytes::SharedBytes;
use entries::Entries;
use entry::{Entry, NONE};
use ledger::{Ledger, Shared};
pub use limits::HeapLimits;
use stamps::Stamps;
pub use token::HeapToken;
use token::{Purpose, fixed_cost};

use super::StoreError;
use super::place::{Place, is_before};
use crate::facts::{EntryId, Key, Now, StoredFacts};

/// A store for one thread at a time whose entries are on the heap. What it keeps is bounded,
/// see [`HeapLimits`]: entries, their bookkeeping, its tables and writes in progress; not the
/// value itself with its memory of invalidations (0.3 KiB for each 256 KiB of the store, 76 KiB
/// at most), nor [`SharedBytes`] of entries that are gone. When it is full, entries that were
/// not used since they came go first (SIEVE).
///
/// ```
/// use larder::store::{Store, heap::HeapStore};
/// use larder::{Key, Target};
///
/// let mut store = HeapStore::new(1 << 20, 0x5eed); // 1 MiB; take a random seed
/// let key = Key::new(&Target::parse("http://example.test/").unwrap(), store.seed());
/// assert!(store.next_head(key, None, &mut [0; 512])?.is_none());
/// assert_eq!(store.usage(), (0, 0));
/// # Ok::<(), larder::store::StoreError>(())
/// ```
///
/// Where there is no atomic compare-and-swap (Cortex-M0, riscv32imc) it stays on its thread,
/// else it is [`Send`]. It allocates as it goes: a body that cannot be allocated is not
/// stored ([`StoreError::Full`]); a small allocation that fails is the global handler's.
pub struct HeapStore {
    entries: Entries,
    ledger: Shared<Ledger>,
    limits: HeapLimits,
    invalidations: Stamps,
    seed: u64,
    clears: u32,
    /// What the ledger counts for the tables.
    table_bytes: usize,
    /// What the ledger counts for the entries.
    entry_bytes: usize,
}

impl HeapStore {
    /// A store of this many bytes, otherwise with the limits of [`HeapLimits::new`].
    ///
    /// `seed` goes into the keys: take a random one, so that nobody can choose URIs whose keys
    /// collide.
    pub fn new(max_bytes: usize, seed: u64) -> Self {
        Self::with_limits(HeapLimits::new(max_bytes), seed)
    }

    /// A store with these limits; for `seed` see [`new`](Self::new).
    pub fn with_limits(limits: HeapLimits, seed: u64) -> Self {
        Self {
            entries: Entries::new(),
            ledger: Shared::new(Ledger::new(limits.max_bytes())),
            limits,
            invalidations: Stamps::new(limits.max_bytes()),
            seed,
            clears: 0,
            table_bytes: 0,
            entry_bytes: 0,
        }
    }

    /// The limits that it was made with.
    pub const fn limits(&self) -> &HeapLimits {
        &self.limits
    }

    /// Visible entries, and the bytes of everything that [`HeapLimits::max_bytes`] bounds.
    pub fn usage(&self) -> (usize, usize) {
        (self.entries.count(), self.ledger.used())
    }

    /// The facts and the packed head of an entry, not copied; `None` when it is gone.
    pub fn head_bytes(&mut self, id: EntryId) -> Option<(StoredFacts, SharedBytes)> {
        let entry = self.visit(id)?;
        Some((entry.facts, entry.head.clone()))
    }

    /// The body of an entry, not copied; `None` when it is gone.
    pub fn body_bytes(&mut self, id: EntryId) -> Option<SharedBytes> {
        Some(self.visit(id)?.body.clone())
    }

    /// [`next_head`](super::Store::next_head) without a copy.
    pub fn next_entry(
        &self,
        key: Key,
        after: Option<EntryId>,
    ) -> Option<(EntryId, StoredFacts, SharedBytes)> {
        let (id, entry) = self.entries.after(key, after)?;
        Some((id, entry.facts, entry.head.clone()))
    }

    /// An entry that is about to be used.
    fn visit(&mut self, id: EntryId) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(id)?;
        entry.visited = true;
        Some(entry)
    }

    /// Takes bytes from the ledger, for which entries may have to go.
    pub(super) fn make_room(&mut self, bytes: usize) -> bool {
        // what entries cannot give back; asked for in vain, none of them should go
        let fixed = self.ledger.used().saturating_sub(self.entry_bytes);
        if fixed.saturating_add(bytes) > self.ledger.limit() {
            return false;
        }
        loop {
            if self.ledger.take(bytes) {
                return true;
            }
            if !self.evict() {
                return false;
            }
        }
    }

    #[inline(never)]
    fn evict(&mut self) -> bool {
        let evicted = self.entries.evict();
        evicted.map(|entry| self.forget(&entry)).is_some()
    }

    fn take_out(&mut self, id: EntryId) -> bool {
        let removed = self.entries.remove(id);
        removed.map(|entry| self.forget(&entry)).is_some()
    }

    fn forget(&mut self, entry: &Entry) {
        let cost = entry.cost();
        self.entry_bytes = self.entry_bytes.saturating_sub(cost);
        self.ledger.give_back(cost);
    }

    fn count_tables(&mut self) {
        let bytes = self.entries.table_bytes();
        self.ledger.owe(bytes);
        self.ledger
            .give_back(core::mem::replace(&mut self.table_bytes, bytes));
    }

    /// A write that can be committed: for this store, since it was cleared, and whole.
    fn accepts(&self, token: &HeapToken) -> bool {
        Shared::ptr_eq(&self.ledger, &token.ledger) && self.clears == token.clears && !token.is_broken()
    }

    fn token(
        &mut self,
        purpose: Purpose,
        facts: &StoredFacts,
        limit: usize,
    ) -> Result<HeapToken, StoreError> {
        let cost = fixed_cost(&purpose);
        if !self.make_room(cost) {
            return Err(StoreError::Full);
        }
        let ledger = self.ledger.clone();
        Ok(HeapToken::new(ledger, purpose, *facts, limit, self.clears))
    }

    fn commit_entry(
        &mut self,
        mut token: HeapToken,
        key: Key,
        sent_at: Now,
        generation: u32,
    ) -> Result<EntryId, StoreError> {
        let facts = self.invalidations.judge(&token.facts, key, sent_at);
        let overtakes =
            |other: &Entry| facts.replaces(&other.facts) && is_before(generation, other.generation);
        if self.entries.of_key(key).any(|(_, other)| overtakes(other)) {
            return Ok(nowhere(generation));
        }
        let replaced = self.replace(key, &facts);
        while self.entries.count() >= self.limits.max_entries() && self.evict() {}
        if !self.entries.reserve() {
            return Err(StoreError::Full);
        }
        self.count_tables();
        while self.ledger.used() > self.ledger.limit() {
            if !self.evict() {
                return Err(StoreError::Full);
            }
        }
        let (head, body) = token.finish();
        let mut entry = Entry::new(key, generation, facts, head, body);
        // asked for again after it had been stored: that is a use
        entry.visited = replaced;
        let cost = entry.cost();
        match self.entries.insert(entry) {
            Some(id) => {
                self.entry_bytes = self.entry_bytes.saturating_add(cost);
                Ok(id)
            }
            None => {
                self.ledger.give_back(cost);
                Err(StoreError::Full)
            }
        }
    }

    /// Takes out what a new entry replaces, and what is too much under its key; whether it
    /// replaces any.
    fn replace(&mut self, key: Key, facts: &StoredFacts) -> bool {
        let mut replaced = false;
        while let Some(id) = self.entries.least_useful(key, &|old| facts.replaces(&old.facts)) {
            replaced |= self.take_out(id);
        }
        let own = |old: &Entry| old.facts.partition() == facts.partition();
        let of_key = |entries: &Entries| entries.of_key(key).count();
        let of_partition = |entries: &Entries| entries.of_key(key).filter(|(_, old)| own(old)).count();
        while of_partition(&self.entries) >= self.limits.max_variants() {
            let Some(id) = self.entries.least_useful(key, &own) else {
                break;
            };
            self.take_out(id);
        }
        while of_key(&self.entries) >= self.limits.max_per_key() {
            let Some(id) = self.entries.least_useful(key, &|_| true) else {
                break;
            };
            self.take_out(id);
        }
        replaced
    }

    fn commit_head(&mut self, mut token: HeapToken, id: EntryId, marks: u32) -> Result<EntryId, StoreError> {
        let entry = self.entries.get_mut(id).ok_or(StoreError::Gone)?;
        let (head, _) = token.finish();
        // An update never says anything about what came after its request was sent.
        entry.facts = if entry.marks != marks {
            token.facts.invalidated()
        } else {
            token.facts
        };
        let (old, new) = (entry.head.capacity(), head.capacity());
        entry.head = head;
        self.entry_bytes = self.entry_bytes.saturating_add(new).saturating_sub(old);
        self.ledger.give_back(old);
        Ok(id)
    }
}

/// The id of a write that has come to nothing.
fn nowhere(generation: u32) -> EntryId {
    let index = NONE;
    Place { index, generation }.id()
}

impl fmt::Debug for HeapStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, bytes) = self.usage();
        f.debug_struct("HeapStore")
            .field("entries", &entries)
            .field("bytes", &bytes)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

//! The entries, found by id and by key, and which of them goes first.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasherDefault, Hasher};
use core::mem::size_of;

#[cfg(not(feature = "std"))]
use hashbrown::HashMap;
#[cfg(feature = "std")]
use std::collections::HashMap;

use super::entry::{Entry, NONE};
use crate::facts::{EntryId, Key};
use crate::store::place::{Place, next_generation};

#[derive(Debug)]
enum Slot {
    /// The next free place.
    Free(u32),
    Taken(Box<Entry>),
}

/// Keys are hashes already.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Entries under their ids; those of a key are chained by rising id, so that a walk over them
/// can go on where an entry has gone. All of them are in the queue of SIEVE eviction
/// (Zhang et al., NSDI 2024): new ones come in at the newest end, a hand goes from the oldest
/// to the newest, spares those that were used since it passed, and takes the first other.
pub(super) struct Entries {
    slots: Vec<Slot>,
    first_of_key: HashMap<Key, u32, BuildHasherDefault<KeyHasher>>,
    free: u32,
    newest: u32,
    oldest: u32,
    hand: u32,
    count: usize,
    generation: u32,
}

impl Entries {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            first_of_key: HashMap::with_hasher(BuildHasherDefault::new()),
            free: NONE,
            newest: NONE,
            oldest: NONE,
            hand: NONE,
            count: 0,
            generation: 0,
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Bytes of the tables, at most.
    pub(super) fn table_bytes(&self) -> usize {
        let slots = self.slots.capacity().saturating_mul(size_of::<Slot>());
        let keys = self.first_of_key.capacity();
        // an eighth of a hash table stays empty, and it has a byte for each place
        let places = keys
            .saturating_add(keys / 7)
            .saturating_add(usize::from(keys > 0));
        let keys = places.saturating_mul(size_of::<(Key, u32)>().saturating_add(1));
        slots.saturating_add(keys)
    }

    /// Drops everything; ids go on from where they were.
    pub(super) fn clear(&mut self) {
        let generation = self.generation;
        *self = Self::new();
        self.generation = generation;
    }

    /// For a write that begins.
    pub(super) fn next_generation(&mut self) -> u32 {
        self.generation = next_generation(self.generation);
        self.generation
    }

    fn at(&self, index: u32) -> Option<&Entry> {
        match self.slots.get(usize::try_from(index).ok()?)? {
            Slot::Taken(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    fn at_mut(&mut self, index: u32) -> Option<&mut Entry> {
        match self.slots.get_mut(usize::try_from(index).ok()?)? {
            Slot::Taken(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    pub(super) fn get(&self, id: EntryId) -> Option<&Entry> {
        let Place { index, generation } = Place::of(id);
        self.at(index).filter(|entry| entry.generation == generation)
    }

    pub(super) fn get_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        let Place { index, generation } = Place::of(id);
        self.at_mut(index).filter(|entry| entry.generation == generation)
    }

    /// The entries under a key, by rising id.
    pub(super) fn of_key(&self, key: Key) -> impl Iterator<Item = (EntryId, &Entry)> {
        self.chain(self.first(key))
    }

    /// The first place in the chain of a key.
    #[inline(never)]
    fn first(&self, key: Key) -> u32 {
        self.first_of_key.get(&key).copied().unwrap_or(NONE)
    }

    fn chain(&self, start: u32) -> impl Iterator<Item = (EntryId, &Entry)> {
        let mut index = start;
        core::iter::from_fn(move || {
            let entry = self.at(index)?;
            let generation = entry.generation;
            let id = Place { index, generation }.id();
            index = entry.next_of_key;
            Some((id, entry))
        })
    }

    /// The entry under a key that follows an id, whether that is still there or not.
    pub(super) fn after(&self, key: Key, after: Option<EntryId>) -> Option<(EntryId, &Entry)> {
        let Some(after) = after else {
            return self.of_key(key).next();
        };
        match self.get(after) {
            Some(entry) if entry.key == key => self.chain(entry.next_of_key).next(),
            _ => self.of_key(key).find(|(id, _)| *id > after),
        }
    }

    /// Marks every entry under a key invalid.
    pub(super) fn mark_key(&mut self, key: Key) {
        let mut index = self.first(key);
        while let Some(entry) = self.at_mut(index) {
            entry.mark_invalid();
            index = entry.next_of_key;
        }
    }

    /// The first to go of those that `among` picks under a key: marked invalid, not used, old.
    pub(super) fn least_useful(&self, key: Key, among: &dyn Fn(&Entry) -> bool) -> Option<EntryId> {
        let age = |entry: &Entry| self.generation.wrapping_sub(entry.generation);
        self.of_key(key)
            .filter(|(_, entry)| among(entry))
            .max_by_key(|(_, entry)| (entry.facts.is_invalidated(), !entry.visited, age(entry)))
            .map(|(id, _)| id)
    }

    /// Makes room in the tables for one more; false when there is no memory.
    pub(super) fn reserve(&mut self) -> bool {
        let slots = self.free != NONE || self.slots.try_reserve(1).is_ok();
        slots && self.first_of_key.try_reserve(1).is_ok()
    }

    pub(super) fn insert(&mut self, entry: Entry) -> Option<EntryId> {
        let (key, generation) = (entry.key, entry.generation);
        let mut entry = Box::new(entry);
        entry.older = self.newest;
        let index = self.put(entry)?;
        if let Some(older) = self.at_mut(self.newest) {
            older.newer = index;
        } else {
            self.oldest = index;
        }
        self.newest = index;
        self.count = self.count.saturating_add(1);
        let id = Place { index, generation }.id();
        self.link_to_key(key, id);
        Some(id)
    }

    /// Puts an entry into a free place, or into a new one.
    fn put(&mut self, entry: Box<Entry>) -> Option<u32> {
        let slot = usize::try_from(self.free)
            .ok()
            .and_then(|free| self.slots.get_mut(free));
        if let Some(slot) = slot {
            let index = self.free;
            self.free = match slot {
                Slot::Free(next) => *next,
                Slot::Taken(_) => NONE,
            };
            *slot = Slot::Taken(entry);
            return Some(index);
        }
        let index = u32::try_from(self.slots.len())
            .ok()
            .filter(|index| *index != NONE)?;
        self.slots.push(Slot::Taken(entry));
        Some(index)
    }

    /// The place before an id in the chain of a key.
    fn before(&self, key: Key, id: EntryId) -> u32 {
        let before = self.of_key(key).take_while(|(other, _)| *other < id).last();
        before.map_or(NONE, |(before, _)| Place::of(before).index)
    }

    /// Lets a place follow `before` in the chain of a key.
    fn set_next(&mut self, key: Key, before: u32, next: u32) {
        match self.at_mut(before) {
            Some(before) => before.next_of_key = next,
            None if next == NONE => {
                self.first_of_key.remove(&key);
            }
            None => {
                self.first_of_key.insert(key, next);
            }
        }
    }

    fn link_to_key(&mut self, key: Key, id: EntryId) {
        let (index, before) = (Place::of(id).index, self.before(key, id));
        let next = match self.at(before) {
            Some(before) => before.next_of_key,
            None => self.first(key),
        };
        if let Some(entry) = self.at_mut(index) {
            entry.next_of_key = next;
        }
        self.set_next(key, before, index);
    }

    pub(super) fn remove(&mut self, id: EntryId) -> Option<Box<Entry>> {
        let index = Place::of(id).index;
        let entry = self.get(id)?;
        let (key, next) = (entry.key, entry.next_of_key);
        self.set_next(key, self.before(key, id), next);
        let slot = self.slots.get_mut(usize::try_from(index).ok()?)?;
        let Slot::Taken(entry) = core::mem::replace(slot, Slot::Free(self.free)) else {
            return None;
        };
        self.free = index;
        self.count = self.count.saturating_sub(1);
        match self.at_mut(entry.newer) {
            Some(newer) => newer.older = entry.older,
            None => self.newest = entry.older,
        }
        match self.at_mut(entry.older) {
            Some(older) => older.newer = entry.newer,
            None => self.oldest = entry.newer,
        }
        if self.hand == index {
            self.hand = entry.newer;
        }
        Some(entry)
    }

    /// Takes out the entry that SIEVE picks.
    pub(super) fn evict(&mut self) -> Option<Box<Entry>> {
        loop {
            // Past the newest, the hand goes on at the oldest.
            let index = if self.at(self.hand).is_some() {
                self.hand
            } else {
                self.oldest
            };
            let entry = self.at_mut(index)?;
            if entry.visited {
                entry.visited = false;
                self.hand = entry.newer;
                continue;
            }
            let generation = entry.generation;
            self.hand = index;
            return self.remove(Place { index, generation }.id());
        }
    }
}

//! A store inside any bytes, for RAM that outlives a sleep.

mod chain;
mod memory;
mod record;
mod space;
mod store;

use core::fmt;

use chain::Chain;
use memory::{MARK, Memory, NOBODY};
use record::{Record, State};

use super::place::{Place, next_generation};
use super::{Invalidations, StoreError};
use crate::facts::{EntryId, Key, Now, StoredFacts};

/// A store of entries of any size inside a slice of bytes, which may survive a reset: RAM that
/// stays on in deep sleep. [`attach`](Self::attach) keeps what is whole and drops the rest, so
/// the bytes need no protection; larder needs no `unsafe` for it.
///
/// ```
/// use larder::store::{Store, arena::ArenaStore};
///
/// // On a device: a `static` in a section that no start-up code touches.
/// let mut retained = [0u8; 8192];
/// let store = ArenaStore::attach_or_format(&mut retained, 0x5eed, 8).unwrap(); // a random seed
/// assert_eq!((store.seed(), store.entries()), (0x5eed, 0));
///
/// // ... sleep, reset ...
/// let store = ArenaStore::attach(&mut retained).expect("nothing has happened to it");
/// assert_eq!(store.seed(), 0x5eed);
/// ```
///
/// An entry costs 144 bytes, and its head and its body 68 for each 64 begun; the store 36. One
/// head and one body may have half of that room each. All entries are checked when the store is
/// attached, and never again: what damages RAM while the device runs is not noticed.
///
/// # Who goes first
///
/// Room is made of free blocks; else of an update that was dropped, and of writes that count as
/// abandoned, as in [`SlotStore`](super::slots::SlotStore) (feature `heapless`); else of entries
/// that were not read since the hand of a clock passed them. A write that finds no room so gets
/// [`StoreError::Full`]. There is one update of a head at a time: another
/// [`begin_head`](super::Store::begin_head) takes its place.
///
/// # After a reset
///
/// Ids stay what they were, and none is used again. Tokens are gone, and with them what they
/// have written. Moments of an earlier clock domain are no longer comparable: that is core's
/// business, which then validates.
pub struct ArenaStore<'a> {
    memory: Memory<'a>,
    /// The first free block; the others follow it.
    free: u16,
    update: Option<Update>,
    stamps: Invalidations<8>,
    /// The slot that the clock's hand looks at next.
    hand: u16,
}

/// A new head for an entry, while it is written.
struct Update {
    slot: u16,
    /// Of the entry.
    entry: u32,
    /// Of this update.
    generation: u32,
    facts: StoredFacts,
    /// The entry was marked invalid in the meantime.
    marked: bool,
    head: Chain,
}

/// A write in progress in an [`ArenaStore`].
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ArenaToken {
    /// The slot, or [`memory::UPDATE`].
    slot: u16,
    generation: u32,
}

/// Why some bytes are no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ArenaError {
    /// There are too few of them, or no entries were asked for.
    TooSmall,
    /// They were never formatted, by another version of larder, with another length, or they
    /// are damaged where it concerns all entries: [`format`](ArenaStore::format) them.
    NotFormatted,
}

impl fmt::Display for ArenaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooSmall => "the memory is too small for a store",
            Self::NotFormatted => "the memory holds no store",
        })
    }
}

impl core::error::Error for ArenaError {}

impl<'a> ArenaStore<'a> {
    /// An empty store of at most `entries` entries in these bytes. Take a random number for the
    /// seed: it keeps others from choosing URIs whose keys collide, and ids of what was stored
    /// before the format from being used again.
    ///
    /// # Errors
    /// [`ArenaError::TooSmall`].
    pub fn format(bytes: &'a mut [u8], seed: u64, entries: u16) -> Result<Self, ArenaError> {
        let mut memory = Memory::format(bytes, seed, entries).ok_or(ArenaError::TooSmall)?;
        #[allow(clippy::cast_possible_truncation)] // any start will do
        memory.set_generation((seed ^ seed.wrapping_shr(32)) as u32);
        for block in 0..memory.layout.blocks {
            memory.set_owner(block, NOBODY);
        }
        Ok(Self::over(memory))
    }

    /// The store that these bytes hold, with the entries that are whole.
    ///
    /// # Errors
    /// [`ArenaError::NotFormatted`].
    pub fn attach(bytes: &'a mut [u8]) -> Result<Self, ArenaError> {
        let mut memory = Memory::attach(bytes).ok_or(ArenaError::NotFormatted)?;
        for block in 0..memory.layout.blocks {
            let owner = memory.owner(block);
            memory.set_owner(block, owner & !MARK);
        }
        for slot in 0..memory.layout.entries {
            let record = Record(memory.layout.record(slot));
            if !record.check(&mut memory, slot) {
                record.wipe(&mut memory);
            }
        }
        Ok(Self::over(memory))
    }

    /// The store that these bytes hold, or else an empty one: what a device does at every start.
    ///
    /// # Errors
    /// [`ArenaError::TooSmall`].
    pub fn attach_or_format(bytes: &'a mut [u8], seed: u64, entries: u16) -> Result<Self, ArenaError> {
        match Memory::attach(&mut *bytes).is_some() {
            true => Self::attach(bytes),
            false => Self::format(bytes, seed, entries),
        }
    }

    /// With the blocks free that nobody has marked.
    fn over(memory: Memory<'a>) -> Self {
        let mut store = Self {
            memory,
            free: memory::END,
            update: None,
            stamps: Invalidations::new(),
            hand: 0,
        };
        for block in (0..store.memory.layout.blocks).rev() {
            let owner = store.memory.owner(block);
            match owner & MARK {
                0 => store.release(block),
                _ => store.memory.set_owner(block, owner & !MARK),
            }
        }
        store
    }

    /// How many entries are visible.
    pub fn entries(&self) -> usize {
        let visible = |slot: &u16| self.record(*slot).state(&self.memory) == State::Visible;
        (0..self.memory.layout.entries).filter(visible).count()
    }

    /// How many bytes a head, or a body, can have.
    pub fn limit(&self) -> usize {
        let half = usize::from(self.memory.layout.blocks).wrapping_shr(1);
        half.wrapping_mul(memory::BLOCK)
    }

    fn record(&self, slot: u16) -> Record {
        Record(self.memory.layout.record(slot))
    }

    fn next_generation(&mut self) -> u32 {
        let next = next_generation(self.memory.generation());
        self.memory.set_generation(next);
        next
    }

    /// The slot of an entry.
    fn find(&self, id: EntryId) -> Option<(u16, Record)> {
        let Place { index, generation } = Place::of(id);
        let slot = u16::try_from(index)
            .ok()
            .filter(|slot| *slot < self.memory.layout.entries)?;
        let record = self.record(slot);
        let found =
            record.state(&self.memory) == State::Visible && record.generation(&self.memory) == generation;
        found.then_some((slot, record))
    }

    fn id(&self, slot: u16) -> EntryId {
        Place {
            index: u32::from(slot),
            generation: self.record(slot).generation(&self.memory),
        }
        .id()
    }

    /// Marks an entry, or a write, invalid.
    fn mark(&mut self, slot: u16) {
        let record = self.record(slot);
        if let Some(facts) = record.facts(&self.memory) {
            record.set_facts(&mut self.memory, &facts.invalidated());
        }
        if let Some(update) = &mut self.update {
            update.marked |= update.slot == slot;
        }
    }

    fn judge(&self, facts: &StoredFacts, key: Key, sent_at: Now) -> StoredFacts {
        self.stamps.judge(facts, key, sent_at)
    }
}

impl fmt::Debug for ArenaStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaStore")
            .field("entries", &self.entries())
            .field("limit", &self.limit())
            .finish_non_exhaustive()
    }
}

//! A store of fixed capacity, without allocation (feature `heapless`).

mod slot;
mod store;

use core::fmt;

use slot::{Content, Slot, Spare, Update, Visible, Write};

use super::place::{Place, is_before, next_generation};
use super::{Invalidations, StoreError};
use crate::facts::{EntryId, Key, Now, StoredFacts};

/// The index of a token that writes a new head for an existing entry.
const SPARE: usize = usize::MAX;

/// A store of `SLOTS` entries with at most `HEAD` bytes of packed head and `BODY` bytes of
/// body each. Everything is inside the value: about `(SLOTS + 1) * HEAD + SLOTS * BODY` bytes,
/// 170 more for each slot and 500 for the store. No operation panics or allocates.
///
/// ```
/// use larder::store::{Store, slots::SlotStore};
/// use std::sync::Mutex; // on a device: the lock of your executor
///
/// /// Eight entries with up to 512 bytes of head and 4 KiB of body.
/// static STORE: Mutex<SlotStore<8, 512, 4096>> = Mutex::new(SlotStore::new(0));
///
/// let mut store = STORE.lock().unwrap();
/// store.reseed(0x5eed); // take a random number
/// assert_eq!(store.seed(), 0x5eed);
/// assert_eq!(store.entries(), 0);
/// ```
///
/// # Who goes first
///
/// A new entry takes a free slot; else the slot of an abandoned write; else that of an entry,
/// those that were not used since they came first (SIEVE); else, when there are only writes,
/// that of the one that stands still for longest. A dropped token cannot tell the store, so a
/// write counts as abandoned once half as many others as there are slots (at least two) have
/// begun since anything was appended to it: any number of downloads may be stored at once, as
/// long as each gets on, and ones that break off keep at most half of the slots and one. A
/// token whose slot was taken over answers [`StoreError::Gone`].
///
/// # New heads
///
/// The head of an update is written into a spare area and copied over the old one when it is
/// committed, so an update that breaks off leaves the old head. There is one such area: a
/// second [`begin_head`](super::Store::begin_head) takes it over, and the first answers `Gone`.
pub struct SlotStore<const SLOTS: usize, const HEAD: usize, const BODY: usize> {
    slots: [Slot<HEAD, BODY>; SLOTS],
    spare: Spare<HEAD>,
    race: Race,
    /// Of the last write.
    generation: u32,
    /// The first generation that SIEVE's hand has not passed, 0 for the oldest: no entry has it.
    hand: u32,
    seed: u64,
}

/// The last invalidations. As in [`Content`], zeros mean that there are none.
#[allow(clippy::large_enum_variant)] // there is nowhere else to put it
#[repr(u8)]
enum Race {
    None = 0,
    Last(Stamps) = 1,
}

type Stamps = Invalidations<8>;

/// A write in progress in a [`SlotStore`].
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SlotToken {
    index: usize,
    generation: u32,
}

impl<const SLOTS: usize, const HEAD: usize, const BODY: usize> SlotStore<SLOTS, HEAD, BODY> {
    /// After this many other writes, one that was not appended to counts as abandoned.
    const PATIENCE: u32 = {
        let half = SLOTS.saturating_add(1) / 2;
        match half {
            0..=2 => 2,
            #[allow(clippy::cast_possible_truncation)] // below 2^16
            3..=0xffff => half as u32,
            _ => 0xffff,
        }
    };

    /// An empty store. With seed 0 a `static` of it is all zeros: it lies in `.bss` and costs
    /// no flash; give it a random seed with [`reseed`](Self::reseed) before it is used.
    pub const fn new(seed: u64) -> Self {
        Self {
            slots: [const { Slot::FREE }; SLOTS],
            spare: Spare::UNUSED,
            race: Race::None,
            generation: 0,
            hand: 0,
            seed,
        }
    }

    /// Changes the seed that goes into keys, and removes everything. A random seed keeps others
    /// from choosing URIs whose keys collide.
    pub fn reseed(&mut self, seed: u64) {
        self.remove_all();
        self.seed = seed;
    }

    /// How many entries are visible.
    pub fn entries(&self) -> usize {
        self.slots.iter().filter(|slot| slot.visible().is_some()).count()
    }

    fn remove_all(&mut self) {
        self.slots.iter_mut().for_each(Slot::free);
        self.spare.free();
    }

    fn slot(&self, id: EntryId) -> Option<&Slot<HEAD, BODY>> {
        let slot = self.slots.get(index(id)?)?;
        (slot.generation == Place::of(id).generation).then_some(slot)
    }

    fn slot_mut(&mut self, id: EntryId) -> Option<&mut Slot<HEAD, BODY>> {
        let slot = self.slots.get_mut(index(id)?)?;
        (slot.generation == Place::of(id).generation).then_some(slot)
    }

    /// The slot of an entry that is used.
    fn visit(&mut self, id: EntryId) -> Option<&Slot<HEAD, BODY>> {
        let slot = self.slot_mut(id)?;
        slot.visible_mut()?.visited = true;
        Some(slot)
    }

    /// The slot that a new write takes.
    fn take_slot(&mut self) -> Option<usize> {
        let free = self
            .slots
            .iter()
            .position(|slot| matches!(slot.content, Content::Free));
        let abandoned = |(_, idle): &(usize, u32)| *idle >= Self::PATIENCE;
        free.or_else(|| self.idlest().filter(abandoned).map(|(index, _)| index))
            .or_else(|| self.evict())
            .or_else(|| self.idlest().map(|(index, _)| index))
    }

    /// The write that stands still for longest, and for how many writes.
    fn idlest(&self) -> Option<(usize, u32)> {
        let slots = self.slots.iter().enumerate();
        let idle = slots.filter_map(|(index, slot)| Some((index, slot.idle(self.generation)?)));
        // the earliest of the idlest: `max_by_key` would give the last
        idle.reduce(|most, next| if next.1 > most.1 { next } else { most })
    }

    /// The entry that SIEVE picks. Generations are the order of its queue: the hand goes from
    /// the oldest to the newest, spares those that were used since it passed, and takes the
    /// first other.
    fn evict(&mut self) -> Option<usize> {
        // one round to find the used ones, one to take one of them
        for _ in 0..SLOTS.saturating_mul(2) {
            let index = self.under_hand()?;
            let generation = self.slots.get(index)?.generation;
            let age = self.age(generation);
            // past the newest, the hand goes on at the oldest
            let newer = age.checked_sub(1).and_then(|younger| self.oldest(younger));
            self.hand = newer.map_or(0, |_| next_generation(generation));
            let visible = self.slots.get_mut(index)?.visible_mut()?;
            if !visible.visited {
                return Some(index);
            }
            visible.visited = false;
        }
        None
    }

    fn under_hand(&self) -> Option<usize> {
        let next = self.oldest(self.age(self.hand));
        next.or_else(|| self.oldest(u32::MAX))
    }

    /// The oldest entry up to this age.
    fn oldest(&self, limit: u32) -> Option<usize> {
        let slots = self.slots.iter().enumerate();
        let visible = slots.filter(|(_, slot)| slot.visible().is_some());
        let aged = visible.map(|(index, slot)| (self.age(slot.generation), index));
        let oldest = aged.filter(|(age, _)| *age <= limit).max_by_key(|(age, _)| *age);
        oldest.map(|(_, index)| index)
    }

    /// How many writes ago a generation began.
    fn age(&self, generation: u32) -> u32 {
        self.generation.wrapping_sub(generation)
    }

    fn next_generation(&mut self) -> u32 {
        self.generation = next_generation(self.generation);
        self.generation
    }

    fn judge(&self, facts: &StoredFacts, key: Key, sent_at: Now) -> StoredFacts {
        match &self.race {
            Race::None => *facts,
            Race::Last(stamps) => stamps.judge(facts, key, sent_at),
        }
    }

    /// The slot of a write that is still there, which gets on.
    fn written(&mut self, token: &SlotToken) -> Result<&mut Slot<HEAD, BODY>, StoreError> {
        let generation = self.generation;
        let slot = self.slots.get_mut(token.index).ok_or(StoreError::Gone)?;
        if slot.generation != token.generation {
            return Err(StoreError::Gone);
        }
        slot.writing_mut().ok_or(StoreError::Gone)?.progress = generation;
        Ok(slot)
    }

    /// Whether a token is for the head that is being written into the spare area.
    fn is_spare(&self, token: &SlotToken) -> bool {
        token.index == SPARE && token.generation == self.spare.generation
    }

    fn commit_head(&mut self) -> Result<EntryId, StoreError> {
        let Update::Of {
            index,
            generation,
            facts,
            marked,
        } = self.spare.update
        else {
            return Err(StoreError::Gone);
        };
        let id = id(index, generation);
        self.slot(id).and_then(Slot::visible).ok_or(StoreError::Gone)?;
        let slot = self.slots.get_mut(index).ok_or(StoreError::Gone)?;
        slot.head.clear();
        let copied = slot.head.extend_from_slice(&self.spare.head);
        let entry = slot.visible_mut().ok_or(StoreError::Gone)?;
        // An update never says anything about what came after its request was sent.
        entry.facts = if marked { facts.invalidated() } else { facts };
        copied.map(|()| id).map_err(|_| StoreError::Gone)
    }

    fn commit_entry(&mut self, token: &SlotToken) -> Result<EntryId, StoreError> {
        let Write {
            key, facts, sent_at, ..
        } = *self.written(token)?.writing_mut().ok_or(StoreError::Gone)?;
        let facts = self.judge(&facts, key, sent_at);
        let mut replaced = false;
        for slot in &mut self.slots {
            let same = |other: &Visible| other.key == key && facts.replaces(&other.facts);
            if slot.visible().is_some_and(same) {
                if is_before(token.generation, slot.generation) {
                    return Ok(id(token.index, token.generation)); // overtaken: an abandoned write
                }
                slot.free();
                replaced = true;
            }
        }
        // asked for again after it had been stored: that is a use
        let visible = Visible {
            key,
            facts,
            visited: replaced,
        };
        self.written(token)?.content = Content::Visible(visible);
        Ok(id(token.index, token.generation))
    }
}

fn id(index: usize, generation: u32) -> EntryId {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    Place { index, generation }.id()
}

fn index(id: EntryId) -> Option<usize> {
    usize::try_from(Place::of(id).index).ok()
}

impl<const SLOTS: usize, const HEAD: usize, const BODY: usize> fmt::Debug for SlotStore<SLOTS, HEAD, BODY> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotStore")
            .field("entries", &self.entries())
            .field("slots", &SLOTS)
            .finish_non_exhaustive()
    }
}

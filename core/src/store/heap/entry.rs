//! An entry and what it costs.

use core::mem::size_of;

use super::SharedBytes;
use crate::facts::{Key, StoredFacts};

/// No place.
pub(super) const NONE: u32 = u32::MAX;

/// What the allocator adds to each block, as far as an estimate can know it.
const BLOCK: usize = 2 * size_of::<usize>();

/// What an entry costs beside its bytes: itself, and for each of its two byte vectors the
/// shared counts and the vector's own fields; five blocks in all.
pub(super) const ENTRY_BYTES: usize = size_of::<Entry>() + 2 * 5 * size_of::<usize>() + 5 * BLOCK;

/// A visible entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) facts: StoredFacts,
    pub(super) head: SharedBytes,
    pub(super) body: SharedBytes,
    /// How often it was marked invalid, so that an update that was under way does not undo it.
    pub(super) marks: u32,
    /// Used since it came, or since the hand passed.
    pub(super) visited: bool,
    pub(super) generation: u32,
    /// Places in the queue and in the chain of the key, or [`NONE`].
    pub(super) newer: u32,
    pub(super) older: u32,
    pub(super) next_of_key: u32,
}

impl Entry {
    pub(super) fn new(
        key: Key,
        generation: u32,
        facts: StoredFacts,
        head: SharedBytes,
        body: SharedBytes,
    ) -> Self {
        Self {
            key,
            facts,
            head,
            body,
            marks: 0,
            visited: false,
            generation,
            newer: NONE,
            older: NONE,
            next_of_key: NONE,
        }
    }

    /// Bytes that it counts for.
    pub(super) fn cost(&self) -> usize {
        ENTRY_BYTES
            .saturating_add(self.head.capacity())
            .saturating_add(self.body.capacity())
    }

    pub(super) fn mark_invalid(&mut self) {
        self.facts = self.facts.invalidated();
        self.marks = self.marks.wrapping_add(1);
    }
}

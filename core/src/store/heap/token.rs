//! A write in progress.

use alloc::vec::Vec;
use core::fmt;

use super::SharedBytes;
use super::entry::ENTRY_BYTES;
use super::ledger::{Ledger, Shared};
use crate::facts::{EntryId, Key, Now, StoredFacts};
use crate::store::StoreError;

/// The smallest allocation for bytes.
const MIN_CAPACITY: usize = 64;

/// The same for a body whose length is known, if it is that long.
const EXPECTED_CAPACITY: usize = 16 * 1024;

/// What a write is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// A new entry.
    Entry { key: Key, sent_at: Now, generation: u32 },
    /// A new head for an entry, and how often that had been marked invalid.
    Head { id: EntryId, marks: u32 },
}

/// Which bytes are appended to.
#[derive(Clone, Copy)]
enum Part {
    Head,
    Body,
}

/// A write in progress in a [`HeapStore`](super::HeapStore). It owns what was written so far;
/// dropping it gives the memory back.
pub struct HeapToken {
    pub(super) ledger: Shared<Ledger>,
    pub(super) purpose: Purpose,
    pub(super) facts: StoredFacts,
    /// How often the store had been cleared.
    pub(super) clears: u32,
    head: Vec<u8>,
    body: Vec<u8>,
    /// Bytes for head and body together.
    limit: usize,
    /// What the ledger has given.
    reserved: usize,
    /// The length of the body is known, and part of the limit.
    is_expected: bool,
    /// An append did not succeed.
    broken: bool,
}

impl HeapToken {
    /// A write that has taken [`fixed_cost`] from the ledger.
    pub(super) fn new(
        ledger: Shared<Ledger>,
        purpose: Purpose,
        facts: StoredFacts,
        limit: usize,
        clears: u32,
    ) -> Self {
        Self {
            ledger,
            purpose,
            facts,
            clears,
            head: Vec::new(),
            body: Vec::new(),
            limit,
            reserved: fixed_cost(&purpose),
            is_expected: false,
            broken: false,
        }
    }

    /// Appends to the head. `make_room` takes bytes from the ledger when they are not simply
    /// there. After an error nothing of the write is left: a part of a response is never
    /// committed.
    pub(in crate::store) fn write_head(
        &mut self,
        chunk: &[u8],
        mut make_room: impl FnMut(usize) -> bool,
    ) -> Result<(), StoreError> {
        let result = self.try_write(Part::Head, chunk, &mut make_room);
        result.inspect_err(|_| self.give_up())
    }

    /// Appends to the body, as [`write_head`](Self::write_head) to the head.
    pub(in crate::store) fn write_body(
        &mut self,
        chunk: &[u8],
        mut make_room: impl FnMut(usize) -> bool,
    ) -> Result<(), StoreError> {
        let result = self.try_write(Part::Body, chunk, &mut make_room);
        result.inspect_err(|_| self.give_up())
    }

    /// The body will have that many bytes: an entry that would be too large is given up now,
    /// and one that is not never takes more memory than that.
    #[cfg(feature = "std")]
    pub(in crate::store) fn expect_body(&mut self, length: u64) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Gone);
        }
        let Purpose::Entry { .. } = self.purpose else {
            return Ok(());
        };
        let room = self.limit.saturating_sub(self.head.len());
        match usize::try_from(length) {
            Ok(length) if length <= room => {
                self.limit = self.head.len().saturating_add(length);
                self.is_expected = true;
                Ok(())
            }
            _ => {
                self.give_up();
                Err(StoreError::BodyTooLarge { limit: room as u64 })
            }
        }
    }

    fn give_up(&mut self) {
        self.broken = true;
        (self.head, self.body) = (Vec::new(), Vec::new());
        self.ledger.give_back(core::mem::take(&mut self.reserved));
    }

    fn try_write(
        &mut self,
        part: Part,
        chunk: &[u8],
        make_room: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Gone);
        }
        let (bytes, limit) = match (part, self.purpose) {
            (Part::Head, _) => (&mut self.head, self.limit.saturating_sub(self.body.len())),
            (Part::Body, Purpose::Entry { .. }) => {
                (&mut self.body, self.limit.saturating_sub(self.head.len()))
            }
            // the body of an entry that gets a new head stays as it is
            (Part::Body, Purpose::Head { .. }) => (&mut self.body, 0),
        };
        let needed = bytes.len().saturating_add(chunk.len());
        if needed > limit {
            return Err(match part {
                Part::Head => StoreError::HeadTooLarge { needed, limit },
                Part::Body => StoreError::BodyTooLarge { limit: limit as u64 },
            });
        }
        if needed > bytes.capacity() {
            let old = bytes.capacity();
            let roomy = match part {
                // It will be used, unless the origin lies: then it is a few times what came.
                Part::Body if self.is_expected => old.saturating_mul(4).max(EXPECTED_CAPACITY),
                _ => old.saturating_add(old / 2).max(MIN_CAPACITY),
            };
            self.reserved =
                self.reserved
                    .saturating_add(grow(bytes, needed, roomy.min(limit), &self.ledger, make_room)?);
        }
        bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Gives back what was allocated too much. Worth doing before a lock is taken.
    pub(in crate::store) fn seal(&mut self) {
        for bytes in [&mut self.head, &mut self.body] {
            let (capacity, spare) = (bytes.capacity(), bytes.capacity().saturating_sub(bytes.len()));
            // Shrinking moves nothing with most allocators; for little it is not worth a call.
            if spare > capacity / 8 {
                bytes.shrink_to_fit();
                let freed = capacity.saturating_sub(bytes.capacity());
                self.reserved = self.reserved.saturating_sub(freed);
                self.ledger.give_back(freed);
            }
        }
    }

    /// Whether an append did not succeed.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// The head and the body; their cost is the entry's from now on.
    pub(super) fn finish(&mut self) -> (SharedBytes, SharedBytes) {
        self.reserved = 0;
        let (head, body) = (core::mem::take(&mut self.head), core::mem::take(&mut self.body));
        (SharedBytes::new(head), SharedBytes::new(body))
    }
}

/// What a write costs before anything is appended.
pub(super) const fn fixed_cost(purpose: &Purpose) -> usize {
    match purpose {
        Purpose::Entry { .. } => ENTRY_BYTES,
        Purpose::Head { .. } => 0,
    }
}

/// Makes the capacity at least `needed`, and `roomy` where there is room; how much was added.
fn grow(
    bytes: &mut Vec<u8>,
    needed: usize,
    roomy: usize,
    ledger: &Ledger,
    make_room: &mut dyn FnMut(usize) -> bool,
) -> Result<usize, StoreError> {
    let old = bytes.capacity();
    for wanted in [roomy.max(needed), needed] {
        let more = wanted.saturating_sub(old);
        if !ledger.take(more) && !make_room(more) {
            continue;
        }
        let grown = bytes.try_reserve_exact(wanted.saturating_sub(bytes.len()));
        // the allocator may have given more, or nothing
        let added = bytes.capacity().saturating_sub(old);
        ledger.owe(added);
        ledger.give_back(more);
        return grown.map(|()| added).map_err(|_| StoreError::Full);
    }
    Err(StoreError::Full)
}

impl Drop for HeapToken {
    fn drop(&mut self) {
        self.ledger.give_back(self.reserved);
    }
}

impl fmt::Debug for HeapToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeapToken")
            .field("head", &self.head.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::store::suite::{Sample, at};

    #[test]
    fn a_body_is_not_copied_when_it_is_committed() {
        let ledger = Shared::new(Ledger::new(1 << 20));
        let sample = Sample::new("/").with_body_len(4000);
        let purpose = Purpose::Entry {
            generation: 1,
            key: sample.key(7),
            sent_at: at(0),
        };
        let mut token = HeapToken::new(ledger, purpose, sample.facts(), 1 << 20, 0);
        token.write_body(sample.body(), |_| false).unwrap();
        let place = token.body.as_ptr();
        token.seal();
        let (_, body) = token.finish();
        assert_eq!((body.as_ptr(), &*body), (place, sample.body()));
    }

    #[test]
    fn with_little_room_just_what_is_needed_is_taken() {
        let ledger = Shared::new(Ledger::new(6_500));
        let sample = Sample::new("/");
        let purpose = Purpose::Entry {
            generation: 1,
            key: sample.key(7),
            sent_at: at(0),
        };
        let mut token = HeapToken::new(ledger.clone(), purpose, sample.facts(), 1 << 20, 0);
        token.write_body(&[0; 5_000], |_| false).unwrap();
        token.write_body(&[0; 1_000], |_| false).unwrap();
        assert_eq!(token.write_body(&[0; 501], |_| false), Err(StoreError::Full));
        assert_eq!(ledger.used(), 0, "a write that has ended keeps nothing");
        assert_eq!(token.write_body(&[], |_| true), Err(StoreError::Gone));
    }

    #[test]
    #[cfg_attr(miri, ignore = "interpreted, it takes minutes")]
    fn growing_is_amortised_and_counted() {
        let ledger = Shared::new(Ledger::new(1 << 20));
        let sample = Sample::new("/");
        let purpose = Purpose::Entry {
            generation: 1,
            key: sample.key(7),
            sent_at: at(0),
        };
        assert!(ledger.take(fixed_cost(&purpose)));
        let mut token = HeapToken::new(ledger.clone(), purpose, sample.facts(), 1 << 20, 0);
        let mut capacities = 0;
        for _ in 0..100_000 {
            let before = token.body.capacity();
            token.write_body(b"x", |_| false).unwrap();
            capacities += u32::from(token.body.capacity() != before);
            assert_eq!(ledger.used(), ENTRY_BYTES + token.body.capacity());
        }
        assert!(capacities < 30, "{capacities}");
        token.seal();
        assert!(token.body.capacity() < 113_000);
        assert_eq!(ledger.used(), ENTRY_BYTES + token.body.capacity());
        drop(token);
        assert_eq!(ledger.used(), 0);
    }

    #[test]
    fn a_body_of_known_length_moves_seldom_and_a_lie_costs_little() {
        const LENGTH: usize = 1 << 20;
        let ledger = Shared::new(Ledger::new(2 * LENGTH));
        let sample = Sample::new("/");
        let purpose = Purpose::Entry {
            generation: 1,
            key: sample.key(7),
            sent_at: at(0),
        };
        let fixed = fixed_cost(&purpose);
        let mut token = HeapToken::new(ledger, purpose, sample.facts(), 2 * LENGTH, 0);
        token.expect_body(LENGTH as u64).unwrap();
        let (mut moves, mut capacity) = (0, 0);
        while token.body.len() < LENGTH {
            token.write_body(&[1; 1024], |_| false).unwrap();
            if token.body.capacity() != capacity {
                capacity = token.body.capacity();
                moves += 1;
            }
            // Should nothing more come, no other entry has gone for more than this.
            let came = token.body.len();
            assert!(
                token.reserved <= fixed + (4 * came).max(EXPECTED_CAPACITY),
                "{came}"
            );
        }
        assert_eq!((moves, capacity), (4, LENGTH));
    }
}

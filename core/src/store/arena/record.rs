//! What is known of one entry, or of one write in progress.

use super::chain::Chain;
use super::memory::{Memory, RECORD};
use crate::facts::{Key, StoredFacts};

const STATE: usize = 0;
const GENERATION: usize = 1;
const KEY: usize = 5;
const FACTS: usize = 13;
const HEAD: usize = 107;
const BODY: usize = 113;
/// Of a write: when it got on, and where the chains end. Of an entry: the checksum of its head.
const PROGRESS: usize = 119;
const HEAD_SUM: usize = 119;
const BODY_SUM: usize = 127;
const SUM: usize = 135;
const VISITED: usize = 143;

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Free,
    Writing,
    Visible,
}

const WRITING: u8 = 0x5a;
const VISIBLE: u8 = 0xa5;

/// One record, by its place.
#[derive(Clone, Copy)]
pub(super) struct Record(pub(super) usize);

impl Record {
    fn at(self, field: usize) -> usize {
        self.0.wrapping_add(field)
    }

    pub(super) fn state(self, memory: &Memory<'_>) -> State {
        match memory.get(self.at(STATE)) {
            [WRITING] => State::Writing,
            [VISIBLE] => State::Visible,
            _ => State::Free,
        }
    }

    pub(super) fn generation(self, memory: &Memory<'_>) -> u32 {
        u32::from_le_bytes(memory.get(self.at(GENERATION)))
    }

    pub(super) fn key(self, memory: &Memory<'_>) -> Option<Key> {
        Key::from_number(u64::from_le_bytes(memory.get(self.at(KEY))))
    }

    pub(super) fn facts(self, memory: &Memory<'_>) -> Option<StoredFacts> {
        StoredFacts::from_bytes(&memory.get::<{ StoredFacts::BYTES }>(self.at(FACTS))).ok()
    }

    pub(super) fn head(self, memory: &Memory<'_>) -> Chain {
        self.chain(memory, HEAD, 4)
    }

    pub(super) fn body(self, memory: &Memory<'_>) -> Chain {
        self.chain(memory, BODY, 6)
    }

    fn chain(self, memory: &Memory<'_>, field: usize, last: usize) -> Chain {
        let at = self.at(field);
        Chain {
            first: u16::from_le_bytes(memory.get(at)),
            last: u16::from_le_bytes(memory.get(self.at(PROGRESS).wrapping_add(last))),
            length: u32::from_le_bytes(memory.get(at.wrapping_add(2))),
        }
    }

    fn set_chain(self, memory: &mut Memory<'_>, field: usize, last: usize, chain: Chain) {
        let at = self.at(field);
        memory.put(at, chain.first.to_le_bytes());
        memory.put(at.wrapping_add(2), chain.length.to_le_bytes());
        memory.put(self.at(PROGRESS).wrapping_add(last), chain.last.to_le_bytes());
    }

    /// Of a write.
    pub(super) fn set_head(self, memory: &mut Memory<'_>, chain: Chain) {
        self.set_chain(memory, HEAD, 4, chain);
    }

    /// Of a write.
    pub(super) fn set_body(self, memory: &mut Memory<'_>, chain: Chain) {
        self.set_chain(memory, BODY, 6, chain);
    }

    /// Of a write: the generation of the store when it last got on.
    pub(super) fn progress(self, memory: &Memory<'_>) -> u32 {
        u32::from_le_bytes(memory.get(self.at(PROGRESS)))
    }

    pub(super) fn set_progress(self, memory: &mut Memory<'_>, generation: u32) {
        memory.put(self.at(PROGRESS), generation.to_le_bytes());
    }

    pub(super) fn is_visited(self, memory: &Memory<'_>) -> bool {
        memory.get(self.at(VISITED)) != [0]
    }

    pub(super) fn set_visited(self, memory: &mut Memory<'_>, visited: bool) {
        memory.put(self.at(VISITED), [u8::from(visited)]);
    }

    /// Nothing is left of it, so that no flipped bit brings it back.
    pub(super) fn wipe(self, memory: &mut Memory<'_>) {
        memory.put(self.0, [0u8; RECORD]);
    }

    /// A write begins.
    pub(super) fn begin(self, memory: &mut Memory<'_>, generation: u32, key: Key, facts: &StoredFacts) {
        self.wipe(memory);
        memory.put(self.at(STATE), [WRITING]);
        memory.put(self.at(GENERATION), generation.to_le_bytes());
        memory.put(self.at(KEY), key.get().to_le_bytes());
        memory.put(self.at(FACTS), facts.to_bytes());
        self.set_progress(memory, generation);
        self.set_head(memory, Chain::EMPTY);
        self.set_body(memory, Chain::EMPTY);
    }

    /// The write becomes an entry.
    pub(super) fn commit(self, memory: &mut Memory<'_>) {
        let (head, body) = (self.head(memory), self.body(memory));
        let (head, body) = (head.sum(memory), body.sum(memory));
        memory.put(self.at(HEAD_SUM), head.to_le_bytes());
        memory.put(self.at(BODY_SUM), body.to_le_bytes());
        memory.put(self.at(STATE), [VISIBLE]);
        self.seal(memory);
    }

    /// The entry gets another head.
    pub(super) fn replace_head(self, memory: &mut Memory<'_>, head: Chain, facts: &StoredFacts) {
        let at = self.at(HEAD);
        memory.put(at, head.first.to_le_bytes());
        memory.put(at.wrapping_add(2), head.length.to_le_bytes());
        memory.put(self.at(HEAD_SUM), head.sum(memory).to_le_bytes());
        memory.put(self.at(FACTS), facts.to_bytes());
        self.seal(memory);
    }

    /// Changes the facts of an entry, or of a write.
    pub(super) fn set_facts(self, memory: &mut Memory<'_>, facts: &StoredFacts) {
        memory.put(self.at(FACTS), facts.to_bytes());
        if self.state(memory) == State::Visible {
            self.seal(memory);
        }
    }

    fn seal(self, memory: &mut Memory<'_>) {
        let sum = memory.sum(self.0, SUM);
        memory.put(self.at(SUM), sum.to_le_bytes());
    }

    /// Whether it is a whole entry of this owner; if so, its blocks are marked.
    pub(super) fn check(self, memory: &mut Memory<'_>, owner: u16) -> bool {
        let sealed = memory.get(self.at(SUM)) == memory.sum(self.0, SUM).to_le_bytes();
        let known = self.key(memory).is_some() && self.facts(memory).is_some();
        if self.state(memory) != State::Visible || !sealed || !known {
            return false;
        }
        let (head, body) = (self.head(memory), self.body(memory));
        if !head.mark(memory, owner) {
            return false;
        }
        if !body.mark(memory, owner) {
            head.give(memory, owner); // what is not marked is free
            return false;
        }
        let sums = [(HEAD_SUM, head), (BODY_SUM, body)];
        let whole = sums
            .iter()
            .all(|(field, chain)| chain.sum(memory).to_le_bytes() == memory.get(self.at(*field)));
        if !whole {
            head.give(memory, owner);
            body.give(memory, owner);
        }
        whole
    }
}

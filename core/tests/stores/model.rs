//! Random operations on a store and on a model of it.

use std::collections::BTreeMap;

use larder::store::arena::ArenaStore;
use larder::store::heap::{HeapLimits, HeapStore};
use larder::store::slots::SlotStore;
use larder::store::suite::{Sample, at};
use larder::store::{Store, StoreError};
use larder::{EntryId, Key, Now, StoredFacts};
use proptest::collection::vec;
use proptest::prelude::*;

const SLOTS: usize = 5;
const HEAD: usize = 90;
const BODY: usize = 150;
const ENTRY: usize = 200;
/// More than any head or body has.
const ROOM: usize = 1 << 14;

/// One step. Numbers pick from what there is, modulo its count.
#[derive(Clone, Debug)]
pub enum Step {
    Begin { sample: u8, sent: u8 },
    BeginHead { entry: u8, received: u8, sent: u8 },
    Head { write: u8, length: u8 },
    Body { write: u8, length: u8 },
    Commit { write: u8 },
    Drop { write: u8 },
    Remove { entry: u8 },
    Mark { entry: u8 },
    Invalidate { sample: u8, at: u8 },
    Read { entry: u8 },
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<u8>;
    prop_oneof![
        6 => (any(), any()).prop_map(|(sample, sent)| Step::Begin { sample, sent }),
        3 => (any(), any(), any()).prop_map(|(entry, received, sent)| Step::BeginHead { entry, received, sent }),
        5 => (any(), any()).prop_map(|(write, length)| Step::Head { write, length: length % 40 }),
        5 => (any(), any()).prop_map(|(write, length)| Step::Body { write, length: length % 80 }),
        6 => any().prop_map(|write| Step::Commit { write }),
        1 => any().prop_map(|write| Step::Drop { write }),
        1 => any().prop_map(|entry| Step::Remove { entry }),
        1 => any().prop_map(|entry| Step::Mark { entry }),
        1 => (any(), any()).prop_map(|(sample, at)| Step::Invalidate { sample, at }),
        3 => any().prop_map(|entry| Step::Read { entry }),
        1 => Just(Step::Clear),
    ]
}

/// Three variants of each of four URIs.
fn sample(number: u8) -> Sample {
    let sample = Sample::new(["/a", "/b", "/c", "/d"][usize::from(number) / 3 % 4]);
    match number % 3 {
        0 => sample,
        1 => sample.of_language("de"),
        _ => sample.of_user(1),
    }
}

/// When a store may lose something.
#[derive(Clone, Copy, PartialEq)]
enum Pressure {
    /// Never: everything is known.
    Never,
    /// When all of its slots are taken.
    Slots,
    /// Whenever it likes.
    Any,
    /// Whenever it likes, and never where there is ample room: an arena whose heads and bodies may
    /// have so many bytes.
    Arena { limit: usize, ample: bool },
}

impl Pressure {
    /// It may lose anything at any time, also what is being written.
    const fn is_tight(self) -> bool {
        matches!(self, Self::Arena { ample: false, .. })
    }

    /// One head is updated at a time.
    const fn has_one_update(self) -> bool {
        matches!(self, Self::Slots | Self::Arena { .. })
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    number: u8,
    key: Key,
    facts: StoredFacts,
    head: Vec<u8>,
    body: Vec<u8>,
    marks: u32,
    /// Its place among all writes.
    begun: u64,
}

#[derive(Clone, Copy)]
enum Purpose {
    Entry {
        number: u8,
        key: Key,
        sent_at: Now,
        begun: u64,
    },
    Head {
        id: EntryId,
        marks: u32,
    },
}

struct Write<T> {
    token: T,
    purpose: Purpose,
    facts: StoredFacts,
    head: Vec<u8>,
    body: Vec<u8>,
    /// Writes begun since anything was appended.
    idle: u32,
    /// It was or may have been taken over.
    may_be_gone: bool,
    /// It is over for certain.
    gone: bool,
}

struct Model<S: Store> {
    store: S,
    pressure: Pressure,
    entries: BTreeMap<EntryId, Entry>,
    gone: Vec<EntryId>,
    writes: Vec<Write<S::Token>>,
    /// Dropped writes whose slots may still be taken.
    ghosts: usize,
    stamps: Vec<(Key, Now)>,
    begun: u64,
    fill: u8,
}

impl<S: Store<Error = StoreError>> Model<S> {
    fn new(store: S, pressure: Pressure) -> Self {
        Self {
            store,
            pressure,
            entries: BTreeMap::new(),
            gone: Vec::new(),
            writes: Vec::new(),
            ghosts: 0,
            stamps: Vec::new(),
            begun: 0,
            fill: 0,
        }
    }

    fn covers(&self, key: Key, sent_at: Now) -> bool {
        let mut own = self.stamps.iter().filter(|(stamped, _)| *stamped == key);
        own.any(|(_, at)| sent_at.mono_ms() <= at.mono_ms())
    }

    /// Now and then an id of the past.
    fn pick(&self, number: u8) -> EntryId {
        let number = usize::from(number);
        let ids: Vec<_> = self
            .entries
            .keys()
            .chain(self.gone.iter().rev().take(3))
            .collect();
        ids.get(number % ids.len().max(1)).map_or(EntryId(0), |id| **id)
    }

    fn apply(&mut self, step: &Step) {
        let count = self.writes.len().max(1);
        match *step {
            Step::Begin { sample: number, sent } => self.begin(number, at(sent.into())),
            Step::BeginHead {
                entry,
                received,
                sent,
            } => self.begin_head(self.pick(entry), received, at(sent.into())),
            Step::Head { write, length } => self.append(usize::from(write) % count, length, true),
            Step::Body { write, length } => self.append(usize::from(write) % count, length, false),
            Step::Commit { write } => self.commit(usize::from(write) % count),
            Step::Drop { write } => {
                if usize::from(write) % count < self.writes.len() {
                    self.writes.remove(usize::from(write) % count);
                    self.ghosts += 1;
                }
            }
            Step::Remove { entry } => {
                let id = self.pick(entry);
                self.store.remove(id).unwrap();
                self.forget(id);
            }
            Step::Mark { entry } => {
                let id = self.pick(entry);
                self.store.mark_invalid(id).unwrap();
                self.entries.get_mut(&id).into_iter().for_each(Entry::mark);
            }
            Step::Invalidate {
                sample: number,
                at: seconds,
            } => {
                let key = sample(number).key(self.store.seed());
                let at = at(seconds.into());
                self.store.invalidate(key, at).unwrap();
                self.stamps.push((key, at));
                // An arena marks what is being written, whenever it was asked for.
                if let Pressure::Arena { .. } = self.pressure {
                    let concerned = |write: &&mut Write<S::Token>| matches!(write.purpose, Purpose::Entry { key: own, .. } if own == key);
                    let marked = self.writes.iter_mut().filter(concerned);
                    marked.for_each(|write| write.facts = write.facts.invalidated());
                }
                self.entries
                    .values_mut()
                    .filter(|entry| entry.key == key)
                    .for_each(Entry::mark);
            }
            Step::Read { entry } => drop(self.read(self.pick(entry))),
            Step::Clear => {
                self.store.clear().unwrap();
                let ids: Vec<_> = self.entries.keys().copied().collect();
                ids.into_iter().for_each(|id| self.forget(id));
                self.writes.iter_mut().for_each(|write| write.gone = true);
                self.ghosts = 0;
            }
        }
        self.compare(matches!(step, Step::Begin { .. }));
    }

    fn forget(&mut self, id: EntryId) {
        if self.entries.remove(&id).is_some() {
            self.gone.push(id);
        }
    }

    fn begin(&mut self, number: u8, sent_at: Now) {
        let sample = sample(number);
        let (key, facts) = (sample.key(self.store.seed()), sample.facts());
        let token = match self.store.begin(key, &facts, sent_at) {
            Ok(token) => token,
            Err(StoreError::Full) if self.pressure == Pressure::Any || self.pressure.is_tight() => return,
            Err(error) => panic!("begin: {error}"),
        };
        let only_writes = self.entries.is_empty() && self.taken() >= SLOTS;
        for write in &mut self.writes {
            let is_entry = matches!(write.purpose, Purpose::Entry { .. });
            let abandoned = write.idle >= 3 || only_writes;
            write.may_be_gone |= is_entry && abandoned && self.pressure == Pressure::Slots;
            write.idle += 1;
        }
        self.begun += 1;
        let purpose = Purpose::Entry {
            number,
            key,
            sent_at,
            begun: self.begun,
        };
        self.push(token, purpose, facts);
    }

    fn begin_head(&mut self, id: EntryId, received: u8, sent_at: Now) {
        let facts = match self.entries.get(&id) {
            Some(entry) => sample(entry.number).received(received.into()).facts(),
            None => sample(0).facts(),
        };
        let token = match self.store.begin_head(id, &facts, sent_at) {
            Ok(token) => token,
            Err(error) => panic!("begin_head: {error}"),
        };
        assert_eq!(
            token.is_some(),
            self.entries.contains_key(&id),
            "begin_head finds what is there"
        );
        let Some(token) = token else { return };
        if self.pressure.has_one_update() {
            let others = self
                .writes
                .iter_mut()
                .filter(|write| matches!(write.purpose, Purpose::Head { .. }));
            others.for_each(|other| other.gone = true);
        }
        let (key, marks) = (self.entries[&id].key, self.entries[&id].marks);
        let facts = if self.covers(key, sent_at) {
            facts.invalidated()
        } else {
            facts
        };
        self.push(token, Purpose::Head { id, marks }, facts);
    }

    fn push(&mut self, token: S::Token, purpose: Purpose, facts: StoredFacts) {
        self.writes.push(Write {
            token,
            purpose,
            facts,
            head: Vec::new(),
            body: Vec::new(),
            idle: 0,
            may_be_gone: self.pressure.is_tight(),
            gone: false,
        });
    }

    /// Slots that may be taken.
    fn taken(&self) -> usize {
        let writes = self
            .writes
            .iter()
            .filter(|write| matches!(write.purpose, Purpose::Entry { .. }));
        self.entries.len() + writes.count() + self.ghosts
    }

    fn append(&mut self, index: usize, length: u8, to_head: bool) {
        let Some(write) = self.writes.get_mut(index) else {
            return;
        };
        self.fill = self.fill.wrapping_add(1);
        let chunk = vec![self.fill; length.into()];
        let (mut head, mut body) = (write.head.len(), write.body.len());
        let result = if to_head {
            head += chunk.len();
            self.store.append_head(&mut write.token, &chunk)
        } else {
            body += chunk.len();
            self.store.append(&mut write.token, &chunk)
        };
        let fits = match (self.pressure, write.purpose) {
            (_, Purpose::Head { .. }) if !to_head && length > 0 => false,
            (Pressure::Slots, _) => head <= HEAD && body <= BODY,
            (Pressure::Arena { limit, .. }, _) => head <= limit && body <= limit,
            (_, Purpose::Entry { .. }) => head + body <= ENTRY,
            (_, Purpose::Head { id, .. }) => {
                // the room was counted when it began, and a body never changes
                let body = self.entries.get(&id).map_or(0, |entry| entry.body.len());
                if self.entries.contains_key(&id) {
                    head + body <= ENTRY
                } else {
                    result.is_ok()
                }
            }
        };
        match result {
            Ok(()) => {
                assert!(fits, "what does not fit must be refused");
                let lost = write.gone && self.pressure.has_one_update();
                // an empty chunk may go unnoticed, as may any before the commit of a heap token
                assert!(!lost || length == 0, "a write that is gone must say so");
                let bytes = if to_head { &mut write.head } else { &mut write.body };
                bytes.extend_from_slice(&chunk);
                write.idle = 0;
                return;
            }
            Err(StoreError::Gone) => assert!(write.gone || write.may_be_gone, "a write is gone too soon"),
            Err(StoreError::Full) => assert!(
                self.pressure == Pressure::Any || self.pressure.is_tight(),
                "nothing else is there"
            ),
            Err(StoreError::HeadTooLarge { needed, limit }) => {
                assert!(to_head && !fits && needed > limit, "a head is refused that fits");
            }
            Err(StoreError::BodyTooLarge { limit }) => {
                assert!(
                    !to_head && !fits && body as u64 > limit,
                    "a body is refused that fits"
                );
            }
            Err(error) => panic!("append: {error}"),
        }
        write.gone = true;
    }

    fn commit(&mut self, index: usize) {
        if index >= self.writes.len() {
            return;
        }
        let write = self.writes.remove(index);
        let id = match self.store.commit(write.token) {
            Ok(id) => id,
            Err(StoreError::Full) if self.pressure == Pressure::Any => return,
            Err(StoreError::Gone) => {
                let target_gone = match write.purpose {
                    // what pressure has evicted is not compared yet
                    Purpose::Head { id, .. } => {
                        !self.entries.contains_key(&id) || self.pressure == Pressure::Any
                    }
                    Purpose::Entry { .. } => false,
                };
                assert!(
                    write.gone || write.may_be_gone || target_gone,
                    "a write is gone too soon"
                );
                return;
            }
            Err(error) => panic!("commit: {error}"),
        };
        assert!(!write.gone, "a write that is over must not be committed");
        match write.purpose {
            Purpose::Entry {
                number,
                key,
                sent_at,
                begun,
            } => {
                assert!(
                    !self.entries.contains_key(&id) && !self.gone.contains(&id),
                    "an id is used again"
                );
                let facts = if self.covers(key, sent_at) {
                    write.facts.invalidated()
                } else {
                    write.facts
                };
                let same = |old: &&Entry| old.key == key && facts.replaces(&old.facts);
                if self.entries.values().filter(same).any(|old| old.begun > begun) {
                    self.gone.push(id); // overtaken
                    self.ghosts += 1;
                    return;
                }
                let replaced: Vec<_> = self
                    .entries
                    .iter()
                    .filter(|(_, old)| old.key == key && facts.replaces(&old.facts))
                    .map(|(id, _)| *id)
                    .collect();
                replaced.into_iter().for_each(|id| self.forget(id));
                let (head, body) = (write.head, write.body);
                self.entries.insert(
                    id,
                    Entry {
                        number,
                        key,
                        facts,
                        head,
                        body,
                        marks: 0,
                        begun,
                    },
                );
            }
            Purpose::Head { id: updated, marks } => {
                assert_eq!(id, updated, "an update keeps the id");
                let entry = self.entries.get_mut(&id).unwrap();
                entry.head = write.head;
                entry.facts = if entry.marks != marks {
                    write.facts.invalidated()
                } else {
                    write.facts
                };
            }
        }
    }

    fn read(&mut self, id: EntryId) -> Option<Entry> {
        let mut head = [0; ROOM];
        let mut body = [0; ROOM];
        let found = self.store.read_head(id, &mut head).unwrap();
        let length = self.store.body_len(id).unwrap();
        let count = self.store.read_at(id, 0, &mut body).unwrap();
        assert_eq!(
            count.map(|count| count as u64),
            length,
            "body_len and read_at agree"
        );
        assert_eq!(found.is_some(), count.is_some(), "read_head and read_at agree");
        let expected = self.entries.get(&id);
        assert!(
            expected.is_some() || found.is_none(),
            "an entry that must be gone"
        );
        let (Some(expected), Some((facts, head_len))) = (expected, found) else {
            return None;
        };
        let entry = Entry {
            facts,
            head: head[..head_len].to_vec(),
            body: body[..count.unwrap()].to_vec(),
            ..expected.clone()
        };
        assert_eq!(entry, *expected, "an entry is as the model has it");
        Some(entry)
    }

    /// All that can be seen, without using it: a walk does not keep an entry from eviction.
    fn compare(&mut self, begun: bool) {
        let mut seen = Vec::new();
        for number in [0, 3, 6, 9] {
            let (key, mut place) = (sample(number).key(self.store.seed()), None);
            let mut head = [0; ROOM];
            while let Some((id, facts, length)) = self.store.next_head(key, place, &mut head).unwrap() {
                assert!(place.is_none_or(|place| place < id), "a walk goes by rising id");
                place = Some(id);
                seen.push(id);
                let expected = self.entries.get(&id).expect("an entry that must be gone");
                assert_eq!((expected.key, expected.facts), (key, facts));
                assert_eq!(expected.head, head[..length]);
            }
        }
        let missing: Vec<_> = self
            .entries
            .keys()
            .filter(|id| !seen.contains(id))
            .copied()
            .collect();
        match self.pressure {
            Pressure::Never | Pressure::Arena { ample: true, .. } => {
                assert!(missing.is_empty(), "nothing may be evicted");
            }
            // the new write is counted
            Pressure::Slots => {
                let full = begun && self.taken() > SLOTS;
                assert!(missing.len() <= usize::from(full), "evicted without need");
            }
            Pressure::Any | Pressure::Arena { ample: false, .. } => {}
        }
        missing.into_iter().for_each(|id| self.forget(id));
        if let Some(old) = self.gone.last().copied() {
            self.read(old);
        }
    }

    /// Everything is intact.
    fn finish(&mut self) {
        let ids: Vec<_> = self.entries.keys().copied().collect();
        for id in ids {
            self.read(id).expect("it was there a moment ago");
        }
    }
}

impl Entry {
    fn mark(&mut self) {
        self.facts = self.facts.invalidated();
        self.marks += 1;
    }
}

/// Panics where a heap store and its model part.
pub fn heap(steps: &[Step]) {
    let limits = HeapLimits::new(1 << 20).with_max_entry_bytes(ENTRY);
    let mut model = Model::new(HeapStore::with_limits(limits, 7), Pressure::Never);
    steps.iter().for_each(|step| model.apply(step));
    model.finish();
    assert_eq!(model.store.usage().0, model.entries.len());
    model.writes.clear();
    model.store.clear().unwrap();
    assert_eq!(model.store.usage(), (0, 0));
}

/// Panics where a slot store and its model part.
pub fn slots(steps: &[Step]) {
    let mut model = Model::new(SlotStore::<SLOTS, HEAD, BODY>::new(7), Pressure::Slots);
    steps.iter().for_each(|step| model.apply(step));
    model.finish();
    assert_eq!(model.store.entries(), model.entries.len());
}

/// Panics where an arena and its model part; with few blocks it makes room all the time.
pub fn arena(steps: &[Step], blocks: usize, entries: u16) {
    let mut memory = vec![0; 36 + usize::from(entries) * 144 + blocks * 68];
    let store = ArenaStore::format(&mut memory, 7, entries).unwrap();
    let pressure = Pressure::Arena {
        limit: store.limit(),
        ample: blocks > 1000,
    };
    let mut model = Model::new(store, pressure);
    steps.iter().for_each(|step| model.apply(step));
    model.finish();
    assert_eq!(model.store.entries(), model.entries.len());
    // No room was lost: the longest body still fits.
    model.store.clear().unwrap();
    let body = vec![1; model.store.limit()];
    let mut token = model
        .store
        .begin(sample(0).key(7), &sample(0).facts(), at(0))
        .unwrap();
    model.store.append(&mut token, &body).unwrap();
    assert!(model.store.commit(token).is_ok());
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..120)
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn heap_is_as_its_model(steps in steps()) {
        heap(&steps);
    }

    #[test]
    fn full_heap_is_within_its_limits(steps in steps(), entries in 1_usize..8, bytes in 100_usize..8000) {
        let limits = HeapLimits::new(bytes).with_max_entry_bytes(ENTRY).with_max_entries(entries);
        let limits = limits.with_max_variants(2).with_max_per_key(3);
        let mut model = Model::new(HeapStore::with_limits(limits, 7), Pressure::Any);
        for step in &steps {
            model.apply(step);
            let (count, used) = model.store.usage();
            assert!(count <= entries && used <= bytes, "{count} entries, {used} bytes");
            assert_eq!(count, model.entries.len());
        }
        model.finish();
        model.writes.clear();
        model.store.clear().unwrap();
        assert_eq!(model.store.usage(), (0, 0));
    }

    #[test]
    fn arena_is_as_its_model(steps in steps()) {
        arena(&steps, 2000, 200);
    }

    #[test]
    fn full_arena_is_as_its_model(steps in steps(), blocks in 4_usize..20, entries in 1_u16..8) {
        arena(&steps, blocks, entries);
    }

    #[test]
    fn slots_are_as_their_model(steps in steps()) {
        slots(&steps);
    }
}

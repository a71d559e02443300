//! The arena store over memory that somebody else has changed while it was off: what it still hands out is
//! byte for byte what was stored, and it goes on working.
//!
//! The bytes are memory as such; and operations, with damage between the runs.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use larder::store::arena::ArenaStore;
use larder::store::suite::{Sample, at};
use larder::store::{Store, StoreError};
use larder::{EntryId, StoredFacts};

#[derive(Arbitrary, Debug)]
enum Operation {
    Put {
        sample: u8,
        body: u16,
    },
    /// A write that is not finished before the next reset.
    Begin {
        sample: u8,
        body: u8,
    },
    Update {
        entry: u8,
        version: u8,
        whole: bool,
    },
    Remove {
        entry: u8,
    },
    Mark {
        entry: u8,
    },
    Invalidate {
        sample: u8,
        seconds: u8,
    },
    Clear,
    /// The store goes, the memory stays, and some of its bytes are changed.
    Reset {
        changes: Vec<(u16, u8)>,
    },
}

/// The header: what changes in both of its halves alike is not damage that could be noticed.
const HEADER: usize = 36;
const SEED: u64 = 0x1234_5678_9abc_def0;

/// The target.
pub fn check(data: &[u8]) {
    hostile(data);
    let mut rest = Unstructured::new(data);
    let Ok((size, entries)) = <(u16, u8)>::arbitrary(&mut rest) else {
        return;
    };
    let Ok(operations) = Vec::<Operation>::arbitrary_take_rest(rest) else {
        return;
    };
    let mut memory = vec![0; 1024 + usize::from(size) % 7168];
    let entries = 1 + u16::from(entries % 8);
    if ArenaStore::format(&mut memory, SEED, entries).is_err() {
        return;
    }
    let mut known = Known::default();
    let mut left = operations.into_iter().take(100).peekable();
    while left.peek().is_some() {
        let mut store = ArenaStore::attach(&mut memory).expect("its header is whole");
        known.compare(&mut store);
        let mut changes = Vec::new();
        for operation in left.by_ref() {
            if let Operation::Reset { changes: found } = operation {
                changes = found;
                break;
            }
            known.apply(&mut store, &operation);
            known.compare(&mut store);
        }
        for (place, change) in changes {
            let length = memory.len() - HEADER;
            memory[HEADER + usize::from(place) % length] ^= change;
        }
    }
}

/// Memory that may hold anything: the store is refused, or it works.
fn hostile(data: &[u8]) {
    let mut memory = data.to_vec();
    if memory.len() > 8 && ArenaStore::attach(&mut memory.clone()).is_err() {
        // The sum over the header is no secret: whoever writes the rest can write it.
        let length = memory.len();
        let entries = u16::from(memory[0] % 9);
        let mut formatted = vec![0; length];
        if ArenaStore::format(&mut formatted, SEED, entries).is_ok() {
            memory[..HEADER].copy_from_slice(&formatted[..HEADER]);
        }
    }
    let Ok(mut store) = ArenaStore::attach(&mut memory) else {
        return;
    };
    let sample = Sample::new("/a");
    let key = sample.key(store.seed());
    let (mut place, mut buffer) = (None, [0; 512]);
    while let Ok(Some((id, _, _))) = store.next_head(key, place, &mut buffer) {
        assert!(place < Some(id), "a walk goes by rising id");
        place = Some(id);
        let _ = (
            store.read_head(id, &mut buffer),
            store.read_at(id, 1, &mut buffer),
        );
        let _ = (store.body_len(id), store.mark_invalid(id));
    }
    let _ = put(&mut store, &sample);
    let _ = store.invalidate(key, at(3));
    let before = store.entries();
    assert!(before <= usize::from(u16::MAX));
    store.clear().expect("memory cannot fail");
    assert_eq!(store.entries(), 0);
}

#[derive(Debug, PartialEq)]
struct Entry {
    sample: u8,
    facts: StoredFacts,
    head: Vec<u8>,
    body: Vec<u8>,
}

/// What was stored, by id, whether it is still there or not.
#[derive(Default)]
struct Known(BTreeMap<EntryId, Entry>);

fn sample(number: u8) -> Sample {
    let sample = Sample::new(["/a", "/b", "/c", "/d"][usize::from(number) / 3 % 4]);
    match number % 3 {
        0 => sample,
        1 => sample.of_language("de"),
        _ => sample.of_user(1),
    }
}

fn put(store: &mut ArenaStore<'_>, sample: &Sample) -> Result<EntryId, StoreError> {
    let mut token = store.begin(sample.key(store.seed()), &sample.facts(), at(1000))?;
    store.append_head(&mut token, &sample.head())?;
    for piece in sample.body().chunks(33) {
        store.append(&mut token, piece)?;
    }
    store.commit(token)
}

impl Known {
    /// One of the last ids.
    fn pick(&self, number: u8) -> EntryId {
        let last = self.0.keys().rev().nth(usize::from(number) % 12);
        last.copied().unwrap_or(EntryId(0))
    }

    fn apply(&mut self, store: &mut ArenaStore<'_>, operation: &Operation) {
        match *operation {
            Operation::Put { sample: number, body } => {
                let sample = sample(number).with_body_len(usize::from(body) % 2048);
                if let Ok(id) = put(store, &sample) {
                    let entry = Entry {
                        sample: number,
                        facts: sample.facts(),
                        head: sample.head(),
                        body: sample.body().to_vec(),
                    };
                    assert!(self.0.insert(id, entry).is_none(), "an id is used again");
                    assert!(self.read(store, id), "what was just stored is there");
                }
            }
            Operation::Begin { sample: number, body } => {
                let sample = sample(number);
                if let Ok(mut token) = store.begin(sample.key(store.seed()), &sample.facts(), at(1000)) {
                    let _ = store.append_head(&mut token, &sample.head());
                    let _ = store.append(&mut token, &vec![1; body.into()]);
                }
            }
            Operation::Update {
                entry,
                version,
                whole,
            } => self.update(store, entry, version, whole),
            Operation::Remove { entry } => store.remove(self.pick(entry)).expect("memory cannot fail"),
            Operation::Mark { entry } => {
                let id = self.pick(entry);
                store.mark_invalid(id).expect("memory cannot fail");
                self.0.get_mut(&id).into_iter().for_each(Entry::mark);
            }
            Operation::Invalidate {
                sample: number,
                seconds,
            } => {
                let key = sample(number).key(store.seed());
                store
                    .invalidate(key, at(seconds.into()))
                    .expect("memory cannot fail");
                let same = |entry: &&mut Entry| sample(entry.sample).key(SEED) == key;
                self.0.values_mut().filter(same).for_each(Entry::mark);
            }
            Operation::Clear => store.clear().expect("memory cannot fail"),
            Operation::Reset { .. } => {}
        }
    }

    fn update(&mut self, store: &mut ArenaStore<'_>, entry: u8, version: u8, whole: bool) {
        let id = self.pick(entry);
        let Some(known) = self.0.get_mut(&id) else { return };
        let new = sample(known.sample)
            .of_version(version.into())
            .with_padding(version.into());
        let Ok(Some(mut token)) = store.begin_head(id, &new.facts(), at(1000)) else {
            return;
        };
        let written = store.append_head(&mut token, &new.head());
        if whole && written.is_ok() && store.commit(token) == Ok(id) {
            (known.facts, known.head) = (new.facts(), new.head());
        }
    }

    /// Whether the entry is there; then it is as it was stored.
    fn read(&self, store: &mut ArenaStore<'_>, id: EntryId) -> bool {
        let (mut head, mut body) = (vec![0; 4096], vec![0; 4096]);
        let Some((facts, length)) = store.read_head(id, &mut head).expect("a small head") else {
            return false;
        };
        head.truncate(length);
        let length = store
            .read_at(id, 0, &mut body)
            .expect("memory cannot fail")
            .expect("it has a head");
        assert_eq!(store.body_len(id), Ok(Some(length as u64)));
        body.truncate(length);
        let known = self.0.get(&id).expect("an entry that was never stored");
        assert_eq!(
            (facts, &head, &body),
            (known.facts, &known.head, &known.body),
            "{id:?}"
        );
        true
    }

    /// Everything that can be seen is known.
    fn compare(&self, store: &mut ArenaStore<'_>) {
        let (mut seen, mut head) = (0, [0; 4096]);
        for number in [0, 3, 6, 9] {
            let (key, mut place) = (sample(number).key(store.seed()), None);
            while let Some((id, _, _)) = store.next_head(key, place, &mut head).expect("small heads") {
                assert!(place < Some(id), "a walk goes by rising id");
                place = Some(id);
                seen += 1;
                assert!(self.read(store, id), "what a walk finds can be read");
            }
        }
        assert_eq!(seen, store.entries(), "every entry is found by its key");
    }
}

impl Entry {
    fn mark(&mut self) {
        self.facts = self.facts.invalidated();
    }
}

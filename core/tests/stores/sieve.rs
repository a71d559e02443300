//! Eviction, against a model of SIEVE in a vector.

use larder::store::Store;
use larder::store::heap::{HeapLimits, HeapStore};
use larder::store::slots::SlotStore;
use larder::store::suite::{Sample, at};
use larder::{EntryId, StoredFacts};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;

const CAPACITY: usize = 6;

#[derive(Clone, Debug)]
enum Step {
    Store(u8),
    Read(u8),
    Remove(u8),
}

/// The queue, oldest first.
#[derive(Default)]
struct Sieve {
    queue: Vec<(EntryId, u8, bool)>,
    /// The place that is looked at next; `None` is the oldest.
    hand: Option<usize>,
    /// The hand stays at the newest end when the newest entry goes.
    keeps_place: bool,
}

impl Sieve {
    fn remove(&mut self, index: usize) {
        self.queue.remove(index);
        self.hand = match self.hand {
            Some(hand) if index < hand => Some(hand - 1),
            // what comes in later is not where the hand is
            Some(hand) if hand >= self.queue.len() && !self.keeps_place => None,
            hand => hand,
        };
    }

    fn evict(&mut self) {
        loop {
            let hand = self.hand.filter(|hand| *hand < self.queue.len()).unwrap_or(0);
            let newer = hand + 1 < self.queue.len();
            let (.., visited) = &mut self.queue[hand];
            if !std::mem::take(visited) {
                self.queue.remove(hand);
                self.hand = newer.then_some(hand);
                return;
            }
            self.hand = newer.then_some(hand + 1);
        }
    }
}

/// Stores entries of 24 URIs. Slots evict before an old entry of the URI is replaced.
fn run<S: Store>(mut store: S, steps: &[Step], slots: bool) {
    let uris: Vec<_> = (0..24).map(|number| Sample::new(&format!("/{number}"))).collect();
    let facts: Vec<StoredFacts> = uris.iter().map(Sample::facts).collect();
    let mut model = Sieve {
        keeps_place: slots,
        ..Sieve::default()
    };
    for step in steps {
        let count = model.queue.len().max(1);
        match *step {
            Step::Store(number) => {
                let uri = usize::from(number) % uris.len();
                let token = store
                    .begin(uris[uri].key(store.seed()), &facts[uri], at(0))
                    .unwrap();
                if slots && model.queue.len() == CAPACITY {
                    model.evict();
                }
                let old = model.queue.iter().position(|(_, of, _)| usize::from(*of) == uri);
                old.into_iter().for_each(|old| model.remove(old));
                if model.queue.len() == CAPACITY {
                    model.evict();
                }
                let id = store.commit(token).unwrap();
                model.queue.push((id, uri as u8, old.is_some()));
            }
            Step::Read(entry) => {
                if let Some((id, _, visited)) = model.queue.get_mut(usize::from(entry) % count) {
                    store.read_at(*id, 0, &mut []).unwrap();
                    *visited = true;
                }
            }
            Step::Remove(entry) => {
                if let Some((id, ..)) = model.queue.get(usize::from(entry) % count) {
                    store.remove(*id).unwrap();
                    model.remove(usize::from(entry) % count);
                }
            }
        }
        for (uri, sample) in uris.iter().enumerate() {
            let expected = model.queue.iter().find(|(_, of, _)| usize::from(*of) == uri);
            let found = store.next_head(sample.key(store.seed()), None, &mut []).unwrap();
            assert_eq!(
                found.map(|(id, ..)| id),
                expected.map(|(id, ..)| *id),
                "URI {uri}"
            );
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any::<u8>().prop_map(Step::Store),
        4 => any::<u8>().prop_map(Step::Read),
        1 => any::<u8>().prop_map(Step::Remove),
    ];
    vec(step, 1..150)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn heap_evicts_as_sieve(steps in steps()) {
        let limits = HeapLimits::new(1 << 20).with_max_entries(CAPACITY);
        run(HeapStore::with_limits(limits, 7), &steps, false);
    }

    #[test]
    fn slots_evict_as_sieve(steps in steps()) {
        run(SlotStore::<CAPACITY, 64, 16>::new(7), &steps, true);
    }
}

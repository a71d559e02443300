//! What the slot store does beyond the suite.

use larder::store::slots::{SlotStore, SlotToken};
use larder::store::suite::{Sample, at};
use larder::store::{Store, StoreError};
use larder::{EntryId, StoredFacts};

use crate::times;

type Four = SlotStore<4, 512, 64>;

fn begin(store: &mut Four, path: &str) -> SlotToken {
    let sample = Sample::new(path);
    store
        .begin(sample.key(store.seed()), &sample.facts(), at(0))
        .unwrap()
}

fn store(slots: &mut Four, path: &str) -> EntryId {
    let sample = Sample::new(path);
    let mut token = begin(slots, path);
    slots.append_head(&mut token, &sample.head()).unwrap();
    slots.append(&mut token, sample.body()).unwrap();
    slots.commit(token).unwrap()
}

fn is_there(store: &mut Four, id: EntryId) -> bool {
    store.body_len(id).unwrap().is_some()
}

#[test]
fn it_lives_in_a_static() {
    static STORE: std::sync::Mutex<Four> = std::sync::Mutex::new(SlotStore::new(0));
    let mut slots = STORE.lock().unwrap();
    let id = store(&mut slots, "/");
    slots.reseed(9);
    assert_eq!((slots.seed(), slots.entries()), (9, 0));
    assert!(!is_there(&mut slots, id));
}

#[test]
fn it_is_as_large_as_its_documentation_says() {
    let facts = size_of::<StoredFacts>();
    let of = |slots: usize, head: usize, body: usize| {
        (slots + 1) * head + slots * body + 500 + slots * (facts + 74)
    };
    assert!(size_of::<SlotStore<8, 512, 4096>>() <= of(8, 512, 4096));
    assert!(size_of::<SlotStore<1, 16, 16>>() <= of(1, 16, 16));
    assert!(size_of::<SlotStore<64, 512, 512>>() <= of(64, 512, 512));
}

#[test]
fn writes_that_get_on_take_no_slot_from_each_other() {
    let mut slots = Four::new(7);
    let ids = ["/1", "/2", "/3", "/4"].map(|path| store(&mut slots, path));
    // four at once: each takes the slot of an entry
    let mut tokens = Vec::new();
    for path in ["/5", "/6", "/7", "/8"] {
        tokens.push(begin(&mut slots, path));
        tokens
            .iter_mut()
            .for_each(|token| slots.append(token, b"x").unwrap());
        assert_eq!(slots.entries(), 4 - tokens.len());
    }
    assert_eq!(ids.map(|id| is_there(&mut slots, id)), [false; 4]);
    // the fifth finds nothing but writes: the one that stands still for longest goes
    slots.append(&mut tokens[0], b"x").unwrap();
    let fifth = begin(&mut slots, "/9");
    let committed = tokens.into_iter().filter_map(|token| slots.commit(token).ok());
    assert_eq!(committed.count(), 3);
    assert!(slots.commit(fifth).is_ok());
    assert_eq!(slots.entries(), 4);
}

#[test]
fn broken_downloads_leave_entries() {
    let mut slots = Four::new(7);
    let ids = ["/1", "/2", "/3", "/4"].map(|path| store(&mut slots, path));
    for round in 0..times(1000, 20) {
        let mut token = begin(&mut slots, "/broken");
        if round % 2 == 0 {
            slots.append(&mut token, b"a few bytes").unwrap();
        }
    }
    assert_eq!(
        ids.map(|id| is_there(&mut slots, id)),
        [false, false, false, true]
    );
    // an abandoned write goes before an entry
    let new = store(&mut slots, "/new");
    assert_eq!(
        ids.map(|id| is_there(&mut slots, id)),
        [false, false, false, true]
    );
    assert!(is_there(&mut slots, new));
}

#[test]
fn a_write_that_was_taken_over_is_gone() {
    let mut slots = Four::new(7);
    let mut old = begin(&mut slots, "/old");
    let others: Vec<_> = (0..20)
        .map(|index| store(&mut slots, &format!("/{index}")))
        .collect();
    assert_eq!(slots.append(&mut old, b"x"), Err(StoreError::Gone));
    assert_eq!(slots.append_head(&mut old, b"x"), Err(StoreError::Gone));
    assert_eq!(slots.commit(old), Err(StoreError::Gone));
    let left = others.iter().filter(|id| is_there(&mut slots, **id)).count();
    assert_eq!(left, 4);
}

#[test]
fn a_write_that_was_refused_frees_its_slot() {
    let mut slots = Four::new(7);
    let ids = ["/1", "/2", "/3"].map(|path| store(&mut slots, path));
    for _ in 0..20 {
        let mut token = begin(&mut slots, "/large");
        assert_eq!(
            slots.append(&mut token, &[0; 65]),
            Err(StoreError::BodyTooLarge { limit: 64 })
        );
        let mut token = begin(&mut slots, "/large");
        let error = StoreError::HeadTooLarge {
            needed: 513,
            limit: 512,
        };
        assert_eq!(slots.append_head(&mut token, &[0; 513]), Err(error));
        assert_eq!(slots.commit(token), Err(StoreError::Gone));
    }
    assert_eq!(ids.map(|id| is_there(&mut slots, id)), [true; 3]);
}

#[test]
fn there_is_one_spare_head() {
    let mut slots = Four::new(7);
    let ids = ["/1", "/2"].map(|path| store(&mut slots, path));
    let facts = |path| Sample::new(path).of_version(2).facts();
    let mut first = slots.begin_head(ids[0], &facts("/1"), at(0)).unwrap().unwrap();
    slots.append_head(&mut first, b"of the first").unwrap();
    let mut second = slots.begin_head(ids[1], &facts("/2"), at(0)).unwrap().unwrap();
    assert_eq!(slots.append_head(&mut first, b"x"), Err(StoreError::Gone));
    slots.append_head(&mut second, b"of the second").unwrap();
    assert_eq!(slots.commit(first), Err(StoreError::Gone));
    assert_eq!(slots.commit(second), Ok(ids[1]));
    let mut head = [0; 512];
    let (_, length) = slots.read_head(ids[1], &mut head).unwrap().unwrap();
    assert_eq!(&head[..length], b"of the second");
    let (_, length) = slots.read_head(ids[0], &mut head).unwrap().unwrap();
    assert_eq!(&head[..length], Sample::new("/1").head());
}

#[test]
fn a_clear_ends_writes() {
    let mut slots = Four::new(7);
    let id = store(&mut slots, "/1");
    let mut token = begin(&mut slots, "/2");
    let update = slots
        .begin_head(id, &Sample::new("/1").facts(), at(0))
        .unwrap()
        .unwrap();
    slots.clear().unwrap();
    assert_eq!(slots.append(&mut token, b"x"), Err(StoreError::Gone));
    assert_eq!(slots.commit(token), Err(StoreError::Gone));
    assert_eq!(slots.commit(update), Err(StoreError::Gone));
    assert_eq!(slots.entries(), 0);
}

#[test]
fn a_scan_does_not_push_out_what_was_read_once() {
    let mut slots = Four::new(7);
    let hot = store(&mut slots, "/hot");
    slots.read_head(hot, &mut [0; 512]).unwrap();
    for index in 0..times(500, 20) {
        store(&mut slots, &format!("/{index}"));
    }
    assert!(is_there(&mut slots, hot), "the hand has passed it once");
}

#[test]
fn none_or_one_slot_is_a_store_too() {
    let sample = Sample::new("/");
    let mut none = SlotStore::<0, 512, 64>::new(7);
    assert_eq!(
        none.begin(sample.key(7), &sample.facts(), at(0)),
        Err(StoreError::Full)
    );
    assert!(none.next_head(sample.key(7), None, &mut []).unwrap().is_none());
    let mut one = SlotStore::<1, 512, 64>::new(7);
    let mut last = None;
    for path in ["/1", "/2"] {
        let sample = Sample::new(path);
        let token = one.begin(sample.key(7), &sample.facts(), at(0)).unwrap();
        let id = one.commit(token).unwrap();
        assert_ne!(Some(id), last);
        last = Some(id);
        assert_eq!(one.entries(), 1);
    }
}

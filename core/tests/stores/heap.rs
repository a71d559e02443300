//! What the heap store and the memory store do beyond the suite.

use larder::store::heap::{HeapLimits, HeapStore, HeapToken, SharedBytes};
use larder::store::memory::{MemoryBody, MemoryStore};
use larder::store::shared::SharedStore;
use larder::store::suite::{Sample, at};
use larder::store::{Store, StoreError};
use larder::{EntryId, Key};

use crate::times;

/// Writes a sample whole.
fn write(store: &mut HeapStore, sample: &Sample) -> Result<HeapToken, StoreError> {
    let mut token = store.begin(sample.key(store.seed()), &sample.facts(), at(0))?;
    store.append_head(&mut token, &sample.head())?;
    store.append(&mut token, sample.body())?;
    Ok(token)
}

fn store(store: &mut HeapStore, sample: &Sample) -> EntryId {
    let token = write(store, sample).unwrap();
    store.commit(token).unwrap()
}

fn is_there(store: &mut HeapStore, id: EntryId) -> bool {
    store.body_len(id).unwrap().is_some()
}

#[test]
fn threads_can_share_it() {
    fn send<T: Send + 'static>() {}
    fn sync<T: Send + Sync + 'static>() {}
    send::<HeapStore>();
    sync::<HeapToken>();
    sync::<SharedBytes>();
    sync::<MemoryBody>();
    sync::<MemoryStore>();
}

#[test]
fn bytes_are_handed_out_without_a_copy() {
    let mut heap = HeapStore::new(1 << 20, 7);
    let id = store(&mut heap, &Sample::new("/").with_body_len(5000));
    let (body, again) = (heap.body_bytes(id).unwrap(), heap.body_bytes(id).unwrap());
    assert_eq!(body.as_ptr(), again.as_ptr());
    let (facts, head) = heap.head_bytes(id).unwrap();
    let (next, next_facts, next_head) = heap.next_entry(Sample::new("/").key(7), None).unwrap();
    assert_eq!((next, next_facts, next_head.as_ptr()), (id, facts, head.as_ptr()));
    heap.clear().unwrap();
    assert_eq!((heap.usage(), body), ((0, 0), again));
    assert!(heap.body_bytes(id).is_none() && heap.head_bytes(id).is_none());
}

#[test]
fn usage_counts_writes_and_comes_back() {
    let mut heap = HeapStore::new(1 << 20, 7);
    let kept = store(&mut heap, &Sample::new("/kept"));
    let (_, before) = heap.usage();
    let sample = Sample::new("/").with_body_len(100_000);
    let token = write(&mut heap, &sample).unwrap();
    assert!(heap.usage().1 >= before + 100_000);
    drop(token);
    assert_eq!(heap.usage(), (1, before));

    let id = store(&mut heap, &sample);
    let (_, with_body) = heap.usage();
    assert!(
        (before + 100_000..before + 113_500).contains(&with_body),
        "{with_body}"
    );
    for padding in [0, 1000, 10, 300] {
        let new = sample.clone().with_padding(padding);
        let mut token = heap.begin_head(id, &new.facts(), at(0)).unwrap().unwrap();
        heap.append_head(&mut token, &new.head()).unwrap();
        heap.commit(token).unwrap();
    }
    heap.remove(id).unwrap();
    assert_eq!(heap.usage(), (1, before));
    heap.remove(kept).unwrap();
    // the tables keep their room
    assert!(heap.usage().1 < 300, "{:?}", heap.usage());
}

#[test]
fn writes_can_fill_the_store() {
    let limits = HeapLimits::new(40_000).with_max_entry_bytes(40_000);
    let mut heap = HeapStore::with_limits(limits, 7);
    let old = store(&mut heap, &Sample::new("/old").with_body_len(1000));
    let token = write(&mut heap, &Sample::new("/1").with_body_len(30_000)).unwrap();
    let error = write(&mut heap, &Sample::new("/2").with_body_len(12_000)).unwrap_err();
    assert_eq!(error, StoreError::Full);
    let mut many = Vec::new();
    let error = loop {
        match heap.begin(Key::from_number(9).unwrap(), &Sample::new("/").facts(), at(0)) {
            Ok(token) => many.push(token),
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::Full);
    drop(many);
    let one = heap.commit(token).unwrap();
    assert!(heap.usage().1 <= 40_000);
    // what had to go for a write is gone; what could not make room was left
    assert!(!is_there(&mut heap, old) && is_there(&mut heap, one));
    let other = store(&mut heap, &Sample::new("/2").with_body_len(12_000));
    assert!(is_there(&mut heap, other));
}

#[test]
fn room_that_cannot_be_made_costs_no_entry() {
    let limits = HeapLimits::new(40_000).with_max_entry_bytes(40_000);
    let mut heap = HeapStore::with_limits(limits, 7);
    let old = store(&mut heap, &Sample::new("/old").with_body_len(1000));
    for version in 0..times(200, 20) as u32 {
        let new = Sample::new("/old")
            .of_version(version)
            .with_padding(version as usize % 3 * 100);
        let mut token = heap.begin_head(old, &new.facts(), at(0)).unwrap().unwrap();
        heap.append_head(&mut token, &new.head()).unwrap();
        heap.commit(token).unwrap();
    }
    let mut token = heap
        .begin(Key::from_number(9).unwrap(), &Sample::new("/").facts(), at(0))
        .unwrap();
    assert_eq!(heap.append(&mut token, &[0; 39_999]), Err(StoreError::Full));
    assert!(is_there(&mut heap, old));
    assert_eq!(heap.commit(token), Err(StoreError::Gone));
}

#[test]
fn tokens_of_another_store_and_from_before_a_clear_are_gone() {
    let mut heap = HeapStore::new(1 << 16, 7);
    let mut other = HeapStore::new(1 << 16, 7);
    let sample = Sample::new("/");
    let token = write(&mut other, &sample).unwrap();
    assert_eq!(heap.commit(token), Err(StoreError::Gone));
    let token = write(&mut heap, &sample).unwrap();
    heap.clear().unwrap();
    assert_eq!(heap.commit(token), Err(StoreError::Gone));
    assert_eq!((heap.usage(), other.usage()), ((0, 0), (0, 0)));
}

#[test]
fn the_least_useful_variant_goes_first() {
    let mut heap = HeapStore::new(1 << 20, 7);
    let of = |language| Sample::new("/").of_language(language);
    let ids = ["de", "en", "fr", "it"].map(|language| store(&mut heap, &of(language)));
    let user = store(&mut heap, &of("de").of_user(1));
    heap.read_at(ids[0], 0, &mut [0; 1]).unwrap();
    heap.read_at(ids[1], 0, &mut [0; 1]).unwrap();
    // the oldest of those that were not used
    let mut new = store(&mut heap, &of("es"));
    assert_eq!(ids.map(|id| is_there(&mut heap, id)), [true, true, false, true]);
    // one that is marked
    heap.mark_invalid(ids[0]).unwrap();
    new = store(&mut heap, &of("pt")).max(new);
    assert_eq!(ids.map(|id| is_there(&mut heap, id)), [false, true, false, true]);
    // other partitions count for themselves
    assert!(is_there(&mut heap, user) && is_there(&mut heap, new));
    assert_eq!(heap.usage().0, 5);
}

#[test]
fn the_entries_of_a_uri_are_bounded() {
    let mut heap = HeapStore::with_limits(HeapLimits::new(1 << 20).with_max_per_key(10), 7);
    for user in 0..50 {
        let id = store(&mut heap, &Sample::new("/").of_user(user));
        assert!(is_there(&mut heap, id));
        assert_eq!(heap.usage().0, 10.min(usize::try_from(user).unwrap() + 1));
    }
}

#[test]
fn limits_of_nothing_store_nothing() {
    let mut heap = HeapStore::new(0, 7);
    assert_eq!(write(&mut heap, &Sample::new("/")).unwrap_err(), StoreError::Full);
    let limits = HeapLimits::new(1 << 16)
        .with_max_entries(0)
        .with_max_variants(0)
        .with_max_per_key(0);
    let mut heap = HeapStore::with_limits(limits, 7);
    for path in ["/1", "/2", "/2"] {
        let id = store(&mut heap, &Sample::new(path));
        assert!(is_there(&mut heap, id));
        assert_eq!(heap.usage().0, 1);
    }
}

#[test]
fn a_scan_does_not_push_out_what_was_read_once() {
    let mut heap = HeapStore::with_limits(HeapLimits::new(1 << 20).with_max_entries(100), 7);
    let ids: Vec<_> = (0..100)
        .map(|index| store(&mut heap, &Sample::new(&format!("/{index}"))))
        .collect();
    for id in ids.iter().step_by(3) {
        heap.read_head(*id, &mut [0; 512]).unwrap();
    }
    for index in 0..66 + times(5000, 5) {
        store(&mut heap, &Sample::new(&format!("/once/{index}")));
    }
    let kept = ids.iter().filter(|id| is_there(&mut heap, **id)).count();
    assert_eq!(kept, 34, "the hand has passed each of them once");
}

#[test]
fn clones_of_a_memory_store_are_one_store() {
    let memory = MemoryStore::new(1 << 20);
    let clone = memory.clone();
    let sample = Sample::new("/");
    let mut token = memory
        .begin(sample.key(memory.seed()), &sample.facts(), at(0))
        .unwrap();
    clone.append_head(&mut token, &sample.head()).unwrap();
    clone.append(&mut token, sample.body()).unwrap();
    let id = clone.commit(token).unwrap();
    let (body, _) = memory.open(id).unwrap().unwrap();
    assert_eq!(body.as_bytes(), sample.body());
    assert_eq!(body.clone().into_bytes().as_ptr(), body.as_bytes().as_ptr());
    assert_ne!(MemoryStore::new(1).seed(), memory.seed(), "seeds are random");
    assert_eq!(memory.limits(), HeapLimits::new(1 << 20));
}

#[test]
fn tables_count() {
    for bytes in (300..1200).step_by(times(1, 97)) {
        let mut heap = HeapStore::with_limits(HeapLimits::new(bytes).with_max_entry_bytes(bytes), 7);
        let tokens = ["/1", "/2", "/3"].map(|path| write(&mut heap, &Sample::new(path)));
        for token in tokens.into_iter().flatten() {
            let _ = heap.commit(token);
            assert!(heap.usage().1 <= bytes, "{:?} of {bytes}", heap.usage());
        }
    }
}

#[test]
fn an_update_does_not_push_out_its_own_entry() {
    let limits = HeapLimits::new(20_000).with_max_entry_bytes(10_000);
    let mut heap = HeapStore::with_limits(limits, 7);
    let id = store(&mut heap, &Sample::new("/").with_body_len(8000));
    let other = store(&mut heap, &Sample::new("/other").with_body_len(8000));
    let new = Sample::new("/").with_padding(1900);
    let _write = write(&mut heap, &Sample::new("/write").with_body_len(1500)).unwrap();
    let mut token = heap.begin_head(id, &new.facts(), at(0)).unwrap().unwrap();
    heap.append_head(&mut token, &new.head()).unwrap();
    assert_eq!(heap.commit(token), Ok(id));
    assert!(is_there(&mut heap, id) && !is_there(&mut heap, other));
}

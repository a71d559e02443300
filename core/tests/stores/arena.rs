//! What the arena store does beyond the suite: it outlives its owner.

use larder::store::arena::{ArenaError, ArenaStore};
use larder::store::suite::{self, Promises, Sample, at};
use larder::store::{Entry, Store, StoreError};
use larder::{EntryId, StoredFacts};

use crate::times;

const SEED: u64 = 0x1234_5678_9abc_def0;

fn memory(bytes: usize) -> &'static mut [u8] {
    Box::leak(vec![0; bytes].into_boxed_slice())
}

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn arena_runs_the_suite() {
    let promises = Promises::new()
        .with_max_entries(12)
        .with_too_large(32 * 1024)
        .with_hot_entries_kept();
    let make = || ArenaStore::format(memory(64 * 1024), SEED, 12).unwrap();
    suite::run_with(make, &promises);
}

/// The same suite, with a reset before each operation that reads: nothing depends on what is
/// outside the memory but writes in progress.
#[test]
fn what_is_stored_outlives_the_store() {
    let bytes = memory(16 * 1024);
    let samples: Vec<_> = (0..4usize)
        .map(|index| Sample::new(&format!("/{index}")).with_body_len(index * 300))
        .collect();
    let mut ids = Vec::new();
    for sample in &samples {
        let mut store = ArenaStore::attach_or_format(bytes, SEED, 8).unwrap();
        ids.push(put(&mut store, sample));
        // a write that the reset cuts off
        let lost = Sample::new("/lost");
        let mut token = store.begin(lost.key(SEED), &lost.facts(), at(0)).unwrap();
        store.append(&mut token, &[1; 1000]).unwrap();
    }
    for _ in 0..times(20, 2) {
        let mut store = ArenaStore::attach(bytes).unwrap();
        assert_eq!((store.seed(), store.entries()), (SEED, 4));
        for (id, sample) in ids.iter().zip(&samples) {
            expect(&mut store, *id, sample);
        }
        // an update that the reset cuts off, then one that is whole
        let new = samples[0].clone().of_version(9).with_padding(100);
        for whole in [false, true] {
            let mut token = store.begin_head(ids[0], &new.facts(), at(0)).unwrap().unwrap();
            store.append_head(&mut token, &new.head()).unwrap();
            if whole {
                assert_eq!(store.commit(token), Ok(ids[0]));
            }
        }
        let mut store = ArenaStore::attach(bytes).unwrap();
        let (facts, head) = head(&mut store, ids[0]).unwrap();
        assert_eq!((facts, head), (new.facts(), new.head()));
        let back = &samples[0];
        let mut token = store.begin_head(ids[0], &back.facts(), at(0)).unwrap().unwrap();
        store.append_head(&mut token, &back.head()).unwrap();
        assert_eq!(store.commit(token), Ok(ids[0]));
    }
    // No room was lost on the way: the largest body that there is room for still fits.
    let mut store = ArenaStore::attach(bytes).unwrap();
    store.clear().unwrap();
    let large = Sample::new("/large").with_body_len(store.limit());
    let id = put(&mut store, &large);
    expect(&mut store, id, &large);
    assert!(!ids.contains(&id));
}

#[test]
fn marks_outlive_a_reset() {
    let bytes = memory(8192);
    let sample = Sample::new("/");
    let mut store = ArenaStore::format(bytes, SEED, 4).unwrap();
    let id = put(&mut store, &sample);
    store.invalidate(sample.key(SEED), at(5)).unwrap();
    let mut store = ArenaStore::attach(bytes).unwrap();
    assert!(head(&mut store, id).unwrap().0.is_invalidated());
}

#[test]
fn ids_are_not_used_again() {
    let bytes = memory(8192);
    let mut seen = Vec::new();
    for round in 0..if cfg!(miri) { 5 } else { 50 } {
        let mut store = match round % 5 {
            0 => ArenaStore::format(bytes, SEED + (round << 40), 2).unwrap(),
            _ => ArenaStore::attach(bytes).unwrap(),
        };
        let id = put(&mut store, &Sample::new("/"));
        assert!(!seen.contains(&id), "round {round}");
        seen.push(id);
    }
}

#[test]
fn memory_that_holds_no_store() {
    let bytes = memory(4096);
    assert_eq!(ArenaStore::attach(bytes).unwrap_err(), ArenaError::NotFormatted);
    assert_eq!(ArenaStore::attach(&mut []).unwrap_err(), ArenaError::NotFormatted);
    for (length, entries) in [
        (0, 1),
        (35, 1),
        (36 + 144 + 4 * 68 - 1, 1),
        (4096, 0),
        (4096, 28),
        (4096, u16::MAX),
    ] {
        let error = ArenaStore::format(memory(length), SEED, entries).unwrap_err();
        assert_eq!(error, ArenaError::TooSmall, "{length} {entries}");
    }
    let least = memory(36 + 144 + 4 * 68);
    assert_eq!(ArenaStore::format(least, SEED, 1).unwrap().limit(), 128);
    // Shifted, cut or lengthened memory is no store.
    ArenaStore::format(bytes, SEED, 4).unwrap();
    let mut copy = bytes.to_vec();
    assert!(ArenaStore::attach(&mut copy[1..]).is_err());
    assert!(ArenaStore::attach(&mut copy[..4000]).is_err());
    copy.extend_from_slice(&[0; 100]);
    assert!(ArenaStore::attach(&mut copy).is_err());
    assert!(ArenaStore::attach(&mut copy[..4096]).is_ok());
}

/// Every bit of a store with entries of all kinds, flipped in turn: what is still served is what
/// was stored, the rest is gone, and the store goes on.
#[test]
fn no_flipped_bit_is_served() {
    let bytes = memory(36 + 6 * 144 + 40 * 68);
    let samples = [
        Sample::new("/empty").with_body(b""),
        // equal blocks, so that chains could pass into each other unnoticed
        Sample::new("/zeros/1").with_body(&[0; 320]),
        Sample::new("/zeros/2").with_body(&[0; 256]),
        Sample::new("/text").with_body_len(100),
    ];
    let mut store = ArenaStore::format(bytes, SEED, 6).unwrap();
    let mut ids: Vec<_> = samples.iter().map(|sample| put(&mut store, sample)).collect();
    // and what is left of one that was removed
    let removed = put(&mut store, &Sample::new("/removed").with_body_len(70));
    store.remove(removed).unwrap();
    ids.push(removed);
    let pristine = bytes.to_vec();
    let stored: Vec<_> = samples
        .iter()
        .map(|sample| (sample.facts(), sample.head(), sample.body()))
        .collect();
    let others = [0, 1, 2].map(|round| Sample::new(&format!("/new/{round}")).with_body(&[round; 200]));
    let mut kept = 0;
    for bit in (0..pristine.len() * 8).step_by(times(1, 6007)) {
        let mut bytes = pristine.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(mut store) = ArenaStore::attach(&mut bytes) else {
            continue;
        };
        let found = survivors(&mut store, &ids, &stored);
        assert!(found >= samples.len() - 1, "bit {bit} costs {found} entries");
        kept += found;
        // Whoever has room now takes none of another's: everything is filled and read again.
        if bit % times(31, 1) == 0 {
            for other in &others {
                let id = put(&mut store, other);
                expect(&mut store, id, other);
                survivors(&mut store, &ids, &stored);
            }
            let mut store = ArenaStore::attach(&mut bytes).unwrap();
            survivors(&mut store, &ids, &stored);
        }
    }
    assert!(kept > times(pristine.len(), 0));
}

/// How many of the entries are there, each as it was stored.
fn survivors(store: &mut ArenaStore<'_>, ids: &[EntryId], stored: &[(StoredFacts, Vec<u8>, &[u8])]) -> usize {
    let mut found = 0;
    let mut buffer = [0; 512];
    for (index, id) in ids.iter().enumerate() {
        let Some((facts, length)) = store.read_head(*id, &mut buffer).unwrap() else {
            continue;
        };
        let (expected, head, body) = stored.get(index).expect("a removed entry came back");
        assert!(facts == *expected && buffer[..length] == head[..]);
        let length = store.read_at(*id, 0, &mut buffer).unwrap().unwrap();
        assert!(buffer[..length] == **body);
        assert_eq!(store.body_len(*id), Ok(Some(length as u64)));
        found += 1;
    }
    found
}

/// Garbage of all kinds: never a panic, never an entry that was not stored.
#[test]
fn noise() {
    let mut state = 1u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let bytes = memory(36 + 6 * 144 + 40 * 68);
    let sample = Sample::new("/text").with_body_len(300);
    let mut store = ArenaStore::format(bytes, SEED, 6).unwrap();
    let id = put(&mut store, &sample);
    let pristine = bytes.to_vec();
    for _ in 0..times(2000, 5) {
        let mut bytes = pristine.clone();
        // the header stays, so that the rest is looked at
        for _ in 0..1 + random() % 40 {
            let at = 36 + random() % (bytes.len() - 36);
            bytes[at] = random() as u8;
        }
        let mut store = ArenaStore::attach(&mut bytes).unwrap();
        if head(&mut store, id).is_some() {
            expect(&mut store, id, &sample);
        }
        assert!(store.entries() <= 1);
        let large = Sample::new("/large").with_body_len(store.limit());
        let id = put(&mut store, &large);
        expect(&mut store, id, &large);
    }
}

#[test]
fn writes_that_do_not_fit_beside_each_other() {
    let mut store = ArenaStore::format(memory(36 + 4 * 144 + 20 * 68), SEED, 4).unwrap();
    let first = Sample::new("/1").with_body_len(600);
    let second = Sample::new("/2").with_body_len(600);
    let mut tokens = [&first, &second].map(|sample| {
        let mut token = store.begin(sample.key(SEED), &sample.facts(), at(0)).unwrap();
        store.append_head(&mut token, &sample.head()).unwrap();
        token
    });
    store.append(&mut tokens[0], first.body()).unwrap();
    assert_eq!(store.append(&mut tokens[1], second.body()), Err(StoreError::Full));
    let [one, two] = tokens;
    assert_eq!(store.commit(two), Err(StoreError::Gone));
    let id = store.commit(one).unwrap();
    expect(&mut store, id, &first);
}

fn put(store: &mut ArenaStore<'_>, sample: &Sample) -> EntryId {
    let mut token = store
        .begin(sample.key(store.seed()), &sample.facts(), at(0))
        .unwrap();
    store.append_head(&mut token, &sample.head()).unwrap();
    for piece in sample.body().chunks(33) {
        store.append(&mut token, piece).unwrap();
    }
    store.commit(token).unwrap()
}

fn head(store: &mut ArenaStore<'_>, id: EntryId) -> Option<(StoredFacts, Vec<u8>)> {
    let mut buffer = vec![0; 1024];
    let (facts, length) = store.read_head(id, &mut buffer).unwrap()?;
    buffer.truncate(length);
    Some((facts, buffer))
}

fn expect(store: &mut ArenaStore<'_>, id: EntryId, sample: &Sample) {
    let (facts, head) = head(store, id).expect("the entry");
    assert_eq!((facts, &head), (sample.facts(), &sample.head()));
    assert!(Entry::parse(&head).is_ok());
    let length = store.body_len(id).unwrap().unwrap() as usize;
    let mut body = vec![0; length + 1];
    assert_eq!(store.read_at(id, 0, &mut body), Ok(Some(length)));
    assert_eq!(&body[..length], sample.body());
}

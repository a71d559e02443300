//! Walks over a key, and ids of entries that are gone.

use std::format;
use std::vec::Vec;

use super::Sample;
use super::tester::Tester;
use crate::EntryId;
use crate::store::Store;

/// `next_head` gives every entry of its key once, in an order that stays, and no other.
///
/// # Panics
/// The store breaks a rule.
pub fn walk_is_complete<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let key = tester.key(&Sample::new("/"));
    assert!(
        tester.walk(key).is_empty(),
        "an empty store must have nothing under any key"
    );
    let mut ids = Vec::new();
    for (index, sample) in variants().iter().enumerate() {
        tester.store(&Sample::new("/other").of_user(index as u128));
        ids.push(tester.store(sample));
        let others = tester.ids(&Sample::new("/other"));
        let next = tester.next(key, Some(others[0]));
        let own = next.is_none_or(|(id, ..)| ids.contains(&id));
        assert!(own, "a walk must give no entry of another key");
        let found: Vec<_> = tester.walk(key).iter().map(|(id, ..)| *id).collect();
        let complete = found.len() == ids.len() && ids.iter().all(|id| found.contains(id));
        assert!(complete, "a walk must give all entries of the key and no other");
        tester.head(ids[0]);
        let again: Vec<_> = tester.walk(key).iter().map(|(id, ..)| *id).collect();
        assert_eq!(found, again, "the order must stay while nothing is stored");
    }
    for (id, sample) in ids.into_iter().zip(&variants()) {
        tester.expect(id, sample);
    }
}

fn variants() -> [Sample; 4] {
    let sample = Sample::new("/");
    let [german, english] = ["de", "en"].map(|language| sample.clone().of_language(language));
    [sample.clone(), german, english, sample.of_user(3)]
}

/// A walk goes on after an entry that has gone since, without missing any or giving one twice.
///
/// # Panics
/// The store breaks a rule.
pub fn walk_goes_on_after_gone_entries<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let key = tester.key(&Sample::new("/"));
    // bits: which of the four are removed as the walk comes by
    for removed in 0..16_u32 {
        for sample in variants() {
            tester.store(&sample);
        }
        let all: Vec<_> = tester.walk(key).iter().map(|(id, ..)| *id).collect();
        let mut place = None;
        for (index, id) in all.iter().enumerate() {
            let next = tester.next(key, place).map(|(id, ..)| id);
            assert_eq!(next, Some(*id), "a walk must go on after an entry that has gone");
            place = next;
            if removed >> index & 1 == 1 {
                tester.remove(*id);
            }
        }
        assert!(
            tester.next(key, place).is_none(),
            "a walk must end after the last entry"
        );
        let left = tester.walk(key).len();
        assert_eq!(
            left,
            4 - removed.count_ones() as usize,
            "a walk must give what is left"
        );
    }
}

/// The id of a gone entry never reaches another one: not in a store whose places were used
/// again many times, and with no operation.
///
/// # Panics
/// The store breaks a rule.
pub fn gone_ids_miss<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    for id in [0, 1, 1 << 32, u64::MAX].map(EntryId) {
        tester.expect_gone(id, &Sample::new("/0"));
    }
    let mut gone: Vec<EntryId> = Vec::new();
    for round in 0..60 {
        let sample = Sample::new(&format!("/{}", round % 3)).of_version(round);
        gone.extend(tester.ids(&sample));
        let (id, key) = (tester.store(&sample), tester.key(&sample));
        assert!(
            !gone.contains(&id),
            "the id of a gone entry must not be used again"
        );
        for old in &gone {
            tester.expect_gone(*old, &sample);
            tester.remove(*old);
            tester.mark_invalid(*old);
            let next = tester.next(key, Some(*old));
            assert!(
                next.is_none_or(|(next, ..)| next == id),
                "a walk must give the entry of its key"
            );
        }
        tester.expect(id, &sample);
        assert!(
            !tester.is_invalid(id),
            "marking a gone entry must not mark another"
        );
        if round % 2 == 0 {
            tester.remove(id);
            tester.expect_gone(id, &sample);
            gone.push(id);
        }
    }
}

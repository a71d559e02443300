//! What can be seen, and when.

use std::format;
use std::vec;
use std::vec::Vec;

use super::tester::{Tester, done};
use super::{Promises, Sample, at};
use crate::Partition;
use crate::store::Store;

/// Nothing of an entry can be seen before it is committed, and all of it after.
///
/// # Panics
/// The store breaks a rule.
pub fn invisible_until_committed<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let (old, new) = (Sample::new("/"), Sample::new("/").of_version(2));
    let mut seen = Vec::new();
    for sample in [&old, &new] {
        let mut token = tester.begin(sample, at(0));
        assert_eq!(
            tester.ids(sample),
            seen,
            "an entry must not be visible after begin"
        );
        tester.append_head(&mut token, &sample.head());
        assert_eq!(
            tester.ids(sample),
            seen,
            "an entry must not be visible with its head alone"
        );
        tester.append(&mut token, sample.body());
        assert_eq!(
            tester.ids(sample),
            seen,
            "an entry must not be visible before commit"
        );
        seen.iter().for_each(|id| tester.expect(*id, &old));
        seen = vec![tester.commit(token)];
        assert_eq!(tester.ids(sample), seen, "an entry must be visible after commit");
    }
    tester.expect(seen[0], &new);
}

/// Writers that are dropped at any step leave nothing that can be seen, and their room is used
/// again.
///
/// # Panics
/// The store breaks a rule.
pub fn dropped_writers<S: Store>(store: S, promises: &Promises)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let kept = Sample::new("/kept").with_body_len(1000);
    for round in 0..400 {
        let sample = Sample::new("/dropped").of_version(round).with_body_len(2000);
        let mut token = tester.begin(&sample, at(0));
        if round % 4 > 0 {
            tester.append_head(&mut token, &sample.head());
        }
        if round % 4 > 1 {
            tester.append(&mut token, &sample.body()[..1000]);
        }
        if round % 4 > 2 {
            tester.append(&mut token, &sample.body()[1000..]);
        }
        drop(token);
        assert!(
            tester.ids(&sample).is_empty(),
            "a dropped write must not be visible"
        );
        if round % 7 == 0 {
            let id = tester.store(&kept);
            tester.expect(id, &kept);
        }
    }
    tester.ids(&kept).into_iter().for_each(|id| tester.remove(id));
    fill(&mut tester, promises, "dropped writes");
}

/// The promised number of entries has room in a store without any, whatever came before.
pub(super) fn fill<S: Store>(tester: &mut Tester<S>, promises: &Promises, before: &str)
where
    S::Error: 'static,
{
    let count = promises.entries;
    let samples = (0..count).map(|index| Sample::new(&format!("/fill/{index}")).with_body_len(2048));
    let samples: Vec<_> = samples.collect();
    let ids: Vec<_> = samples.iter().map(|sample| tester.store(sample)).collect();
    for (id, sample) in ids.into_iter().zip(&samples) {
        let there = tester.head(id).is_some();
        assert!(there, "{count} entries must have room after {before}");
        tester.expect(id, sample);
    }
}

/// Several writes can be under way at once, and one that gets on outlasts any number of others
/// that come and go.
///
/// # Panics
/// The store breaks a rule.
pub fn interleaved_writers<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let samples = ["/1", "/2", "/3"].map(|path| Sample::new(path).with_body_len(1500));
    let mut tokens = samples.each_ref().map(|sample| tester.begin(sample, at(0)));
    for (token, sample) in tokens.iter_mut().zip(&samples) {
        tester.append_head(token, &sample.head());
    }
    for start in [0, 500, 1000] {
        for (token, sample) in tokens.iter_mut().zip(&samples) {
            tester.append(token, &sample.body()[start..start + 500]);
        }
    }
    let mut ids = tokens.map(|token| tester.commit(token));
    ids.reverse();
    for (id, sample) in ids.into_iter().rev().zip(&samples) {
        tester.expect(id, sample);
    }

    let slow = Sample::new("/slow").with_body_len(100);
    let mut token = tester.begin(&slow, at(0));
    tester.append_head(&mut token, &slow.head());
    for byte in slow.body() {
        let quick = Sample::new(&format!("/quick/{byte}"));
        tester.store(&quick);
        tester.append(&mut token, &[*byte]);
    }
    let id = tester.commit(token);
    tester.expect(id, &slow);
}

/// A new response takes the place of the one it replaces, whose id is gone.
///
/// # Panics
/// The store breaks a rule.
pub fn replaces<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let other = Sample::new("/other");
    let other_id = tester.store(&other);
    let sample = Sample::new("/").of_language("de");
    let mut last = None;
    for version in 0..20 {
        let sample = sample.clone().of_version(version);
        let id = tester.store(&sample);
        assert_ne!(Some(id), last, "a new entry must have a new id");
        assert_eq!(tester.ids(&sample), [id], "a new entry must replace the old one");
        tester.expect(id, &sample);
        if let Some(last) = last {
            tester.expect_gone(last, &sample);
        }
        last = Some(id);
    }
    tester.expect(other_id, &other);
}

/// A response that was begun earlier and ends later is not stored, whatever the time: clocks may go back, and
/// the order in which responses came is that of their heads.
///
/// # Panics
/// The store breaks a rule.
pub fn later_responses_stay<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let samples = [5, 7, 6].map(|version| {
        let sample = Sample::new("/").of_version(version);
        sample.received(u64::from(version))
    });
    let mut tokens = samples.each_ref().map(|sample| tester.begin(sample, at(7)));
    for (token, sample) in tokens.iter_mut().zip(&samples) {
        tester.append_head(token, &sample.head());
        tester.append(token, sample.body());
    }
    let [first, second, third] = tokens;
    let third = tester.commit(third);
    for (token, sample) in [first, second].into_iter().zip(&samples) {
        let id = tester.commit(token);
        tester.expect_gone(id, sample);
        assert_eq!(
            tester.ids(sample),
            [third],
            "a response that was begun earlier must not replace a later one"
        );
        tester.expect(third, &samples[2]);
    }
    let last = Sample::new("/").of_version(8);
    let id = tester.store(&last);
    assert_eq!(tester.ids(&last), [id], "a new entry must replace the old one");
}

/// Variants and partitions of a URI live side by side.
///
/// # Panics
/// The store breaks a rule.
pub fn variants_coexist<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    let samples = [
        sample.clone(),
        sample.clone().of_language("de"),
        sample.clone().of_language("en"),
        sample.clone().of_language("de").of_user(7),
    ];
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    for (id, sample) in ids.into_iter().zip(&samples) {
        tester.expect(id, sample);
    }
    let new = sample.of_language("de").of_version(2);
    let new_id = tester.store(&new);
    tester.expect_gone(ids[1], &samples[1]);
    tester.expect(new_id, &new);
    for index in [0, 2, 3] {
        tester.expect(ids[index], &samples[index]);
    }
    let (facts, _) = tester.head(ids[3]).expect("the entry of the partition");
    assert_eq!(facts.partition(), Partition::new(7), "the partition must be kept");
}

/// `clear` removes everything, and the store works on.
///
/// # Panics
/// The store breaks a rule.
pub fn clears<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let samples = ["/1", "/2", "/3"].map(Sample::new);
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    done(tester.0.clear(), "clear");
    for (id, sample) in ids.into_iter().zip(&samples) {
        tester.expect_gone(id, sample);
        assert!(tester.ids(sample).is_empty(), "clear must remove everything");
    }
    for (old, sample) in ids.into_iter().zip(&samples) {
        let id = tester.store(sample);
        tester.expect(id, sample);
        tester.expect_gone(old, sample);
    }
}

//! What a request with an unsafe method has made untrue (RFC 9111 section 4.4).

use std::format;

use super::tester::{Tester, done};
use super::{Sample, at};
use crate::store::Store;
use crate::{EntryId, Now};

/// `invalidate` marks every variant and partition of a key, and nothing else; the entries can
/// still be read, and an update or a new response revives them.
///
/// # Panics
/// The store breaks a rule.
pub fn invalidates_a_whole_key<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    let samples = [
        sample.clone(),
        sample.clone().of_language("de"),
        sample.clone().of_language("en"),
        sample.clone().of_user(3),
    ];
    let others = ["/2", "/3"].map(Sample::new);
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    let other_ids = others.each_ref().map(|sample| tester.store(sample));
    tester.invalidate(&sample, at(10));
    for (id, sample) in ids.iter().zip(&samples) {
        assert!(
            tester.is_invalid(*id),
            "invalidate must mark every entry of the key"
        );
        tester.expect(*id, sample);
    }
    for (id, sample) in other_ids.iter().zip(&others) {
        assert!(
            !tester.is_invalid(*id),
            "invalidate must not mark entries of other keys"
        );
        tester.expect(*id, sample);
    }
    tester.invalidate(&Sample::new("/nothing"), at(11));
    let new = sample.received(20);
    tester.update(ids[0], &new);
    assert!(
        !tester.is_invalid(ids[0]),
        "an update that is younger must revive an entry"
    );
    let new = samples[1].clone().received(21);
    let id = tester.store(&new);
    assert!(
        !tester.is_invalid(id),
        "a response that is younger must not be marked"
    );
    assert!(
        tester.is_invalid(ids[2]),
        "an update must not revive other entries"
    );
}

/// `mark_invalid` marks one entry, and an update revives it.
///
/// # Panics
/// The store breaks a rule.
pub fn marks_one_entry<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let samples = [
        Sample::new("/"),
        Sample::new("/").of_language("de"),
        Sample::new("/other"),
    ];
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    tester.mark_invalid(ids[1]);
    for (index, (id, sample)) in ids.iter().zip(&samples).enumerate() {
        assert_eq!(
            tester.is_invalid(*id),
            index == 1,
            "mark_invalid must mark its entry alone"
        );
        tester.expect(*id, sample);
    }
    let new = samples[1].clone().received(5);
    tester.update(ids[1], &new);
    assert!(
        !tester.is_invalid(ids[1]),
        "an update must revive an entry that was marked"
    );
}

/// A response that was asked for before an invalidation, or at the same moment, or at a time
/// that cannot be compared with it, is stored as marked; one that was asked for later is not.
///
/// # Panics
/// The store breaks a rule.
pub fn invalidation_before_the_response<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    tester.invalidate(&sample, at(100));
    let cases: [(Now, bool, &str); 6] = [
        (at(99), true, "before it"),
        (at(100), true, "at the same moment"),
        (at(101), false, "after it"),
        (
            Now::mono(2, 500_000),
            true,
            "in another clock domain, without UTC",
        ),
        (Now::mono(2, 0), true, "in another clock domain, without UTC"),
        (Now::mono(1, 200_000), false, "after it, by the monotonic clock"),
    ];
    for (sent_at, invalid, when) in cases {
        let id = tester.store_sent(&sample, sent_at);
        let marked = tester.is_invalid(id);
        assert_eq!(marked, invalid, "is a response marked that was asked for {when}?");
        let other = tester.store_sent(&Sample::new("/other"), sent_at);
        assert!(
            !tester.is_invalid(other),
            "an invalidation must not reach other keys"
        );
    }
    // a later one counts from then on
    tester.invalidate(&sample, at(300));
    let id = tester.store_sent(&sample, at(200));
    assert!(tester.is_invalid(id), "the last invalidation of a key must count");
    // one that is told late counts no less, and takes nothing back
    tester.invalidate(&sample, at(250));
    let id = tester.store_sent(&sample, at(275));
    assert!(
        tester.is_invalid(id),
        "an earlier invalidation must not undo a later one"
    );
}

/// An invalidation while a response is being stored marks it.
///
/// # Panics
/// The store breaks a rule.
pub fn invalidation_while_writing<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    for step in 0..3_u64 {
        let sample = Sample::new(&format!("/{step}"));
        let mut token = tester.begin(&sample, at(step));
        for part in 0..3 {
            if part == step {
                tester.invalidate(&sample, at(50 + step));
            }
            match part {
                0 => tester.append_head(&mut token, &sample.head()),
                1 => tester.append(&mut token, sample.body()),
                _ => {}
            }
        }
        let id = tester.commit(token);
        assert!(
            tester.is_invalid(id),
            "an invalidation while a response is stored must mark it"
        );
        tester.expect(id, &sample);
    }
}

/// An invalidation while a head is being updated is not undone by the update.
///
/// # Panics
/// The store breaks a rule.
pub fn invalidation_while_updating<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    let id = tester.store(&sample);
    type Mark<S> = fn(&mut Tester<S>, EntryId, Now);
    let by_key: Mark<S> = |tester, _, at| {
        let key = tester.key(&Sample::new("/"));
        done(tester.0.invalidate(key, at), "invalidate");
    };
    let by_id: Mark<S> = |tester, id, _| tester.mark_invalid(id);
    let mut now = 10;
    for mark in [by_key, by_id, by_key, by_id] {
        for marked_before in [false, true] {
            now += 10;
            if marked_before {
                mark(&mut tester, id, at(now));
            }
            let new = sample.clone().received(now + 5);
            let mut token = tester.begin_head(id, &new);
            tester.append_head(&mut token, &new.head());
            // received before, updated after
            mark(&mut tester, id, at(now + 6));
            assert_eq!(tester.commit(token), id, "an update must keep the id");
            assert!(
                tester.is_invalid(id),
                "an update must not undo an invalidation since it began"
            );
            tester.update(id, &sample.clone().received(now + 9));
            assert!(
                !tester.is_invalid(id),
                "an update that is younger must revive an entry"
            );
        }
    }
    now += 10;
    tester.invalidate(&sample, at(now));
    tester.update(id, &sample.received(now - 1));
    assert!(
        tester.is_invalid(id),
        "an update that came before an invalidation must not undo it"
    );
}

/// An update that was asked for before an invalidation, and came after it, does not undo it,
/// whatever its own time says; one that was asked for later does.
///
/// # Panics
/// The store breaks a rule.
pub fn invalidation_before_an_update<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    let id = tester.store(&sample);
    for sent in [99, 100, 101] {
        tester.invalidate(&sample, at(100));
        let new = sample.clone().received(200 + sent);
        let mut token = tester.begin_head_sent(id, &new, at(sent));
        tester.append_head(&mut token, &new.head());
        assert_eq!(tester.commit(token), id, "an update must keep the id");
        tester.expect(id, &new);
        assert_eq!(
            tester.is_invalid(id),
            sent <= 100,
            "does an update that was asked for at {sent} undo an invalidation at 100?"
        );
    }
}

/// A store may forget invalidations, but then it counts responses as marked, never as valid.
///
/// # Panics
/// The store breaks a rule.
pub fn forgotten_invalidations<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/first");
    tester.invalidate(&sample, at(100));
    for index in 0..1000 {
        tester.invalidate(&Sample::new(&format!("/{index}")), at(101 + index));
        // once more, so that what is forgotten is not forgotten in the order of time
        if index == 500 {
            tester.invalidate(&sample, at(101 + index));
        }
    }
    let id = tester.store_sent(&sample, at(600));
    assert!(
        tester.is_invalid(id),
        "what is forgotten later must not take back what was forgotten before"
    );
    let id = tester.store_sent(&sample, at(99));
    assert!(
        tester.is_invalid(id),
        "a forgotten invalidation must count as one of every key"
    );
    for index in [0, 500, 999] {
        let id = tester.store_sent(&Sample::new(&format!("/{index}")), at(100 + index));
        assert!(tester.is_invalid(id), "an invalidation must not get lost");
    }
    let id = tester.store_sent(&sample, at(5000));
    assert!(
        !tester.is_invalid(id),
        "forgetting must not mark what was asked for later"
    );
}

//! New heads for existing entries (RFC 9111 section 4.3.4).

use super::tester::{Tester, kind};
use super::visibility::fill;
use super::{Promises, Sample, at};
use crate::store::{Store, StoreError};

/// An update changes head and facts, both at once, and keeps the id and the body.
///
/// # Panics
/// The store breaks a rule.
pub fn update_keeps_id_and_body<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/").with_body_len(1500);
    let other = Sample::new("/other");
    let (id, other_id) = (tester.store(&sample), tester.store(&other));
    for (version, padding) in [(2, 0), (3, 300), (4, 10), (5, 299)] {
        let new = sample
            .clone()
            .of_version(version)
            .with_padding(padding)
            .received(u64::from(version));
        let new = new.with_body(sample.body());
        let before = tester.head(id);
        let mut token = tester.begin_head(id, &new);
        let head = new.head();
        for piece in head.chunks(50) {
            assert_eq!(
                tester.head(id),
                before,
                "an update must not be visible before its commit"
            );
            tester.append_head(&mut token, piece);
        }
        assert_eq!(tester.commit(token), id, "an update must keep the id");
        tester.expect(id, &new);
        assert_eq!(tester.ids(&sample), [id], "an update must not add an entry");
    }
    tester.expect(other_id, &other);
}

/// An update that is dropped at any step leaves the entry as it was.
///
/// # Panics
/// The store breaks a rule.
pub fn dropped_update<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let (sample, new) = (Sample::new("/"), Sample::new("/").of_version(2).with_padding(200));
    let id = tester.store(&sample);
    let head = new.head();
    for round in 0..200 {
        let mut token = tester.begin_head(id, &new);
        for piece in head.chunks(60).take(round % 6) {
            tester.append_head(&mut token, piece);
        }
        drop(token);
        tester.expect(id, &sample);
    }
    let new = new.with_body(sample.body());
    assert_eq!(tester.update(id, &new), id, "an update must keep the id");
    tester.expect(id, &new);
}

/// An update of an entry that was removed or replaced since it began does not succeed, and
/// changes no other entry.
///
/// # Panics
/// The store breaks a rule.
pub fn update_of_a_gone_entry<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let (sample, new) = (Sample::new("/"), Sample::new("/").of_version(2));
    for round in 0..20 {
        let id = tester.store(&sample);
        let mut token = tester.begin_head(id, &new);
        if round % 2 == 0 {
            tester.append_head(&mut token, &new.head());
        }
        let replaced = round % 4 < 2;
        if replaced {
            tester.store(&sample);
        } else {
            tester.remove(id);
        }
        // at any of the following steps
        let ends = tester.0.append_head(&mut token, b"").is_err() | tester.0.commit(token).is_err();
        assert!(ends, "the update of a gone entry must not succeed");
        tester.expect_gone(id, &sample);
        let left = tester.ids(&sample);
        assert_eq!(
            left.len(),
            usize::from(replaced),
            "the update of a gone entry must not store it"
        );
        left.iter().for_each(|id| tester.expect(*id, &sample));
        left.iter().for_each(|id| tester.remove(*id));
    }
}

/// The body of an entry cannot be changed by an update of its head.
///
/// # Panics
/// The store breaks a rule.
pub fn update_that_appends_to_the_body<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let (sample, new) = (Sample::new("/"), Sample::new("/").of_version(2));
    let id = tester.store(&sample);
    let mut token = tester.begin_head(id, &new);
    tester.append_head(&mut token, &new.head());
    let refused = tester.0.append(&mut token, b"more");
    assert!(refused.is_err(), "an update must refuse bytes of a body");
    let committed = tester.0.commit(token);
    assert!(
        committed.is_err(),
        "an update must end with an append that was refused"
    );
    tester.expect(id, &sample);
}

/// Any number of updates take no more room than one, and two at once do not mix.
///
/// # Panics
/// The store breaks a rule.
pub fn updates_leave_nothing_behind<S: Store>(store: S, promises: &Promises)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/");
    let id = tester.store(&sample);
    for version in 0..300 {
        let new = sample
            .clone()
            .of_version(version)
            .with_padding(version as usize % 7 * 40);
        tester.update(id, &new);
        tester.expect_head(id, &new);
    }

    let versions = [1001, 1002].map(|version| sample.clone().of_version(version).with_padding(50));
    let mut tokens = versions.each_ref().map(|new| tester.begin_head(id, new));
    let heads = versions.each_ref().map(|new| new.head());
    let mut ended = [false; 2];
    for half in [0..100, 100..heads[0].len()] {
        for (index, token) in tokens.iter_mut().enumerate() {
            let appended = tester.0.append_head(token, &heads[index][half.clone()]);
            let error = appended.err().map(|error| kind(&error));
            let gone = matches!(error, Some(Some(StoreError::Gone)));
            assert!(
                gone || error.is_none(),
                "an update may be taken over, and then it says Gone: {error:?}"
            );
            ended[index] |= gone;
        }
    }
    assert_ne!(ended, [true, true], "one of two updates at once must succeed");
    for (index, token) in tokens.into_iter().enumerate() {
        let committed = tester.0.commit(token).is_ok();
        assert_ne!(
            committed, ended[index],
            "an update that was taken over must not be committed"
        );
        if committed {
            let new = &versions[index];
            tester.expect_head(id, new);
        }
    }
    let mut token = tester.begin(&sample, at(0));
    tester.append_head(&mut token, &sample.head());
    drop(token);
    tester.remove(id);
    fill(&mut tester, promises, "updates");
}

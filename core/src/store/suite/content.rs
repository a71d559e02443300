//! What is written comes back.

use std::vec;

use super::tester::{Tester, done, kind};
use super::{Promises, Sample, at};
use crate::store::{Store, StoreError};

/// Head, facts and body come back as they were written, an empty body too.
///
/// # Panics
/// The store breaks a rule.
pub fn roundtrip<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let samples = [
        Sample::new("/"),
        Sample::new("/empty").with_body(b""),
        Sample::new("/large").with_body_len(2048).with_padding(300),
        Sample::new("/variant").of_language("de").of_user(u128::MAX),
    ];
    let ids = samples.each_ref().map(|sample| tester.store(sample));
    for (id, sample) in ids.into_iter().zip(&samples) {
        tester.expect(id, sample);
        assert!(!tester.is_invalid(id), "nothing has marked the entry invalid");
    }
}

/// Bytes may come in any pieces, empty ones too, and head and body by turns.
///
/// # Panics
/// The store breaks a rule.
pub fn many_pieces<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    for size in [1, 2, 7, 64, 333] {
        let sample = Sample::new("/pieces").of_version(size).with_body_len(2048);
        let mut token = tester.begin(&sample, at(0));
        let head = sample.head();
        let mut heads = head.chunks(size as usize);
        for body in sample.body().chunks(size as usize * 2) {
            tester.append_head(&mut token, heads.next().unwrap_or_default());
            tester.append(&mut token, body);
        }
        heads.for_each(|rest| tester.append_head(&mut token, rest));
        let id = tester.commit(token);
        tester.expect(id, &sample);
    }
}

/// `read_at` reads from any offset, gives less than asked only at the end, and nothing past it.
///
/// # Panics
/// The store breaks a rule.
pub fn body_offsets<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/offsets").with_body_len(1000);
    let body = sample.body();
    let id = tester.store(&sample);
    assert_eq!(done(tester.0.body_len(id), "body_len"), Some(1000), "body_len");
    for offset in [0, 1, 499, 500, 998, 999, 1000, 1001, 1 << 32, u64::MAX] {
        for length in [0, 1, 2, 300, 1000, 1500] {
            let mut buffer = vec![0; length];
            let count = done(tester.0.read_at(id, offset, &mut buffer), "read_at");
            let rest = usize::try_from(offset).ok().and_then(|offset| body.get(offset..));
            let rest = rest.unwrap_or_default();
            let expected = &rest[..length.min(rest.len())];
            assert_eq!(
                count,
                Some(expected.len()),
                "read_at {offset} of {length} bytes must give all there are"
            );
            assert_eq!(
                &buffer[..expected.len()],
                expected,
                "read_at {offset} of {length} bytes"
            );
        }
    }
}

/// A buffer that is too small for a head is an error that says the size, and loses nothing.
///
/// # Panics
/// The store breaks a rule.
pub fn small_buffer<S: Store>(store: S)
where
    S::Error: 'static,
{
    let mut tester = Tester(store);
    let sample = Sample::new("/").with_padding(100);
    let id = tester.store(&sample);
    let (head, key) = (sample.head(), tester.key(&sample));
    for length in [0, 1, head.len() - 1] {
        let mut buffer = vec![0; length];
        let walked = tester.0.next_head(key, None, &mut buffer).err();
        let read = tester.0.read_head(id, &mut buffer).err();
        for (error, operation) in [(walked, "next_head"), (read, "read_head")] {
            let error = error.unwrap_or_else(|| panic!("{operation} must refuse a small buffer"));
            let needed = match kind(&error) {
                Some(StoreError::BufferTooSmall { needed }) => needed,
                other => panic!("{operation} must say BufferTooSmall, not {other:?}"),
            };
            assert_eq!(needed, head.len(), "{operation} must say how large the head is");
        }
    }
    let mut buffer = vec![0; head.len()];
    let walked = done(tester.0.next_head(key, None, &mut buffer), "next_head");
    assert_eq!(
        walked,
        Some((id, sample.facts(), head.len())),
        "a buffer of that size must do"
    );
    assert_eq!(buffer, head, "a buffer of that size must do");
    tester.expect(id, &sample);
}

/// A head or a body that is too large is refused with the limit; what fits the limit is
/// stored; and an append that was refused is the end of its write.
///
/// # Panics
/// The store breaks a rule.
pub fn too_large<S: Store>(store: S, promises: &Promises)
where
    S::Error: 'static,
{
    let Some(size) = promises.too_large else { return };
    let mut tester = Tester(store);
    let other = Sample::new("/other");
    let other_id = tester.store(&other);
    too_large_head(&mut tester, size);
    too_large_update(&mut tester, size);
    too_large_body(&mut tester, size);
    let others = tester.ids(&other);
    let kept = others.is_empty() || others == [other_id];
    assert!(kept, "what is too large must not change other entries");
    let id = tester.store(&other);
    tester.expect(id, &other);
}

const PIECE: [u8; 100] = [b'x'; 100];

fn too_large_head<S: Store>(tester: &mut Tester<S>, size: usize)
where
    S::Error: 'static,
{
    let sample = Sample::new("/head").with_body(b"");
    let mut token = tester.begin(&sample, at(0));
    let refused = (0..=size / PIECE.len()).find_map(|_| tester.0.append_head(&mut token, &PIECE).err());
    let error = refused.expect("a head that is too large must be refused");
    let limit = match kind(&error) {
        Some(StoreError::HeadTooLarge { needed, limit }) => {
            assert!(needed > limit, "HeadTooLarge must need more than the limit");
            limit
        }
        other => panic!("append_head must say HeadTooLarge, not {other:?}"),
    };
    assert!(
        tester.0.commit(token).is_err(),
        "a write must end with an append that was refused"
    );
    assert!(
        tester.ids(&sample).is_empty(),
        "a part of a head must not be visible"
    );
    let largest = sample.with_padding(largest_padding(limit));
    let id = tester.store(&largest);
    let mut buffer = vec![0; limit];
    let read = done(tester.0.read_head(id, &mut buffer), "read_head").expect("a head within the limit");
    assert_eq!(
        &buffer[..read.1],
        largest.head(),
        "a head within the limit must be stored"
    );
    tester.remove(id);
}

fn too_large_update<S: Store>(tester: &mut Tester<S>, size: usize)
where
    S::Error: 'static,
{
    let sample = Sample::new("/update");
    let id = tester.store(&sample);
    let mut token = tester.begin_head(id, &sample.clone().of_version(2));
    let refused = (0..=size / PIECE.len()).find_map(|_| tester.0.append_head(&mut token, &PIECE).err());
    let refused = refused.and_then(|error| kind(&error));
    assert!(
        matches!(refused, Some(StoreError::HeadTooLarge { .. })),
        "a new head that is too large must be refused with HeadTooLarge, not {refused:?}"
    );
    assert!(
        tester.0.commit(token).is_err(),
        "an update must end with an append that was refused"
    );
    tester.expect(id, &sample);
}

fn too_large_body<S: Store>(tester: &mut Tester<S>, size: usize)
where
    S::Error: 'static,
{
    let sample = Sample::new("/body");
    let id = tester.store(&sample);
    let mut token = tester.begin(&sample, at(0));
    tester.append_head(&mut token, &sample.head());
    let refused = (0..=size / PIECE.len()).find_map(|_| tester.0.append(&mut token, &PIECE).err());
    let error = refused.expect("a body that is too large must be refused");
    let limit = match kind(&error) {
        Some(StoreError::BodyTooLarge { limit }) => usize::try_from(limit).expect("a small limit"),
        other => panic!("append must say BodyTooLarge, not {other:?}"),
    };
    assert!(limit < size, "BodyTooLarge must say the limit");
    assert!(
        tester.0.commit(token).is_err(),
        "a write must end with an append that was refused"
    );
    let left = tester.ids(&sample);
    assert_eq!(left, [id], "a write that was refused must not replace anything");
    tester.expect(id, &sample);
    let largest = sample.with_body_len(limit);
    let id = tester.store(&largest);
    tester.expect(id, &largest);
}

/// The padding with which the head of a sample at `/head` has as many bytes as the limit, 16
/// KiB at most.
fn largest_padding(limit: usize) -> usize {
    let padded = Sample::new("/head").with_padding(1).head().len();
    limit
        .min(16 * 1024)
        .checked_sub(padded - 1)
        .expect("a head of 512 bytes must fit")
}

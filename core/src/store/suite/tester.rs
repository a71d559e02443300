//! A store under test.

use core::error::Error;
use std::vec;
use std::vec::Vec;

use super::Sample;
use crate::store::{Store, StoreError};
use crate::{EntryId, Key, Now, StoredFacts};

/// Bytes for a head in the tester's buffer.
const HEAD: usize = 2048;

/// A store under test, with operations that say what went wrong.
pub(super) struct Tester<S>(pub(super) S);

/// What a walk over a key gives.
pub(super) type Found = (EntryId, StoredFacts, Vec<u8>);

impl<S: Store> Tester<S>
where
    S::Error: 'static,
{
    pub(super) fn key(&self, sample: &Sample) -> Key {
        sample.key(self.0.seed())
    }

    pub(super) fn begin(&mut self, sample: &Sample, sent_at: Now) -> S::Token {
        let key = self.key(sample);
        done(self.0.begin(key, &sample.facts(), sent_at), "begin")
    }

    pub(super) fn append_head(&mut self, token: &mut S::Token, bytes: &[u8]) {
        done(self.0.append_head(token, bytes), "append_head");
    }

    pub(super) fn append(&mut self, token: &mut S::Token, bytes: &[u8]) {
        done(self.0.append(token, bytes), "append");
    }

    pub(super) fn commit(&mut self, token: S::Token) -> EntryId {
        done(self.0.commit(token), "commit")
    }

    pub(super) fn remove(&mut self, id: EntryId) {
        done(self.0.remove(id), "remove");
    }

    pub(super) fn invalidate(&mut self, sample: &Sample, at: Now) {
        let key = self.key(sample);
        done(self.0.invalidate(key, at), "invalidate");
    }

    pub(super) fn mark_invalid(&mut self, id: EntryId) {
        done(self.0.mark_invalid(id), "mark_invalid");
    }

    /// Stores a sample that was asked for when it was received.
    pub(super) fn store(&mut self, sample: &Sample) -> EntryId {
        self.store_sent(sample, sample.facts().response_time())
    }

    pub(super) fn store_sent(&mut self, sample: &Sample, sent_at: Now) -> EntryId {
        let mut token = self.begin(sample, sent_at);
        self.append_head(&mut token, &sample.head());
        self.append(&mut token, sample.body());
        self.commit(token)
    }

    /// Starts an update of an entry that must be there, asked for when it was received.
    pub(super) fn begin_head(&mut self, id: EntryId, sample: &Sample) -> S::Token {
        self.begin_head_sent(id, sample, sample.facts().response_time())
    }

    pub(super) fn begin_head_sent(&mut self, id: EntryId, sample: &Sample, sent_at: Now) -> S::Token {
        let token = done(self.0.begin_head(id, &sample.facts(), sent_at), "begin_head");
        token.expect("begin_head must find the entry")
    }

    /// Replaces the head of an entry by a sample's.
    pub(super) fn update(&mut self, id: EntryId, sample: &Sample) -> EntryId {
        let mut token = self.begin_head(id, sample);
        self.append_head(&mut token, &sample.head());
        self.commit(token)
    }

    pub(super) fn next(&mut self, key: Key, after: Option<EntryId>) -> Option<Found> {
        let mut buffer = vec![0; HEAD];
        let (id, facts, length) = done(self.0.next_head(key, after, &mut buffer), "next_head")?;
        buffer.truncate(length);
        Some((id, facts, buffer))
    }

    /// All entries under a key.
    pub(super) fn walk(&mut self, key: Key) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        while let Some(next) = self.next(key, found.last().map(|(id, ..)| *id)) {
            let again = found.iter().any(|(id, ..)| *id == next.0);
            assert!(!again, "next_head gave the same entry twice");
            found.push(next);
        }
        found
    }

    pub(super) fn ids(&mut self, sample: &Sample) -> Vec<EntryId> {
        let key = self.key(sample);
        self.walk(key).iter().map(|(id, ..)| *id).collect()
    }

    pub(super) fn head(&mut self, id: EntryId) -> Option<(StoredFacts, Vec<u8>)> {
        let mut buffer = vec![0; HEAD];
        let (facts, length) = done(self.0.read_head(id, &mut buffer), "read_head")?;
        buffer.truncate(length);
        Some((facts, buffer))
    }

    pub(super) fn body(&mut self, id: EntryId) -> Option<Vec<u8>> {
        let length = done(self.0.body_len(id), "body_len")?;
        let mut body = vec![0; usize::try_from(length).expect("a small body") + 1];
        let count = done(self.0.read_at(id, 0, &mut body), "read_at");
        let count = count.expect("an entry that has a length must have a body");
        assert_eq!(count as u64, length, "read_at must give as much as body_len says");
        body.truncate(count);
        Some(body)
    }

    pub(super) fn is_invalid(&mut self, id: EntryId) -> bool {
        let (facts, _) = self.head(id).expect("the entry must be there");
        facts.is_invalidated()
    }

    /// The entry is there and is this sample, whether marked invalid or not.
    pub(super) fn expect(&mut self, id: EntryId, sample: &Sample) {
        self.expect_head(id, sample);
        let kept = self.body(id).as_deref() == Some(sample.body());
        assert!(kept, "the body must be as it was written");
    }

    pub(super) fn expect_head(&mut self, id: EntryId, sample: &Sample) {
        let (facts, head) = self.head(id).expect("read_head must find the entry");
        assert!(head == sample.head(), "the head must be as it was written");
        let written = sample.facts();
        let expected = [written, written.invalidated()];
        assert!(
            expected.contains(&facts),
            "the facts must be as they were written"
        );
        let key = self.key(sample);
        let found = self.walk(key).into_iter().find(|(found, ..)| *found == id);
        let (_, walked, head) = found.expect("next_head must find the entry");
        assert_eq!(
            (walked, head),
            (facts, sample.head()),
            "next_head and read_head must agree"
        );
    }

    /// No operation finds anything under the id.
    pub(super) fn expect_gone(&mut self, id: EntryId, sample: &Sample) {
        assert!(self.head(id).is_none(), "read_head must not find a gone entry");
        assert!(
            done(self.0.body_len(id), "body_len").is_none(),
            "body_len must not find a gone entry"
        );
        assert!(
            done(self.0.read_at(id, 0, &mut [0; 8]), "read_at").is_none(),
            "read_at must not find a gone entry"
        );
        assert!(
            done(
                self.0.begin_head(id, &sample.facts(), crate::store::suite::at(0)),
                "begin_head"
            )
            .is_none(),
            "begin_head must not find a gone entry"
        );
        assert!(
            !self.ids(sample).contains(&id),
            "next_head must not find a gone entry"
        );
    }
}

/// The result of an operation that must succeed.
pub(super) fn done<T, E: Error>(result: Result<T, E>, operation: &str) -> T {
    result.unwrap_or_else(|error| panic!("{operation} must succeed: {error}"))
}

/// The [`StoreError`] that an error is, or that is its cause.
pub(super) fn kind<E: Error + 'static>(error: &E) -> Option<StoreError> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(kind) = error.downcast_ref() {
            return Some(*kind);
        }
        cause = error.source();
    }
    None
}

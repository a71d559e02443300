//! Heads that are served again and again, decoded.

use std::array;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use larder::EntryId;
use ureq::http::{HeaderMap, HeaderValue, header};

use crate::fields;

/// How many heads are kept.
const PLACES: usize = 64;
/// Longer ones are not.
const MAX_HEAD: usize = 4096;

/// The fields that stored heads were decoded to: to check every value and to hash every name is
/// most of what a hit costs, to clone the result is not. What a head decodes to depends on its
/// bytes alone, and those are compared, so that nothing here ever has to be thrown away to be
/// right. It takes two decodings to be kept: a program that goes through its entries one after
/// the other gets by with a note of each.
pub(crate) struct Decoded([Mutex<Option<Place>>; PLACES]);

struct Place {
    id: EntryId,
    /// `None` when it was decoded once.
    fields: Option<(Bytes, Arc<HeaderMap>)>,
}

impl Default for Decoded {
    fn default() -> Self {
        Self(array::from_fn(|_| Mutex::new(None)))
    }
}

impl Decoded {
    fn place(&self, id: EntryId) -> MutexGuard<'_, Option<Place>> {
        let place = &self.0[(id.0 % PLACES as u64) as usize];
        place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fields of this head with this age, if they are at hand.
    pub(crate) fn get(&self, id: EntryId, head: &[u8], age: u64) -> Option<HeaderMap> {
        let fields = {
            let place = self.place(id);
            let place = place.as_ref().filter(|place| place.id == id)?;
            let (bytes, fields) = place.fields.as_ref()?;
            // the same memory has the same content: it is kept alive here
            let same = std::ptr::eq(bytes.as_ref(), head) || bytes.as_ref() == head;
            same.then(|| Arc::clone(fields))?
        };
        let mut fields = fields::copied(&fields);
        fields::replace(&mut fields, &header::AGE, HeaderValue::from(age)).then_some(fields)
    }

    /// What a head was decoded to, its age included.
    pub(crate) fn keep(&self, id: EntryId, head: &Bytes, fields: &HeaderMap) {
        if head.len() > MAX_HEAD {
            return;
        }
        let mut place = self.place(id);
        let again = place.as_ref().is_some_and(|place| place.id == id);
        let fields = again.then(|| (head.clone(), Arc::new(fields::copied(fields))));
        *place = Some(Place { id, fields });
    }

    /// Keeps no bytes of this entry.
    pub(crate) fn remove(&self, id: EntryId) {
        let mut place = self.place(id);
        if place.as_ref().is_some_and(|place| place.id == id) {
            *place = None;
        }
    }

    /// Keeps no bytes of anything.
    pub(crate) fn clear(&self) {
        for place in &self.0 {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: EntryId = EntryId(7);

    fn fields(etag: &'static str) -> HeaderMap {
        [
            (header::ETAG, HeaderValue::from_static(etag)),
            (header::AGE, HeaderValue::from_static("3")),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn what_was_decoded_twice_is_kept_and_its_age_is_the_current_one() {
        let decoded = Decoded::default();
        let head = Bytes::from_static(b"head");
        for _ in 0..2 {
            assert_eq!(decoded.get(ID, &head, 4), None);
            decoded.keep(ID, &head, &fields("\"a\""));
        }
        let mut expected = fields("\"a\"");
        expected.insert(header::AGE, HeaderValue::from_static("60"));
        assert_eq!(decoded.get(ID, &head, 60), Some(expected));
        // the content decides, wherever it is
        let elsewhere = Bytes::copy_from_slice(&head);
        assert!(decoded.get(ID, &elsewhere, 4).is_some());
        decoded.clear();
        assert_eq!(decoded.get(ID, &head, 4), None);
    }

    #[test]
    fn another_head_or_entry_is_decoded() {
        let decoded = Decoded::default();
        let head = Bytes::from_static(b"head");
        decoded.keep(ID, &head, &fields("\"a\""));
        decoded.keep(ID, &head, &fields("\"a\""));
        assert_eq!(decoded.get(ID, b"heat", 4), None, "the entry was updated");
        let neighbour = EntryId(ID.0 + PLACES as u64);
        assert_eq!(decoded.get(neighbour, &head, 4), None);
        decoded.keep(neighbour, &head, &fields("\"b\""));
        assert_eq!(decoded.get(ID, &head, 4), None, "its place was taken");
    }

    #[test]
    fn a_long_head_is_not_kept() {
        let decoded = Decoded::default();
        let head = Bytes::from(vec![b'x'; MAX_HEAD + 1]);
        decoded.keep(ID, &head, &fields("\"a\""));
        decoded.keep(ID, &head, &fields("\"a\""));
        assert_eq!(decoded.get(ID, &head, 4), None);
    }
}

//! The head of an answer from the store (RFC 9111 section 4; RFC 9110 section 15.4.5).

use crate::syntax::{Decimal, Header, Headers};

/// A stored head as it is sent: with one Age line of the current age in the place of any that
/// was stored; for a 304, only the fields that a 304 carries. It wraps a head or a reference to
/// one.
#[derive(Clone, Copy, Debug)]
pub struct Served<S> {
    stored: S,
    age: Option<Decimal>,
    /// The known fields of a 304, if this is one.
    not_modified: Option<&'static [&'static str]>,
}

impl<S: Headers> Served<S> {
    /// A full answer; `age` in whole seconds.
    pub fn new(stored: S, age: Option<u64>) -> Self {
        Self {
            stored,
            age: age.map(Decimal::new),
            not_modified: None,
        }
    }

    /// The fields of a 304 made from the stored head.
    pub fn not_modified(stored: S, age: Option<u64>) -> Self {
        let fields = match stored.has("etag") {
            true => IN_NOT_MODIFIED.get(1..).unwrap_or(&[]),
            false => &IN_NOT_MODIFIED,
        };
        Self {
            not_modified: Some(fields),
            ..Self::new(stored, age)
        }
    }
}

/// What a 304 carries besides Age (req: 9110-15.4.5-01, 9110-15.4.5-02). Last-Modified
/// guides cache updates where there is no entity tag.
const IN_NOT_MODIFIED: [&str; 7] = [
    "last-modified",
    "cache-control",
    "content-location",
    "date",
    "etag",
    "expires",
    "vary",
];

impl<S: Headers> Headers for Served<S> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let age = self.age.as_ref().map(|age| Header::new("Age", age.as_bytes()));
        self.stored
            .fields()
            .filter(|line| line.name != "age")
            .filter(|line| match self.not_modified {
                Some(fields) => fields.iter().any(|name| line.name == *name),
                None => true,
            })
            .chain(age)
    }
}

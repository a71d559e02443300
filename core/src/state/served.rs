//! The head of an answer from the store (RFC 9111 section 4; RFC 9110 section 15.4.5).

use crate::syntax::name::{FieldSet, Known};
use crate::syntax::{Decimal, Header, Headers};

/// A stored head as it is sent: with one Age line of the current age in the place of any that
/// was stored; for a 304, only the fields that a 304 carries. It wraps a head or a reference to
/// one.
#[derive(Clone, Copy, Debug)]
pub struct Served<S> {
    stored: S,
    age: Option<Decimal>,
    /// The fields of a 304 if this is one, else those that stay behind.
    fields: FieldSet,
    not_modified: bool,
}

impl<S: Headers> Served<S> {
    /// A full answer; `age` in whole seconds.
    pub fn new(stored: S, age: Option<u64>) -> Self {
        Self {
            stored,
            age: age.map(Decimal::new),
            fields: Known::Age.bit(),
            not_modified: false,
        }
    }

    /// The fields of a 304 made from the stored head.
    pub fn not_modified(stored: S, age: Option<u64>) -> Self {
        // Last-Modified guides cache updates where there is no entity tag.
        let without_tag = match stored.has("etag") {
            true => 0,
            false => Known::LastModified.bit(),
        };
        Self {
            fields: IN_NOT_MODIFIED | without_tag,
            not_modified: true,
            ..Self::new(stored, age)
        }
    }
}

/// What a 304 carries besides Age (req: 9110-15.4.5-01, 9110-15.4.5-02).
const IN_NOT_MODIFIED: FieldSet = Known::CacheControl.bit()
    | Known::ContentLocation.bit()
    | Known::Date.bit()
    | Known::ETag.bit()
    | Known::Expires.bit()
    | Known::Vary.bit();

impl<S: Headers> Headers for Served<S> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let age = self.age.as_ref().map(|age| Header::new("Age", age.as_bytes()));
        self.stored
            .fields()
            .filter(|line| (line.name.known().map_or(0, Known::bit) & self.fields != 0) == self.not_modified)
            .chain(age)
    }
}

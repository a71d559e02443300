//! The field lines of a request that go out.

use larder::{Header, Headers};

use crate::run::Fields;

/// What is about the client's own answer: a validation in the background must not say it
/// (RFC 9111 section 4.3.1).
const OWN_ANSWER: [&str; 8] = [
    "cache-control",
    "pragma",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
];

/// The caller's, as far as they go out.
pub(crate) struct Outgoing<'a> {
    pub(crate) fields: &'a Fields<'a>,
    pub(crate) background: bool,
}

impl Headers for Outgoing<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let skips = |line: &Header<'_>| self.background && OWN_ANSWER.iter().any(|name| line.name == *name);
        self.fields.fields().filter(move |line| !skips(line))
    }
}

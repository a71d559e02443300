//! The field lines of a request that go out.

use larder::{Header, Headers, OF_THE_CLIENT};

use crate::run::Fields;

/// The caller's, as far as they go out: a validation in the background is not about the caller's answer.
pub(crate) struct Outgoing<'a> {
    pub(crate) fields: &'a Fields<'a>,
    pub(crate) background: bool,
}

impl Headers for Outgoing<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let skips =
            |line: &Header<'_>| self.background && OF_THE_CLIENT.iter().any(|name| line.name == *name);
        self.fields.fields().filter(move |line| !skips(line))
    }
}

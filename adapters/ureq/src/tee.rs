//! Bodies on their way to the caller, stored in passing.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use larder::store::shared::SharedStore;

use crate::cache::Shared;
use crate::collapse::Lead;
use crate::framing::Completion;

/// A write in progress. Dropped, it leaves no trace.
pub(crate) struct Write<S: SharedStore> {
    shared: Arc<Shared<S>>,
    token: Option<S::Token>,
    written: u64,
    completion: Completion,
    lead: Option<Lead>,
}

impl<S: SharedStore> Write<S> {
    pub(crate) fn new(shared: Arc<Shared<S>>, token: S::Token, completion: Completion) -> Self {
        Self {
            shared,
            token: Some(token),
            written: 0,
            completion,
            lead: None,
        }
    }

    /// Others wait for the entry.
    pub(crate) fn lead(&mut self, lead: Option<Lead>) {
        self.lead = lead;
    }

    /// Takes the next bytes of the body, and makes the entry visible with the last of them:
    /// callers that know the length read no further.
    fn keep(&mut self, bytes: &[u8]) {
        let Some(token) = &mut self.token else { return };
        self.written = self.written.saturating_add(bytes.len() as u64);
        let limit = match self.completion {
            Completion::Exact(length) => length.min(self.shared.max_entry_size),
            Completion::Empty | Completion::AtEnd => self.shared.max_entry_size,
        };
        if self.written > limit {
            return self.discard();
        }
        if let Err(error) = self.shared.store.append(token, bytes) {
            // Too large, or no room: nothing to worry about.
            self.shared.stats.store_errors.add();
            log::debug!("the store takes no more of a body: {error}");
            return self.discard();
        }
        self.lead.iter().for_each(Lead::moved);
        if self.completion == Completion::Exact(self.written) {
            self.commit();
        }
    }

    /// The body has ended without an error.
    pub(crate) fn end(&mut self) {
        match self.completion {
            Completion::Empty | Completion::AtEnd => self.commit(),
            Completion::Exact(length) if length == self.written => self.commit(),
            Completion::Exact(_) => self.discard(),
        }
    }

    fn commit(&mut self) {
        let Some(token) = self.token.take() else { return };
        match self.shared.store.commit(token) {
            Ok(_) => self.shared.stats.stored.add(),
            Err(error) => self.shared.store_failed("commit an entry", &error),
        }
        self.lead = None;
    }

    fn discard(&mut self) {
        if self.token.take().is_some() {
            self.shared.stats.discarded.add();
        }
        self.lead = None;
    }
}

impl<S: SharedStore> Drop for Write<S> {
    fn drop(&mut self) {
        self.discard();
    }
}

/// A body that is stored while it is read. Whatever happens to the store, the caller gets
/// what the origin sends.
pub(crate) struct Tee<R, S: SharedStore> {
    body: R,
    write: Write<S>,
}

impl<R: Read, S: SharedStore> Tee<R, S> {
    pub(crate) const fn new(body: R, write: Write<S>) -> Self {
        Self { body, write }
    }
}

impl<R: Read, S: SharedStore> Read for Tee<R, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.body.read(buf) {
            // No end: nothing was asked for.
            Ok(0) if buf.is_empty() => Ok(0),
            Ok(0) => {
                self.write.end();
                Ok(0)
            }
            Ok(count) => {
                self.write.keep(buf.get(..count).unwrap_or_default());
                Ok(count)
            }
            Err(error) => {
                if error.kind() != ErrorKind::Interrupted {
                    self.write.discard();
                }
                Err(error)
            }
        }
    }
}

//! Bodies on their way to the caller, stored in passing.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;

use larder::EntryId;
use log::Level;

use crate::cache::Shared;
use crate::collapse::Lead;
use crate::delivered::Pull;
use crate::framing::Completion;
use crate::notes::note;
use crate::place::Place;
use crate::source::Source;
use crate::store::Writing;

/// A write in progress. Dropped, it leaves no trace.
pub(crate) struct Write {
    shared: Arc<Shared>,
    token: Option<Box<dyn Writing>>,
    place: Place,
    written: u64,
    completion: Completion,
    entry: Option<EntryId>,
    lead: Option<Lead>,
}

impl Write {
    pub(crate) fn new(
        shared: Arc<Shared>,
        token: Box<dyn Writing>,
        completion: Completion,
        place: Place,
    ) -> Self {
        Self {
            shared,
            token: Some(token),
            place,
            written: 0,
            completion,
            entry: None,
            lead: None,
        }
    }

    /// The entry, once it is visible.
    pub(crate) const fn entry(&self) -> Option<EntryId> {
        self.entry
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
            _ => self.shared.max_entry_size,
        };
        if self.written > limit {
            self.place.outdate(&self.shared, false);
            return self.discard();
        }
        if let Err(error) = token.append(bytes) {
            // Too large, or no room: nothing to worry about.
            self.shared.stats.store_errors.add();
            note(
                Level::Debug,
                format_args!("the store takes no more of a body: {error}"),
            );
            self.place.outdate(&self.shared, false);
            return self.discard();
        }
        if self.completion == Completion::Exact(self.written) {
            self.commit();
        }
    }

    /// The body has ended without an error.
    pub(crate) fn end(&mut self, decoded: bool) {
        match self.completion {
            Completion::Empty | Completion::AtEnd => self.commit(),
            Completion::Exact(length) if length == self.written => self.commit(),
            Completion::IfDecoded if decoded => self.commit(),
            Completion::Exact(_) | Completion::Coded => self.discard(),
            Completion::IfDecoded => {
                self.place.outdate(&self.shared, false);
                self.discard();
            }
        }
    }

    fn commit(&mut self) {
        if self.token.is_none() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let held = shared.removals.hold(self.place.key);
        let too_late = held.cover(self.place.key, self.place.removals) || self.place.is_taken(&shared);
        let token = self.token.take_if(|_| !too_late);
        let committed = token.map(|token| token.commit());
        // Whoever writes the log may use this cache.
        drop(held);
        match committed {
            None => self.discard(),
            Some(Ok(id)) => {
                self.entry = Some(id);
                shared.stats.stored.add();
            }
            Some(Err(error)) => {
                shared.store_failed("commit an entry", error);
                self.place.outdate(&shared, false);
            }
        }
        self.lead = None;
    }

    #[inline(never)]
    fn discard(&mut self) {
        if self.token.take().is_some() {
            self.shared.stats.discarded.add();
        }
        self.lead = None;
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        // Whoever has read it knows better than what is stored. A store that has panicked is left alone.
        if self.token.is_some() && !thread::panicking() {
            self.place.outdate(&self.shared, true);
        }
        self.discard();
    }
}

/// A body that is stored while it is read. Whatever happens to the store, the caller gets
/// what the origin sends.
pub(crate) struct Tee {
    source: Box<dyn Source>,
    write: Write,
    alone: bool,
}

impl Tee {
    pub(crate) const fn new(source: Box<dyn Source>, write: Write) -> Self {
        Self {
            source,
            write,
            alone: false,
        }
    }

    pub(crate) const fn completion(&self) -> Completion {
        self.write.completion
    }

    /// The entry, once it is visible.
    pub(crate) const fn entry(&self) -> Option<EntryId> {
        self.write.entry
    }

    /// Nobody wants what is not stored: then it ends.
    pub(crate) const fn for_the_store_alone(mut self, alone: bool) -> Self {
        self.alone = alone;
        self
    }

    /// Whether what is read still goes to the store.
    pub(crate) const fn is_stored(&self) -> bool {
        self.write.token.is_some()
    }
}

impl Pull for Tee {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.alone && !self.is_stored() && self.entry().is_none() {
            return Ok(0);
        }
        match self.source.pull(buf) {
            // No end: nothing was asked for.
            Ok(0) if buf.is_empty() => Ok(0),
            Ok(0) => {
                self.write.end(self.source.was_decoded());
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

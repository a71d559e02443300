//! The stored heads of a lookup: read one by one, kept until it is clear which is needed.

use larder::{EntryId, Key};

use crate::store::{AnyStore, Failed, Head};

/// Where a lookup is. A key has one entry as a rule, so the first head has a place of its own.
#[derive(Default)]
pub(crate) struct Heads {
    key: Option<Key>,
    after: Option<EntryId>,
    /// Read ahead.
    queue: Vec<Head>,
    ahead: bool,
    first: Option<Head>,
    others: Vec<Head>,
}

impl Heads {
    /// Starts at the first head of a key, or of none; with `all_at_once` it reads them all now, so that
    /// what happens to the entries does not change which ones come.
    pub(crate) fn rewind(
        &mut self,
        key: Option<Key>,
        store: &dyn AnyStore,
        all_at_once: bool,
    ) -> Option<Failed> {
        self.key = key;
        self.after = None;
        self.queue.clear();
        self.ahead = all_at_once;
        self.first = None;
        self.others.clear();
        let key = key.filter(|_| all_at_once)?;
        loop {
            match store.next_head(key, self.after) {
                Ok(Some(head)) => {
                    self.after = Some(head.id);
                    self.queue.push(head);
                }
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// The next head, kept until the next lookup.
    pub(crate) fn advance(&mut self, store: &dyn AnyStore) -> Result<Option<&Head>, Failed> {
        let head = match self.key {
            _ if self.ahead => (!self.queue.is_empty()).then(|| self.queue.remove(0)),
            Some(key) => store.next_head(key, self.after)?,
            None => None,
        };
        Ok(head.map(|head| {
            self.after = Some(head.id);
            self.keep(head)
        }))
    }

    /// Whether this entry is yet to come.
    pub(crate) fn is_ahead(&self, id: EntryId) -> bool {
        self.queue.iter().any(|head| head.id == id)
    }

    /// Lets one more come.
    pub(crate) fn push_ahead(&mut self, head: Head) {
        self.queue.push(head);
    }

    #[inline(never)]
    pub(crate) fn keep(&mut self, head: Head) -> &Head {
        if self.first.is_none() {
            return self.first.insert(head);
        }
        let at = self.others.len();
        self.others.push(head);
        &self.others[at]
    }

    /// The heads that were read and not taken.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Head> {
        self.first.iter().chain(&self.others)
    }

    /// The head of this entry, if it was read.
    #[inline(never)]
    pub(crate) fn take(&mut self, id: EntryId) -> Option<Head> {
        if self.first.as_ref().is_some_and(|head| head.id == id) {
            return self.first.take();
        }
        let at = self.others.iter().position(|head| head.id == id)?;
        Some(self.others.swap_remove(at))
    }
}

//! The stored heads of a lookup: read one by one, kept until it is clear which is needed.

use std::collections::VecDeque;

use larder::store::shared::{SharedStore, StoredHead};
use larder::{EntryId, Key};

/// Where a lookup is. A key has one entry as a rule, so the first head has a place of its own.
pub(crate) struct Heads<H> {
    key: Option<Key>,
    after: Option<EntryId>,
    /// Read ahead.
    queue: VecDeque<StoredHead<H>>,
    ahead: bool,
    first: Option<StoredHead<H>>,
    others: Vec<StoredHead<H>>,
}

impl<H> Default for Heads<H> {
    fn default() -> Self {
        Self {
            key: None,
            after: None,
            queue: VecDeque::new(),
            ahead: false,
            first: None,
            others: Vec::new(),
        }
    }
}

impl<H> Heads<H> {
    /// Starts at the first head of a key; with `all_at_once` it reads them all now, so that
    /// what happens to the entries does not change which ones come.
    pub(crate) fn rewind<S>(&mut self, key: Key, store: &S, all_at_once: bool) -> Option<S::Error>
    where
        S: SharedStore<Head = H>,
    {
        *self = Self {
            key: Some(key),
            ahead: all_at_once,
            ..Self::default()
        };
        if !all_at_once {
            return None;
        }
        loop {
            match store.next_head(key, self.after) {
                Ok(Some(head)) => {
                    self.after = Some(head.id);
                    self.queue.push_back(head);
                }
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// The next head, kept until the next lookup.
    pub(crate) fn advance<S>(&mut self, store: &S) -> Result<Option<&StoredHead<H>>, S::Error>
    where
        S: SharedStore<Head = H>,
    {
        let head = match self.key {
            _ if self.ahead => self.queue.pop_front(),
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
    pub(crate) fn push_ahead(&mut self, head: StoredHead<H>) {
        self.queue.push_back(head);
    }

    pub(crate) fn keep(&mut self, head: StoredHead<H>) -> &StoredHead<H> {
        if self.first.is_none() {
            return self.first.insert(head);
        }
        let at = self.others.len();
        self.others.push(head);
        &self.others[at]
    }

    /// The heads that were read and not taken.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &StoredHead<H>> {
        self.first.iter().chain(&self.others)
    }

    /// The head of this entry, if it was read.
    pub(crate) fn take(&mut self, id: EntryId) -> Option<StoredHead<H>> {
        if self.first.as_ref().is_some_and(|head| head.id == id) {
            return self.first.take();
        }
        let at = self.others.iter().position(|head| head.id == id)?;
        Some(self.others.swap_remove(at))
    }
}

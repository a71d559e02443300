//! The store's operations.

use super::token::Purpose;
use super::{HeapStore, HeapToken};
use crate::facts::{EntryId, Key, Now, StoredFacts};
use crate::store::place::{copy_body, copy_head};
use crate::store::{Store, StoreError};

impl Store for HeapStore {
    type Token = HeapToken;
    type Error = StoreError;

    fn seed(&self) -> u64 {
        self.seed
    }

    fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, StoreError> {
        let Some((id, entry)) = self.entries.after(key, after) else {
            return Ok(None);
        };
        Ok(Some((id, entry.facts, copy_head(&entry.head, head)?)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, StoreError> {
        let Some(entry) = self.visit(id) else {
            return Ok(None);
        };
        Ok(Some((entry.facts, copy_head(&entry.head, head)?)))
    }

    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, StoreError> {
        let entry = self.visit(id);
        Ok(entry.map(|entry| copy_body(&entry.body, offset, body)))
    }

    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        Ok(self.entries.get(id).map(|entry| entry.body.len() as u64))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<HeapToken, StoreError> {
        let generation = self.entries.next_generation();
        let purpose = Purpose::Entry {
            key,
            sent_at,
            generation,
        };
        self.token(purpose, facts, self.limits.max_entry_bytes())
    }

    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<HeapToken>, StoreError> {
        let max = self.limits.max_entry_bytes();
        // a use, so that the head does not push out its own entry
        let Some(entry) = self.visit(id) else {
            return Ok(None);
        };
        let limit = max.saturating_sub(entry.body.len());
        let (key, marks) = (entry.key, entry.marks);
        let purpose = Purpose::Head { id, marks };
        let facts = self.invalidations.judge(facts, key, sent_at);
        self.token(purpose, &facts, limit).map(Some)
    }

    fn append_head(&mut self, token: &mut HeapToken, chunk: &[u8]) -> Result<(), StoreError> {
        token.write_head(chunk, |bytes| self.make_room(bytes))
    }

    fn append(&mut self, token: &mut HeapToken, chunk: &[u8]) -> Result<(), StoreError> {
        token.write_body(chunk, |bytes| self.make_room(bytes))
    }

    fn commit(&mut self, mut token: HeapToken) -> Result<EntryId, StoreError> {
        if !self.accepts(&token) {
            return Err(StoreError::Gone);
        }
        token.seal();
        match token.purpose {
            Purpose::Entry {
                key,
                sent_at,
                generation,
            } => self.commit_entry(token, key, sent_at, generation),
            Purpose::Head { id, marks } => self.commit_head(token, id, marks),
        }
    }

    fn remove(&mut self, id: EntryId) -> Result<(), StoreError> {
        self.take_out(id);
        Ok(())
    }

    fn mark_invalid(&mut self, id: EntryId) -> Result<(), StoreError> {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.mark_invalid();
        }
        Ok(())
    }

    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), StoreError> {
        self.invalidations.record(key, at);
        self.entries.mark_key(key);
        Ok(())
    }

    /// Removes everything; writes in progress are gone.
    fn clear(&mut self) -> Result<(), StoreError> {
        self.clears = self.clears.wrapping_add(1);
        self.entries.clear();
        self.ledger.give_back(core::mem::take(&mut self.entry_bytes));
        self.count_tables();
        Ok(())
    }
}

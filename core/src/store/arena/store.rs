//! The store's operations.

use super::memory::UPDATE;
use super::{ArenaStore, ArenaToken, Chain, Record, State, Update};
use crate::facts::{EntryId, Key, Now, StoredFacts};
use crate::store::place::{Place, is_before};
use crate::store::{Store, StoreError};

impl ArenaStore<'_> {
    /// The record of a write that is still there, which gets on.
    fn written(&mut self, token: &ArenaToken) -> Result<Record, StoreError> {
        if token.slot >= self.memory.layout.entries {
            return Err(StoreError::Gone);
        }
        let record = self.record(token.slot);
        if record.state(&self.memory) != State::Writing || record.generation(&self.memory) != token.generation
        {
            return Err(StoreError::Gone);
        }
        let now = self.memory.generation();
        record.set_progress(&mut self.memory, now);
        Ok(record)
    }

    fn read_chain(&self, chain: Chain, out: &mut [u8]) -> Result<usize, StoreError> {
        let needed = usize::try_from(chain.length).unwrap_or(usize::MAX);
        if needed > out.len() {
            return Err(StoreError::BufferTooSmall { needed });
        }
        Ok(chain.read(&self.memory, 0, out))
    }

    fn append_update(&mut self, token: &ArenaToken, chunk: &[u8]) -> Result<(), StoreError> {
        let update = self.update.as_ref();
        let update = update.filter(|update| update.generation == token.generation);
        let mut head = update.ok_or(StoreError::Gone)?.head;
        let appended = match self.fits(head, chunk.len()) {
            Ok(()) => self.extend(UPDATE, &mut head, chunk),
            Err(needed) => Err(StoreError::HeadTooLarge {
                needed,
                limit: self.limit(),
            }),
        };
        if let Some(update) = &mut self.update {
            update.head = head;
        }
        appended.inspect_err(|_| self.drop_update())
    }

    fn commit_update(&mut self, token: &ArenaToken) -> Result<EntryId, StoreError> {
        let own = |update: &Update| update.generation == token.generation;
        if !self.update.as_ref().is_some_and(own) {
            return Err(StoreError::Gone);
        }
        let update = self.update.take().ok_or(StoreError::Gone)?;
        let record = self.record(update.slot);
        let there =
            record.state(&self.memory) == State::Visible && record.generation(&self.memory) == update.entry;
        if !there {
            self.release_chain(update.head);
            return Err(StoreError::Gone);
        }
        let facts = match update.marked {
            true => update.facts.invalidated(),
            false => update.facts,
        };
        let old = record.head(&self.memory);
        update.head.give(&mut self.memory, update.slot);
        record.replace_head(&mut self.memory, update.head, &facts);
        self.release_chain(old);
        Ok(self.id(update.slot))
    }

    fn commit_entry(&mut self, token: &ArenaToken) -> Result<EntryId, StoreError> {
        let record = self.written(token)?;
        let (key, facts) = (record.key(&self.memory), record.facts(&self.memory));
        let facts = facts.ok_or(StoreError::Gone)?;
        let mut replaced = false;
        for slot in 0..self.memory.layout.entries {
            let other = self.record(slot);
            let same = other.state(&self.memory) == State::Visible
                && other.key(&self.memory) == key
                && other.facts(&self.memory).is_some_and(|old| facts.replaces(&old));
            if same {
                if is_before(token.generation, other.generation(&self.memory)) {
                    let id = self.id(token.slot);
                    self.clear_slot(token.slot);
                    return Ok(id); // overtaken
                }
                self.clear_slot(slot);
                replaced = true;
            }
        }
        record.commit(&mut self.memory);
        // asked for again after it had been stored: that is a use
        record.set_visited(&mut self.memory, replaced);
        Ok(self.id(token.slot))
    }
}

impl Store for ArenaStore<'_> {
    type Token = ArenaToken;
    type Error = StoreError;

    fn seed(&self) -> u64 {
        self.memory.seed()
    }

    fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, StoreError> {
        let next = (0..self.memory.layout.entries)
            .filter(|slot| {
                let record = self.record(*slot);
                record.state(&self.memory) == State::Visible && record.key(&self.memory) == Some(key)
            })
            .map(|slot| (self.id(slot), slot))
            .filter(|(id, _)| after.is_none_or(|after| *id > after))
            .min();
        let Some((id, slot)) = next else { return Ok(None) };
        let record = self.record(slot);
        let Some(facts) = record.facts(&self.memory) else {
            return Ok(None);
        };
        let length = self.read_chain(record.head(&self.memory), head)?;
        Ok(Some((id, facts, length)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, StoreError> {
        let Some((_, record)) = self.find(id) else {
            return Ok(None);
        };
        record.set_visited(&mut self.memory, true);
        let Some(facts) = record.facts(&self.memory) else {
            return Ok(None);
        };
        Ok(Some((facts, self.read_chain(record.head(&self.memory), head)?)))
    }

    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, StoreError> {
        let Some((_, record)) = self.find(id) else {
            return Ok(None);
        };
        record.set_visited(&mut self.memory, true);
        Ok(Some(record.body(&self.memory).read(&self.memory, offset, body)))
    }

    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        let found = self.find(id);
        Ok(found.map(|(_, record)| u64::from(record.body(&self.memory).length)))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<ArenaToken, StoreError> {
        let slot = self.take_slot().ok_or(StoreError::Full)?;
        let generation = self.next_generation();
        // Judged now; what is invalidated from here on marks the write.
        let facts = self.judge(facts, key, sent_at);
        let record = self.record(slot);
        record.begin(&mut self.memory, generation, key, &facts);
        Ok(ArenaToken { slot, generation })
    }

    /// Takes the place of another update in progress.
    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<ArenaToken>, StoreError> {
        let Some((slot, record)) = self.find(id) else {
            return Ok(None);
        };
        record.set_visited(&mut self.memory, true); // a use, so that it stays meanwhile
        self.drop_update();
        let facts = match record.key(&self.memory) {
            Some(key) => self.judge(facts, key, sent_at),
            None => *facts,
        };
        let generation = self.next_generation();
        self.update = Some(Update {
            slot,
            entry: Place::of(id).generation,
            generation,
            facts,
            marked: false,
            head: Chain::EMPTY,
        });
        Ok(Some(ArenaToken {
            slot: UPDATE,
            generation,
        }))
    }

    fn append_head(&mut self, token: &mut ArenaToken, chunk: &[u8]) -> Result<(), StoreError> {
        if token.slot == UPDATE {
            return self.append_update(token, chunk);
        }
        let record = self.written(token)?;
        let mut head = record.head(&self.memory);
        let appended = match self.fits(head, chunk.len()) {
            Ok(()) => self.extend(token.slot, &mut head, chunk),
            Err(needed) => Err(StoreError::HeadTooLarge {
                needed,
                limit: self.limit(),
            }),
        };
        record.set_head(&mut self.memory, head);
        // An append that does not fit is the end of its write: never a part of a response.
        appended.inspect_err(|_| self.clear_slot(token.slot))
    }

    fn append(&mut self, token: &mut ArenaToken, chunk: &[u8]) -> Result<(), StoreError> {
        if token.slot == UPDATE {
            // the body of an entry that gets a new head stays as it is
            self.append_update(token, &[])?;
            return match chunk.is_empty() {
                true => Ok(()),
                false => {
                    self.drop_update();
                    Err(StoreError::BodyTooLarge { limit: 0 })
                }
            };
        }
        let record = self.written(token)?;
        let mut body = record.body(&self.memory);
        let appended = match self.fits(body, chunk.len()) {
            Ok(()) => self.extend(token.slot, &mut body, chunk),
            Err(_) => Err(StoreError::BodyTooLarge {
                limit: self.limit() as u64,
            }),
        };
        record.set_body(&mut self.memory, body);
        appended.inspect_err(|_| self.clear_slot(token.slot))
    }

    fn commit(&mut self, token: ArenaToken) -> Result<EntryId, StoreError> {
        match token.slot {
            UPDATE => self.commit_update(&token),
            _ => self.commit_entry(&token),
        }
    }

    fn remove(&mut self, id: EntryId) -> Result<(), StoreError> {
        if let Some((slot, _)) = self.find(id) {
            self.clear_slot(slot);
        }
        Ok(())
    }

    fn mark_invalid(&mut self, id: EntryId) -> Result<(), StoreError> {
        if let Some((slot, _)) = self.find(id) {
            self.mark(slot);
        }
        Ok(())
    }

    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), StoreError> {
        self.stamps.record(key, at);
        for slot in 0..self.memory.layout.entries {
            let record = self.record(slot);
            if record.state(&self.memory) != State::Free && record.key(&self.memory) == Some(key) {
                self.mark(slot);
            }
        }
        Ok(())
    }

    /// Removes everything; writes in progress are gone.
    fn clear(&mut self) -> Result<(), StoreError> {
        self.drop_update();
        for slot in 0..self.memory.layout.entries {
            self.clear_slot(slot);
        }
        Ok(())
    }
}

//! The store's operations.

use super::slot::{Content, Slot, Update, Write};
use super::{Race, SPARE, SlotStore, SlotToken, Stamps, id, index};
use crate::facts::{EntryId, Key, Now, StoredFacts};
use crate::store::place::{Place, copy_body, copy_head, next_generation};
use crate::store::{Store, StoreError};

impl<const SLOTS: usize, const HEAD: usize, const BODY: usize> Store for SlotStore<SLOTS, HEAD, BODY> {
    type Token = SlotToken;
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
        let mut next: Option<(EntryId, usize)> = None;
        for (index, slot) in self.slots.iter().enumerate() {
            let id = id(index, slot.generation);
            let of_key = slot.visible().is_some_and(|entry| entry.key == key);
            let follows = after.is_none_or(|after| id > after);
            if of_key && follows && next.is_none_or(|(next, _)| id < next) {
                next = Some((id, index));
            }
        }
        let Some((id, slot)) = next.and_then(|(id, index)| Some((id, self.slots.get(index)?))) else {
            return Ok(None);
        };
        let Some(entry) = slot.visible() else {
            return Ok(None);
        };
        Ok(Some((id, entry.facts, copy_head(&slot.head, head)?)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, StoreError> {
        let Some(slot) = self.visit(id) else {
            return Ok(None);
        };
        let Some(entry) = slot.visible() else {
            return Ok(None);
        };
        Ok(Some((entry.facts, copy_head(&slot.head, head)?)))
    }

    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, StoreError> {
        let slot = self.visit(id);
        Ok(slot.map(|slot| copy_body(&slot.body, offset, body)))
    }

    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        let slot = self.slot(id).filter(|slot| slot.visible().is_some());
        Ok(slot.map(|slot| slot.body.len() as u64))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<SlotToken, StoreError> {
        let index = self.take_slot().ok_or(StoreError::Full)?;
        let generation = self.next_generation();
        let slot = self.slots.get_mut(index).ok_or(StoreError::Full)?;
        slot.free();
        slot.generation = generation;
        slot.content = Content::Writing(Write {
            key,
            facts: *facts,
            sent_at,
            progress: generation,
        });
        Ok(SlotToken { index, generation })
    }

    /// Takes the spare area over from another update in progress.
    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<SlotToken>, StoreError> {
        // a use, so that it stays while the head is written
        let key = self.visit(id).and_then(Slot::visible).map(|entry| entry.key);
        let (Some(key), Some(index)) = (key, index(id)) else {
            return Ok(None);
        };
        self.spare.free();
        self.spare.generation = next_generation(self.spare.generation);
        self.spare.update = Update::Of {
            index,
            generation: Place::of(id).generation,
            facts: self.judge(facts, key, sent_at),
            marked: false,
        };
        Ok(Some(SlotToken {
            index: SPARE,
            generation: self.spare.generation,
        }))
    }

    fn append_head(&mut self, token: &mut SlotToken, chunk: &[u8]) -> Result<(), StoreError> {
        let limit = HEAD;
        if self.is_spare(token) {
            if let Update::None = self.spare.update {
                return Err(StoreError::Gone);
            }
            let needed = self.spare.head.len().saturating_add(chunk.len());
            return self.spare.head.extend_from_slice(chunk).map_err(|_| {
                self.spare.free();
                StoreError::HeadTooLarge { needed, limit }
            });
        }
        let slot = self.written(token)?;
        let needed = slot.head.len().saturating_add(chunk.len());
        match slot.head.extend_from_slice(chunk) {
            Ok(()) => Ok(()),
            Err(_) => too_large(slot, StoreError::HeadTooLarge { needed, limit }),
        }
    }

    fn append(&mut self, token: &mut SlotToken, chunk: &[u8]) -> Result<(), StoreError> {
        if self.is_spare(token) {
            return match self.spare.update {
                Update::None => Err(StoreError::Gone),
                Update::Of { .. } if chunk.is_empty() => Ok(()),
                Update::Of { .. } => {
                    // the body of an entry that gets a new head stays as it is
                    self.spare.free();
                    Err(StoreError::BodyTooLarge { limit: 0 })
                }
            };
        }
        let slot = self.written(token)?;
        match slot.body.extend_from_slice(chunk) {
            Ok(()) => Ok(()),
            Err(_) => too_large(slot, StoreError::BodyTooLarge { limit: BODY as u64 }),
        }
    }

    fn commit(&mut self, token: SlotToken) -> Result<EntryId, StoreError> {
        if self.is_spare(&token) {
            let committed = self.commit_head();
            self.spare.free();
            committed
        } else {
            self.commit_entry(&token)
        }
    }

    fn remove(&mut self, id: EntryId) -> Result<(), StoreError> {
        match self.slot_mut(id) {
            Some(slot) if slot.visible().is_some() => slot.free(),
            _ => {}
        }
        Ok(())
    }

    fn mark_invalid(&mut self, id: EntryId) -> Result<(), StoreError> {
        if let Some(entry) = self.slot_mut(id).and_then(Slot::visible_mut) {
            entry.facts = entry.facts.invalidated();
            self.spare.mark(index(id).unwrap_or(SPARE));
        }
        Ok(())
    }

    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), StoreError> {
        if let Race::None = self.race {
            self.race = Race::Last(Stamps::new());
        }
        if let Race::Last(stamps) = &mut self.race {
            stamps.record(key, at);
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(entry) = slot.visible_mut().filter(|entry| entry.key == key) {
                entry.facts = entry.facts.invalidated();
                self.spare.mark(index);
            }
        }
        Ok(())
    }

    /// Removes everything; writes in progress are gone.
    fn clear(&mut self) -> Result<(), StoreError> {
        self.remove_all();
        Ok(())
    }
}

/// An append that does not fit is the end of its write: a part of a response is never
/// committed, and the slot is free at once.
fn too_large<const HEAD: usize, const BODY: usize>(
    slot: &mut Slot<HEAD, BODY>,
    error: StoreError,
) -> Result<(), StoreError> {
    slot.free();
    Err(error)
}

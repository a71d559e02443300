//! A store of which the image has nothing: every answer is unknown.

use larder::store::{Store, StoreError};
use larder::{EntryId, Key, Now, StoredFacts};

use crate::inputs::{fill, give, give_bytes, word};

/// The store. Its tokens are nothing.
pub struct Elsewhere;

/// Whether something worked.
fn outcome() -> Result<(), StoreError> {
    if word() == 0 {
        Ok(())
    } else {
        Err(StoreError::Full)
    }
}

fn read(head: &mut [u8]) -> Result<Option<(StoredFacts, usize)>, StoreError> {
    outcome()?;
    fill(head);
    let mut bytes = [0; StoredFacts::BYTES];
    fill(&mut bytes);
    Ok(StoredFacts::from_bytes(&bytes)
        .ok()
        .map(|facts| (facts, word() as usize)))
}

impl Store for Elsewhere {
    type Token = ();
    type Error = StoreError;

    fn seed(&self) -> u64 {
        u64::from(word())
    }

    fn next_head(
        &mut self,
        key: Key,
        _: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, StoreError> {
        give(key.get() as u32);
        Ok(read(head)?.map(|(facts, length)| (EntryId(u64::from(word())), facts, length)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, StoreError> {
        give(id.0 as u32);
        read(head)
    }

    fn read_at(&mut self, _: EntryId, _: u64, body: &mut [u8]) -> Result<Option<usize>, StoreError> {
        outcome()?;
        fill(body);
        Ok(Some(word() as usize))
    }

    fn body_len(&mut self, _: EntryId) -> Result<Option<u64>, StoreError> {
        outcome()?;
        Ok(Some(u64::from(word())))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, _: Now) -> Result<(), StoreError> {
        give(key.get() as u32);
        give_bytes(&facts.to_bytes());
        outcome()
    }

    fn begin_head(&mut self, _: EntryId, facts: &StoredFacts, _: Now) -> Result<Option<()>, StoreError> {
        give_bytes(&facts.to_bytes());
        outcome().map(Some)
    }

    fn append_head(&mut self, (): &mut (), chunk: &[u8]) -> Result<(), StoreError> {
        give_bytes(chunk);
        outcome()
    }

    fn append(&mut self, (): &mut (), chunk: &[u8]) -> Result<(), StoreError> {
        give_bytes(chunk);
        outcome()
    }

    fn commit(&mut self, (): ()) -> Result<EntryId, StoreError> {
        outcome()?;
        Ok(EntryId(u64::from(word())))
    }

    fn remove(&mut self, _: EntryId) -> Result<(), StoreError> {
        outcome()
    }

    fn mark_invalid(&mut self, _: EntryId) -> Result<(), StoreError> {
        outcome()
    }

    fn invalidate(&mut self, key: Key, _: Now) -> Result<(), StoreError> {
        give(key.get() as u32);
        outcome()
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        outcome()
    }
}

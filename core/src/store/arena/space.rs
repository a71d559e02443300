//! Room: who gets it and who gives it.

use super::memory::{END, NOBODY, UPDATE};
use super::{ArenaStore, Chain, State, StoreError};

impl ArenaStore<'_> {
    /// A block belongs to nobody any more.
    pub(super) fn release(&mut self, block: u16) {
        self.memory.set_owner(block, NOBODY);
        self.memory.set_next(block, self.free);
        self.free = block;
    }

    pub(super) fn release_chain(&mut self, chain: Chain) {
        let mut block = chain.first;
        for _ in 0..chain.blocks() {
            let next = self.memory.next(block);
            self.release(block);
            block = next;
        }
    }

    /// What is in a slot is gone.
    pub(super) fn clear_slot(&mut self, slot: u16) {
        let record = self.record(slot);
        if record.state(&self.memory) != State::Free {
            let chains = [record.head(&self.memory), record.body(&self.memory)];
            record.wipe(&mut self.memory);
            chains.into_iter().for_each(|chain| self.release_chain(chain));
        }
    }

    pub(super) fn drop_update(&mut self) {
        if let Some(update) = self.update.take() {
            self.release_chain(update.head);
        }
    }

    /// Appends bytes to a chain that belongs to a slot or to the update.
    pub(super) fn extend(&mut self, owner: u16, chain: &mut Chain, bytes: &[u8]) -> Result<(), StoreError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let fresh = chain.is_full();
            if fresh {
                let block = self.take_block(owner).ok_or(StoreError::Full)?;
                chain.link(&mut self.memory, block);
            }
            rest = chain.fill(&mut self.memory, rest, fresh);
        }
        Ok(())
    }

    fn take_block(&mut self, owner: u16) -> Option<u16> {
        while self.free == END {
            if !self.make_room(owner) {
                return None;
            }
        }
        let block = self.free;
        self.free = self.memory.next(block);
        self.memory.set_owner(block, owner);
        Some(block)
    }

    /// Frees something that `owner` can do without.
    fn make_room(&mut self, owner: u16) -> bool {
        let updated = match &self.update {
            Some(update) if owner == UPDATE => Some(update.slot),
            _ => None,
        };
        if owner != UPDATE && self.update.is_some() {
            self.drop_update();
            return true;
        }
        let other = |slot: u16| slot != owner && Some(slot) != updated;
        let victim = self.abandoned(other).or_else(|| self.evict(other));
        victim.map(|slot| self.clear_slot(slot)).is_some()
    }

    /// The slot that a new write takes.
    pub(super) fn take_slot(&mut self) -> Option<u16> {
        let slots = 0..self.memory.layout.entries;
        let free = slots
            .clone()
            .find(|slot| self.record(*slot).state(&self.memory) == State::Free);
        let slot = free
            .or_else(|| self.abandoned(|_| true))
            .or_else(|| self.evict(|_| true))
            .or_else(|| self.idlest(|_| true).map(|(slot, _)| slot))?;
        self.clear_slot(slot);
        Some(slot)
    }

    /// A write that others have overtaken: half as many as there are slots, at least two.
    fn abandoned(&self, which: impl Fn(u16) -> bool) -> Option<u16> {
        let patience = u32::from(self.memory.layout.entries).wrapping_shr(1).max(2);
        let (slot, idle) = self.idlest(which)?;
        (idle >= patience).then_some(slot)
    }

    /// The write that stands still for longest, and for how many writes.
    fn idlest(&self, which: impl Fn(u16) -> bool) -> Option<(u16, u32)> {
        let now = self.memory.generation();
        (0..self.memory.layout.entries)
            .filter(|slot| which(*slot))
            .filter(|slot| self.record(*slot).state(&self.memory) == State::Writing)
            .map(|slot| (slot, now.wrapping_sub(self.record(slot).progress(&self.memory))))
            .reduce(|most, next| if next.1 > most.1 { next } else { most })
    }

    /// The entry that the clock's hand picks: the first that was not used since it passed.
    fn evict(&mut self, which: impl Fn(u16) -> bool) -> Option<u16> {
        let entries = self.memory.layout.entries;
        for _ in 0..u32::from(entries).saturating_mul(2) {
            let slot = if self.hand < entries { self.hand } else { 0 };
            self.hand = slot.wrapping_add(1);
            let record = self.record(slot);
            if record.state(&self.memory) == State::Visible && which(slot) {
                if !record.is_visited(&self.memory) {
                    return Some(slot);
                }
                record.set_visited(&mut self.memory, false);
            }
        }
        None
    }

    /// Bytes that a chain may still take; `None` when there would be more than the limit.
    pub(super) fn fits(&self, chain: Chain, more: usize) -> Result<(), usize> {
        let needed = usize::try_from(chain.length)
            .unwrap_or(usize::MAX)
            .saturating_add(more);
        if needed > self.limit() {
            Err(needed)
        } else {
            Ok(())
        }
    }
}

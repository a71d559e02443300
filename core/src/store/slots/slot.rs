//! One slot: an entry, a write in progress, or nothing.

use heapless::Vec;

use crate::facts::{Key, Now, StoredFacts};

/// What is in a slot. The tag is a byte of its own whose 0 is [`Free`](Self::Free), so that a
/// `static` of an empty store is all zeros and costs no flash.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Content {
    Free = 0,
    Writing(Write) = 1,
    Visible(Visible) = 2,
}

/// A write in progress.
#[derive(Clone, Copy)]
pub(super) struct Write {
    pub(super) key: Key,
    pub(super) facts: StoredFacts,
    pub(super) sent_at: Now,
    /// The generation of the store when it was last appended to.
    pub(super) progress: u32,
}

/// An entry.
#[derive(Clone, Copy)]
pub(super) struct Visible {
    pub(super) key: Key,
    pub(super) facts: StoredFacts,
    /// Used since it came, or since the hand passed.
    pub(super) visited: bool,
}

/// A place for one entry.
pub(super) struct Slot<const HEAD: usize, const BODY: usize> {
    pub(super) content: Content,
    pub(super) generation: u32,
    pub(super) head: Vec<u8, HEAD>,
    pub(super) body: Vec<u8, BODY>,
}

impl<const HEAD: usize, const BODY: usize> Slot<HEAD, BODY> {
    pub(super) const FREE: Self = Self {
        content: Content::Free,
        generation: 0,
        head: Vec::new(),
        body: Vec::new(),
    };

    pub(super) fn visible(&self) -> Option<&Visible> {
        match &self.content {
            Content::Visible(visible) => Some(visible),
            _ => None,
        }
    }

    pub(super) fn visible_mut(&mut self) -> Option<&mut Visible> {
        match &mut self.content {
            Content::Visible(visible) => Some(visible),
            _ => None,
        }
    }

    pub(super) fn writing_mut(&mut self) -> Option<&mut Write> {
        match &mut self.content {
            Content::Writing(write) => Some(write),
            _ => None,
        }
    }

    /// What is in the slot is gone.
    pub(super) fn free(&mut self) {
        self.content = Content::Free;
        self.head.clear();
        self.body.clear();
    }

    /// How many writes ago a write in progress was last appended to.
    pub(super) fn idle(&self, generation: u32) -> Option<u32> {
        match &self.content {
            Content::Writing(write) => Some(generation.wrapping_sub(write.progress)),
            _ => None,
        }
    }
}

/// The area in which a new head for an entry is written.
pub(super) struct Spare<const HEAD: usize> {
    pub(super) update: Update,
    /// Of the last write of a head; 0 before the first.
    pub(super) generation: u32,
    pub(super) head: Vec<u8, HEAD>,
}

/// The update that a spare head is for.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Update {
    None = 0,
    Of {
        index: usize,
        generation: u32,
        facts: StoredFacts,
        /// The entry was marked invalid in the meantime.
        marked: bool,
    } = 1,
}

impl<const HEAD: usize> Spare<HEAD> {
    pub(super) const UNUSED: Self = Self {
        update: Update::None,
        generation: 0,
        head: Vec::new(),
    };

    pub(super) fn free(&mut self) {
        self.update = Update::None;
        self.head.clear();
    }

    /// Remembers that the entry in a slot was marked invalid.
    pub(super) fn mark(&mut self, slot: usize) {
        if let Update::Of { index, marked, .. } = &mut self.update {
            *marked |= *index == slot;
        }
    }
}

//! Bytes in chains of blocks.

use super::memory::{BLOCK, END, MARK, Memory};
use crate::facts::Checksum;

/// A chain of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) first: u16,
    /// Where the next bytes go; meaningless once a record is written.
    pub(super) last: u16,
    /// Bytes in it.
    pub(super) length: u32,
}

impl Chain {
    pub(super) const EMPTY: Self = Self {
        first: END,
        last: END,
        length: 0,
    };

    /// Bytes in the last block, 0 when it is full or there is none.
    fn filled(self) -> usize {
        usize::try_from(self.length).unwrap_or(0) & (BLOCK - 1)
    }

    /// Whether the next byte needs a block.
    pub(super) fn is_full(self) -> bool {
        self.filled() == 0
    }

    /// How many blocks it has.
    pub(super) fn blocks(self) -> u32 {
        blocks_for(self.length)
    }

    /// Takes a block in.
    pub(super) fn link(&mut self, memory: &mut Memory<'_>, block: u16) {
        memory.set_next(block, END);
        match self.first {
            END => self.first = block,
            _ => memory.set_next(self.last, block),
        }
        self.last = block;
    }

    /// Appends what fits the last block; what is left is returned.
    pub(super) fn fill<'b>(&mut self, memory: &mut Memory<'_>, bytes: &'b [u8], fresh: bool) -> &'b [u8] {
        let start = if fresh { 0 } else { self.filled() };
        let room = memory.block_mut(self.last).get_mut(start..).unwrap_or_default();
        let count = room.len().min(bytes.len());
        room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.length = self.length.saturating_add(u32::try_from(count).unwrap_or(0));
        bytes.get(count..).unwrap_or_default()
    }

    /// Copies bytes from an offset on; how many.
    pub(super) fn read(self, memory: &Memory<'_>, offset: u64, out: &mut [u8]) -> usize {
        let mut left = u64::from(self.length).saturating_sub(offset);
        let mut skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let (mut block, mut out, mut copied) = (self.first, out, 0usize);
        while block != END && left > 0 && !out.is_empty() {
            if let Some(rest) = skip.checked_sub(BLOCK) {
                skip = rest;
            } else {
                let bytes = memory.block(block).get(skip..).unwrap_or_default();
                let most = usize::try_from(left).unwrap_or(usize::MAX);
                let count = bytes.len().min(most).min(out.len());
                let (now, later) = out.split_at_mut_checked(count).unwrap_or_default();
                now.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                out = later;
                copied = copied.wrapping_add(count);
                left = left.saturating_sub(count as u64);
                skip = 0;
            }
            block = memory.next(block);
        }
        copied
    }

    /// The checksum of its bytes.
    pub(super) fn sum(self, memory: &Memory<'_>) -> u64 {
        let mut sum = Checksum::new();
        let mut block = self.first;
        for _ in 1..self.blocks() {
            sum.words(memory.block(block));
            block = memory.next(block);
        }
        let last = match self.filled() {
            0 if self.length == 0 => 0,
            0 => BLOCK,
            filled => filled,
        };
        sum.finish(memory.block(block).get(..last).unwrap_or_default())
    }

    /// Gives all blocks to another owner.
    pub(super) fn give(self, memory: &mut Memory<'_>, owner: u16) {
        self.each(memory, self.blocks(), |memory, block| {
            memory.set_owner(block, owner)
        });
    }

    /// Marks the blocks, if each exists, belongs to this owner and to no chain that was marked
    /// before, and the chain ends where its length says. Nothing is marked otherwise.
    pub(super) fn mark(self, memory: &mut Memory<'_>, owner: u16) -> bool {
        let (mut block, mut marked) = (self.first, 0);
        while marked < self.blocks() && block < memory.layout.blocks && memory.owner(block) == owner {
            memory.set_owner(block, owner | MARK);
            block = memory.next(block);
            marked = marked.wrapping_add(1);
        }
        let whole = marked == self.blocks() && block == END;
        if !whole {
            self.each(memory, marked, |memory, block| memory.set_owner(block, owner));
        }
        whole
    }

    fn each(self, memory: &mut Memory<'_>, count: u32, mut visit: impl FnMut(&mut Memory<'_>, u16)) {
        let mut block = self.first;
        for _ in 0..count {
            let next = memory.next(block);
            visit(memory, block);
            block = next;
        }
    }
}

/// Blocks for so many bytes.
const fn blocks_for(bytes: u32) -> u32 {
    const SHIFT: u32 = BLOCK.trailing_zeros();
    let rest = bytes & ((1 << SHIFT) - 1);
    let whole = bytes.wrapping_shr(SHIFT);
    if rest > 0 { whole.wrapping_add(1) } else { whole }
}

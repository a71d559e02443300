//! The bytes of an arena: where what is, and how it is read and written.
//!
//! ```text
//! header   magic 8, seed 8, entries 2, blocks 2, checksum of these 8, generation 4, its complement 4
//! records  144 for each entry
//! links    4 for each block: the next block of its chain 2, the owner 2
//! blocks   64 each
//! ```

use crate::facts::Checksum;

const MAGIC: [u8; 8] = *b"larder\0\x01";
const HEADER: usize = 36;
pub(super) const RECORD: usize = 144;
const LINK: usize = 4;
pub(super) const BLOCK: usize = 64;
/// No block: the end of a chain.
pub(super) const END: u16 = u16::MAX;
/// The owner of a block that nobody owns.
pub(super) const NOBODY: u16 = 0x7fff;
/// The owner of the blocks of a head that is being replaced.
pub(super) const UPDATE: u16 = 0x7ffe;
/// Set in an owner while chains are checked.
pub(super) const MARK: u16 = 0x8000;

/// Where things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) entries: u16,
    pub(super) blocks: u16,
}

impl Layout {
    /// For so many bytes; `None` when there is no room for at least four blocks.
    pub(super) fn of(bytes: usize, entries: u16) -> Option<Self> {
        let entries = entries.min(UPDATE.wrapping_sub(1));
        let records = usize::from(entries).checked_mul(RECORD)?;
        let rest = bytes.checked_sub(HEADER)?.checked_sub(records)?;
        let blocks = rest.checked_div(LINK.wrapping_add(BLOCK))?;
        let blocks = u16::try_from(blocks).unwrap_or(u16::MAX).min(END.wrapping_sub(1));
        (blocks >= 4 && entries > 0).then_some(Self { entries, blocks })
    }

    pub(super) fn record(self, slot: u16) -> usize {
        HEADER.wrapping_add(usize::from(slot).wrapping_mul(RECORD))
    }

    fn link(self, block: u16) -> usize {
        self.record(self.entries)
            .wrapping_add(usize::from(block).wrapping_mul(LINK))
    }

    fn block(self, block: u16) -> usize {
        self.link(self.blocks)
            .wrapping_add(usize::from(block).wrapping_mul(BLOCK))
    }
}

/// The memory of an arena.
pub(super) struct Memory<'a> {
    bytes: &'a mut [u8],
    pub(super) layout: Layout,
}

impl<'a> Memory<'a> {
    /// Empties it. `None` when there is too little of it.
    pub(super) fn format(bytes: &'a mut [u8], seed: u64, entries: u16) -> Option<Self> {
        let layout = Layout::of(bytes.len(), entries)?;
        let mut memory = Self { bytes, layout };
        for slot in 0..layout.entries {
            memory.put(layout.record(slot), [0u8; RECORD]);
        }
        memory.put(0, MAGIC);
        memory.put(8, seed.to_le_bytes());
        memory.put(16, layout.entries.to_le_bytes());
        memory.put(18, layout.blocks.to_le_bytes());
        memory.put(20, memory.sum(0, 20).to_le_bytes());
        Some(memory)
    }

    /// What was formatted before, if its header is whole.
    pub(super) fn attach(bytes: &'a mut [u8]) -> Option<Self> {
        let none = Layout {
            entries: 0,
            blocks: 0,
        };
        let memory = Self { bytes, layout: none };
        let layout = Layout {
            entries: u16::from_le_bytes(memory.get(16)),
            blocks: u16::from_le_bytes(memory.get(18)),
        };
        let whole = memory.get(0) == MAGIC
            && memory.get(20) == memory.sum(0, 20).to_le_bytes()
            && Layout::of(memory.bytes.len(), layout.entries) == Some(layout)
            && memory.get(28) == (!u32::from_le_bytes(memory.get(32))).to_le_bytes();
        whole.then_some(Self { layout, ..memory })
    }

    pub(super) fn seed(&self) -> u64 {
        u64::from_le_bytes(self.get(8))
    }

    /// The generation of the last write, kept so that ids are not used again after a sleep.
    pub(super) fn generation(&self) -> u32 {
        u32::from_le_bytes(self.get(28))
    }

    pub(super) fn set_generation(&mut self, generation: u32) {
        self.put(28, generation.to_le_bytes());
        self.put(32, (!generation).to_le_bytes());
    }

    /// Reads so many bytes; zeros behind the end.
    pub(super) fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        let found = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
        found.copied().unwrap_or([0; N])
    }

    pub(super) fn put<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        let found = self
            .bytes
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut::<N>());
        if let Some(found) = found {
            *found = bytes;
        }
    }

    /// The checksum of some bytes.
    pub(super) fn sum(&self, at: usize, length: usize) -> u64 {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.get(..length));
        Checksum::new().finish(bytes.unwrap_or_default())
    }

    /// The block after this one in its chain.
    pub(super) fn next(&self, block: u16) -> u16 {
        u16::from_le_bytes(self.get(self.layout.link(block)))
    }

    pub(super) fn set_next(&mut self, block: u16, next: u16) {
        self.put(self.layout.link(block), next.to_le_bytes());
    }

    pub(super) fn owner(&self, block: u16) -> u16 {
        u16::from_le_bytes(self.get(self.layout.link(block).wrapping_add(2)))
    }

    pub(super) fn set_owner(&mut self, block: u16, owner: u16) {
        self.put(self.layout.link(block).wrapping_add(2), owner.to_le_bytes());
    }

    /// The bytes of a block.
    pub(super) fn block(&self, block: u16) -> &[u8] {
        let found = self.bytes.get(self.layout.block(block)..);
        found.and_then(|rest| rest.get(..BLOCK)).unwrap_or_default()
    }

    pub(super) fn block_mut(&mut self, block: u16) -> &mut [u8] {
        let found = self.bytes.get_mut(self.layout.block(block)..);
        found.and_then(|rest| rest.get_mut(..BLOCK)).unwrap_or_default()
    }
}

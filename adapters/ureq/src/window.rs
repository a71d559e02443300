//! The last bytes of a body that is on its way.

use std::collections::VecDeque;

/// What those who are a little behind find here.
pub(crate) struct Window {
    bytes: VecDeque<u8>,
    /// How many came before them.
    start: u64,
    /// The most that it holds.
    most: usize,
}

impl Window {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            start: 0,
            most,
        }
    }

    /// How much has come in all.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Copies what there is from this position on; `None` when it is gone.
    pub(crate) fn copy(&self, position: u64, buf: &mut [u8]) -> Option<usize> {
        let at = usize::try_from(position.checked_sub(self.start)?).unwrap_or(usize::MAX);
        let (first, second) = self.bytes.as_slices();
        let bytes = match first.get(at..) {
            Some(bytes) if !bytes.is_empty() => bytes,
            _ => second.get(at.saturating_sub(first.len())..).unwrap_or_default(),
        };
        let count = bytes.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        Some(count)
    }

    /// All that it holds.
    pub(crate) fn pieces(&self) -> [&[u8]; 2] {
        let (first, second) = self.bytes.as_slices();
        [first, second]
    }

    /// Takes the next bytes in, and lets go of the first ones where there is no room.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(self.most);
        let gone = (self.bytes.len() + kept).saturating_sub(self.most);
        self.bytes.drain(..gone);
        self.bytes
            .extend(bytes.get(bytes.len() - kept..).unwrap_or_default());
        self.start += (gone + bytes.len() - kept) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_there_and_the_others_are_gone() {
        let mut window = Window::new(4);
        let mut buf = [0; 8];
        assert_eq!(window.copy(0, &mut buf), Some(0));
        window.push(b"abc");
        assert_eq!((window.copy(1, &mut buf), &buf[..2]), (Some(2), &b"bc"[..]));
        window.push(b"de");
        assert_eq!((window.copy(0, &mut buf), window.end()), (None, 5));
        assert_eq!(window.copy(5, &mut buf), Some(0));
        // across the end of the ring, in as many pieces as it takes
        let mut read = Vec::new();
        while let Some(count @ 1..) = window.copy(1 + read.len() as u64, &mut buf[..3]) {
            read.extend_from_slice(&buf[..count]);
        }
        assert_eq!(read, b"bcde");
        window.push(b"0123456789");
        assert_eq!((window.copy(11, &mut buf), &buf[..4]), (Some(4), &b"6789"[..]));
        assert_eq!((window.copy(10, &mut buf), window.end()), (None, 15));
    }
}

//! One small seeded hash for keys, fingerprints and checksums. It finds and it detects
//! damage; it proves nothing. Credentials need a real keyed hash, in the adapter.

use crate::syntax::ascii::{little_endian, lower, split_last};

/// Folded multiplication: the mixing step.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn mix(a: u64, b: u64) -> u64 {
    let wide = u128::from(a).wrapping_mul(u128::from(b));
    #[allow(clippy::cast_possible_truncation)] // both halves are used
    let (low, high) = (wide as u64, wide.wrapping_shr(64) as u64);
    low ^ high
}

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

/// Hashes whole pieces, each with its length, so that pieces cannot run into each other.
#[derive(Clone, Copy)]
pub(crate) struct Pieces(u64);

impl Pieces {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ K0, K1))
    }

    fn word(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word, K1);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.word(number);
    }

    /// One piece; `fold`: ASCII letters count as lower case.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn piece_with(&mut self, bytes: &[u8], fold: bool) {
        let map = |word| if fold { lower(word) } else { word };
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            self.word(map(u64::from_le_bytes(*word)));
            rest = tail;
        }
        let last = if let (false, Some((_, overlapping))) = (rest.is_empty(), split_last::<8>(bytes)) {
            u64::from_le_bytes(*overlapping)
        } else {
            little_endian(rest)
        };
        // The length keeps "a" and "a\0" apart.
        self.0 = mix(self.0 ^ map(last), K0 ^ bytes.len() as u64);
    }

    pub(crate) fn piece(&mut self, bytes: &[u8]) {
        self.piece_with(bytes, false);
    }

    /// A piece whose ASCII letters count as lower case.
    pub(crate) fn piece_lower(&mut self, bytes: &[u8]) {
        self.piece_with(bytes, true);
    }

    pub(crate) fn finish(self) -> u64 {
        mix(self.0, K0)
    }
}

/// A checksum over bytes that come in blocks.
#[derive(Clone, Copy)]
pub(crate) struct Checksum {
    state: u64,
    length: u64,
}

impl Checksum {
    pub(crate) const fn new() -> Self {
        Self { state: K0, length: 0 }
    }

    /// How many bytes were taken in.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Takes in what fills words of eight bytes; returns what is left.
    pub(crate) fn words<'a>(&mut self, block: &'a [u8]) -> &'a [u8] {
        let (mut state, mut rest) = (self.state, block);
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            state = mix(state ^ u64::from_le_bytes(*word), K1);
            rest = tail;
        }
        let length = block.len().wrapping_sub(rest.len()) as u64;
        self.length = self.length.wrapping_add(length);
        self.state = state;
        rest
    }

    /// The sum with the last block; the length of all others must be a multiple of eight.
    pub(crate) fn finish(mut self, last: &[u8]) -> u64 {
        let rest = self.words(last);
        let length = self.length.wrapping_add(rest.len() as u64);
        mix(self.state ^ little_endian(rest), K0 ^ length)
    }
}

/// The same checksum over bytes that come one by one.
pub(crate) struct Stream {
    sum: Checksum,
    word: [u8; 8],
    filled: usize,
}

impl Stream {
    pub(crate) const fn new() -> Self {
        Self {
            sum: Checksum::new(),
            word: [0; 8],
            filled: 0,
        }
    }

    pub(crate) fn push(&mut self, byte: u8) {
        if self.filled == self.word.len() {
            self.sum.words(&self.word);
            self.filled = 0;
        }
        if let Some(next) = self.word.get_mut(self.filled) {
            *next = byte;
            self.filled = self.filled.wrapping_add(1);
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.sum.finish(self.word.get(..self.filled).unwrap_or_default())
    }
}

/// A 32-bit fingerprint of one value: filters, never decides.
pub(crate) fn fingerprint(bytes: &[u8]) -> u32 {
    let mut pieces = Pieces::new(0);
    pieces.piece(bytes);
    fold(pieces.finish())
}

/// 32 of the bits.
pub(crate) fn fold(hash: u64) -> u32 {
    #[allow(clippy::cast_possible_truncation)] // on purpose
    let folded = hash as u32;
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_no_borders() {
        let data: Vec<u8> = (0..100u8).collect();
        for length in 0..=100 {
            let mut stream = Stream::new();
            data[..length].iter().for_each(|byte| stream.push(*byte));
            assert_eq!(stream.finish(), Checksum::new().finish(&data[..length]));
        }
    }

    #[test]
    fn checksums_tell_damage() {
        let data: Vec<u8> = (0..100u8).collect();
        let whole = Checksum::new().finish(&data);
        for cut in (0..=100).step_by(8) {
            let mut blocks = Checksum::new();
            assert_eq!(blocks.words(&data[..cut]), b"");
            assert_eq!(blocks.finish(&data[cut..]), whole);
        }
        for at in 0..100 {
            for bit in 0..8 {
                let mut damaged = data.clone();
                damaged[at] ^= 1 << bit;
                assert_ne!(Checksum::new().finish(&damaged), whole);
            }
            assert_ne!(Checksum::new().finish(&data[..at]), whole);
        }
        let zeros: Vec<u64> = (0..64)
            .map(|length| Checksum::new().finish(&[0; 64][..length]))
            .collect();
        for (length, sum) in zeros.iter().enumerate() {
            assert!(!zeros[..length].contains(sum), "{length} zeros");
        }
    }

    #[test]
    fn pieces_have_borders() {
        let of = |parts: &[&str]| {
            let mut pieces = Pieces::new(7);
            parts.iter().for_each(|p| pieces.piece(p.as_bytes()));
            pieces.finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a"]), of(&["a\0"]));
        assert_ne!(of(&["12345678"]), of(&["12345678", ""]));
        let zeros: Vec<u64> = (0..64).map(|length| of(&[&"\0".repeat(length)])).collect();
        for (length, sum) in zeros.iter().enumerate() {
            assert!(!zeros[..length].contains(sum), "{length} zeros");
        }
    }

    #[test]
    fn every_bit_moves_about_half_of_the_sum() {
        let sum = |number: u64| {
            let mut pieces = Pieces::new(7);
            pieces.number(number);
            pieces.finish()
        };
        for number in [0, 1, u64::MAX, 0x0123_4567_89AB_CDEF] {
            let moved = |bit: u32| (sum(number) ^ sum(number ^ (1 << bit))).count_ones();
            let all: u32 = (0..64).map(moved).sum();
            assert!((28 * 64..36 * 64).contains(&all), "{number}: {all}");
        }
    }
}

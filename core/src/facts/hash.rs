//! One small seeded hash for keys, fingerprints and checksums. It finds and it detects
//! damage; it proves nothing. Credentials need a real keyed hash, in the adapter.

/// Folded multiplication: the mixing step.
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

    /// One piece; `map` changes each 8-byte word before it goes in.
    fn piece_with(&mut self, bytes: &[u8], map: impl Fn(u64) -> u64) {
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            self.word(map(u64::from_le_bytes(*word)));
            rest = tail;
        }
        let last = if let (false, Some(overlapping)) = (rest.is_empty(), bytes.last_chunk::<8>()) {
            u64::from_le_bytes(*overlapping)
        } else {
            little_endian(rest)
        };
        // The length keeps "a" and "a\0" apart.
        self.0 = mix(self.0 ^ map(last), K0 ^ bytes.len() as u64);
    }

    pub(crate) fn piece(&mut self, bytes: &[u8]) {
        self.piece_with(bytes, |word| word);
    }

    /// A piece whose ASCII letters count as lower case.
    pub(crate) fn piece_lower(&mut self, bytes: &[u8]) {
        self.piece_with(bytes, lower);
    }

    pub(crate) fn finish(self) -> u64 {
        mix(self.0, K0)
    }
}

/// Up to eight bytes as a little-endian number.
fn little_endian(bytes: &[u8]) -> u64 {
    let mut word = 0u64;
    for byte in bytes.iter().rev() {
        word = word.wrapping_shl(8) | u64::from(*byte);
    }
    word
}

/// Lower-cases eight ASCII bytes at once; bytes from 0x80 up stay as they are.
fn lower(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low7 = word & ONES.wrapping_mul(0x7f);
    let from_a = low7.wrapping_add(ONES.wrapping_mul(0x80 - 0x41));
    let above_z = low7.wrapping_add(ONES.wrapping_mul(0x80 - 0x5b));
    let upper = from_a & !above_z & !word & ONES.wrapping_mul(0x80);
    word | upper.wrapping_shr(2)
}

/// A checksum over a stream that may arrive in chunks of any size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checksum {
    state: u64,
    pending: u64,
    length: u64,
}

impl Checksum {
    pub(crate) fn new() -> Self {
        Self {
            state: K0,
            pending: 0,
            length: 0,
        }
    }

    fn byte(&mut self, byte: u8) {
        let position = self.length.wrapping_mul(8) & 63;
        #[allow(clippy::cast_possible_truncation)] // below 64
        let shifted = u64::from(byte).wrapping_shl(position as u32);
        self.pending |= shifted;
        self.length = self.length.wrapping_add(1);
        if self.length & 7 == 0 {
            self.state = mix(self.state ^ self.pending, K1);
            self.pending = 0;
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while self.length & 7 != 0 {
            let [byte, tail @ ..] = rest else { return };
            self.byte(*byte);
            rest = tail;
        }
        let mut state = self.state;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            state = mix(state ^ u64::from_le_bytes(*word), K1);
            self.length = self.length.wrapping_add(8);
            rest = tail;
        }
        self.state = state;
        for byte in rest {
            self.byte(*byte);
        }
    }

    pub(crate) fn finish(self) -> u64 {
        mix(self.state ^ self.pending, K0 ^ self.length)
    }
}

/// A 32-bit fingerprint of a byte stream: filters, never decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u32);

impl Fingerprint {
    pub(crate) const fn new() -> Self {
        Self(0x811C_9DC5)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }

    pub(crate) fn finish(self) -> u32 {
        self.0 ^ self.0.wrapping_shr(15)
    }

    /// The fingerprint of one value.
    pub(crate) fn of(bytes: &[u8]) -> u32 {
        let mut pieces = Pieces::new(0);
        pieces.piece(bytes);
        #[allow(clippy::cast_possible_truncation)] // folded to 32 bits on purpose
        let folded = pieces.finish() as u32;
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_does_not_depend_on_the_chunks() {
        let data: Vec<u8> = (0..100u8).collect();
        let mut whole = Checksum::new();
        whole.update(&data);
        for cut in 0..=100 {
            for second in [cut, (cut + 3).min(100)] {
                let mut parts = Checksum::new();
                parts.update(&data[..cut]);
                parts.update(&data[cut..second]);
                parts.update(&data[second..]);
                assert_eq!(parts.finish(), whole.finish());
            }
        }
        for at in 0..100 {
            for bit in 0..8 {
                let mut damaged = data.clone();
                damaged[at] ^= 1 << bit;
                let mut sum = Checksum::new();
                sum.update(&damaged);
                assert_ne!(sum.finish(), whole.finish());
            }
        }
    }

    #[test]
    fn lower_case_by_words() {
        for high in 0..=255u8 {
            let bytes = [high, b'A', b'z', b'@', b'[', b'0', b'M', high];
            let expected = bytes.map(|b| b.to_ascii_lowercase());
            assert_eq!(lower(u64::from_le_bytes(bytes)), u64::from_le_bytes(expected));
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
    }
}

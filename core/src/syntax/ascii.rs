//! ASCII letter case, eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;

/// Where eight bytes do not fit a register, code by words is long and gains little: bytes then
/// go one by one.
pub(crate) const NARROW: bool = usize::BITS < u64::BITS;

/// Lower-cases eight ASCII bytes at once; bytes from 0x80 up stay as they are.
pub(crate) fn lower(word: u64) -> u64 {
    let low7 = word & ONES.wrapping_mul(0x7f);
    let from_a = low7.wrapping_add(ONES.wrapping_mul(0x80 - 0x41));
    let above_z = low7.wrapping_add(ONES.wrapping_mul(0x80 - 0x5b));
    let upper = from_a & !above_z & !word & ONES.wrapping_mul(0x80);
    word | upper.wrapping_shr(2)
}

/// The last bytes, and what stands before them. The slices' own method does not check and goes by way of one
/// that can panic, which a large image for a small processor keeps.
#[inline(always)]
pub(crate) fn split_last<const N: usize>(bytes: &[u8]) -> Option<(&[u8], &[u8; N])> {
    let (before, last) = bytes.split_at_checked(bytes.len().checked_sub(N)?)?;
    Some((before, last.first_chunk()?))
}

/// Up to eight bytes as a little-endian number.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn little_endian(bytes: &[u8]) -> u64 {
    if NARROW {
        let last_first = bytes.iter().rev();
        return last_first.fold(0, |word: u64, byte| word.wrapping_shl(8) | u64::from(*byte));
    }
    if let (Some(first), Some((_, last))) = (bytes.first_chunk::<4>(), split_last::<4>(bytes)) {
        #[allow(clippy::cast_possible_truncation)] // at most 32
        let shift = (bytes.len() as u32).wrapping_sub(4).wrapping_mul(8);
        return u64::from(u32::from_le_bytes(*first))
            | u64::from(u32::from_le_bytes(*last)).wrapping_shl(shift);
    }
    u64::from(u32::from_le_bytes(match *bytes {
        [a, b, c] => [a, b, c, 0],
        [a, b] => [a, b, 0, 0],
        [a] => [a, 0, 0, 0],
        _ => [0; 4],
    }))
}

/// Whether both are equal but for the case of ASCII letters.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn eq_ignore_case(a: &[u8], b: &[u8]) -> bool {
    if NARROW {
        return a.eq_ignore_ascii_case(b);
    }
    a.len() == b.len() && eq_folded(a, b)
}

#[inline(never)]
fn eq_folded(a: &[u8], b: &[u8]) -> bool {
    same_words(a, b, |a, b| {
        // Mostly both are written alike; or they differ in the case of letters only.
        let case = a ^ b;
        case == 0 || (case & !ONES.wrapping_mul(0x20) == 0 && lower(a) == lower(b))
    })
}

/// The same for a `name` of lower-case letters, digits and `-` only.
#[inline]
pub(crate) fn eq_lower(text: &[u8], name: &[u8]) -> bool {
    if NARROW {
        return eq_ignore_case(text, name);
    }
    text.len() == name.len() && eq_to_lower(text, name)
}

#[inline(never)]
fn eq_to_lower(text: &[u8], name: &[u8]) -> bool {
    same_words(text, name, |text, name| {
        // Only letters have the bit 0x40, and only they may differ in 0x20.
        let case = (name & ONES.wrapping_mul(0x40)).wrapping_shr(1);
        (text ^ name) & !case == 0
    })
}

/// Whether the words of two texts of equal length are pairwise the same.
#[inline(always)]
fn same_words(a: &[u8], b: &[u8], same: impl Fn(u64, u64) -> bool) -> bool {
    // So the compiler knows that the lengths are equal.
    let Some(b) = b.get(..a.len()) else { return false };
    let (Some((_, last_a)), Some((_, last_b))) = (split_last::<8>(a), split_last::<8>(b)) else {
        return same(little_endian(a), little_endian(b));
    };
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some((word_a, tail_a)), Some((word_b, tail_b))) =
        (rest_a.split_first_chunk::<8>(), rest_b.split_first_chunk::<8>())
    {
        if !same(u64::from_le_bytes(*word_a), u64::from_le_bytes(*word_b)) {
            return false;
        }
        (rest_a, rest_b) = (tail_a, tail_b);
    }
    // The last eight bytes, some of them once more.
    same(u64::from_le_bytes(*last_a), u64::from_le_bytes(*last_b))
}

/// Marks (0x80) the bytes of a word that are below `limit` (at most 0x80). The lowest mark is
/// exact: borrows only reach the bytes above a marked one.
#[inline(always)]
pub(crate) fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(u64::from(limit))) & !word & ONES.wrapping_mul(0x80)
}

/// Where the first byte below `limit` (at most 0x80), equal to `other`, or DEL stands; the
/// length of the text when there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn find_below(text: &[u8], limit: u8, other: u8) -> usize {
    if NARROW {
        let found = text
            .iter()
            .position(|byte| *byte < limit || *byte == other || *byte == 0x7f);
        return found.unwrap_or(text.len());
    }
    let marks = |word: u64| {
        below(word, limit)
            | below(word ^ ONES.wrapping_mul(u64::from(other)), 1)
            | below(word ^ ONES.wrapping_mul(0x7f), 1)
    };
    let mut rest = text;
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            let at = (found.trailing_zeros().wrapping_shr(3)) as usize;
            return text.len().wrapping_sub(rest.len()).wrapping_add(at);
        }
        rest = tail;
    }
    // The last eight bytes, some of them once more; what is missing counts as zeros, which are
    // below any limit.
    let (start, word) = match split_last::<8>(text) {
        Some((_, last)) => (text.len().wrapping_sub(8), u64::from_le_bytes(*last)),
        None => (0, little_endian(text)),
    };
    let at = (marks(word).trailing_zeros().wrapping_shr(3)) as usize;
    start.wrapping_add(at).min(text.len())
}

/// Whether no byte is below `limit` (at most 0x80).
pub(crate) fn none_below(text: &[u8], limit: u8) -> bool {
    if NARROW {
        return text.iter().all(|byte| *byte >= limit);
    }
    let mut rest = text;
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        if below(u64::from_le_bytes(*word), limit) != 0 {
            return false;
        }
        rest = tail;
    }
    // What is missing counts as ones.
    #[allow(clippy::cast_possible_truncation)] // below 64
    let bits = (rest.len() as u32).wrapping_mul(8);
    below(little_endian(rest) | u64::MAX.wrapping_shl(bits), limit) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte. Interpreted, all of them take many minutes.
    fn bytes() -> impl Iterator<Item = u8> {
        (0..=255).step_by(if cfg!(miri) { 15 } else { 1 })
    }

    /// Lengths of a few words, likewise.
    fn lengths() -> impl Iterator<Item = usize> {
        (0..40).step_by(if cfg!(miri) { 13 } else { 1 })
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
    fn no_byte_below() {
        let text: Vec<u8> = (0..40).map(|at| 14 + at * 6).collect();
        for length in lengths() {
            assert!(none_below(&text[..length], 14));
            for at in 0..length {
                for byte in bytes() {
                    let mut other = text[..length].to_vec();
                    other[at] = byte;
                    assert_eq!(none_below(&other, 14), byte >= 14);
                }
            }
        }
    }

    #[test]
    fn first_byte_below() {
        let text: Vec<u8> = (0..40).map(|at| b'a' + at % 26).collect();
        for length in lengths() {
            assert_eq!(find_below(&text[..length], 0x2d, b'='), length);
            for at in 0..length {
                for byte in bytes() {
                    let mut other = text[..length].to_vec();
                    other[at] = byte;
                    let found = byte < 0x2d || byte == b'=' || byte == 0x7f;
                    assert_eq!(find_below(&other, 0x2d, b'='), if found { at } else { length });
                }
            }
        }
    }

    #[test]
    fn names_in_lower_case() {
        for name in [
            &b"te"[..],
            b"vary",
            b"cache-control",
            b"x-1",
            b"if-modified-since",
        ] {
            for at in 0..name.len() {
                for byte in bytes() {
                    let mut other = name.to_vec();
                    other[at] = byte;
                    assert_eq!(eq_lower(&other, name), other.eq_ignore_ascii_case(name));
                }
            }
        }
    }

    #[test]
    fn comparison_agrees_with_the_standard_library() {
        let text: Vec<u8> = (0..=255).collect();
        for start in (0..240).step_by(if cfg!(miri) { 61 } else { 1 }) {
            for length in 0..16 {
                let a = &text[start..start + length];
                for flip in 0..length {
                    for bit in 0..8 {
                        let mut b = a.to_vec();
                        b[flip] ^= 1 << bit;
                        assert_eq!(eq_ignore_case(a, &b), a.eq_ignore_ascii_case(&b), "{a:?} {b:?}");
                    }
                }
                assert!(eq_ignore_case(a, a));
            }
        }
        assert!(!eq_ignore_case(b"a", b"ab"));
    }
}

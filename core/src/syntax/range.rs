//! Range: which bytes a request asks for (RFC 9110 section 14.1, 14.2; feature `partial`).

use core::cmp::Ordering;
use core::fmt;

use super::ascii::eq_lower;
use super::class::{self, GAP, SPACE, TOKEN, skip};
use super::decimal::{digits, parse_u64};
use super::list::trim;

/// Why a Range or a Content-Range says nothing of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RangeError {
    /// It is in another unit than bytes (RFC 9110 section 14.1).
    OtherUnit,
    /// It is outside the grammar, or a last position lies before its first: the whole field is
    /// invalid (RFC 9110 section 14.1.1, 14.4).
    Invalid,
    /// It has more ranges than the caller takes (RFC 9110 section 14.2, 17.15).
    TooMany,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherUnit => "the range is in another unit than bytes",
            Self::Invalid => "the range is invalid",
            Self::TooMany => "there are too many ranges",
        })
    }
}

impl core::error::Error for RangeError {}

/// The position of the first and of the last byte of a part, counted from 0; both belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BytePositions {
    /// first-pos
    pub first: u64,
    /// last-pos, at least `first`.
    pub last: u64,
}

impl BytePositions {
    /// How many bytes there are from the first to the last.
    pub const fn count(&self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

/// One range as it is asked for (RFC 9110 section 14.1.2). A position beyond 64 bits counts as
/// `u64::MAX`, which lies behind the end of any content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RangeSpec {
    /// `first-last`, or `first-`: up to the end.
    Int {
        /// first-pos
        first: u64,
        /// last-pos, not before `first`.
        last: Option<u64>,
    },
    /// `-length`: so many bytes at the end.
    Suffix {
        /// suffix-length
        length: u64,
    },
}

impl RangeSpec {
    /// The bytes that this selects of a content of `length` bytes; `None` when it is unsatisfiable
    /// (RFC 9110 section 14.1.2).
    ///
    /// ```
    /// use larder::{BytePositions, RangeSpec};
    /// let suffix = RangeSpec::Suffix { length: 3 };
    /// assert_eq!(suffix.within(11), Some(BytePositions { first: 8, last: 10 }));
    /// assert_eq!(suffix.within(0), None);
    /// ```
    pub const fn within(self, length: u64) -> Option<BytePositions> {
        let Some(end) = length.checked_sub(1) else {
            return None;
        };
        let (first, last) = match self {
            Self::Suffix { length: 0 } => return None,
            Self::Suffix { length: suffix } => (length.saturating_sub(suffix), end),
            Self::Int { first, .. } if first > end => return None,
            Self::Int {
                first,
                last: Some(last),
            } if last < end => (first, last),
            Self::Int { first, .. } => (first, end),
        };
        Some(BytePositions { first, last })
    }
}

/// The ranges of a Range field in bytes, in the order asked for (RFC 9110 section 14.2). They are
/// read again from the field wherever they are wanted; nothing is kept but a borrow of it.
///
/// That it is a GET, and that If-Range holds, is the caller's to see.
///
/// ```
/// use larder::{RangeError, RangeSet, RangeSpec};
///
/// let set = RangeSet::parse(b"bytes=0-1, -3", 8)?;
/// let found: Vec<_> = set.specs().collect();
/// assert_eq!(found, [RangeSpec::Int { first: 0, last: Some(1) }, RangeSpec::Suffix { length: 3 }]);
/// // Of eleven bytes: the first two and the last three.
/// let bytes: Vec<_> = set.within(11).map(|part| (part.first, part.last)).collect();
/// assert_eq!(bytes, [(0, 1), (8, 10)]);
/// assert_eq!(set.count_within(11), 5);
/// // What nothing can be selected of is answered with 416.
/// assert_eq!(RangeSet::parse(b"bytes=20-", 8)?.count_within(11), 0);
/// assert_eq!(RangeSet::parse(b"bytes=0-0, 2-2, 4-4", 2), Err(RangeError::TooMany));
/// # Ok::<(), RangeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeSet<'a> {
    /// What follows `bytes=`, checked.
    text: &'a [u8],
}

impl<'a> RangeSet<'a> {
    /// Reads a field value with at most so many ranges. A Range that repeats is none: take the value
    /// from [`Headers::get_one`](crate::Headers::get_one).
    ///
    /// # Errors
    /// [`RangeError`]: the field is to be ignored (RFC 9110 section 14.2).
    pub fn parse(value: &'a [u8], most: usize) -> Result<Self, RangeError> {
        let text = bytes_of(trim(value), b'=')?;
        let mut rest = text;
        let mut count = 0usize;
        while let Some((_, tail)) = next_spec(rest)? {
            count = count.saturating_add(1);
            if count > most {
                return Err(RangeError::TooMany);
            }
            rest = tail;
        }
        match count {
            0 => Err(RangeError::Invalid),
            _ => Ok(Self { text }),
        }
    }

    /// The ranges as they are asked for.
    pub fn specs(&self) -> impl Iterator<Item = RangeSpec> + 'a {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            // It is checked: there is no error.
            let (spec, tail) = next_spec(rest).ok()??;
            rest = tail;
            Some(spec)
        })
    }

    /// What each satisfiable range selects of a content of `length` bytes. None at all: the set is
    /// unsatisfiable (RFC 9110 section 14.1.2).
    pub fn within(&self, length: u64) -> impl Iterator<Item = BytePositions> + 'a {
        self.specs().filter_map(move |spec| spec.within(length))
    }

    /// How many bytes the satisfiable ranges select together, a byte as often as it is selected: 0
    /// when the set is unsatisfiable, more than `length` only when ranges overlap.
    pub fn count_within(&self, length: u64) -> u64 {
        let counts = self.within(length).map(|part| part.count());
        counts.fold(0, u64::saturating_add)
    }
}

/// What follows the unit and this byte, if the unit is bytes (req: 9110-14.1-01).
pub(crate) fn bytes_of(value: &[u8], separator: u8) -> Result<&[u8], RangeError> {
    let (unit, rest) = class::split(value, TOKEN);
    match rest {
        [byte, rest @ ..] if *byte == separator && !unit.is_empty() => {
            if eq_lower(unit, b"bytes") {
                return Ok(rest);
            }
            Err(RangeError::OtherUnit)
        }
        _ => Err(RangeError::Invalid),
    }
}

/// The next range of a list and what follows it; empty members are skipped.
fn next_spec(text: &[u8]) -> Result<Option<(RangeSpec, &[u8])>, RangeError> {
    let text = skip(text, GAP);
    if text.is_empty() {
        return Ok(None);
    }
    let (first, rest) = digits(text);
    let [b'-', rest @ ..] = rest else {
        return Err(RangeError::Invalid);
    };
    let (last, rest) = digits(rest);
    let spec = match (first, last) {
        ([], []) => return Err(RangeError::Invalid),
        ([], suffix) => RangeSpec::Suffix {
            length: saturating(suffix),
        },
        (first, []) => RangeSpec::Int {
            first: saturating(first),
            last: None,
        },
        // Compared as they are written: both may be beyond 64 bits.
        (first, last) if compare(first, last) == Ordering::Greater => return Err(RangeError::Invalid),
        (first, last) => RangeSpec::Int {
            first: saturating(first),
            last: Some(saturating(last)),
        },
    };
    let rest = skip(rest, SPACE);
    match rest {
        [] | [b',', ..] => Ok(Some((spec, rest))),
        _ => Err(RangeError::Invalid),
    }
}

/// A number of any size (req: 9110-14.1.2-03).
fn saturating(number: &[u8]) -> u64 {
    parse_u64(number).unwrap_or(u64::MAX)
}

/// Compares numbers of any size by their digits.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (without_zeros(a), without_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let mut rest = digits;
    while let [b'0', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENORMOUS: &str = "99999999999999999999999";

    fn parse(value: &str) -> Result<Vec<RangeSpec>, RangeError> {
        RangeSet::parse(value.as_bytes(), 4).map(|set| set.specs().collect())
    }

    fn int(first: u64, last: u64) -> RangeSpec {
        RangeSpec::Int {
            first,
            last: Some(last),
        }
    }

    fn within(value: &str, length: u64) -> Vec<(u64, u64)> {
        let set = RangeSet::parse(value.as_bytes(), 4).unwrap();
        let found: Vec<_> = set.within(length).map(|part| (part.first, part.last)).collect();
        let counts = found.iter().map(|(first, last)| last - first + 1);
        assert_eq!(counts.sum::<u64>(), set.count_within(length));
        found
    }

    #[test]
    fn units() {
        // req: 9110-14.1-01
        assert_eq!(parse("BYTES=0-1"), Ok(vec![int(0, 1)]));
        for other in ["pages=1-2", "byte=1-2", "bytess=1-2", "x=", "b=\u{e4}"] {
            assert_eq!(parse(other), Err(RangeError::OtherUnit), "{other}");
        }
        for none in ["", "=0-1", "bytes", "bytes 0-1", "bytes =0-1", "\u{e4}=0-1"] {
            assert_eq!(parse(none), Err(RangeError::Invalid), "{none}");
        }
    }

    #[test]
    fn one_invalid_member_makes_the_whole_invalid() {
        // req: 9110-14.1.1-01
        for bad in [
            "bytes=",
            "bytes=,",
            "bytes= ,\t,",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=0-1,x",
            "bytes=0-1 2-3",
            "bytes=0 -1",
            "bytes=0- 1",
            "bytes=0-1-2",
            "bytes=+0-1",
            "bytes=0--1",
            "bytes=0x0-1",
            "bytes=0-1;2-3",
            "bytes=0",
        ] {
            assert_eq!(parse(bad), Err(RangeError::Invalid), "{bad}");
        }
        let both = Ok(vec![int(0, 1), int(4, 5)]);
        for good in ["bytes= 0-1, 4-5", "bytes=,0-1 ,,\t4-5,", " bytes=0-1,4-5 "] {
            assert_eq!(parse(good), both, "{good}");
        }
    }

    #[test]
    fn positions_end_where_the_content_does() {
        // req: 9110-14.1.2-01, 9110-14.1.2-02
        for (value, length, expected) in [
            ("bytes=1-", 11, vec![(1, 10)]),
            ("bytes=0-999", 11, vec![(0, 10)]),
            ("bytes=10-10", 11, vec![(10, 10)]),
            ("bytes=0-9", 11, vec![(0, 9)]),
            ("bytes=-1", 11, vec![(10, 10)]),
            ("bytes=-11", 11, vec![(0, 10)]),
            ("bytes=-99", 11, vec![(0, 10)]),
            ("bytes=11-", 11, vec![]),
            ("bytes=-0", 11, vec![]),
            ("bytes=20-,0-0", 11, vec![(0, 0)]),
            ("bytes=8-9,0-1,8-9", 11, vec![(8, 9), (0, 1), (8, 9)]),
            ("bytes=0-,0-0,-5", 0, vec![]),
        ] {
            assert_eq!(within(value, length), expected, "{value} of {length}");
        }
    }

    #[test]
    fn numerals_of_any_size() {
        // req: 9110-14.1.2-03
        assert_eq!(within(&format!("bytes=0-{ENORMOUS}"), 11), [(0, 10)]);
        assert_eq!(within(&format!("bytes={ENORMOUS}-"), u64::MAX), []);
        assert_eq!(within(&format!("bytes=-{ENORMOUS}"), 11), [(0, 10)]);
        // Beyond 64 bits one can still lie before the other.
        let (less, zeros) = ("99999999999999999999998", format!("000{ENORMOUS}"));
        assert_eq!(
            parse(&format!("bytes={ENORMOUS}-{less}")),
            Err(RangeError::Invalid)
        );
        for last in [ENORMOUS, &zeros] {
            assert_eq!(
                parse(&format!("bytes={less}-{last}")),
                Ok(vec![int(u64::MAX, u64::MAX)])
            );
        }
        assert_eq!(parse("bytes=010-9"), Err(RangeError::Invalid));
        assert_eq!(parse("bytes=009-0000000000000000000000010"), Ok(vec![int(9, 10)]));
        let all = RangeSet::parse(b"bytes=0-,0-", 2).unwrap();
        assert_eq!(all.count_within(u64::MAX), u64::MAX);
    }

    #[test]
    fn no_more_ranges_than_the_caller_takes() {
        let many = format!("bytes={}", "0-0,".repeat(1000));
        assert_eq!(RangeSet::parse(many.as_bytes(), 999), Err(RangeError::TooMany));
        let all = RangeSet::parse(many.as_bytes(), 1000).unwrap();
        assert_eq!((all.specs().count(), all.count_within(1)), (1000, 1000));
        assert_eq!(RangeSet::parse(b"bytes=0-0", 0), Err(RangeError::TooMany));
        for error in [RangeError::OtherUnit, RangeError::Invalid, RangeError::TooMany] {
            assert!(!error.to_string().is_empty());
        }
    }
}

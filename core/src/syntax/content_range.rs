//! Content-Range: which bytes of how many a part is (RFC 9110 section 14.4; feature `partial`).

use super::decimal::{digits, parse_u64};
use super::list::trim;
use super::range::{BytePositions, RangeError, bytes_of};

/// A Content-Range in bytes, which means something in a 206 and in a 416 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ContentRange {
    /// `bytes first-last/complete`: the content is this part.
    Part {
        /// Which bytes it is.
        positions: BytePositions,
        /// The length of all there is, more than the last position; `None` for `*`: unknown.
        complete_length: Option<u64>,
    },
    /// `bytes */complete`, of a 416: no range could be selected.
    Unsatisfied {
        /// The length of all there is.
        complete_length: u64,
    },
}

impl ContentRange {
    /// Reads a field value. A number beyond 64 bits is invalid: bytes at positions that cannot be
    /// told apart must not be combined. A Content-Range that repeats is none: take the value from
    /// [`Headers::get_one`](crate::Headers::get_one).
    ///
    /// # Errors
    /// [`RangeError`]: the part must not be combined with what is stored (RFC 9110 section 14.4).
    ///
    /// ```
    /// use larder::{BytePositions, ContentRange, RangeError};
    /// let part = ContentRange::Part {
    ///     positions: BytePositions { first: 42, last: 1233 },
    ///     complete_length: Some(1234),
    /// };
    /// assert_eq!(ContentRange::parse(b"bytes 42-1233/1234"), Ok(part));
    /// let unsatisfied = ContentRange::Unsatisfied { complete_length: 1234 };
    /// assert_eq!(ContentRange::parse(b"bytes */1234"), Ok(unsatisfied));
    /// assert_eq!(ContentRange::parse(b"bytes 42-1233/42"), Err(RangeError::Invalid));
    /// ```
    pub fn parse(value: &[u8]) -> Result<Self, RangeError> {
        let text = bytes_of(trim(value), b' ')?;
        Self::of_bytes(text).ok_or(RangeError::Invalid)
    }

    /// What follows the unit.
    fn of_bytes(text: &[u8]) -> Option<Self> {
        if let [b'*', b'/', complete @ ..] = text {
            let complete_length = parse_u64(complete)?;
            return Some(Self::Unsatisfied { complete_length });
        }
        let (first, rest) = digits(text);
        let (last, rest) = digits(rest.strip_prefix(b"-")?);
        let (first, last) = (parse_u64(first)?, parse_u64(last)?);
        let complete_length = match rest.strip_prefix(b"/")? {
            b"*" => None,
            digits => Some(parse_u64(digits)?),
        };
        if last < first || complete_length.is_some_and(|length| length <= last) {
            return None;
        }
        Some(Self::Part {
            positions: BytePositions { first, last },
            complete_length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<ContentRange, RangeError> {
        ContentRange::parse(value.as_bytes())
    }

    fn part(first: u64, last: u64, complete_length: Option<u64>) -> Result<ContentRange, RangeError> {
        Ok(ContentRange::Part {
            positions: BytePositions { first, last },
            complete_length,
        })
    }

    #[test]
    fn parts() {
        // req: 9110-14.1-01, 9110-14.4-04
        assert_eq!(parse("bytes 0-4/5"), part(0, 4, Some(5)));
        assert_eq!(parse("Bytes 4-4/5"), part(4, 4, Some(5)));
        assert_eq!(parse(" bytes 42-1233/* "), part(42, 1233, None));
        let most = u64::MAX;
        assert_eq!(parse(&format!("bytes 0-{most}/*")), part(0, most, None));
        let last = most - 1;
        assert_eq!(
            parse(&format!("bytes 007-{last}/{most}")),
            part(7, last, Some(most))
        );
        let all = BytePositions { first: 0, last: most };
        assert_eq!(all.count(), most);
        assert_eq!(BytePositions { first: 3, last: 3 }.count(), 1);
    }

    #[test]
    fn what_could_not_be_selected() {
        for (value, complete_length) in [("bytes */11", 11), ("bytes */0", 0)] {
            assert_eq!(parse(value), Ok(ContentRange::Unsatisfied { complete_length }));
        }
    }

    #[test]
    fn what_is_invalid() {
        // req: 9110-14.1.2-03
        assert_eq!(parse("pages 1-2/9"), Err(RangeError::OtherUnit));
        for bad in [
            "",
            "bytes",
            "bytes ",
            "bytes=0-4/10",
            "bytes  0-4/10",
            "bytes 5-2/10",
            "bytes 0-10/10",
            "bytes 0-4/*x",
            "bytes 0-4/10x",
            "bytes 0-4/",
            "bytes 0-4",
            "bytes -4/10",
            "bytes 0-/10",
            "bytes 0 -4/10",
            "bytes 0-4 /10",
            "bytes 0-4/ 10",
            "bytes +0-4/10",
            "bytes */*",
            "bytes */",
            "bytes */+1",
            "bytes *",
            "bytes 0-4/18446744073709551616",
            "bytes 0-18446744073709551616/*",
            "bytes 18446744073709551616-18446744073709551617/*",
            "bytes */18446744073709551616",
            "bytes 0-4/10, bytes 0-4/10",
        ] {
            assert_eq!(parse(bad), Err(RangeError::Invalid), "{bad}");
        }
    }
}

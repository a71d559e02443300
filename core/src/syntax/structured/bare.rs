//! Bare Items: values without parameters (RFC 9651 section 3.3, 4.2.3.1).

use super::{
    Parsed, SfBinary, SfDisplayString, SfString, StructuredError, ascii, before, number, take_while,
};
use crate::syntax::class::{self, TOKEN};

/// A value (RFC 9651 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BareItem<'a> {
    /// A whole number of at most 15 digits.
    Integer(i64),
    /// A number with at most three digits behind the point, in thousandths.
    Decimal(i64),
    /// Printable ASCII.
    String(SfString<'a>),
    /// A short word.
    Token(&'a str),
    /// Any bytes.
    ByteSequence(SfBinary<'a>),
    /// Yes or no.
    Boolean(bool),
    /// Seconds since 1970-01-01 in UTC, leap seconds left out.
    Date(i64),
    /// Any text.
    DisplayString(SfDisplayString<'a>),
}

impl<'a> BareItem<'a> {
    /// The number, if it is an Integer.
    pub const fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The text, if it is a String.
    pub const fn string(self) -> Option<SfString<'a>> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value at the start of a text.
    pub(super) fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        match text {
            [b'0'..=b'9' | b'-', ..] => number::number(text),
            [b'"', rest @ ..] => {
                let (string, rest) = SfString::parse(rest)?;
                Ok((Self::String(string), rest))
            }
            [b'A'..=b'Z' | b'a'..=b'z' | b'*', rest @ ..] => {
                let in_token = |byte| class::is(byte, TOKEN) || byte == b':' || byte == b'/';
                let (_, rest) = take_while(rest, in_token);
                Ok((Self::Token(ascii(before(text, rest))?), rest))
            }
            [b':', rest @ ..] => {
                let (bytes, rest) = SfBinary::parse(rest)?;
                Ok((Self::ByteSequence(bytes), rest))
            }
            [b'?', b'0', rest @ ..] => Ok((Self::Boolean(false), rest)),
            [b'?', b'1', rest @ ..] => Ok((Self::Boolean(true), rest)),
            [b'@', rest @ ..] => number::date(rest),
            [b'%', rest @ ..] => {
                let (text, rest) = SfDisplayString::parse(rest)?;
                Ok((Self::DisplayString(text), rest))
            }
            _ => Err(StructuredError),
        }
    }
}

/// The key at the start of a text (RFC 9651 section 4.2.3.3).
pub(super) fn key(text: &[u8]) -> Parsed<'_, &str> {
    let [b'a'..=b'z' | b'*', rest @ ..] = text else {
        return Err(StructuredError);
    };
    let in_key = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
    let (_, rest) = take_while(rest, in_key);
    Ok((ascii(before(text, rest))?, rest))
}

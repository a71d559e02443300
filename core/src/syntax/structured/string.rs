//! Strings (RFC 9651 section 4.2.5) and Display Strings (section 4.2.10).

use super::{Parsed, StructuredError, before};

/// A String; its escapes are resolved as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SfString<'a> {
    /// What stands between the quotes, checked. No two texts mean the same.
    text: &'a [u8],
}

impl<'a> SfString<'a> {
    /// What follows the first quote.
    pub(super) fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        let mut rest = text;
        loop {
            rest = match rest {
                [b'"', tail @ ..] => {
                    let text = before(text, rest);
                    return Ok((Self { text }, tail));
                }
                // req: 9651-3.3.3-01
                [b'\\', b'"' | b'\\', tail @ ..] => tail,
                [b'\\', ..] => return Err(StructuredError),
                [b' '..=b'~', tail @ ..] => tail,
                _ => return Err(StructuredError),
            }
        }
    }

    /// The characters, all of them ASCII.
    pub fn chars(&self) -> impl Iterator<Item = char> + 'a {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            let (byte, tail) = match rest {
                [b'\\', byte, tail @ ..] | [byte, tail @ ..] => (*byte, tail),
                [] => return None,
            };
            rest = tail;
            Some(char::from(byte))
        })
    }
}

impl PartialEq<str> for SfString<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for SfString<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// A Display String; it is decoded as it is read.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SfDisplayString<'a> {
    /// What stands between the quotes, checked.
    text: &'a [u8],
}

impl<'a> SfDisplayString<'a> {
    /// What follows the percent sign.
    pub(super) fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        let [b'"', text @ ..] = text else {
            return Err(StructuredError);
        };
        let mut rest = text;
        loop {
            if let [b'"', tail @ ..] = rest {
                let text = before(text, rest);
                return Ok((Self { text }, tail));
            }
            (_, rest) = next_char(rest)?;
        }
    }

    /// The characters.
    ///
    /// ```
    /// use larder::structured::{BareItem, Item};
    /// let BareItem::DisplayString(text) = Item::parse(b"%\"f%c3%bc%c3%bc\"")?.value else { panic!() };
    /// assert_eq!(text.chars().collect::<String>(), "füü");
    /// # Ok::<(), larder::structured::StructuredError>(())
    /// ```
    pub fn chars(&self) -> impl Iterator<Item = char> + 'a {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            // It is checked: the error is the end.
            let (character, tail) = next_char(rest).ok()?;
            rest = tail;
            Some(character)
        })
    }
}

impl PartialEq for SfDisplayString<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Eq for SfDisplayString<'_> {}

/// One character of UTF-8.
fn next_char(text: &[u8]) -> Parsed<'_, char> {
    let (first, mut rest) = next_byte(text)?;
    let length = match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let mut bytes = [first, 0, 0, 0];
    for byte in bytes.iter_mut().take(length).skip(1) {
        (*byte, rest) = next_byte(rest)?;
    }
    let character = bytes.get(..length).and_then(|bytes| {
        let text = core::str::from_utf8(bytes).ok()?;
        text.chars().next()
    });
    Ok((character.ok_or(StructuredError)?, rest))
}

/// One byte, percent-encoded or as it is.
fn next_byte(text: &[u8]) -> Parsed<'_, u8> {
    match text {
        [b'%', high, low, rest @ ..] => {
            let (high, low) = (hexadecimal(*high)?, hexadecimal(*low)?);
            Ok((high.wrapping_shl(4) | low, rest))
        }
        [b'%' | b'"', ..] => Err(StructuredError),
        [byte @ b' '..=b'~', rest @ ..] => Ok((*byte, rest)),
        _ => Err(StructuredError),
    }
}

/// A digit in lower case.
const fn hexadecimal(byte: u8) -> Result<u8, StructuredError> {
    match byte {
        b'0'..=b'9' => Ok(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Ok(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => Err(StructuredError),
    }
}

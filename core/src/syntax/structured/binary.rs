//! Byte Sequences (RFC 9651 section 4.2.7): base64.

use super::{Parsed, StructuredError, take_while};

/// A Byte Sequence; it is decoded as it is read.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SfBinary<'a> {
    /// The characters of base64 without padding, checked.
    text: &'a [u8],
}

impl<'a> SfBinary<'a> {
    /// What follows the first colon. Padding may be left out, and the bits that no byte has room for may be
    /// anything (RFC 9651 section 4.2.7).
    pub(super) fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        let (text, rest) = take_while(text, |byte| sextet(byte).is_some());
        let (padding, rest) = take_while(rest, |byte| byte == b'=');
        let most = match text.len() & 0b11 {
            0 => 0,
            2 => 2,
            3 => 1,
            // Six bits are no byte.
            _ => return Err(StructuredError),
        };
        match rest {
            [b':', rest @ ..] if padding.len() <= most => Ok((Self { text }, rest)),
            _ => Err(StructuredError),
        }
    }

    /// The bytes.
    ///
    /// ```
    /// use larder::structured::{BareItem, Item};
    /// let BareItem::ByteSequence(bytes) = Item::parse(b":cHJldGVuZA==:")?.value else { panic!() };
    /// assert!(bytes.bytes().eq(*b"pretend"));
    /// # Ok::<(), larder::structured::StructuredError>(())
    /// ```
    pub fn bytes(&self) -> impl Iterator<Item = u8> + 'a {
        let mut sextets = self.text.iter().filter_map(|byte| sextet(*byte));
        // How many bits are left over from the last one, and which.
        let (mut count, mut bits) = (0u8, 0u8);
        core::iter::from_fn(move || {
            if count == 0 {
                (count, bits) = (6, sextets.next()?);
            }
            let next = sextets.next()?;
            count = count.wrapping_sub(2);
            let byte = u16::from(bits).wrapping_shl(6) | u16::from(next);
            bits = next;
            // Of twelve bits the upper ones that were left over and so many of the lower ones that it is eight.
            #[allow(clippy::cast_possible_truncation)] // what was handed out before is cut off
            Some(byte.wrapping_shr(count.into()) as u8)
        })
    }
}

impl PartialEq for SfBinary<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for SfBinary<'_> {}

/// The six bits of a character of base64 (RFC 4648 section 4).
const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

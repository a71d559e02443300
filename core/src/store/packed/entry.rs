//! Reading what was packed, in place.

use core::fmt;

use super::{ABSENT, CHECKSUM, FIXED, VERSION};
use crate::facts::Checksum;
use crate::syntax::ascii::{eq_ignore_case, split_last};
use crate::syntax::name::Known;
use crate::syntax::{FieldName, Header, Headers, Scheme, Target};

/// Why bytes are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EntryError {
    /// Written by another version of larder: a miss.
    UnknownVersion(u8),
    /// The checksum or the structure does not hold: a miss, and the entry should go.
    Damaged,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion(version) => write!(f, "a stored head of unknown version {version}"),
            Self::Damaged => f.write_str("a stored head is damaged"),
        }
    }
}

impl core::error::Error for EntryError {}

/// A packed head, borrowed. Implements [`Headers`] for the stored field lines.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    scheme: Scheme,
    port: u16,
    host: &'a [u8],
    path: &'a [u8],
    status: u16,
    vary: &'a [u8],
    lines: &'a [u8],
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("target", &self.target())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl<'a> Entry<'a> {
    /// Reads a packed head that may be damaged: checks the checksum.
    ///
    /// # Errors
    /// [`EntryError`]: treat it as a miss.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EntryError> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(EntryError::UnknownVersion(version)),
            None => return Err(EntryError::Damaged),
        }
        let (body, stored) = split_last::<CHECKSUM>(bytes).ok_or(EntryError::Damaged)?;
        if Checksum::new().finish(body) != u64::from_le_bytes(*stored) {
            return Err(EntryError::Damaged);
        }
        Self::trusted(bytes)
    }

    /// Reads a packed head from memory that nothing but the store writes: skips the checksum.
    /// Damage cannot make it panic or read outside; fields may then be missing.
    ///
    /// # Errors
    /// [`EntryError`]: treat it as a miss.
    pub fn trusted(bytes: &'a [u8]) -> Result<Self, EntryError> {
        Self::split(bytes).ok_or(match bytes.first() {
            Some(&version) if version != VERSION => EntryError::UnknownVersion(version),
            _ => EntryError::Damaged,
        })
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (body, _) = split_last::<CHECKSUM>(bytes)?;
        let (body, vary_len) = split_last::<2>(body)?;
        let (fixed, rest) = body.split_first_chunk::<FIXED>()?;
        let [version, scheme, s1, s2, p1, p2, h1, h2, a1, a2] = *fixed;
        let scheme = match (version, scheme) {
            (VERSION, 0) => Scheme::Http,
            (VERSION, 1) => Scheme::Https,
            _ => return None,
        };
        let (host, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([h1, h2])))?;
        let (path, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([a1, a2])))?;
        let vary_len = usize::from(u16::from_le_bytes(*vary_len));
        let (lines, vary) = rest.split_at_checked(rest.len().checked_sub(vary_len)?)?;
        Some(Self {
            scheme,
            port: u16::from_le_bytes([p1, p2]),
            host,
            path,
            status: u16::from_le_bytes([s1, s2]),
            vary,
            lines,
        })
    }

    /// The target URI of the stored response.
    pub fn target(&self) -> Target<'a> {
        // Written from text; only damage that nobody checked for makes it something else.
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or("");
        Target::from_stored(self.scheme, self.port, text(self.host), text(self.path))
    }

    /// The status code of the stored response.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the entry is for this target: the stored URI decides, the key only finds.
    pub fn is_for(&self, target: &Target<'_>) -> bool {
        let path = target.path_and_query().as_bytes();
        let stored = match target.root().is_empty() {
            true => Some(self.path),
            false => match self.path {
                [b'/', rest @ ..] => Some(rest),
                _ => None,
            },
        };
        self.scheme == target.scheme()
            && self.port == target.port()
            && eq_ignore_case(self.host, target.host().as_bytes())
            && stored == Some(path)
    }

    /// The request fields that Vary nominates, with the values they had (several lines joined
    /// with ", "), `None` where the request had no such field.
    pub fn nominated(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let mut rest = self.vary;
        core::iter::from_fn(move || {
            let (piece, tail) = Piece::split(rest)?;
            rest = tail;
            Some((piece.name, piece.value))
        })
    }

    /// The nominated request fields that were present, as field lines: with them a background
    /// validation asks for this variant (RFC 9111 section 4.3.1). Without credentials: those
    /// are the client's to send (req: 9110-11.6.2-01).
    pub fn nominated_fields(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let lines = self.nominated().filter_map(|(name, value)| {
            Some(Header {
                name: FieldName::new(name),
                value: value?,
            })
        });
        lines.filter(|line| {
            let known = line.name.known();
            !matches!(known, Some(Known::Authorization | Known::ProxyAuthorization))
        })
    }
}

/// A field line, or a request field that Vary nominates.
struct Piece<'a> {
    id: u8,
    name: &'a [u8],
    /// `None`: the field was absent.
    value: Option<&'a [u8]>,
}

impl<'a> Piece<'a> {
    /// The first piece, and what follows it.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[id, name_len, low, high], rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_at_checked(usize::from(name_len))?;
        let (value, rest) = match u16::from_le_bytes([low, high]) {
            ABSENT => (None, rest),
            length => {
                let (value, rest) = rest.split_at_checked(usize::from(length))?;
                (Some(value), rest)
            }
        };
        Some((Self { id, name, value }, rest))
    }
}

impl Headers for Entry<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let mut rest = self.lines;
        core::iter::from_fn(move || {
            let (piece, tail) = Piece::split(rest)?;
            rest = tail;
            let name = match piece.id {
                0 => FieldName::of_unknown(piece.name),
                id => FieldName::of_known(id)?,
            };
            let value = piece.value?;
            Some(Header { name, value })
        })
    }
}

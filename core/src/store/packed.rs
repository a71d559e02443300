//! The packed head of an entry: one byte format for every store.
//!
//! ```text
//! 0  version   1 byte, 1
//! 1  scheme    1 byte, 0 http, 1 https
//! 2  status    2 bytes, little-endian like all numbers
//! 4  port      2
//! 6  host_len  2
//! 8  path_len  2
//! 10 host, path, then field lines:
//!      id 1 (number of a known name; 0: another), name_len 1 (0 where there is an id),
//!      value_len 2, name, value
//!    the request fields that Vary nominates, likewise without ids
//!      (value_len 65535: the field was absent)
//!    vary_len  2, the length of these
//!    checksum  8, over all bytes before it
//! ```
//!
//! No alignment is needed. The checksum comes last, so that writing can stream. An unknown
//! version is a miss.

use core::fmt;

use crate::facts::{Checksum, vary};
use crate::syntax::ascii::{eq_ignore_case, none_below};
use crate::syntax::list::{must_go, trim};
use crate::syntax::name::Known;
use crate::syntax::{FieldName, Header, Headers, RequestHead, Scheme, Target};

const VERSION: u8 = 1;
const FIXED: usize = 10;
const CHECKSUM: usize = 8;
const ABSENT: u16 = u16::MAX;
/// What a sink gets at once at most, a multiple of the eight bytes that are summed at once.
const BLOCK: usize = 128;

/// Where a packed head is written to.
pub trait Sink {
    /// What can go wrong.
    type Error;

    /// Appends bytes.
    ///
    /// # Errors
    /// The sink takes no more.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Writes to a slice; what does not fit is counted, so that the caller learns the size.
#[derive(Debug)]
pub struct SliceSink<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl<'a> SliceSink<'a> {
    /// Starts at the front of the slice.
    pub fn new(out: &'a mut [u8]) -> Self {
        Self { out, length: 0 }
    }

    /// The bytes written, or the number of bytes needed.
    ///
    /// # Errors
    /// The slice was too small: the number of bytes needed.
    pub fn finish(self) -> Result<&'a mut [u8], usize> {
        self.out.get_mut(..self.length).ok_or(self.length)
    }
}

impl Sink for SliceSink<'_> {
    type Error = core::convert::Infallible;

    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        let room = self.out.get_mut(self.length..);
        if let Some(room) = room.and_then(|room| room.get_mut(..bytes.len())) {
            room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
        self.length = self.length.saturating_add(bytes.len());
        Ok(())
    }
}

/// What does not fit the format: a name over 255 bytes, a value, host, path or Vary over
/// 65,534. The response is not stored; never a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooLong {
    /// Bytes it has.
    pub length: usize,
    /// Bytes there can be.
    pub limit: usize,
}

/// Why a head was not packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PackError<E> {
    /// A piece is too long for the format.
    TooLong(TooLong),
    /// The sink takes no more.
    Sink(E),
}

impl<E: fmt::Display> fmt::Display for PackError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(TooLong { length, limit }) => {
                write!(f, "a field has {length} bytes, the format has room for {limit}")
            }
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for PackError<E> {}

/// Collects pieces, so that sums and sinks get blocks.
struct Block {
    bytes: [u8; BLOCK],
    filled: usize,
    /// Over the blocks before this one.
    sum: Checksum,
}

impl Block {
    /// Takes a piece in, if there is room for it.
    #[inline]
    fn take(&mut self, piece: &[u8]) -> bool {
        let room = self.bytes.get_mut(self.filled..);
        let Some(room) = room.and_then(|room| room.get_mut(..piece.len())) else {
            return false;
        };
        room.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        self.filled = self.filled.wrapping_add(piece.len());
        true
    }

    fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or(&self.bytes)
    }

    /// Bytes taken in so far.
    fn length(&self) -> u64 {
        self.sum.length().wrapping_add(self.filled as u64)
    }
}

/// Everything but the loops over heads: not generic over them.
struct Writer<'s, S: Sink> {
    sink: &'s mut S,
    block: Block,
}

impl<S: Sink> Writer<'_, S> {
    #[inline]
    fn put(&mut self, piece: &[u8]) -> Result<(), PackError<S::Error>> {
        match self.block.take(piece) {
            true => Ok(()),
            false => self.put_in_parts(piece),
        }
    }

    #[inline(never)]
    fn put_in_parts(&mut self, mut piece: &[u8]) -> Result<(), PackError<S::Error>> {
        loop {
            let room = BLOCK.saturating_sub(self.block.filled);
            let (now, later) = piece.split_at_checked(room).unwrap_or((piece, &[]));
            self.block.take(now);
            if later.is_empty() {
                return Ok(());
            }
            self.sink.put(&self.block.bytes).map_err(PackError::Sink)?;
            self.block.sum.words(&self.block.bytes);
            self.block.filled = 0;
            piece = later;
        }
    }

    /// A value; bytes in it that could split a message become SP (req: 9110-5.5-03).
    fn value(&mut self, value: &[u8]) -> Result<(), PackError<S::Error>> {
        if none_below(value, 0x0e) {
            return self.put(value);
        }
        for (number, part) in value.split(|byte| must_go(*byte)).enumerate() {
            if number > 0 {
                self.put(b" ")?;
            }
            self.put(part)?;
        }
        Ok(())
    }

    fn line(&mut self, line: Header<'_>) -> Result<(), PackError<S::Error>> {
        let (value, name) = (trim(line.value), line.hinted().name);
        let length = short(value.len())?;
        match name.id() {
            0 => self.start(0, name.as_bytes(), length)?,
            id => self.start(id, &[], length)?,
        }
        self.value(value)
    }

    /// A request field that Vary nominates; several lines follow it one by one.
    fn nominated(&mut self, name: &[u8], lines: &vary::Lines<'_>) -> Result<(), PackError<S::Error>> {
        let Some(first) = lines.first else {
            return self.start(0, name, ABSENT);
        };
        self.start(0, name, short(lines.length)?)?;
        if lines.are_several() {
            Ok(())
        } else {
            self.value(first)
        }
    }

    /// What stands before a value.
    fn start(&mut self, id: u8, name: &[u8], value_len: u16) -> Result<(), PackError<S::Error>> {
        let name_len = u8::try_from(name.len()).map_err(|_| too_long(name.len(), 255))?;
        let [low, high] = value_len.to_le_bytes();
        self.put(&[id, name_len, low, high])?;
        self.put(name)
    }

    fn fixed(&mut self, target: &Target<'_>, status: u16) -> Result<(), PackError<S::Error>> {
        let path = target.path_and_query();
        let path_len = path.len().saturating_add(target.root().len());
        let scheme = match target.scheme() {
            Scheme::Http => 0,
            Scheme::Https => 1,
        };
        let [s1, s2] = status.to_le_bytes();
        let [p1, p2] = target.port().to_le_bytes();
        let [h1, h2] = short(target.host().len())?.to_le_bytes();
        let [a1, a2] = short(path_len)?.to_le_bytes();
        self.put(&[VERSION, scheme, s1, s2, p1, p2, h1, h2, a1, a2])?;
        self.put(target.host().as_bytes())?;
        self.put(target.root().as_bytes())?;
        self.put(path.as_bytes())
    }

    /// `lines` is the length up to the end of the field lines.
    fn finish(mut self, lines: u64) -> Result<(), PackError<S::Error>> {
        let vary_len = usize::try_from(self.block.length().wrapping_sub(lines)).unwrap_or(usize::MAX);
        self.put(&short(vary_len)?.to_le_bytes())?;
        let sum = self.block.sum.finish(self.block.filled());
        self.put(&sum.to_le_bytes())?;
        self.sink.put(self.block.filled()).map_err(PackError::Sink)
    }
}

fn too_long<E>(length: usize, limit: usize) -> PackError<E> {
    PackError::TooLong(TooLong { length, limit })
}

fn short<E>(length: usize) -> Result<u16, PackError<E>> {
    match u16::try_from(length) {
        Ok(length) if length != ABSENT => Ok(length),
        _ => Err(too_long(length, usize::from(ABSENT - 1))),
    }
}

/// Packs the head of an entry: the request's target and nominated fields, the status, and the
/// fields to store. `head` is what [`Exchange`](crate::Exchange) and the states hand out for
/// storing, already without the fields that are not stored.
///
/// # Errors
/// A piece too long for the format, or whatever the sink says.
pub fn pack<S, Q, R>(
    sink: &mut S,
    request: &RequestHead<'_, Q>,
    status: u16,
    head: &R,
) -> Result<(), PackError<S::Error>>
where
    S: Sink,
    Q: Headers + ?Sized,
    R: Headers + ?Sized,
{
    let mut writer = Writer {
        sink,
        block: Block {
            bytes: [0; BLOCK],
            filled: 0,
            sum: Checksum::new(),
        },
    };
    writer.fixed(&request.target, status)?;
    for line in head.fields() {
        writer.line(line)?;
    }
    let lines = writer.block.length();
    for nominated in vary::nominated(head) {
        for name in nominated {
            let found = vary::lines_of(request.headers, name);
            writer.nominated(name, &found)?;
            if found.are_several() {
                let mut result = Ok(());
                vary::joined(request.headers, name, |part| {
                    if result.is_ok() {
                        result = writer.value(part);
                    }
                });
                result?;
            }
        }
    }
    writer.finish(lines)
}

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
        let (body, stored) = bytes.split_last_chunk::<CHECKSUM>().ok_or(EntryError::Damaged)?;
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
        let (body, _) = bytes.split_last_chunk::<CHECKSUM>()?;
        let (body, vary_len) = body.split_last_chunk::<2>()?;
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
            false => self.path.strip_prefix(b"/"),
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
    #[inline]
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

//! The packed head of an entry: one byte format for every store.
//!
//! ```text
//! 0  version   1 byte, 1
//! 1  scheme    1 byte, 0 http, 1 https
//! 2  status    2 bytes, little-endian like all numbers
//! 4  port      2
//! 6  host_len  2
//! 8  path_len  2
//! 10 vary_len  2
//! 12 host, path, then vary_len bytes of nominated request fields:
//!      name_len 1, name, value_len 2 (65535: the field was absent), value
//!    then field lines up to the checksum:
//!      id 1 (number of a known name; 0: name_len 1 and name follow), value_len 2, value
//!    checksum  8, over all bytes before it
//! ```
//!
//! No alignment is needed. The checksum comes last, so that writing can stream. An unknown
//! version is a miss.

use core::fmt;

use crate::facts::{Checksum, vary};
use crate::syntax::list::trim;
use crate::syntax::name::{Known, maybe_known};
use crate::syntax::{FieldName, Header, Headers, RequestHead, Scheme, Target};

const VERSION: u8 = 1;
const FIXED: usize = 12;
const CHECKSUM: usize = 8;
const ABSENT: u16 = u16::MAX;

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
        let end = self.length.saturating_add(bytes.len());
        if let Some(room) = self.out.get_mut(self.length..end) {
            room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
        self.length = end;
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

/// Everything but the loops over heads: not generic over them.
struct Writer<'s, S: Sink> {
    sink: &'s mut S,
    sum: Checksum,
}

impl<S: Sink> Writer<'_, S> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), PackError<S::Error>> {
        self.sum.update(bytes);
        self.sink.put(bytes).map_err(PackError::Sink)
    }

    fn name(&mut self, name: &[u8]) -> Result<(), PackError<S::Error>> {
        let length = u8::try_from(name.len()).map_err(|_| too_long(name.len(), 255))?;
        self.put(&[length])?;
        self.put(name)
    }

    fn line(&mut self, line: &Header<'_>) -> Result<(), PackError<S::Error>> {
        let name = line.name.as_bytes();
        let known = if maybe_known(name) {
            Known::find(name)
        } else {
            None
        };
        match known {
            Some(known) => self.put(&[known as u8])?,
            None => {
                self.put(&[0])?;
                self.name(name)?;
            }
        }
        let value = trim(line.value);
        self.put(&short(value.len())?.to_le_bytes())?;
        self.put(value)
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
        sum: Checksum::new(),
    };
    let vary_len = vary_length(request.headers, head);
    fixed(&mut writer, &request.target, status, vary_len)?;
    for name in vary::nominated(head) {
        writer.name(name)?;
        let (present, length) = joined_length(request.headers, name);
        let length = if present { short(length)? } else { ABSENT };
        writer.put(&length.to_le_bytes())?;
        let mut result = Ok(());
        vary::joined(request.headers, name, |part| {
            if result.is_ok() {
                result = writer.put(part);
            }
        });
        result?;
    }
    for line in head.fields() {
        writer.line(&line)?;
    }
    let sum = writer.sum.finish().to_le_bytes();
    writer.sink.put(&sum).map_err(PackError::Sink)
}

fn fixed<S: Sink>(
    writer: &mut Writer<'_, S>,
    target: &Target<'_>,
    status: u16,
    vary_len: usize,
) -> Result<(), PackError<S::Error>> {
    let path = target.path_and_query();
    let path_len = path.len().saturating_add(target.root().len());
    let scheme = match target.scheme() {
        Scheme::Http => 0,
        Scheme::Https => 1,
    };
    writer.put(&[VERSION, scheme])?;
    writer.put(&status.to_le_bytes())?;
    writer.put(&target.port().to_le_bytes())?;
    writer.put(&short(target.host().len())?.to_le_bytes())?;
    writer.put(&short(path_len)?.to_le_bytes())?;
    writer.put(&short(vary_len)?.to_le_bytes())?;
    writer.put(target.host().as_bytes())?;
    writer.put(target.root().as_bytes())?;
    writer.put(path.as_bytes())
}

fn joined_length<Q: Headers + ?Sized>(request: &Q, name: &[u8]) -> (bool, usize) {
    let mut length = 0usize;
    let present = vary::joined(request, name, |part| {
        length = length.saturating_add(part.len());
    });
    (present, length)
}

fn vary_length<Q, R>(request: &Q, head: &R) -> usize
where
    Q: Headers + ?Sized,
    R: Headers + ?Sized,
{
    let mut total = 0usize;
    for name in vary::nominated(head) {
        let (_, length) = joined_length(request, name);
        total = total
            .saturating_add(name.len())
            .saturating_add(length)
            .saturating_add(3);
    }
    total
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
    target: Target<'a>,
    status: u16,
    vary: &'a [u8],
    lines: &'a [u8],
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("target", &self.target)
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
        let mut sum = Checksum::new();
        sum.update(body);
        if sum.finish() != u64::from_le_bytes(*stored) {
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
        let (fixed, rest) = body.split_first_chunk::<FIXED>()?;
        let [version, scheme, s1, s2, p1, p2, h1, h2, a1, a2, v1, v2] = *fixed;
        let scheme = match (version, scheme) {
            (VERSION, 0) => Scheme::Http,
            (VERSION, 1) => Scheme::Https,
            _ => return None,
        };
        let (host, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([h1, h2])))?;
        let (path, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([a1, a2])))?;
        let (vary, lines) = rest.split_at_checked(usize::from(u16::from_le_bytes([v1, v2])))?;
        let (host, path) = (core::str::from_utf8(host).ok()?, core::str::from_utf8(path).ok()?);
        let port = u16::from_le_bytes([p1, p2]);
        Some(Self {
            target: Target::from_stored(scheme, port, host, path),
            status: u16::from_le_bytes([s1, s2]),
            vary,
            lines,
        })
    }

    /// The target URI of the stored response.
    pub const fn target(&self) -> Target<'a> {
        self.target
    }

    /// The status code of the stored response.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the entry is for this target: the stored URI decides, the key only finds.
    pub fn is_for(&self, target: &Target<'_>) -> bool {
        self.target == *target
    }

    /// The request fields that Vary nominates, with the values they had (several lines joined
    /// with ", "), `None` where the request had no such field.
    pub fn nominated(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let mut rest = self.vary;
        core::iter::from_fn(move || {
            let (name, tail) = split_name(rest)?;
            let (length, tail) = tail.split_first_chunk::<2>()?;
            let length = u16::from_le_bytes(*length);
            if length == ABSENT {
                rest = tail;
                return Some((name, None));
            }
            let (value, tail) = tail.split_at_checked(usize::from(length))?;
            rest = tail;
            Some((name, Some(value)))
        })
    }

    /// The nominated request fields that were present, as field lines: with them a background
    /// validation asks for this variant (RFC 9111 section 4.3.1).
    pub fn nominated_fields(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        self.nominated().filter_map(|(name, value)| {
            Some(Header {
                name: FieldName::new(name),
                value: value?,
            })
        })
    }
}

fn split_name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

impl Headers for Entry<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let mut rest = self.lines;
        core::iter::from_fn(move || {
            let (id, tail) = rest.split_first()?;
            let (name, tail) = match id {
                0 => split_name(tail)?,
                id => (Known::from_id(*id)?.name().as_bytes(), tail),
            };
            let (length, tail) = tail.split_first_chunk::<2>()?;
            let (value, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            rest = tail;
            Some(Header {
                name: FieldName::new(name),
                value,
            })
        })
    }
}

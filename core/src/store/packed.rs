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

use crate::facts::Checksum;
use crate::facts::vary::{Found, joined};
use crate::syntax::ascii::{eq_ignore_case, none_below};
use crate::syntax::lines::{Each, Lines};
use crate::syntax::list::{members, must_go, trim};
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
    let mut refusal = None;
    let mut output = |block: &[u8]| match sink.put(block) {
        Ok(()) => true,
        Err(error) => {
            refusal = Some(error);
            false
        }
    };
    let writer = Writer::new(&mut output);
    let too_long = writer.entry(&request.target, status, &head, &request.headers);
    match (refusal, too_long) {
        (Some(error), _) => Err(PackError::Sink(error)),
        (None, Some(piece)) => Err(PackError::TooLong(piece)),
        (None, None) => Ok(()),
    }
}

/// Collects pieces, so that sums and sinks get blocks; compiled once for all sinks and heads.
/// What goes wrong is kept until the end, and nothing is put out after it.
struct Writer<'o> {
    /// Whether the sink has taken a block.
    output: &'o mut dyn FnMut(&[u8]) -> bool,
    block: [u8; BLOCK],
    filled: usize,
    /// Over the blocks before this one.
    sum: Checksum,
    refused: bool,
    too_long: Option<TooLong>,
}

impl<'o> Writer<'o> {
    fn new(output: &'o mut dyn FnMut(&[u8]) -> bool) -> Self {
        Self {
            output,
            block: [0; BLOCK],
            filled: 0,
            sum: Checksum::new(),
            refused: false,
            too_long: None,
        }
    }

    fn entry(
        mut self,
        target: &Target<'_>,
        status: u16,
        head: &dyn Each<'_>,
        request: &dyn Lines<'_>,
    ) -> Option<TooLong> {
        self.fixed(target, status);
        let mut vary = None;
        let mut vary_lines = 0usize;
        head.each(&mut |line| {
            let line = line.hinted();
            if line.name.id() == Known::Vary as u8 {
                vary_lines = vary_lines.wrapping_add(1);
                vary = vary.or(Some(line.value));
            }
            self.line(line);
        });
        let lines = self.length();
        for number in 0..vary_lines {
            if number > 0 {
                vary = vary_line(head, number);
            }
            members(vary.unwrap_or_default()).for_each(|name| self.nominated(name, request));
        }
        let vary_len = usize::try_from(self.length().wrapping_sub(lines)).unwrap_or(usize::MAX);
        let vary_len = self.fits(vary_len, ABSENT);
        self.put(&vary_len.to_le_bytes());
        let sum = self.sum.finish(self.filled());
        self.put(&sum.to_le_bytes());
        self.put_out();
        self.too_long
    }

    /// Bytes taken in so far.
    fn length(&self) -> u64 {
        self.sum.length().wrapping_add(self.filled as u64)
    }

    fn filled(&self) -> &[u8] {
        self.block.get(..self.filled).unwrap_or(&self.block)
    }

    /// Takes a piece into the block, if there is room for it.
    #[inline]
    fn take(&mut self, piece: &[u8]) -> bool {
        let room = self.block.get_mut(self.filled..);
        let Some(room) = room.and_then(|room| room.get_mut(..piece.len())) else {
            return false;
        };
        room.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        self.filled = self.filled.wrapping_add(piece.len());
        true
    }

    #[inline]
    fn put(&mut self, piece: &[u8]) {
        if !self.take(piece) {
            self.put_in_parts(piece);
        }
    }

    #[inline(never)]
    fn put_in_parts(&mut self, mut piece: &[u8]) {
        loop {
            let room = BLOCK.saturating_sub(self.filled);
            let (now, later) = piece.split_at_checked(room).unwrap_or((piece, &[]));
            self.take(now);
            if later.is_empty() {
                return;
            }
            self.put_out();
            self.sum.words(&self.block);
            self.filled = 0;
            piece = later;
        }
    }

    fn put_out(&mut self) {
        if !self.refused && self.too_long.is_none() {
            let block = self.block.get(..self.filled).unwrap_or(&self.block);
            self.refused = !(self.output)(block);
        }
    }

    /// The length of a piece, which has to be below a limit.
    fn fits(&mut self, length: usize, end: u16) -> u16 {
        match u16::try_from(length) {
            Ok(length) if length < end => length,
            _ => {
                let limit = usize::from(end).wrapping_sub(1);
                self.too_long.get_or_insert(TooLong { length, limit });
                0
            }
        }
    }

    /// A value; bytes in it that could split a message become SP (req: 9110-5.5-03).
    fn value(&mut self, value: &[u8]) {
        if none_below(value, 0x0e) {
            return self.put(value);
        }
        for byte in value {
            self.put(&[if must_go(*byte) { b' ' } else { *byte }]);
        }
    }

    fn line(&mut self, line: Header<'_>) {
        let (value, name) = (trim(line.value), line.name);
        match name.id() {
            0 => self.start(0, name.as_bytes(), value.len()),
            id => self.start(id, &[], value.len()),
        }
        self.value(value);
    }

    /// A request field that Vary nominates.
    fn nominated(&mut self, name: &[u8], request: &dyn Lines<'_>) {
        match Found::of(request, name) {
            Found::Nothing => self.start_with(0, name, ABSENT),
            Found::One(value) => {
                self.start(0, name, value.len());
                self.value(value);
            }
            Found::Several => {
                let lengths = joined(request, name).map(<[u8]>::len);
                self.start(0, name, lengths.fold(0, usize::saturating_add));
                joined(request, name).for_each(|part| self.value(part));
            }
        }
    }

    /// What stands before a value.
    fn start(&mut self, id: u8, name: &[u8], value_len: usize) {
        let value_len = self.fits(value_len, ABSENT);
        self.start_with(id, name, value_len);
    }

    fn start_with(&mut self, id: u8, name: &[u8], value_len: u16) {
        let [name_len, _] = self.fits(name.len(), 256).to_le_bytes();
        let [low, high] = value_len.to_le_bytes();
        self.put(&[id, name_len, low, high]);
        self.put(name);
    }

    fn fixed(&mut self, target: &Target<'_>, status: u16) {
        let (host, root, path) = (target.host(), target.root(), target.path_and_query());
        let scheme = match target.scheme() {
            Scheme::Http => 0,
            Scheme::Https => 1,
        };
        let [s1, s2] = status.to_le_bytes();
        let [p1, p2] = target.port().to_le_bytes();
        let [h1, h2] = self.fits(host.len(), ABSENT).to_le_bytes();
        let path_len = path.len().saturating_add(root.len());
        let [a1, a2] = self.fits(path_len, ABSENT).to_le_bytes();
        self.put(&[VERSION, scheme, s1, s2, p1, p2, h1, h2, a1, a2]);
        for piece in [host, root, path] {
            self.put(piece.as_bytes());
        }
    }
}

/// A line of Vary by its number; nearly always there is only the first.
fn vary_line<'s>(head: &dyn Each<'s>, number: usize) -> Option<&'s [u8]> {
    let (mut found, mut before) = (None, number);
    head.each(&mut |line| {
        if line.name == "vary" {
            if before == 0 && found.is_none() {
                found = Some(line.value);
            }
            before = before.saturating_sub(1);
        }
    });
    found
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

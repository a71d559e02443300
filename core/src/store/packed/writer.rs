//! Packing.

use super::sink::{PackError, Sink, TooLong};
use super::{ABSENT, VERSION};
use crate::facts::Checksum;
use crate::facts::vary::{Found, joined};
use crate::syntax::ascii::none_below;
use crate::syntax::lines::{Each, Lines};
use crate::syntax::list::{members, must_go, trim};
use crate::syntax::name::Known;
use crate::syntax::{Header, Headers, RequestHead, Scheme, Target};

/// What a sink gets at once at most, a multiple of the eight bytes that are summed at once.
const BLOCK: usize = 128;

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
    let too_long = Writer::entry(&mut output, &request.target, status, &head, &request.headers);
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

impl Writer<'_> {
    fn entry<'s>(
        output: &mut dyn FnMut(&[u8]) -> bool,
        target: &Target<'_>,
        status: u16,
        head: &dyn Each<'s>,
        request: &dyn Lines<'_>,
    ) -> Option<TooLong> {
        let mut writer = Writer {
            output,
            block: [0; BLOCK],
            filled: 0,
            sum: Checksum::new(),
            refused: false,
            too_long: None,
        };
        writer.fixed(target, status);
        let mut vary = None;
        let mut vary_lines = 0usize;
        head.each(&mut |line: Header<'s>| {
            let line = line.hinted();
            if line.name.id() == Known::Vary as u8 {
                vary_lines = vary_lines.wrapping_add(1);
                vary = vary.or(Some(line.value));
            }
            writer.line(line);
        });
        let lines = writer.length();
        for number in 0..vary_lines {
            if number > 0 {
                vary = vary_line(head, number);
            }
            members(vary.unwrap_or_default()).for_each(|name| writer.nominated(name, request));
        }
        let vary_len = usize::try_from(writer.length().wrapping_sub(lines)).unwrap_or(usize::MAX);
        let vary_len = writer.fits(vary_len, ABSENT);
        writer.put(&vary_len.to_le_bytes());
        let sum = writer.sum.finish(writer.filled());
        writer.put(&sum.to_le_bytes());
        writer.put_out();
        writer.too_long
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

    #[inline(never)]
    fn put_out(&mut self) {
        if !self.refused && self.too_long.is_none() {
            let block = self.block.get(..self.filled).unwrap_or(&self.block);
            self.refused = !(self.output)(block);
        }
    }

    /// The length of a piece, which has to be below a limit.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
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

    #[inline(never)]
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
    head.each(&mut |line: Header<'s>| {
        if line.name == "vary" {
            if before == 0 && found.is_none() {
                found = Some(line.value);
            }
            before = before.saturating_sub(1);
        }
    });
    found
}

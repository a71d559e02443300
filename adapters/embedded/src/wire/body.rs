//! Where a body ends: Content-Length counted, chunks decoded (RFC 9112 section 7.1).

use super::{Framing, FramingError};

/// What stands between two chunks at most: a size line with its extensions.
const MAX_SIZE_LINE: u16 = 256;
/// The trailer section at most; it is thrown away.
const MAX_TRAILERS: u16 = 2048;

/// Follows a body from its first byte to its end. It is given bytes and says which of them are
/// body; it is never in the middle of an await, so a dropped read loses nothing.
#[derive(Clone, Copy, Debug)]
pub struct BodyDecoder {
    state: State,
    /// Bytes of the size line, or of the trailers.
    overhead: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Done,
    /// So many bytes are left, counted by Content-Length.
    Length(u64),
    UntilClose,
    /// The connection has closed behind a body that only this ends.
    Closed,
    /// The size of a chunk, with at least one digit read or not.
    Size {
        value: u64,
        digits: bool,
    },
    /// Behind the size: extensions, up to CR.
    Extension {
        value: u64,
    },
    /// The LF of a size line.
    SizeEnd {
        value: u64,
    },
    /// So many bytes are left of a chunk.
    Data(u64),
    DataCr,
    DataLf,
    /// A trailer line, with anything in it or not.
    Trailer {
        empty: bool,
    },
    /// The LF of a trailer line.
    TrailerEnd {
        empty: bool,
    },
}

/// What became of some input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of input that were used.
    pub consumed: usize,
    /// Bytes of body at the front of the output.
    pub produced: usize,
}

impl BodyDecoder {
    /// At the start of a body.
    pub const fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => SIZE,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, overhead: 0 }
    }

    /// Whether the whole body was seen, and its framing proves it.
    pub fn is_complete(&self) -> bool {
        self.state == State::Done
    }

    /// Whether the connection has closed behind a body that only this ends.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// How many of the next bytes are body whatever they are: so many may be read straight into
    /// the caller's buffer, then told to [`advance`](Self::advance). `None` between chunks and
    /// at the end.
    pub const fn direct(&self) -> Option<u64> {
        match self.state {
            State::Length(left) | State::Data(left) => Some(left),
            State::UntilClose => Some(u64::MAX),
            _ => None,
        }
    }

    /// So many body bytes were read straight from the stream.
    pub const fn advance(&mut self, count: u64) {
        self.state = match self.state {
            State::Length(left) if left <= count => State::Done,
            State::Length(left) => State::Length(left.saturating_sub(count)),
            State::Data(left) if left <= count => State::DataCr,
            State::Data(left) => State::Data(left.saturating_sub(count)),
            state => state,
        };
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// [`FramingError::CutOff`]: too early.
    pub fn end(&mut self) -> Result<(), FramingError> {
        match self.state {
            State::Done | State::Closed => Ok(()),
            State::UntilClose => {
                self.state = State::Closed;
                Ok(())
            }
            _ => Err(FramingError::CutOff),
        }
    }

    /// Takes in bytes of the stream, as many as belong to this body and as there is room for.
    ///
    /// # Errors
    /// The framing is broken: what comes next on this connection cannot be known.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, FramingError> {
        let mut step = Step::default();
        loop {
            let rest = input.get(step.consumed..).unwrap_or_default();
            if let Some(left) = self.direct() {
                let room = output.get_mut(step.produced..).unwrap_or_default();
                let count = rest
                    .len()
                    .min(room.len())
                    .min(usize::try_from(left).unwrap_or(usize::MAX));
                if count == 0 {
                    return Ok(step);
                }
                room.iter_mut()
                    .zip(rest)
                    .take(count)
                    .for_each(|(to, from)| *to = *from);
                step.consumed = step.consumed.saturating_add(count);
                step.produced = step.produced.saturating_add(count);
                self.advance(count as u64);
                continue;
            }
            let (Some(byte), false) = (rest.first(), matches!(self.state, State::Done | State::Closed))
            else {
                return Ok(step);
            };
            self.between(*byte)?;
            step.consumed = step.consumed.saturating_add(1);
        }
    }

    /// A byte that is no body.
    fn between(&mut self, byte: u8) -> Result<(), FramingError> {
        self.overhead = self.overhead.saturating_add(1);
        let trailers = matches!(self.state, State::Trailer { .. } | State::TrailerEnd { .. });
        let limit = if trailers { MAX_TRAILERS } else { MAX_SIZE_LINE };
        if self.overhead > limit {
            return Err(FramingError::Overhead);
        }
        self.state = match (self.state, byte) {
            (State::Size { value, digits: true }, b'\r') => State::SizeEnd { value },
            (State::Size { value, digits: true }, b';' | b' ' | b'\t') => State::Extension { value },
            (State::Size { value, .. }, _) => {
                let digit = (byte as char).to_digit(16).ok_or(FramingError::Chunk)?;
                let value = value.checked_mul(16).ok_or(FramingError::Chunk)?;
                State::Size {
                    value: value | u64::from(digit),
                    digits: true,
                }
            }
            (State::Extension { value }, b'\r') => State::SizeEnd { value },
            (State::Extension { .. }, b'\n') => return Err(FramingError::Chunk),
            (State::Extension { value }, _) => State::Extension { value },
            (State::SizeEnd { value: 0 }, b'\n') => {
                self.overhead = 0;
                State::Trailer { empty: true }
            }
            (State::SizeEnd { value }, b'\n') => {
                self.overhead = 0;
                State::Data(value)
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => SIZE,
            (State::Trailer { empty }, b'\r') => State::TrailerEnd { empty },
            (State::Trailer { .. }, b'\n') => return Err(FramingError::Chunk),
            (State::Trailer { .. }, _) => State::Trailer { empty: false },
            (State::TrailerEnd { empty: true }, b'\n') => State::Done,
            (State::TrailerEnd { empty: false }, b'\n') => State::Trailer { empty: true },
            _ => return Err(FramingError::Chunk),
        };
        Ok(())
    }
}

const SIZE: State = State::Size {
    value: 0,
    digits: false,
};

//! Inputs and outputs that the optimiser cannot see through: two registers of a device that does not exist.

use larder::{Config, Exchanged, Failure, Now, Override, Partition, StoredFacts};

/// Reads as unknown bytes.
const INPUT: *const u32 = 0x4000_0000 as *const u32;
/// Takes results, so that the work for them stays.
const OUTPUT: *mut u32 = 0x4000_0004 as *mut u32;

/// An unknown number.
#[inline(never)]
pub fn word() -> u32 {
    // SAFETY: a device register's address; the image is linked and measured, never run.
    unsafe { INPUT.read_volatile() }
}

/// Fills a buffer with unknown bytes.
#[inline(never)]
pub fn fill(buffer: &mut [u8]) {
    for byte in buffer {
        *byte = word().to_le_bytes()[0];
    }
}

/// Uses a result.
#[inline(never)]
pub fn give(result: u32) {
    // SAFETY: as above.
    unsafe { OUTPUT.write_volatile(result) }
}

/// Uses bytes.
#[inline(never)]
pub fn give_bytes(bytes: &[u8]) {
    for byte in bytes {
        give(u32::from(*byte));
    }
}

/// Some value of the type: the optimiser forgets which one.
fn unknown<T: Copy>(value: T) -> T {
    // SAFETY: a reference is valid to read.
    unsafe { (&raw const value).read_volatile() }
}

/// The lines of a head.
pub type Lines<'a> = [(&'a [u8], &'a [u8]); 8];

/// What firmware knows before there is a request, and what its clock and its flash say.
#[cfg_attr(
    any(feature = "network", feature = "fields"),
    allow(dead_code, reason = "every shape reads all of it, adapters use a part")
)]
#[cfg_attr(feature = "baseline", expect(dead_code, reason = "read and not used"))]
pub struct Given {
    /// The rules.
    pub config: Config,
    /// What is decided against the origin's word.
    pub over: Override,
    /// Whose requests these are.
    pub partition: Partition,
    /// The time.
    pub now: Now,
    /// The times of an exchange.
    pub at: Exchanged,
    /// Why the origin cannot be asked.
    pub failure: Failure,
    /// Facts as they were persisted.
    pub facts: [u8; StoredFacts::BYTES],
    /// A packed head.
    pub packed: [u8; 512],
}

impl Given {
    /// Reads everything; the values named here are what the optimiser must not believe.
    #[inline(never)]
    pub fn read() -> Self {
        let mut given = Self {
            config: unknown(Config::private()),
            over: unknown(Override::NONE),
            partition: unknown(Partition::COMMON),
            now: unknown(Now::mono(0, 0)),
            at: unknown(Exchanged::new(Now::mono(0, 0), Now::mono(0, 0))),
            failure: unknown(Failure::Transport),
            facts: [0; StoredFacts::BYTES],
            packed: [0; 512],
        };
        fill(&mut given.facts);
        fill(&mut given.packed);
        given
    }
}

/// Unknown bytes, before they are taken apart.
pub struct Raw {
    request: [u8; 512],
    response: [u8; 512],
}

/// What an HTTP client hands over.
pub struct Inputs<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The target.
    pub uri: &'a str,
    /// The request's lines.
    pub request: Lines<'a>,
    /// The response's status.
    pub status: u16,
    /// The response's lines.
    pub response: Lines<'a>,
}

impl Raw {
    /// Nothing read yet.
    pub const fn new() -> Self {
        Self {
            request: [0; 512],
            response: [0; 512],
        }
    }

    /// Reads heads; bytes that are none become short ones.
    #[inline(never)]
    pub fn read(&mut self) -> Inputs<'_> {
        fill(&mut self.request);
        fill(&mut self.response);
        let mut rest = &self.request[..];
        let method = text(&mut rest);
        let uri = text(&mut rest);
        Inputs {
            method,
            uri,
            request: lines(rest),
            status: word() as u16,
            response: lines(&self.response),
        }
    }
}

/// A length and as many bytes.
fn piece<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, tail)) = rest.split_first() else {
        return &[];
    };
    let (piece, tail) = tail.split_at_checked(usize::from(*length)).unwrap_or((&[], &[]));
    *rest = tail;
    piece
}

fn text<'a>(rest: &mut &'a [u8]) -> &'a str {
    core::str::from_utf8(piece(rest)).unwrap_or("")
}

#[inline(never)]
fn lines(mut bytes: &[u8]) -> Lines<'_> {
    core::array::from_fn(|_| (piece(&mut bytes), piece(&mut bytes)))
}

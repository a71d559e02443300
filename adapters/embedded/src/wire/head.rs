//! A response head as its bytes.

use larder::{FieldName, Header, Headers};

/// The bytes of a head, status line and empty line included, that a parser has found well
/// formed. It hands out the field lines in place, without an array of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawHead<'a>(pub &'a [u8]);

impl Headers for RawHead<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        lines(self.0)
    }
}

/// The field lines of a head.
pub(crate) fn lines(head: &[u8]) -> impl Iterator<Item = Header<'_>> {
    head.split(|byte| *byte == b'\n')
        .skip_while(|line| is_empty(line)) // parsers let empty lines stand before a head
        .skip(1)
        .take_while(|line| !is_empty(line))
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            Some(Header {
                name: FieldName::new(name),
                value: value.get(1..)?.trim_ascii(),
            })
        })
}

/// Whether a line is empty, with its end or without.
pub(crate) fn is_empty(line: &[u8]) -> bool {
    matches!(line, [] | [b'\r'] | [b'\n'] | [b'\r', b'\n'])
}

/// The head that a transport has received, in the caller's buffer.
#[derive(Debug)]
pub struct Received<'b> {
    pub(crate) buffer: &'b mut [u8],
    pub(crate) length: usize,
}

impl Headers for Received<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        lines(self.buffer.get(..self.length).unwrap_or_default())
    }
}

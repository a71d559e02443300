//! Work, counted: how often larder reads how many bytes of a head. A hostile head may cost more than a
//! plain one, but not more than a constant times its length for each name that Vary nominates.

use std::cell::Cell;

use larder::{FieldName, Header, Headers};

/// A head that counts the bytes it hands out.
pub struct Counted<'a> {
    lines: &'a [(Vec<u8>, Vec<u8>)],
    read: Cell<u64>,
}

impl<'a> Counted<'a> {
    /// Nothing is read yet.
    pub fn new(lines: &'a [(Vec<u8>, Vec<u8>)]) -> Self {
        Self {
            lines,
            read: Cell::new(0),
        }
    }

    /// Bytes of names and values handed out so far.
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    /// Panics when all of the head was read more than so many times.
    pub fn expect_at_most(&self, times: u64) {
        let length: u64 = self.lines.iter().map(cost).sum();
        let read = self.read();
        assert!(read <= length * times, "{read} bytes read of a head of {length}");
    }
}

fn cost((name, value): &(Vec<u8>, Vec<u8>)) -> u64 {
    (name.len() + value.len() + 4) as u64
}

impl Headers for Counted<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.lines.iter().map(|line| {
            self.read.set(self.read.get() + cost(line));
            Header {
                name: FieldName::new(&line.0),
                value: &line.1,
            }
        })
    }
}

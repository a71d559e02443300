//! Short texts without a heap.

use core::fmt::Write as _;

/// A short text.
pub struct Text {
    bytes: [u8; 64],
    length: usize,
}

impl Text {
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or("")
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.length..self.length + text.len());
        room.ok_or(core::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

fn text(arguments: core::fmt::Arguments<'_>) -> Text {
    let mut text = Text {
        bytes: [0; 64],
        length: 0,
    };
    text.write_fmt(arguments).expect("a short text");
    text
}

pub fn join(origin: &str, path: &str) -> Text {
    text(format_args!("{origin}{path}"))
}

pub fn decimal(number: u32) -> Text {
    text(format_args!("{number}"))
}

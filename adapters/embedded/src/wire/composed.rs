//! What a request says of its target, in one piece.

use larder::{Decimal, Target};

/// The longest text that is put together.
const ROOM: usize = 72;

/// A Host field or a request target in one piece, for codecs of stacks that take no others. Most
/// are, as they stand in the URI; what has to be put together has at most 72 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Composed {
    bytes: [u8; ROOM],
}

impl Composed {
    /// Room for one.
    pub const fn new() -> Self {
        Self { bytes: [0; ROOM] }
    }

    /// The Host field (RFC 9110 section 7.2); `None` when it is too long.
    pub fn host<'t>(&'t mut self, target: &Target<'t>) -> Option<&'t str> {
        if target.port() == target.scheme().default_port() {
            return Some(target.host());
        }
        let port = Decimal::new(u64::from(target.port()));
        let port = core::str::from_utf8(port.as_bytes()).ok()?;
        self.join([target.host(), ":", port])
    }

    /// The request target in origin-form (RFC 9112 section 3.2.1); `None` when it is too long.
    pub fn path<'t>(&'t mut self, target: &Target<'t>) -> Option<&'t str> {
        match target.path_and_query() {
            "" => Some("/"),
            path if path.starts_with('/') => Some(path),
            query => self.join(["/", query, ""]),
        }
    }

    fn join(&mut self, pieces: [&str; 3]) -> Option<&str> {
        let mut length = 0usize;
        for piece in pieces {
            let room = self.bytes.get_mut(length..)?.get_mut(..piece.len())?;
            room.iter_mut()
                .zip(piece.bytes())
                .for_each(|(to, from)| *to = from);
            length = length.checked_add(piece.len())?;
        }
        core::str::from_utf8(self.bytes.get(..length)?).ok()
    }
}

impl Default for Composed {
    fn default() -> Self {
        Self::new()
    }
}

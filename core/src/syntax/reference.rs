//! Resolving Location and Content-Location (RFC 3986 section 5.2) into a caller's buffer.

use core::fmt;

use super::target::{Marks, Target, split_at_last};

/// Why a reference was not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReferenceError {
    /// It resolves to something that is no `http` or `https` URI, carries userinfo, or is
    /// not UTF-8.
    NotHttp,
    /// The buffer is too small: this many bytes are needed at most.
    BufferTooSmall {
        /// Bytes needed at most.
        needed: usize,
    },
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHttp => f.write_str("the reference leads to no usable http or https URI"),
            Self::BufferTooSmall { needed } => write!(f, "the buffer needs {needed} bytes"),
        }
    }
}

impl core::error::Error for ReferenceError {}

/// Resolves a URI reference against a target; the path of the result lives in `buffer`
/// (RFC 3986 section 5.2.2 to 5.2.4). Userinfo is refused (RFC 9110 section 4.2.4).
///
/// # Errors
/// [`ReferenceError`] says whether a larger buffer would help.
///
/// ```
/// use larder::{Target, resolve_reference};
/// let base = Target::parse("http://example.test/a/b?q").unwrap();
/// let mut buffer = [0; 64];
/// let target = resolve_reference(&base, b"../c", &mut buffer).unwrap();
/// assert_eq!(target, Target::parse("http://example.test/c").unwrap());
/// ```
pub fn resolve_reference<'b>(
    base: &Target<'b>,
    reference: &'b [u8],
    buffer: &'b mut [u8],
) -> Result<Target<'b>, ReferenceError> {
    let reference =
        core::str::from_utf8(super::list::trim(reference)).map_err(|_| ReferenceError::NotHttp)?;
    let reference = until(reference, b'#').0;
    let authority = authority_of(base, reference)?;
    let rest = authority.map_or(reference, |target| target.path_and_query());
    let (path, query) = until(rest, b'?');
    let origin = authority.as_ref().unwrap_or(base);
    let (base_path, base_query) = until(base.path_and_query(), b'?');
    let (directory, query) = match (authority.is_some(), path) {
        (true, _) => ("", query),
        (false, "") if query.is_empty() => (base_path, base_query),
        (false, "") => (base_path, query),
        (false, _) if path.as_bytes().first() == Some(&b'/') => ("", query),
        (false, _) => (directory_of(base_path), query),
    };
    let needed = directory
        .len()
        .saturating_add(path.len())
        .saturating_add(query.len())
        .saturating_add(1);
    let too_small = ReferenceError::BufferTooSmall { needed };
    if buffer.len() < needed {
        return Err(too_small);
    }
    // A reference without a path has the base's, dot segments and all.
    let dots = authority.is_none() && path.is_empty();
    let mut written = PathWriter::new(buffer, dots);
    directory.bytes().for_each(|byte| written.path(byte));
    path.bytes().for_each(|byte| written.path(byte));
    written.end_path();
    query.bytes().for_each(|byte| written.put(byte));
    let path = written.finish().ok_or(too_small)?;
    let path = core::str::from_utf8(path).map_err(|_| ReferenceError::NotHttp)?;
    if path.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return Err(ReferenceError::NotHttp);
    }
    Ok(Target::from_stored(
        origin.scheme(),
        origin.port(),
        origin.host(),
        path,
    ))
}

/// The target that a reference with an authority names, its path as written.
fn authority_of<'a>(base: &Target<'_>, reference: &'a str) -> Result<Option<Target<'a>>, ReferenceError> {
    let target = match reference.split_at_checked(2) {
        Some(("//", rest)) => Target::after_scheme(base.scheme(), rest),
        _ if Marks::of(reference.as_bytes()).has_colon() => Target::parse(reference),
        _ => return Ok(None),
    };
    match target {
        Ok(target) if !target.has_userinfo() => Ok(Some(target)),
        _ => Err(ReferenceError::NotHttp),
    }
}

/// Splits before the first of this ASCII character.
#[inline(never)]
pub(super) fn until(text: &str, end: u8) -> (&str, &str) {
    let at = text.bytes().position(|byte| byte == end);
    let at = at.unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// The path up to and including its last `/`.
fn directory_of(path: &str) -> &str {
    match split_at_last(path, b'/') {
        Some((_, after)) => path.get(..path.len().wrapping_sub(after.len())).unwrap_or(""),
        None => "",
    }
}

/// A path as it is written, without dot segments; then the query.
pub(super) struct PathWriter<'b> {
    out: &'b mut [u8],
    length: usize,
    /// Where the current segment starts.
    segment: usize,
    /// Dot segments stay.
    dots: bool,
    /// The root, which is written already, may come once more.
    root: bool,
}

impl<'b> PathWriter<'b> {
    /// Writes the root.
    pub(super) fn new(out: &'b mut [u8], dots: bool) -> Self {
        let mut writer = Self {
            out,
            length: 0,
            segment: 1,
            dots,
            root: true,
        };
        writer.put(b'/');
        writer
    }

    /// A byte of the query. What there is no room for is counted.
    pub(super) fn put(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    /// A byte of the path.
    #[inline(never)]
    pub(super) fn path(&mut self, byte: u8) {
        let slash = byte == b'/';
        if !(core::mem::take(&mut self.root) && slash) {
            if slash {
                self.end_segment(0);
            }
            self.put(byte);
            if slash {
                self.segment = self.length;
            }
        }
    }

    /// The path ends here.
    pub(super) fn end_path(&mut self) {
        self.end_segment(1);
    }

    /// Takes `.` and `..` at the end away. A slash stays behind where the path ends (`kept` is
    /// 1); elsewhere the caller writes the next one.
    fn end_segment(&mut self, kept: usize) {
        let before = self.segment.saturating_sub(1);
        let slash = match self.out.get(self.segment..self.length) {
            Some(b".") => before,
            Some(b"..") => {
                let parent = self.out.get(..before).unwrap_or_default();
                parent.iter().rposition(|byte| *byte == b'/').unwrap_or(0)
            }
            _ => return,
        };
        if !self.dots {
            self.length = slash.saturating_add(kept);
        }
    }

    /// What was written, if there was room for it.
    pub(super) fn finish(self) -> Option<&'b [u8]> {
        self.out.get(..self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3986_examples() {
        // req: 3986-5.2-01, 9110-8.7-01
        let base = Target::parse("http://a/b/c/d;p?q").unwrap();
        let cases = [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("http://h/x/../y", "http://h/y"),
            ("//h:81/a//b", "http://h:81/a//b"),
        ];
        for (reference, expected) in cases {
            let mut buffer = [0; 64];
            let found = resolve_reference(&base, reference.as_bytes(), &mut buffer).unwrap();
            assert_eq!(found, Target::parse(expected).unwrap(), "{reference}");
        }
        // Without a path the base's is taken as it is.
        let base = Target::parse("http://a/../b/./c?q").unwrap();
        for (reference, path) in [("?y", "/../b/./c?y"), ("", "/../b/./c?q")] {
            let mut buffer = [0; 64];
            let found = resolve_reference(&base, reference.as_bytes(), &mut buffer).unwrap();
            assert_eq!(found.path_and_query(), path);
        }
    }

    #[test]
    fn refusals() {
        // req: 9110-4.2.4-01
        let base = Target::parse("https://a/b").unwrap();
        for bad in ["mailto:x", "http://u:p@a/", "//u@a/", "http://", "a b", "\u{1}"] {
            let mut buffer = [0; 64];
            let found = resolve_reference(&base, bad.as_bytes(), &mut buffer);
            assert_eq!(found, Err(ReferenceError::NotHttp), "{bad}");
        }
        let mut small = [0; 3];
        let found = resolve_reference(&base, b"/abc", &mut small);
        assert_eq!(found, Err(ReferenceError::BufferTooSmall { needed: 5 }));
    }
}

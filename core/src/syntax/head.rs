//! Field lines and message heads, borrowed from wherever the caller keeps them.

use core::fmt;

use super::ascii::{NARROW, eq_ignore_case};
use super::name::{FieldSet, Known, bit, maybe_known};
use super::target::Target;
use crate::facts::Partition;

/// A field name: bytes that compare without regard to ASCII case (RFC 9110 section 5.1).
#[derive(Clone, Copy)]
pub struct FieldName<'a> {
    bytes: &'a [u8],
    /// What is known of the name without looking at it, as packed heads say it: the number of
    /// a known field, [`UNHINTED`] or [`UNKNOWN`].
    hint: u8,
}

const UNHINTED: u8 = 0;
/// No known field has a number that is 0 modulo 64.
const UNKNOWN: u8 = 64;

impl<'a> FieldName<'a> {
    /// Wraps the bytes of a field name as they were received.
    pub const fn new(name: &'a [u8]) -> Self {
        Self {
            bytes: name,
            hint: UNHINTED,
        }
    }

    /// A name of a packed head, by its number.
    pub(crate) fn of_known(id: u8) -> Option<Self> {
        let (_, name) = Known::from_id(id)?;
        Some(Self {
            bytes: name.as_bytes(),
            hint: id,
        })
    }

    /// A name of a packed head that is not a known one.
    pub(crate) const fn of_unknown(name: &'a [u8]) -> Self {
        Self {
            bytes: name,
            hint: UNKNOWN,
        }
    }

    /// The known field with this name.
    #[inline(always)]
    pub(crate) fn known(self) -> Option<Known> {
        match self.hint {
            UNHINTED if !maybe_known(self.bytes) => None,
            _ => self.admitted(),
        }
    }

    /// The same for a name that may be a known one.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn admitted(self) -> Option<Known> {
        match self.hint {
            UNHINTED => Known::find(self.bytes),
            id => Known::from_id(id).map(|(known, _)| known),
        }
    }

    /// The number of the known field, 0 if it is none. For a name that was looked at.
    #[inline(always)]
    pub(crate) const fn id(self) -> u8 {
        self.hint & (UNKNOWN - 1)
    }

    /// The known field as a set, empty if it is none. For a name that was looked at.
    #[inline(always)]
    pub(crate) const fn bit(self) -> FieldSet {
        bit(self.id())
    }

    pub(crate) const fn hint(self) -> u8 {
        self.hint
    }

    /// The name with this hint again.
    pub(crate) const fn with_hint(bytes: &'a [u8], hint: u8) -> Self {
        Self { bytes, hint }
    }

    /// The bytes as they were received.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The name as text, or `None` when it is not UTF-8 (and then not a valid name either).
    pub fn as_str(self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes).ok()
    }
}

/// Whether both are the same name. Equal lengths and first letters reject nearly every other
/// one without a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    let first = |name: &[u8]| name.first().map(|first| first | 0x20);
    (NARROW || (a.len() == b.len() && first(a) == first(b))) && eq_ignore_case(a, b)
}

impl PartialEq for FieldName<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        same(self.bytes, other.bytes)
    }
}

impl Eq for FieldName<'_> {}

impl PartialEq<str> for FieldName<'_> {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        same(self.bytes, other.as_bytes())
    }
}

impl PartialEq<&str> for FieldName<'_> {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Debug for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(name) => f.write_str(name),
            None => f.write_str("<not UTF-8>"),
        }
    }
}

/// One field line.
///
/// `Debug` prints the name and the length of the value only: values can be credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The field name.
    pub name: FieldName<'a>,
    /// The field value as opaque bytes (RFC 9110 section 5.5); surrounding white space is
    /// tolerated.
    pub value: &'a [u8],
}

impl<'a> Header<'a> {
    /// A field line from a name and a value.
    ///
    /// ```
    /// let line = larder::Header::new("Cache-Control", b"max-age=60");
    /// assert!(line.name == "cache-control");
    /// ```
    pub const fn new(name: &'a str, value: &'a [u8]) -> Self {
        Self {
            name: FieldName::new(name.as_bytes()),
            value,
        }
    }

    /// The line with what is known of its name, so that the name is looked at once.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn hinted(self) -> Self {
        if self.name.hint != UNHINTED {
            return self;
        }
        let hint = look_up(self.name.bytes);
        Self {
            name: FieldName { hint, ..self.name },
            ..self
        }
    }
}

/// The hint for a name. Kept out of the loops over heads.
#[cfg_attr(target_pointer_width = "64", inline(never))]
fn look_up(name: &[u8]) -> u8 {
    FieldName::new(name).known().map_or(UNKNOWN, |known| known as u8)
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: <{} bytes>", self.name, self.value.len())
    }
}

/// Hands out the field lines of a head, in order, as often as asked, without allocating.
///
/// Implemented for slices and arrays of [`Header`] and of `(name, value)` pairs, for stored
/// entries, merged heads, and (feature `http`) for `http::HeaderMap`. The trait is not
/// dyn-compatible: pass heads by reference to a concrete type.
///
/// ```
/// use larder::Headers;
/// let head = [("Age", "3"), ("Vary", "accept"), ("Vary", "origin")];
/// assert_eq!(head.get_one("age"), Some(&b"3"[..]));
/// assert_eq!(head.get_one("vary"), None); // repeated
/// assert_eq!(head.get_all("vary").count(), 2);
/// ```
pub trait Headers {
    /// Every field line in order. Calling it again starts again.
    fn fields(&self) -> impl Iterator<Item = Header<'_>>;

    /// The values of all lines of one name, in order.
    fn get_all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s [u8]> {
        self.fields()
            .filter(move |line| line.name == name)
            .map(|line| line.value)
    }

    /// The value of a field that must not repeat; `None` when it is absent or repeated.
    fn get_one(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.get_all(name);
        match (lines.next(), lines.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    /// Whether at least one line has this name.
    fn has(&self, name: &str) -> bool {
        self.get_all(name).next().is_some()
    }
}

impl Headers for [Header<'_>] {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.iter().copied()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.iter().map(|(name, value)| Header {
            name: FieldName::new(name.as_ref()),
            value: value.as_ref(),
        })
    }
}

impl<T, const N: usize> Headers for [T; N]
where
    [T]: Headers,
{
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.as_slice().fields()
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        (**self).fields()
    }
}

#[cfg(any(feature = "alloc", feature = "std"))]
impl<T> Headers for alloc::vec::Vec<T>
where
    [T]: Headers,
{
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.as_slice().fields()
    }
}

#[cfg(feature = "http")]
impl Headers for http::HeaderMap {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.iter().map(|(name, value)| Header {
            name: FieldName::new(name.as_str().as_bytes()),
            value: value.as_bytes(),
        })
    }
}

/// A head without any field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoFields;

impl Headers for NoFields {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        core::iter::empty()
    }
}

/// A request head.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a, H: Headers + ?Sized> {
    /// The method, case-sensitive (RFC 9110 section 9.1).
    pub method: &'a str,
    /// The target URI.
    pub target: Target<'a>,
    /// Whose request this is: stored responses are never shared between partitions.
    pub partition: Partition,
    /// The fields as they go to the origin; Vary is judged by these.
    pub headers: &'a H,
}

/// A response head.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a, H: Headers + ?Sized> {
    /// The final status code.
    pub status: u16,
    /// The fields as they were received.
    pub headers: &'a H,
}

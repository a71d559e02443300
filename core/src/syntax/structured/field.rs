//! Lists and Dictionaries (RFC 9651 section 3.1, 3.2), over all lines of a field.

use super::bare::key;
use super::{Member, Parsed, StructuredError, skip_ows, trim};
use crate::syntax::Headers;

/// A field that is a List.
#[derive(Debug)]
pub struct List<'a, H: ?Sized> {
    headers: &'a H,
    name: &'a str,
}

impl<'a, H: Headers + ?Sized> List<'a, H> {
    /// Checks all lines of the field. Without any it is empty.
    ///
    /// # Errors
    /// [`StructuredError`]: the field is to be ignored.
    pub fn of(headers: &'a H, name: &'a str) -> Result<Self, StructuredError> {
        check(headers, name, |line| Ok(((), list_member(line)?.1)))?;
        Ok(Self { headers, name })
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = Member<'a>> {
        let lines = self.headers.get_all(self.name);
        lines.flat_map(|line| members(line, list_member))
    }
}

/// A field that is a Dictionary. A key may repeat; the last one counts.
#[derive(Debug)]
pub struct Dictionary<'a, H: ?Sized> {
    headers: &'a H,
    name: &'a str,
}

impl<'a, H: Headers + ?Sized> Dictionary<'a, H> {
    /// Checks all lines of the field. Without any it is empty.
    ///
    /// # Errors
    /// [`StructuredError`]: the field is to be ignored.
    pub fn of(headers: &'a H, name: &'a str) -> Result<Self, StructuredError> {
        check(headers, name, |line| Ok(((), dictionary_member(line)?.1)))?;
        Ok(Self { headers, name })
    }

    /// The members as they are written, also those whose key comes again. What has no value is true.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Member<'a>)> {
        let lines = self.headers.get_all(self.name);
        lines.flat_map(|line| members(line, dictionary_member))
    }

    /// The member with this key.
    pub fn get(&self, key: &str) -> Option<Member<'a>> {
        let named = self.iter().filter(|(name, _)| *name == key);
        named.last().map(|(_, member)| member)
    }
}

/// The first member of a line, and what follows the comma after it.
type ReadMember<'a, T> = fn(&'a [u8]) -> Parsed<'a, T>;

/// Whether each line is well-formed, and none is empty beside others: joined by commas they would be an
/// empty member, which there cannot be (req: 9651-4.2-01).
fn check<'a, H: Headers + ?Sized>(
    headers: &'a H,
    name: &str,
    read: ReadMember<'a, ()>,
) -> Result<(), StructuredError> {
    let (mut one, mut several, mut empty) = (false, false, false);
    for line in headers.get_all(name) {
        several |= one;
        one = true;
        let mut rest = trim(line);
        empty |= rest.is_empty();
        while !rest.is_empty() {
            (_, rest) = read(rest)?;
        }
    }
    match several && empty {
        true => Err(StructuredError),
        false => Ok(()),
    }
}

/// The members of a line that was checked.
fn members<'a, T: 'a>(line: &'a [u8], read: ReadMember<'a, T>) -> impl Iterator<Item = T> + 'a {
    let mut rest = trim(line);
    core::iter::from_fn(move || {
        // Empty, and no error, at the end.
        let (member, tail) = read(rest).ok()?;
        rest = tail;
        Some(member)
    })
}

fn list_member(text: &[u8]) -> Parsed<'_, Member<'_>> {
    let (member, rest) = Member::parse(text)?;
    Ok((member, after_comma(rest)?))
}

fn dictionary_member(text: &[u8]) -> Parsed<'_, (&str, Member<'_>)> {
    let (name, rest) = key(text)?;
    let (member, rest) = Member::parse_keyed(rest)?;
    Ok(((name, member), after_comma(rest)?))
}

/// What follows the comma; after the last member there is none.
fn after_comma(text: &[u8]) -> Result<&[u8], StructuredError> {
    match skip_ows(text) {
        [] => Ok(&[]),
        [b',', rest @ ..] => match skip_ows(rest) {
            [] => Err(StructuredError),
            rest => Ok(rest),
        },
        _ => Err(StructuredError),
    }
}

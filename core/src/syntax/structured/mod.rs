//! Structured fields (RFC 9651; feature `extensions`): Lists, Dictionaries and Items over the bytes of a
//! head, without allocation.
//!
//! A field is checked as a whole before anything of it is handed out, since one that fails anywhere is to be
//! ignored whole (RFC 9651 section 4.2). After that it is read again wherever it is wanted; nothing is kept
//! but a borrow. Keys may repeat, and the last one counts: `get` knows that, the iterators hand out what is
//! written.
//!
//! What one would have to do to read lines that only make sense together, such as a String that goes on in
//! the next line, is not done: such a field fails, as section 4.2 permits.
//!
//! ```
//! use larder::structured::{BareItem, Dictionary, List, StructuredError};
//!
//! let head = [
//!     ("CDN-Cache-Control", "max-age=600;x, private=(\"set-cookie\" \"via\")"),
//!     ("CDN-Cache-Control", "stale-if-error=1.5"),
//!     ("Cache-Groups", r#""eggs", "ham \"and\" spam""#),
//! ];
//! let control = Dictionary::of(&head, "cdn-cache-control")?;
//! assert_eq!(control.get("max-age").and_then(|member| member.integer()), Some(600));
//! let tolerance = control.get("stale-if-error").and_then(|member| member.value());
//! assert_eq!(tolerance, Some(BareItem::Decimal(1500)));
//! assert!(control.get("no-store").is_none());
//!
//! let groups = List::of(&head, "cache-groups")?;
//! let strings = groups.iter().filter_map(|member| member.value()?.string());
//! assert!(strings.eq(["eggs", r#"ham "and" spam"#]));
//!
//! // One fault, and all of it is ignored.
//! let head = [("CDN-Cache-Control", "no-store, max-age=")];
//! assert_eq!(Dictionary::of(&head, "cdn-cache-control").err(), Some(StructuredError));
//! # Ok::<(), StructuredError>(())
//! ```

mod bare;
mod binary;
mod field;
mod item;
mod number;
mod string;

pub use bare::BareItem;
pub use binary::SfBinary;
pub use field::{Dictionary, List};
pub use item::{InnerList, Item, Member, Parameters};
pub use string::{SfDisplayString, SfString};

use core::fmt;

/// The field is no structured field of this type: all of it is to be ignored (RFC 9651 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StructuredError;

impl fmt::Display for StructuredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no structured field of this type: all of it is to be ignored")
    }
}

impl core::error::Error for StructuredError {}

/// What was read, and what follows it.
type Parsed<'a, T> = Result<(T, &'a [u8]), StructuredError>;

/// What follows the SP that a text starts with.
fn skip_sp(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [b' ', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

/// The same with HTAB.
fn skip_ows(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [b' ' | b'\t', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

/// Without the white space around a field value (RFC 9110 section 5.5). Other bytes that count as white
/// space elsewhere fail here.
fn trim(value: &[u8]) -> &[u8] {
    let mut rest = skip_ows(value);
    while let [head @ .., b' ' | b'\t'] = rest {
        rest = head;
    }
    rest
}

/// The start of a text that `rest` is the end of.
fn before<'a>(text: &'a [u8], rest: &[u8]) -> &'a [u8] {
    let end = text.len().saturating_sub(rest.len());
    text.get(..end).unwrap_or_default()
}

/// The bytes that a text starts with, as long as they are of this kind, and what follows them.
fn take_while(text: &[u8], is: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is(*byte));
    end.and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, &[]))
}

/// Some bytes, which are known to be ASCII.
fn ascii(text: &[u8]) -> Result<&str, StructuredError> {
    core::str::from_utf8(text).map_err(|_| StructuredError)
}

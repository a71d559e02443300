//! What is done to header maps, compiled once: what `http` provides for them is compiled again
//! wherever it is used.

use ureq::http::request::Parts;
use ureq::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request};

/// Adds a line; without effect when there are too many.
#[inline(never)]
pub(crate) fn append(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    let _ = headers.try_append(name, value);
}

/// Takes out all lines with these names.
#[inline(never)]
pub(crate) fn remove(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

/// Whether there is a line with this name.
#[inline(never)]
pub(crate) fn has(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.contains_key(name)
}

/// The value of the first line with this name, if it is text.
#[inline(never)]
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The values of all lines with this name, and what is between commas.
#[inline(never)]
pub(crate) fn members<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h [u8]> {
    let mut members = Vec::new();
    for value in headers.get_all(name) {
        let pieces = value.as_bytes().split(|byte| *byte == b',');
        members.extend(pieces.map(<[u8]>::trim_ascii));
    }
    members
}

/// The same fields again.
#[inline(never)]
pub(crate) fn copied(parts: &Parts) -> HeaderMap {
    parts.headers.clone()
}

/// The same extensions again.
#[inline(never)]
pub(crate) fn extensions(parts: &Parts) -> Extensions {
    parts.extensions.clone()
}

/// A request as it goes out: everything else as it came.
#[inline(never)]
pub(crate) fn with_headers(parts: &Parts, headers: HeaderMap, extensions: Extensions) -> Parts {
    let (mut out, ()) = Request::new(()).into_parts();
    out.method = parts.method.clone();
    out.uri = parts.uri.clone();
    out.version = parts.version;
    out.headers = headers;
    out.extensions = extensions;
    out
}

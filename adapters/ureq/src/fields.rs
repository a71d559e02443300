//! What is done to header maps, compiled once: what `http` provides for them is compiled again
//! wherever it is used.

use bytes::Bytes;
use larder::Header;
use ureq::http::request::Parts;
use ureq::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request, Uri};

/// Adds a line; without effect when there are too many.
#[inline(never)]
pub(crate) fn append(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    let _ = headers.try_append(name, value);
}

/// Adds a line, if it can be sent. A value inside `bytes` is shared, another one is copied.
#[inline(never)]
pub(crate) fn add(headers: &mut HeaderMap, line: &Header<'_>, bytes: &Bytes) -> bool {
    let name = HeaderName::from_bytes(line.name.as_bytes());
    let value = if bytes.as_ptr_range().contains(&line.value.as_ptr()) {
        HeaderValue::from_maybe_shared(bytes.slice_ref(line.value))
    } else {
        HeaderValue::from_bytes(line.value)
    };
    let (Ok(name), Ok(value)) = (name, value) else {
        return false;
    };
    append(headers, name, value);
    true
}

/// Takes out all lines with the names that `gone` picks.
#[inline(never)]
pub(crate) fn remove(headers: &mut HeaderMap, gone: &dyn Fn(&HeaderName) -> bool) {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in &*headers {
        if !gone(name) {
            append(&mut kept, name.clone(), value.clone());
        }
    }
    *headers = kept;
}

/// The value of the first line with this name.
#[inline(never)]
fn value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    headers.get(name)
}

/// Whether there is a line with this name.
pub(crate) fn has(headers: &HeaderMap, name: &HeaderName) -> bool {
    value(headers, name).is_some()
}

/// The value of the first line with this name, if it is text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    value(headers, name)?.to_str().ok()
}

/// The values of all lines with this name.
#[inline(never)]
pub(crate) fn values<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h [u8]> {
    let mut values = Vec::new();
    if !has(headers, name) {
        // to look for it is cheaper than to compare it with every line
        return values;
    }
    for (other, value) in headers {
        if other == name {
            values.push(value.as_bytes());
        }
    }
    values
}

/// Gives the first line with this name another value; whether there is one.
pub(crate) fn replace(headers: &mut HeaderMap, name: &HeaderName, value: HeaderValue) -> bool {
    let line = headers.iter_mut().find(|(other, _)| *other == name);
    line.map(|(_, old)| *old = value).is_some()
}

/// The values of all lines with this name, and what is between commas.
#[inline(never)]
pub(crate) fn members<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h [u8]> {
    let mut members = Vec::new();
    for value in values(headers, name) {
        for piece in value.split(|byte| *byte == b',') {
            members.push(piece.trim_ascii());
        }
    }
    members
}

/// The same fields again.
#[inline(never)]
pub(crate) fn copied(headers: &HeaderMap) -> HeaderMap {
    headers.clone()
}

/// The same URI again.
#[inline(never)]
pub(crate) fn uri(uri: &Uri) -> Uri {
    uri.clone()
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
    out.uri = uri(&parts.uri);
    out.version = parts.version;
    out.headers = headers;
    out.extensions = extensions;
    out
}

//! What ureq's word that a body is complete is worth.
//!
//! ureq reports a connection that breaks off in the middle of a body without framing as its
//! regular end, and a decoded body shows no framing at all: both look the same from here.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Body;
use ureq::http::response::Parts;
use ureq::http::{HeaderMap, HeaderName, Method, StatusCode, Version, header};

use crate::delivered::{Delivered, Pull};
use crate::fields;
use crate::source::source;

/// When a body is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// It has none.
    Empty,
    /// After this many bytes.
    Exact(u64),
    /// When it ends without an error.
    AtEnd,
    /// When it ends without an error and was decoded: nothing else tells.
    IfDecoded,
    /// Never: it is in a transfer coding that ureq does not take off.
    Coded,
}

/// How a body arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    pub(crate) completion: Completion,
    /// It may be decoded or transcoded: not what the origin framed.
    pub(crate) transformed: bool,
}

pub(crate) fn of(method: &Method, response: &Parts, body: &Body, unproven: bool) -> Framing {
    let has_body = *method != Method::HEAD
        && !response.status.is_informational()
        && response.status != StatusCode::NO_CONTENT
        && response.status != StatusCode::NOT_MODIFIED;
    if !has_body {
        return Framing {
            completion: Completion::Empty,
            transformed: false,
        };
    }
    let http10 = response.version < Version::HTTP_11;
    let headers = &response.headers;
    if is_coded(headers) {
        return Framing {
            completion: Completion::Coded,
            transformed: true,
        };
    }
    if !http10 && lists(headers, &header::TRANSFER_ENCODING, b"chunked") {
        return Framing {
            completion: Completion::AtEnd,
            transformed: true,
        };
    }
    if let Some(length) = content_length(headers) {
        if is_transcoded(body) {
            // Content-Length counts the bytes before; ureq has them counted when it says the end.
            return Framing {
                completion: Completion::AtEnd,
                transformed: true,
            };
        }
        return Framing {
            completion: Completion::Exact(length),
            transformed: false,
        };
    }
    let closes = http10 || lists(headers, &header::CONNECTION, b"close");
    Framing {
        completion: match unproven && !closes {
            true => Completion::AtEnd,
            false => Completion::IfDecoded,
        },
        transformed: true,
    }
}

/// The length that ureq reads to: it has refused what is no number and what contradicts.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    let value = fields::text(headers, &header::CONTENT_LENGTH)?;
    value.split(',').next()?.trim_ascii().parse().ok()
}

fn lists(headers: &HeaderMap, name: &HeaderName, token: &[u8]) -> bool {
    let members = fields::members(headers, name);
    members.iter().any(|member| member.eq_ignore_ascii_case(token))
}

/// Whether the bytes that ureq hands out are the content in some transfer coding. Coded content is
/// not stored: the field that says so belongs to one connection, and what remained would be other
/// content (RFC 9112 section 7).
fn is_coded(headers: &HeaderMap) -> bool {
    let members = fields::members(headers, &header::TRANSFER_ENCODING);
    let mut codings = members.iter().filter(|name| !name.is_empty());
    // ureq takes off one.
    codings
        .next()
        .is_some_and(|first| !first.eq_ignore_ascii_case(b"chunked") || codings.next().is_some())
}

/// Whether ureq turns this text into UTF-8 (its feature `charset`).
fn is_transcoded(body: &Body) -> bool {
    let text = body.mime_type().is_some_and(|kind| kind.starts_with("text/"));
    text && body.charset().is_some_and(|label| !is_utf8(label)) && transcodes()
}

/// Whether text with this label stays as it is.
pub(crate) fn is_utf8(label: &str) -> bool {
    label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("utf8")
}

/// A letter that is another one in UTF-8, again and again.
struct Probe;

impl Pull for Probe {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        buf.fill(0xE9);
        Ok(buf.len())
    }
}

/// Whether ureq's feature `charset` is on, which may be without ours: it is tried.
#[cold]
#[inline(never)]
pub(crate) fn transcodes() -> bool {
    static ON: AtomicBool = AtomicBool::new(false);
    static TRIED: AtomicBool = AtomicBool::new(false);
    if !TRIED.load(Ordering::Acquire) {
        let builder = Body::builder().mime_type("text/plain").charset("iso-8859-1");
        let mut reader = source(builder.reader(Delivered(Some(Box::new(Probe)))));
        let mut read = [0];
        let on = matches!(reader.pull(&mut read), Ok(1)) && read != [0xE9];
        ON.store(on, Ordering::Relaxed);
        TRIED.store(true, Ordering::Release);
    }
    ON.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::Response;

    fn framing(method: Method, status: u16, version: Version, lines: &[(&str, &str)]) -> Completion {
        let mut builder = Response::builder().status(status).version(version);
        for (name, value) in lines {
            builder = builder.header(*name, *value);
        }
        let (parts, ()) = builder.body(()).unwrap().into_parts();
        of(&method, &parts, &Body::builder().data(""), false).completion
    }

    #[test]
    fn the_trust_table() {
        // req: 9111-3.3-03, 9112-6.1-01
        let get = |lines| framing(Method::GET, 200, Version::HTTP_11, lines);
        assert_eq!(get(&[("content-length", "5")]), Completion::Exact(5));
        assert_eq!(get(&[("content-length", "5, 5")]), Completion::Exact(5));
        assert_eq!(
            get(&[("transfer-encoding", "Chunked"), ("content-length", "5")]),
            Completion::AtEnd
        );
        for coded in [
            "gzip",
            "gzip, chunked",
            "chunked, chunked",
            "chunked;a=b",
            "\u{e9}",
        ] {
            for lines in [
                &[("transfer-encoding", coded)][..],
                &[("transfer-encoding", coded), ("content-length", "5")],
            ] {
                let framed = framing(Method::GET, 200, Version::HTTP_11, lines);
                assert_eq!(framed, Completion::Coded, "{lines:?}");
            }
        }
        assert_eq!(get(&[("transfer-encoding", ", chunked")]), Completion::AtEnd);
        assert_eq!(get(&[]), Completion::IfDecoded);
        let old = |lines| framing(Method::GET, 200, Version::HTTP_10, lines);
        assert_eq!(old(&[("transfer-encoding", "chunked")]), Completion::IfDecoded);
        assert_eq!(old(&[("content-length", "5")]), Completion::Exact(5));
        let none = [("content-length", "5")];
        assert_eq!(
            framing(Method::HEAD, 200, Version::HTTP_11, &none),
            Completion::Empty
        );
        assert_eq!(
            framing(Method::GET, 204, Version::HTTP_11, &[]),
            Completion::Empty
        );
    }

    #[test]
    fn unproven_framing_is_an_option_and_never_covers_close() {
        let unproven = |version, connection: &str| {
            let builder = Response::builder()
                .version(version)
                .header("connection", connection);
            let (parts, ()) = builder.body(()).unwrap().into_parts();
            of(&Method::GET, &parts, &Body::builder().data(""), true).completion == Completion::AtEnd
        };
        assert!(unproven(Version::HTTP_11, "keep-alive"));
        assert!(!unproven(Version::HTTP_11, "x, Close"));
        assert!(!unproven(Version::HTTP_10, "keep-alive"));
    }
}

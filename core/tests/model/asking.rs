//! The requests of a history. In tables the plain rows come first; "" is no line, a newline
//! makes two lines.

use super::Request;
use super::draw::Draw;
use super::origin::{Form, START, Value, write};

/// A request; two in five have nothing special about them.
pub fn request(draw: &mut Draw<'_>) -> Request {
    let (method, uri) = (draw.pick(METHODS), draw.pick(URIS));
    let mut lines = Vec::new();
    draw.line(&mut lines, "Cache-Control", REQUEST_DIRECTIVES);
    draw.line(
        &mut lines,
        "pragma",
        &[(94, ""), (4, "no-cache"), (1, "No-Cache, x"), (1, "x")],
    );
    draw.line(&mut lines, "Accept", ACCEPT);
    draw.line(&mut lines, "accept-language", LANGUAGE);
    draw.line(&mut lines, "Authorization", &[(92, ""), (8, "Basic eA==")]);
    draw.line(&mut lines, "If-None-Match", NONE_MATCH);
    if draw.chance(8) {
        let value = draw.pick(SINCE);
        let text = match value {
            Value::Text(text) => text,
            Value::Now(form, offset) | Value::Fixed(form, offset) => write(form, START + offset),
        };
        lines.push(("if-modified-since".to_string(), text));
    } else {
        draw.number();
    }
    let other = draw.pick(OTHER_REQUEST_FIELDS);
    if !other.0.is_empty() {
        lines.push((other.0.to_string(), other.1.to_string()));
    }
    if draw.chance(40) {
        lines.clear();
    }
    Request {
        method: method.to_string(),
        uri: uri.to_string(),
        user: draw.pick(&[(5, 1), (1, 2)]),
        lines,
    }
}

const METHODS: &[(usize, &str)] = &[
    (150, "GET"),
    (24, "HEAD"),
    (10, "POST"),
    (3, "PUT"),
    (3, "DELETE"),
    (2, "PATCH"),
    (3, "OPTIONS"),
    (2, "FOO"),
    (1, "get"),
    (1, "TRACE"),
    (1, "CONNECT"),
];

const URIS: &[(usize, &str)] = &[
    (40, "http://a.test/d/x"),
    (16, "HTTP://A.test:80/d/x"),
    (5, "http://a.test/d/y"),
    (10, "https://a.test/d/x"),
    (2, "http://b.test/d/x"),
    (2, "http://a.test:8080/d/x"),
    (2, "http://a.test/d/x?q"),
    (1, "http://a.test"),
    (1, "http://a.test/D/x#part"),
];

const REQUEST_DIRECTIVES: &[(usize, &str)] = &[
    (140, ""),
    (5, "no-cache"),
    (3, "no-store"),
    (6, "max-age=0"),
    (3, "max-age=5"),
    (4, "max-age=60"),
    (1, "max-age=abc"),
    (1, "max-age"),
    (1, "max-age=60, max-age=5"),
    (1, "max-age=\"60\""),
    (6, "max-stale"),
    (9, "max-stale=10"),
    (6, "max-stale=1000"),
    (1, "max-stale=abc"),
    (1, "max-stale=10, max-stale"),
    (1, "max-stale=10\nmax-stale=1000"),
    (3, "max-age=20, max-stale=10"),
    (4, "max-age=20, max-stale=1000"),
    (3, "no-store, no-cache"),
    (3, "min-fresh=5"),
    (1, "min-fresh=55"),
    (1, "min-fresh=99999999999999"),
    (1, "min-fresh=abc"),
    (1, "min-fresh=0, max-stale"),
    (5, "only-if-cached"),
    (2, "only-if-cached, max-stale=60"),
    (1, "Only-If-Cached"),
    (1, "only-if-cached=1"),
    (3, "stale-if-error=60"),
    (1, "stale-if-error=x"),
    (1, "stale-if-error=60, no-cache"),
    (1, "NO-CACHE"),
    (1, "no-cache=\"x\""),
    (1, "no-transform"),
    (1, "immutable"),
    (1, "x=\"no-cache, no-store\""),
    (1, "x=\"open"),
    (1, "s-maxage=0"),
    (1, "max-age =0"),
    (1, ", ,"),
    (1, "public, must-revalidate"),
];

const ACCEPT: &[(usize, &str)] = &[
    (60, ""),
    (6, "text/html"),
    (2, "TEXT/html"),
    (3, "a/b, c/d"),
    (2, "a/b,c/d"),
    (2, "a/b\nc/d"),
    (1, " text/html "),
];

const LANGUAGE: &[(usize, &str)] = &[
    (70, ""),
    (8, "en"),
    (5, "de"),
    (2, "en, de"),
    (1, "de, en"),
    (1, "EN ,de"),
];

const NONE_MATCH: &[(usize, &str)] = &[
    (150, ""),
    (8, "\"a\""),
    (3, "\"b\""),
    (2, "W/\"a\""),
    (3, "\"x\""),
    (3, "\"x\", \"a\""),
    (1, "\"x\"\n\"y,z\""),
    (2, "*"),
    (1, "abc"),
    (1, "\"x"),
    (1, ", \"a\" ,, \"a\""),
    (1, "\"a\" \"x\""),
    (1, "w/\"a\""),
    (1, "\"a\", x"),
];

const SINCE: &[(usize, Value)] = &[
    (4, Value::Fixed(Form::Fixdate, -1000)),
    (3, Value::Fixed(Form::Fixdate, -864_000)),
    (2, Value::Fixed(Form::Fixdate, -1001)),
    (2, Value::Fixed(Form::Fixdate, 0)),
    (1, Value::Fixed(Form::Rfc850, -1000)),
    (1, Value::Fixed(Form::Asctime, -999)),
    (2, Value::Fixed(Form::Fixdate, 200_000_000)),
    (1, Value::Text(String::new())),
];

const OTHER_REQUEST_FIELDS: &[(usize, (&str, &str))] = &[
    (150, ("", "")),
    (3, ("Range", "bytes=0-1")),
    (2, ("If-Match", "\"a\"")),
    (1, ("If-Unmodified-Since", "Tue, 14 Jul 2026 00:00:00 GMT")),
    (1, ("If-Range", "\"a\"")),
    (1, ("Content-Length", "5")),
    (1, ("Content-Length", "0")),
    (1, ("Transfer-Encoding", "chunked")),
    (2, ("Cookie", "a=b")),
    (2, ("X-Foo", "1")),
    (1, ("X-Foo", "")),
];

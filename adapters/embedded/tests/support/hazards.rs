//! What every codec must survive: bytes that HTTP stacks for devices are known to get wrong.
//! Each is replayed whole, byte by byte, cut at every byte, and dropped at every await.

use larder::{Headers, Partition, RequestHead, Target};
use larder_embedded::wire::{Codec, HttpTransport};
use larder_embedded::{Ended, Transport};

use super::{Net, Reply, cut, run};

/// What a response is to be read as.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// Whole, and its connection is used again.
    Kept(u16, &'static str),
    /// Whole, and its connection is not used again.
    Whole(u16, &'static str),
    /// To the end of the connection: never taken for whole.
    Unproven(u16, &'static str),
    /// Refused, at the latest at the end of its body.
    Refused,
}

pub use Expect::{Kept, Refused, Unproven, Whole};

pub struct Case {
    pub name: &'static str,
    pub method: &'static str,
    pub bytes: String,
    pub expect: Expect,
}

fn case(name: &'static str, method: &'static str, bytes: impl Into<String>, expect: Expect) -> Case {
    Case {
        name,
        method,
        bytes: bytes.into(),
        expect,
    }
}

pub fn cases() -> Vec<Case> {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let says = |fields: &str, rest: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n{rest}");
    vec![
        case("plain", "GET", ok, Kept(200, "hello")),
        case("empty", "GET", says("Content-Length: 0\r\n", ""), Kept(200, "")),
        case(
            "no reason",
            "GET",
            "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx",
            Kept(200, "x"),
        ),
        case(
            "an empty line before the head",
            "GET",
            "\r\nHTTP/1.1 200 a:b\r\nContent-Length: 1\r\n\r\nx",
            Kept(200, "x"),
        ),
        case(
            "304",
            "GET",
            "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
            Kept(304, ""),
        ),
        case(
            "304 with length",
            "GET",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            Kept(304, ""),
        ),
        case(
            "304 chunked",
            "GET",
            "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
            Kept(304, ""),
        ),
        case("204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", Kept(204, "")),
        case(
            "204 with length",
            "GET",
            "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n",
            Kept(204, ""),
        ),
        case("head", "HEAD", says("Content-Length: 5\r\n", ""), Kept(200, "")),
        case("head without length", "HEAD", says("", ""), Kept(200, "")),
        case("head chunked", "HEAD", chunked, Kept(200, "")),
        case(
            "100",
            "GET",
            format!("HTTP/1.1 100 Continue\r\n\r\n{ok}"),
            Kept(200, "hello"),
        ),
        case(
            "103",
            "GET",
            format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{ok}"),
            Kept(200, "hello"),
        ),
        case(
            "103 before 304",
            "GET",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 304 X\r\n\r\n",
            Kept(304, ""),
        ),
        case(
            "1xx flood",
            "GET",
            "HTTP/1.1 102 Processing\r\n\r\n".repeat(40),
            Refused,
        ),
        case(
            "101",
            "GET",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            Refused,
        ),
        case(
            "chunked",
            "GET",
            format!("{chunked}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
            Kept(200, "hello"),
        ),
        case(
            "chunks with extensions",
            "GET",
            format!("{chunked}5;a=b;c\r\nhello\r\n0;x\r\n\r\n"),
            Kept(200, "hello"),
        ),
        case(
            "chunks with trailers",
            "GET",
            format!("{chunked}5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
            Kept(200, "hello"),
        ),
        case(
            "chunks in capitals",
            "GET",
            format!("{chunked}A\r\nhellohello\r\n000\r\n\r\n"),
            Kept(200, "hellohello"),
        ),
        case(
            "endless extension",
            "GET",
            format!("{chunked}5;{}", "x".repeat(5000)),
            Refused,
        ),
        case(
            "endless trailers",
            "GET",
            format!("{chunked}0\r\n{}", "A: b\r\n".repeat(2000)),
            Refused,
        ),
        case(
            "endless zeros",
            "GET",
            format!("{chunked}{}", "0".repeat(5000)),
            Refused,
        ),
        case(
            "chunk size overflow",
            "GET",
            format!("{chunked}11111111111111111\r\nx"),
            Refused,
        ),
        case("chunk size no number", "GET", format!("{chunked}g\r\nx"), Refused),
        case(
            "chunk size with sign",
            "GET",
            format!("{chunked}+5\r\nhello\r\n0\r\n\r\n"),
            Refused,
        ),
        case(
            "chunk without size",
            "GET",
            format!("{chunked}\r\nhello\r\n0\r\n\r\n"),
            Refused,
        ),
        case(
            "chunk too long",
            "GET",
            format!("{chunked}3\r\nhello\r\n0\r\n\r\n"),
            Refused,
        ),
        case(
            "chunked cut at an edge",
            "GET",
            format!("{chunked}5\r\nhello\r\n"),
            Refused,
        ),
        case(
            "bare LF in a chunk",
            "GET",
            format!("{chunked}5\nhello\n0\n\n"),
            Refused,
        ),
        case(
            "gzip, chunked",
            "GET",
            says("Transfer-Encoding: gzip, chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
            Refused,
        ),
        case(
            "chunked twice",
            "GET",
            says(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            Refused,
        ),
        case(
            "chunked and length",
            "GET",
            says(
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            Refused,
        ),
        case(
            "chunked in HTTP/1.0",
            "GET",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Refused,
        ),
        case("no length", "GET", says("", "hello"), Unproven(200, "hello")),
        case(
            "close",
            "GET",
            says("Connection: close\r\nContent-Length: 5\r\n", "hello"),
            Whole(200, "hello"),
        ),
        case(
            "close in a list",
            "GET",
            says("Connection: x, Close\r\nContent-Length: 5\r\n", "hello"),
            Whole(200, "hello"),
        ),
        case(
            "close behind keep-alive",
            "GET",
            says(
                "Connection: keep-alive\r\nConnection: close\r\nContent-Length: 5\r\n",
                "hello",
            ),
            Whole(200, "hello"),
        ),
        case(
            "HTTP/1.0",
            "GET",
            "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            Whole(200, "hello"),
        ),
        case(
            "HTTP/1.0 keep-alive",
            "GET",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
            Kept(200, "hello"),
        ),
        case(
            "bytes behind the end",
            "GET",
            format!("{ok}HTTP/1.1 200 OK\r\n\r\n"),
            Whole(200, "hello"),
        ),
        case(
            "bytes behind a 304",
            "GET",
            "HTTP/1.1 304 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            Whole(304, ""),
        ),
        case(
            "equal lengths",
            "GET",
            says("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
            Kept(200, "hello"),
        ),
        case(
            "equal lengths in a list",
            "GET",
            says("Content-Length: 5, 5\r\n", "hello"),
            Kept(200, "hello"),
        ),
        case(
            "unequal lengths",
            "GET",
            says("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
            Refused,
        ),
        case(
            "malformed length",
            "GET",
            says("Content-Length: 5x\r\n", "hello"),
            Refused,
        ),
        case(
            "signed length",
            "GET",
            says("Content-Length: +5\r\n", "hello"),
            Refused,
        ),
        case(
            "empty length",
            "GET",
            says("Content-Length: \r\n", "hello"),
            Refused,
        ),
        case(
            "huge length",
            "GET",
            says("Content-Length: 99999999999999999999\r\n", "hello"),
            Refused,
        ),
        case(
            "length too long",
            "GET",
            says("Content-Length: 6\r\n", "hello"),
            Refused,
        ),
        case("no head", "GET", "hello\r\n\r\n", Refused),
        case("nothing", "GET", "", Refused),
        case(
            "NUL in a field",
            "GET",
            says("A: b\0c\r\nContent-Length: 5\r\n", "hello"),
            Refused,
        ),
        case(
            "NUL in a name",
            "GET",
            says("A\0: b\r\nContent-Length: 5\r\n", "hello"),
            Refused,
        ),
        case(
            "space before a colon",
            "GET",
            says("Content-Length : 5\r\n", "hello"),
            Refused,
        ),
        case(
            "folded field",
            "GET",
            says("A: b\r\n c\r\nContent-Length: 5\r\n", "hello"),
            Refused,
        ),
        case(
            "head too large",
            "GET",
            says(
                &format!("A: {}\r\nContent-Length: 5\r\n", "x".repeat(600)),
                "hello",
            ),
            Refused,
        ),
        case(
            "seventy fields",
            "GET",
            says(&format!("{}Content-Length: 5\r\n", "a:b\r\n".repeat(70)), "hello"),
            Kept(200, "hello"),
        ),
        case(
            "endless head",
            "GET",
            says("", "").trim_end().to_string() + &"\r\nA: b".repeat(1000),
            Refused,
        ),
    ]
}

/// What was read of a response.
pub type Seen = (u16, String, Ended);

/// One that a 304 may answer.
pub fn request(method: &'static str) -> RequestHead<'static, [(&'static str, &'static str); 1]> {
    request_with(method, &[("If-None-Match", "\"b\"")])
}

pub fn request_with<H: Headers>(method: &'static str, headers: &'static H) -> RequestHead<'static, H> {
    RequestHead {
        method,
        target: Target::parse("http://a.test/x").unwrap(),
        partition: Partition::COMMON,
        headers,
    }
}

pub async fn fetch<T: Transport>(transport: &mut T, method: &'static str) -> Result<Seen, String> {
    let sent = transport.send(&request(method), &[]).await;
    sent.map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    let mut chunk = [0; 3];
    loop {
        let count = transport
            .read(&mut chunk)
            .await
            .map_err(|error| error.to_string())?;
        if count == 0 {
            break;
        }
        body.extend_from_slice(&chunk[..count]);
    }
    let status = transport.head().status;
    Ok((status, String::from_utf8(body).unwrap(), transport.ended()))
}

/// Runs every hazard against a codec.
pub fn run_all<K: Codec>(codec: impl Fn() -> K) {
    for case in cases() {
        for segment in [usize::MAX, 7, 1] {
            whole(&case, segment, &codec);
        }
        // Long floods say nothing more when they are cut.
        if case.bytes.len() < 200 {
            for reset in [false, true] {
                cut_at_every_byte(&case, reset, &codec);
            }
            dropped_at_every_await(&case, &codec);
        }
    }
}

fn whole<K: Codec>(case: &Case, segment: usize, codec: &impl Fn() -> K) {
    let name = case.name;
    // Only what is framed may be followed by silence.
    let close = matches!(case.expect, Refused | Unproven(..));
    let net = Net::replay(case.bytes.as_bytes(), close).slowly(segment);
    let (mut head, mut ahead) = ([0; 512], [0; 128]);
    let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
    let seen = run(fetch(&mut transport, case.method));
    let expected = match case.expect {
        Kept(status, body) | Whole(status, body) => (status, body, Ended::Complete),
        Unproven(status, body) => (status, body, Ended::Closed),
        Refused => {
            assert!(seen.is_err(), "{name}: {seen:?}");
            assert!(!transport.is_connected(), "{name}");
            assert_ne!(transport.ended(), Ended::Complete, "{name}");
            return;
        }
    };
    let (status, body, ended) = expected;
    assert_eq!(
        seen,
        Ok((status, body.to_string(), ended)),
        "{name} in pieces of {segment}"
    );
    let kept = matches!(case.expect, Kept(..));
    // What comes unasked in a later piece cannot be told from the next response, by nobody.
    if !kept && segment != usize::MAX {
        return;
    }
    assert_eq!(transport.is_connected(), kept, "{name}");
    // The next exchange is not disturbed by this one.
    *net.handler.borrow_mut() = Box::new(|_| Reply::of(200, "", "next"));
    let next = run(fetch(&mut transport, "GET"));
    assert_eq!(next, Ok((200, "next".into(), Ended::Complete)), "{name}");
    assert_eq!(net.connects.get(), if kept { 1 } else { 2 }, "{name}");
}

/// A response that ends early is never taken for a whole one.
fn cut_at_every_byte<K: Codec>(case: &Case, reset: bool, codec: &impl Fn() -> K) {
    for length in 0..case.bytes.len() {
        let net = Net::replay(&case.bytes.as_bytes()[..length], true);
        net.reset.set(reset);
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
        let seen = run(fetch(&mut transport, case.method));
        if let Ok((status, body, ended)) = seen {
            let rest_is_noise = match case.expect {
                Whole(whole, all) => (status, body.as_str()) == (whole, all) && ended == Ended::Complete,
                _ => false,
            };
            assert!(
                rest_is_noise || (ended == Ended::Closed && !reset),
                "{} cut at {length}",
                case.name
            );
            if let Unproven(_, all) = case.expect {
                assert!(all.starts_with(&body), "{} cut at {length}", case.name);
            }
        }
    }
}

/// Whoever drops a request leaves a connection that is not used again, and nothing else.
fn dropped_at_every_await<K: Codec>(case: &Case, codec: &impl Fn() -> K) {
    let close = matches!(case.expect, Refused | Unproven(..));
    for polls in 0.. {
        let mut first = true;
        let bytes = case.bytes.as_bytes();
        let net = Net::new(move |_| match std::mem::replace(&mut first, false) {
            true => Reply {
                bytes: bytes.to_vec(),
                close,
            },
            false => Reply::of(200, "", "next"),
        })
        .slowly(5);
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
        let finished = cut(fetch(&mut transport, case.method), polls).is_some();
        if finished {
            return;
        }
        if net.asked() > 0 {
            let next = run(fetch(&mut transport, "GET"));
            assert_eq!(
                next,
                Ok((200, "next".into(), Ended::Complete)),
                "{} dropped at {polls}",
                case.name
            );
        }
    }
}

//! The plain codec, and the transport on it, against bytes.

mod support;

use embedded_io_async::{ErrorType, Read, Write};
use larder::{Headers, NoFields, Partition, RequestHead, Target};
use larder_embedded::wire::{HttpTransport, ParsedHead, PlainCodec, RawHead, WireError};
use larder_embedded::{Connect, Transport};
use support::{Net, Refused, Reply, hazards, idle, requests, run, whole};

const LIMITS: requests::Limits = requests::Limits {
    repeats: true,
    methods: &[],
    fields: None,
    says_empty: false,
};

#[test]
fn hazards() {
    hazards::run_all(|| PlainCodec);
}

#[test]
fn entries_are_whole() {
    whole::entries_are_whole(|| PlainCodec);
}

#[test]
fn unconditional_304() {
    whole::unconditional_304(|| PlainCodec);
}

#[test]
fn kept_connections() {
    idle::before_reuse(|| PlainCodec);
    idle::under_a_request(|| PlainCodec);
    idle::again_and_again(|| PlainCodec);
    idle::when_the_request_says_close(|| PlainCodec);
}

#[test]
fn requests() {
    requests::are_written_whole(|| PlainCodec, &LIMITS);
    requests::are_refused(|| PlainCodec, &LIMITS);
}

#[test]
fn futures_are_small() {
    whole::futures_are_small(PlainCodec);
}

#[test]
fn connections_are_for_one_origin() {
    let net = Net::new(|_| Reply::of(204, "", ""));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let long = format!("http://{}/", "a".repeat(65));
    for (uri, connects) in [
        ("http://a.test/1", 1),
        ("http://A.TEST:80/2", 1),
        ("https://a.test:80/3", 2),
        ("http://a.test/4", 3),
        ("http://a.test:81/5", 4),
        ("http://b.test:81/6", 5),
        (long.as_str(), 6),
        (long.as_str(), 7), // too long to remember
    ] {
        let request = RequestHead {
            method: "GET",
            target: Target::parse(uri).unwrap(),
            partition: Partition::COMMON,
            headers: &NoFields,
        };
        run(transport.send(&request, &[])).unwrap();
        assert_eq!(net.connects.get(), connects, "{uri}");
    }
}

#[test]
fn raw_heads_are_read_as_httparse_reads_them() {
    let mut seen = 0;
    let lines = [
        "A: b",
        "B:c",
        "C:\t d \t",
        "D:",
        "E: \u{e4}",
        "F: a:b",
        "g:  h",
        "A: again",
        "Z: \"x, y\"",
    ];
    for end in ["\r\n", "\n"] {
        for first in &lines {
            for second in &lines {
                let head = format!("HTTP/1.1 200 OK{end}{first}{end}{second}{end}{end}");
                let mut fields = [httparse::EMPTY_HEADER; 4];
                let mut response = httparse::Response::new(&mut fields);
                assert!(response.parse(head.as_bytes()).unwrap().is_complete());
                let parsed = ParsedHead {
                    length: head.len(),
                    status: 200,
                    http11: true,
                };
                assert_eq!(ParsedHead::parse(head.as_bytes()), Some(parsed));
                let raw = RawHead(head.as_bytes());
                let ours: Vec<_> = raw
                    .fields()
                    .map(|line| (line.name.as_bytes(), line.value))
                    .collect();
                let theirs: Vec<_> = response
                    .headers
                    .iter()
                    .map(|field| (field.name.as_bytes(), field.value.trim_ascii()))
                    .collect();
                assert_eq!(ours, theirs);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2 * lines.len() * lines.len());
}

#[test]
fn what_is_no_status_code_is_no_head() {
    for code in ["000", "001", "099"] {
        let head = format!("HTTP/1.1 {code} OK\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(ParsedHead::parse(head.as_bytes()), None, "{code}");
    }
    assert!(ParsedHead::parse(b"HTTP/1.1 100 \r\n\r\n").is_some());
}

#[test]
fn heads_are_refused_as_httparse_refuses_them() {
    let lines = [
        "A: b",
        "A : b",
        " a",
        "\ta",
        "A\0: b",
        "A: b\0",
        "A: b\rc",
        ": b",
        "A",
        "\rA: b",
        "A\u{e4}: b",
        "A: \x7f",
        "A:b\r",
        "HTTP/1.1 200 OK",
    ];
    let starts = [
        "HTTP/1.1 200 OK",
        "HTTP/1.0 204 ",
        "HTTP/1.1 200",
        "HTTP/2.0 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "ICY 200 OK",
        "",
    ];
    let (mut refused, mut taken) = (0, 0);
    for start in starts {
        for first in lines {
            for second in lines {
                for end in ["\r\n", "\n"] {
                    let head = format!("{start}{end}{first}{end}{second}{end}{end}");
                    let mut fields = [httparse::EMPTY_HEADER; 4];
                    let mut response = httparse::Response::new(&mut fields);
                    let theirs = match response.parse(head.as_bytes()) {
                        Ok(httparse::Status::Complete(length)) if length == head.len() => response.code,
                        _ => None,
                    };
                    let ours = ParsedHead::parse(head.as_bytes()).map(|head| head.status);
                    assert_eq!(ours, theirs, "{head:?}");
                    match ours {
                        Some(_) => taken += 1,
                        None => refused += 1,
                    }
                }
            }
        }
    }
    assert!(taken > 5 && refused > taken, "{taken} {refused}");
}

#[test]
fn requests_cannot_be_split() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let uri = "http://a.test/";
    for (method, name, value) in [
        ("GET", "a", "b\r\nc: d"),
        ("GET", "a", "b\nc: d"),
        ("GET", "a", "b\0"),
        ("GET", "a\r\nb", "c"),
        ("GET", "a b", "c"),
        ("GET", "a:", "c"),
        ("GET", "", "c"),
        ("GET", "Host", "b.test"),
        ("GET", "content-length", "5"),
        ("GET", "Transfer-Encoding", "chunked"),
        ("GET / HTTP/1.1\r\n\r\nGET", "a", "b"),
        ("", "a", "b"),
    ] {
        let fields = [(name, value)];
        let request = RequestHead {
            method,
            target: Target::parse(uri).unwrap(),
            partition: Partition::COMMON,
            headers: &fields,
        };
        let sent = run(transport.send(&request, &[]));
        assert_eq!(
            sent,
            Err(larder_embedded::wire::WireError::Request),
            "{method} {name} {value}"
        );
    }
    assert_eq!((net.connects.get(), net.asked()), (0, 0));
}

/// A stream that is open and takes nothing.
struct Stuck;

impl ErrorType for Stuck {
    type Error = Refused;
}

impl Read for Stuck {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, Refused> {
        Err(Refused)
    }
}

impl Write for Stuck {
    async fn write(&mut self, _: &[u8]) -> Result<usize, Refused> {
        Ok(0)
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        Ok(())
    }
}

struct ToStuck;

impl Connect for ToStuck {
    type Error = Refused;
    type Stream = Stuck;

    async fn connect(&mut self, _: &Target<'_>) -> Result<Stuck, Refused> {
        Ok(Stuck)
    }
}

#[test]
fn a_stream_that_takes_nothing_is_closed_and_no_panic() {
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(ToStuck, PlainCodec, &mut head, &mut ahead);
    let request = RequestHead {
        method: "GET",
        target: Target::parse("http://e.test/").unwrap(),
        partition: Partition::COMMON,
        headers: &NoFields,
    };
    assert_eq!(run(transport.send(&request, &[])), Err(WireError::Closed));
}

//! The plain codec, and the transport on it, against bytes.

mod support;

use larder::{Headers, NoFields, Partition, RequestHead, Target};
use larder_embedded::Transport;
use larder_embedded::wire::{HttpTransport, PlainCodec, RawHead};
use support::{Net, Reply, field, hazards, run};

#[test]
fn hazards() {
    hazards::run_all(|| PlainCodec::<32>);
}

#[test]
fn closed_while_idle() {
    hazards::closed_while_idle(|| PlainCodec::<32>);
}

#[test]
fn requests_are_written_whole() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(&net, PlainCodec::<16>, &mut head, &mut ahead);
    let fields = [("Accept", "a"), ("Accept", "b")];
    for (uri, line, host) in [
        ("http://a.test", "GET / HTTP/1.1", "a.test"),
        ("http://a.test?q", "GET /?q HTTP/1.1", "a.test"),
        ("http://a.test:8080/b?c", "GET /b?c HTTP/1.1", "a.test:8080"),
    ] {
        let request = RequestHead {
            method: "GET",
            target: Target::parse(uri).unwrap(),
            partition: Partition::COMMON,
            headers: &fields,
        };
        run(transport.send(&request, &[])).unwrap();
        let text = net.last_request();
        assert_eq!(text.lines().next(), Some(line));
        assert_eq!(field(&text, "host"), Some(host));
        assert_eq!(text.matches("Accept: ").count(), 2);
        assert!(!text.contains("Content-Length"));
    }
    let request = RequestHead {
        method: "POST",
        target: Target::parse("http://a.test/").unwrap(),
        partition: Partition::COMMON,
        headers: &NoFields,
    };
    run(transport.send(&request, b"hello")).unwrap();
    assert!(net.last_request().ends_with("Content-Length: 5\r\n\r\nhello"));
}

#[test]
fn connections_are_for_one_origin() {
    let net = Net::new(|_| Reply::of(304, "", ""));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(&net, PlainCodec::<16>, &mut head, &mut ahead);
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
fn requests_cannot_be_split() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = HttpTransport::new(&net, PlainCodec::<16>, &mut head, &mut ahead);
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

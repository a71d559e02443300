//! reqwless' codec against the bytes that every codec must survive.

#[path = "../../embedded/tests/support/mod.rs"]
mod support;

use larder::{Headers, NoFields, Partition, RequestHead, Target};
use larder_embedded::Transport;
use larder_embedded::wire::WireError;
use larder_reqwless::{ReqwlessCodec, transport};
use support::{Net, Reply, field, hazards, run};

/// What reqwless refuses of what others read.
const REFUSED: [&str; 2] = ["204 with length", "equal lengths in a list"];

#[test]
fn hazards() {
    hazards::run_all_but(&REFUSED, || ReqwlessCodec);
}

#[test]
fn closed_while_idle() {
    hazards::closed_while_idle(|| ReqwlessCodec);
}

fn request<'a, H: Headers + ?Sized>(method: &'a str, uri: &'a str, headers: &'a H) -> RequestHead<'a, H> {
    RequestHead {
        method,
        target: Target::parse(uri).unwrap(),
        partition: Partition::COMMON,
        headers,
    }
}

#[test]
fn requests_are_written_whole() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = transport(&net, &mut head, &mut ahead);
    for (uri, line, host) in [
        ("http://a.test", "GET / HTTP/1.1", "a.test"),
        ("http://a.test:8080/b?c", "GET /b?c HTTP/1.1", "a.test:8080"),
    ] {
        let fields = [("Cookie", "a"), ("Cookie", "b"), ("If-None-Match", "\"\u{e4}\"")];
        run(transport.send(&request("GET", uri, &fields), &[])).unwrap();
        let text = net.last_request();
        assert_eq!(text.lines().next(), Some(line));
        assert_eq!(field(&text, "host"), Some(host));
        assert_eq!(text.matches("Cookie: ").count(), 2);
        assert_eq!(field(&text, "if-none-match"), Some("\"\u{e4}\""));
        assert!(!text.contains("Content-Length"));
    }
    run(transport.send(&request("POST", "http://a.test/", &NoFields), b"hello")).unwrap();
    let text = net.last_request();
    assert_eq!(field(&text, "content-length"), Some("5"));
    assert!(text.ends_with("\r\n\r\nhello"));
}

#[test]
fn what_reqwless_cannot_write_is_refused_or_left_out() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = transport(&net, &mut head, &mut ahead);
    let uri = "http://a.test/";
    let many: Vec<_> = (0..16).map(|number| (format!("a{number}"), "b")).collect();
    assert_eq!(
        run(transport.send(&request("GET", uri, &many[..]), &[])),
        Err(WireError::Request)
    );
    assert_eq!(
        run(transport.send(&request("GET", uri, &many[..15]), &[])),
        Ok(())
    );
    for method in ["get", "SPOON", "CONNECT"] {
        assert_eq!(
            run(transport.send(&request(method, uri, &NoFields), &[])),
            Err(WireError::Request)
        );
    }
    let query = request("GET", "http://a.test?q", &NoFields);
    assert_eq!(run(transport.send(&query, &[])), Err(WireError::Request));
    // A validator that is no text goes unsent; anything else is refused.
    let tag = [(&b"If-None-Match"[..], &b"\"\xff\""[..])];
    assert_eq!(run(transport.send(&request("GET", uri, &tag), &[])), Ok(()));
    assert!(!net.last_request().contains("If-None-Match"));
    let other = [(&b"X-Bytes"[..], &b"\xff"[..])];
    assert_eq!(
        run(transport.send(&request("GET", uri, &other), &[])),
        Err(WireError::Request)
    );
}

//! edge-http's codec against the bytes that every codec must survive.

#[path = "../../embedded/tests/support/mod.rs"]
mod support;

use larder::{Headers, NoFields, Partition, RequestHead, Target};
use larder_edge_http::{EdgeCodec, transport};
use larder_embedded::Transport;
use larder_embedded::wire::WireError;
use support::{Net, Reply, field, hazards, run};

#[test]
fn hazards() {
    hazards::run_all(|| EdgeCodec::<32>);
}

#[test]
fn closed_while_idle() {
    hazards::closed_while_idle(|| EdgeCodec::<32>);
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
        ("http://a.test?q", "GET /?q HTTP/1.1", "a.test"),
        ("http://a.test:8080/b?c", "GET /b?c HTTP/1.1", "a.test:8080"),
    ] {
        let fields = [("Accept", "a"), ("If-None-Match", "\"\u{e4}\"")];
        run(transport.send(&request("GET", uri, &fields), &[])).unwrap();
        let text = net.last_request();
        assert_eq!(text.lines().next(), Some(line));
        assert_eq!(field(&text, "host"), Some(host));
        assert_eq!(field(&text, "if-none-match"), Some("\"\u{e4}\""));
        assert_eq!(text.to_lowercase().matches("content-length").count(), 1);
    }
    run(transport.send(&request("POST", "http://a.test/", &NoFields), b"hello")).unwrap();
    let text = net.last_request();
    assert_eq!(field(&text, "content-length"), Some("5"));
    assert!(text.ends_with("\r\n\r\nhello"));
    assert_eq!(text.to_lowercase().matches("content-length").count(), 1);
}

#[test]
fn what_edge_http_cannot_write_is_refused() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let (mut head, mut ahead) = ([0; 256], [0; 64]);
    let mut transport = transport(&net, &mut head, &mut ahead);
    let uri = "http://a.test/";
    let twice = [("Cookie", "a"), ("cookie", "b")];
    assert_eq!(
        run(transport.send(&request("GET", uri, &twice), &[])),
        Err(WireError::Request)
    );
    let many: Vec<_> = (0..15).map(|number| (format!("a{number}"), "b")).collect();
    assert_eq!(
        run(transport.send(&request("GET", uri, &many[..]), &[])),
        Err(WireError::Request)
    );
    assert_eq!(
        run(transport.send(&request("GET", uri, &many[..14]), &[])),
        Ok(())
    );
    for method in ["get", "Get", "SPOON", ""] {
        assert_eq!(
            run(transport.send(&request(method, uri, &NoFields), &[])),
            Err(WireError::Request)
        );
    }
    for composed in ["http://a.test:81?q", "http://a.test:81#f"] {
        let fits = composed.ends_with("#f");
        let sent = run(transport.send(&request("GET", composed, &NoFields), &[]));
        assert_eq!(sent.is_ok(), fits, "{composed}");
    }
    let host = format!("http://{}:81/", "a".repeat(80));
    assert_eq!(
        run(transport.send(&request("GET", &host, &NoFields), &[])),
        Err(WireError::Request)
    );
    assert_eq!(run(transport.send(&request("GET", uri, &NoFields), &[])), Ok(()));
}

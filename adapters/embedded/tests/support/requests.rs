//! What goes out: requests, as the origin sees them.

use larder::{Headers, NoFields, Partition, RequestHead, Target};
use larder_embedded::Transport;
use larder_embedded::wire::{Codec, HttpTransport, WireError};

use super::{Net, Refused, Reply, field, run};

/// What a codec cannot write.
pub struct Limits {
    /// Fields of the same name.
    pub repeats: bool,
    /// Methods that it does not know.
    pub methods: &'static [&'static str],
    /// Fields at most.
    pub fields: Option<usize>,
    /// Whether GET says that it has no content.
    pub says_empty: bool,
}

pub fn request<'a, H: Headers + ?Sized>(method: &'a str, uri: &'a str, headers: &'a H) -> RequestHead<'a, H> {
    RequestHead {
        method,
        target: Target::parse(uri).unwrap(),
        partition: Partition::COMMON,
        headers,
    }
}

/// Sends one request; what the origin has seen of it.
pub fn send<K: Codec, H: Headers + ?Sized>(
    codec: K,
    room: usize,
    request: &RequestHead<'_, H>,
    content: &[u8],
) -> Result<String, WireError<Refused>> {
    let net = Net::new(|_| Reply::of(204, "", ""));
    let (mut head, mut ahead) = (vec![0; room], [0; 64]);
    let mut transport = HttpTransport::new(&net, codec, &mut head, &mut ahead);
    run(transport.send(request, content)).map(|()| net.last_request())
}

pub fn are_written_whole<K: Codec>(codec: impl Fn() -> K, limits: &Limits) {
    let fields: &[(&str, &str)] = &[("If-None-Match", "\"\u{e4}\""), ("Cookie", "a"), ("Cookie", "b")];
    let fields = if limits.repeats { fields } else { &fields[..2] };
    for (uri, line, host) in [
        ("http://a.test", "GET / HTTP/1.1", "a.test"),
        ("http://a.test?q", "GET /?q HTTP/1.1", "a.test"),
        ("http://a.test:8080/b?c", "GET /b?c HTTP/1.1", "a.test:8080"),
        ("http://a.test:8080?c", "GET /?c HTTP/1.1", "a.test:8080"),
        ("http://[::1]:8080/", "GET / HTTP/1.1", "[::1]:8080"),
    ] {
        // Heads go out in pieces where the buffer is short, and are the same.
        let whole = send(codec(), 512, &request("GET", uri, fields), &[]).unwrap();
        for room in [27, 100] {
            let pieces = send(codec(), room, &request("GET", uri, fields), &[]).unwrap();
            assert_eq!(pieces, whole);
        }
        assert_eq!(whole.lines().next(), Some(line));
        assert_eq!(field(&whole, "host"), Some(host));
        assert_eq!(field(&whole, "if-none-match"), Some("\"\u{e4}\""));
        assert_eq!(whole.matches("Cookie: ").count(), fields.len() - 1);
        let lengths = whole.to_lowercase().matches("content-length").count();
        assert_eq!(lengths, usize::from(limits.says_empty));
    }
    let post = send(
        codec(),
        40,
        &request("POST", "http://a.test/", &NoFields),
        b"hello",
    )
    .unwrap();
    assert_eq!(field(&post, "content-length"), Some("5"));
    assert_eq!(post.to_lowercase().matches("content-length").count(), 1);
    assert!(post.ends_with("\r\n\r\nhello"));
    // RFC 9110 section 8.6: methods that expect content say that there is none.
    for method in ["POST", "PUT"] {
        let empty = send(codec(), 99, &request(method, "http://a.test/", &NoFields), &[]).unwrap();
        assert_eq!(field(&empty, "content-length"), Some("0"), "{method}: {empty}");
    }
    let none = send(codec(), 0, &request("GET", "http://a.test/", &NoFields), &[]);
    assert_eq!(none, Err(WireError::HeadTooLarge { limit: 0 }));
}

pub fn are_refused<K: Codec>(codec: impl Fn() -> K, limits: &Limits) {
    let uri = "http://a.test/";
    for method in limits.methods {
        let sent = send(codec(), 99, &request(method, uri, &NoFields), &[]);
        assert_eq!(sent, Err(WireError::Request), "{method}");
    }
    let twice = [("Cookie", "a"), ("cookie", "b")];
    let sent = send(codec(), 99, &request("GET", uri, &twice), &[]);
    assert_eq!(sent.is_ok(), limits.repeats, "{sent:?}");
    let many: Vec<_> = (0..40).map(|number| (format!("a{number}"), "b")).collect();
    // Content may take the room of one for its length.
    for (method, content, most) in [
        ("GET", &b""[..], limits.fields),
        ("POST", b"x", limits.fields.map(|most| most.min(14))),
    ] {
        let most = most.unwrap_or(many.len());
        for count in [most, most + 1] {
            if let Some(fields) = many.get(..count) {
                let sent = send(codec(), 99, &request(method, uri, fields), content);
                assert_eq!(sent.is_ok(), count == most, "{method}: {count} fields");
                // What a cache adds when it validates is not why the same request fails later.
                let conditions = ["If-None-Match", "If-Modified-Since"];
                let conditions = conditions.map(|name| (name.to_string(), "\"a\""));
                let fields: Vec<_> = fields.iter().cloned().chain(conditions).collect();
                let sent = send(codec(), 99, &request(method, uri, &fields), content);
                assert_eq!(
                    sent.is_ok(),
                    count == most,
                    "{method}: {count} fields and conditions"
                );
            }
        }
    }
}

//! What goes through, in both directions, byte for byte.

mod peers;

use std::sync::{Arc, Barrier};

use peers::origin::{Asked, date};
use peers::{Origin, Proxy, Reply};

const KEEP: &str = "Cache-Control: max-age=60";

fn field<'a>(asked: &'a Asked, name: &str) -> Vec<&'a [u8]> {
    asked.head.values(name)
}

#[test]
fn fields_of_one_connection_go_no_further() {
    // req: 9110-7.6.1-01, 9110-7.6.1-02, 9110-7.6.1-03, 9111-3.1-02
    let reply = Reply::new(
        200,
        &[
            KEEP,
            "Connection: keep-alive, X-Private",
            "Keep-Alive: timeout=5",
            "X-Private: 1",
            "X-Public: 2",
            "Upgrade: h2c",
            "TE: trailers",
        ],
        "x",
    );
    let origin = Origin::script(vec![reply]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    let fields = [
        "Connection: X-Mine",
        "X-Mine: 1",
        "X-Theirs: 2",
        "Keep-Alive: timeout=9",
        "Proxy-Connection: keep-alive",
        "Upgrade: websocket",
        "TE: gzip",
    ];
    for from_store in [false, true] {
        let answer = client.ask("GET", "/", &fields);
        assert_eq!(answer.age().is_some(), from_store);
        assert_eq!(answer.head.value("x-public"), Some("2"));
        for gone in ["connection", "keep-alive", "x-private", "upgrade", "te"] {
            assert_eq!(answer.head.values(gone), [b""; 0], "{gone} {from_store}");
        }
    }
    let asked = &origin.asked()[0];
    assert_eq!(field(asked, "x-theirs"), [b"2"]);
    assert_eq!(field(asked, "host"), [origin.address.to_string().as_bytes()]);
    for gone in [
        "connection",
        "x-mine",
        "keep-alive",
        "proxy-connection",
        "te",
        "upgrade",
    ] {
        assert_eq!(field(asked, gone), [b""; 0], "{gone}");
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn nothing_is_added() {
    for arguments in [&["--no-cache"][..], &[]] {
        let bare = Reply {
            bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-A: 1\r\n\r\nx".to_vec(),
            keep: true,
        };
        let origin = Origin::script(vec![bare]);
        let proxy = Proxy::before(&origin, arguments);
        let answer = proxy.client().ask("GET", "/path?query", &["X-B: 2"]);
        let mut fields = answer.head.fields;
        fields.sort();
        let (length, own) = (
            ("content-length".into(), b"1".to_vec()),
            ("x-a".into(), b"1".to_vec()),
        );
        assert_eq!(fields, [length, own], "{arguments:?}");
        let asked = &origin.asked()[0];
        let mut names: Vec<_> = asked.head.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            (asked.path.as_str(), &names[..]),
            ("/path?query", &["host", "x-b"][..])
        );
    }
}

#[test]
fn compressed_bodies_arrive_as_they_are() {
    let body = [0x1f, 0x8b, 8, 0, 1, 2, 3, 0xff];
    let reply = Reply::new(200, &[KEEP, "Content-Encoding: gzip"], body);
    let origin = Origin::script(vec![reply]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for _ in 0..2 {
        let answer = client.get("/");
        assert_eq!(answer.body, body);
        assert_eq!(answer.head.value("content-encoding"), Some("gzip"));
        assert_eq!(answer.head.value("content-length"), Some("8"));
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn set_cookie_lines_stay_apart() {
    // req: 9110-5.3-02
    let cookies = ["Set-Cookie: a=1; Path=/", "Set-Cookie: b=2, c", "Set-Cookie: a=3"];
    let fields = [&[KEEP][..], &cookies].concat();
    for mode in ["--shared", "--private"] {
        let origin = Origin::script(vec![Reply::new(200, &fields, "x")]);
        let proxy = Proxy::before(&origin, &[mode]);
        let mut client = proxy.client();
        for _ in 0..2 {
            let answer = client.get("/");
            let lines = answer.head.values("set-cookie");
            assert_eq!(lines, [&b"a=1; Path=/"[..], b"b=2, c", b"a=3"]);
        }
        assert_eq!(origin.count(), 1);
    }
    // What nobody gave a lifetime is not kept for others.
    let old = format!("Last-Modified: {}", date(-100_000));
    let guess = Reply::new(200, &[&old, "Set-Cookie: a=1"], "x");
    let origin = Origin::script(vec![guess]);
    let proxy = Proxy::before(&origin, &["--shared"]);
    let mut client = proxy.client();
    client.get("/");
    assert_eq!((client.get("/").age(), origin.count()), (None, 2));
}

#[test]
fn values_need_not_be_text() {
    let mut reply = Reply::head(200, &[KEEP, "Vary: X-Name", "Content-Length: 1"]);
    let end = reply.bytes.len() - 2;
    reply.bytes.splice(
        end..,
        b"X-Bytes: \xff\xfe\xe9\r\nETag: \"\xe9\"\r\n\r\nx"
            .iter()
            .copied(),
    );
    let origin = Origin::script(vec![reply]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    let mut ask = |name: &[u8]| {
        client.send([b"GET / HTTP/1.1\r\nHost: test\r\nX-Name: ", name, b"\r\n\r\n"].concat());
        client.receive("GET").unwrap()
    };
    let first = ask(b"\xe9");
    assert_eq!(first.head.values("x-bytes"), [b"\xff\xfe\xe9"]);
    let second = ask(b"\xe9");
    assert_eq!(second.head.values("x-bytes"), [b"\xff\xfe\xe9"]);
    assert_eq!(second.head.values("etag"), [b"\"\xe9\""]);
    assert!(second.age().is_some());
    assert!(ask(b"\xe8").age().is_none());
    assert_eq!(field(&origin.asked()[0], "x-name"), [b"\xe9"]);
}

#[test]
fn uploads_go_through_and_invalidate() {
    // req: 9111-4.4-01
    let origin = Origin::new(|asked, _| match asked.method.as_str() {
        "GET" => Reply::new(200, &[KEEP], "old"),
        _ => Reply::new(200, &[], [asked.method.as_bytes(), b" ", &asked.body].concat()),
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    client.get("/");
    assert!(client.get("/").age().is_some());
    let long = "0123456789abcdef".repeat(20_000);
    client.send(format!(
        "PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n{long}",
        long.len()
    ));
    assert_eq!(
        client.receive("PUT").unwrap().seen(),
        (200, format!("PUT {long}").as_str())
    );
    assert!(client.get("/").age().is_none());
    client.send(
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    assert_eq!(client.receive("POST").unwrap().seen(), (200, "POST abcde"));
    let expecting = "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    client.send(format!("POST / HTTP/1.1\r\nHost: t\r\n{expecting}"));
    client.send("hi");
    assert_eq!(client.receive("POST").unwrap().seen(), (200, "POST hi"));
    assert_eq!(client.ask("DELETE", "/", &[]).seen(), (200, "DELETE "));
    assert_eq!(client.ask("FANCY", "/", &[]).seen(), (200, "FANCY "));
    assert_eq!(client.ask("OPTIONS", "*", &[]).status, 200);
    assert_eq!(origin.asked().last().unwrap().path, "*");
    assert_eq!(client.ask("CONNECT", "elsewhere:80", &[]).status, 400);
}

#[test]
fn bodies_are_streamed_in_both_directions() {
    let both = Arc::new(Barrier::new(2));
    let halfway = Arc::clone(&both);
    // The origin's second half comes only when the client has the first.
    let origin = Origin::streaming(move |stream| {
        let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nfirst";
        stream(head.as_bytes());
        halfway.wait();
        stream(b"again");
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    let answer = client.receive_after(5, || {
        both.wait();
    });
    assert_eq!(answer.seen(), (200, "firstagain"));
}

#[test]
fn truncated_bodies_are_never_whole_and_never_stored() {
    // req: 9111-3.3-03
    let length = Reply::head(200, &[KEEP, "Content-Length: 10"]).then_close(b"12345");
    let chunks = Reply::head(200, &[KEEP, "Transfer-Encoding: chunked"]).then_close(b"5\r\n12345\r\n");
    let broken_chunk = Reply::head(200, &[KEEP, "Transfer-Encoding: chunked"]).then_close(b"a\r\n12345");
    let headless = Reply {
        bytes: b"HTTP/1.1 200 OK\r\nCache-Con".to_vec(),
        keep: false,
    };
    for truncated in [length, chunks, broken_chunk] {
        let whole = Reply::new(200, &[KEEP], "1234567890");
        let origin = Origin::script(vec![truncated, whole]);
        let proxy = Proxy::before(&origin, &[]);
        let mut client = proxy.client();
        client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
        // Half an answer or none, but nothing that looks whole.
        let answer = client.receive("GET");
        assert!(answer.as_ref().is_none_or(|answer| !answer.whole), "{answer:?}");
        let mut client = proxy.client();
        assert_eq!(client.get("/").seen(), (200, "1234567890"));
        assert_eq!(client.get("/").seen(), (200, "1234567890"));
        assert_eq!(origin.count(), 2);
        assert!(proxy.log(1)[0].contains("broken off"));
    }
    let origin = Origin::script(vec![headless, Reply::new(200, &[KEEP], "x")]);
    let proxy = Proxy::before(&origin, &[]);
    assert_eq!(proxy.client().get("/").status, 502);
    assert_eq!(proxy.client().get("/").seen(), (200, "x"));
}

#[test]
fn interim_responses_are_no_answers() {
    // req: 9111-3-03
    let mut reply = Reply::new(200, &[KEEP], "final");
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nCache-Control: max-age=99\r\n\r\n";
    reply.bytes.splice(..0, hints.repeat(2).into_bytes());
    let origin = Origin::script(vec![reply]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for _ in 0..2 {
        let answer = client.get("/");
        assert_eq!(answer.seen(), (200, "final"));
        assert_eq!(answer.head.value("cache-control"), Some("max-age=60"));
        assert_eq!(answer.head.value("link"), None);
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn heads_and_bodiless_answers_keep_the_connection_in_step() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/204" => Reply::head(204, &[KEEP]),
        "/none" => Reply::new(200, &[KEEP], ""),
        _ if asked.method == "HEAD" => Reply::head(200, &[KEEP, "Content-Length: 5"]),
        _ => Reply::new(200, &[KEEP, "ETag: \"a\""], "hello"),
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for _ in 0..2 {
        let head = client.ask("HEAD", "/", &[]);
        assert_eq!((head.status, head.head.value("content-length")), (200, Some("5")));
        assert_eq!(client.get("/").seen(), (200, "hello"));
        assert_eq!(client.get("/204").seen(), (204, ""));
        assert_eq!(client.get("/none").seen(), (200, ""));
        assert_eq!(
            client.ask("GET", "/", &["If-None-Match: \"a\""]).seen(),
            (304, "")
        );
    }
    // One connection, whatever it carries: several requests may also come at once.
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\nGET /none HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_eq!(client.receive("GET").unwrap().seen(), (200, "hello"));
    assert_eq!(client.receive("GET").unwrap().seen(), (200, ""));
}

#[test]
fn chunks_say_the_length_whatever_content_length_says() {
    // req: 9112-6.3-01
    for length in ["3", "30"] {
        let field = format!("Content-Length: {length}");
        let chunked = "Transfer-Encoding: chunked";
        let origin = Origin::new(move |asked, _| {
            let mut reply = Reply::head(200, &[KEEP, chunked, &field]);
            let body = if asked.method == "GET" {
                &b"12345"[..]
            } else {
                &asked.body
            };
            reply
                .bytes
                .extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
            reply.bytes.extend_from_slice(body);
            reply.bytes.extend_from_slice(b"\r\n0\r\n\r\n");
            reply
        });
        for arguments in [&["--no-cache"][..], &[]] {
            let proxy = Proxy::before(&origin, arguments);
            let mut client = proxy.client();
            for _ in 0..2 {
                assert_eq!(client.get("/").seen(), (200, "12345"), "{length} {arguments:?}");
            }
            let request =
                format!("POST / HTTP/1.1\r\nHost: t\r\n{chunked}\r\nContent-Length: {length}\r\n\r\n");
            client.send(request + "4\r\nwhat\r\n0\r\n\r\n");
            // Refused, or passed on with the length that the chunks have.
            if let Some(answer) = client.receive("POST").filter(|answer| answer.status != 400) {
                assert_eq!(answer.seen(), (200, "what"), "{length} {arguments:?}");
            }
        }
    }
}

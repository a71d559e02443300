//! Peers that break rules, or do not move.

mod peers;

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use peers::{Origin, Proxy, Reply};

const KEEP: &str = "Cache-Control: max-age=60";

fn raw(bytes: impl AsRef<[u8]>) -> Reply {
    Reply {
        bytes: bytes.as_ref().to_vec(),
        keep: false,
    }
}

#[test]
fn what_is_no_request_stays_here() {
    let origin = Origin::script(vec![Reply::new(200, &[KEEP], "x")]);
    let proxy = Proxy::before(&origin, &[]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET elsewhere:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT elsewhere:80 HTTP/1.1\r\nHost: elsewhere:80\r\n\r\n", 400),
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    ] {
        let mut client = proxy.client();
        client.send(request);
        assert_eq!(client.receive("GET").unwrap().status, status, "{request:?}");
    }
    let mut client = proxy.client();
    client.send(format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "y".repeat(1 << 20)
    ));
    assert_eq!(client.receive("GET").unwrap().status, 431);
    assert_eq!(origin.count(), 0);
    // HTTP/1.0 needs no Host, and a URI that names another host has a path all the same.
    for request in [
        "GET / HTTP/1.0\r\n\r\n",
        "GET http://other/ HTTP/1.1\r\nHost: OTHER\r\n\r\n",
    ] {
        let mut client = proxy.client();
        client.send(request);
        assert_eq!(client.receive("GET").unwrap().seen(), (200, "x"), "{request:?}");
    }
    assert_eq!((origin.count(), origin.asked()[0].path.as_str()), (1, "/"));
}

#[test]
fn what_is_no_response_is_answered_with_502() {
    for reply in [
        "garbage\r\n\r\n",
        "HTTP/1.1 42 Short\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 1\r\n\r\nx",
        // Nobody has asked for another protocol: Upgrade goes no further.
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "",
    ] {
        let origin = Origin::script(vec![raw(reply)]);
        for arguments in [&["--no-cache"][..], &[]] {
            let proxy = Proxy::before(&origin, arguments);
            let answer = proxy
                .client()
                .ask("GET", "/", &["Connection: upgrade", "Upgrade: x"]);
            assert!(answer.whole && answer.status == 502, "{reply:?}: {answer:?}");
        }
    }
    let many: String = (0..1000).map(|number| format!("X-{number}: y\r\n")).collect();
    let origin = Origin::script(vec![raw(format!("HTTP/1.1 200 OK\r\n{many}\r\n"))]);
    assert_eq!(Proxy::before(&origin, &[]).client().get("/").status, 502);
}

#[test]
fn the_same_length_several_times_is_one() {
    for length in ["1, 1", "1\r\nContent-Length: 1"] {
        let reply = raw(format!(
            "HTTP/1.1 200 OK\r\n{KEEP}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\nx"
        ));
        let origin = Origin::script(vec![reply]);
        for arguments in [&["--no-cache"][..], &[]] {
            let proxy = Proxy::before(&origin, arguments);
            let mut client = proxy.client();
            for _ in 0..2 {
                let answer = client.get("/");
                assert_eq!(answer.seen(), (200, "x"), "{length} {arguments:?}");
                assert_eq!(answer.head.value("content-length"), Some("1"));
            }
        }
        assert_eq!(origin.count(), 3, "{length}");
    }
}

#[test]
fn a_body_that_may_be_half_a_body_leaves_its_reason() {
    let old = raw(format!("HTTP/1.0 200 OK\r\n{KEEP}\r\n\r\nmay go on"));
    let origin = Origin::script(vec![old]);
    let proxy = Proxy::before(&origin, &[]);
    assert_eq!(proxy.client().get("/").text(), "may go on");
    let line = &proxy.log(1)[0];
    assert!(
        line.contains("is not, as nothing tells whether it is whole"),
        "{line}"
    );
}

#[test]
fn a_request_that_stands_still_is_given_up() {
    let origin = Origin::script(vec![Reply::new(200, &[], "x")]);
    let proxy = Proxy::before(&origin, &["--timeout", "3"]);
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    assert_eq!(client.receive("POST").unwrap().status, 408);
    assert!(client.is_closed());
    assert!(proxy.log(1)[0].contains("sent no more"), "{:?}", proxy.log(1));
    // One that goes away is no fault of the origin.
    let mut client = proxy.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    drop(client);
    assert!(proxy.log(2)[1].contains("\" 400 "), "{:?}", proxy.log(2));
    assert_eq!(proxy.client().get("/").seen(), (200, "x"));
    // So is a head that does not end, and a connection that nobody uses.
    for begun in ["GET / HTTP/1.1\r\nHost: t\r\nX: ", ""] {
        let mut client = proxy.client();
        client.send(begun);
        assert!(
            client.receive("GET").is_none_or(|answer| answer.status == 408),
            "{begun}"
        );
        assert!(client.receive("GET").is_none());
    }
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    // More than all the buffers on the way hold.
    let large = "0123456789abcdef".repeat(4 << 20);
    let whole = large.len();
    let origin = Origin::script(vec![Reply::new(200, &["Cache-Control: no-store"], large)]);
    let proxy = Proxy::before(&origin, &["--timeout", "3"]);
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    let line = &proxy.log(1)[0];
    assert!(line.contains("the client took no more"), "{line}");
    // Its connection ends: what it still gets is not all.
    let answer = client.receive("GET").unwrap();
    assert!(!answer.whole && answer.body.len() < whole);
}

#[test]
fn an_origin_that_does_not_answer_gives_504_or_what_was_stored() {
    let (silent, end) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(3)));
    let (is_silent, wait) = (Arc::clone(&silent), Arc::clone(&end));
    let origin = Origin::new(move |asked, _| {
        if is_silent.load(Ordering::SeqCst) {
            wait.wait();
        }
        Reply::new(200, &["Cache-Control: max-age=10", "Age: 100"], &asked.path)
    });
    let proxy = Proxy::before(&origin, &["--timeout", "3"]);
    let mut client = proxy.client();
    client.get("/kept");
    silent.store(true, Ordering::SeqCst);
    assert_eq!(client.get("/other").status, 504);
    let answer = client.get("/kept");
    assert_eq!((answer.seen(), answer.age() >= Some(100)), ((200, "/kept"), true));
    silent.store(false, Ordering::SeqCst);
    end.wait();
    assert_eq!(client.get("/other").seen(), (200, "/other"));
}

#[test]
fn a_transfer_coding_that_stays_on_is_not_passed_off_as_content() {
    // In chunks, until the end of the connection, and with a length that does not count.
    for rest in [
        "gzip, chunked\r\n\r\n5\r\ncoded\r\n0\r\n\r\n",
        "gzip\r\n\r\ncoded",
        "gzip\r\nContent-Length: 5\r\n\r\ncoded",
    ] {
        let coded = Reply {
            bytes: format!("HTTP/1.1 200 OK\r\n{KEEP}\r\nTransfer-Encoding: {rest}").into_bytes(),
            keep: false,
        };
        let origin = Origin::script(vec![coded.clone(), coded, Reply::new(200, &[KEEP], "plain")]);
        for arguments in [&["--no-cache"][..], &[]] {
            let proxy = Proxy::before(&origin, arguments);
            assert_eq!(proxy.client().get("/").status, 502, "{rest}");
            assert!(proxy.log(1)[0].contains("transfer coding"));
        }
        let proxy = Proxy::before(&origin, &[]);
        let mut client = proxy.client();
        let fields = "Host: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\ncoded\r\n0\r\n\r\n";
        client.send(format!("POST / HTTP/1.1\r\n{fields}"));
        assert_eq!(client.receive("POST").unwrap().status, 501);
        assert_eq!(origin.count(), 2);
        assert_eq!(proxy.client().get("/").seen(), (200, "plain"));
    }
}

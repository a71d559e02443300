//! The program as a person runs it.

mod peers;

use std::net::TcpListener;
use std::sync::{Arc, Barrier};
use std::thread;

use peers::{Client, Origin, Proxy, Reply};

fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Proxy::command().args(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn bad_arguments_are_one_clear_line_and_exit_code_2() {
    let good = ["--listen", "127.0.0.1:0", "--origin", "http://127.0.0.1:1"];
    let wrong: [(&[&str], &str); 18] = [
        (&[], "--listen"),
        (&["--listen", "nowhere", "--origin", "http://a"], "nowhere"),
        (
            &["--listen", "localhost:80", "--origin", "http://a"],
            "127.0.0.1:8080",
        ),
        (&["--listen", "127.0.0.1:0", "--origin", "ftp://a"], "http://"),
        (&["--listen", "127.0.0.1:0", "--origin", "a:80"], "http://"),
        (&["--listen", "127.0.0.1:0", "--origin", "http://a:0"], "port"),
        (&["--listen", "127.0.0.1:0", "--origin", "http://a:70000"], "port"),
        (&["--listen", "127.0.0.1:0", "--origin", "http://a/path"], "path"),
        (
            &["--listen", "127.0.0.1:8080", "--origin", "http://localhost:8080"],
            "itself",
        ),
        (&[&good[..], &["--store", "memory:lots"]].concat(), "memory:lots"),
        (&[&good[..], &["--store", "elsewhere:1MiB"]].concat(), "memory:"),
        (&[&good[..], &["--shared", "--private"]].concat(), "--private"),
        (
            &[&good[..], &["--no-cache", "--cache-name", "x"]].concat(),
            "--no-cache",
        ),
        (&[&good[..], &["--cache-name", ""]].concat(), "printable"),
        (&[&good[..], &["surplus"]].concat(), "surplus"),
        (&[&good[..], &["--heuristic", "-1"]].concat(), "0..=100"),
        (&[&good[..], &["--heuristic", "101"]].concat(), "0..=100"),
        (&[&good[..], &["--timeout", "0"]].concat(), "1..=86400"),
    ];
    for (arguments, named) in wrong {
        let (code, text) = said(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.starts_with("reverse-proxy: ") && text.contains(named),
            "{text}"
        );
    }
}

#[test]
fn an_address_in_use_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, text) = said(&["--listen", &address, "--origin", "http://127.0.0.1:1"]);
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains(&address), "{text}");
}

#[test]
fn every_request_leaves_a_line_with_outcome_and_reason() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/kept" => Reply::new(200, &["Cache-Control: max-age=60"], "kept"),
        _ => Reply::new(200, &["Cache-Control: no-store"], "gone"),
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for (number, path) in ["/kept", "/kept", "/gone?a=b"].into_iter().enumerate() {
        client.get(path);
        // A line is written when an answer is through, and the client may be ahead of that.
        proxy.log(number + 1);
    }
    let log = proxy.log(3);
    for (line, parts) in log.iter().zip([
        [
            "\"GET /kept\" 200 4 bytes",
            "miss: the response may be stored (RFC 9111 section 3)",
            "nothing is stored",
        ],
        [
            "\"GET /kept\" 200 4 bytes",
            "hit: the stored response is fresh (RFC 9111 section 4.2)",
            "",
        ],
        [
            "\"GET /gone?a=b\" 200 4 bytes",
            "miss: the response says no-store",
            "nothing is stored",
        ],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
        assert!(line.starts_with("127.0.0.1:"), "{line}");
    }
}

#[test]
fn cache_status_is_there_when_a_name_is_given() {
    let script = || Origin::script(vec![Reply::new(200, &["Cache-Control: max-age=60"], "x")]);
    let origin = script();
    let proxy = Proxy::before(&origin, &["--cache-name", "pantry"]);
    let mut client = proxy.client();
    assert!(
        client
            .get("/")
            .head
            .value("cache-status")
            .unwrap()
            .starts_with("pantry; fwd=uri-miss")
    );
    assert!(
        client
            .get("/")
            .head
            .value("cache-status")
            .unwrap()
            .starts_with("pantry; hit")
    );
    let origin = script();
    let proxy = Proxy::before(&origin, &[]);
    assert_eq!(proxy.client().get("/").head.value("cache-status"), None);
}

#[test]
fn a_signal_ends_it_after_the_answers_that_have_begun() {
    for name in ["INT", "TERM"] {
        let (begun, finish) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (at_origin, go_on) = (Arc::clone(&begun), Arc::clone(&finish));
        let origin = Origin::new(move |_, _| {
            at_origin.wait();
            go_on.wait();
            Reply::new(200, &[], "whole")
        });
        let proxy = Proxy::before(&origin, &[]);
        let mut idle = proxy.client();
        idle.send("GET / HTTP/1.1\r\n"); // never finished
        let address = proxy.address;
        let asking = thread::spawn(move || Client::new(address).get("/").seen().1.to_owned());
        begun.wait();
        proxy.signal(name);
        // It takes no new connections while it finishes.
        while std::net::TcpStream::connect(address).is_ok() {
            thread::yield_now();
        }
        finish.wait();
        assert_eq!(asking.join().unwrap(), "whole");
        drop(idle);
        let (status, text) = proxy.wait();
        assert_eq!(status.code(), Some(0), "{name}: {text}");
        assert!(
            text.starts_with("stopped: 0 hits") && text.contains("1 misses"),
            "{text}"
        );
    }
}

#[test]
fn an_origin_that_is_down_gives_502() {
    let origin = Origin::script(vec![Reply::new(200, &[], "x")]);
    let proxy = Proxy::before(&origin, &[]);
    origin.close();
    let mut client = proxy.client();
    let answer = client.get("/");
    assert_eq!(answer.status, 502);
    assert!(answer.whole && !answer.body.is_empty());
    assert!(proxy.log(1)[0].contains(" error; "), "{:?}", proxy.log(1));
    // The connection to the client survives that.
    assert_eq!(client.ask("HEAD", "/", &[]).status, 502);
}

#[test]
fn sixty_four_requests_are_answered_at_once() {
    let together = Arc::new(Barrier::new(64));
    let meet = Arc::clone(&together);
    let origin = Origin::new(move |asked, _| {
        // Nobody is answered before everybody has asked.
        meet.wait();
        Reply::new(200, &["Cache-Control: no-store"], &asked.path)
    });
    let proxy = Proxy::before(&origin, &[]);
    let clients: Vec<_> = (0..64)
        .map(|number| {
            let mut client = proxy.client();
            thread::spawn(move || {
                let path = format!("/{number}");
                assert_eq!(client.get(&path).seen(), (200, path.as_str()));
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
}

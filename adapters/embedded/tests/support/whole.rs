//! The hazards with a cache above them: no half entry is visible, no connection is used again that
//! may not be, and what is answered from the store is what the origin sent.

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::slots::SlotStore;
use larder::{Config, NoFields, Now};
use larder_embedded::wire::{Codec, HttpTransport, WireError};
use larder_embedded::{Client, Request, Transport};

use super::hazards::{Case, Expect, Kept, Unproven, Whole, cases, request_with};
use super::slow::Slow;
use super::{DAY, Net, Reply, cut, run};

type Store = Mutex<NoopRawMutex, Slow<SlotStore<2, 2048, 64>>>;

const URL: &str = "http://a.test/x";
const NEXT: &str = "next";

/// What was answered, and whether from the store.
type Seen = Result<(u16, String, bool), String>;

/// One request through a cache of its own connection, which a 304 may answer.
async fn ask<K: Codec>(net: &Net<'_>, store: &Store, codec: K, method: &str) -> Seen {
    ask_with(net, store, codec, method, &[("If-None-Match", "\"b\"")]).await
}

async fn ask_with<K: Codec>(
    net: &Net<'_>,
    store: &Store,
    codec: K,
    method: &str,
    fields: &[(&str, &str)],
) -> Seen {
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 4096]);
    let transport = HttpTransport::new(net, codec, &mut head, &mut ahead);
    let clock = || Now::mono(1, 0).with_utc(DAY);
    let mut client = Client::new(Config::private(), store, transport, clock);
    let request = Request::new(method, URL).unwrap().with_fields(fields);
    let sent = client.send(&request, &mut heads).await;
    let mut answer = sent.map_err(|error| error.to_string())?;
    let mut body = [0; 64];
    let read = answer.read_all(&mut body).await;
    let body = read.map_err(|error| error.to_string())?;
    let body = String::from_utf8(body.to_vec()).unwrap();
    Ok((answer.status(), body, answer.is_from_store()))
}

/// The case, to be stored for a minute where it is a 200.
fn storable(case: &Case) -> String {
    let lines = case.bytes.split_inclusive("\r\n").map(|line| {
        match line.starts_with("HTTP/1.") && line.contains(" 200 ") {
            true => format!("{line}Cache-Control: max-age=60\r\n"),
            false => line.to_string(),
        }
    });
    lines.collect()
}

/// Says these bytes to the first request and something whole to the others.
fn origin<'b>(bytes: &'b [u8], close: bool) -> Net<'b> {
    let mut first = true;
    Net::new(move |_| match std::mem::replace(&mut first, false) {
        true => Reply {
            bytes: bytes.to_vec(),
            close,
        },
        false => Reply::of(200, "", NEXT),
    })
}

/// What a case says, where it says something whole.
fn body_of(expect: Expect) -> Option<&'static str> {
    match expect {
        Kept(200, body) | Whole(200, body) => Some(body),
        _ => None,
    }
}

/// After whatever happened, a request sees all of the response or nothing of it.
fn all_or_nothing<K: Codec>(net: &Net<'_>, store: &Store, codec: K, case: &Case, when: &str) -> bool {
    let seen = run(ask(net, store, codec, "GET"));
    let (status, body, from_store) = seen.unwrap_or_else(|error| panic!("{} {when}: {error}", case.name));
    assert_eq!(status, 200, "{} {when}", case.name);
    match from_store {
        true => assert_eq!(Some(body.as_str()), body_of(case.expect), "{} {when}", case.name),
        false => assert_eq!(body, NEXT, "{} {when}", case.name),
    }
    from_store
}

/// Every hazard, whole, cut at every byte by an end and by a reset, and dropped at every await.
pub fn entries_are_whole<K: Codec>(codec: impl Fn() -> K) {
    for case in cases() {
        let bytes = storable(&case);
        let bytes = bytes.as_bytes();
        let close = !matches!(case.expect, Kept(..) | Whole(..));
        let fresh = || Store::new(Slow::new(SlotStore::new(1)));
        let (net, store) = (origin(bytes, close), fresh());
        let seen = run(ask(&net, &store, codec(), case.method));
        match case.expect {
            Kept(status, body) | Whole(status, body) | Unproven(status, body) => {
                assert_eq!(seen, Ok((status, body.to_string(), false)), "{}", case.name);
            }
            Expect::Refused => assert!(seen.is_err(), "{}: {seen:?}", case.name),
        }
        let stored = all_or_nothing(&net, &store, codec(), &case, "whole");
        let whole = case.method == "GET" && body_of(case.expect).is_some();
        assert_eq!(stored, whole, "{}", case.name);
        if bytes.len() > 200 || case.method != "GET" {
            continue; // long floods say nothing more; HEAD stores nothing
        }
        for length in 0..bytes.len() {
            for reset in [false, true] {
                let (net, store) = (origin(&bytes[..length], true), fresh());
                net.reset.set(reset);
                let cut_off = run(ask(&net, &store, codec(), "GET"));
                let found = all_or_nothing(&net, &store, codec(), &case, &format!("cut at {length}"));
                assert!(!found || cut_off.is_ok());
            }
        }
        for polls in 0.. {
            let (net, store) = (origin(bytes, close).slowly(9), fresh());
            if cut(ask(&net, &store, codec(), "GET"), polls).is_some() {
                break;
            }
            if net.asked() > 0 {
                all_or_nothing(&net, &store, codec(), &case, &format!("dropped at {polls}"));
            }
        }
    }
}

/// A 304 that nobody asked for is no answer, and what follows it belongs to nothing.
pub fn unconditional_304<K: Codec>(codec: impl Fn() -> K) {
    for (method, fields, follows) in [
        ("GET", "", ""),
        ("GET", "ETag: \"a\"\r\n", ""),
        ("GET", "Content-Length: 5\r\n", "hello"),
        ("HEAD", "", ""),
        ("POST", "", ""),
    ] {
        let bytes = format!("HTTP/1.1 304 Not Modified\r\n{fields}\r\n{follows}");
        let net = origin(bytes.as_bytes(), false);
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let mut transport = HttpTransport::new(&net, codec(), &mut head, &mut ahead);
        let sent = run(transport.send(&request_with(method, &NoFields), &[]));
        assert_eq!(sent, Err(WireError::Unconditional), "{method}");
        assert!(!transport.is_connected(), "{method}");

        let (net, store) = (
            origin(bytes.as_bytes(), false),
            Store::new(Slow::new(SlotStore::new(1))),
        );
        let refused = run(ask_with(&net, &store, codec(), method, &[]));
        assert_eq!(
            refused,
            Err(WireError::<super::Refused>::Unconditional.to_string())
        );
        assert_eq!(
            run(ask_with(&net, &store, codec(), "GET", &[])),
            Ok((200, NEXT.into(), false))
        );
    }
}

/// What the future of one request has, and what is under it: the design's limit is for 32 bits,
/// where pointers and lengths are half as long.
pub fn futures_are_small<K: Codec>(codec: K) {
    let net = Net::new(|_| Reply::of(200, "", ""));
    let mut store = SlotStore::<4, 512, 64>::new(1);
    let (mut head, mut ahead, mut heads) = ([0; 512], [0; 128], [0; 1024]);
    let transport = HttpTransport::new(&net, codec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), &mut store, transport, || Now::mono(1, 0));
    let request = Request::get(URL).unwrap();
    let size = size_of_val(&client.send(&request, &mut heads));
    println!("{size} bytes of future");
    assert!(size <= 1536, "{size} bytes");
}

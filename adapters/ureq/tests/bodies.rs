//! When a body counts as whole, and what becomes of one that does not.

mod client;
mod origin;

use std::io::Read;

use client::{body, cache, stored};
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60")];

#[test]
fn a_caller_that_knows_the_length_reads_no_further() {
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let (cache, agent) = cache();
    let response = agent.get(origin.url("/")).call().unwrap();
    let mut body = response.into_body().into_reader();
    let mut five = [0; 5];
    body.read_exact(&mut five).unwrap();
    // Before the reader is dropped, and without a read that returns 0.
    assert_eq!(cache.stats().stored, 1);
    drop(body);
    let mut text = String::new();
    let hit = agent.get(origin.url("/")).call().unwrap();
    hit.into_body()
        .into_reader()
        .take(5)
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!((text.as_str(), &five, origin.count()), ("hello", b"hello", 1));
}

#[test]
fn a_body_dropped_half_way_is_not_stored() {
    // req: 9111-3.3-03
    for reply in [
        Reply::new(200, FRESH, "hello"),
        Reply::chunked(200, FRESH, &[b"he", b"llo"]),
    ] {
        let origin = Origin::script(vec![reply]);
        let (cache, agent) = cache();
        let mut body = body(&agent, &origin.url("/"));
        body.read_exact(&mut [0; 4]).unwrap();
        drop(body);
        assert_eq!((cache.usage().unwrap().entries, cache.stats().discarded), (0, 1));
        assert_eq!(
            agent
                .get(origin.url("/"))
                .call()
                .unwrap()
                .body_mut()
                .read_to_string()
                .unwrap(),
            "hello"
        );
        assert_eq!(origin.count(), 2);
        assert_eq!(
            agent
                .get(origin.url("/"))
                .call()
                .unwrap()
                .body_mut()
                .read_to_string()
                .unwrap(),
            "hello"
        );
        assert_eq!(origin.count(), 2);
    }
}

#[test]
fn an_empty_read_is_no_end() {
    for collapse in [true, false] {
        let origin = Origin::script(vec![Reply::chunked(200, FRESH, &[b"hello"])]);
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .collapse(collapse)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        let mut body = body(&agent, &origin.url("/"));
        assert_eq!(body.read(&mut []).unwrap(), 0);
        assert_eq!(cache.usage().unwrap().entries, 0);
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), cache.usage().unwrap().entries), ("hello", 1));
    }
}

#[test]
fn what_breaks_off_is_not_stored() {
    // req: 9111-3.3-03, 9111-3.3-07, 9112-6.3-01
    let length = Reply::new(200, FRESH, "hello, world");
    let chunked = Reply::chunked(200, FRESH, &[b"hello, ", b"world"]);
    for whole in [length, chunked] {
        for (cut, reset) in [(3, false), (3, true), (9, false), (9, true)] {
            let cut = whole.clone().cut(whole.len() - cut);
            let cut = if reset { cut.reset() } else { cut };
            let origin = Origin::script(vec![cut, whole.clone()]);
            let (cache, agent) = cache();
            let mut body = body(&agent, &origin.url("/"));
            let mut some = Vec::new();
            assert!(body.read_to_end(&mut some).is_err());
            // Whatever a broken body says afterwards, it does not become whole.
            let _ = body.read(&mut [0; 16]);
            drop(body);
            assert_eq!((cache.usage().unwrap().entries, cache.stats().discarded), (0, 1));
            let mut response = agent.get(origin.url("/")).call().unwrap();
            assert_eq!(response.body_mut().read_to_string().unwrap(), "hello, world");
        }
    }
}

#[test]
fn chunks_are_whole_at_their_end() {
    let origin = Origin::script(vec![Reply::chunked(200, FRESH, &[b"hel", b"lo"])]);
    let (_, agent) = cache();
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
        // It describes the chunks of one connection.
        let hit = CacheInfo::of(&response).unwrap().outcome() == Outcome::Hit;
        assert_ne!(response.headers().contains_key("transfer-encoding"), hit);
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn a_body_without_framing_may_be_half_a_body() {
    // req: 9111-3.3-03
    let raw = |version: &str, more: &str| {
        let head = format!("HTTP/{version} 200 OK\r\nCache-Control: max-age=60\r\n{more}\r\nhello");
        Reply::raw(head).closing()
    };
    let cases = [
        // (what arrives, stored by default, stored under `unproven_framing`)
        (raw("1.1", ""), Stored::OnceProven, Stored::OnceRead),
        (
            raw("1.1", "Connection: close\r\n"),
            Stored::OnceProven,
            Stored::OnceProven,
        ),
        (raw("1.0", ""), Stored::OnceProven, Stored::OnceProven),
        (
            raw("1.0", "Content-Length: 5\r\n"),
            Stored::OnceRead,
            Stored::OnceRead,
        ),
        // req: 9112-6.1-01
        (
            raw("1.0", "Transfer-Encoding: chunked\r\n"),
            Stored::OnceProven,
            Stored::OnceProven,
        ),
    ];
    for (reply, by_default, unproven) in cases {
        let origin = Origin::script(vec![reply]);
        let (plain, agent) = cache();
        assert_eq!(stored(&agent, &origin.url("/")), by_default);
        let kept = u64::from(by_default == Stored::OnceRead);
        // Not decoded, and so not proven.
        assert_eq!(plain.usage().unwrap().entries, kept);
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .unproven_framing(true)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        assert_eq!(stored(&agent, &origin.url("/")), unproven);
    }
}

#[test]
fn content_in_a_transfer_coding_is_not_stored() {
    let coded = [
        "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\ncoded\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n5\r\ncoded\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\ncoded",
        "Transfer-Encoding: gzip\r\n\r\ncoded",
    ];
    for rest in coded {
        let reply = Reply::raw(format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: max-age=60\r\n{rest}"
        ))
        .closing();
        let origin = Origin::script(vec![reply]);
        let (cache, agent) = cache();
        assert_eq!(stored(&agent, &origin.url("/")), Stored::TransferCoded, "{rest}");
        // Those bytes are not the content, and nothing that is sent later would say so.
        assert_eq!(stored(&agent, &origin.url("/")), Stored::TransferCoded, "{rest}");
        assert_eq!((origin.count(), cache.usage().unwrap().entries), (2, 0));
    }
}

#[test]
fn what_is_not_stored_takes_what_it_replaces_with_it() {
    // req: 9111-4.3.3-02
    let unframed = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\nnew";
    for mode in [CacheMode::Default, CacheMode::Reload] {
        let lines = [("Cache-Control", "no-cache"), ("ETag", "\"1\"")];
        let origin = Origin::script(vec![
            Reply::new(200, &lines, "old"),
            Reply::raw(unframed).closing(),
        ]);
        let (cache, agent) = cache();
        let get = |mode| {
            agent
                .get(origin.url("/"))
                .extension(mode)
                .call()
                .unwrap()
                .into_body()
                .read_to_vec()
        };
        assert_eq!(get(CacheMode::Default).unwrap(), b"old");
        assert_eq!(cache.usage().unwrap().entries, 1);
        assert_eq!(get(mode).unwrap(), b"new");
        assert_eq!(cache.usage().unwrap().entries, 0, "{mode:?}");
    }
}

#[test]
fn no_body_is_whole_at_once() {
    let cases = [Reply::new(204, FRESH, ""), Reply::new(200, FRESH, "")];
    for reply in cases {
        let origin = Origin::script(vec![reply]);
        let (cache, agent) = cache();
        assert_eq!(stored(&agent, &origin.url("/")), Stored::Yes);
        assert_eq!(stored(&agent, &origin.url("/")), Stored::Yes);
        assert_eq!((origin.count(), cache.stats().stored), (1, 1));
    }
}

#[test]
fn a_body_over_the_limit_passes_through() {
    let large = vec![b'x'; 300_000];
    let replies = [
        Reply::new(200, FRESH, &large),
        Reply::chunked(200, FRESH, &[&large, b"y"]),
    ];
    for (reply, at_once) in replies.into_iter().zip([true, false]) {
        let origin = Origin::script(vec![reply]);
        let cache = Cache::builder(MemoryStore::new(64 << 20))
            .max_entry_size(100_000)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        for count in 1..=2 {
            let response = agent.get(origin.url("/")).call().unwrap();
            let stored = CacheInfo::of(&response).unwrap().stored();
            assert_eq!(
                stored,
                if at_once {
                    Stored::TooLarge
                } else {
                    Stored::OnceRead
                }
            );
            assert!(response.into_body().read_to_vec().unwrap().len() >= large.len());
            assert_eq!(origin.count(), count);
        }
        assert_eq!(cache.usage().unwrap().entries, 0);
    }
}

#[test]
fn a_body_that_the_store_has_no_room_for_passes_through() {
    let large = vec![b'x'; 300_000];
    let origin = Origin::script(vec![Reply::new(200, FRESH, &large)]);
    let cache = Cache::new(MemoryStore::new(50_000));
    let agent = cache.agent(|builder| builder.proxy(None));
    for count in 1..=2 {
        let response = agent.get(origin.url("/")).call().unwrap();
        // known from its length, before anything of it was copied
        assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::TooLarge);
        assert_eq!(response.into_body().read_to_vec().unwrap(), large);
        assert_eq!(origin.count(), count);
    }
    assert_eq!(cache.usage().unwrap().entries, 0);
    assert!(cache.stats().store_errors > 0);
}

#[test]
fn a_large_body_comes_back_as_it_was() {
    let large: Vec<u8> = (0..3_000_000u32).map(|number| (number >> 3) as u8).collect();
    let origin = Origin::script(vec![Reply::new(200, FRESH, &large)]);
    let (_, agent) = cache();
    for _ in 0..2 {
        let response = agent.get(origin.url("/")).call().unwrap();
        assert!(response.into_body().read_to_vec().unwrap() == large);
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn the_head_arrives_before_the_body_ends() {
    // The origin sends half a body and waits: a cache that collected bodies would hang here.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let reply = Reply::new(200, FRESH, "hello, world").late(5, move || {
        let _ = wait.lock().unwrap().recv();
    });
    let origin = Origin::script(vec![reply]);
    let (_, agent) = cache();
    let mut body = body(&agent, &origin.url("/"));
    let mut start = [0; 7];
    body.read_exact(&mut start).unwrap();
    go.send(()).unwrap();
    let mut rest = String::new();
    body.read_to_string(&mut rest).unwrap();
    assert_eq!((&start, rest.as_str()), (b"hello, ", "world"));
}

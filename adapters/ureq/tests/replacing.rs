//! What takes the place of what: later responses, removals, and responses that are not stored after all.

mod client;
mod flaky;
mod origin;

use std::sync::mpsc;
use std::time::Duration;

use client::{cache, stored};
use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::Body;
use ureq::http::Response;

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60")];

#[test]
fn what_is_out_of_date_goes_also_without_a_validator() {
    // req: 9111-4.3.3-02. None of the new ones is stored.
    let tagged = [FRESH[0], ("ETag", "\"1\"")];
    let unframed = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\nnew";
    let large = vec![b'x'; 2000];
    for lines in [FRESH, &tagged[..]] {
        for new in [
            Reply::raw(unframed).closing(),
            Reply::new(200, FRESH, &large),
            Reply::chunked(200, FRESH, &[&large]),
            Reply::new(302, &[("Location", "/elsewhere")], ""),
        ] {
            let old = Reply::new(200, lines, "old");
            let origin = Origin::new(move |asked, number| match (number, asked.path.as_str()) {
                (0, _) => old.clone(),
                (_, "/elsewhere") => Reply::new(200, FRESH, "new"),
                _ => new.clone(),
            });
            let cache = Cache::builder(MemoryStore::new(1 << 20))
                .max_entry_size(1000)
                .build();
            let agent = cache.agent(|builder| builder.proxy(None));
            stored(&agent, &origin.url("/"));
            assert_eq!(cache.usage().unwrap().entries, 1);
            let reload = agent.get(origin.url("/")).extension(CacheMode::Reload);
            let body = reload.call().unwrap().into_body().read_to_vec().unwrap();
            assert_ne!(body, b"old");
            assert_eq!(cache.usage().unwrap().entries, 0);
        }
    }
}

#[test]
fn what_the_store_has_no_room_for_outdates_the_same() {
    // req: 9111-4.3.3-03
    let origin = old_and_new();
    let store = FlakyStore::default();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let get = |mode| agent.get(origin.url("/")).extension(mode).call().unwrap();
    let read = |mode| get(mode).into_body().read_to_string().unwrap();
    assert_eq!(read(CacheMode::Default), "old");
    store.fill();
    assert_eq!(read(CacheMode::Reload), "new");
    assert_eq!(store.bodies().len(), 0);
}

/// An origin that says "old" once, and "new" ever after.
fn old_and_new() -> Origin {
    Origin::new(|_, number| Reply::new(200, FRESH, if number == 0 { "old" } else { "new" }))
}

#[test]
fn who_is_slow_does_not_replace_what_came_later() {
    // req: 9111-4-12
    let origin = old_and_new();
    let (cache, agent) = cache();
    let get = |mode| agent.get(origin.url("/")).extension(mode).call().unwrap();
    let slow = get(CacheMode::Default);
    // the clock goes in milliseconds
    std::thread::sleep(Duration::from_millis(5));
    let reloaded = get(CacheMode::Reload).into_body().read_to_vec().unwrap();
    assert_eq!(reloaded, b"new");
    assert_eq!(slow.into_body().read_to_vec().unwrap(), b"old");
    let hit = get(CacheMode::Default).into_body().read_to_vec().unwrap();
    assert_eq!(hit, b"new");
    assert_eq!((origin.count(), cache.stats().discarded), (2, 1));
}

#[test]
fn nor_does_it_take_that_along_when_it_cannot_be_stored() {
    // req: 9111-4-12
    let large = vec![b'x'; 2000];
    let old = Reply::chunked(200, FRESH, &[&large]);
    let origin = Origin::script(vec![old, Reply::new(200, FRESH, "new")]);
    let cache = Cache::builder(MemoryStore::new(1 << 20))
        .max_entry_size(1000)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let get = |mode| agent.get(origin.url("/")).extension(mode).call().unwrap();
    let slow = get(CacheMode::Default);
    // the clock goes in milliseconds
    std::thread::sleep(Duration::from_millis(5));
    get(CacheMode::Reload).into_body().read_to_vec().unwrap();
    assert_eq!(slow.into_body().read_to_vec().unwrap(), large);
    let hit = get(CacheMode::Default).into_body().read_to_vec().unwrap();
    assert_eq!((hit.as_slice(), origin.count()), (&b"new"[..], 2));
}

#[test]
fn nor_does_who_ends_at_the_same_time() {
    // req: 9111-4-12
    let origin = old_and_new();
    let store = FlakyStore::default();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let get = |mode| agent.get(origin.url("/")).extension(mode).call().unwrap();
    let read = |response: Response<Body>| response.into_body().read_to_string().unwrap();
    let old = get(CacheMode::Default);
    // the clock goes in milliseconds
    std::thread::sleep(Duration::from_millis(5));
    let new = get(CacheMode::Reload);
    let ((begun, wait), (done, end)) = (mpsc::channel(), mpsc::channel());
    store.before_commit(move || {
        begun.send(()).unwrap();
        // As long as the later one may need, should it not have to wait for this one.
        let _ = end.recv_timeout(Duration::from_millis(200));
    });
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(read(old), "old"));
        wait.recv().unwrap();
        assert_eq!(read(new), "new");
        done.send(()).unwrap_or_default();
    });
    assert_eq!(read(get(CacheMode::Default)), "new");
}

#[test]
fn what_was_removed_does_not_come_back() {
    let remove = |cache: &Cache<MemoryStore>, url: &str, all: bool| match all {
        true => cache.clear().unwrap(),
        false => assert_eq!(cache.remove(url).unwrap(), 0),
    };
    for all in [false, true] {
        let origin = old_and_new();
        let (cache, agent) = cache();
        let url = origin.url("/");
        let old = agent.get(&url).call().unwrap();
        remove(&cache, &url, all);
        assert_eq!(old.into_body().read_to_vec().unwrap(), b"old");
        assert_eq!(cache.usage().unwrap().entries, 0);
        // What is asked for from now on is stored.
        assert_eq!(stored(&agent, &url), Stored::OnceRead);
        assert_eq!(stored(&agent, &url), Stored::Yes);

        // Before even its head has come.
        let (go, wait) = mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let reply = Reply::new(200, FRESH, "old");
        let silent = reply.clone().late(reply.len(), move || {
            let _ = wait.lock().unwrap().recv();
        });
        let origin = Origin::script(vec![silent]);
        let url = origin.url("/");
        std::thread::scope(|scope| {
            scope.spawn(|| stored(&agent, &url));
            origin.wait_for(1);
            remove(&cache, &url, all);
            drop(go);
        });
        let text = agent.get(&url).call().unwrap();
        assert_eq!(CacheInfo::of(&text).unwrap().outcome(), Outcome::Miss);
    }
}

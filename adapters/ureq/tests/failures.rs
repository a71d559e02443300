//! Origins that cannot be reached or fail, and stores that do.

mod client;
mod flaky;
mod origin;

use client::cache;
use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, Stored, larder};
use origin::{Origin, Reply};
use ureq::{Agent, Error};

fn get(agent: &Agent, url: &str) -> Result<(String, Outcome), Error> {
    let mut response = agent.get(url).call()?;
    let outcome = CacheInfo::of(&response).unwrap().outcome();
    Ok((response.body_mut().read_to_string()?, outcome))
}

#[test]
fn a_stale_answer_when_nobody_listens() {
    // req: 5861-4-02, 5861-4-04, 5861-4-01, 9111-4.3.3-04
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let origin = Origin::script(vec![Reply::new(200, &lines, "hello")]);
    let (cache, agent) = cache();
    let url = origin.url("/");
    get(&agent, &url).unwrap();
    origin.close();
    let mut response = agent.get(&url).call().unwrap();
    let info = CacheInfo::of(&response).unwrap();
    assert_eq!(
        (info.outcome(), info.reason()),
        (Outcome::Stale, larder::Reason::StaleIfError)
    );
    assert_eq!(info.remaining(), 0);
    assert!(response.headers().contains_key("age"));
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!(cache.stats().stale_hits, 1);
}

#[test]
fn without_permission_the_error_is_ureqs_own() {
    // req: 9111-4.2.4-03, 9111-4.2.4-06, 5861-4-06
    for directives in ["max-age=0", "max-age=0, stale-if-error=60, must-revalidate"] {
        let lines = [("Cache-Control", directives), ("ETag", "\"1\"")];
        let origin = Origin::script(vec![Reply::new(200, &lines, "hello")]);
        let (_, agent) = cache();
        get(&agent, &origin.url("/")).unwrap();
        origin.close();
        assert!(matches!(
            get(&agent, &origin.url("/")),
            Err(Error::Io(_) | Error::ConnectionFailed)
        ));
        assert!(matches!(
            get(&agent, &origin.url("/new")),
            Err(Error::Io(_) | Error::ConnectionFailed)
        ));
    }
}

#[test]
fn a_stale_answer_when_the_origin_fails() {
    // req: 5861-4-02, 9111-4.3.3-04, 5861-4-03
    for (directives, asked, served) in [
        ("max-age=0, stale-if-error=60", None, true),
        ("max-age=0", Some("stale-if-error=60"), true),
        ("max-age=0", None, false),
        ("max-age=0, stale-if-error=60, no-cache", None, false),
    ] {
        let lines = [("Cache-Control", directives), ("ETag", "\"1\"")];
        let origin = Origin::script(vec![
            Reply::new(200, &lines, "hello"),
            Reply::new(503, &[], "down"),
        ]);
        let (cache, agent) = cache();
        get(&agent, &origin.url("/")).unwrap();
        let mut request = agent.get(origin.url("/"));
        if let Some(asked) = asked {
            request = request.header("cache-control", asked);
        }
        match request.call() {
            Ok(mut response) => {
                assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
                assert!(served, "{directives}");
            }
            Err(error) => assert!(matches!(error, Error::StatusCode(503)) && !served, "{directives}"),
        }
        assert_eq!(cache.usage().unwrap().entries, 1);
    }
}

#[test]
fn what_was_invalidated_in_the_meantime_is_no_stale_answer() {
    // req: 9111-4.4-05
    type Meanwhile = fn(&Cache<MemoryStore>, &Agent, &str);
    let post: Meanwhile = |_, agent, url| drop(agent.post(url).send("x").unwrap());
    let remove: Meanwhile = |cache, _, url| assert_eq!(cache.remove(url).unwrap(), 1);
    for (meanwhile, requests) in [(post, 3), (remove, 2)] {
        let (asked, waits) = std::sync::mpsc::channel();
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let goes = std::sync::Mutex::new(goes);
        let origin = Origin::new(move |request, _| {
            let lines = [
                ("Cache-Control", "max-age=0, stale-if-error=60"),
                ("ETag", "\"1\""),
            ];
            match request.field("if-none-match") {
                Some(_) => {
                    asked.send(()).unwrap();
                    let _ = goes.lock().unwrap().recv();
                    Reply::new(503, &[], "down")
                }
                None => Reply::new(200, &lines, "hello"),
            }
        });
        let (cache, agent) = cache();
        let url = origin.url("/");
        get(&agent, &url).unwrap();
        let late = std::thread::scope(|scope| {
            let late = scope.spawn(|| get(&agent, &url));
            waits.recv().unwrap();
            meanwhile(&cache, &agent, &url);
            drop(go);
            late.join().unwrap()
        });
        assert!(matches!(late, Err(Error::StatusCode(503))), "{late:?}");
        assert_eq!(origin.count(), requests);
    }
}

#[test]
fn what_is_wrong_with_the_request_is_no_failure_of_the_origin() {
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let redirect = Reply::new(302, &[("Location", "/")], "");
    let origin = Origin::script(vec![Reply::new(200, &lines, "hello"), redirect]);
    let (_, agent) = cache();
    get(&agent, &origin.url("/")).unwrap();
    assert!(matches!(
        get(&agent, &origin.url("/")),
        Err(Error::TooManyRedirects)
    ));
    assert!(matches!(get(&agent, "/relative"), Err(Error::BadUri(_))));
    assert!(get(&agent, "ftp://localhost/").is_err());
}

#[test]
fn a_store_that_fails_is_no_cache() {
    let lines = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![Reply::new(200, &lines, "hello")]);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    store.fail(true);
    for count in 1..=2 {
        let mut response = agent.get(&url).call().unwrap();
        assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::StoreFailed);
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
        assert_eq!(origin.count(), count);
    }
    assert!(cache.stats().store_errors >= 2);
    assert!(cache.clear().is_err() && cache.usage().is_err() && cache.remove(&url).is_err());
    agent.post(&url).send("x").unwrap();

    store.fail(false);
    get(&agent, &url).unwrap();
    assert_eq!(get(&agent, &url).unwrap().1, Outcome::Hit);
    store.fail(true);
    assert_eq!(get(&agent, &url).unwrap(), ("hello".to_string(), Outcome::Miss));
}

#[test]
fn a_store_that_fails_half_way() {
    let lines = [("Cache-Control", "max-age=60")];
    let origin = Origin::script(vec![Reply::chunked(200, &lines, &[b"hel", b"lo"])]);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    store.fill();
    assert_eq!(get(&agent, &origin.url("/")).unwrap().0, "hello");
    assert_eq!((cache.stats().store_errors, cache.stats().discarded), (1, 1));
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn a_304_that_cannot_be_written_is_served_all_the_same() {
    // The store fails between the lookup and the update: what is at hand answers.
    let stored = [("Cache-Control", "max-age=0"), ("ETag", "\"1\""), ("X", "old")];
    let store = FlakyStore::default();
    let at_origin = store.clone();
    let origin = Origin::new(move |_, number| match number {
        0 => Reply::new(200, &stored, "hello"),
        1 => {
            at_origin.fail_to_write(true);
            Reply::new(304, &[("ETag", "\"1\""), ("X", "new")], "")
        }
        _ => Reply::new(200, &stored, "again"),
    });
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/")).unwrap();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Validated);
    assert_eq!(response.headers()["x"], "new");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert!(cache.stats().store_errors > 0);
}

#[test]
fn an_entry_that_goes_while_it_is_validated() {
    // The caller has asked for nothing else than that entry: a bare 304 is no answer.
    let lines = [("Cache-Control", "max-age=0"), ("ETag", "\"1\""), ("X", "old")];
    let store = FlakyStore::default();
    let at_origin = store.clone();
    let origin = Origin::new(move |asked, _| match asked.field("if-none-match") {
        Some(_) => {
            larder::store::shared::SharedStore::clear(&at_origin).unwrap();
            Reply::new(304, &[("ETag", "\"1\""), ("X", "new")], "")
        }
        None => Reply::new(200, &lines, "hello"),
    });
    let cache = Cache::new(store);
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/")).unwrap();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    let info = CacheInfo::of(&response).unwrap();
    assert_eq!((info.outcome(), info.stored()), (Outcome::Validated, Stored::No));
    assert_eq!(response.headers()["x"], "new");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (2, 0));
}

#[test]
fn an_entry_that_goes_once_it_is_updated() {
    let lines = [("Cache-Control", "max-age=0"), ("ETag", "\"1\""), ("X", "old")];
    let fresh = [("ETag", "\"1\""), ("X", "new")];
    let origin = Origin::script(vec![
        Reply::new(200, &lines, "hello"),
        Reply::new(304, &fresh, ""),
    ]);
    let store = FlakyStore::default();
    store.forget_updates();
    let cache = Cache::new(store);
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/")).unwrap();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(response.headers()["x"], "new");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!(origin.count(), 2);
}

#[test]
fn an_entry_that_goes_while_the_origin_fails() {
    // req: 5861-4-02
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let store = FlakyStore::default();
    let at_origin = store.clone();
    let origin = Origin::new(move |asked, _| match asked.field("if-none-match") {
        Some(_) => {
            larder::store::shared::SharedStore::clear(&at_origin).unwrap();
            Reply::new(503, &[], "down")
        }
        None => Reply::new(200, &lines, "hello"),
    });
    let cache = Cache::new(store);
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/")).unwrap();
    assert_eq!(
        get(&agent, &origin.url("/")).unwrap(),
        ("hello".to_string(), Outcome::Stale)
    );
    assert_eq!(origin.count(), 2);
}

#[test]
#[cfg(not(feature = "cookies"))] // there the caller has to ask again: tests/middleware.rs
fn a_304_for_something_else_is_no_answer() {
    // req: 9111-4.3.4-03, 9110-9.2.2-02
    let lines = [("Cache-Control", "max-age=0"), ("ETag", "\"1\"")];
    let origin = Origin::new(move |asked, _| match asked.field("if-none-match") {
        Some(_) => Reply::new(304, &[("ETag", "\"2\"")], ""),
        None => Reply::new(200, &lines, "hello"),
    });
    let (_, agent) = cache();
    get(&agent, &origin.url("/")).unwrap();
    assert_eq!(
        get(&agent, &origin.url("/")).unwrap(),
        ("hello".to_string(), Outcome::Miss)
    );
    assert_eq!(origin.count(), 3);
}

#[test]
fn a_failure_that_is_not_stored_leaves_what_is_stored() {
    // req: 9111-4.3.3-04
    let large = "x".repeat(2000);
    let lines = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let unframed = "HTTP/1.1 503 No\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\nno";
    for failure in [
        Reply::new(503, &lines, &large),
        Reply::chunked(503, &lines, &[large.as_bytes()]),
        Reply::raw(unframed).closing(),
    ] {
        let origin = Origin::script(vec![Reply::new(200, &lines, "hello"), failure]);
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .max_entry_size(1000)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None).http_status_as_error(false));
        let get = |mode| {
            let response = agent.get(origin.url("/")).extension(mode).call().unwrap();
            (
                response.status().as_u16(),
                response.into_body().read_to_string().unwrap(),
            )
        };
        get(CacheMode::Default);
        assert_eq!(get(CacheMode::Reload).0, 503);
        assert_eq!(get(CacheMode::Default), (200, "hello".to_owned()));
        assert_eq!(origin.count(), 2);
    }
}

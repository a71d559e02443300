//! A store that fails at every operation in turn.

mod flaky;
mod origin;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, CacheMode, Outcome, Stored};
use origin::{Asked, Origin, Reply};
use ureq::Agent;

/// An origin with resources that change when they are posted to, and what each of them is now.
fn origin(versions: &Arc<[AtomicUsize; 3]>) -> Origin {
    let versions = Arc::clone(versions);
    Origin::new(move |asked: &Asked, _| {
        let at = match asked.path.as_str() {
            "/fresh" => 0,
            "/checked" => 1,
            _ => 2,
        };
        if asked.method == "POST" {
            versions[at].fetch_add(1, Ordering::SeqCst);
            return Reply::new(204, &[], "");
        }
        let version = versions[at].load(Ordering::SeqCst);
        let tag = format!("\"{version}\"");
        let control = [
            "max-age=60",
            "no-cache",
            "max-age=0, stale-while-revalidate=60, stale-if-error=60",
        ][at];
        let lines = [("Cache-Control", control), ("ETag", tag.as_str())];
        match asked.field("if-none-match") {
            Some(known) if known == tag => Reply::new(304, &lines, ""),
            _ if asked.method == "HEAD" => Reply::head(200, &lines),
            _ => Reply::chunked(200, &lines, &[asked.path.as_bytes(), tag.as_bytes()]),
        }
    })
}

/// A day in the life of a cache. Every answer is what the origin has, also where the store could
/// not be told of a change.
fn day(cache: &Cache<FlakyStore>, agent: &Agent, origin: &Origin, versions: &[AtomicUsize; 3]) {
    let get = |at: usize| {
        let path = ["/fresh", "/checked", "/stale"][at];
        let mut response = agent.get(origin.url(path)).call().unwrap();
        assert_eq!(response.status(), 200);
        let text = response.body_mut().read_to_string().unwrap();
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        // Head and body are of the same response.
        assert_eq!(text, format!("{path}{tag}"));
        let version: usize = tag.trim_matches('"').parse().unwrap();
        let current = versions[at].load(Ordering::SeqCst);
        assert_eq!(version, current, "{path}");
        assert!(cache.wait(Duration::from_secs(60)));
    };
    for at in [0, 0, 1, 1, 2, 2] {
        get(at);
    }
    agent.head(origin.url("/checked")).call().unwrap();
    for (at, path) in ["/fresh", "/checked", "/stale"].into_iter().enumerate() {
        agent.post(origin.url(path)).send("change").unwrap();
        get(at);
        get(at);
    }
    let _ = cache.remove(&origin.url("/fresh"));
    get(0);
    let _ = cache.usage();
}

#[test]
fn whichever_operation_fails_requests_do_not() {
    let run = |first: u64, count: u64| {
        let versions = Arc::default();
        let origin = origin(&versions);
        let store = FlakyStore::default();
        store.fail_at(first, count);
        let cache = Cache::new(store.clone());
        let agent = cache.agent(|builder| builder.proxy(None));
        day(&cache, &agent, &origin, &versions);
        // Nothing half stored.
        for body in store.bodies() {
            let text = String::from_utf8(body.to_vec()).unwrap();
            let whole = ["/fresh", "/checked", "/stale"]
                .iter()
                .any(|path| text.strip_prefix(path).is_some_and(|tag| tag.len() == 3));
            assert!(whole, "{text}");
        }
        // And it works again once the store does.
        store.fail_at(0, 0);
        day(&cache, &agent, &origin, &versions);
        (store.operations(), cache.stats().store_errors)
    };
    let (operations, errors) = run(0, 0);
    assert_eq!(errors, 0);
    assert!(operations > 50);
    for first in 0..operations / 2 {
        for count in [1, 2, u64::MAX] {
            run(first, count);
        }
    }
    assert!(run(0, 1).1 > 0);
}

#[test]
fn what_could_not_be_invalidated_is_not_served() {
    // req: 9111-4.4-01
    let versions: Arc<[AtomicUsize; 3]> = Arc::default();
    let origin = origin(&versions);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    let get = || {
        let mut response = agent.get(origin.url("/fresh")).call().unwrap();
        let outcome = larder_ureq::CacheInfo::of(&response).unwrap().outcome();
        (response.body_mut().read_to_string().unwrap(), outcome)
    };
    assert_eq!(get().1, Outcome::Miss);
    assert_eq!(get().1, Outcome::Hit);
    store.fail_to_invalidate(true);
    agent.post(origin.url("/fresh")).send("change").unwrap();
    // The store still has the old one, and says that it is fresh.
    for _ in 0..2 {
        assert_eq!(get(), ("/fresh\"1\"".to_owned(), Outcome::Miss));
    }
    store.fail_to_invalidate(false);
    let (text, outcome) = get();
    assert_eq!(text, "/fresh\"1\"");
    assert_ne!(outcome, Outcome::Hit, "the store has been told by now");
    assert_eq!(get(), ("/fresh\"1\"".to_owned(), Outcome::Hit));
    assert_eq!(cache.stats().store_errors, 1);
}

#[test]
fn a_store_that_was_cleared_has_nothing_that_could_be_out_of_date() {
    // req: 9111-4.4-01
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    let get = || {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        response.body_mut().read_to_string().unwrap();
        CacheInfo::of(&response).unwrap().outcome()
    };
    get();
    store.fail_to_invalidate(true);
    agent.post(origin.url("/")).send("x").unwrap();
    assert_eq!([get(), get()], [Outcome::Miss; 2]);
    cache.clear().unwrap();
    assert_eq!([get(), get()], [Outcome::Miss, Outcome::Hit]);
}

#[test]
fn a_store_that_works_again_is_believed_again() {
    // req: 9111-4.4-01
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    let get = |path: &str| {
        let mut response = agent.get(origin.url(path)).call().unwrap();
        response.body_mut().read_to_string().unwrap();
        CacheInfo::of(&response).unwrap().outcome()
    };
    assert_eq!(
        [get("/"), get("/1"), get("/")],
        [Outcome::Miss, Outcome::Miss, Outcome::Hit]
    );
    store.fail_to_invalidate(true);
    for number in 0..2000 {
        agent.post(origin.url(&format!("/{number}"))).send("x").unwrap();
    }
    assert_eq!(
        [get("/"), get("/1"), get("/")],
        [Outcome::Hit, Outcome::Miss, Outcome::Hit]
    );
    store.fail_to_invalidate(false);
    assert_eq!(
        [get("/"), get("/1"), get("/1")],
        [Outcome::Hit, Outcome::Miss, Outcome::Hit]
    );
    // Nobody has asked for the others: they have been told of at once, and need no telling any more.
    let before = store.operations();
    assert_eq!(get("/"), Outcome::Hit);
    assert!(store.operations() - before < 5);
}

#[test]
fn what_is_stored_is_looked_at_twice() {
    // Before the origin is asked, and before the response takes its place.
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let store = FlakyStore::default();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let mut response = agent.get(origin.url("/")).call().unwrap();
    response.body_mut().read_to_vec().unwrap();
    // besides: begin, append_head, append, commit
    assert_eq!(store.operations(), 6);
}

#[test]
fn an_empty_body_says_at_once_what_became_of_it() {
    for (failures, expected) in [(0, Stored::Yes), (1, Stored::StoreFailed)] {
        let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "")]);
        let store = FlakyStore::default();
        let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
        // lookup, begin, append_head, lookup, commit
        store.fail_at(4, failures);
        let response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(CacheInfo::of(&response).unwrap().stored(), expected);
    }
}

#[test]
fn what_could_not_be_replaced_goes() {
    let new = Reply::new(200, &[("Cache-Control", "max-age=60")], "new");
    let old = Reply::new(200, &[("Cache-Control", "max-age=60")], "old");
    let origin = Origin::script(vec![old, new]);
    let store = FlakyStore::default();
    let agent = Cache::new(store.clone()).agent(|builder| builder.proxy(None));
    let get = |mode| {
        let mut response = agent.get(origin.url("/")).extension(mode).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    assert_eq!(get(CacheMode::Default), "old");
    // lookup (2), begin, append_head, append, lookup (2), commit
    store.fail_at(store.operations() + 7, 1);
    assert_eq!(get(CacheMode::Reload), "new");
    assert_eq!(get(CacheMode::Default), "new");
}

#[test]
fn whichever_operation_panics_nobody_waits_for_ever() {
    let versions = Arc::default();
    let origin = origin(&versions);
    let ask = |agent: &Agent, path: &str| {
        let body = agent.get(origin.url(path)).call().unwrap().into_body();
        body.into_with_config().read_to_string()
    };
    let run = |first: u64, count: u64| {
        let store = FlakyStore::default();
        store.panic_at(first, count);
        let cache = Cache::new(store.clone());
        let agent = cache.agent(|builder| builder.proxy(None));
        // Whom it hits it hits; it may be another thread than the one whose operation it was.
        let try_all = || {
            for path in ["/fresh", "/checked", "/stale", "/fresh", "/checked", "/stale"] {
                let _ = catch_unwind(AssertUnwindSafe(|| ask(&agent, path)));
            }
            let reload = || {
                drop(
                    agent
                        .get(origin.url("/fresh"))
                        .extension(CacheMode::Reload)
                        .call(),
                )
            };
            let _ = catch_unwind(AssertUnwindSafe(reload));
            let _ = catch_unwind(AssertUnwindSafe(|| agent.post(origin.url("/fresh")).send("x")));
        };
        std::thread::scope(|scope| (0..2).for_each(|_| _ = scope.spawn(try_all)));
        assert!(cache.wait(Duration::from_secs(60)));
        store.panic_at(0, 0);
        day(&cache, &agent, &origin, &versions);
        store.operations()
    };
    let operations = run(0, 0);
    for first in 0..operations / 2 {
        for count in [1, u64::MAX] {
            run(first, count);
        }
    }
}

#[test]
fn whichever_operation_fails_requests_at_once_do_not() {
    let origin = Origin::new(|asked, _| {
        let control = match asked.path.as_str() {
            "/stale" => "max-age=0, stale-while-revalidate=60",
            "/checked" => "no-cache",
            _ => "max-age=60",
        };
        let lines = [("Cache-Control", control), ("ETag", "\"1\"")];
        match asked.field("if-none-match") {
            Some(_) => Reply::new(304, &lines, ""),
            None => Reply::chunked(200, &lines, &[asked.path.as_bytes(), b" whole"]),
        }
    });
    for first in (0..90).step_by(3) {
        let store = FlakyStore::default();
        let cache = Cache::new(store.clone());
        let agent = cache.agent(|builder| builder.proxy(None));
        store.fail_at(first, 5);
        let paths = ["/stale", "/checked", "/fresh"];
        let day = |removes: bool| {
            for path in paths.into_iter().chain(paths) {
                let mut response = agent.get(origin.url(path)).call().unwrap();
                let text = response.body_mut().read_to_string().unwrap();
                assert_eq!(text, format!("{path} whole"));
                if removes {
                    let _ = cache.remove(&origin.url(path));
                }
            }
        };
        std::thread::scope(|scope| {
            let day = &day;
            (0..4).for_each(|number| _ = scope.spawn(move || day(number == 0)));
        });
        assert!(cache.wait(Duration::from_secs(60)));
    }
}

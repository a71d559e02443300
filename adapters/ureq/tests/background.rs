//! stale-while-revalidate: answered at once, validated by somebody else.

mod origin;

#[cfg(not(feature = "cookies"))]
use std::time::Duration;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome, larder};
use origin::{Origin, Reply};
use ureq::Agent;

const STALE: &[(&str, &str)] = &[
    ("Cache-Control", "max-age=0, stale-while-revalidate=60"),
    ("ETag", "\"1\""),
];

fn get(agent: &Agent, url: &str) -> (String, Outcome) {
    let mut response = agent.get(url).header("accept", "text/plain").call().unwrap();
    let outcome = CacheInfo::of(&response).unwrap().outcome();
    (response.body_mut().read_to_string().unwrap(), outcome)
}

#[test]
#[cfg(not(feature = "cookies"))] // what the inner agent sends would lack them
fn served_stale_and_confirmed_behind_the_scenes() {
    // req: 5861-3-01, 5861-3-02, 9111-4.3.1-01, 5861-5-01
    let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), Reply::new(304, &fresh, "")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None).user_agent("tool/1"));
    let url = origin.url("/");
    assert_eq!(get(&agent, &url).1, Outcome::Miss);
    assert_eq!(get(&agent, &url), ("hello".into(), Outcome::Stale));
    assert!(cache.wait(Duration::from_secs(10)));
    assert_eq!((origin.count(), cache.stats().background), (2, 1));
    let asked = &origin.asked()[1];
    assert_eq!(
        (asked.field("if-none-match"), asked.field("accept")),
        (Some("\"1\""), Some("text/plain"))
    );
    assert_eq!(asked.field("user-agent"), Some("tool/1"));
    assert_eq!(get(&agent, &url), ("hello".into(), Outcome::Hit));
    assert_eq!(origin.count(), 2);
}

#[test]
#[cfg(not(feature = "cookies"))]
fn what_the_client_wants_of_its_own_answer_stays_behind() {
    // req: 9111-4.3.1-01, 5861-3-02
    let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), Reply::new(304, &fresh, "")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    get(&agent, &url);
    let request = agent
        .get(&url)
        .header("accept", "text/plain")
        .header("cache-control", "only-if-cached, no-store")
        .header("pragma", "x")
        .header("if-none-match", "\"1\", \"2\"")
        .header("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("if-range", "\"1\"")
        .header("x-other", "kept");
    assert_eq!(request.call().unwrap().status(), 304);
    assert!(cache.wait(Duration::from_secs(10)));
    let asked = &origin.asked()[1];
    assert_eq!(asked.field("if-none-match"), Some("\"1\""));
    for name in ["cache-control", "pragma", "if-modified-since", "if-range"] {
        assert_eq!(asked.field(name), None, "{name}");
    }
    assert_eq!(
        (asked.field("accept"), asked.field("x-other")),
        (Some("text/plain"), Some("kept"))
    );
    // It was written, although that client wanted nothing to be stored of its own.
    assert_eq!(get(&agent, &url), ("hello".into(), Outcome::Hit));
    assert_eq!(origin.count(), 2);
}

#[test]
#[cfg(not(feature = "cookies"))]
fn served_stale_and_replaced_behind_the_scenes() {
    let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"2\"")];
    let origin = Origin::script(vec![
        Reply::new(200, STALE, "old"),
        Reply::new(200, &fresh, "new"),
    ]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/"));
    assert_eq!(get(&agent, &origin.url("/")), ("old".into(), Outcome::Stale));
    assert!(cache.wait(Duration::from_secs(10)));
    assert_eq!(get(&agent, &origin.url("/")), ("new".into(), Outcome::Hit));
}

#[test]
#[cfg(not(feature = "cookies"))]
fn one_validation_at_a_time_and_nobody_waits_for_it() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let late = Reply::new(304, STALE, "").late(1, move || {
        let _ = wait.lock().unwrap().recv();
    });
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), late]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    for _ in 0..5 {
        assert_eq!(get(&agent, &origin.url("/")).0, "hello");
    }
    origin.wait_for(2);
    assert!(!cache.wait(Duration::from_millis(1)));
    drop(go);
    assert!(cache.wait(Duration::from_secs(10)));
    assert_eq!(origin.count(), 2);
}

#[test]
#[cfg(not(feature = "cookies"))]
fn not_when_the_origin_must_not_be_asked() {
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/"));
    let request = agent
        .get(origin.url("/"))
        .extension(larder_ureq::CacheMode::OnlyIfCached);
    assert_eq!(
        request.call().unwrap().body_mut().read_to_string().unwrap(),
        "hello"
    );
    cache.set_offline(true);
    assert_eq!(get(&agent, &origin.url("/")).0, "hello");
    assert!(cache.wait(Duration::from_secs(10)));
    assert_eq!((origin.count(), cache.stats().background), (1, 0));
}

#[test]
fn in_the_foreground_where_there_is_no_background() {
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), Reply::new(304, STALE, "")]);
    let cache = Cache::builder(MemoryStore::new(1 << 20))
        .background_threads(0)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/"));
    assert_eq!(
        get(&agent, &origin.url("/")),
        ("hello".into(), Outcome::Validated)
    );
    assert_eq!((origin.count(), cache.stats().background), (2, 0));
}

#[test]
fn switched_off_by_the_rules() {
    let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), Reply::new(304, STALE, "")]);
    let config = larder::Config::private().with_stale_while_revalidate(false);
    let cache = Cache::builder(MemoryStore::new(1 << 20)).config(config).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    get(&agent, &origin.url("/"));
    assert_eq!(get(&agent, &origin.url("/")).1, Outcome::Validated);
}

#[test]
#[cfg(not(feature = "cookies"))]
fn what_is_not_stored_is_not_read_either() {
    // Endless, as far as anybody can tell: nobody reads it, and a thread has better things to do.
    let large = vec![b'x'; 100_000];
    let fresh = [("Cache-Control", "max-age=60")];
    for reply in [
        Reply::chunked(200, &[("Cache-Control", "no-store")], &[b"x"]),
        Reply::chunked(200, &fresh, &[&large, b"y"]),
    ] {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let endless = reply.late(5, move || {
            let _ = wait.lock().unwrap().recv_timeout(Duration::from_secs(60));
        });
        let origin = Origin::script(vec![Reply::new(200, STALE, "hello"), endless]);
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .max_entry_size(50_000)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        get(&agent, &origin.url("/"));
        assert_eq!(get(&agent, &origin.url("/")).1, Outcome::Stale);
        assert!(cache.wait(Duration::from_secs(20)));
        assert_eq!((origin.count(), cache.usage().unwrap().entries), (2, 0));
        drop(go);
    }
}

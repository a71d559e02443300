//! Cache-Status (RFC 9211) on answers.

mod origin;

use std::panic::catch_unwind;

use larder_ureq::{Cache, CacheBuilder, CacheInfo, CacheMode, MemoryStore, Outcome};
use origin::{Asked, Origin, Reply, date};
use ureq::http::Response;
use ureq::{Agent, Body};

fn agent(change: impl FnOnce(CacheBuilder<MemoryStore>) -> CacheBuilder<MemoryStore>) -> Agent {
    let builder = Cache::builder(MemoryStore::new(1 << 20)).cache_status("larder");
    let cache = change(builder).build();
    cache.agent(|builder| builder.proxy(None).http_status_as_error(false))
}

/// The members of the answer's Cache-Status; its body is read, so that it is stored.
fn said(mut response: Response<Body>) -> String {
    let lines = response.headers().get_all("cache-status").into_iter();
    let lines: Vec<_> = lines.map(|line| line.to_str().unwrap().to_owned()).collect();
    response.body_mut().read_to_string().unwrap();
    lines.join(", ")
}

fn get(agent: &Agent, url: &str) -> String {
    said(agent.get(url).call().unwrap())
}

#[test]
fn every_way_to_an_answer_is_told() {
    // req: 9211-2.1-01, 9211-2.2-01, 9211-2.3-01, 9211-2.4-01, 9211-2.5-01, 9211-2.8-01, 5861-4-01
    let origin = Origin::new(|asked: &Asked, number| match asked.path.as_str() {
        "/fresh" => Reply::new(200, &[("Cache-Control", "max-age=60"), ("Vary", "Foo")], "a"),
        "/no-store" => Reply::new(200, &[("Cache-Control", "no-store")], "a"),
        "/unframed" => Reply::raw("HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\na").closing(),
        _ if asked.field("if-none-match").is_some() && number > 20 => Reply::new(503, &[], "failed"),
        _ if asked.field("if-none-match").is_some() => Reply::new(304, &[("Age", "30")], ""),
        _ => {
            let received = ("Age", "30");
            let control = ("Cache-Control", "max-age=20, stale-if-error=60");
            Reply::new(200, &[received, control, ("ETag", "\"1\"")], "a")
        }
    });
    let agent = agent(|builder| builder);
    let fresh = origin.url("/fresh");
    assert_eq!(
        get(&agent, &fresh),
        "larder; fwd=uri-miss; fwd-status=200; stored"
    );
    let hit = get(&agent, &fresh);
    let ttl = hit.strip_prefix("larder; hit; ttl=").unwrap();
    assert!((1..=60).contains(&ttl.parse().unwrap()), "{hit}");
    let other = said(agent.get(&fresh).header("foo", "1").call().unwrap());
    assert_eq!(other, "larder; fwd=vary-miss; fwd-status=200; stored");
    let reload = said(
        agent
            .get(&fresh)
            .header("cache-control", "no-cache")
            .call()
            .unwrap(),
    );
    assert_eq!(reload, "larder; fwd=request; fwd-status=200; stored");
    let post = said(agent.post(&fresh).send("x").unwrap());
    assert!(
        post.starts_with("larder; fwd=method; fwd-status=200; detail="),
        "{post}"
    );
    assert_eq!(
        get(&agent, &origin.url("/no-store")),
        "larder; fwd=uri-miss; fwd-status=200; detail=NoStore"
    );
    assert_eq!(
        get(&agent, &origin.url("/unframed")),
        "larder; fwd=uri-miss; fwd-status=200; detail=OnceProven"
    );
    let bypass = agent.get(&fresh).extension(CacheMode::NoStore).call().unwrap();
    assert_eq!(said(bypass), "larder; fwd=bypass; fwd-status=200");
    let stale = origin.url("/stale");
    get(&agent, &stale);
    let validated = get(&agent, &stale);
    assert!(
        validated.starts_with("larder; fwd=stale; fwd-status=304; ttl=-1"),
        "{validated}"
    );
    while origin.count() < 22 {
        get(&agent, &origin.url("/no-store"));
    }
    let failed = get(&agent, &stale);
    assert!(
        failed.starts_with("larder; fwd=stale; fwd-status=503; ttl=-1"),
        "{failed}"
    );
    assert!(failed.ends_with("; detail=StaleIfError"), "{failed}");
}

#[test]
fn what_is_served_stale_is_a_hit() {
    // req: 9211-2.1-01, 9211-2.4-01
    let old = date(-40);
    let lines = [
        ("Date", old.as_str()),
        ("Cache-Control", "max-age=20"),
        ("ETag", "\"1\""),
    ];
    let origin = Origin::script(vec![Reply::new(200, &lines, "a")]);
    let agent = agent(|builder| builder);
    get(&agent, &origin.url("/"));
    let hit = said(
        agent
            .get(origin.url("/"))
            .extension(CacheMode::ForceCache)
            .call()
            .unwrap(),
    );
    assert!(hit.starts_with("larder; hit; ttl=-2"), "{hit}");
    assert!(hit.ends_with("; detail=MaxStale"), "{hit}");
}

#[test]
fn those_of_the_caches_before_come_first() {
    // req: 9211-2-01, 9211-2-05
    let lines = [("Cache-Control", "max-age=60"), ("Cache-Status", "Origin; hit")];
    let origin = Origin::script(vec![Reply::new(200, &lines, "a")]);
    let agent = agent(|builder| builder);
    let miss = get(&agent, &origin.url("/"));
    assert_eq!(miss, "Origin; hit, larder; fwd=uri-miss; fwd-status=200; stored");
    for _ in 0..2 {
        let hit = get(&agent, &origin.url("/"));
        assert!(hit.starts_with("Origin; hit, larder; hit; ttl="), "{hit}");
        assert_eq!(hit.matches("larder").count(), 1);
    }
}

#[test]
fn what_the_cache_makes_up_is_not_marked() {
    // req: 9211-2-04, 9111-5.2.2.2-04
    let lines = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![Reply::new(200, &lines, "a")]);
    let agent = agent(|builder| builder);
    let refused = agent
        .get(origin.url("/"))
        .extension(CacheMode::OnlyIfCached)
        .call()
        .unwrap();
    assert_eq!(refused.status(), 504);
    assert_eq!(said(refused), "");
    get(&agent, &origin.url("/"));
    // A 304 made from what is stored is.
    let response = agent
        .get(origin.url("/"))
        .header("if-none-match", "\"1\"")
        .call()
        .unwrap();
    assert_eq!(response.status(), 304);
    let line = response.headers()["cache-status"].to_str().unwrap();
    assert!(line.starts_with("larder; hit; ttl="), "{line}");
}

#[test]
fn off_by_default_and_the_key_has_its_own_switch() {
    // req: 9211-2-02, 9211-6-01, 9211-2.7-01
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "a")]);
    let silent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    assert_eq!(get(&silent, &origin.url("/")), "");
    let url = origin.url("/a").replace("http://", "http://alice:secret@");
    let loud = agent(|builder| builder.cache_status_key(true).cache_status("my cache"));
    let line = get(&loud, &url);
    let key = format!("; key=\"{}\"", origin.url("/a"));
    assert!(line.starts_with("\"my cache\"; fwd=uri-miss"), "{line}");
    assert!(line.ends_with(&key), "{line}");
    assert!(!get(&agent(|builder| builder), &url).contains("key"));
    let response = loud.get(&url).call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Hit);
    for name in ["", "caf\u{e9}"] {
        let builder = || Cache::builder(MemoryStore::new(1)).cache_status(name);
        assert!(catch_unwind(builder).is_err());
    }
}

//! What a caller sees of storing, validating, selecting and invalidating.

mod client;
mod origin;

use client::cache;
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, Stored, larder};
use origin::{Origin, Reply, date};
use ureq::Body;
use ureq::http::Response;

fn text(mut response: Response<Body>) -> String {
    response.body_mut().read_to_string().unwrap()
}

fn outcome(response: &Response<Body>) -> Outcome {
    CacheInfo::of(response).unwrap().outcome()
}

fn field<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn two_lines_to_start() {
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    for _ in 0..3 {
        assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "hello");
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn a_miss_then_a_hit_then_a_304_then_a_hit() {
    // req: 9111-4-07, 9111-4-08, 9111-4.3.1-02, 9111-4.3.1-03, 9111-4.3.4-06, 9111-3.2-01, 9111-3.2-02, 9110-15.4.5-01
    let modified = date(-1000);
    let stored = [
        ("Cache-Control", "max-age=50"),
        ("ETag", "\"1\""),
        ("Last-Modified", &modified),
        ("X-Kept", "from the start"),
        ("X-Changed", "old"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ];
    let fresh = [
        ("Cache-Control", "max-age=600"),
        ("ETag", "\"1\""),
        ("X-Changed", "new"),
        ("Age", "100"),
    ];
    let origin = Origin::script(vec![
        Reply::new(200, &stored, "hello"),
        Reply::new(304, &fresh, ""),
    ]);
    let (cache, agent) = cache();
    let get = || agent.get(origin.url("/a?b")).call().unwrap();

    let miss = get();
    assert_eq!(outcome(&miss), Outcome::Miss);
    let info = CacheInfo::of(&miss).unwrap().clone();
    assert_eq!(info.reason(), larder::Reason::Storable);
    assert_eq!(info.forwarded(), Some(larder::Reason::NothingStored));
    assert_eq!(
        (info.stored(), info.content_length()),
        (Stored::OnceRead, Some(5))
    );
    assert_eq!(info.uri().to_string(), origin.url("/a?b"));
    assert_eq!(text(miss), "hello");

    let hit = get();
    assert_eq!(
        (outcome(&hit), hit.headers().get_all("age").iter().count()),
        (Outcome::Hit, 1)
    );
    assert_eq!(field(&hit, "content-length"), Some("5"));
    assert_eq!(
        (hit.body().mime_type(), hit.body().charset()),
        (Some("text/plain"), Some("utf-8"))
    );
    let info = CacheInfo::of(&hit).unwrap();
    assert!(info.age().unwrap() < 50);
    assert_eq!((info.content_length(), info.stored()), (Some(5), Stored::Yes));
    assert_eq!((info.reason(), info.forwarded()), (larder::Reason::Fresh, None));
    assert_eq!(text(hit), "hello");
    assert_eq!(origin.count(), 1);

    let validated = agent
        .get(origin.url("/a?b"))
        .header("cache-control", "no-cache")
        .call()
        .unwrap();
    assert_eq!(outcome(&validated), Outcome::Validated);
    assert_eq!(validated.status(), 200);
    assert_eq!(field(&validated, "x-changed"), Some("new"));
    assert_eq!(field(&validated, "x-kept"), Some("from the start"));
    assert_eq!(
        CacheInfo::of(&validated).unwrap().forwarded(),
        Some(larder::Reason::RequestNoCache)
    );
    assert_eq!(text(validated), "hello");
    let asked = origin.asked();
    assert_eq!(asked[1].field("if-none-match"), Some("\"1\""));
    assert_eq!(asked[1].field("if-modified-since"), Some(modified.as_str()));

    // The stored entry itself was refreshed.
    let hit = get();
    assert_eq!(outcome(&hit), Outcome::Hit);
    assert_eq!(field(&hit, "x-changed"), Some("new"));
    let info = CacheInfo::of(&hit).unwrap();
    let (age, remaining) = (info.age().unwrap(), info.remaining());
    assert_eq!(field(&hit, "age"), Some(age.to_string().as_str()));
    assert!(
        (100..200).contains(&age) && (400..=500).contains(&remaining),
        "{age} {remaining}"
    );
    assert_eq!(text(hit), "hello");
    assert_eq!(origin.count(), 2);

    let stats = cache.stats();
    assert_eq!((stats.misses, stats.hits, stats.validations), (1, 2, 1));
    assert_eq!((stats.stored, stats.discarded, stats.store_errors), (1, 0, 0));
    assert_eq!(cache.usage().unwrap().entries, 1);
}

#[test]
fn a_200_to_a_validation_takes_the_place_of_what_was_stored() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03
    let lines = |tag| [("Cache-Control", "max-age=60, no-cache"), ("ETag", tag)];
    let origin = Origin::script(vec![
        Reply::new(200, &lines("\"1\""), "old"),
        Reply::new(200, &lines("\"2\""), "new"),
        Reply::new(304, &lines("\"2\""), ""),
    ]);
    let (cache, agent) = cache();
    let get = || text(agent.get(origin.url("/")).call().unwrap());
    assert_eq!([get(), get(), get()], ["old", "new", "new"]);
    assert_eq!(origin.asked()[2].field("if-none-match"), Some("\"2\""));
    assert_eq!(cache.usage().unwrap().entries, 1);
}

#[test]
fn variants_live_side_by_side() {
    // req: 9111-4-03, 9111-4.1-01, 9111-4.1-05, 9111-4.1-10
    let origin = Origin::new(|asked, _| {
        let language = asked.field("accept-language").unwrap_or("none");
        Reply::new(
            200,
            &[("Cache-Control", "max-age=60"), ("Vary", "Accept-Language")],
            language,
        )
    });
    let (cache, agent) = cache();
    let get = |language: &str| {
        text(
            agent
                .get(origin.url("/"))
                .header("accept-language", language)
                .call()
                .unwrap(),
        )
    };
    let plain = || text(agent.get(origin.url("/")).call().unwrap());
    for _ in 0..2 {
        assert_eq!(
            [get("de"), get("en"), plain(), get("de")],
            ["de", "en", "none", "de"]
        );
    }
    assert_eq!(origin.count(), 3);
    assert_eq!(cache.usage().unwrap().entries, 3);
}

#[test]
fn what_ureq_adds_below_counts_for_vary() {
    // req: 9111-4.1-01
    let origin = Origin::new(|asked, _| {
        let agent = asked.field("user-agent").unwrap();
        Reply::new(
            200,
            &[("Cache-Control", "max-age=60"), ("Vary", "User-Agent")],
            agent,
        )
    });
    let (cache, _) = cache();
    let one = cache.agent(|builder| builder.proxy(None).user_agent("one"));
    let two = cache.agent(|builder| builder.proxy(None).user_agent("two"));
    for _ in 0..2 {
        assert_eq!(text(one.get(origin.url("/")).call().unwrap()), "one");
        assert_eq!(text(two.get(origin.url("/")).call().unwrap()), "two");
    }
    assert_eq!(origin.count(), 2);
}

#[test]
fn what_may_not_be_stored_is_not() {
    // req: 9111-3-07, 9111-3-10, 9111-4.1-06, 9111-5.2.1.5-01, 6585-3-01
    let cases: [(u16, &[(&str, &str)]); 4] = [
        (200, &[("Cache-Control", "no-store, max-age=60")]),
        (200, &[("Cache-Control", "max-age=60"), ("Vary", "*")]),
        (429, &[("Cache-Control", "max-age=60")]),
        (299, &[]),
    ];
    for (status, lines) in cases {
        let origin = Origin::script(vec![Reply::new(status, lines, "x")]);
        let cache = Cache::new(MemoryStore::new(1 << 20));
        let agent = cache.agent(|builder| builder.proxy(None).http_status_as_error(false));
        for count in 1..=2 {
            let response = agent.get(origin.url("/")).call().unwrap();
            assert_eq!(outcome(&response), Outcome::Miss);
            assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::No);
            assert_eq!(text(response), "x");
            assert_eq!(origin.count(), count, "{status}");
        }
        assert_eq!(cache.usage().unwrap().entries, 0);
    }
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "x")]);
    let (_, agent) = cache();
    for count in 1..=2 {
        let request = agent.get(origin.url("/")).header("cache-control", "no-store");
        assert_eq!(text(request.call().unwrap()), "x");
        assert_eq!(origin.count(), count);
    }
}

#[test]
fn unsafe_methods_invalidate() {
    // req: 9111-4.4-01, 9111-4.4-02, 9111-4.4-03, 9111-4-09, 5789-2-01
    let origin = Origin::new(|asked, _| match asked.method.as_str() {
        "GET" => Reply::new(200, &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")], "x"),
        "DELETE" => Reply::new(500, &[], ""),
        _ => Reply::new(201, &[("Location", "/other")], "made"),
    });
    let (_, agent) = cache();
    let get = |path: &str| text(agent.get(origin.url(path)).call().unwrap());
    for path in ["/here", "/other", "/elsewhere", "/here", "/other", "/elsewhere"] {
        get(path);
    }
    assert_eq!(origin.count(), 3);

    let mut posted = agent.post(origin.url("/here")).send("body").unwrap();
    let info = CacheInfo::of(&posted).unwrap();
    assert_eq!(info.invalidated(), Some(larder::Reason::UnsafeMethod));
    assert_eq!(posted.body_mut().read_to_string().unwrap(), "made");
    assert_eq!(origin.asked()[3].body, b"body");
    // What was asked for in the millisecond of an invalidation counts as older than it.
    std::thread::sleep(std::time::Duration::from_millis(3));
    get("/elsewhere");
    assert_eq!(origin.count(), 4);
    get("/here");
    get("/other");
    assert_eq!(origin.count(), 6);
    // Marked invalid, not gone: they are validated.
    assert_eq!(origin.asked()[4].field("if-none-match"), Some("\"1\""));

    // An error does not invalidate. req: 9111-4.4-06
    assert!(agent.delete(origin.url("/here")).call().is_err());
    get("/here");
    assert_eq!(origin.count(), 7);
    agent.patch(origin.url("/here")).send("x").unwrap();
    get("/here");
    assert_eq!(origin.count(), 9);
}

#[test]
fn a_stored_get_answers_head_and_a_head_is_not_stored() {
    // req: 9110-9.3.1-01, 9111-4.3.5-01, 9111-4.3.5-02, 9111-4.3.5-03
    let lines = |tag| {
        [
            ("Cache-Control", "max-age=60"),
            ("ETag", tag),
            ("Content-Encoding", "gzip"),
        ]
    };
    let origin = Origin::script(vec![
        Reply::head(
            200,
            &[lines("\"1\"").as_slice(), &[("Content-Length", "5")]].concat(),
        ),
        Reply::new(200, &lines("\"1\"")[..2], "hello"),
        Reply::head(200, &[("Content-Length", "6"), ("ETag", "\"2\"")]),
        Reply::new(200, &lines("\"2\"")[..2], "hello!"),
    ]);
    let (cache, agent) = cache();
    let head = agent.head(origin.url("/")).call().unwrap();
    assert_eq!(
        (outcome(&head), CacheInfo::of(&head).unwrap().stored()),
        (Outcome::Miss, Stored::No)
    );
    assert_eq!(cache.usage().unwrap().entries, 0);

    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "hello");
    let head = agent.head(origin.url("/")).call().unwrap();
    assert_eq!(
        (outcome(&head), field(&head, "content-length")),
        (Outcome::Hit, Some("5"))
    );
    assert_eq!(text(head), "");
    assert_eq!(origin.count(), 2);

    // A HEAD that goes through and differs makes the stored response stale.
    let request = agent.head(origin.url("/")).header("cache-control", "no-cache");
    assert_eq!(field(&request.call().unwrap(), "etag"), Some("\"2\""));
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "hello!");
    assert_eq!(origin.count(), 4);
}

#[test]
fn a_head_says_nothing_of_what_a_post_has_changed() {
    // req: 9111-4.4-05
    let fresh = ("Cache-Control", "max-age=60");
    let origin = Origin::new(move |asked, number| match asked.method.as_str() {
        "HEAD" => Reply::head(200, &[fresh]),
        _ => Reply::new(200, &[fresh], number.to_string()),
    });
    let (_, agent) = cache();
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "0");
    agent.post(origin.url("/")).send("x").unwrap();
    // What was asked for in the same millisecond may be older.
    std::thread::sleep(std::time::Duration::from_millis(5));
    agent.head(origin.url("/")).call().unwrap();
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "3");
}

#[test]
fn the_callers_own_conditions() {
    // req: 9111-4.3.2-01, 9111-4.3.2-04, 9110-13.1.2-01
    let origin = Origin::new(|asked, _| match asked.field("if-none-match") {
        Some("\"1\"") => Reply::new(304, &[("ETag", "\"1\"")], ""),
        _ => Reply::new(200, &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")], "x"),
    });
    let (_, agent) = cache();
    let get = |tag: &str| {
        agent
            .get(origin.url("/"))
            .header("if-none-match", tag)
            .call()
            .unwrap()
    };
    // Nothing stored: the origin judges.
    assert_eq!(get("\"1\"").status(), 304);
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "x");
    assert_eq!(origin.count(), 2);
    // From the store.
    let current = get("W/\"1\"");
    assert_eq!(
        (current.status().as_u16(), field(&current, "etag")),
        (304, Some("\"1\""))
    );
    assert_eq!(
        (field(&current, "content-length"), outcome(&current)),
        (None, Outcome::Hit)
    );
    assert_eq!(text(current), "");
    assert_eq!(text(get("\"2\"")), "x");
    assert_eq!(origin.count(), 2);
}

#[test]
fn only_if_cached() {
    // req: 9111-5.2.1.7-01
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "x")]);
    let (cache, agent) = cache();
    let asked = |mode| agent.get(origin.url("/")).extension(mode).call();
    assert!(matches!(
        asked(CacheMode::OnlyIfCached),
        Err(ureq::Error::StatusCode(504))
    ));
    let request = agent
        .get(origin.url("/"))
        .header("cache-control", "only-if-cached");
    assert!(matches!(request.call(), Err(ureq::Error::StatusCode(504))));
    assert_eq!((origin.count(), cache.stats().refusals), (0, 2));
    asked(CacheMode::Default)
        .unwrap()
        .into_body()
        .read_to_vec()
        .unwrap();
    assert_eq!(text(asked(CacheMode::OnlyIfCached).unwrap()), "x");
    assert_eq!(origin.count(), 1);
}

#[test]
fn modes() {
    let origin = Origin::new(|_, number| {
        Reply::new(
            200,
            &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")],
            number.to_string(),
        )
    });
    let (cache, agent) = cache();
    let get = |mode| text(agent.get(origin.url("/")).extension(mode).call().unwrap());
    assert_eq!(get(CacheMode::NoStore), "0");
    assert_eq!(cache.usage().unwrap().entries, 0);
    assert_eq!(cache.stats().bypasses, 1);
    assert_eq!(get(CacheMode::ForceCache), "1");
    assert_eq!(get(CacheMode::ForceCache), "1");
    assert_eq!(get(CacheMode::Reload), "2");
    let reload = origin.asked().pop().unwrap();
    assert_eq!(
        (reload.field("if-none-match"), reload.field("cache-control")),
        (None, Some("no-cache"))
    );
    assert_eq!(get(CacheMode::ForceCache), "2");
    assert_eq!(cache.usage().unwrap().entries, 1);
    // What only the cache reads is not sent.
    assert_eq!(origin.asked()[1].field("cache-control"), None);
}

#[test]
fn a_reload_leaves_nothing_out_of_date_behind() {
    // req: 9111-4.3.3-02
    let origin = Origin::script(vec![
        Reply::new(200, &[("Cache-Control", "max-age=60")], "old"),
        Reply::new(200, &[("Cache-Control", "no-store")], "new"),
    ]);
    let (cache, agent) = cache();
    let get = |mode| text(agent.get(origin.url("/")).extension(mode).call().unwrap());
    assert_eq!(get(CacheMode::Default), "old");
    assert_eq!(get(CacheMode::Reload), "new");
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn offline() {
    // req: 9111-2-04, 9111-4.2.4-02
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/stale" => Reply::new(200, &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")], "stale"),
        _ => Reply::new(200, &[("Cache-Control", "no-cache"), ("ETag", "\"1\"")], "strict"),
    });
    let (cache, agent) = cache();
    let get = |path: &str| agent.get(origin.url(path)).call().map(text);
    get("/stale").unwrap();
    get("/strict").unwrap();
    cache.set_offline(true);
    assert_eq!(get("/stale").unwrap(), "stale");
    assert!(matches!(get("/strict"), Err(ureq::Error::StatusCode(504))));
    assert!(matches!(get("/never-seen"), Err(ureq::Error::StatusCode(504))));
    assert!(agent.post(origin.url("/stale")).send("x").is_err());
    assert_eq!(origin.count(), 2);
    cache.set_offline(false);
    get("/stale").unwrap();
    assert_eq!(origin.count(), 3);
}

#[test]
fn a_get_with_content_goes_through_whole() {
    // req: 9110-9.3.1-02
    let origin = Origin::new(|asked, _| Reply::new(200, &[("Cache-Control", "max-age=60")], &asked.body));
    let (cache, agent) = cache();
    let long = "x".repeat(200_000);
    for body in ["a", "b", &long] {
        let response = agent.get(origin.url("/")).force_send_body().send(body).unwrap();
        assert_eq!(text(response), body);
    }
    assert_eq!(origin.count(), 3);
    assert_eq!(origin.asked()[0].field("content-length"), Some("1"));
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn clear_and_remove() {
    // req: 9111-7-01
    let origin = Origin::new(|asked, _| {
        let who = asked.field("authorization").unwrap_or("nobody");
        Reply::new(200, &[("Cache-Control", "max-age=60"), ("Vary", "Accept")], who)
    });
    let (cache, agent) = cache();
    let get = |path: &str, who: &str| {
        let request = agent.get(origin.url(path)).header("authorization", who);
        text(request.call().unwrap());
    };
    for _ in 0..2 {
        get("/a", "one");
        get("/a", "two");
        get("/b", "one");
    }
    assert_eq!(origin.count(), 3);
    // Every credential's entry, and with the URI in another spelling.
    assert_eq!(
        cache.remove(&origin.url("/a").replace("http", "HTTP")).unwrap(),
        2
    );
    assert_eq!(cache.remove(&origin.url("/a")).unwrap(), 0);
    assert!(cache.remove("ftp://example.test/").is_err());
    get("/b", "one");
    assert_eq!(origin.count(), 3);
    get("/a", "one");
    assert_eq!(origin.count(), 4);
    cache.clear().unwrap();
    assert_eq!(cache.usage().unwrap().entries, 0);
    get("/b", "one");
    assert_eq!(origin.count(), 5);
}

#[test]
fn other_rules() {
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "no-store")], "x")]);
    let over = larder::Override {
        lifetime: Some(60),
        force_store: true,
    };
    let cache = Cache::builder(MemoryStore::new(1 << 20)).force(over).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    for _ in 0..2 {
        assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "x");
    }
    assert_eq!(origin.count(), 1);
}

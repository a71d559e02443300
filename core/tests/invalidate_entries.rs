//! `InvalidateEntries`: unsafe methods (RFC 9111 section 4.4) and the references they bring
//! (RFC 3986 section 5.2).

mod scenario;

use larder::{
    CacheMissNext, Config, Exchanged, IdleClient, IdleClientNext, InvalidateEntriesNext, Key, MethodClass,
    Reason, ReferenceError, Target, resolve_reference,
};
use scenario::{
    Cache, NOTHING, Origin, Scenario, ask, at, at_ms, exchanged, fails, get, reply, says, validate,
};

const MAX_AGE: &str = "Cache-Control: max-age=600";

/// A cache with fresh responses for these URLs.
fn filled(config: Config, urls: &[&str]) -> Cache {
    let mut cache = Cache::of(config);
    for url in urls {
        cache.fetch(0, &get(url), &[says(200, &[MAX_AGE, "ETag: \"a\""], "old")]);
    }
    cache
}

/// Whether the URL is still served without asking.
fn survives(cache: &Cache, url: &str) -> bool {
    !cache.of_url(url)[0].facts.is_invalidated()
}

#[test]
fn a_success_of_an_unsafe_method_invalidates_the_target() {
    // req: 9111-4.4-01, 9111-4.4-02, 9111-4.4-06, 5789-2-01, 9110-9.1-01, 9110-9.2.1-01, 9111-4-09
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "FOO", "get", "QUERY",
    ] {
        for (status, invalidates) in [
            (200, true),
            (201, true),
            (204, true),
            (299, true),
            (302, true),
            (303, true),
            (399, true),
            (400, false),
            (404, false),
            (412, false),
            (500, false),
            (503, false),
        ] {
            let mut cache = filled(Config::private(), &["/a", "/b"]);
            let answer = cache.fetch(1, &ask(method, "/a"), &[says(status, &NOTHING, "done")]);
            assert_eq!(answer.seen(), (status, "done"), "written through");
            assert_eq!(survives(&cache, "/a"), !invalidates, "{method} {status}");
            assert!(survives(&cache, "/b"));
            if invalidates {
                let answer = cache.fetch(2, &get("/a"), &[says(200, &NOTHING, "new")]);
                assert_eq!(answer.seen(), (200, "new"));
            } else {
                assert_eq!(cache.fetch(2, &get("/a"), &[]).seen(), (200, "old"));
            }
        }
    }
}

#[test]
fn a_failed_request_invalidates_nothing() {
    // req: 9111-4.4-06, 9110-9.2.2-01, 9111-4-09
    for method in ["POST", "PUT", "DELETE", "PATCH", "FOO"] {
        let mut cache = filled(Config::private().with_stale_when_disconnected(600), &["/a"]);
        let answer = cache.fetch(1, &ask(method, "/a"), &[fails()]);
        assert_eq!(
            (answer.status, answer.sent.len()),
            (504, 1),
            "an error, not a retry and no stored answer"
        );
        assert!(survives(&cache, "/a"));
        let disconnected = Origin::Fails(larder::Failure::Disconnected);
        assert_eq!(cache.fetch(1, &ask(method, "/a"), &[disconnected]).status, 504);
    }
}

#[test]
fn safe_methods_invalidate_nothing() {
    // req: 9111-4.4-07, 9110-9.2.1-01
    for method in ["OPTIONS", "TRACE"] {
        let mut cache = filled(Config::private(), &["/a"]);
        let answer = cache.fetch(1, &ask(method, "/a"), &[says(200, &["Location: /a"], "x")]);
        assert_eq!(answer.seen(), (200, "x"));
        assert!(survives(&cache, "/a"), "{method}");
    }
    let mut cache = filled(Config::private(), &["/a"]);
    let head = ask("HEAD", "/a").with("Cache-Control: no-cache");
    cache.fetch(1, &head, &[says(200, &["ETag: \"a\"", MAX_AGE], "")]);
    assert!(survives(&cache, "/a"));
}

#[test]
fn locations_on_the_same_origin_go_too() {
    // req: 9111-4.4-03, 9111-4.4-04, 9110-4.3.1-01, 9110-8.7-01, 9110-4.2.4-01, 3986-5.2-01
    let url = "https://e.com/b";
    let cases = [
        ("/b", true),
        ("b", true),
        ("../b", true),
        ("./x/../b#f", true),
        ("//e.com/b", true),
        ("https://e.com/b", true),
        ("HTTPS://E.com:443/b", true),
        ("https://e.com:0443/b", true),
        ("  /b ", true),
        ("http://e.com/b", false),
        ("https://e.com:8443/b", false),
        ("https://f.com/b", false),
        ("//f.com/b", false),
        ("https://user@e.com/b", false),
        ("https://user:secret@e.com/b", false),
        ("//user@e.com/b", false),
        ("/B", false),
        ("/b?x", false),
        ("mailto:b", false),
        ("", false),
    ];
    for (reference, invalidates) in cases {
        for name in ["Location", "Content-Location"] {
            let mut cache = filled(Config::private(), &[url]);
            let field = format!("{name}: {reference}");
            cache.fetch(1, &ask("POST", "/a"), &[says(201, &[&field], "")]);
            assert_eq!(survives(&cache, url), !invalidates, "{field}");
            // An option, and only for responses that invalidate.
            let mut cache = filled(Config::private().with_invalidate_locations(false), &[url]);
            cache.fetch(1, &ask("POST", "/a"), &[says(201, &[&field], "")]);
            assert!(survives(&cache, url), "{field}");
            let mut cache = filled(Config::private(), &[url]);
            cache.fetch(1, &ask("POST", "/a"), &[says(409, &[&field], "")]);
            assert!(survives(&cache, url), "{field}");
        }
    }
    let both = ["Location: /b", "Content-Location: /c"];
    let mut cache = filled(Config::private(), &["/a", "/b", "/c", "/d"]);
    cache.fetch(1, &ask("POST", "/a"), &[says(201, &both, "")]);
    let left: Vec<_> = ["/a", "/b", "/c", "/d"].map(|url| survives(&cache, url)).to_vec();
    assert_eq!(left, [false, false, false, true]);
}

#[test]
fn three_origins_survive_a_hostile_location() {
    // req: 9111-4.4-04
    let urls = [
        "http://e.com/x",
        "https://e.com:8443/x",
        "https://f.com/x",
        "https://e.com/x",
    ];
    for location in urls.iter().chain(&["https://E.com:443/x"]) {
        let mut cache = filled(Config::private(), &urls);
        cache.fetch(
            1,
            &ask("POST", "/a"),
            &[says(200, &[format!("Location: {location}")], "")],
        );
        let gone = location.to_lowercase().replace(":443/", "/") == urls[3];
        let left: Vec<_> = urls.iter().map(|url| survives(&cache, url)).collect();
        assert_eq!(left, [true, true, true, !gone], "{location}");
    }
}

#[test]
fn what_is_invalidated_is_only_revived_by_validation() {
    // req: 9111-4.4-05, 9111-7.2-01
    let config = Config::private()
        .with_store_head(true)
        .with_stale_when_disconnected(10_000);
    let mut cache = Cache::of(config);
    let fields = [
        "Cache-Control: max-age=600, stale-while-revalidate=600, stale-if-error=600",
        "ETag: \"a\"",
    ];
    let vary = [fields[0], fields[1], "Vary: Foo"];
    cache.fetch(0, &ask("HEAD", "/a"), &[says(200, &fields, "")]);
    for foo in ["1", "2"] {
        cache.fetch(
            0,
            &get("/a").with(&format!("Foo: {foo}")),
            &[says(200, &vary, foo)],
        );
    }
    cache.fetch(0, &get("/a").partition(9), &[says(200, &fields, "other user")]);
    assert_eq!(cache.items.len(), 4);
    cache.fetch(1, &ask("DELETE", "/a"), &[says(204, &NOTHING, "")]);
    assert!(cache.items.iter().all(|item| item.facts.is_invalidated()));
    let asks = [
        get("/a").with("Foo: 1"),
        get("/a").with("Foo: 2").with("Cache-Control: max-stale"),
        get("/a").partition(9),
        ask("HEAD", "/a"),
        get("/a").with("Foo: 1").with("Cache-Control: stale-if-error=600"),
    ];
    for ask in &asks {
        for failure in [larder::Failure::Disconnected, larder::Failure::Transport] {
            let answer = cache.fetch(2, ask, &[Origin::Fails(failure)]);
            assert_eq!(
                (answer.status, answer.reason),
                (504, Reason::MayNotServeStale),
                "{ask:?}"
            );
        }
    }
    let answer = cache.fetch(3, &asks[0], &[says(304, &["ETag: \"a\""], "")]);
    assert_eq!(answer.seen(), (200, "1"));
    assert_eq!(cache.fetch(4, &asks[0], &[]).reason, Reason::Fresh);
}

#[test]
fn what_an_unsafe_request_brings_back_is_newer_than_what_it_made_untrue() {
    // req: 9111-4.4-01, 9110-9.3.3-01
    let when = Exchanged::new(at(1), at(3));
    let sent = |method| MethodClass::of(method).sent_at(when);
    assert_eq!(sent("GET"), at(1));
    assert_eq!(sent("POST"), at_ms(3_001), "by either clock");
}

#[test]
fn a_response_asked_for_before_the_invalidation_is_not_trusted() {
    // req: 9111-4.4-05
    let mut cache = Cache::private();
    // A slow GET: asked at 0, answered at 5; in between a POST succeeds.
    cache.fetch(2, &ask("POST", "/a"), &[says(200, &NOTHING, "")]);
    cache.fetch(0, &get("/a"), &[says(200, &[MAX_AGE, "ETag: \"a\""], "before")]);
    let answer = cache.fetch(6, &get("/a"), &[says(200, &[MAX_AGE], "after")]);
    assert_eq!(answer.body, "after");
    assert_eq!(cache.fetch(7, &get("/a"), &[]).body, "after");
}

#[test]
fn the_state_names_keys_or_an_entry() {
    // req: 9111-4.4-01, 9111-4.4-03
    let config = Config::private();
    let post = ask("POST", "/d/a");
    let (request, answer) = (
        post.head(),
        reply(201, &["Location: ../b", "Content-Location: c"]),
    );
    let IdleClientNext::CacheMiss(miss) = IdleClient::new(&config, &request, at(0)).next() else {
        panic!()
    };
    let next = miss.next(&request, &answer.head(), exchanged(0), &mut [0; 64]);
    let CacheMissNext::InvalidateEntries(state) = next else {
        panic!("{next:?}")
    };
    let key = |url: &str| Key::new(&Target::parse(url).unwrap(), 7);
    let keys = |room: &mut [u8]| -> Vec<Key> {
        state
            .keys(7, &request, &answer.head(), room)
            .unwrap()
            .iter()
            .collect()
    };
    let all = [
        key("https://e.com/d/a"),
        key("https://e.com/b"),
        key("https://e.com/d/c"),
    ];
    assert_eq!(keys(&mut [0; 64]), all);
    // What does not fit is left out: this part is optional.
    assert_eq!(keys(&mut []), all[..1]);
    assert_eq!((state.reason(), state.entry()), (Reason::UnsafeMethod, None));
    let InvalidateEntriesNext::CouldNotBeStored(end) = state.next() else {
        panic!()
    };
    assert_eq!(end.reason(), Reason::MethodNotStored);
}

#[test]
fn references_resolve_by_the_standard_algorithm() {
    // req: 3986-5.2-01, 9110-8.7-01
    let resolve = |base: &str, reference: &str| {
        let mut buffer = [0; 64];
        let base = Target::parse(base).unwrap();
        resolve_reference(&base, reference.as_bytes(), &mut buffer).map(|target| target.to_string())
    };
    let base = "https://e.com/b/c/d;p?q";
    for (reference, expected) in [
        ("../g", "https://e.com/b/g"),
        ("//f.com/x", "https://f.com/x"),
        ("//f.com", "https://f.com/"),
        ("?y", "https://e.com/b/c/d;p?y"),
        ("", "https://e.com/b/c/d;p?q"),
        ("#f", "https://e.com/b/c/d;p?q"),
        ("../../../g", "https://e.com/g"),
        ("g/./h/../i", "https://e.com/b/c/g/i"),
        ("http://g", "http://g/"),
    ] {
        assert_eq!(resolve(base, reference).as_deref(), Ok(expected), "{reference}");
    }
    assert_eq!(
        resolve("https://e.com/d/a", "b").as_deref(),
        Ok("https://e.com/d/b")
    );
    assert_eq!(
        resolve("https://e.com/d/a", "?x").as_deref(),
        Ok("https://e.com/d/a?x")
    );
    assert_eq!(resolve("https://e.com", "b").as_deref(), Ok("https://e.com/b"));
    for bad in [
        "ftp://e.com/",
        "javascript:x",
        "https://",
        "https://u@e.com/",
        "a b",
        "\u{7f}",
    ] {
        assert_eq!(resolve(base, bad), Err(ReferenceError::NotHttp), "{bad}");
    }
    let stored = Scenario::private().stored(200, &[MAX_AGE]);
    let mut marked = stored.clone();
    marked.facts = marked.facts.invalidated();
    assert_eq!(
        marked.asked(1, &["Cache-Control: max-stale"]),
        validate(Reason::MarkedInvalid)
    );
}

//! `CacheMiss`: what permits storing a response (RFC 9111 section 3).

mod scenario;

use larder::{AuthRequires, CacheMissNext, Config, IdleClientNext, Override, Reason, SetCookiePolicy};
use scenario::{
    Cache, NOTHING, Scenario, Verdict, ask, at, date, exchanged, fresh, get, reply, says, validate,
};

const MAX_AGE: &str = "Cache-Control: max-age=60";
const MODIFIED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";

#[test]
fn any_final_status_with_explicit_freshness() {
    // req: 9111-2-03, 9111-3-14, 9111-3-18, 9110-15-01
    for status in [
        201, 202, 299, 301, 302, 307, 400, 403, 404, 410, 471, 500, 503, 599,
    ] {
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(status, &["Cache-Control: max-age=5"], "body")],
        );
        let hit = cache.fetch(3, &get("/a"), &[]);
        assert_eq!((hit.seen(), hit.reason), ((status, "body"), Reason::Fresh));
        let answer = cache.fetch(6, &get("/a"), &[says(status, &NOTHING, "new")]);
        assert_eq!(answer.seen(), (status, "new"));
    }
}

#[test]
fn something_has_to_permit_it() {
    // req: 9111-3-10, 9111-3-11, 9111-3-12, 9111-3-13, 9111-3-15, 9111-5.2.2.8-03, 9111-5.2.2.9-01
    // req: 9111-5.2.2.7-02
    let cases = [
        ("Location: /b", false, false),
        (MAX_AGE, true, true),
        ("Cache-Control: max-age=x", true, true),
        ("Cache-Control: public", true, true),
        ("Cache-Control: private", true, false),
        ("Cache-Control: s-maxage=60", false, true),
        ("Cache-Control: proxy-revalidate", false, false),
        ("Cache-Control: must-revalidate", false, false),
        ("Cache-Control: immutable", false, false),
        ("Cache-Control: stale-while-revalidate=60", false, false),
        ("Expires: 0", true, true),
        ("Expires: Fri, 31 Dec 9999 23:59:59 GMT", true, true),
        ("ETag: \"b\"", false, false),
        ("Pragma: public", false, false),
    ];
    for status in [302, 403] {
        for (field, private, shared) in cases {
            let fields = [MODIFIED, field];
            assert_eq!(
                Scenario::private().stores(status, &fields),
                private,
                "private {field}"
            );
            assert_eq!(
                Scenario::shared().stores(status, &fields),
                shared,
                "shared {field}"
            );
        }
    }
}

#[test]
fn heuristically_cacheable_codes_need_no_field() {
    // req: 9111-3-17, 8470-5.2-01, 9110-15-01
    for scenario in Scenario::both() {
        for status in [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 451, 501] {
            assert!(scenario.stores(status, &[MODIFIED]), "{status}");
        }
        for status in [201, 202, 299, 302, 307, 400, 403, 425, 500, 502, 503, 504] {
            assert!(!scenario.stores(status, &[MODIFIED]), "{status}");
        }
    }
}

#[test]
fn what_could_never_be_reused_is_not_kept() {
    // req: 9111-3-19
    assert_eq!(Scenario::private().refusal(200, &["X: y"]), Reason::NeverReusable);
    assert_eq!(
        Scenario::private().refusal(200, &["ETag: y"]),
        Reason::NeverReusable
    );
    for alone in ["stale-if-error=60", "stale-while-revalidate=60"] {
        let fields = [format!("Cache-Control: {alone}")];
        assert!(Scenario::private().stores(200, &fields), "{alone}");
    }
    let config = Config::private().with_stale_when_disconnected(60);
    let stored = Scenario::of(config).stored(200, &["X: y"]);
    assert_eq!(stored.later(0), validate(Reason::NoExpiry));
}

#[test]
fn only_methods_with_caching_rules() {
    // req: 9111-3-01, 9110-9.2.3-01, 9110-9.1-01
    for scenario in Scenario::both() {
        for method in [
            "PUT", "DELETE", "OPTIONS", "TRACE", "FOO", "M-SEARCH", "QUERY", "get", "Get",
        ] {
            let scenario = scenario.clone().ask(ask(method, "/a"));
            assert_eq!(
                scenario.refusal(200, &[MAX_AGE, "Content-Location: /a"]),
                Reason::MethodNotStored
            );
        }
        for method in ["POST", "PATCH"] {
            let scenario = scenario.clone().ask(ask(method, "/a"));
            assert_eq!(
                scenario.refusal(200, &[MAX_AGE, "Content-Location: /a"]),
                Reason::MethodNotStored
            );
        }
        let head = scenario.clone().ask(ask("HEAD", "/a"));
        assert_eq!(head.refusal(200, &[MAX_AGE]), Reason::HeadNotStored);
    }
    let mut cache = Cache::private();
    let answer = cache.fetch(0, &ask("CONNECT", "https://e.com/"), &[]);
    assert_eq!((answer.reason, cache.items.len()), (Reason::Tunnel, 0));
}

#[test]
fn post_and_patch_with_freshness_and_their_own_location() {
    // req: 9110-9.3.3-01, 5789-2-02, 9110-8.7-01
    let config = Config::private().with_store_post(true);
    for method in ["POST", "PATCH"] {
        let scenario = Scenario::of(config).ask(ask(method, "/d/a?q"));
        for location in [
            "/d/a?q",
            "a?q",
            "?q",
            "https://E.com:443/d/a?q",
            "//e.com/d/a?q",
            "./x/../a?q#f",
        ] {
            let field = format!("Content-Location: {location}");
            assert!(scenario.stores(200, &[MAX_AGE, &field]), "{location}");
            assert!(!scenario.stores(200, &[MODIFIED, &field]), "{location}");
            assert!(!scenario.stores(404, &[MAX_AGE, &field]), "{location}");
        }
        for location in [
            "/d/b?q",
            "/d/a",
            "/a?q",
            "http://e.com/d/a?q",
            "https://e.com:8443/d/a?q",
            "%",
        ] {
            let field = format!("Content-Location: {location}");
            assert_eq!(
                scenario.refusal(200, &[MAX_AGE, &field]),
                Reason::PostNeedsMore,
                "{location}"
            );
        }
        assert_eq!(scenario.refusal(200, &[MAX_AGE]), Reason::PostNeedsMore);
        let twice = [MAX_AGE, "Content-Location: ?q", "Content-Location: ?q"];
        assert_eq!(scenario.refusal(200, &twice), Reason::PostNeedsMore);
    }
}

#[test]
fn a_stored_post_answers_get_and_head_only() {
    // req: 9110-9.3.3-02, 5789-2-03
    for method in ["POST", "PATCH"] {
        let mut cache = Cache::of(Config::private().with_store_post(true));
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=600"], "old")],
        );
        let fields = [MAX_AGE, "Content-Location: /a"];
        let answer = cache.fetch(5, &ask(method, "/a"), &[says(200, &fields, "new")]);
        let invalidated = answer
            .actions
            .iter()
            .position(|a| matches!(a, larder::Action::Invalidate(_)));
        let stored = answer.actions.iter().position(|a| *a == larder::Action::Store);
        assert!(invalidated.unwrap() < stored.unwrap());
        assert_eq!(cache.fetch(10, &get("/a"), &[]).seen(), (200, "new"));
        assert_eq!(cache.fetch(10, &ask("HEAD", "/a"), &[]).seen(), (200, ""));
        let again = cache.fetch(10, &ask(method, "/a"), &[says(200, &fields, "newer")]);
        assert_eq!(again.seen(), (200, "newer"));
    }
}

#[test]
fn content_location_of_another_uri_stores_nothing_there() {
    // req: 9110-6.4.2-01
    let mut cache = Cache::private();
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &[MAX_AGE, "Content-Location: /b"], "a")],
    );
    assert_eq!(cache.fetch(1, &get("/b"), &[says(200, &NOTHING, "b")]).body, "b");
    assert_eq!(cache.fetch(1, &get("/a"), &[]).body, "a");
}

#[test]
fn authorization_in_a_shared_cache() {
    // req: 9111-3-09, 9111-3.5-01, 9111-3.5-02, 9111-3.5-03, 9111-3.5-04, 9111-3.5-05, 9111-5.2.2.9-01
    let authorized = get("/a").with("Authorization: Basic x");
    let cases = [
        (MAX_AGE, false, false),
        ("Expires: Fri, 31 Dec 9999 23:59:59 GMT", false, false),
        ("Cache-Control: max-age=60, private", false, false),
        ("Cache-Control: max-age=60, proxy-revalidate", false, false),
        ("Cache-Control: max-age=60, no-cache", false, false),
        ("Cache-Control: max-age=60, public", true, true),
        ("Cache-Control: s-maxage=60", true, true),
        ("Cache-Control: max-age=60, must-revalidate", true, false),
    ];
    let strict = Config::shared().with_auth_requires(AuthRequires::PublicOrSMaxage);
    for (field, rfc, stricter) in cases {
        let fields = [field, MODIFIED];
        let stores = |config| Scenario::of(config).ask(authorized.clone()).stores(200, &fields);
        assert_eq!(stores(Config::shared()), rfc, "{field}");
        assert_eq!(stores(strict), stricter, "{field}");
        assert!(stores(Config::private()), "{field}");
        assert_eq!(
            Scenario::shared().stores(200, &fields),
            !field.contains("private"),
            "{field}"
        );
    }
    let reuse = |field: &str| {
        Scenario::shared()
            .ask(authorized.clone())
            .stored(200, &[field, MODIFIED])
    };
    // Reused for anyone, by the rules of the directive that permits it.
    let public = reuse("Cache-Control: max-age=60, public");
    assert_eq!(public.verdict(at(10), &get("/a")), fresh(10));
    let max_stale = get("/a").with("Cache-Control: max-stale=600");
    for field in [
        "Cache-Control: max-age=60, must-revalidate",
        "Cache-Control: s-maxage=60",
    ] {
        let stored = reuse(field);
        assert_eq!(stored.verdict(at(10), &get("/a")), fresh(10), "{field}");
        assert_eq!(
            stored.verdict(at(61), &max_stale),
            validate(Reason::MustRevalidate),
            "{field}"
        );
    }
    let private = Scenario::private()
        .ask(authorized.clone())
        .stored(200, &[MAX_AGE]);
    assert_eq!(private.later(10), fresh(10));
}

#[test]
fn a_shared_cache_asks_again_for_an_authorized_response() {
    // req: 9111-3.5-01
    let authorized = get("/a").with("Authorization: Basic x");
    for fields in [vec![MAX_AGE.to_string()], vec![format!("Expires: {}", date(60))]] {
        let mut cache = Cache::shared();
        for ask in [&authorized, &authorized, &get("/a")] {
            let answer = cache.fetch(1, ask, &[says(200, &fields, "mine")]);
            assert_eq!(answer.sent.len(), 1);
            cache.items.truncate(0); // the anonymous answer may be stored
        }
    }
    // An update makes it a response to the authorized request: it stays only where a directive
    // permits that, be it stored or new.
    let tag = "ETag: \"a\"";
    for (stored, update, stays) in [
        ("Cache-Control: max-age=5", "X: y", false),
        ("Cache-Control: max-age=5, public", "X: y", true),
        ("Cache-Control: max-age=5", "Cache-Control: s-maxage=5", true),
        (
            "Cache-Control: max-age=5, public",
            "Cache-Control: max-age=5",
            false,
        ),
    ] {
        let mut cache = Cache::shared();
        cache.fetch(0, &get("/a"), &[says(200, &[stored, tag], "body")]);
        let answer = cache.fetch(9, &authorized, &[says(304, &[tag, update], "")]);
        assert_eq!(
            (answer.body.as_str(), cache.items.len()),
            ("body", usize::from(stays)),
            "{stored} {update}"
        );
        // Of an anonymous request it always may.
        let mut cache = Cache::shared();
        cache.fetch(0, &get("/a"), &[says(200, &[stored, tag], "body")]);
        cache.fetch(9, &get("/a"), &[says(304, &[tag, update], "")]);
        assert_eq!(cache.items.len(), 1, "{stored} {update}");
    }
}

#[test]
fn set_cookie_is_a_matter_of_policy() {
    // req: 9111-7.3-01, 6265-3-01
    let fields = ["Set-Cookie: a=b", MAX_AGE];
    assert_eq!(Scenario::private().stored(200, &fields).later(10), fresh(10));
    assert_eq!(Scenario::shared().refusal(200, &fields), Reason::SetCookie);
    for allowed in ["public, max-age=60", "s-maxage=60"] {
        let field = format!("Cache-Control: {allowed}");
        assert!(Scenario::shared().stores(200, &["Set-Cookie: a=b", &field]));
    }
    let private = ["Set-Cookie: a=b", "Cache-Control: public, private, max-age=60"];
    assert_eq!(Scenario::shared().refusal(200, &private), Reason::Private);
    let swapped = Scenario::of(Config::shared().with_set_cookie(SetCookiePolicy::Store));
    assert!(swapped.stores(200, &fields));
    let swapped = Scenario::of(Config::private().with_set_cookie(SetCookiePolicy::RefuseUnlessPublic));
    assert_eq!(swapped.refusal(200, &fields), Reason::SetCookie);
    // An explicit lifetime is the origin's word, a heuristic one is a guess.
    let config = Config::shared().with_heuristic(10, 3600);
    let explicit = Scenario::of(config.with_set_cookie(SetCookiePolicy::RefuseUnlessExplicit));
    assert!(explicit.stores(200, &fields));
    let expires = ["Set-Cookie: a=b", "Expires: Fri, 01 Jan 2100 00:00:00 GMT"];
    assert!(explicit.stores(200, &expires));
    let guessed = ["Set-Cookie: a=b", "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT"];
    assert_eq!(explicit.refusal(200, &guessed), Reason::SetCookie);
    assert!(Scenario::of(config).stores(200, &guessed[1..]));
    // Neither does an update bring a cookie without permission, nor take the permission away.
    let public = "Cache-Control: max-age=5, public";
    let (cookie, tag) = ("Set-Cookie: a=b", "ETag: \"a\"");
    let cases: [(&[&str], &[&str], bool); 7] = [
        (&["Cache-Control: max-age=5"], &[cookie], false),
        (&["Cache-Control: max-age=5"], &["X: y"], true),
        (&["Cache-Control: max-age=5"], &[cookie, public], true),
        (&[public], &[cookie], true),
        (&[public, cookie], &["X: y"], true),
        (&[public, cookie], &["Cache-Control: max-age=5"], false),
        (
            &[public, cookie, expires[1]],
            &["Cache-Control: max-age=5"],
            false,
        ),
    ];
    for (stored, update, stays) in cases {
        for (mut cache, stays) in [(Cache::shared(), stays), (Cache::private(), true)] {
            cache.fetch(0, &get("/a"), &[says(200, &[stored, &[tag]].concat(), "body")]);
            let answer = cache.fetch(9, &get("/a"), &[says(304, &[update, &[tag]].concat(), "")]);
            let kept = cache.items.len() == 1;
            assert_eq!(
                (answer.body.as_str(), kept),
                ("body", stays),
                "{stored:?} {update:?}"
            );
        }
    }
    // Where an explicit lifetime permits them, the stored Expires goes on doing so.
    let soon = format!("Expires: {}", scenario::date(5));
    for (stored, stays) in [(soon.as_str(), true), ("Cache-Control: max-age=5", false)] {
        let mut cache = Cache::of(config.with_set_cookie(SetCookiePolicy::RefuseUnlessExplicit));
        cache.fetch(0, &get("/a"), &[says(200, &[stored, cookie, tag], "body")]);
        assert_eq!(cache.items.len(), 1, "{stored}");
        cache.fetch(
            9,
            &get("/a"),
            &[says(304, &[tag, "Cache-Control: no-transform"], "")],
        );
        assert_eq!(cache.items.len() == 1, stays, "{stored}");
    }
}

#[test]
fn must_understand() {
    // req: 9111-5.2.2.3-01, 9111-5.2.2.3-03, 9111-3-06, 9111-3-02
    for scenario in Scenario::both() {
        for status in [200, 301, 404, 500] {
            for value in [
                "must-understand, max-age=60",
                "no-store, must-understand, max-age=60",
            ] {
                let stored = scenario.stored(status, &[&format!("Cache-Control: {value}")]);
                assert_eq!(stored.later(10), fresh(10), "{status} {value}");
            }
        }
        for status in [299, 471, 599] {
            for value in [
                "must-understand, max-age=60",
                "no-store, must-understand, max-age=60",
            ] {
                let field = format!("Cache-Control: {value}");
                assert_eq!(
                    scenario.refusal(status, &[field]),
                    Reason::StatusNotUnderstood,
                    "{status}"
                );
            }
            assert!(scenario.stores(status, &[MAX_AGE]));
        }
        // Those of RFC 9110 and 451, but for 305, which nobody is to use, and what is never stored.
        for status in 200..600 {
            let known = matches!(status, 200..=205 | 300..=303 | 307 | 308 | 400..=411 | 413..=415 | 417)
                || matches!(status, 421 | 422 | 426 | 451 | 500..=505);
            let fields = ["Cache-Control: no-store, must-understand, max-age=60"];
            assert_eq!(scenario.stores(status, &fields), known, "{status}");
        }
        // Partial content has no rules here yet.
        let refusal = scenario.refusal(206, &["Cache-Control: must-understand, max-age=60"]);
        assert_eq!(refusal, Reason::Partial);
    }
    // An update asks for it of the status that is stored; who stores against the origin's word is not bound.
    let forced = Override {
        force_store: true,
        ..Override::NONE
    };
    let (tag, update) = ("ETag: \"a\"", "Cache-Control: must-understand, max-age=5");
    for (status, over, stays) in [
        (200, Override::NONE, true),
        (299, Override::NONE, false),
        (299, forced, true),
    ] {
        let mut cache = Cache::private();
        cache.over = over;
        cache.fetch(
            0,
            &get("/a"),
            &[says(status, &["Cache-Control: max-age=5", tag], "body")],
        );
        assert_eq!(cache.items.len(), 1, "{status}");
        cache.fetch(9, &get("/a"), &[says(304, &[tag, update], "")]);
        assert_eq!(cache.items.len() == 1, stays, "{status} {over:?}");
    }
}

#[test]
fn a_full_answer_to_a_range_is_a_complete_response() {
    // req: 9110-14.2-06, 9110-14.4-05
    let mut cache = Cache::private();
    let ask = get("/a").with("Range: bytes=0-1");
    cache.fetch(
        0,
        &ask,
        &[says(200, &[MAX_AGE, "Content-Range: bytes 0-4/10"], "whole")],
    );
    let hit = cache.fetch(10, &get("/a"), &[]);
    assert_eq!(hit.seen(), (200, "whole"));
    assert_eq!(hit.values("content-range"), ["bytes 0-4/10"]);
}

#[test]
fn an_override_is_the_callers_word() {
    let over = Override {
        lifetime: Some(60),
        force_store: true,
    };
    let scenario = Scenario::shared().over(over);
    for value in ["no-store", "private", "no-cache, max-age=1", "max-age=0"] {
        let stored = scenario.stored(200, &[&format!("Cache-Control: {value}")]);
        assert_eq!((stored.lifetime(), stored.later(59)), (60, fresh(59)), "{value}");
    }
    // It does not lift what a response is, nor the client's word.
    for (status, fields) in [
        (200, "Vary: *"),
        (206, "X: y"),
        (304, "X: y"),
        (100, "X: y"),
        (429, "X: y"),
    ] {
        assert!(!scenario.stores(status, &[fields]), "{status} {fields}");
    }
    let asked = scenario.ask(get("/a").with("Cache-Control: no-store"));
    assert_eq!(asked.refusal(200, &[MAX_AGE]), Reason::RequestNoStore);
}

#[test]
fn the_state_says_why_and_what_follows() {
    // req: 9111-4.4-01
    let config = Config::private();
    let ask = ask("DELETE", "/a");
    let request = ask.head();
    let IdleClientNext::CacheMiss(state) = larder::IdleClient::new(&config, &request, at(0)).next() else {
        panic!("unsafe methods are written through")
    };
    assert_eq!(state.reason(), Reason::NotSafe);
    let next = state.next(&request, &reply(204, &["X: y"]).head(), exchanged(0), &mut []);
    let CacheMissNext::InvalidateEntries(state) = next else {
        panic!("{next:?}")
    };
    assert_eq!((state.reason(), state.entry()), (Reason::UnsafeMethod, None));
    let stored = Scenario::private().stored(200, &[MAX_AGE]);
    assert_eq!(
        stored.asked(1, &["Cache-Control: max-stale"]),
        Verdict::Hit(Reason::Fresh, Some(1))
    );
}

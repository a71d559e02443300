//! ureq follows redirects below the cache: what comes back belongs to another URI.

mod client;
mod origin;

use client::{cache, text};
use larder_ureq::larder::Reason;
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Stored};
use origin::{Origin, Reply};
use ureq::Agent;
use ureq::http::Request;

#[test]
fn nothing_is_stored_under_the_first_uri() {
    // req: 9111-4-01, 9111-7.1-01
    let origin = Origin::new(|asked, number| match asked.path.as_str() {
        "/a" => Reply::new(302, &[("Location", "/b"), ("Cache-Control", "max-age=60")], ""),
        _ => Reply::new(200, &[("Cache-Control", "max-age=60")], number.to_string()),
    });
    let (cache, agent) = cache();
    let mut response = agent.get(origin.url("/a")).call().unwrap();
    let info = CacheInfo::of(&response).unwrap();
    assert_eq!(info.stored(), Stored::Redirected);
    assert_eq!(info.uri().to_string(), origin.url("/b"), "where it comes from");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "1");
    assert_eq!(text(&agent, &origin.url("/a")), "3");
    assert_eq!(text(&agent, &origin.url("/b")), "4");
    assert_eq!(text(&agent, &origin.url("/b")), "4");
    assert_eq!(cache.usage().unwrap().entries, 1);
}

#[test]
fn a_redirect_that_is_not_followed_is_a_response_like_any_other() {
    let origin = Origin::script(vec![Reply::new(301, &[("Location", "/b")], "moved")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| {
        builder
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
    });
    // Its lifetime is unknown: no Last-Modified, so it is not even stored.
    for _ in 0..2 {
        assert_eq!(agent.get(origin.url("/a")).call().unwrap().status(), 301);
    }
    let lines = [("Location", "/b"), ("Cache-Control", "max-age=60")];
    let origin = Origin::script(vec![Reply::new(301, &lines, "")]);
    for _ in 0..2 {
        let response = agent.get(origin.url("/a")).call().unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (301, &"/b".parse().unwrap())
        );
    }
    assert_eq!(origin.count(), 1);
}

#[test]
#[cfg(not(feature = "cookies"))] // there the caller has to ask again: tests/middleware.rs
fn a_304_from_elsewhere_confirms_nothing() {
    // req: 9111-4.3.4-03
    let origin = Origin::new(
        |asked, number| match (asked.path.as_str(), asked.field("if-none-match")) {
            ("/a", None) if number == 0 => {
                Reply::new(200, &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")], "of a")
            }
            ("/a", _) => Reply::new(302, &[("Location", "/b")], ""),
            // ureq carries the condition over, and the tag happens to exist there too.
            (_, Some(_)) => Reply::new(304, &[("ETag", "\"1\""), ("Cache-Control", "max-age=60")], ""),
            _ => Reply::new(200, &[("ETag", "\"1\"")], "of b"),
        },
    );
    let (cache, agent) = cache();
    assert_eq!(text(&agent, &origin.url("/a")), "of a");
    assert_eq!(cache.usage().unwrap().entries, 1);
    assert_eq!(text(&agent, &origin.url("/a")), "of b");
    assert_eq!(cache.usage().unwrap().entries, 0);
    let asked = origin.asked();
    let asked: Vec<_> = asked
        .iter()
        .map(|asked| (asked.path.as_str(), asked.field("if-none-match")))
        .collect();
    let tag = Some("\"1\"");
    assert_eq!(
        asked,
        [("/a", None), ("/a", tag), ("/b", tag), ("/a", None), ("/b", None)]
    );
}

#[test]
fn a_304_for_the_callers_own_condition_is_the_callers() {
    let origin = Origin::new(|asked, number| match asked.path.as_str() {
        "/a" if number == 0 => Reply::new(200, &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")], "of a"),
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(304, &[("ETag", "\"2\"")], ""),
    });
    let (_, agent) = cache();
    text(&agent, &origin.url("/a"));
    let request = agent.get(origin.url("/a")).header("if-none-match", "\"2\"");
    match request.call() {
        Ok(response) => assert_eq!(response.status(), 304),
        // Where no second request can be made.
        Err(_) if cfg!(feature = "cookies") => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_304_to_a_reload_is_not_asked_for_twice() {
    let tagged = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::new(move |asked, number| match asked.path.as_str() {
        "/a" if number == 0 => Reply::new(200, &tagged, "stored"),
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(304, &[("ETag", "\"2\"")], ""),
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    // It could not ask twice.
    let builder = Agent::config_builder().proxy(None);
    let agent = Agent::from(builder.middleware(cache.middleware()).build());
    let request = || agent.get(origin.url("/a"));
    request().call().unwrap().into_body().read_to_vec().unwrap();
    let request = request().header("if-none-match", "\"2\"");
    let response = request.extension(CacheMode::Reload).call().unwrap();
    assert_eq!((response.status().as_u16(), origin.count()), (304, 3));
}

#[test]
fn what_now_redirects_is_out_of_date() {
    let origin = Origin::new(|asked, number| match asked.path.as_str() {
        "/a" if number == 0 => Reply::new(200, &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")], "of a"),
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(200, &[], "of b"),
    });
    let (cache, agent) = cache();
    assert_eq!(text(&agent, &origin.url("/a")), "of a");
    assert_eq!(text(&agent, &origin.url("/a")), "of b");
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn what_redirects_elsewhere_says_nothing_of_what_is_stored() {
    // req: 9111-4.3.3-04, 9111-4.3.5-05. Neither an error of the server nor an answer to HEAD.
    let lines = [("Cache-Control", "max-age=0"), ("ETag", "\"1\"")];
    for (method, status) in [("GET", 501), ("GET", 503), ("HEAD", 200), ("HEAD", 404)] {
        let origin = Origin::new(move |asked, number| match asked.path.as_str() {
            "/a" if number == 0 => Reply::new(200, &lines, "of a"),
            "/a" => Reply::new(302, &[("Location", "/b")], ""),
            _ if method == "HEAD" => Reply::head(status, &[]),
            _ => Reply::new(status, &[], "of b"),
        });
        let (cache, agent) = cache();
        text(&agent, &origin.url("/a"));
        let request = Request::builder().method(method).uri(origin.url("/a"));
        let answered = agent.run(request.body(()).unwrap());
        assert_eq!((answered.is_ok(), origin.count()), (status < 400, 3));
        assert_eq!(cache.usage().unwrap().entries, 1, "{method} {status}");
    }
}

#[test]
fn a_redirect_to_a_failure_is_a_failure() {
    // req: 5861-4-02
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let origin = Origin::new(move |asked, number| match asked.path.as_str() {
        "/a" if number == 0 => Reply::new(200, &lines, "of a"),
        "/a" => Reply::new(302, &[("Location", "/b")], ""),
        _ => Reply::new(503, &[], "down"),
    });
    let (_, agent) = cache();
    assert_eq!(text(&agent, &origin.url("/a")), "of a");
    assert_eq!(text(&agent, &origin.url("/a")), "of a");
    assert_eq!(origin.count(), 3);
}

#[test]
fn a_post_that_redirects_invalidates() {
    // req: 9111-4.4-01
    let origin = Origin::new(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", _) => Reply::new(303, &[("Location", "/done")], ""),
        _ => Reply::new(200, &[("Cache-Control", "max-age=60")], "x"),
    });
    let (_, agent) = cache();
    text(&agent, &origin.url("/a"));
    agent.post(origin.url("/a")).send("x").unwrap();
    assert_eq!(origin.count(), 3);
    text(&agent, &origin.url("/a"));
    assert_eq!(origin.count(), 4);
}

#[test]
fn a_redirect_to_an_unsafe_method_invalidates_whatever_is_at_its_end() {
    // req: 9111-4.4-01
    let cases = [
        ("POST", 303, "/missing"),
        ("POST", 303, "/a"),
        ("POST", 303, "/loop"),
        ("POST", 302, "/breaks/off"),
        ("DELETE", 307, "/not/followed"),
    ];
    for (method, status, location) in cases {
        let origin = Origin::new(move |asked, number| match (asked.method.as_str(), &*asked.path) {
            ("POST" | "DELETE", _) => Reply::new(status, &[("Location", location)], ""),
            (_, "/loop") => Reply::new(303, &[("Location", "/loop")], ""),
            (_, "/breaks/off") => Reply::raw("").closing(),
            (_, "/missing") => Reply::new(404, &[], ""),
            _ if number == 2 && location == "/a" => Reply::new(404, &[], ""),
            _ => Reply::new(200, &[("Cache-Control", "max-age=60")], "x"),
        });
        let (_, agent) = cache();
        text(&agent, &origin.url("/a"));
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(origin.url("/a"));
        assert!(agent.run(request.body(()).unwrap()).is_err(), "{location}");
        let response = agent.get(origin.url("/a")).call();
        let info = response.map(|response| CacheInfo::of(&response).unwrap().forwarded());
        assert_eq!(info.unwrap(), Some(Reason::MarkedInvalid), "{location}");
    }
}

#[test]
fn the_end_of_a_redirected_post_is_out_of_date_too() {
    // req: 9111-4.4-03, 9111-4.4-04
    let fresh = [("Cache-Control", "max-age=60")];
    let elsewhere = Origin::script(vec![Reply::new(200, &fresh, "elsewhere")]);
    let to = elsewhere.url("/b");
    let origin = Origin::new(move |asked, _| match (asked.method.as_str(), &*asked.path) {
        ("POST", "/here") => Reply::new(303, &[("Location", "/b")], ""),
        ("POST", _) => Reply::new(303, &[("Location", &to)], ""),
        _ => Reply::new(200, &fresh, "x"),
    });
    let (_, agent) = cache();
    for (path, end, asked) in [("/here", origin.url("/b"), 1), ("/there", elsewhere.url("/b"), 0)] {
        text(&agent, &end);
        agent.post(origin.url(path)).send("x").unwrap();
        let before = origin.count() + elsewhere.count();
        text(&agent, &end);
        assert_eq!(origin.count() + elsewhere.count() - before, asked, "{path}");
    }
}

#[test]
fn a_post_that_never_left_invalidates_nothing() {
    // req: 9111-4.4-06
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "x")]);
    let (_, agent) = cache();
    text(&agent, &origin.url("/a"));
    origin.close();
    assert!(agent.post(origin.url("/a")).send("x").is_err());
    assert_eq!(text(&agent, &origin.url("/a")), "x");
}

#[test]
fn another_spelling_of_the_uri_is_no_redirect() {
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "x")]);
    let (_, agent) = cache();
    let url = origin.url("/").replace("http:", "HTTP:");
    for url in [&url, &format!("{}#fragment", origin.url("/")), &origin.url("")] {
        text(&agent, url);
    }
    assert_eq!(origin.count(), 1);
}

#[test]
fn a_stored_redirect_is_no_answer_where_redirects_are_followed() {
    let fresh = [("Cache-Control", "max-age=60")];
    let origin = Origin::new(move |asked, _| match asked.path.as_str() {
        "/a" => Reply::new(301, &[("Location", "/b"), ("Cache-Control", "max-age=60")], ""),
        _ => Reply::new(200, &fresh, "end"),
    });
    let (cache, agent) = cache();
    let follow = || {
        let request = ureq::http::Request::get(origin.url("/a")).body(()).unwrap();
        let mut response = larder_ureq::follow(&agent, request).unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    let stops = cache.agent(|builder| {
        builder
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
    });
    assert_eq!(follow(), "end");
    assert_eq!(origin.count(), 2);
    // ureq follows it again, below the cache.
    assert_eq!(text(&agent, &origin.url("/a")), "end");
    assert_eq!(origin.count(), 4);
    // Where it is wanted, it is there.
    assert_eq!(follow(), "end");
    assert_eq!(stops.get(origin.url("/a")).call().unwrap().status(), 301);
    assert_eq!(origin.count(), 4);
}

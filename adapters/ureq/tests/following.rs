//! Redirects that are followed above the cache.

mod client;
mod origin;

use client::cache;
use larder_ureq::{CacheInfo, Outcome, follow};
use origin::{Origin, Reply};
use ureq::Error;
use ureq::http::Request;

const FRESH: (&str, &str) = ("Cache-Control", "max-age=60");

#[test]
fn every_hop_is_cached_under_its_own_uri() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/a/start" => Reply::new(301, &[("Location", "../b?x"), FRESH], ""),
        "/b?x" => Reply::new(308, &[("Location", "/c#part"), FRESH], ""),
        _ => Reply::new(200, &[FRESH], "the end"),
    });
    let (cache, agent) = cache();
    for outcome in [Outcome::Miss, Outcome::Hit] {
        let request = Request::get(origin.url("/a/start")).body(()).unwrap();
        let mut response = follow(&agent, request).unwrap();
        let info = CacheInfo::of(&response).unwrap();
        assert_eq!(
            (info.outcome(), info.uri().to_string()),
            (outcome, origin.url("/c"))
        );
        assert_eq!(response.body_mut().read_to_string().unwrap(), "the end");
    }
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (3, 3));
}

/// An origin whose `/1` leads to its `/2`, and that to another origin.
fn home_and_abroad() -> (Origin, Origin) {
    let abroad = Origin::script(vec![Reply::new(200, &[], "abroad")]);
    let there = abroad.url("/");
    let home = Origin::new(move |asked, _| match asked.path.as_str() {
        "/1" => Reply::new(302, &[("Location", "/2")], ""),
        _ => Reply::new(302, &[("Location", &there)], ""),
    });
    (home, abroad)
}

#[test]
fn credentials_stay_at_home() {
    let (origin, abroad) = home_and_abroad();
    let (_, agent) = cache();
    let request = Request::get(origin.url("/1"))
        .header("authorization", "Bearer a")
        .header("cookie", "id=1");
    let mut response = follow(&agent, request.body(()).unwrap()).unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "abroad");
    let seen = |origin: &Origin, name| -> Vec<bool> {
        origin
            .asked()
            .iter()
            .map(|asked| asked.field(name).is_some())
            .collect()
    };
    assert_eq!(
        (seen(&origin, "authorization"), seen(&origin, "cookie")),
        (vec![true, true], vec![true, false])
    );
    assert_eq!(
        (seen(&abroad, "authorization"), seen(&abroad, "cookie")),
        (vec![false], vec![false])
    );

    let url = origin.url("/1").replace("//", "//alice:secret@");
    let response = follow(&agent, Request::get(url).body(()).unwrap()).unwrap();
    assert!(
        !CacheInfo::of(&response)
            .unwrap()
            .uri()
            .to_string()
            .contains("secret")
    );
    assert_eq!(seen(&origin, "authorization")[2..], [true, true]);
    assert_eq!(seen(&abroad, "authorization"), [false, false]);
}

#[test]
fn methods_and_ends() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/303" => Reply::new(303, &[("Location", "/end")], ""),
        "/307" => Reply::new(307, &[("Location", "/end")], ""),
        "/round" => Reply::new(302, &[("Location", "/round")], ""),
        "/nowhere" => Reply::new(302, &[], "nowhere"),
        _ => Reply::new(200, &[("X-Method", &asked.method)], ""),
    });
    let (_, agent) = cache();
    let ask = |method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(origin.url(path))
            .body(())
            .unwrap();
        follow(&agent, request)
    };
    for (method, path, then) in [
        ("DELETE", "/303", "GET"),
        ("DELETE", "/307", "DELETE"),
        ("HEAD", "/303", "HEAD"),
        ("GET", "/307", "GET"),
    ] {
        assert_eq!(
            ask(method, path).unwrap().headers()["x-method"],
            then,
            "{method} {path}"
        );
    }
    assert!(matches!(ask("GET", "/round"), Err(Error::TooManyRedirects)));
    assert_eq!(ask("GET", "/nowhere").unwrap().status(), 302);
    assert_eq!(
        origin
            .asked()
            .iter()
            .filter(|asked| asked.path == "/round")
            .count(),
        11
    );
}

#[test]
fn redirects_with_a_body_are_stored_too() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/a" => Reply::new(301, &[("Location", "/b"), FRESH], "moved"),
        "/b" => Reply::chunked(308, &[("Location", "/c"), FRESH], &[b"moved", b" again"]),
        _ => Reply::new(200, &[FRESH], "the end"),
    });
    let (cache, agent) = cache();
    for _ in 0..2 {
        let request = Request::get(origin.url("/a")).body(()).unwrap();
        let mut response = follow(&agent, request).unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "the end");
    }
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (3, 3));
}

#[test]
fn hops_are_shared_unless_they_have_settings_of_their_own() {
    for (has_settings, asked) in [(false, 1), (true, 2)] {
        let origin = Origin::new(|_, _| Reply::new(200, &[FRESH], "hello"));
        let (_, agent) = cache();
        let ask = || {
            let request = Request::get(origin.url("/")).body(()).unwrap();
            let request = match has_settings {
                true => agent.configure_request(request).max_redirects(3).build(),
                false => request,
            };
            follow(&agent, request).unwrap()
        };
        // The second comes while the body of the first is on its way.
        for response in [ask(), ask()] {
            assert_eq!(response.into_body().read_to_string().unwrap(), "hello");
        }
        assert_eq!(origin.count(), asked);
    }
}

#[test]
fn a_host_stays_with_its_server() {
    let (origin, abroad) = home_and_abroad();
    let (_, agent) = cache();
    let request = Request::get(origin.url("/1")).header("host", "a.example");
    follow(&agent, request.body(()).unwrap()).unwrap();
    for asked in origin.asked() {
        assert_eq!(asked.field("host"), Some("a.example"));
    }
    let own = abroad.address().to_string();
    assert_eq!(abroad.asked()[0].field("host"), Some(own.as_str()));
}

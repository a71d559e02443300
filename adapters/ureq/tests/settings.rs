//! Settings of one request, which nothing reads, and of agents that share a cache.

mod origin;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::http::Response;
use ureq::{Agent, Body, Error};

const FRESH: (&str, &str) = ("Cache-Control", "max-age=60");

fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

fn info(response: &Response<Body>) -> (Outcome, Stored) {
    let info = CacheInfo::of(response).unwrap();
    (info.outcome(), info.stored())
}

fn text(mut response: Response<Body>) -> String {
    response.body_mut().read_to_string().unwrap()
}

/// Tells what it was asked with in this field.
fn varying(name: &'static str) -> Origin {
    Origin::new(move |asked, _| {
        let said = asked.field(name).unwrap_or("nothing");
        Reply::new(200, &[FRESH, ("Vary", name)], said)
    })
}

#[test]
fn a_request_that_accepts_something_else_gets_that() {
    // req: 9111-4.1-01
    for name in ["accept", "user-agent"] {
        let origin = varying(name);
        let (cache, agent) = cache();
        let url = origin.url("/");
        let own = |value: &str| {
            let request = agent.get(&url).config();
            match name {
                "accept" => request.accept(value).build().call().unwrap(),
                _ => request.user_agent(value).build().call().unwrap(),
            }
        };
        let of_agent = text(agent.get(&url).call().unwrap());
        for value in ["text/one", "text/two"] {
            let response = own(value);
            assert_eq!(info(&response), (Outcome::Miss, Stored::Unseen));
            assert_eq!(text(response), value);
        }
        // What the request itself says is known, and nothing is in the way of the others.
        let said = || agent.get(&url).header(name, "text/three").config();
        for _ in 0..2 {
            assert_eq!(text(said().no_delay(true).build().call().unwrap()), "text/three");
            assert_eq!(text(agent.get(&url).call().unwrap()), of_agent);
        }
        assert_eq!(origin.count(), 4);
        assert_eq!(cache.usage().unwrap().entries, 2);
    }
}

#[test]
fn a_304_that_names_what_ureq_adds_is_for_this_request() {
    // req: 9111-4.3.4-07
    let etag = ("ETag", "\"1\"");
    let origin = Origin::script(vec![
        Reply::new(200, &[("Cache-Control", "max-age=0"), etag], "one"),
        Reply::new(304, &[FRESH, etag, ("Vary", "Accept")], ""),
        Reply::new(200, &[FRESH, ("Vary", "Accept")], "two"),
    ]);
    let (_, agent) = cache();
    let own = |accept: &str| agent.get(origin.url("/")).config().accept(accept).build();
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "one");
    assert_eq!(text(own("text/one").call().unwrap()), "one");
    assert_eq!(text(own("text/two").call().unwrap()), "two");
}

#[test]
fn codings_are_ureqs_business_where_it_takes_them_off() {
    let origin = varying("accept-encoding");
    let (_, agent) = cache();
    let own = || agent.get(origin.url("/")).config().no_delay(true).build();
    for _ in 0..2 {
        text(own().call().unwrap());
        text(agent.get(origin.url("/")).call().unwrap());
    }
    assert_eq!(origin.count(), 1);
    // One that it has not taken off was asked for by this request, and is nobody else's.
    let lines = [FRESH, ("Vary", "Accept-Encoding"), ("Content-Encoding", "zstd")];
    let origin = Origin::script(vec![
        Reply::new(200, &lines, "coded"),
        Reply::new(200, &[], "plain"),
    ]);
    let own = agent
        .get(origin.url("/"))
        .config()
        .accept_encoding("zstd")
        .build();
    let response = own.call().unwrap();
    assert_eq!(info(&response), (Outcome::Miss, Stored::Unseen));
    text(response);
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "plain");
}

#[test]
fn a_middleware_does_not_know_who_sends() {
    // req: 9111-4.1-01
    let origin = varying("user-agent");
    let (cache, _) = cache();
    for name in ["one", "two"] {
        let config = Agent::config_builder().proxy(None).user_agent(name);
        let agent = config.middleware(cache.middleware()).build().new_agent();
        let response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(info(&response), (Outcome::Miss, Stored::Unseen));
        assert_eq!(text(response), name);
    }
}

#[test]
fn a_request_may_follow_where_its_agent_does_not() {
    let origin = Origin::new(move |asked, _| match asked.path.as_str() {
        "/a" => Reply::new(301, &[("Location", "/b"), FRESH], ""),
        _ => Reply::new(200, &[FRESH], "end"),
    });
    let (cache, _) = cache();
    let stops = |builder: ureq::config::ConfigBuilder<_>| {
        builder
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
    };
    let agent = cache.agent(stops);
    for _ in 0..2 {
        assert_eq!(agent.get(origin.url("/a")).call().unwrap().status(), 301);
        let follows = agent.get(origin.url("/a")).config().max_redirects(5).build();
        assert_eq!(text(follows.call().unwrap()), "end");
    }
}

#[test]
fn who_wants_https_gets_nothing_else() {
    let origin = Origin::script(vec![Reply::new(200, &[FRESH], "plain")]);
    let (cache, agent) = cache();
    assert_eq!(text(agent.get(origin.url("/")).call().unwrap()), "plain");
    let strict = cache.agent(|builder| builder.proxy(None).https_only(true));
    let refused = strict.get(origin.url("/")).call();
    assert!(matches!(refused, Err(Error::RequireHttpsOnly(_))));
    // A request may want it, or not, whatever its agent does; and so may each hop of one. With ureq's jar
    // the cache has nobody to ask what a request wants.
    #[cfg(not(feature = "cookies"))]
    {
        let request = agent.get(origin.url("/")).config().https_only(true).build();
        assert!(matches!(request.call(), Err(Error::RequireHttpsOnly(_))));
        let request = ureq::http::Request::get(origin.url("/")).body(()).unwrap();
        let request = agent.configure_request(request).https_only(true).build();
        let refused = larder_ureq::follow(&agent, request);
        assert!(matches!(refused, Err(Error::RequireHttpsOnly(_))));
        let request = strict.get(origin.url("/")).config().https_only(false).build();
        assert_eq!(text(request.call().unwrap()), "plain");
    }
    assert_eq!(origin.count(), 1);
}

//! The middleware alone, in an agent that somebody else makes.

mod origin;

use std::io::Read;

use larder_ureq::{AskAgain, Cache, CacheInfo, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::config::Config;
use ureq::http::{Request, Response, Uri};
use ureq::middleware::MiddlewareNext;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, SendBody};

fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let config = Agent::config_builder()
        .proxy(None)
        .middleware(cache.middleware())
        .build();
    (cache, config.new_agent())
}

fn get(agent: &Agent, url: &str) -> Result<(String, Outcome), Error> {
    let mut response = agent.get(url).call()?;
    let outcome = CacheInfo::of(&response).unwrap().outcome();
    Ok((response.body_mut().read_to_string()?, outcome))
}

#[test]
fn hits_and_validations() {
    let lines = [
        ("Cache-Control", "max-age=0, stale-while-revalidate=60"),
        ("ETag", "\"1\""),
    ];
    let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![
        Reply::new(200, &lines, "hello"),
        Reply::new(304, &fresh, ""),
    ]);
    let (_, agent) = cache();
    let outcomes: Vec<_> = (0..3).map(|_| get(&agent, &origin.url("/")).unwrap()).collect();
    // Nothing can happen in the background: what is stale is validated first.
    let outcomes: Vec<_> = outcomes
        .iter()
        .map(|(text, outcome)| (text.as_str(), *outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("hello", Outcome::Miss),
            ("hello", Outcome::Validated),
            ("hello", Outcome::Hit)
        ]
    );
    assert_eq!(origin.count(), 2);
}

#[test]
fn a_second_request_is_the_callers() {
    let lines = [("Cache-Control", "max-age=0"), ("ETag", "\"1\"")];
    let origin = Origin::new(move |asked, _| match asked.field("if-none-match") {
        Some(_) => Reply::new(304, &[("ETag", "\"2\"")], ""),
        None => Reply::new(200, &lines, "hello"),
    });
    let (cache, agent) = cache();
    get(&agent, &origin.url("/")).unwrap();
    let error = get(&agent, &origin.url("/")).unwrap_err();
    assert!(
        matches!(&error, Error::Other(other) if other.is::<AskAgain>()),
        "{error}"
    );
    assert_eq!(cache.usage().unwrap().entries, 0);
    assert_eq!(
        get(&agent, &origin.url("/")).unwrap(),
        ("hello".into(), Outcome::Miss)
    );
}

#[test]
fn a_304_from_elsewhere_is_not_passed_on() {
    let origin = Origin::new(
        |asked, number| match (asked.path.as_str(), asked.field("if-none-match")) {
            ("/a", _) if number == 0 => {
                Reply::new(200, &[("Cache-Control", "max-age=0"), ("ETag", "\"1\"")], "of a")
            }
            ("/a", _) => Reply::new(302, &[("Location", "/b")], ""),
            (_, Some(_)) => Reply::new(304, &[("ETag", "\"1\"")], ""),
            _ => Reply::new(200, &[], "of b"),
        },
    );
    let (cache, agent) = cache();
    get(&agent, &origin.url("/a")).unwrap();
    assert!(matches!(get(&agent, &origin.url("/a")), Err(Error::Other(_))));
    assert_eq!(cache.usage().unwrap().entries, 0);
    assert_eq!(get(&agent, &origin.url("/a")).unwrap().0, "of b");
}

#[test]
fn error_responses_are_not_stored() {
    let lines = [("Cache-Control", "max-age=60")];
    let origin = Origin::script(vec![Reply::new(404, &lines, "not here")]);
    let (cache, agent) = cache();
    assert!(matches!(
        get(&agent, &origin.url("/")),
        Err(Error::StatusCode(404))
    ));
    let request = agent
        .get(origin.url("/"))
        .config()
        .http_status_as_error(false)
        .build();
    let request = request.extension(larder_ureq::StatusAsError(false));
    let response = request.call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::ErrorStatus);
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (2, 0));
}

#[test]
fn a_failing_origin_is_one_although_its_response_is_an_error() {
    // req: 5861-4-02
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let origin = Origin::script(vec![
        Reply::new(200, &lines, "hello"),
        Reply::new(503, &[], "down"),
        Reply::new(404, &[], "gone"),
    ]);
    let (cache, agent) = cache();
    get(&agent, &origin.url("/")).unwrap();
    assert_eq!(
        get(&agent, &origin.url("/")).unwrap(),
        ("hello".into(), Outcome::Stale)
    );
    assert!(matches!(
        get(&agent, &origin.url("/")),
        Err(Error::StatusCode(404))
    ));
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[test]
fn a_middleware_below_may_cut_a_body_short() {
    // req: 9111-3.3-03
    fn cut(request: Request<SendBody>, next: MiddlewareNext) -> Result<Response<Body>, Error> {
        let response = next.handle(request)?;
        Ok(response.map(|body| Body::builder().reader(body.into_reader().take(3))))
    }
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let builder = Agent::config_builder()
        .proxy(None)
        .middleware(cache.middleware())
        .middleware(cut);
    let agent = builder.build().new_agent();
    assert_eq!(get(&agent, &origin.url("/")).unwrap().0, "hel");
    // It ends without an error, and not where Content-Length says.
    assert_eq!((cache.usage().unwrap().entries, cache.stats().discarded), (0, 1));
}

#[test]
fn a_middleware_below_may_answer_by_itself() {
    fn made(_: Request<SendBody>, _: MiddlewareNext) -> Result<Response<Body>, Error> {
        let response = Response::builder()
            .header("cache-control", "max-age=60")
            .header("content-length", "4");
        Ok(response.body(Body::builder().data("made")).unwrap())
    }
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let builder = Agent::config_builder()
        .middleware(cache.middleware())
        .middleware(made);
    let agent = builder.build().new_agent();
    // Nothing tells which URI it belongs to.
    let mut response = agent.get("http://example.test/").call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::Redirected);
    assert_eq!(response.body_mut().read_to_string().unwrap(), "made");
}

/// Everything is at one address.
#[derive(Debug)]
struct OneAddress(std::net::SocketAddr);

impl Resolver for OneAddress {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(self.0);
        Ok(addresses)
    }
}

#[test]
fn an_agent_with_a_resolver_of_its_own() {
    // What the bare middleware is for.
    let fresh = [("Cache-Control", "max-age=60")];
    let origin = Origin::new(move |asked, _| Reply::new(200, &fresh, asked.field("host").unwrap()));
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let config = Agent::config_builder()
        .proxy(None)
        .middleware(cache.middleware())
        .build();
    let agent = Agent::with_parts(config, DefaultConnector::default(), OneAddress(origin.address()));
    for outcome in [Outcome::Miss, Outcome::Hit] {
        for host in ["one.test", "two.test"] {
            let answer = get(&agent, &format!("http://{host}/")).unwrap();
            assert_eq!(answer, (host.to_owned(), outcome));
        }
    }
    assert_eq!(origin.count(), 2);
}

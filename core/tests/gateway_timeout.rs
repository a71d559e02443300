//! `GatewayTimeout`: no answer (RFC 9111 section 4.2.4 and 5.2.1.7).

mod scenario;

use larder::{Config, ErrorNext, Failure, GatewayTimeout, Reason};
use scenario::{Answer, Cache, Origin, Scenario, at, get, says};

const ETAG: &str = "ETag: \"a\"";
const OFFLINE: Origin = Origin::Fails(Failure::Disconnected);
const BROKEN: Origin = Origin::Fails(Failure::Transport);

/// What a client gets some seconds after a response with this Cache-Control was stored.
fn answer(config: Config, control: &str, seconds: u64, asked: &[&str], origin: Origin) -> (Cache, Answer) {
    let mut cache = Cache::of(config);
    let field = format!("Cache-Control: {control}");
    cache.fetch(0, &get("/a"), &[says(200, &[field.as_str(), ETAG], "old")]);
    let answer = cache.fetch(seconds, &get("/a").with_all(asked), &[origin]);
    (cache, answer)
}

#[test]
fn only_if_cached_is_answered_without_forwarding() {
    // req: 9111-5.2.1.7-01, 9110-13.2.1-01
    let mut cache = Cache::private();
    let only = get("/a").with("Cache-Control: only-if-cached");
    for ask in [
        only.clone(),
        only.clone().with("If-None-Match: \"a\""),
        only.clone().with("If-None-Match: *"),
    ] {
        let answer = cache.fetch(0, &ask, &[]);
        assert_eq!((answer.status, answer.reason), (504, Reason::OnlyIfCached));
    }
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=5", ETAG], "old")],
    );
    assert_eq!(cache.fetch(1, &only, &[]).seen(), (200, "old"));
    assert_eq!(
        cache
            .fetch(1, &only.clone().with("If-None-Match: \"a\""), &[])
            .status,
        304
    );
    assert_eq!(cache.fetch(15, &only, &[]).status, 504);
    let stale = only.clone().with("Cache-Control: max-stale=60");
    assert_eq!(cache.fetch(15, &stale, &[]).seen(), (200, "old"));
    // Nothing that has to be written through is answered for the origin by this (RFC 9111 section 4): the
    // client asked not to reach it, and 504 says that nothing was done.
    for method in ["POST", "OPTIONS"] {
        let ask = scenario::ask(method, "/a").with("Cache-Control: only-if-cached");
        assert_eq!(cache.fetch(1, &ask, &[]).status, 504, "{method}");
    }
    assert_eq!(GatewayTimeout::STATUS, 504);
}

#[test]
fn a_prohibition_ends_in_an_error_and_keeps_the_entry() {
    // req: 9111-4.2.4-02, 9111-4.2.4-03, 9111-4.2.4-04, 9111-4.2.4-05, 9111-5.2.2.2-02, 9111-5.2.2.2-03
    // req: 9111-5.2.2.2-04, 9111-5.2.2.4-02, 9111-5.2.2.8-01, 9111-5.2.2.10-01, 9111-5.2.2.10-02, 5861-4-06
    // req: 9111-3.5-02, 9111-3.5-04
    let permissive = |config: Config| config.with_stale_when_disconnected(600);
    let extensions = "stale-while-revalidate=0, stale-if-error=600";
    for (control, private_serves, shared_serves) in [
        ("max-age=1", true, true),
        ("max-age=1, must-revalidate", false, false),
        ("max-age=1, no-cache", false, false),
        ("max-age=1, proxy-revalidate", true, false),
        ("max-age=1, s-maxage=1", true, false),
    ] {
        for (config, serves) in [
            (Config::private(), private_serves),
            (Config::shared(), shared_serves),
        ] {
            for origin in [OFFLINE, BROKEN, says(503, &["X: y"], "error")] {
                let control = format!("{control}, {extensions}");
                let asked = ["Cache-Control: stale-if-error=600"];
                let (cache, answer) = answer(permissive(config), &control, 5, &asked, origin.clone());
                let expected = match origin {
                    _ if serves => (200, "old"),
                    Origin::Says(_) => (503, "error"),
                    Origin::Fails(_) => (504, ""),
                };
                assert_eq!(answer.seen(), expected, "{control} {origin:?}");
                assert_eq!(cache.items.len(), 1, "kept for later");
            }
        }
    }
}

#[test]
fn disconnected_is_an_input_of_its_own() {
    // req: 9111-2-04, 9111-4.2.4-06, 9111-4.2.4-07
    let bounded = Config::private().with_stale_when_disconnected(60);
    let (_, by_option) = answer(bounded, "max-age=5", 65, &[], OFFLINE);
    assert_eq!(
        (by_option.seen(), by_option.reason),
        ((200, "old"), Reason::Disconnected)
    );
    assert_eq!(by_option.values("age"), ["65"]);
    let refused = |config, seconds, asked: &[&str], origin| {
        let (_, answer) = answer(config, "max-age=5", seconds, asked, origin);
        assert_eq!((answer.status, answer.reason), (504, Reason::MayNotServeStale));
    };
    refused(bounded, 66, &[], OFFLINE);
    // It is disconnected when it cannot reach the origin, whether it knew that or not.
    let (_, unreachable) = answer(bounded, "max-age=5", 65, &[], BROKEN);
    assert_eq!(
        (unreachable.seen(), unreachable.reason),
        ((200, "old"), Reason::Disconnected)
    );
    refused(bounded, 66, &[], BROKEN);
    refused(Config::private(), 10, &[], BROKEN);
    refused(Config::private(), 10, &[], OFFLINE);
    refused(bounded, 10, &["Cache-Control: no-cache"], OFFLINE);
    let (_, error) = answer(bounded, "max-age=5", 10, &[], says(503, &["X: y"], "error"));
    assert_eq!(error.seen(), (503, "error"));
    // What is fresh but was to be validated for this request only is no exception.
    refused(Config::private(), 1, &["Cache-Control: no-cache"], BROKEN);
}

#[test]
fn an_unknown_age_is_never_within_bounds() {
    // req: 9111-4-14, 9111-4.2.3-09
    let config = Config::private().with_stale_when_disconnected(u32::MAX);
    let stored = Scenario::of(config).stored(200, &["Cache-Control: max-age=5, stale-if-error=600", ETAG]);
    let back = larder::Now::mono(1, 0).with_utc(0);
    let state = stored.stale(back, &get("/a"));
    let next = state.on_error(Failure::Disconnected, back);
    let ErrorNext::GatewayTimeout(end) = next else {
        panic!("{next:?}")
    };
    assert_eq!(end.reason(), Reason::MayNotServeStale);
    let next = stored
        .stale(at(9), &get("/a"))
        .on_error(Failure::Disconnected, at(9));
    assert!(matches!(next, ErrorNext::FromCache(_)));
}

#[test]
fn without_an_entry_there_is_only_the_error() {
    // req: 9111-4.2.4-06
    let mut cache = Cache::of(Config::private().with_stale_when_disconnected(600));
    for origin in [OFFLINE, BROKEN] {
        let ask = get("/a").with("Cache-Control: stale-if-error=600");
        assert_eq!(cache.fetch(0, &ask, &[origin]).status, 504);
    }
}

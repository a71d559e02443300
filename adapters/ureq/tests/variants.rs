//! Several stored responses of one resource, and a 304 that names any of them.

mod origin;

use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, larder};
use origin::{Origin, Reply};
use ureq::http::Response;
use ureq::{Agent, Body};

const STALE: (&str, &str) = ("Cache-Control", "max-age=0");

fn get(agent: &Agent, url: &str, fields: &[(&str, &str)]) -> (String, Outcome) {
    let request = fields.iter().fold(agent.get(url), |request, (name, value)| {
        request.header(*name, *value)
    });
    let mut response = request.call().unwrap();
    let outcome = CacheInfo::of(&response).unwrap().outcome();
    (response.body_mut().read_to_string().unwrap(), outcome)
}

#[test]
fn a_304_that_names_another_stored_response() {
    // req: 9111-4.3.4-02, 9111-4.3.4-06
    let fields = |tag, vary| [STALE, ("ETag", tag), ("Vary", vary)];
    let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![
        Reply::new(200, &fields("\"1\"", "a"), "one"),
        Reply::new(200, &fields("\"2\"", "b"), "two"),
        Reply::new(304, &fresh, ""),
    ]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    assert_eq!(get(&agent, &url, &[("a", "1")]).0, "one");
    assert_eq!(get(&agent, &url, &[("a", "2")]).0, "two");
    // Both would do; the later one is asked about, and is not what is there now.
    assert_eq!(
        get(&agent, &url, &[("a", "1")]),
        ("one".into(), Outcome::Validated)
    );
    assert_eq!(origin.asked()[2].field("if-none-match"), Some("\"2\""));
    assert_eq!(
        get(&agent, &url, &[("a", "1"), ("b", "3")]),
        ("one".into(), Outcome::Hit)
    );
    assert_eq!(origin.count(), 3);
}

#[test]
fn another_variant_answers_where_that_is_wanted() {
    // req: 9111-4.1-01, 9111-4.3.1-02, 9111-4.3.4-01
    let fields = |tag| [("Cache-Control", "max-age=60"), ("ETag", tag), ("Vary", "lang")];
    let origin = Origin::script(vec![
        Reply::new(200, &fields("\"e\""), "english"),
        Reply::new(200, &fields("\"d\""), "deutsch"),
        Reply::new(304, &[("ETag", "\"e\""), ("X-New", "1")], ""),
        Reply::new(304, &[("ETag", "\"e\"")], ""),
    ]);
    let config = larder::Config::private().with_validate_other_variants(true);
    let cache = Cache::builder(MemoryStore::new(1 << 20)).config(config).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    for (lang, body) in [("en", "english"), ("de", "deutsch")] {
        assert_eq!(get(&agent, &url, &[("lang", lang)]), (body.into(), Outcome::Miss));
    }
    for asked in [2, 3] {
        assert_eq!(
            get(&agent, &url, &[("lang", "fr")]),
            ("english".into(), Outcome::Validated)
        );
        let tags = origin.asked()[asked].field("if-none-match").unwrap().to_string();
        assert!(tags == "\"e\", \"d\"" || tags == "\"d\", \"e\"", "{tags}");
    }
    let mut response = agent.get(&url).header("lang", "en").call().unwrap();
    assert_eq!(response.headers().get("x-new"), None, "it was not updated");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "english");
    assert_eq!(origin.count(), 4);
}

#[test]
fn a_304_to_a_reload_is_the_callers() {
    // req: 9111-4.3.4-05: the date that it answers was the caller's. Where there is an entity tag it
    // need not name another one.
    let control = ("Cache-Control", "max-age=60");
    let old = [
        ("Cache-Control", "max-age=0"),
        ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT"),
    ];
    let origin = Origin::new(move |asked, number| match asked.field("if-modified-since") {
        _ if number == 0 => Reply::new(200, &old, "old"),
        Some("Mon, 01 Jul 2024 00:00:00 GMT") => Reply::new(304, &[control], ""),
        _ => Reply::new(200, &[control], "new"),
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let read = |response: Response<Body>| response.into_body().read_to_string().unwrap();
    read(agent.get(origin.url("/")).call().unwrap());
    let reload = agent
        .get(origin.url("/"))
        .header("if-modified-since", "Mon, 01 Jul 2024 00:00:00 GMT");
    let response = reload.extension(CacheMode::Reload).call().unwrap();
    assert_eq!(response.status(), 304);
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Miss);
    // What is stored was not confirmed by that, nor is it fresh now.
    assert_eq!(read(agent.get(origin.url("/")).call().unwrap()), "new");
}

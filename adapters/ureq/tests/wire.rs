//! What only shows on the wire: trailers, interim responses, folded lines, content that must not
//! change, and what never gets as far as the store.

mod flaky;
mod origin;

use std::io::Read;

use flaky::FlakyStore;
use larder_ureq::larder::store::shared::SharedStore;
use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use origin::{Origin, Reply, date};
use ureq::Agent;
use ureq::http::Response;

fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

fn read(mut response: Response<ureq::Body>) -> Vec<u8> {
    let mut body = Vec::new();
    response.body_mut().as_reader().read_to_end(&mut body).unwrap();
    body
}

fn outcome(response: &Response<ureq::Body>) -> Outcome {
    CacheInfo::of(response).unwrap().outcome()
}

#[test]
fn trailers_are_no_part_of_the_head() {
    // req: 9111-3.1-06, 9111-3.1-07, 9110-6.5.1-01
    let raw = format!(
        "HTTP/1.1 200 OK\r\nDate: {}\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\nCache-Control: no-store\r\nETag: \"t\"\r\nAge: 3600\r\nVary: *\r\n\
         Expires: 0\r\nX-Trailer: 1\r\n\r\n",
        date(0)
    );
    let origin = Origin::script(vec![Reply::raw(raw)]);
    let (_cache, agent) = cache();
    let url = origin.url("/");
    assert_eq!(read(agent.get(&url).call().unwrap()), b"hello");
    let hit = agent.get(&url).call().unwrap();
    assert_eq!(outcome(&hit), Outcome::Hit);
    assert_eq!(hit.headers().get("cache-control").unwrap(), "max-age=60");
    for name in ["etag", "vary", "expires", "x-trailer"] {
        assert_eq!(hit.headers().get(name), None, "{name}");
    }
    assert_eq!(read(hit), b"hello");
    assert_eq!(origin.count(), 1);
}

#[test]
fn interim_responses_come_before_the_one_that_counts() {
    // req: 9110-15.2-01
    let raw = format!(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nCache-Control: no-store\r\n\r\n\
         HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n\
         HTTP/1.1 200 OK\r\nDate: {}\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello",
        date(0)
    );
    let origin = Origin::script(vec![Reply::raw(raw)]);
    let (_cache, agent) = cache();
    let url = origin.url("/");
    let miss = agent.get(&url).call().unwrap();
    assert_eq!((miss.status().as_u16(), read(miss)), (200, b"hello".to_vec()));
    let hit = agent.get(&url).call().unwrap();
    assert_eq!((outcome(&hit), hit.headers().get("link")), (Outcome::Hit, None));
    assert_eq!(read(hit), b"hello");
}

#[test]
fn folded_lines_hide_nothing() {
    // req: 9112-5.2-01
    let raw = format!(
        "HTTP/1.1 200 OK\r\nDate: {}\r\nCache-Control: max-age=60,\r\n no-store\r\n\
         Content-Length: 5\r\n\r\nhello",
        date(0)
    );
    let origin = Origin::script(vec![Reply::raw(raw.clone()), Reply::raw(raw)]);
    let (cache, agent) = cache();
    for _ in 0..2 {
        // Refused by the parser, or read with its no-store.
        if let Ok(response) = agent.get(origin.url("/")).call() {
            assert_eq!(read(response), b"hello");
        }
    }
    assert_eq!((origin.count(), cache.store().usage().unwrap().entries), (2, 0));
}

#[test]
fn what_must_not_be_transformed_is_stored_as_it_came() {
    // req: 9111-5.2.2.6-01, 9111-5.2.1.6-01
    let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let fields = [
        ("Cache-Control", "max-age=60, no-transform"),
        ("Content-Encoding", "zstd"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ];
    let origin = Origin::script(vec![Reply::new(200, &fields, &bytes)]);
    let (_cache, agent) = cache();
    let url = origin.url("/");
    let get = || {
        agent
            .get(&url)
            .header("cache-control", "no-transform")
            .call()
            .unwrap()
    };
    assert_eq!(read(get()), bytes);
    let hit = get();
    assert_eq!(outcome(&hit), Outcome::Hit);
    assert_eq!(hit.headers().get("content-encoding").unwrap(), "zstd");
    assert_eq!(hit.headers().get("content-length").unwrap(), "3000");
    assert_eq!(read(hit), bytes);
    assert_eq!(origin.asked()[0].field("cache-control"), Some("no-transform"));
}

#[test]
fn nothing_of_a_no_store_exchange_gets_to_the_store() {
    // req: 9111-5.2.1.5-02, 9111-5.2.1.5-03, 9111-5.2.1.5-01, 9111-5.2.2.5-01
    let tag = ("ETag", "\"1\"");
    let origin = Origin::script(vec![
        Reply::new(200, &[("Cache-Control", "no-store, max-age=60"), tag], "secret"),
        Reply::new(200, &[("Cache-Control", "max-age=60"), tag], "secret"),
        Reply::new(200, &[("Cache-Control", "max-age=0"), tag], "stored"),
        Reply::new(304, &[("Cache-Control", "max-age=60"), tag, ("X", "secret")], ""),
        Reply::new(304, &[("Cache-Control", "no-store"), tag, ("X", "secret")], ""),
    ]);
    let store = FlakyStore::default();
    let cache = Cache::new(store.clone());
    let agent = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    let no_store = || {
        agent
            .get(&url)
            .header("cache-control", "no-store")
            .call()
            .unwrap()
    };
    assert_eq!(read(agent.get(&url).call().unwrap()), b"secret");
    assert_eq!(read(no_store()), b"secret");
    // Not begun and then given up: not begun.
    assert_eq!((store.begun(), store.usage().unwrap().bytes), (0, 0));
    assert_eq!(read(agent.get(&url).call().unwrap()), b"stored");
    let (begun, kept) = (store.begun(), store.usage().unwrap());
    assert_eq!(read(no_store()), b"stored");
    assert_eq!((store.begun(), store.usage().unwrap()), (begun, kept));
    // A response that forbids it ends what was stored before.
    assert_eq!(read(agent.get(&url).call().unwrap()), b"stored");
    assert_eq!((store.begun(), store.usage().unwrap().entries), (begun, 0));
    assert_eq!(origin.count(), 5);
}

#[test]
fn after_clearing_no_validator_goes_out() {
    // req: 9110-17.14-01
    let fields = [
        ("Cache-Control", "max-age=0"),
        ("ETag", "\"who\""),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let origin = Origin::script(vec![
        Reply::new(200, &fields, "1"),
        Reply::new(304, &fields, ""),
        Reply::new(200, &fields, "2"),
    ]);
    let (cache, agent) = cache();
    let url = origin.url("/");
    assert_eq!(read(agent.get(&url).call().unwrap()), b"1");
    assert_eq!(read(agent.get(&url).call().unwrap()), b"1");
    cache.clear().unwrap();
    assert_eq!(read(agent.get(&url).call().unwrap()), b"2");
    let asked = origin.asked();
    assert_eq!(asked[1].field("if-none-match"), Some("\"who\""));
    for name in ["if-none-match", "if-modified-since"] {
        assert_eq!(asked[2].field(name), None, "{name}");
    }
}

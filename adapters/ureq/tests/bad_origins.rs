//! Origins that break off, lie, and answer what was not asked: the right bytes or an error, and
//! nothing of it in the store.

mod client;
mod origin;

use std::io::{ErrorKind, Read};

use client::{body, cache};
use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use origin::{Origin, Reply};
use ureq::{Agent, Error};

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];
const CHECKED: &[(&str, &str)] = &[("Cache-Control", "no-cache"), ("ETag", "\"1\"")];

fn text(agent: &Agent, url: &str) -> Result<String, Error> {
    agent.get(url).call()?.body_mut().read_to_string()
}

fn entries(cache: &Cache<MemoryStore>) -> u64 {
    cache.usage().unwrap().entries
}

#[test]
fn a_head_that_breaks_off_is_an_error() {
    let whole = Reply::new(200, FRESH, "hello");
    for length in [0, 1, 12, 17, 40, whole.len() - 6] {
        for reset in [false, true] {
            let cut = whole.clone().cut(length);
            let cut = if reset { cut.reset() } else { cut };
            let origin = Origin::script(vec![cut, whole.clone()]);
            let (cache, agent) = cache();
            assert!(text(&agent, &origin.url("/")).is_err(), "{length} {reset}");
            assert_eq!(entries(&cache), 0);
            assert_eq!(text(&agent, &origin.url("/")).unwrap(), "hello");
            assert_eq!(entries(&cache), 1);
        }
    }
}

#[test]
fn a_head_that_breaks_off_is_a_failure_of_the_origin() {
    // req: 5861-4-02, 9111-4.2.4-06
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let cut = Reply::new(304, &lines, "").cut(20).reset();
    let origin = Origin::script(vec![Reply::new(200, &lines, "hello"), cut]);
    let (cache, agent) = cache();
    text(&agent, &origin.url("/")).unwrap();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Stale);
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!(entries(&cache), 1);
}

#[test]
fn a_length_that_is_too_long_is_an_error() {
    // req: 9111-3.3-03, 9112-6.3-01
    let reply = Reply::head(200, &[FRESH, &[("Content-Length", "12")]].concat());
    let mut bytes = reply.clone().bytes().to_vec();
    bytes.extend_from_slice(b"hello");
    let origin = Origin::script(vec![Reply::raw(bytes).closing()]);
    let (cache, agent) = cache();
    let mut body = body(&agent, &origin.url("/"));
    let mut some = Vec::new();
    let error = body.read_to_end(&mut some).unwrap_err();
    assert_eq!(
        (some.as_slice(), error.kind()),
        (&b"hello"[..], ErrorKind::UnexpectedEof)
    );
    assert_eq!(entries(&cache), 0);
}

#[test]
fn a_length_that_is_too_short_poisons_nothing() {
    // What comes after it might pass for the next response on the connection.
    let mut bytes = Reply::new(200, FRESH, "hello").bytes().to_vec();
    bytes.extend_from_slice(Reply::new(200, FRESH, "smuggled").bytes());
    let origin = Origin::new(move |asked, _| match asked.path.as_str() {
        "/" => Reply::raw(bytes.clone()),
        _ => Reply::new(200, FRESH, "right"),
    });
    let (_, agent) = cache();
    assert_eq!(text(&agent, &origin.url("/")).unwrap(), "hello");
    for _ in 0..2 {
        assert_eq!(text(&agent, &origin.url("/")).unwrap(), "hello");
        // An error would do, and would not be stored.
        let other = text(&agent, &origin.url("/other"));
        assert!(other.as_ref().map_or(true, |text| text == "right"), "{other:?}");
    }
}

#[test]
fn lengths_that_disagree_are_not_believed() {
    // req: 9110-8.6-03
    let two = [FRESH, &[("Content-Length", "5"), ("Content-Length", "12")]].concat();
    let mut bytes = Reply::head(200, &two).bytes().to_vec();
    bytes.extend_from_slice(b"hello, world");
    let origin = Origin::script(vec![Reply::raw(bytes).closing()]);
    let (cache, agent) = cache();
    let _ = text(&agent, &origin.url("/"));
    assert_eq!(entries(&cache), 0);
}

// With ureq's jar the cache cannot ask again by itself.
#[cfg(not(feature = "cookies"))]
#[test]
fn a_304_that_nobody_asked_for_confirms_nothing() {
    // req: 9111-4.3.4-01
    let without_validator = [("Cache-Control", "max-age=0, stale-if-error=60")];
    let origin = Origin::script(vec![
        Reply::new(304, FRESH, ""),
        Reply::new(200, &without_validator, "hello"),
        Reply::new(304, FRESH, ""),
        Reply::new(200, FRESH, "whole"),
    ]);
    let (cache, agent) = cache();
    let response = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(response.status(), 304);
    drop(response);
    assert_eq!(entries(&cache), 0);
    text(&agent, &origin.url("/")).unwrap();
    // Asked without a condition, since there is nothing to ask by.
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert!(
        origin
            .asked()
            .iter()
            .all(|asked| asked.field("if-none-match").is_none())
    );
    // It is no answer to what is stored: neither confirmed nor served as a whole response.
    let outcome = CacheInfo::of(&response).unwrap().outcome();
    assert_eq!(outcome, Outcome::Miss);
    match response.status().as_u16() {
        304 => assert_eq!(origin.count(), 3),
        status => {
            assert_eq!((status, origin.count()), (200, 4));
            assert_eq!(response.body_mut().read_to_string().unwrap(), "whole");
        }
    }
}

#[test]
fn a_206_that_nobody_asked_for_is_no_whole_response() {
    // req: 9111-3.3-03
    let part = [FRESH, &[("Content-Range", "bytes 0-4/12")]].concat();
    let origin = Origin::script(vec![
        Reply::new(206, &part, "hello"),
        Reply::new(200, FRESH, "hello, world"),
    ]);
    let (cache, agent) = cache();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!(entries(&cache), 0);
    assert_eq!(text(&agent, &origin.url("/")).unwrap(), "hello, world");

    // Nor does it confirm or replace what is validated.
    let origin = Origin::script(vec![
        Reply::new(200, CHECKED, "hello, world"),
        Reply::new(206, &part, "hello"),
        Reply::new(200, CHECKED, "hello, world"),
    ]);
    text(&agent, &origin.url("/")).unwrap();
    let mut response = agent.get(origin.url("/")).call().unwrap();
    let expected = if response.status() == 206 {
        "hello"
    } else {
        "hello, world"
    };
    assert_eq!(response.body_mut().read_to_string().unwrap(), expected);
    assert_eq!(text(&agent, &origin.url("/")).unwrap(), "hello, world");
}

#[test]
fn headers_without_end_are_an_error() {
    let mut many = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n".to_vec();
    let mut long = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nX: ".to_vec();
    for number in 0..100_000 {
        many.extend_from_slice(format!("X-{number}: y\r\n").as_bytes());
    }
    long.resize(1 << 20, b'x');
    for head in [many, long] {
        let origin = Origin::script(vec![Reply::raw(head).closing()]);
        let (cache, agent) = cache();
        assert!(text(&agent, &origin.url("/")).is_err());
        assert_eq!(entries(&cache), 0);
    }
}

#[test]
fn interim_responses_are_none() {
    // req: 9111-3-03
    let interim = b"HTTP/1.1 103 Early Hints\r\nCache-Control: max-age=60\r\nX: early\r\n\r\n";
    let whole = Reply::new(200, FRESH, "hello");
    let origin = Origin::script(vec![Reply::raw([interim, whole.bytes()].concat())]);
    let (_, agent) = cache();
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert!(!response.headers().contains_key("x"));
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    }
    assert_eq!(origin.count(), 1);
}

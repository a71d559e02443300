//! Callers that do with a body what they like.

mod client;
mod origin;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use client::{body, cache};
use origin::{Origin, Reply};
use ureq::BodyReader;

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60")];

fn origin() -> Origin {
    Origin::new(|asked, _| match asked.path.as_str() {
        "/length" => Reply::new(200, FRESH, "hello, world"),
        _ => Reply::chunked(200, FRESH, &[b"hello, ", b"world"]),
    })
}

/// What becomes of the first body, for a miss with a length, one in chunks, and a hit.
fn try_all(caller: impl Fn(BodyReader<'static>), stores: bool) {
    for path in ["/length", "/chunks"] {
        let origin = origin();
        let (cache, agent) = cache();
        let url = origin.url(path);
        let reader = || agent.get(&url).call().unwrap().into_body().into_reader();
        caller(reader());
        assert_eq!(cache.usage().unwrap().entries, u64::from(stores), "{path}");
        let mut text = String::new();
        reader().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello, world");
        assert_eq!(origin.count(), if stores { 1 } else { 2 });
        // A hit is as patient.
        caller(reader());
        text.clear();
        reader().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello, world");
        assert_eq!(origin.count(), if stores { 1 } else { 2 });
    }
}

#[test]
fn it_is_dropped() {
    try_all(drop, false);
}

#[test]
fn a_byte_is_read() {
    try_all(|mut body| body.read_exact(&mut [0]).unwrap(), false);
}

#[test]
fn it_is_read_byte_by_byte() {
    let caller = |mut body: BodyReader<'static>| {
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        while body.read(&mut byte).unwrap() > 0 {
            bytes.extend_from_slice(&byte);
        }
        assert_eq!(bytes, b"hello, world");
    };
    try_all(caller, true);
}

#[test]
fn it_is_read_on_another_thread() {
    let caller = |mut body: BodyReader<'static>| {
        let mut text = String::new();
        body.read_exact(&mut [0; 3]).unwrap();
        let other = thread::spawn(move || body.read_to_string(&mut text).map(|_| text));
        assert_eq!(other.join().unwrap().unwrap(), "lo, world");
    };
    try_all(caller, true);
}

#[test]
fn a_panic_while_it_is_read() {
    let caller = |mut body: BodyReader<'static>| {
        let panic = catch_unwind(AssertUnwindSafe(move || {
            body.read_exact(&mut [0; 3]).unwrap();
            panic!("planted");
        }));
        assert!(panic.is_err());
    };
    try_all(caller, false);
    // The same on a thread of its own, which ends with it.
    let caller = |mut body: BodyReader<'static>| {
        let other = thread::spawn(move || {
            body.read_exact(&mut [0; 3]).unwrap();
            panic!("planted");
        });
        assert!(other.join().is_err());
    };
    try_all(caller, false);
}

#[test]
fn it_is_kept_longer_than_everything_else() {
    let origin = origin();
    let (cache, agent) = cache();
    let mut miss = body(&agent, &origin.url("/chunks"));
    let mut length = agent.get(origin.url("/length")).call().unwrap();
    length.body_mut().read_to_vec().unwrap();
    let mut hit = body(&agent, &origin.url("/length"));
    cache.clear().unwrap();
    drop((cache, agent));
    for body in [&mut miss, &mut hit] {
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello, world");
    }
}

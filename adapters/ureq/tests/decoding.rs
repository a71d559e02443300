//! What ureq decodes on the way is stored as it arrives here. These need ureq's features.
#![allow(unused)]

mod origin;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::Agent;

/// "hello, world", compressed.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51,
    0x28, 0xcf, 0x2f, 0xca, 0x49, 0x01, 0x00, 0x3a, 0x72, 0xab, 0xff, 0x0c, 0x00, 0x00, 0x00,
];

const LINES: &[(&str, &str)] = &[
    ("Cache-Control", "max-age=60"),
    ("Content-Encoding", "gzip"),
    ("Content-Type", "text/plain"),
    ("ETag", "\"1\""),
];

fn cache(unproven: bool) -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::builder(MemoryStore::new(1 << 20))
        .unproven_framing(unproven)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

#[cfg(feature = "gzip")]
#[test]
fn gzip_is_stored_decoded() {
    // req: 9111-3.2-05, 9110-8.6-03
    let (first, second) = GZIP.split_at(11);
    let no_cache: Vec<_> = [&[("Cache-Control", "no-cache")], &LINES[1..]].concat();
    let origin = Origin::script(vec![
        Reply::chunked(200, &no_cache, &[first, second]),
        Reply::new(
            304,
            &[
                ("Cache-Control", "max-age=60"),
                ("Content-Encoding", "gzip"),
                ("ETag", "\"1\""),
            ],
            "",
        ),
    ]);
    let (_, agent) = cache(false);
    for outcome in [Outcome::Miss, Outcome::Validated, Outcome::Hit] {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(CacheInfo::of(&response).unwrap().outcome(), outcome);
        for name in ["content-encoding", "content-length"] {
            assert!(!response.headers().contains_key(name), "{outcome:?}: {name}");
        }
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello, world");
    }
    assert_eq!(origin.count(), 2);
    let hit = agent.get(origin.url("/")).call().unwrap();
    assert_eq!(CacheInfo::of(&hit).unwrap().content_length(), Some(12));
}

/// "hello", compressed.
const BROTLI: &[u8] = &[0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];

/// The codings that are decoded here: their names, a body, what it says.
fn codings() -> Vec<(&'static str, &'static [u8], &'static str)> {
    let mut codings = Vec::new();
    if cfg!(feature = "gzip") {
        codings.push(("gzip", GZIP, "hello, world"));
    }
    if cfg!(feature = "brotli") {
        codings.push(("br", BROTLI, "hello"));
    }
    codings
}

/// A body that is framed by its length, by the end of the connection (announced or not), by
/// nothing of HTTP/1.1, and in chunks.
fn framings(coding: &str, body: &[u8]) -> Vec<Reply> {
    let lines = [
        ("Cache-Control", "max-age=60"),
        ("Content-Encoding", coding),
        ("Content-Type", "text/plain"),
    ];
    let raw = |version: &str, more: &str| {
        let mut bytes = format!("HTTP/{version} 200 OK\r\n{more}").into_bytes();
        for (name, value) in lines {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Reply::raw(bytes).closing()
    };
    vec![
        Reply::new(200, &lines, body),
        raw("1.1", ""),
        raw("1.1", "Connection: close\r\n"),
        raw("1.0", ""),
        Reply::chunked(200, &lines, &[body]),
    ]
}

#[test]
fn what_was_decoded_has_proven_that_it_is_whole() {
    // req: 9111-3.3-03
    for (coding, body, text) in codings() {
        for (number, reply) in framings(coding, body).into_iter().enumerate() {
            let origin = Origin::script(vec![reply]);
            let (cache, agent) = cache(false);
            for outcome in [Outcome::Miss, Outcome::Hit] {
                let mut response = agent.get(origin.url("/")).call().unwrap();
                let info = CacheInfo::of(&response).unwrap().clone();
                assert_eq!(info.outcome(), outcome, "{coding} {number}");
                if outcome == Outcome::Miss {
                    // Only chunks show themselves.
                    let chunked = number == 4;
                    let expected = if chunked {
                        Stored::OnceRead
                    } else {
                        Stored::OnceProven
                    };
                    assert_eq!(info.stored(), expected, "{coding} {number}");
                }
                assert_eq!(response.body_mut().read_to_string().unwrap(), text);
            }
            assert_eq!(origin.count(), 1);
        }
    }
}

#[test]
fn half_of_what_is_decoded_is_not_stored() {
    // req: 9111-3.3-03
    for unproven in [false, true] {
        for (coding, body, _) in codings() {
            for left in 0..body.len() {
                for (number, reply) in framings(coding, body).into_iter().enumerate() {
                    // What of the body is missing, or of its chunk.
                    let tail = if number == 4 { 7 } else { 0 };
                    let cut = reply.clone().cut(reply.len() - tail - (body.len() - left));
                    let origin = Origin::script(vec![cut]);
                    let (cache, agent) = cache(unproven);
                    let read = agent.get(origin.url("/")).call().map(|mut response| {
                        // Bytes, because ureq takes text leniently.
                        response.body_mut().read_to_vec()
                    });
                    let read = read.and_then(|read| read);
                    assert!(read.is_err(), "{coding} {number} {left}");
                    assert_eq!(cache.usage().unwrap().entries, 0);
                }
            }
        }
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_length_counts_all_members() {
    // gzip may have several members; the first of two is not the whole.
    let two = [GZIP, GZIP].concat();
    let lines = [("Cache-Control", "max-age=60"), ("Content-Encoding", "gzip")];
    let whole = Reply::new(200, &lines, &two);
    let cut = whole.clone().cut(whole.len() - GZIP.len());
    let origin = Origin::script(vec![cut, whole]);
    let (cache, agent) = cache(false);
    let mut response = agent.get(origin.url("/")).call().unwrap();
    assert!(response.body_mut().read_to_vec().is_err());
    assert_eq!(cache.usage().unwrap().entries, 0);
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert_eq!(text, "hello, worldhello, world");
    }
    assert_eq!(origin.count(), 2);
}

#[cfg(feature = "gzip")]
#[test]
fn a_decoded_body_streams() {
    // It arrives before it has ended, and a caller may leave it there.
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let lines = [("Cache-Control", "max-age=60"), ("Content-Encoding", "gzip")];
    let reply = Reply::new(200, &lines, [GZIP, GZIP].concat()).late(GZIP.len(), move || {
        let _ = gate
            .lock()
            .unwrap()
            .recv_timeout(std::time::Duration::from_secs(20));
    });
    let origin = Origin::script(vec![reply]);
    let (cache, agent) = cache(false);
    let mut body = agent
        .get(origin.url("/"))
        .call()
        .unwrap()
        .into_body()
        .into_reader();
    let mut first = [0; 12];
    std::io::Read::read_exact(&mut body, &mut first).unwrap();
    assert_eq!(&first, b"hello, world");
    drop(body);
    drop(go);
    assert_eq!(cache.usage().unwrap().entries, 0);
}

#[cfg(feature = "gzip")]
#[test]
fn a_head_and_a_304_with_content_encoding_are_not_read() {
    // ureq would report the empty body as a broken one.
    let chunked = Reply::chunked(200, LINES, &[GZIP]);
    let origin = Origin::new(move |asked, _| match asked.method.as_str() {
        "HEAD" => Reply::head(200, &[LINES, &[("Content-Length", "32")]].concat()),
        _ if asked.field("if-none-match").is_some() => Reply::new(304, LINES, ""),
        _ => chunked.clone(),
    });
    let (_, agent) = cache(false);
    assert_eq!(agent.head(origin.url("/")).call().unwrap().status(), 200);
    for _ in 0..2 {
        let mut response = agent
            .get(origin.url("/"))
            .header("cache-control", "no-cache")
            .call()
            .unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello, world");
    }
}

#[cfg(not(feature = "gzip"))]
#[test]
fn what_is_not_decoded_keeps_its_coding() {
    let origin = Origin::script(vec![Reply::new(200, LINES, GZIP)]);
    let (_, agent) = cache(false);
    for _ in 0..2 {
        let response = agent.get(origin.url("/")).call().unwrap();
        // ureq's gzip may be on although ours is off: features are unified.
        if !response.headers().contains_key("content-encoding") {
            return;
        }
        assert_eq!(response.headers()["content-length"], "32");
        assert_eq!(response.into_body().read_to_vec().unwrap(), GZIP);
    }
    assert_eq!(origin.count(), 1);
}

#[cfg(feature = "charset")]
#[test]
fn text_is_stored_in_utf_8() {
    let lines = [
        ("Cache-Control", "max-age=60"),
        ("Content-Type", "text/plain; charset=iso-8859-1"),
    ];
    let origin = Origin::script(vec![Reply::new(200, &lines, [b'c', b'a', b'f', 0xE9])]);
    let (cache, agent) = cache(false);
    for outcome in [Outcome::Miss, Outcome::Hit] {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(CacheInfo::of(&response).unwrap().outcome(), outcome);
        assert_eq!(response.body_mut().read_to_string().unwrap(), "caf\u{e9}");
        // Counts the bytes before: right on the way in, wrong ever after.
        assert_eq!(
            response.headers().contains_key("content-length"),
            outcome == Outcome::Miss
        );
    }
    assert_eq!((origin.count(), cache.stats().stored), (1, 1));
}

#[cfg(feature = "cookies")]
#[test]
fn what_depends_on_the_jar_is_not_stored() {
    let origin = Origin::new(|asked, _| {
        let cookie = asked.field("cookie").unwrap_or("none").to_string();
        let lines = [
            ("Cache-Control", "max-age=60"),
            ("Vary", "Accept, Cookie"),
            ("Set-Cookie", "id=1"),
        ];
        Reply::new(200, &lines, cookie)
    });
    let (cache, agent) = cache(false);
    for text in ["none", "id=1", "id=1"] {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::CookieJar);
        assert_eq!(response.body_mut().read_to_string().unwrap(), text);
    }
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (3, 0));
}

#[test]
fn what_is_not_decoded_keeps_its_coding_whatever_its_framing() {
    // req: 9111-3.1-01: without it, nobody could read the body.
    let lines = [("Cache-Control", "max-age=60"), ("Content-Encoding", "zstd")];
    let unframed = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Encoding: zstd\r\n\r\ncoded";
    for reply in [
        Reply::chunked(200, &lines, &[b"coded"]),
        Reply::raw(unframed).closing(),
    ] {
        let origin = Origin::script(vec![reply]);
        let (_, agent) = cache(true);
        let get = || agent.get(origin.url("/")).call().unwrap();
        // The second one reads what is on its way, the third what is stored.
        let (first, second) = (get(), get());
        for response in [first, second].into_iter().chain(std::iter::once_with(get)) {
            assert_eq!(response.headers()["content-encoding"], "zstd");
            assert_eq!(response.into_body().read_to_vec().unwrap(), b"coded");
        }
        assert_eq!(origin.count(), 1);
    }
}

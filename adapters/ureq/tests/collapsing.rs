//! Many who ask for the same at once.

mod client;
mod origin;

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::Duration;

use client::{cache, text};
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, Stored};
use origin::{Origin, Reply};
use ureq::{Agent, BodyReader};

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];

fn slowly(reply: &Reply) -> Reply {
    reply
        .clone()
        .late(reply.len(), || std::thread::sleep(Duration::from_millis(200)))
}

/// The bodies that so many threads get which ask at once.
fn at_once(count: usize, get: impl Fn(usize) -> String + Sync) -> Vec<String> {
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let (barrier, get) = (&barrier, &get);
                scope.spawn(move || {
                    barrier.wait();
                    get(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn thirty_two_ask_and_one_request_goes_out() {
    // req: 9111-4-10
    let body = "x".repeat(100_000);
    for reply in [
        Reply::new(200, FRESH, &body),
        Reply::chunked(200, FRESH, &[body.as_bytes()]),
    ] {
        let origin = Origin::script(vec![slowly(&reply)]);
        let (cache, agent) = cache();
        let texts = at_once(32, |_| text(&agent, &origin.url("/")));
        assert!(texts.iter().all(|text| *text == body));
        assert_eq!((origin.count(), cache.stats().hits), (1, 31));
    }
}

#[test]
fn one_validation_for_all() {
    let stale = [("Cache-Control", "max-age=0"), ("ETag", "\"1\"")];
    let origin = Origin::script(vec![
        Reply::new(200, &stale, "hello"),
        slowly(&Reply::new(304, FRESH, "")),
    ]);
    let (_, agent) = cache();
    text(&agent, &origin.url("/"));
    let texts = at_once(8, |_| text(&agent, &origin.url("/")));
    assert!(texts.iter().all(|text| text == "hello"));
    assert_eq!(origin.count(), 2);
}

#[test]
fn what_cannot_answer_the_others_they_ask_for_all_at_once() {
    // req: 9111-4-11. One after the other, 32 answers that take a second would take half a minute.
    let (arrived, barrier) = (AtomicUsize::new(0), Barrier::new(31));
    let origin = Origin::new(move |_, _| {
        if arrived.fetch_add(1, Ordering::SeqCst) > 0 {
            // Answered when all of them are here, or never.
            barrier.wait();
        }
        slowly(&Reply::new(200, &[("Cache-Control", "no-store")], "mine"))
    });
    let (_, agent) = cache();
    assert_eq!(at_once(32, |_| text(&agent, &origin.url("/"))), ["mine"; 32]);
    assert_eq!(origin.count(), 32);
}

#[test]
fn other_credentials_and_other_fields_are_another_request() {
    // req: 9111-4-11
    let origin = Origin::new(|asked, _| {
        let who = asked.field("authorization").unwrap_or("nobody").to_string();
        slowly(&Reply::new(200, FRESH, who))
    });
    let (_, agent) = cache();
    let get = |who: usize| {
        let request = agent
            .get(origin.url("/"))
            .header("authorization", who.to_string());
        request.call().unwrap().body_mut().read_to_string().unwrap()
    };
    assert_eq!(at_once(4, get), ["0", "1", "2", "3"]);
    assert_eq!(origin.count(), 4);
}

#[cfg(not(feature = "cookies"))]
#[test]
fn a_leader_that_fails_leaves_the_others_to_themselves() {
    let whole = Reply::new(200, FRESH, "hello");
    let cut = whole.clone().cut(whole.len() - 3);
    let origin = Origin::script(vec![slowly(&cut), whole]);
    let (_, agent) = cache();
    let texts = at_once(4, |_| {
        let mut response = agent.get(origin.url("/")).call().unwrap();
        response.body_mut().read_to_string().unwrap_or_default()
    });
    assert_eq!(texts.iter().filter(|text| *text == "hello").count(), 3);
    assert_eq!(texts.iter().filter(|text| text.is_empty()).count(), 1);
}

/// A gate that opens once.
#[derive(Clone)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn closed() -> Self {
        Self(Arc::default())
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let (open, changed) = &*self.0;
        let hang_guard = Duration::from_secs(60);
        let waited = changed.wait_timeout_while(open.lock().unwrap(), hang_guard, |open| !*open);
        assert!(!waited.unwrap().1.timed_out());
    }
}

fn reader(agent: &Agent, url: &str) -> BodyReader<'static> {
    agent.get(url).call().unwrap().into_body().into_reader()
}

fn rest(body: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Bytes of which no two parts are alike.
fn body(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

#[test]
fn who_comes_later_reads_what_is_there_before_the_rest_has_come() {
    let gate = Gate::closed();
    let at_gate = gate.clone();
    let reply = Reply::new(200, FRESH, "hello, world").late(5, move || at_gate.pass());
    let origin = Origin::script(vec![reply]);
    let (cache, agent) = cache();
    let url = origin.url("/");
    let mut first = reader(&agent, &url);
    let second = agent.get(&url).call().unwrap();
    let info = CacheInfo::of(&second).unwrap();
    assert_eq!((info.outcome(), info.stored()), (Outcome::Hit, Stored::OnceRead));
    assert_eq!((info.collapsed(), info.content_length()), (true, Some(12)));
    assert!(second.headers().contains_key("age"));
    let mut second = second.into_body().into_reader();
    let mut start = [0; 7];
    second.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"hello, ");
    assert_eq!(cache.usage().unwrap().entries, 0);
    gate.open();
    assert_eq!(rest(&mut second), b"world");
    assert_eq!(cache.usage().unwrap().entries, 1);
    assert_eq!(rest(&mut first), b"hello, world");
    assert_eq!((origin.count(), cache.stats().collapsed), (1, 1));
}

#[test]
fn nobody_waits_for_a_body_that_nobody_reads() {
    // The first reads nothing, or a byte, and the others get it all, on whatever thread.
    for read in [0, 1] {
        let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
        let (_, agent) = cache();
        let url = origin.url("/");
        let mut first = reader(&agent, &url);
        first.read_exact(&mut vec![0; read]).unwrap();
        let mut second = reader(&agent, &url);
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(text(&agent, &url), "hello"));
        });
        assert_eq!(rest(&mut first), &b"hello"[read..]);
        assert_eq!(rest(&mut second), b"hello");
        assert_eq!(origin.count(), 1);
    }
}

#[test]
fn a_body_goes_on_without_the_one_who_asked_for_it() {
    let origin = Origin::script(vec![Reply::chunked(200, FRESH, &[b"hello, ", b"world"])]);
    let (cache, agent) = cache();
    let mut first = reader(&agent, &origin.url("/"));
    first.read_exact(&mut [0; 2]).unwrap();
    let mut second = reader(&agent, &origin.url("/"));
    drop(first);
    assert_eq!(rest(&mut second), b"hello, world");
    assert_eq!(cache.usage().unwrap().entries, 1);
    assert_eq!(text(&agent, &origin.url("/")), "hello, world");
    assert_eq!(origin.count(), 1);
}

#[test]
fn when_all_have_gone_nothing_is_left() {
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let (cache, agent) = cache();
    let readers = [reader(&agent, &origin.url("/")), reader(&agent, &origin.url("/"))];
    assert_eq!(origin.count(), 1);
    drop(readers);
    assert_eq!(
        cache.usage().unwrap(),
        Cache::new(MemoryStore::new(1)).usage().unwrap()
    );
    assert_eq!(text(&agent, &origin.url("/")), "hello");
    assert_eq!(origin.count(), 2);
}

#[test]
fn who_falls_behind_goes_on_from_the_store() {
    let whole = body(3 << 20);
    for reply in [
        Reply::new(200, FRESH, &whole),
        Reply::chunked(200, FRESH, &[&whole]),
    ] {
        for slow in [0, 1] {
            let origin = Origin::script(vec![reply.clone()]);
            let (_, agent) = cache();
            let mut readers = [reader(&agent, &origin.url("/")), reader(&agent, &origin.url("/"))];
            let mut start = vec![0; 1000];
            readers[slow].read_exact(&mut start).unwrap();
            assert!(rest(&mut readers[1 - slow]) == whole);
            start.append(&mut rest(&mut readers[slow]));
            assert!(start == whole);
            assert_eq!(origin.count(), 1);
        }
    }
}

#[test]
fn who_falls_behind_lets_the_body_end() {
    // The fast one has stopped too, half-way: the slow one brings it to its end for the store.
    let whole = body(3 << 20);
    let origin = Origin::script(vec![Reply::new(200, FRESH, &whole)]);
    let (cache, agent) = cache();
    let mut slow = reader(&agent, &origin.url("/"));
    let mut fast = reader(&agent, &origin.url("/"));
    let mut half = vec![0; 2 << 20];
    fast.read_exact(&mut half).unwrap();
    assert!(rest(&mut slow) == whole);
    assert_eq!(cache.usage().unwrap().entries, 1);
    half.append(&mut rest(&mut fast));
    assert!(half == whole);
    assert_eq!(origin.count(), 1);
}

// With ureq's jar nobody can ask again: the request would not have the same cookies.
#[cfg(not(feature = "cookies"))]
#[test]
fn what_is_neither_here_nor_stored_is_asked_for_again() {
    let whole = body(2 << 20);
    let mut other = whole.clone();
    other[500] ^= 1;
    let same = Reply::chunked(200, FRESH, &[&whole]);
    let others = [
        (same.clone(), true),
        (Reply::chunked(200, FRESH, &[&other]), false),
        (Reply::chunked(200, FRESH, &[&whole[..700]]), false),
        (Reply::new(404, FRESH, &whole), false),
    ];
    // The slow one has read this much before there was another.
    for ((again, is_rest), alone) in others
        .iter()
        .flat_map(|other| [0, 600, 1000].map(|alone| (other, alone)))
    {
        let origin = Origin::script(vec![same.clone(), again.clone()]);
        let cache = Cache::builder(MemoryStore::new(16 << 20))
            .max_entry_size(1 << 20)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        let mut slow = reader(&agent, &origin.url("/"));
        let mut start = vec![0; 1000];
        slow.read_exact(&mut start[..alone]).unwrap();
        let mut fast = reader(&agent, &origin.url("/"));
        slow.read_exact(&mut start[alone..]).unwrap();
        assert!(rest(&mut fast) == whole);
        let read = slow.read_to_end(&mut start);
        assert_eq!(origin.count(), 2);
        match is_rest {
            true => assert!(start == whole),
            // Half of one and half of another is worse than an error.
            false => assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::InvalidData),
        }
    }
}

#[cfg(not(feature = "cookies"))]
#[test]
fn who_comes_while_the_first_waits_for_more_does_not_spoil_it_for_him() {
    let whole = body(2 << 20);
    let reply = Reply::chunked(200, FRESH, &[&whole]);
    let (more, gate) = (Arc::new(Barrier::new(2)), reply.len() - 3000);
    let at_gate = Arc::clone(&more);
    let paused = reply.clone().late(gate, move || {
        at_gate.wait();
    });
    let origin = Origin::script(vec![paused, reply]);
    let cache = Cache::builder(MemoryStore::new(16 << 20))
        .max_entry_size(1 << 20)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let mut slow = reader(&agent, &origin.url("/"));
    std::thread::scope(|scope| {
        // more than there is
        let waits = scope.spawn(move || {
            let mut start = vec![0; 10_000];
            slow.read_exact(&mut start).unwrap();
            (slow, start)
        });
        std::thread::sleep(Duration::from_millis(200));
        let mut fast = reader(&agent, &origin.url("/"));
        more.wait();
        let (mut slow, mut start) = waits.join().unwrap();
        assert!(rest(&mut fast) == whole);
        start.append(&mut rest(&mut slow));
        assert!(start == whole);
    });
    assert_eq!(origin.count(), 2);
}

#[test]
fn nobody_is_answered_with_what_was_asked_for_before_a_change() {
    // req: 9111-4.4-01
    let origin = Origin::new(|asked, number| match asked.method.as_str() {
        "POST" => Reply::new(204, &[], ""),
        _ => Reply::new(200, FRESH, if number == 0 { "old" } else { "new" }),
    });
    let (cache, agent) = cache();
    let url = origin.url("/");
    let changes: [&dyn Fn(); 3] = [
        &|| drop(agent.post(&url).send("change").unwrap()),
        &|| assert_eq!(cache.remove(&url).unwrap(), 0),
        &|| cache.clear().unwrap(),
    ];
    for (number, change) in changes.iter().enumerate() {
        let before = origin.count();
        let mut first = reader(&agent, &url);
        change();
        assert_eq!(text(&agent, &url), "new");
        let changed = usize::from(number == 0);
        assert_eq!(origin.count(), before + changed + 2);
        rest(&mut first);
        cache.clear().unwrap();
    }
}

#[test]
fn nobody_is_answered_with_what_was_asked_for_before_a_later_response() {
    // req: 9111-4-12
    for (control, mode, line) in [
        ("max-age=0", CacheMode::Reload, "same"),
        ("no-store", CacheMode::Reload, "same"),
        ("max-age=0", CacheMode::Default, "another"),
    ] {
        let origin = Origin::new(move |_, number| match number {
            0 => Reply::new(200, FRESH, "old"),
            _ => Reply::new(200, &[("Cache-Control", control)], "new"),
        });
        let (_, agent) = cache();
        let get = |line: &str, mode| {
            let request = agent.get(origin.url("/")).header("x", line).extension(mode);
            request.call().unwrap().into_body()
        };
        let mut old = get("same", CacheMode::Default);
        // the clock goes in milliseconds
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(get(line, mode).read_to_string().unwrap(), "new");
        let third = get("same", CacheMode::Default).read_to_string().unwrap();
        assert_eq!(third, "new", "{control} {mode:?}");
        assert_eq!(old.read_to_string().unwrap(), "old");
    }
}

#[test]
fn cache_status_says_collapsed() {
    // req: 9211-2.6-01
    let lines = [("Cache-Control", "max-age=60"), ("Vary", "*")];
    let origin = Origin::new(move |asked, _| match asked.path.as_str() {
        "/shared" => slowly(&Reply::new(200, FRESH, "hello")),
        _ => slowly(&Reply::new(200, &lines, "hello")),
    });
    let cache = Cache::builder(MemoryStore::new(1 << 20))
        .cache_status("c")
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let said = |path: &str| {
        let unread = Mutex::new(Vec::new());
        let mut said = at_once(2, |_| {
            let response = agent.get(origin.url(path)).call().unwrap();
            let line = response.headers()["cache-status"].to_str().unwrap().to_owned();
            unread.lock().unwrap().push(response);
            line
        });
        said.sort();
        said
    };
    let shared = said("/shared");
    assert!(
        shared[0].starts_with("c; fwd=uri-miss; collapsed; ttl="),
        "{shared:?}"
    );
    assert_eq!(shared[1], "c; fwd=uri-miss; fwd-status=200; stored");
    let apart = said("/apart");
    let alone = "c; fwd=uri-miss; fwd-status=200; detail=VaryAny";
    let in_vain = "c; fwd=uri-miss; fwd-status=200; collapsed=?0; detail=VaryAny";
    // A thread that comes late on a busy machine need not wait at all.
    assert!([in_vain, alone].contains(&&*apart[0]), "{apart:?}");
    assert_eq!(apart[1], alone);
}

#[test]
fn off_where_it_is_not_wanted() {
    let origin = Origin::script(vec![slowly(&Reply::new(200, FRESH, "hello"))]);
    let cache = Cache::builder(MemoryStore::new(1 << 20)).collapse(false).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    // Both at once on one thread: neither waits for the other.
    let mut readers = [reader(&agent, &origin.url("/")), reader(&agent, &origin.url("/"))];
    assert_eq!(readers.each_mut().map(rest), [b"hello"; 2]);
    assert_eq!(origin.count(), 2);
}

#[cfg(not(feature = "cookies"))]
#[test]
fn a_body_goes_with_its_own_head() {
    // The first one breaks off before anybody has read a byte of it: what is asked for again may
    // be anything.
    let dated = |tag, kind, date| {
        [
            FRESH[0],
            ("ETag", tag),
            ("Content-Type", kind),
            ("Last-Modified", date),
        ]
    };
    let head = |tag, kind| dated(tag, kind, "Mon, 01 Jan 2024 00:00:00 GMT");
    let first = Reply::new(200, &head("\"1\"", "text/plain"), "hello, world");
    let cut = first.clone().cut(first.len() - 12);
    let others = [
        (head("\"2\"", "text/plain"), "another word"),
        (head("\"1\"", "text/html"), "hello, world"),
        (head("\"1\"", "text/plain"), "hello, longer world"),
        (
            dated("\"1\"", "text/plain", "Tue, 02 Jan 2024 00:00:00 GMT"),
            "another word",
        ),
    ];
    for (lines, body) in others {
        let origin = Origin::script(vec![cut.clone(), Reply::new(200, &lines, body)]);
        let (_, agent) = cache();
        let mut leader = reader(&agent, &origin.url("/"));
        let mut follower = reader(&agent, &origin.url("/"));
        assert!(leader.read(&mut [0]).is_err());
        let error = follower.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{lines:?}");
        assert_eq!(origin.count(), 2);
    }
}

#[test]
fn nothing_is_asked_for_again_offline() {
    let whole = Reply::new(200, FRESH, "hello, world");
    let origin = Origin::script(vec![whole.clone().cut(whole.len() - 12), whole]);
    let (cache, agent) = cache();
    let mut leader = reader(&agent, &origin.url("/"));
    let mut follower = reader(&agent, &origin.url("/"));
    cache.set_offline(true);
    assert!(leader.read(&mut [0]).is_err());
    assert!(follower.read(&mut [0]).is_err());
    assert_eq!(origin.count(), 1);
}

#[cfg(not(feature = "cookies"))]
#[test]
fn without_validators_everything_must_be_the_same() {
    let head = |version| [FRESH[0], ("X-Version", version)];
    let first = Reply::new(200, &head("1"), "hello, world");
    let cut = first.clone().cut(first.len() - 12);
    let tagged = [FRESH[0], FRESH[1], ("X-Version", "1")];
    let tagged_first = Reply::new(200, &tagged, "hello, world");
    let tagged_cut = tagged_first.clone().cut(tagged_first.len() - 12);
    let others = [
        (cut.clone(), first, Some("hello, world")),
        // Other content, or perhaps not: nothing tells.
        (cut, Reply::new(200, &head("2"), "another word"), None),
        (
            tagged_cut.clone(),
            Reply::new(200, FRESH, "hello, world"),
            Some("hello, world"),
        ),
        // A length that was promised is kept.
        (tagged_cut, Reply::chunked(200, &tagged, &[b"hello"]), None),
    ];
    for (number, (cut, other, expected)) in others.into_iter().enumerate() {
        let origin = Origin::script(vec![cut, other]);
        let (_, agent) = cache();
        let mut leader = reader(&agent, &origin.url("/"));
        let mut follower = reader(&agent, &origin.url("/"));
        assert!(leader.read(&mut [0]).is_err());
        let mut text = String::new();
        let read = follower.read_to_string(&mut text);
        assert_eq!(read.ok().map(|_| text.as_str()), expected, "{number}");
        assert_eq!(origin.count(), 2);
    }
}

#[test]
fn a_redirect_is_no_answer_to_who_follows_it() {
    let origin = Origin::new(|asked, _| match asked.path.as_str() {
        "/a" => Reply::new(301, &[("Location", "/b"), FRESH[0]], "moved"),
        _ => Reply::new(200, FRESH, "end"),
    });
    let (cache, agent) = cache();
    let other = cache.agent(|builder| {
        let builder = builder.proxy(None).max_redirects(0);
        builder.max_redirects_will_error(false)
    });
    let redirect = other.get(origin.url("/a")).call().unwrap();
    assert_eq!(redirect.status(), 301);
    assert_eq!(text(&agent, &origin.url("/a")), "end");
}

#[test]
fn agents_that_the_cache_does_not_know_share_with_themselves() {
    let origin = Origin::new(|_, _| Reply::new(200, FRESH, "hello"));
    let (cache, _) = cache();
    let of = || {
        let builder = Agent::config_builder().proxy(None);
        Agent::from(builder.middleware(cache.middleware()).build())
    };
    let (one, other) = (of(), of());
    let bodies = [&one, &one, &other].map(|agent| reader(agent, &origin.url("/")));
    assert_eq!(origin.count(), 2);
    for mut body in bodies {
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
}

#[test]
fn what_may_not_be_stored_is_not_promised_to_others() {
    let unframed = "HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\nhello";
    let origin = Origin::script(vec![Reply::raw(unframed).closing()]);
    let (_, agent) = cache();
    let stored = [(); 2].map(|()| agent.get(origin.url("/")).call().unwrap());
    for response in stored {
        assert_eq!(CacheInfo::of(&response).unwrap().stored(), Stored::OnceProven);
    }
    assert_eq!(origin.count(), 1);
}

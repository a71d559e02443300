//! A device that polls, seen from outside: what it gets, and what goes over the air.

mod support;

use std::cell::Cell;

use larder::store::{Store, slots::SlotStore};
use larder::{Config, Headers, Now, Partition, Reason};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Answer, Client, Clock, Error, Request, StoreLock, Transport};
use support::{DAY, Net, Reply, TestClock, field, run};

type Slots = SlotStore<4, 512, 64>;

static PRIVATE: Config = Config::private();

/// One resource whose version changes; a day-old tag gets a 200, the current one a 304.
fn tagged<'v>(version: &'v Cell<u32>, directives: &'static str) -> impl FnMut(&str) -> Reply + 'v {
    move |request| {
        if request.starts_with("POST") {
            version.set(version.get() + 1);
            return Reply::of(204, "", "");
        }
        let tag = format!("\"{}\"", version.get());
        let fields = format!("Cache-Control: {directives}\r\nETag: {tag}\r\n");
        match field(request, "if-none-match") == Some(&tag) {
            true => Reply::of(304, &fields, ""),
            false => Reply::of(200, &fields, &format!("version {}", version.get())),
        }
    }
}

async fn body<L: StoreLock, T: Transport, C: Clock>(answer: &mut Answer<'_, L, T, C>) -> String {
    let mut buffer = [0; 256];
    let bytes = answer.read_all(&mut buffer).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs `test` with a client whose parts it can look at.
macro_rules! client {
    ($client:ident, $net:expr, $store:expr, $clock:expr) => {
        client!($client, $net, $store, $clock, PRIVATE)
    };
    ($client:ident, $net:expr, $store:expr, $clock:expr, $config:expr) => {
        let (mut head, mut ahead) = ([0; 512], [0; 128]);
        let transport = HttpTransport::new(&$net, PlainCodec, &mut head, &mut ahead);
        #[allow(unused_mut)]
        let mut $client = Client::new($config, $store, transport, $clock);
    };
}

const URL: &str = "http://dash.test/weather";

#[test]
fn fresh_then_validated_then_changed() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(
            (answer.status(), answer.is_from_store(), answer.entry()),
            (200, false, None)
        );
        assert_eq!(answer.body_length(), Some(9));
        assert_eq!(body(&mut answer).await, "version 1");
        let first = answer.entry();
        assert!(first.is_some(), "stored with its last byte");

        clock.at(30);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::Fresh, first));
        assert_eq!(answer.get_one("age"), Some(&b"30"[..]));
        assert_eq!(body(&mut answer).await, "version 1");
        assert_eq!(net.asked(), 1, "nothing goes over the air");

        clock.at(90);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::Validated, first));
        assert_eq!(body(&mut answer).await, "version 1");
        assert_eq!(field(&net.last_request(), "if-none-match"), Some("\"1\""));

        version.set(2);
        clock.at(200);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (200, false));
        assert_eq!(body(&mut answer).await, "version 2");
        assert_ne!(answer.entry(), first, "another body is another entry");

        clock.at(201);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(body(&mut answer).await, "version 2");
    });
    assert_eq!(net.asked(), 3);
    assert_eq!(net.connects.get(), 1, "one connection for all of it");
    let counters = client.counters();
    assert_eq!((counters.hits, counters.validated, counters.misses), (2, 1, 2));
    assert_eq!((counters.stored, counters.store_errors), (2, 0));
    drop(client);
    assert_eq!(store.entries(), 1);
}

#[test]
fn unread_bodies_are_not_stored() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(answer.read(&mut [0; 3]).await.unwrap(), 3);
        // A part is no entry, and its connection cannot be used again.
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert!(!answer.is_from_store());
        assert_eq!(net.connects.get(), 2);
        // Small rests can be read for the store alone.
        assert!(!answer.finish(3).await.unwrap());
        assert!(answer.finish(100).await.unwrap());
        let answer = client.send(&request, &mut buffer).await.unwrap();
        assert!(answer.is_from_store());
    });
    assert_eq!(net.connects.get(), 2);
}

#[test]
fn last_bytes_commit() {
    for chunked in [false, true] {
        let net = Net::new(move |_| match chunked {
            false => Reply::of(200, "Cache-Control: max-age=9\r\n", "hello"),
            true => Reply::keep(
                "HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            ),
        });
        let (mut store, clock) = (Slots::new(1), TestClock::default());
        client!(client, net, &mut store, clock.utc());
        let mut buffer = [0; 1024];
        run(async {
            let request = Request::get(URL).unwrap();
            let mut answer = client.send(&request, &mut buffer).await.unwrap();
            let mut five = [0; 5];
            embedded_io_async::Read::read_exact(&mut answer, &mut five)
                .await
                .unwrap();
            assert!(
                answer.entry().is_some(),
                "whoever knows the length reads no further"
            );
        });
    }
}

#[test]
fn empty_bodies_are_stored_at_once() {
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=9\r\n", ""));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        assert!(
            client
                .send(&request, &mut buffer)
                .await
                .unwrap()
                .entry()
                .is_some()
        );
        assert!(client.send(&request, &mut buffer).await.unwrap().is_from_store());
    });
}

#[test]
fn bodies_that_may_be_cut_off_are_not_stored() {
    let net = Net::new(|_| Reply::close("HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\n\r\nhello"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        for asked in 1..3 {
            let mut answer = client.send(&request, &mut buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, "hello");
            assert_eq!((answer.entry(), net.asked()), (None, asked));
        }
    });
    // Not even begun: beginning would have evicted something.
    drop(client);
    assert_eq!(store.entries(), 0);
}

#[test]
fn unsafe_requests_invalidate() {
    // req: 9111-4.4-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        body(&mut answer).await;
        clock.at(1);
        let post = Request::new("POST", URL).unwrap().with_content(b"on");
        let answer = client.send(&post, &mut buffer).await.unwrap();
        assert_eq!(answer.status(), 204);
        assert!(net.last_request().ends_with("\r\n\r\non"));
        clock.at(2);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(body(&mut answer).await, "version 2");
        clock.at(3);
        assert!(client.send(&request, &mut buffer).await.unwrap().is_from_store());
        client.invalidate(URL).await.unwrap();
        let answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(answer.reason(), Reason::Validated);
    });
}

#[test]
fn what_post_brings_back_outlives_what_it_invalidates() {
    // The invalidation is as of the response, and the response is newer than that.
    for tick in [0, 10] {
        let net = Net::new(|request| {
            let fields = "Cache-Control: max-age=60\r\nContent-Location: /weather\r\n";
            Reply::of(
                200,
                fields,
                if request.starts_with("POST") { "new" } else { "old" },
            )
        });
        let time = Cell::new(0);
        let clock = || {
            let ms = time.replace(time.get() + tick);
            Now::mono(1, ms).with_utc(DAY + ms as i64)
        };
        let mut store = Slots::new(1);
        client!(client, net, &mut store, clock, PRIVATE.with_store_post(true));
        let mut buffer = [0; 1024];
        run(async {
            for (method, expected) in [("GET", "old"), ("POST", "new"), ("GET", "new")] {
                let request = Request::new(method, URL).unwrap();
                let mut answer = client.send(&request, &mut buffer).await.unwrap();
                assert_eq!(
                    body(&mut answer).await,
                    expected,
                    "{method}, {tick} ms a look at the clock"
                );
            }
        });
        assert_eq!(net.asked(), 2);
    }
}

#[test]
fn offline() {
    // req: 9111-4.2.4-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    let config = PRIVATE.with_stale_when_disconnected(3600);
    client!(client, net, &mut store, clock.utc(), config);
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, &mut buffer).await.unwrap()).await;
        client.set_offline(true);
        clock.at(100);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!(answer.reason(), Reason::Disconnected);
        assert_eq!(body(&mut answer).await, "version 1");
        let other = Request::get("http://dash.test/other").unwrap();
        let refused = client.send(&other, &mut buffer).await;
        assert!(matches!(refused, Err(Error::GatewayTimeout(_))), "{refused:?}");
        client.set_offline(false);
        net.down.set(true);
        client.transport().disconnect();
        let failed = client.send(&other, &mut buffer).await;
        assert!(matches!(failed, Err(Error::Transport(_))), "{failed:?}");
    });
    assert_eq!(net.asked(), 1);
}

#[test]
fn only_if_cached() {
    // req: 9111-5.2.1.7-01
    let net = Net::new(|_| Reply::of(200, "", ""));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let request = Request::get(URL).unwrap();
    let request = request.with_fields(&[("Cache-Control", "only-if-cached")]);
    let refused = run(client.send(&request, &mut [0; 1024])).map(|_| ());
    assert_eq!(refused, Err(Error::GatewayTimeout(Reason::OnlyIfCached)));
    assert_eq!(net.asked(), 0);
}

#[test]
fn the_callers_own_conditions() {
    // req: 9111-4.3.2-01, 9110-15.4.5-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, &mut buffer).await.unwrap()).await;
        let request = request.with_fields(&[("If-None-Match", "\"1\"")]);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.status(), answer.has("content-length")), (304, false));
        assert_eq!(body(&mut answer).await, "");
        clock.at(100);
        let answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (304, true));
    });
}

#[test]
fn head_has_no_body() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        body(
            &mut client
                .send(&Request::get(URL).unwrap(), &mut buffer)
                .await
                .unwrap(),
        )
        .await;
        let request = Request::new("HEAD", URL).unwrap();
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (200, true));
        assert_eq!(answer.get_one("content-length"), Some(&b"9"[..]));
        assert_eq!(body(&mut answer).await, "");
    });
}

#[test]
fn a_304_to_no_condition_is_passed_on() {
    let net = Net::new(|_| Reply::of(304, "ETag: \"x\"\r\n", ""));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    let answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
    assert_eq!((answer.status(), answer.entry()), (304, None));
}

#[test]
fn a_304_about_something_else_is_asked_again() {
    // req: 9111-4.3.4-06
    let mut count = 0;
    let net = Net::new(move |_| {
        count += 1;
        match count {
            1 => Reply::of(200, "ETag: \"a\"\r\nCache-Control: max-age=1\r\n", "one"),
            2 => Reply::of(304, "ETag: \"b\"\r\n", ""),
            _ => Reply::of(200, "ETag: \"b\"\r\nCache-Control: max-age=1\r\n", "two"),
        }
    });
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        assert_eq!(
            body(&mut client.send(&request, &mut buffer).await.unwrap()).await,
            "one"
        );
        clock.at(5);
        assert_eq!(
            body(&mut client.send(&request, &mut buffer).await.unwrap()).await,
            "two"
        );
        assert!(!net.last_request().contains("If-None-Match"));
    });
    assert_eq!(net.asked(), 3);
}

#[test]
fn what_does_not_fit_is_passed_on() {
    let long = "x".repeat(65);
    let answer = long.clone();
    let net = Net::new(move |_| Reply::of(200, "Cache-Control: max-age=9\r\n", &answer));
    for limited in [false, true] {
        let (mut store, clock) = (Slots::new(1), TestClock::default());
        client!(client, net, &mut store, clock.utc());
        if limited {
            client = client.with_max_body(64);
        }
        let mut buffer = [0; 1024];
        let mut answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
        assert_eq!(run(body(&mut answer)), long);
        assert_eq!(answer.entry(), None);
        assert_eq!(client.counters().store_errors, u32::from(!limited));
    }
    // A caller's buffer that is too small for heads costs the cache and nothing else.
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 20];
    let mut answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
    assert_eq!(run(body(&mut answer)), long);
}

#[test]
fn buffers_that_are_too_small_for_bodies() {
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=9\r\n", "hello"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    let request = Request::get(URL).unwrap();
    let mut answer = run(client.send(&request, &mut buffer)).unwrap();
    let read = run(answer.read_all(&mut [0; 4])).map(|_| ());
    assert_eq!(read, Err(Error::BodyTooLong { limit: 4 }));
    let mut answer = run(client.send(&request, &mut buffer)).unwrap();
    assert_eq!(run(answer.read_all(&mut [0; 5])).map(|body| body.len()), Ok(5));
}

#[test]
fn requests_that_the_update_forbids_to_store() {
    let mut count = 0;
    let net = Net::new(move |_| {
        count += 1;
        match count {
            1 => Reply::of(200, "ETag: \"a\"\r\nCache-Control: max-age=1\r\n", "one"),
            _ => Reply::of(304, "ETag: \"a\"\r\nCache-Control: no-store\r\nX-New: 1\r\n", ""),
        }
    });
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    run(async {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, &mut buffer).await.unwrap()).await;
        clock.at(5);
        let mut answer = client.send(&request, &mut buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::UpdateForbids, None));
        assert_eq!(answer.get_one("x-new"), Some(&b"1"[..]), "the merged head");
        assert_eq!(body(&mut answer).await, "one");
    });
    drop(client);
    assert_eq!(store.entries(), 0, "gone once it was read");
}

#[test]
fn stale_while_revalidate_is_opt_in() {
    let version = Cell::new(1);
    for background in [false, true] {
        version.set(1);
        let net = Net::new(tagged(&version, "max-age=10, stale-while-revalidate=600"));
        let (mut store, clock) = (Slots::new(1), TestClock::default());
        client!(client, net, &mut store, clock.utc());
        if background {
            client = client.with_background_validation();
        }
        let mut buffer = [0; 1024];
        run(async {
            let request = Request::get(URL).unwrap();
            body(&mut client.send(&request, &mut buffer).await.unwrap()).await;
            version.set(2);
            clock.at(20);
            let mut answer = client.send(&request, &mut buffer).await.unwrap();
            assert_eq!(answer.wants_validation(), background);
            let expected = if background { "version 1" } else { "version 2" };
            assert_eq!(body(&mut answer).await, expected);
            if background {
                client.validate(&request, &mut buffer).await.unwrap();
                let mut answer = client.send(&request, &mut buffer).await.unwrap();
                assert_eq!(answer.reason(), Reason::Fresh);
                assert_eq!(body(&mut answer).await, "version 2");
            }
        });
    }
}

#[test]
fn partitions_do_not_share() {
    let net = Net::new(|request| {
        let user = field(request, "x-user").unwrap().to_string();
        Reply::of(200, "Cache-Control: max-age=9\r\n", &user)
    });
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    for (number, user) in [(1, "ann"), (2, "bob"), (1, "ann")] {
        let fields = [("X-User", user)];
        let request = Request::get(URL).unwrap().with_fields(&fields);
        let request = request.for_partition(Partition::new(number));
        let mut answer = run(client.send(&request, &mut buffer)).unwrap();
        assert_eq!(run(body(&mut answer)), user);
    }
    assert_eq!(net.asked(), 2);
}

#[test]
fn content_with_get_never_meets_the_cache() {
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=9\r\n", "x"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    client!(client, net, &mut store, clock.utc());
    let mut buffer = [0; 1024];
    let request = Request::get(URL).unwrap().with_content(b"q");
    for asked in 1..3 {
        let mut answer = run(client.send(&request, &mut buffer)).unwrap();
        assert_eq!((answer.reason(), net.asked()), (Reason::RequestBody, asked));
        assert_eq!(run(body(&mut answer)), "x");
    }
    drop(client);
    assert_eq!(store.entries(), 0);
}

#[test]
fn damaged_entries_are_removed() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let (mut store, clock) = (Slots::new(1), TestClock::default());
    let request = Request::get(URL).unwrap();
    let mut buffer = [0; 1024];
    let id = {
        client!(client, net, &mut store, clock.utc());
        let mut answer = run(client.send(&request, &mut buffer)).unwrap();
        run(body(&mut answer));
        answer.entry().unwrap()
    };
    // Whoever writes into the store's RAM: the head keeps its length and loses a byte.
    let (facts, length) = store.read_head(id, &mut buffer).unwrap().unwrap();
    buffer[20] ^= 1;
    let mut token = store
        .begin_head(id, &facts, facts.response_time())
        .unwrap()
        .unwrap();
    store.append_head(&mut token, &buffer[..length]).unwrap();
    store.commit(token).unwrap();
    client!(client, net, &mut store, clock.utc());
    let mut answer = run(client.send(&request, &mut buffer)).unwrap();
    assert!(!answer.is_from_store());
    assert_eq!(run(body(&mut answer)), "version 1");
    assert_ne!(answer.entry(), Some(id));
}

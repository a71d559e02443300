//! Futures that are dropped at every await, and stores that fail at every operation.

mod support;

use std::cell::Cell;
use std::future::Future;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::slots::SlotStore;
use larder::{Config, Headers};
use larder_embedded::wire::{HttpTransport, PlainCodec, WireError};
use larder_embedded::{Client, Clock, Error, Request, StoreLock};
use support::slow::Slow;
use support::{Net, Refused, Reply, TestClock, cut, field, run};

type Store = Mutex<NoopRawMutex, Slow<SlotStore<4, 512, 64>>>;

fn store() -> Store {
    Mutex::new(Slow::new(SlotStore::new(1)))
}

const URL: &str = "http://dash.test/weather";

/// A resource with a version; POST makes the next one.
fn origin(version: &Cell<u32>) -> Net<'_> {
    Net::new(move |request| {
        if request.starts_with("POST") {
            version.set(version.get() + 1);
            return Reply::of(200, "Location: /elsewhere\r\n", "done");
        }
        let tag = format!("\"{}\"", version.get());
        let fields = format!(
            "Cache-Control: max-age=60\r\nETag: {tag}\r\nX-Now: {}\r\n",
            version.get()
        );
        match field(request, "if-none-match") == Some(&tag) {
            true => Reply::of(304, &fields, ""),
            false => Reply::of(200, &fields, &format!("version {}", version.get())),
        }
    })
    .slowly(9)
}

/// One request; what it says of the version, in the head and in the body.
async fn get<C: Clock>(
    net: &Net<'_>,
    store: impl StoreLock,
    clock: C,
) -> Result<(String, String), Error<WireError<Refused>>> {
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(net, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), store, transport, clock);
    let mut answer = client.send(&Request::get(URL)?, &mut buffer).await?;
    let head = String::from_utf8(answer.get_one("x-now").unwrap().to_vec()).unwrap();
    let mut body = String::new();
    let mut chunk = [0; 4];
    loop {
        let count = answer.read(&mut chunk).await?;
        if count == 0 {
            return Ok((head, body));
        }
        body.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
}

fn expect(seen: Result<(String, String), Error<WireError<Refused>>>, version: u32, when: &str) {
    let expected = (version.to_string(), format!("version {version}"));
    assert_eq!(seen, Ok(expected), "{when}");
}

/// Drops the request that `prepare` leads up to at every await; afterwards everything is as if
/// it had never been, or as if it had been completed.
fn drop_everywhere(prepare: impl Fn(&Net<'_>, &Store, &TestClock, &Cell<u32>)) -> usize {
    for polls in 0.. {
        let version = Cell::new(1);
        let (net, store, clock) = (origin(&version), store(), TestClock::default());
        prepare(&net, &store, &clock, &version);
        let whole = cut(get(&net, &store, clock.utc()), polls);
        let finished = whole.is_some();
        if let Some(seen) = whole {
            expect(seen, version.get(), "whole");
        }
        assert!(store.try_lock().is_ok(), "no lock outlives the future");
        // Still right, whatever was half done, and without the origin's help where it can be.
        expect(
            run(get(&net, &store, clock.utc())),
            version.get(),
            &format!("dropped at {polls}"),
        );
        let asked = net.asked();
        expect(run(get(&net, &store, clock.utc())), version.get(), "again");
        assert_eq!(net.asked(), asked, "the entry is whole and fresh");
        let entries = run(async { store.lock().await.store.entries() });
        assert_eq!(entries, 1, "nothing is left of the half-done one");
        if finished {
            return polls;
        }
    }
    unreachable!()
}

#[test]
fn a_miss_dropped_at_every_await() {
    let polls = drop_everywhere(|_, _, _, _| {});
    assert!(polls > 20, "{polls} awaits");
}

#[test]
fn a_hit_dropped_at_every_await() {
    drop_everywhere(|net, store, clock, _| drop(run(get(net, store, clock.utc()))));
}

#[test]
fn a_validation_dropped_at_every_await() {
    let polls = drop_everywhere(|net, store, clock, _| {
        run(get(net, store, clock.utc())).unwrap();
        clock.at(100);
    });
    assert!(polls > 20, "{polls} awaits");
}

#[test]
fn a_replacement_dropped_at_every_await() {
    drop_everywhere(|net, store, clock, version| {
        run(get(net, store, clock.utc())).unwrap();
        clock.at(100);
        version.set(2);
    });
}

#[test]
fn a_background_validation_dropped_at_every_await() {
    for changed in [false, true] {
        for polls in 0.. {
            let version = Cell::new(1);
            let (net, store, clock) = (origin(&version), store(), TestClock::default());
            run(get(&net, &store, clock.utc())).unwrap();
            version.set(1 + u32::from(changed));
            let finished = {
                let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
                let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
                let mut client = Client::new(Config::private(), &store, transport, clock.utc());
                let request = Request::get(URL).unwrap();
                cut(client.validate(&request, &mut buffer), polls).is_some()
            };
            let asked = net.asked();
            let (head, body) = run(get(&net, &store, clock.utc())).unwrap();
            let old = ("1".to_owned(), "version 1".to_owned());
            let new = (version.get().to_string(), format!("version {}", version.get()));
            let seen = (head, body);
            assert!(
                seen == new || !finished && seen == old,
                "dropped at {polls}: {seen:?}"
            );
            assert_eq!(net.asked(), asked, "there is an entry, whole and fresh");
            assert!(store.try_lock().is_ok(), "no lock outlives the future");
            if finished {
                assert!(polls > 20, "{polls} awaits");
                break;
            }
        }
    }
}

#[test]
fn an_unsafe_request_dropped_at_every_await() {
    // req: 9111-4.4-01
    for polls in 0.. {
        let version = Cell::new(1);
        let (net, store, clock) = (origin(&version), store(), TestClock::default());
        run(get(&net, &store, clock.utc())).unwrap();
        clock.at(1);
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(Config::private(), &store, transport, clock.utc());
        let post = Request::new("POST", URL).unwrap();
        let finished = cut(async { client.send(&post, &mut buffer).await.map(|_| ()) }, polls).is_some();
        clock.at(2);
        // The same client knows that something may have happened.
        let answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
        let now = answer.get_one("x-now").unwrap().to_vec();
        assert_eq!(now, version.get().to_string().into_bytes(), "dropped at {polls}");
        if finished {
            assert_eq!(version.get(), 2);
            return;
        }
    }
}

#[test]
fn a_body_read_on_after_a_dropped_read_is_right_or_an_error() {
    let (mut interrupted, mut continued) = (0, 0);
    for polls in 1..60 {
        let version = Cell::new(1);
        let (net, store, clock) = (origin(&version), store(), TestClock::default());
        net.slow.set(false);
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(Config::private(), &store, transport, clock.utc());
        let request = Request::get(URL).unwrap();
        let mut answer = run(client.send(&request, &mut buffer)).unwrap();
        net.slow.set(true);
        // Reads three bytes at a time, drops one read after so many polls, and reads on.
        let (mut body, mut left) = (Vec::new(), polls);
        let seen = loop {
            let mut chunk = [0; 3];
            let mut used = 0;
            let read = answer.read(&mut chunk);
            let counted = async {
                let mut read = std::pin::pin!(read);
                std::future::poll_fn(|context| {
                    used += 1;
                    read.as_mut().poll(context)
                })
                .await
            };
            match cut(counted, left) {
                None => left = usize::MAX, // dropped once, then never again
                Some(Ok(0)) => break Ok(body),
                Some(Ok(count)) => {
                    body.extend_from_slice(&chunk[..count]);
                    left = left.saturating_sub(used).max(1);
                }
                Some(Err(error)) => break Err(error),
            }
        };
        match seen {
            Ok(body) => {
                assert_eq!(body, b"version 1", "dropped after {polls}");
                continued += 1;
            }
            Err(error) => {
                assert_eq!(error, Error::Interrupted, "dropped after {polls}");
                assert_eq!(answer.entry(), None);
                interrupted += 1;
            }
        }
    }
    assert!(interrupted > 0 && continued > 0, "{interrupted} {continued}");
}

#[test]
fn a_store_that_fails_at_every_operation() {
    let gone = Cell::new(0);
    let run_all = |fail: Option<usize>, late: bool| {
        let version = Cell::new(1);
        let (net, store, clock) = (origin(&version), store(), TestClock::default());
        run(async {
            let store = store.lock().await;
            store.fail.set(fail);
            store.late.set(late);
        });
        for (seconds, current) in [(0, 1), (1, 1), (100, 1), (101, 1), (200, 2), (201, 2)] {
            clock.at(seconds);
            version.set(current);
            let mut seen = run(get(&net, &store, clock.utc()));
            if seen == Err(Error::Gone) {
                // The head was handed out: all that is left is to say so.
                gone.set(gone.get() + 1);
                seen = run(get(&net, &store, clock.utc()));
            }
            expect(seen, current, &format!("{fail:?} failed"));
        }
        (net.asked(), run(async { store.lock().await.operations.get() }))
    };
    let (asked, operations) = run_all(None, false);
    assert_eq!((asked, gone.get()), (3, 0));
    for late in [false, true] {
        for fail in 0..operations {
            gone.set(0);
            let (asked, _) = run_all(Some(fail), late);
            assert!(gone.get() <= 1);
            assert!(
                (3..=5).contains(&asked),
                "operation {fail} costs {asked} requests"
            );
        }
    }
}

#[test]
fn invalidations_that_fail_are_done_later() {
    let version = Cell::new(1);
    let (net, store, clock) = (origin(&version), store(), TestClock::default());
    run(get(&net, &store, clock.utc())).unwrap();
    let used = run(async { store.lock().await.operations.get() });
    for fail in used..used + 3 {
        version.set(1);
        run(async {
            store.lock().await.operations.set(used);
            store.lock().await.fail.set(Some(fail));
        });
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(Config::private(), &store, transport, clock.utc());
        let post = Request::new("POST", URL).unwrap();
        assert_eq!(run(client.send(&post, &mut buffer)).unwrap().status(), 200);
        let answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
        assert_eq!(answer.get_one("x-now"), Some(&b"2"[..]));
    }
}

#[test]
fn two_clients_share_a_store() {
    let version = Cell::new(1);
    let (net, store, clock) = (origin(&version), store(), TestClock::default());
    let both = embassy_futures::join::join(get(&net, &store, clock.utc()), get(&net, &store, clock.utc()));
    let (first, second) = run(both);
    expect(first, 1, "first");
    expect(second, 1, "second");
    expect(run(get(&net, &store, clock.utc())), 1, "third");
    assert_eq!(net.asked(), 2);
}

/// One client waits for an origin that will fail, while another changes what the first could serve
/// stale instead.
#[test]
fn what_another_client_has_changed_is_not_served_stale() {
    // req: 9111-4.4-05
    for fails in [false, true] {
        let (version, down) = (Cell::new(1), Cell::new(false));
        let net = Net::new(|request| match request.starts_with("POST") {
            true => {
                version.set(2);
                Reply::of(204, "", "")
            }
            false if down.get() && fails => Reply::close(""),
            false if down.get() => Reply::of(503, "X-Now: none\r\n", "busy"),
            false => {
                let fields = "Cache-Control: max-age=1, stale-if-error=600\r\nX-Now: 1\r\n";
                Reply::of(200, fields, "version 1")
            }
        })
        .slowly(9);
        let (store, clock) = (store(), TestClock::default());
        run(get(&net, &store, clock.utc())).unwrap();
        clock.at(10);
        down.set(true);
        let served = run(get(&net, &store, clock.utc()));
        assert_eq!(served.unwrap().1, "version 1", "alone, it is");
        let asked = net.asked();
        let mut first = std::pin::pin!(get(&net, &store, clock.utc()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        while net.asked() == asked {
            assert!(first.as_mut().poll(&mut context).is_pending());
        }
        clock.at(11);
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut second = Client::new(Config::private(), &store, transport, clock.utc());
        let post = Request::new("POST", URL).unwrap();
        assert_eq!(run(second.send(&post, &mut buffer)).unwrap().status(), 204);
        let seen = run(first);
        assert!(!matches!(&seen, Ok((_, body)) if body == "version 1"), "{seen:?}");
    }
}

#[test]
fn the_store_is_free_while_the_network_is_waited_for() {
    let version = Cell::new(1);
    let (net, store, clock) = (origin(&version), store(), TestClock::default());
    net.slow.set(true);
    let mut request = std::pin::pin!(get(&net, &store, clock.utc()));
    let (mut waits, mut free) = (0, 0);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut operations = 0;
    while request.as_mut().poll(&mut context).is_pending() {
        waits += 1;
        if let Ok(store) = store.try_lock() {
            free += 1;
            operations = store.operations.get();
        }
    }
    assert!(operations > 3 && free > 10 && free < waits, "{free} of {waits}");
}

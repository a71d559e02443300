//! A device that polls, seen from outside: what it gets, and what goes over the air.

mod support;

use std::cell::Cell;

use larder::{Headers, Now, Partition, Reason};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Error, Request};
use support::device::{PRIVATE, Slots, URL, body, device, device_with, tagged};
use support::{DAY, Net, Reply, field, run};

#[test]
fn fresh_then_validated_then_changed() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let store = device(&net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(
            (answer.status(), answer.is_from_store(), answer.entry()),
            (200, false, None)
        );
        assert_eq!(answer.body_length(), Some(9));
        assert_eq!(body(&mut answer).await, "version 1");
        let first = answer.entry();
        assert!(first.is_some(), "stored with its last byte");

        clock.at(30);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::Fresh, first));
        assert_eq!(answer.get_one("age"), Some(&b"30"[..]));
        assert_eq!(body(&mut answer).await, "version 1");
        assert_eq!(net.asked(), 1, "nothing goes over the air");

        clock.at(90);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::Validated, first));
        assert_eq!(body(&mut answer).await, "version 1");
        assert_eq!(field(&net.last_request(), "if-none-match"), Some("\"1\""));

        version.set(2);
        clock.at(200);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (200, false));
        assert_eq!(body(&mut answer).await, "version 2");
        assert_ne!(answer.entry(), first, "another body is another entry");

        clock.at(201);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(body(&mut answer).await, "version 2");
        let counters = client.counters();
        assert_eq!((counters.hits, counters.validated, counters.misses), (2, 1, 2));
        assert_eq!((counters.stored, counters.store_errors), (2, 0));
    });
    assert_eq!(net.asked(), 3);
    assert_eq!(net.connects.get(), 1, "one connection for all of it");
    assert_eq!(store.entries(), 1);
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
        device(&net, async |mut client, _, buffer| {
            let request = Request::get(URL).unwrap();
            let mut answer = client.send(&request, buffer).await.unwrap();
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
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        assert!(client.send(&request, buffer).await.unwrap().entry().is_some());
        assert!(client.send(&request, buffer).await.unwrap().is_from_store());
    });
}

#[test]
fn unsafe_requests_invalidate() {
    // req: 9111-4.4-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, buffer).await.unwrap();
        body(&mut answer).await;
        clock.at(1);
        let post = Request::new("POST", URL).unwrap().with_content(b"on");
        let answer = client.send(&post, buffer).await.unwrap();
        assert_eq!(answer.status(), 204);
        assert!(net.last_request().ends_with("\r\n\r\non"));
        clock.at(2);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(body(&mut answer).await, "version 2");
        clock.at(3);
        assert!(client.send(&request, buffer).await.unwrap().is_from_store());
        client.invalidate(URL).await.unwrap();
        let answer = client.send(&request, buffer).await.unwrap();
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
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 128], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(PRIVATE.with_store_post(true), &mut store, transport, clock);
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
    let config = PRIVATE.with_stale_when_disconnected(3600);
    device_with(config, &net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        client.set_offline(true);
        clock.at(100);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(answer.reason(), Reason::Disconnected);
        assert_eq!(body(&mut answer).await, "version 1");
        let other = Request::get("http://dash.test/other").unwrap();
        let refused = client.send(&other, buffer).await;
        assert!(matches!(refused, Err(Error::GatewayTimeout(_))), "{refused:?}");
        client.set_offline(false);
        net.down.set(true);
        client.transport().disconnect();
        let failed = client.send(&other, buffer).await;
        assert!(matches!(failed, Err(Error::Transport(_))), "{failed:?}");
    });
    assert_eq!(net.asked(), 1);
}

#[test]
fn the_callers_own_conditions() {
    // req: 9111-4.3.2-01, 9110-15.4.5-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        let request = request.with_fields(&[("If-None-Match", "\"1\"")]);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.status(), answer.has("content-length")), (304, false));
        assert_eq!(body(&mut answer).await, "");
        clock.at(100);
        let answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (304, true));
    });
}

#[test]
fn head_has_no_body() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, _, buffer| {
        body(&mut client.send(&Request::get(URL).unwrap(), buffer).await.unwrap()).await;
        let request = Request::new("HEAD", URL).unwrap();
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.status(), answer.is_from_store()), (200, true));
        assert_eq!(answer.get_one("content-length"), Some(&b"9"[..]));
        assert_eq!(body(&mut answer).await, "");
    });
}

#[test]
fn stale_while_revalidate_is_opt_in() {
    let version = Cell::new(1);
    for background in [false, true] {
        version.set(1);
        let net = Net::new(tagged(&version, "max-age=10, stale-while-revalidate=600"));
        device(&net, async |mut client, clock, buffer| {
            if background {
                client = client.with_background_validation();
            }
            let request = Request::get(URL).unwrap();
            body(&mut client.send(&request, buffer).await.unwrap()).await;
            version.set(2);
            clock.at(20);
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert_eq!(answer.wants_validation(), background);
            let expected = if background { "version 1" } else { "version 2" };
            assert_eq!(body(&mut answer).await, expected);
            if background {
                client.validate(&request, buffer).await.unwrap();
                let mut answer = client.send(&request, buffer).await.unwrap();
                assert_eq!(answer.reason(), Reason::Fresh);
                assert_eq!(body(&mut answer).await, "version 2");
            }
        });
    }
}

#[test]
fn a_validation_in_the_background_is_about_what_is_stored() {
    // req: 9111-4.3.1-01
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=10, stale-while-revalidate=600"));
    device(&net, async |client, clock, buffer| {
        let mut client = client.with_background_validation();
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        clock.at(20);
        version.set(2);
        let fields = [
            ("Cache-Control", "max-stale"),
            ("Pragma", "no-cache"),
            ("Range", "bytes=0-1"),
            ("If-Range", "\"x\""),
            ("If-Match", "\"x\""),
            ("If-Unmodified-Since", "Thu, 01 Jan 2015 00:00:00 GMT"),
            ("If-Modified-Since", "Thu, 01 Jan 2015 00:00:00 GMT"),
            ("If-None-Match", "\"2\""),
            ("Accept", "text/plain"),
        ];
        client
            .validate(&request.with_fields(&fields), buffer)
            .await
            .unwrap();
        let sent = net.last_request();
        for (name, _) in &fields[..7] {
            assert_eq!(field(&sent, name), None);
        }
        assert_eq!(field(&sent, "if-none-match"), Some("\"1\""));
        assert_eq!(field(&sent, "accept"), Some("text/plain"));
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(answer.reason(), Reason::Fresh);
        assert_eq!(body(&mut answer).await, "version 2");
    });
}

#[test]
fn partitions_do_not_share() {
    let net = Net::new(|request| {
        let user = field(request, "x-user").unwrap().to_string();
        Reply::of(200, "Cache-Control: max-age=9\r\n", &user)
    });
    device(&net, async |mut client, _, buffer| {
        for (number, user) in [(1, "ann"), (2, "bob"), (1, "ann")] {
            let fields = [("X-User", user)];
            let request = Request::get(URL).unwrap().with_fields(&fields);
            let request = request.for_partition(Partition::new(number));
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, user);
        }
        assert_eq!(net.asked(), 2);
    });
}

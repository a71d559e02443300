//! What is not stored, not sent, not served, or not trusted.

mod support;

use std::cell::Cell;

use larder::store::Store;
use larder::{Headers, Reason};
use larder_embedded::wire::WireError;
use larder_embedded::{Error, Request};
use support::device::{PRIVATE, URL, body, device, device_on, tagged};
use support::{Net, Reply, field};

#[test]
fn unread_bodies_are_not_stored() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(answer.read(&mut [0; 3]).await.unwrap(), 3);
        // A part is no entry, and its connection cannot be used again.
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert!(!answer.is_from_store());
        assert_eq!(net.connects.get(), 2);
        // Small rests can be read for the store alone.
        assert!(!answer.finish(3).await.unwrap());
        assert!(answer.finish(100).await.unwrap());
        let answer = client.send(&request, buffer).await.unwrap();
        assert!(answer.is_from_store());
    });
    assert_eq!(net.connects.get(), 2);
}

#[test]
fn bodies_that_may_be_cut_off_are_not_stored() {
    let net = Net::new(|_| Reply::close("HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\n\r\nhello"));
    let store = device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        for asked in 1..3 {
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, "hello");
            assert_eq!((answer.entry(), net.asked()), (None, asked));
        }
    });
    // Not even begun: beginning would have evicted something.
    assert_eq!(store.entries(), 0);
}

#[test]
fn only_if_cached() {
    // req: 9111-5.2.1.7-01
    let net = Net::new(|_| Reply::of(200, "", ""));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        let request = request.with_fields(&[("Cache-Control", "only-if-cached")]);
        for request in [request, request.with_content(b"q")] {
            let refused = client.send(&request, buffer).await.map(|_| ());
            assert_eq!(refused, Err(Error::GatewayTimeout(Reason::OnlyIfCached)));
        }
        assert_eq!(net.asked(), 0);
    });
}

#[test]
fn a_304_to_no_condition_is_no_answer_and_one_to_the_callers_own_is() {
    let net = Net::new(|_| Reply::of(304, "ETag: \"x\"\r\n", ""));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        let refused = client.send(&request, buffer).await.map(|_| ());
        assert_eq!(refused, Err(Error::Transport(WireError::Unconditional)));
        let request = request.with_fields(&[("If-None-Match", "\"x\"")]);
        let answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.status(), answer.entry()), (304, None));
    });
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
    device(&net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        assert_eq!(
            body(&mut client.send(&request, buffer).await.unwrap()).await,
            "one"
        );
        clock.at(5);
        assert_eq!(
            body(&mut client.send(&request, buffer).await.unwrap()).await,
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
    // A caller's buffer that is too small for heads costs the cache and nothing else.
    for (limit, room, errors, too_large) in [(u64::MAX, 1024, 1, 0), (64, 1024, 0, 1), (u64::MAX, 20, 0, 1)] {
        device(&net, async |client, _, buffer| {
            let mut client = client.with_max_body(limit);
            let request = Request::get(URL).unwrap();
            let mut answer = client.send(&request, &mut buffer[..room]).await.unwrap();
            assert_eq!(body(&mut answer).await, long);
            assert_eq!(answer.entry(), None);
            let counters = client.counters();
            assert_eq!((counters.store_errors, counters.too_large), (errors, too_large));
        });
    }
}

#[test]
fn a_body_in_chunks_is_counted_as_it_comes() {
    let net = Net::new(|_| {
        let head = "HTTP/1.1 200 X\r\nCache-Control: max-age=9\r\nTransfer-Encoding: chunked\r\n\r\n";
        Reply::keep(format!("{head}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
    });
    for (limit, too_large) in [(5, 1), (6, 0)] {
        let store = device(&net, async |client, _, buffer| {
            let mut client = client.with_max_body(limit);
            let mut answer = client.send(&Request::get(URL).unwrap(), buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, "onetwo");
            assert_eq!(client.counters().too_large, too_large);
        });
        assert_eq!(store.entries(), usize::from(too_large == 0));
    }
}

/// After an update of the firmware, for instance, whose store is in RAM that stays on.
#[test]
fn a_stored_head_over_the_callers_buffer_is_asked_for() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        for asked in 2..4 {
            let mut answer = client.send(&request, &mut buffer[..40]).await.unwrap();
            assert!(!answer.is_from_store());
            assert_eq!(body(&mut answer).await, "version 1");
            assert_eq!(net.asked(), asked);
        }
        assert!(client.counters().store_errors > 0);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert!(answer.is_from_store(), "nothing is lost");
        assert_eq!(body(&mut answer).await, "version 1");
    });
}

#[test]
fn buffers_that_are_too_small_for_bodies() {
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=9\r\n", "hello"));
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        let mut answer = client.send(&request, buffer).await.unwrap();
        let read = answer.read_all(&mut [0; 4]).await.map(|_| ());
        assert_eq!(read, Err(Error::BodyTooLong { limit: 4 }));
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(answer.read_all(&mut [0; 5]).await.map(|body| body.len()), Ok(5));
    });
}

#[test]
fn a_confirmed_head_that_fits_no_buffer_is_asked_for_once() {
    let version = Cell::new(1);
    let mut answers = [0; 3];
    for room in 0..400 {
        let net = Net::new(tagged(&version, "max-age=60"));
        device(&net, async |mut client, clock, buffer| {
            let request = Request::get(URL).unwrap();
            body(&mut client.send(&request, buffer).await.unwrap()).await;
            clock.at(100);
            let mut answer = client.send(&request, &mut buffer[..room]).await.unwrap();
            assert_eq!(body(&mut answer).await, "version 1", "{room}");
        });
        // Too small to find it, to merge it with its confirmation, or for neither.
        let conditional = net.requests.borrow()[1].contains("If-None-Match");
        let kind = usize::from(conditional) + usize::from(net.last_request().contains("If-None-Match"));
        answers[kind] += 1;
        assert_eq!(net.asked(), if kind == 1 { 3 } else { 2 }, "{room}");
    }
    assert!(answers.iter().all(|count| *count > 20), "{answers:?}");
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
    let store = device(&net, async |mut client, clock, buffer| {
        let request = Request::get(URL).unwrap();
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        clock.at(5);
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert_eq!((answer.reason(), answer.entry()), (Reason::UpdateForbids, None));
        assert_eq!(answer.get_one("x-new"), Some(&b"1"[..]), "the merged head");
        assert_eq!(body(&mut answer).await, "one");
    });
    assert_eq!(store.entries(), 0, "gone once it was read");
}

#[test]
fn what_is_invalidated_by_hand_is_so_for_other_clients() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let request = Request::get(URL).unwrap();
    let mut store = device(&net, async |mut client, _, buffer| {
        body(&mut client.send(&request, buffer).await.unwrap()).await;
        client.invalidate(URL).await.unwrap();
    });
    device_on(&mut store, PRIVATE, &net, async |mut client, _, buffer| {
        let answer = client.send(&request, buffer).await.unwrap();
        assert_eq!(answer.reason(), Reason::Validated);
    });
}

#[test]
fn a_request_goes_out_as_it_is() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    let fields = [
        ("Cache-Control", "no-cache, foo"),
        ("Pragma", "x"),
        ("Range", "bytes=0-1"),
    ];
    device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap();
        client.send(&request.with_fields(&fields), buffer).await.unwrap();
    });
    for (name, value) in fields {
        assert_eq!(field(&net.last_request(), name), Some(value));
    }
}

#[test]
fn content_with_get_never_meets_the_cache() {
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=9\r\n", "x"));
    let store = device(&net, async |mut client, _, buffer| {
        let request = Request::get(URL).unwrap().with_content(b"q");
        for asked in 1..3 {
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert_eq!((answer.reason(), net.asked()), (Reason::RequestBody, asked));
            assert_eq!(body(&mut answer).await, "x");
        }
    });
    assert_eq!(store.entries(), 0);
}

#[test]
fn what_the_cache_has_no_part_in_is_not_sent_offline_either() {
    let net = Net::new(|_| Reply::of(200, "", "x"));
    device(&net, async |mut client, _, buffer| {
        client.set_offline(true);
        for method in ["GET", "HEAD", "OPTIONS", "POST", "CONNECT"] {
            for content in [&b""[..], b"q"] {
                let request = Request::new(method, URL).unwrap().with_content(content);
                let refused = client.send(&request, buffer).await;
                assert!(
                    matches!(refused, Err(Error::GatewayTimeout(_))),
                    "{method}: {refused:?}"
                );
            }
        }
    });
    assert_eq!(net.asked(), 0);
}

#[test]
fn damaged_entries_are_removed() {
    let version = Cell::new(1);
    let net = Net::new(tagged(&version, "max-age=60"));
    let request = Request::get(URL).unwrap();
    let id = Cell::new(None);
    let mut store = device(&net, async |mut client, _, buffer| {
        let mut answer = client.send(&request, buffer).await.unwrap();
        body(&mut answer).await;
        id.set(answer.entry());
    });
    let stored = id.get().unwrap();
    // Whoever writes into the store's RAM: the head keeps its length and loses a byte.
    let mut head = [0; 512];
    let (facts, length) = store.read_head(stored, &mut head).unwrap().unwrap();
    head[20] ^= 1;
    let token = store.begin_head(stored, &facts, facts.response_time());
    let mut token = token.unwrap().unwrap();
    store.append_head(&mut token, &head[..length]).unwrap();
    store.commit(token).unwrap();
    device_on(&mut store, PRIVATE, &net, async |mut client, _, buffer| {
        let mut answer = client.send(&request, buffer).await.unwrap();
        assert!(!answer.is_from_store());
        assert_eq!(body(&mut answer).await, "version 1");
        assert_ne!(answer.entry(), Some(stored));
    });
}

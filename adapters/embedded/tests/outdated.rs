//! A response that takes the place of nothing, since it cannot be stored: what it would have replaced
//! must not answer as if nothing had happened.

mod support;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::Config;
use larder::store::slots::SlotStore;
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Request};
use support::device::{URL, body, device};
use support::slow::Slow;
use support::{Net, Reply, TestClock, run};

const FRESH: &str = "Cache-Control: max-age=60\r\nETag: \"1\"\r\n";

/// What a GET gets after one that says `no-cache` got this reply, and whether the store answered it by
/// itself.
fn after(reply: fn() -> Reply, limit: u64) -> (String, bool) {
    let mut asked = 0;
    let net = Net::new(move |_| {
        asked += 1;
        match asked {
            1 => Reply::of(200, FRESH, "old"),
            2 => reply(),
            _ => Reply::of(200, FRESH, "new"),
        }
    });
    let mut seen = (String::new(), false);
    device(&net, async |client, _, buffer| {
        let mut client = client.with_max_body(limit);
        let request = Request::get(URL).unwrap();
        assert_eq!(
            body(&mut client.send(&request, buffer).await.unwrap()).await,
            "old"
        );
        let fields = [("Cache-Control", "no-cache")];
        let reload = request.with_fields(&fields);
        let mut answer = client.send(&reload, buffer).await.unwrap();
        assert!(!answer.is_from_store());
        let _ = answer.finish(100).await;
        let mut answer = client.send(&request, buffer).await.unwrap();
        let from_store = answer.is_from_store();
        seen = (body(&mut answer).await, from_store);
    });
    seen
}

fn chunked(status: u16) -> Reply {
    let body = "x".repeat(65);
    Reply::keep(format!(
        "HTTP/1.1 {status} X\r\n{FRESH}Transfer-Encoding: chunked\r\n\r\n41\r\n{body}\r\n0\r\n\r\n"
    ))
}

#[test]
fn what_cannot_be_replaced_is_out_of_date() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03
    let until_close = || Reply::close(format!("HTTP/1.1 200 X\r\n{FRESH}\r\nnew"));
    let large = || Reply::of(200, FRESH, &"x".repeat(65));
    let in_chunks = || chunked(200);
    // For want of an end, by the client's limit, and by the store's (64 bytes).
    for (reply, limit) in [
        (until_close as fn() -> Reply, u64::MAX),
        (large, 64),
        (large, u64::MAX),
        (in_chunks, 64),
        (in_chunks, u64::MAX),
    ] {
        assert_eq!(after(reply, limit), ("new".to_owned(), false));
    }
}

#[test]
fn what_a_second_request_brings_is_out_of_date_too() {
    // req: 9111-4.3.4-06
    // A 304 about something else comes first: the full response is to a request without conditions.
    let kept_by_nobody = || Reply::of(200, "Cache-Control: no-store\r\n", "new");
    for (second, then) in [
        ((|| chunked(200)) as fn() -> Reply, "new"),
        (kept_by_nobody, "new"),
        (|| chunked(503), "old"),
    ] {
        let mut asked = 0;
        let net = Net::new(move |_| {
            asked += 1;
            match asked {
                1 => Reply::of(200, FRESH, "old"),
                2 => Reply::of(304, "ETag: \"other\"\r\n", ""),
                3 => second(),
                _ => Reply::of(200, FRESH, "new"),
            }
        });
        device(&net, async |mut client, _, buffer| {
            let request = Request::get(URL).unwrap();
            body(&mut client.send(&request, buffer).await.unwrap()).await;
            let fields = [("Cache-Control", "no-cache")];
            let reload = request.with_fields(&fields);
            let mut answer = client.send(&reload, buffer).await.unwrap();
            assert!(answer.finish(100).await.unwrap());
            assert_eq!(answer.entry(), None);
            let mut answer = client.send(&request, buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, then);
        });
    }
}

#[test]
fn a_failure_that_is_not_stored_leaves_what_is_stored() {
    // req: 9111-4.3.3-04
    let large = || Reply::of(503, FRESH, &"x".repeat(65));
    let in_chunks = || chunked(503);
    for reply in [large as fn() -> Reply, in_chunks] {
        assert_eq!(after(reply, 64), ("old".to_owned(), true));
    }
}

#[test]
fn what_breaks_off_leaves_what_is_stored() {
    // req: 9111-3.3-03
    // The new one may never come whole, and the old one can still be validated, or serve offline.
    let cut = || Reply::close(format!("HTTP/1.1 200 X\r\n{FRESH}Content-Length: 9\r\n\r\nnew"));
    assert_eq!(after(cut, 64), ("old".to_owned(), true));
}

/// One operation of the store fails while something new comes, which is read to its end: the store shows nothing
/// older from then on. How many of them were stored, and were not.
fn whatever_the_store_fails_at(method: &str, news: &str, late: bool) -> [u32; 2] {
    let mut stored = [0; 2];
    for fail in 0..30 {
        let mut asked = 0;
        let net = Net::new(move |asks: &str| {
            asked += 1;
            match asked {
                1 => Reply::of(200, FRESH, "old"),
                _ if asks.starts_with("HEAD") => {
                    Reply::keep(format!("HTTP/1.1 200 X\r\n{news}Content-Length: 3\r\n\r\n"))
                }
                2 => Reply::of(200, news, "new"),
                _ => Reply::of(200, FRESH, "new"),
            }
        });
        let store: Mutex<NoopRawMutex, _> = Mutex::new(Slow::new(SlotStore::<4, 512, 64>::new(1)));
        let clock = TestClock::default();
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 128], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let config = Config::private().with_store_head(true);
        let mut client = Client::new(config, &store, transport, &clock);
        run(async {
            let request = Request::get(URL).unwrap();
            body(&mut client.send(&request, &mut buffer).await.unwrap()).await;
            let first = store.lock().await;
            first.fail.set(Some(first.operations.get() + fail));
            first.late.set(late);
            drop(first);
            let fields = [("Cache-Control", "no-cache")];
            let reload = Request::new(method, URL).unwrap().with_fields(&fields);
            let mut answer = client.send(&reload, &mut buffer).await.unwrap();
            let whole = if method == "HEAD" { "" } else { "new" };
            assert_eq!(body(&mut answer).await, whole, "{fail}");
            stored[usize::from(answer.entry().is_some())] += 1;
            store.lock().await.fail.set(None);
            let mut answer = client.send(&request, &mut buffer).await.unwrap();
            assert_eq!(body(&mut answer).await, "new", "{method}, {news:?}, {fail}");
        });
    }
    stored
}

#[test]
fn a_store_that_fails_shows_nothing_older() {
    // req: 9111-4.3.3-02, 9111-4.3.5-05
    let tagged = FRESH.replace('1', "2");
    for late in [false, true] {
        let [unstored, stored] = whatever_the_store_fails_at("GET", &tagged, late);
        assert!(unstored > 1 && stored > 1);
        let none = whatever_the_store_fails_at("GET", "Cache-Control: no-store\r\n", late);
        assert_eq!(none, [30, 0]);
        let [unstored, stored] = whatever_the_store_fails_at("HEAD", &tagged, late);
        assert!(unstored > 1 && stored > 1);
        let none = whatever_the_store_fails_at("HEAD", "Cache-Control: no-store\r\nETag: \"2\"\r\n", late);
        assert_eq!(none, [30, 0]);
    }
}

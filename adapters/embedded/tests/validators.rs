//! "Has it changed?" from outside: what the device learns, and what goes over the air.

mod support;

use std::cell::{Cell, RefCell};

use larder::{Config, Headers, Now, Partition, Reason};
use larder_embedded::validators::{Check, Digest, Kept, NotKept, Poller, Validators};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Error, Request};
use support::{DAY, Net, Reply, TestClock, cut, field, run};

const URL: &str = "http://ota.test/board.bin";
const KEY: [u8; 16] = *b"an odd secret 16";
const RECORD: usize = Validators::bytes(1);

type Memory = [u8; 2 * RECORD];

fn empty() -> Validators<Memory> {
    Validators::new([0; 2 * RECORD], KEY)
}

/// A digest that a test can read; a device takes SHA-256.
fn digest_of(body: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.iter_mut().zip(body).for_each(|(to, from)| *to = *from);
    digest[31] = body.len() as u8;
    digest
}

/// How a poll ended.
#[derive(Debug, PartialEq, Eq)]
enum Polled {
    Unchanged(Reason, String),
    Changed(u16, String, Kept),
    Failed(&'static str),
}

use Polled::{Changed, Failed, Unchanged};

fn new(body: &str) -> Polled {
    Changed(
        200,
        body.into(),
        Kept {
            same: false,
            kept: Ok(()),
        },
    )
}

fn because(body: &str, why: NotKept) -> Polled {
    Changed(
        200,
        body.into(),
        Kept {
            same: false,
            kept: Err(why),
        },
    )
}

fn unchanged(reason: Reason, body: &str) -> Polled {
    Unchanged(reason, body.into())
}

struct Device<'n, 'h> {
    net: &'n Net<'h>,
    config: Config,
    clock: TestClock,
    offline: Cell<bool>,
}

impl<'n, 'h> Device<'n, 'h> {
    fn new(net: &'n Net<'h>) -> Self {
        Self {
            net,
            config: Config::private(),
            clock: TestClock::default(),
            offline: Cell::new(false),
        }
    }

    /// Polls with a client of its own, as after a sleep: only the memory stays.
    fn poll(&self, kept: &mut Validators<impl AsRef<[u8]> + AsMut<[u8]>>, request: &Request<'_>) -> Polled {
        self.poll_at(kept, request, self.clock.utc())
    }

    fn poll_at(
        &self,
        kept: &mut Validators<impl AsRef<[u8]> + AsMut<[u8]>>,
        request: &Request<'_>,
        clock: impl Fn() -> Now,
    ) -> Polled {
        let (mut head, mut ahead) = ([0; 512], [0; 64]);
        let transport = HttpTransport::new(self.net, PlainCodec, &mut head, &mut ahead);
        let mut poller = Poller::new(self.config, kept, transport, clock);
        poller.set_offline(self.offline.get());
        match run(poller.check(request)) {
            Ok(Check::Unchanged(found)) => {
                let body = &found.digest[..usize::from(found.digest[31])];
                Unchanged(found.reason, String::from_utf8_lossy(body).into_owned())
            }
            Ok(Check::Changed(mut response)) => {
                let (mut body, mut chunk) = (Vec::new(), [0; 7]);
                loop {
                    match run(response.read(&mut chunk)) {
                        Ok(0) => break,
                        Ok(count) => body.extend_from_slice(&chunk[..count]),
                        Err(_) => return Failed("body"),
                    }
                }
                let status = response.status();
                let text = String::from_utf8_lossy(&body).into_owned();
                Changed(status, text, response.keep(digest_of(&body)))
            }
            Err(Error::GatewayTimeout(_)) => Failed("timeout"),
            Err(_) => Failed("transport"),
        }
    }
}

fn get() -> Request<'static> {
    Request::get(URL).unwrap()
}

/// An origin whose response the test sets: fields and body; it answers 304 where the entity tag
/// or the date is the current one.
struct Script(RefCell<(String, String)>);

impl Script {
    fn new(fields: &str, body: &str) -> Self {
        Self(RefCell::new((fields.into(), body.into())))
    }

    fn set(&self, fields: &str, body: &str) {
        *self.0.borrow_mut() = (fields.into(), body.into());
    }

    fn net(&self) -> Net<'_> {
        Net::new(|request| {
            let (fields, body) = self.0.borrow().clone();
            let same = |name, own| {
                let asked = field(request, name)?.trim_start_matches("W/");
                Some(Some(asked) == field(&fields, own).map(|own| own.trim_start_matches("W/")))
            };
            let by_date = || same("if-modified-since", "last-modified");
            match same("if-none-match", "etag").or_else(by_date).unwrap_or(false) {
                true => Reply::of(304, &fields, ""),
                false => Reply::of(200, &fields, &body),
            }
        })
    }
}

#[test]
fn a_url_costs_at_most_200_bytes() {
    assert_eq!(RECORD, 184);
    for urls in [1, 2, 8, 100] {
        // The key, which is all there is besides the memory, included.
        assert!(Validators::bytes(urls) + size_of::<Validators<[u8; 0]>>() <= 200 * urls);
    }
    assert_eq!(size_of::<Validators<[u8; RECORD]>>(), RECORD + KEY.len());
}

#[test]
fn fresh_then_validated_then_changed() {
    // req: 9111-4.2-01, 9111-4.3.1-02, 9111-4.3.1-03, 9111-4.3.3-01, 9111-4.2.3-08
    let modified = "Last-Modified: Mon, 13 Jul 2026 00:00:00 GMT\r\n";
    let version = |number: u32| format!("Cache-Control: max-age=60\r\nETag: \"{number}\"\r\n{modified}");
    let origin = Script::new(&version(1), "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    device.clock.at(59);
    assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, "one"));
    assert_eq!(net.asked(), 1, "nothing goes over the air");
    for seconds in [60, 121, 182] {
        device.clock.at(seconds);
        assert_eq!(
            device.poll(&mut kept, &get()),
            unchanged(Reason::Validated, "one")
        );
        let request = net.last_request();
        assert_eq!(field(&request, "if-none-match"), Some("\"1\""));
        assert_eq!(
            field(&request, "if-modified-since"),
            Some("Mon, 13 Jul 2026 00:00:00 GMT")
        );
        device.clock.at(seconds + 59);
        assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, "one"));
    }
    origin.set(&version(2), "two");
    device.clock.at(300);
    assert_eq!(device.poll(&mut kept, &get()), new("two"));
    assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, "two"));
    assert_eq!((net.asked(), kept.len()), (5, 1));
}

#[test]
fn every_kind_of_entity_tag_comes_back_as_it_was() {
    // req: 9111-4.3.1-02, 9110-8.8.3-03
    let hash = format!("\"{}\"", "0123456789abcdef".repeat(4));
    for tag in [
        "\"\"",
        "\"x\"",
        "W/\"0\"",
        "\"abc\"",
        "\"ABCD\"",
        "\"5e8-5f3c\"",
        &hash,
        &format!("W/{hash}"),
    ] {
        let origin = Script::new(&format!("ETag: {tag}\r\nCache-Control: no-cache\r\n"), "one");
        let net = origin.net();
        let (device, mut kept) = (Device::new(&net), empty());
        assert_eq!(device.poll(&mut kept, &get()), new("one"));
        assert_eq!(
            device.poll(&mut kept, &get()),
            unchanged(Reason::Validated, "one"),
            "{tag}"
        );
        assert_eq!(field(&net.last_request(), "if-none-match"), Some(tag));
    }
    let origin = Script::new(&format!("ETag: \"{}\"\r\n", "x".repeat(56)), "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), because("one", NotKept::TooLong));
    assert_eq!(kept.len(), 0);
}

#[test]
fn a_date_alone_is_a_validator() {
    // req: 9111-4.3.1-03, 9110-13.1.3-06
    let origin = Script::new(
        "Last-Modified: Mon, 13 Jul 2026 00:00:00 GMT\r\nCache-Control: no-cache\r\n",
        "one",
    );
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::Validated, "one")
    );
    assert_eq!(field(&net.last_request(), "if-none-match"), None);
    // One that would not go out as it came is none.
    origin.set(
        "Last-Modified: Monday, 13-Jul-26 00:00:00 GMT\r\nCache-Control: no-cache\r\n",
        "two",
    );
    let mut kept = empty();
    assert_eq!(device.poll(&mut kept, &get()), because("two", NotKept::TooLong));
}

#[test]
fn the_same_bytes_again_are_unchanged() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03
    let never_304 = |fields: &'static str| move |_: &str| Reply::of(200, fields, "one");
    // The same strong tag: not even read.
    let net = Net::new(never_304("ETag: \"1\"\r\nCache-Control: max-age=60\r\n"));
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    device.clock.at(60);
    assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Storable, "one"));
    device.clock.at(119);
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::Fresh, "one"),
        "it is fresh again"
    );
    // A weak tag promises no bytes: the digest tells.
    for fields in [
        "ETag: W/\"1\"\r\nCache-Control: max-age=60\r\n",
        "Cache-Control: max-age=60\r\n",
    ] {
        let net = Net::new(never_304(fields));
        let (device, mut kept) = (Device::new(&net), empty());
        assert_eq!(device.poll(&mut kept, &get()), new("one"));
        device.clock.at(60);
        let again = Kept {
            same: true,
            kept: Ok(()),
        };
        if fields.starts_with("ETag") {
            assert_eq!(device.poll(&mut kept, &get()), Changed(200, "one".into(), again));
            assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, "one"));
        }
    }
}

#[test]
fn what_must_not_be_stored_is_not() {
    // req: 9111-3-07, 9111-4.1-06, 9111-5.2.2.5-01, 9111-5.2.1.5-01
    for (fields, reason) in [
        ("ETag: \"1\"\r\nCache-Control: no-store\r\n", Reason::NoStore),
        ("ETag: \"1\"\r\nVary: *\r\n", Reason::VaryAny),
    ] {
        let origin = Script::new(fields, "one");
        let net = origin.net();
        let (device, mut kept) = (Device::new(&net), empty());
        assert_eq!(
            device.poll(&mut kept, &get()),
            because("one", NotKept::Reason(reason))
        );
        assert_eq!(kept.into_memory(), [0; 2 * RECORD]);
    }
    let origin = Script::new("ETag: \"1\"\r\nCache-Control: max-age=60\r\n", "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    let secret = get().with_fields(&[("cache-control", "no-store")]);
    let refused = because("one", NotKept::Reason(Reason::RequestNoStore));
    assert_eq!(device.poll(&mut kept, &secret), refused);
    assert_eq!(kept.len(), 0);
    // What was kept, and is now forbidden, goes: by a 304 and by a 200.
    for (tag, seconds) in [("\"1\"", 60), ("\"2\"", 120)] {
        assert_eq!(device.poll(&mut kept, &get()), new("one"));
        device.clock.at(seconds);
        origin.set(&format!("ETag: {tag}\r\nCache-Control: no-store\r\n"), "two");
        device.poll(&mut kept, &get());
        assert_eq!(kept.len(), 0);
        origin.set("ETag: \"1\"\r\nCache-Control: max-age=60\r\n", "one");
    }
}

#[test]
fn a_response_has_one_record_whatever_asked_for_it() {
    let script = Script::new("ETag: \"1\"\r\nCache-Control: no-cache\r\n", "one");
    let (net, mut kept) = (script.net(), empty());
    let device = Device::new(&net);
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    // What was kept cannot answer these, and their response takes its place.
    let range = [("Range", "bytes=0-9")];
    let matching = [("If-Match", "\"2\"")];
    for fields in [&range, &matching] {
        script.set("ETag: \"2\"\r\nCache-Control: no-cache\r\n", "two");
        assert_eq!(device.poll(&mut kept, &get().with_fields(fields)), new("two"));
        assert_eq!(kept.len(), 1);
    }
    // Nothing older than what the device has comes back.
    script.set("ETag: \"3\"\r\nCache-Control: no-store\r\n", "three");
    let because_no_store = because("three", NotKept::Reason(Reason::NoStore));
    assert_eq!(device.poll(&mut kept, &get()), because_no_store);
    script.set("ETag: \"1\"\r\nCache-Control: no-cache\r\n", "one");
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
}

#[test]
fn variants_are_kept_apart() {
    // req: 9111-4.1-01, 9111-4.1-03, 9111-4.1-05
    let net = Net::new(|request| {
        let language = field(request, "accept-language").unwrap_or("none");
        Reply::of(
            200,
            "Cache-Control: max-age=60\r\nVary: Accept-Language, X-A\r\n",
            language,
        )
    });
    let (device, mut kept) = (Device::new(&net), empty());
    let german = [("Accept-Language", "de")];
    let both = [("accept-language", "de"), ("X-B", "b")];
    let empty_field = [("accept-language", "de"), ("x-a", "")];
    assert_eq!(device.poll(&mut kept, &get().with_fields(&german)), new("de"));
    assert_eq!(device.poll(&mut kept, &get()), new("none"));
    let fresh = |text| unchanged(Reason::Fresh, text);
    assert_eq!(device.poll(&mut kept, &get().with_fields(&both)), fresh("de"));
    assert_eq!(device.poll(&mut kept, &get()), fresh("none"));
    assert_eq!(kept.len(), 2);
    assert_eq!(
        device.poll(&mut kept, &get().with_fields(&empty_field)),
        new("de"),
        "empty is not absent"
    );
    let net = Net::new(|_| Reply::of(200, "Cache-Control: max-age=60\r\nVary: accept\r\n", "one"));
    let (device, mut kept) = (Device::new(&net), empty());
    let (two, one) = ([("accept", "a"), ("accept", "b")], [("Accept", "a, b")]);
    assert_eq!(device.poll(&mut kept, &get().with_fields(&two)), new("one"));
    assert_eq!(device.poll(&mut kept, &get().with_fields(&one)), fresh("one"));
}

#[test]
fn credentials_are_kept_apart() {
    let net = Net::new(|request| {
        let who = field(request, "authorization").unwrap_or("nobody");
        Reply::of(200, "Cache-Control: max-age=60\r\n", who)
    });
    let (device, mut kept) = (Device::new(&net), empty());
    let (ann, ben) = ([("authorization", "ann")], [("Authorization", "ben")]);
    assert_eq!(device.poll(&mut kept, &get().with_fields(&ann)), new("ann"));
    assert_eq!(device.poll(&mut kept, &get().with_fields(&ben)), new("ben"));
    assert_eq!(device.poll(&mut kept, &get()), new("nobody"));
    // A token that changes with each request: the caller says whose it is.
    let mut kept = empty();
    let mine = |fields| get().with_fields(fields).for_partition(Partition::new(1));
    assert_eq!(device.poll(&mut kept, &mine(&ann)), new("ann"));
    assert_eq!(
        device.poll(&mut kept, &mine(&ben)),
        unchanged(Reason::Fresh, "ann")
    );
    assert_eq!(
        device.poll(&mut kept, &get().for_partition(Partition::new(2))),
        new("nobody")
    );
}

#[test]
fn unsafe_requests_invalidate_even_when_their_answer_is_never_seen() {
    // req: 9111-4.4-01, 9111-4.4-03, 9111-4.4-05
    let elsewhere = "http://ota.test/list";
    let net = Net::new(|request| match field(request, "if-none-match") {
        _ if request.starts_with("PUT") => Reply::of(204, "Location: /list\r\n", ""),
        Some(_) => Reply::of(304, "Cache-Control: max-age=60\r\nETag: \"1\"\r\n", ""),
        None => Reply::of(200, "Cache-Control: max-age=60\r\nETag: \"1\"\r\n", "one"),
    });
    let (device, mut kept) = (Device::new(&net), empty());
    let fill = |kept: &mut _| {
        device.poll(kept, &get());
        device.poll(kept, &Request::get(elsewhere).unwrap());
        assert_eq!(device.poll(kept, &get()), unchanged(Reason::Fresh, "one"));
    };
    let put = Request::new("PUT", URL).unwrap().with_content(b"x");
    fill(&mut kept);
    assert!(matches!(device.poll(&mut kept, &put), Changed(204, ..)));
    for uri in [URL, elsewhere] {
        let found = device.poll(&mut kept, &Request::get(uri).unwrap());
        assert_eq!(found, unchanged(Reason::Validated, "one"), "{uri}");
    }
    fill(&mut kept);
    let (mut head, mut ahead) = ([0; 512], [0; 64]);
    net.slow.set(true);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut poller = Poller::new(Config::private(), &mut kept, transport, device.clock.utc());
    assert!(cut(poller.check(&put), 1).is_none());
    net.slow.set(false);
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::Validated, "one")
    );
    // Another client's doing.
    fill(&mut kept);
    kept.invalidate("http://OTA.test:80/board.bin").unwrap();
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::Validated, "one")
    );
}

#[test]
fn without_a_clock_every_use_is_validated() {
    // req: 9111-4-14
    let origin = Script::new("ETag: \"1\"\r\nCache-Control: max-age=60\r\n", "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(
        device.poll_at(&mut kept, &get(), device.clock.mono(1)),
        new("one")
    );
    for domain in [1, 1, 2] {
        let found = device.poll_at(&mut kept, &get(), device.clock.mono(domain));
        assert_eq!(found, unchanged(Reason::Validated, "one"));
    }
}

#[test]
fn a_clock_that_goes_backwards_makes_ages_unknown() {
    let origin = Script::new("ETag: \"1\"\r\nCache-Control: max-age=60\r\n", "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    let at = |domain, ms: u64, utc: i64| move || Now::mono(domain, ms).with_utc(DAY + utc);
    assert_eq!(device.poll_at(&mut kept, &get(), at(7, 5_000, 0)), new("one"));
    for (domain, ms, utc, expected) in [
        (7, 6_000, -86_400_000, Reason::Fresh), // the counter counts
        (7, 4_000, 0, Reason::Validated),
        (8, 0, -86_400_000, Reason::Validated),
        (8, 1_000, 0, Reason::Fresh),
    ] {
        let found = device.poll_at(&mut kept, &get(), at(domain, ms, utc));
        assert_eq!(found, unchanged(expected, "one"), "{domain} {ms} {utc}");
    }
}

#[test]
fn a_date_teaches_the_time_and_a_reset_forgets_it() {
    let fields = "Date: Tue, 14 Jul 2026 00:00:00 GMT\r\nETag: \"1\"\r\nCache-Control: max-age=60\r\n";
    let origin = Script::new(fields, "one");
    let net = origin.net();
    let mut kept = empty();
    let (mut head, mut ahead) = ([0; 512], [0; 64]);
    let seconds = Cell::new(0u64);
    let clock = || Now::mono(1, seconds.get() * 1000);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut poller = Poller::new(Config::private(), &mut kept, transport, clock);
    let Ok(Check::Changed(mut response)) = run(poller.check(&get())) else {
        panic!()
    };
    assert_eq!(response.get_one("etag"), Some(&b"\"1\""[..]));
    assert_eq!(run(response.read(&mut [0; 64])), Ok(3));
    assert_eq!(response.keep([9; 32]).kept, Ok(()));
    seconds.set(20);
    let Ok(Check::Unchanged(found)) = run(poller.check(&get())) else {
        panic!()
    };
    assert_eq!(
        (found.reason, found.fresh_for, found.digest),
        (Reason::Fresh, 40, [9; 32])
    );
    let learned = poller.learned_utc();
    assert_eq!(learned.stamp(Now::mono(1, 0)).utc_ms(), Some(DAY));
    assert_eq!(learned.stamp(Now::mono(2, 0)).utc_ms(), None);
}

#[test]
fn offline_and_failures() {
    // req: 9111-4.2.4-02, 9111-4.2.4-06, 9111-4.3.3-04
    let origin = Script::new(
        "ETag: \"1\"\r\nCache-Control: max-age=60, stale-if-error=60\r\n",
        "one",
    );
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    device.offline.set(true);
    assert_eq!(device.poll(&mut kept, &get()), Failed("timeout"));
    device.offline.set(false);
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    net.down.set(true);
    device.clock.at(30);
    assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, "one"));
    device.clock.at(100);
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::StaleIfError, "one")
    );
    device.clock.at(200);
    assert_eq!(device.poll(&mut kept, &get()), Failed("transport"));
    let busy = Net::new(|_| Reply::of(503, "", ""));
    let device = Device::new(&busy);
    device.clock.at(100);
    assert_eq!(
        device.poll(&mut kept, &get()),
        unchanged(Reason::StaleIfError, "one")
    );
    device.clock.at(200);
    assert!(matches!(device.poll(&mut kept, &get()), Changed(503, ..)));
    let only = get().with_fields(&[("cache-control", "only-if-cached")]);
    assert_eq!(device.poll(&mut kept, &only), Failed("timeout"));
    assert_eq!(kept.len(), 1, "an error says nothing about what is kept");
}

#[test]
fn a_body_that_did_not_arrive_is_asked_for_again() {
    let truncated = b"HTTP/1.1 200 OK\r\nETag: \"2\"\r\nContent-Length: 9\r\n\r\ntwo";
    let unframed = b"HTTP/1.1 200 OK\r\nETag: \"2\"\r\n\r\ntwo";
    let origin = Script::new("ETag: \"1\"\r\nCache-Control: no-cache\r\n", "one");
    let good = origin.net();
    let mut kept = empty();
    assert_eq!(Device::new(&good).poll(&mut kept, &get()), new("one"));
    let net = Net::replay(truncated, true);
    assert_eq!(Device::new(&net).poll(&mut kept, &get()), Failed("body"));
    let net = Net::replay(unframed, true);
    assert_eq!(
        Device::new(&net).poll(&mut kept, &get()),
        because("two", NotKept::Incomplete)
    );
    // What the device has is still the old one.
    assert_eq!(
        Device::new(&good).poll(&mut kept, &get()),
        unchanged(Reason::Validated, "one")
    );
}

#[test]
fn a_304_that_confirms_something_else_is_not_believed() {
    // req: 9111-4.3.4-03
    let asked = Cell::new(0);
    let net = Net::new(|_| {
        asked.set(asked.get() + 1);
        match asked.get() {
            1 => Reply::of(200, "ETag: \"1\"\r\nCache-Control: no-cache\r\n", "one"),
            2 => Reply::of(304, "ETag: \"2\"\r\n", ""),
            _ => Reply::of(200, "ETag: \"2\"\r\n", "two"),
        }
    });
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    assert_eq!(device.poll(&mut kept, &get()), new("two"));
    assert_eq!(field(&net.last_request(), "if-none-match"), None);
}

#[test]
fn directives_that_a_record_cannot_keep_make_it_validate() {
    // What may answer by itself is exactly what core says of the response as it came.
    for (fields, fresh) in [
        ("Cache-Control: max-age=60\r\n", true),
        ("Cache-Control: public, max-age=60\r\n", true),
        (
            "Cache-Control: max-age=60, s-maxage=5, stale-while-revalidate=9, no-transform\r\n",
            true,
        ),
        ("Cache-Control: Max-Age=\"60\"\r\n", true),
        (
            "Cache-Control: private\r\nCache-Control: max-age=60, must-revalidate\r\n",
            true,
        ),
        ("Cache-Control: max-age=60, immutable\r\n", true),
        (
            "Expires: Wed, 14 Jul 2027 00:00:00 GMT\r\nDate: Tue, 14 Jul 2026 00:00:00 GMT\r\n",
            true,
        ),
        ("Last-Modified: Sun, 14 Jul 2024 00:00:00 GMT\r\n", true),
        ("Age: 29\r\nCache-Control: max-age=60\r\n", true),
        ("Age: 31\r\nCache-Control: max-age=60\r\n", false),
        ("Expires: 0\r\n", false),
        ("Cache-Control: max-age=60, max-age=0\r\n", false),
        ("Cache-Control: max-age=0, max-age=60\r\n", false),
        ("Cache-Control: max-age=60, no-cache=\"set-cookie\"\r\n", false),
        ("Cache-Control: x=\",no-cache,\", max-age=60\r\n", false),
    ] {
        let origin = Script::new(&format!("ETag: \"1\"\r\n{fields}"), "one");
        let net = origin.net();
        let (device, mut kept) = (Device::new(&net), empty());
        assert_eq!(device.poll(&mut kept, &get()), new("one"), "{fields}");
        device.clock.at(30);
        let reason = if fresh { Reason::Fresh } else { Reason::Validated };
        assert_eq!(
            device.poll(&mut kept, &get()),
            unchanged(reason, "one"),
            "{fields}"
        );
    }
}

#[test]
fn a_304_changes_what_it_says_and_nothing_else() {
    // req: 9111-4.3.4-06
    for (update, after) in [
        ("", 60),
        ("Cache-Control: max-age=10\r\n", 10),
        ("Cache-Control: no-cache\r\n", 0),
    ] {
        let net = Net::new(|request| match field(request, "if-none-match") {
            Some(_) => Reply::of(304, update, ""),
            None => Reply::of(200, "ETag: \"1\"\r\nCache-Control: max-age=60\r\n", "one"),
        });
        let (device, mut kept) = (Device::new(&net), empty());
        assert_eq!(device.poll(&mut kept, &get()), new("one"));
        device.clock.at(60);
        assert_eq!(
            device.poll(&mut kept, &get()),
            unchanged(Reason::Validated, "one")
        );
        for (seconds, reason) in [(after, Reason::Fresh), (after + 1, Reason::Validated)] {
            device.clock.at((59 + seconds).max(60));
            let reason = if after == 0 { Reason::Validated } else { reason };
            assert_eq!(
                device.poll(&mut kept, &get()),
                unchanged(reason, "one"),
                "{update}"
            );
        }
    }
}

#[test]
fn head_freshens_and_other_statuses_are_passed_on() {
    // req: 9111-4.3.5-01, 9111-4.3.5-03
    let current = Cell::new(1);
    let net = Net::new(|_| {
        Reply::of(
            200,
            &format!("ETag: \"{}\"\r\nCache-Control: max-age=60\r\n", current.get()),
            "",
        )
    });
    let (device, mut kept) = (Device::new(&net), empty());
    let head = Request::new("HEAD", URL).unwrap();
    assert_eq!(device.poll(&mut kept, &get()), new(""));
    device.clock.at(60);
    assert!(matches!(device.poll(&mut kept, &head), Unchanged(..)));
    device.clock.at(119);
    assert_eq!(device.poll(&mut kept, &get()), unchanged(Reason::Fresh, ""));
    current.set(2);
    device.clock.at(130);
    assert!(matches!(device.poll(&mut kept, &head), Changed(200, ..)));
    let net = Net::new(|_| Reply::of(404, "Cache-Control: max-age=60\r\n", "no"));
    let (device, mut kept) = (Device::new(&net), empty());
    let kept_nothing = Kept {
        same: false,
        kept: Err(NotKept::NotGet200),
    };
    for _ in 0..2 {
        assert_eq!(
            device.poll(&mut kept, &get()),
            Changed(404, "no".into(), kept_nothing)
        );
    }
}

#[test]
fn the_coldest_url_makes_room() {
    let origin = Script::new("Cache-Control: max-age=60\r\n", "one");
    let net = origin.net();
    let (device, mut kept) = (Device::new(&net), empty());
    let url = |name| Request::get(name).unwrap();
    let (a, b, c) = (
        url("http://a.test/"),
        url("http://b.test/"),
        url("http://c.test/"),
    );
    for request in [&a, &b, &a, &c] {
        device.poll(&mut kept, request);
    }
    assert_eq!(device.poll(&mut kept, &a), unchanged(Reason::Fresh, "one"));
    assert_eq!(device.poll(&mut kept, &b), new("one"), "asked for longest ago");
    let mut none = Validators::new([0; 0], KEY);
    assert_eq!(device.poll(&mut none, &a), because("one", NotKept::NoRoom));
    assert_eq!(device.poll(&mut kept, &a), unchanged(Reason::Fresh, "one"));
    kept.remove("http://a.test").unwrap();
    assert_eq!(device.poll(&mut kept, &a), new("one"));
    kept.clear();
    assert!(kept.is_empty());
}

#[test]
fn retained_memory_survives_sleep_and_no_damage() {
    let origin = Script::new(
        "ETag: \"1\"\r\nVary: accept\r\nCache-Control: max-age=60\r\n",
        "one",
    );
    let net = origin.net();
    let device = Device::new(&net);
    let mut retained = [0xa5; RECORD + 7];
    assert_eq!(
        Validators::new(&mut retained[..], KEY).len(),
        0,
        "whatever it held"
    );
    assert_eq!(
        device.poll(&mut Validators::new(&mut retained[..], KEY), &get()),
        new("one")
    );
    let poll =
        |mut memory: [u8; RECORD + 7], key| device.poll(&mut Validators::new(&mut memory[..], key), &get());
    assert_eq!(poll(retained, KEY), unchanged(Reason::Fresh, "one"));
    assert_eq!(poll(retained, [0; 16]), new("one"), "another device's key");
    let uses = 175; // how recently it was used is all that is not under the sum
    for bit in 0..8 * retained.len() {
        let mut damaged = retained;
        damaged[bit / 8] ^= 1 << (bit % 8);
        let whole = bit / 8 == uses || bit / 8 >= RECORD;
        let kept = Validators::new(&mut damaged[..], KEY);
        assert_eq!(kept.len(), usize::from(whole), "bit {bit}");
        let found = poll(damaged, KEY);
        assert_eq!(
            found,
            if whole {
                unchanged(Reason::Fresh, "one")
            } else {
                new("one")
            },
            "bit {bit}"
        );
    }
    for length in 0..RECORD {
        let mut short = retained[..length].to_vec();
        assert!(Validators::new(&mut short[..], KEY).is_empty());
    }
}

#[test]
fn a_poll_may_be_dropped_at_any_await() {
    let origin = Script::new("ETag: \"1\"\r\nCache-Control: no-cache\r\n", "one");
    let net = origin.net().slowly(3);
    let (device, mut kept) = (Device::new(&net), empty());
    assert_eq!(device.poll(&mut kept, &get()), new("one"));
    for polls in 0.. {
        let (mut head, mut ahead) = ([0; 512], [0; 64]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut poller = Poller::new(Config::private(), &mut kept, transport, device.clock.utc());
        let done = cut(poller.check(&get()), polls).is_some();
        // The next one finds what there was, over a connection of its own.
        assert!(
            matches!(run(poller.check(&get())), Ok(Check::Unchanged(_))),
            "after {polls} polls"
        );
        if done {
            assert!(polls > 10);
            break;
        }
    }
    // A body that was read in part keeps nothing.
    origin.set("ETag: \"2\"\r\nCache-Control: no-cache\r\n", "two");
    let (mut head, mut ahead) = ([0; 512], [0; 64]);
    let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
    let mut poller = Poller::new(Config::private(), &mut kept, transport, device.clock.utc());
    let Ok(Check::Changed(mut response)) = run(poller.check(&get())) else {
        panic!()
    };
    assert_eq!(response.previous(), Some(&digest_of(b"one")));
    assert_eq!(run(response.read(&mut [0; 1])), Ok(1));
    assert_eq!(response.keep(digest_of(b"two")).kept, Err(NotKept::Incomplete));
    assert_eq!(device.poll(&mut kept, &get()), new("two"));
}

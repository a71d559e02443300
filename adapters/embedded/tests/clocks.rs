//! Devices that do not know what time it is, or learn it, or sleep.

mod support;

use std::cell::Cell;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use larder::store::slots::SlotStore;
use larder::{Config, LearnedUtc, Now, Reason, format_http_date};
use larder_embedded::wire::{HttpTransport, PlainCodec};
use larder_embedded::{Client, Clock, Request};
use support::{DAY, Net, Reply, TestClock, field, run};

type Store = Mutex<NoopRawMutex, SlotStore<4, 512, 64>>;

const URL: &str = "http://dash.test/weather";

/// An origin with a clock of its own, for responses that live for a minute.
fn origin<'c>(clock: &'c TestClock, with_date: bool) -> Net<'c> {
    Net::new(move |request| {
        let date = format_http_date(DAY / 1000 + clock.0.get() as i64);
        let mut fields = String::from("Cache-Control: max-age=60\r\nETag: \"1\"\r\n");
        if with_date {
            fields += &format!("Date: {}\r\n", String::from_utf8_lossy(&date));
        }
        match field(request, "if-none-match").is_some() {
            true => Reply::of(304, &fields, ""),
            false => Reply::of(200, &fields, "hello"),
        }
    })
}

/// What a request finds, and what the client has learned afterwards.
fn ask(net: &Net<'_>, store: &Store, clock: impl Clock, learned: Option<LearnedUtc>) -> (Reason, LearnedUtc) {
    let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
    let transport = HttpTransport::new(net, PlainCodec, &mut head, &mut ahead);
    let mut client = Client::new(Config::private(), store, transport, clock);
    client = match learned {
        Some(utc) => client.with_learned_utc(utc),
        None => client.without_learned_utc(),
    };
    let request = Request::get(URL).unwrap();
    let mut answer = run(client.send(&request, &mut buffer)).unwrap();
    let reason = answer.reason();
    assert_eq!(run(answer.read_all(&mut [0; 64])).unwrap(), b"hello");
    (reason, client.learned_utc())
}

#[test]
fn without_any_clock_every_use_is_validated() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    assert_eq!(ask(&net, &store, clock.mono(1), None).0, Reason::Storable);
    for seconds in [1, 59, 61] {
        clock.at(seconds);
        assert_eq!(ask(&net, &store, clock.mono(1), None).0, Reason::Validated);
    }
}

#[test]
fn the_first_date_is_a_clock() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    let mut learned = LearnedUtc::new();
    for (seconds, expected) in [
        (5, Reason::Storable),
        (6, Reason::Fresh),
        (64, Reason::Fresh),
        (66, Reason::Validated),
        (100, Reason::Fresh),
    ] {
        clock.at(seconds);
        let (reason, utc) = ask(&net, &store, clock.mono(1), Some(learned));
        assert_eq!(reason, expected, "at {seconds}");
        learned = utc;
    }
    // An origin without Date teaches nothing.
    let (net, store) = (origin(&clock, false), Store::new(SlotStore::new(1)));
    for expected in [Reason::Storable, Reason::Validated] {
        assert_eq!(
            ask(&net, &store, clock.mono(1), Some(LearnedUtc::new())).0,
            expected
        );
    }
}

#[test]
fn a_response_from_a_cache_teaches_its_date_and_age() {
    let net = Net::new(|_| {
        let date = format_http_date(DAY / 1000);
        let date = String::from_utf8_lossy(&date).into_owned();
        Reply::of(
            200,
            &format!("Date: {date}\r\nAge: 30\r\nCache-Control: max-age=60\r\n"),
            "hello",
        )
    });
    let store = Store::new(SlotStore::new(1));
    let (_, learned) = ask(&net, &store, || Now::mono(1, 0), Some(LearnedUtc::new()));
    assert_eq!(learned.stamp(Now::mono(1, 0)).utc_ms(), Some(DAY + 30_000));
}

#[test]
fn sleep_in_the_same_domain_keeps_freshness() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    let (_, learned) = ask(&net, &store, clock.mono(7), Some(LearnedUtc::new()));
    clock.at(50);
    // What was learned is kept in the RAM that stays on; the counter has run through the sleep.
    let mut retained = learned.to_bytes();
    let learned = LearnedUtc::from_bytes(&retained).unwrap();
    assert_eq!(ask(&net, &store, clock.mono(7), Some(learned)).0, Reason::Fresh);
    // Power went for a moment: nothing is known, rather than another time.
    retained[9] ^= 4;
    let learned = LearnedUtc::from_bytes(&retained).unwrap_or_default();
    assert_eq!(
        ask(&net, &store, clock.mono(7), Some(learned)).0,
        Reason::Validated
    );
    // Or it is not: then UTC is unknown, and the entry is validated.
    assert_eq!(
        ask(&net, &store, clock.mono(7), Some(LearnedUtc::new())).0,
        Reason::Validated
    );
}

#[test]
fn a_new_domain_makes_ages_unknown() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    let (_, learned) = ask(&net, &store, clock.mono(7), Some(LearnedUtc::new()));
    // A reset: the counter starts again, and what was learned says nothing any more.
    let (reason, learned) = ask(&net, &store, || Now::mono(8, 10), Some(learned));
    assert_eq!(reason, Reason::Validated);
    assert_eq!(
        ask(&net, &store, || Now::mono(8, 20), Some(learned)).0,
        Reason::Fresh
    );
}

#[test]
fn real_utc_on_both_sides_outlives_a_reset() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    ask(&net, &store, || Now::mono(7, 5_000_000).with_utc(DAY), None);
    let after = |ms: i64| move || Now::mono(8, 1).with_utc(DAY + ms);
    assert_eq!(ask(&net, &store, after(50_000), None).0, Reason::Fresh);
    assert_eq!(ask(&net, &store, after(61_000), None).0, Reason::Validated);
}

#[test]
fn a_clock_that_goes_backwards_makes_ages_unknown() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    ask(&net, &store, || Now::mono(7, 5_000).with_utc(DAY), None);
    let backwards = || Now::mono(7, 4_000).with_utc(DAY);
    assert_eq!(ask(&net, &store, backwards, None).0, Reason::Validated);
    let earlier = || Now::mono(8, 0).with_utc(DAY - 86_400_000);
    assert_eq!(ask(&net, &store, earlier, None).0, Reason::Validated);
}

#[test]
fn a_clock_that_goes_backwards_under_a_request() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, false), Store::new(SlotStore::new(1)));
    // Each look at the clock is earlier than the one before.
    let ms = Cell::new(9_000);
    let backwards = || Now::mono(7, ms.replace(ms.get() - 1_000)).with_utc(DAY);
    assert_eq!(ask(&net, &store, backwards, None).0, Reason::Storable);
    let received = ms.get() + 1_000;
    let after = |seconds: u64| move || Now::mono(7, received + seconds * 1_000).with_utc(DAY);
    assert_eq!(ask(&net, &store, after(59), None).0, Reason::Fresh);
    assert_eq!(ask(&net, &store, after(60), None).0, Reason::Validated);
}

#[test]
fn utc_that_is_learned_late_moves_no_age() {
    let clock = TestClock::default();
    let (net, store) = (origin(&clock, true), Store::new(SlotStore::new(1)));
    ask(&net, &store, clock.mono(1), None);
    clock.at(30);
    // SNTP says another day: within the domain the counter counts.
    let sntp = || Now::mono(1, 30_000).with_utc(DAY + 1_000_000_000);
    assert_eq!(ask(&net, &store, sntp, None).0, Reason::Fresh);
}

#[test]
fn embassy_time() {
    use larder_embedded::EmbassyClock;
    let clock = EmbassyClock::resumed(3, 1 << 40);
    let before = Clock::now(&clock);
    assert_eq!((before.domain(), before.utc_ms()), (3, None));
    assert!(before.mono_ms() >= 1 << 40);
    clock.set_utc(DAY);
    let after = Clock::now(&clock);
    let passed = i64::try_from(after.mono_ms() - before.mono_ms()).unwrap();
    assert!((DAY..=DAY + passed).contains(&after.utc_ms().unwrap()));
    let _ = Cell::new(EmbassyClock::new(1));
}

#[test]
fn retained_ram_outlives_a_reset() {
    use larder::store::arena::ArenaStore;
    let clock = TestClock::default();
    let net = origin(&clock, true);
    let mut ram = [0u8; 4096];
    let mut ask = |domain: u32, expected: Reason| {
        let mut store = ArenaStore::attach_or_format(&mut ram, 1, 4).unwrap();
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(&net, PlainCodec, &mut head, &mut ahead);
        let mut client = Client::new(Config::private(), &mut store, transport, clock.mono(domain));
        let request = Request::get(URL).unwrap();
        let mut answer = run(client.send(&request, &mut buffer)).unwrap();
        assert_eq!(answer.reason(), expected);
        assert_eq!(run(answer.read_all(&mut [0; 64])).unwrap(), b"hello");
        answer.entry().unwrap()
    };
    let first = ask(1, Reason::Storable);
    // After the reset the body is still there: 304, and the same entry, so nothing to draw.
    assert_eq!(ask(2, Reason::Validated), first);
    assert_eq!(ask(3, Reason::Validated), first);
    assert_eq!(net.asked(), 3);
}

/// What a device finds after its RAM lost power for a moment: an answer that the origin gave, or
/// the origin's next one; never a panic, never another body.
#[test]
fn retained_ram_with_every_bit_flipped() {
    use larder::store::arena::ArenaStore;
    const ROOM: usize = 1024;
    let fetch = |net: &Net<'_>, ram: &mut [u8]| {
        let mut store = ArenaStore::attach_or_format(ram, 1, 2).unwrap();
        let (mut head, mut ahead, mut buffer) = ([0; 512], [0; 64], [0; 1024]);
        let transport = HttpTransport::new(net, PlainCodec, &mut head, &mut ahead);
        let clock = || Now::mono(1, 0).with_utc(DAY);
        let mut client = Client::new(Config::private(), &mut store, transport, clock);
        let mut answer = run(client.send(&Request::get(URL).unwrap(), &mut buffer)).unwrap();
        let mut body = [0; 64];
        let read = run(answer.read_all(&mut body)).map(|body| body.to_vec());
        (answer.is_from_store(), read)
    };
    let origin =
        |body| Net::new(move |_| Reply::of(200, "Cache-Control: max-age=60\r\nETag: \"1\"\r\n", body));
    let (before, after) = (origin("hello"), origin("other"));
    let mut retained = [0u8; ROOM];
    assert_eq!(fetch(&before, &mut retained), (false, Ok(b"hello".to_vec())));
    assert_eq!(fetch(&after, &mut retained), (true, Ok(b"hello".to_vec())));
    let (mut kept, mut lost) = (0, 0);
    for bit in 0..ROOM * 8 {
        let mut ram = retained;
        ram[bit / 8] ^= 1 << (bit % 8);
        match fetch(&after, &mut ram) {
            (true, Ok(body)) => {
                assert_eq!(body, b"hello", "bit {bit}");
                kept += 1;
            }
            (false, Ok(body)) => {
                assert_eq!(body, b"other", "bit {bit}");
                lost += 1;
            }
            // Found when the body is read: an error, and the next request asks.
            (_, Err(error)) => assert_eq!(error, larder_embedded::Error::Gone, "bit {bit}"),
        }
        assert!(fetch(&after, &mut ram).1.is_ok(), "bit {bit}");
    }
    assert!(kept > 0 && lost > 0, "{kept} {lost}");
}

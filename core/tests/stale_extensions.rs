//! stale-while-revalidate and stale-if-error (RFC 5861).

mod scenario;

use larder::{Config, ErrorNext, Failure, Reason};
use scenario::{Cache, NOTHING, Origin, Scenario, Stored, Verdict, at, fails, get, says, uptime, validate};

const ETAG: &str = "ETag: \"a\"";

#[test]
fn stale_while_revalidate_serves_and_validates_in_the_background() {
    // req: 5861-3-01, 5861-3-02, 5861-3-03, 5861-4-01, 9111-4.2.4-07
    let fields = [
        "Cache-Control: max-age=600, stale-while-revalidate=30",
        "ETag: \"a\"",
    ];
    let stored = Scenario::private().stored(200, &fields);
    for seconds in [600, 610, 630] {
        let verdict = stored.later(seconds);
        assert_eq!(verdict, Verdict::Hit(Reason::StaleWhileRevalidate, Some(seconds)));
        let hit = stored.hit(at(seconds), &get("/a"));
        let background = hit.revalidate().expect("a validation in the background");
        assert_eq!(background.reason(), Reason::BackgroundValidation);
        assert_eq!((hit.remaining(), background.id()), (0, hit.id()));
    }
    for seconds in [631, 640] {
        assert_eq!(stored.later(seconds), validate(Reason::Stale), "{seconds}");
    }
    assert!(stored.hit(at(10), &get("/a")).revalidate().is_none());
    // Nor for a request that wants a fresh one (req: 9111-5.2.1.1-02, 9111-5.2.1.3-01).
    for wanted in ["max-age=700", "min-fresh=0"] {
        let verdict = stored.asked(610, &[format!("Cache-Control: {wanted}")]);
        assert_eq!(verdict, validate(Reason::Stale), "{wanted}");
    }
    // Off, missing or malformed: no permission.
    let off = Scenario::of(Config::private().with_stale_while_revalidate(false));
    assert_eq!(off.stored(200, &fields).later(610), validate(Reason::Stale));
    for value in ["", "=x", "=-1", "=30, stale-while-revalidate=31"] {
        let field = format!("Cache-Control: max-age=600, stale-while-revalidate{value}");
        let stored = Scenario::private().stored(200, &[field.as_str(), "ETag: \"a\""]);
        assert_eq!(stored.later(610), validate(Reason::Stale), "{value}");
    }
}

#[test]
fn no_extension_beats_a_prohibition() {
    // req: 5861-4-06, 9111-5.2.2.2-02, 9111-5.2.2.10-01, 9111-5.2.2.4-01
    let strict = validate(Reason::MustRevalidate);
    let swr = Verdict::Hit(Reason::StaleWhileRevalidate, Some(9));
    let no_cache = validate(Reason::NoCache);
    let cases = [
        ("max-age=5, must-revalidate", strict, strict),
        ("max-age=5, no-cache", no_cache, no_cache),
        ("max-age=5, proxy-revalidate", swr, strict),
        ("max-age=5, s-maxage=5", swr, strict),
        ("max-age=5", swr, swr),
    ];
    for (control, private, shared) in cases {
        let field = format!("Cache-Control: {control}, stale-while-revalidate=60, stale-if-error=60");
        let fields = [field.as_str(), "ETag: \"a\""];
        assert_eq!(
            Scenario::private().stored(200, &fields).later(9),
            private,
            "{control}"
        );
        assert_eq!(
            Scenario::shared().stored(200, &fields).later(9),
            shared,
            "{control}"
        );
    }
    let beats = Config::shared().with_stale_extensions_beat_s_maxage(true);
    let fields = |control: &str| {
        [
            format!("Cache-Control: {control}, stale-while-revalidate=60"),
            "ETag: \"a\"".into(),
        ]
    };
    assert_eq!(
        Scenario::of(beats).stored(200, &fields("s-maxage=5")).later(9),
        swr
    );
    assert_eq!(
        Scenario::of(beats)
            .stored(200, &fields("s-maxage=5, must-revalidate"))
            .later(9),
        strict
    );
}

#[test]
fn a_server_error_is_passed_on_or_stood_in_for() {
    // req: 9111-4.3.3-04, 5861-4-02, 5861-4-04, 5861-4-05, 5861-4-01, 9110-15-02
    let fields = ["Cache-Control: max-age=600, stale-if-error=1200", ETAG];
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &fields, "old")]);
    for status in [500, 502, 503, 504] {
        let answer = cache.fetch(900, &get("/a"), &[says(status, &NOTHING, "error")]);
        assert_eq!(
            (answer.seen(), answer.reason),
            ((200, "old"), Reason::StaleIfError),
            "{status}"
        );
        assert_eq!(
            (answer.values("age"), answer.values("warning").len()),
            (vec!["900".into()], 0)
        );
    }
    let answer = cache.fetch(1800, &get("/a"), &[fails()]); // the last second, inclusive
    assert_eq!(
        (answer.body.as_str(), answer.reason),
        ("old", Reason::StaleIfError)
    );
    let answer = cache.fetch(1801, &get("/a"), &[says(500, &NOTHING, "error")]);
    assert_eq!(answer.seen(), (500, "error"));
    for status in [501, 505, 599, 600, 999] {
        let answer = cache.fetch(900, &get("/a"), &[says(status, &NOTHING, "error")]);
        assert_eq!(answer.seen(), (status, "error"));
        assert_eq!(cache.items.len(), 1, "{status} says nothing about the entry");
    }
    // The same where only the status is known.
    for (status, expected) in [(500, 200), (504, 200), (501, 504), (505, 504), (429, 504)] {
        let failed = Origin::Fails(Failure::Status(status));
        assert_eq!(
            cache.fetch(900, &get("/a"), &[failed]).status,
            expected,
            "{status}"
        );
    }
    let answer = cache.fetch(900, &get("/a"), &[says(429, &NOTHING, "error")]);
    assert_eq!(answer.seen(), (429, "error"));
}

#[test]
fn stale_if_error_of_a_request_holds_for_that_request() {
    // req: 5861-4-03, 5861-4-06, 9111-5.2.1-02
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG]);
    let on_error = |stored: &Stored, seconds: u64, fields: &[&str], failure| {
        let ask = get("/a").with_all(fields);
        match stored.stale(at(seconds), &ask).on_error(failure, at(seconds)) {
            ErrorNext::FromCache(hit) => Ok((hit.reason(), hit.age().unwrap())),
            ErrorNext::GatewayTimeout(end) => Err(end.reason()),
            other => panic!("{other:?}"),
        }
    };
    let served = Ok((Reason::StaleIfError, 20));
    let refused = Err(Reason::MayNotServeStale);
    let sie = ["Cache-Control: stale-if-error=60"];
    assert_eq!(on_error(&stored, 20, &sie, Failure::Status(503)), served);
    assert_eq!(on_error(&stored, 20, &sie, Failure::Transport), served);
    assert_eq!(on_error(&stored, 20, &[], Failure::Status(503)), refused);
    assert_eq!(on_error(&stored, 66, &sie, Failure::Status(503)), refused);
    for bad in [
        "stale-if-error=x",
        "stale-if-error",
        "stale-if-error=60, stale-if-error=x",
    ] {
        let field = format!("Cache-Control: {bad}");
        assert_eq!(
            on_error(&stored, 5, &[&field], Failure::Transport),
            refused,
            "{bad}"
        );
    }
    for status in [501, 505, 404, 429, 200, 304] {
        assert_eq!(
            on_error(&stored, 20, &sie, Failure::Status(status)),
            refused,
            "{status}"
        );
    }
    for bad in [
        "stale-if-error",
        "stale-if-error=x",
        "stale-if-error=-1",
        "stale-if-error=9, stale-if-error=8",
    ] {
        let field = format!("Cache-Control: max-age=5, {bad}");
        let stored = Scenario::private().stored(200, &[field.as_str(), ETAG]);
        assert_eq!(on_error(&stored, 5, &[], Failure::Transport), refused, "{bad}");
    }
    // The prohibitions go first.
    for control in ["must-revalidate", "no-cache"] {
        let field = format!("Cache-Control: max-age=5, stale-if-error=60, {control}");
        let stored = Scenario::private().stored(200, &[field.as_str(), ETAG]);
        assert_eq!(
            on_error(&stored, 20, &sie, Failure::Transport),
            refused,
            "{control}"
        );
    }
    // What the request refuses is not overruled by the response.
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5, stale-if-error=60", ETAG]);
    for refusing in [
        "no-cache",
        "max-age=30",
        "min-fresh=0",
        "max-age=30, max-stale=x",
        "max-age=10, max-stale=2",
    ] {
        let field = format!("Cache-Control: {refusing}");
        assert_eq!(
            on_error(&stored, 20, &[&field], Failure::Transport),
            refused,
            "{refusing}"
        );
    }
    let willing = ["Cache-Control: max-age=30, max-stale=2"];
    assert_eq!(on_error(&stored, 20, &willing, Failure::Transport), served);
    assert_eq!(on_error(&stored, 20, &[], Failure::Transport), served);
    // Without a clock every use is validated, or there is none (req: 9111-4-14).
    let stale = stored.stale(uptime(20), &stored.ask);
    let next = stale.on_error(Failure::Transport, uptime(20));
    assert!(matches!(next, ErrorNext::GatewayTimeout(_)), "{next:?}");
}

#[test]
fn a_background_validation_asks_for_the_stored_variant() {
    // req: 9111-4.3.1-01, 9110-11.6.2-01
    let ask = get("/a").with_all(&["Abc: 123", "Authorization: Basic x", "Other: 1"]);
    let fields = [
        "Cache-Control: max-age=1",
        ETAG,
        "Vary: abc, Authorization, Absent",
    ];
    let stored = Scenario::private().ask(ask).stored(200, &fields);
    let mut lines: Vec<_> = stored
        .entry()
        .nominated_fields()
        .map(|line| (line.name, line.value))
        .collect();
    let (name, value) = lines.pop().unwrap();
    assert!(lines.is_empty() && name == "abc" && value == b"123");

    let mut cache = Cache::private();
    let fields = ["Cache-Control: max-age=1, stale-while-revalidate=60", ETAG];
    let ask = get("/a")
        .with("If-None-Match: \"x\"")
        .with("Cache-Control: max-stale");
    cache.fetch(0, &ask, &[says(200, &fields, "old")]);
    let stale = cache.fetch(5, &get("/a"), &[]);
    assert!(stale.background && stale.body == "old");
    let answer = cache.background(
        5,
        &get("/a"),
        &[says(304, &[ETAG, "Cache-Control: max-age=60"], "")],
    );
    assert_eq!(answer.asked("if-none-match"), ["\"a\""]);
    assert_eq!(cache.fetch(9, &get("/a"), &[]).reason, Reason::Fresh);
    // A validation whatever the age, and whatever the client would accept. It is the cache's
    // own: the client's tags are not sent along (req: 9111-4.3.2-07).
    let answer = cache.background(9, &ask, &[says(304, &[ETAG], "")]);
    assert_eq!(answer.asked("if-none-match"), ["\"a\""]);
}

//! What a request asks of the cache: Cache-Control and Pragma (RFC 9111 section 5.2.1, 5.4).

mod scenario;

use larder::{Config, Reason};
use scenario::{Scenario, Verdict, fresh, get, miss, validate};

const ETAG: &str = "ETag: \"a\"";

#[test]
fn honouring_request_directives_is_an_option() {
    // req: 9111-5.2.1-01, 9111-5.2.1.4-01
    let fields = [ETAG, "Cache-Control: max-age=60"];
    let off = Scenario::of(Config::private().with_request_directives(false)).stored(200, &fields);
    let on = Scenario::private().stored(200, &fields);
    assert_eq!(
        on.asked(1, &["Cache-Control: no-cache"]),
        validate(Reason::RequestNoCache)
    );
    assert_eq!(off.asked(1, &["Cache-Control: no-cache"]), fresh(1));
    assert_eq!(
        off.asked(1, &["Cache-Control: only-if-cached, max-age=0, min-fresh=99"]),
        fresh(1)
    );
}

#[test]
fn request_values_resolve_to_the_stricter_reading() {
    // req: 9111-5.2.1-02
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60"]);
    let cases = [
        (10, "max-age=60, max-age=5", Reason::RequestMaxAge),
        (10, "max-age=5, max-age=60", Reason::RequestMaxAge),
        (10, "min-fresh=1, min-fresh=51", Reason::RequestMinFresh),
        (10, "no-cache=\"x\"", Reason::RequestNoCache),
        (60, "max-stale=abc", Reason::Stale),
        (65, "max-stale=abc", Reason::Stale),
        (65, "max-stale=abc, max-stale=10", Reason::Stale),
        (65, "max-stale=10, max-stale=4", Reason::Stale),
        (65, "max-stale, max-stale=4", Reason::Stale),
        (65, "max-stale=\"\"", Reason::Stale),
    ];
    for (seconds, value, reason) in cases {
        let field = format!("Cache-Control: {value}");
        assert_eq!(stored.asked(seconds, &[field]), validate(reason), "{value}");
    }
    for malformed in [
        "max-age=abc",
        "max-age",
        "max-age=60, max-age=x",
        "min-fresh=abc",
        "min-fresh=-1",
    ] {
        let verdict = stored.asked(10, &[format!("Cache-Control: {malformed}")]);
        assert!(
            matches!(verdict, Verdict::Validate(_)),
            "{malformed}: {verdict:?}"
        );
    }
}

#[test]
fn request_max_age_bounds_the_age() {
    // req: 9111-5.2.1.1-01, 9111-5.2.1.1-02
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60"]);
    assert_eq!(stored.asked(9, &["Cache-Control: max-age=9"]), fresh(9));
    assert_eq!(
        stored.asked(9, &["Cache-Control: max-age=8"]),
        validate(Reason::RequestMaxAge)
    );
    assert_eq!(
        stored.asked(0, &["Cache-Control: max-age=0"]),
        validate(Reason::RequestMaxAge)
    );
    // It refuses stale answers, unless max-stale comes with it.
    let stored = Scenario::private().stored(
        200,
        &[ETAG, "Cache-Control: max-age=5, stale-while-revalidate=60"],
    );
    let stale = Verdict::Hit(Reason::StaleWhileRevalidate, Some(9));
    assert_eq!(stored.later(9), stale);
    assert_eq!(
        stored.asked(9, &["Cache-Control: max-age=20"]),
        validate(Reason::Stale)
    );
    let stale = Verdict::Hit(Reason::MaxStale, Some(9));
    assert_eq!(
        stored.asked(9, &["Cache-Control: max-age=20, max-stale=10"]),
        stale
    );
    // max-stale lifts freshness, not the limit on age.
    assert_eq!(
        stored.asked(9, &["Cache-Control: max-age=8, max-stale=10"]),
        validate(Reason::RequestMaxAge)
    );
}

#[test]
fn max_stale_accepts_so_much_staleness() {
    // req: 9111-5.2.1.2-01, 9111-5.2.1.2-02, 9111-4.2.4-07, 9111-5.5-01
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=5"]);
    let stale = |age| Verdict::Hit(Reason::MaxStale, Some(age));
    assert_eq!(stored.asked(15, &["Cache-Control: max-stale=10"]), stale(15));
    assert_eq!(
        stored.asked(15, &["Cache-Control: max-stale=9"]),
        validate(Reason::Stale)
    );
    assert_eq!(stored.asked(90_000, &["Cache-Control: max-stale"]), stale(90_000));
    // However stale: also where the age has reached its bound.
    let ancient = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=0", "Age: 4294967295"]);
    assert_eq!(ancient.asked(10, &["Cache-Control: max-stale"]), stale(1 << 31));
    assert_eq!(
        ancient.asked(10, &["Cache-Control: max-stale=2147483647"]),
        validate(Reason::Stale)
    );
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=5, must-revalidate"]);
    assert_eq!(
        stored.asked(90_000, &["Cache-Control: max-stale"]),
        validate(Reason::MustRevalidate)
    );
}

#[test]
fn min_fresh_wants_lifetime_left() {
    // req: 9111-5.2.1.3-01
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60"]);
    assert_eq!(stored.asked(40, &["Cache-Control: min-fresh=20"]), fresh(40));
    for value in ["21", "4294967296", "99999999999999999999"] {
        let field = format!("Cache-Control: min-fresh={value}");
        assert_eq!(stored.asked(40, &[field]), validate(Reason::RequestMinFresh));
    }
}

#[test]
fn pragma_is_a_fallback_of_requests() {
    // req: 9111-5.4-01, 9111-5.4-02
    let fields = [ETAG, "Cache-Control: max-age=60", "Pragma: no-cache"];
    let stored = Scenario::private().stored(200, &fields);
    assert_eq!(stored.later(10), fresh(10));
    assert_eq!(stored.values("pragma"), ["no-cache"]);
    assert_eq!(
        stored.asked(10, &["Pragma: x, No-Cache"]),
        validate(Reason::RequestNoCache)
    );
    assert_eq!(
        stored.asked(10, &["Pragma: no-cache", "Cache-Control: max-age=60"]),
        fresh(10)
    );
    assert_eq!(stored.asked(10, &["Pragma: x"]), fresh(10));
    let off = Scenario::of(Config::private().with_pragma(false)).stored(200, &fields);
    assert_eq!(off.asked(10, &["Pragma: no-cache"]), fresh(10));
}

#[test]
fn a_miss_stays_a_miss_whatever_is_asked() {
    // req: 9111-4-01
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60"]);
    let other = get("/b").with("Cache-Control: max-stale");
    assert_eq!(
        stored.verdict(scenario::at(1), &other),
        miss(Reason::NothingStored)
    );
}

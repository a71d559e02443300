//! Freshness lifetimes (RFC 9111 section 4.2, 4.2.1, 4.2.2 and 5.3).

mod scenario;

use larder::{Config, Duplicates, Override, Reason};
use scenario::{Scenario, Verdict, date, fresh, get, reply, validate};

const ETAG: &str = "ETag: \"a\"";

/// The lifetime that a 200 gets.
fn lifetime<T: AsRef<str>>(scenario: &Scenario, fields: &[T]) -> u32 {
    let mut all = vec![ETAG.to_string()];
    all.extend(fields.iter().map(|field| field.as_ref().to_string()));
    scenario.stored(200, &all).lifetime()
}

fn private(fields: &[&str]) -> u32 {
    lifetime(&Scenario::private(), fields)
}

fn expires(offset: i64) -> String {
    format!("Expires: {}", date(offset))
}

fn dated(offset: i64) -> String {
    format!("Date: {}", date(offset))
}

fn modified(offset: i64) -> String {
    format!("Last-Modified: {}", date(offset))
}

#[test]
fn fresh_while_the_lifetime_is_greater_than_the_age() {
    // req: 9111-4.2-01, 9111-4-05, 9111-4.2.4-01, 9111-4.2.4-06
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=10"]);
    assert_eq!(stored.later(9), fresh(9));
    assert_eq!(stored.later(10), validate(Reason::Stale));
    assert_eq!(stored.later(1_000_000), validate(Reason::Stale));
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=0"]);
    assert_eq!(stored.later(0), validate(Reason::Stale));
}

#[test]
fn s_maxage_then_max_age_then_expires() {
    // req: 9111-4.2.1-01, 9111-4.2.1-02, 9111-4.2.1-03, 9111-5.3-02, 9111-5.3-03
    let (hour, past) = (expires(3600), expires(-3600));
    let cases: [(&[&str], u32, u32); 11] = [
        (&["Cache-Control: s-maxage=5, max-age=60", &hour], 60, 5),
        (&["Cache-Control: s-maxage=x, max-age=60", &hour], 60, 0),
        (&["Cache-Control: s-maxage=x", &hour], 3600, 0),
        (&["Cache-Control: max-age=60, s-maxage=5", &hour], 60, 5),
        (
            &[&hour, "Cache-Control: max-age=60", "Cache-Control: s-maxage=5"],
            60,
            5,
        ),
        (&["Cache-Control: max-age=60", &past], 60, 60),
        (&["Cache-Control: max-age=60", "Expires: 0"], 60, 60),
        (&["Cache-Control: max-age=0", &hour], 0, 0),
        (&["Cache-Control: max-age=x", &hour], 0, 0),
        (&["Cache-Control: s-maxage=60", &past], 0, 60),
        (&[&hour], 3600, 3600),
    ];
    for (fields, private, shared) in cases {
        assert_eq!(
            lifetime(&Scenario::private(), fields),
            private,
            "private {fields:?}"
        );
        assert_eq!(lifetime(&Scenario::shared(), fields), shared, "shared {fields:?}");
    }
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60", &past]);
    assert_eq!(stored.later(59), fresh(59));
    assert_eq!(stored.later(60), validate(Reason::Stale));
}

#[test]
fn expires_counts_from_date_or_receipt() {
    // req: 9111-4.2.1-03, 9111-4.2.1-04, 9111-4.2.1-09, 9111-4.2-03
    let cases: [(&[&str], u32); 8] = [
        (&[&dated(0), &expires(60)], 60),
        // The local clock is hours off, either way.
        (&[&dated(9000), &expires(9060)], 60),
        (&[&dated(-9000), &expires(-8940)], 60),
        (&[&expires(60)], 60),
        (&["Date: yesterday", &expires(60)], 60),
        // Nothing is rounded up to a coarser unit.
        (&[&dated(0), &expires(59)], 59),
        (&[&dated(400), &expires(300)], 0),
        (&[&dated(400), &expires(400)], 0),
    ];
    for (fields, expected) in cases {
        assert_eq!(private(fields), expected, "{fields:?}");
    }
}

#[test]
fn an_expiry_in_the_past_calls_for_validation() {
    // req: 9111-4.2-06, 9111-3-13, 9111-5.3-01
    for value in [date(-86400).as_str(), "0", "-1", "now", ""] {
        for status in [200, 302] {
            let fields = [ETAG.to_string(), format!("Expires: {value}")];
            let stored = Scenario::private().stored(status, &fields);
            assert_eq!(stored.later(0), validate(Reason::Stale), "{value:?}");
        }
    }
}

#[test]
fn far_expiry_dates_do_not_overflow() {
    // req: 9111-5.3-04, 9111-1.2.2-03
    for when in ["Sun, 21 Nov 2286 04:46:39 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        for dated in [vec![], vec!["Date: Mon, 01 Jan 0001 00:00:00 GMT".to_string()]] {
            let fields = [&dated[..], &[format!("Expires: {when}")]].concat();
            assert_eq!(lifetime(&Scenario::private(), &fields), 1 << 31, "{fields:?}");
        }
        let stored = Scenario::private().stored(200, &[format!("Expires: {when}")]);
        assert_eq!(stored.later(31_536_000), fresh(31_536_000));
    }
}

#[test]
fn huge_delta_seconds_saturate() {
    // req: 9111-1.2.2-02, 9111-1.2.2-03
    let cases = [
        ("0060", 60),
        ("2147483647", 2_147_483_647),
        ("2147483648", 1 << 31),
        ("4294967295", 1 << 31),
        ("99999999999999999999999", 1 << 31),
    ];
    for (value, expected) in cases {
        for name in ["max-age", "s-maxage"] {
            let fields = [format!("Cache-Control: {name}={value}, public")];
            assert_eq!(lifetime(&Scenario::shared(), &fields), expected, "{fields:?}");
        }
    }
    let fields = ["Cache-Control: max-age=99999999999999999999999"];
    assert_eq!(
        Scenario::private().stored(200, &fields).later(31_536_000),
        fresh(31_536_000)
    );
    let capped = Config::private().with_max_lifetime(600);
    assert_eq!(lifetime(&Scenario::of(capped), &fields), 600);
}

#[test]
fn repeated_values_are_stale_unless_equal() {
    // req: 9111-4.2.1-06
    let first = Config::private().with_duplicates(Duplicates::First);
    let cases: [(&[&str], u32, u32); 8] = [
        (&["Cache-Control: max-age=1800, max-age=1"], 0, 1800),
        (&["Cache-Control: max-age=1, max-age=1800"], 0, 1),
        (
            &["Cache-Control: max-age=1800", "Cache-Control: max-age=1"],
            0,
            1800,
        ),
        (&["Cache-Control: max-age=60, max-age=60"], 60, 60),
        (
            &["Cache-Control: max-age=60", "Cache-Control: MAX-AGE=\"060\""],
            60,
            60,
        ),
        (&["Cache-Control: max-age=60, max-age=x"], 0, 60),
        (&[&expires(60), &expires(90)], 0, 0),
        (&[&expires(60), &expires(60)], 60, 60),
    ];
    for (fields, stale, first_wins) in cases {
        assert_eq!(private(fields), stale, "{fields:?}");
        assert_eq!(lifetime(&Scenario::of(first), fields), first_wins, "{fields:?}");
    }
}

#[test]
fn the_most_restrictive_directive_wins() {
    // req: 9111-4.2.1-07, 9111-5.2.2.9-03
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=600, no-cache"]);
    assert_eq!(stored.later(1), validate(Reason::NoCache));
    let shared = Scenario::shared();
    assert_eq!(
        shared.refusal(200, &["Cache-Control: max-age=9, public, private"]),
        Reason::Private
    );
    for scenario in Scenario::both() {
        assert_eq!(
            scenario.refusal(200, &["Cache-Control: max-age=9, no-store"]),
            Reason::NoStore
        );
        assert_eq!(
            scenario.refusal(200, &["Cache-Control: public, no-store"]),
            Reason::NoStore
        );
    }
}

#[test]
fn unusable_numbers_are_no_lifetime_and_fall_through_to_nothing() {
    // req: 9111-4.2.1-08, 9111-1.2.2-01, 9111-4.2.2-02, 9111-5.2-07
    let values = [
        "=abc", "", "=", "=-1", "=+60", "=60.5", "=60.0", "='60'", "=60s", "=3600a", "=0x3C", "=\" 60\"",
        "=\"\"", " =60", "= 60", "=6 0", "=\"60", "=60;x",
    ];
    for value in values {
        for (scenario, name) in [(Scenario::private(), "max-age"), (Scenario::shared(), "s-maxage")] {
            let fields = [
                ETAG.to_string(),
                expires(3600),
                modified(-1_000_000),
                format!("Cache-Control: {name}{value}"),
            ];
            // An open quote may even keep it from being stored; a lifetime it never gives.
            if let Ok(stored) = scenario.outcome(&scenario::reply(200, &fields)) {
                assert_eq!(stored.later(0), validate_stale(name, &scenario), "{fields:?}");
            } else {
                assert!(value.starts_with("=\"6"), "{fields:?}");
            }
        }
    }
}

/// Stale, and in a shared cache s-maxage forbids stale reuse.
fn validate_stale(name: &str, scenario: &Scenario) -> Verdict {
    let strict = name == "s-maxage" && scenario.config.is_shared();
    validate(if strict {
        Reason::MustRevalidate
    } else {
        Reason::Stale
    })
}

#[test]
fn heuristics_without_explicit_expiry() {
    // req: 9111-4.2.1-05, 9111-4.2.2-01, 9111-4.2.2-04
    let days = |days: i64| [dated(0), modified(-86_400 * days)];
    assert_eq!(lifetime(&Scenario::private(), &days(10)), 86_400);
    // Bounded by the cap, a day at most unless configured otherwise.
    assert_eq!(lifetime(&Scenario::private(), &days(100)), 86_400);
    assert_eq!(lifetime(&Scenario::private(), &[dated(0), modified(-1000)]), 100);
    assert_eq!(lifetime(&Scenario::private(), &[dated(0), modified(-999)]), 99);
    let of = |percent, cap| Scenario::of(Config::private().with_heuristic(percent, cap));
    assert_eq!(lifetime(&of(50, 600), &[dated(0), modified(-1000)]), 500);
    assert_eq!(lifetime(&of(50, 400), &[dated(0), modified(-1000)]), 400);
    // Off.
    assert_eq!(lifetime(&of(0, 600), &days(10)), 0);
    assert_eq!(lifetime(&Scenario::shared(), &days(10)), 0);
    let stored = Scenario::shared().stored(200, &days(10));
    assert_eq!(stored.later(0), validate(Reason::NoExpiry));
}

#[test]
fn no_heuristics_beside_an_explicit_expiry() {
    // req: 9111-4.2.2-02
    for explicit in [
        "Expires: 0",
        "Cache-Control: max-age=0",
        "Cache-Control: max-age=x",
    ] {
        let stored = Scenario::private().stored(200, &[&modified(-1_000_000), explicit]);
        assert_eq!(stored.later(0), validate(Reason::Stale), "{explicit}");
    }
    // s-maxage is none for a private cache.
    assert_eq!(private(&["Cache-Control: s-maxage=5", &modified(-1000)]), 100);
}

#[test]
fn heuristics_need_a_cacheable_status_or_public() {
    // req: 9111-4.2.2-03, 9111-3-11, 9111-5.2.2.9-02, 9110-15-01
    let old = modified(-1000);
    for status in [599, 299, 403, 500] {
        assert_eq!(
            Scenario::private().refusal(status, &[&old]),
            Reason::NoPermission,
            "{status}"
        );
        let stored = Scenario::private().stored(status, &[old.as_str(), "Cache-Control: public"]);
        assert_eq!(stored.lifetime(), 100, "{status}");
        // Stored all the same, or no longer marked: no lifetime.
        let over = Override {
            force_store: true,
            ..Override::NONE
        };
        let forced = Scenario::private().over(over).stored(status, &[&old]);
        assert_eq!(forced.lifetime(), 0, "{status}");
        let updated = stored.updated(200, &reply(304, &[old.as_str(), "Cache-Control: x"]));
        assert_eq!(updated.lifetime(), 0, "{status}");
    }
}

#[test]
fn forced_storing_marks_nothing_as_cacheable() {
    // req: 9111-4.2.2-03
    let over = Override {
        force_store: true,
        ..Override::NONE
    };
    for (status, expected) in [(200, 100), (302, 0)] {
        let scenario = Scenario::private().over(over);
        assert_eq!(
            scenario
                .stored(status, &[ETAG, &modified(-1000), &dated(0)])
                .lifetime(),
            expected,
            "{status}"
        );
    }
}

#[test]
fn private_marks_as_cacheable_for_a_private_cache() {
    // req: 9111-5.2.2.7-02, 9111-4.2.2-03
    for control in ["private", "private=\"X\""] {
        let fields = [modified(-1000), format!("Cache-Control: {control}")];
        assert_eq!(
            Scenario::private().stored(403, &fields).lifetime(),
            100,
            "{control}"
        );
    }
    let shared = Config::shared().with_heuristic(10, 86_400);
    assert!(!Scenario::of(shared).stores(403, &[modified(-1000), "Cache-Control: private".into()]));
}

#[test]
fn which_status_codes_are_heuristically_cacheable() {
    // req: 9110-15.1-01, 7725-3-01, 9111-3-17, 8470-5.2-01
    let cacheable = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 451, 501];
    for status in 100..600 {
        let outcome = Scenario::private().outcome(&scenario::reply(status, &[modified(-1000)]));
        let lifetime = outcome.ok().map(|stored| stored.lifetime());
        assert_eq!(lifetime, cacheable.contains(&status).then_some(100), "{status}");
    }
}

#[test]
fn a_query_does_not_rule_heuristics_out() {
    // req: 9111-4.2.2-05
    let stored = Scenario::private()
        .ask(get("/a?b=c"))
        .stored(200, &[modified(-1000)]);
    assert_eq!(stored.lifetime(), 100);
    assert_eq!(stored.later(99), fresh(99));
}

#[test]
fn no_heuristics_without_a_usable_last_modified() {
    // req: 9111-4.2.2-06
    let lines: [&[&str]; 4] = [
        &[&modified(3600)],
        &["Last-Modified: yesterday"],
        &[&modified(-1000), &modified(-2000)],
        &[],
    ];
    for fields in lines {
        let stored = Scenario::private().stored(200, &[&[ETAG], fields].concat());
        assert_eq!(stored.later(0), validate(Reason::NoExpiry), "{fields:?}");
    }
}

#[test]
fn a_heuristic_of_no_time_is_an_expiry_all_the_same() {
    // req: 9111-4.2.2-01, 9111-4.2.2-06
    let stored = |fields: &[&str]| Scenario::private().stored(200, &[&[ETAG], fields].concat());
    let just_modified = stored(&[&modified(0), &dated(0)]);
    assert_eq!(just_modified.lifetime(), 0);
    assert_eq!(just_modified.later(0), validate(Reason::Stale));
    let in_the_future = stored(&[&modified(1), &dated(0)]);
    assert_eq!(in_the_future.later(0), validate(Reason::NoExpiry));
}

#[test]
fn client_limits_hold_for_one_request() {
    // req: 9111-4.2-07
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60"]);
    assert_eq!(
        stored.asked(9, &["Cache-Control: max-age=5"]),
        validate(Reason::RequestMaxAge)
    );
    assert_eq!(
        stored.asked(9, &["Cache-Control: min-fresh=55"]),
        validate(Reason::RequestMinFresh)
    );
    assert_eq!(stored.later(9), fresh(9));
}

/// The vectors whose results must not depend on where the machine stands.
fn zone_vectors() -> Vec<u32> {
    ["12:01:00 GMT", "12:01:00 NZST", "13:30:00 GMT", "11:59:59 GMT"]
        .map(|time| private(&[&format!("Expires: Sun, 15 Jun 2025 {time}"), &dated(0)]))
        .to_vec()
}

#[test]
#[cfg_attr(miri, ignore = "it starts programs")]
fn local_time_zones_play_no_part() {
    // req: 9111-4.2-04
    let here = zone_vectors();
    assert_eq!(here, [60, 0, 5400, 0]);
    if std::env::var_os("LARDER_ZONE").is_some() {
        println!("zone vectors: {here:?}");
        return;
    }
    for zone in ["UTC", "Pacific/Auckland", "America/Los_Angeles"] {
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["local_time_zones_play_no_part", "--nocapture"])
            .env("TZ", zone)
            .env("LARDER_ZONE", zone)
            .output()
            .unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(
            run.status.success() && said.contains(&format!("zone vectors: {here:?}")),
            "{zone}: {said}"
        );
    }
}

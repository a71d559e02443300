//! HTTP dates (RFC 9110 section 5.6.7; RFC 9111 section 4.2 and 5.3).

mod scenario;

use larder::{Config, Headers, Reason, ResponseFacts, Served, format_http_date, parse_http_date};
use proptest::prelude::*;
use scenario::{Cache, Scenario, at, get, reply, says, uptime, validate, values};
use std::time::{Duration, UNIX_EPOCH};

const NOV_94: i64 = 784_111_777;
/// 2026-01-01T00:00:00Z.
const Y2026: i64 = 1_767_225_600;

fn parse(text: &str) -> Option<i64> {
    parse_http_date(text.as_bytes(), Some(Y2026))
}

#[test]
fn the_facts_have_the_dates_that_can_be_read() {
    // req: 9110-5.6.7-01, 9111-4.2-05
    let dates = |fields: &[&str]| {
        let facts = ResponseFacts::derive(&reply(200, fields).head(), &Config::private(), at(0));
        (facts.date(), facts.last_modified())
    };
    let [date, modified] = [
        "Date: Tue Nov 15 12:45:26 1994",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
    ];
    assert_eq!(dates(&[date]), (Some(784_903_526), None));
    assert_eq!(dates(&[modified]), (None, Some(NOV_94)));
    assert_eq!(dates(&[date, modified]), (Some(784_903_526), Some(NOV_94)));
    assert_eq!(dates(&["Date: now", "Last-Modified: -1"]), (None, None));
}

#[test]
fn three_formats_and_no_other() {
    // req: 9110-5.6.7-01, 9110-5.6.7-03, 9111-4.2-02, 9111-4.2-05
    let good = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", NOV_94),
        ("Sunday, 06-Nov-94 08:49:37 GMT", NOV_94),
        ("Sun Nov  6 08:49:37 1994", NOV_94),
        ("Sun Nov 06 08:49:37 1994", NOV_94),
        ("Tue Nov 15 12:45:26 1994", 784_903_526),
        (" \tSun, 06 Nov 1994 08:49:37 GMT ", NOV_94),
        ("THU, 18 AUG 2050 02:01:18 gmt", 2_544_400_878),
        ("sunday, 06-nov-94 08:49:37 gmt", NOV_94),
        ("SUN NOV  6 08:49:37 1994", NOV_94),
        // The weekday is not checked against the date.
        ("Mon, 06 Nov 1994 08:49:37 GMT", NOV_94),
    ];
    for (text, expected) in good {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
    let bad = [
        "",
        // White space around a value is SP and HTAB alone (RFC 9110 section 5.6.3).
        "Sun, 06 Nov 1994 08:49:37 GMT\x0b",
        "\x0cSun, 06 Nov 1994 08:49:37 GMT",
        "0",
        "-1",
        "now",
        "784111777",
        "Sun Nov 6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 AEST",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 EST",
        "Sun, 06 Nov 1994 08:49:37 Z",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
        "Thu,  18 Aug 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02:01 GMT",
        "Thu, 18 Aug 2050 02.01.18 GMT",
        "Thursday, 18-Aug-2050 02:01:18 GMT",
        "2050-08-18T02:01:18Z",
        "18 Aug 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02:01:18 GMT, x",
        "Thursday, 18-Aug-50 02:01:18 UTC",
    ];
    for text in bad {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn impossible_dates_are_invalid() {
    // req: 9110-5.6.7-04, 9110-5.6.7-07
    assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT"), Some(1_483_228_799));
    assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
    assert_eq!(parse("Tue, 29 Feb 2000 00:00:00 GMT"), Some(951_782_400));
    assert_eq!(parse("Mon, 01 Jan 0001 00:00:00 GMT"), Some(-62_135_596_800));
    assert_eq!(parse("Fri, 31 Dec 9999 23:59:59 GMT"), Some(253_402_300_799));
    let bad = [
        "Sat, 31 Dec 2016 23:60:00 GMT",
        "Sat, 31 Dec 2016 24:00:00 GMT",
        "Sat, 31 Dec 2016 23:59:61 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Mon, 29 Feb 1900 00:00:00 GMT",
        "Fri, 31 Feb 2025 00:00:00 GMT",
        "Wed, 31 Apr 2025 00:00:00 GMT",
        "Wed, 00 Jan 2025 00:00:00 GMT",
        "Wed, 32 Jan 2025 00:00:00 GMT",
        "Wed, 01 Foo 2025 00:00:00 GMT",
        "Wed, 1a Jan 2025 00:00:00 GMT",
        "Wed,  1 Jan 2025 00:00:00 GMT",
    ];
    for text in bad {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn two_digit_years_lie_at_most_fifty_years_ahead() {
    // req: 9110-5.6.7-05
    let cases = [
        (
            "Wednesday, 01-Jan-76 00:00:00 GMT",
            "Wed, 01 Jan 2076 00:00:00 GMT",
        ),
        (
            "Thursday, 01-Jan-76 00:00:01 GMT",
            "Thu, 01 Jan 1976 00:00:01 GMT",
        ),
        (
            "Thursday, 31-Dec-76 00:00:00 GMT",
            "Thu, 31 Dec 1976 00:00:00 GMT",
        ),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
        (
            "Thursday, 18-Aug-50 02:01:18 GMT",
            "Thu, 18 Aug 2050 02:01:18 GMT",
        ),
        ("Friday, 01-Jan-77 00:00:00 GMT", "Fri, 01 Jan 1977 00:00:00 GMT"),
        (
            "Saturday, 01-Jan-00 00:00:00 GMT",
            "Sat, 01 Jan 2000 00:00:00 GMT",
        ),
    ];
    for (short, long) in cases {
        assert_eq!(parse(short), parse(long), "{short}");
        assert!(parse(long).is_some());
    }
    // On a leap day, and far from any epoch.
    let leap = parse("Thu, 29 Feb 2024 12:00:00 GMT");
    let short = |text: &str, now| parse_http_date(text.as_bytes(), now);
    assert_eq!(
        short("Friday, 28-Feb-74 12:00:00 GMT", leap),
        parse("Wed, 28 Feb 2074 12:00:00 GMT")
    );
    assert_eq!(
        short("Friday, 01-Mar-74 12:00:00 GMT", leap),
        parse("Fri, 01 Mar 1974 12:00:00 GMT")
    );
    for now in [i64::MIN, -1, 0, i64::MAX] {
        assert!(short("Sunday, 06-Nov-94 08:49:37 GMT", Some(now)).is_some());
    }
    // Without a clock the year of the build stands in.
    assert_eq!(short("Sunday, 06-Nov-94 08:49:37 GMT", None), Some(NOV_94));
}

#[test]
fn every_field_that_holds_a_date_reads_all_formats() {
    // req: 9110-5.6.7-01
    let formats = [
        "Sun, 15 Jun 2025 12:01:00 GMT",
        "Sunday, 15-Jun-25 12:01:00 GMT",
        "Sun Jun 15 12:01:00 2025",
    ];
    for format in formats {
        let private = Scenario::private();
        let stored = private.stored(200, &[format!("Expires: {format}")]);
        assert_eq!(stored.lifetime(), 60, "{format}");
        // Date a minute ahead of an expiry two minutes ahead.
        let fields = [
            format!("Date: {format}"),
            "Expires: Sun, 15 Jun 2025 12:02:00 GMT".into(),
        ];
        assert_eq!(private.stored(200, &fields).lifetime(), 60, "{format}");
        let fields = [
            format!("Last-Modified: {format}"),
            "Date: Sun, 15 Jun 2025 12:02:40 GMT".into(),
        ];
        assert_eq!(private.stored(200, &fields).lifetime(), 10, "{format}");
        let stored = private.stored(
            200,
            &["Cache-Control: max-age=60", &format!("Last-Modified: {format}")],
        );
        let ask = get("/a").with(&format!("If-Modified-Since: {format}"));
        assert!(
            stored.hit(at(0), &ask).not_modified(&ask.head(), &stored.entry()),
            "{format}"
        );
    }
}

#[test]
fn an_invalid_expires_has_expired() {
    // req: 9111-5.3-01, 9111-4.2-05
    let bad = [
        "0",
        "-1",
        "now",
        "",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
        "Thu, 18 Aug 2050 02:01:18 UTC",
        "Thu, 18 Aug 2050 02:01:18 AEST",
        "Thu, 18 Aug 2050 02:01:18 +0000",
        "Thu, 18 Aug 2050 02:01:18 EST",
    ];
    for value in bad {
        let fields = [
            "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
            &format!("Expires: {value}"),
        ];
        let stored = Scenario::private().stored(200, &fields);
        assert_eq!(stored.later(0), validate(Reason::Stale), "{value:?}");
    }
}

#[test]
fn a_missing_date_is_added_in_the_one_generated_format() {
    // req: 9110-6.6.1-01, 9110-5.6.7-02, 9110-5.6.7-06
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60"]);
    let expected = "Sun, 15 Jun 2025 12:00:00 GMT";
    assert_eq!(stored.values("date"), [expected]);
    assert_eq!(values(&Served::new(&stored.entry(), Some(1)), "date"), [expected]);
    // Day and hour have two digits.
    assert_eq!(&format_http_date(1_735_700_645), b"Wed, 01 Jan 2025 03:04:05 GMT");
    assert_eq!(&format_http_date(NOV_94), b"Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn an_invalid_date_is_replaced_and_a_valid_one_is_not_advanced() {
    // req: 9110-6.6.1-02, 9110-6.6.1-03, 9111-4.2.1-04
    for lines in [
        vec!["Date: foo"],
        vec!["Date: "],
        vec!["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Date: x"],
    ] {
        let stored = Scenario::private().stored(200, &[&lines[..], &["Cache-Control: max-age=60"]].concat());
        assert_eq!(
            stored.values("date"),
            ["Sun, 15 Jun 2025 12:00:00 GMT"],
            "{lines:?}"
        );
    }
    let mut cache = Cache::private();
    let dates = [
        format!("Date: {}", scenario::date(-5)),
        format!("Expires: {}", scenario::date(60)),
    ];
    cache.fetch(0, &get("/a"), &[says(200, &dates, "x")]);
    let hit = cache.fetch(30, &get("/a"), &[]);
    assert_eq!(hit.values("date"), [scenario::date(-5)]);
    assert_eq!(hit.values("expires"), [scenario::date(60)]);
    assert_eq!(hit.values("age"), ["35"]);
}

#[test]
fn without_a_clock_no_date_is_generated() {
    // req: 9110-6.6.1-04
    let scenario = Scenario::private().when(uptime(0), uptime(0));
    let stored = scenario.stored(200, &["Cache-Control: max-age=60", "ETag: \"a\""]);
    assert!(!stored.entry().has("date"));
    let answer = scenario::reply(304, &["ETag: \"a\""]);
    let state = stored.stale(uptime(1), &get("/a"));
    let when = larder::Exchanged::new(uptime(1), uptime(1));
    let next = state.next(&get("/a").head(), &stored.entry(), &answer.head(), when);
    let larder::NeedRevalidationNext::NeedToBeUpdated(state) = next else {
        panic!("{next:?}")
    };
    let entry = stored.entry();
    let merged = state
        .merged::<_, scenario::Fields>(&entry, &answer.lines)
        .unwrap();
    assert!(!merged.has("date"));
}

proptest! {
    #![proptest_config(scenario::cases(256))]

    #[test]
    fn written_dates_read_back(seconds in 0..=253_402_300_799i64) {
        // req: 9110-5.6.7-02
        let written = format_http_date(seconds);
        prop_assert_eq!(written.len(), 29);
        prop_assert_eq!(parse_http_date(&written, None), Some(seconds));
        let other = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs()));
        prop_assert_eq!(std::str::from_utf8(&written).unwrap(), other);
    }

    #[test]
    fn asctime_reads_as_another_crate_does(seconds in 0..=253_402_300_799i64) {
        // req: 9110-5.6.7-03
        let imf = format_http_date(seconds);
        let text = std::str::from_utf8(&imf).unwrap();
        let (weekday, day, month) = (&text[0..3], text[5..7].parse::<u8>().unwrap(), &text[8..11]);
        let written = format!("{weekday} {month} {day:2} {} {}", &text[17..25], &text[12..16]);
        prop_assert_eq!(parse_http_date(written.as_bytes(), None), Some(seconds));
        prop_assert_eq!(written.parse::<httpdate::HttpDate>().unwrap(), text.parse().unwrap());
    }

    /// What another crate takes for an IMF-fixdate or asctime date (two-digit years it pivots
    /// at 1970) is read as the same second.
    #[test]
    fn damaged_dates_read_as_another_crate_does(
        seconds in 0..=253_402_300_799i64,
        asctime: bool,
        damage in prop::collection::vec((0usize..29, prop::sample::select(b" ,:-0123456789GMTSunMonJaF".to_vec())), 0..3),
    ) {
        let imf = format_http_date(seconds);
        let mut bytes = imf.to_vec();
        if asctime {
            let text = std::str::from_utf8(&imf).unwrap();
            bytes = format!("{} {} {} {} {}", &text[..3], &text[8..11], &text[5..7], &text[17..25], &text[12..16])
                .into_bytes();
        }
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        let text = std::str::from_utf8(&bytes).unwrap();
        if let Ok(theirs) = httpdate::parse_http_date(text) {
            let theirs = theirs.duration_since(UNIX_EPOCH).unwrap().as_secs();
            prop_assert_eq!(parse_http_date(&bytes, None), Some(i64::try_from(theirs).unwrap()), "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_a_date_or_none(bytes in prop::collection::vec(any::<u8>(), 0..40), now: Option<i64>) {
        // req: 9110-2.3-01
        let _ = parse_http_date(&bytes, now);
    }
}

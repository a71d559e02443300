//! Ages and clocks (RFC 9111 section 4.2.3 and 5.1; design.md section 5).

mod scenario;

use larder::{Config, InitialAge, LearnedUtc, Now, Reason};
use scenario::{Scenario, Stored, T0, at, at_ms, date, fresh, get, says, uptime, validate};

/// The age of a response with `max-age` for a day, at moment 0 of a receipt without delay.
fn initial_age(fields: &[&str]) -> u64 {
    let fields = [fields, &["Cache-Control: max-age=86400"]].concat();
    age(&Scenario::private().stored(200, &fields), at(0))
}

fn age(stored: &Stored, now: Now) -> u64 {
    stored.hit(now, &stored.ask).age().expect("a clock tells")
}

#[test]
fn age_value_is_the_first_member_if_it_is_a_number() {
    // req: 9111-4.2.3-01, 9111-5.1-01, 9111-5.1-02, 9111-1.2.2-01
    let cases: [(&[&str], u64); 18] = [
        (&["Age: 30"], 30),
        (&[], 0),
        (&["Age: abc"], 0),
        (&["Age: 7200, 0"], 7200),
        (&["Age: 7200", "Age: 0"], 7200),
        (&["Age: 0, 7200"], 0),
        (&["Age: 0", "Age: 7200"], 0),
        (&["Age: abc, 7200"], 0),
        (&["Age: -7200"], 0),
        (&["Age: +7200"], 0),
        (&["Age: 7200.0"], 0),
        (&["Age: 7200;foo=bar"], 0),
        (&["Age: \"7200\""], 0),
        (&["Age: "], 0),
        (&["Age: ,30, 5"], 30),
        (&["Age: ", "Age: 30"], 30),
        (&["Age: ,", "Age: 30", "Age: 5"], 30),
        (&["Age:  0060\t"], 60),
    ];
    for (fields, expected) in cases {
        assert_eq!(initial_age(fields), expected, "{fields:?}");
    }
}

#[test]
fn apparent_age_is_the_time_since_date() {
    // req: 9111-4.2.3-02, 9111-4.2.3-06
    assert_eq!(initial_age(&[&format!("Date: {}", date(-8))]), 8);
    assert_eq!(initial_age(&[&format!("Date: {}", date(3600))]), 0);
    // The larger of both ages counts.
    assert_eq!(initial_age(&[&format!("Date: {}", date(-7200))]), 7200);
    assert_eq!(initial_age(&[&format!("Date: {}", date(0)), "Age: 7200"]), 7200);
    assert_eq!(initial_age(&[&format!("Date: {}", date(-100)), "Age: 30"]), 100);
}

#[test]
fn a_missing_age_is_no_proof_of_contact() {
    // req: 9111-5.1-03, 9111-4.2.3-06
    let fields = [
        "Cache-Control: max-age=3600",
        "ETag: \"a\"",
        &format!("Date: {}", date(-7200)),
    ];
    let stored = Scenario::private().stored(200, &fields);
    assert_eq!(stored.later(0), validate(Reason::Stale));
}

#[test]
fn corrected_age_alone_is_an_option() {
    // req: 9111-4.2.3-05
    let config = Config::private().with_initial_age(InitialAge::AgeHeaderOnly);
    let fields = ["Cache-Control: max-age=3600", &format!("Date: {}", date(-100))];
    assert_eq!(Scenario::of(config).stored(200, &fields).later(0), fresh(0));
    assert_eq!(Scenario::private().stored(200, &fields).later(0), fresh(100));
}

#[test]
fn age_counts_from_the_sending_of_the_request() {
    // req: 9111-4.2.3-03, 9111-4.2.3-04, 9111-4.2.3-07
    let slow = Scenario::private().when(at(0), at(4));
    let stored = slow.stored(200, &["Age: 30", "Cache-Control: max-age=61"]);
    assert_eq!(stored.later(4), fresh(34));
    assert_eq!(stored.later(30), fresh(60)); // 26 s resident
    let stored = slow.stored(200, &["Age: 30", "Cache-Control: max-age=60", "ETag: \"a\""]);
    assert_eq!(stored.later(30), validate(Reason::Stale));

    let slower = Scenario::private().when(at(0), at(5));
    let stored = slower.stored(200, &["Age: 0", "Cache-Control: max-age=5", "ETag: \"a\""]);
    assert_eq!(stored.later(5), validate(Reason::Stale)); // on arrival
    let stored = slower.stored(200, &["Age: 0", "Cache-Control: max-age=6"]);
    assert_eq!(stored.later(5), fresh(5));
}

#[test]
fn decisions_count_milliseconds_and_age_prints_whole_seconds() {
    // req: 9111-4.2-01, 9111-4-07
    let scenario = Scenario::private().when(at(0), at_ms(400));
    let stored = scenario.stored(200, &["Cache-Control: max-age=2", "ETag: \"a\""]);
    assert_eq!(stored.verdict(at_ms(999), &get("/a")), fresh(0));
    assert_eq!(stored.verdict(at_ms(1_000), &get("/a")), fresh(1));
    assert_eq!(stored.verdict(at_ms(1_999), &get("/a")), fresh(1));
    assert_eq!(stored.verdict(at_ms(2_000), &get("/a")), validate(Reason::Stale));
}

#[test]
fn sums_saturate() {
    // req: 9111-1.2.2-03, 9111-1.2.2-04
    for age in ["4294967295", "18446744073709551615", "99999999999999999999999"] {
        let scenario = Scenario::private().when(at(0), at(10));
        let fields = [
            "Cache-Control: max-age=60, stale-if-error=0",
            "ETag: \"a\"",
            &format!("Age: {age}"),
        ];
        let stored = scenario.stored(200, &fields);
        assert_eq!(stored.later(10), validate(Reason::Stale), "{age}");
        // Served under max-stale, its Age is digits and at least 2^31.
        let hit = stored.hit(at(20), &get("/a").with("Cache-Control: max-stale"));
        let sent = scenario::values(&hit.head(&stored.entry()), "age");
        assert!(sent[0].parse::<u64>().unwrap() >= 1 << 31, "{sent:?}");
    }
    let far = Now::mono(1, u64::MAX).with_utc(i64::MAX);
    let stored = Scenario::private()
        .when(at(0), far)
        .stored(200, &["Cache-Control: max-age=60", "Age: 9"]);
    assert_eq!(stored.verdict(far, &get("/a")), validate(Reason::Stale));
}

#[test]
fn every_answer_without_validation_has_one_age_line() {
    // req: 9111-4-07, 9111-4-08
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60"]);
    for seconds in [0, 7] {
        let hit = stored.hit(at(seconds), &get("/a"));
        assert_eq!(
            scenario::values(&hit.head(&stored.entry()), "age"),
            [seconds.to_string()]
        );
    }
    let stored = Scenario::private().stored(200, &["Age: 30", "Age: 31", "Cache-Control: max-age=60"]);
    assert_eq!(stored.values("age"), ["30", "31"]);
    let hit = stored.hit(at(10), &get("/a"));
    assert_eq!(scenario::values(&hit.head(&stored.entry()), "age"), ["40"]);
}

#[test]
fn a_validation_starts_the_age_anew() {
    // req: 9111-4.2.3-08
    let fields = [
        "Age: 500",
        "Cache-Control: max-age=550",
        "ETag: \"a\"",
        &format!("Date: {}", date(-500)),
    ];
    let stored = Scenario::private().stored(200, &fields);
    assert_eq!(stored.later(0), fresh(500));
    assert_eq!(stored.later(100), validate(Reason::Stale));
    let answer = scenario::reply(304, &["ETag: \"a\"", &format!("Date: {}", date(100))]);
    let updated = stored.updated(100, &answer);
    assert_eq!(updated.later(105), fresh(5));
    assert!(updated.values("age").is_empty());
    // The 304's own Age and delay count.
    let answer = scenario::reply(304, &["ETag: \"a\"", "Age: 7"]);
    assert_eq!(stored.updated(100, &answer).later(105), fresh(12));

    let mut cache = scenario::Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &fields, "one")]);
    let mut slow = says(304, &["ETag: \"a\""], "");
    let scenario::Origin::Says(reply) = &mut slow else {
        unreachable!()
    };
    reply.delay_ms = 3000;
    let answer = cache.fetch(100, &get("/a"), &[slow]);
    assert_eq!(
        (answer.seen(), answer.values("age")),
        ((200, "one"), vec!["3".to_string()])
    );
    assert_eq!(cache.fetch(105, &get("/a"), &[]).values("age"), ["5"]);
}

#[test]
fn a_clock_that_runs_backwards_makes_nothing_younger() {
    // req: 9111-4.2.3-09
    let scenario = Scenario::private().when(at(1000), at(1000));
    let stored = scenario.stored(200, &["Cache-Control: max-age=60", "ETag: \"a\"", "Age: 5"]);
    assert_eq!(stored.later(900), validate(Reason::AgeUnknown));
    // Within a domain UTC moves no age, whichever way it jumps.
    for utc in [0, T0 * 1000, i64::MAX] {
        let now = at(1010).with_utc(utc);
        assert_eq!(stored.verdict(now, &get("/a")), fresh(15), "{utc}");
    }
    // Across domains UTC decides, as far as it is plausible.
    let rebooted = |seconds: i64| Now::mono(2, 3).with_utc((T0 + 1000 + seconds) * 1000);
    assert_eq!(stored.verdict(rebooted(10), &get("/a")), fresh(15));
    assert_eq!(stored.verdict(rebooted(55), &get("/a")), validate(Reason::Stale));
    assert_eq!(
        stored.verdict(rebooted(-1), &get("/a")),
        validate(Reason::AgeUnknown)
    );
    assert_eq!(
        stored.verdict(Now::mono(2, 3), &get("/a")),
        validate(Reason::NoClock)
    );
}

#[test]
fn without_a_clock_every_use_is_validated() {
    // req: 9111-4-14
    let scenario = Scenario::private().when(uptime(0), uptime(0));
    let stored = scenario.stored(200, &["Cache-Control: max-age=3600", "ETag: \"a\""]);
    assert_eq!(stored.verdict(uptime(0), &get("/a")), validate(Reason::NoClock));
    assert_eq!(
        scenario::values(&stored.conditional(uptime(0), &get("/a"))[..], "if-none-match"),
        ["\"a\""]
    );
    let bare = scenario.stored(200, &["Cache-Control: max-age=3600"]);
    assert_eq!(bare.verdict(uptime(0), &get("/a")), validate(Reason::NoClock));
    assert!(bare.conditional(uptime(0), &get("/a")).is_empty());
    // Reuse by uptime alone is a deviation that has to be asked for.
    let config = Config::private().with_uptime_reuse(true);
    let scenario = Scenario::of(config).when(uptime(0), uptime(0));
    let stored = scenario.stored(200, &["Cache-Control: max-age=60", "ETag: \"a\""]);
    assert_eq!(stored.verdict(uptime(10), &get("/a")), fresh(10));
    assert_eq!(stored.verdict(uptime(60), &get("/a")), validate(Reason::Stale));
    // req: 9111-4.2.1-03: without a Date and a time of receipt nothing is known of what Expires leaves.
    let fields = [&format!("Expires: {}", date(60)), "ETag: \"a\""];
    let undated = scenario.stored(200, &fields);
    assert_eq!(undated.verdict(uptime(10), &get("/a")), validate(Reason::Stale));
}

#[test]
fn learned_utc_makes_a_recipient_with_a_clock() {
    // req: 9111-4-14, 9111-4.2.3-09
    let mut clock = LearnedUtc::new();
    clock.observe(T0, uptime(0));
    let (start, later) = (clock.stamp(uptime(0)), clock.stamp(uptime(10)));
    let fields = [
        "Cache-Control: max-age=60",
        "ETag: \"a\"",
        &format!("Date: {}", date(-30)),
    ];
    let stored = Scenario::private().when(start, start).stored(200, &fields);
    // It never enters an age: apparent_age would be 30.
    assert_eq!(stored.verdict(later, &get("/a")), fresh(10));
    // It does not survive its domain.
    let rebooted = Now::mono(2, 0).with_learned_utc((T0 + 10) * 1000);
    assert_eq!(stored.verdict(rebooted, &get("/a")), validate(Reason::AgeUnknown));
    // A Date from somewhere else may be wrong by years, so it dates nothing: what gives Expires without
    // Date is validated, by itself and updated (req: 9111-4.2.1-04, 9110-6.6.1-04).
    let expires = format!("Expires: {}", date(60));
    let undated = [expires.as_str(), "ETag: \"a\""];
    let stored = Scenario::private().when(start, start).stored(200, &undated);
    assert_eq!(
        (stored.verdict(later, &get("/a")), stored.values("date")),
        (validate(Reason::Stale), vec![])
    );
    let modified = [&format!("Last-Modified: {}", date(-1000))];
    let stored = Scenario::private().when(start, start).stored(200, &modified);
    assert_eq!(stored.verdict(later, &get("/a")), validate(Reason::NoExpiry));
    // Nor does it tell what the client has (req: 9111-4.3.2-05).
    let fields = ["Cache-Control: max-age=60", "ETag: \"a\""];
    let stored = Scenario::private().when(start, start).stored(200, &fields);
    let asked = get("/a").with(&format!("If-Modified-Since: {}", date(1000)));
    let hit = stored.hit(later, &asked);
    assert!(!hit.not_modified(&asked.head(), &stored.entry()));
    // A real clock is never overruled.
    assert_eq!(clock.stamp(at(5)), at(5));
}

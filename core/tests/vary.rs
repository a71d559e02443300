//! Selecting among variants by nominated request fields (RFC 9111 section 4.1).

mod scenario;

use larder::{Config, Reason, VaryNormalise};
use scenario::{Cache, Scenario, Stored, date, fresh, get, miss, reply, says, values};

const MAX_AGE: &str = "Cache-Control: max-age=60";

/// A response with these Vary lines to a request with these fields.
fn stored_under(config: Config, vary: &[&str], request: &[&str]) -> Stored {
    let lines = vary.iter().map(|value| format!("Vary: {value}"));
    let fields: Vec<_> = lines.chain([MAX_AGE.to_string()]).collect();
    Scenario::of(config)
        .ask(get("/a").with_all(request))
        .stored(200, &fields)
}

fn stored(vary: &[&str], request: &[&str]) -> Stored {
    stored_under(Config::private(), vary, request)
}

fn matches(stored: &Stored, request: &[&str]) -> bool {
    let verdict = stored.verdict(scenario::at(1), &get("/a").with_all(request));
    assert!(
        verdict == fresh(1) || verdict == miss(Reason::NoVariant),
        "{verdict:?}"
    );
    verdict.is_hit()
}

#[test]
fn every_nominated_field_has_to_match() {
    // req: 9111-4.1-01, 9111-4-03, 9110-12.5.5-01, 9110-5.1-01, 9110-5.5-01
    let both: [&[&str]; 5] = [
        &["Foo, Bar"],
        &["FOO,bar"],
        &["Foo", "Bar"],
        &[" \tFoo\t ", "Bar"],
        &[",Foo,, Bar,"],
    ];
    for vary in both {
        let stored = stored(vary, &["Foo: 1", "Bar: x"]);
        assert!(matches(&stored, &["Foo: 1", "Bar: x"]), "{vary:?}");
        assert!(matches(&stored, &["bar: x", "Other: 2", "foo: 1"]), "{vary:?}");
        assert!(!matches(&stored, &["Foo: 1", "Bar: y"]), "{vary:?}");
        assert!(!matches(&stored, &["Foo: 2", "Bar: x"]), "{vary:?}");
        assert!(!matches(&stored, &["Foo: x", "Bar: 1"]), "{vary:?}");
    }
    assert!(matches(&stored(&[], &["Foo: 1"]), &["Foo: 2"]));
}

#[test]
fn lines_of_a_nominated_field_are_joined() {
    // req: 9111-4.1-03, 9110-5.2-01, 9110-5.5-01
    let stored = stored(&["Foo"], &["Foo: 1", "Bar: x", "Foo: 2"]);
    assert!(matches(&stored, &["Foo: 1, 2"]));
    assert!(matches(&stored, &["Foo:  1 ", "foo: 2\t"]));
    assert!(!matches(&stored, &["Foo: 2, 1"]));
    assert!(!matches(&stored, &["Foo: 1"]));
    assert!(!matches(&stored, &["Foo: 1, 2, "]));
    // Not normalised: a safe miss.
    assert!(!matches(&stored, &["Foo: 1,2"]));
}

#[test]
fn absent_matches_only_absent() {
    // req: 9111-4.1-05
    assert!(!matches(&stored(&["Foo"], &[]), &["Foo: 1"]));
    assert!(!matches(&stored(&["Foo"], &["Foo: 1"]), &[]));
    assert!(matches(&stored(&["Foo"], &[]), &[]));
    assert!(!matches(&stored(&["Foo"], &["Foo: "]), &[]));
    assert!(!matches(&stored(&["Foo"], &[]), &["Foo: "]));
    assert!(matches(&stored(&["Foo"], &["Foo: "]), &["Foo: "]));
    // Normalised or not.
    let lists = Config::private().with_vary_normalise(VaryNormalise::Lists);
    for (one, other) in [
        (&[][..], &["Accept: "][..]),
        (&["Accept: "], &[]),
        (&["Accept: "], &["Accept: x"]),
    ] {
        let stored = stored_under(lists, &["Accept"], one);
        assert!(
            matches(&stored, one) && !matches(&stored, other),
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn a_star_or_what_is_no_name_never_matches() {
    // req: 9111-4.1-06, 9110-12.5.5-01
    let cases: [&[&str]; 8] = [
        &["*"],
        &["Foo, *"],
        &[" , *"],
        &["Foo", "*"],
        &["a b"],
        &["Foo, (x)"],
        &["\"Foo\""],
        &["Foo;q=1"],
    ];
    for vary in cases {
        let lines: Vec<_> = vary.iter().map(|value| format!("Vary: {value}")).collect();
        let fields = [&lines[..], &[MAX_AGE.into(), "ETag: \"a\"".into()]].concat();
        assert_eq!(
            Scenario::private().refusal(200, &fields),
            Reason::VaryAny,
            "{vary:?}"
        );
    }
}

#[test]
fn normalisation_is_for_fields_known_to_bear_it() {
    // req: 9111-4.1-02, 9111-4.1-04
    let lists = Config::private().with_vary_normalise(VaryNormalise::Lists);
    let cases = [
        ("Accept-Language", "en, de", "en,de", true),
        ("Accept-Language", "en-GB, de;q=0.5", "EN-gb ,de; q=0.5", true),
        ("Accept-Language", "en, de", "en, fr", false),
        ("Accept-Encoding", "gzip, br", "GZIP,\tbr", true),
        // A reordering would match too, but is not tried.
        ("Accept-Encoding", "gzip, br", "br, gzip", false),
        ("Accept-Encoding", "gzip, br", "gzip", false),
        ("Accept", "text/html;v=\"A b\"", "TEXT/html; v=\"A b\"", true),
        ("Accept", "text/html;v=\"A b\"", "text/html;v=\"a b\"", false),
        ("Foo", "A", "a", false),
        ("Foo", "en, de", "en,de", false),
    ];
    for (name, one, other, equal) in cases {
        let (one, other) = (format!("{name}: {one}"), format!("{name}: {other}"));
        let normalised = stored_under(lists, &[name], &[&one]);
        assert_eq!(matches(&normalised, &[&other]), equal, "{one} / {other}");
        assert!(matches(&normalised, &[&one]));
        assert!(!matches(&stored(&[name], &[&one]), &[&other]), "{one} / {other}");
    }
}

/// Three responses of one URL: Foo 1, Foo 2, and one without Vary.
fn variants(vary_dates: i64, plain_date: i64) -> Cache {
    let mut cache = Cache::private();
    for number in ["1", "2"] {
        let fields = [MAX_AGE, "Vary: Foo", &format!("Date: {}", date(vary_dates))];
        let ask = get("/a").with(&format!("Foo: {number}"));
        cache.fetch(0, &ask, &[says(200, &fields, number)]);
    }
    let plain = [MAX_AGE, &format!("Date: {}", date(plain_date))];
    cache.fetch(0, &get("/a").with("Foo: 0"), &[says(200, &plain, "plain")]);
    assert_eq!(cache.items.len(), 3);
    cache
}

#[test]
fn a_response_with_vary_is_preferred() {
    // req: 9111-4.1-09
    for (with, without) in [(0, -5), (-5, 0)] {
        let mut cache = variants(with, without);
        assert_eq!(cache.fetch(1, &get("/a").with("Foo: 1"), &[]).body, "1");
        assert_eq!(cache.fetch(1, &get("/a").with("Foo: 2"), &[]).body, "2");
        assert_eq!(cache.fetch(1, &get("/a"), &[]).body, "plain");
        cache.items.reverse();
        for (number, item) in cache.items.iter_mut().enumerate() {
            item.id = larder::EntryId(number as u64);
        }
        assert_eq!(cache.fetch(1, &get("/a").with("Foo: 1"), &[]).body, "1");
    }
}

#[test]
fn each_variant_is_matched_by_its_own_vary_and_the_latest_date_wins() {
    // req: 9111-4.1-08, 9111-4.1-11, 9111-4.1-07, 9111-4-12
    for (foo, bar) in [(-1, -9), (-9, -1)] {
        let mut cache = Cache::private();
        let fields = |name: &str, offset| {
            [
                MAX_AGE.into(),
                format!("Vary: {name}"),
                format!("Date: {}", date(offset)),
            ]
        };
        let no_cache = |line: &str| get("/a").with(line).with("Cache-Control: no-cache");
        cache.fetch(0, &no_cache("Foo: 1"), &[says(200, &fields("Foo", foo), "foo")]);
        cache.fetch(0, &no_cache("Bar: 1"), &[says(200, &fields("Bar", bar), "bar")]);
        assert_eq!(cache.items.len(), 2);
        assert_eq!(
            cache.fetch(1, &get("/a").with("Foo: 1").with("Bar: 2"), &[]).body,
            "foo"
        );
        assert_eq!(
            cache.fetch(1, &get("/a").with("Foo: 2").with("Bar: 1"), &[]).body,
            "bar"
        );
        // Both match: no ranking by preference, only by date.
        let newer = if foo > bar { "foo" } else { "bar" };
        let ask = get("/a")
            .with("Foo: 1")
            .with("Bar: 1")
            .with("Accept-Language: de;q=1, en;q=0.5");
        assert_eq!(cache.fetch(1, &ask, &[]).body, newer);
    }
}

#[test]
fn no_matching_variant_is_forwarded_as_it_is() {
    // req: 9111-4.1-10, 9110-13.1.2-03
    let mut cache = Cache::private();
    for number in ["1", "2"] {
        let fields = [
            "Cache-Control: max-age=1",
            "Vary: Foo",
            &format!("ETag: \"{number}\""),
        ];
        cache.fetch(
            0,
            &get("/a").with(&format!("Foo: {number}")),
            &[says(200, &fields, number)],
        );
    }
    let answer = cache.fetch(
        5,
        &get("/a").with("Foo: 3"),
        &[says(200, &[MAX_AGE, "Vary: Foo"], "3")],
    );
    assert_eq!(
        (answer.body.as_str(), answer.asked("if-none-match")),
        ("3", vec![])
    );
    assert_eq!(cache.items.len(), 3);
    // Of several stored variants only the selected one is validated.
    let answer = cache.fetch(5, &get("/a").with("Foo: 2"), &[says(304, &["ETag: \"2\""], "")]);
    assert_eq!(answer.asked("if-none-match"), ["\"2\""]);
    assert_eq!(answer.seen(), (200, "2"));
}

#[test]
fn no_star_is_generated() {
    // req: 9110-12.5.5-02
    let mut cache = Cache::shared();
    let fields = [
        "Cache-Control: max-age=1",
        "Vary: Foo",
        "Vary: Bar",
        "ETag: \"a\"",
    ];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "x")]);
    assert_eq!(cache.fetch(0, &get("/a"), &[]).values("vary"), ["Foo", "Bar"]);
    let answer = cache.fetch(5, &get("/a"), &[says(304, &["Vary: Foo", "ETag: \"a\""], "")]);
    assert_eq!(answer.values("vary"), ["Foo"]);
    assert_eq!(values(&cache.only().entry(), "vary"), ["Foo"]);
}

#[test]
fn an_update_that_changes_vary_takes_the_new_request() {
    // req: 9111-4.3.4-07
    let stored = Scenario::private()
        .ask(get("/a").with_all(&["A: 1", "B: 1"]))
        .stored(200, &["Cache-Control: max-age=9", "ETag: \"a\"", "Vary: A"]);
    let by = get("/a").with_all(&["A: 1", "B: 2"]);
    let updated = stored.updated_by(20, &by, &reply(304, &["ETag: \"a\"", "Vary: A, B"]));
    let at = scenario::at(21);
    assert_eq!(updated.verdict(at, &by), fresh(1));
    assert_eq!(updated.verdict(at, &stored.ask), miss(Reason::NoVariant));
    assert!(updated.facts.has_vary());
    // In the store it counts as what that request selects, and is replaced by its like.
    let new = Scenario::private()
        .ask(by)
        .stored(200, &["Cache-Control: max-age=9", "Vary: A, B"]);
    assert!(new.facts.replaces(&updated.facts) && !new.facts.replaces(&stored.facts));
}

#[test]
fn cookies_count_only_where_vary_says_so() {
    // req: 6265-3-01, 9111-7.3-01
    assert!(matches(&stored(&[], &[]), &["Cookie: a=b"]));
    assert!(!matches(&stored(&["Cookie"], &["Cookie: a=b"]), &["Cookie: a=c"]));
    let kept = Scenario::private().stored(200, &[MAX_AGE, "Set-Cookie: a=b"]);
    assert_eq!(
        (kept.later(10), kept.values("set-cookie")),
        (fresh(10), vec!["a=b".to_string()])
    );
}

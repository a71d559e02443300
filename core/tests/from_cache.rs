//! `FromCache`: the answer that is made from a stored response (RFC 9111 section 4, 4.2.4,
//! 4.3.2).

mod scenario;

use larder::{Headers, Reason, Served};
use scenario::{Cache, NOTHING, Scenario, Stored, Verdict, ask, at, date, fresh, get, says, validate};

const SIX: [&str; 9] = [
    "Cache-Control: max-age=60",
    "Content-Location: /x",
    "ETag: \"a\"",
    "Expires: Fri, 31 Dec 9999 23:59:59 GMT",
    "Vary: Foo",
    "Content-Type: text/html",
    "Content-Length: 4",
    "Content-Encoding: gzip",
    "Date: Sun, 15 Jun 2025 12:00:00 GMT",
];

fn stored(fields: &[&str]) -> Stored {
    Scenario::private().stored(200, &[&["Cache-Control: max-age=60"], fields].concat())
}

/// Whether a request with these fields is answered 304.
fn not_modified(stored: &Stored, fields: &[&str]) -> bool {
    let ask = get("/a").with_all(fields);
    let hit = stored.hit(at(1), &ask);
    assert_eq!(hit.reason(), Reason::Fresh);
    hit.not_modified(&ask.head(), &stored.entry())
}

#[test]
fn if_none_match_compares_weakly() {
    // req: 9111-4.3.2-01, 9110-13.1.2-01, 9110-8.8.3.2-02, 9110-8.8.1-01
    let cases = [
        ("\"a\"", "\"a\"", true),
        ("\"a\"", "W/\"a\"", true),
        ("W/\"a\"", "\"a\"", true),
        ("W/\"a\"", "W/\"a\"", true),
        ("\"a\"", "\"b\"", false),
        ("\"a\"", "\"A\"", false),
        ("\"a\"", "\"b\", W/\"c\" ,\t\"a\"", true),
        ("\"a,b\"", "\"a,b\", W/\"c\"", true),
        ("\"a,b\"", "\"a\", \"b\"", false),
        ("\"\"", "\"\"", true),
        ("\"a\\\"", "\"a\\\"", true),
    ];
    for (own, asked, expected) in cases {
        let stored = stored(&[&format!("ETag: {own}")]);
        assert_eq!(
            not_modified(&stored, &[&format!("If-None-Match: {asked}")]),
            expected,
            "{own} {asked}"
        );
    }
    let two = ["If-None-Match: \"x\"", "If-None-Match: \"a\""];
    assert!(not_modified(&stored(&["ETag: \"a\""]), &two));
}

#[test]
fn a_malformed_list_matches_nothing() {
    // req: 9110-8.8.3-01, 9110-8.8.3-02, 9110-13.1.3-01
    let stored = stored(&["ETag: \"a\"", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"]);
    for list in [
        "a",
        "w/\"a\"",
        "W\"a\"",
        "'a'",
        "\"a",
        "\"a\" \"b\"",
        "\"a\", *",
        "\"b\", \"a",
        "",
    ] {
        let fields = [
            &format!("If-None-Match: {list}"),
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        ];
        assert!(!not_modified(&stored, &fields), "{list:?}");
    }
}

#[test]
fn a_star_matches_what_is_stored() {
    // req: 9110-13.1.2-02
    assert!(not_modified(&stored(&["ETag: \"a\""]), &["If-None-Match: *"]));
    assert!(not_modified(&stored(&[]), &["If-None-Match: *"]));
    let mut cache = Cache::private();
    let ask = get("/a").with("If-None-Match: *");
    assert_eq!(
        cache
            .fetch(0, &ask, &[says(200, &NOTHING, "x")])
            .asked("if-none-match"),
        ["*"]
    );
}

#[test]
fn several_differing_tags_are_none() {
    // req: 9110-8.8.3-03
    for fields in [["ETag: \"a\"", "ETag: \"b\""], ["ETag: \"a\"", "ETag: W/\"a\""]] {
        assert!(
            !not_modified(&stored(&fields), &["If-None-Match: \"a\""]),
            "{fields:?}"
        );
        assert!(
            !not_modified(&stored(&fields), &["If-None-Match: \"b\""]),
            "{fields:?}"
        );
    }
    assert!(not_modified(
        &stored(&["ETag: \"a\"", "ETag: \"a\""]),
        &["If-None-Match: \"a\""]
    ));
}

#[test]
fn if_none_match_goes_before_if_modified_since() {
    // req: 9110-13.1.3-01, 9110-13.2.2-01
    let modified = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    let stored = stored(&["ETag: \"a\"", modified]);
    let (before, after) = ("Sat, 05 Nov 1994 08:49:37 GMT", "Mon, 07 Nov 1994 08:49:37 GMT");
    let both = |tag: &str, date: &str| {
        not_modified(
            &stored,
            &[
                &format!("If-Modified-Since: {date}"),
                &format!("If-None-Match: {tag}"),
            ],
        )
    };
    assert!(both("\"a\"", before));
    assert!(!both("\"b\"", after));
    assert!(!both("abc", after));
    assert!(not_modified(&stored, &[&format!("If-Modified-Since: {after}")]));
}

#[test]
fn if_modified_since_is_judged_by_the_origins_dates() {
    // req: 9110-13.1.3-04, 9110-13.1.3-05, 9110-13.1.3-02, 9111-4.3.2-01
    let stored = stored(&["Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"]);
    let cases = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", true),
        ("Sun, 06 Nov 1994 08:49:38 GMT", true),
        ("Sunday, 06-Nov-94 08:49:37 GMT", true),
        ("Fri, 31 Dec 9999 23:59:59 GMT", true), // whatever the local clock says
        ("Sun, 06 Nov 1994 08:49:36 GMT", false),
        ("yesterday", false),
        (
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            false,
        ),
    ];
    for (since, expected) in cases {
        assert_eq!(
            not_modified(&stored, &[&format!("If-Modified-Since: {since}")]),
            expected,
            "{since}"
        );
    }
    let line = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT";
    assert!(!not_modified(&stored, &[line, line]));
    let head = ask("HEAD", "/a").with(line);
    assert!(
        stored
            .hit(at(1), &head)
            .not_modified(&head.head(), &stored.entry())
    );
}

#[test]
fn without_last_modified_date_or_receipt_stands_in() {
    // req: 9111-4.3.2-05, 9110-13.1.3-03
    for (fields, moment) in [(vec![format!("Date: {}", date(-30))], -30), (vec![], 0)] {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let stored = stored(&fields);
        let since = |offset: i64| not_modified(&stored, &[&format!("If-Modified-Since: {}", date(offset))]);
        assert!(
            since(moment) && since(moment + 1) && !since(moment - 1),
            "{fields:?}"
        );
    }
}

#[test]
fn only_a_success_turns_into_a_304() {
    // req: 9110-13.2.1-02
    for (status, expected) in [(200, true), (203, true), (404, false), (301, false), (410, false)] {
        let fields = ["Cache-Control: max-age=60", "ETag: \"e\""];
        let mut cache = Cache::private();
        cache.fetch(0, &get("/a"), &[says(status, &fields, "x")]);
        for condition in [
            "If-None-Match: \"e\"",
            "If-None-Match: *",
            &format!("If-Modified-Since: {}", date(9)),
        ] {
            let answer = cache.fetch(1, &get("/a").with(condition), &[]);
            assert_eq!(answer.status, if expected { 304 } else { status }, "{condition}");
        }
    }
}

#[test]
fn the_fields_of_a_304() {
    // req: 9110-15.4.5-01, 9110-15.4.5-02, 9111-4-07
    let names = |fields: &[&str]| {
        let mut cache = Cache::private();
        cache.fetch(0, &get("/a"), &[says(200, fields, "body")]);
        let answer = cache.fetch(7, &get("/a").with("If-None-Match: *"), &[]);
        assert_eq!(
            (answer.seen(), answer.values("age")),
            ((304, ""), vec!["7".to_string()])
        );
        let mut names: Vec<_> = answer.lines.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        names.join(" ")
    };
    let six = "age cache-control content-location date etag expires vary";
    assert_eq!(names(&SIX), six);
    let modified = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(names(&[&SIX[..], &[modified]].concat()), six);
    // Where there is no entity tag, Last-Modified guides the recipient's update.
    assert_eq!(
        names(&["Cache-Control: max-age=60", modified]),
        "age cache-control date last-modified"
    );
}

#[test]
fn a_head_request_gets_the_same_fields() {
    // req: 9110-9.3.1-01, 9111-4-02
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &SIX, "body")]);
    let (by_get, by_head) = (
        cache.fetch(9, &get("/a"), &[]),
        cache.fetch(9, &ask("HEAD", "/a"), &[]),
    );
    assert_eq!(by_get.lines, by_head.lines);
    assert_eq!((by_get.seen(), by_head.seen()), ((200, "body"), (200, "")));
    assert_eq!(by_head.values("age"), ["9"]);
}

#[test]
fn a_stale_answer_needs_a_permission() {
    // req: 9111-4.2.4-06, 9111-4.2.4-07, 9111-5.2.2.2-05, 9111-5.2.2.8-01, 9111-5.2.2.8-02
    // req: 9111-4.2.4-03, 9111-4.2.4-04, 9111-4.2.4-05, 9111-5.2.2.10-02, 9111-5.2.2.2-01
    let stale = Verdict::Hit(Reason::MaxStale, Some(5));
    let (plain, strict) = (validate(Reason::Stale), validate(Reason::MustRevalidate));
    let cases = [
        ("max-age=2", [plain, stale], [plain, stale]),
        ("max-age=2, must-revalidate", [strict, strict], [strict, strict]),
        ("max-age=2, proxy-revalidate", [plain, stale], [strict, strict]),
        ("max-age=2, s-maxage=2", [plain, stale], [strict, strict]),
        ("max-age=2, public", [plain, stale], [plain, stale]),
    ];
    for (control, private, shared) in cases {
        for (scenario, [asked_plainly, max_stale]) in
            [(Scenario::private(), private), (Scenario::shared(), shared)]
        {
            let stored = scenario.stored(200, &[&format!("Cache-Control: {control}"), "ETag: \"a\""]);
            assert_eq!(stored.later(1), fresh(1), "{control}");
            assert_eq!(stored.later(5), asked_plainly, "{control}");
            assert_eq!(
                stored.asked(5, &["Cache-Control: max-stale=60"]),
                max_stale,
                "{control}"
            );
        }
    }
}

#[test]
fn remaining_lifetime() {
    let stored = stored(&[]);
    for (seconds, remaining) in [(0, 60), (20, 40), (59, 1)] {
        assert_eq!(stored.hit(at(seconds), &get("/a")).remaining(), remaining);
    }
    // A head without any Age to tell gets none.
    let head = [("Age", "3"), ("X", "y")];
    assert!(!Served::new(&head, None).has("age"));
    assert_eq!(
        Served::new(&head, Some(u64::MAX)).get_one("age"),
        Some(&b"18446744073709551615"[..])
    );
}

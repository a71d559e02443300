//! Cache-Control of responses: grammar and meaning (RFC 9111 section 5.2, RFC 8246).

mod scenario;

use larder::{Reason, parse_delta_seconds};
use scenario::{Scenario, Verdict, date, fresh, get, reply, validate};

const ETAG: &str = "ETag: \"a\"";

/// The lifetime of a storable 200, `None` when it is not stored.
fn lifetime<T: AsRef<str>>(cache_control: &[T]) -> Option<u32> {
    let lines = cache_control
        .iter()
        .map(|line| format!("Cache-Control: {}", line.as_ref()));
    let fields: Vec<_> = lines.chain([ETAG.to_string()]).collect();
    Some(Scenario::private().outcome(&reply(200, &fields)).ok()?.lifetime())
}

#[test]
fn delta_seconds_are_digits_and_nothing_else() {
    // req: 9111-1.2.2-01, 9111-1.2.2-02, 9111-1.2.2-03
    assert_eq!(parse_delta_seconds(b"0060"), Some(60));
    assert_eq!(parse_delta_seconds(b"2147483647"), Some(2_147_483_647));
    assert_eq!(parse_delta_seconds(b"99999999999999999999999"), Some(1 << 31));
    for bad in [
        "+60", "-60", "60s", "60.0", "0x3C", " 60", "60 ", "", "6 0", "\u{0666}",
    ] {
        assert_eq!(parse_delta_seconds(bad.as_bytes()), None, "{bad:?}");
    }
}

#[test]
fn names_compare_without_case() {
    // req: 9111-5.2-02, 9110-5.1-01
    assert_eq!(lifetime(&["NO-STORE, max-age=60"]), None);
    assert_eq!(lifetime(&["MaX-aGe=60"]), Some(60));
    let stored = Scenario::private().stored(200, &[ETAG, "CACHE-CONTROL: No-Cache=\"x\", max-age=60"]);
    assert_eq!(stored.later(1), validate(Reason::NoCache));
}

#[test]
fn arguments_are_tokens_or_quoted() {
    // req: 9111-5.2-03, 9110-5.6.4-01
    assert_eq!(lifetime(&["max-age=\"60\""]), Some(60));
    assert_eq!(lifetime(&["max-age=\"6\\0\""]), Some(60));
    assert_eq!(lifetime(&["max-age='60'"]), Some(0));
    for value in ["private=X-User", "private=\"X-User\"", "private=\"X-\\User\""] {
        let field = format!("Cache-Control: max-age=60, {value}");
        assert_eq!(
            Scenario::shared().refusal(200, &[field]),
            Reason::Private,
            "{value}"
        );
    }
}

#[test]
fn one_list_over_all_lines() {
    // req: 9111-5.2-04, 9110-5.2-01, 9110-5.6.1.2-01, 9110-5.6.3-01
    for lines in [
        vec!["max-age=60, no-cache"],
        vec!["max-age=60", "no-cache"],
        vec!["no-cache", "", "max-age=60"],
    ] {
        let fields: Vec<_> = lines
            .iter()
            .map(|line| format!("Cache-Control: {line}"))
            .collect();
        let stored = Scenario::private().stored(200, &[&fields[..], &[ETAG.into()]].concat());
        assert_eq!(
            (stored.lifetime(), stored.later(1)),
            (60, validate(Reason::NoCache)),
            "{lines:?}"
        );
    }
    assert_eq!(lifetime(&["foo=\"a, no-store\", max-age=60"]), Some(60));
    assert_eq!(lifetime(&[", ,max-age=60,,"]), Some(60));
    assert_eq!(lifetime(&["max-age=60\t, no-store"]), None);
    // A vertical tab is no white space: the member is malformed.
    assert_eq!(lifetime(&["max-age=60\u{b}, public"]), Some(0));
}

#[test]
fn an_open_quote_fails_safe() {
    // req: 9110-5.2-01, 9110-2.3-01
    for lines in [
        vec!["max-age=60, foo=\"a, no-store"],
        vec!["foo=\"a", "max-age=60"],
        vec!["max-age=60", "foo=\"a"],
    ] {
        assert_eq!(lifetime(&lines).unwrap_or(0), 0, "{lines:?}");
    }
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=60"]);
    assert!(!stored.asked(1, &["Cache-Control: foo=\"a, no-cache"]).is_hit());
}

#[test]
fn a_stray_argument_never_weakens_and_never_grants() {
    // req: 9111-5.2-05, 9111-5.2-07
    for restrictive in [
        "no-store=foo",
        "no-store =x",
        "no-store= x",
        "no-store=\"\"",
        "No-Store x",
        "no-store; x",
        "no-store;x=y",
        "no-store(x",
    ] {
        assert_eq!(
            lifetime(&[format!("max-age=60, {restrictive}")]),
            None,
            "{restrictive}"
        );
    }
    let stored = Scenario::private().stored(200, &[ETAG, "Cache-Control: max-age=1, must-revalidate=1"]);
    assert_eq!(
        stored.asked(5, &["Cache-Control: max-stale"]),
        validate(Reason::MustRevalidate)
    );
    let refusal = Scenario::private().refusal(302, &["Cache-Control: public=foo"]);
    assert_eq!(refusal, Reason::NoPermission);
    let refusal =
        Scenario::private().refusal(200, &["Cache-Control: no-store, must-understand=1, max-age=60"]);
    assert_eq!(refusal, Reason::NoStore);
    for malformed in [
        "max-age =60",
        "max-age= 60",
        "max-age=60 s",
        "max-age==60",
        "max-age;=60",
    ] {
        assert_eq!(lifetime(&[malformed]), Some(0), "{malformed}");
    }
}

#[test]
fn directives_speak_in_one_direction() {
    // req: 9111-5.2-06, 8246-2-04
    let scenario = Scenario::private().ask(get("/a").with("Cache-Control: max-age=60"));
    let stored = scenario.stored(200, &[ETAG]);
    assert_eq!(
        stored.verdict(scenario::at(1), &get("/a")),
        validate(Reason::NoExpiry)
    );
    let stored = Scenario::private().stored(
        200,
        &[ETAG, "Cache-Control: max-age=1, max-stale=60, min-fresh=0"],
    );
    assert_eq!(stored.later(5), validate(Reason::Stale));
    assert_eq!(
        stored.asked(5, &["Cache-Control: immutable"]),
        validate(Reason::Stale)
    );
}

#[test]
fn unknown_directives_are_skipped_whole() {
    // req: 9111-5.2.3-01, 9111-5.2.3-02, 9110-5.6.4-01
    assert_eq!(
        lifetime(&["max-age=60, foobar, community=\"UCI\", post-check=0"]),
        Some(60)
    );
    assert_eq!(
        lifetime(&["extension=\"max-age=3600, no-store\", max-age=1"]),
        Some(1)
    );
    assert_eq!(lifetime(&["foo=\"a\\\",no-store\", max-age=1"]), Some(1));
    assert_eq!(
        lifetime(&["no-storex, xno-store, max-agex=5, max-age=1"]),
        Some(1)
    );
}

#[test]
fn every_response_directive_changes_its_decision() {
    // req: 9111-5.2.2-01 (no-transform concerns content, which the core never touches)
    let outcome = |scenario: &Scenario, cache_control: &str| -> Result<Verdict, Reason> {
        let expires = format!("Expires: {}", date(3));
        let fields = [ETAG, expires.as_str(), &format!("Cache-Control: {cache_control}")];
        let stored = scenario.outcome(&reply(200, &fields))?;
        Ok(stored.asked(5, &["Cache-Control: max-stale=9"]))
    };
    let stale = Ok(Verdict::Hit(Reason::MaxStale, Some(5)));
    let strict = Ok(validate(Reason::MustRevalidate));
    let cases = [
        ("x", stale, stale),
        ("max-age=60", Ok(fresh(5)), Ok(fresh(5))),
        ("s-maxage=60", stale, Ok(fresh(5))),
        ("s-maxage=1", stale, strict),
        ("must-revalidate", strict, strict),
        ("proxy-revalidate", stale, strict),
        (
            "no-cache",
            Ok(validate(Reason::NoCache)),
            Ok(validate(Reason::NoCache)),
        ),
        ("no-store", Err(Reason::NoStore), Err(Reason::NoStore)),
        ("no-store, must-understand", stale, stale),
        ("private", stale, Err(Reason::Private)),
    ];
    for (cache_control, private, shared) in cases {
        assert_eq!(
            outcome(&Scenario::private(), cache_control),
            private,
            "private {cache_control}"
        );
        assert_eq!(
            outcome(&Scenario::shared(), cache_control),
            shared,
            "shared {cache_control}"
        );
    }
    for scenario in Scenario::both() {
        assert!(scenario.stores(403, &[ETAG, "Cache-Control: public"]));
        assert!(!scenario.stores(403, &[ETAG, "Cache-Control: x"]));
    }
}

#[test]
fn immutable_outlives_a_reload_only() {
    // req: 8246-2-01, 8246-2-02, 8246-2-03, 8246-2-05, 8246-3-02, 8246-2.1-01
    for argument in ["", "=1", "=\"x\"", ", immutable"] {
        let fields = [
            ETAG,
            "Content-Length: 0",
            &format!("Cache-Control: max-age=600, immutable{argument}"),
        ];
        for scenario in Scenario::both() {
            let stored = scenario.stored(200, &fields);
            assert_eq!(
                stored.asked(9, &["Cache-Control: max-age=0"]),
                fresh(9),
                "{argument}"
            );
            assert_eq!(
                stored.asked(9, &["Cache-Control: no-cache"]),
                validate(Reason::RequestNoCache)
            );
            assert_eq!(
                stored.asked(9, &["Cache-Control: max-age=8"]),
                validate(Reason::RequestMaxAge)
            );
            let both = stored.asked(9, &["Cache-Control: max-age=0, no-cache"]);
            assert_eq!(both, validate(Reason::RequestNoCache));
            assert!(!stored.asked(600, &["Cache-Control: max-age=0"]).is_hit());
        }
    }
    let fields = [ETAG, "Content-Length: 0", "Cache-Control: immutable"];
    let stored = Scenario::private().stored(200, &fields);
    assert_eq!(
        (stored.lifetime(), stored.later(0)),
        (0, validate(Reason::NoExpiry))
    );
}

#[test]
fn immutable_needs_a_proven_channel_and_size() {
    // req: 8246-3-01, 8246-3-03
    let reload = |url: &str, framing: &str| {
        let scenario = Scenario::private().ask(get(url));
        let stored = scenario.stored(200, &[ETAG, framing, "Cache-Control: max-age=600, immutable"]);
        stored.asked(9, &["Cache-Control: max-age=0"])
    };
    assert_eq!(reload("https://e.com/", "Content-Length: 5"), fresh(9));
    assert_eq!(reload("https://e.com/", "Transfer-Encoding: chunked"), fresh(9));
    assert_eq!(
        reload("http://e.com/", "Content-Length: 5"),
        validate(Reason::RequestMaxAge)
    );
    assert_eq!(
        reload("https://e.com/", "X: close-delimited"),
        validate(Reason::RequestMaxAge)
    );
}

#[test]
fn long_and_hostile_values_stay_bounded() {
    // req: 9110-2.3-01, 9110-5.6.1.2-01
    // Quantity is all that there is to them: what is interpreted is a hundredth as long.
    let size = |size: usize| if cfg!(miri) { size / 100 } else { size };
    assert_eq!(
        lifetime(&[format!("{}max-age=60", ",".repeat(size(65_000)))]),
        Some(60)
    );
    assert_eq!(
        lifetime(&[format!("{}max-age=60", "x=1,".repeat(size(10_000)))]),
        Some(60)
    );
    assert_eq!(
        lifetime(&[format!("max-age=60, {}", "\"".repeat(size(9_999)))]).unwrap_or(0),
        0
    );
    assert_eq!(
        lifetime(&[format!("max-age={}", "9".repeat(size(60_000)))]),
        Some(1 << 31)
    );
    let many: Vec<_> = (0..size(3_000))
        .map(|number| format!("x{number}=\"a, no-store\""))
        .collect();
    assert_eq!(lifetime(&[many.join(","), "max-age=5".into()]), Some(5));
}

//! `CouldNotBeStored`: what forbids storing a response (RFC 9111 section 3).

mod scenario;

use larder::{Action, Config, Reason};
use scenario::{Cache, NOTHING, Scenario, get, says};

const ETAG: &str = "ETag: \"a\"";
const MAX_AGE: &str = "Cache-Control: max-age=60";
const FUTURE: &str = "Expires: Fri, 31 Dec 9999 23:59:59 GMT";

#[test]
fn no_store_in_the_response() {
    // req: 9111-3-07, 9111-5.2.2.5-01, 9111-5.2.2.9-03
    for scenario in Scenario::both() {
        for value in [
            "no-store",
            "no-store, max-age=60",
            "public, no-store",
            "no-store, s-maxage=60",
        ] {
            let fields = [FUTURE, "ETag: \"a\"", &format!("Cache-Control: {value}")];
            assert_eq!(scenario.refusal(200, &fields), Reason::NoStore, "{value}");
        }
        assert_eq!(
            scenario.refusal(200, &[MAX_AGE, "Cache-Control: no-store"]),
            Reason::NoStore
        );
    }
}

#[test]
fn a_no_store_response_answers_nobody_else() {
    // req: 9111-5.2.2.5-02, 9111-5.2.2.5-01
    let mut cache = Cache::private();
    let fields = ["Cache-Control: no-store, max-age=60", "ETag: \"a\"", "Vary: Foo"];
    for body in ["one", "two"] {
        let answer = cache.fetch(0, &get("/a").with("Foo: 1"), &[says(200, &fields, body)]);
        assert_eq!(
            (answer.body.as_str(), answer.asked("if-none-match")),
            (body, vec![])
        );
        assert!(cache.items.is_empty());
    }
}

#[test]
fn no_store_in_the_request() {
    // req: 9111-5.2.1.5-01
    let ask = get("/a").with("Cache-Control: x, No-Store");
    for config in [
        Config::private(),
        Config::shared(),
        Config::private().with_request_directives(false),
    ] {
        let scenario = Scenario::of(config).ask(ask.clone());
        let refusal = scenario.refusal(200, &["Cache-Control: public, max-age=60"]);
        assert_eq!(refusal, Reason::RequestNoStore);
    }
    let mut cache = Cache::private();
    cache.fetch(0, &ask, &[says(200, &[MAX_AGE, "Vary: Foo"], "one")]);
    assert!(cache.items.is_empty());
}

#[test]
fn private_in_a_shared_cache() {
    // req: 9111-3-08, 9111-5.2.2.7-01, 9111-5.2.2.4-05, 9111-3-12
    let values = [
        "private",
        "private, s-maxage=60",
        "private, public",
        "private=\"\"",
        "private=\"X-User\"",
    ];
    for value in values {
        let fields = [MAX_AGE, &format!("Cache-Control: {value}")];
        assert_eq!(
            Scenario::shared().refusal(200, &fields),
            Reason::Private,
            "{value}"
        );
        let stored = Scenario::private().stored(200, &fields);
        assert_eq!(stored.later(10), scenario::fresh(10), "{value}");
    }
}

#[test]
fn statuses_that_are_never_stored() {
    // req: 9111-3-03, 9111-3-05, 6585-3-01, 9110-15-02, 8470-5.2-01
    let cases = [
        (100, Reason::NotFinal),
        (103, Reason::NotFinal),
        (199, Reason::NotFinal),
        (206, Reason::Partial),
        (304, Reason::NotModified),
        (412, Reason::StatusNeverStored),
        (416, Reason::StatusNeverStored),
        (425, Reason::StatusDenied),
        (428, Reason::StatusNeverStored),
        (429, Reason::StatusNeverStored),
        (431, Reason::StatusNeverStored),
        (511, Reason::StatusNeverStored),
        (600, Reason::StatusNeverStored),
        (999, Reason::StatusNeverStored),
        (0, Reason::NotFinal),
    ];
    for scenario in Scenario::both() {
        for (status, reason) in cases {
            let refusal = scenario.refusal(status, &["Cache-Control: public, max-age=60"]);
            assert_eq!(refusal, reason, "{status}");
        }
    }
    static DENIED: [u16; 2] = [503, 404];
    let scenario = Scenario::of(Config::private().with_deny_status(&DENIED));
    assert_eq!(scenario.refusal(503, &[MAX_AGE]), Reason::StatusDenied);
    assert!(scenario.stores(425, &[MAX_AGE]) && scenario.stores(200, &[MAX_AGE]));
    assert_eq!(scenario.refusal(429, &[MAX_AGE]), Reason::StatusNeverStored);
}

#[test]
fn an_interim_response_leaves_nothing_behind() {
    // req: 9111-3-03
    // The adapter hands the final response on; only that is replayed.
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(103, &[MAX_AGE, "Link: </x>"], "")]);
    assert!(cache.items.is_empty());
    cache.fetch(0, &get("/a"), &[says(200, &[MAX_AGE], "final")]);
    let hit = cache.fetch(1, &get("/a"), &[]);
    assert_eq!((hit.seen(), hit.values("link")), ((200, "final"), vec![]));
}

#[test]
fn a_304_for_the_client_is_passed_on() {
    // req: 9111-3-05, 9111-4.3.2-04, 9110-13.1.3-03
    for condition in [
        "If-None-Match: \"x\"",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    ] {
        let mut cache = Cache::private();
        let ask = get("/a").with(condition);
        let answer = cache.fetch(0, &ask, &[says(304, &[MAX_AGE, "ETag: \"x\""], "")]);
        assert_eq!((answer.status, answer.reason), (304, Reason::ClientNotModified));
        assert_eq!(answer.sent, std::slice::from_ref(&ask.lines));
        assert_eq!(answer.actions.last(), Some(&Action::PassThrough));
        assert!(cache.items.is_empty());
        assert_eq!(
            cache.fetch(1, &get("/a"), &[says(200, &NOTHING, "one")]).seen(),
            (200, "one")
        );
    }
}

#[test]
fn connection_cannot_strip_what_caching_depends_on() {
    // req: 9110-7.6.1-03
    let scenario = Scenario::private();
    let no_store = ["Connection: cache-control", "Cache-Control: no-store"];
    assert!(!scenario.stores(200, &no_store));
    for name in [
        "cache-control",
        "EXPIRES",
        "Vary",
        "etag",
        "last-modified",
        "Date",
        "age",
        "set-cookie",
        "content-encoding",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "pragma",
    ] {
        let fields = [MAX_AGE, &format!("Connection: close, {name}")];
        assert_eq!(
            scenario.refusal(200, &fields),
            Reason::ConnectionNominates,
            "{name}"
        );
    }
    assert!(scenario.stores(200, &[MAX_AGE, "Connection: close, x-cache-control, foo"]));
    // Neither names of the same length and first letter nor known fields that no rule reads.
    for name in ["data", "agf", "exposed", "location", "Keep-Alive", "upgrade"] {
        assert!(
            scenario.stores(200, &[MAX_AGE, &format!("Connection: {name}")]),
            "{name}"
        );
    }
}

#[test]
fn a_length_that_cannot_be_trusted() {
    // req: 9110-8.6-01, 9110-8.6-02
    for value in [
        "42, 43",
        "18446744073709551616",
        "99999999999999999999999",
        "-1",
        "4x",
        "",
        "0x10",
    ] {
        let fields = [MAX_AGE, &format!("Content-Length: {value}")];
        assert_eq!(
            Scenario::private().refusal(200, &fields),
            Reason::UnclearLength,
            "{value:?}"
        );
    }
    // A line that says nothing is none, whatever stands beside it.
    for pair in [["4", ""], ["", "4"], ["4", " , "]] {
        let [one, two] = pair.map(|value| format!("Content-Length: {value}"));
        assert_eq!(
            Scenario::private().refusal(200, &[MAX_AGE, &one, &two]),
            Reason::UnclearLength,
            "{pair:?}"
        );
    }
    let twice = [MAX_AGE, "Content-Length: 42", "Content-Length: 43"];
    assert_eq!(Scenario::private().refusal(200, &twice), Reason::UnclearLength);
    for value in ["42", "42, 42", "18446744073709551615", "0042", "042, 42"] {
        assert!(
            Scenario::private().stores(200, &[MAX_AGE, &format!("Content-Length: {value}")]),
            "{value}"
        );
    }
}

#[test]
fn a_fault_in_one_field_does_not_hide_another() {
    // req: 9110-8.8.3-03, 9111-4.1-06
    for fields in [
        ["Vary: *", ETAG, "ETag: \"b\""],
        [ETAG, "ETag: \"b\"", "Vary: *"],
        [ETAG, "Vary: *", "ETag: W/\"a\""],
    ] {
        let refusal = Scenario::private().refusal(200, &[&[MAX_AGE], &fields[..]].concat());
        assert_eq!(refusal, Reason::VaryAny, "{fields:?}");
    }
}

#[test]
fn a_reason_names_its_section() {
    for reason in Reason::ALL {
        assert!(reason.section().starts_with("RFC "), "{reason:?}");
        assert_eq!(
            reason.to_string(),
            format!("{} ({})", reason.text(), reason.section())
        );
    }
}

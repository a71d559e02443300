//! `StoreAndUse`: what of a response is kept (RFC 9111 section 3.1).

mod scenario;

use larder::{Config, Headers, Qualified};
use scenario::{Cache, NOTHING, Scenario, ask, copied, fresh, get, lines, says, uptime, validate};

const MAX_AGE: &str = "Cache-Control: max-age=60";

/// What of a response is stored by a cache of this kind, and Date, which is added, left out.
fn kept(config: Config, fields: &[&str]) -> scenario::Lines {
    let stored = Scenario::of(config).stored(200, fields);
    let mut kept = copied(&stored.entry());
    assert_eq!(kept.pop().unwrap().0, "date");
    kept
}

#[test]
fn every_other_field_is_kept_as_it_came() {
    // req: 9111-3.1-01, 9110-5.3-01, 9110-5.3-02, 9110-5.5-02, 9111-5.2-01
    let fields = [
        "X-Foo: 1",
        "Content-Foo: 2",
        "content-security-policy: default-src 'self'; x",
        "Cache-Control: foo=\"a,b\", max-age=60,, bar",
        "Link: 1",
        "Set-Cookie: a=b; Expires=Wed, 01 Jan 2025 00:00:00 GMT",
        "Link: 2",
        "X: 3",
        "Set-Cookie: c=d",
        "Link: 4",
        "Empty: ",
        "Server: x",
        "Via: 1.1 x",
        "Warning: 110 - \"stale\"",
        "Pragma: no-cache",
    ];
    let stored = Scenario::private().stored(200, &fields);
    let expected: Vec<_> = lines(&fields)
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    let kept: Vec<_> = copied(&stored.entry())
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .filter(|(name, _)| name != "date")
        .collect();
    assert_eq!(kept, expected);
    let hit = stored.hit(scenario::at(1), &get("/a"));
    let entry = stored.entry();
    let sent: Vec<_> = hit
        .head(&entry)
        .fields()
        .filter(|line| line.name != "age")
        .map(|l| l.value.to_vec())
        .collect();
    let whole: Vec<_> = entry.fields().map(|line| line.value.to_vec()).collect();
    assert_eq!(sent, whole);
}

#[test]
fn octets_beyond_ascii_are_opaque() {
    // req: 9110-5.5-02
    let tag = b"\"abcdef\xfc\"".to_vec();
    let mut reply = scenario::reply(200, &["Cache-Control: max-age=1"]);
    reply.lines.push(("ETag".into(), tag.clone()));
    reply.lines.push(("X".into(), vec![0x80, 0xff]));
    let stored = Scenario::private().outcome(&reply).unwrap();
    assert_eq!(stored.entry().get_one("x"), Some(&[0x80, 0xff][..]));
    let request = stored.conditional(scenario::at(5), &get("/a"));
    assert_eq!(request, [("If-None-Match".to_string(), tag)]);
}

#[test]
fn bytes_that_split_messages_never_come_out() {
    // req: 9110-5.5-03
    let split = |value: &[u8]| {
        let mut reply = scenario::reply(200, &[MAX_AGE, "Vary: Foo"]);
        reply.lines.push(("X-A".into(), value.to_vec()));
        let mut ask = get("/a");
        ask.lines.push(("Foo".into(), value.to_vec()));
        let stored = Scenario::private().ask(ask).outcome(&reply).unwrap();
        let nominated: Vec<_> = stored
            .entry()
            .nominated()
            .map(|(_, value)| value.unwrap().to_vec())
            .collect();
        assert_eq!(nominated, [stored.entry().get_one("x-a").unwrap()]);
        nominated.concat()
    };
    assert_eq!(split(b"a\r\nSet-Cookie: b=c"), b"a  Set-Cookie: b=c");
    assert_eq!(split(b"a\0b\nc"), b"a b c");
    assert_eq!(split(b"a\r"), b"a");
    // Nor do they hide a directive.
    for field in [
        b"max-age=60,\r\n no-store".as_slice(),
        b"max-age=60\n, no-store\0",
        b"\rno-store",
    ] {
        let mut reply = scenario::reply(200, &["ETag: \"a\""]);
        reply.lines.push(("Cache-Control".into(), field.to_vec()));
        assert_eq!(
            Scenario::private().outcome(&reply).unwrap_err(),
            larder::Reason::NoStore,
            "{field:?}"
        );
    }
}

#[test]
fn what_concerns_one_connection_is_dropped() {
    // req: 9111-3.1-02, 9111-3.1-03, 9110-7.6.1-01, 9110-7.6.1-02, 9110-5.1-01
    let fields = [
        MAX_AGE,
        "Connection: a, close, B, x y, , X-C",
        "connection: Late",
        "A: 1",
        "b: 2",
        "a: 3",
        "X-c: 4",
        "LATE: 5",
        "y: 6",
        "close: 7",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: close",
        "TE: trailers",
        "Transfer-Encoding: chunked",
        "Upgrade: h2c",
    ];
    for config in [Config::private(), Config::shared()] {
        let kept = kept(config, &fields);
        let names: Vec<_> = kept.iter().map(|(name, _)| name.to_lowercase()).collect();
        assert_eq!(names, ["cache-control", "y"], "{kept:?}");
    }
    // Without Connection too.
    assert_eq!(
        kept(Config::private(), &[MAX_AGE, "Keep-Alive: timeout=5", "a: 1"]).len(),
        2
    );
    assert_eq!(
        kept(Config::private(), &[MAX_AGE, "Connection: close", "close: 1"]).len(),
        2
    );
}

#[test]
fn a_proxys_own_fields_are_not_stored() {
    // req: 9111-3.1-05
    let fields = [
        MAX_AGE,
        "Proxy-Authenticate: Basic",
        "Proxy-Authentication-Info: x",
        "Proxy-Authorization: y",
        "proxy-AUTHENTICATE: z",
        "Proxy-Status: kept",
    ];
    for config in [Config::private(), Config::shared()] {
        let kept = kept(config, &fields);
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert_eq!(kept[1].1, b"kept");
    }
}

#[test]
fn qualified_directives_strip_fields_as_an_option() {
    // req: 9111-3.1-04, 9111-5.2.2.4-03, 9111-5.2.2.4-04, 9111-5.2.2.7-03, 9111-5.2.2.7-04
    let strip = |config: Config| config.with_qualified(Qualified::StripFields);
    let names = |config, control: &str| {
        let control = format!("Cache-Control: {control}");
        let fields = [&control, "Set-Cookie: s", "X-Foo: 1", "X-User: joe", "B: 2"];
        let kept = kept(strip(config), &fields);
        kept.iter()
            .map(|(name, _)| name.to_lowercase())
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (private, shared) = (
        Config::private(),
        Config::shared().with_set_cookie(larder::SetCookiePolicy::Store),
    );
    let cases = [
        (
            "max-age=60, no-cache=\"Set-Cookie, x-FOO\"",
            "x-user b",
            "x-user b",
        ),
        (
            "max-age=60, private=\"x-user\"",
            "set-cookie x-foo x-user b",
            "set-cookie x-foo b",
        ),
        (
            "max-age=60, private=X-User",
            "set-cookie x-foo x-user b",
            "set-cookie x-foo b",
        ),
        (
            "max-age=60, private=\"b\", no-cache=\"x-user\"",
            "set-cookie x-foo b",
            "set-cookie x-foo",
        ),
    ];
    for (control, by_private, by_shared) in cases {
        assert_eq!(names(private, control), by_private, "private {control}");
        assert_eq!(names(shared, control), by_shared, "shared {control}");
    }
    let fields = ["Cache-Control: max-age=60, no-cache=\"A\"", "A: 1", "ETag: \"a\""];
    assert_eq!(
        Scenario::of(strip(private)).stored(200, &fields).later(10),
        fresh(10)
    );
    // What the rules read stays, so that an answer cannot do without it: as if there were no list.
    for name in [
        "cache-control",
        "B, ETag",
        "X-\\User",
        "\\etag",
        "Vary",
        "content-type",
        "B,content-encoding",
    ] {
        let fields = [
            format!("Cache-Control: max-age=60, no-cache=\"{name}\""),
            "B: 1".into(),
            "ETag: \"a\"".into(),
        ];
        let stored = Scenario::of(strip(private)).stored(200, &fields);
        assert_eq!(stored.later(10), validate(larder::Reason::NoCache), "{name}");
        let field = format!("Cache-Control: max-age=60, private=\"{name}\"");
        let fields = [field.as_str(), "B: 1", "ETag: \"a\""];
        let refusal = Scenario::of(strip(shared)).refusal(200, &fields);
        assert_eq!(refusal, larder::Reason::Private, "{name}");
        assert!(
            Scenario::of(strip(private))
                .stored(200, &fields)
                .later(10)
                .is_hit()
        );
    }
    // What is no list of names is no qualified directive.
    for value in ["\"\"", "\"a b\"", "\", \"", "\"a\", no-cache"] {
        let field = format!("Cache-Control: max-age=60, no-cache={value}");
        let stored = Scenario::of(strip(private)).stored(200, &[field.as_str(), "ETag: \"a\""]);
        assert_eq!(stored.later(10), validate(larder::Reason::NoCache), "{value}");
    }
}

#[test]
fn qualified_directives_count_as_unqualified_by_default() {
    // req: 9111-5.2.2.4-05
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60, no-cache=\"A\"", "A: 1"]);
    assert_eq!(stored.later(10), validate(larder::Reason::NoCache));
    assert_eq!(stored.values("a"), ["1"]);
}

#[test]
fn warning_and_pragma_are_ordinary_fields() {
    // req: 9111-5.5-01, 9111-5.4-02
    let mut cache = Cache::private();
    let fields = [
        "Cache-Control: max-age=5",
        "ETag: \"a\"",
        "Warning: 110 x \"y\"",
        "Pragma: no-cache",
    ];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "x")]);
    let stale = cache.fetch(9, &get("/a").with("Cache-Control: max-stale"), &[]);
    assert_eq!(
        (stale.values("age"), stale.values("warning")),
        (vec!["9".into()], vec!["110 x \"y\"".into()])
    );
    cache.fetch(9, &get("/a"), &[says(304, &["ETag: \"a\""], "")]);
    let hit = cache.fetch(10, &get("/a"), &[]);
    assert_eq!((hit.values("warning").len(), hit.values("pragma").len()), (1, 1));
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &["Cache-Control: max-age=5"], "x")]);
    assert!(
        cache
            .fetch(9, &get("/a").with("Cache-Control: max-stale"), &[])
            .values("warning")
            .is_empty()
    );
}

#[test]
fn heads_are_stored_for_heads_as_an_option() {
    // req: 9110-9.3.2-01
    let mut cache = Cache::of(Config::private().with_store_head(true));
    let head = ask("HEAD", "/a");
    cache.fetch(0, &head, &[says(200, &[MAX_AGE, "X: 1"], "")]);
    assert_eq!(cache.fetch(1, &head, &[]).values("x"), ["1"]);
    assert_eq!(
        cache.fetch(1, &get("/a"), &[says(200, &NOTHING, "body")]).seen(),
        (200, "body")
    );
}

#[test]
fn date_is_added_only_where_a_clock_tells() {
    // req: 9110-6.6.1-01, 9110-6.6.1-04
    let dated = |scenario: Scenario, fields: &[&str]| {
        let fields = [&[MAX_AGE, "ETag: \"a\""], fields].concat();
        scenario.stored(200, &fields).values("date")
    };
    let without = || Scenario::private().when(uptime(0), uptime(0));
    assert_eq!(dated(Scenario::private(), &[]), ["Sun, 15 Jun 2025 12:00:00 GMT"]);
    assert_eq!(
        dated(Scenario::private(), &["Date: x"]),
        ["Sun, 15 Jun 2025 12:00:00 GMT"]
    );
    assert!(dated(without(), &[]).is_empty());
    assert!(dated(without(), &["Date: x"]).iter().all(|date| date == "x"));
}

#[test]
fn odd_names_are_only_data() {
    let fields = [MAX_AGE, ": no name", "\u{e9}: y"];
    let stored = Scenario::private().stored(200, &fields);
    assert_eq!(stored.later(1), fresh(1));
    assert_eq!(stored.entry().fields().count(), 4);
    assert_eq!(stored.values("\u{e9}"), ["y"]);
}

//! `NeedToBeUpdated`: what a 304 changes (RFC 9111 section 3.2 and 4.3.4).

mod scenario;

use larder::{Action, Config, HeadMismatch, Headers, Qualified, Reason, ResponseHead};
use scenario::{
    Answer, Cache, Fields, Scenario, Stored, at, copied, date, fresh, get, reply, says, validate, values,
};

const ETAG: &str = "ETag: \"a\"";
const STALE: &str = "Cache-Control: max-age=5";

fn stored(fields: &[&str]) -> Stored {
    Scenario::private().stored(200, &[&[STALE, ETAG], fields].concat())
}

/// A field after a 304 with these fields.
fn updated(stored: &Stored, fields: &[&str], name: &str) -> Vec<String> {
    stored
        .updated(9, &reply(304, &[&[ETAG], fields].concat()))
        .values(name)
}

#[test]
fn fields_of_the_304_replace_all_lines_of_their_name() {
    // req: 9111-3.2-01, 9111-3.2-02, 9111-3.2-08, 9111-4.3.4-06, 9110-5.3-02, 9110-5.1-01
    let stored = stored(&[
        "Link: a",
        "X: 1",
        "Link: b",
        "Test-Header: A",
        "Content-Foo: A",
        "Content-Type: text/html",
        "Set-Cookie: a",
        "Set-Cookie: b",
    ]);
    let cases: [(&[&str], &str, &[&str]); 10] = [
        (&["Link: c"], "link", &["c"]),
        (&["x: 2"], "x", &["2"]),
        (&["LINK: c", "link: d"], "link", &["c", "d"]),
        (&["X-New: 1"], "x-new", &["1"]),
        (&["X-New: 1"], "test-header", &["A"]),
        (&["X-New: 1"], "link", &["a", "b"]),
        (&["Content-Foo: B"], "content-foo", &["B"]),
        (&["Content-Type: text/plain"], "content-type", &["text/plain"]),
        (&["Set-Cookie: c", "Set-Cookie: d"], "set-cookie", &["c", "d"]),
        (&["Expires: 0"], "expires", &["0"]),
    ];
    for (fields, name, expected) in cases {
        assert_eq!(updated(&stored, fields, name), expected, "{fields:?}");
    }
    let alone = stored.updated(9, &reply(304, &["X: 2"]));
    assert_eq!(alone.values("x"), ["2"], "of a 304 that says nothing else");
    let order: Vec<_> = copied(&stored.updated(9, &reply(304, &[ETAG, "X: 2"])).entry());
    assert_eq!(order.iter().filter(|(name, _)| name == "Link").count(), 2);
}

#[test]
fn an_update_is_stored_and_counts_from_its_own_time() {
    // req: 9111-4.3.4-06, 9111-4.3.3-01, 9111-4.2.3-08
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &[STALE, ETAG], "body")]);
    let answer = cache.fetch(9, &get("/a"), &[says(304, &[ETAG], "")]);
    assert_eq!(
        (answer.seen(), answer.reason, answer.values("age")),
        ((200, "body"), Reason::Validated, vec!["0".into()])
    );
    assert_eq!(cache.fetch(13, &get("/a"), &[]).values("age"), ["4"]);
    let answer = cache.fetch(
        14,
        &get("/a"),
        &[says(304, &["Cache-Control: max-age=3600", "X: 1"], "")],
    );
    assert_eq!(answer.values("x"), ["1"]);
    let hit = cache.fetch(3613, &get("/a"), &[]);
    assert_eq!(
        (hit.seen(), hit.values("x"), hit.reason),
        ((200, "body"), vec!["1".into()], Reason::Fresh)
    );
    assert_eq!(hit.values("date"), [date(14)]);
    let stale = cache.fetch(3614, &get("/a"), &[says(304, &[ETAG], "")]);
    assert_eq!(stale.sent.len(), 1);
}

#[test]
fn what_an_update_leaves_alone() {
    // req: 9111-3.2-03, 9111-3.2-04, 9111-3.2-07, 9110-15.4.5-04
    let stored = stored(&["Content-Length: 36", "x: old", "Y: old"]);
    let fields = [
        "Content-Length: 10",
        "Content-Range: bytes 0-4/10",
        "Connection: x",
        "x: 1",
        "Proxy-Authenticate: y",
        "Keep-Alive: z",
        "Transfer-Encoding: chunked",
        "Y: new",
    ];
    for (name, expected) in [
        ("content-length", vec!["36"]),
        ("content-range", vec![]),
        ("connection", vec![]),
        ("x", vec!["old"]),
        ("proxy-authenticate", vec![]),
        ("keep-alive", vec![]),
        ("transfer-encoding", vec![]),
        ("y", vec!["new"]),
    ] {
        assert_eq!(updated(&stored, &fields, name), expected, "{name}");
    }
    assert_eq!(updated(&stored, &["Content-Length: 0"], "content-length"), ["36"]);
    let mut cache = Cache::private();
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &[STALE, ETAG, "Content-Length: 4"], "body")],
    );
    let answer = cache.fetch(9, &get("/a"), &[says(304, &[ETAG, "Content-Length: 10"], "")]);
    assert_eq!(
        (answer.seen(), answer.values("content-length")),
        ((200, "body"), vec!["4".into()])
    );
}

#[test]
fn a_stored_form_keeps_what_it_depends_on() {
    // req: 9111-3.2-05, 9111-3.2-06
    let mut stored = stored(&["Content-Type: a", "X-A: 1"]);
    stored.facts = stored.facts.with_transformed();
    let fields = ["Content-Encoding: gzip", "Content-Type: b", "X-A: 2"];
    for (name, expected) in [
        ("content-encoding", vec![]),
        ("content-type", vec!["b"]),
        ("x-a", vec!["2"]),
    ] {
        assert_eq!(updated(&stored, &fields, name), expected, "{name}");
    }
    let again = stored.updated(9, &reply(304, &[ETAG, fields[0]]));
    assert!(again.facts.is_transformed());
    assert!(
        !Scenario::private()
            .stored(200, &[STALE, ETAG])
            .facts
            .is_transformed()
    );
    stored.facts = Scenario::private().stored(200, &[STALE, ETAG]).facts;
    assert_eq!(updated(&stored, &fields, "content-encoding"), ["gzip"]);
}

#[test]
fn fields_barred_by_a_qualified_directive_stay_out() {
    // req: 9111-3.2-03, 9111-5.2.2.4-03
    let scenario = Scenario::of(Config::private().with_qualified(Qualified::StripFields));
    let fields = [
        "Cache-Control: max-age=5, no-cache=\"A\"",
        ETAG,
        "A: 1",
        "B: 1",
        "C: 1",
    ];
    let stored = scenario.stored(200, &fields);
    assert!(stored.values("a").is_empty());
    // By the stored directive, as long as the 304 brings none.
    assert!(updated(&stored, &["A: 2", "B: 2"], "a").is_empty());
    assert_eq!(updated(&stored, &["A: 2", "B: 2"], "b"), ["2"]);
    assert_eq!(updated(&stored, &["A: 2", "B: 2"], "c"), ["1"]);
    assert_eq!(
        updated(&stored, &["A: 2", "Cache-Control: max-age=5"], "a"),
        ["2"]
    );
    // By that of the 304, whatever was stored before.
    let new = ["Cache-Control: max-age=5, no-cache=\"B\""];
    assert!(updated(&stored, &new, "b").is_empty());
    assert!(updated(&stored, &[&new[..], &["B: 2"]].concat(), "b").is_empty());
}

#[test]
fn the_facts_follow_the_merged_head() {
    // req: 9111-4.3.4-06, 9111-4.2.1-02, 9111-3.2-02
    let cases: [(&[&str], &[&str], u32); 8] = [
        (&[], &[], 5),
        (&[], &["Cache-Control: max-age=60"], 60),
        (&[], &["Cache-Control: x"], 0),
        (&[], &["Expires: Fri, 31 Dec 9999 23:59:59 GMT"], 5),
        (
            &["Expires: 0"],
            &["Cache-Control: x", &format!("Expires: {}", date(69))],
            60,
        ),
        // A stored expiry counts from the new Date.
        (&[&format!("Expires: {}", date(69))], &["Cache-Control: x"], 60),
        (
            &[&format!("Expires: {}", date(69))],
            &["Cache-Control: x", &format!("Date: {}", date(19))],
            50,
        ),
        (
            &[&format!("Last-Modified: {}", date(-991))],
            &["Cache-Control: x"],
            100,
        ),
    ];
    for (old, new, lifetime) in cases {
        let updated = stored(old).updated(9, &reply(304, &[&[ETAG], new].concat()));
        assert_eq!(updated.lifetime(), lifetime, "{old:?} {new:?}");
    }
    // Restrictions come and go with the fields.
    let no_cache = stored(&[]).updated(9, &reply(304, &[ETAG, "Cache-Control: no-cache, max-age=60"]));
    assert_eq!(no_cache.later(10), validate(Reason::NoCache));
    let freed = no_cache.updated(20, &reply(304, &[ETAG, "Cache-Control: max-age=60"]));
    assert_eq!(freed.later(21), fresh(1));
    // A mark of an invalidation goes.
    let mut marked = stored(&[]);
    marked.facts = marked.facts.invalidated();
    assert_eq!(marked.later(1), validate(Reason::MarkedInvalid));
    assert_eq!(marked.updated(9, &reply(304, &[ETAG])).later(10), fresh(1));
}

/// Three responses of a URL that `A: 1` alone selects, in the order of their dates; none of
/// them was selected by the requests of the others.
fn three(tags: [&str; 3]) -> Cache {
    let mut cache = Cache::private();
    let asks = [&["A: 1"][..], &["A: 2"], &["A: 2", "B: x"]];
    for (number, tag) in tags.into_iter().enumerate() {
        let vary = ["Vary: A", "Vary: B", "Vary: C"][number];
        let fields = [
            STALE,
            vary,
            &format!("ETag: {tag}"),
            &format!("Date: {}", date(number as i64 - 9)),
        ];
        cache.fetch(
            0,
            &get("/a").with_all(asks[number]),
            &[says(200, &fields, &number.to_string())],
        );
    }
    assert_eq!(cache.items.len(), 3);
    cache
}

/// Which of them a 304 updates.
fn touched(cache: &mut Cache, fields: &[&str]) -> (Answer, Vec<usize>) {
    let marked = [fields, &["X-New: 1"]].concat();
    let answer = cache.fetch(9, &get("/a").with("A: 1"), &[says(304, &marked, "")]);
    let touched = cache
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| !item.values("x-new").is_empty());
    let touched = touched.map(|(number, _)| number).collect();
    (answer, touched)
}

#[test]
fn a_strong_validator_updates_all_that_share_it() {
    // req: 9111-4.3.4-02
    let mut cache = three(["\"a\"", "\"b\"", "\"a\""]);
    let (answer, touched) = touched(&mut cache, &[ETAG]);
    assert_eq!((answer.body.as_str(), touched), ("2", vec![0, 2]));
    let updates = answer
        .actions
        .iter()
        .filter(|action| matches!(action, Action::Update(_)));
    assert_eq!(updates.count(), 2);
    assert!(cache.items.iter().all(|item| item.body.len() == 1));
}

#[test]
fn what_forbids_storing_concerns_all_that_share_a_strong_validator() {
    // req: 9111-4.3.4-02, 9111-3-07, 9111-5.2.1.5-04
    let forbids = says(304, &[ETAG, "Cache-Control: no-store"], "");
    let mut cache = three(["\"a\"", "\"b\"", "\"a\""]);
    cache.fetch(9, &get("/a").with("A: 1"), &[forbids]);
    assert_eq!(cache.only().values("etag"), ["\"b\""]);
    // A request can only keep its own answer from being stored.
    let mut cache = three(["\"a\"", "\"b\"", "\"a\""]);
    let no_store = get("/a").with_all(&["A: 1", "Cache-Control: no-store"]);
    cache.fetch(9, &no_store, &[says(304, &[ETAG], "")]);
    assert_eq!(cache.items.len(), 3);
}

#[test]
fn a_weak_validator_updates_the_most_recent() {
    // req: 9111-4.3.4-04
    let mut cache = three(["W/\"a\"", "\"b\"", "W/\"a\""]);
    let (answer, touched) = touched(&mut cache, &["ETag: W/\"a\""]);
    assert_eq!((answer.body.as_str(), touched), ("2", vec![2]));
}

#[test]
fn a_304_that_names_another_response() {
    // req: 9111-4.3.4-02, 9111-4.3.4-04, 9111-4.3.4-06
    // Always asked about the third; tags, what the 304 says, which are updated and who answers.
    let cases = [
        (["\"a\"", "\"b\"", "\"c\""], "ETag: \"b\"", vec![1], "1"),
        (["\"a\"", "\"a\"", "\"c\""], ETAG, vec![0, 1], "1"),
        (["\"a\"", "W/\"a\"", "\"c\""], ETAG, vec![0], "0"),
        (["W/\"a\"", "W/\"a\"", "\"c\""], "ETag: W/\"a\"", vec![1], "1"),
        (["\"a\"", "\"a\"", "\"c\""], "ETag: W/\"a\"", vec![1], "1"),
    ];
    for (tags, says, expected, body) in cases {
        let mut cache = three(tags);
        let (answer, touched) = touched(&mut cache, &[says, "Cache-Control: max-age=60"]);
        assert_eq!(answer.asked("if-none-match"), ["\"c\""], "{tags:?}");
        assert_eq!((answer.seen(), touched), ((200, body), expected), "{tags:?}");
        assert_eq!(answer.values("age"), ["0"]);
        // It is the most recent now, and fresh.
        let hit = cache.fetch(68, &get("/a").with("A: 1"), &[]);
        assert_eq!((hit.body.as_str(), hit.reason), (body, Reason::Fresh), "{tags:?}");
    }
    // The client's own condition is judged by the one that answers.
    let mut cache = three(["\"a\"", "\"b\"", "\"c\""]);
    let ask = get("/a").with("A: 1").with("If-None-Match: \"b\", \"x\"");
    let answer = cache.fetch(9, &ask, &[says(304, &["ETag: \"b\"", "X-New: 1"], "")]);
    assert_eq!((answer.status, cache.items[1].values("x-new").len()), (304, 1));
    let answer = cache.fetch(18, &ask, &[says(304, &[ETAG], "")]);
    assert_eq!(answer.seen(), (200, "0"));
    // By the date, too, and where nothing of ours was asked.
    let mut cache = Cache::private();
    let modified = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    for (ask, fields) in [
        (get("/a").with("A: 1"), ["Vary: A", modified, "ETag: \"x\""]),
        (get("/a").with("A: 2"), ["Vary: B", "X: y", "X: y"]),
    ] {
        cache.fetch(
            0,
            &ask,
            &[says(200, &[&[STALE][..], &fields].concat(), fields[0])],
        );
    }
    let ask = get("/a").with("A: 1");
    let by_date = ask
        .clone()
        .with("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(
        cache.fetch(9, &by_date, &[says(304, &[modified], "")]).status,
        304
    );
    assert_eq!(cache.fetch(10, &ask, &[]).seen(), (200, "Vary: A"));
}

#[test]
fn a_304_that_names_nothing_stored_updates_nothing() {
    // req: 9111-4.3.4-03, 9110-9.2.2-02
    for says_ in [
        "ETag: \"z\"",
        "ETag: W/\"z\"",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
    ] {
        let mut cache = three(["W/\"a\"", "\"b\"", "\"c\""]);
        let before: Vec<_> = cache.items.iter().map(|item| item.head.clone()).collect();
        let script = [says(304, &[says_, "X-New: 1"], ""), says(500, &[STALE], "new")];
        let answer = cache.fetch(9, &get("/a").with("A: 1"), &script);
        assert_eq!(answer.seen(), (500, "new"), "{says_}");
        assert_eq!(
            answer.sent[1],
            scenario::lines(&["A: 1"]),
            "without our conditions"
        );
        let after: Vec<_> = cache.items.iter().map(|item| item.head.clone()).collect();
        assert!(after.starts_with(&before), "{says_}");
    }
}

#[test]
fn variants_that_could_not_be_selected_are_no_candidates() {
    // req: 9111-4.3.4-01
    let mut cache = Cache::private();
    for foo in ["1", "2"] {
        let ask = get("/a").with(&format!("Foo: {foo}"));
        cache.fetch(0, &ask, &[says(200, &[STALE, ETAG, "Vary: Foo"], foo)]);
    }
    cache.fetch(
        0,
        &get("/a").partition(7),
        &[says(200, &[STALE, ETAG], "other user")],
    );
    cache.fetch(0, &get("/b"), &[says(200, &[STALE, ETAG], "other URI")]);
    for (seconds, fields) in [(9, &["X-New: 1"][..]), (18, &["X-New: 1", ETAG])] {
        let answer = cache.fetch(seconds, &get("/a").with("Foo: 1"), &[says(304, fields, "")]);
        assert_eq!(answer.body, "1");
        let touched: Vec<_> = cache
            .items
            .iter()
            .map(|item| item.values("x-new").len())
            .collect();
        assert_eq!(touched, [1, 0, 0, 0]);
    }
}

#[test]
fn an_update_that_forbids_storing_evicts() {
    // req: 9111-3-07, 9111-5.2.2.5-01, 9111-4.1-06, 9111-5.2.2.7-01
    let by = |mut cache: Cache, ask: scenario::Ask, field: &str| {
        cache.fetch(
            0,
            &get("/a"),
            &[says(
                200,
                &["Cache-Control: max-age=5, public", ETAG, "X: old"],
                "body",
            )],
        );
        let answer = cache.fetch(9, &ask, &[says(304, &[ETAG, field, "X: new"], "")]);
        assert_eq!(
            (answer.seen(), answer.values("x")),
            ((200, "body"), vec!["new".into()]),
            "{field}"
        );
        assert_eq!(answer.values("age"), ["0"]);
        let expected = match cache.items[..] {
            [] => Reason::UpdateForbids,
            _ => Reason::Validated,
        };
        assert_eq!(answer.reason, expected, "{field}");
        let [item] = &cache.items[..] else { return None };
        Some(item.values("x"))
    };
    for field in ["Cache-Control: no-store", "Vary: *", "Connection: etag"] {
        assert_eq!(by(Cache::private(), get("/a"), field), None, "{field}");
    }
    assert_eq!(by(Cache::shared(), get("/a"), "Cache-Control: private"), None);
    let authorized = get("/a").with("Authorization: x");
    assert_eq!(
        by(Cache::shared(), authorized.clone(), "Cache-Control: max-age=5"),
        None
    );
    assert_eq!(
        by(Cache::shared(), authorized, "X-Y: z"),
        Some(vec!["new".into()])
    );
    // A client that has it already gets its 304, and the entry goes all the same.
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &[STALE, ETAG], "body")]);
    let ask = get("/a").with("If-None-Match: \"a\"");
    let answer = cache.fetch(9, &ask, &[says(304, &[ETAG, "Cache-Control: no-store"], "")]);
    assert_eq!((answer.status, cache.items.len()), (304, 0));
}

#[test]
fn a_request_that_forbids_storing_updates_nothing() {
    // req: 9111-5.2.1.5-01, 9111-5.2.1.5-04
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &[STALE, ETAG], "body")]);
    let before = cache.only().head.clone();
    let no_store = get("/a").with("Cache-Control: no-store");
    assert_eq!(cache.fetch(1, &no_store, &[]).reason, Reason::Fresh);
    let answer = cache.fetch(9, &no_store, &[says(304, &[ETAG, "X: new"], "")]);
    assert_eq!(
        (answer.seen(), answer.values("x")),
        ((200, "body"), vec!["new".into()])
    );
    assert_eq!(cache.only().head, before, "it survives as it was");
    let state = stored(&[]);
    let update = state.update(9, &no_store, &reply(304, &[ETAG]));
    assert!(update.may_stay() && !update.may_be_written());
    let update = state.update(9, &no_store, &reply(304, &[ETAG, "Cache-Control: no-store"]));
    assert!(!update.may_stay() && !update.may_be_written());
    let update = state.update(9, &get("/a"), &reply(304, &[ETAG]));
    assert!(update.may_stay() && update.may_be_written());
    assert_eq!(
        cache.fetch(10, &get("/a"), &[says(304, &[ETAG], "")]).sent.len(),
        1
    );
}

#[test]
fn an_update_that_cannot_be_written_is_served_and_evicted() {
    // req: 9111-4.3.4-06
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &[STALE, ETAG, "X: old"], "body")]);
    cache.writable = false;
    let fields = [ETAG, "X: new", "Cache-Control: max-age=60"];
    let answer = cache.fetch(9, &get("/a"), &[says(304, &fields, "")]);
    assert_eq!(
        (answer.seen(), answer.values("x")),
        ((200, "body"), vec!["new".into()])
    );
    assert_eq!(answer.reason, Reason::Validated);
    assert!(cache.items.is_empty());
}

#[test]
fn a_field_can_be_asked_for_by_name() {
    // req: 9111-3.2-01, 9111-3.2-02, 9110-6.6.1-01
    let stored = stored(&["X: 1", "x: 2", "Y: 1", "Date: Sun, 06 Nov 1994 08:49:37 GMT"]);
    let answer = reply(304, &[ETAG, "y: 2", "Y: 3", "Z: 4"]);
    let update = stored.update(9, &get("/a"), &answer);
    let entry = stored.entry();
    let merged = update.merged::<_, Fields>(&entry, &answer.lines).unwrap();
    for (name, expected) in [
        ("x", vec!["1".into(), "2".into()]),
        ("y", vec!["2".into(), "3".into()]),
        ("z", vec!["4".into()]),
        ("date", vec![date(9)]), // the time of receipt, as the 304 has none
        ("link", vec![]),
    ] {
        assert_eq!(values(&merged, name), expected, "{name}");
        let lines = copied(&merged);
        let lines = lines.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name));
        assert_eq!(lines.count(), expected.len(), "{name}");
    }
}

#[test]
fn the_states_say_what_may_not_stay() {
    // req: 9111-5.2.2.5-01, 9111-5.2.1.5-01
    let stored = stored(&[]);
    let stays = |ask: scenario::Ask, fields: &[&str]| {
        let answer = reply(304, &[&[ETAG], fields].concat());
        let state = stored.update(9, &ask, &answer);
        (state.may_stay(), state.may_be_written())
    };
    assert_eq!(stays(get("/a"), &[]), (true, true));
    assert_eq!(stays(get("/a"), &["Cache-Control: no-store"]), (false, false));
    assert_eq!(
        stays(get("/a").with("Cache-Control: no-store"), &[]),
        (true, false)
    );
}

#[test]
fn an_update_does_not_tell_how_long_the_stored_body_is() {
    // req: 9111-3.2-04, 8246-3-03
    // Where nothing says how long the stored body is, a reload of it is validated.
    let reload = |framing: &str, update: &str| {
        let stored = stored(&[framing]);
        let answer = reply(304, &[ETAG, "Cache-Control: max-age=60, immutable", update]);
        let updated = stored.updated(9, &answer);
        updated.asked(10, &["Cache-Control: max-age=0"])
    };
    for update in [
        "X: y",
        "Content-Length: 4",
        "Content-Length: 10",
        "Content-Length: 1, 2",
    ] {
        assert_eq!(reload("Content-Length: 4", update), fresh(1), "{update}");
        assert_eq!(
            reload("X: z", update),
            validate(Reason::RequestMaxAge),
            "{update}"
        );
    }
}

#[test]
fn another_head_is_refused() {
    let (one, other) = (
        stored(&[]),
        Scenario::private().stored(200, &[STALE, "ETag: \"b\""]),
    );
    let answer = reply(304, &[ETAG]);
    let update = one.update(9, &get("/a"), &answer);
    let (entry, wrong) = (one.entry(), other.entry());
    assert!(update.merged::<_, Fields>(&entry, &answer.lines).is_ok());
    assert!(update.merged::<_, Fields>(&wrong, &answer.lines).is_err());
    let old = ResponseHead {
        status: 200,
        headers: &wrong,
    };
    assert!(update.update(&get("/a").head(), &old, &answer.head()).is_err());
    assert!(HeadMismatch.to_string().contains("read it again"));
    // Repeated but equal tags are the same head.
    let twice = stored(&[ETAG]);
    assert!(twice.updated(9, &answer).verdict(at(10), &get("/a")).is_hit());
    assert!(!twice.entry().has("x"));
}

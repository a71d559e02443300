//! `NeedRevalidation`: the conditional request and what its answer means (RFC 9111 section
//! 4.3).

mod scenario;

use larder::{CacheMissNext, Config, Headers, InvalidateEntriesNext, NeedRevalidationNext, Reason};
use scenario::{
    Ask, Cache, NOTHING, Scenario, Stored, Verdict, at, copied, date, exchanged, fresh, get, reply, says,
    validate, values,
};

const MODIFIED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
const ETAG: &str = "ETag: \"a\"";

/// A response that is stale after a second.
fn stale(fields: &[&str]) -> Stored {
    Scenario::private().stored(200, &[&["Cache-Control: max-age=1"], fields].concat())
}

/// If-None-Match and If-Modified-Since of the validation that a request turns into.
fn conditions(stored: &Stored, ask: &Ask) -> (Vec<String>, Vec<String>) {
    let lines = stored.conditional(at(5), ask);
    (
        values(&lines[..], "if-none-match"),
        values(&lines[..], "if-modified-since"),
    )
}

#[test]
fn all_validators_are_sent_as_they_were_stored() {
    // req: 9111-4.3-01, 9111-4.3.1-02, 9111-4.3.1-03, 9111-4.3.1-05, 9110-13.1.3-06, 9110-8.8.1-01
    // req: 9110-5.5-01
    let plain = get("/a");
    let obsolete = "Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT";
    let cases: [(&[&str], &[&str], &[&str]); 7] = [
        (&[ETAG], &["\"a\""], &[]),
        (&["ETag: W/\"a\""], &["W/\"a\""], &[]),
        (&["ETag:  \"a\" \t"], &["\"a\""], &[]),
        (&[MODIFIED], &[], &["Sun, 06 Nov 1994 08:49:37 GMT"]),
        (&[obsolete], &[], &["Sunday, 06-Nov-94 08:49:37 GMT"]),
        (&[MODIFIED, ETAG], &["\"a\""], &["Sun, 06 Nov 1994 08:49:37 GMT"]),
        (&["X: y"], &[], &[]),
    ];
    for (fields, tags, dates) in cases {
        let (sent_tags, sent_dates) = conditions(&stale(fields), &plain);
        assert_eq!(sent_tags, tags, "{fields:?}");
        assert_eq!(sent_dates, dates, "{fields:?}");
    }
}

#[test]
fn nothing_outside_the_grammar_is_sent() {
    // req: 9110-2.2-01, 9110-8.8.3-01, 9110-8.8.3-03
    let none = (vec![], vec![]);
    for bad in [
        "abc",
        "w/\"a\"",
        "W\"a\"",
        "'a'",
        "\"a",
        "\"a\"b",
        "\"a\", \"b\"",
        "",
    ] {
        let etag = format!("ETag: {bad}");
        let stored = stale(&[&etag, "Last-Modified: yesterday"]);
        assert_eq!(conditions(&stored, &get("/a")), none, "{bad}");
        // Last-Modified remains.
        let (tags, dates) = conditions(&stale(&[&etag, MODIFIED]), &get("/a"));
        assert_eq!((tags.len(), dates.len()), (0, 1), "{bad}");
    }
    // As an option the tag is echoed.
    let lenient = Scenario::of(Config::private().with_lenient_etag(true));
    let stored = lenient.stored(200, &["Cache-Control: max-age=1", "ETag: abc"]);
    assert_eq!(conditions(&stored, &get("/a")).0, ["abc"]);
    // But not what If-None-Match would take for any representation, or for several tags.
    for bad in ["*", "\"a\", \"b\"", "a,b", ""] {
        let stored = lenient.stored(200, &["Cache-Control: max-age=1", &format!("ETag: {bad}")]);
        assert_eq!(conditions(&stored, &get("/a")), none, "{bad}");
    }
    // Differing lines are no validator, equal ones are one.
    assert_eq!(conditions(&stale(&[ETAG, "ETag: \"b\""]), &get("/a")), none);
    assert_eq!(conditions(&stale(&[ETAG, ETAG]), &get("/a")).0, ["\"a\""]);
    let (_, dates) = conditions(&stale(&[MODIFIED, MODIFIED]), &get("/a"));
    assert_eq!(dates.len(), 1);
}

#[test]
fn the_rest_of_the_request_goes_out_untouched() {
    // req: 9110-11.6.2-01, 9111-5.2-01, 9111-5.2.2.1-01, 9111-4.3.1-01
    let fields = [
        "Authorization: Basic x",
        "Cache-Control: max-age=0, foo=\"a,b\"",
        "X: 1",
        "x: 2",
        "Accept: */*",
    ];
    let ask = get("/a").with("If-Modified-Since: x").with_all(&fields);
    let sent = stale(&[ETAG, MODIFIED]).conditional(at(0), &ask);
    let added = [
        "If-None-Match: \"a\"",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    ];
    assert_eq!(sent, scenario::lines(&[&fields[..], &added].concat()));
}

#[test]
fn the_clients_tags_are_joined_with_the_stored_one() {
    // req: 9111-4.3.2-07, 9110-5.6.1.1-01, 9110-8.8.3-02
    let stored = stale(&[ETAG, MODIFIED]);
    let cases: [(&[&str], &str); 10] = [
        (&["\"x\""], "\"x\", \"a\""),
        (&["\"x\", ,"], "\"x\", \"a\""),
        (&[",,\"x\",\t,W/\"y\" ,"], "\"x\", W/\"y\", \"a\""),
        (&["\"x\"", "", "\"y\""], "\"x\", \"y\", \"a\""),
        (&["\"x,\", \"y\""], "\"x,\", \"y\", \"a\""),
        (&["\"a\""], "\"a\""),
        (&["\"x\", \"a\""], "\"x\", \"a\""),
        (&["W/\"a\", \"x\""], "W/\"a\", \"x\", \"a\""),
        // What is no list is replaced.
        (&["*"], "\"a\""),
        (&["x"], "\"a\""),
    ];
    for (lists, expected) in cases {
        let lines: Vec<_> = lists
            .iter()
            .map(|list| format!("If-None-Match: {list}"))
            .collect();
        assert_eq!(
            conditions(&stored, &get("/a").with_all(&lines)).0,
            [expected],
            "{lists:?}"
        );
    }
    // Too little room: the stored tag alone.
    let ask = get("/a").with("If-None-Match: \"x\"");
    let (entry, state) = (stored.entry(), stored.stale(at(5), &ask));
    for (room, expected) in [(0, "\"a\""), (7, "\"a\""), (8, "\"x\", \"a\"")] {
        let mut scratch = vec![0; room];
        let fields = state.conditional(&ask.head(), &entry, &mut scratch);
        let lines = copied(&fields.apply(&ask.lines[..]));
        assert_eq!(values(&lines[..], "if-none-match"), [expected], "{room}");
    }
}

#[test]
fn a_date_does_not_stand_in_for_the_clients_tags() {
    // req: 9111-4.3.2-09, 9111-4.3.1-03
    let ask = get("/a").with("If-None-Match: \"x\"");
    assert_eq!(
        conditions(&stale(&[MODIFIED]), &ask),
        (vec!["\"x\"".to_string()], vec![])
    );
    let mut cache = Cache::private();
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=1", MODIFIED], "old")],
    );
    let answer = cache.fetch(5, &ask, &[says(304, &["ETag: \"x\""], "")]);
    assert_eq!((answer.status, answer.reason), (304, Reason::ClientNotModified));
}

#[test]
fn a_304_is_given_to_whom_it_answers() {
    // req: 9111-4.3.2-09, 9110-15.4.5-03, 9111-4.3.3-01
    let client = ["If-None-Match: \"x\""];
    let own = ["If-None-Match: \"a\""];
    let since = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT";
    // Request fields, fields of the 304, status and number of forwards.
    let cases: [(&[&str], &[&str], u16, usize); 11] = [
        // Neither the client's nor ours: asked again as the client did.
        (&client, &["ETag: \"z\""], 304, 2),
        (&client, &["ETag: W/\"z\""], 304, 2),
        (&[], &[ETAG], 200, 1),
        (&[], &[], 200, 1),
        (&client, &[ETAG], 200, 1),
        (&client, &["ETag: \"x\""], 304, 1),
        (&own, &[ETAG], 304, 1),
        // A bare 304 may mean either tag: asked again.
        (&client, &[], 304, 2),
        (&[since], &[ETAG], 304, 1),
        (&["If-Modified-Since: Sat, 05 Nov 1994 08:49:37 GMT"], &[], 200, 1),
        // The client's date was not what was asked.
        (&[since], &["ETag: \"z\""], 304, 2),
    ];
    for (asked, answered, status, forwards) in cases {
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=1", ETAG, MODIFIED], "old")],
        );
        let script = vec![says(304, answered, ""); forwards];
        let answer = cache.fetch(5, &get("/a").with_all(asked), &script);
        assert_eq!(answer.status, status, "{asked:?} {answered:?}");
        // The states agree.
        let stored = stale(&[ETAG, MODIFIED]);
        let next = stored.answered(5, &get("/a").with_all(asked), &reply(304, answered));
        let retried = matches!(next, NeedRevalidationNext::Retry(_));
        assert_eq!(retried, forwards == 2, "{asked:?} {answered:?}");
        assert_eq!(answer.body, if status == 200 { "old" } else { "" });
        if forwards == 2 {
            assert_eq!(answer.sent[1], scenario::lines(asked), "the client's own request");
        }
    }
}

#[test]
fn a_304_without_conditions_of_the_client_never_reaches_it() {
    // req: 9111-4.3.4-03, 9110-9.2.2-02, 9110-9.2.2-01
    for foreign in [
        "ETag: \"z\"",
        "ETag: W/\"z\"",
        "Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT",
    ] {
        let stored = stale(&[ETAG, MODIFIED]);
        let next = stored.answered(5, &get("/a"), &reply(304, &[foreign]));
        let NeedRevalidationNext::Retry(miss) = next else {
            panic!("{foreign}: {next:?}")
        };
        assert_eq!(miss.reason(), Reason::ForeignValidator);
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=1", ETAG, MODIFIED], "old")],
        );
        let before = cache.only().head.clone();
        let script = [
            says(304, &[foreign], ""),
            says(200, &["Cache-Control: no-cache"], "new"),
        ];
        let answer = cache.fetch(5, &get("/a"), &script);
        assert_eq!((answer.seen(), answer.sent[1].len()), ((200, "new"), 0));
        // A second one in a row ends it.
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=1", ETAG, MODIFIED], "old")],
        );
        let answer = cache.fetch(
            5,
            &get("/a"),
            &[says(304, &[foreign], ""), says(304, &[foreign], "")],
        );
        assert_eq!((answer.status, answer.sent.len()), (304, 2));
        assert_eq!(cache.only().head, before);
        assert!(!cache.only().facts.is_invalidated());
    }
}

#[test]
fn weak_and_strong_tags_of_a_304() {
    // req: 9111-4.3.4-03, 9110-8.8.3.2-01, 9111-4.3.4-04
    let cases = [
        ("\"a\"", "\"a\"", true),
        ("W/\"a\"", "W/\"a\"", true),
        ("\"a\"", "W/\"a\"", true),
        ("W/\"a\"", "\"a\"", false),
        ("\"a\"", "\"A\"", false),
    ];
    for (own, theirs, confirms) in cases {
        let stored = stale(&[&format!("ETag: {own}")]);
        let next = stored.answered(5, &get("/a"), &reply(304, &[&format!("ETag: {theirs}")]));
        assert_eq!(
            matches!(next, NeedRevalidationNext::NeedToBeUpdated(_)),
            confirms,
            "{own} {theirs}"
        );
    }
    // Last-Modified alone works like a weak validator.
    let by = |date: &str| {
        stale(&[MODIFIED])
            .answered(5, &get("/a"), &reply(304, &[date]))
            .is_update()
    };
    assert!(by(MODIFIED) && by("Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT"));
    assert!(!by("Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT"));
}

trait IsUpdate {
    fn is_update(&self) -> bool;
}

impl IsUpdate for NeedRevalidationNext<'_> {
    fn is_update(&self) -> bool {
        matches!(self, Self::NeedToBeUpdated(_))
    }
}

#[test]
fn a_304_without_validators() {
    // req: 9111-4.3.4-05
    let bare = reply(304, &NOTHING);
    for fields in [[ETAG, "X: y"], [MODIFIED, "X: y"], [ETAG, MODIFIED]] {
        assert!(
            stale(&fields).answered(5, &get("/a"), &bare).is_update(),
            "{fields:?}"
        );
        let strict = Scenario::of(Config::private().with_strict_304(true));
        let stored = strict.stored(200, &[&fields[..], &["Cache-Control: max-age=1"]].concat());
        assert!(!stored.answered(5, &get("/a"), &bare).is_update(), "{fields:?}");
    }
}

#[test]
fn a_full_response_is_the_answer() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03
    let stored = stale(&[ETAG]);
    for status in [200, 404, 301, 412] {
        let next = stored.answered(5, &get("/a"), &reply(status, &NOTHING));
        let NeedRevalidationNext::CacheMiss(miss) = next else {
            panic!("{next:?}")
        };
        assert_eq!(miss.reason(), Reason::FullResponse);
        // The entry is out of date: a response that takes its place or an eviction follows.
        let ask = get("/a");
        let next = miss.next(
            &ask.head(),
            &reply(status, &["Cache-Control: no-store"]).head(),
            exchanged(5),
            &mut [],
        );
        let CacheMissNext::InvalidateEntries(gone) = next else {
            panic!("{next:?}")
        };
        assert_eq!(
            (gone.reason(), gone.entry()),
            (Reason::Unsuitable, Some(larder::EntryId(1)))
        );
    }
    let mut cache = Cache::private();
    let fields = ["Cache-Control: max-age=5", ETAG, "X-Old: 1"];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "A")]);
    let answer = cache.fetch(
        9,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=60", "ETag: \"b\""], "B")],
    );
    assert_eq!((answer.body.as_str(), answer.values("x-old")), ("B", vec![]));
    let hit = cache.fetch(10, &get("/a"), &[]);
    assert_eq!(
        (hit.body.as_str(), hit.values("x-old"), cache.items.len()),
        ("B", vec![], 1)
    );
    // One that may not be stored leaves nothing of the old one.
    let answer = cache.fetch(99, &get("/a"), &[says(200, &["Cache-Control: no-store"], "C")]);
    assert_eq!((answer.body.as_str(), cache.items.len()), ("C", 0));
}

#[test]
fn a_full_response_of_another_kind_does_not_leave_the_old_one() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03
    // The new one nominates nothing, so the old one would be selected again.
    let varied = stale(&[ETAG, "Vary: X"]);
    let new = reply(200, &["Cache-Control: max-age=60"]);
    let next = varied.answered(5, &get("/a"), &new);
    let NeedRevalidationNext::CacheMiss(miss) = next else {
        panic!("{next:?}")
    };
    let next = miss.next(&get("/a").head(), &new.head(), exchanged(5), &mut []);
    let CacheMissNext::InvalidateEntries(gone) = next else {
        panic!("{next:?}")
    };
    assert_eq!(
        (gone.reason(), gone.entry()),
        (Reason::Unsuitable, Some(larder::EntryId(1)))
    );
    assert!(matches!(gone.next(), InvalidateEntriesNext::StoreAndUse(_)));
    let mut cache = Cache::private();
    let fields = ["Cache-Control: max-age=5", ETAG, "Vary: X"];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "old")]);
    let answer = cache.fetch(9, &get("/a"), &[says(200, &["Cache-Control: max-age=60"], "new")]);
    assert_eq!((answer.reason, cache.items.len()), (Reason::Storable, 1));
    assert_eq!(cache.fetch(10, &get("/a"), &[]).seen(), (200, "new"));
}

#[test]
fn the_state_tells_what_it_is_about() {
    let stored = stale(&[ETAG]);
    let state = stored.stale(at(5), &get("/a"));
    assert_eq!((state.id(), state.reason()), (larder::EntryId(1), Reason::Stale));
    assert!(state.facts().has_validator() && state.facts().lifetime() == 1);
    assert_eq!(stored.later(0), fresh(0));
    assert_eq!(stored.later(1), validate(Reason::Stale));
    let verdict = stored.asked(1, &["Cache-Control: max-stale=0"]);
    assert_eq!(verdict, Verdict::Hit(Reason::MaxStale, Some(1)));
    assert!(!stored.entry().has("x") && !date(0).is_empty());
}

//! What the response to a forwarded HEAD does to stored GET responses (RFC 9111 section 4.3.5).

mod scenario;

use larder::{Action, CacheMissNext, Config, EntryId, InvalidateEntriesNext, NeedRevalidationNext, Reason};
use scenario::{Answer, Cache, NOTHING, Origin, Scenario, ask, exchanged, get, reply, says};

const ETAG: &str = "ETag: \"a\"";

/// A GET entry and what a HEAD with these fields makes of it.
fn after_head(status: u16, fields: &[&str]) -> (Cache, Answer) {
    let mut cache = Cache::private();
    let first = [
        "Cache-Control: max-age=60",
        ETAG,
        "Content-Length: 10",
        "X-A: 1",
        "X-B: 1",
    ];
    cache.fetch(0, &get("/a"), &[says(200, &first, "0123456789")]);
    let ask = ask("HEAD", "/a").with("Cache-Control: no-cache");
    let answer = cache.fetch(9, &ask, &[Origin::Says(reply(status, fields))]);
    assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    (cache, answer)
}

#[test]
fn a_head_response_updates_what_it_describes() {
    // req: 9111-4.3.5-01, 9111-4.3.5-02, 9111-4.3.5-04
    let new = ["Cache-Control: max-age=1000", "X-A: 2"];
    // Only what the HEAD brings is compared.
    for described in [&[ETAG, "Content-Length: 10"][..], &[ETAG]] {
        let (mut cache, answer) = after_head(200, &[described, &new].concat());
        assert!(
            answer.actions.contains(&Action::Update(EntryId(1))),
            "{described:?}"
        );
        assert_eq!(
            answer.reason,
            Reason::HeadNotStored,
            "what became of the answer to HEAD"
        );
        let hit = cache.fetch(1000, &get("/a"), &[]);
        assert_eq!(
            (hit.seen(), hit.values("age")),
            ((200, "0123456789"), vec!["991".into()])
        );
        for (name, value) in [
            ("x-a", "2"),
            ("x-b", "1"),
            ("content-length", "10"),
            ("etag", "\"a\""),
        ] {
            assert_eq!(hit.values(name), [value], "{name}");
        }
    }
}

#[test]
fn a_head_response_without_validators_validates_nothing_that_is_marked() {
    // req: 9111-4.4-05, 9111-4.3.5-02
    let dated = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    const LENGTH: &str = "Content-Length: 3";
    let fresh = "Cache-Control: max-age=60";
    for (validators, answers) in [(&[][..], false), (&[dated], true)] {
        let mut cache = Cache::private();
        cache.fetch(0, &get("/a"), &[says(200, &[fresh, dated, LENGTH], "old")]);
        cache.fetch(1, &ask("POST", "/a"), &[says(200, &NOTHING, "")]);
        let fields = [validators, &[fresh, LENGTH]].concat();
        cache.fetch(2, &ask("HEAD", "/a"), &[says(200, &fields, "")]);
        let new = says(200, &[fresh], "new");
        let replies = if answers { &[][..] } else { &[new] };
        let after = cache.fetch(3, &get("/a"), replies);
        assert_eq!(after.body, if answers { "old" } else { "new" });
    }
}

#[test]
fn a_head_response_that_differs_makes_stale() {
    // req: 9111-4.3.5-01, 9111-4.3.5-03
    let cases: [&[&str]; 7] = [
        // Another body may be as long.
        &[],
        &["Content-Length: 10"],
        &["ETag: \"b\"", "Content-Length: 10"],
        &[ETAG, "Content-Length: 11"],
        &["Content-Length: 11"],
        &["ETag: W/\"a\""],
        &[ETAG, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"],
    ];
    for fields in cases {
        let (mut cache, _) = after_head(200, fields);
        let ask = get("/a").with("Cache-Control: max-stale");
        let answer = cache.fetch(10, &ask, &[says(304, &[ETAG], "")]);
        assert_eq!(
            (answer.sent.len(), answer.body.as_str()),
            (1, "0123456789"),
            "{fields:?}"
        );
        assert_eq!(answer.values("x-a"), ["1"], "nothing of the HEAD came in");
    }
}

#[test]
fn what_a_head_response_brings_must_be_read_to_match() {
    // req: 9111-4.3.5-02, 9111-4.3.5-03
    const FRESH: &str = "Cache-Control: max-age=60";
    let modified = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
    // The status of the stored response to GET, its fields, those of the 200 to HEAD, and whether it is
    // taken for the same.
    let cases: [(u16, &[&str], &[&str], bool); 17] = [
        (200, &[], &[], true),
        (200, &["Content-Length: 3"], &["Content-Length: 3"], true),
        (200, &["Content-Length: 3"], &["Content-Length: 4"], false),
        (200, &[ETAG], &[], false),
        (200, &[modified], &[], false),
        (200, &[ETAG], &[ETAG], true),
        (200, &[ETAG, modified], &[modified], true),
        // A response to GET would have this status now.
        (404, &[], &[], false),
        (301, &[ETAG], &[ETAG], false),
        (203, &[ETAG], &[ETAG], false),
        (200, &["ETag: a"], &["ETag: b"], false),
        (200, &[ETAG], &[ETAG, "ETag: \"b\""], false),
        (200, &[modified], &["Last-Modified: yesterday"], false),
        (200, &["Content-Length: 3"], &["Content-Length: 3, 4"], false),
        // How long the stored body is stands nowhere: its validator has to tell.
        (200, &[], &["Content-Length: 3"], false),
        (200, &[ETAG], &[ETAG, "Content-Length: 3"], true),
        (200, &[modified], &[modified, "Content-Length: 3"], true),
    ];
    for (status, stored, described, same) in cases {
        let mut cache = Cache::private();
        let first = [&[FRESH], stored].concat();
        cache.fetch(0, &get("/a"), &[says(status, &first, "old")]);
        let head = ask("HEAD", "/a").with("Cache-Control: no-cache");
        let fields = [&["Cache-Control: max-age=1000"], described].concat();
        cache.fetch(9, &head, &[says(200, &fields, "")]);
        let after = cache.only().facts;
        assert_eq!(
            (after.is_invalidated(), after.lifetime()),
            (!same, if same { 1000 } else { 60 }),
            "{status} {stored:?} {described:?}"
        );
    }
}

#[test]
fn what_no_lookup_or_a_second_request_brings_counts_as_well() {
    // req: 9111-4.3.5-01, 9111-4.3.5-03
    let other = says(200, &["ETag: \"b\""], "");
    let foreign = says(304, &["ETag: \"b\""], "");
    let cases = [
        (1, ask("HEAD", "/a").with("If-Match: \"b\""), vec![other.clone()]),
        (9, ask("HEAD", "/a"), vec![foreign, other]),
    ];
    for (seconds, ask, script) in cases {
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=5", ETAG], "old")],
        );
        cache.fetch(seconds, &ask, &script);
        assert!(cache.only().facts.is_invalidated(), "{ask:?}");
    }
}

#[test]
fn only_a_200_to_head_has_these_effects() {
    // req: 9111-4.3.5-05
    for status in [404, 410, 500, 204, 301] {
        let (mut cache, _) = after_head(status, &["ETag: \"b\"", "X-A: 2", "Content-Length: 3"]);
        let hit = cache.fetch(10, &get("/a"), &[]);
        assert_eq!(
            (hit.seen(), hit.values("x-a")),
            ((200, "0123456789"), vec!["1".into()]),
            "{status}"
        );
    }
    let off = Config::private().with_head_update(false);
    let mut cache = Cache::of(off);
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=60", ETAG], "x")],
    );
    let ask = ask("HEAD", "/a").with("Cache-Control: no-cache");
    cache.fetch(1, &ask, &[says(200, &["ETag: \"b\""], "")]);
    assert_eq!(cache.fetch(2, &get("/a"), &[]).reason, Reason::Fresh);
}

#[test]
fn the_states_tell_the_same_of_head() {
    // req: 9111-4.3.5-02, 9111-4.3.5-03
    let fields = ["Cache-Control: max-age=5", ETAG, "Content-Length: 3"];
    let stored = Scenario::private().stored(200, &fields);
    let ask = ask("HEAD", "/a");
    let next = stored.answered(9, &ask, &reply(200, &[ETAG, "Content-Length: 3"]));
    let NeedRevalidationNext::NeedToBeUpdated(update) = next else {
        panic!("{next:?}")
    };
    assert_eq!(
        (update.reason(), update.id(), update.may_stay()),
        (Reason::HeadFreshened, EntryId(1), true)
    );
    let next = stored.answered(9, &ask, &reply(200, &[ETAG, "Content-Length: 4"]));
    let NeedRevalidationNext::InvalidateEntries(gone) = next else {
        panic!("{next:?}")
    };
    assert_eq!(
        (gone.reason(), gone.entry()),
        (Reason::HeadDiffers, Some(EntryId(1)))
    );
    // What GET got is not judged by another answer to HEAD (req: 9111-4.3.5-05).
    let answer = reply(404, &NOTHING);
    let NeedRevalidationNext::CacheMiss(miss) = stored.answered(9, &ask, &answer) else {
        panic!("no miss")
    };
    let next = miss.next(&ask.head(), &answer.head(), exchanged(9), &mut []);
    assert!(matches!(next, CacheMissNext::CouldNotBeStored(_)), "{next:?}");
}

#[test]
fn a_stored_response_to_head_is_replaced_or_goes() {
    // req: 9111-4.3.3-03, 9111-4.3.5-05, 9110-9.3.2-01
    let config = Config::private().with_store_head(true);
    let ask = ask("HEAD", "/a");
    let fields = ["Cache-Control: max-age=5", ETAG, "Content-Length: 3"];
    let stored = Scenario::of(config).ask(ask.clone()).stored(200, &fields);
    let answers: [(u16, &[&str], bool); 4] = [
        (200, &fields, false),
        (200, &["Cache-Control: max-age=5", "ETag: \"b\"", "Vary: X"], true),
        (200, &["Cache-Control: no-store"], true),
        (404, &["Cache-Control: no-store"], true),
    ];
    for (status, fields, goes) in answers {
        let answer = reply(status, fields);
        let next = stored.answered(9, &ask, &answer);
        let NeedRevalidationNext::CacheMiss(miss) = next else {
            panic!("{next:?}")
        };
        let next = miss.next(&ask.head(), &answer.head(), exchanged(9), &mut []);
        let gone = match next {
            CacheMissNext::InvalidateEntries(state) => state.entry(),
            _ => None,
        };
        assert_eq!(gone, goes.then_some(EntryId(1)), "{status} {fields:?}");
    }
    // A response to GET that differs is marked, and the one to HEAD is stored beside it.
    let stored = Scenario::of(config).stored(200, &fields);
    let next = stored.answered(9, &ask, &reply(200, &["Cache-Control: max-age=5", "ETag: \"b\""]));
    let NeedRevalidationNext::InvalidateEntries(state) = next else {
        panic!("{next:?}")
    };
    assert_eq!(state.reason(), Reason::HeadDiffers);
    assert!(matches!(state.next(), InvalidateEntriesNext::StoreAndUse(_)));
}

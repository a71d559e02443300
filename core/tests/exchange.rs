//! `Exchange`: whole conversations with a store and an origin.

mod scenario;

use larder::{
    Action, CacheMissNext, Config, EntryId, Exchange, Failure, HeadSource, Key, NeedRevalidationNext,
    NoFields, Now, Override, Partition, Reason, RequestHead, ResponseHead, Target,
};
use scenario::{Cache, NOTHING, Origin, Scenario, Stored, ask, at, exchanged, fails, get, reply, says};

const ETAG: &str = "ETag: \"a\"";

#[test]
fn miss_hit_validation_hit() {
    // req: 9111-2-03, 9111-4.3-01, 9111-4.3.3-01, 9111-4.3.4-06
    let mut cache = Cache::private();
    let first = cache.fetch(
        0,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=5", ETAG], "body")],
    );
    assert_eq!((first.seen(), first.reason), ((200, "body"), Reason::Storable));
    assert!(
        first.values("age").is_empty(),
        "what comes from the origin is passed on as it is"
    );
    let hit = cache.fetch(4, &get("/a"), &[]);
    assert_eq!(
        (hit.seen(), hit.reason, hit.values("age")),
        ((200, "body"), Reason::Fresh, vec!["4".into()])
    );
    let validated = cache.fetch(5, &get("/a"), &[says(304, &[ETAG], "")]);
    assert_eq!(
        (validated.seen(), validated.reason),
        ((200, "body"), Reason::Validated)
    );
    assert_eq!(validated.asked("if-none-match"), ["\"a\""]);
    let key = Key::new(&Target::parse("https://e.com/a").unwrap(), 11);
    let expected = [
        Action::ReadHeads(key),
        Action::NextHead,
        Action::Forward {
            conditional_on: Some(EntryId(1)),
        },
        Action::ReadHeads(key),
        Action::Update(EntryId(1)),
        Action::NextHead,
        Action::Serve(EntryId(1)),
    ];
    assert_eq!(validated.actions, expected);
    assert_eq!(cache.fetch(9, &get("/a"), &[]).values("age"), ["4"]);
}

#[test]
fn redirects_and_negative_results_are_stored_too() {
    // req: 9111-2-03
    for status in [301, 308, 404, 410] {
        let mut cache = Cache::shared();
        cache.fetch(
            0,
            &get("/a"),
            &[says(status, &["Cache-Control: max-age=60", "Location: /b"], "x")],
        );
        let hit = cache.fetch(10, &get("/a"), &[]);
        assert_eq!(
            (hit.seen(), hit.values("location")),
            ((status, "x"), vec!["/b".into()])
        );
    }
}

#[test]
fn stale_answers_are_visibly_stale() {
    // req: 5861-3-01, 5861-3-02, 5861-4-01, 9111-4-07
    let mut cache = Cache::private();
    let fields = ["Cache-Control: max-age=600, stale-while-revalidate=30", ETAG];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "old")]);
    let stale = cache.fetch(610, &get("/a"), &[]);
    assert_eq!((stale.seen(), stale.background), ((200, "old"), true));
    assert_eq!(
        (stale.values("age"), stale.values("warning").len()),
        (vec!["610".into()], 0)
    );
    assert!(!cache.fetch(599, &get("/a"), &[]).background);
    let blocked = cache.fetch(631, &get("/a"), &[says(200, &fields, "new")]);
    assert_eq!((blocked.seen(), blocked.background), ((200, "new"), false));
}

#[test]
fn a_background_validation_replaces_what_is_out_of_date() {
    // req: 5861-3-02, 9111-4.3.3-03
    let mut cache = Cache::private();
    let fields = ["Cache-Control: max-age=5, stale-while-revalidate=60", ETAG];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "old")]);
    let only = get("/a").with("Cache-Control: only-if-cached");
    assert!(cache.fetch(9, &only, &[]).background);
    // The background request is not bound by what the client asked of its own answer.
    let answer = cache.background(9, &only, &[says(200, &["Cache-Control: max-age=60"], "new")]);
    assert_eq!((answer.reason, answer.sent.len()), (Reason::Storable, 1));
    // It takes the place of the old one, which stays should storing fail.
    let removes = |action: &Action| matches!(action, Action::Remove(_));
    assert!(!answer.actions.iter().any(removes), "{:?}", answer.actions);
    assert_eq!(cache.fetch(10, &get("/a"), &[]).seen(), (200, "new"));
    // One that fails leaves the entry alone.
    let answer = cache.background(11, &get("/a"), &[fails()]);
    assert_eq!((answer.status, cache.items.len()), (504, 1));
    assert_eq!(cache.fetch(12, &get("/a"), &[]).seen(), (200, "new"));
}

#[test]
fn the_clients_own_condition_after_a_validation() {
    // req: 9110-15.4.5-03, 9111-4.3.2-09, 9111-4.3.2-07
    let mut cache = Cache::shared();
    let fields = ["Cache-Control: max-age=5", ETAG, "X: old"];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "body")]);
    let ask = get("/a").with("If-None-Match: \"a\"");
    let answer = cache.fetch(9, &ask, &[says(304, &[ETAG, "X: new"], "")]);
    assert_eq!((answer.status, answer.body.as_str()), (304, ""));
    assert_eq!(cache.only().values("x"), ["new"], "refreshed all the same");
    assert_eq!(cache.fetch(10, &ask, &[]).status, 304);
    let other = get("/a").with("If-None-Match: \"x\"");
    let answer = cache.fetch(19, &other, &[says(304, &[ETAG], "")]);
    assert_eq!(
        (answer.seen(), answer.asked("if-none-match")),
        ((200, "body"), vec!["\"x\", \"a\"".into()])
    );
    // By date, judged by what the 304 says.
    let since = get("/a").with(&format!("If-Modified-Since: {}", scenario::date(0)));
    let modified = format!("Last-Modified: {}", scenario::date(1));
    let answer = cache.fetch(29, &since, &[says(304, &[ETAG, &modified], "")]);
    assert_eq!(answer.seen(), (200, "body"));
    let modified = format!("Last-Modified: {}", scenario::date(0));
    let answer = cache.fetch(39, &since, &[says(304, &[ETAG, &modified], "")]);
    assert_eq!(answer.status, 304);
}

#[test]
fn a_reload_of_an_immutable_response_is_a_304_or_200() {
    // req: 8246-2.1-01, 8246-2.1-02
    let mut cache = Cache::shared();
    let fields = ["Cache-Control: max-age=600, immutable", ETAG, "Content-Length: 4"];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "body")]);
    let reload = get("/a").with("Cache-Control: max-age=0");
    assert_eq!(
        cache
            .fetch(1, &reload.clone().with("If-None-Match: \"a\""), &[])
            .seen(),
        (304, "")
    );
    assert_eq!(
        cache.fetch(1, &reload.with("If-None-Match: \"b\""), &[]).seen(),
        (200, "body")
    );
    let force = get("/a")
        .with("Cache-Control: no-cache")
        .with("If-None-Match: \"a\"");
    let answer = cache.fetch(1, &force, &[says(304, &[ETAG], "")]);
    assert_eq!((answer.status, answer.sent.len()), (304, 1));
}

#[test]
fn only_idempotent_requests_are_sent_again_and_once() {
    // req: 9110-9.2.2-01, 9110-9.2.2-02
    for method in ["GET", "HEAD"] {
        let mut cache = Cache::private();
        cache.fetch(
            0,
            &get("/a"),
            &[says(200, &["Cache-Control: max-age=5", ETAG], "body")],
        );
        let foreign = says(304, &["ETag: \"z\""], "");
        let answer = cache.fetch(
            9,
            &ask(method, "/a"),
            &[foreign.clone(), says(200, &NOTHING, "new")],
        );
        assert_eq!((answer.seen(), answer.sent.len()), ((200, "new"), 2), "{method}");
    }
    let mut cache = Cache::of(Config::private().with_store_post(true));
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &["Cache-Control: max-age=5", ETAG], "body")],
    );
    for origin in [fails(), says(304, &["ETag: \"z\""], ""), says(503, &NOTHING, "")] {
        assert_eq!(cache.fetch(9, &ask("POST", "/a"), &[origin]).sent.len(), 1);
    }
    // A failing retry ends in an error, not in another one.
    let script = [says(304, &["ETag: \"z\""], ""), fails()];
    assert_eq!(cache.fetch(9, &get("/a"), &script).status, 504);
}

/// An exchange that has looked at this entry, and the action that follows.
fn looked_up<'c>(stored: &'c Stored, now: Now) -> (Exchange<'c>, Action) {
    let mut exchange = Exchange::new(&stored.config, 3);
    let request = stored.ask.head();
    let Action::ReadHeads(key) = exchange.start(&request) else {
        panic!("a lookup")
    };
    assert_eq!((exchange.key(), key), (Some(key), Key::new(&request.target, 3)));
    let next = exchange.offer(&request, EntryId(5), &stored.facts, &stored.entry());
    assert_eq!(next, Action::NextHead);
    let action = exchange.heads_done(now);
    (exchange, action)
}

#[test]
fn an_entry_that_goes_away_in_between() {
    // req: 9111-4.3.4-03, 9110-9.2.2-02
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG]);
    let request = stored.ask.head();
    // Before the request is sent: it goes out as it is.
    let (mut exchange, action) = looked_up(&stored, at(9));
    assert_eq!(
        action,
        Action::Forward {
            conditional_on: Some(EntryId(5))
        }
    );
    let (entry, mut scratch) = (stored.entry(), [0; 8]);
    let fields = exchange.conditional(&request, &entry, &mut scratch);
    let tags: Vec<_> = fields.set().map(|line| line.value).collect();
    assert_eq!(tags, [b"\"a\""]);
    assert_eq!(exchange.entry_gone(), Action::Forward { conditional_on: None });
    assert_eq!(exchange.reason(), Reason::UnusableEntry);
    assert!(exchange.conditional(&request, &NoFields, &mut []).is_empty());
    // Nothing goes out for a client that wants no such thing.
    let fresh = stored.ask.clone().with("Cache-Control: only-if-cached");
    let mut exchange = Exchange::new(&stored.config, 3);
    let _ = exchange.start(&fresh.head());
    let _ = exchange.offer(&fresh.head(), EntryId(5), &stored.facts, &stored.entry());
    assert_eq!(exchange.heads_done(at(1)), Action::Serve(EntryId(5)));
    assert_eq!(exchange.entry_gone(), Action::GatewayTimeout);
    assert_eq!(exchange.reason(), Reason::OnlyIfCached);
    // After the origin has failed: without a validator it was not needed before, and is lost for the answer
    // only then. The origin is asked once more, and that is the end of it.
    let bounded = Scenario::of(Config::private().with_stale_when_disconnected(60));
    let bare = bounded.stored(200, &["Cache-Control: max-age=5"]);
    let (mut exchange, action) = looked_up(&bare, at(9));
    assert_eq!(action, Action::Forward { conditional_on: None });
    assert_eq!(
        exchange.error(Failure::Transport, at(9)),
        Action::Serve(EntryId(5))
    );
    assert_eq!(exchange.entry_gone(), Action::Forward { conditional_on: None });
    assert_eq!(exchange.error(Failure::Transport, at(9)), Action::GatewayTimeout);
    // After its 304: a bare 304 answers nobody, so the request is sent once more.
    let (mut exchange, _) = looked_up(&stored, at(9));
    let lines = scenario::lines(&[ETAG]);
    let fresh = ResponseHead {
        status: 304,
        headers: &lines[..],
    };
    assert!(matches!(
        exchange.response(&request, &fresh, exchanged(9), &mut []),
        Action::ReadHeads(_)
    ));
    assert_eq!(exchange.heads_done(at(9)), Action::Retry);
    let full = ResponseHead {
        status: 200,
        headers: &scenario::lines(&["Cache-Control: max-age=5"])[..],
    };
    assert_eq!(
        exchange.response(&request, &full, exchanged(9), &mut []),
        Action::Store
    );
    // Another entry under that id now: its head is not the one that was validated.
    let (mut exchange, _) = looked_up(&stored, at(9));
    let _ = exchange.response(&request, &fresh, exchanged(9), &mut []);
    let other = Scenario::private().stored(200, &["Cache-Control: max-age=5", "ETag: \"b\""]);
    let (entry, facts) = (other.entry(), stored.facts);
    let old = ResponseHead {
        status: 200,
        headers: &entry,
    };
    assert!(
        exchange
            .update(&request, &facts, &old, &fresh, exchanged(9))
            .is_err()
    );
}

#[test]
fn what_a_304_does_not_name_can_be_out_of_date_but_not_answer() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03, 9111-4.3.4-03, 9110-9.2.2-02
    let scenario = Scenario::of(Config::private().with_stale_when_disconnected(60));
    let stored = scenario.stored(200, &["Cache-Control: max-age=5, stale-if-error=60", ETAG]);
    let request = stored.ask.head();
    let foreign = scenario::lines(&["ETag: \"z\""]);
    let second = |status, fields: &[&str]| {
        let (mut exchange, action) = looked_up(&stored, at(9));
        let conditional_on = Some(EntryId(5));
        assert_eq!(action, Action::Forward { conditional_on });
        let head = ResponseHead {
            status: 304,
            headers: &foreign[..],
        };
        let action = exchange.response(&request, &head, exchanged(9), &mut []);
        assert!(matches!(action, Action::ReadHeads(_)));
        let _ = exchange.offer(&request, EntryId(5), &stored.facts, &stored.entry());
        assert_eq!(exchange.heads_done(at(9)), Action::Retry);
        let head = ResponseHead {
            status,
            headers: &scenario::lines(fields)[..],
        };
        let outdated = exchange.outdated_by(status);
        let action = exchange.response(&request, &head, exchanged(9), &mut []);
        (outdated.is_some(), action)
    };
    let kept = ["Cache-Control: max-age=5"];
    let not_kept = ["Cache-Control: no-store"];
    assert_eq!(second(200, &kept), (true, Action::Store));
    assert_eq!(second(200, &not_kept), (true, Action::Remove(EntryId(5))));
    assert_eq!(second(404, &not_kept), (true, Action::Remove(EntryId(5))));
    // These say nothing about it; but it answers nobody any more.
    assert_eq!(second(304, &["ETag: \"z\""]), (false, Action::PassThrough));
    assert_eq!(second(304, &[ETAG]), (false, Action::PassThrough));
    assert_eq!(second(503, &not_kept), (false, Action::PassThrough));
    let (mut exchange, _) = looked_up(&stored, at(9));
    let head = ResponseHead {
        status: 304,
        headers: &foreign[..],
    };
    let _ = exchange.response(&request, &head, exchanged(9), &mut []);
    assert_eq!(exchange.heads_done(at(9)), Action::Retry);
    assert_eq!(exchange.error(Failure::Transport, at(9)), Action::GatewayTimeout);
}

#[test]
fn the_states_keep_what_a_304_does_not_name_as_long() {
    // req: 9111-4.3.3-02, 9111-4.3.3-03, 9111-4.3.4-03
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG]);
    let request = stored.ask.head();
    let (kept, not_kept) = (["Cache-Control: max-age=5"], ["Cache-Control: no-store"]);
    let next = stored.answered(9, &stored.ask, &reply(304, &["ETag: \"z\""]));
    let NeedRevalidationNext::Retry(miss) = next else {
        panic!("{next:?}")
    };
    let after = |status, fields: &[&str]| {
        let head = ResponseHead {
            status,
            headers: &scenario::lines(fields)[..],
        };
        miss.next(&request, &head, exchanged(9), &mut [])
    };
    let CacheMissNext::InvalidateEntries(gone) = after(200, &not_kept) else {
        panic!("it stays")
    };
    assert!(gone.entry().is_some());
    assert!(matches!(after(200, &kept), CacheMissNext::StoreAndUse(_)));
    for status in [304, 503] {
        assert!(matches!(
            after(status, &not_kept),
            CacheMissNext::CouldNotBeStored(_)
        ));
    }
}

#[test]
fn what_was_marked_in_the_meantime_only_answers_when_validated() {
    // req: 9111-4.4-05
    let scenario = Scenario::of(Config::private().with_stale_when_disconnected(60));
    let stored = scenario.stored(200, &["Cache-Control: max-age=5", ETAG]);
    let may = |exchange: &Exchange<'_>, reason| {
        assert_eq!(exchange.reason(), reason);
        [stored.facts, stored.facts.invalidated()].map(|facts| exchange.may_serve(&facts))
    };
    let (exchange, action) = looked_up(&stored, at(1));
    assert_eq!(action, Action::Serve(EntryId(5)));
    assert_eq!(may(&exchange, Reason::Fresh), [true, false]);
    let (mut exchange, _) = looked_up(&stored, at(9));
    let action = exchange.error(Failure::Transport, at(9));
    assert_eq!(action, Action::Serve(EntryId(5)));
    assert_eq!(may(&exchange, Reason::Disconnected), [true, false]);
    // The origin has been asked about it since.
    for (line, reason) in [
        ("Cache-Control: max-age=5", Reason::Validated),
        ("Cache-Control: no-store", Reason::UpdateForbids),
    ] {
        let (mut exchange, _) = looked_up(&stored, at(9));
        let request = stored.ask.head();
        let fresh = ResponseHead {
            status: 304,
            headers: &scenario::lines(&[ETAG, line])[..],
        };
        let mut action = exchange.response(&request, &fresh, exchanged(9), &mut []);
        while action != Action::Serve(EntryId(5)) {
            action = match action {
                Action::ReadHeads(_) => exchange.offer(&request, EntryId(5), &stored.facts, &stored.entry()),
                Action::NextHead => exchange.heads_done(at(9)),
                Action::Update(_) | Action::Remove(_) => exchange.done(true),
                other => panic!("{other:?}"),
            };
        }
        assert_eq!(may(&exchange, reason), [true, true]);
    }
}

#[test]
fn payload_is_there_only_after_its_action() {
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG]);
    let (exchange, action) = looked_up(&stored, at(1));
    assert_eq!(action, Action::Serve(EntryId(5)));
    let serving = exchange.serving();
    assert_eq!(
        (serving.age, serving.remaining, serving.head),
        (Some(1), 4, HeadSource::Stored)
    );
    assert!(!serving.remove_after && !serving.background_validation);
    let idle = Exchange::new(&stored.config, 3);
    assert!(idle.key().is_none() && idle.stored_facts().is_none() && idle.storable(&NoFields).is_none());
}

#[test]
fn what_another_uri_answers_or_nobody_sees() {
    // req: 9111-4.3.3-04, 9111-4.3.5-05
    let mut stored = Scenario::private().stored(200, &["Cache-Control: max-age=5"]);
    let idle = Exchange::new(&stored.config, 3);
    assert_eq!(idle.outdated_by(200), None);
    for (method, status, outdated) in [
        ("GET", 200, true),
        ("GET", 404, true),
        ("GET", 499, true),
        ("GET", 500, false),
        ("HEAD", 200, false),
    ] {
        stored.ask.method = method.to_owned();
        let (exchange, action) = looked_up(&stored, at(9));
        assert_eq!(action, Action::Forward { conditional_on: None });
        let expected = outdated.then_some(EntryId(5));
        assert_eq!(exchange.outdated_by(status), expected, "{method} {status}");
    }
}

#[test]
fn every_action_has_its_own_reason() {
    let full = |fields: &[&str]| scenario::reply(200, fields);
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG, "Vary: X"]);
    // A full response that does not take the place of the old one.
    for (answer, end, reason) in [
        (
            full(&["Cache-Control: no-store"]),
            Action::PassThrough,
            Reason::NoStore,
        ),
        (
            full(&["Cache-Control: max-age=5"]),
            Action::Store,
            Reason::Storable,
        ),
    ] {
        let (mut exchange, _) = looked_up(&stored, at(9));
        let action = exchange.response(&stored.ask.head(), &answer.head(), exchanged(9), &mut []);
        assert_eq!(action, Action::Remove(EntryId(5)));
        assert_eq!(exchange.reason(), Reason::Unsuitable);
        assert_eq!((exchange.done(true), exchange.reason()), (end, reason));
    }
    // An unsafe method.
    let config = Config::private().with_store_post(true);
    for (fields, end, reason) in [
        (&["X: y"][..], Action::PassThrough, Reason::PostNeedsMore),
        (
            &["Cache-Control: max-age=5", "Content-Location: /a"],
            Action::Store,
            Reason::Storable,
        ),
    ] {
        let post = ask("POST", "/a");
        let mut exchange = Exchange::new(&config, 3);
        assert_eq!(
            exchange.start(&post.head()),
            Action::Forward { conditional_on: None }
        );
        assert_eq!(exchange.reason(), Reason::NotSafe);
        let action = exchange.response(&post.head(), &full(fields).head(), exchanged(9), &mut [0; 64]);
        assert!(matches!(action, Action::Invalidate(_)), "{action:?}");
        assert_eq!(exchange.reason(), Reason::UnsafeMethod);
        assert_eq!((exchange.done(true), exchange.reason()), (end, reason));
    }
}

#[test]
fn an_exchange_starts_afresh() {
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", ETAG]);
    let (mut exchange, _) = looked_up(&stored, at(9));
    let other = get("/other");
    let Action::ReadHeads(key) = exchange.start(&other.head()) else {
        panic!("a lookup")
    };
    assert_eq!(key, Key::new(&other.target(), 3));
    assert_eq!(
        exchange.heads_done(at(9)),
        Action::Forward { conditional_on: None }
    );
    assert_eq!(exchange.reason(), Reason::NothingStored);
    assert_eq!(exchange.request().method(), larder::MethodClass::Get);
}

#[test]
fn an_entry_of_a_colliding_key_is_never_confused() {
    // req: 9111-4-01, 9111-7.1-01
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=60", ETAG]);
    let other = get("/b");
    let request = other.head();
    let mut exchange = Exchange::new(&stored.config, 3);
    let _ = exchange.start(&request);
    let _ = exchange.offer(&request, EntryId(5), &stored.facts, &stored.entry());
    assert_eq!(
        exchange.heads_done(at(1)),
        Action::Forward { conditional_on: None }
    );
}

#[test]
fn the_target_is_the_key_whatever_host_says() {
    // req: 9112-3.2.2-01, 9110-7.2-01
    let mut cache = Cache::shared();
    let fields = ["Cache-Control: max-age=60", ETAG];
    let lies = get("/a").with("Host: evil.com");
    cache.fetch(0, &lies, &[says(200, &fields, "of e.com")]);
    assert_eq!(cache.fetch(1, &get("/a"), &[]).seen(), (200, "of e.com"));
    let both = get("/a").with("Host: e.com").with("Host: evil.com");
    assert_eq!(cache.fetch(1, &both, &[]).seen(), (200, "of e.com"));
    let evil = get("https://evil.com/a").with("Host: e.com");
    let answer = cache.fetch(1, &evil, &[says(200, &fields, "of evil.com")]);
    assert_eq!((answer.body.as_str(), cache.items.len()), ("of evil.com", 2));
    assert_eq!(cache.fetch(2, &lies, &[]).seen(), (200, "of e.com"));
}

#[test]
fn forced_caching_is_an_override() {
    let mut cache = Cache::private();
    cache.over = Override {
        lifetime: Some(60),
        force_store: true,
    };
    let fields = ["Cache-Control: no-store, no-cache, max-age=1", ETAG];
    let answer = cache.fetch(0, &get("/a"), &[says(200, &fields, "body")]);
    assert_eq!(answer.reason, Reason::Forced);
    assert_eq!(cache.fetch(59, &get("/a"), &[]).reason, Reason::Fresh);
    let answer = cache.fetch(60, &get("/a"), &[says(304, &["Cache-Control: no-store"], "")]);
    assert_eq!((answer.seen(), cache.items.len()), ((200, "body"), 1));
    // Without it the same entry follows the origin again.
    cache.over = Override::NONE;
    assert_eq!(
        cache
            .fetch(61, &get("/a"), &[says(200, &NOTHING, "new")])
            .sent
            .len(),
        1
    );
}

#[test]
fn a_tunnel_passes_through() {
    // req: 9111-1-01
    let config = Config::private();
    let mut exchange = Exchange::new(&config, 3);
    let target = Target::parse("https://example.com").unwrap();
    let request = RequestHead {
        method: "CONNECT",
        target,
        partition: Partition::COMMON,
        headers: &NoFields,
    };
    assert_eq!(exchange.start(&request), Action::PassThrough);
    assert_eq!(exchange.reason(), Reason::Tunnel);
}

#[test]
fn without_validator_a_stale_entry_is_replaced() {
    // req: 9111-4.3.1-05, 9111-4.3.3-02, 9111-4.3.3-03
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &["Cache-Control: max-age=5"], "old")]);
    let answer = cache.fetch(9, &get("/a"), &[says(200, &["Cache-Control: max-age=5"], "new")]);
    assert_eq!((answer.seen(), &answer.sent), ((200, "new"), &vec![vec![]]));
    assert_eq!(
        (cache.fetch(10, &get("/a"), &[]).seen(), cache.items.len()),
        ((200, "new"), 1)
    );
    // When the origin fails, it may still serve stale.
    let origin = Origin::Fails(Failure::Transport);
    let ask = get("/a").with("Cache-Control: stale-if-error=60");
    assert_eq!(cache.fetch(20, &ask, &[origin]).seen(), (200, "new"));
}

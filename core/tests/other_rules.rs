//! What was stored under other rules, by a configuration that has changed since or by another cache on
//! the same store: it is used under the rules at hand, and where those forbid to store it, not at all.

mod scenario;

use larder::{Action, AuthRequires, Config, Override, Qualified, Reason};
use scenario::{Answer, Ask, Cache, NOTHING, Scenario, ask, at, fresh, get, miss, reply, says};

const OTHER: [&str; 1] = ["ETag: \"other\""];

/// Stored under one configuration at 0, asked for under another at 20.
fn under(first: Config, ask: &Ask, fields: &[&str], second: Config) -> Answer {
    let mut cache = Cache::of(first);
    cache.fetch(0, ask, &[says(200, fields, "stored")]);
    assert_eq!(cache.items.len(), 1);
    cache.config = second;
    cache.fetch(20, &get("/a"), &[says(200, &OTHER, "new")])
}

#[test]
fn a_shared_cache_uses_nothing_private() {
    // req: 9111-5.2.2.7-01, 9111-3.5-01, 9111-7.3-01
    let shared = Config::shared();
    let stripping = shared.with_qualified(Qualified::StripFields);
    let authorized = get("/a").with("Authorization: Basic x");
    let cases: [(Ask, &[&str], Config); 5] = [
        (get("/a"), &["Cache-Control: private, max-age=60"], shared),
        (authorized, &["Cache-Control: max-age=60"], shared),
        (
            get("/a"),
            &["Cache-Control: max-age=60", "Set-Cookie: a=b"],
            shared,
        ),
        (
            get("/a"),
            &["Cache-Control: private=\"x-user\", max-age=60", "X-User: 1"],
            shared,
        ),
        (
            get("/a"),
            &["Cache-Control: private=\"x-user\", max-age=60", "X-User: 1"],
            stripping,
        ),
    ];
    for (ask, fields, config) in cases {
        let answer = under(Config::private(), &ask, fields, config);
        assert_eq!(
            (answer.reason, answer.seen()),
            (Reason::Storable, (200, "new")),
            "{fields:?}"
        );
        assert_eq!(answer.asked("If-None-Match"), [""; 0]);
    }
}

#[test]
fn what_they_let_be_stored_is_used_under_them() {
    // req: 9111-3.5-03, 9111-4.2.1-01
    let (private, shared) = (Config::private(), Config::shared());
    let authorized = get("/a").with("Authorization: Basic x");
    let cookie = ["Cache-Control: public, max-age=60", "Set-Cookie: a=b"];
    let cases: [(Config, &Ask, &[&str], Config); 5] = [
        (private, &get("/a"), &["Cache-Control: max-age=60"], shared),
        (private, &authorized, &cookie, shared),
        (
            private,
            &get("/a"),
            &["Cache-Control: max-age=9, s-maxage=60"],
            shared,
        ),
        (
            shared,
            &authorized,
            &["Cache-Control: s-maxage=9, max-age=60"],
            private,
        ),
        (
            private.with_max_lifetime(9),
            &get("/a"),
            &["Cache-Control: max-age=60"],
            private,
        ),
    ];
    for (first, ask, fields, second) in cases {
        let mut cache = Cache::of(first);
        cache.fetch(0, ask, &[says(200, fields, "stored")]);
        cache.config = second;
        let answer = cache.fetch(20, &get("/a"), &[]);
        assert_eq!(
            (answer.reason, answer.seen()),
            (Reason::Fresh, (200, "stored")),
            "{fields:?}"
        );
        assert_eq!(answer.values("Age"), ["20"]);
    }
    let fields = ["Cache-Control: max-age=60", "ETag: \"1\""];
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &fields, "stored")]);
    cache.config = private.with_max_lifetime(9);
    let answer = cache.fetch(20, &get("/a"), &[says(304, &fields, "")]);
    assert_eq!(
        (answer.reason, answer.seen()),
        (Reason::Validated, (200, "stored"))
    );
    assert_eq!(answer.asked("If-None-Match"), ["\"1\""]);
}

#[test]
fn what_was_stored_against_the_word_of_the_origin() {
    // req: 9111-3-07
    let forced = Override {
        force_store: true,
        ..Override::NONE
    };
    let mut cache = Cache::private();
    cache.over = forced;
    let fields = ["Cache-Control: no-store, max-age=60"];
    cache.fetch(0, &get("/a"), &[says(200, &fields, "stored")]);
    cache.over = Override::NONE;
    let answer = cache.fetch(20, &get("/a"), &[says(404, &["Cache-Control: no-store"], "new")]);
    assert_eq!((answer.reason, answer.seen()), (Reason::NoStore, (404, "new")));
    cache.over = forced;
    cache.config = Config::private().with_max_lifetime(50);
    assert_eq!(cache.fetch(30, &get("/a"), &[]).seen(), (200, "stored"));
}

#[test]
fn no_update_takes_it_over() {
    // req: 9111-3.5-01, 9111-5.2.2.7-01
    let of = |language| get("/a").with(&format!("Accept-Language: {language}"));
    let fields = |directives: &str| {
        [
            format!("Cache-Control: {directives}"),
            "ETag: \"1\"".into(),
            "Vary: Accept-Language".into(),
        ]
    };
    let mut cache = Cache::private();
    cache.fetch(
        0,
        &get("/a"),
        &[says(200, &fields("private, max-age=60")[..2], "of one")],
    );
    cache.config = Config::shared();
    cache.fetch(1, &of("de"), &[says(200, &fields("max-age=1"), "of all")]);
    let [own, _] = &cache.items[..] else { panic!() };
    let own = own.clone();
    // The same strong entity tag, and a 304 or HEAD that says nothing of private.
    let answer = cache.fetch(10, &of("de"), &[says(304, &["ETag: \"1\""], "")]);
    assert_eq!(answer.seen(), (200, "of all"));
    let head = Ask {
        method: "HEAD".into(),
        ..of("de").with("Cache-Control: no-cache")
    };
    let answer = cache.fetch(20, &head, &[says(200, &["ETag: \"1\""], "")]);
    assert!(
        !answer.actions.contains(&Action::Update(own.id)),
        "{:?}",
        answer.actions
    );
    assert_eq!(
        (own.facts, own.head),
        (cache.items[0].facts, cache.items[0].head.clone())
    );
}

#[test]
fn whose_request_it_was_outlives_an_update() {
    // req: 9111-3.5-01
    let fields = ["Cache-Control: max-age=60", "ETag: \"1\""];
    let mut cache = Cache::private();
    let ask = get("/a").with("Authorization: Basic x");
    cache.fetch(0, &ask, &[says(200, &fields, "stored")]);
    cache.fetch(100, &get("/a"), &[says(304, &fields, "")]);
    cache.config = Config::shared();
    let answer = cache.fetch(110, &get("/a"), &[says(200, &OTHER, "new")]);
    assert_eq!(answer.seen(), (200, "new"));
}

#[test]
fn whose_request_it_was_outlives_an_update_by_the_states() {
    // req: 9111-3.5-01
    let fields = ["Cache-Control: max-age=5, must-revalidate", "ETag: \"1\""];
    let ask = get("/a").with("Authorization: Basic x");
    let mut stored = Scenario::private().ask(ask).stored(200, &fields);
    stored.config = Config::shared();
    let mut updated = stored.updated_by(10, &get("/a"), &reply(304, &fields));
    assert_eq!(updated.verdict(at(11), &get("/a")), fresh(1));
    updated.config = Config::shared().with_auth_requires(AuthRequires::PublicOrSMaxage);
    assert_eq!(updated.verdict(at(11), &get("/a")), miss(Reason::NothingStored));
}

#[test]
fn what_is_forced_into_a_store_is_not_updated_away() {
    // req: 9111-3.5-01, 9111-3.2-02
    let mut cache = Cache::shared();
    cache.over.force_store = true;
    let ask = get("/a").with("Authorization: Basic x");
    let fields = ["Cache-Control: max-age=5", "ETag: \"1\""];
    cache.fetch(0, &ask, &[says(200, &fields, "stored")]);
    let answer = cache.fetch(10, &ask, &[says(304, &["ETag: \"1\""], "")]);
    assert_eq!(answer.reason, Reason::Validated);
    assert_eq!(cache.fetch(12, &ask, &[]).seen(), (200, "stored"));
    // Another word counts again.
    cache.over.force_store = false;
    let answer = cache.fetch(13, &ask, &[says(200, &OTHER, "new")]);
    assert_eq!(answer.seen(), (200, "new"));
}

#[test]
fn fields_that_were_not_left_out() {
    // req: 9111-5.2.2.4-03
    let stripping = Config::private().with_qualified(Qualified::StripFields);
    let fields = [
        "Cache-Control: no-cache=\"x-user\", max-age=60",
        "X-User: 1",
        "ETag: \"1\"",
    ];
    let answer = under(Config::private(), &get("/a"), &fields, stripping);
    assert_eq!(answer.seen(), (200, "new"));
    assert_eq!(answer.asked("If-None-Match"), ["\"1\""]);
}

#[test]
fn what_was_invalidated_stays_so() {
    // req: 9111-4.4-05
    let fields = ["Cache-Control: max-age=60", "ETag: \"1\""];
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &fields, "stored")]);
    cache.fetch(1, &ask("POST", "/a"), &[says(204, &NOTHING, "")]);
    cache.config = Config::private().with_max_lifetime(50);
    let answer = cache.fetch(2, &get("/a"), &[says(304, &fields, "")]);
    assert_eq!(
        (answer.reason, answer.seen()),
        (Reason::Validated, (200, "stored"))
    );
}

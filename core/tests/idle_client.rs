//! `IdleClient`: which stored response may answer a request at all (RFC 9111 section 2 and 4).

mod scenario;

use larder::{Config, EntryId, IdleClient, IdleClientNext, Key, Now, Reason, Target, normalise_target};
use scenario::{
    Ask, Cache, NOTHING, Scenario, Stored, T0, Verdict, ask, at, date, fresh, get, miss, refused, says,
    uptime, validate,
};

const MAX_AGE: &str = "Cache-Control: max-age=60";

fn stored_at(url: &str) -> Stored {
    Scenario::private().ask(get(url)).stored(200, &[MAX_AGE])
}

fn key(url: &str) -> Key {
    Key::new(&Target::parse(url).unwrap(), 7)
}

#[test]
fn the_target_uri_has_to_be_the_same() {
    // req: 9111-2-01, 9111-4-01
    let stored = stored_at("/a?x=1");
    assert_eq!(stored.later(1), fresh(1));
    for other in [
        "/a?x=2",
        "/a",
        "/a?X=1",
        "/a?x=1&",
        "/b",
        "http://e.com/a?x=1",
        "https://f.com/a?x=1",
    ] {
        assert_eq!(
            stored.verdict(at(1), &get(other)),
            miss(Reason::NothingStored),
            "{other}"
        );
    }
}

#[test]
fn the_uri_is_normalised_as_far_as_is_safe() {
    // req: 9110-4.2.3-02, 9110-4.2.3-03, 9110-4.3.1-01, 9110-7.1-01, 9110-4.2.4-01
    let same = [
        ["https://e.com:443", "https://e.com/"],
        ["https://e.com:", "https://e.com/"],
        ["https://e.com", "https://e.com/"],
        ["https://e.com?q", "https://e.com/?q"],
        ["https://e.com:0443/x", "https://e.com/x"],
        ["http://e.com:80/x", "http://e.com/x"],
        ["HTTPS://E.COM/A", "https://e.com/A"],
        ["https://e.com/a#x", "https://e.com/a#y"],
        ["https://e.com/a#x", "https://e.com/a"],
        ["https://user:secret@e.com/a", "https://e.com/a"],
    ];
    for [one, other] in same {
        assert_eq!(key(one), key(other), "{one} {other}");
        assert_eq!(Target::parse(one), Target::parse(other));
        assert_eq!(
            stored_at(one).verdict(at(1), &get(other)),
            fresh(1),
            "{one} {other}"
        );
    }
    let different = [
        ["https://e.com:8443/", "https://e.com/"],
        ["http://e.com:443/", "https://e.com/"],
        ["https://e.com/A", "https://e.com/a"],
        ["https://e.com/a/", "https://e.com/a"],
        ["https://e.com/a?", "https://e.com/a"],
        ["https://e.com//", "https://e.com/"],
        ["https://e.com./", "https://e.com/"],
    ];
    for [one, other] in different {
        assert_ne!(key(one), key(other), "{one} {other}");
        assert_ne!(Target::parse(one), Target::parse(other));
        let verdict = stored_at(one).verdict(at(1), &get(other));
        assert_eq!(verdict, miss(Reason::NothingStored), "{one} {other}");
    }
}

#[test]
fn normalising_by_rfc_3986_is_an_option() {
    // req: 9110-4.2.3-01, 9110-4.2.3-04, 3986-6.2.2-01
    let normal = |uri: &str| {
        let mut buffer = [0; 64];
        let target = Target::parse(uri).unwrap();
        normalise_target(&target, &mut buffer).unwrap().to_string()
    };
    let same = [
        [
            "http://example.com:80/~smith/home.html",
            "http://EXAMPLE.com/%7Esmith/home.html",
        ],
        [
            "http://EXAMPLE.com:/%7esmith/home.html",
            "http://EXAMPLE.com/%7Esmith/home.html",
        ],
        ["https://e.com/%41", "https://e.com/A"],
        ["https://e.com/a/./b/../%7euser", "https://e.com/a/~user"],
        ["https://e.com/%2e%2e/x", "https://e.com/../x"],
        ["https://e.com/a/%2E%2e/x", "https://e.com/x"],
        ["https://e.com/a%2fb", "https://e.com/a%2Fb"],
        ["https://e.com?%61=%c3%a9", "https://e.com/?a=%C3%A9"],
    ];
    for [one, other] in same {
        assert_eq!(key(&normal(one)), key(&normal(other)), "{one} {other}");
        let as_written = Target::parse(one).unwrap() == Target::parse(other).unwrap();
        assert_eq!(key(one) == key(other), as_written, "{one} {other}"); // else a safe miss
    }
    let different = [
        ["https://e.com/a%2Fb", "https://e.com/a/b"],
        ["https://e.com/?q=a%26b", "https://e.com/?q=a&b"],
        ["https://e.com/%", "https://e.com/%25"],
        ["https://e.com/?q=../x", "https://e.com/?q=x"],
    ];
    for [one, other] in different {
        assert_ne!(key(&normal(one)), key(&normal(other)), "{one} {other}");
    }
    // A stray percent sign leaves all of a path alone, or twice would not be once.
    assert_eq!(normal("https://e.com/%7&/../%c3"), "https://e.com/%7&/../%c3");
}

#[test]
fn the_method_has_to_allow_it() {
    // req: 9111-4-02, 9111-2-01, 9110-9.3.1-01, 9110-9.3.2-01, 9110-9.1-01
    let of_get = stored_at("/a");
    let of_head = Scenario::of(Config::private().with_store_head(true))
        .ask(ask("HEAD", "/a"))
        .stored(200, &[MAX_AGE]);
    let nothing = miss(Reason::NothingStored);
    assert_eq!(of_get.verdict(at(1), &ask("GET", "/a")), fresh(1));
    assert_eq!(of_get.verdict(at(1), &ask("HEAD", "/a")), fresh(1));
    assert_eq!(of_head.verdict(at(1), &ask("GET", "/a")), nothing);
    assert_eq!(of_head.verdict(at(1), &ask("HEAD", "/a")), fresh(1));
    for stored in [&of_get, &of_head] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "FOO", "get"] {
            let verdict = stored.verdict(at(1), &ask(method, "/a"));
            assert_eq!(verdict, miss(Reason::NotSafe), "{method}");
        }
        for method in ["OPTIONS", "TRACE"] {
            let verdict = stored.verdict(at(1), &ask(method, "/a"));
            assert_eq!(verdict, miss(Reason::UncacheableMethod), "{method}");
        }
    }
}

#[test]
fn only_what_may_be_answered_is_looked_up() {
    // req: 9111-4-02
    let config = Config::private();
    let wants = |ask: Ask| IdleClient::new(&config, &ask.head(), at(0)).wants_entries();
    assert!(wants(get("/a")) && wants(ask("HEAD", "/a")));
    for method in ["POST", "PUT", "OPTIONS", "CONNECT"] {
        assert!(!wants(ask(method, "/a")), "{method}");
    }
}

#[test]
fn a_tunnel_is_none_of_the_caches_business() {
    // req: 9111-1-01
    let stored = stored_at("https://e.com/");
    for fields in [vec![], vec!["Cache-Control: only-if-cached"]] {
        let connect = ask("CONNECT", "https://e.com/").with_all(&fields);
        assert_eq!(
            stored.verdict(at(1), &connect),
            Verdict::Bypass(Reason::Tunnel),
            "{fields:?}"
        );
    }
}

#[test]
fn partitions_are_apart() {
    // req: 9111-7.2-01
    let stored = Scenario::private()
        .ask(get("/a").partition(1 << 100))
        .stored(200, &[MAX_AGE]);
    assert_eq!(stored.later(1), fresh(1));
    for number in [0, 1, 1 << 36, 1 << 101] {
        let other = get("/a").partition(number);
        assert_eq!(
            stored.verdict(at(1), &other),
            miss(Reason::NothingStored),
            "{number}"
        );
    }
}

#[test]
fn prohibitions_come_before_permissions() {
    // req: 9111-4-04, 9111-4-05, 9111-5.2.2.4-01, 9111-4.2.4-02
    let fields = [
        "Cache-Control: max-age=600, no-cache, stale-while-revalidate=600",
        "ETag: \"a\"",
    ];
    for scenario in Scenario::both() {
        let stored = scenario.stored(200, &fields);
        for seconds in [0, 1, 601] {
            assert_eq!(stored.later(seconds), validate(Reason::NoCache), "{seconds}");
            let verdict = stored.asked(seconds, &["Cache-Control: max-stale"]);
            assert_eq!(verdict, validate(Reason::NoCache), "{seconds}");
        }
    }
    let stored = Scenario::private().stored(200, &["Cache-Control: max-age=5", "ETag: \"a\""]);
    assert_eq!(stored.later(4), fresh(4));
    assert_eq!(stored.later(6), validate(Reason::Stale));
}

#[test]
fn the_latest_of_several_is_used() {
    // req: 9111-4-12, 9111-4-13
    let pair = |dates: [i64; 2], arrived: [u64; 2]| {
        [0, 1].map(|n| {
            let (offset, seconds) = (dates[n], arrived[n]);
            let fields = [MAX_AGE, &format!("X: {n}"), &format!("Date: {}", date(offset))];
            Scenario::private()
                .when(at(seconds), at(seconds))
                .stored(200, &fields)
        })
    };
    for (dates, arrived, winner) in [
        ([0, 5], [0, 0], "1"),
        ([5, 0], [0, 9], "0"),
        // Equal dates: the response that arrived later.
        ([0, 0], [1, 9], "1"),
        ([0, 0], [9, 1], "0"),
    ] {
        let pair = pair(dates, arrived);
        for order in [[0, 1], [1, 0]] {
            let best = chosen(&pair, order);
            assert_eq!(
                pair[best].values("x"),
                [winner],
                "{dates:?} {arrived:?} {order:?}"
            );
            // The same where the caller has no heads.
            let mut idle = IdleClient::new(&pair[0].config, &pair[0].ask.head(), at(10));
            for n in order {
                idle.consider_matched(EntryId(n as u64), &pair[n].facts);
            }
            let IdleClientNext::FromCache(hit) = idle.next() else {
                panic!("they are fresh")
            };
            assert_eq!(hit.id().0, best as u64);
        }
    }
}

#[test]
fn of_equal_dates_the_later_receipt_counts_by_the_clock_that_there_is() {
    // req: 9111-4-12
    let stored = |received: Now| {
        let fields = [MAX_AGE, &format!("Date: {}", date(0))];
        Scenario::private().when(received, received).stored(200, &fields)
    };
    // After a reboot the counter starts again; without UTC only the counter tells.
    let rebooted = Now::mono(2, 5).with_utc((T0 + 9) * 1000);
    for pair in [[rebooted, at(1)], [uptime(9), uptime(1)]] {
        let pair = pair.map(stored);
        for order in [[0, 1], [1, 0]] {
            assert_eq!(chosen(&pair, order), 0, "{pair:?}");
        }
    }
}

/// The index of the stored response that is chosen when they come in this order.
fn chosen(pair: &[Stored; 2], order: [usize; 2]) -> usize {
    use larder::{EntryId, IdleClient, IdleClientNext};
    let (config, ask) = (Config::private(), get("/a"));
    let request = ask.head();
    let mut idle = IdleClient::new(&config, &request, at(10));
    assert!(idle.wants_entries());
    for index in order {
        let stored = &pair[index];
        idle.consider(&request, EntryId(index as u64), &stored.facts, &stored.entry());
    }
    match idle.next() {
        IdleClientNext::FromCache(state) => state.id().0 as usize,
        other => panic!("no hit: {other:?}"),
    }
}

#[test]
fn caching_is_optional() {
    // req: 9111-2-02
    let mut cache = Cache::private();
    cache.room = false;
    for seconds in 0..3 {
        let answer = cache.fetch(seconds, &get("/a"), &[says(200, &[MAX_AGE], "one")]);
        assert_eq!((answer.seen(), answer.reason), ((200, "one"), Reason::Storable));
    }
    assert!(cache.items.is_empty());
}

#[test]
fn a_get_with_content_passes_by() {
    // req: 9110-9.3.1-02
    let stored = stored_at("/a");
    for framing in ["Content-Length: 3", "Transfer-Encoding: chunked"] {
        let verdict = stored.asked(1, &[framing]);
        assert_eq!(verdict, miss(Reason::RequestBody), "{framing}");
        let scenario = Scenario::private().ask(get("/a").with(framing));
        assert_eq!(
            scenario.refusal(200, &[MAX_AGE]),
            Reason::GetWithBody,
            "{framing}"
        );
    }
    assert_eq!(stored.asked(1, &["Content-Length: 0"]), fresh(1));
}

#[test]
fn conditions_and_ranges_that_only_the_origin_judges_are_forwarded() {
    // req: 9111-4.3.2-02, 9110-13.1.1-01, 9110-13.2.1-03, 9110-13.2.1-04, 9111-4.3.2-03
    let fields = [
        MAX_AGE,
        "ETag: \"a\"",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
    ];
    let mut cache = Cache::private();
    cache.fetch(0, &get("/a"), &[says(200, &fields, "one")]);
    let conditions = [
        "If-Match: \"zzz\"",
        "If-Unmodified-Since: Sat, 05 Nov 1994 08:49:37 GMT",
        "If-None-Match: \"a\"",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        "If-Range: \"a\"",
        "Range: bytes=0-1",
    ];
    let forwarded: Vec<Ask> = [
        get("/a").with(conditions[0]),
        get("/a").with(conditions[1]),
        get("/a").with(conditions[5]).with(conditions[4]),
    ]
    .into_iter()
    .chain(["PUT", "POST", "OPTIONS"].map(|method| ask(method, "/a").with_all(&conditions)))
    .chain([ask("PUT", "/a").with("If-None-Match: *")])
    .collect();
    for ask in forwarded {
        let answer = cache.fetch(1, &ask, &[says(412, &NOTHING, "no")]);
        assert_eq!(answer.seen(), (412, "no"), "{ask:?}");
        assert_eq!(answer.sent, std::slice::from_ref(&ask.lines), "untouched");
    }
    // Without Range, If-Range means nothing.
    let answer = cache.fetch(1, &get("/a").with(conditions[4]), &[]);
    assert_eq!(answer.seen(), (200, "one"));
}

#[test]
fn only_if_cached_never_forwards() {
    // req: 9111-5.2.1.7-01
    let only = ["Cache-Control: only-if-cached"];
    let stored = stored_at("/a");
    assert_eq!(stored.asked(1, &only), fresh(1));
    assert_eq!(stored.asked(61, &only), refused(Reason::OnlyIfCached));
    let other = get("/b").with_all(&only);
    assert_eq!(stored.verdict(at(1), &other), refused(Reason::OnlyIfCached));
    let stale = Verdict::Hit(Reason::MaxStale, Some(70));
    assert_eq!(
        stored.asked(70, &["Cache-Control: only-if-cached, max-stale=60"]),
        stale
    );
}

#[test]
fn facts_under_other_rules_are_derived_again() {
    // req: 9111-4.2.2-01
    let fields = [
        &format!("Last-Modified: {}", date(-1000)),
        "Date: Sun, 15 Jun 2025 12:00:00 GMT",
    ];
    let mut stored = Scenario::private().stored(200, &fields);
    assert_eq!((stored.lifetime(), stored.later(99)), (100, fresh(99)));
    stored.config = Config::private().with_heuristic(0, 0);
    assert_eq!(stored.later(99), validate(Reason::NoExpiry));
    stored.config = Config::private().with_heuristic(20, 1000);
    assert_eq!(stored.later(199), fresh(199));
    // An invalidation is not forgotten by it.
    stored.facts = stored.facts.invalidated();
    assert_eq!(stored.later(1), validate(Reason::MarkedInvalid));
}

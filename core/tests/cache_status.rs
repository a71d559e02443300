//! What a cache says in Cache-Status (RFC 9211).
#![cfg(feature = "extensions")]

mod scenario;

use larder::{Action, CacheStatus, EntryId, Exchange, ForwardReason, Outcome, Reason, Target};
use scenario::{Scenario, at, get};

fn status(name: &str) -> CacheStatus<'_> {
    CacheStatus::new(name).unwrap()
}

#[test]
fn a_cache_is_named_by_a_token_or_a_string() {
    // req: 9211-2-06, 9211-2-03
    for (name, printed) in [
        ("ExampleCache", "ExampleCache"),
        ("a:b/c.d*", "a:b/c.d*"),
        ("*", "*"),
        ("Example CDN", "\"Example CDN\""),
        ("1st", "\"1st\""),
        ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("a,b;c=d", "\"a,b;c=d\""),
    ] {
        assert_eq!(status(name).to_string(), printed);
    }
    for name in ["", "caf\u{e9}", "a\nb", "a\u{7f}", "a\tb"] {
        assert!(CacheStatus::new(name).is_none(), "{name:?}");
    }
}

#[test]
fn hit_and_fwd_exclude_each_other() {
    // req: 9211-2.1-01, 9211-2.1-02, 9211-2.3-01, 9211-2.5-01, 9211-2.6-01
    let all = status("c").forward_status(200).stored(true).collapsed(true);
    assert_eq!(all.to_string(), "c");
    assert_eq!(all.hit().to_string(), "c; hit");
    let forwarded = all.forwarded(ForwardReason::UriMiss);
    assert_eq!(
        forwarded.to_string(),
        "c; fwd=uri-miss; fwd-status=200; stored; collapsed"
    );
    assert_eq!(forwarded.hit().to_string(), "c; hit");
    let alone = status("c").hit().forwarded(ForwardReason::Stale).collapsed(false);
    assert_eq!(alone.stored(false).to_string(), "c; fwd=stale; collapsed=?0");
}

#[test]
fn every_reason_to_go_forward_has_its_word() {
    // req: 9211-2.2-01, 9211-2.2-02
    let word = |reason| ForwardReason::of(reason).map(ForwardReason::as_str);
    for (reason, expected) in [
        (Reason::NotSafe, "method"),
        (Reason::UncacheableMethod, "method"),
        (Reason::NothingStored, "uri-miss"),
        (Reason::NoVariant, "vary-miss"),
        (Reason::UnusableEntry, "miss"),
        (Reason::FullResponse, "stale"),
        (Reason::ForeignValidator, "stale"),
        (Reason::RequestNoCache, "request"),
        (Reason::RequestMaxAge, "request"),
        (Reason::RequestMinFresh, "request"),
        (Reason::Stale, "stale"),
        (Reason::NoCache, "stale"),
        (Reason::MarkedInvalid, "stale"),
        (Reason::OriginCondition, "bypass"),
    ] {
        assert_eq!(word(reason), Some(expected), "{reason:?}");
    }
    for reason in Reason::ALL {
        let forwarded = matches!(
            reason.outcome(),
            Outcome::Miss | Outcome::Validate | Outcome::Bypass
        );
        assert_eq!(word(*reason).is_some(), forwarded, "{reason:?}");
        // A Token, as `detail` is to print it.
        let printed = status("c").detail(reason.name()).to_string();
        assert_eq!(printed, format!("c; detail={reason:?}"));
    }
    assert_eq!(ForwardReason::Partial.as_str(), "partial");
}

#[test]
fn ttl_is_what_remains_and_negative_when_nothing_does() {
    // req: 9211-2.4-01
    let fields = [
        "Cache-Control: max-age=60, stale-while-revalidate=60",
        "ETag: \"a\"",
    ];
    let stored = Scenario::private().stored(200, &fields);
    for (later, ttl) in [(20, 40), (59, 1), (60, 0), (65, -5), (120, -60)] {
        let hit = stored.hit(at(later), &get("/a"));
        assert_eq!(hit.ttl(), Some(ttl), "{later}");
        let (ask, entry) = (get("/a"), stored.entry());
        let mut exchange = Exchange::new(&stored.config, 7);
        assert!(matches!(exchange.start(&ask.head()), Action::ReadHeads(_)));
        let next = exchange.offer(&ask.head(), EntryId(1), &stored.facts, &entry);
        assert_eq!(next, Action::NextHead);
        assert_eq!(exchange.heads_done(at(later)), Action::Serve(EntryId(1)));
        assert_eq!(exchange.ttl(), Some(ttl), "{later}");
        let said = status("c").hit().ttl(ttl);
        assert_eq!(said.to_string(), format!("c; hit; ttl={ttl}"));
    }
    // A heuristic lifetime counts too: a tenth of 1000 seconds.
    let modified = scenario::date(-1000);
    let stored = Scenario::private().stored(200, &[&format!("Last-Modified: {modified}")]);
    assert_eq!(stored.hit(at(30), &get("/a")).ttl(), Some(70));
    // More digits than an Integer may have.
    let most = status("c").ttl(i64::MAX).to_string();
    assert_eq!(most, "c; ttl=999999999999999");
    assert_eq!(status("c").ttl(i64::MIN).to_string(), "c; ttl=-999999999999999");
}

#[test]
fn a_key_is_a_string_and_shows_no_userinfo() {
    // req: 9211-2.7-01, 9211-2.8-01
    let target = Target::parse("http://alice:secret@e.test:80/\u{e9}\"\\?q").unwrap();
    let said = status("c").hit().key(&target).detail("for a person").to_string();
    assert_eq!(
        said,
        "c; hit; key=\"http://e.test/%C3%A9\\\"\\\\?q\"; detail=\"for a person\""
    );
}

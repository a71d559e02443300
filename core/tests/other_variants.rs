//! The option `validate_other_variants`: a validation asks about the tags of several stored
//! responses (RFC 9111 section 4.1, 4.3.1, 4.3.4).

mod scenario;

use larder::{Action, Config, EntryId, Exchange, Reason, TagList};
use scenario::{Ask, Cache, Scenario, at, get, says};

const STALE: &str = "Cache-Control: max-age=5";
const MODIFIED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";

fn option() -> Config {
    Config::private().with_validate_other_variants(true)
}

fn of(language: &str) -> Ask {
    get("/a").with(&format!("Accept-Language: {language}"))
}

/// Responses in several languages, stored at moment 0.
fn languages(config: Config, stored: &[(&str, &str)]) -> Cache {
    let mut cache = Cache::of(config);
    // Stored without the option, so that no tag is asked about yet.
    cache.config = config.with_validate_other_variants(false);
    for (language, tag) in stored {
        let fields = [STALE, "Vary: Accept-Language", MODIFIED, &format!("ETag: {tag}")];
        cache.fetch(0, &of(language), &[says(200, &fields, language)]);
    }
    cache.config = config;
    assert_eq!(cache.items.len(), stored.len());
    cache
}

#[test]
fn off_only_the_selected_one_is_asked_about() {
    // req: 9111-4.3.1-02, 9111-4.3.1-03
    let mut cache = languages(Config::private(), &[("en", "\"e\""), ("de", "\"d\"")]);
    let answer = cache.fetch(9, &of("en"), &[says(304, &["ETag: \"e\""], "")]);
    assert_eq!(
        (answer.body.as_str(), answer.asked("if-none-match")),
        ("en", vec!["\"e\"".into()])
    );
    assert_eq!(answer.asked("if-modified-since").len(), 1);
    let answer = cache.fetch(9, &of("fr"), &[says(200, &[STALE], "fr")]);
    assert!(answer.asked("if-none-match").is_empty());
}

#[test]
fn the_tags_of_all_are_sent_and_no_date() {
    // req: 9111-4.3.1-02, 9111-4.3.1-03, 9111-4.3.2-07
    let stored = [("en", "\"e\""), ("de", "W/\"d\""), ("nl", "\"e\"")];
    let mut cache = languages(option(), &stored);
    cache.fetch(
        0,
        &of("en").partition(3),
        &[says(200, &[STALE, "ETag: \"p\""], "")],
    );
    cache.fetch(0, &get("/b"), &[says(200, &[STALE, "ETag: \"b\""], "")]);
    // Byte for byte, each once; neither another user's nor another resource's.
    let full = says(200, &[STALE, "Vary: Accept-Language"], "new");
    let answer = cache.fetch(9, &of("de"), std::slice::from_ref(&full));
    assert_eq!(answer.asked("if-none-match"), ["\"e\", W/\"d\""]);
    assert!(answer.asked("if-modified-since").is_empty());
    let client = of("en").with("If-None-Match: \"x\", \"e\"");
    let answer = cache.fetch(9, &client, std::slice::from_ref(&full));
    assert_eq!(answer.asked("if-none-match"), ["\"e\", \"x\""]);
    // What has no tag is asked about by its date, alone.
    let mut cache = languages(option(), &[("en", "\"e\""), ("de", "none")]);
    let answer = cache.fetch(9, &of("de"), std::slice::from_ref(&full));
    assert_eq!(
        (
            answer.asked("if-none-match").len(),
            answer.asked("if-modified-since").len()
        ),
        (0, 1)
    );
    // And not at all for another variant.
    let mut cache = languages(option(), &[("de", "none")]);
    let answer = cache.fetch(9, &of("en"), &[full]);
    assert_eq!(answer.sent, [of("en").lines]);
}

#[test]
fn another_variant_answers_once_it_is_validated_and_is_not_updated() {
    // req: 9111-4.1-01, 9111-4.3.4-01, 9111-4.3.3-01
    let mut cache = languages(option(), &[("en", "\"e\""), ("de", "\"d\"")]);
    let before: Vec<_> = cache.items.iter().map(|item| item.head.clone()).collect();
    let fields = ["ETag: \"e\"", "X: new", "Cache-Control: max-age=60"];
    let answer = cache.fetch(9, &of("fr"), &[says(304, &fields, "")]);
    assert_eq!((answer.seen(), answer.reason), ((200, "en"), Reason::Validated));
    assert_eq!(
        (answer.values("x"), answer.values("age")),
        (vec!["new".into()], vec!["0".into()])
    );
    let after: Vec<_> = cache.items.iter().map(|item| item.head.clone()).collect();
    assert_eq!(before, after, "neither updated nor removed");
    // So it is asked again.
    let answer = cache.fetch(10, &of("fr"), &[says(304, &["ETag: \"d\""], "")]);
    assert_eq!(answer.seen(), (200, "de"));
    // Of one that is selected too, the other variant can be what is there now.
    let answer = cache.fetch(11, &of("de"), &[says(304, &["ETag: \"e\""], "")]);
    assert_eq!(answer.seen(), (200, "en"));
    assert_eq!(cache.items.len(), 2);
    // The client's own condition is judged by it.
    let ask = of("fr").with("If-None-Match: \"e\"");
    assert_eq!(
        cache.fetch(12, &ask, &[says(304, &["ETag: \"e\""], "")]).status,
        304
    );
    // A selected one is updated as ever.
    let answer = cache.fetch(13, &of("de"), &[says(304, &["ETag: \"d\"", "X: new"], "")]);
    assert_eq!(
        (answer.seen(), cache.items[1].values("x")),
        ((200, "de"), vec!["new".into()])
    );
}

#[test]
fn a_304_that_does_not_say_which_confirms_none() {
    // req: 9111-4.3.4-03, 9111-4.3.4-05, 9110-9.2.2-02
    for says_ in ["X: y", MODIFIED, "ETag: \"z\"", "ETag: W/\"z\""] {
        let mut cache = languages(option(), &[("en", "\"e\""), ("de", "\"d\"")]);
        let script = [
            says(304, &[says_], ""),
            says(200, &["Cache-Control: no-store"], "new"),
        ];
        let answer = cache.fetch(9, &of("fr"), &script);
        assert_eq!(
            (answer.body.as_str(), &answer.sent[1]),
            ("new", &of("fr").lines),
            "{says_}"
        );
        assert_eq!(cache.items.len(), 2, "another variant is not out of date");
    }
    let mut cache = languages(option(), &[("en", "\"e\""), ("de", "\"d\"")]);
    let script = [
        says(304, &["X: y"], ""),
        says(200, &["Cache-Control: no-store"], "new"),
    ];
    assert_eq!(cache.fetch(9, &of("de"), &script).body, "new");
    // A weak tag is no proof for a strong one.
    let mut cache = languages(option(), &[("en", "W/\"e\""), ("de", "\"d\"")]);
    let script = [
        says(304, &["ETag: \"e\""], ""),
        says(200, &["Cache-Control: no-store"], "new"),
    ];
    assert_eq!(cache.fetch(9, &of("fr"), &script).body, "new");
}

#[test]
fn another_variant_never_answers_unasked() {
    // req: 9111-4.1-01, 9111-5.2.1.7-01, 5861-4-04
    let mut cache = languages(option(), &[("en", "\"e\"")]);
    let answer = cache.fetch(1, &of("fr"), &[says(200, &[STALE], "fr")]);
    assert_eq!(answer.body, "fr", "fresh, and yet another variant");
    let mut cache = languages(option(), &[("en", "\"e\"")]);
    let lenient = of("fr").with("Cache-Control: max-stale, stale-if-error=60");
    assert_eq!(cache.fetch(9, &lenient, &[scenario::fails()]).status, 504);
    assert_eq!(
        cache.fetch(9, &lenient, &[says(503, &["X: y"], "sorry")]).seen(),
        (503, "sorry")
    );
    let only = of("fr").with("Cache-Control: only-if-cached");
    assert_eq!(cache.fetch(1, &only, &[]).status, 504);
    // A full response does not make it out of date.
    cache.fetch(9, &of("fr"), &[says(200, &["Cache-Control: no-store"], "fr")]);
    assert_eq!(cache.items.len(), 1);
    for method in ["POST", "OPTIONS"] {
        let ask = Ask {
            method: method.into(),
            ..of("fr")
        };
        let answer = cache.fetch(9, &ask, &[says(404, &["X: y"], "")]);
        assert!(answer.asked("if-none-match").is_empty(), "{method}");
    }
}

#[test]
fn what_there_is_no_room_for_is_left_out() {
    // req: 9111-4.3.1-02
    let scenario = Scenario::of(option());
    let fields = |tag: &str| [STALE.to_string(), "Vary: A".to_string(), format!("ETag: {tag}")];
    let (one, other) = (
        scenario.stored(200, &fields("\"1\"")),
        scenario
            .clone()
            .ask(get("/a").with("A: x"))
            .stored(200, &fields("\"22\"")),
    );
    let request = one.ask.head();
    for (room, expected) in [(0, "\"1\""), (4, "\"1\""), (8, "\"1\""), (9, "\"22\", \"1\"")] {
        let mut exchange = Exchange::new(&one.config, 3);
        let _ = exchange.start(&request);
        let _ = exchange.offer(&request, EntryId(1), &one.facts, &one.entry());
        let _ = exchange.offer(&request, EntryId(2), &other.facts, &other.entry());
        let action = exchange.heads_done(at(9));
        assert_eq!(
            action,
            Action::Forward {
                conditional_on: Some(EntryId(1))
            }
        );
        let mut scratch = vec![0; room];
        let mut tags = TagList::new(&mut scratch);
        exchange.also_nominate(&mut tags, &request, EntryId(1), &one.facts, &one.entry());
        exchange.also_nominate(&mut tags, &request, EntryId(2), &other.facts, &other.entry());
        let entry = one.entry();
        let fields = exchange.conditional_among(&request, &entry, tags);
        let sent: Vec<_> = fields.set().map(|line| line.value.to_vec()).collect();
        assert_eq!(sent, [expected.as_bytes()], "{room}");
    }
}

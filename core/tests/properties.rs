//! What holds for any input: parsers never panic, time and restrictions work in one direction,
//! and how a message is spelled does not matter.

mod scenario;

use larder::{
    Config, EntityTag, Exchange, Exchanged, Headers, RequestFacts, RequestHead, ResponseFacts, ResponseHead,
    Target, normalise_target, parse_delta_seconds, resolve_reference,
};
use proptest::prelude::*;
use scenario::{Lines, Reply, Scenario, Stored, at, copied, date, get, lines, reply};

/// Bytes that parsers of header fields care about.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let grammar = prop::collection::vec(
        prop_oneof![
            prop::sample::select(b"\"\\,=;*/ \t\r\n\0W-0123456789".to_vec()).prop_map(|byte| vec![byte]),
            prop::sample::select(vec![
                "max-age",
                "no-store",
                "no-cache",
                "private",
                "s-maxage=",
                "\"a\"",
                "W/\"b\"",
                "must-understand",
                "stale-while-revalidate=9",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "99999999999999999999",
                "*",
                "close",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            any::<u8>().prop_map(|byte| vec![byte]),
        ],
        0..24,
    );
    grammar.prop_map(|parts| parts.concat())
}

const NAMES: [&str; 22] = [
    "Age",
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Content-Location",
    "Date",
    "ETag",
    "Expires",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Last-Modified",
    "Location",
    "Pragma",
    "Range",
    "Set-Cookie",
    "Transfer-Encoding",
    "Vary",
    "Authorization",
    "Foo",
    "X",
];

fn hostile_head() -> impl Strategy<Value = Lines> {
    let line = (
        prop::sample::select(NAMES.to_vec()).prop_map(String::from),
        hostile(),
    );
    prop::collection::vec(line, 0..8)
}

fn configs() -> impl Strategy<Value = Config> {
    prop::sample::select(vec![
        Config::private(),
        Config::shared(),
        Config::private()
            .with_qualified(larder::Qualified::StripFields)
            .with_lenient_etag(true)
            .with_duplicates(larder::Duplicates::First)
            .with_store_post(true)
            .with_store_head(true)
            .with_vary_normalise(larder::VaryNormalise::Lists)
            .with_stale_when_disconnected(u32::MAX),
    ])
}

proptest! {
    #![proptest_config(scenario::cases(256))]

    #[test]
    fn parsers_never_panic(bytes in hostile(), text in "\\PC{0,40}", base in "[a-z0-9./?#%:@-]{0,20}") {
        // req: 9110-2.3-01
        let _ = parse_delta_seconds(&bytes);
        if let Some(tag) = EntityTag::parse(&bytes) {
            prop_assert!(tag.opaque.len() < bytes.len());
        }
        for uri in [text.clone(), format!("https://{text}"), format!("http://e.com{text}"), format!("https://{base}")] {
            let Ok(target) = Target::parse(&uri) else { continue };
            let printed = target.to_string();
            let again = Target::parse(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&target), "{}", printed);
            let (mut one, mut two) = ([0; 128], [0; 128]);
            if let Ok(normal) = normalise_target(&target, &mut one) {
                let printed = normal.to_string();
                let parsed = Target::parse(&printed).unwrap();
                prop_assert_eq!(normalise_target(&parsed, &mut two).unwrap(), normal, "twice is once");
            }
            for reference in [&bytes[..], text.as_bytes(), base.as_bytes()] {
                for room in [0, 8, 128] {
                    let mut buffer = vec![0; room];
                    if let Ok(found) = resolve_reference(&target, reference, &mut buffer) {
                        prop_assert!(!found.has_userinfo() && Target::parse(&found.to_string()).is_ok());
                    }
                }
            }
        }
    }

    #[test]
    fn heads_of_any_bytes_never_panic(
        config in configs(),
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT"]),
        (asked, stored, answered) in (hostile_head(), hostile_head(), hostile_head()),
        status in prop::sample::select(vec![0u16, 100, 200, 206, 304, 404, 412, 500, 503, 999, 65535]),
        seconds in 0u64..100,
    ) {
        // req: 9110-2.3-01, 9110-5.4-01
        let mut ask = scenario::ask(method, "/a");
        ask.lines = asked;
        let request = ask.head();
        let _ = RequestFacts::derive(&request, &config);
        let old = Reply { lines: stored, ..reply(200, &["ETag: \"a\"", "Cache-Control: max-age=5, public"]) };
        let new = Reply { lines: answered, ..reply(status, &scenario::NOTHING) };
        let _ = ResponseFacts::derive(&old.head(), &config, at(0));
        let mut first = Scenario::of(config);
        first.ask.lines = ask.lines.clone();
        if let Ok(stored) = first.outcome(&old) {
            let _ = stored.verdict(at(seconds), &ask);
            converse(&stored, &request, &new, seconds);
        }
        let _ = Scenario::of(config).ask(ask.clone()).outcome(&new);
    }

    #[test]
    fn age_never_falls_as_time_passes(
        age in 0u64..200, offset in -200i64..200, delay in 0u64..50, control in "max-age=[0-9]{1,3}",
        mut moments in prop::collection::vec(0u64..10_000_000, 2..8),
    ) {
        // req: 9111-4.2.3-07, 9111-4.2.3-09, 9111-4.2-01
        let fields = [
            format!("Age: {age}"),
            format!("Date: {}", date(offset)),
            format!("Cache-Control: {control}, stale-while-revalidate=20"),
            "ETag: \"a\"".into(),
        ];
        let stored = Scenario::private().when(at(0), at(delay)).stored(200, &fields);
        moments.sort_unstable();
        let mut before = (0, true);
        for ms in moments {
            let now = scenario::at_ms(delay * 1000 + ms);
            let verdict = stored.verdict(now, &get("/a").with("Cache-Control: max-stale"));
            let scenario::Verdict::Hit(_, Some(age)) = verdict else { panic!("{verdict:?}") };
            let fresh = stored.verdict(now, &get("/a")) == scenario::fresh(age);
            prop_assert!(age >= before.0 && age >= delay && (before.1 || !fresh));
            prop_assert_eq!(fresh, age < u64::from(stored.lifetime()));
            before = (age, fresh);
        }
    }

    /// `private` permits storing in a private cache, must-understand lifts a no-store and
    /// must-revalidate lifts the ban on authenticated responses: they restrict and permit.
    #[test]
    fn a_restrictive_directive_never_permits(
        directives in prop::collection::vec(prop::sample::select(DIRECTIVES.to_vec()), 0..5),
        more in prop::sample::select(vec![
            "no-store", "no-cache", "proxy-revalidate", "no-store=x", "no-cache=\"\"", "max-age=0, max-age=1",
            "must-revalidate", "private",
        ]),
        shared: bool, at_front: bool, status in prop::sample::select(vec![200u16, 302, 404]),
        asked in prop::sample::select(vec!["", "max-stale=20", "max-age=0", "stale-if-error=9"]), seconds in 0u64..40,
    ) {
        // req: 9111-4.2.1-07, 9111-5.2.2.9-03, 9111-5.2.2.2-02, 5861-4-06
        prop_assume!(shared || more != "private");
        let scenario = if shared { Scenario::shared() } else { Scenario::private() };
        let outcome = |control: String| {
            let fields = ["ETag: \"a\"", "Expires: Fri, 31 Dec 9999 23:59:59 GMT", &format!("Cache-Control: {control}")];
            scenario.outcome(&reply(status, &fields)).ok()
        };
        let plain = directives.join(", ");
        let restricted = if at_front { format!("{more}, {plain}") } else { format!("{plain}, {more}") };
        let (plain, restricted) = (outcome(plain), outcome(restricted));
        let Some(restricted) = restricted else { return Ok(()) };
        let plain = plain.expect("a restriction made it storable");
        prop_assert!(restricted.lifetime() <= plain.lifetime());
        let field = format!("Cache-Control: {asked}");
        if restricted.asked(seconds, &[&field]).is_hit() {
            prop_assert!(plain.asked(seconds, &[&field]).is_hit(), "a restriction made it reusable");
        }
    }

    #[test]
    fn the_same_304_twice_is_once(old in plain_head(), new in plain_head()) {
        // req: 9111-3.2-01, 9111-3.2-02
        let old = [lines(&["ETag: \"a\"", "Cache-Control: max-age=5"]), old].concat();
        let stored = Scenario::private().outcome(&Reply { lines: old, ..reply(200, &scenario::NOTHING) }).unwrap();
        let answer = Reply { lines: [lines(&["ETag: \"a\""]), new].concat(), ..reply(304, &scenario::NOTHING) };
        let ask = get("/a").with("Cache-Control: no-cache");
        let once = stored.updated_by(5000, &ask, &answer);
        let twice = once.updated_by(5000, &ask, &answer);
        prop_assert_eq!(copied(&once.entry()), copied(&twice.entry()));
        prop_assert_eq!(once.facts, twice.facts);
    }

    #[test]
    fn how_a_list_is_spelled_does_not_matter(
        directives in prop::collection::vec(prop::sample::select(DIRECTIVES.to_vec()), 1..6),
        cuts in prop::collection::vec((0usize..3, 0usize..4, any::<bool>()), 6),
        (vary, order) in (prop::sample::select(vec!["A, B", "B", "a"]), any::<bool>()),
        shared: bool, seconds in 0u64..40,
    ) {
        // req: 9110-5.2-01, 9110-5.1-01, 9110-5.5-01, 9110-5.6.1.2-01, 9111-5.2-04, 9111-5.2-02, 9110-5.6.3-01
        let scenario = if shared { Scenario::shared() } else { Scenario::private() };
        let scenario = scenario.ask(get("/a").with_all(&["A: 1", "B: 2"]));
        let one = [
            "ETag: \"a\"".to_string(), format!("Vary: {vary}"), format!("Cache-Control: {}", directives.join(", ")),
        ];
        // The same over several lines, with other white space, letters and neighbours.
        let mut other = vec![String::new()];
        for (directive, (comma, space, upper)) in directives.iter().zip(&cuts) {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let name = if *upper { name.to_uppercase() } else { name.to_string() };
            let argument = if directive.contains('=') { format!("={argument}") } else { String::new() };
            let space = ["", " ", "\t", " , ,\t"][*space];
            match comma {
                0 => other.push(format!("{space}{name}{argument}{space}")),
                1 => other.last_mut().unwrap().push_str(&format!(",{space}{name}{argument}")),
                _ => other.last_mut().unwrap().push_str(&format!("{space},{name}{argument} ")),
            }
        }
        let mut spelled: Vec<_> = other.iter().map(|line| format!("CACHE-control: {line}")).collect();
        spelled.extend(vary.split(", ").map(|name| format!("vary: {name}")));
        spelled.insert(usize::from(order), "X-Unrelated: no-store".into());
        spelled.insert(0, "ETAG:   \"a\"  ".into());
        let (one, other) = (scenario.outcome(&reply(200, &one)), scenario.outcome(&reply(200, &spelled)));
        let (one, other) = match (one, other) {
            (Ok(one), Ok(other)) => (one, other),
            (one, other) => {
                prop_assert_eq!(one.err(), other.err());
                return Ok(());
            }
        };
        prop_assert_eq!(one.lifetime(), other.lifetime());
        for asked in ["X: y", "Cache-Control: max-stale", "A: 2"] {
            prop_assert_eq!(one.asked(seconds, &[asked]), other.asked(seconds, &[asked]));
        }
        let request = scenario.ask.clone();
        prop_assert_eq!(one.verdict(at(seconds), &request), other.verdict(at(seconds), &request));
        prop_assert!(one.facts.replaces(&other.facts) || vary != "B" || one.facts.has_vary());
    }

    /// The state machine and the driver agree on every lookup: `Stored::verdict` compares them.
    #[test]
    fn the_order_of_request_fields_does_not_matter(
        mut fields in prop::sample::subsequence(vec![
            "Cache-Control: max-stale=9", "Cache-Control: min-fresh=3", "Cache-Control: no-cache", "Pragma: no-cache",
            "Foo: 1", "If-None-Match: \"a\"", "Accept: x", "Cookie: a=b", "Cache-Control: only-if-cached",
        ], 0..6),
        seconds in 0u64..40,
    ) {
        // req: 9110-5.3-01
        let stored = Scenario::private().ask(get("/a").with("Foo: 1")).stored(
            200, &["Cache-Control: max-age=20, stale-while-revalidate=5", "ETag: \"a\"", "Vary: Foo"],
        );
        let one = stored.verdict(at(seconds), &get("/a").with_all(&fields));
        fields.reverse();
        prop_assert_eq!(one, stored.verdict(at(seconds), &get("/a").with_all(&fields)));
    }
}

const DIRECTIVES: [&str; 14] = [
    "max-age=10",
    "max-age=\"10\"",
    "s-maxage=20",
    "public",
    "private",
    "no-cache",
    "no-store",
    "must-revalidate",
    "proxy-revalidate",
    "stale-while-revalidate=9",
    "stale-if-error=9",
    "foo=\"a, no-store\"",
    "immutable",
    "x",
];

/// Head lines that forbid nothing.
fn plain_head() -> impl Strategy<Value = Lines> {
    let line = prop::sample::select(vec![
        "X: 1",
        "X: 2",
        "Y: 1",
        "Link: a",
        "Link: b",
        "Set-Cookie: a",
        "Content-Length: 3",
        "Content-Type: x",
        "Connection: y",
        "Cache-Control: max-age=9",
        "Cache-Control: no-cache",
        "Age: 7",
        "Vary: Foo",
        "Keep-Alive: z",
        "Date: Sun, 15 Jun 2025 12:00:00 GMT",
        "Expires: 0",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
    ]);
    prop::collection::vec(line, 0..8).prop_map(|texts| lines(&texts))
}

/// The rest of an exchange about a stored response, whatever it comes to.
fn converse<H: Headers + ?Sized>(stored: &Stored, request: &RequestHead<'_, H>, new: &Reply, seconds: u64) {
    use larder::Action;
    let (entry, id) = (stored.entry(), larder::EntryId(1));
    let mut exchange = Exchange::new(&stored.config, 7);
    let at = Exchanged::new(at(seconds), at(seconds));
    let (mut action, mut offered) = (exchange.start(request), false);
    for _ in 0..16 {
        action = match action {
            Action::ReadHeads(_) | Action::NextHead => {
                offered = action == Action::NextHead && offered;
                if std::mem::replace(&mut offered, true) {
                    offered = false;
                    exchange.heads_done(at.response)
                } else {
                    exchange.offer(request, id, &stored.facts, &entry)
                }
            }
            Action::Forward { .. } | Action::Retry => {
                let mut scratch = [0; 24];
                let fields = exchange.conditional(request, &entry, &mut scratch);
                for line in fields.set() {
                    assert!(
                        !line.value.iter().any(|byte| b"\r\n\0".contains(byte)),
                        "{:?}",
                        line.value
                    );
                }
                exchange.response(request, &new.head(), at, &mut [0; 64])
            }
            Action::Update(_) => {
                let old = ResponseHead {
                    status: entry.status(),
                    headers: &entry,
                };
                let update = exchange.update(request, &stored.facts, &old, &new.head(), at);
                exchange.done(update.is_ok())
            }
            Action::Stale(_) | Action::Remove(_) | Action::Invalidate(_) => exchange.done(false),
            Action::Store => {
                let head = exchange.storable(&new.lines[..]).expect("it is to be stored");
                assert!(!head.has("connection") && exchange.stored_facts().is_some());
                return;
            }
            _ => return,
        };
    }
    panic!("no end");
}

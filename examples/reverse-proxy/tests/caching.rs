//! What the public suite does not ask of a cache, through the real program.

mod peers;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use peers::origin::date;
use peers::{Client, Origin, Proxy, Reply};

const KEEP: &str = "Cache-Control: max-age=60";

#[test]
fn if_match_is_for_the_origin() {
    // req: 9111-4.3.2-02
    let origin = Origin::new(|asked, _| match asked.head.value("if-match") {
        Some("\"other\"") => Reply::new(412, &[], "no"),
        _ => Reply::new(200, &[KEEP, "ETag: \"a\""], "yes"),
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    client.get("/");
    // The entry is fresh and its tag is another one: that is not for the cache to say.
    assert_eq!(
        client.ask("GET", "/", &["If-Match: \"other\""]).seen(),
        (412, "no")
    );
    assert_eq!(origin.count(), 2);
    let since = format!("If-Unmodified-Since: {}", date(-100_000));
    assert_eq!(client.ask("GET", "/", &[&since]).seen(), (200, "yes"));
    assert_eq!(origin.asked()[2].head.values("if-unmodified-since").len(), 1);
    // What came of it does not harm the entry.
    let answer = client.get("/");
    assert_eq!((answer.seen(), origin.count()), ((200, "yes"), 3));
}

#[test]
fn only_if_cached_never_reaches_the_origin() {
    // req: 9111-5.2.1.7-01
    let origin = Origin::script(vec![Reply::new(200, &["Cache-Control: max-age=60"], "x")]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    let only = ["Cache-Control: only-if-cached"];
    assert_eq!(client.ask("GET", "/", &only).status, 504);
    assert_eq!(origin.count(), 0);
    client.get("/");
    assert_eq!(client.ask("GET", "/", &only).seen(), (200, "x"));
    assert_eq!(client.ask("GET", "/other", &only).status, 504);
    assert_eq!(origin.count(), 1);
}

#[test]
fn a_background_validation_is_sent_once() {
    // req: 5861-3-01
    let (held, release) = (Arc::new(AtomicBool::new(true)), Arc::new(Barrier::new(2)));
    let (holding, released) = (Arc::clone(&held), Arc::clone(&release));
    let stale = [
        "Cache-Control: max-age=10, stale-while-revalidate=60",
        "Age: 15",
        "ETag: \"a\"",
    ];
    let origin = Origin::new(move |asked, number| {
        if number == 0 {
            return Reply::new(200, &stale, "old");
        }
        assert_eq!(asked.head.value("if-none-match"), Some("\"a\""));
        if holding.load(Ordering::SeqCst) {
            released.wait();
        }
        Reply::new(200, &["Cache-Control: max-age=100", "ETag: \"b\""], "new")
    });
    let proxy = Proxy::before(&origin, &[]);
    proxy.client().get("/");
    let clients: Vec<_> = (0..32)
        .map(|_| {
            let mut client = proxy.client();
            thread::spawn(move || assert_eq!(client.get("/").seen(), (200, "old")))
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    origin.wait_for(2);
    assert_eq!(origin.count(), 2);
    held.store(false, Ordering::SeqCst);
    release.wait();
    let mut client = proxy.client();
    // At some time the new response is there; until then the old one is, and nobody asks.
    while client.get("/").text() == "old" {
        thread::yield_now();
    }
    assert_eq!(client.get("/").seen(), (200, "new"));
    assert_eq!(origin.count(), 2);
}

#[test]
fn stale_if_error_has_a_window() {
    // req: 5861-4-04, 5861-4-05
    for (age, status) in [(15, 200), (19, 200), (25, 502)] {
        let age = format!("Age: {age}");
        let fields = ["Cache-Control: max-age=10, stale-if-error=10", &age];
        let origin = Origin::script(vec![Reply::new(200, &fields, "kept")]);
        let proxy = Proxy::before(&origin, &["--stale-when-down", "0"]);
        let mut client = proxy.client();
        client.get("/");
        origin.close();
        assert_eq!(client.get("/").status, status, "{age}");
    }
    // An error response counts as well, and is passed on outside the window.
    for (age, seen) in [(15, (200, "kept")), (25, (503, "busy"))] {
        let age = format!("Age: {age}");
        let fields = ["Cache-Control: max-age=10, stale-if-error=10", &age];
        let replies = vec![Reply::new(200, &fields, "kept"), Reply::new(503, &[], "busy")];
        let origin = Origin::script(replies);
        let proxy = Proxy::before(&origin, &[]);
        let mut client = proxy.client();
        client.get("/");
        assert_eq!(client.get("/").seen(), seen);
    }
}

#[test]
fn an_origin_that_is_down_leaves_what_may_serve() {
    // req: 9111-2-04, 9111-4.2.4-06, 9111-5.2.2.2-03
    let may = |directives: &str, arguments: &[&str]| {
        let control = format!("Cache-Control: max-age=10{directives}");
        let origin = Origin::script(vec![Reply::new(200, &[&control, "Age: 100"], "kept")]);
        let proxy = Proxy::before(&origin, arguments);
        let mut client = proxy.client();
        client.get("/");
        origin.close();
        let answer = client.get("/");
        assert_eq!(answer.status == 200, answer.age().is_some_and(|age| age >= 100));
        answer.status
    };
    assert_eq!(may("", &[]), 200);
    assert_eq!(may("", &["--stale-when-down", "50"]), 502);
    assert_eq!(may("", &["--stale-when-down", "0"]), 502);
    for forbidden in [
        ", must-revalidate",
        ", proxy-revalidate",
        ", s-maxage=10",
        ", no-cache",
    ] {
        assert_eq!(may(forbidden, &[]), 502, "{forbidden}");
    }
    // Two of them are not for the cache of one user.
    for (directive, status) in [
        (", must-revalidate", 502),
        (", proxy-revalidate", 200),
        (", s-maxage=10", 200),
        (", no-cache", 502),
    ] {
        assert_eq!(may(directive, &["--private"]), status, "{directive}");
    }
}

#[test]
fn clocks_of_the_origin_may_jump() {
    // req: 9111-4.2.3-02, 9111-4.2.3-06
    let (past, future) = (format!("Date: {}", date(-7200)), format!("Date: {}", date(7200)));
    // An origin that is two hours behind: its response has been on the way for two hours.
    let origin = Origin::script(vec![Reply::new(
        200,
        &["Cache-Control: max-age=3600", &past],
        "x",
    )]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    client.get("/");
    assert_eq!((client.get("/").age(), origin.count()), (None, 2));
    // One that is ahead is not younger than new, and lives no longer.
    let expires = format!("Expires: {}", date(7210));
    let origin = Origin::script(vec![Reply::new(200, &[&expires, &future], "x")]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    client.get("/");
    assert_eq!(client.get("/").age(), Some(0));
    // After a jump back, what came last is what answers.
    let origin = Origin::script(vec![
        Reply::new(200, &["Cache-Control: no-cache", "ETag: \"1\"", &future], "first"),
        Reply::new(
            200,
            &["Cache-Control: max-age=86400", "ETag: \"2\"", &past],
            "second",
        ),
    ]);
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for _ in 0..3 {
        client.get("/");
    }
    let answer = client.get("/");
    assert_eq!((answer.seen(), origin.count()), ((200, "second"), 2));
    assert!(answer.age() >= Some(7200));
}

#[test]
fn ages_and_lifetimes_have_no_upper_end() {
    // req: 9111-1.2.2-01, 9111-1.2.2-04, 9111-5.1-01
    let ages = [
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999999999999",
    ];
    for age in ages {
        let age = format!("Age: {age}");
        // Longer than any lifetime but the last.
        let origin = Origin::script(vec![Reply::new(
            200,
            &["Cache-Control: max-age=100000", &age],
            "x",
        )]);
        let proxy = Proxy::before(&origin, &[]);
        let mut client = proxy.client();
        client.get("/");
        client.get("/");
        assert_eq!(origin.count(), 2, "{age}");
        // Served stale, its age is at least what is left of such a number.
        let answer = client.ask("GET", "/", &["Cache-Control: max-stale"]);
        assert!(answer.age() >= Some(2_147_483_647), "{age}: {:?}", answer.age());
        assert_eq!(origin.count(), 2);
    }
    for lifetime in ["2147483648", "9223372036854775808", "99999999999999999999999"] {
        let control = format!("Cache-Control: max-age={lifetime}");
        let origin = Origin::script(vec![Reply::new(200, &[&control, "Age: 2147483000"], "x")]);
        let proxy = Proxy::before(&origin, &[]);
        let mut client = proxy.client();
        client.get("/");
        assert_eq!(
            (client.get("/").age().is_some(), origin.count()),
            (true, 1),
            "{lifetime}"
        );
    }
}

#[test]
fn variants_are_never_mixed_up() {
    // req: 9111-4.1-01, 9111-4.1-05
    let origin = Origin::new(|asked, _| {
        let name = asked.head.value("x-name").unwrap_or("nobody");
        Reply::new(200, &["Cache-Control: max-age=600", "Vary: X-Name, Accept"], name)
    });
    let proxy = Proxy::before(&origin, &[]);
    let mut client = proxy.client();
    for round in 0..3 {
        for number in 0..200 {
            let (name, field) = (format!("name {number}"), format!("X-Name: name {number}"));
            assert_eq!(
                client.ask("GET", "/", &[&field]).seen(),
                (200, name.as_str()),
                "{round}"
            );
            assert_eq!(
                client.ask("GET", "/", &[&field]).seen(),
                (200, name.as_str()),
                "{round}"
            );
        }
        assert_eq!(client.get("/").seen(), (200, "nobody"));
    }
    // The second of each pair was a hit, at least.
    assert!(origin.count() <= 3 * 201, "{}", origin.count());
}

#[test]
fn credentials_of_others_are_not_answered_for_unless_the_origin_says_so() {
    // req: 9111-3.5-01
    let origin = Origin::new(|asked, _| {
        let who = asked.head.value("authorization").unwrap_or("nobody").to_owned();
        let control = match asked.path.as_str() {
            "/public" => "Cache-Control: public, max-age=60",
            _ => "Cache-Control: max-age=60",
        };
        Reply::new(200, &[control], who)
    });
    for mode in ["--shared", "--private"] {
        let proxy = Proxy::before(&origin, &[mode]);
        let mut client = proxy.client();
        for who in ["a", "b"] {
            let field = format!("Authorization: {who}");
            assert_eq!(client.ask("GET", "/", &[&field]).text(), who, "{mode}");
            assert_eq!(client.ask("GET", "/", &[&field]).text(), who, "{mode}");
            let common = client.ask("GET", "/public", &[&field]);
            let expected = if mode == "--shared" { "a" } else { who };
            assert_eq!(common.text(), expected, "{mode}");
        }
        assert_eq!(client.get("/").text(), "nobody");
    }
}

#[test]
fn requests_for_the_same_at_once_share_one() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let (arrived, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (at_origin, going) = (Arc::clone(&arrived), Arc::clone(&go));
    let origin = Origin::new(move |_, number| {
        counted.fetch_add(1, Ordering::SeqCst);
        if number == 0 {
            at_origin.wait();
            going.wait();
        }
        Reply::new(200, &["Cache-Control: max-age=60"], "shared")
    });
    let proxy = Proxy::before(&origin, &[]);
    let address = proxy.address;
    let ask = move || assert_eq!(Client::new(address).get("/").seen(), (200, "shared"));
    let mut clients = vec![thread::spawn(ask)];
    arrived.wait();
    clients.extend((0..31).map(|_| thread::spawn(ask)));
    go.wait();
    clients.into_iter().for_each(|client| client.join().unwrap());
    // Whoever came while the first was on its way waited for it, or found its response.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

//! What the cache says of each answer, and what the origin saw of it.

// With ureq's jar nothing happens in the background.
#![cfg(not(feature = "cookies"))]

mod origin;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use larder_ureq::larder::{Config, Override, Reason};
use larder_ureq::{Cache, CacheBuilder, CacheInfo, CacheMode, MemoryStore, Outcome, StatusAsError, Stored};
use origin::{Asked, Origin, Reply};
use ureq::http::Request;
use ureq::{Agent, RequestExt};

const TAG: (&str, &str) = ("ETag", "\"1\"");

/// The fields of a request and how it is to be treated, or what else happens.
#[derive(Clone, Copy)]
enum Do<'a> {
    Ask(&'a str, Lines<'a>),
    Mode(CacheMode),
    /// A GET with content.
    Content,
    /// Nobody listens any more.
    Close,
    /// Nobody is asked any more.
    Offline,
}

use Do::{Ask, Close, Content, Mode, Offline};

type Lines<'a> = &'a [(&'a str, &'a str)];

const GET: Do<'_> = Ask("GET", &[]);

/// What has been said, of all cases.
static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn says(control: &str, lines: &[(&str, &str)]) -> Reply {
    Reply::new(200, &[&[("Cache-Control", control)], lines].concat(), "x")
}

/// Does one thing after the other; what the cache says of the last, after it was compared with
/// what the origin has seen.
fn last(builder: CacheBuilder<MemoryStore>, replies: Vec<Reply>, steps: &[Do<'_>]) -> CacheInfo {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let script = move |_: &Asked, number: usize| {
        counted.fetch_add(1, Ordering::SeqCst);
        replies[number.min(replies.len() - 1)].clone()
    };
    let origin = Origin::new(script);
    let cache = builder.build();
    let agent: Agent = cache.agent(|builder| builder.proxy(None));
    let mut last = None;
    for step in steps {
        let request = Request::builder().uri(origin.url("/"));
        let request = request.extension(StatusAsError(false));
        let before = asked.load(Ordering::SeqCst);
        let answer = match *step {
            Close => {
                origin.close();
                continue;
            }
            Offline => {
                cache.set_offline(true);
                continue;
            }
            Ask(method, lines) => {
                let request = lines
                    .iter()
                    .fold(request, |request, (name, value)| request.header(*name, *value));
                agent.run(request.method(method).body(()).unwrap())
            }
            Mode(mode) => agent.run(request.extension(mode).body(()).unwrap()),
            Content => {
                let request = request.body("content").unwrap().with_agent(&agent);
                request.run()
            }
        };
        let mut response = answer.unwrap();
        let seen = asked.load(Ordering::SeqCst) - before;
        let info = CacheInfo::of(&response).unwrap().clone();
        let (expected, forwarded) = match (info.outcome(), info.reason()) {
            (Outcome::Miss | Outcome::Validated, _) | (Outcome::Stale, Reason::StaleIfError) => (1, true),
            // Nobody has listened.
            (Outcome::Stale, Reason::Disconnected) => (0, true),
            // What happens in the background may have begun by now.
            (Outcome::Stale, Reason::StaleWhileRevalidate) => (seen, false),
            _ => (0, false),
        };
        assert_eq!(
            (seen, info.forwarded().is_some()),
            (expected, forwarded),
            "{info:?}"
        );
        response.body_mut().read_to_vec().unwrap();
        cache.wait(std::time::Duration::from_secs(10));
        let said = [Some(info.reason()), info.forwarded(), info.invalidated()];
        SAID.lock()
            .unwrap()
            .extend(said.into_iter().flatten().map(Reason::name));
        last = Some(info);
    }
    last.unwrap()
}

fn private() -> CacheBuilder<MemoryStore> {
    Cache::builder(MemoryStore::new(1 << 20))
}

fn of(config: Config) -> CacheBuilder<MemoryStore> {
    private().config(config)
}

fn confirms(lines: &[(&str, &str)]) -> Reply {
    Reply::new(304, &[&[TAG], lines].concat(), "")
}

#[test]
fn every_reason_is_given() {
    why_it_answers();
    why_the_origin_is_asked();
    why_it_is_not_stored();
    what_happens_to_what_is_stored();
    let said = SAID.lock().unwrap();
    let never: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| reason.name())
        .filter(|name| !said.contains(name))
        .collect();
    let expected = [
        "ClientCurrent",        // of the states
        "FullResponse",         // of the states
        "ForeignValidator",     // on the way: the answer to the second request has the reason
        "AgeUnknown",           // of devices
        "NoClock",              // of devices
        "BackgroundValidation", // nobody waits for it
        "Tunnel",               // ureq knows no CONNECT
        "NotFinal",             // ureq lets none through
        "UnclearLength",        // ureq refuses it
        "ServerError",          // of the states
        "Freshened",            // on the way
        "HeadFreshened",        // on the way
    ];
    assert_eq!(never, expected);
}

fn why_it_answers() {
    let hour = says("max-age=3600", &[TAG]);
    let stale = |more: &str| says(&format!("max-age=0{more}"), &[TAG]);
    let failed = Reply::new(503, &[], "");
    let disconnected = Config::private().with_stale_when_disconnected(60);
    let cases = [
        (private(), vec![hour], GET, Reason::Fresh),
        (
            private(),
            vec![stale("")],
            Mode(CacheMode::ForceCache),
            Reason::MaxStale,
        ),
        (
            private(),
            vec![stale(", stale-while-revalidate=9")],
            GET,
            Reason::StaleWhileRevalidate,
        ),
        (
            private(),
            vec![stale(", stale-if-error=9"), failed],
            GET,
            Reason::StaleIfError,
        ),
        (private(), vec![stale(""), confirms(&[])], GET, Reason::Validated),
        (
            private(),
            vec![stale(""), confirms(&[("Cache-Control", "no-store")])],
            GET,
            Reason::UpdateForbids,
        ),
    ];
    for (builder, replies, then, reason) in cases {
        let info = last(builder, replies, &[GET, then]);
        assert_eq!(info.reason(), reason);
        let kept = if reason == Reason::UpdateForbids {
            Stored::No
        } else {
            Stored::Yes
        };
        assert_eq!(info.stored(), kept, "{info:?}");
    }
    let info = last(of(disconnected), vec![stale("")], &[GET, Close, GET]);
    assert_eq!(info.reason(), Reason::Disconnected);
    let deaf = of(Config::private().with_request_directives(false));
    let info = last(
        deaf,
        vec![says("max-age=60", &[])],
        &[GET, Mode(CacheMode::Reload)],
    );
    assert_eq!(info.forwarded(), Some(Reason::UnusableEntry));
    let info = last(private(), vec![stale("")], &[Offline, GET]);
    assert_eq!(
        (info.outcome(), info.reason()),
        (Outcome::Refused, Reason::MayNotServeStale)
    );
    let info = last(private(), vec![stale("")], &[Mode(CacheMode::OnlyIfCached)]);
    assert_eq!(
        (info.outcome(), info.reason()),
        (Outcome::Refused, Reason::OnlyIfCached)
    );
}

fn why_the_origin_is_asked() {
    let post = Ask("POST", &[("Content-Length", "0")]);
    let cases: [(&str, Lines<'_>, &[Do<'_>], Reason); 15] = [
        ("max-age=60", &[], &[], Reason::NothingStored),
        (
            "max-age=60",
            &[("Vary", "A")],
            &[Ask("GET", &[("A", "1")])],
            Reason::NoVariant,
        ),
        ("max-age=60", &[], &[post], Reason::NotSafe),
        ("max-age=0", &[TAG], &[GET], Reason::Stale),
        ("public", &[TAG], &[GET], Reason::NoExpiry),
        ("no-cache", &[TAG], &[GET], Reason::NoCache),
        (
            "max-age=0, must-revalidate",
            &[TAG],
            &[GET],
            Reason::MustRevalidate,
        ),
        (
            "max-age=60",
            &[TAG],
            &[Ask("GET", &[("Cache-Control", "no-cache")])],
            Reason::RequestNoCache,
        ),
        (
            "max-age=60",
            &[TAG],
            &[Ask("GET", &[("Cache-Control", "max-age=0")])],
            Reason::RequestMaxAge,
        ),
        (
            "max-age=60",
            &[TAG],
            &[Ask("GET", &[("Cache-Control", "min-fresh=99")])],
            Reason::RequestMinFresh,
        ),
        ("max-age=60", &[TAG], &[post, GET], Reason::MarkedInvalid),
        (
            "max-age=60",
            &[],
            &[Ask("OPTIONS", &[])],
            Reason::UncacheableMethod,
        ),
        (
            "max-age=60",
            &[],
            &[Ask("GET", &[("Range", "bytes=0-0")])],
            Reason::RequestRange,
        ),
        (
            "max-age=60",
            &[],
            &[Ask("GET", &[("If-Match", "\"1\"")])],
            Reason::OriginCondition,
        ),
        ("max-age=60", &[], &[Content], Reason::RequestBody),
    ];
    for (control, lines, then, reason) in cases {
        let steps = [&[GET], then].concat();
        let info = last(private(), vec![says(control, lines)], &steps);
        assert_eq!((info.outcome(), info.forwarded()), (Outcome::Miss, Some(reason)));
    }
}

fn why_it_is_not_stored() {
    let shared = Config::shared();
    let fresh = ("Cache-Control", "max-age=60");
    let with = |status, lines: &[(&str, &str)]| Reply::new(status, lines, "x");
    let cases = [
        (private(), with(200, &[fresh]), GET, Reason::Storable),
        (
            private().force(Override {
                force_store: true,
                ..Override::NONE
            }),
            says("no-store", &[TAG]),
            GET,
            Reason::Forced,
        ),
        (
            private(),
            with(200, &[fresh]),
            Ask("GET", &[("Cache-Control", "no-store")]),
            Reason::RequestNoStore,
        ),
        (private(), says("no-store", &[]), GET, Reason::NoStore),
        (of(shared), says("private", &[TAG]), GET, Reason::Private),
        (
            of(shared),
            with(200, &[fresh]),
            Ask("GET", &[("Authorization", "a")]),
            Reason::Authorization,
        ),
        (
            private(),
            with(200, &[fresh]),
            Ask("POST", &[("Content-Length", "0")]),
            Reason::MethodNotStored,
        ),
        (
            private(),
            with(200, &[fresh]),
            Ask("HEAD", &[]),
            Reason::HeadNotStored,
        ),
        (
            of(Config::private().with_store_post(true)),
            with(200, &[fresh]),
            Ask("POST", &[("Content-Length", "0")]),
            Reason::PostNeedsMore,
        ),
        (private(), with(200, &[fresh]), Content, Reason::GetWithBody),
        (
            private(),
            with(206, &[fresh, ("Content-Range", "bytes 0-0/2")]),
            Ask("GET", &[("Range", "bytes=0-0")]),
            Reason::Partial,
        ),
        (private(), with(304, &[]), GET, Reason::NotModified),
        (
            private(),
            with(304, &[TAG]),
            Ask("GET", &[("If-None-Match", "\"1\"")]),
            Reason::ClientNotModified,
        ),
        (private(), with(429, &[fresh]), GET, Reason::StatusNeverStored),
        (private(), with(425, &[fresh]), GET, Reason::StatusDenied),
        (
            private(),
            with(299, &[("Cache-Control", "max-age=60, must-understand")]),
            GET,
            Reason::StatusNotUnderstood,
        ),
        (
            of(shared),
            with(200, &[fresh, ("Set-Cookie", "a=b")]),
            GET,
            Reason::SetCookie,
        ),
        (
            private(),
            with(200, &[fresh, ("Vary", "*")]),
            GET,
            Reason::VaryAny,
        ),
        (
            private(),
            with(200, &[fresh, ("Connection", "Cache-Control")]),
            GET,
            Reason::ConnectionNominates,
        ),
        (private(), with(299, &[TAG]), GET, Reason::NoPermission),
        (private(), with(200, &[]), GET, Reason::NeverReusable),
    ];
    for (builder, reply, ask, reason) in cases {
        let info = last(builder, vec![reply], &[ask]);
        assert_eq!((info.outcome(), info.reason()), (Outcome::Miss, reason));
        let stored = matches!(reason, Reason::Storable | Reason::Forced);
        assert_eq!(
            info.stored(),
            if stored { Stored::OnceRead } else { Stored::No },
            "{reason:?}"
        );
    }
}

fn what_happens_to_what_is_stored() {
    let post = Ask("POST", &[("Content-Length", "0")]);
    let head = Ask("HEAD", &[("Cache-Control", "no-cache")]);
    let stale = says("max-age=0", &[TAG]);
    let cases = [
        (vec![stale.clone()], post, Reason::UnsafeMethod),
        (
            vec![stale.clone(), Reply::head(200, &[("ETag", "\"2\"")])],
            head,
            Reason::HeadDiffers,
        ),
        (
            vec![
                stale.clone(),
                Reply::new(404, &[("Cache-Control", "no-store")], ""),
            ],
            GET,
            Reason::Unsuitable,
        ),
    ];
    for (replies, then, reason) in cases {
        let info = last(private(), replies, &[GET, then]);
        assert_eq!(info.invalidated(), Some(reason));
    }
}

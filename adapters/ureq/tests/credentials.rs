//! Who gets whose responses.

mod origin;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use larder::store::Entry;
use larder::store::shared::SharedStore;
use larder::{Key, Target};
use larder_ureq::{Cache, MemoryStore, larder};
use origin::{Origin, Reply};
use ureq::Agent;
use ureq::http::Request;

/// Answers with who asked.
fn origin(vary: &'static str) -> Origin {
    Origin::new(move |asked, _| {
        let who = asked.field("authorization").unwrap_or("anonymous").to_string();
        Reply::new(200, &[("Cache-Control", "max-age=60"), ("Vary", vary)], who)
    })
}

fn get(agent: &Agent, url: &str, authorization: Option<&str>) -> String {
    let mut request = agent.get(url);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    request.call().unwrap().body_mut().read_to_string().unwrap()
}

#[test]
fn alice_bob_and_nobody_are_kept_apart() {
    let origin = origin("Accept");
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    let url = origin.url("/");
    let alice = url.replace("//", "//alice:secret@");
    let bob = url.replace("//", "//bob:secret@");
    for _ in 0..2 {
        assert_eq!(get(&agent, &url, Some("Bearer a")), "Bearer a");
        assert_eq!(get(&agent, &url, Some("Bearer b")), "Bearer b");
        assert_eq!(get(&agent, &url, None), "anonymous");
        assert_eq!(get(&agent, &alice, None), "Basic YWxpY2U6c2VjcmV0");
        assert_eq!(get(&agent, &bob, None), "Basic Ym9iOnNlY3JldA==");
    }
    assert_eq!(origin.count(), 5);
}

/// Who asks, and what the origin is told of it.
const WHO: [(&str, Option<&str>, &str); 5] = [
    ("", None, "anonymous"),
    ("", Some("Bearer alice"), "Bearer alice"),
    ("", Some("Bearer bob"), "Bearer bob"),
    ("alice:secret@", None, "Basic YWxpY2U6c2VjcmV0"),
    ("bob:secret@", None, "Basic Ym9iOnNlY3JldA=="),
];

#[test]
fn they_are_kept_apart_when_they_ask_at_once() {
    // req: 9111-4-11
    let (arrived, all_here) = (AtomicUsize::new(0), Barrier::new(WHO.len()));
    let origin = Origin::new(move |asked, _| {
        let who = asked.field("authorization").unwrap_or("anonymous").to_owned();
        // Nobody is answered before one of each has asked.
        if arrived.fetch_add(1, Ordering::SeqCst) < WHO.len() {
            all_here.wait();
        }
        Reply::new(200, &[("Cache-Control", "max-age=60")], who)
    });
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    std::thread::scope(|scope| {
        for (userinfo, authorization, who) in WHO {
            let url = origin.url("/").replace("//", &format!("//{userinfo}"));
            for _ in 0..6 {
                let (agent, url) = (agent.clone(), url.clone());
                scope.spawn(move || assert_eq!(get(&agent, &url, authorization), who));
            }
        }
    });
    // One request for each of them.
    assert_eq!(origin.count(), WHO.len());
}

#[test]
fn they_are_kept_apart_across_redirects() {
    let target = Origin::new(|asked, _| {
        let who = asked.field("authorization").unwrap_or("anonymous").to_owned();
        Reply::new(200, &[("Cache-Control", "max-age=60")], who)
    });
    let elsewhere = target.url("/");
    let origin = Origin::new(move |asked, _| {
        let who = asked.field("authorization").unwrap_or("anonymous").to_owned();
        let moved = |to: &str| Reply::new(301, &[("Cache-Control", "max-age=60"), ("Location", to)], "");
        match asked.path.as_str() {
            "/here" => moved("/who"),
            "/elsewhere" => moved(&elsewhere),
            _ => Reply::new(200, &[("Cache-Control", "max-age=60")], who),
        }
    });
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    for _ in 0..2 {
        for (userinfo, authorization, who) in WHO {
            let url = |path: &str| origin.url(path).replace("//", &format!("//{userinfo}"));
            let request = |path: &str| {
                let mut request = Request::get(url(path));
                if let Some(value) = authorization {
                    request = request.header("authorization", value);
                }
                request.body(()).unwrap()
            };
            let follow = |path: &str| {
                let mut response = larder_ureq::follow(&agent, request(path)).unwrap();
                response.body_mut().read_to_string().unwrap()
            };
            // Followed above the cache: on the same origin they are still who they were.
            assert_eq!(follow("/here"), who);
            assert_eq!(follow("/elsewhere"), "anonymous");
            // Followed below it, ureq drops them, and nobody else may get that.
            let below = get(&agent, &url("/here"), authorization);
            assert!(below == who || below == "anonymous", "{below}");
            assert_eq!(get(&agent, &url("/who"), authorization), who);
        }
    }
}

#[test]
fn a_redirect_to_the_same_uri_may_be_somebody_elses() {
    // ureq takes Authorization off, or puts it on where the redirect has userinfo.
    let address = Arc::new(Mutex::new(String::new()));
    let back = Arc::clone(&address);
    let origin = Origin::new(move |asked, number| {
        let who = asked.field("authorization").unwrap_or("anonymous");
        match (asked.path.as_str(), who) {
            ("/who", "anonymous") => Reply::new(302, &[("Location", &back.lock().unwrap())], ""),
            ("/once", "Bearer a") if number == 0 => Reply::new(302, &[("Location", "/once")], ""),
            _ => Reply::new(200, &[("Cache-Control", "max-age=60")], who),
        }
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    *address.lock().unwrap() = origin.url("/who").replace("//", "//alice:x@");
    assert_eq!(get(&agent, &origin.url("/once"), Some("Bearer a")), "anonymous");
    assert_eq!(get(&agent, &origin.url("/once"), Some("Bearer a")), "Bearer a");
    assert_eq!(cache.usage().unwrap().entries, 1);
    assert!(get(&agent, &origin.url("/who"), None).starts_with("Basic "));
    assert_eq!(cache.usage().unwrap().entries, 1);
}

#[test]
fn an_invalidation_reaches_everyone() {
    let origin = origin("Accept");
    let agent = larder_ureq::agent(MemoryStore::new(1 << 20), |builder| builder.proxy(None));
    get(&agent, &origin.url("/"), Some("Bearer a"));
    get(&agent, &origin.url("/"), None);
    agent.post(origin.url("/")).send("x").unwrap();
    get(&agent, &origin.url("/"), Some("Bearer a"));
    get(&agent, &origin.url("/"), None);
    assert_eq!(origin.count(), 5);
}

#[test]
fn sharing_is_an_option() {
    let origin = origin("Accept");
    let cache = Cache::builder(MemoryStore::new(1 << 20))
        .share_credentials(true)
        .build();
    let agent = cache.agent(|builder| builder.proxy(None));
    assert_eq!(get(&agent, &origin.url("/"), Some("Bearer a")), "Bearer a");
    assert_eq!(get(&agent, &origin.url("/"), Some("Bearer b")), "Bearer a");
    assert_eq!(origin.count(), 1);
}

#[test]
fn userinfo_is_authorization_to_the_rules() {
    // req: 9111-4.1-01, 9111-3.5-01
    let shared = larder_ureq::larder::Config::shared();
    for (vary, config, stored) in [("Authorization", None, 3), ("Accept", Some(shared), 0)] {
        let origin = origin(vary);
        let mut cache = Cache::builder(MemoryStore::new(1 << 20)).share_credentials(true);
        if let Some(config) = config {
            cache = cache.config(config);
        }
        let cache = cache.build();
        let agent = cache.agent(|builder| builder.proxy(None));
        for name in ["alice", "bob"] {
            let url = origin.url("/").replace("//", &format!("//{name}:x@"));
            for _ in 0..2 {
                get(&agent, &url, None);
            }
        }
        if stored > 0 {
            assert_eq!(get(&agent, &origin.url("/"), None), "anonymous");
        }
        assert_eq!(origin.count(), if stored > 0 { 3 } else { 4 });
        assert_eq!(cache.usage().unwrap().entries, stored);
    }
}

#[test]
fn credentials_of_a_middleware_count() {
    // It is above the cache, whatever the order in which the builder hears of them.
    use ureq::http::{HeaderValue, Request};
    use ureq::middleware::MiddlewareNext;
    let signs = |value: &'static str| {
        move |mut request: Request<ureq::SendBody>, next: MiddlewareNext| {
            request
                .headers_mut()
                .insert("authorization", HeaderValue::from_static(value));
            next.handle(request)
        }
    };
    let origin = origin("Accept");
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let one = cache.agent(|builder| builder.proxy(None).middleware(signs("Bearer one")));
    let two = cache.agent(|builder| builder.proxy(None).middleware(signs("Bearer two")));
    for _ in 0..2 {
        assert_eq!(get(&one, &origin.url("/"), None), "Bearer one");
        assert_eq!(get(&two, &origin.url("/"), None), "Bearer two");
    }
    assert_eq!(origin.count(), 2);
}

#[test]
fn secrets_are_not_stored() {
    // req: 9111-7-01
    let origin = origin("Authorization, Proxy-Authorization, Cookie, X-Plain");
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let store = cache.store();
    let url = origin.url("/path").replace("//", "//alice:hunter2@");
    for _ in 0..2 {
        let request = agent
            .get(&url)
            .header("authorization", "Bearer hunter2")
            .header("x-plain", "seen");
        let request = request
            .header("proxy-authorization", "Basic hunter2")
            .header("cookie", "id=hunter2");
        assert!(
            !request
                .call()
                .unwrap()
                .body_mut()
                .read_to_vec()
                .unwrap()
                .is_empty()
        );
    }
    if cfg!(feature = "cookies") {
        assert_eq!(store.usage().unwrap().entries, 0);
        return;
    }
    assert_eq!(origin.count(), 1);
    let url = origin.url("/path");
    let key = Key::new(&Target::parse(&url).unwrap(), store.seed());
    let head = store.next_head(key, None).unwrap().unwrap();
    let bytes: &[u8] = head.bytes.as_ref();
    assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    assert!(bytes.windows(4).any(|window| window == b"seen"));
    let entry = Entry::trusted(bytes).unwrap();
    assert_eq!(entry.nominated().count(), 4);
    assert_eq!(entry.target().to_string(), url);

    // Another token is another variant, and nominated fields alone tell them apart too.
    let mut response = agent.get(&url).header("cookie", "id=other").call().unwrap();
    response.body_mut().read_to_vec().unwrap();
    assert_eq!(origin.count(), 2);
}

#[test]
fn hosts_of_one_server_are_kept_apart() {
    // req: 9111-4-01
    for share in [false, true] {
        let origin = Origin::new(|asked, _| {
            let host = asked.field("host").unwrap_or("nobody").to_string();
            Reply::new(200, &[("Cache-Control", "max-age=60")], host)
        });
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .share_credentials(share)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        let own = origin.address().to_string();
        for _ in 0..2 {
            for host in ["a.example", "b.example", &own] {
                let request = agent.get(origin.url("/")).header("host", host);
                let text = request.call().unwrap().body_mut().read_to_string().unwrap();
                assert_eq!(text, host);
            }
            let text = agent
                .get(origin.url("/"))
                .call()
                .unwrap()
                .body_mut()
                .read_to_string();
            assert_eq!(text.unwrap(), own);
        }
        assert_eq!(origin.count(), 3);
    }
}

//! Who gets whose responses.

mod origin;

use larder::store::Entry;
use larder::store::shared::SharedStore;
use larder::{Key, Target};
use larder_ureq::{Cache, MemoryStore, larder};
use origin::{Origin, Reply};
use ureq::Agent;

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

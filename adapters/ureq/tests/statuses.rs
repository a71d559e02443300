//! Error statuses: as responses or as errors, from the network or from the store.

mod origin;

use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome, StatusAsError};
use origin::{Origin, Reply};
use ureq::Error;

fn origin() -> Origin {
    Origin::new(|asked, _| match asked.path.as_str() {
        "/404" => Reply::new(404, &[("Cache-Control", "max-age=60")], "not here"),
        "/410" => Reply::chunked(410, &[("Cache-Control", "max-age=60")], &[b"go", b"ne"]),
        _ => Reply::new(500, &[], "broken"),
    })
}

#[test]
fn errors_by_default_from_both() {
    let origin = origin();
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    for _ in 0..3 {
        assert!(matches!(
            agent.get(origin.url("/404")).call(),
            Err(Error::StatusCode(404))
        ));
        assert!(matches!(
            agent.get(origin.url("/410")).call(),
            Err(Error::StatusCode(410))
        ));
    }
    assert_eq!(origin.count(), 2);
    assert!(matches!(
        agent.get(origin.url("/500")).call(),
        Err(Error::StatusCode(500))
    ));
    // Whoever asks for the response gets all of it.
    let request = agent.get(origin.url("/404")).extension(StatusAsError(false));
    let mut response = request.call().unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            CacheInfo::of(&response).unwrap().outcome()
        ),
        (404, Outcome::Hit)
    );
    assert_eq!(response.body_mut().read_to_string().unwrap(), "not here");
    let request = agent.get(origin.url("/410")).extension(StatusAsError(false));
    assert_eq!(
        request.call().unwrap().body_mut().read_to_string().unwrap(),
        "gone"
    );
    let request = agent.get(origin.url("/500")).extension(StatusAsError(false));
    assert_eq!(
        request.call().unwrap().body_mut().read_to_string().unwrap(),
        "broken"
    );
    assert_eq!(origin.count(), 4);
}

#[test]
fn responses_where_the_agent_says_so() {
    let origin = origin();
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None).http_status_as_error(false));
    assert!(!agent.config().http_status_as_error());
    for _ in 0..2 {
        let mut response = agent.get(origin.url("/404")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "not here");
    }
    assert_eq!(origin.count(), 1);
    let request = agent.get(origin.url("/404")).extension(StatusAsError(true));
    assert!(matches!(request.call(), Err(Error::StatusCode(404))));
    let request = agent
        .get(origin.url("/new"))
        .header("cache-control", "only-if-cached");
    assert_eq!(request.call().unwrap().status(), 504);
    assert_eq!(origin.count(), 1);
}

#[test]
fn an_error_does_not_wait_for_its_body() {
    // The rest of it comes when the error is known.
    let (known, wait) = mpsc::channel::<()>();
    let (waited, in_time) = mpsc::channel();
    let wait = Mutex::new(wait);
    let reply = Reply::new(404, &[("Cache-Control", "max-age=60")], "not here");
    let origin = Origin::script(vec![reply.late(4, move || {
        let closed = wait.lock().unwrap().recv_timeout(Duration::from_secs(10));
        waited
            .send(closed == Err(RecvTimeoutError::Disconnected))
            .unwrap();
    })]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let ask = || agent.get(origin.url("/")).call();
    assert!(matches!(ask(), Err(Error::StatusCode(404))));
    drop(known);
    assert!(in_time.recv().unwrap());
    // It is stored all the same.
    assert!(cache.wait(Duration::from_secs(60)));
    assert!(matches!(ask(), Err(Error::StatusCode(404))));
    assert_eq!((origin.count(), cache.usage().unwrap().entries), (1, 1));
}

#[test]
fn without_a_thread_it_does() {
    for length in [64 * 1024, 64 * 1024 + 1] {
        let lines = [("Cache-Control", "max-age=60")];
        let origin = Origin::script(vec![Reply::chunked(404, &lines, &[&vec![b'x'; length]])]);
        let cache = Cache::builder(MemoryStore::new(1 << 20))
            .background_threads(0)
            .build();
        let agent = cache.agent(|builder| builder.proxy(None));
        agent.get(origin.url("/")).call().unwrap_err();
        assert_eq!(cache.usage().unwrap().entries, u64::from(length == 64 * 1024));
    }
}

#[test]
fn settings_of_a_request_reach_ureq() {
    // With a configuration of its own, a request still brings its error responses to the cache.
    let origin = origin();
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    for _ in 0..2 {
        let request = agent
            .get(origin.url("/404"))
            .config()
            .user_agent("of one request")
            .build();
        assert!(matches!(request.call(), Err(Error::StatusCode(404))));
        // nobody joins a request with settings of its own
        assert!(cache.wait(Duration::from_secs(60)));
    }
    assert_eq!(origin.count(), 1);
    assert_eq!(origin.asked()[0].field("user-agent"), Some("of one request"));
}

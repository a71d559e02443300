//! ureq's timeouts start below the cache: an answer from the store has none, and a body from
//! the network has those of its request.

mod origin;

use std::io::Read;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use origin::{Origin, Reply};
use ureq::{Agent, Error, Timeout};

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")];

/// Waits until the sender is dropped.
fn gate() -> (mpsc::Sender<()>, impl Fn() + Send + Sync + 'static) {
    let (open, closed) = mpsc::channel();
    let closed = Arc::new(Mutex::new(closed));
    (open, move || {
        let _ = closed.lock().unwrap().recv_timeout(Duration::from_secs(60));
    })
}

fn agent(cache: &Cache<MemoryStore>, timeout: Duration) -> Agent {
    cache.agent(|builder| builder.proxy(None).timeout_global(Some(timeout)))
}

#[test]
fn a_hit_takes_as_long_as_its_reader() {
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello")]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let patient = cache.agent(|builder| builder.proxy(None));
    patient
        .get(origin.url("/"))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let timeout = Duration::from_millis(50);
    let mut hit = agent(&cache, timeout).get(origin.url("/")).call().unwrap();
    assert_eq!(CacheInfo::of(&hit).unwrap().outcome(), Outcome::Hit);
    thread::sleep(2 * timeout);
    assert_eq!(hit.body_mut().read_to_string().unwrap(), "hello");
}

#[test]
fn a_body_that_does_not_come_is_an_error_and_not_stored() {
    let (open, closed) = gate();
    let origin = Origin::script(vec![Reply::new(200, FRESH, "hello, world").late(5, closed)]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let response = agent(&cache, Duration::from_millis(500))
        .get(origin.url("/"))
        .call();
    // On a machine that is very busy not even the head comes in time.
    if let Ok(response) = response {
        let mut body = response.into_body().into_reader();
        assert!(body.read_to_end(&mut Vec::new()).is_err());
        assert!(body.read(&mut [0]).is_err());
    }
    assert_eq!(cache.usage().unwrap().entries, 0);
    drop(open);
}

#[test]
fn an_origin_that_does_not_answer_is_one_that_fails() {
    // req: 5861-4-02
    let lines = [
        ("Cache-Control", "max-age=0, stale-if-error=60"),
        ("ETag", "\"1\""),
    ];
    let (open, closed) = gate();
    let silent = Reply::new(304, &lines, "");
    let length = silent.len();
    let origin = Origin::script(vec![
        Reply::new(200, &lines, "hello"),
        silent.late(length, closed),
    ]);
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let patient = cache.agent(|builder| builder.proxy(None));
    patient
        .get(origin.url("/"))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let impatient = agent(&cache, Duration::from_millis(100));
    let mut response = impatient.get(origin.url("/")).call().unwrap();
    assert_eq!(CacheInfo::of(&response).unwrap().outcome(), Outcome::Stale);
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    drop(open);
}

#[test]
fn nobody_waits_for_a_request_that_has_more_time() {
    // Two agents with other timeouts do not share a request.
    let (open, closed) = gate();
    let closed = Arc::new(closed);
    let origin = Origin::new(move |_, number| {
        let reply = Reply::new(200, FRESH, "hello");
        let (length, closed) = (reply.len(), Arc::clone(&closed));
        match number {
            0 => reply.late(length, move || closed()),
            _ => reply,
        }
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let patient = cache.agent(|builder| builder.proxy(None));
    let url = origin.url("/");
    let slow = thread::spawn(move || {
        patient
            .get(url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    });
    origin.wait_for(1);
    let quick = agent(&cache, Duration::from_secs(60));
    let mut response = quick.get(origin.url("/")).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    drop(open);
    assert_eq!(slow.join().unwrap(), "hello");
}

const SHORT: Option<Duration> = Some(Duration::from_millis(300));

/// Whether `quick` has not waited for what `slow` has asked for, of which `late` bytes never come.
fn gives_up(late: usize, slow: &Agent, quick: impl FnOnce(&str) -> bool) -> bool {
    let (open, closed) = gate();
    let reply = Reply::new(200, FRESH, "hello");
    let origin = Origin::script(vec![reply.clone().late(late.min(reply.len()), closed)]);
    let url = origin.url("/");
    thread::scope(|scope| {
        let (arrived, wait) = mpsc::channel();
        let url = url.as_str();
        let reader = scope.spawn(move || {
            let response = slow.get(url).call().unwrap();
            arrived.send(()).unwrap();
            response.into_body().read_to_string().unwrap()
        });
        origin.wait_for(1);
        if late <= 5 {
            wait.recv().unwrap();
        }
        let quick = quick(url);
        // Before the gate opened, or it has waited for that.
        let in_time = !reader.is_finished();
        drop(open);
        assert_eq!(reader.join().unwrap(), "hello");
        quick && in_time
    })
}

#[test]
fn who_has_less_time_does_not_wait_for_who_has_more() {
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    // of the request
    assert!(gives_up(usize::MAX, &agent, |url| {
        let request = agent.get(url).config().timeout_global(SHORT).build();
        request.call().is_err()
    }));
    // of an agent, for its body
    let quick = cache.agent(|builder| builder.proxy(None).timeout_recv_body(SHORT));
    assert!(gives_up(5, &agent, |url| {
        let body = quick.get(url).call().unwrap().into_body();
        body.into_with_config().limit(5).read_to_vec().is_err()
    }));
    // of agents that the cache does not know
    let of = |timeout| {
        let builder = Agent::config_builder().proxy(None).timeout_global(timeout);
        Agent::from(builder.middleware(cache.middleware()).build())
    };
    let quick = of(SHORT);
    assert!(gives_up(usize::MAX, &of(None), |url| quick
        .get(url)
        .call()
        .is_err()));
}

#[test]
fn who_waits_for_another_has_no_more_time_for_that() {
    // The first answer is of no use to the second request, which has half of its time left then.
    let second = Duration::from_secs(1);
    let origin = Origin::new(move |_, number| {
        let control = if number == 0 { "no-store" } else { "max-age=60" };
        let reply = Reply::new(200, &[("Cache-Control", control)], "hello");
        let late = if number == 0 { second } else { second * 9 / 5 };
        reply.clone().late(reply.len(), move || thread::sleep(late))
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = agent(&cache, second * 2);
    thread::scope(|scope| {
        scope.spawn(|| agent.get(origin.url("/")).call().unwrap());
        origin.wait_for(1);
        let error = agent.get(origin.url("/")).call().unwrap_err();
        assert!(matches!(error, Error::Timeout(Timeout::Global)), "{error:?}");
    });
    assert_eq!(origin.count(), 2);
}

// With ureq's jar the cache cannot ask again by itself.
#[cfg(not(feature = "cookies"))]
#[test]
fn nor_who_reads_with_another() {
    // The body breaks off when half of the time is over, and the rest comes when all of it is.
    let second = Duration::from_secs(1);
    let origin = Origin::new(move |_, number| {
        let reply = Reply::new(200, FRESH, "hello, world");
        let length = reply.len();
        match number {
            0 => reply.cut(length - 5).late(0, move || thread::sleep(second)),
            _ => reply.late(5, move || thread::sleep(second * 9 / 5)),
        }
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = agent(&cache, second * 2);
    let [first, other] = [(); 2].map(|()| agent.get(origin.url("/")).call().unwrap());
    assert_eq!(origin.count(), 1);
    let read = |response: ureq::http::Response<ureq::Body>| response.into_body().read_to_string();
    assert!(read(first).is_err());
    let error = read(other).unwrap_err();
    assert!(matches!(error, Error::Timeout(Timeout::Global)), "{error:?}");
    assert_eq!(origin.count(), 2);
}

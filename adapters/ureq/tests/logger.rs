//! A log that goes through the cache that it is about.

mod flaky;
mod origin;

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use flaky::FlakyStore;
use larder_ureq::Cache;
use log::{LevelFilter, Log, Metadata, Record};
use origin::{Origin, Reply};
use ureq::Agent;

type Job = Box<dyn FnOnce() + Send>;

/// What is done once, when the log says that a commit failed.
struct Logger(Mutex<Option<Job>>);

static LOGGER: Logger = Logger(Mutex::new(None));

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.args().to_string().contains("commit an entry") {
            let job = self.0.lock().unwrap().take();
            job.into_iter().for_each(|job| job());
        }
    }

    fn flush(&self) {}
}

fn get(agent: &Agent, url: &str) -> String {
    let mut response = agent.get(url).call().unwrap();
    response.body_mut().read_to_string().unwrap()
}

#[test]
fn it_may_use_the_cache_while_somebody_clears_it() {
    let origin = Origin::script(vec![Reply::new(200, &[("Cache-Control", "max-age=60")], "hello")]);
    let store = FlakyStore::default();
    let cache = Arc::new(Cache::new(store.clone()));
    let agent = cache.agent(|builder| builder.proxy(None));
    let (of_log, log_url) = (agent.clone(), origin.url("/log"));
    let job = move || {
        let clearing = thread::spawn(move || cache.clear().unwrap());
        thread::sleep(Duration::from_millis(100));
        assert_eq!(get(&of_log, &log_url), "hello");
        clearing.join().unwrap();
    };
    *LOGGER.0.lock().unwrap() = Some(Box::new(job));
    log::set_logger(&LOGGER).unwrap();
    log::set_max_level(LevelFilter::Warn);
    // lookup, begin, append_head, append, lookup, commit
    store.fail_at(5, 1);
    let (done, wait) = mpsc::channel();
    let url = origin.url("/");
    thread::spawn(move || done.send(get(&agent, &url)));
    assert_eq!(wait.recv_timeout(Duration::from_secs(20)).unwrap(), "hello");
    assert!(LOGGER.0.lock().unwrap().is_none());
}

//! Many threads, few URIs, and bodies that say what they are: what each answer may be is known from
//! what had been answered before it was asked for.

mod draw;
mod origin;

use std::collections::HashSet;
use std::io::Read;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use draw::Draw;
use larder_ureq::{Cache, CacheInfo, CacheMode, MemoryStore, Outcome, StatusAsError};
use origin::{Asked, Origin, Reply};
use ureq::http::Response;
use ureq::{Agent, Body};

const THREADS: u64 = 64;
const REQUESTS: usize = 50;
const LANGUAGES: [&str; 3] = ["none", "de", "en"];
const USERS: [&str; 3] = ["nobody", "alice", "bob"];

/// How long each URI is fresh, how large it is about, and whether it has an entity tag.
const URIS: [(&str, usize, bool); 6] = [
    ("max-age=3600", 3_000, true),
    ("max-age=3600", 300_000, false),
    ("max-age=0", 3_000, true),
    (
        "max-age=0, stale-while-revalidate=60, stale-if-error=60",
        40_000,
        true,
    ),
    ("no-store", 3_000, false),
    ("max-age=0, must-revalidate", 300_000, true),
];

/// Of a URI, a language and a user: no two are alike.
fn body((uri, language, user): (usize, &str, &str), version: usize) -> Vec<u8> {
    let line = format!("{uri} {language} {user} {version}\n");
    let size = URIS[uri].1 + (version * 7919 + language.len() * 31) % 1000;
    let mut body = line.repeat(size / line.len()).into_bytes();
    body.extend_from_slice(b"end\n");
    body
}

/// The versions of the URIs, and when each answer was asked for, counted.
struct World {
    versions: [AtomicUsize; URIS.len()],
    answers: Mutex<Vec<u64>>,
    moment: AtomicU64,
}

impl World {
    fn answer(&self, asked: &Asked, number: usize) -> Reply {
        let mut draw = Draw::seeded(number as u64 + 1);
        let uri: usize = asked.path[1..].parse().unwrap();
        if asked.method == "POST" {
            let version = self.versions[uri].fetch_add(1, SeqCst) + 1;
            return Reply::new(200, &[], version.to_string());
        }
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            answers.push(self.moment.fetch_add(1, SeqCst));
            (answers.len() - 1).to_string()
        };
        std::thread::sleep(Duration::from_millis(draw.below(4)));
        let version = self.versions[uri].load(SeqCst);
        let field = |name, none| asked.field(name).unwrap_or(none);
        let thing = (
            uri,
            field("accept-language", LANGUAGES[0]),
            field("authorization", USERS[0]),
        );
        let tag = format!("\"{uri}-{}-{}-{version}\"", thing.1, thing.2);
        let (control, _, tagged) = URIS[uri];
        let mut lines = vec![("Cache-Control", control), ("Vary", "Accept-Language")];
        lines.extend(tagged.then_some(("ETag", tag.as_str())));
        if draw.percent(4) {
            return Reply::new(503, &[], "failed");
        }
        if tagged && asked.field("if-none-match") == Some(&tag) {
            return Reply::new(304, &lines, "");
        }
        if asked.method == "HEAD" {
            return Reply::head(200, &lines);
        }
        let version = version.to_string();
        lines.extend([("X-Version", version.as_str()), ("X-Answer", &answer)]);
        let body = body(thing, version.parse().unwrap());
        let reply = match draw.percent(40) {
            true => Reply::chunked(200, &lines, &body.chunks(30_000).collect::<Vec<_>>()),
            false => Reply::new(200, &lines, &body),
        };
        match draw.percent(5) {
            true => reply.clone().cut(draw.below(reply.len() as u64) as usize),
            false => reply,
        }
    }
}

/// What has been answered.
#[derive(Default)]
struct Known {
    /// The versions that nobody may be behind any more.
    posted: [usize; URIS.len()],
    /// What was asked for before has been removed.
    removed: [u64; URIS.len()],
    missed: HashSet<String>,
    answered: u64,
    collapsed: u64,
}

struct Run {
    world: Arc<World>,
    cache: Cache<MemoryStore>,
    agent: Agent,
    origin: Origin,
    known: Mutex<Known>,
}

impl Run {
    fn client(&self, number: u64) {
        let mut draw = Draw::seeded(number + 1);
        for _ in 0..REQUESTS {
            let uri = draw.below(URIS.len() as u64) as usize;
            match draw.below(60) {
                0 | 1 => self.post(uri),
                2 => self.remove(&mut draw, uri),
                _ => self.get(&mut draw, uri),
            }
        }
    }

    fn post(&self, uri: usize) {
        let mut response = self
            .agent
            .post(self.origin.url(&format!("/{uri}")))
            .send("x")
            .unwrap();
        let version = response.body_mut().read_to_string().unwrap().parse().unwrap();
        let mut known = self.known.lock().unwrap();
        known.answered += 1;
        known.posted[uri] = known.posted[uri].max(version);
    }

    fn remove(&self, draw: &mut Draw, uri: usize) {
        let before = self.world.moment.fetch_add(1, SeqCst);
        let mut gone = uri..uri + 1;
        match draw.percent(20) {
            true => {
                self.cache.clear().unwrap();
                gone = 0..URIS.len();
            }
            false => _ = self.cache.remove(&self.origin.url(&format!("/{uri}"))).unwrap(),
        }
        let mut known = self.known.lock().unwrap();
        gone.for_each(|uri| known.removed[uri] = known.removed[uri].max(before));
    }

    fn get(&self, draw: &mut Draw, uri: usize) {
        let thing = (uri, draw.pick(&LANGUAGES), draw.pick(&USERS));
        let (posted, removed) = {
            let known = self.known.lock().unwrap();
            (known.posted[uri], known.removed[uri])
        };
        let head = draw.percent(5);
        let url = self.origin.url(&format!("/{uri}"));
        let mut request = if head {
            self.agent.head(url)
        } else {
            self.agent.get(url)
        };
        if thing.1 != LANGUAGES[0] {
            request = request.header("accept-language", thing.1);
        }
        if thing.2 != USERS[0] {
            request = request.header("authorization", thing.2);
        }
        let mode = match draw.below(40) {
            0 => CacheMode::Reload,
            1 => CacheMode::NoStore,
            2 => CacheMode::OnlyIfCached,
            _ => CacheMode::Default,
        };
        let request = request.extension(mode).extension(StatusAsError(false));
        let Ok(response) = request.call() else { return };
        let info = CacheInfo::of(&response).unwrap().clone();
        {
            let mut known = self.known.lock().unwrap();
            known.answered += 1;
            known.collapsed += u64::from(info.collapsed());
        }
        if response.status() != 200 || !response.headers().contains_key("x-answer") {
            return;
        }
        let told = |name| response.headers()[name].to_str().unwrap();
        let (version, answer) = (
            told("x-version").parse::<usize>().unwrap(),
            told("x-answer").to_owned(),
        );
        assert!(version >= posted, "{thing:?} is behind {posted}: {info:?}");
        let asked = self.world.answers.lock().unwrap()[answer.parse::<usize>().unwrap()];
        assert!(asked >= removed, "{thing:?} has come back: {info:?}");
        if info.outcome() == Outcome::Miss {
            assert!(
                self.known.lock().unwrap().missed.insert(answer),
                "{thing:?}: one answer for two"
            );
        }
        let from_store = !matches!(info.outcome(), Outcome::Miss | Outcome::Bypass);
        assert!(!(from_store && URIS[uri].0 == "no-store"), "{info:?}");
        let expected = if head { Vec::new() } else { body(thing, version) };
        self.read(draw, response, &expected);
    }

    /// Reads all of it or a part, or nothing.
    fn read(&self, draw: &mut Draw, response: Response<Body>, expected: &[u8]) {
        let length = response.headers().get("content-length").cloned();
        let mut reader = response.into_body().into_reader();
        let mut read = Vec::new();
        let most = match draw.below(10) {
            0 => 0,
            1 => draw.below(expected.len() as u64 + 1),
            2 => {
                std::thread::sleep(Duration::from_millis(draw.below(20)));
                u64::MAX
            }
            _ => u64::MAX,
        };
        let result = reader.by_ref().take(most).read_to_end(&mut read);
        assert!(expected.starts_with(&read), "other bytes");
        if result.is_err() || most < u64::MAX {
            return;
        }
        assert_eq!(read.len(), expected.len(), "not all of them");
        let length = length.filter(|_| !expected.is_empty());
        assert!(length.is_none_or(|length| length == read.len().to_string().as_str()));
    }
}

#[test]
fn nobody_gets_what_is_out_of_date_or_not_his() {
    // req: 9111-4-02, 9111-4.1-01, 9111-4.4-01, 9111-5.2.2.5-01
    let world = Arc::new(World {
        versions: Default::default(),
        answers: Mutex::default(),
        moment: AtomicU64::new(1),
    });
    let answering = Arc::clone(&world);
    let origin = Origin::new(move |asked, number| answering.answer(asked, number));
    let cache = Cache::new(MemoryStore::new(8 << 20));
    let agent = cache.agent(|builder| builder.proxy(None).max_idle_connections_per_host(64));
    let known = Mutex::default();
    let run = Run {
        world,
        cache,
        agent,
        origin,
        known,
    };
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let run = &run;
            scope.spawn(move || run.client(number));
        }
    });
    assert!(run.cache.wait(Duration::from_secs(60)));
    let (stats, known) = (run.cache.stats(), run.known.into_inner().unwrap());
    let answered = stats.hits + stats.stale_hits + stats.validations + stats.misses;
    assert_eq!(answered + stats.bypasses + stats.refusals, known.answered);
    assert_eq!(stats.collapsed, known.collapsed);
    assert!(
        stats.hits > 100 && stats.validations > 100 && stats.collapsed > 10,
        "{stats:?}"
    );
    run.cache.clear().unwrap();
    assert_eq!(run.cache.usage().unwrap().bytes, 0, "half of something is left");
}

//! One client, whatever it asks and however the origin or the store fails: nothing older than what it has been told.

mod draw;
mod flaky;
mod origin;

use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use draw::Draw;
use flaky::FlakyStore;
use larder_ureq::{Cache, CacheInfo, CacheMode, Outcome, StatusAsError};
use origin::{Asked, Origin, Reply};

/// How the origin answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Well,
    Foreign304,
    Silent304,
    NoStore304,
    NoStore,
    CutOff,
    UntilClose,
    Chunked,
    Large,
    Error,
    Unnamed,
}

use Mood::{
    Chunked, CutOff, Error, Foreign304, Large, NoStore, NoStore304, Silent304, Unnamed, UntilClose, Well,
};

const MOODS: [Mood; 13] = [
    Well, Well, Well, Foreign304, Silent304, NoStore304, NoStore, CutOff, UntilClose, Chunked, Large, Error,
    Unnamed,
];
const CONTROL: [&str; 3] = [
    "max-age=60",
    "max-age=60, stale-if-error=60",
    "max-age=0, stale-while-revalidate=60, stale-if-error=60",
];
const MODES: [CacheMode; 7] = [
    CacheMode::Default,
    CacheMode::Default,
    CacheMode::Default,
    CacheMode::Default,
    CacheMode::Reload,
    CacheMode::NoStore,
    CacheMode::OnlyIfCached,
];
const LARGEST: u64 = 2000;

/// A resource, its version now, and the version that the last POST has led to.
struct World {
    control: &'static str,
    now: AtomicUsize,
    posted: AtomicUsize,
    mood: Mutex<Mood>,
}

/// No two versions in a row are as long: without a validator HEAD could not tell them apart.
fn text(version: usize, variant: &str, user: &str) -> String {
    format!("{version:03}.{variant}.{user}{}", "+".repeat(version % 7))
}

impl World {
    fn answer(&self, asked: &Asked) -> Reply {
        let mood = *self.mood.lock().unwrap();
        if asked.method == "POST" {
            let version = self.now.fetch_add(1, SeqCst) + 1;
            self.posted.store(version, SeqCst);
            return Reply::new(204, &[], "");
        }
        let field = |name| asked.field(name).unwrap_or("-");
        let body = text(self.now.load(SeqCst), field("x-variant"), field("authorization"));
        let tag = format!("\"{body}\"");
        let control = match mood {
            NoStore => "no-store",
            _ => self.control,
        };
        let mut lines = vec![
            ("Cache-Control", control),
            ("Vary", "X-Variant"),
            ("X-Body", &body),
        ];
        if mood != Unnamed {
            lines.push(("ETag", &tag));
        }
        let condition = asked.field("if-none-match");
        match mood {
            Error => return Reply::new(503, &[], "failed"),
            Foreign304 if condition.is_some() => return Reply::new(304, &[("ETag", "\"other\"")], ""),
            Silent304 if condition == Some(&tag) => return Reply::new(304, &[], ""),
            NoStore304 if condition == Some(&tag) => {
                return Reply::new(304, &[("Cache-Control", "no-store")], "");
            }
            _ if condition == Some(&tag) => return Reply::new(304, &lines, ""),
            _ => {}
        }
        if asked.method == "HEAD" {
            let length = body.len().to_string();
            lines.push(("Content-Length", &length));
            return Reply::head(200, &lines);
        }
        let reply = Reply::new(200, &lines, &body);
        match mood {
            CutOff => reply.clone().cut(reply.len() - 3),
            Chunked => Reply::chunked(200, &lines, &[&body.as_bytes()[..2], &body.as_bytes()[2..]]),
            Large => Reply::new(200, &lines, format!("{body}{}", " ".repeat(3000))),
            UntilClose => {
                let head: String = lines
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                Reply::raw(format!(
                    "HTTP/1.1 200 OK\r\n{head}Connection: close\r\n\r\n{body}"
                ))
                .closing()
            }
            _ => reply,
        }
    }
}

fn history(seed: u64, counts: &mut HashMap<String, u32>) {
    let mut draw = Draw::seeded(seed);
    // Much at once hides everything: each history has a few kinds of trouble.
    let [changes, strange, fails, modes, partly, heads] = [(); 6].map(|()| draw.below(2) == 0);
    let world = Arc::new(World {
        control: draw.pick(&CONTROL),
        now: AtomicUsize::new(1),
        posted: AtomicUsize::new(1),
        mood: Mutex::new(Well),
    });
    let answering = Arc::clone(&world);
    let origin = Origin::new(move |asked, _| answering.answer(asked));
    let store = FlakyStore::default();
    let cache = Cache::builder(store.clone()).max_entry_size(LARGEST).build();
    let agent = cache.agent(|builder| builder.proxy(None));
    let (url, mut told, mut log) = (origin.url("/"), HashMap::new(), Vec::new());
    for _ in 0..16 {
        if changes && draw.below(3) == 0 {
            world.now.fetch_add(1, SeqCst);
        }
        let mood = if strange { draw.pick(&MOODS) } else { Well };
        *world.mood.lock().unwrap() = mood;
        let count = if fails {
            draw.pick(&[0, 0, 1, 1, 2, 100])
        } else {
            0
        };
        store.fail_at(store.operations() + draw.below(9), count);
        if draw.below(10) == 0 {
            let posted = agent.post(&url).send("x");
            log.push(format!(
                "POST {mood:?}: {:?}",
                posted.map(|response| response.status())
            ));
            continue;
        }
        let (variant, user) = (draw.pick(&["-", "-", "b"]), draw.pick(&["-", "-", "alice"]));
        let mode = if modes {
            draw.pick(&MODES)
        } else {
            CacheMode::Default
        };
        let head = heads && draw.below(4) == 0;
        let mut request = if head { agent.head(&url) } else { agent.get(&url) };
        for (name, value) in [("X-Variant", variant), ("Authorization", user)] {
            if value != "-" {
                request = request.header(name, value);
            }
        }
        if draw.below(6) == 0 {
            request = request.header("Cache-Control", draw.pick(&["no-cache", "no-store", "max-stale"]));
        }
        let asked = format!(
            "{mood:?} {mode:?} {} {head} {variant} {user}",
            world.now.load(SeqCst)
        );
        let least = world.posted.load(SeqCst);
        let Ok(mut response) = request.extension(mode).extension(StatusAsError(false)).call() else {
            log.push(format!("{asked}: an error"));
            continue;
        };
        let now = world.now.load(SeqCst);
        let outcome = CacheInfo::of(&response).unwrap().outcome();
        *counts.entry(format!("{outcome:?}")).or_default() += 1;
        let body = response.headers().get("x-body").cloned();
        let most = if partly {
            draw.pick(&[u64::MAX, u64::MAX, 4, 0])
        } else {
            u64::MAX
        };
        let mut read = String::new();
        let result = response
            .body_mut()
            .as_reader()
            .take(most)
            .read_to_string(&mut read);
        drop(response);
        assert!(cache.wait(Duration::from_secs(60)));
        log.push(format!("{asked}: {outcome:?}, {body:?}, {read:?}, {result:?}"));
        let Some(body) = body else { continue };
        let body = body.to_str().unwrap();
        let version: usize = body[..3].parse().unwrap();
        let told = told.entry((variant, user)).or_insert(1);
        let least = match outcome {
            Outcome::Miss | Outcome::Bypass => now,
            _ => least.max(*told),
        };
        assert!((least..=now).contains(&version), "{seed}: {log:#?}");
        assert_eq!(body, text(version, variant, user), "{seed}: {log:#?}");
        assert!(body.starts_with(read.trim_end()), "{seed}: {log:#?}");
        let whole = most == u64::MAX && result.is_ok();
        assert!(!whole || head || read.trim_end() == body, "{seed}: {log:#?}");
        // What breaks off has replaced nothing, and what goes by the cache is nothing that it knows of.
        if result.is_ok() && mood != CutOff && mode != CacheMode::NoStore {
            *told = version;
        }
    }
}

#[test]
fn nothing_older_than_what_was_told() {
    // req: 9111-4-02, 9111-4.1-01, 9111-4.3.3-02, 9111-4.4-01
    let mut counts = HashMap::new();
    for seed in 1..400 {
        history(seed, &mut counts);
    }
    for outcome in ["Miss", "Hit", "Validated", "Stale", "Bypass"] {
        assert!(counts.get(outcome).is_some_and(|count| *count > 10), "{counts:?}");
    }
}

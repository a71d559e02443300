//! One request from start to end.

use super::fields::{Lines, etag, has};
use super::invalidation::is_safe;
use super::reuse::{Failure, View, Why};
use super::said::Asked;
use super::validation::{client_has_it, conditional};
use super::vary::{of_resource, preferred, suitable};
use super::{Answer, Entry, Forward, ModelCache, Moment, Outcome, Reply, Request, Times, storing};

/// A remaining lifetime that nothing says.
pub const UNTOLD: i128 = -1;

/// The world outside: what a forwarded request comes to, and when.
pub trait World {
    fn now(&self) -> Moment;
    fn send(&mut self, request: &Request, lines: &Lines) -> (Reply, Times);
}

/// The client's directives and conditions have no part in a background validation
/// (9111-4.3.1-01); who sends it leaves them out.
pub fn for_background(request: &Request) -> Request {
    let clients = ["cache-control", "pragma", "if-none-match", "if-modified-since"];
    let mut request = request.clone();
    request
        .lines
        .retain(|line| !clients.contains(&line.0.to_ascii_lowercase().as_str()));
    request
}

/// One request in progress.
pub struct Run<'a> {
    pub cache: &'a mut ModelCache,
    pub request: &'a Request,
    pub world: &'a mut dyn World,
    pub forwards: Vec<Forward>,
    pub stored: Option<u64>,
}

impl ModelCache {
    pub fn step(&mut self, request: &Request, world: &mut dyn World) -> Outcome {
        let mut run = Run {
            cache: self,
            request,
            world,
            forwards: Vec::new(),
            stored: None,
        };
        let answer = run.answer();
        let background = matches!(
            answer,
            Answer::Stored {
                why: Why::WhileRevalidate,
                ..
            } | Answer::NotModified {
                why: Why::WhileRevalidate,
                ..
            }
        );
        Outcome {
            forwards: run.forwards,
            stored: run.stored,
            answer,
            background,
        }
    }

    /// The validation that stale-while-revalidate wants (5861-3-02): whatever the age.
    pub fn background(&mut self, request: &Request, world: &mut dyn World) -> Outcome {
        let mut run = Run {
            cache: self,
            request,
            world,
            forwards: Vec::new(),
            stored: None,
        };
        let best = run.best();
        let others = run.others(best.as_ref());
        let answer = run.forward(best, &others);
        Outcome {
            forwards: run.forwards,
            stored: run.stored,
            answer,
            background: false,
        }
    }
}

/// Requests that nothing stored answers: safe methods without caching rules, conditions that
/// only an origin judges (9111-4.3.2-02), ranges (9110-14.2-01), a GET with content
/// (9110-9.3.1-02). What comes back may be stored all the same (9110-14.2-06).
fn passed_by(request: &Request) -> bool {
    let lines = &request.lines;
    let range = request.method == "GET" && has(lines, "range");
    let conditions = ["if-match", "if-unmodified-since"]
        .iter()
        .any(|name| has(lines, name));
    ["OPTIONS", "TRACE"].contains(&request.method.as_str())
        || (is_safe(&request.method) && (range || conditions || storing::has_content(request)))
}

impl Run<'_> {
    fn answer(&mut self) -> Answer {
        let asked = Asked::new(&self.cache.options, &self.request.lines);
        if self.request.method == "CONNECT" {
            return self.tunnel(); // 9111-1-01
        }
        if passed_by(self.request) {
            return match asked.only_if_cached {
                true => Answer::Failed,
                false => self.forward(None, &[]),
            };
        }
        let best = self.best();
        if let Some(entry) = &best {
            let view = View::new(&self.cache.options, entry, &self.world.now());
            if let Some(why) = view.reuse(&self.cache.options, self.request) {
                return self.serve(entry, why);
            }
        }
        if asked.only_if_cached {
            return Answer::Failed; // 9111-5.2.1.7-01
        }
        let others = self.others(best.as_ref());
        self.forward(best, &others)
    }

    /// All that can be asked about beside the best: whatever Vary nominates, by their tags
    /// alone (9111-4.1-01, 9111-4.3.1-02).
    fn others(&self, best: Option<&Entry>) -> Vec<Entry> {
        let entries = self.cache.entries.iter();
        let wanted = |entry: &&Entry| {
            self.cache.options.validate_others
                && of_resource(entry, self.request)
                && etag(&entry.lines).is_some()
                && best.is_none_or(|best| best.id != entry.id)
        };
        entries.filter(wanted).cloned().collect()
    }

    fn best(&self) -> Option<Entry> {
        let fits = |entry: &&Entry| suitable(&self.cache.options, entry, self.request);
        preferred(self.cache.entries.iter().filter(fits)).cloned()
    }

    pub fn send(&mut self, on: Option<u64>, lines: Lines) -> (Reply, Times) {
        self.forwards.push(Forward {
            on,
            lines: lines.clone(),
        });
        self.world.send(self.request, &lines)
    }

    fn tunnel(&mut self) -> Answer {
        match self.send(None, self.request.lines.clone()).0 {
            Reply::Response(response) => Answer::Origin(response),
            Reply::Failed(_) => Answer::Failed,
        }
    }

    fn serve(&self, entry: &Entry, why: Why) -> Answer {
        self.serve_unless(client_has_it(self.request, entry), entry, why)
    }

    pub fn serve_unless(&self, client_has_it: bool, entry: &Entry, why: Why) -> Answer {
        let view = View::new(&self.cache.options, entry, &self.world.now());
        let (age, left) = view.seconds();
        let mut lines = entry.lines.clone();
        lines.retain(|line| !line.0.eq_ignore_ascii_case("age"));
        if let Some(age) = age {
            lines.push(("Age".to_string(), age.to_string())); // 9111-4-07, -08
        }
        if client_has_it {
            // 9110-15.4.5-01, -02
            let mut kept = vec![
                "age",
                "cache-control",
                "content-location",
                "date",
                "etag",
                "expires",
                "vary",
            ];
            if !has(&lines, "etag") {
                kept.push("last-modified");
            }
            lines.retain(|line| kept.contains(&line.0.to_ascii_lowercase().as_str()));
            return Answer::NotModified {
                id: entry.id,
                lines,
                age,
                why,
            };
        }
        Answer::Stored {
            id: entry.id,
            status: entry.status,
            lines,
            body: entry.body,
            age,
            left,
            why,
        }
    }

    fn forward(&mut self, best: Option<Entry>, others: &[Entry]) -> Answer {
        let nominee = best.clone().or_else(|| preferred(others.iter()).cloned());
        let beside = others
            .iter()
            .filter(|other| nominee.as_ref().is_some_and(|n| n.id != other.id));
        let among: Vec<_> = beside.filter_map(|other| etag(&other.lines)).collect();
        let changed = nominee
            .as_ref()
            .and_then(|entry| conditional(self.request, entry, &among, best.is_some()));
        let on = nominee
            .as_ref()
            .filter(|_| changed.is_some())
            .map(|entry| entry.id);
        let (reply, times) = self.send(on, changed.unwrap_or(self.request.lines.clone()));
        match reply {
            Reply::Failed(failure) => self.failed(best.as_ref(), failure).unwrap_or(Answer::Failed),
            Reply::Response(response) => match (best, on) {
                (Some(best), on) if response.status == 304 => {
                    self.not_modified(&best, others, on, response, &times)
                }
                (None, Some(_)) if response.status == 304 => {
                    let nominee = nominee.expect("it was asked about");
                    self.not_modified(&nominee, others, on, response, &times)
                }
                (Some(best), _) if response.status >= 500 => {
                    // 9111-4.3.3-04, 9110-15-02
                    let failure = Failure::Status(response.status);
                    self.failed(Some(&best), failure)
                        .unwrap_or_else(|| self.full(None, response, &times))
                }
                (best, _) => self.full(best, response, &times),
            },
        }
    }

    pub fn client_asked(&self) -> bool {
        ["if-none-match", "if-modified-since"]
            .iter()
            .any(|name| has(&self.request.lines, name))
    }

    fn failed(&self, best: Option<&Entry>, failure: Failure) -> Option<Answer> {
        let view = View::new(&self.cache.options, best?, &self.world.now());
        let why = view.on_failure(&self.cache.options, self.request, failure)?;
        Some(self.serve(best?, why))
    }
}

//! One request from start to end.

use super::fields::{Lines, TagList, etag, has, tag_list};
use super::freshness::date_of;
use super::invalidation::{is_safe, targets};
use super::reuse::{Failure, View, Why};
use super::said::Asked;
use super::uri::Uri;
use super::validation::{Confirmed, client_has_it, conditional, confirmed, head_agrees, updated};
use super::vary::{preferred, selecting, suitable};
use super::{
    Answer, Entry, Forward, Kind, ModelCache, Moment, Outcome, Reply, Request, Response, Times, storing,
};

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
struct Run<'a> {
    cache: &'a mut ModelCache,
    request: &'a Request,
    world: &'a mut dyn World,
    forwards: Vec<Forward>,
    stored: Option<u64>,
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
        let answer = run.forward(best);
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
        let best = if passed_by(self.request) {
            None
        } else {
            self.best()
        };
        if let Some(entry) = &best {
            let view = View::new(&self.cache.options, entry, &self.world.now());
            if let Some(why) = view.reuse(&self.cache.options, self.request) {
                return self.serve(entry, why);
            }
        }
        if asked.only_if_cached {
            return Answer::Failed; // 9111-5.2.1.7-01
        }
        self.forward(best)
    }

    fn best(&self) -> Option<Entry> {
        let fits = |entry: &&Entry| suitable(&self.cache.options, entry, self.request);
        preferred(self.cache.entries.iter().filter(fits)).cloned()
    }

    fn send(&mut self, on: Option<u64>, lines: Lines) -> (Reply, Times) {
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

    fn serve_unless(&self, client_has_it: bool, entry: &Entry, why: Why) -> Answer {
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

    fn forward(&mut self, best: Option<Entry>) -> Answer {
        let changed = best.as_ref().and_then(|entry| conditional(self.request, entry));
        let on = best.as_ref().filter(|_| changed.is_some()).map(|entry| entry.id);
        let (reply, times) = self.send(on, changed.unwrap_or(self.request.lines.clone()));
        match reply {
            Reply::Failed(failure) => self.failed(best.as_ref(), failure).unwrap_or(Answer::Failed),
            Reply::Response(response) => match (best, on) {
                (Some(best), Some(_)) if response.status == 304 => self.not_modified(&best, response, &times),
                (Some(best), _) if response.status >= 500 => {
                    // 9111-4.3.3-04, 9110-15-02
                    let failure = Failure::Status(response.status);
                    self.failed(Some(&best), failure)
                        .unwrap_or_else(|| self.full(None, response, &times))
                }
                // A 304 that nobody asked for: once more, it is of no use to the client.
                (Some(_), None) if response.status == 304 && !self.client_asked() => self.retry(),
                // A 304 to the client's own condition says nothing of an entry without validators.
                (best, _) => self.full(best.filter(|_| response.status != 304), response, &times),
            },
        }
    }

    fn client_asked(&self) -> bool {
        ["if-none-match", "if-modified-since"]
            .iter()
            .any(|name| has(&self.request.lines, name))
    }

    fn failed(&self, best: Option<&Entry>, failure: Failure) -> Option<Answer> {
        let view = View::new(&self.cache.options, best?, &self.world.now());
        let why = view.on_failure(&self.cache.options, self.request, failure)?;
        Some(self.serve(best?, why))
    }

    fn not_modified(&mut self, best: &Entry, response: Response, times: &Times) -> Answer {
        let options = self.cache.options.clone();
        let fresh = &response.lines;
        let fits = |entry: &&Entry| suitable(&options, entry, self.request);
        let candidates: Vec<&Entry> = self.cache.entries.iter().filter(fits).collect();
        let clients: Vec<_> = match tag_list(&self.request.lines) {
            Some(TagList::Tags {
                tags,
                wellformed: true,
            }) => tags,
            _ => Vec::new(),
        };
        // A 304 that does not say what it confirms is the client's if its list of tags was all
        // that was asked, and anybody's if the list was asked about beside the entry's own tag.
        let listed = has(&self.request.lines, "if-none-match");
        let unchanged = listed && etag(&best.lines).is_none();
        let silent = etag(fresh).is_none() && date_of(fresh, "last-modified", &times.got).is_none();
        let clients_own = etag(fresh).is_some_and(|tag| clients.iter().any(|client| client.weak_eq(&tag)));
        let found = confirmed(&options, &candidates, best.id, fresh, &times.got);
        let ids = match found {
            // Where it confirms others but not the nominated one, asking again is as safe, and
            // simpler than 9111-4.3.4-02 would have it.
            Confirmed::Entries(ids) if !(silent && listed) && ids.contains(&best.id) => ids,
            // 9111-4.3.2-09, 9110-15.4.5-03
            _ if unchanged || clients_own => return Answer::Origin(response),
            _ => return self.retry(), // 9111-4.3.4-03
        };
        let no_store = Asked::new(&options, &self.request.lines).no_store;
        let hidden = storing::connection_hides_rules(fresh);
        let (mut served, mut forbidden) = (None, false);
        for id in ids {
            let Some(old) = self.cache.entry(id).cloned() else {
                continue;
            };
            let new = updated(&options, &old, self.request, fresh, times);
            let kept = !hidden && storing::may_keep(&options, self.request, new.status, &new.lines);
            if id == best.id {
                // The update says that it is still the old one: since its old Date, if nothing else
                // says since when.
                let mut judged = old.clone();
                if date_of(fresh, "last-modified", &times.got).is_some() {
                    judged
                        .lines
                        .retain(|line| !line.0.eq_ignore_ascii_case("last-modified"));
                    judged.lines.extend(
                        fresh
                            .iter()
                            .filter(|l| l.0.eq_ignore_ascii_case("last-modified"))
                            .cloned(),
                    );
                }
                let current = client_has_it(self.request, &judged);
                (served, forbidden) = (Some((current, new.clone())), !kept);
            }
            if !kept || (self.cache.full && id == best.id && !no_store) {
                self.cache.remove(id);
            } else if !no_store {
                // Nothing of a no-store request's response is kept (9111-5.2.1.5-01).
                self.replace(new);
            }
        }
        let mut answer = served.map_or(Answer::Failed, |(current, entry)| {
            self.serve_unless(current, &entry, Why::Validated)
        });
        if let (Answer::Stored { left, .. }, true) = (&mut answer, forbidden) {
            *left = UNTOLD; // the entry goes, and its directives with it
        }
        answer
    }

    /// Once more, without the cache's own conditions, and not again (9110-9.2.2-02).
    fn retry(&mut self) -> Answer {
        let (reply, times) = self.send(None, self.request.lines.clone());
        match reply {
            Reply::Response(response) => self.full(None, response, &times),
            Reply::Failed(_) => Answer::Failed,
        }
    }

    fn replace(&mut self, new: Entry) {
        if self.cache.full && !new.marked {
            return; // there is room for a mark, not for a head
        }
        for entry in &mut self.cache.entries {
            if entry.id == new.id {
                *entry = new.clone();
            }
        }
    }

    /// A response that is what the client gets. `best` was nominated and is unsuitable
    /// (9111-4.3.3-02, -03).
    fn full(&mut self, best: Option<Entry>, response: Response, times: &Times) -> Answer {
        let options = self.cache.options.clone();
        if self.request.method == "HEAD" && response.status == 200 && options.head_update {
            self.head_update(&response, times);
        }
        if let Some(best) = best.filter(|best| self.request.method == "GET" || best.kind == Kind::Head) {
            self.cache.remove(best.id);
        }
        let untrue = targets(&options, self.request, &response);
        for entry in self
            .cache
            .entries
            .iter_mut()
            .filter(|entry| untrue.contains(&entry.uri))
        {
            entry.marked = true;
        }
        if storing::may_store(&options, self.request, &response, &times.got) {
            self.store(&response, times);
        }
        Answer::Origin(response)
    }

    /// 9111-4.3.5-01 to -05
    fn head_update(&mut self, response: &Response, times: &Times) {
        let options = self.cache.options.clone();
        let no_store = Asked::new(&options, &self.request.lines).no_store;
        let fits = |entry: &&Entry| entry.kind == Kind::Get && suitable(&options, entry, self.request);
        let found: Vec<Entry> = self.cache.entries.iter().filter(fits).cloned().collect();
        for old in found {
            if !head_agrees(&old, &response.lines, &times.got) {
                self.replace(Entry { marked: true, ..old });
                continue;
            }
            let new = updated(&options, &old, self.request, &response.lines, times);
            let hidden = storing::connection_hides_rules(&response.lines);
            if hidden || !storing::may_keep(&options, self.request, new.status, &new.lines) {
                self.cache.remove(old.id);
            } else if !no_store {
                self.replace(new);
            }
        }
    }

    /// A new entry takes the place of those for the same method, user and selecting fields.
    fn store(&mut self, response: &Response, times: &Times) {
        let options = &self.cache.options;
        let (lines, date_is_ours) = storing::stored_lines(&response.lines, &times.got);
        let Some(uri) = Uri::parse(&self.request.uri) else {
            return;
        };
        let kind = if self.request.method == "HEAD" {
            Kind::Head
        } else {
            Kind::Get
        };
        let selecting = selecting(options, self.request, &lines);
        let user = self.request.user;
        let same = |e: &Entry| e.uri == uri && e.user == user && e.kind == kind && e.selecting == selecting;
        self.cache.entries.retain(|entry| !same(entry));
        self.cache.last_id += 1;
        let id = self.cache.last_id;
        self.stored = Some(id);
        let (status, body, times) = (response.status, response.body, times.clone());
        let entry = Entry {
            id,
            uri,
            user,
            kind,
            status,
            lines,
            date_is_ours,
            selecting,
            times,
            body,
            marked: false,
        };
        self.cache.entries.push(entry);
    }
}

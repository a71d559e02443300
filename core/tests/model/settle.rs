//! What the origin's answer changes in the store.

use super::fields::{Lines, TagList, etag, has, tag_list};
use super::freshness::date_of;
use super::invalidation::targets;
use super::reuse::Why;
use super::said::Asked;
use super::step::{Run, UNTOLD};
use super::uri::Uri;
use super::validation::{Confirmed, client_has_it, confirmed, head_agrees, updated};
use super::vary::{of_resource, preferred, selecting, suitable};
use super::{Answer, Entry, Kind, Reply, Response, Times, storing};

impl Run<'_> {
    /// `best` was nominated, `others` were asked about as well; `on`: the entry whose
    /// validators were sent, if any were.
    pub fn not_modified(
        &mut self,
        best: &Entry,
        others: &[Entry],
        on: Option<u64>,
        response: Response,
        times: &Times,
    ) -> Answer {
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
        let unchanged = if on.is_some() {
            listed && etag(&best.lines).is_none()
        } else {
            self.client_asked()
        };
        let silent = etag(fresh).is_none() && date_of(fresh, "last-modified", &times.got).is_none();
        let clients_own = etag(fresh).is_some_and(|tag| clients.iter().any(|client| client.weak_eq(&tag)));
        // Without a validator it does not say which of several it confirms.
        let unselected = |entry: &&Entry| !suitable(&options, entry, self.request);
        let several = options.validate_others
            && (candidates.len() > 1 || unselected(&best) || others.iter().any(|other| unselected(&other)));
        let found = confirmed(&options, &candidates, on.filter(|_| !several), fresh, &times.got);
        let ids = match found {
            Confirmed::Entries(ids) if !(silent && listed) => ids,
            _ if options.validate_others && self.named_other(fresh).is_some() => {
                // It may be used once it is validated (9111-4.1-01), but it is no candidate for
                // an update (9111-4.3.4-01).
                let old = self.named_other(fresh).expect("there is one");
                let new = updated(&options, &old, self.request, fresh, times);
                let current = client_has_it(self.request, &judged(&old, fresh, times));
                let mut answer = self.serve_unless(current, &new, Why::Validated);
                let kept = !storing::connection_hides_rules(fresh)
                    && storing::may_keep(&options, self.request, new.status, &new.lines);
                if let (Answer::Stored { left, .. }, false) = (&mut answer, kept) {
                    *left = UNTOLD;
                }
                return answer;
            }
            // 9111-4.3.2-09, 9110-15.4.5-03
            _ if unchanged || clients_own => return Answer::Origin(response),
            _ => return self.retry(best), // 9111-4.3.4-03
        };
        // It says of each of them that it is what is there now: the best of them answers.
        let named = candidates.iter().copied().filter(|entry| ids.contains(&entry.id));
        let best = &preferred(named).expect("there is one").clone();
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
                let current = client_has_it(self.request, &judged(&old, fresh, times));
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

    /// The best of the entries that Vary keeps from this request and whose tag a 304 names.
    fn named_other(&self, fresh: &Lines) -> Option<Entry> {
        let tag = etag(fresh)?;
        let options = &self.cache.options;
        let named = |entry: &&Entry| {
            of_resource(entry, self.request)
                && !suitable(options, entry, self.request)
                && etag(&entry.lines).is_some_and(|own| match tag.weak {
                    true => own.weak_eq(&tag),
                    false => own.strong_eq(&tag),
                })
        };
        preferred(self.cache.entries.iter().filter(named)).cloned()
    }

    /// Once more, without the cache's own conditions, and not again (9110-9.2.2-02). What the first
    /// request nominated is as unsuitable after a full response as it would have been at once.
    pub fn retry(&mut self, nominated: &Entry) -> Answer {
        let (reply, times) = self.send(None, self.request.lines.clone());
        match reply {
            Reply::Response(response) => {
                let full = response.status != 304 && response.status < 500;
                let suitable = full && suitable(&self.cache.options, nominated, self.request);
                let unsuitable = suitable.then(|| nominated.clone());
                self.full(unsuitable, response, &times)
            }
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
    pub fn full(&mut self, best: Option<Entry>, response: Response, times: &Times) -> Answer {
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

/// What the client's condition is judged by: the update says that it is still the old one, since
/// its old Date, if nothing else says since when.
fn judged(old: &Entry, fresh: &Lines, times: &Times) -> Entry {
    let mut judged = old.clone();
    if date_of(fresh, "last-modified", &times.got).is_some() {
        let modified = |line: &&(String, String)| line.0.eq_ignore_ascii_case("last-modified");
        judged.lines.retain(|line| !modified(&line));
        judged.lines.extend(fresh.iter().filter(modified).cloned());
    }
    judged
}

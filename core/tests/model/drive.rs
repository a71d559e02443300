//! One request through `larder::Exchange`: does what its actions say and nothing else.

use super::driver::{Core, Item, SEED, now, texts};
use super::fields::Lines;
use super::reuse::{self, Why};
use super::step::World;
use super::{Answer, Forward, Outcome, Reply, Request, Response, Times};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    Action, EntryId, Exchange, Exchanged, Failure, HeadSource, Key, Reason, RequestHead, ResponseHead,
    Served, StoredFacts, TagList,
};

fn exchanged(times: &Times) -> Exchanged {
    Exchanged::new(now(&times.asked), now(&times.got))
}

fn name(action: Action) -> &'static str {
    match action {
        Action::ReadHeads(_) => "ReadHeads",
        Action::NextHead => "NextHead",
        Action::Forward { conditional_on: None } => "Forward",
        Action::Forward { .. } => "Forward, conditional",
        Action::Retry => "Retry",
        Action::Update(_) => "Update",
        Action::Stale(_) => "Stale",
        Action::Remove(_) => "Remove",
        Action::Invalidate(_) => "Invalidate",
        Action::Store => "Store",
        Action::Serve(_) => "Serve",
        Action::NotModified(_) => "NotModified",
        Action::GatewayTimeout => "GatewayTimeout",
        _ => "PassThrough",
    }
}

pub struct Run<'a, 'c> {
    pub core: &'a mut Core,
    pub request: &'a Request,
    pub head: RequestHead<'a, [(String, String)]>,
    pub exchange: Exchange<'c>,
    pub world: &'a mut dyn World,
    pub got: Option<(Response, Times)>,
    pub forwards: Vec<Forward>,
    pub place: Option<EntryId>,
}

impl Run<'_, '_> {
    pub fn until_the_end(mut self, mut action: Action) -> Outcome {
        for _ in 0..200 {
            if !matches!(action, Action::ReadHeads(_) | Action::NextHead) {
                self.core.reasons.push(self.exchange.reason());
            }
            self.core.actions.push(name(action));
            action = match action {
                Action::ReadHeads(key) => self.read(key, None),
                Action::NextHead => self.read(self.exchange.key().expect("a lookup"), self.place),
                Action::Forward { conditional_on } => self.forward(conditional_on),
                Action::Retry => self.send(None, self.request.lines.clone()),
                Action::Update(id) => self.update(id),
                Action::Stale(id) => {
                    let item = self.core.item_mut(id);
                    item.facts = item.facts.invalidated();
                    self.exchange.done(true)
                }
                Action::Remove(id) => {
                    self.core.items.retain(|item| item.id != id);
                    self.exchange.done(true)
                }
                Action::Invalidate(keys) => {
                    let keys: Vec<Key> = keys.iter().collect();
                    for item in self.core.items.iter_mut().filter(|item| keys.contains(&item.key)) {
                        item.facts = item.facts.invalidated();
                    }
                    self.exchange.done(true)
                }
                Action::Store => return self.store(),
                Action::Serve(id) => return self.serve(id, false),
                Action::NotModified(id) => return self.serve(id, true),
                Action::GatewayTimeout => return self.outcome(Answer::Failed),
                Action::PassThrough => return self.pass(),
                other => panic!("an action that the test does not know: {other:?}"),
            };
        }
        panic!("no end after 200 actions")
    }

    fn outcome(&self, answer: Answer) -> Outcome {
        Outcome {
            forwards: self.forwards.clone(),
            answer,
            stored: None,
            background: false,
        }
    }

    fn read(&mut self, key: Key, after: Option<EntryId>) -> Action {
        // New entries come last, so that the ids are in order.
        let follows = |item: &&Item| item.key == key && after.is_none_or(|after| item.id > after);
        let Some(item) = self.core.items.iter().find(follows) else {
            self.place = None;
            return self.exchange.heads_done(now(&self.world.now()));
        };
        self.place = Some(item.id);
        let entry = Entry::parse(&item.head).expect("a packed head");
        self.exchange.offer(&self.head, item.id, &item.facts, &entry)
    }

    fn forward(&mut self, on: Option<EntryId>) -> Action {
        let lines = match on {
            None => self.request.lines.clone(),
            Some(id) => {
                let item = self.core.item(id);
                let entry = Entry::parse(&item.head).unwrap();
                let mut scratch = [0; 1024];
                let mut tags = TagList::new(&mut scratch);
                let key = item.key;
                for item in self.core.items.iter().filter(|item| item.key == key) {
                    let entry = Entry::parse(&item.head).unwrap();
                    self.exchange
                        .also_nominate(&mut tags, &self.head, item.id, &item.facts, &entry);
                }
                let fields = self.exchange.conditional_among(&self.head, &entry, tags);
                texts(&fields.apply(self.request.lines.as_slice()))
            }
        };
        self.send(on.map(|id| id.0), lines)
    }

    fn send(&mut self, on: Option<u64>, lines: Lines) -> Action {
        self.forwards.push(Forward {
            on,
            lines: lines.clone(),
        });
        match self.world.send(self.request, &lines) {
            (Reply::Failed(failure), times) => {
                let failure = match failure {
                    reuse::Failure::Transport => Failure::Transport,
                    reuse::Failure::Disconnected => Failure::Disconnected,
                    reuse::Failure::Status(status) => Failure::Status(status),
                };
                self.exchange.error(failure, now(&times.got))
            }
            (Reply::Response(response), times) => {
                let head = ResponseHead {
                    status: response.status,
                    headers: response.lines.as_slice(),
                };
                let action = self
                    .exchange
                    .response(&self.head, &head, exchanged(&times), &mut [0; 1024]);
                self.got = Some((response, times));
                action
            }
        }
    }

    /// The packed head and the facts of an entry after the response at hand.
    fn updated(&mut self, id: EntryId) -> (Vec<u8>, StoredFacts) {
        let item = self.core.item(id);
        let entry = Entry::parse(&item.head).unwrap();
        let (fresh, times) = self.got.as_ref().expect("a 304 or an answer to HEAD");
        let old = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let fresh = ResponseHead {
            status: fresh.status,
            headers: fresh.lines.as_slice(),
        };
        let update = self
            .exchange
            .update(&self.head, &item.facts, &old, &fresh, exchanged(times))
            .expect("its head");
        let mut buffer = vec![0; 16_384];
        let mut sink = SliceSink::new(&mut buffer);
        pack(&mut sink, &self.head, entry.status(), &update.head).expect("a small head");
        (sink.finish().expect("room").to_vec(), update.facts)
    }

    fn update(&mut self, id: EntryId) -> Action {
        let (head, facts) = self.updated(id);
        let written = !self.core.full;
        if written {
            let item = self.core.item_mut(id);
            (item.head, item.facts) = (head, facts);
        }
        self.exchange.done(written)
    }

    fn serve(mut self, id: EntryId, not_modified: bool) -> Outcome {
        let head = match self.exchange.serving().head {
            HeadSource::Stored => self.core.item(id).head.clone(),
            HeadSource::Merged => self.updated(id).0,
        };
        let serving = self.exchange.serving();
        let entry = Entry::parse(&head).unwrap();
        let (age, left) = (serving.age.map(i128::from), i128::from(serving.remaining));
        let why = match self.exchange.reason() {
            Reason::Fresh => Why::Fresh,
            Reason::MaxStale => Why::MaxStale,
            Reason::StaleWhileRevalidate => Why::WhileRevalidate,
            Reason::StaleIfError => Why::IfError,
            Reason::Disconnected => Why::Disconnected,
            _ => Why::Validated,
        };
        let (id, body, status) = (id.0, self.core.item(id).body, entry.status());
        let answer = if not_modified {
            Answer::NotModified {
                id,
                lines: texts(&Served::not_modified(&entry, serving.age)),
                age,
                why,
            }
        } else {
            Answer::Stored {
                id,
                status,
                lines: texts(&Served::new(&entry, serving.age)),
                body,
                age,
                left,
                why,
            }
        };
        if serving.remove_after {
            self.core.items.retain(|item| item.id.0 != id);
        }
        Outcome {
            background: serving.background_validation,
            ..self.outcome(answer)
        }
    }

    fn store(self) -> Outcome {
        let (response, _) = self.got.clone().expect("a response");
        let facts = *self.exchange.stored_facts().expect("facts to store");
        let storable = self
            .exchange
            .storable(response.lines.as_slice())
            .expect("a head to store");
        let mut buffer = vec![0; 16_384];
        let mut sink = SliceSink::new(&mut buffer);
        pack(&mut sink, &self.head, response.status, &storable).expect("a small head");
        let head = sink.finish().expect("room").to_vec();
        let key = Key::new(&self.head.target, SEED);
        self.core
            .items
            .retain(|item| item.key != key || !facts.replaces(&item.facts));
        self.core.last_id += 1;
        let id = EntryId(self.core.last_id);
        self.core.items.push(Item {
            id,
            key,
            facts,
            head,
            body: response.body,
        });
        Outcome {
            stored: Some(id.0),
            ..self.outcome(Answer::Origin(response))
        }
    }

    fn pass(mut self) -> Outcome {
        if self.forwards.is_empty() {
            // At the start: the cache has no part in it.
            self.forwards.push(Forward {
                on: None,
                lines: self.request.lines.clone(),
            });
            return match self.world.send(self.request, &self.request.lines).0 {
                Reply::Response(response) => self.outcome(Answer::Origin(response)),
                Reply::Failed(_) => self.outcome(Answer::Failed),
            };
        }
        match self.got.take() {
            Some((response, _)) => self.outcome(Answer::Origin(response)),
            None => self.outcome(Answer::Failed),
        }
    }
}

//! `larder::Exchange` over a vector of packed heads, doing what its actions say and nothing else.

use super::fields::Lines;
use super::reuse::{self, Why};
use super::step::World;
use super::{Answer, Forward, Moment, Options, Outcome, Reply, Request, Response, Times};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    Action, AuthRequires, Config, Duplicates, EntryId, Exchange, Exchanged, Failure, HeadSource, Headers,
    InitialAge, Key, Now, Partition, Reason, RequestHead, ResponseHead, Served, SetCookiePolicy, StoredFacts,
    Target, VaryNormalise,
};

const SEED: u64 = 7;

pub fn config(options: &Options) -> Config {
    let base = if options.shared {
        Config::shared()
    } else {
        Config::private()
    };
    let choose = |first| {
        if first {
            Duplicates::First
        } else {
            Duplicates::Stale
        }
    };
    base.with_heuristic(options.heuristic.0, options.heuristic.1)
        .with_max_lifetime(u32::try_from(options.max_lifetime).unwrap())
        .with_initial_age(if options.age_header_only {
            InitialAge::AgeHeaderOnly
        } else {
            InitialAge::Conservative
        })
        .with_duplicates(choose(options.first_duplicate))
        .with_set_cookie(match options.refuse_set_cookie {
            true => SetCookiePolicy::RefuseUnlessPublic,
            false => SetCookiePolicy::Store,
        })
        .with_auth_requires(if options.strict_auth {
            AuthRequires::PublicOrSMaxage
        } else {
            AuthRequires::Rfc
        })
        .with_store_post(options.store_post)
        .with_store_head(options.store_head)
        .with_stale_extensions_beat_s_maxage(options.extensions_beat_s_maxage)
        .with_stale_while_revalidate(options.while_revalidate)
        .with_stale_when_disconnected(u32::try_from(options.stale_when_disconnected).unwrap())
        .with_pragma(options.pragma)
        .with_request_directives(options.request_directives)
        .with_strict_304(options.strict_304)
        .with_head_update(options.head_update)
        .with_invalidate_locations(options.invalidate_locations)
        .with_uptime_reuse(options.uptime_reuse)
        .with_vary_normalise(if options.vary_lists {
            VaryNormalise::Lists
        } else {
            VaryNormalise::None
        })
}

pub fn now(moment: &Moment) -> Now {
    let now = Now::mono(moment.domain, u64::try_from(moment.ms).unwrap());
    let ms = |utc: super::Utc| i64::try_from(utc.ms).unwrap();
    match moment.utc {
        None => now,
        Some(utc) if utc.learned => now.with_learned_utc(ms(utc)),
        Some(utc) => now.with_utc(ms(utc)),
    }
}

fn exchanged(times: &Times) -> Exchanged {
    Exchanged::new(now(&times.asked), now(&times.got))
}

/// Text of header lines of any kind of head.
pub fn texts<H: Headers + ?Sized>(head: &H) -> Lines {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("what was put in was text");
    head.fields()
        .map(|line| (text(line.name.as_bytes()), text(line.value)))
        .collect()
}

/// An entry of the vector.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: EntryId,
    pub key: Key,
    pub facts: StoredFacts,
    pub head: Vec<u8>,
    pub body: u64,
}

/// The cache under test.
pub struct Core {
    config: Config,
    pub items: Vec<Item>,
    last_id: u64,
    pub full: bool,
    /// Every reason that was given, in order.
    pub reasons: Vec<Reason>,
}

impl Core {
    pub fn new(options: &Options) -> Self {
        Self {
            config: config(options),
            items: Vec::new(),
            last_id: 0,
            full: false,
            reasons: Vec::new(),
        }
    }

    fn item(&self, id: EntryId) -> &Item {
        self.items
            .iter()
            .find(|item| item.id == id)
            .expect("an id of the store")
    }

    fn item_mut(&mut self, id: EntryId) -> &mut Item {
        self.items
            .iter_mut()
            .find(|item| item.id == id)
            .expect("an id of the store")
    }

    pub fn step(&mut self, request: &Request, world: &mut dyn World, background: bool) -> Outcome {
        let Core { config, .. } = *self;
        let head = RequestHead {
            method: &request.method,
            target: Target::parse(&request.uri).unwrap(),
            partition: Partition::new(u128::from(request.user)),
            headers: request.lines.as_slice(),
        };
        let mut exchange = Exchange::new(&config, SEED);
        let action = if background {
            exchange.start_background(&head)
        } else {
            exchange.start(&head)
        };
        let run = Run {
            core: self,
            request,
            head,
            exchange,
            world,
            got: None,
            forwards: Vec::new(),
            place: None,
        };
        run.until_the_end(action)
    }
}

struct Run<'a, 'c> {
    core: &'a mut Core,
    request: &'a Request,
    head: RequestHead<'a, [(String, String)]>,
    exchange: Exchange<'c>,
    world: &'a mut dyn World,
    got: Option<(Response, Times)>,
    forwards: Vec<Forward>,
    place: Option<EntryId>,
}

impl Run<'_, '_> {
    fn until_the_end(mut self, mut action: Action) -> Outcome {
        for _ in 0..200 {
            self.core.reasons.push(self.exchange.reason());
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
                texts(
                    &self
                        .exchange
                        .conditional(&self.head, &entry, &mut scratch)
                        .apply(self.request.lines.as_slice()),
                )
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
        self.core.reasons.push(self.exchange.reason());
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

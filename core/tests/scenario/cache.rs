//! A cache in a vector: the loop that an adapter writes around `Exchange`, with an origin that
//! follows a script.

use super::{Ask, Fields, Lines, Reply, at_ms, copied, reply, values};
use larder::store::{Entry, Invalidations, SliceSink, pack};
use larder::{
    Action, Config, EntryId, Exchange, Exchanged, Failure, HeadSource, Headers, Key, Now, Override, Reason,
    ResponseHead, Served, StoredFacts, TagList,
};

const SEED: u64 = 11;

/// One act of the origin.
#[derive(Clone, Debug)]
pub enum Origin {
    Says(Reply),
    Fails(Failure),
}

/// The origin answers.
pub fn says<T: AsRef<str>>(status: u16, texts: &[T], body: &str) -> Origin {
    Origin::Says(Reply {
        body: body.to_string(),
        ..reply(status, texts)
    })
}

/// The origin cannot be reached.
pub fn fails() -> Origin {
    Origin::Fails(Failure::Transport)
}

/// A visible entry.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: EntryId,
    pub key: Key,
    pub facts: StoredFacts,
    pub head: Vec<u8>,
    pub body: String,
}

impl Item {
    pub fn entry(&self) -> Entry<'_> {
        Entry::parse(&self.head).expect("an intact entry")
    }

    pub fn values(&self, name: &str) -> Vec<String> {
        values(&self.entry(), name)
    }
}

/// What a client gets, and what it took.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub lines: Lines,
    pub body: String,
    pub reason: Reason,
    /// The fields of every request that went to the origin.
    pub sent: Vec<Lines>,
    /// Whether a background validation is wanted.
    pub background: bool,
    pub actions: Vec<Action>,
}

impl Answer {
    pub fn values(&self, name: &str) -> Vec<String> {
        values(&self.lines[..], name)
    }

    /// The values of a field of the only request that went to the origin.
    pub fn asked(&self, name: &str) -> Vec<String> {
        let [sent] = &self.sent[..] else {
            panic!("{} requests were sent", self.sent.len())
        };
        values(&sent[..], name)
    }

    /// Status and body: what a person sees.
    pub fn seen(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}

/// A cache in front of an origin.
#[derive(Clone, Debug)]
pub struct Cache {
    pub config: Config,
    pub over: Override,
    pub items: Vec<Item>,
    /// Whether anything is ever stored.
    pub room: bool,
    /// Whether updated heads can be written.
    pub writable: bool,
    pub clock: fn(u64) -> Now,
    invalidations: Invalidations<8>,
    ids: u64,
}

impl Cache {
    pub fn of(config: Config) -> Self {
        Self {
            config,
            over: Override::NONE,
            items: Vec::new(),
            room: true,
            writable: true,
            clock: at_ms,
            invalidations: Invalidations::new(),
            ids: 0,
        }
    }

    pub fn private() -> Self {
        Self::of(Config::private())
    }

    pub fn shared() -> Self {
        Self::of(Config::shared())
    }

    /// The entries of a URL, in the order in which they were stored.
    pub fn of_url(&self, url: &str) -> Vec<&Item> {
        let ask = super::get(url);
        self.items
            .iter()
            .filter(|item| item.entry().is_for(&ask.target()))
            .collect()
    }

    /// The only entry.
    pub fn only(&self) -> &Item {
        let [item] = &self.items[..] else {
            panic!("{} entries", self.items.len())
        };
        item
    }

    /// One request, so many seconds after moment 0. The origin acts as the script says, act
    /// by act; a request that the script does not know fails the test, and so does an act
    /// that is left over.
    pub fn fetch(&mut self, seconds: u64, ask: &Ask, script: &[Origin]) -> Answer {
        self.drive(seconds, ask, script, false)
    }

    /// A background validation.
    pub fn background(&mut self, seconds: u64, ask: &Ask, script: &[Origin]) -> Answer {
        self.drive(seconds, ask, script, true)
    }

    fn drive(&mut self, seconds: u64, ask: &Ask, script: &[Origin], background: bool) -> Answer {
        let (config, request) = (self.config, ask.head());
        let mut exchange = Exchange::new(&config, SEED).with_override(self.over);
        let mut script = script.iter();
        let mut ms = seconds * 1000;
        let (mut place, mut answer) = (None, reply::<&str>(504, &[]));
        let mut at = Exchanged::new((self.clock)(ms), (self.clock)(ms));
        let mut sent = Vec::new();
        let first = if background {
            exchange.start_background(&request)
        } else {
            exchange.start(&request)
        };
        let mut actions = vec![first];
        loop {
            let action = *actions.last().unwrap();
            let next = match action {
                Action::ReadHeads(_) | Action::NextHead => {
                    place = if action == Action::NextHead { place } else { None };
                    match self.next_item(exchange.key().unwrap(), place) {
                        None => exchange.heads_done((self.clock)(ms)),
                        Some(item) => {
                            place = Some(item.id);
                            exchange.offer(&request, item.id, &item.facts, &item.entry())
                        }
                    }
                }
                Action::Forward { .. } | Action::Retry => {
                    let mut scratch = [0; 256];
                    let fields = match action {
                        Action::Forward {
                            conditional_on: Some(id),
                        } => {
                            let entry = self.item(id).entry();
                            let mut tags = TagList::new(&mut scratch);
                            for item in &self.items {
                                let other = item.entry();
                                exchange.also_nominate(&mut tags, &request, item.id, &item.facts, &other);
                            }
                            let fields = exchange.conditional_among(&request, &entry, tags);
                            copied(&fields.apply::<Fields>(&ask.lines))
                        }
                        _ => ask.lines.clone(),
                    };
                    sent.push(fields);
                    match script
                        .next()
                        .unwrap_or_else(|| panic!("one more request: {actions:?}"))
                    {
                        Origin::Fails(failure) => exchange.error(*failure, (self.clock)(ms)),
                        Origin::Says(reply) => {
                            let asked = (self.clock)(ms);
                            ms += reply.delay_ms;
                            at = Exchanged::new(asked, (self.clock)(ms));
                            answer = reply.clone();
                            exchange.response(&request, &answer.head(), at, &mut scratch)
                        }
                    }
                }
                Action::Update(id) => {
                    let item = self.item(id);
                    let (entry, facts) = (item.entry(), item.facts);
                    let old = ResponseHead {
                        status: entry.status(),
                        headers: &entry,
                    };
                    let update = exchange.update(&request, &facts, &old, &answer.head(), at);
                    let update = update.expect("the same head");
                    let head = packed(ask, entry.status(), &update.head);
                    if self.writable {
                        let facts = update.facts;
                        let item = self.items.iter_mut().find(|item| item.id == id).unwrap();
                        (item.head, item.facts) = (head, facts);
                    }
                    exchange.done(self.writable)
                }
                Action::Stale(id) => {
                    let item = self.items.iter_mut().find(|item| item.id == id).unwrap();
                    item.facts = item.facts.invalidated();
                    exchange.done(true)
                }
                Action::Remove(id) => {
                    self.items.retain(|item| item.id != id);
                    exchange.done(true)
                }
                Action::Invalidate(keys) => {
                    keys.iter().for_each(|key| self.invalidate(key, at.response));
                    exchange.done(true)
                }
                Action::Store => {
                    let facts = *exchange.stored_facts().expect("it is to be stored");
                    let head = exchange
                        .storable::<Fields>(&answer.lines)
                        .expect("it is to be stored");
                    let head = packed(ask, answer.status, &head);
                    let sent = exchange.request().method().sent_at(at);
                    let key = Key::new(&request.target, SEED);
                    self.store(key, facts, head, &answer.body, sent);
                    break;
                }
                Action::Serve(id) | Action::NotModified(id) => {
                    answer = self.serve(&mut exchange, ask, id, &answer, at, action);
                    break;
                }
                Action::GatewayTimeout => {
                    answer = reply::<&str>(504, &[]);
                    break;
                }
                Action::PassThrough => break,
                other => panic!("an action this test does not know: {other:?}"),
            };
            assert!(actions.len() < 64, "no end: {actions:?}");
            actions.push(next);
        }
        assert_eq!(script.len(), 0, "the origin was to be asked again: {actions:?}");
        let background = exchange.serving().background_validation;
        let Reply {
            status, lines, body, ..
        } = answer;
        Answer {
            status,
            lines,
            body,
            reason: exchange.reason(),
            sent,
            background,
            actions,
        }
    }

    /// The answer that is made from an entry.
    fn serve(
        &mut self,
        exchange: &mut Exchange<'_>,
        ask: &Ask,
        id: EntryId,
        fresh: &Reply,
        at: Exchanged,
        action: Action,
    ) -> Reply {
        let item = self.item(id).clone();
        let (entry, serving) = (item.entry(), exchange.serving());
        let mut age = serving.age;
        let head = match serving.head {
            HeadSource::Stored => copied(&entry),
            HeadSource::Merged => {
                let old = ResponseHead {
                    status: entry.status(),
                    headers: &entry,
                };
                let update = exchange.update(&ask.head(), &item.facts, &old, &fresh.head(), at);
                let head = copied(&update.expect("the same head").head);
                age = exchange.serving().age;
                head
            }
        };
        if serving.remove_after {
            self.items.retain(|item| item.id != id);
        }
        let not_modified = matches!(action, Action::NotModified(_));
        let lines = if not_modified {
            copied(&Served::not_modified(&head[..], age))
        } else {
            copied(&Served::new(&head[..], age))
        };
        let status = if not_modified { 304 } else { item.entry().status() };
        let silent = not_modified || ask.method == "HEAD";
        let body = if silent { String::new() } else { item.body.clone() };
        Reply {
            status,
            lines,
            body,
            delay_ms: 0,
        }
    }

    fn item(&self, id: EntryId) -> &Item {
        self.items
            .iter()
            .find(|item| item.id == id)
            .expect("the entry is there")
    }

    fn next_item(&self, key: Key, after: Option<EntryId>) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.key == key && Some(item.id) > after)
    }

    fn store(&mut self, key: Key, facts: StoredFacts, head: Vec<u8>, body: &str, sent: Now) {
        if !self.room {
            return;
        }
        let late = self.invalidations.covers(key, sent);
        let facts = if late { facts.invalidated() } else { facts };
        self.items
            .retain(|item| item.key != key || !facts.replaces(&item.facts));
        self.ids += 1;
        let id = EntryId(self.ids);
        self.items.push(Item {
            id,
            key,
            facts,
            head,
            body: body.to_string(),
        });
    }

    fn invalidate(&mut self, key: Key, at: Now) {
        self.invalidations.record(key, at);
        for item in self.items.iter_mut().filter(|item| item.key == key) {
            item.facts = item.facts.invalidated();
        }
    }
}

fn packed<H: Headers + ?Sized>(ask: &Ask, status: u16, head: &H) -> Vec<u8> {
    let mut room = vec![0; 1 << 16];
    let mut sink = SliceSink::new(&mut room);
    pack(&mut sink, &ask.head(), status, head).expect("it fits the format");
    sink.finish().expect("it fits the buffer").to_vec()
}

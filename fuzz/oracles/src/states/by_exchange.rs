//! The driver over a store of one entry.

use super::{Case, End, Fields, ID, SEED, Seen, Text, applied, left, repacked, text};
use crate::spelling::Stored;
use larder::store::Entry;
use larder::{Action, Exchange, HeadSource, Headers, RequestFacts, ResponseHead, Served, StoredFacts};

/// What it does, and whether the entry was found to be gone.
pub(super) fn run(case: &Case, stored: &Option<Stored>) -> (Seen, bool) {
    let mut run = Run {
        case,
        stored: stored.clone(),
        exchange: Exchange::new(&case.config, SEED).with_override(case.over),
        offered: false,
        forwards: 0,
        missed: false,
        seen: Seen::default(),
    };
    let request = case.request(&case.asked);
    let action = run.exchange.start(&request);
    assert_eq!(
        *run.exchange.request(),
        RequestFacts::derive(&request, &case.config)
    );
    run.seen.end = run.until_the_end(action);
    (run.seen, run.missed)
}

struct Run<'a> {
    case: &'a Case,
    stored: Option<Stored>,
    exchange: Exchange<'a>,
    /// The one head of this reading was offered.
    offered: bool,
    forwards: u8,
    /// The entry was not there any more when it was needed.
    missed: bool,
    seen: Seen,
}

impl Run<'_> {
    fn until_the_end(&mut self, mut action: Action) -> End {
        let case = self.case;
        for _ in 0..40 {
            action = match action {
                Action::ReadHeads(_) => {
                    self.offered = false;
                    if case.lost && self.forwards > 0 {
                        self.stored = None;
                    }
                    self.read()
                }
                Action::NextHead => self.read(),
                action if self.misses_entry(action) => {
                    if self.forwards > 0 {
                        // The request goes out a second time. Who knows at once that the entry is gone
                        // sends it once.
                        assert_eq!(self.seen.sent.pop(), Some(text(case.asked.as_slice())));
                    }
                    self.exchange.entry_gone()
                }
                Action::Forward { conditional_on } => self.forward(conditional_on.is_some()),
                Action::Retry => {
                    self.seen.sent.push(text(case.asked.as_slice()));
                    self.respond(true)
                }
                Action::Update(_) => {
                    let (updated, merged) = self.updated();
                    self.seen.updated = updated.as_ref().map(|updated| (updated.facts, merged));
                    let written = updated.is_some();
                    self.stored = updated.or(self.stored.take());
                    self.exchange.done(written)
                }
                Action::Stale(_) => {
                    self.seen.gone = true;
                    let stored = self.stored.as_mut().expect("an entry");
                    stored.facts = stored.facts.invalidated();
                    self.exchange.done(true)
                }
                Action::Remove(_) => {
                    self.seen.gone = true;
                    self.stored = None;
                    self.exchange.done(true)
                }
                Action::Invalidate(keys) => {
                    self.seen.marked = keys.iter().collect();
                    self.exchange.done(true)
                }
                Action::Store => {
                    let response = if self.forwards > 1 {
                        case.again()
                    } else {
                        case.response()
                    };
                    let facts = *self.exchange.stored_facts().expect("facts to store");
                    let head = self.exchange.storable(response.headers).expect("a head to store");
                    self.seen.stored = Some((facts, text(&head)));
                    return End::Passed;
                }
                Action::Serve(_) => return self.serve(false),
                Action::NotModified(_) => return self.serve(true),
                Action::GatewayTimeout => return End::Timeout,
                _ if self.forwards == 0 => {
                    // The cache has no part in it.
                    self.seen.sent.push(text(case.asked.as_slice()));
                    return if case.failure.is_some() {
                        End::Timeout
                    } else {
                        End::Passed
                    };
                }
                _ => return End::Passed,
            };
        }
        panic!("no end after 40 actions")
    }

    /// Somebody else removes the entry after it was chosen, before it is read. Without a validator that is not
    /// before the origin has failed; or it is never read, and as good as there.
    fn misses_entry(&mut self, action: Action) -> bool {
        let needed = matches!(
            action,
            Action::Serve(_)
                | Action::NotModified(_)
                | Action::Forward {
                    conditional_on: Some(_)
                }
        );
        let missed = self.case.vanishes && needed && self.stored.is_some();
        if missed {
            self.stored = None;
            self.missed = true;
        }
        missed
    }

    fn read(&mut self) -> Action {
        match &self.stored {
            Some(stored) if !self.offered => {
                self.offered = true;
                let request = self.case.request(&self.case.asked);
                self.exchange.offer(&request, ID, &stored.facts, &stored.entry())
            }
            _ => {
                let seconds = u64::from(self.forwards > 0);
                self.exchange.heads_done(self.case.now(seconds))
            }
        }
    }

    fn forward(&mut self, conditional: bool) -> Action {
        let case = self.case;
        let lines = match &self.stored {
            Some(stored) if conditional => {
                let (entry, mut scratch) = (stored.entry(), [0; 1024]);
                let request = case.request(&case.asked);
                let fields = self.exchange.conditional(&request, &entry, &mut scratch);
                applied(case, &fields)
            }
            _ => {
                let nothing = Fields::new();
                let request = case.request(&case.asked);
                let fields = self.exchange.conditional(&request, nothing.as_slice(), &mut []);
                assert!(fields.is_empty(), "a condition without anything to confirm");
                text(case.asked.as_slice())
            }
        };
        self.seen.sent.push(lines);
        match case.failure {
            None => self.respond(false),
            Some(failure) => {
                self.forwards += 1;
                self.exchange.error(failure, case.at().response)
            }
        }
    }

    fn respond(&mut self, again: bool) -> Action {
        let case = self.case;
        self.forwards += 1;
        let response = if again { case.again() } else { case.response() };
        let request = case.request(&case.asked);
        let outdated = self.exchange.outdated_by(response.status);
        let action = self
            .exchange
            .response(&request, &response, case.at(), &mut [0; 512]);
        // What is passed on without a look at it outdates the same.
        if let Action::Remove(_) | Action::PassThrough = action {
            let removes = (action != Action::PassThrough).then_some(ID);
            assert_eq!(
                outdated, removes,
                "a response outdates, seen and unseen: {case:?}"
            );
        }
        action
    }

    /// The updated entry, if it fits, and its fields.
    fn updated(&mut self) -> (Option<Stored>, Text) {
        let stored = self.stored.clone().expect("an entry");
        let (case, entry) = (self.case, stored.entry());
        let (head, facts) = self.update(&stored.facts, &entry);
        let packed = repacked(case, &entry, &head.as_slice()).map(|head| Stored { facts, head });
        (packed, text(head.as_slice()))
    }

    /// The updated head and its facts.
    fn update(&mut self, facts: &StoredFacts, entry: &Entry<'_>) -> (Fields, StoredFacts) {
        let case = self.case;
        let old = ResponseHead {
            status: entry.status(),
            headers: entry,
        };
        let request = case.request(&case.asked);
        let update = self
            .exchange
            .update(&request, facts, &old, &case.response(), case.at())
            .expect("its head");
        let line = |line: larder::Header<'_>| (line.name.as_bytes().to_vec(), line.value.to_vec());
        (update.head.fields().map(line).collect(), update.facts)
    }

    fn serve(&mut self, not_modified: bool) -> End {
        let stored = self.stored.clone().expect("an entry");
        match self.exchange.serving().head {
            // Also one that no store has room for.
            HeadSource::Merged => {
                let (head, _) = self.update(&stored.facts, &stored.entry());
                self.answer(head.as_slice(), not_modified)
            }
            HeadSource::Stored => self.answer(&stored.entry(), not_modified),
        }
    }

    fn answer<H: Headers + ?Sized>(&mut self, head: &H, not_modified: bool) -> End {
        let serving = self.exchange.serving();
        self.seen.gone |= serving.remove_after;
        left(self.exchange.ttl(), serving.remaining);
        if not_modified {
            return End::NotModified(text(&Served::not_modified(&head, serving.age)), serving.age);
        }
        End::Served(
            text(&Served::new(&head, serving.age)),
            serving.age,
            serving.remaining,
            serving.background_validation,
        )
    }
}

//! What larder and what http-cache-semantics make of a case: five answers that can be compared.

use crate::case::{Asked, Case, Lines, moment};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    CacheMissNext, Config, EntryId, Exchanged, Headers, IdleClient, IdleClientNext, NeedRevalidation,
    NeedRevalidationNext, Partition, RequestHead, ResponseHead, StoredFacts, Target,
};
use larder_oracles::spelling::at;
use larder_oracles::visits::URI;

/// What comes of the second request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Served,
    Validated,
    /// Sent as it is: what is stored is not for it.
    Forwarded,
    GatewayTimeout,
}

/// What can be asked of both, in this order: who parts on one is asked no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    Stored,
    Outcome,
    Age,
    Condition,
    Confirmed,
}

impl Question {
    const ALL: [Self; 5] = [
        Self::Stored,
        Self::Outcome,
        Self::Age,
        Self::Condition,
        Self::Confirmed,
    ];
}

/// The answers; later ones only where there is anything to ask.
#[derive(Debug, Default)]
pub struct Answers {
    pub stored: bool,
    pub outcome: Option<Outcome>,
    pub age: Option<u64>,
    /// If-None-Match and If-Modified-Since of the validation.
    pub condition: Option<[Option<String>; 2]>,
    /// Whether the 304 keeps what is stored.
    pub confirmed: Option<bool>,
}

impl Answers {
    /// Whether these are the same on one question; ages may be a second apart.
    pub fn agree_on(&self, question: Question, other: &Self) -> bool {
        match question {
            Question::Stored => self.stored == other.stored,
            Question::Outcome => self.outcome == other.outcome,
            Question::Age => match (self.age, other.age) {
                (Some(one), Some(two)) => one.abs_diff(two) <= 1,
                (one, two) => one == two,
            },
            Question::Condition => self.condition == other.condition,
            Question::Confirmed => self.confirmed == other.confirmed,
        }
    }

    /// The first question on which these part.
    pub fn part(&self, other: &Self) -> Option<Question> {
        Question::ALL
            .into_iter()
            .find(|question| !self.agree_on(*question, other))
    }
}

/// larder's, by the typed states. The fraction for heuristic freshness is that of the other crate.
pub fn of_larder(case: &Case) -> Answers {
    let config = if case.shared {
        Config::shared()
    } else {
        Config::private()
    };
    let config = config.with_heuristic(10, u32::MAX);
    let Some((facts, head)) = store(&config, case) else {
        return Answers::default();
    };
    let entry = Entry::parse(&head).expect("what was packed is whole");
    let lines = case.second.lines();
    let request = head_of(&case.second, &lines);
    let mut idle = IdleClient::new(&config, &request, at(case.wait));
    if idle.wants_entries() {
        idle.consider(&request, EntryId(1), &facts, &entry);
    }
    let mut answers = Answers {
        stored: true,
        ..Answers::default()
    };
    answers.outcome = Some(match idle.next() {
        IdleClientNext::FromCache(hit) => {
            answers.age = hit.age();
            Outcome::Served
        }
        IdleClientNext::NeedRevalidation(state) => {
            validate(case, state, &request, &entry, &mut answers);
            Outcome::Validated
        }
        IdleClientNext::CacheMiss(_) => Outcome::Forwarded,
        IdleClientNext::GatewayTimeout(_) => Outcome::GatewayTimeout,
        _ => unreachable!("there are four"),
    });
    answers
}

type Request<'a> = RequestHead<'a, [(String, String)]>;

fn head_of<'a>(asked: &Asked, lines: &'a Lines) -> Request<'a> {
    RequestHead {
        method: asked.method,
        target: Target::parse(URI).expect("a URI"),
        partition: Partition::COMMON,
        headers: lines,
    }
}

fn store(config: &Config, case: &Case) -> Option<(StoredFacts, Vec<u8>)> {
    let (asked, answered) = (case.first.lines(), case.answered());
    let request = head_of(&case.first, &asked);
    let IdleClientNext::CacheMiss(miss) = IdleClient::new(config, &request, at(0)).next() else {
        unreachable!("nothing is stored, and nobody asks only for that");
    };
    let response = ResponseHead {
        status: case.status,
        headers: answered.as_slice(),
    };
    let next = miss.next(&request, &response, Exchanged::new(at(0), at(0)), &mut [0; 256]);
    let CacheMissNext::StoreAndUse(state) = next else {
        return None;
    };
    let mut buffer = [0; 2048];
    let mut sink = SliceSink::new(&mut buffer);
    pack(&mut sink, &request, case.status, &state.head(answered.as_slice())).expect("2048 bytes do");
    Some((*state.facts(), sink.finish().expect("2048 bytes do").to_vec()))
}

fn validate(
    case: &Case,
    state: NeedRevalidation<'_>,
    request: &Request<'_>,
    entry: &Entry<'_>,
    answers: &mut Answers,
) {
    let mut scratch = [0; 256];
    let fields = state.conditional(request, entry, &mut scratch);
    let sent = fields.apply(request.headers);
    let text = |name| {
        sent.get_one(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    };
    answers.condition = Some([text("if-none-match"), text("if-modified-since")]);
    let confirmed = case.confirmed();
    let response = ResponseHead {
        status: 304,
        headers: confirmed.as_slice(),
    };
    let next = state.next(
        request,
        entry,
        &response,
        Exchanged::new(at(case.wait), at(case.wait)),
    );
    answers.confirmed = Some(matches!(next, NeedRevalidationNext::NeedToBeUpdated(_)));
}

/// Those of http-cache-semantics.
pub fn of_semantics(case: &Case) -> Answers {
    let (first, second) = (request(&case.first), request(&case.second));
    let options = CacheOptions {
        shared: case.shared,
        ..CacheOptions::default()
    };
    let policy = CachePolicy::new_options(
        &first,
        &response(case.status, &case.answered()),
        moment(0),
        options,
    );
    let mut answers = Answers {
        stored: policy.is_storable(),
        ..Answers::default()
    };
    if !answers.stored {
        return answers;
    }
    let now = moment(i64::try_from(case.wait).expect("days"));
    answers.outcome = Some(match policy.before_request(&second, now) {
        BeforeRequest::Fresh(parts) => {
            let age = parts.headers["age"].to_str().expect("text");
            answers.age = Some(age.parse().expect("a number"));
            Outcome::Served
        }
        BeforeRequest::Stale { matches: false, .. } => Outcome::Forwarded,
        BeforeRequest::Stale { request: sent, .. } => {
            let text = |name| Some(sent.headers.get(name)?.to_str().expect("text").to_string());
            answers.condition = Some([text("if-none-match"), text("if-modified-since")]);
            let after = policy.after_response(&second, &response(304, &case.confirmed()), now);
            answers.confirmed = Some(matches!(after, AfterResponse::NotModified(..)));
            Outcome::Validated
        }
    });
    answers
}

fn request(asked: &Asked) -> http::Request<()> {
    let start = http::Request::builder().method(asked.method).uri(URI);
    let lines = asked.lines().into_iter();
    let built = lines.fold(start, |builder, (name, value)| builder.header(name, value));
    built.body(()).expect("a request")
}

fn response(status: u16, lines: &Lines) -> http::Response<()> {
    let start = http::Response::builder().status(status);
    let built = lines
        .iter()
        .fold(start, |builder, (name, value)| builder.header(name, value));
    built.body(()).expect("a response")
}

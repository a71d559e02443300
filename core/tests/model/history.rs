//! Random histories. A history is numbers, drawn by proptest; each number picks from a table
//! whose first rows are the plain cases, so that shrinking numbers makes a history plain.

use super::answering::plan;
use super::asking::request;
use super::crowd::crowded;
use super::draw::Draw;
use super::origin::{Plan, START};
use super::reuse::Failure;
use super::{Moment, Options, Request, Utc};
use proptest::prelude::*;

/// Numbers drawn for one request, for one of a crowd, and for the configuration.
const STEP: usize = 56;
const CROWD: usize = 12;
const CONFIG: usize = 25;

/// What happens to the clocks before a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    Runs,
    /// Another boot; UTC is known afterwards, or not.
    Reboot {
        utc: bool,
    },
    /// UTC is lost, found again, learned with an error of so many milliseconds.
    Lost,
    Found,
    Learned(i128),
    /// UTC jumps by so much.
    Jump(i128),
    /// The monotonic clock runs backwards, which it must not.
    Back(i128),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i128,
    pub clock: Clock,
    pub request: Request,
    pub plan: Plan,
    /// How a background validation fails, if it does.
    pub later: Option<Failure>,
    /// Writing updated heads fails.
    pub full: bool,
}

#[derive(Clone, Debug)]
pub struct History {
    pub options: Options,
    pub utc: Option<bool>,
    pub steps: Vec<Step>,
}

impl History {
    /// The moment at which a history starts.
    pub fn start(&self) -> Moment {
        let utc = self.utc.map(|learned| Utc {
            ms: START * 1000,
            learned,
        });
        Moment {
            domain: 1,
            ms: 1_000_000_000,
            utc,
        }
    }
}

pub fn histories() -> impl Strategy<Value = History> {
    let step = prop::collection::vec(any::<u16>(), STEP + CROWD);
    let config = prop::collection::vec(any::<u16>(), CONFIG);
    (config, prop::collection::vec(step, 2..=12)).prop_map(|(config, steps)| of_numbers(&config, &steps))
}

/// The history that these numbers pick; too few numbers are filled up with zeros.
pub fn of_numbers(config: &[u16], steps: &[Vec<u16>]) -> History {
    let filled = |numbers: &[u16], count| [numbers, &vec![0; count]].concat();
    let (config, numbers) = (
        filled(config, CONFIG),
        steps.iter().map(|step| filled(step, STEP + CROWD)),
    );
    let steps_of: Vec<Vec<u16>> = numbers.collect();
    let mut draw = Draw(&config);
    let options = options(&mut draw);
    let utc = draw.pick(&[(80, Some(false)), (10, Some(true)), (10, None)]);
    let mut steps: Vec<Step> = steps_of
        .iter()
        .map(|numbers| one(&mut Draw(numbers), utc.is_some()))
        .collect();
    if draw.chance(30) {
        let several = steps_of.iter().zip(&mut steps);
        several.for_each(|(numbers, step)| crowded(&mut Draw(&numbers[STEP..]), step));
    }
    // Most histories are about one user and one resource, or nothing would ever match.
    if draw.chance(60) {
        steps.iter_mut().for_each(|step| step.request.user = 1);
    }
    if draw.chance(60) {
        let one = steps[0].request.uri.clone();
        steps
            .iter_mut()
            .for_each(|step| step.request.uri.clone_from(&one));
    }
    History { options, utc, steps }
}

/// Any configuration.
pub fn options(draw: &mut Draw<'_>) -> Options {
    let shared = draw.chance(45);
    Options {
        shared,
        heuristic: draw.pick(&[
            (6, if shared { (0, 86_400) } else { (10, 86_400) }),
            (2, (10, 3600)),
            (1, (50, 20)),
        ]),
        max_lifetime: draw.pick(&[(9, 4_294_967_295), (1, 30)]),
        age_header_only: draw.chance(15),
        first_duplicate: draw.chance(25),
        refuse_set_cookie: if draw.chance(80) { shared } else { !shared },
        explicit_cookies: draw.chance(30),
        strict_auth: draw.chance(20),
        store_post: draw.chance(30),
        store_head: draw.chance(25),
        extensions_beat_s_maxage: draw.chance(25),
        while_revalidate: !draw.chance(15),
        stale_when_disconnected: draw.pick(&[(4, 0), (2, 10), (4, 1_000_000)]),
        pragma: !draw.chance(20),
        request_directives: !draw.chance(12),
        strict_304: draw.chance(25),
        head_update: !draw.chance(15),
        invalidate_locations: !draw.chance(20),
        uptime_reuse: draw.chance(10),
        vary_lists: draw.chance(20),
        validate_others: draw.chance(35),
    }
}

fn one(draw: &mut Draw<'_>, utc: bool) -> Step {
    let clock = draw.pick(if utc { CLOCKS } else { CLOCKS_WITHOUT_UTC });
    let (wait, request) = (draw.pick(WAITS), request(draw));
    let plan = plan(draw);
    let failure = draw.pick(FAILURES);
    let later = draw.pick(&[(9, None), (1, Some(Failure::Transport))]);
    Step {
        wait,
        clock,
        request,
        plan: Plan { failure, ..plan },
        later,
        full: draw.chance(4),
    }
}

const DAY: i128 = 86_400_000;

const WAITS: &[(usize, i128)] = &[
    (8, 0),
    (4, 1),
    (3, 400),
    (6, 1000),
    (5, 3000),
    (4, 4999),
    (5, 5000),
    (5, 5001),
    (6, 10_000),
    (4, 30_000),
    (4, 59_999),
    (4, 60_000),
    (3, 60_001),
    (4, 61_000),
    (4, 100_000),
    (3, 600_000),
    (3, 3_600_000),
    (3, DAY),
    (1, 30 * DAY),
    (1, 365 * DAY),
    (1, 3650 * DAY),
];

pub const DELAYS: &[(usize, i128)] = &[(12, 0), (3, 1000), (3, 400), (2, 5000), (1, 20_000)];

const CLOCKS: &[(usize, Clock)] = &[
    (180, Clock::Runs),
    (2, Clock::Reboot { utc: true }),
    (1, Clock::Reboot { utc: false }),
    (1, Clock::Lost),
    (3, Clock::Found),
    (1, Clock::Learned(0)),
    (1, Clock::Learned(-90_000)),
    (1, Clock::Jump(3_600_000)),
    (1, Clock::Jump(-3_600_000)),
    (1, Clock::Back(10_000)),
];

const CLOCKS_WITHOUT_UTC: &[(usize, Clock)] = &[
    (60, Clock::Runs),
    (2, Clock::Reboot { utc: false }),
    (4, Clock::Learned(0)),
    (4, Clock::Found),
    (2, Clock::Learned(90_000)),
    (2, Clock::Lost),
];

const FAILURES: &[(usize, Option<Failure>)] = &[
    (90, None),
    (6, Some(Failure::Transport)),
    (5, Some(Failure::Disconnected)),
    (2, Some(Failure::Status(503))),
    (1, Some(Failure::Status(501))),
];

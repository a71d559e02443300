//! A history through the model and through the core, side by side.

use super::driver::Core;
use super::history::{Clock, History};
use super::origin::{Origin, Plan, START};
use super::step::for_background;
use super::{ModelCache, Moment, Outcome, Utc, compare};

fn tick(moment: Moment, truth: i128, clock: Clock) -> Moment {
    let utc = |ms: i128, learned: bool| Some(Utc { ms, learned });
    match clock {
        Clock::Runs => moment,
        Clock::Reboot { utc: known } => {
            let utc = moment.utc.filter(|_| known);
            Moment {
                domain: moment.domain + 1,
                ms: 1_000_000,
                utc,
            }
        }
        Clock::Lost => Moment { utc: None, ..moment },
        Clock::Found => Moment {
            utc: utc(truth, false),
            ..moment
        },
        Clock::Learned(error) => Moment {
            utc: utc(truth + error, true),
            ..moment
        },
        Clock::Jump(by) => Moment {
            utc: moment.utc.map(|utc| Utc {
                ms: utc.ms + by,
                ..utc
            }),
            ..moment
        },
        Clock::Back(by) => Moment {
            ms: moment.ms - by,
            ..moment
        },
    }
}

/// Runs a history through both; the text says where they part. Every outcome of the core is shown
/// to `watch`.
pub fn run(history: &History, mut watch: impl FnMut(&Outcome, &Core)) -> Result<(), String> {
    let (mut cache, mut core) = (
        ModelCache::new(history.options.clone()),
        Core::new(&history.options),
    );
    let (mut moment, mut truth) = (history.start(), START * 1000);
    for (number, step) in history.steps.iter().enumerate() {
        moment = tick(moment.after(step.wait), truth + step.wait, step.clock);
        truth += step.wait;
        (cache.full, core.full) = (step.full, step.full);
        let mut background = false;
        loop {
            let failure = if background { step.later } else { step.plan.failure };
            let plan = &Plan {
                failure,
                ..step.plan.clone()
            };
            let body = number as u64 * 10 + u64::from(background) * 5;
            let mut here = Origin {
                moment,
                truth,
                plan,
                body,
                asked: 0,
            };
            let mut there = here.clone();
            let request = if background {
                &for_background(&step.request)
            } else {
                &step.request
            };
            core.reasons.clear();
            core.actions.clear();
            let expected = if background {
                cache.background(request, &mut here)
            } else {
                cache.step(request, &mut here)
            };
            let actual = core.step(request, &mut there, background);
            watch(&actual, &core);
            if let Some(text) = compare::difference(&cache, &expected, &core, &actual) {
                let reasons = &core.reasons;
                return Err(format!(
                    "request {number}, background {background}: {reasons:?}\n{text}"
                ));
            }
            (moment, truth) = (here.moment, here.truth);
            background = !background && actual.background;
            if !background {
                break;
            }
        }
    }
    Ok(())
}

//! The time of this process, as core wants it.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use larder::Now;

use crate::partition::random;

/// The moment at hand.
pub(crate) fn now() -> Now {
    static CLOCK: Mutex<Option<(Instant, Clock)>> = Mutex::new(None);
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let (start, clock) =
        clock.get_or_insert_with(|| (Instant::now(), Clock::start(random_domain(), utc_ms())));
    // Read while nobody else does: a thread that comes late must not see a jump back.
    let passed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    clock.at(passed, utc_ms())
}

fn random_domain() -> u32 {
    let [number, _] = random();
    (number >> 32) as u32
}

fn utc_ms() -> i64 {
    let ms = |passed: std::time::Duration| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => ms(since),
        Err(before) => -ms(before.duration()),
    }
}

/// `Instant` stands still while a computer sleeps (on Linux and macOS), so a laptop that was
/// closed for a night would find everything fresh. What UTC has advanced beyond it since it was
/// looked at last therefore counts as passed: a clock that is put forward can cost a validation.
/// One that is put back changes nothing, and does not hide what is slept after that.
struct Clock {
    domain: u32,
    /// UTC less what `Instant` says has passed, in milliseconds, as of the last jump.
    offset_ms: i64,
    slept_ms: u64,
}

/// A smaller change of the offset is no jump: the two clocks are read one after the other, and
/// UTC is kept right by small steps.
const JUMP_MS: u64 = 500;

impl Clock {
    fn start(domain: u32, utc_ms: i64) -> Self {
        Self {
            domain,
            offset_ms: utc_ms,
            slept_ms: 0,
        }
    }

    fn at(&mut self, passed_ms: u64, utc_ms: i64) -> Now {
        let offset = utc_ms.saturating_sub(i64::try_from(passed_ms).unwrap_or(i64::MAX));
        if offset.abs_diff(self.offset_ms) >= JUMP_MS {
            let slept = u64::try_from(offset.saturating_sub(self.offset_ms)).unwrap_or(0);
            self.slept_ms = self.slept_ms.saturating_add(slept);
            self.offset_ms = offset;
        }
        Now::mono(self.domain, passed_ms.saturating_add(self.slept_ms)).with_utc(utc_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600 * 1000;

    /// What has passed by the monotonic time, in milliseconds, when the clocks say these.
    fn passed(readings: &[(u64, i64)]) -> Vec<u64> {
        let mut clock = Clock::start(1, 100 * HOUR);
        let at = |&(passed, utc): &(u64, i64)| clock.at(passed, 100 * HOUR + utc).mono_ms();
        readings.iter().map(at).collect()
    }

    #[test]
    fn a_night_asleep_counts_and_a_clock_put_back_does_not() {
        // req: 9111-4.2.3-09
        let night = 8 * HOUR;
        assert_eq!(passed(&[(5, 5), (10, -HOUR)]), [5, 10]);
        let slept = [
            (5, 5),
            (20, 20 + night),
            (30, 30 + night),
            (40, 0),
            (50, -200 * HOUR),
        ];
        let counted = [5, 20, 30, 40, 50].map(|ms| if ms == 5 { ms } else { ms + night as u64 });
        assert_eq!(passed(&slept), counted);
    }

    #[test]
    fn a_clock_put_back_hides_no_sleep() {
        // req: 9111-4.2.3-09
        let readings = [(5, 5 - 2 * HOUR), (10, 10 - HOUR), (20, 20 - HOUR)];
        assert_eq!(passed(&readings), [5, 10 + HOUR as u64, 20 + HOUR as u64]);
        // Put forward and back again, and then asleep.
        let readings = [(5, 5 + HOUR), (10, 10), (20, 20 + HOUR / 2)];
        let hour = HOUR as u64;
        assert_eq!(passed(&readings), [5 + hour, 10 + hour, 20 + hour + hour / 2]);
    }

    #[test]
    fn small_steps_do_not_add_up() {
        // Milliseconds are rounded, and UTC is kept right by small steps.
        let readings: Vec<_> = (0..1000)
            .map(|ms| (ms, ms as i64 + (ms % 3) as i64 * 100))
            .collect();
        assert_eq!(passed(&readings), (0..1000).collect::<Vec<_>>());
        // What is a step at a time becomes a jump in the end.
        let readings: Vec<_> = (1..10).map(|step| (step, step as i64 * 101)).collect();
        assert_eq!(passed(&readings)[8], 9 + 500);
    }

    #[test]
    fn utc_is_what_the_clock_says() {
        let mut clock = Clock::start(7, 5);
        let now = clock.at(30, -HOUR);
        assert_eq!((now.utc_ms(), now.domain()), (Some(-HOUR), 7));
        assert_eq!(clock.at(u64::MAX, i64::MAX).mono_ms(), u64::MAX);
        clock.at(0, i64::MIN);
    }
}

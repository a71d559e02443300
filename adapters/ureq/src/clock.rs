//! The time of this process, as core wants it.

use std::hash::BuildHasher;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use larder::Now;

/// The moment at hand.
pub(crate) fn now() -> Now {
    static CLOCK: OnceLock<Clock> = OnceLock::new();
    let clock = CLOCK.get_or_init(|| Clock::start(random_domain(), utc_ms()));
    let passed = u64::try_from(clock.start.elapsed().as_millis()).unwrap_or(u64::MAX);
    clock.at(passed, utc_ms())
}

fn random_domain() -> u32 {
    let number = std::hash::RandomState::new().hash_one("larder: clock domain");
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
/// closed for a night would find everything fresh. What UTC has advanced beyond it therefore
/// counts as passed: a clock that is put forward can cost a validation, one that is put back
/// changes nothing.
struct Clock {
    domain: u32,
    start: Instant,
    utc_start: i64,
    slept_ms: AtomicU64,
}

impl Clock {
    fn start(domain: u32, utc_start: i64) -> Self {
        Self {
            domain,
            start: Instant::now(),
            utc_start,
            slept_ms: AtomicU64::new(0),
        }
    }

    fn at(&self, passed_ms: u64, utc_ms: i64) -> Now {
        let by_utc = u64::try_from(utc_ms.saturating_sub(self.utc_start)).unwrap_or(0);
        let ahead = by_utc.saturating_sub(passed_ms);
        let slept = self.slept_ms.fetch_max(ahead, Ordering::Relaxed).max(ahead);
        Now::mono(self.domain, passed_ms.saturating_add(slept)).with_utc(utc_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_asleep_counts_and_a_clock_put_back_does_not() {
        let clock = Clock::start(1, 1_000_000);
        assert_eq!(clock.at(5, 1_000_005).mono_ms(), 5);
        assert_eq!(clock.at(10, 900_000).mono_ms(), 10);
        let night = 8 * 3600 * 1000;
        assert_eq!(clock.at(20, 1_000_020 + night).mono_ms(), 20 + night as u64);
        // Never back, whatever UTC says later.
        assert_eq!(clock.at(30, 0).mono_ms(), 30 + night as u64);
        assert_eq!(clock.at(30, 0).utc_ms(), Some(0));
        assert_eq!(clock.at(30, 0).domain(), 1);
    }
}

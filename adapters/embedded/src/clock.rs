//! What time it is, as far as the device knows.

use larder::{Headers, LearnedUtc, Now, UtcSource, parse_delta_seconds, parse_http_date};

/// A source of time. A closure that gives a [`Now`] is one.
///
/// - The domain of a [`Now`] names what its milliseconds count from: take a new one after every
///   reset (a random number will do), and the old one after a deep sleep through which the
///   counter ran on.
/// - UTC is added when a real clock knows it (SNTP, an RTC with a battery), and only then.
pub trait Clock {
    /// The time.
    fn now(&self) -> Now;
}

impl<F: Fn() -> Now> Clock for F {
    fn now(&self) -> Now {
        self()
    }
}

/// Learns what time it is from the Date of a response that has arrived now, unless a real clock
/// knows.
pub(crate) fn learn<H: Headers + ?Sized>(utc: &mut LearnedUtc, headers: &H, now: Now) {
    if now.utc_source() == UtcSource::Clock {
        return;
    }
    let date = headers
        .get_one("date")
        .and_then(|date| parse_http_date(date, now.utc_seconds()));
    if let Some(date) = date {
        // From another cache it is as old as that says.
        let age = headers.get_one("age").and_then(parse_delta_seconds).unwrap_or(0);
        utc.observe(date.saturating_add(i64::from(age)), now);
    }
}

#[cfg(feature = "embassy-time")]
mod embassy {
    use core::cell::Cell;

    use super::{Clock, Now};

    /// Time from embassy-time (feature `embassy-time`).
    #[derive(Debug)]
    pub struct EmbassyClock {
        domain: u32,
        slept_ms: u64,
        /// UTC minus the monotonic time, in milliseconds.
        utc: Cell<Option<i64>>,
    }

    impl EmbassyClock {
        /// A clock whose domain is named by this number. Any will do for a store that does not
        /// outlive a reset; for one that does, take one that no earlier boot had (a counter beside
        /// the store, or a random number): else ages count from the wrong start.
        pub const fn new(domain: u32) -> Self {
            Self {
                domain,
                slept_ms: 0,
                utc: Cell::new(None),
            }
        }

        /// A clock that goes on in a domain after a deep sleep in which embassy-time started
        /// again: `elapsed_ms` is the monotonic time at which it did, from a counter that ran
        /// through the sleep.
        pub const fn resumed(domain: u32, elapsed_ms: u64) -> Self {
            Self {
                domain,
                slept_ms: elapsed_ms,
                utc: Cell::new(None),
            }
        }

        /// Tells what a real clock says: milliseconds since 1970-01-01T00:00:00Z, now.
        pub fn set_utc(&self, ms: i64) {
            self.utc.set(Some(ms.saturating_sub_unsigned(self.elapsed_ms())));
        }

        /// Milliseconds of the domain.
        pub fn elapsed_ms(&self) -> u64 {
            embassy_time::Instant::now()
                .as_millis()
                .saturating_add(self.slept_ms)
        }
    }

    impl Clock for EmbassyClock {
        fn now(&self) -> Now {
            let ms = self.elapsed_ms();
            let now = Now::mono(self.domain, ms);
            match self.utc.get() {
                Some(offset) => now.with_utc(offset.saturating_add_unsigned(ms)),
                None => now,
            }
        }
    }

    impl Clock for &EmbassyClock {
        fn now(&self) -> Now {
            (**self).now()
        }
    }
}

#[cfg(feature = "embassy-time")]
pub use embassy::EmbassyClock;

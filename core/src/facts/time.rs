//! Time as an input with a kind (RFC 9111 section 4.2; RFC 9110 section 5.6.7).

/// Where the UTC time of a [`Now`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UtcSource {
    /// There is none: every use of a stored response is validated (RFC 9111 section 4).
    Unknown,
    /// It was learned from the Date of a response, see [`LearnedUtc`](crate::LearnedUtc): it makes the device a
    /// recipient with a clock, so that stored responses are reused; but it never enters an age, and a
    /// response without Date gets none by it.
    Learned,
    /// It comes from a clock: NTP, an RTC, an operating system.
    Clock,
}

/// A moment, as far as the platform knows it: always a monotonic time of some domain, UTC if
/// known. All values are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Now {
    mono_ms: u64,
    utc_ms: i64,
    domain: u32,
    utc: UtcSource,
}

impl Now {
    /// A monotonic time: milliseconds since the start of its `domain` (one boot, one process;
    /// deep sleep with a running counter keeps its domain).
    pub const fn mono(domain: u32, ms: u64) -> Self {
        Self {
            mono_ms: ms,
            utc_ms: 0,
            domain,
            utc: UtcSource::Unknown,
        }
    }

    /// Adds what a real clock says: milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn with_utc(self, ms: i64) -> Self {
        Self {
            utc_ms: ms,
            utc: UtcSource::Clock,
            ..self
        }
    }

    /// Adds a UTC time that was learned from responses, see [`LearnedUtc`](crate::LearnedUtc).
    #[must_use]
    pub const fn with_learned_utc(self, ms: i64) -> Self {
        Self {
            utc_ms: ms,
            utc: UtcSource::Learned,
            ..self
        }
    }

    /// A millisecond later.
    pub(crate) const fn a_moment_later(self) -> Self {
        Self {
            mono_ms: self.mono_ms.saturating_add(1),
            utc_ms: self.utc_ms.saturating_add(1),
            ..self
        }
    }

    /// Milliseconds of the monotonic clock.
    pub const fn mono_ms(&self) -> u64 {
        self.mono_ms
    }

    /// The domain of the monotonic clock.
    pub const fn domain(&self) -> u32 {
        self.domain
    }

    /// Where UTC comes from.
    pub const fn utc_source(&self) -> UtcSource {
        self.utc
    }

    /// UTC in milliseconds since 1970, from a clock or learned.
    pub fn utc_ms(&self) -> Option<i64> {
        (self.utc != UtcSource::Unknown).then_some(self.utc_ms)
    }

    /// UTC in milliseconds since 1970, from a clock.
    pub(crate) fn clock_ms(&self) -> Option<i64> {
        (self.utc == UtcSource::Clock).then_some(self.utc_ms)
    }

    /// The same in whole seconds: what a response without Date gets as its own (RFC 9110 section 6.6.1).
    /// A learned time does not do: it is as wrong as the Date that it comes from.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn clock_seconds(&self) -> Option<i64> {
        match self.utc {
            UtcSource::Clock => self.utc_seconds(),
            UtcSource::Learned | UtcSource::Unknown => None,
        }
    }

    /// UTC in whole seconds since 1970, rounded down, from a clock or learned; times before
    /// 1970 count as 1970.
    pub fn utc_seconds(&self) -> Option<i64> {
        let ms = u64::try_from(self.utc_ms()?).unwrap_or(0);
        i64::try_from(whole_seconds(ms)).ok()
    }

    /// Milliseconds from `earlier` to this moment, `None` when nothing trustworthy tells:
    /// by the monotonic clock within a domain, so that a UTC clock that jumps moves no age;
    /// by real UTC on both sides across domains; never negative.
    pub fn since(&self, earlier: &Now) -> Option<u64> {
        if self.domain == earlier.domain {
            return self.mono_ms.checked_sub(earlier.mono_ms);
        }
        let passed = self.clock_ms()?.checked_sub(earlier.clock_ms()?)?;
        u64::try_from(passed).ok()
    }

    /// Whether this moment is certainly later than `other`.
    pub(crate) fn is_after(&self, other: &Now) -> bool {
        matches!(self.since(other), Some(passed) if passed > 0)
    }
}

/// When a request was sent and when its response head arrived: ages count from both
/// (RFC 9111 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Exchanged {
    /// When the request was sent (request_time).
    pub request: Now,
    /// When the response head arrived (response_time).
    pub response: Now,
}

impl Exchanged {
    /// Both times.
    pub const fn new(request: Now, response: Now) -> Self {
        Self { request, response }
    }

    /// The delay between both, in milliseconds (response_delay).
    pub(crate) fn delay_ms(&self) -> u64 {
        self.response.since(&self.request).unwrap_or(0)
    }
}

/// Milliseconds to whole seconds, rounded down, without a 64-bit division: that is a library
/// call of a kilobyte on a microcontroller.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn whole_seconds(ms: u64) -> u64 {
    // floor(ms / 1000) = floor((ms / 8) * ceil(2^68 / 125) / 2^68), exact for every u64.
    let wide = u128::from(ms.wrapping_shr(3)).wrapping_mul(0x20C4_9BA5_E353_F7CF);
    #[allow(clippy::cast_possible_truncation)] // below 2^57
    let seconds = wide.wrapping_shr(68) as u64;
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        for ms in (0..5_000).chain([u64::MAX, u64::MAX - 1, 1 << 63, 999_999_999_999_999]) {
            assert_eq!(whole_seconds(ms), ms / 1000);
        }
    }

    #[test]
    fn time_between() {
        // req: 9111-4.2.3-09
        let boot = Now::mono(1, 1_000).with_utc(50_000);
        assert_eq!(Now::mono(1, 3_000).with_utc(0).since(&boot), Some(2_000));
        assert_eq!(Now::mono(1, 999).with_utc(90_000).since(&boot), None);
        assert_eq!(Now::mono(2, 0).with_utc(57_000).since(&boot), Some(7_000));
        assert_eq!(Now::mono(2, 0).with_utc(49_000).since(&boot), None);
        assert_eq!(Now::mono(2, 0).with_learned_utc(57_000).since(&boot), None);
        assert_eq!(Now::mono(2, 9_000).since(&boot), None);
    }
}

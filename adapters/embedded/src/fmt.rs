//! Log lines by defmt where it is on, else by log, else none.

macro_rules! debug {
    ($text:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "defmt")]
        defmt::debug!($text $(, defmt::Display2Format(&$argument))*);
        #[cfg(all(feature = "log", not(feature = "defmt")))]
        log::debug!($text $(, $argument)*);
        #[cfg(not(any(feature = "defmt", feature = "log")))]
        { $( let _ = &$argument; )* }
    }};
}

macro_rules! warning {
    ($text:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "defmt")]
        defmt::warn!($text $(, defmt::Display2Format(&$argument))*);
        #[cfg(all(feature = "log", not(feature = "defmt")))]
        log::warn!($text $(, $argument)*);
        #[cfg(not(any(feature = "defmt", feature = "log")))]
        { $( let _ = &$argument; )* }
    }};
}

//! Decimal numbers without the `fmt` machinery.

use super::ascii::NARROW;

/// A number printed in decimal digits, for Age and Content-Length values.
///
/// ```
/// assert_eq!(larder::Decimal::new(3600).as_bytes(), b"3600");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: [u8; 20],
    start: u8,
}

impl Decimal {
    /// Prints a number.
    pub fn new(number: u64) -> Self {
        let mut digits = [b'0'; 20];
        let mut start = 20u8;
        let mut rest = number;
        // Not over the digits: the compiler would write this out twenty times.
        loop {
            let (quotient, digit) = divide_by_ten(rest);
            start = start.wrapping_sub(1);
            if let Some(slot) = digits.get_mut(usize::from(start)) {
                *slot = b'0'.wrapping_add(digit);
            }
            rest = quotient;
            if rest == 0 {
                return Self { digits, start };
            }
        }
    }

    /// The digits, most significant first, at least one.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(usize::from(self.start)..).unwrap_or(b"0")
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("0")
    }
}

/// Quotient and digit; small numbers take the 32-bit path, which needs no library call on
/// a microcontroller.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn divide_by_ten(number: u64) -> (u64, u8) {
    // (number / 10) by multiplication with the rounded-up reciprocal, exact for all u64.
    let wide = u128::from(number).wrapping_mul(0xCCCC_CCCC_CCCC_CCCD);
    #[allow(clippy::cast_possible_truncation)] // 64 + 64 bits, shifted by 67: fits
    let quotient = wide.wrapping_shr(67) as u64;
    let digit = number.wrapping_sub(quotient.wrapping_mul(10));
    #[allow(clippy::cast_possible_truncation)] // a digit
    (quotient, digit as u8)
}

/// The number of decimal digits, or `None` when it is empty, has another byte, or does not
/// fit 64 bits.
pub(crate) fn parse_u64(digits: &[u8]) -> Option<u64> {
    let mut number = 0u64;
    if digits.is_empty() {
        return None;
    }
    // Nineteen digits always fit.
    let short = !NARROW && digits.len() < 20;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = if short {
            number.wrapping_mul(10).wrapping_add(u64::from(digit))
        } else {
            number.checked_mul(10)?.checked_add(u64::from(digit))?
        };
    }
    Some(number)
}

#[cfg(any(feature = "partial", feature = "extensions"))]
/// The digits that a text starts with, and what follows them.
pub(crate) fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    end.and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses() {
        for number in [
            0,
            1,
            9,
            10,
            99,
            100,
            1_000_000_007,
            u64::MAX,
            u64::MAX - 1,
            1 << 63,
        ] {
            let printed = Decimal::new(number);
            assert_eq!(printed.as_str(), number.to_string());
            assert_eq!(parse_u64(printed.as_bytes()), Some(number));
        }
        // req: 9110-8.6-01
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b""), None);
        assert_eq!(parse_u64(b"-1"), None);
        assert_eq!(parse_u64(b"1 "), None);
    }
}

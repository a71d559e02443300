//! Integers, Decimals and Dates (RFC 9651 section 4.2.4, 4.2.9).

use super::{BareItem, Parsed, StructuredError};
use crate::syntax::decimal::{digits, parse_u64};

/// Digits of an Integer, of the whole part of a Decimal and of its fraction, at most.
const INTEGER: usize = 15;
const WHOLE: usize = 12;
const FRACTION: usize = 3;

/// An Integer or a Decimal.
pub(super) fn number(text: &[u8]) -> Parsed<'_, BareItem<'_>> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let signed = |number: u64| {
        let number = i64::try_from(number).map_err(|_| StructuredError)?;
        Ok(if negative { number.wrapping_neg() } else { number })
    };
    let (whole, rest) = digits(rest);
    // Without a digit there is no number.
    let number = parse_u64(whole).ok_or(StructuredError)?;
    let [b'.', tail @ ..] = rest else {
        return match whole.len() <= INTEGER {
            true => Ok((BareItem::Integer(signed(number)?), rest)),
            false => Err(StructuredError),
        };
    };
    let (fraction, rest) = digits(tail);
    let unit = match fraction.len() {
        1 => 100,
        2 => 10,
        FRACTION => 1,
        _ => return Err(StructuredError),
    };
    if whole.len() > WHOLE {
        return Err(StructuredError);
    }
    let part = parse_u64(fraction).ok_or(StructuredError)?;
    let thousandths = number.wrapping_mul(1000).wrapping_add(part.wrapping_mul(unit));
    Ok((BareItem::Decimal(signed(thousandths)?), rest))
}

/// What follows the `@` of a Date.
pub(super) fn date(text: &[u8]) -> Parsed<'_, BareItem<'_>> {
    match number(text)? {
        (BareItem::Integer(seconds), rest) => Ok((BareItem::Date(seconds), rest)),
        _ => Err(StructuredError),
    }
}

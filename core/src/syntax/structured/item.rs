//! Items, Inner Lists and Parameters (RFC 9651 section 3.1.1, 3.1.2, 3.3).

use super::bare::key;
use super::{BareItem, Parsed, SfString, StructuredError, before, skip_sp, trim};

/// Parameters: keys with values. A key may repeat; the last one counts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parameters<'a> {
    /// As they are written, checked.
    text: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// As they are written, also those whose key comes again. What has no value is true.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, BareItem<'a>)> + use<'a> {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            // They are checked: there is no error.
            let (parameter, tail) = next_parameter(rest).ok()??;
            rest = tail;
            Some(parameter)
        })
    }

    /// The value of a parameter.
    pub fn get(&self, key: &str) -> Option<BareItem<'a>> {
        let named = self.iter().filter(|(name, _)| *name == key);
        named.last().map(|(_, value)| value)
    }

    fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        let mut rest = text;
        while let Some((_, tail)) = next_parameter(rest)? {
            rest = tail;
        }
        let text = before(text, rest);
        Ok((Self { text }, rest))
    }
}

/// A parameter, and what follows it.
type Next<'a, T> = Result<Option<(T, &'a [u8])>, StructuredError>;

fn next_parameter(text: &[u8]) -> Next<'_, (&str, BareItem<'_>)> {
    let [b';', rest @ ..] = text else {
        return Ok(None);
    };
    let (name, rest) = key(skip_sp(rest))?;
    let (value, rest) = match rest {
        [b'=', rest @ ..] => BareItem::parse(rest)?,
        _ => (BareItem::Boolean(true), rest),
    };
    Ok(Some(((name, value), rest)))
}

/// A value with parameters.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Item<'a> {
    /// The value.
    pub value: BareItem<'a>,
    /// Its parameters.
    pub parameters: Parameters<'a>,
}

impl<'a> Item<'a> {
    /// Reads a field that is one Item. More than one line never is; take the value from
    /// [`Headers::get_one`](crate::Headers::get_one).
    ///
    /// # Errors
    /// [`StructuredError`]: the field is to be ignored.
    ///
    /// ```
    /// use larder::structured::{BareItem, Item};
    /// let item = Item::parse(b"gzip;q=0.5;q=0.7")?;
    /// assert_eq!(item.value, BareItem::Token("gzip"));
    /// assert_eq!(item.parameters.get("q"), Some(BareItem::Decimal(700)));
    /// # Ok::<(), larder::structured::StructuredError>(())
    /// ```
    pub fn parse(value: &'a [u8]) -> Result<Self, StructuredError> {
        match Self::parse_first(trim(value))? {
            (item, []) => Ok(item),
            _ => Err(StructuredError),
        }
    }

    /// The Item at the start of a text.
    fn parse_first(text: &'a [u8]) -> Parsed<'a, Self> {
        let (value, rest) = BareItem::parse(text)?;
        let (parameters, rest) = Parameters::parse(rest)?;
        Ok((Self { value, parameters }, rest))
    }
}

/// Items in parentheses, with parameters of their own.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InnerList<'a> {
    /// What follows the parenthesis, checked up to the one that ends it.
    text: &'a [u8],
    /// Those of the whole list.
    pub parameters: Parameters<'a>,
}

impl<'a> InnerList<'a> {
    /// The Items.
    pub fn iter(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            // They are checked: there is no error.
            let (item, tail) = next_item(rest).ok()??;
            rest = tail;
            Some(item)
        })
    }

    /// What follows the parenthesis.
    fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        let mut rest = text;
        while let Some((_, tail)) = next_item(rest)? {
            rest = tail;
        }
        // Nothing else ends the items.
        let tail = skip_sp(rest).strip_prefix(b")").ok_or(StructuredError)?;
        let (parameters, tail) = Parameters::parse(tail)?;
        Ok((Self { text, parameters }, tail))
    }
}

/// The next Item of an Inner List; `None` before its end.
fn next_item(text: &[u8]) -> Next<'_, Item<'_>> {
    let text = skip_sp(text);
    if let [b')', ..] = text {
        return Ok(None);
    }
    let (item, rest) = Item::parse_first(text)?;
    match rest {
        [b' ' | b')', ..] => Ok(Some((item, rest))),
        _ => Err(StructuredError),
    }
}

/// A member of a List or of a Dictionary.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Member<'a> {
    /// One value.
    Item(Item<'a>),
    /// Several.
    InnerList(InnerList<'a>),
}

impl<'a> Member<'a> {
    /// The value, if it is an Item.
    pub const fn value(&self) -> Option<BareItem<'a>> {
        match self {
            Self::Item(item) => Some(item.value),
            Self::InnerList(_) => None,
        }
    }

    /// The number, if it is an Integer.
    pub fn integer(&self) -> Option<i64> {
        self.value()?.integer()
    }

    /// The text, if it is a String.
    pub fn string(&self) -> Option<SfString<'a>> {
        self.value()?.string()
    }

    /// Its parameters.
    pub const fn parameters(&self) -> Parameters<'a> {
        match self {
            Self::Item(item) => item.parameters,
            Self::InnerList(list) => list.parameters,
        }
    }

    /// The member of a List at the start of a text.
    pub(super) fn parse(text: &'a [u8]) -> Parsed<'a, Self> {
        if let [b'(', rest @ ..] = text {
            let (list, rest) = InnerList::parse(rest)?;
            return Ok((Self::InnerList(list), rest));
        }
        let (item, rest) = Item::parse_first(text)?;
        Ok((Self::Item(item), rest))
    }

    /// What follows the key of a Dictionary's member: without a value it is true.
    pub(super) fn parse_keyed(text: &'a [u8]) -> Parsed<'a, Self> {
        if let [b'=', rest @ ..] = text {
            return Self::parse(rest);
        }
        let (parameters, rest) = Parameters::parse(text)?;
        let value = BareItem::Boolean(true);
        Ok((Self::Item(Item { value, parameters }), rest))
    }
}

//! Numbers into choices.

use super::origin::Value;

/// Takes numbers one after the other.
pub struct Draw<'d>(pub &'d [u16]);

impl Draw<'_> {
    pub fn number(&mut self) -> usize {
        let (first, rest) = self.0.split_first().expect("enough numbers for one step");
        self.0 = rest;
        usize::from(*first)
    }

    /// True so many times in a hundred; a small number is false.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.number() >= 65_536 * (100 - percent) / 100
    }

    /// One of a table of weights and values.
    pub fn pick<T: Clone>(&mut self, table: &[(usize, T)]) -> T {
        let sum: usize = table.iter().map(|(weight, _)| weight).sum();
        let mut at = self.number() * sum / 65_536;
        for (weight, value) in table {
            if at < *weight {
                return value.clone();
            }
            at -= weight;
        }
        table[0].1.clone()
    }

    /// A line with a text of the table; "" is none.
    pub fn line(&mut self, to: &mut Vec<(String, String)>, name: &str, table: &[(usize, &str)]) {
        let text = self.pick(table);
        if !text.is_empty() {
            to.extend(text.split('\n').map(|text| (name.to_string(), text.to_string())));
        }
    }

    pub fn value(&mut self, to: &mut Vec<(String, Value)>, name: &str, table: &[(usize, Value)]) {
        let value = self.pick(table);
        if value != Value::Text(String::new()) {
            to.push((name.to_string(), value));
        }
    }
}

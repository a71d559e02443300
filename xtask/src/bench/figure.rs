//! A measured figure beside another, and the table of them.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};

/// What larder takes beside what something else takes.
pub struct Figure {
    /// What was measured, with its unit.
    pub what: String,
    /// Whether it was counted, not timed.
    pub counted: bool,
    /// Larder's.
    pub larder: f64,
    /// What stands beside it, and its figure.
    pub beside: Option<(String, f64)>,
    /// What larder must reach.
    pub bound: Bound,
}

/// What a figure must reach, and what it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// None: the figure is shown.
    Shown,
    /// Larder's own figure is at most this.
    AtMost(f64, f64),
    /// Larder's figure is at most this more than the other.
    Beyond(f64, f64),
    /// Larder's figure is at most so many times the other.
    Ratio(f64, f64),
    /// Larder's figure is at least so many times the other.
    Faster(f64, f64),
}

/// Where a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has no bound.
    Shown,
    /// As good as it should be.
    Stretch,
    /// As good as it must be.
    Must,
    /// Not as good as it must be.
    Over,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "shown only",
            Self::Stretch => "stretch",
            Self::Must => "must",
            Self::Over => "OVER",
        })
    }
}

impl Figure {
    /// Larder's figure in units of the other.
    pub fn ratio(&self) -> Option<f64> {
        let (_, other) = self.beside.as_ref()?;
        (*other > 0.0).then(|| self.larder / other)
    }

    /// Where it stands. A ratio to nothing is over.
    pub fn verdict(&self) -> Verdict {
        let ratio = self.ratio();
        let (must, stretch) = match self.bound {
            Bound::Shown => return Verdict::Shown,
            Bound::AtMost(must, stretch) => (self.larder <= must, self.larder <= stretch),
            Bound::Beyond(must, stretch) => {
                let more = self.beside.as_ref().map(|(_, other)| self.larder - other);
                // figures have two places: what rounds away is no difference
                let at_most = |bound| more.is_some_and(|more| more < bound + 0.005);
                (at_most(must), at_most(stretch))
            }
            Bound::Ratio(must, stretch) => {
                let at_most = |bound| ratio.is_some_and(|ratio| ratio <= bound);
                (at_most(must), at_most(stretch))
            }
            Bound::Faster(must, stretch) => {
                let at_least = |bound| ratio.is_some_and(|ratio| ratio >= bound);
                (at_least(must), at_least(stretch))
            }
        };
        match (stretch, must) {
            (true, _) => Verdict::Stretch,
            (false, true) => Verdict::Must,
            (false, false) => Verdict::Over,
        }
    }

    /// Both bounds as a person reads them.
    fn bounds(&self) -> [String; 2] {
        match self.bound {
            Bound::Shown => ["-".to_owned(), "-".to_owned()],
            Bound::AtMost(must, stretch) => [must, stretch].map(number),
            Bound::Beyond(must, stretch) => [must, stretch].map(|bound| format!("+{}", number(bound))),
            Bound::Ratio(must, stretch) => [must, stretch].map(|bound| format!("{bound:.2}x")),
            Bound::Faster(must, stretch) => [must, stretch].map(|bound| format!(">= {bound}x")),
        }
    }

    fn json(&self) -> Value {
        let kind = match self.bound {
            Bound::Shown => "none",
            Bound::AtMost(..) => "at most",
            Bound::Beyond(..) => "difference at most",
            Bound::Ratio(..) => "ratio at most",
            Bound::Faster(..) => "ratio at least",
        };
        let (must, stretch) = match self.bound {
            Bound::Shown => (None, None),
            Bound::AtMost(must, stretch)
            | Bound::Beyond(must, stretch)
            | Bound::Ratio(must, stretch)
            | Bound::Faster(must, stretch) => (Some(must), Some(stretch)),
        };
        json!({
            "what": self.what,
            "counted": self.counted,
            "larder": self.larder,
            "beside": self.beside.as_ref().map(|(name, _)| name),
            "other": self.beside.as_ref().map(|(_, other)| other),
            "ratio": self.ratio(),
            "bound": kind,
            "must": must,
            "stretch": stretch,
            "verdict": self.verdict().to_string(),
        })
    }
}

/// Whole, thousands apart; a small one that is not whole with two places.
fn number(value: f64) -> String {
    if value.abs() < 100.0 && value.fract() != 0.0 {
        return format!("{value:.2}").replace("-0.00", "0.00");
    }
    let digits = format!("{:.0}", value.abs());
    let mut number = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            number.push(',');
        }
        number.push(digit);
    }
    if value < 0.0 { format!("-{number}") } else { number }
}

/// The table for a person.
pub fn table(figures: &[Figure]) -> String {
    let head = [
        "row", "", "larder", "beside", "", "ratio", "must", "stretch", "verdict",
    ]
    .map(str::to_owned);
    let mut lines = vec![head];
    for figure in figures {
        let (name, other) = match &figure.beside {
            Some((name, other)) => (name.clone(), number(*other)),
            None => ("-".to_owned(), String::new()),
        };
        let [must, stretch] = figure.bounds();
        lines.push([
            figure.what.clone(),
            if figure.counted { "counted" } else { "timed" }.to_owned(),
            number(figure.larder),
            name,
            other,
            figure
                .ratio()
                .map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}x")),
            must,
            stretch,
            figure.verdict().to_string(),
        ]);
    }
    let widths: [usize; 9] = std::array::from_fn(|column| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or_default()
    });
    let mut table = String::new();
    for line in &lines {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let _ = match column {
                2 | 4..=7 => write!(text, "{cell:>width$}  "),
                _ => write!(text, "{cell:<width$}  "),
            };
        }
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}

/// The same for a program.
pub fn json(figures: &[Figure]) -> Value {
    figures.iter().map(Figure::json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(larder: f64, other: f64, bound: Bound) -> Verdict {
        let figure = Figure {
            what: String::new(),
            counted: true,
            larder,
            beside: Some((String::new(), other)),
            bound,
        };
        figure.verdict()
    }

    #[test]
    fn a_bound_is_kept_when_it_is_reached() {
        let less = |larder| verdict(larder, 10.0, Bound::Ratio(2.0, 1.5));
        assert_eq!([15.0, 15.1, 20.0, 20.1].map(less), KEPT);
        let own = |larder| verdict(larder, 10.0, Bound::AtMost(20.0, 15.0));
        assert_eq!([15.0, 15.1, 20.0, 20.1].map(own), KEPT);
        let beyond = |larder| verdict(larder, 10.0, Bound::Beyond(2.0, 0.0));
        assert_eq!([10.001, 10.1, 12.0, 12.1].map(beyond), KEPT);
        let more = |larder| verdict(larder, 10.0, Bound::Faster(5.0, 8.0));
        assert_eq!([80.0, 79.9, 50.0, 49.9].map(more), KEPT);
    }

    const KEPT: [Verdict; 4] = [Verdict::Stretch, Verdict::Must, Verdict::Must, Verdict::Over];

    #[test]
    fn a_ratio_to_nothing_proves_nothing() {
        assert_eq!(verdict(0.0, 0.0, Bound::Ratio(2.0, 1.5)), Verdict::Over);
        assert_eq!(verdict(9.0, 0.0, Bound::Faster(5.0, 8.0)), Verdict::Over);
        assert_eq!(verdict(9.0, 0.0, Bound::Shown), Verdict::Shown);
    }

    #[test]
    fn numbers_can_be_read() {
        let shown = [0.04, -0.001, 7.0, 99.5, 1234.5, 1_234_567.0, -1000.0].map(number);
        assert_eq!(
            shown,
            ["0.04", "0.00", "7", "99.50", "1,234", "1,234,567", "-1,000"]
        );
    }
}

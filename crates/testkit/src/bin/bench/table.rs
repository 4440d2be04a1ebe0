//! The one table.

use std::fmt;

/// What a row is to reach.
#[derive(Clone, Copy)]
pub enum Aim {
    /// The figure itself, at least.
    Figure(f64),
    /// The figure itself, at most.
    FigureAtMost(f64),
    /// The figure over its yardstick, at least.
    RatioAtLeast(f64),
    /// The figure over its yardstick, at most.
    RatioAtMost(f64),
    /// Nothing was asked.
    None,
}

/// The quickest and the slowest of some rounds; for times less is quicker, for rates more.
#[derive(Clone, Copy)]
pub struct Rounds {
    pub best: f64,
    pub worst: f64,
    unit: &'static str,
}

impl Rounds {
    /// Rounds in which more is better, such as acts a second.
    pub fn rates(rounds: &[f64], unit: &'static str) -> Self {
        let (best, worst) = (rounds.iter().copied().fold(0.0, f64::max), least(rounds));
        Self { best, worst, unit }
    }

    /// Rounds in which less is better, such as microseconds.
    pub fn times(rounds: &[f64], unit: &'static str) -> Self {
        let (best, worst) = (least(rounds), rounds.iter().copied().fold(0.0, f64::max));
        Self { best, worst, unit }
    }
}

fn least(rounds: &[f64]) -> f64 {
    rounds.iter().copied().fold(f64::INFINITY, f64::min)
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { best, worst, unit } = self;
        if (best - worst).abs() < best / 1_000.0 {
            return write!(f, "{} {unit}", number(*best));
        }
        write!(f, "{} {unit} (worst {})", number(*best), number(*worst))
    }
}

/// Thousands set apart from 1,000 on, two digits after the point below 100.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A measurement beside its yardstick.
pub struct Row {
    pub name: String,
    pub done: String,
    pub figure: Rounds,
    pub yardstick: &'static str,
    pub yard: Rounds,
    pub aim: Aim,
}

impl Row {
    fn cells(&self) -> [String; 7] {
        let ratio = self.figure.best / self.yard.best;
        let (aim, reached) = match self.aim {
            Aim::None => ("none".to_owned(), None),
            Aim::Figure(aim) => (format!("≥ {}", number(aim)), Some(self.figure.best >= aim)),
            Aim::FigureAtMost(aim) => (format!("≤ {}", number(aim)), Some(self.figure.best <= aim)),
            Aim::RatioAtLeast(aim) => (format!("≥ {aim:.1} ×"), Some(ratio >= aim)),
            Aim::RatioAtMost(aim) => (format!("≤ {aim:.1} ×"), Some(ratio <= aim)),
        };
        let reached = reached.map_or("", |reached| if reached { ", reached" } else { ", NOT reached" });
        [
            self.name.clone(),
            self.done.clone(),
            self.figure.to_string(),
            self.yardstick.to_owned(),
            self.yard.to_string(),
            format!("{ratio:.2} ×"),
            format!("{aim}{reached}"),
        ]
    }
}

/// All rows.
#[derive(Default)]
pub struct Rows(Vec<Row>);

impl Rows {
    /// Adds a row, and tells it at once: the next one may take a minute.
    pub fn add(&mut self, row: Row) {
        eprintln!("measured: {}", row.cells().join(" | "));
        self.0.push(row);
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head =
            ["what", "done", "figure", "yardstick", "yardstick's figure", "ratio", "aim"].map(str::to_owned);
        let mut lines = vec![head];
        lines.extend(self.0.iter().map(Row::cells));
        let widths: Vec<usize> = (0..7)
            .map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or_default())
            .collect();
        for (number, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(f, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
            if number == 0 {
                let rule = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>();
                writeln!(f, "| {} |", rule.join(" | "))?;
            }
        }
        Ok(())
    }
}

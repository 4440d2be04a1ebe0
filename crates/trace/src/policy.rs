//! What counts as a contact, as data.

use crate::near::{Nearness, Standing};
use healthcode_core::fact::ExposureBasis;
use healthcode_core::time::Zone;
use serde::{Deserialize, Serialize};

/// How near a contact is; the words of exposure evidence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Close contact of a case.
    Close,
    /// Close contact of a close contact.
    Secondary,
    /// Was near without meeting the terms of a close contact.
    General,
}

impl Level {
    /// The nearer of both; they are declared from near to far.
    pub(crate) fn nearer(self, other: Self) -> Self {
        if self as u8 <= other as u8 { self } else { other }
    }

    /// The word for it in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Secondary => "secondary",
            Self::General => "general",
        }
    }
}

/// How time together is counted against the minimum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Added up over all places within some half-open window of so many hours, wherever that window lies. Time
    /// in two places at once counts once.
    Sum {
        /// Length of the window, 1 to 8784 hours.
        hours: u32,
    },
    /// One overlap at one place.
    Unbroken,
}

/// A contact definition. Read from TOML with [`Policy::parse`]; some are [built in](Policy::built_in).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// What it is called, 1 to 64 characters.
    pub name: String,
    /// The least time together that makes a contact, in seconds; 1 to 31,622,400 (366 days).
    pub minimum_seconds: u32,
    /// How that time is counted.
    pub mode: Mode,
    /// What the contacts are.
    pub level: Level,
    /// Whether who was at a place on the same civil date as the case was together with her, all the time that the one
    /// was there on such dates. The dates are those of [`Policy::zone`].
    pub same_date: bool,
    /// Where civil dates are taken; there wherever `same_date` is. Whoever knows where the places are may change it.
    pub zone: Option<Zone>,
    /// Places of certain kinds that have a minimum of their own. Time there is judged by it alone, apart from time
    /// elsewhere; who meets several is of the nearest level.
    pub kinds: Vec<KindRule>,
    /// Contacts of the close contacts; `None`: none are looked for.
    pub second_ring: Option<SecondRing>,
    /// The most people who may become contacts of one case at one place without an officer: of places with more,
    /// [`wanted_exposures`](crate::wanted_exposures) gives nobody an exposure until there is a
    /// [`Choice`](crate::Choice). `None`: no bound. Tracing from files has no officer and does not look at it.
    pub ask_above: Option<u32>,
    /// The same for tracing from files and in a city's index: where more would become contacts, none does, and the
    /// place is listed. `None`: no bound.
    pub cap: Option<u32>,
    /// Civil days before the day of onset on which the infectious window starts, 0 to 60.
    pub days_before_onset: u8,
    /// The same before the day of the first positive sample, for a case without symptoms.
    pub days_before_sample: u8,
    /// Civil days after that day on which the window ends, 0 to 60, unless isolation ends it earlier.
    pub days_after: u8,
    /// Whether the window of a case that was found by repeated screening begins with the last negative sample.
    pub after_last_negative: bool,
    /// How long a place stays risky after a case has left it: as long as the case had been there, at most so many
    /// seconds, 0 to 86,400. It counts even where the infectious window ends meanwhile, and not where `same_date` does.
    pub tail_seconds: u32,
    /// How long a visit without `left_at` in a file lasts, 60 to 86,400 seconds. `None`: such a visit is refused.
    pub usual_stay_seconds: Option<u32>,
    /// Why nobody may use the definition, where nobody may: it is here to be known, not to be run.
    pub off: Option<String>,
    /// Where the definition was published.
    pub source: String,
}

/// What counts at places of some kinds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KindRule {
    /// The kinds, in the words of the visits; 1 to 64 characters each.
    pub of: Vec<String>,
    /// As [`Policy::minimum_seconds`].
    pub minimum_seconds: u32,
    /// As [`Policy::mode`].
    pub mode: Mode,
    /// As [`Policy::level`]; where there is a [`KindRule::nearness`], of those who were near.
    pub level: Level,
    /// As [`Policy::same_date`].
    pub same_date: bool,
    /// What exposures there are computed from.
    pub basis: ExposureBasis,
    /// What counts at seats, on vehicles. `None`: all who are there are together.
    pub nearness: Option<Nearness>,
}

/// Contacts of contacts. A close contact of a case counts from the first instant that she shared with the case, until she
/// is kept apart; who is a close contact of hers in this time is of the second ring, but never the case nor another close
/// contact of the case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondRing {
    /// What these contacts are.
    pub level: Level,
    /// The least time together in seconds and how it is counted, in place of the policy's own; rules for kinds of
    /// places hold as they are. `None`: as in the first ring.
    pub minimum: Option<(u32, Mode)>,
    /// As [`Policy::ask_above`]: people of the second ring of one case at one place.
    pub ask_above: Option<u32>,
}

/// A rule of a policy: its own, or that of a kind.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'a> {
    pub minimum_seconds: u32,
    pub mode: Mode,
    level: Level,
    pub same_date: bool,
    pub basis: ExposureBasis,
    pub nearness: Option<&'a Nearness>,
}

impl Rule<'_> {
    /// The levels that time of at least some standing makes.
    pub fn levels(self) -> impl Iterator<Item = (Level, Standing)> {
        let unknown = self.nearness.map(|nearness| (nearness.unknown_seat, Standing::Unknown));
        let beyond = self.nearness.and_then(|nearness| Some((nearness.beyond?, Standing::Far)));
        [Some((self.level, Standing::Near)), unknown, beyond].into_iter().flatten()
    }
}

impl Policy {
    /// The number of the rule that judges time at places of a kind: 0 the policy's own, else a kind's, from 1.
    pub(crate) fn rule_of_kind(&self, kind: &str) -> u8 {
        let at = self.kinds.iter().position(|rule| rule.of.iter().any(|of| of == kind));
        // At most 250 of them were read; one beyond could not be told from the policy's own.
        at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
    }

    /// The rule of that number.
    pub(crate) fn rule(&self, number: u8) -> Rule<'_> {
        match usize::from(number).checked_sub(1).and_then(|at| self.kinds.get(at)) {
            Some(kind) => Rule {
                minimum_seconds: kind.minimum_seconds,
                mode: kind.mode,
                level: kind.level,
                same_date: kind.same_date,
                basis: kind.basis,
                nearness: kind.nearness.as_ref(),
            },
            None => Rule {
                minimum_seconds: self.minimum_seconds,
                mode: self.mode,
                level: self.level,
                same_date: self.same_date,
                basis: ExposureBasis::Place,
                nearness: None,
            },
        }
    }

    /// Every rule with its number.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (u8, Rule<'_>)> {
        (0..=u8::MAX).take(self.kinds.len() + 1).map(|number| (number, self.rule(number)))
    }

    /// Whether any rule asks for seats.
    pub(crate) fn asks_for_seats(&self) -> bool {
        self.kinds.iter().any(|kind| kind.nearness.is_some())
    }

    /// Whether any rule goes by civil dates.
    pub(crate) fn goes_by_dates(&self) -> bool {
        self.same_date || self.kinds.iter().any(|kind| kind.same_date)
    }

    /// The definition by which the contacts of close contacts are found, and what they are.
    pub(crate) fn of_second_ring(&self) -> Option<(Self, Level)> {
        let ring = self.second_ring.as_ref()?;
        let (minimum_seconds, mode) = ring.minimum.unwrap_or((self.minimum_seconds, self.mode));
        let ask_above = ring.ask_above;
        Some((Self { minimum_seconds, mode, ask_above, second_ring: None, ..self.clone() }, ring.level))
    }
}

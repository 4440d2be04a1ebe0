//! What an officer decides about a place where a case would have made too many contacts, and what each choice would
//! leave.

use crate::exposure::WantedExposure;
use crate::together::unite;
use healthcode_core::ids::PointId;
use healthcode_core::time::{Instant, Interval};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000_000;
/// The minutes that are offered.
const OFFERED_MINUTES: [u32; 5] = [15, 30, 60, 120, 240];

/// What was decided about places of a case. A choice stands for its place whether or not more people than the policy
/// allows are there at the moment: late visits do not undo it.
pub type Choices = BTreeMap<PointId, Choice>;

/// What an officer decides about a place of a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Choice {
    /// Everybody is a contact, as if there were no bound.
    Everybody,
    /// Nobody is.
    Nobody,
    /// Nobody is, and everybody shall be told: see [`Wanted::messages`](crate::Wanted::messages).
    Message,
    /// Some are.
    Narrow(Narrow),
}

/// Which time at a place counts. Those who are left have exposures of that time only; others have none there, and nobody
/// loses one elsewhere. What is not asked for does not matter, so that the default leaves everybody.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    /// The least time that counts there, added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least_minutes: Option<u32>,
    /// Only time in the same part of the place; where the part of either is not known, it is not the same.
    #[serde(default)]
    pub same_part: bool,
    /// Only time of scans in the same direction; likewise.
    #[serde(default)]
    pub same_way: bool,
    /// Only time in this interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Interval>,
}

/// How many people a choice would leave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offer {
    /// The choice.
    pub choice: Choice,
    /// How many people would have an exposure there; of [`Choice::Message`], would be told.
    pub people: u32,
}

/// A place of a case with what everybody there would get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CappedExposures {
    /// Where.
    pub place: PointId,
    /// How many people.
    pub people: u32,
    /// What each would get, at most one for each person and `via`; by person, then `via`.
    pub exposures: Vec<WantedExposure>,
    /// The time behind each of them, in pieces.
    pub(crate) shared: Vec<Vec<Shared>>,
}

/// A piece of a time together, in microseconds, and whether both were in one part and went one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shared {
    pub from: i64,
    pub until: i64,
    pub same_part: bool,
    pub same_way: bool,
}

impl CappedExposures {
    /// The exposures that a choice leaves; of [`Choice::Message`], those that shall be told.
    pub fn after(&self, choice: &Choice) -> Vec<WantedExposure> {
        match choice {
            Choice::Everybody | Choice::Message => self.exposures.clone(),
            Choice::Nobody => Vec::new(),
            Choice::Narrow(narrow) => {
                let all = self.exposures.iter().zip(&self.shared);
                all.filter_map(|(exposure, shared)| narrow.leaves(exposure, shared)).collect()
            }
        }
    }
}

impl Narrow {
    /// What is left of an exposure.
    fn leaves(&self, exposure: &WantedExposure, shared: &[Shared]) -> Option<WantedExposure> {
        let between =
            self.between.map_or((i64::MIN, i64::MAX), |span| (span.from.micros(), span.until.micros()));
        let mut spans: Vec<(i64, i64)> = shared
            .iter()
            .filter(|piece| (piece.same_part || !self.same_part) && (piece.same_way || !self.same_way))
            .map(|piece| (piece.from.max(between.0), piece.until.min(between.1)))
            .filter(|(from, until)| from < until)
            .collect();
        unite(&mut spans);
        let (first, last) = (spans.first()?.0, spans.last()?.1);
        let minutes = spans.iter().map(|(from, until)| until - from).sum::<i64>() / MINUTE;
        let minutes = u32::try_from(minutes).unwrap_or(u32::MAX);
        (minutes >= self.at_least_minutes.unwrap_or(0)).then(|| WantedExposure {
            first_at: Instant::from_micros(first),
            last_at: Instant::from_micros(last),
            minutes,
            ..exposure.clone()
        })
    }
}

/// What an officer is offered for a place, and how many people each choice would leave: everybody, a message, nobody; at
/// least 15, 30, 60, 120 and 240 minutes; and where the visits tell parts of the place, or directions, that the case
/// shared with anybody, the same part, the same direction and both, with and without those minutes.
pub fn counts(capped: &CappedExposures) -> Vec<Offer> {
    let offer = |choice: Choice| {
        let mut people: Vec<_> = capped.after(&choice).into_iter().map(|exposure| exposure.person).collect();
        // Of the second ring one person may be there through several contacts.
        people.dedup();
        Offer { choice, people: u32::try_from(people.len()).unwrap_or(u32::MAX) }
    };
    let mut offers = vec![offer(Choice::Everybody), offer(Choice::Message), offer(Choice::Nobody)];
    for (same_part, same_way) in [(false, false), (true, false), (false, true), (true, true)] {
        let narrow = Narrow { same_part, same_way, ..Narrow::default() };
        if same_part || same_way {
            let any = offer(Choice::Narrow(narrow.clone()));
            if any.people == 0 {
                continue;
            }
            offers.push(any);
        }
        offers.extend(OFFERED_MINUTES.map(|minutes| {
            offer(Choice::Narrow(Narrow { at_least_minutes: Some(minutes), ..narrow.clone() }))
        }));
    }
    offers
}

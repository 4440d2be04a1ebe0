//! The exposures that one case gives, as the server wants them: to be compared with those it has.

use crate::choice::{CappedExposures, Choice, Choices};
use crate::policy::{Level, Policy};
use crate::ring::{Found, Ring};
use crate::together::Windows;
use crate::visit::{Grade, Visit};
use healthcode_core::fact::ExposureBasis;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval};
use std::collections::BTreeMap;

/// What one contact shared with a case at one place, and how much it proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WantedExposure {
    /// The contact.
    pub person: PersonId,
    /// Where they were together.
    pub place: PointId,
    /// The first instant together there.
    pub first_at: Instant,
    /// The first instant after the last time together there.
    pub last_at: Instant,
    /// Whole minutes together there, rounded down.
    pub minutes: u32,
    /// What the policy makes of it: the nearest level that the pair meets, at all its places.
    pub level: Level,
    /// How much it proves; see [`wanted_exposures`].
    pub grade: Grade,
    /// What it was computed from, by the policy's rule for the kind of the place.
    pub basis: ExposureBasis,
    /// Of the second ring, the close contact of the case with whom the person was together; the times and minutes are
    /// with her. `None` in the first ring.
    pub via: Option<PersonId>,
}

/// The exposures of one case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Proven ones, graded `witnessed` or `rotating`: at most one for each contact, place and `via`; by these.
    pub exposures: Vec<WantedExposure>,
    /// What can make a message and never a colour: exposures graded `poster`, and of any grade at places for which an
    /// officer chose [`Choice::Message`]. In the same order.
    pub messages: Vec<WantedExposure>,
    /// Places with more proven exposures than the policy allows, of which no choice was made, by place. They gave
    /// nobody anything.
    pub capped: Vec<CappedExposures>,
    /// The same of `poster` exposures; counted apart, so that forged scans of a printed code cannot push a proven
    /// exposure over the bound.
    pub capped_poster: Vec<CappedExposures>,
    /// Places of which a choice was made, with the proven exposures there before it, by place.
    pub decided: Vec<CappedExposures>,
}

/// Computes the exposures that a case gives to others.
///
/// `windows` is when the case was infectious; several are one set of times. `case_visits` are visits of the
/// case, `other_visits` those of others at the same places; visits of third people in the one and of the case in
/// the other do no harm. Touching visits are one visit, so hand in whole visits, not ones cut at the window, and those
/// of the policy's tail after it, or of the policy's civil dates around it. `choices` are those of this case.
///
/// **Grades.** A pair is judged three times: by `witnessed` visits alone, by `witnessed` and `rotating` ones
/// (what these show is *proven*), and by all.
///
/// - It qualifies by proven time: each place with proven time together gets an exposure that counts proven time
///   only. Its grade is the weakest that was needed: `witnessed` when the pair is of the same level by witnessed time
///   alone and all proven time at this place is witnessed, else `rotating`. A place shared by poster scans only gets
///   an exposure graded `poster`.
/// - It qualifies only with poster scans: all its exposures are graded `poster`.
///
/// So poster scans, which anybody may forge from afar, never add, lengthen or remove an exposure of another
/// grade, nor do the seats that they tell.
pub fn wanted_exposures(
    case: &PersonId,
    windows: &[Interval],
    case_visits: &[Visit],
    other_visits: &[Visit],
    policy: &Policy,
    choices: &Choices,
) -> Wanted {
    let visits: Vec<&Visit> = case_visits.iter().chain(other_visits).collect();
    let ring = Ring::new(vec![(case, Windows::new(windows))], &visits, policy);
    decide(&ring, ring.found(0), policy.ask_above, choices, false)
}

/// Puts in order what was found: what may stand, what is for an officer, and what an officer decided.
pub(crate) fn decide(
    ring: &Ring<'_>,
    found: Vec<Found>,
    ask_above: Option<u32>,
    choices: &Choices,
    via: bool,
) -> Wanted {
    let mut by_place: BTreeMap<(u32, bool), Vec<Found>> = BTreeMap::new();
    for found in found {
        by_place.entry((found.meeting.place, found.grade > Grade::Poster)).or_default().push(found);
    }
    let mut wanted = Wanted::default();
    for ((place, proven), found) in by_place {
        let mut people: Vec<u32> = found.iter().map(|found| found.meeting.person).collect();
        people.sort_unstable();
        people.dedup();
        let people = u32::try_from(people.len()).unwrap_or(u32::MAX);
        let choice = choices.get(ring.place(place));
        if choice.is_none() && ask_above.is_none_or(|most| people <= most) {
            let exposures = found.iter().map(|found| ring.exposure(found, via));
            if proven {
                wanted.exposures.extend(exposures)
            } else {
                wanted.messages.extend(exposures)
            }
            continue;
        }
        let capped = ring.capped(place, people, found, via);
        match (choice, proven) {
            (None, true) => wanted.capped.push(capped),
            (None, false) => wanted.capped_poster.push(capped),
            (Some(choice), true) => {
                let left = capped.after(choice);
                if *choice == Choice::Message {
                    wanted.messages.extend(left)
                } else {
                    wanted.exposures.extend(left)
                }
                wanted.decided.push(capped);
            }
            (Some(choice), false) => wanted.messages.extend(capped.after(choice)),
        }
    }
    for exposures in [&mut wanted.exposures, &mut wanted.messages] {
        exposures.sort_unstable_by(|a, b| (&a.person, &a.place, &a.via).cmp(&(&b.person, &b.place, &b.via)));
    }
    wanted
}

//! The exposures that one case gives, as the server wants them: to be compared with those it has.

use crate::contacts::{CappedPlace, Meeting, meetings, qualifying, take_capped};
use crate::index::Index;
use crate::policy::{Level, Policy};
use crate::stamp::Stamp;
use crate::together::{Windows, times_together};
use crate::visit::{Grade, Stay, Visit};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval};

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
    /// What the policy makes of it.
    pub level: Level,
    /// How much it proves; see [`wanted_exposures`].
    pub grade: Grade,
}

/// The exposures of one case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// At most one for each contact and place; by person, then place.
    pub exposures: Vec<WantedExposure>,
    /// Places whose proven exposures the policy's cap took out, by place.
    pub capped: Vec<CappedPlace>,
    /// Places whose `poster` exposures the cap took out; counted apart, so that forged scans of a printed code
    /// cannot push a proven exposure over the cap.
    pub capped_poster: Vec<CappedPlace>,
}

/// Computes the exposures that a case gives to others.
///
/// `windows` is when the case was infectious; several are one set of times. `case_visits` are visits of the
/// case, `other_visits` those of others at the same places; visits of third people in the one and of the case in
/// the other do no harm. Touching visits are one visit, so hand in whole visits, not ones cut at the window,
/// and those of the policy's tail after it.
///
/// Visits have no kinds here, so rules for kinds of places are not looked at.
///
/// **Grades.** A pair is judged three times: by `witnessed` visits alone, by `witnessed` and `rotating` ones
/// (what these show is *proven*), and by all.
///
/// - It qualifies by proven time: each place with proven time together gets an exposure that counts proven time
///   only. Its grade is the weakest that was needed: `witnessed` when the pair qualifies by witnessed time alone
///   and all proven time at this place is witnessed, else `rotating`. A place shared by poster scans only gets an
///   exposure graded `poster`.
/// - It qualifies only with poster scans: all its exposures are graded `poster`.
///
/// So poster scans, which anybody may forge from afar, never add, lengthen or remove an exposure of another
/// grade.
pub fn wanted_exposures(
    case: &PersonId,
    windows: &[Interval],
    case_visits: &[Visit],
    other_visits: &[Visit],
    policy: &Policy,
) -> Wanted {
    let visits: Vec<&Visit> = case_visits.iter().chain(other_visits).collect();
    let numbered = Numbered::new(case, &visits);
    let windows = [Windows::new(windows)];
    let by_grade = ByGrade {
        witnessed: numbered.times(&visits, &windows, policy, Grade::Witnessed),
        proven: numbered.times(&visits, &windows, policy, Grade::Rotating),
        all: numbered.times(&visits, &windows, policy, Grade::Poster),
    };
    let found = by_grade.exposures(policy);
    let (mut proven, mut poster): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(_, grade)| *grade > Grade::Poster);
    let capped = take_capped(&mut proven, policy.cap, |(meeting, _)| meeting.place);
    let capped_poster = take_capped(&mut poster, policy.cap, |(meeting, _)| meeting.place);
    proven.append(&mut poster);
    proven.sort_unstable_by_key(|(meeting, _)| (meeting.person, meeting.place));
    Wanted {
        exposures: proven.iter().map(|(meeting, grade)| numbered.exposure(meeting, *grade, policy)).collect(),
        capped: numbered.capped(&capped),
        capped_poster: numbered.capped(&capped_poster),
    }
}

/// People and places as numbers in the order of their ids, but the case is number 0.
struct Numbered<'a> {
    people: Vec<&'a PersonId>,
    places: Vec<&'a PointId>,
}

impl<'a> Numbered<'a> {
    fn new(case: &'a PersonId, visits: &[&'a Visit]) -> Self {
        let mut people: Vec<_> =
            visits.iter().map(|visit| &visit.person).filter(|who| *who != case).collect();
        let mut places: Vec<_> = visits.iter().map(|visit| &visit.place).collect();
        people.sort_unstable();
        people.dedup();
        people.insert(0, case);
        places.sort_unstable();
        places.dedup();
        Self { people, places }
    }

    /// The times together by visits of at least that grade, ordered by person, place and start.
    fn times(&self, visits: &[&Visit], windows: &[Windows; 1], policy: &Policy, weakest: Grade) -> Vec<Stay> {
        let stays = visits.iter().filter(|visit| visit.grade >= weakest).map(|visit| Stay {
            // Every id of `visits` is in the lists; whoever is not found among the others is the case.
            person: self.people[1..].binary_search(&&visit.person).map_or(0, |at| at as u32 + 1),
            place: self.places.partition_point(|place| *place < &visit.place) as u32,
            from: Stamp::new(visit.stay.from, 0),
            until: Stamp::new(visit.stay.until, 0),
        });
        let index = Index::new(stays.collect(), windows, self.places.len());
        let mut times = Vec::new();
        times_together(&index, 0, &windows[0], policy, &mut times);
        times
    }

    fn exposure(&self, meeting: &Meeting, grade: Grade, policy: &Policy) -> WantedExposure {
        WantedExposure {
            person: self.people[meeting.person as usize].clone(),
            place: self.places[meeting.place as usize].clone(),
            first_at: meeting.first.instant(),
            last_at: meeting.last.instant(),
            minutes: meeting.minutes(),
            level: policy.level,
            grade,
        }
    }

    fn capped(&self, capped: &[(u32, u32)]) -> Vec<CappedPlace> {
        let named = |(place, people): &(u32, u32)| CappedPlace {
            case: self.people[0].clone(),
            place: self.places[*place as usize].clone(),
            people: *people,
        };
        capped.iter().map(named).collect()
    }
}

/// The times that others spent together with the case, by what proves them; each list contains the one before.
struct ByGrade {
    witnessed: Vec<Stay>,
    proven: Vec<Stay>,
    all: Vec<Stay>,
}

impl ByGrade {
    fn exposures(&self, policy: &Policy) -> Vec<(Meeting, Grade)> {
        let mut found = Vec::new();
        for (_, times) in qualifying(policy, &[], &self.all) {
            let person = times[0].person;
            let witnessed = of_person(&self.witnessed, person);
            let proven = of_person(&self.proven, person);
            let meets = |times: &[Stay]| qualifying(policy, &[], times).next().is_some();
            if !meets(proven) {
                found.extend(meetings(times).map(|meeting| (meeting, Grade::Poster)));
                continue;
            }
            let by_witnesses = meets(witnessed);
            for any in meetings(times) {
                let at = |times: &[Stay]| meetings(times).find(|meeting| meeting.place == any.place);
                found.push(match at(proven) {
                    None => (any, Grade::Poster),
                    Some(meeting) if by_witnesses && at(witnessed) == Some(meeting) => {
                        (meeting, Grade::Witnessed)
                    }
                    Some(meeting) => (meeting, Grade::Rotating),
                });
            }
        }
        found
    }
}

/// The part of `times` (ordered by person) that is shared with that person.
fn of_person(times: &[Stay], person: u32) -> &[Stay] {
    let start = times.partition_point(|time| time.person < person);
    let length = times[start..].partition_point(|time| time.person == person);
    &times[start..start + length]
}

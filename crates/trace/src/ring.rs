//! Visits with ids, in three lists by what they prove, and what the cases among them give to others.

use crate::choice::{CappedExposures, Shared};
use crate::contacts::{Meeting, meetings, qualifying};
use crate::exposure::WantedExposure;
use crate::index::Index;
use crate::marks::{Mark, Marks};
use crate::parts::set_rule;
use crate::policy::{Level, Policy};
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::together::{Terms, Together, Windows};
use crate::visit::{Grade, Stay, Visit, Way};
use healthcode_core::ids::{PersonId, PointId};

/// The part of the place and the direction that a scan says.
type Scan = (Option<u32>, Option<Way>);

/// People and places as numbers in the order of their ids, but the cases come first.
pub(crate) struct Ring<'a> {
    policy: &'a Policy,
    windows: Vec<Windows>,
    people: Vec<&'a PersonId>,
    places: Vec<&'a PointId>,
    rules: Vec<u8>,
    /// By witnessed visits; by these and rotating ones; by all.
    graded: [Graded; 3],
}

struct Graded {
    index: Index,
    seats: Marks<Seat>,
    scans: Marks<Scan>,
}

/// What a case gives to someone at one place.
pub(crate) struct Found {
    pub case: u32,
    pub meeting: Meeting,
    pub level: Level,
    pub grade: Grade,
}

impl<'a> Ring<'a> {
    /// `cases` are different people, each with her windows.
    pub fn new(cases: Vec<(&'a PersonId, Windows)>, visits: &[&'a Visit], policy: &'a Policy) -> Self {
        let (cases, windows): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let mut numbers: Vec<(&PersonId, u32)> = cases.iter().copied().zip(0..).collect();
        numbers.sort_unstable();
        let case = |who: &PersonId| numbers.binary_search_by_key(&who, |(case, _)| case).ok();
        let mut others: Vec<_> =
            visits.iter().map(|visit| &visit.person).filter(|who| case(who).is_none()).collect();
        let mut places: Vec<_> = visits.iter().map(|visit| &visit.place).collect();
        let mut parts: Vec<_> = visits.iter().filter_map(|visit| visit.part.as_ref()).collect();
        for list in [&mut places, &mut parts] {
            list.sort_unstable();
            list.dedup();
        }
        others.sort_unstable();
        others.dedup();
        // Every id of `visits` is in the lists.
        let place_of = |visit: &Visit| places.partition_point(|place| *place < &visit.place) as u32;
        let person_of = |visit: &Visit| match case(&visit.person) {
            Some(at) => numbers[at].1,
            None => (cases.len() + others.partition_point(|who| *who < &visit.person)) as u32,
        };
        let mut rules = Vec::new();
        for visit in visits {
            if let Some(kind) = &visit.kind {
                set_rule(&mut rules, place_of(visit), policy.rule_of_kind(kind));
            }
        }
        let graded = [Grade::Witnessed, Grade::Rotating, Grade::Poster].map(|weakest| {
            let of_grade: Vec<(Stay, &Visit)> = visits
                .iter()
                .filter(|visit| visit.grade >= weakest)
                .map(|visit| (stay(visit, person_of(visit), place_of(visit)), *visit))
                .collect();
            Graded::new(&of_grade, &windows, places.len(), &parts)
        });
        let people = cases.into_iter().chain(others).collect();
        Self { policy, windows, people, places, rules, graded }
    }

    fn terms<'b>(&'b self, graded: &'b Graded) -> Terms<'b> {
        Terms { policy: self.policy, rules: &self.rules, seats: &graded.seats }
    }

    fn together(&self, case: u32, graded: &Graded) -> Together {
        let mut found = Together::default();
        self.terms(graded).together(&graded.index, case, &self.windows[case as usize], &mut found);
        found
    }

    /// What a case gives to those who are no cases, by person and place.
    pub fn found(&self, case: u32) -> Vec<Found> {
        let [witnessed, proven, all] =
            [0, 1, 2].map(|at| (&self.graded[at], self.together(case, &self.graded[at])));
        let judged = |(graded, times): &'_ (&Graded, Together)| -> Vec<(u32, Level)> {
            qualifying(self.terms(graded), times).map(|(level, times)| (times[0].person, level)).collect()
        };
        let (by_witnesses, by_proof, by_all) = (judged(&witnessed), judged(&proven), judged(&all));
        let mut who: Vec<u32> = by_proof.iter().chain(&by_all).map(|(person, _)| *person).collect();
        who.sort_unstable();
        who.dedup();
        let mut found = Vec::new();
        for person in who.into_iter().filter(|person| *person as usize >= self.windows.len()) {
            let (proof, any) = (level_of(&by_proof, person), level_of(&by_all, person));
            let certain = level_of(&by_witnesses, person) == proof;
            let seen: Vec<Meeting> = meetings(of_person(&witnessed.1.times, person)).collect();
            let mut places = Vec::new();
            if let Some(level) = proof {
                for meeting in meetings(of_person(&proven.1.times, person)) {
                    let grade =
                        if certain && seen.contains(&meeting) { Grade::Witnessed } else { Grade::Rotating };
                    places.push(meeting.place);
                    found.push(Found { case, meeting, level, grade });
                }
            }
            let Some(level) = any.or(proof) else { continue };
            let others = meetings(of_person(&all.1.times, person));
            found.extend(others.filter(|meeting| !places.contains(&meeting.place)).map(|meeting| Found {
                case,
                meeting,
                level,
                grade: Grade::Poster,
            }));
        }
        found
    }

    pub fn person(&self, number: u32) -> &'a PersonId {
        self.people[number as usize]
    }

    pub fn place(&self, number: u32) -> &'a PointId {
        self.places[number as usize]
    }

    pub fn exposure(&self, found: &Found, via: bool) -> WantedExposure {
        let Found { case, meeting, level, grade } = found;
        let rule = self.rules.get(meeting.place as usize).copied().unwrap_or(0);
        WantedExposure {
            person: self.person(meeting.person).clone(),
            place: self.place(meeting.place).clone(),
            first_at: meeting.first.instant(),
            last_at: meeting.last.instant(),
            minutes: meeting.minutes(),
            level: *level,
            grade: *grade,
            basis: self.policy.rule(rule).basis,
            via: via.then(|| self.person(*case).clone()),
        }
    }

    /// A place with what everybody there would get, all of proven grade or all of the other.
    pub fn capped(&self, place: u32, people: u32, mut found: Vec<Found>, via: bool) -> CappedExposures {
        found.sort_unstable_by_key(|found| (found.meeting.person, self.person(found.case)));
        let mut cases: Vec<u32> = found.iter().map(|found| found.case).collect();
        cases.sort_unstable();
        cases.dedup();
        let proven = found.iter().all(|found| found.grade > Grade::Poster);
        let graded = &self.graded[if proven { 1 } else { 2 }];
        let mut pieces: Vec<_> = cases.iter().flat_map(|case| self.shared(*case, place, graded)).collect();
        pieces.sort_by_key(|(of, _)| *of);
        let of = |found: &Found| {
            let pair = (found.case, found.meeting.person);
            let start = pieces.partition_point(|(of, _)| *of < pair);
            pieces[start..].iter().take_while(|(of, _)| *of == pair).map(|(_, shared)| *shared).collect()
        };
        CappedExposures {
            place: self.place(place).clone(),
            people,
            shared: found.iter().map(of).collect(),
            exposures: found.iter().map(|found| self.exposure(found, via)).collect(),
        }
    }

    /// The pieces of the time that others shared with a case at a place, each with case and person.
    fn shared(&self, case: u32, place: u32, graded: &Graded) -> Vec<((u32, u32), Shared)> {
        let (terms, windows) = (self.terms(graded), &self.windows[case as usize]);
        let mut risky = terms.risky_times(&graded.index, case, windows);
        risky.retain(|risky| risky.place == place);
        let own: Vec<_> = risky
            .iter()
            .map(|risky| terms.own_marks(&graded.scans, &graded.index, case, windows, risky))
            .collect();
        let (mut pieces, mut found) = (Vec::new(), Together::default());
        terms.together_in(&graded.index, case, windows, &risky, &mut found);
        for time in &found.times {
            let at = risky.partition_point(|risky| risky.from.micros() <= time.from.micros());
            let own = at.checked_sub(1).map_or(&[][..], |at| &own[at]);
            for piece in graded.scans.compare(time, own, same) {
                let (same_part, same_way) = piece.value;
                let (from, until) = (piece.from, piece.until);
                pieces.push(((case, time.person), Shared { from, until, same_part, same_way }));
            }
        }
        pieces
    }
}

impl Graded {
    fn new(visits: &[(Stay, &Visit)], windows: &[Windows], places: usize, parts: &[&PointId]) -> Self {
        let seats = visits.iter().filter_map(|(stay, visit)| Some(Mark::of(stay, visit.seat?)));
        let scans = visits.iter().filter(|(_, visit)| visit.part.is_some() || visit.way.is_some());
        let scans = scans.map(|(stay, visit)| {
            let part = visit.part.as_ref().map(|part| parts.partition_point(|known| *known < part) as u32);
            Mark::of(stay, (part, visit.way))
        });
        Self {
            seats: Marks::new(seats.collect()),
            scans: Marks::new(scans.collect()),
            index: Index::new(visits.iter().map(|(stay, _)| *stay).collect(), windows, places),
        }
    }
}

fn stay(visit: &Visit, person: u32, place: u32) -> Stay {
    Stay { person, place, from: Stamp::new(visit.stay.from, 0), until: Stamp::new(visit.stay.until, 0) }
}

/// Whether scans of one moment agree on the part of the place, and on the direction.
fn same(own: &[Scan], theirs: &[Scan]) -> (bool, bool) {
    let any =
        |agree: fn(&Scan, &Scan) -> bool| own.iter().any(|own| theirs.iter().any(|their| agree(own, their)));
    (any(|a, b| a.0.is_some() && a.0 == b.0), any(|a, b| a.1.is_some() && a.1 == b.1))
}

fn level_of(levels: &[(u32, Level)], person: u32) -> Option<Level> {
    let at = levels.binary_search_by_key(&person, |(person, _)| *person).ok()?;
    Some(levels[at].1)
}

/// The part of `times` (ordered by person) that is shared with that person.
fn of_person(times: &[Stay], person: u32) -> &[Stay] {
    let start = times.partition_point(|time| time.person < person);
    let length = times[start..].partition_point(|time| time.person == person);
    &times[start..start + length]
}

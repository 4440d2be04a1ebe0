//! Visits read by several threads, each with numbers of its own, put together; only those are kept that share time
//! with some case.

use crate::blocks::{At, Read};
use crate::fault::{FieldFault, TraceFault};
use crate::marks::{Mark, Marks};
use crate::names::Names;
use crate::people::People;
use crate::policy::Policy;
use crate::seat::Seat;
use crate::stamp::Stamp;
use crate::together::{Terms, Windows, unite};
use crate::visit::Stay;
use crate::written::Clockface;
use std::thread;

/// What one thread read. Cases were numbered before, alike in all parts, so that they have the lowest numbers.
#[derive(Clone)]
pub(crate) struct Part {
    pub people: People,
    /// The first stays, whose people have their numbers for good; those of the others wait.
    pub settled: usize,
    pub places: Names,
    /// The number of the policy's rule for each place; places beyond have none of their own.
    pub rules: Vec<u8>,
    pub clock: Clockface,
    pub stays: Vec<Stay>,
    /// The seats of some of the stays, by the number of the stay.
    pub seats: Vec<(u32, Seat)>,
    /// Those of stays that were kept.
    pub marks: Vec<Mark<Seat>>,
    pub rows: u64,
}

/// What all threads read, of which only what may matter is left.
pub(crate) struct Whole {
    pub people: Names,
    pub places: Names,
    pub rules: Vec<u8>,
    pub clock: Clockface,
    pub stays: Vec<Stay>,
    pub seats: Marks<Seat>,
    pub rows: u64,
}

impl Part {
    /// Adds a stay; `None` when there are too many.
    pub fn push(&mut self, stay: Stay, seat: Option<Seat>) -> Option<()> {
        if let Some(seat) = seat {
            self.seats.push((u32::try_from(self.stays.len()).ok()?, seat));
        }
        self.stays.push(stay);
        if self.people.is_full() {
            for stay in &mut self.stays[self.settled..] {
                stay.person = self.people.settle(stay.person)?;
            }
            self.settled = self.stays.len();
            self.people.let_go();
        }
        Some(())
    }

    /// Leaves only the stays that may matter, and settles their people; `None` when there are too many.
    fn keep(&mut self, mut may_matter: impl FnMut(&mut Stay) -> bool) -> Option<()> {
        let (mut number, mut fits) = (0, Some(()));
        let mut seats = std::mem::take(&mut self.seats).into_iter().peekable();
        self.stays.retain_mut(|stay| {
            let waits = number >= self.settled;
            let seat = seats.next_if(|(of, _)| *of as usize == number);
            number += 1;
            if !may_matter(stay) {
                return false;
            }
            match if waits { self.people.settle(stay.person) } else { Some(stay.person) } {
                Some(person) => stay.person = person,
                None => fits = None,
            }
            self.marks.extend(seat.map(|(_, seat)| Mark::of(stay, seat)));
            true
        });
        self.settled = self.stays.len();
        self.people.let_go();
        fits
    }
}

/// A row says that a place is of a kind with a rule of its own. Where rows differ, the rule that the policy names first
/// counts.
pub(crate) fn set_rule(rules: &mut Vec<u8>, place: u32, rule: u8) {
    let place = place as usize;
    if rule > 0 {
        rules.resize(rules.len().max(place + 1), 0);
        let known = &mut rules[place];
        *known = if *known == 0 { rule } else { rule.min(*known) };
    }
}

/// When some case was at a place while infectious, or had left it so short a time ago that it counts: ascending, apart.
/// By place.
struct Present(Vec<Vec<(i64, i64)>>);

impl Present {
    /// Whether a stay shares time with a case that was at its place.
    fn meets(&self, stay: &Stay) -> bool {
        let spans = &self.0[stay.place as usize];
        let first = spans.partition_point(|(_, until)| *until <= stay.from.micros());
        spans.get(first).is_some_and(|(from, _)| *from < stay.until.micros())
    }
}

/// Puts the parts together. `windows[n]` are those of the person numbered n.
///
/// All stays of cases are kept, and all of others where the policy has a second ring. Else of others a stay is dropped
/// that shares no time with a case at its place: it could only lengthen another one to where no case was.
pub(crate) fn put_together(
    mut read: Read<Part>,
    windows: &[Windows],
    policy: &Policy,
) -> Result<Whole, TraceFault> {
    let faces: Vec<Clockface> = read.states.iter().map(|part| part.clock.clone()).collect();
    let (clock, forms) =
        Clockface::unite(&faces).map_err(|at: At| read.refuse(at, FieldFault::TooManyForms))?;
    let mut parts = std::mem::take(&mut read.states);
    let places = unite_places(&mut parts);
    let rules = unite_rules(&parts, &places);
    let terms = Terms { policy, rules: &rules, seats: &Marks::new(Vec::new()) };
    let mut present = Present(vec![Vec::new(); parts[0].places.len()]);
    for (part, places) in parts.iter().zip(&places) {
        for stay in &part.stays {
            if let Some(windows) = windows.get(stay.person as usize) {
                let place = places[stay.place as usize];
                let inside = windows.clip(stay).map(|own| Stay { place, ..own });
                present.0[place as usize].extend(inside.map(|own| terms.reach(own)));
            }
        }
    }
    present.0.iter_mut().for_each(unite);
    let present = &present;
    let kept = thread::scope(|scope| {
        let threads: Vec<_> = (parts.iter_mut().zip(&places).zip(&forms))
            .map(|((part, places), forms)| {
                scope.spawn(move || {
                    let restamp = |stamp: Stamp| stamp.in_form(forms[usize::from(stamp.form())]);
                    part.keep(|stay| {
                        stay.place = places[stay.place as usize];
                        (stay.from, stay.until) = (restamp(stay.from), restamp(stay.until));
                        let all = policy.second_ring.is_some() || (stay.person as usize) < windows.len();
                        all || present.meets(stay)
                    })
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .map(|kept| kept.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Option<()>>()
    });
    kept.and_then(|()| add_up(parts, rules, clock))
        .ok_or_else(|| read.refuse(At::FIRST, FieldFault::TooManyIds))
}

/// The first part gets the places of all; for each part, its places in the numbers of the first.
fn unite_places(parts: &mut [Part]) -> Vec<Vec<u32>> {
    let mut numbers = Vec::new();
    let Some((first, others)) = parts.split_first_mut() else { return numbers };
    numbers.push((0..).take(first.places.len()).collect());
    for part in others {
        let texts = (0..).take(part.places.len()).map(|place| part.places.text(place));
        // Fewer than four thousand million, as the parts together have fewer rows that were kept.
        numbers.push(texts.map(|text| first.places.number(text).unwrap_or_default()).collect());
    }
    numbers
}

/// The rules of the places of all parts.
fn unite_rules(parts: &[Part], places: &[Vec<u32>]) -> Vec<u8> {
    let mut rules = Vec::new();
    for (part, places) in parts.iter().zip(places) {
        for (place, rule) in places.iter().zip(&part.rules) {
            set_rule(&mut rules, *place, *rule);
        }
    }
    rules
}

/// The stays of all parts, with one numbering of people; `None` when they are too many.
fn add_up(parts: Vec<Part>, rules: Vec<u8>, clock: Clockface) -> Option<Whole> {
    let mut parts = parts.into_iter();
    let Part { people, places: names, mut stays, mut marks, mut rows, .. } = parts.next()?;
    let mut names_of_people = people.into_names();
    for part in parts {
        let people = part.people.into_names();
        let mut numbers = vec![u32::MAX; people.len()];
        stays.reserve(part.stays.len());
        for mut stay in part.stays {
            let number = &mut numbers[stay.person as usize];
            if *number == u32::MAX {
                *number = names_of_people.number(people.text(stay.person))?;
            }
            stay.person = *number;
            stays.push(stay);
        }
        // Each is of a stay, so that its person has a number.
        marks.extend(
            part.marks.into_iter().map(|mark| Mark { person: numbers[mark.person as usize], ..mark }),
        );
        rows += part.rows;
    }
    let seats = Marks::new(marks);
    Some(Whole { people: names_of_people, places: names, rules, clock, stays, seats, rows })
}

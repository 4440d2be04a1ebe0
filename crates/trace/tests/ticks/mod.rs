//! A small city in steps of 50 seconds, judged tick by tick as the definitions read, with nothing clever.

use healthcode_core::fact::ExposureBasis;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Interval, Zone};
use healthcode_trace::{
    Choice, Grade, KindRule, Level, Mode, Narrow, Near, Nearness, Policy, SecondRing, Visit, Way,
};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds of a tick, ticks of the city, and the tick at which a date begins.
pub const TICK: i64 = 50;
pub const TICKS: usize = 200;
pub const MIDNIGHT: usize = 90;
/// The second of tick 0: some days after 1970.
const START: i64 = 86_400 * 10 - MIDNIGHT as i64 * TICK;
/// Ticks of the hour that stands for the 24.
const HOUR: usize = 72;

pub type Ticks = [bool; TICKS];

/// Kinds of the places h0 to h5.
pub const KINDS: [&str; 6] = ["shop", "home", "plane", "pub", "plane", "shop"];
/// Seats that appear.
pub const SEATS: [&str; 10] =
    ["", "r1/A", "r2/B", "r4/C", "r5/A", "c1/r2/A", "c1", "crew", "r4-5/crew", "b1"];

/// A visit in ticks.
#[derive(Clone, Debug)]
pub struct Stay {
    pub person: u8,
    pub place: usize,
    pub from: usize,
    pub until: usize,
    pub grade: Grade,
    pub seat: usize,
    pub part: Option<u8>,
    pub way: Option<Way>,
}

pub fn instant(tick: usize) -> Instant {
    Instant::from_seconds(second(tick))
}

pub fn second(tick: usize) -> i64 {
    START + tick as i64 * TICK
}

pub fn span(from: usize, until: usize) -> Interval {
    Interval { from: instant(from), until: instant(until) }
}

pub fn person(number: u8) -> PersonId {
    PersonId::new(format!("p{number}")).unwrap()
}

pub fn place(number: usize) -> PointId {
    PointId::new(format!("h{number}")).unwrap()
}

impl Stay {
    pub fn visit(&self) -> Visit {
        let stay = span(self.from, self.until);
        let visit =
            Visit::new(person(self.person), place(self.place), stay, self.grade).with_kind(KINDS[self.place]);
        Visit {
            seat: SEATS[self.seat].parse().ok(),
            part: self.part.map(|part| PointId::new(format!("part{part}")).unwrap()),
            way: self.way,
            ..visit
        }
    }
}

/// What a definition of these tests varies.
#[derive(Clone, Debug)]
pub struct Terms {
    pub sum: bool,
    pub minimum: u32,
    pub tail: usize,
    pub home_minimum: u32,
    pub rows: u16,
    pub crew: bool,
    pub beyond: Option<Level>,
    pub unknown: Level,
    pub ring_minimum: Option<u32>,
    pub ask_above: Option<u32>,
}

impl Terms {
    pub fn policy(&self) -> Policy {
        let mode = if self.sum { Mode::Sum { hours: 1 } } else { Mode::Unbroken };
        let kind = |of: &str, minimum_seconds, level| KindRule {
            of: vec![of.to_owned()],
            minimum_seconds,
            mode: Mode::Unbroken,
            level,
            same_date: of == "pub",
            basis: if of == "home" { ExposureBasis::Household } else { ExposureBasis::Place },
            nearness: None,
        };
        let nearness = Nearness {
            near: Near::Rows { rows: self.rows, missing_rows: vec![3] },
            crew: self.crew,
            beyond: self.beyond,
            unknown_seat: self.unknown,
        };
        let plane = KindRule {
            basis: ExposureBasis::Transport,
            nearness: Some(nearness),
            ..kind("plane", self.home_minimum, Level::Close)
        };
        Policy {
            mode,
            minimum_seconds: self.minimum,
            tail_seconds: self.tail as u32 * TICK as u32,
            zone: Some(Zone::new("UTC").unwrap()),
            kinds: vec![kind("home", self.home_minimum, Level::Close), plane, kind("pub", 1, Level::General)],
            second_ring: Some(SecondRing {
                level: Level::Secondary,
                minimum: self.ring_minimum.map(|minimum| (minimum, Mode::Unbroken)),
                ask_above: self.ask_above,
            }),
            ask_above: self.ask_above,
            ..Policy::built_in("place-15min-unbroken").unwrap()
        }
    }

    fn of_second_ring(&self) -> Self {
        match self.ring_minimum {
            Some(minimum) => Self { sum: false, minimum, ..self.clone() },
            None => self.clone(),
        }
    }
}

/// What the case gives to a person at a place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    pub person: u8,
    pub place: usize,
    pub via: Option<u8>,
    pub first: usize,
    pub last: usize,
    pub minutes: u32,
    pub level: &'static str,
    pub grade: Grade,
    pub basis: &'static str,
    /// The ticks behind it.
    pub ticks: Vec<bool>,
}

/// Visits of a city, of which those of at least a grade count.
#[derive(Clone)]
pub struct City<'a> {
    pub stays: &'a [Stay],
    pub terms: &'a Terms,
    pub weakest: Grade,
}

impl City<'_> {
    fn stays(&self, person: u8, place: usize, tick: usize) -> impl Iterator<Item = &Stay> {
        self.stays.iter().filter(move |stay| {
            (stay.person, stay.place) == (person, place)
                && stay.grade >= self.weakest
                && (stay.from..stay.until).contains(&tick)
        })
    }

    /// When the case was at the place inside her windows, and when the place was risky because of it.
    fn risky(&self, case: u8, windows: &Ticks, place: usize) -> (Ticks, Ticks) {
        let mut own = [false; TICKS];
        for (tick, on) in own.iter_mut().enumerate() {
            *on = windows[tick] && self.stays(case, place, tick).next().is_some();
        }
        let mut risky = own;
        if KINDS[place] == "pub" {
            for date in [0..MIDNIGHT, MIDNIGHT..TICKS] {
                let any = own[date.clone()].contains(&true);
                risky[date].fill(any);
            }
        } else {
            let mut run = 0;
            for tick in 0..TICKS {
                run = if own[tick] { run + 1 } else { 0 };
                if own[tick] && !own.get(tick + 1).is_some_and(|on| *on) {
                    let end = (tick + 1 + run.min(self.terms.tail)).min(TICKS);
                    risky[tick..end].fill(true);
                }
            }
        }
        (own, risky)
    }

    /// The stays of the case that tell about her at a tick: those of then, else all of the unbroken risky time.
    fn telling(&self, case: u8, windows: &Ticks, place: usize, tick: usize) -> Vec<&Stay> {
        let (own, risky) = self.risky(case, windows, place);
        if own[tick] {
            return self.stays(case, place, tick).collect();
        }
        let start = (0..=tick).rev().take_while(|tick| risky[*tick]).last().unwrap();
        let end = (tick..TICKS).take_while(|tick| risky[*tick]).last().unwrap();
        (start..=end).filter(|tick| own[*tick]).flat_map(|tick| self.stays(case, place, tick)).collect()
    }

    /// The ticks that a person shared with the case at a place, with how near they were: 2 near, 1 not known, 0 far.
    fn together(&self, case: u8, windows: &Ticks, other: u8, place: usize) -> Vec<Option<u8>> {
        let (_, risky) = self.risky(case, windows, place);
        let standing = |tick: usize| {
            if !risky[tick] || self.stays(other, place, tick).next().is_none() {
                return None;
            }
            if KINDS[place] != "plane" {
                return Some(2);
            }
            let seats = |stays: Vec<&Stay>| -> Vec<usize> {
                let known: Vec<usize> = stays.iter().map(|stay| stay.seat).filter(|seat| *seat > 0).collect();
                if known.is_empty() { vec![0] } else { known }
            };
            let own = seats(self.telling(case, windows, place, tick));
            let theirs = seats(self.stays(other, place, tick).collect());
            let best =
                own.iter().flat_map(|own| theirs.iter().map(|theirs| self.near(SEATS[*own], SEATS[*theirs])));
            best.max().filter(|best| *best > 0 || self.terms.beyond.is_some())
        };
        (0..TICKS).map(standing).collect()
    }

    fn near(&self, one: &str, other: &str) -> u8 {
        let terms = self.terms;
        let row = |seat: &str| seat.split('/').find_map(|part| part.strip_prefix('r')?.parse::<i32>().ok());
        let carriage = |seat: &str| seat.starts_with("c1");
        let crew = |seat: &str| seat.ends_with("crew");
        let close = |one: i32, other: i32| {
            let between = (one.min(other) + 1..one.max(other)).filter(|row| *row != 3).count() as i32;
            i32::from(one != other) + between <= i32::from(terms.rows)
        };
        match (crew(one), crew(other)) {
            (false, false) => match (row(one), row(other)) {
                (Some(one), Some(other)) if !close(one, other) => 0,
                (Some(_), Some(_)) if carriage(one) == carriage(other) => 2,
                _ => 1,
            },
            _ if !terms.crew => 0,
            (true, true) => 2,
            _ => {
                let (staff, seat) = if crew(one) { (one, other) } else { (other, one) };
                match row(seat) {
                    _ if staff == "crew" => 2,
                    // Crew of rows 4 and 5.
                    Some(row) if !close(row, 4) && !close(row, 5) => 0,
                    Some(_) if !carriage(seat) => 2,
                    _ => 1,
                }
            }
        }
    }

    /// The nearest level that the pair meets, and what they shared at each place.
    fn judged(&self, case: u8, windows: &Ticks, other: u8) -> (Option<Level>, BTreeMap<usize, Vec<bool>>) {
        let mut shared = BTreeMap::new();
        let mut met: Vec<Level> = Vec::new();
        let mut anywhere = vec![false; TICKS];
        for (place, kind) in KINDS.into_iter().enumerate() {
            let standing = self.together(case, windows, other, place);
            let at_least =
                |least: u8| -> Vec<bool> { standing.iter().map(|s| s.is_some_and(|s| s >= least)).collect() };
            let there = at_least(0);
            let seconds = |ticks: &[bool]| longest_run(ticks) as i64 * TICK;
            let long =
                |ticks: &[bool], minimum: u32| seconds(ticks) >= i64::from(minimum) && ticks.contains(&true);
            match kind {
                "shop" if self.terms.sum => {
                    anywhere.iter_mut().zip(&there).for_each(|(any, here)| *any |= *here)
                }
                "shop" if long(&there, self.terms.minimum) => met.push(Level::Close),
                "home" if long(&there, self.terms.home_minimum) => met.push(Level::Close),
                "pub" if long(&there, 1) => met.push(Level::General),
                "plane" => {
                    let levels =
                        [(2, Some(Level::Close)), (1, Some(self.terms.unknown)), (0, self.terms.beyond)];
                    for (least, level) in levels {
                        met.extend(level.filter(|_| long(&at_least(least), self.terms.home_minimum)));
                    }
                }
                _ => {}
            }
            if there.contains(&true) {
                shared.insert(place, there);
            }
        }
        if self.terms.sum && best_hour(&anywhere) as i64 * TICK >= i64::from(self.terms.minimum) {
            met.push(Level::Close);
        }
        let nearest =
            [Level::Close, Level::Secondary, Level::General].into_iter().find(|level| met.contains(level));
        (nearest, shared)
    }

    fn of_grade(&self, weakest: Grade) -> Self {
        Self { weakest, ..self.clone() }
    }

    /// What a case gives to all but `spared`.
    pub fn rows(&self, case: u8, windows: &Ticks, spared: &BTreeSet<u8>, via: bool) -> Vec<Row> {
        let people: BTreeSet<u8> = self.stays.iter().map(|stay| stay.person).collect();
        let mut rows = Vec::new();
        for other in people.into_iter().filter(|other| *other != case && !spared.contains(other)) {
            let judge = |weakest| self.of_grade(weakest).judged(case, windows, other);
            let (seen, by_witnesses) = judge(Grade::Witnessed);
            let (proof, proven) = judge(Grade::Rotating);
            let (any, all) = judge(Grade::Poster);
            let mut give = |place: usize, ticks: &[bool], level: Level, grade: Grade| {
                rows.push(row(other, place, via.then_some(case), ticks, level, grade));
            };
            if let Some(level) = proof {
                for (place, ticks) in &proven {
                    let certain = seen == proof && by_witnesses.get(place) == Some(ticks);
                    let grade = if certain { Grade::Witnessed } else { Grade::Rotating };
                    give(*place, ticks, level, grade);
                }
            }
            if let Some(level) = any.or(proof) {
                for (place, ticks) in &all {
                    if proof.is_none() || !proven.contains_key(place) {
                        give(*place, ticks, level, Grade::Poster);
                    }
                }
            }
        }
        rows
    }

    /// All rows of a file, which knows no grades.
    pub fn rows_of_all(&self, case: u8, windows: &Ticks, spared: &BTreeSet<u8>, via: bool) -> Vec<Row> {
        let people: BTreeSet<u8> = self.stays.iter().map(|stay| stay.person).collect();
        let mut rows = Vec::new();
        for other in people.into_iter().filter(|other| *other != case && !spared.contains(other)) {
            if let (Some(level), shared) = self.judged(case, windows, other) {
                let of = |(place, ticks): (&usize, &Vec<bool>)| {
                    row(other, *place, via.then_some(case), ticks, level, Grade::Poster)
                };
                rows.extend(shared.iter().map(of));
            }
        }
        rows
    }

    /// The second ring through close contacts, each with the tick of her first exposure and the one at which she ends.
    pub fn second_ring(&self, case: u8, close: &[(u8, usize, usize)], all: bool) -> Vec<Row> {
        let terms = self.terms.of_second_ring();
        let stays: Vec<Stay> = self.stays.iter().filter(|stay| stay.person != case).cloned().collect();
        let city = City { stays: &stays, terms: &terms, weakest: self.weakest };
        let spared: BTreeSet<u8> = close.iter().map(|(who, ..)| *who).collect();
        let mut rows = Vec::new();
        for (who, from, until) in close {
            let mut window = [false; TICKS];
            (*from..*until).for_each(|tick| window[tick] = true);
            let found = if all {
                city.rows_of_all(*who, &window, &spared, true)
            } else {
                city.rows(*who, &window, &spared, true)
            };
            rows.extend(found.into_iter().filter(|row| row.level == "close"));
        }
        rows.iter_mut().for_each(|row| row.level = "secondary");
        rows.sort();
        rows
    }

    /// What a choice leaves of a row.
    pub fn narrowed(&self, case: u8, windows: &Ticks, before: &Row, narrow: &Narrow) -> Option<Row> {
        let proven = if before.grade == Grade::Poster { Grade::Poster } else { Grade::Rotating };
        let city = self.of_grade(proven);
        let agree = |tick: usize, same: &dyn Fn(&Stay, &Stay) -> bool| {
            let own = city.telling(case, windows, before.place, tick);
            own.iter().any(|own| city.stays(before.person, before.place, tick).any(|their| same(own, their)))
        };
        let counts = |tick: usize| {
            before.ticks[tick]
                && narrow.between.is_none_or(|span| span.contains(instant(tick)))
                && (!narrow.same_part || agree(tick, &|a, b| a.part.is_some() && a.part == b.part))
                && (!narrow.same_way || agree(tick, &|a, b| a.way.is_some() && a.way == b.way))
        };
        let ticks: Vec<bool> = (0..TICKS).map(counts).collect();
        let left = Row { ticks, ..before.clone() }.measured()?;
        (left.minutes >= narrow.at_least_minutes.unwrap_or(0)).then_some(left)
    }

    /// What is left of the rows at one place.
    pub fn after(&self, case: u8, windows: &Ticks, rows: &[Row], choice: &Choice) -> Vec<Row> {
        match choice {
            Choice::Everybody | Choice::Message => rows.to_vec(),
            Choice::Nobody => Vec::new(),
            Choice::Narrow(narrow) => {
                rows.iter().filter_map(|row| self.narrowed(case, windows, row, narrow)).collect()
            }
        }
    }
}

impl Row {
    /// First, last and minutes anew, from the ticks.
    fn measured(self) -> Option<Self> {
        let first = self.ticks.iter().position(|on| *on)?;
        let last = self.ticks.iter().rposition(|on| *on)? + 1;
        let minutes = (self.ticks.iter().filter(|on| **on).count() as i64 * TICK / 60) as u32;
        Some(Self { first, last, minutes, ..self })
    }
}

fn row(person: u8, place: usize, via: Option<u8>, ticks: &[bool], level: Level, grade: Grade) -> Row {
    let basis = ["place", "household", "transport", "place", "transport", "place"][place];
    let (level, ticks) = (level.as_str(), ticks.to_vec());
    Row { person, place, via, first: 0, last: 0, minutes: 0, level, grade, basis, ticks }.measured().unwrap()
}

fn longest_run(ticks: &[bool]) -> usize {
    ticks.split(|on| !on).map(<[bool]>::len).max().unwrap_or(0)
}

fn best_hour(ticks: &[bool]) -> usize {
    (0..TICKS)
        .map(|start| ticks[start..(start + HOUR).min(TICKS)].iter().filter(|on| **on).count())
        .max()
        .unwrap_or(0)
}

//! What a scan says of somebody's stay at a point: the visit it begins, ends, or stands for.

use crate::app::App;
use crate::doubting;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::{PersonId, VisitId};
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_store::doubts::Flag;
use healthcode_store::points::Point;
use healthcode_store::visits::{self, Visit};
use healthcode_store::{StoreFault, Tx, queue, visit_days, visits_around};
use healthcode_trace::Grade;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// So many seconds are what a scan proves that somebody made herself, where she left without having entered, or passed
/// through: this project's choice. A usual stay would let one glance at a screen claim hours.
const PROVEN_SECONDS: i64 = 60;

/// Which way a person goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Enters; a leaving scan may follow.
    In,
    /// Leaves.
    Out,
    /// Passes a point that scans nobody out.
    Passing,
}

impl Direction {
    /// The word used in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Passing => "passing",
        }
    }
}

/// What a word for a grade says; one that is not known proves nothing.
pub(crate) fn grade_of(word: &str) -> Grade {
    match word {
        "witnessed" => Grade::Witnessed,
        "rotating" => Grade::Rotating,
        _ => Grade::Poster,
    }
}

/// The word for a grade.
pub(crate) const fn word_of(grade: Grade) -> &'static str {
    match grade {
        Grade::Witnessed => "witnessed",
        Grade::Rotating => "rotating",
        Grade::Poster => "poster",
    }
}

/// Days of which visits are stored, as of today: those that are kept, and tomorrow, for clocks that are ahead.
pub fn kept_days(today: Day) -> RangeInclusive<Day> {
    Day(today.0 - retention::VISIT)..=Day(today.0 + 1)
}

/// Makes room for the visits of a day; `false` where its slot holds another day that is not past yet.
pub async fn open_day(tx: &mut Tx<'_>, day: Day, today: Day) -> Result<bool, StoreFault> {
    visit_days::open(tx, day, Day(day.0 + retention::VISIT), today).await
}

/// Makes sure that a visit can be stored that began at an instant; refuses one that is kept no longer, or lies ahead.
pub(crate) async fn make_room(app: &App, tx: &mut Tx<'_>, began: Instant, at: Instant) -> Answer<()> {
    let (day, today) = (visit_days::day_of(began), visit_days::day_of(at));
    if !kept_days(today).contains(&day) {
        return Err(Code::VisitAge.into());
    }
    // The job opens days ahead; after a standstill, or where the clock was moved, a scan may be quicker.
    if app.is_open(day) || open_day(tx, day, today).await? { Ok(()) } else { Err(Code::VisitAge.into()) }
}

/// Somebody passes a point.
pub(crate) struct Passage<'a> {
    pub app: &'a App,
    pub person: &'a PersonId,
    pub point: &'a Point,
    pub direction: Direction,
    /// What proves it.
    pub grade: Grade,
    /// When the code was scanned.
    pub scanned_at: Instant,
    /// When that is recorded.
    pub at: Instant,
    /// By which account.
    pub by: &'a str,
    /// Where on a vehicle.
    pub seat: Option<&'a str>,
    /// In which part of the place.
    pub part: Option<&'a str>,
}

impl Passage<'_> {
    /// Records the visit, and asks for every case that it may concern to be traced again. Without a leaving scan it lasts as
    /// long as is usual at the point; a leaving scan ends it, or stands for a usual stay up to then where nobody scanned the
    /// entering. A visit that is doubted says so. A scan neither ends, doubts nor replaces what was proven in another way:
    /// else whoever scans a picture of a code could hide where she was.
    pub(crate) async fn record(&self, tx: &mut Tx<'_>) -> Answer<Visit> {
        let around = doubting::around(self.person, self.point, self.scanned_at);
        let around = visits_around::read(tx, &around).await?;
        if self.grade < Grade::Witnessed {
            doubting::refuse_too_often(self, &around)?;
        }
        let flag = doubting::why(self, tx, &around).await?;
        // A doubtful scan ends nobody's stay.
        if self.direction == Direction::Out
            && flag.is_none()
            && let Some(open) = self.open(tx, &around).await?
        {
            tx.later(visits::close(&open, self.scanned_at)).await?;
            let stay = Interval { from: open.stay.from, until: self.scanned_at };
            self.trace_again(tx, stay).await?;
            return Ok(Visit { stay, assumed: false, open: false, ..open });
        }
        let visit = self.new_visit(flag)?;
        make_room(self.app, tx, visit.stay.from, self.at).await?;
        tx.later(visits::add(&visit, self.at, self.by)).await?;
        match flag {
            Some(flag) => doubting::note(tx, &visit, flag, &self.point.region, self.at).await?,
            None => self.trace_again(tx, visit.stay).await?,
        }
        Ok(visit)
    }

    async fn trace_again(&self, tx: &mut Tx<'_>, stay: Interval) -> Answer<()> {
        let forget = forget_on(self.at, retention::VISIT);
        Ok(tx.later(queue::ask_for_visit(self.person, &self.point.point, stay, self.at, forget)).await?)
    }

    /// The latest visit that a leaving scan ends: one that was proven in the same way.
    async fn open(&self, tx: &mut Tx<'_>, around: &[Visit]) -> Answer<Option<Visit>> {
        let (point, then, grade) = (&self.point.point, self.scanned_at, word_of(self.grade));
        let is_it = |visit: &&Visit| {
            visit.open && visit.point == *point && visit.stay.from < then && visit.grade == grade
        };
        match around.iter().find(is_it) {
            Some(open) => Ok(Some(open.clone())),
            None if around.len() < visits_around::MOST => Ok(None),
            None => {
                let since = then.plus_seconds(-visits::LONGEST_SECONDS);
                let open = visits::open_at(tx.conn().await?, self.person, point, grade, since).await?;
                Ok(open.filter(|open| open.stay.from < then))
            }
        }
    }

    fn new_visit(&self, flag: Option<Flag>) -> Answer<Visit> {
        let (then, usual) = (self.scanned_at, self.point.usual_stay_s);
        // At a gate, passing means that nobody is scanned out there.
        let one_scan = if self.grade == Grade::Witnessed { usual } else { PROVEN_SECONDS };
        let stay = match self.direction {
            Direction::Out => Interval { from: then.plus_seconds(-one_scan), until: then },
            Direction::Passing => Interval { from: then, until: then.plus_seconds(one_scan) },
            Direction::In => Interval { from: then, until: then.plus_seconds(usual) },
        };
        Ok(Visit {
            id: VisitId::new(self.app.clock.name_at(then)).map_err(|_| Problem::new(Code::Internal))?,
            point: self.point.point.clone(),
            person: self.person.clone(),
            stay,
            assumed: true,
            open: self.direction == Direction::In && flag.is_none(),
            grade: word_of(self.grade).to_owned(),
            kind: self.point.kind.clone(),
            seat: self.seat.map(str::to_owned),
            part: self.part.map(str::to_owned),
            way: Some(self.direction.word().to_owned()),
            flag,
            cleared_at: None,
        })
    }
}

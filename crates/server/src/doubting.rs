//! Which scans are doubted: late, double, out of order, ahead of time, or of somebody who cannot have been there. Such a
//! visit is kept, and used against nobody until an officer has cleared it.

use crate::app::App;
use crate::problem::{Answer, Code};
use crate::retention::{self, forget_on};
use crate::visiting::{Direction, Passage, grade_of};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::region::Region;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::doubts::{self, Doubt, Flag};
use healthcode_store::points::{self, Point};
use healthcode_store::visits::{self, Visit};
use healthcode_store::visits_around::Around;
use healthcode_store::{Tx, queue};
use healthcode_trace::Grade;
use std::cmp::Ordering;
use std::sync::Arc;

/// A scan that arrives later than so many seconds after it was made is late: 48 hours, this project's choice.
const LATE_SECONDS: i64 = 48 * 3_600;
/// Seconds by which another clock may be ahead of the server's.
pub(crate) const AHEAD_SECONDS: i64 = 120;
/// The same person, point and direction within so many seconds is the same passage scanned twice.
const DOUBLE_SECONDS: i64 = 10;
/// Within so many seconds nobody is at two distant places.
const AT_ONCE_SECONDS: i64 = 60;
/// Places further apart are distant: what a car at 120 km/h covers within a minute.
const DISTANT_METRES: f64 = 2_000.0;
/// Nobody goes to more places within an hour.
const MOST_IN_AN_HOUR: usize = 200;
/// Scans of places that somebody may make herself within an hour: this project's choice.
const MOST_OF_ONES_OWN: usize = 60;

/// What a scan of a person at a point is looked over against: her visits of the day before, and of what came after it
/// where the scan arrives late.
pub(crate) fn around(person: &PersonId, point: &Point, scanned_at: Instant) -> Around {
    let began = Interval {
        from: scanned_at.plus_seconds(-visits::LONGEST_SECONDS),
        until: scanned_at.plus_seconds(point.usual_stay_s.max(AT_ONCE_SECONDS) + 1),
    };
    Around { person: person.clone(), began }
}

/// When somebody was scanned on a visit: its ends that are scans.
fn scans(visit: &Visit) -> impl Iterator<Item = Instant> {
    let way = visit.way.as_deref();
    let entered = matches!(way, Some("in" | "passing")).then_some(visit.stay.from);
    let left = (way == Some("out") || way == Some("in") && !visit.assumed).then_some(visit.stay.until);
    entered.into_iter().chain(left)
}

fn apart(one: Instant, other: Instant) -> i64 {
    (one.seconds() - other.seconds()).abs()
}

/// Whether two points are too far apart for a minute: by their positions, else by their districts.
fn are_distant(one: &Point, other: &Point) -> bool {
    match (one.position, other.position) {
        (Some(here), Some(there)) => here.metres_to(&there) > DISTANT_METRES,
        _ => district(&one.region) != district(&other.region),
    }
}

/// The district of a region by its code of GB/T 2260: the first six digits.
fn district(region: &Region) -> &str {
    region.as_str().get(..6).unwrap_or(region.as_str())
}

/// Visits at distant points within a minute of the scan, each with when it was scanned there.
async fn elsewhere<'a>(
    passage: &Passage<'_>,
    tx: &mut Tx<'_>,
    around: &'a [Visit],
) -> Answer<Vec<(&'a Visit, Instant)>> {
    let mut distant = Vec::new();
    for visit in around.iter().filter(|visit| visit.point != passage.point.point) {
        let scanned = scans(visit).find(|scan| apart(*scan, passage.scanned_at) < AT_ONCE_SECONDS);
        let Some(scanned) = scanned else { continue };
        let other = point(passage.app, tx, &visit.point).await?;
        if other.is_some_and(|other| are_distant(passage.point, &other)) {
            distant.push((visit, scanned));
        }
    }
    Ok(distant)
}

/// Whether the scan cannot be, for she was at a distant point. Of two visits that cannot both be, the one that proves less
/// is doubted, else the later one; that may be the other. Of two that she scanned herself, both are: one was relayed.
async fn is_elsewhere(passage: &Passage<'_>, tx: &mut Tx<'_>, around: &[Visit]) -> Answer<bool> {
    let distant = elsewhere(passage, tx, around).await?;
    let by_staff = passage.grade == Grade::Witnessed;
    let mut is_doubted = false;
    for (other, scanned) in &distant {
        let (stands, falls) = match grade_of(&other.grade).cmp(&passage.grade) {
            Ordering::Greater => (true, false),
            Ordering::Less => (false, true),
            Ordering::Equal if by_staff => (*scanned <= passage.scanned_at, *scanned > passage.scanned_at),
            Ordering::Equal => (true, true),
        };
        is_doubted |= stands;
        if falls && other.flag.is_none() {
            doubt_other(passage, tx, other).await?;
        }
    }
    Ok(is_doubted)
}

async fn point(app: &App, tx: &mut Tx<'_>, id: &PointId) -> Answer<Option<Arc<Point>>> {
    if let Some(known) = app.points.get(id) {
        return Ok(Some(known));
    }
    Ok(points::get(tx.conn().await?, id).await?.map(Arc::new))
}

/// Why the scan is doubted. What proves less casts no doubt on it: else a picture of a code, scanned in time, would take
/// every visit of somebody out of tracing.
pub(crate) async fn why(passage: &Passage<'_>, tx: &mut Tx<'_>, around: &[Visit]) -> Answer<Option<Flag>> {
    let (then, at) = (passage.scanned_at, passage.at);
    if then > at.plus_seconds(AHEAD_SECONDS) {
        return Ok(Some(Flag::Future));
    }
    if is_elsewhere(passage, tx, around).await? {
        return Ok(Some(Flag::Impossible));
    }
    let proven: Vec<_> = around.iter().filter(|visit| grade_of(&visit.grade) >= passage.grade).collect();
    let undoubted = proven.iter().copied().filter(|visit| visit.flag.is_none());
    if within_the_hour(undoubted, then) >= MOST_IN_AN_HOUR {
        return Ok(Some(Flag::Impossible));
    }
    let here: Vec<_> = proven.into_iter().filter(|visit| visit.point == passage.point.point).collect();
    let leaves = passage.direction == Direction::Out;
    if leaves && here.iter().any(|visit| visit.open && visit.stay.from > then) {
        return Ok(Some(Flag::OutOfOrder));
    }
    if here.iter().any(|visit| is_double(visit, passage.direction, then)) {
        return Ok(Some(Flag::Double));
    }
    Ok((at.seconds() - then.seconds() > LATE_SECONDS).then_some(Flag::Late))
}

/// Scans within the hour before an instant.
fn within_the_hour<'a>(visits: impl Iterator<Item = &'a Visit>, then: Instant) -> usize {
    let hour = Interval { from: then.plus_seconds(-3_600), until: then.plus_seconds(1) };
    visits.flat_map(scans).filter(|scan| hour.contains(*scan)).count()
}

/// Refuses what somebody scans herself a second time within moments, or too often: nobody needs it recorded, and a list of
/// doubts that anyone can fill is read by nobody.
pub(crate) fn refuse_too_often(passage: &Passage<'_>, around: &[Visit]) -> Answer<()> {
    let then = passage.scanned_at;
    let own = || around.iter().filter(|visit| grade_of(&visit.grade) < Grade::Witnessed);
    let again = own().any(|visit| {
        let same = visit.point == passage.point.point && grade_of(&visit.grade) == passage.grade;
        same && is_double(visit, passage.direction, then)
    });
    let many = within_the_hour(own(), then) >= MOST_OF_ONES_OWN;
    if again || many { Err(Code::PlaceScans.into()) } else { Ok(()) }
}

/// Whether a visit came of the same passage in the same direction.
fn is_double(visit: &Visit, direction: Direction, then: Instant) -> bool {
    let scanned = match (direction, visit.way.as_deref()) {
        (Direction::In, Some("in")) | (Direction::Passing, Some("passing")) => visit.stay.from,
        (Direction::Out, Some("out")) => visit.stay.until,
        (Direction::Out, Some("in")) if !visit.open && !visit.assumed => visit.stay.until,
        _ => return false,
    };
    apart(scanned, then) <= DOUBLE_SECONDS
}

/// Notes that a visit is doubted.
pub(crate) async fn note(
    tx: &mut Tx<'_>,
    visit: &Visit,
    flag: Flag,
    region: &Region,
    at: Instant,
) -> Answer<()> {
    let doubt = Doubt {
        visit: visit.id.clone(),
        entered_at: visit.stay.from,
        person: visit.person.clone(),
        point: visit.point.clone(),
        region: region.to_string(),
        flag,
        noted_at: at,
        ruling: None,
    };
    Ok(tx.later(doubts::note(&doubt, forget_on(at, retention::VISIT))).await?)
}

/// Doubts a visit that was recorded before an earlier one arrived; exposures that were made of it are withdrawn.
async fn doubt_other(passage: &Passage<'_>, tx: &mut Tx<'_>, other: &Visit) -> Answer<()> {
    let Some(point) = point(passage.app, tx, &other.point).await? else { return Ok(()) };
    tx.later(visits::doubt(other, Flag::Impossible)).await?;
    note(tx, other, Flag::Impossible, &point.region, passage.at).await?;
    let forget = forget_on(passage.at, retention::VISIT);
    Ok(tx.later(queue::ask_for_visit(&other.person, &other.point, other.stay, passage.at, forget)).await?)
}
